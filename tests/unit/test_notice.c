/* The table of ICMP errors, and who sent one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/notice.h"

/* Every type and code has words, and brief ones that fit the diagram. */
static void words(void **state)
{
    (void)state;
    for (unsigned version = 4; version <= 6; version += 2)
        for (unsigned type = 0; type < 256; type++)
            for (unsigned code = 0; code < 256; code++) {
                const struct notice_kind *kind =
                    notice_kind((uint8_t)version, (uint8_t)type, (uint8_t)code);
                assert_non_null(kind);
                assert_true(kind->words[0] != '\0');
                assert_in_range(strlen(kind->brief), 1, 20);
                bool known = kind->type == type && kind->ip_version == version;
                assert_int_equal(known, notice_is_error((uint8_t)version, (uint8_t)type));
                assert_true(known || !kind->rejects);
            }
}

/* RFC 792, RFC 1812 §5.2.7.1, RFC 4443 §3. */
static void rows(void **state)
{
    (void)state;
    static const struct {
        uint8_t version, type, code;
        bool rejects;
        const char *words;
    } wanted[] = {
        { 4, 3, 0, true, "network unreachable" },
        { 4, 3, 1, true, "host unreachable" },
        { 4, 3, 3, true, "port unreachable" },
        { 4, 3, 4, false, "packet too big and not to be fragmented" },
        { 4, 3, 10, true, "host administratively prohibited" },
        { 4, 3, 13, true, "communication administratively prohibited" },
        { 4, 3, 200, true, "destination unreachable" },
        { 4, 4, 0, false, "source quench" },
        { 4, 5, 3, false, "redirect to a better way" },
        { 4, 11, 0, true, "time to live exceeded on the way" },
        { 4, 12, 0, true, "parameter problem in the IP header" },
        { 6, 1, 0, true, "no route to the destination" },
        { 6, 1, 1, true, "communication administratively prohibited" },
        { 6, 1, 3, true, "address unreachable" },
        { 6, 1, 4, true, "port unreachable" },
        { 6, 2, 0, false, "packet too big" },
        { 6, 3, 0, true, "hop limit exceeded on the way" },
        { 6, 4, 1, true, "parameter problem in the IPv6 header" },
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const struct notice_kind *kind =
            notice_kind(wanted[i].version, wanted[i].type, wanted[i].code);
        assert_string_equal(kind->words, wanted[i].words);
        assert_int_equal(kind->rejects, wanted[i].rejects);
    }
}

static void reporter(void **state)
{
    (void)state;
    struct notice n = { .ip_version = 4, .source = { 10, 0, 0, 1 }, .destination = { 10, 0, 0, 2 } };
    n.reporter[0] = 10;
    n.reporter[3] = 9;
    assert_int_equal(notice_reporter(&n), REPORTER_ON_WAY);
    n.reporter[3] = 2;
    assert_int_equal(notice_reporter(&n), REPORTER_PEER);
    n.reporter[3] = 1;
    assert_int_equal(notice_reporter(&n), REPORTER_SENDER);
}

static void quoted(void **state)
{
    (void)state;
    struct notice n = { .frame = 5, .time = 6, .ip_version = 4, .source = { 10, 0, 0, 1 },
                        .destination = { 10, 0, 0, 2 }, .reporter = { 10, 0, 0, 3 },
                        .source_port = 7, .destination_port = 8, .seq = 9 };
    struct segment s = notice_quoted(&n);
    assert_int_equal(s.frame, 5);
    assert_int_equal(s.time, 6);
    assert_int_equal(s.ip_version, 4);
    assert_memory_equal(s.source, n.source, 16);
    assert_memory_equal(s.destination, n.destination, 16);
    assert_int_equal(s.source_port, 7);
    assert_int_equal(s.destination_port, 8);
    assert_int_equal(s.seq, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(rows),
        cmocka_unit_test(reporter),
        cmocka_unit_test(quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
