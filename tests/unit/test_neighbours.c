/* neighbours: conn_state for every row of its rules (Zeek's scripts/base/protocols/conn). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/neighbours.h"

struct conn_case {
    enum zeek_state client, server;
    const char *history;
    uint64_t client_bytes, server_bytes;
    const char *wanted;
};

static const char *conn_state(const struct conn_case *c)
{
    struct summary summary = { .neighbours_known = true };
    summary.zeek_states[CLIENT] = (uint8_t)c->client;
    summary.zeek_states[SERVER] = (uint8_t)c->server;
    if (c->history != NULL)
        strncpy(summary.zeek_history, c->history, NEIGHBOUR_LETTERS_MAX);
    summary.endpoints[CLIENT].payload_bytes = c->client_bytes;
    summary.endpoints[SERVER].payload_bytes = c->server_bytes;
    return neighbours_conn_state(&summary);
}

static void assert_conn_states(const struct conn_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *is = conn_state(&cases[i]);
        if (is == NULL || strcmp(is, cases[i].wanted) != 0)
            fail_msg("case %zu: %s instead of %s", i, is != NULL ? is : "null",
                     cases[i].wanted);
    }
}

static void server_reset(void **state)
{
    (void)state;
    static const struct conn_case cases[] = {
        { ZEEK_SYN_SENT, ZEEK_RESET, NULL, 0, 0, "REJ" },
        { ZEEK_SYN_SENT, ZEEK_RESET, NULL, 9, 0, "REJ" }, /* data on the refused SYN */
        { ZEEK_SYN_ACK_SENT, ZEEK_RESET, NULL, 0, 0, "REJ" },
        { ZEEK_RESET, ZEEK_RESET, NULL, 0, 0, "REJ" },
        { ZEEK_RESET, ZEEK_RESET, NULL, 1, 0, "RSTR" },
        { ZEEK_RESET, ZEEK_RESET, NULL, 0, 1, "RSTR" },
        { ZEEK_INACTIVE, ZEEK_RESET, NULL, 0, 0, "RSTRH" },
        { ZEEK_PARTIAL, ZEEK_RESET, NULL, 0, 0, "RSTRH" },
        { ZEEK_ESTABLISHED, ZEEK_RESET, NULL, 0, 0, "RSTR" },
        { ZEEK_CLOSED, ZEEK_RESET, NULL, 0, 0, "RSTR" },
    };
    assert_conn_states(cases, sizeof cases / sizeof cases[0]);
}

static void client_reset(void **state)
{
    (void)state;
    static const struct conn_case cases[] = {
        { ZEEK_RESET, ZEEK_INACTIVE, "SR", 0, 0, "RSTOS0" },
        { ZEEK_RESET, ZEEK_PARTIAL, "SR", 0, 0, "RSTOS0" },
        { ZEEK_RESET, ZEEK_INACTIVE, "^SR", 0, 0, "RSTOS0" },
        /* Letters of the server, and those that are not in the set, may stand in between. */
        { ZEEK_RESET, ZEEK_INACTIVE, "SaCDWR", 0, 0, "RSTOS0" },
        { ZEEK_RESET, ZEEK_INACTIVE, "SRrA", 0, 0, "RSTOS0" }, /* and anything behind it */
        { ZEEK_RESET, ZEEK_INACTIVE, "SHR", 0, 0, "OTH" },
        { ZEEK_RESET, ZEEK_INACTIVE, "SAR", 0, 0, "OTH" },
        { ZEEK_RESET, ZEEK_INACTIVE, "SFR", 0, 0, "OTH" },
        { ZEEK_RESET, ZEEK_INACTIVE, "SGR", 0, 0, "OTH" },
        { ZEEK_RESET, ZEEK_INACTIVE, "SI", 0, 0, "OTH" },
        { ZEEK_RESET, ZEEK_INACTIVE, "SQR", 0, 0, "OTH" },
        { ZEEK_RESET, ZEEK_INACTIVE, "Sr", 0, 0, "OTH" },
        { ZEEK_RESET, ZEEK_INACTIVE, "R", 0, 0, "OTH" },
        { ZEEK_RESET, ZEEK_INACTIVE, "^R", 0, 0, "OTH" },
        { ZEEK_RESET, ZEEK_INACTIVE, "DSR", 0, 0, "OTH" },
        { ZEEK_RESET, ZEEK_INACTIVE, "", 0, 0, "OTH" },
        { ZEEK_RESET, ZEEK_ESTABLISHED, "ShR", 0, 0, "RSTO" },
        { ZEEK_RESET, ZEEK_CLOSED, "ShADafR", 0, 0, "RSTO" },
    };
    assert_conn_states(cases, sizeof cases / sizeof cases[0]);
}

