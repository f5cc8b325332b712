/* Who is the client: each rule of the reference specification alone, and against the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/services.h"
#include "tracker_case.h"

/* Neither port is below 1024; the lower one, and so by rule 8 the server, is B's. */
#define HIGH "ends A=192.0.2.1:9000 B=192.0.2.2:8000\n"
/* The same ends, but by rule 8 A is the server. */
#define TURNED "ends A=192.0.2.1:7000 B=192.0.2.2:8000\n"
#define MIDDLE "10 A A seq=1 ack=2\n"

/* 192.0.2.2:8000, or in ANSWERS_A 192.0.2.1:7000, answers a SYN of a third host. */
#define ANSWERS_B                                                                                \
    "ends A=192.0.2.9:5555 B=192.0.2.2:8000\n"                                                   \
    "20 A S seq=1000\n20.01 B SA seq=5000 ack=1001\n20.02 A A\n"
#define ANSWERS_A                                                                                \
    "ends A=192.0.2.9:5555 B=192.0.2.1:7000\n"                                                   \
    "21 A S seq=1000\n21.01 B SA seq=5000 ack=1001\n21.02 A A\n"

/* Three more connections at a time with 192.0.2.2:8000, all without a SYN; from ports below
 * 8000, so that rule 8 would call 192.0.2.2:8000 the client. */
#define PEERS_B                                                                                  \
    "ends A=192.0.2.5:7001 B=192.0.2.2:8000\n1 A A seq=1 ack=2\n"                                 \
    "ends A=192.0.2.6:7002 B=192.0.2.2:8000\n2 A A seq=1 ack=2\n"                                 \
    "ends A=192.0.2.7:7003 B=192.0.2.2:8000\n3 A A seq=1 ack=2\n"

static const struct case_connection *connection_of(const struct tracker_case *tracked,
                                                   uint64_t id)
{
    for (size_t i = 0; i < tracked->count; i++)
        if (tracked->connections[i].summary.id == id)
            return &tracked->connections[i];
    fail_msg("no connection %llu", (unsigned long long)id);
    return NULL;
}

struct role_case {
    const char *lines;
    uint64_t id; /* of the connection in question */
    uint16_t client_port;
    enum role_evidence evidence;
    enum certainty certainty;
};

static void role_check(const struct role_case *role, const struct case_options *options)
{
    struct tracker_case *tracked = case_track(role->lines, options);
    const struct case_connection *c = connection_of(tracked, role->id);
    assert_int_equal(c->summary.endpoints[CLIENT].port, role->client_port);
    assert_string_equal(role_evidence_name(c->summary.role_evidence),
                        role_evidence_name(role->evidence));
    assert_string_equal(certainty_name(c->summary.role_certainty),
                        certainty_name(role->certainty));
    if (options == NULL)
        case_assert_chain(c);
    free(tracked);
}

#define ROLE_CHECK_ALL(list)                                                                     \
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {                                  \
        role_check(&list[i], NULL);                                                              \
        role_check(&list[i], &(struct case_options){ .no_log = true });                          \
    }

