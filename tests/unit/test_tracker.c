/* tracker: what must hold for every trace, whatever its numbers and however early it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracker_case.h"

#define SYN "0 A S seq=1000 win=64240\n"
#define OPEN CASE_OPEN

static const char *const traces[] = {
    OPEN "0.03 A PA len=100\n0.04 B A\n0.05 B PA len=300\n0.06 A A\n0.1 A FA\n0.11 B A\n"
         "0.2 B FA\n0.21 A A\n",
    OPEN "0.03 A PA len=100\n0.04 B FPA len=9\n0.05 A FA\n0.06 B A\n",
    OPEN "0.03 A FA\n0.031 B FA ack=1001\n0.05 A A seq=1002 ack=5002\n"
         "0.051 B A seq=5002 ack=1002\n",
    SYN "1 A S seq=1000 id=2\n1.01 B SA seq=5000\n1.015 B SA seq=5000 id=9\n1.02 A A\n"
        "1.03 B PA len=10\n1.04 A A\n1.05 B RA\n",
    SYN "0.001 B S seq=5000\n0.02 A SA seq=1000 ack=5001\n0.021 B SA seq=5000 ack=1001\n"
        "0.03 A PA len=5\n0.04 B PA len=5\n0.05 A A\n0.06 B FA\n0.07 A FA\n0.08 B A\n",
    SYN "0.01 B S seq=5000\n0.02 A SA seq=1000 ack=5001\n0.03 B A seq=5001 ack=1001\n"
        "0.04 A PA len=7\n0.05 B A\n0.06 A RA\n",
    SYN "0.01 B RA seq=0 ack=1001\n0.5 A S seq=1000\n0.51 B RA seq=0 ack=1001\n",
    "0 A S seq=1000 len=100\n0.01 B SA seq=5000 ack=1101\n0.012 B PA len=30\n0.02 A A\n"
    "0.03 A FA\n0.04 B A\n0.05 B FA\n0.06 A A\n0.3 B FA seq=5031 ack=1102\n0.31 A A\n",
    SYN "0.02 A A seq=1001 ack=5001\n0.03 A PA len=10\n0.1 A FA\n", /* one direction */
    "0 A PA seq=1000 ack=5000 len=10\n0.01 B A seq=5000 ack=1010\n0.02 A FA seq=1010 ack=5000\n"
    "0.03 B FA\n0.04 A A\n",
    OPEN "0.03 A PA len=10\n0.05 A PA seq=1031 len=10\n0.06 B A ack=1011\n"
         "0.3 A PA seq=1011 len=20\n0.31 B A ack=1041\n0.32 B PA len=1\n0.33 A A\n"
         "0.4 A FA seq=1041 id=77\n0.401 A FA seq=1041 id=77\n0.41 B FA\n0.42 A A\n",
    OPEN "5 A S seq=70000\n5.01 B A ack=1001\n5.02 A R seq=1001\n6 A S seq=70000\n"
         "6.01 B SA seq=90000 ack=70001\n6.02 A A seq=70001 ack=90001\n6.03 A FA\n",
    SYN "0.1 A S seq=3000\n0.11 B SA seq=5000 ack=3001\n0.12 A A seq=3001 ack=5001\n",
};
#define TRACES (sizeof traces / sizeof traces[0])

static unsigned line_count(const char *lines)
{
    unsigned count = 0;
    for (; *lines != '\0'; lines++)
        count += *lines == '\n';
    return count;
}

static void chains(void **state)
{
    (void)state;
    for (size_t i = 0; i < TRACES; i++)
        for (unsigned n = 1; n <= line_count(traces[i]); n++) {
            struct tracker_case *t = case_track(traces[i], &(struct case_options){ .frames = n });
            for (size_t k = 0; k < t->count; k++)
                case_assert_chain(&t->connections[k]);
            free(t);
        }
}

/* A difference of numbers that a shift leaves alone: a check's two sides, a place in a stream. */
static uint32_t number_of(const struct event *e)
{
    if (e->kind != EVENT_CHECK || e->result == CHECK_SKIPPED)
        return e->kind == EVENT_RESET || e->kind == EVENT_RESET_NOT_BELIEVED ||
                       e->kind == EVENT_ISN_CHANGED
                   ? 0
                   : e->observed;
    if (checks[e->detail].subject == SUBJECT_SEQ_AND_ACK)
        return e->addend;
    return e->observed - e->expected;
}

static void assert_same(const struct case_connection *a, const struct case_connection *b)
{
    char text_a[CASE_TEXT], text_b[CASE_TEXT];
    assert_string_equal(case_transitions(a, text_a), case_transitions(b, text_b));
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct event *x = &a->events[i], *y = &b->events[i];
        assert_int_equal(x->kind, y->kind);
        assert_int_equal(x->endpoint, y->endpoint);
        assert_int_equal(x->frame, y->frame);
        assert_int_equal(x->detail, y->detail);
        assert_int_equal(x->result, y->result);
        assert_int_equal(x->certainty, y->certainty);
        assert_int_equal(x->addend, y->addend);
        assert_int_equal(number_of(x), number_of(y));
    }
    assert_int_equal(a->summary.id, b->summary.id);
    assert_int_equal(a->summary.handshake, b->summary.handshake);
    assert_int_equal(a->summary.close, b->summary.close);
    assert_int_equal(a->summary.first_closer, b->summary.first_closer);
    assert_int_equal(a->summary.rtt_ns, b->summary.rtt_ns);
    for (int i = 0; i < 2; i++) {
        const struct endpoint_summary *x = &a->summary.endpoints[i];
        const struct endpoint_summary *y = &b->summary.endpoints[i];
        assert_int_equal(x->isn_certainty, y->isn_certainty);
        assert_int_equal(x->payload_bytes, y->payload_bytes);
        assert_int_equal(x->payload_bytes_sent, y->payload_bytes_sent);
        assert_int_equal(x->repeated_segments, y->repeated_segments);
        if (x->fin_sent)
            assert_int_equal(x->fin_seq - x->isn, y->fin_seq - y->isn);
    }
}

