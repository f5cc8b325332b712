/* Where a capture was taken: every kind of evidence alone, against the others, and what looks
 * like it but is something else. Frames are built, decoded and tracked; then their place judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "diagnose/vantage.h"
#include "report/narrate.h"
#include "report/place.h"
#include "tracker_case.h"

/* The ends answer after 10 ms each: of the place that says no more than "middle"; with routers
 * before B only, nothing. */
#define FAR_B "ttl A=64 B=57\n"
#define OPENING "0 A S seq=1000 mss=1460\n0.010 B SA seq=5000 ack=1001 mss=1460\n0.020 A A\n"
/* The client answers within 50 us. */
#define QUICK_A                                                                                  \
    "0 A S seq=1000 mss=1460\n0.010 B SA seq=5000 ack=1001 mss=1460\n0.01005 A A\n"
/* The server does. */
#define QUICK_B                                                                                  \
    "0 A S seq=1000 mss=1460\n0.00005 B SA seq=5000 ack=1001 mss=1460\n0.02005 A A\n"

struct vantage_case {
    const char *lines;
    enum vantage vantage;
    enum vantage_evidence evidence;
};

static struct summary summary_of(const char *lines)
{
    struct tracker_case *tracked = case_track(lines, NULL);
    struct summary summary = tracked->connections[0].summary;
    free(tracked);
    return summary;
}

static void vantage_check(const struct vantage_case *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct summary summary = summary_of(list[i].lines);
        struct vantage_verdict verdict = vantage_judge(&summary);
        assert_string_equal(vantage_name(verdict.vantage), vantage_name(list[i].vantage));
        assert_int_equal(verdict.evidence, list[i].evidence);
        if (verdict.vantage != VANTAGE_UNKNOWN)
            assert_int_equal(verdict.certainty, CERTAINTY_INFERRED);
    }
}

#define VANTAGE_CHECK(list) vantage_check(list, sizeof list / sizeof list[0])

