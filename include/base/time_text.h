/*
 * time_text: times (ns since the epoch) and durations (ns) as text.
 */
#ifndef BASE_TIME_TEXT_H
#define BASE_TIME_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

#define TIME_TEXT_SIZE 48
#define TIME_RFC3339_LENGTH 30

/* RFC 3339, UTC, nine decimals: "2026-11-21T03:12:44.118000000Z". */
const char *time_rfc3339(int64_t time, char text[TIME_TEXT_SIZE]);

/* "2026-11-21 03:12:44.118" in local time (TZ), with `date` false without the day. */
const char *time_clock(int64_t time, bool date, char text[TIME_TEXT_SIZE]);

/* The zone's name for clock times: "UTC", "CET". */
const char *time_zone(int64_t time, char text[TIME_TEXT_SIZE]);

/* For people: "41 us", "1.28 ms", "1.014 s", "2 min 5 s", "3 h 10 min". */
const char *time_duration(int64_t duration, char text[TIME_TEXT_SIZE]);

#endif
