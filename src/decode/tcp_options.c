/*
 * TCP options: RFC 9293 §3.2 (MSS), 7323 (window scale, timestamps), 2018 (SACK), 2385 (MD5),
 * 5482 (user timeout), 5925 (AO), 7413 (fast open), 8684 (MPTCP), 9768 (AccECN).
 */
#include "decode/tcp_options.h"

#include "base/inline.h"

enum option_kind {
    KIND_EOL = 0,
    KIND_NOP = 1,
    KIND_MSS = 2,
    KIND_WINDOW_SCALE = 3,
    KIND_SACK_PERMITTED = 4,
    KIND_SACK = 5,
    KIND_TIMESTAMPS = 8,
    KIND_MD5 = 19,
    KIND_USER_TIMEOUT = 28,
    KIND_AO = 29,
    KIND_MPTCP = 30,
    KIND_FAST_OPEN = 34,
    KIND_ACCECN0 = 172,
    KIND_ACCECN1 = 174,
    KIND_EXPERIMENT1 = 253,
    KIND_EXPERIMENT2 = 254,
};

#define EXPERIMENT_FAST_OPEN 0xf989 /* RFC 7413 appendix A: fast open before it had a kind */
#define SACK_BLOCK_SIZE 8

/* Body lengths a kind can have. What is not listed may have any, and is only noted. */
struct option_row {
    uint16_t option; /* enum segment_option */
    uint8_t body_min;
    uint8_t body_max;
    uint8_t body_step; /* the body grows by so many bytes from body_min on */
};

static const struct option_row option_table[256] = {
    [KIND_MSS] = { OPTION_MSS, 2, 2, 1 },
    [KIND_WINDOW_SCALE] = { OPTION_WINDOW_SCALE, 1, 1, 1 },
    [KIND_SACK_PERMITTED] = { OPTION_SACK_PERMITTED, 0, 0, 1 },
    [KIND_SACK] = { OPTION_SACK, SACK_BLOCK_SIZE, SEGMENT_SACK_MAX *SACK_BLOCK_SIZE,
                    SACK_BLOCK_SIZE },
    [KIND_TIMESTAMPS] = { OPTION_TIMESTAMPS, 8, 8, 1 },
    [KIND_MD5] = { OPTION_MD5, 16, 16, 1 },
    [KIND_USER_TIMEOUT] = { OPTION_USER_TIMEOUT, 2, 2, 1 },
    [KIND_AO] = { OPTION_AO, 2, 38, 1 },
    [KIND_MPTCP] = { OPTION_MPTCP, 1, 38, 1 },
    [KIND_FAST_OPEN] = { OPTION_FAST_OPEN, 0, 16, 2 },
    [KIND_ACCECN0] = { OPTION_ACCECN, 0, 9, 3 },
    [KIND_ACCECN1] = { OPTION_ACCECN, 0, 9, 3 },
};

struct tcp_options_iterator tcp_options_begin(struct cursor bytes)
{
    return (struct tcp_options_iterator){ .bytes = bytes, .malformed = false };
}

static ALWAYS_INLINE bool option_next(struct tcp_options_iterator *iterator,
                                      struct tcp_option *ret_option)
{
    struct cursor *c = &iterator->bytes;
    uint8_t kind = KIND_NOP;
    while (kind == KIND_NOP && cursor_left(c) > 0)
        kind = cursor_u8(c);
    if (kind == KIND_NOP || kind == KIND_EOL || iterator->malformed) {
        cursor_skip(c, cursor_left(c)); /* whatever follows an EOL is padding */
        return false;
    }
    uint8_t length = cursor_u8(c);
    struct cursor body = { .bad = true };
    if (length >= 2)
        body = cursor_take(c, length - 2u);
    if (!cursor_ok(&body)) {
        iterator->malformed = true;
        return false;
    }
    *ret_option = (struct tcp_option){ .kind = kind, .body = body };
    return true;
}

bool tcp_options_next(struct tcp_options_iterator *iterator, struct tcp_option *ret_option)
{
    return option_next(iterator, ret_option);
}

static void sack_decode(struct cursor body, struct segment *segment)
{
    segment->sack_count = 0;
    while (cursor_left(&body) >= SACK_BLOCK_SIZE && segment->sack_count < SEGMENT_SACK_MAX) {
        segment->sack[segment->sack_count].left = cursor_be32(&body);
        segment->sack[segment->sack_count].right = cursor_be32(&body);
        segment->sack_count++;
    }
}

/* RFC 6994: experiments tell themselves apart by the first two bytes of the body. */
static void experiment_decode(struct cursor body, struct segment *segment)
{
    uint16_t experiment = cursor_be16(&body);
    if (experiment == EXPERIMENT_FAST_OPEN && cursor_left(&body) <= 16) {
        segment->options |= OPTION_FAST_OPEN;
        segment->fast_open_len = (uint8_t)cursor_left(&body);
    } else {
        segment->options |= OPTION_OTHER;
    }
}

static void option_values(struct tcp_option option, struct segment *segment)
{
    struct cursor body = option.body;
    switch (option.kind) {
    case KIND_MSS:
        segment->mss = cursor_be16(&body);
        break;
    case KIND_WINDOW_SCALE:
        segment->window_scale = cursor_u8(&body);
        break;
    case KIND_SACK:
        sack_decode(body, segment);
        break;
    case KIND_TIMESTAMPS:
        segment->tsval = cursor_be32(&body);
        segment->tsecr = cursor_be32(&body);
        break;
    case KIND_FAST_OPEN:
        segment->fast_open_len = (uint8_t)cursor_left(&body);
        break;
    case KIND_EXPERIMENT1:
    case KIND_EXPERIMENT2:
        experiment_decode(body, segment);
        break;
    default: /* its presence says it all */
        break;
    }
}

static bool body_fits(const struct option_row *row, size_t length)
{
    if (length == row->body_min) /* as most have, and a division takes its time */
        return true;
    return length > row->body_min && length <= row->body_max &&
           (length - row->body_min) % row->body_step == 0;
}

void tcp_options_decode(struct cursor bytes, struct segment *segment)
{
    struct tcp_options_iterator iterator = tcp_options_begin(bytes);
    struct tcp_option option;
    while (option_next(&iterator, &option)) {
        const struct option_row *row = &option_table[option.kind];
        if (row->option != 0 && !body_fits(row, cursor_left(&option.body))) {
            segment->facts |= FACT_OPTION_MALFORMED;
            if (option.kind == KIND_SACK)
                segment->facts |= FACT_SACK_MALFORMED;
            if (option.kind == KIND_FAST_OPEN)
                segment->fast_open_len = (uint8_t)cursor_left(&option.body);
            continue;
        }
        bool experiment = option.kind == KIND_EXPERIMENT1 || option.kind == KIND_EXPERIMENT2;
        if (row->option != 0)
            segment->options |= row->option;
        else if (!experiment)
            segment->options |= OPTION_OTHER;
        option_values(option, segment);
    }
    /* Past the end of a header that the capture cut off is the capture's fault. */
    if (iterator.malformed && !(segment->facts & FACT_OPTIONS_TRUNCATED))
        segment->facts |= FACT_OPTION_MALFORMED;
}
