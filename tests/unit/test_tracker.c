/* tracker: what must hold for every trace, whatever its numbers and however early it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/tracker.h"
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
    /* The number of a RST that answers a SYN is to be 0, wherever the others are. */
    if (checks[e->detail].subject == SUBJECT_SEQ_AND_ACK || e->detail == CHECK_RST_SEQ_ZERO_ACK)
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
    bool open = random_below(g, 3);
    size_t used = (size_t)snprintf(ret, room, "%s", open ? OPEN : SYN);
    unsigned time = 20; /* ms */
    for (unsigned left = 4 + random_below(g, 12); left > 0; left--) {
        const char *f = flags[random_below(g, 12)];
        unsigned base = random_below(g, 2) ? 1001 : 5001;
        time += random_below(g, 300);
        if (random_below(g, 12) == 0) /* the recorder's clock is set */
            time = random_below(g, 2) ? random_below(g, time + 1) : time + 20000000;
        used += (size_t)snprintf(ret + used, room - used, "%u.%03u %c %s", time / 1000,
                                 time % 1000, random_below(g, 2) ? 'A' : 'B', f);
        /* A RST with number 0 means something: those that answer a SYN stay clear of it, as they
         * are and behind the wrap. */
        bool numbered = f[0] == 'S' || (f[0] == 'R' && !open);
        if (random_below(g, 4) == 0 || numbered)
            used += (size_t)snprintf(ret + used, room - used, " seq=%u",
                                     f[0] == 'S' ? base - 1 + 4000 * random_below(g, 2)
                                                 : base + random_below(g, 20) +
                                                       (numbered ? 30 : 0) - 5);
        if (strchr(f, 'A') != NULL && random_below(g, 3) == 0)
            used += (size_t)snprintf(ret + used, room - used, " ack=%u",
                                     base + random_below(g, 20) - 5);
        if (strchr(f, 'P') != NULL)
            used += (size_t)snprintf(ret + used, room - used, " len=%u", 1 + random_below(g, 9));
        used += (size_t)snprintf(ret + used, room - used, "\n");
        assert_true(used < room);
    }
}

/* Each segment belongs to one connection. */
static void assert_all_segments(const struct tracker_case *tracked, unsigned count)
{
    unsigned sum = 0;
    for (size_t c = 0; c < tracked->count; c++)
        for (int i = 0; i < 2; i++)
            sum += tracked->connections[c].summary.endpoints[i].segments;
    assert_int_equal(sum, count);
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
        assert_all_segments(a, line_count(lines));
        for (size_t c = 0; c < a->count; c++) {
            case_assert_chain(&a->connections[c]);
            assert_same(&a->connections[c], &b->connections[c]);
        }
        free(a);
        free(b);
    }
}

/* Handed over soon after their ends: each once, whole, and late segments are in none of them. */
static void nonsense_live(void **state)
{
    (void)state;
    struct generator g = { 20260103 };
    const struct case_options live = { .expire = true, .linger_ns = 150000000,
                                       .ticking = true };
    unsigned absorbed = 0;
    for (int round = 0; round < 500; round++) {
        char lines[4000];
        random_trace(&g, lines, sizeof lines);
        struct tracker_case *a = case_track(lines, &live);
        assert_int_equal(a->begun, a->count);
        for (size_t c = 0; c < a->count; c++)
            case_assert_chain(&a->connections[c]);
        assert_all_segments(a, line_count(lines) - a->absorbed);
        absorbed += a->absorbed;
        free(a);
    }
    assert_true(absorbed > 100); /* or the traces are too tame */
}

/* Handed over as they end or drive each other out, connections and segments are the same: each
 * 4-tuple is used twice, some wait for an answer that never comes. */