static void packet_type(void **state)
{
    (void)state;
    static const struct vantage_case list[] = {
        { "link LINUX_SLL\nrecorder A\n" FAR_B OPENING, VANTAGE_CLIENT, VANTAGE_BY_PACKET_TYPE },
        { "link LINUX_SLL2\nrecorder A\n" FAR_B OPENING, VANTAGE_CLIENT, VANTAGE_BY_PACKET_TYPE },
        { "link LINUX_SLL2\nrecorder B\nttl A=57 B=128\n" OPENING, VANTAGE_SERVER,
          VANTAGE_BY_PACKET_TYPE },
        { "link LINUX_SLL2\nrecorder B\nttl A=57 B=255\n" OPENING, VANTAGE_SERVER,
          VANTAGE_BY_PACKET_TYPE },
        /* No answer was captured: it is still the recorder's own SYN. */
        { "link LINUX_SLL2\nrecorder A\n0 A S seq=1\n", VANTAGE_CLIENT, VANTAGE_BY_PACKET_TYPE },
        /* Only what came in: of a router, too. */
        { "link LINUX_SLL2\nrecorder B\n0 A S seq=1\n", VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        /* A router that rewrites addresses sends B's packets on, with one hop less. */
        { "link LINUX_SLL2\nrecorder B\nttl A=64 B=56\n" OPENING, VANTAGE_UNKNOWN,
          VANTAGE_BY_NOTHING },
        { "link LINUX_SLL2\nrecorder A\nttl A=63 B=57\n" OPENING, VANTAGE_MIDDLE,
          VANTAGE_BY_DELAY },
        /* The other end's packets were neither sent nor received by the recorder, or some of them
         * were sent by it, or some of this end's came in: a bridge, not an end. */
        { "link LINUX_SLL2\nrecorder A\n" FAR_B "0 A S seq=1000\nlink EN10MB\n"
          "0.01 B SA seq=5000 ack=1001\n", VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { "link LINUX_SLL2\nrecorder A\n" FAR_B "0 A S seq=1000\n0.01 B SA seq=5000 ack=1001\n"
          "recorder B\n0.0101 B SA seq=5000 ack=1001\n", VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { "link LINUX_SLL2\nrecorder A\n" FAR_B "0 A S seq=1000 id=7\nrecorder B\n"
          "0.0001 A S seq=1000 id=7\nrecorder A\n0.01 B SA seq=5000 ack=1001\n",
          VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        /* One packet with another TTL is enough for doubt; a RST may be a device's. */
        { "link LINUX_SLL2\nrecorder A\n" FAR_B OPENING "0.03 A PA len=5 ttl=63\n",
          VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { "link LINUX_SLL2\nrecorder A\n" FAR_B OPENING "0.03 A RA ttl=37\n", VANTAGE_CLIENT,
          VANTAGE_BY_PACKET_TYPE },
    };
    VANTAGE_CHECK(list);
}

static void forwarding(void **state)
{
    (void)state;
    static const struct vantage_case list[] = {
        /* The SYN comes in with TTL 60 and goes out with 59. */
        { "link LINUX_SLL2\nttl A=60 B=57\nrecorder B\n0 A S seq=1000 id=7\nrecorder A\n"
          "0.00001 A S seq=1000 id=7 ttl=59\n", VANTAGE_MIDDLE, VANTAGE_BY_FORWARDING },
        /* A host beside the recorder, or a container on it: 64 in, 63 out. */
        { "link LINUX_SLL2\nttl A=64 B=57\nrecorder B\n0 A S seq=1000 id=7\nrecorder A\n"
          "0.00001 A S seq=1000 id=7 ttl=63\n", VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
    };
    VANTAGE_CHECK(list);
}

#define PARTIAL_A                                                                                \
    "0 A S seq=1000 partialsum\n0.010 B SA seq=5000 ack=1001\n0.020 A A partialsum\n"

static void checksum(void **state)
{
    (void)state;
    static const struct vantage_case list[] = {
        { FAR_B PARTIAL_A, VANTAGE_CLIENT, VANTAGE_BY_CHECKSUM },
        { "ttl A=57 B=64\n0 A S seq=1000\n0.010 B SA seq=5000 ack=1001 partialsum\n0.020 A A\n",
          VANTAGE_SERVER, VANTAGE_BY_CHECKSUM },
        /* Both: two containers of one host. */
        { FAR_B "0 A S seq=1000 partialsum\n0.010 B SA seq=5000 ack=1001 partialsum\n"
          "0.020 A A partialsum\n", VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        /* The other end's cannot be verified (cut short): both may be unfinished. */
        { FAR_B "0 A S seq=1000 partialsum\n0.010 B SA seq=5000 ack=1001 mss=1460 snap=57\n"
          "0.020 A A partialsum\n", VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { FAR_B "0 A S seq=1000 partialsum\n0.010 B SA seq=5000 ack=1001 partialsum\n"
          "0.020 A A partialsum\n0.03 B A\n", VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        /* No answer to compare with. */
        { FAR_B "0 A S seq=1000 partialsum\n", VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        /* One among right ones is chance; and a container's are passed on with one hop less. */
        { FAR_B OPENING "0.03 A PA len=9 partialsum\n", VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { "ttl A=63 B=64\n" PARTIAL_A, VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
    };
    VANTAGE_CHECK(list);
}

static void offload(void **state)
{
    (void)state;
    static const struct vantage_case list[] = {
        /* 1461 bytes where the peer's MSS is 1460: cut up later (TSO), at the sender. */
        { QUICK_A "0.1 A PA len=1461\n", VANTAGE_CLIENT, VANTAGE_BY_OFFLOAD },
        { QUICK_B "0.1 B PA len=2920\n", VANTAGE_SERVER, VANTAGE_BY_OFFLOAD },
        /* Or joined before (GRO), at the receiver. */
        { QUICK_A "0.1 B PA len=1461\n", VANTAGE_CLIENT, VANTAGE_BY_OFFLOAD },
        { QUICK_B "0.1 A PA len=2920\n", VANTAGE_SERVER, VANTAGE_BY_OFFLOAD },
        /* Just the MSS; both directions; nobody is near; a router before the near end. */
        { QUICK_A "0.1 A PA len=1460\n", VANTAGE_NEAR_CLIENT, VANTAGE_BY_DELAY },
        { QUICK_A "0.1 A PA len=1461\n0.2 B PA len=1461\n", VANTAGE_NEAR_CLIENT,
          VANTAGE_BY_DELAY },
        { OPENING "0.1 A PA len=1461\n", VANTAGE_MIDDLE, VANTAGE_BY_DELAY },
        { "ttl A=63 B=57\n" QUICK_A "0.1 A PA len=1461\n", VANTAGE_NEAR_CLIENT,
          VANTAGE_BY_DELAY },
        /* Without an MSS nobody knows how large is too large. */
        { "0 A S seq=1000\n0.010 B SA seq=5000 ack=1001\n0.01005 A A\n0.1 A PA len=9000\n",
          VANTAGE_NEAR_CLIENT, VANTAGE_BY_DELAY },
    };
    VANTAGE_CHECK(list);
}

static void delay(void **state)
{
    (void)state;
    static const struct vantage_case list[] = {
        { QUICK_A, VANTAGE_NEAR_CLIENT, VANTAGE_BY_DELAY },
        { QUICK_B, VANTAGE_NEAR_SERVER, VANTAGE_BY_DELAY },
        { OPENING, VANTAGE_MIDDLE, VANTAGE_BY_DELAY },
        /* 199 us is at once, 200 us is not; of 2 ms, 199 us is not even a tenth. */
        { "0 A S seq=1\n0.002 B SA seq=5 ack=2\n0.002199 A A\n", VANTAGE_NEAR_CLIENT,
          VANTAGE_BY_DELAY },
        { "0 A S seq=1\n0.002 B SA seq=5 ack=2\n0.0022 A A\n", VANTAGE_UNKNOWN,
          VANTAGE_BY_NOTHING },
        { "0 A S seq=1\n0.0019 B SA seq=5 ack=2\n0.002099 A A\n", VANTAGE_UNKNOWN,
          VANTAGE_BY_NOTHING },
        /* 5 % of the round trip: 4.9 ms of 100 ms are near, 5.1 are not. */
        { "0 A S seq=1\n0.0951 B SA seq=5 ack=2\n0.1 A A\n", VANTAGE_NEAR_CLIENT,
          VANTAGE_BY_DELAY },
        { "0 A S seq=1\n0.0949 B SA seq=5 ack=2\n0.1 A A\n", VANTAGE_UNKNOWN,
          VANTAGE_BY_NOTHING },
        /* Both are quick: a short way says nothing. */
        { "0 A S seq=1\n0.00005 B SA seq=5 ack=2\n0.0001 A A\n", VANTAGE_UNKNOWN,
          VANTAGE_BY_NOTHING },
        { "0 A S seq=1\n0.0009 B SA seq=5 ack=2\n0.0018 A A\n", VANTAGE_UNKNOWN,
          VANTAGE_BY_NOTHING },
        /* A middle is no more than four times nearer to one end. */
        { "0 A S seq=1\n0.008 B SA seq=5 ack=2\n0.01 A A\n", VANTAGE_MIDDLE, VANTAGE_BY_DELAY },
        { "0 A S seq=1\n0.0081 B SA seq=5 ack=2\n0.0101 A A\n", VANTAGE_UNKNOWN,
          VANTAGE_BY_NOTHING },
        /* Routers before both ends go with every place but an end; before one end only, the
         * capture is beside the other: a slow host is no middle, and no near peer. */
        { "ttl A=60 B=57\n" OPENING, VANTAGE_MIDDLE, VANTAGE_BY_DELAY },
        { FAR_B OPENING, VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { "ttl A=57 B=64\n" OPENING, VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { FAR_B QUICK_A, VANTAGE_NEAR_CLIENT, VANTAGE_BY_DELAY },
        { FAR_B QUICK_B, VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        /* A SYN or a SYN-ACK that was sent again: which of them was answered is not known. */
        { "0 A S seq=1 id=1\n1 A S seq=1 id=2\n1.00005 B SA seq=5 ack=2\n1.02 A A\n",
          VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { "0 A S seq=1\n0.00005 B SA seq=5 ack=2 id=1\n1 B SA seq=5 ack=2 id=2\n1.02 A A\n",
          VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        /* No handshake, or half of one. */
        { "0 A A seq=1 ack=2\n0.00005 B A\n", VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { "0 A S seq=1\n0.00005 B SA seq=5 ack=2\n", VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { "0 A S seq=1\n0.00005 B RA seq=0 ack=2\n", VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
    };
    VANTAGE_CHECK(list);
}

/* One host talks to itself: either end is its place, and it answers itself when it likes. */
static void one_host(void **state)
{
    (void)state;
    static const struct vantage_case list[] = {
        { "ends A=127.0.0.1:4000 B=127.0.0.53:80\n" QUICK_A, VANTAGE_UNKNOWN,
          VANTAGE_BY_NOTHING },
        { "ends A=10.0.0.1:4000 B=10.0.0.1:80\n" QUICK_A, VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { "ends A=[::1]:4000 B=[::1]:80\n" QUICK_A, VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { "ends A=128.0.0.1:4000 B=127.0.0.1:80\n" QUICK_A, VANTAGE_NEAR_CLIENT,
          VANTAGE_BY_DELAY },
    };
    VANTAGE_CHECK(list);
}

/* What points to different ends says nothing; what agrees keeps the surest. */
static void conflicts(void **state)
{
    (void)state;
    static const struct vantage_case list[] = {
        { "link LINUX_SLL2\nrecorder A\n" PARTIAL_A, VANTAGE_CLIENT, VANTAGE_BY_PACKET_TYPE },
        { "link LINUX_SLL2\nrecorder B\n" PARTIAL_A, VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { "link LINUX_SLL2\nrecorder A\n" QUICK_B, VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        { "link LINUX_SLL2\nrecorder B\n" QUICK_B, VANTAGE_SERVER, VANTAGE_BY_PACKET_TYPE },
        { "0 A S seq=1000 partialsum\n0.00005 B SA seq=5000 ack=1001\n0.02 A A partialsum\n",
          VANTAGE_UNKNOWN, VANTAGE_BY_NOTHING },
        /* A slow client is still the client. */
        { "link LINUX_SLL2\nrecorder A\n" OPENING, VANTAGE_CLIENT, VANTAGE_BY_PACKET_TYPE },
    };
    VANTAGE_CHECK(list);
}

/* Client and server change places, and what was seen of them goes along. */
static void roles_change(void **state)
{
    (void)state;
    /* Frame 1 looks as if A, with the lower port, were the server; the SYN-ACK of B says not. */
    struct summary summary = summary_of(
        "link LINUX_SLL2\nrecorder A\nends A=192.0.2.1:70 B=192.0.2.2:8000\nttl A=64 B=57\n"
        "0 A A seq=1 ack=2\n0.1 B SA seq=1 ack=1\n");
    assert_int_equal(summary.endpoints[CLIENT].port, 70);
    assert_int_equal(vantage_judge(&summary).vantage, VANTAGE_CLIENT);
}

static void sentence_is(const char *lines, const char *expected)
{
    struct summary summary = summary_of(lines);
    struct vantage_verdict verdict = vantage_judge(&summary);
    struct strbuf text = { 0 };
    narrate_vantage(&text, &summary, &verdict);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_done(&text);
}

static void sentences(void **state)
{
    (void)state;
    struct strbuf text = { 0 };
    struct summary summary = summary_of(OPENING);
    sentence_is(QUICK_A,
                "near the client, we infer: it answers in 50 us, the server in 10 ms");
    sentence_is(QUICK_B,
                "near the server, we infer: it answers in 50 us, the client in 20 ms");
    sentence_is(OPENING, "between client and server, we infer: the client answers in "
                         "10 ms, the server in 10 ms");
    sentence_is(FAR_B PARTIAL_A, "on the client, we infer: its checksums are left to its "
                                 "card, the other end's are right");
    sentence_is("link LINUX_SLL2\nrecorder B\n0 B SA seq=1 ack=2\n",
                "on the server, we infer: its packets are marked as sent by the recording "
                "host");
    sentence_is(QUICK_A "0.1 A PA len=1461\n",
                "on the client, we infer: segments are larger than the MSS, and it answers "
                "in 50 us, the server in 10 ms");
    sentence_is(FAR_B OPENING, "");
    struct vantage_verdict given = { .vantage = VANTAGE_NEAR_SERVER,
                                     .evidence = VANTAGE_BY_OPTION,
                                     .certainty = CERTAINTY_ASSUMED };
    narrate_vantage(&text, &summary, &given);
    assert_string_equal(strbuf_text(&text), "near the server, as --vantage says");
    strbuf_done(&text);
}

/* The place of the whole capture, one line "CLIENT SERVER VANTAGE" for each connection. */
static void place_is(const char *connections, const char *expected)
{
    struct place place = { .begun = false };
    struct strbuf text = { 0 };
    for (const char *at = connections; *at != '\0'; at += 3) {
        struct summary summary = { .ip_version = 4 };
        struct vantage_verdict verdict = { .evidence = VANTAGE_BY_DELAY };
        memcpy(summary.endpoints[CLIENT].address, (uint8_t[]){ 10, 0, 0, (uint8_t)(at[0] - '0') },
               4);
        memcpy(summary.endpoints[SERVER].address, (uint8_t[]){ 10, 0, 0, (uint8_t)(at[1] - '0') },
               4);
        verdict.vantage = at[2] == 'C'   ? VANTAGE_CLIENT
                          : at[2] == 'c' ? VANTAGE_NEAR_CLIENT
                          : at[2] == 'S' ? VANTAGE_SERVER
                          : at[2] == 's' ? VANTAGE_NEAR_SERVER
                          : at[2] == 'm' ? VANTAGE_MIDDLE
                                         : VANTAGE_UNKNOWN;
        place_count(&place, &summary, &verdict);
    }
    narrate_place(&text, &place);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_done(&text);
}

static void places(void **state)
{
    (void)state;
    place_is("", "");
    place_is("12?" "12?", "");
    place_is("12C" "13C", "on the client 10.0.0.1, we infer");
    place_is("12s" "32s" "42?", "near the server 10.0.0.2, we infer");
    /* Once shown to be on the host, it is on it; a host can be client and server. */
    place_is("12c" "13C", "on the client 10.0.0.1, we infer");
    place_is("12C" "31S", "on 10.0.0.1, we infer");
    place_is("12m" "34m" "56?", "between clients and servers, we infer");
    /* They disagree, or there are connections that do not concern the host. */
    place_is("12C" "12S", "");
    place_is("12C" "34C", "");
    place_is("12C" "34?", "");
    place_is("34?" "12C", "");
    place_is("12c" "12m", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packet_type),  cmocka_unit_test(forwarding),
        cmocka_unit_test(checksum),     cmocka_unit_test(offload),
        cmocka_unit_test(delay),        cmocka_unit_test(one_host),
        cmocka_unit_test(conflicts),    cmocka_unit_test(roles_change),
        cmocka_unit_test(sentences),    cmocka_unit_test(places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