/* Rule 4. */
static void known_service(void **state)
{
    (void)state;
    static const struct role_case list[] = {
        /* It confirms what rule 8 assumes; before or after the connection in question. */
        { HIGH MIDDLE ANSWERS_B, 1, 9000, ROLE_KNOWN_SERVICE, CERTAINTY_INFERRED },
        { ANSWERS_B HIGH "30 A A seq=1 ack=2\n", 4, 9000, ROLE_KNOWN_SERVICE,
          CERTAINTY_INFERRED },
        /* It corrects rule 8, rule 6 and rule 5. */
        { TURNED MIDDLE ANSWERS_B, 1, 7000, ROLE_KNOWN_SERVICE, CERTAINTY_INFERRED },
        { "ends A=192.0.2.1:80 B=192.0.2.2:8000\n" MIDDLE ANSWERS_B, 1, 80, ROLE_KNOWN_SERVICE,
          CERTAINTY_INFERRED },
        { TURNED "10 B PA seq=1 ack=2 data=\"GET / HTTP/1.1\\r\\n\"\n" ANSWERS_B, 1, 7000,
          ROLE_KNOWN_SERVICE, CERTAINTY_INFERRED },
        /* Both ends answered a SYN: that says nothing. */
        { TURNED MIDDLE ANSWERS_A ANSWERS_B, 1, 8000, ROLE_PORT, CERTAINTY_ASSUMED },
        /* A SYN-ACK of its own is more than what others show. */
        { TURNED "10 A SA seq=1 ack=2\n" ANSWERS_B, 1, 8000, ROLE_SYN_ACK, CERTAINTY_OBSERVED },
        /* No answer: a SYN alone, a SYN-ACK alone, one that acknowledges another SYN. */
        { TURNED MIDDLE "ends A=192.0.2.9:5555 B=192.0.2.2:8000\n20 A S seq=1000\n", 1, 8000,
          ROLE_PORT, CERTAINTY_ASSUMED },
        { TURNED MIDDLE "ends A=192.0.2.9:5555 B=192.0.2.2:8000\n20 B SA seq=5000 ack=1001\n", 1,
          8000, ROLE_PORT, CERTAINTY_ASSUMED },
        { TURNED MIDDLE "ends A=192.0.2.9:5555 B=192.0.2.2:8000\n20 A S seq=1000\n"
          "20.01 B SA seq=5000 ack=77\n", 1, 8000, ROLE_PORT, CERTAINTY_ASSUMED },
        /* Nor is a SYN-ACK between crossing SYNs. */
        { TURNED MIDDLE "ends A=192.0.2.9:5555 B=192.0.2.2:8000\n20 A S seq=1000\n"
          "20.001 B S seq=5000\n20.02 B SA seq=5000 ack=1001\n20.02 A SA seq=1000 ack=5001\n", 1,
          8000, ROLE_PORT, CERTAINTY_ASSUMED },
        /* Another port of the same host is another service. */
        { TURNED MIDDLE "ends A=192.0.2.9:5555 B=192.0.2.2:8001\n20 A S seq=1000\n"
          "20.01 B SA seq=5000 ack=1001\n", 1, 8000, ROLE_PORT, CERTAINTY_ASSUMED },
    };
    ROLE_CHECK_ALL(list)
}

/* Rule 5. */
static void payload(void **state)
{
    (void)state;
    static const struct role_case list[] = {
        { TURNED "10 A PA seq=1 ack=2 data=\"GET / HTTP/1.1\\r\\n\"\n", 1, 7000, ROLE_PAYLOAD,
          CERTAINTY_INFERRED },
        { TURNED "10 B PA seq=1 ack=2 data=\"GET / HTTP/1.1\\r\\n\"\n", 1, 8000, ROLE_PAYLOAD,
          CERTAINTY_INFERRED },
        { TURNED "10 B PA seq=1 ack=2 data=\"HTTP/1.1 200 OK\\r\\n\"\n", 1, 7000, ROLE_PAYLOAD,
          CERTAINTY_INFERRED },
        { TURNED "10 B PA seq=1 ack=2 data=\"220 mail.example\\r\\n\"\n", 1, 7000, ROLE_PAYLOAD,
          CERTAINTY_INFERRED },
        { TURNED "10 A PA seq=1 ack=2 data=\"\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\"\n", 1,
          7000, ROLE_PAYLOAD, CERTAINTY_INFERRED },
        { TURNED "10 B PA seq=1 ack=2 data=\"\\x16\\x03\\x03\\x00\\x7a\\x02\\x00\\x00\"\n", 1,
          7000, ROLE_PAYLOAD, CERTAINTY_INFERRED },
        /* After bare segments, and as the other end's first: both ends may have sent before. */
        { TURNED MIDDLE "11 A PA seq=1 ack=2 data=\"GET / HTTP/1.1\\r\\n\"\n", 1, 7000,
          ROLE_PAYLOAD, CERTAINTY_INFERRED },
        { TURNED "10 B PA seq=2 ack=1 len=5\n11 A PA seq=1 ack=7 data=\"GET / HTTP/1.1\\r\\n\"\n",
          1, 7000, ROLE_PAYLOAD, CERTAINTY_INFERRED },
        /* Later data of an end is content: it may hold anything. */
        { TURNED "10 A PA seq=1 ack=2 len=5\n11 A PA seq=6 ack=2 data=\"GET / HTTP/1.1\\r\\n\"\n",
          1, 8000, ROLE_PORT, CERTAINTY_ASSUMED },
        /* It corrects rule 6; what came first stays; a SYN stays anyway. */
        { "ends A=192.0.2.1:80 B=192.0.2.2:8000\n"
          "10 A PA seq=1 ack=2 data=\"GET / HTTP/1.1\\r\\n\"\n", 1, 80, ROLE_PAYLOAD,
          CERTAINTY_INFERRED },
        { TURNED "10 A PA seq=1 ack=2 data=\"GET / HTTP/1.1\\r\\n\"\n"
          "11 B PA seq=2 ack=17 data=\"GET / HTTP/1.1\\r\\n\"\n", 1, 7000, ROLE_PAYLOAD,
          CERTAINTY_INFERRED },
        { TURNED "10 A S seq=1\n11 B SA seq=2 ack=2\n12 A A\n"
          "13 B PA data=\"GET / HTTP/1.1\\r\\n\"\n", 1, 7000, ROLE_SYN, CERTAINTY_OBSERVED },
        /* A RST may carry words, too (RFC 9293 §3.5.2 MAY): they are no request. */
        { TURNED "10 A RA seq=1 ack=2 data=\"GET / HTTP/1.1\\r\\n\"\n", 1, 8000, ROLE_PORT,
          CERTAINTY_ASSUMED },
    };
    ROLE_CHECK_ALL(list)
}