static void early_ends(void **state)
{
    (void)state;
    char lines[8000];
    size_t used = 0;
    unsigned segments = 0;
    for (unsigned i = 0; i < 4; i++) {
        used += (size_t)snprintf(lines + used, sizeof lines - used,
                                 "ends A=192.0.2.1:%u B=192.0.2.2:80\n+1 A S seq=%u\n", 4000 + i,
                                 1000 * i);
        used += (size_t)snprintf(lines + used, sizeof lines - used,
                                 i % 2 ? "+0.5 A S seq=77\n+0.1 A S seq=77\n"
                                       : "+0.1 B R\n+0.1 A S seq=77\n");
        segments += 3;
        assert_true(used < sizeof lines);
    }
    strcpy(lines + used, "+5 B RA seq=0 ack=78\n"); /* decides about the last one */
    segments++;
    struct tracker_case *whole = case_track(lines, NULL);
    assert_int_equal(whole->count, 8);
    assert_all_segments(whole, segments);
    for (uint32_t room = 1; room <= 8; room++) {
        struct tracker_case *part =
            case_track(lines, &(struct case_options){ .max_connections = room });
        assert_int_equal(part->begun, part->count);
        assert_all_segments(part, segments);
        for (size_t c = 0; c < part->count; c++)
            case_assert_chain(&part->connections[c]);
        /* Ended ones leave live ones their half of the room. */
        assert_true(room < 8 ? part->handed_over > 0 : part->handed_over <= 4);
        free(part);
    }
    free(whole);
}

/* Ended connections take half of the room at most: here three of six, two are handed over. The
 * one that is open all the time stays. */
static void ended_leave_room(void **state)
{
    (void)state;
    char lines[2000] = OPEN "ends A=192.0.2.9:999 B=192.0.2.10:22\n";
    size_t used = strlen(lines);
    for (unsigned i = 0; i < 5; i++)
        used += (size_t)snprintf(lines + used, sizeof lines - used,
                                 "+9 A S seq=%u\n+0.1 B RA seq=0 ack=%u\n", 1000 * i,
                                 1000 * i + 1);
    strcpy(lines + used, "+9 A S seq=70000\n+0.1 B SA seq=1\n+0.1 A A\n"
                         "ends A=192.0.2.9:998 B=192.0.2.10:22\n+1 A S seq=1\n");
    struct tracker_case *tracked =
        case_track(lines, &(struct case_options){ .max_connections = 6 });
    assert_int_equal(tracked->count, 8);
    assert_int_equal(tracked->handed_over, 2);
    assert_int_equal(tracked->connections[2].summary.id, 1); /* the first one at the end */
    free(tracked);
}

/* What a host can send again, a copy can't be: half a second later, or with another clock value. */
static void copies(void **state)
{
    (void)state;
    static const struct {
        const char *again;
        enum event_kind kind; /* EVENT_NONE: it is left out, as one of the capture's copies */
    } list[] = {
        { "0.4 A S seq=1000 id=7 ts=5,0\n", EVENT_NONE },
        { "0.4 A S seq=1000 id=7 ts=5,0 ttl=63\n", EVENT_NONE }, /* behind a router */
        { "0.4 A S seq=1000 id=7 ts=5,0 ttl=61\n", EVENT_SYN_DUPLICATED },
        { "0.6 A S seq=1000 id=7 ts=5,0\n", EVENT_SYN_REPEATED },
        { "0.4 A S seq=1000 id=7 ts=6,0\n", EVENT_SYN_REPEATED },
        { "0.4 A S seq=1000 id=8 ts=5,0\n", EVENT_SYN_REPEATED },
        { "0.4 A S seq=1000 id=7\n", EVENT_SYN_DUPLICATED },
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        char lines[200] = "0 A S seq=1000 id=7 ts=5,0\n";
        struct tracker_case *tracked = case_track(strcat(lines, list[i].again), NULL);
        assert_int_equal(tracked->count, 1);
        const struct case_connection *c = &tracked->connections[0];
        bool copy = list[i].kind == EVENT_NONE;
        assert_int_equal(case_events(c, EVENT_SYN_DUPLICATED), list[i].kind == EVENT_SYN_DUPLICATED);
        assert_int_equal(case_events(c, EVENT_SYN_REPEATED), list[i].kind == EVENT_SYN_REPEATED);
        assert_int_equal(tracked->copies, copy);
        assert_int_equal(c->summary.endpoints[CLIENT].segments, copy ? 1 : 2);
        assert_int_equal(c->summary.last_frame, copy ? 1 : 2);
        free(tracked);
    }
}

