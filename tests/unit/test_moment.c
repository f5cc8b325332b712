/*
 * test_moment: times as people write them. Seconds since the epoch were calculated with
 * "date -u -d TIME +%s".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "cli/moment.h"

#define S INT64_C(1000000000)

static void forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum moment_kind kind;
        int64_t ns;
    } cases[] = {
        { "0", MOMENT_RELATIVE, 0 },
        { "90.5", MOMENT_RELATIVE, 90 * S + S / 2 },
        { "+90.5", MOMENT_RELATIVE, 90 * S + S / 2 },
        { "0.000000001", MOMENT_RELATIVE, 1 },
        { "03:12", MOMENT_CLOCK, (3 * 3600 + 12 * 60) * S },
        { "03:12:44.25", MOMENT_CLOCK, (3 * 3600 + 12 * 60 + 44) * S + S / 4 },
        { "23:59:59.999999999", MOMENT_CLOCK, 86400 * S - 1 },
        { "@1795230764", MOMENT_ABSOLUTE, 1795230764 * S },
        { "@0.5", MOMENT_ABSOLUTE, S / 2 },
        /* date -u -d 2026-11-21T03:12:44Z +%s */
        { "2026-11-21T03:12:44Z", MOMENT_ABSOLUTE, 1795230764 * S },
        { "2026-11-21T03:12:44.118Z", MOMENT_ABSOLUTE, 1795230764 * S + 118000000 },
        { "2026-11-21 04:12:44+01:00", MOMENT_ABSOLUTE, 1795230764 * S },
        { "2026-11-20T22:42:44-04:30", MOMENT_ABSOLUTE, 1795230764 * S },
        { "1970-01-01T00:00:00Z", MOMENT_ABSOLUTE, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct moment moment = { MOMENT_NONE, -1 };
        if (!moment_parse(cases[i].text, &moment) || moment.kind != cases[i].kind ||
            moment.ns != cases[i].ns)
            fail_msg("%s gave kind %d, %lld ns", cases[i].text, (int)moment.kind,
                     (long long)moment.ns);
    }
}

static void refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "+", "-5", "5s", "1.", ".5", "1.0000000001", "1e3", "1234567890", "3:12", "03:60",
        "24:00", "03:12:60", "03:12:4x", "03:12:", "@", "@-1", "@5s", "@99999999999",
        "@9999999999", /* past the year 2262: more ns than 63 bits */
        "2026-11-21T", "2026-11-21T3:12", "2026-11-21T03:12:44X", "2026-11-21T03:12:44+1:00",
        "2026-11-21T03:12:44+01", "2026-02-30", "2026-13-01", "26-11-21", "2400-01-01",
        "1969-12-31", "noon",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct moment moment;
        if (moment_parse(texts[i], &moment))
            fail_msg("'%s' was taken: kind %d, %lld ns", texts[i], (int)moment.kind,
                     (long long)moment.ns);
    }
}

/* New York is five hours behind UTC in November, and four in July. */
static void local_times(void **state)
{
    (void)state;
    struct moment moment;
    setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
    tzset();
    assert_true(moment_parse("2026-11-20 22:12:44", &moment));
    assert_true(moment.ns == 1795230764 * S);
    assert_true(moment_parse("2026-07-01", &moment)); /* 04:00 UTC: date -u -d ... +%s */
    assert_true(moment.ns == 1782878400 * S);
    assert_true(moment_parse("22:30", &moment));
    /* The first frame came on 2026-11-20 22:12:44 local time; 22:30 is 17 min 16 s later. */
    assert_true(moment_resolve(&moment, 1795230764 * S) == (1795230764 + 1036) * S);
    setenv("TZ", "UTC", 1);
    tzset();
}

static void resolved(void **state)
{
    (void)state;
    const int64_t first = 1795230764 * S; /* 03:12:44 UTC */
    struct moment moment;
    setenv("TZ", "UTC", 1);
    tzset();
    assert_true(moment_parse("2.5", &moment));
    assert_true(moment_resolve(&moment, first) == first + 5 * S / 2);
    assert_true(moment_parse("03:12:45", &moment));
    assert_true(moment_resolve(&moment, first) == first + S);
    assert_true(moment_parse("03:12:00", &moment)); /* 44 s before the first frame: so it is */
    assert_true(moment_resolve(&moment, first) == first - 44 * S);
    /* 23:50 the evening before: ten past midnight is of the next day. */
    const int64_t evening = (1795230764 - 3 * 3600 - 12 * 60 - 44 - 600) * S;
    assert_true(moment_parse("00:10", &moment));
    assert_true(moment_resolve(&moment, evening) == evening + 1200 * S);
    assert_true(moment_parse("@5", &moment));
    assert_true(moment_resolve(&moment, first) == 5 * S);
    moment = (struct moment){ .kind = MOMENT_RELATIVE, .ns = 5 };
    assert_true(moment_resolve(&moment, INT64_MAX - 1) == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(refused),
        cmocka_unit_test(local_times),
        cmocka_unit_test(resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