/* Rule 7. */
static void peers(void **state)
{
    (void)state;
    static const struct role_case list[] = {
        { PEERS_B, 1, 7001, ROLE_PEERS, CERTAINTY_INFERRED },
        { PEERS_B, 3, 7003, ROLE_PEERS, CERTAINTY_INFERRED },
        /* Two are not enough. */
        { "ends A=192.0.2.5:7001 B=192.0.2.2:8000\n1 A A seq=1 ack=2\n"
          "ends A=192.0.2.6:7002 B=192.0.2.2:8000\n2 A A seq=1 ack=2\n", 1, 8000, ROLE_PORT,
          CERTAINTY_ASSUMED },
        /* Nor are three one after the other: the first was reset before the third began. */
        { "ends A=192.0.2.5:7001 B=192.0.2.2:8000\n1 A A seq=1 ack=2\n1.5 B R seq=2\n"
          "ends A=192.0.2.6:7002 B=192.0.2.2:8000\n2 A A seq=1 ack=2\n"
          "ends A=192.0.2.7:7003 B=192.0.2.2:8000\n3 A A seq=1 ack=2\n", 4, 8000, ROLE_PORT,
          CERTAINTY_ASSUMED },
        /* Rule 6 goes before: a port below 1024 stays the service. */
        { "ends A=192.0.2.5:81 B=192.0.2.2:8000\n1 A A seq=1 ack=2\n"
          "ends A=192.0.2.6:82 B=192.0.2.2:8000\n2 A A seq=1 ack=2\n"
          "ends A=192.0.2.7:83 B=192.0.2.2:8000\n3 A A seq=1 ack=2\n", 1, 8000, ROLE_PORT,
          CERTAINTY_INFERRED },
        /* Rule 4 goes before: who answers SYNs is the server, whoever has many peers. */
        { PEERS_B "ends A=192.0.2.9:5555 B=192.0.2.5:7001\n"
          "20 A S seq=1000\n20.01 B SA seq=5000 ack=1001\n20.02 A A\n", 1, 8000,
          ROLE_KNOWN_SERVICE, CERTAINTY_INFERRED },
        /* Both ends have three: that says nothing. */
        { PEERS_B "ends A=192.0.2.5:7001 B=192.0.2.3:8000\n4 A A seq=1 ack=2\n"
          "ends A=192.0.2.5:7001 B=192.0.2.4:8000\n5 A A seq=1 ack=2\n", 1, 8000, ROLE_PORT,
          CERTAINTY_ASSUMED },
    };
    ROLE_CHECK_ALL(list)
}

