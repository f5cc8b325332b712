/*
 * moment: each form is tried in turn; what is left over after it makes the text no moment.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* timegm, strptime */
#endif

#include "cli/moment.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "base/time_text.h"

#define DAY_S 86400
#define YEAR_MAX 2261 /* ns since the epoch fit into 63 bits until April 2262 */

/* Digits, then up to nine decimals; returns what follows, NULL where there is no number. */
static const char *decimal_parse(const char *text, size_t digits_max, int64_t *ret_ns)
{
    size_t whole = strspn(text, "0123456789");
    if (whole == 0 || whole > digits_max)
        return NULL;
    int64_t seconds = 0, ns = 0;
    for (size_t i = 0; i < whole; i++)
        seconds = seconds * 10 + (text[i] - '0');
    const char *decimals = text + whole;
    size_t places = 0;
    if (*decimals == '.') {
        decimals++;
        places = strspn(decimals, "0123456789");
        if (places == 0 || places > 9)
            return NULL;
    }
    for (size_t i = 0; i < 9; i++)
        ns = ns * 10 + (i < places ? decimals[i] - '0' : 0);
    if (seconds >= INT64_MAX / NS_PER_S)
        return NULL;
    *ret_ns = seconds * NS_PER_S + ns;
    return decimals + places;
}

bool seconds_parse(const char *text, int64_t *ret_ns)
{
    const char *rest = decimal_parse(text, 6, ret_ns);
    return rest != NULL && *rest == '\0';
}

/* Exactly two digits from 0 to max. */
static const char *pair_parse(const char *text, int max, int *ret_number)
{
    if (text == NULL || !isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1]))
        return NULL;
    *ret_number = (text[0] - '0') * 10 + (text[1] - '0');
    return *ret_number <= max ? text + 2 : NULL;
}

/* "03:12" or "03:12:44.5", in ns since midnight; returns what follows. */
static const char *clock_parse(const char *text, int64_t *ret_ns)
{
    int hour = 0, minute = 0;
    int64_t seconds = 0;
    const char *rest = pair_parse(text, 23, &hour);
    if (rest == NULL || *rest != ':')
        return NULL;
    rest = pair_parse(rest + 1, 59, &minute);
    if (rest == NULL)
        return NULL;
    if (*rest == ':') {
        rest = decimal_parse(rest + 1, 2, &seconds);
        if (rest == NULL || seconds >= 60 * NS_PER_S)
            return NULL;
    }
    *ret_ns = (int64_t)(hour * 3600 + minute * 60) * NS_PER_S + seconds;
    return rest;
}

/* "Z" or "+01:00"; the text must end there. Nothing: local time. */
static bool zone_parse(const char *text, bool *ret_local, int *ret_offset_s)
{
    int hours = 0, minutes = 0;
    *ret_local = *text == '\0';
    *ret_offset_s = 0;
    if (*ret_local || strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
        return true;
    if (*text != '+' && *text != '-')
        return false;
    const char *rest = pair_parse(text + 1, 23, &hours);
    if (rest == NULL || *rest != ':')
        return false;
    rest = pair_parse(rest + 1, 59, &minutes);
    if (rest == NULL || *rest != '\0')
        return false;
    *ret_offset_s = (hours * 3600 + minutes * 60) * (*text == '-' ? -1 : 1);
    return true;
}

/* "2026-11-21", alone or with a clock time and a zone after 'T' or a blank. */
static bool date_parse(const char *text, int64_t *ret_ns)
{
    struct tm day = { .tm_isdst = -1 };
    const char *rest = strptime(text, "%Y-%m-%d", &day);
    int64_t of_day = 0;
    bool local = true;
    int offset_s = 0;

    if (rest == NULL || rest != text + 10 || day.tm_year + 1900 > YEAR_MAX ||
        day.tm_year < 70)
        return false;
    if (*rest != '\0') {
        if (*rest != 'T' && *rest != 't' && *rest != ' ')
            return false;
        rest = clock_parse(rest + 1, &of_day);
        if (rest == NULL || !zone_parse(rest, &local, &offset_s))
            return false;
    }
    struct tm when = { .tm_year = day.tm_year, .tm_mon = day.tm_mon, .tm_mday = day.tm_mday,
                       .tm_isdst = -1 };
    int seconds = (int)(of_day / NS_PER_S);
    when.tm_hour = seconds / 3600;
    when.tm_min = seconds / 60 % 60;
    when.tm_sec = seconds % 60;
    time_t epoch = local ? mktime(&when) : timegm(&when);
    if (when.tm_mday != day.tm_mday) /* "2026-02-30" */
        return false;
    *ret_ns = ((int64_t)epoch - offset_s) * NS_PER_S + of_day % NS_PER_S;
    return true;
}

bool moment_parse(const char *text, struct moment *ret_moment)
{
    int64_t ns = 0;
    const char *rest;

    if (*text == '@') {
        rest = decimal_parse(text + 1, 10, &ns);
        *ret_moment = (struct moment){ .kind = MOMENT_ABSOLUTE, .ns = ns };
        return rest != NULL && *rest == '\0';
    }
    if (date_parse(text, &ns)) {
        *ret_moment = (struct moment){ .kind = MOMENT_ABSOLUTE, .ns = ns };
        return true;
    }
    rest = clock_parse(text, &ns);
    if (rest != NULL && *rest == '\0') {
        *ret_moment = (struct moment){ .kind = MOMENT_CLOCK, .ns = ns };
        return true;
    }
    rest = decimal_parse(*text == '+' ? text + 1 : text, 9, &ns);
    *ret_moment = (struct moment){ .kind = MOMENT_RELATIVE, .ns = ns };
    return rest != NULL && *rest == '\0';
}

/* This time of day on the local day of `first`, plus so many days. */
static int64_t clock_resolve(int64_t of_day, int64_t first, int days)
{
    time_t seconds = (time_t)(first / NS_PER_S);
    struct tm when;
    if (localtime_r(&seconds, &when) == NULL)
        return first;
    int since_midnight = (int)(of_day / NS_PER_S);
    when.tm_mday += days;
    when.tm_hour = since_midnight / 3600;
    when.tm_min = since_midnight / 60 % 60;
    when.tm_sec = since_midnight % 60;
    when.tm_isdst = -1;
    return (int64_t)mktime(&when) * NS_PER_S + of_day % NS_PER_S;
}

int64_t moment_resolve(const struct moment *moment, int64_t first)
{
    int64_t time = moment->ns;
    switch (moment->kind) {
    case MOMENT_RELATIVE:
        return __builtin_add_overflow(first, moment->ns, &time) ? INT64_MAX : time;
    case MOMENT_CLOCK:
        time = clock_resolve(moment->ns, first, 0);
        if (first - time > DAY_S / 2 * NS_PER_S)
            time = clock_resolve(moment->ns, first, 1);
        return time;
    case MOMENT_ABSOLUTE:
    case MOMENT_NONE:
        break;
    }
    return time;
}
