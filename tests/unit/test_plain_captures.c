/*
 * plain, with captures: every segment of each capture in pcaps/, as it is and in variants with a few
 * segments changed, left out or doubled, goes through the short way of tcp/plain and through the
 * whole one. After each the records are the same byte for byte, and trackers that take either way
 * tell the same, with a log and without. More captures may be named in MORE_CAPTURES, with ':'
 * between them.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "capture/reader.h"
#include "decode/decode.h"
#include "made_segment.h"
#include "model/classified.h"
#include "plain_case.h"
#include "tcp/role.h"
#include "tcp/tracker.h"

#define SEGMENTS_MAX 20000u /* of a capture */
#define VARIANTS 2u
#define CHANGED_ONE_OF 12u
#define CONNECTIONS 256u
/* Made, not captured: long conversations, for captures in pcaps/ are short. */
#define MADE_VARIANTS 6u
#define MADE_CONNECTIONS 24u
#define MADE_SEGMENTS 4000u

static const struct flow_secret secret = { { 3, 4 } };

/* Trackers in pairs: with the shortcut and without. */
#define PAIRS 3
static const struct tracker_options ways[PAIRS] = {
    { .max_connections = CONNECTIONS, .msl_ns = 30 * NS_PER_S, .secret = { { 1, 2 } } },
    { .max_connections = CONNECTIONS, .msl_ns = 30 * NS_PER_S, .secret = { { 1, 2 } },
      .keep_log = true },
    { .max_connections = CONNECTIONS, .msl_ns = 30 * NS_PER_S, .secret = { { 1, 2 } },
      .keep_log = true, .all_checks = true, .segments_max = SEGMENTS_MAX },
};