static void closed(void **state)
{
    (void)state;
    static const struct conn_case cases[] = {
        { ZEEK_CLOSED, ZEEK_CLOSED, NULL, 0, 0, "SF" },
        { ZEEK_CLOSED, ZEEK_INACTIVE, NULL, 0, 0, "SH" },
        { ZEEK_CLOSED, ZEEK_PARTIAL, NULL, 0, 0, "SH" },
        { ZEEK_CLOSED, ZEEK_ESTABLISHED, NULL, 0, 0, "S2" },
        { ZEEK_INACTIVE, ZEEK_CLOSED, NULL, 0, 0, "SHR" },
        { ZEEK_PARTIAL, ZEEK_CLOSED, NULL, 0, 0, "SHR" },
        { ZEEK_ESTABLISHED, ZEEK_CLOSED, NULL, 0, 0, "S3" },
        { ZEEK_SYN_SENT, ZEEK_CLOSED, NULL, 0, 0, "S3" },
    };
    assert_conn_states(cases, sizeof cases / sizeof cases[0]);
}

static void not_closed(void **state)
{
    (void)state;
    static const struct conn_case cases[] = {
        { ZEEK_SYN_SENT, ZEEK_INACTIVE, NULL, 0, 0, "S0" },
        { ZEEK_ESTABLISHED, ZEEK_ESTABLISHED, NULL, 0, 0, "S1" },
        { ZEEK_SYN_SENT, ZEEK_PARTIAL, NULL, 0, 0, "OTH" },
        { ZEEK_SYN_ACK_SENT, ZEEK_INACTIVE, NULL, 0, 0, "OTH" },
        { ZEEK_PARTIAL, ZEEK_ESTABLISHED, NULL, 0, 0, "OTH" },
        { ZEEK_ESTABLISHED, ZEEK_INACTIVE, NULL, 0, 0, "OTH" },
        { ZEEK_INACTIVE, ZEEK_ESTABLISHED, NULL, 0, 0, "OTH" },
        { ZEEK_INACTIVE, ZEEK_INACTIVE, NULL, 0, 0, "OTH" },
        { ZEEK_PARTIAL, ZEEK_PARTIAL, NULL, 0, 0, "OTH" },
    };
    assert_conn_states(cases, sizeof cases / sizeof cases[0]);
}

/* Whatever the ends are in, some row fits. */
static void every_pair_has_a_name(void **state)
{
    (void)state;
    for (int client = 0; client < ZEEK_STATE_N; client++)
        for (int server = 0; server < ZEEK_STATE_N; server++) {
            struct conn_case c = { (enum zeek_state)client, (enum zeek_state)server, "x", 1, 1,
                                   NULL };
            assert_non_null(conn_state(&c));
        }
}

static void nothing_noted(void **state)
{
    (void)state;
    struct summary summary = { .neighbours_known = false };
    assert_null(neighbours_conn_state(&summary));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_reset),
        cmocka_unit_test(client_reset),
        cmocka_unit_test(closed),
        cmocka_unit_test(not_closed),
        cmocka_unit_test(every_pair_has_a_name),
        cmocka_unit_test(nothing_noted),
    };
    return cmocka_run_group_tests_name("neighbours", tests, NULL, NULL);
}