/* Repeats are noted 16 times and counted on: the log has room for what comes after them. */
static void storms(void **state)
{
    (void)state;
    char *lines = calloc(3000, 40);
    assert_non_null(lines);
    strcpy(lines, OPEN "0.03 A FA\n");
    char *at = lines + strlen(lines);
    for (int i = 0; i < 1000; i++)
        at += sprintf(at, "+0.3 A FA seq=1001\n");
    for (int i = 0; i < 1000; i++) /* acknowledges one too much */
        at += sprintf(at, "+0.3 B A ack=1003\n");
    strcpy(at, "+0.3 B FA ack=1002\n+0.3 A A\n");
    struct tracker_case *tracked = case_track(lines, NULL);
    const struct case_connection *c = &tracked->connections[0];
    assert_int_equal(tracked->count, 1);
    assert_false(c->summary.events_lost);
    assert_int_equal(case_events(c, EVENT_FIN_REPEATED), 15); /* the first was no repeat */
    assert_int_equal(c->summary.endpoints[CLIENT].fins, 255); /* and no more */
    assert_int_equal(c->summary.endpoints[CLIENT].segments, 2 + 1 + 1000 + 1);
    assert_int_equal(c->summary.close, CLOSE_THREE_SEGMENT);
    char text[CASE_TEXT];
    unsigned wrong = 0;
    for (const char *p = case_checks(c, text); (p = strstr(p, "ack-of-fin fails")) != NULL; p++)
        wrong++;
    assert_int_equal(wrong, 16);
    free(tracked);
    free(lines);
}

/* One frame whose clock is wild ends nothing that is still going on. */
static void wild_clock(void **state)
{
    (void)state;
    const struct case_options expire = { .expire = true };
    static const char lines[] =
        OPEN "1 A PA len=10\n1.01 B A\n"
             "ends A=192.0.2.9:999 B=192.0.2.10:22\n4000000000 A PA seq=1 len=1\n"
             "ends A=192.0.2.1:40000 B=198.51.100.7:80\n2 A PA seq=1011 ack=5001 len=10\n"
             "2.01 B A seq=5001 ack=1021\n2.02 A FA seq=1021 ack=5001\n"
             "2.03 B FA seq=5001 ack=1022\n2.04 A A seq=1022 ack=5002\n";
    struct tracker_case *tracked = case_track(lines, &expire);
    assert_int_equal(tracked->count, 2);
    for (size_t i = 0; i < 2; i++)
        if (tracked->connections[i].summary.id == 1) {
            assert_int_equal(tracked->connections[i].summary.endpoints[CLIENT].segments, 6);
            assert_int_equal(tracked->connections[i].summary.close, CLOSE_THREE_SEGMENT);
        }
    free(tracked);
}

/* The state in which the first connection's client is left, and how long the capture lasted, s. */
static void assert_left(const char *lines, enum tcp_state state, int lasted)
{
    struct tracker_case *tracked = case_track(lines, NULL);
    const struct summary *s = &tracked->connections[0].summary;
    assert_string_equal(tcp_state_name((enum tcp_state)s->endpoints[CLIENT].state),
                        tcp_state_name(state));
    assert_int_equal((s->capture_end - s->first_time) / INT64_C(1000000000), lasted);
    free(tracked);
}