/* When the ends change places at last, all that was noted of them goes along. */
static void changed_places(void **state)
{
    (void)state;
    /* By rule 8 A (7000) is the server; in truth B (8000) is, and A closed first. */
    static const char lines[] = TURNED
        "ttl A=64 B=57\n"
        "10 A PA seq=100 ack=200 len=7\n10.01 B PA seq=200 ack=107 len=3\n"
        "10.02 A FA seq=107 ack=203\n10.03 B A seq=203 ack=108\n" ANSWERS_B;
    char text[CASE_TEXT];
    struct tracker_case *tracked = case_track(lines, NULL);
    const struct case_connection *c = connection_of(tracked, 1);
    assert_true(c->summary.roles_settled_anew);
    assert_int_equal(c->summary.endpoints[CLIENT].port, 7000);
    assert_int_equal(c->summary.endpoints[CLIENT].payload_bytes, 7);
    assert_int_equal(c->summary.endpoints[CLIENT].state, STATE_FIN_WAIT_2);
    assert_int_equal(c->summary.endpoints[SERVER].state, STATE_CLOSE_WAIT);
    assert_int_equal(c->summary.first_closer, CLOSER_CLIENT);
    assert_int_equal(c->summary.endpoints[CLIENT].sight & SIGHT_TTL_LATER, 0);
    assert_int_equal(c->summary.endpoints[SERVER].sight & SIGHT_TTL_FIRST, 0);
    assert_true(case_has(case_transitions(c, text),
                         "3 client ESTABLISHED>FIN_WAIT_1 observed"));
    case_assert_chain(c);
    assert_false(connection_of(tracked, 5)->summary.roles_settled_anew);
    free(tracked);
}

/* An old connection that a new one ends is judged by what is known then. */
static void superseded(void **state)
{
    (void)state;
    static const char lines[] = ANSWERS_B TURNED
        "30 A A seq=1 ack=2\n30.1 B RA seq=2 ack=1\n"
        "40 A S seq=900\n40.1 B SA seq=901 ack=901\n40.2 A A\n";
    struct tracker_case *tracked = case_track(lines, NULL);
    assert_int_equal(tracked->count, 3);
    const struct case_connection *old = connection_of(tracked, 4);
    assert_int_equal(old->summary.endpoints[CLIENT].port, 7000);
    assert_int_equal(old->summary.role_evidence, ROLE_KNOWN_SERVICE);
    case_assert_chain(old);
    free(tracked);
}

static struct flow_key key_of(uint32_t n)
{
    struct flow_key key = { .port = { 1, 2 }, .ip_version = 4 };
    key.address[0][0] = (uint8_t)n;
    key.address[0][1] = (uint8_t)(n >> 8);
    key.address[0][2] = (uint8_t)(n >> 16);
    return key;
}

/* The first ones stay, whatever the secret; others are counted. */
static void bounded(void **state)
{
    (void)state;
    for (uint64_t secret = 0; secret < 3; secret++) {
        struct services *services =
            services_new(&(struct flow_secret){ .key = { secret, secret } });
        int64_t since = 0;
        assert_non_null(services);
        for (uint32_t n = 0; n < SERVICES_MAX + 5; n++) {
            struct flow_key key = key_of(n);
            assert_false(services_has_answered(services, &key, 0));
            services_answered(services, &key, 0, n);
            services_answered(services, &key, 0, n); /* once more is no second one */
        }
        for (uint32_t n = 0; n < SERVICES_MAX + 5; n++) {
            struct flow_key key = key_of(n);
            assert_int_equal(services_has_answered(services, &key, 0), n < SERVICES_MAX);
            assert_false(services_has_answered(services, &key, 1));
        }
        assert_int_equal(services_refused(services, &since), 10);
        assert_int_equal(since, SERVICES_MAX);
        services_free(services);
    }
}

/* The most at a time counts, not how many there were. */
static void joined(void **state)
{
    (void)state;
    struct services *services = services_new(&(struct flow_secret){ .key = { 1, 2 } });
    struct flow_key key = key_of(7);
    assert_non_null(services);
    services_leave(services, &key); /* never came */
    assert_int_equal(services_peers(services, &key, 0), 0);
    for (int i = 0; i < 5; i++) {
        services_join(services, &key, 0);
        services_join(services, &key, 0);
        services_leave(services, &key);
        services_leave(services, &key);
    }
    assert_int_equal(services_peers(services, &key, 0), 2);
    assert_int_equal(services_peers(services, &key, 1), 2);
    assert_false(services_has_answered(services, &key, 0));
    services_free(services);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_service),
        cmocka_unit_test(payload),
        cmocka_unit_test(peers),
        cmocka_unit_test(changed_places),
        cmocka_unit_test(superseded),
        cmocka_unit_test(bounded),
        cmocka_unit_test(joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