/* What is told of connections, as one number: of equal sums nothing that was told differs. */
static void sum_add(uint64_t *sum, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        *sum = (*sum ^ at[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
}

static void row_add(uint64_t *sum, const struct classified *row)
{
    const uint64_t told[] = { row->frame, row->class,    row->original, row->revised_from,
                              row->rules, row->tags,     row->from,     row->certainty,
                              row->seq,   row->ack,      row->length,   row->window };
    sum_add(sum, told, sizeof told);
}

/* What one tracker told. */
struct told {
    uint64_t sum;
    struct tracked last; /* of the newest segment */
};

static void segment_told(void *context, const struct segment *s, const struct tracked *tracked)
{
    (void)s;
    ((struct told *)context)->last = *tracked;
}

static void connection_add(void *context, const struct summary *summary,
                           const struct event *events, size_t count)
{
    uint64_t *sum = &((struct told *)context)->sum;
    sum_add(sum, events, count * sizeof *events);
    sum_add(sum, &summary->id, sizeof summary->id);
    sum_add(sum, summary->zeek_history, strlen(summary->zeek_history));
    for (unsigned i = 0; i < 2; i++) {
        const struct endpoint_summary *end = &summary->endpoints[i];
        const uint64_t told[] = { end->payload_bytes_sent, end->repeated_segments,
                                  end->retransmitted_bytes, end->segments };
        sum_add(sum, told, sizeof told);
        sum_add(sum, &end->lost, sizeof end->lost);
    }
    for (const struct classified_chunk *chunk = summary->segments; chunk != NULL;
         chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->count; i++)
            row_add(sum, &chunk->rows[i]);
}

struct run {
    const char *name;
    uint32_t variant; /* 0: the capture as it is */
    uint64_t random;
    struct tracker *trackers[PAIRS][2];
    struct told told[PAIRS][2];
    struct flow_table *records; /* of connections without incarnations: any segment comes next */
    struct plain_case compared;
};

static uint32_t pick(struct run *run, uint32_t below)
{
    return plain_case_pick(&run->random, below);
}

static void record_compare(struct run *run, const struct segment *s)
{
    struct flow_key key;
    bool second = flow_key_make(s, &key);
    uint32_t hash = flow_table_hash(run->records, &key);
    struct connection *c = flow_table_find(run->records, &key, hash);
    if (c == NULL) {
        c = flow_table_add(run->records, &key, hash);
        if (c == NULL)
            return;
        c->first_frame = s->frame & FRAME_MAX;
        c->first_time = c->last_time = s->time;
        c->leg_client = c->leg_server = -1;
        role_begin(c, s, second);
    }
    plain_case_compare(&run->compared, c, s, second);
}

static void segment_take(struct run *run, const struct segment *s, struct cursor payload)
{
    record_compare(run, s);
    for (unsigned i = 0; i < PAIRS; i++) {
        for (unsigned k = 0; k < 2; k++)
            tracker_segment(run->trackers[i][k], s, payload);
        const struct tracked *a = &run->told[i][0].last, *b = &run->told[i][1].last;
        if (a->id != b->id || a->from != b->from || a->opened != b->opened ||
            a->swapped != b->swapped || a->notable != b->notable || a->class != b->class ||
            a->marks != b->marks || a->nth != b->nth || a->window != b->window)
            fail_msg("%s, variant %u, frame %u: trackers %u tell it differently", run->name,
                     (unsigned)run->variant, (unsigned)s->frame, i);
    }
}

/* Another segment than the one that was captured. */
static void segment_change(struct run *run, struct segment *s)
{
    static const uint32_t steps[] = { 1, 100, 1448, 70000, 1u << 24, 1u << 31 };
    uint32_t by = steps[pick(run, 6)] * (pick(run, 2) ? 1 : UINT32_MAX);
    switch (pick(run, 10)) {
    case 0:
        s->seq += by;
        break;
    case 1:
    case 2:
        s->ack += by;
        break;
    case 3:
        s->window = (uint16_t)(pick(run, 3) * pick(run, 65536) / 2);
        break;
    case 4:
        s->flags ^= (uint16_t)(1u << pick(run, 9));
        break;
    case 5:
        s->tsval += by;
        break;
    case 6:
        s->payload_len = s->payload_captured = 0;
        break;
    case 7:
        s->facts ^= pick(run, 2) ? FACT_CHECKSUM_PARTIAL : FACT_CHECKSUM_BAD;
        break;
    case 8:
        s->ttl = (uint8_t)pick(run, 256);
        break;
    default:
        s->options ^= OPTION_TIMESTAMPS;
        break;
    }
}

/* The next segment as a network may bring it; variant 0: as it is. */
static void segment_pass_on(struct run *run, struct segment *s, struct cursor payload)
{
    if (run->variant != 0 && pick(run, CHANGED_ONE_OF) == 0) {
        uint32_t what = pick(run, 8);
        if (what == 0)
            return;
        if (what == 1)
            segment_take(run, s, payload);
        else
            segment_change(run, s);
        if (s->payload_len == 0)
            payload = cursor_init(NULL, 0);
    }
    segment_take(run, s, payload);
}

static void frame_take(struct run *run, const struct frame *frame)
{
    struct segment segment;
    if (decode_frame(frame, &segment, NULL) == DECODE_SEGMENT)
        segment_pass_on(run, &segment, decode_payload(frame, &segment));
}

/* Two ends that talk, each with its next number, and what of the other's it has. */
struct talk {
    uint32_t next[2], has[2];
    uint32_t said; /* segments so far */
};

/* What a connection sends next: it opens with the first three, then either end talks. */
static struct segment talk_next(struct run *run, struct talk *talk, uint32_t number)
{
    uint32_t nth = talk->said++;
    unsigned from = nth < 3 ? nth % 2 : pick(run, 8) < number % 8;
    struct segment s = made_segment(0, 0);
    if (nth == 0) {
        talk->next[0] = UINT32_MAX - 50000 * (number % 3);
        talk->next[1] = number << 24;
    }
    s.source_port = (uint16_t)(40000 + number);
    s.payload_len = nth >= 3 && pick(run, 3) != 0 ? 1 + pick(run, 2) * 1447 : 0;
    s.flags = nth == 0 ? TCP_SYN : nth == 1 ? TCP_SYN | TCP_ACK : TCP_ACK;
    s.options = number % 4 != 0 ? OPTION_TIMESTAMPS : 0;
    if (nth < 2 && number % 4 != 1)
        s.options |= OPTION_SACK_PERMITTED | OPTION_WINDOW_SCALE;
    s.window_scale = 7;
    s.window = (uint16_t)(400 + pick(run, 3));
    s.ip_id = (uint16_t)(1000 * from + nth);
    s.seq = talk->next[from];
    talk->next[from] += s.payload_len + (nth < 2);
    if (nth > 0 && pick(run, 3) != 0) /* some acknowledge no more than before */
        talk->has[from] = talk->next[!from];
    if (nth > 0 && nth < 3)
        talk->has[from] = talk->next[!from];
    s.ack = talk->has[from];
    if (from == 1) {
        uint16_t port = s.source_port;
        s.source_port = s.destination_port;
        s.destination_port = port;
        memcpy(s.source, s.destination, sizeof s.source);
        s.destination[3] = 1;
    }
    return s;
}

static void talks_run(struct run *run)
{
    struct talk talks[MADE_CONNECTIONS] = { 0 };
    int64_t time = NS_PER_S;
    for (uint32_t i = 0; i < MADE_SEGMENTS; i++) {
        uint32_t number = pick(run, MADE_CONNECTIONS);
        struct segment s = talk_next(run, &talks[number], number);
        time += pick(run, 20) * 200000;
        s.frame = i + 1;
        s.time = time;
        s.tsval = (uint32_t)(time / NS_PER_MS);
        segment_pass_on(run, &s, cursor_init(NULL, 0));
    }
}

static void run_begin(struct run *run)
{
    run->random = run->variant;
    run->records = flow_table_new(sizeof(struct connection), CONNECTIONS, &secret);
    assert_non_null(run->records);
    run->compared = plain_case_begin();
    for (unsigned i = 0; i < PAIRS; i++)
        for (unsigned k = 0; k < 2; k++) {
            struct tracker_options options = ways[i];
            options.no_shortcut = k == 1;
            options.settled = connection_add;
            options.taken = segment_told;
            options.batch = 1; /* each at once */
            options.context = &run->told[i][k];
            run->trackers[i][k] = tracker_new(&options);
            assert_non_null(run->trackers[i][k]);
        }
}

static void run_end(struct run *run)
{
    for (unsigned i = 0; i < PAIRS; i++) {
        for (unsigned k = 0; k < 2; k++) {
            assert_true(tracker_finish(run->trackers[i][k]));
            tracker_each(run->trackers[i][k], connection_add, &run->told[i][k]);
            tracker_free(run->trackers[i][k]);
        }
        if (run->told[i][0].sum != run->told[i][1].sum)
            fail_msg("%s, variant %u: trackers %u tell of connections differently", run->name,
                     (unsigned)run->variant, i);
    }
    flow_table_free(run->records);
    plain_case_end(&run->compared);
}

static void capture_run(const char *name, uint32_t variant, uint64_t *compared, uint64_t *plain)
{
    struct run run = { .name = name, .variant = variant };
    char error[256];
    struct reader *reader = reader_new();
    struct capture *capture = capture_open(name, NULL, error, sizeof error);
    struct frame frame;
    if (capture == NULL)
        fail_msg("%s: %s", name, error);
    assert_non_null(reader);
    assert_true(reader_add(reader, capture));
    run_begin(&run);
    while (reader_next(reader, &frame) == CAPTURE_FRAME && frame.number < SEGMENTS_MAX)
        frame_take(&run, &frame);
    *compared += run.compared.compared;
    *plain += run.compared.plain;
    run_end(&run);
    reader_free(reader);
}

static void conversations(void **state)
{
    (void)state;
    uint64_t compared = 0, plain = 0;
    for (uint32_t variant = 0; variant < MADE_VARIANTS; variant++) {
        struct run run = { .name = "conversations", .variant = variant };
        run_begin(&run);
        talks_run(&run);
        compared += run.compared.compared;
        plain += run.compared.plain;
        run_end(&run);
    }
    print_message("%u segments, of which %u were plain\n", (unsigned)compared, (unsigned)plain);
    assert_true(plain > compared / 4);
}

static void captures(void **state)
{
    (void)state;
    const char *folder = getenv("srcdir"), *more = getenv("MORE_CAPTURES");
    char path[1000];
    uint64_t compared = 0, plain = 0;
    snprintf(path, sizeof path, "%s/pcaps", folder != NULL ? folder : ".");
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot == NULL || strncmp(dot, ".pcap", 5) != 0)
            continue;
        snprintf(path, sizeof path, "%s/pcaps/%s", folder != NULL ? folder : ".", entry->d_name);
        for (uint32_t variant = 0; variant <= VARIANTS; variant++)
            capture_run(path, variant, &compared, &plain);
    }
    closedir(dir);
    char *copy = strdup(more != NULL ? more : ""), *rest = NULL;
    for (const char *name = strtok_r(copy, ":", &rest); name != NULL;
         name = strtok_r(NULL, ":", &rest))
        for (uint32_t variant = 0; variant <= VARIANTS; variant++)
            capture_run(name, variant, &compared, &plain);
    free(copy);
    print_message("%u segments, of which %u were plain\n", (unsigned)compared, (unsigned)plain);
    assert_true(plain > compared / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversations),
        cmocka_unit_test(captures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