/* Sequence numbers have no beginning: moving them changes nothing but themselves. */
static void shifts(void **state)
{
    (void)state;
    static const uint32_t shift[] = {
        1,          4294966295u, /* 1000 becomes 4294967295 */
        4294966290u, 4294966195u, /* the wrap is 6, and 101 bytes, behind the SYN */
        2147482648u, 0x80000000u, 3000000000u, 4294962295u,
    };
    for (size_t i = 0; i < TRACES; i++) {
        struct tracker_case *plain = case_track(traces[i], NULL);
        for (size_t k = 0; k < 64; k++) {
            const struct case_options options = { .shift_a = shift[k / 8],
                                                  .shift_b = shift[k % 8] };
            struct tracker_case *shifted = case_track(traces[i], &options);
            assert_int_equal(shifted->count, plain->count);
            for (size_t c = 0; c < plain->count; c++)
                assert_same(&plain->connections[c], &shifted->connections[c]);
            free(shifted);
        }
        free(plain);
    }
}

/* What was observed or proved in the beginning of a trace is in the whole of it too. */
static void prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < TRACES; i++) {
        struct tracker_case *whole = case_track(traces[i], NULL);
        char all[CASE_TEXT * 2] = "";
        for (size_t c = 0; c < whole->count; c++) {
            char text[CASE_TEXT];
            strcat(all, case_transitions(&whole->connections[c], text));
        }
        for (unsigned n = 1; n < line_count(traces[i]); n++) {
            struct tracker_case *part =
                case_track(traces[i], &(struct case_options){ .frames = n });
            for (size_t c = 0; c < part->count; c++) {
                char text[CASE_TEXT], *rest = text;
                case_transitions(&part->connections[c], text);
                for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
                    bool sure = strstr(line, "observed") != NULL || strstr(line, "proved");
                    if (sure && !case_has(all, line))
                        fail_msg("trace %zu: after %u frames \"%s\", but in the end\n%s", i, n,
                                 line, all);
                }
            }
            free(part);
        }
        free(whole);
    }
}

struct generator {
    uint32_t value;
};

static unsigned random_below(struct generator *g, unsigned limit)
{
    g->value = g->value * 1664525u + 1013904223u;
    return (g->value >> 8) % limit;
}

/* Segments that no host would send, near the numbers that count: x, y and what follows them. */
static void random_trace(struct generator *g, char *ret, size_t room)
{
    static const char *const flags[] = { "S",  "SA", "A",  "A", "A",  "PA",
                                         "PA", "FA", "FA", "R", "RA", "FPA" };
    size_t used = (size_t)snprintf(ret, room, "%s", random_below(g, 3) ? OPEN : SYN);
    for (unsigned left = 4 + random_below(g, 12); left > 0; left--) {
        const char *f = flags[random_below(g, 12)];
        unsigned base = random_below(g, 2) ? 1001 : 5001;
        used += (size_t)snprintf(ret + used, room - used, "+0.%03u %c %s", random_below(g, 300),
                                 random_below(g, 2) ? 'A' : 'B', f);
        if (f[0] == 'S' || random_below(g, 4) == 0)
            used += (size_t)snprintf(ret + used, room - used, " seq=%u",
                                     f[0] == 'S' ? base - 1 + 4000 * random_below(g, 2)
                                                 : base + random_below(g, 20) - 5);
        if (strchr(f, 'A') != NULL && random_below(g, 3) == 0)
            used += (size_t)snprintf(ret + used, room - used, " ack=%u",
                                     base + random_below(g, 20) - 5);
        if (strchr(f, 'P') != NULL)
            used += (size_t)snprintf(ret + used, room - used, " len=%u", 1 + random_below(g, 9));
        used += (size_t)snprintf(ret + used, room - used, "\n");
        assert_true(used < room);
    }
}

/* States follow each other, and a shift changes nothing, in nonsense too. */
static void nonsense(void **state)
{
    (void)state;
    struct generator g = { 20260102 };
    const struct case_options shifted = { .shift_a = 4294966290u, .shift_b = 4294962290u };
    for (int round = 0; round < 500; round++) {
        char lines[4000];
        random_trace(&g, lines, sizeof lines);
        struct tracker_case *a = case_track(lines, NULL), *b = case_track(lines, &shifted);
        assert_int_equal(a->count, b->count);
        for (size_t c = 0; c < a->count; c++) {
            case_assert_chain(&a->connections[c]);
            assert_same(&a->connections[c], &b->connections[c]);
        }
        free(a);
        free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains),
        cmocka_unit_test(shifts),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
