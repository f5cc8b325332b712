/*
 * selector: reads a connection's number or its two ends, and compares.
 */
#include "cli/selector.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool number_parse(const char *text, uint64_t max, uint64_t *ret_number)
{
    size_t length = strlen(text);
    if (length == 0 || strspn(text, "0123456789") != length)
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, NULL, 10);
    if (errno != 0 || number == 0 || number > max)
        return false;
    *ret_number = number;
    return true;
}

/* Reads ADDR:PORT or [ADDR]:PORT from the first length bytes of text; 0 when it is neither. */
static uint8_t end_parse(const char *text, size_t length, struct selector_end *ret_end)
{
    char copy[80];
    if (length >= sizeof copy)
        return 0;
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *colon = strrchr(copy, ':');
    uint64_t port = 0;
    if (colon == NULL || !number_parse(colon + 1, 65535, &port))
        return 0;
    *colon = '\0';
    memset(ret_end, 0, sizeof *ret_end);
    ret_end->port = (uint16_t)port;
    size_t left = (size_t)(colon - copy);
    if (copy[0] != '[')
        return inet_pton(AF_INET, copy, ret_end->address) == 1 ? 4 : 0;
    if (copy[left - 1] != ']')
        return 0;
    copy[left - 1] = '\0';
    return inet_pton(AF_INET6, copy + 1, ret_end->address) == 1 ? 6 : 0;
}

bool selector_parse(struct selector *ret_selector, const char *text, char *error,
                    size_t error_size)
{
    *ret_selector = (struct selector){ .kind = SELECT_ID };
    if (number_parse(text, UINT64_MAX, &ret_selector->id))
        return true;
    ret_selector->kind = SELECT_ENDS;
    const char *dash = strchr(text, '-');
    uint8_t first = 0;
    uint8_t second = 0;
    if (dash != NULL) {
        first = end_parse(text, (size_t)(dash - text), &ret_selector->ends[0]);
        second = end_parse(dash + 1, strlen(dash + 1), &ret_selector->ends[1]);
    }
    ret_selector->ip_version = first;
    if (first != 0 && first == second)
        return true;
    if (first != 0 && second != 0)
        snprintf(error, error_size, "-C %s: one end is IPv4 and the other IPv6: a connection has "
                 "one IP version", text);
    else
        snprintf(error, error_size, "-C wants a connection's number from the list (-l), or both "
                 "ends as 10.0.0.1:4000-10.0.0.2:80 or [2001:db8::1]:4000-[2001:db8::2]:80, "
                 "not '%s'", text);
    return false;
}

static bool end_equal(const struct selector_end *a, const struct selector_end *b)
{
    return a->port == b->port && memcmp(a->address, b->address, sizeof a->address) == 0;
}

bool selector_matches(const struct selector *selector, uint64_t id, int ip_version,
                      const struct selector_end *end, const struct selector_end *other)
{
    if (selector->kind == SELECT_ALL)
        return true;
    if (selector->kind == SELECT_ID)
        return selector->id == id;
    const struct selector_end *ends = selector->ends;
    return selector->ip_version == ip_version &&
           ((end_equal(&ends[0], end) && end_equal(&ends[1], other)) ||
            (end_equal(&ends[0], other) && end_equal(&ends[1], end)));
}

bool selector_takes(const struct selector *selector, const struct summary *summary)
{
    struct selector_end ends[2];
    for (int i = 0; i < 2; i++) {
        memcpy(ends[i].address, summary->endpoints[i].address, sizeof ends[i].address);
        ends[i].port = summary->endpoints[i].port;
    }
    return selector_matches(selector, summary->id, summary->ip_version, &ends[0], &ends[1]);
}