/* Nor does it move the end of the capture, from which TIME_WAIT is judged (2 MSL are 60 s). */
static void wild_clock_at_the_end(void **state)
{
    (void)state;
#define CLOSED_FIRST OPEN "0.03 A FA\n0.04 B FA\n0.05 A A\nends A=192.0.2.9:999 B=192.0.2.10:22\n"
    assert_left(CLOSED_FIRST "3600 A PA seq=1 len=1\n1 A PA len=1\n2 A PA len=1\n",
                STATE_TIME_WAIT, 2);
    /* Two agree: the time is right, and went back later. */
    assert_left(CLOSED_FIRST "3600 A PA seq=1 len=1\n3601 A PA len=1\n1 A PA len=1\n",
                STATE_CLOSED, 3600);
    /* The last one has no witness: a pause of an hour is believed, one of two days is not. */
    assert_left(CLOSED_FIRST "3600 A PA seq=1 len=1\n", STATE_CLOSED, 3600);
    assert_left(CLOSED_FIRST "172800 A PA seq=1 len=1\n", STATE_TIME_WAIT, 0);
    assert_left("0 A S seq=1\n", STATE_SYN_SENT, 0);
    /* The first one is wild: the capture ends at 0.02 s all the same. */
    assert_left("86400 A S seq=1\n0.01 B SA seq=7\n0.02 A A\n", STATE_ESTABLISHED, -86399);
}

static void keep_summary(void *context, const struct summary *summary,
                         const struct event *events, size_t count)
{
    (void)events;
    (void)count;
    *(struct summary *)context = *summary;
}

/* Sends 280000 segments, of which every nth has a wrong checksum: more than are counted. */
static uint32_t segments_taken(unsigned nth)
{
    const struct tracker_options options = { .max_connections = 2, .msl_ns = 1 };
    struct tracker *tracker = tracker_new(&options);
    struct summary summary = { 0 };
    assert_non_null(tracker);
    for (uint32_t i = 1; i <= 280000; i++) {
        const struct segment segment = {
            .frame = i, .time = i, .ip_version = 4, .source = { 1 }, .destination = { 2 },
            .source_port = 1000, .destination_port = 80, .seq = i, .ack = 1, .flags = TCP_ACK,
            .payload_len = 1, .facts = i % nth == 0 ? FACT_CHECKSUM_BAD : FACT_CHECKSUM_GOOD,
        };
        tracker_segment(tracker, &segment, cursor_init(NULL, 0));
    }
    assert_true(tracker_finish(tracker));
    tracker_each(tracker, keep_summary, &summary);
    tracker_free(tracker);
    return summary.endpoints[CLIENT].segments;
}

/* Few wrong ones are damaged, and not taken; where all are wrong it is the card's work. That
 * stays so when the counter of wrong checksums (65535) is full. */
static void many_wrong_checksums(void **state)
{
    (void)state;
    assert_int_equal(segments_taken(1), 280000);
    assert_int_equal(segments_taken(4), 210000);
}

/*
 * A connection that was open before the capture: 1000 to 1099 comes first, 600 to 999 was lost in
 * front of the capture point and comes again. 500 bytes are in the capture, wherever numbers wrap.
 */
static void base_below_the_first_byte(void **state)
{
    (void)state;
    static const uint32_t shifts[] = { 0, -600u, -601u, -1000u, -1050u };
    for (size_t i = 0; i < sizeof shifts / sizeof shifts[0]; i++) {
        struct tracker_case *t = case_track("0 A PA seq=1000 ack=5000 len=100\n"
                                            "0.01 B A seq=5000 ack=600\n"
                                            "0.3 A PA seq=600 ack=5000 len=400\n"
                                            "0.31 B A seq=5000 ack=1100\n",
                                            &(struct case_options){ .shift_a = shifts[i] });
        assert_int_equal(t->count, 1);
        const struct endpoint_summary *a = &t->connections[0].summary.endpoints[CLIENT];
        assert_int_equal(a->payload_bytes, 500);
        assert_int_equal(a->unacknowledged, 0);
        free(t);
    }
    /* One byte below the base is the garbage of a keep-alive. */
    struct tracker_case *t = case_track("0 A A seq=1000 ack=5000\n9 A A seq=999 ack=5000 len=1\n",
                                        &(struct case_options){ 0 });
    assert_int_equal(t->connections[0].summary.endpoints[CLIENT].payload_bytes, 0);
    free(t);
}

