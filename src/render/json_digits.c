/* json_digits: numbers, seconds, times and quotients of a json_writer. */
#include "render/json_writer.h"

#include "base/digits.h"
#include "base/time_text.h"
#include "model/summary.h"

#define DECIMALS 9 /* of a second in nanoseconds */
#define SHARE_DIGITS 6

void json_write_number(struct json_writer *w, uint64_t number)
{
    char *at = json_write_begin(w);
    w->next = digits_write(at, number);
}

char *json_seconds_digits(char *at, int64_t ns)
{
    uint64_t left = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    if (ns < 0)
        *at++ = '-';
    at = digits_write(at, left / NS_PER_S);
    *at++ = '.';
    char *end = digits_write_padded(at, (uint32_t)(left % NS_PER_S), DECIMALS);
    /* One decimal stays, so that readers who guess types see one type everywhere. */
    while (end > at + 1 && end[-1] == '0')
        end--;
    return end;
}

void json_write_seconds(struct json_writer *w, int64_t ns)
{
    char *at = json_write_begin(w);
    w->next = json_seconds_digits(at, ns);
}

void json_put_duration(struct json_writer *w, const char *key, int64_t ns)
{
    json_put_key(w, key);
    if (ns == UNKNOWN_NS)
        json_write_null(w);
    else
        json_write_seconds(w, ns);
}

/* Much that is told of a connection happens within one second. */
void json_write_time(struct json_writer *w, int64_t time)
{
    int64_t second = time / NS_PER_S, rest = time % NS_PER_S;
    if (rest < 0) {
        second--;
        rest += NS_PER_S;
    }
    if (second != w->second) {
        char text[TIME_TEXT_SIZE];
        memcpy(w->moment, time_rfc3339(time, text), sizeof w->moment);
        w->second = second;
    }
    char *at = json_write_begin(w);
    *at++ = '"';
    memcpy(at, w->moment, sizeof w->moment);
    at = digits_write_padded(at + sizeof w->moment, (uint32_t)rest, DECIMALS);
    *at++ = 'Z';
    *at++ = '"';
    w->next = at;
}

/*
 * Six digits of a number from 0.0001 on and below 999,999: scaled to six digits before the point
 * and rounded. The scale is exact and the product rounded once, by less than 2^-33 here. So where
 * what is cut off is no nearer to a half than HALF_NEAR, the number itself is rounded the same
 * way; 0 else.
 */
#define HALF_NEAR 1e-6

static uint32_t share_scaled(double share, unsigned *ret_decimals)
{
    static const double scales[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9 };
    unsigned decimals = 0;
    while (share * scales[decimals] < 1e5 && decimals + 1 < sizeof scales / sizeof scales[0])
        decimals++;
    double scaled = share * scales[decimals];
    uint32_t cut = (uint32_t)scaled;
    double rest = scaled - cut;
    *ret_decimals = decimals;
    if (rest > 0.5 - HALF_NEAR && rest < 0.5 + HALF_NEAR)
        return 0;
    return cut + (rest > 0.5);
}

char *json_share_digits(char *at, double share)
{
    static const uint32_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
                                       100000000, 1000000000 };
    unsigned decimals = 0;
    uint32_t scaled = share >= 1e-4 && share < 999999 ? share_scaled(share, &decimals) : 0;
    if (share == 0) {
        *at = '0';
        return at + 1;
    }
    if (scaled == 0) {
        int length = snprintf(at, JSON_DIGITS_SIZE, "%.*g", SHARE_DIGITS, share);
        return at + (length > 0 ? length : 0);
    }
    at = digits_write(at, scaled / powers[decimals]);
    if (scaled % powers[decimals] == 0)
        return at;
    *at++ = '.';
    char *end = digits_write_padded(at, scaled % powers[decimals], decimals);
    while (end[-1] == '0')
        end--;
    return end;
}

void json_write_share(struct json_writer *w, double share)
{
    char *at = json_write_begin(w);
    w->next = json_share_digits(at, share);
}
