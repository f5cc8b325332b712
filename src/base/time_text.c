/* time_text: times and durations as text. Whole numbers only, so nothing is lost in a float. */
#include "base/time_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/digits.h"

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Whole seconds, rounded down also before 1970; the rest, 0 to 999,999,999 ns, goes apart. */
static time_t time_split(int64_t time, int *ret_ns)
{
    int64_t seconds = time / NS_PER_S;
    int64_t rest = time % NS_PER_S;
    if (rest < 0) {
        seconds--;
        rest += NS_PER_S;
    }
    *ret_ns = (int)rest;
    return (time_t)seconds;
}

/*
 * The day so many days after 1970-01-01, in the Gregorian calendar. Years begin in March here, so
 * that the leap day is a year's last one: five months have 153 days, a year 365, four 1,461, a
 * century 36,524, four 146,097. 719,468 days passed from 0000-03-01 to 1970-01-01.
 */
static void date_of_day(int64_t days, unsigned *ret_year, unsigned *ret_month, unsigned *ret_day)
{
    unsigned day = (unsigned)(days + 719468); /* of 64 bits of nanoseconds: 612,000 to 826,000 */
    unsigned era = day / 146097;
    day %= 146097;
    unsigned century = day / 36524 < 4 ? day / 36524 : 3; /* the fourth has a day more, the last */
    day -= century * 36524;
    unsigned four = day / 1461;
    day %= 1461;
    unsigned year = day / 365 < 4 ? day / 365 : 3; /* likewise */
    day -= year * 365;
    unsigned month = (5 * day + 2) / 153; /* 0: March */
    *ret_day = day - (153 * month + 2) / 5 + 1;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = 400 * era + 100 * century + 4 * four + year + (month >= 10);
}

/* Written without strftime: JSON has several for each connection. */
const char *time_rfc3339(int64_t time, char text[TIME_TEXT_SIZE])
{
    int ns;
    int64_t seconds = time_split(time, &ns);
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    unsigned second = (unsigned)(seconds - days * 86400);
    unsigned year, month, day;
    date_of_day(days, &year, &month, &day);
    const struct {
        unsigned number, digits;
        char behind;
    } parts[] = {
        { year, 4, '-' }, { month, 2, '-' }, { day, 2, 'T' }, { second / 3600, 2, ':' },
        { second / 60 % 60, 2, ':' }, { second % 60, 2, '.' }, { (unsigned)ns, 9, 'Z' },
    };
    char *at = text;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        at = digits_write_padded(at, parts[i].number, parts[i].digits);
        *at++ = parts[i].behind;
    }
    *at = '\0';
    return text;
}

const char *time_clock(int64_t time, bool date, char text[TIME_TEXT_SIZE])
{
    int ns;
    time_t seconds = time_split(time, &ns);
    struct tm tm = { 0 };
    char day[32];
    localtime_r(&seconds, &tm);
    strftime(day, sizeof day, date ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &tm);
    snprintf(text, TIME_TEXT_SIZE, "%s.%03d", day, ns / (int)NS_PER_MS);
    return text;
}

const char *time_zone(int64_t time, char text[TIME_TEXT_SIZE])
{
    int ns;
    time_t seconds = time_split(time, &ns);
    struct tm tm = { 0 };
    localtime_r(&seconds, &tm);
    if (strftime(text, TIME_TEXT_SIZE, "%Z", &tm) == 0)
        text[0] = '\0';
    return text;
}

static uint64_t round_to(uint64_t value, uint64_t step)
{
    return (value + step / 2) / step * step;
}

/* Rounded to so many significant digits. */
static uint64_t round_significant(uint64_t value, int digits)
{
    uint64_t limit = 1;
    while (digits-- > 0)
        limit *= 10;
    uint64_t step = 1;
    while (value / step >= limit)
        step *= 10;
    return round_to(value, step);
}

/* As exact as a reader can use; after rounding 999.96 ms is 1 s, so this comes before the unit. */
static uint64_t duration_round(uint64_t ns)
{
    if (ns < SECOND)
        return round_significant(ns, 3);
    if (ns < MINUTE)
        return round_significant(ns, 4);
    if (ns < HOUR)
        return round_to(ns, SECOND);
    if (ns < DAY)
        return round_to(ns, MINUTE);
    return round_to(ns, HOUR);
}

/* "1.28 ms": a whole part and up to three decimals, without zeros at the end. */
static void duration_decimal(char *text, size_t size, const char *sign, uint64_t ns,
                             uint64_t unit, const char *name)
{
    char decimals[8];
    snprintf(decimals, sizeof decimals, ".%03u", (unsigned)(ns % unit / (unit / 1000)) % 1000);
    size_t length = strlen(decimals);
    while (decimals[length - 1] == '0')
        decimals[--length] = '\0';
    if (length == 1)
        decimals[0] = '\0';
    snprintf(text, size, "%s%" PRIu64 "%s %s", sign, ns / unit, decimals, name);
}

/* "2 min 5 s", or "2 min" when nothing is left. */
static void duration_pair(char *text, size_t size, const char *sign, uint64_t ns,
                          uint64_t unit, const char *name, uint64_t part, const char *part_name)
{
    uint64_t rest = ns % unit / part;
    if (rest == 0)
        snprintf(text, size, "%s%" PRIu64 " %s", sign, ns / unit, name);
    else
        snprintf(text, size, "%s%" PRIu64 " %s %" PRIu64 " %s", sign, ns / unit, name, rest,
                 part_name);
}

const char *time_duration(int64_t duration, char text[TIME_TEXT_SIZE])
{
    const char *sign = duration < 0 ? "-" : "";
    uint64_t ns = duration < 0 ? -(uint64_t)duration : (uint64_t)duration;
    ns = duration_round(ns);
    if (ns == 0)
        snprintf(text, TIME_TEXT_SIZE, "0 s");
    else if (ns < US)
        snprintf(text, TIME_TEXT_SIZE, "%s%" PRIu64 " ns", sign, ns);
    else if (ns < MS)
        duration_decimal(text, TIME_TEXT_SIZE, sign, ns, US, "us");
    else if (ns < SECOND)
        duration_decimal(text, TIME_TEXT_SIZE, sign, ns, MS, "ms");
    else if (ns < MINUTE)
        duration_decimal(text, TIME_TEXT_SIZE, sign, ns, SECOND, "s");
    else if (ns < HOUR)
        duration_pair(text, TIME_TEXT_SIZE, sign, ns, MINUTE, "min", SECOND, "s");
    else if (ns < DAY)
        duration_pair(text, TIME_TEXT_SIZE, sign, ns, HOUR, "h", MINUTE, "min");
    else
        duration_pair(text, TIME_TEXT_SIZE, sign, ns, DAY, "d", HOUR, "h");
    return text;
}