/*
 * A recorder with two receive queues: what A sent stands 1 ms behind what B answered. B's FIN, which
 * acknowledges A's, stands before that: A closed first all the same, and B passed CLOSE_WAIT.
 */
static void two_queues(void **state)
{
    (void)state;
    char text[CASE_TEXT];
    struct tracker_case *tracked = case_track("0.000 A S seq=1000\n"
                                              "0.010 B SA seq=5000 ack=1001\n"
                                              "0.020 A A seq=1001 ack=5001\n"
                                              "1.000 B A seq=5001 ack=1011\n"
                                              "1.001 A PA seq=1001 ack=5001 len=10\n"
                                              "2.000 B FA seq=5001 ack=1012\n"
                                              "2.001 A FA seq=1011 ack=5001\n"
                                              "2.002 A A seq=1012 ack=5002\n", NULL);
    const struct case_connection *c = &tracked->connections[0];
    assert_int_equal(tracked->misordered, 2); /* the data, and the FIN */
    assert_int_equal(c->summary.first_closer, CLOSER_CLIENT);
    assert_int_equal(c->summary.close, CLOSE_THREE_SEGMENT);
    case_transitions(c, text);
    assert_true(case_has(text, "7 server ESTABLISHED>CLOSE_WAIT inferred by 7"));
    assert_true(case_has(text, "7 server CLOSE_WAIT>LAST_ACK inferred"));
    assert_true(case_has(text, "7 client ESTABLISHED>FIN_WAIT_1 observed"));
    case_assert_chain(c);
    free(tracked);
    /* B closed first; its FIN acknowledges data that stand behind it, and only its last ACK, which
     * stands before A's FIN as well, acknowledges that. */
    tracked = case_track(CASE_OPEN "1.0000 B A seq=5001 ack=1011\n"
                                   "1.0001 B FA seq=5001 ack=1011\n"
                                   "1.0002 B A seq=5002 ack=1012\n"
                                   "1.0010 A PA seq=1001 ack=5001 len=10\n"
                                   "1.0012 A FA seq=1011 ack=5002\n", NULL);
    c = &tracked->connections[0];
    assert_int_equal(c->summary.first_closer, CLOSER_SERVER);
    case_transitions(c, text);
    assert_null(strstr(text, "server ESTABLISHED>CLOSE_WAIT"));
    assert_non_null(strstr(text, "server ESTABLISHED>FIN_WAIT_1"));
    case_assert_chain(c);
    free(tracked);
    /* Sent again, later, and acknowledged before: nothing was mixed up. */
    tracked = case_track(CASE_OPEN "1.000 B A seq=5001 ack=1011\n"
                                   "1.003 A PA seq=1001 ack=5001 len=10\n", NULL);
    assert_int_equal(tracked->misordered, 0);
    free(tracked);
    /* Times that go back, but no order that shows: the recorder's clocks. */
    tracked = case_track(CASE_OPEN "1.000 A PA len=10\n0.999 A PA len=10\n1.001 A PA len=10\n",
                         NULL);
    assert_int_equal(tracked->misordered, 1);
    free(tracked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_queues),
        cmocka_unit_test(chains),
        cmocka_unit_test(shifts),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(nonsense),
        cmocka_unit_test(nonsense_live),
        cmocka_unit_test(early_ends),
        cmocka_unit_test(ended_leave_room),
        cmocka_unit_test(copies),
        cmocka_unit_test(storms),
        cmocka_unit_test(wild_clock),
        cmocka_unit_test(wild_clock_at_the_end),
        cmocka_unit_test(many_wrong_checksums),
        cmocka_unit_test(base_below_the_first_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
