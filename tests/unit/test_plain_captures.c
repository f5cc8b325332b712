/*
 * plain, with captures: each segment of the captures in pcaps/, as it is and in variants with some
 * changed, left out or doubled, and of made-up traffic, goes through the short way of tcp/plain and
 * through the whole one. After each the records are the same byte for byte. More captures may be
 * named in MORE_CAPTURES, with ':' between them.
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

#include "capture/reader.h"
#include "decode/decode.h"
#include "plain_case.h"
#include "tcp/role.h"
#include "traffic_case.h"

#define VARIANTS 4u
#define CHANGED_ONE_OF 12u
#define CONNECTIONS 4096u
#define TRAFFIC_SEGMENTS 50000u

static const struct flow_secret secret = { { 3, 4 } };

struct run {
    uint32_t variant; /* 0: a capture as it is */
    uint64_t random;
    struct flow_table *records; /* of connections without incarnations: any segment comes next */
    struct plain_case compared;
};

static uint32_t pick(struct run *run, uint32_t below)
{
    return plain_case_pick(&run->random, below);
}

static void segment_take(struct run *run, const struct segment *s)
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

/* Another segment than the one that was captured. */
static void segment_change(struct run *run, struct segment *s)
{
    static const uint32_t steps[] = { 1, 100, 1448, 70000, 1u << 24, 1u << 31 };
    uint32_t by = steps[pick(run, 6)] * (pick(run, 2) ? 1 : UINT32_MAX);
    switch (pick(run, 8)) {
    case 0:
        s->seq += by;
        break;
    case 1:
        s->ack += by;
        break;
    case 2:
        s->window = (uint16_t)(pick(run, 3) * 500);
        break;
    case 3:
        s->flags ^= (uint16_t)(1u << pick(run, 9));
        break;
    case 4:
        s->payload_len = s->payload_captured = 0;
        break;
    case 5:
        s->facts ^= pick(run, 2) ? FACT_CHECKSUM_PARTIAL : FACT_CHECKSUM_BAD;
        break;
    case 6:
        s->ttl = (uint8_t)pick(run, 256);
        break;
    default:
        s->options ^= OPTION_TIMESTAMPS;
        break;
    }
}

static void frame_take(struct run *run, const struct frame *frame)
{
    struct segment segment;
    if (decode_frame(frame, &segment, NULL) != DECODE_SEGMENT)
        return;
    if (run->variant != 0 && pick(run, CHANGED_ONE_OF) == 0) {
        uint32_t what = pick(run, 8);
        if (what == 0)
            return;
        if (what == 1)
            segment_take(run, &segment);
        else
            segment_change(run, &segment);
    }
    segment_take(run, &segment);
}

static struct run run_begin(uint32_t variant)
{
    struct run run = { .variant = variant,
                       .random = variant,
                       .records = flow_table_new(sizeof(struct connection), CONNECTIONS, &secret),
                       .compared = plain_case_begin() };
    assert_non_null(run.records);
    return run;
}

static void run_end(struct run *run, uint64_t *compared, uint64_t *plain)
{
    *compared += run->compared.compared;
    *plain += run->compared.plain;
    flow_table_free(run->records);
    plain_case_end(&run->compared);
}

static void capture_run(const char *name, uint64_t *compared, uint64_t *plain)
{
    for (uint32_t variant = 0; variant <= VARIANTS; variant++) {
        struct run run = run_begin(variant);
        char error[256];
        struct reader *reader = reader_new();
        struct capture *capture = capture_open(name, NULL, error, sizeof error);
        struct frame frame;
        if (capture == NULL)
            fail_msg("%s: %s", name, error);
        assert_non_null(reader);
        assert_true(reader_add(reader, capture));
        while (reader_next(reader, &frame) == CAPTURE_FRAME)
            frame_take(&run, &frame);
        reader_free(reader);
        run_end(&run, compared, plain);
    }
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
        capture_run(path, &compared, &plain);
    }
    closedir(dir);
    char *copy = strdup(more != NULL ? more : ""), *rest = NULL;
    for (const char *name = strtok_r(copy, ":", &rest); name != NULL;
         name = strtok_r(NULL, ":", &rest))
        capture_run(name, &compared, &plain);
    free(copy);
    print_message("%u segments, of which %u were plain\n", (unsigned)compared, (unsigned)plain);
    assert_true(plain > compared / 20); /* these connections are short */
}

static void traffic(void **state)
{
    (void)state;
    static const unsigned strange[] = { 1, 5, 20 };
    uint64_t compared = 0, plain = 0;
    for (unsigned i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        struct traffic made = traffic_begin(strange[i], strange[i]);
        struct run run = run_begin(0);
        for (unsigned n = 0; n < TRAFFIC_SEGMENTS; n++) {
            const struct segment s = traffic_next(&made);
            segment_take(&run, &s);
        }
        run_end(&run, &compared, &plain);
    }
    print_message("%u segments, of which %u were plain\n", (unsigned)compared, (unsigned)plain);
    assert_true(plain > compared / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures),
        cmocka_unit_test(traffic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
