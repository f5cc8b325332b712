/*
 * notice: the table of ICMP errors. RFC 792, RFC 1122 §3.2.2.1 and RFC 1812 §5.2.7.1 for IPv4,
 * RFC 4443 and RFC 8883 for IPv6.
 *
 * What rejects a SYN: RFC 9293 §3.9.2.2 calls the unreachable codes 0, 1 and 5, time exceeded and
 * parameter problem "soft": the connection is kept and goes on trying. RFC 5461 §4 tells that the
 * stacks in use give up at once all the same while they open a connection. A packet that is too
 * big is sent again in smaller pieces, source quench is ignored (MUST-55), and a redirect only
 * names a better way.
 */
#include "model/notice.h"

#include <stddef.h>
#include <string.h>

static const struct notice_kind kinds[] = {
    { 4, 3, 0, true, "network unreachable", "net unreachable" },
    { 4, 3, 1, true, "host unreachable", "host unreachable" },
    { 4, 3, 2, true, "protocol unreachable", "protocol unreachable" },
    { 4, 3, 3, true, "port unreachable", "port unreachable" },
    { 4, 3, 4, false, "packet too big and not to be fragmented", "packet too big" },
    { 4, 3, 5, true, "source route failed", "source route failed" },
    { 4, 3, 6, true, "destination network unknown", "network unknown" },
    { 4, 3, 7, true, "destination host unknown", "host unknown" },
    { 4, 3, 8, true, "source host isolated", "host isolated" },
    { 4, 3, 9, true, "network administratively prohibited", "network prohibited" },
    { 4, 3, 10, true, "host administratively prohibited", "host prohibited" },
    { 4, 3, 11, true, "network unreachable for this type of service", "net unreachable" },
    { 4, 3, 12, true, "host unreachable for this type of service", "host unreachable" },
    { 4, 3, 13, true, "communication administratively prohibited", "prohibited" },
    { 4, 3, 14, true, "host precedence violation", "precedence violation" },
    { 4, 3, 15, true, "precedence cutoff in effect", "precedence cutoff" },
    { 4, 3, -1, true, "destination unreachable", "unreachable" },
    { 4, 4, -1, false, "source quench", "source quench" },
    { 4, 5, -1, false, "redirect to a better way", "redirect" },
    { 4, 11, 0, true, "time to live exceeded on the way", "time exceeded" },
    { 4, 11, 1, true, "fragments did not all come in time", "fragments missing" },
    { 4, 11, -1, true, "time exceeded", "time exceeded" },
    { 4, 12, -1, true, "parameter problem in the IP header", "parameter problem" },
    { 6, 1, 0, true, "no route to the destination", "no route" },
    { 6, 1, 1, true, "communication administratively prohibited", "prohibited" },
    { 6, 1, 2, true, "beyond the scope of the source address", "beyond scope" },
    { 6, 1, 3, true, "address unreachable", "address unreachable" },
    { 6, 1, 4, true, "port unreachable", "port unreachable" },
    { 6, 1, 5, true, "source address not allowed by policy", "source not allowed" },
    { 6, 1, 6, true, "route to the destination rejected", "route rejected" },
    { 6, 1, -1, true, "destination unreachable", "unreachable" },
    { 6, 2, -1, false, "packet too big", "packet too big" },
    { 6, 3, 0, true, "hop limit exceeded on the way", "hop limit exceeded" },
    { 6, 3, 1, true, "fragments did not all come in time", "fragments missing" },
    { 6, 3, -1, true, "time exceeded", "time exceeded" },
    { 6, 4, -1, true, "parameter problem in the IPv6 header", "parameter problem" },
};

#define KIND_N (sizeof kinds / sizeof kinds[0])

/* What a type is called that is none of the errors above; decode/ lets none through. */
static const struct notice_kind kind_other = { 0, 0, -1, false, "an error of another type",
                                               "error" };

const struct notice_kind *notice_kind(uint8_t ip_version, uint8_t type, uint8_t code)
{
    for (size_t i = 0; i < KIND_N; i++) {
        const struct notice_kind *kind = &kinds[i];
        if (kind->ip_version == ip_version && kind->type == type &&
            (kind->code == code || kind->code < 0))
            return kind;
    }
    return &kind_other;
}

bool notice_is_error(uint8_t ip_version, uint8_t type)
{
    for (size_t i = 0; i < KIND_N; i++)
        if (kinds[i].ip_version == ip_version && kinds[i].type == type)
            return true;
    return false;
}

enum notice_reporter notice_reporter(const struct notice *notice)
{
    if (memcmp(notice->reporter, notice->destination, sizeof notice->reporter) == 0)
        return REPORTER_PEER;
    if (memcmp(notice->reporter, notice->source, sizeof notice->reporter) == 0)
        return REPORTER_SENDER;
    return REPORTER_ON_WAY;
}

struct segment notice_quoted(const struct notice *notice)
{
    struct segment quoted = {
        .frame = notice->frame,
        .time = notice->time,
        .source_port = notice->source_port,
        .destination_port = notice->destination_port,
        .seq = notice->seq,
        .ip_version = notice->ip_version,
    };
    memcpy(quoted.source, notice->source, sizeof quoted.source);
    memcpy(quoted.destination, notice->destination, sizeof quoted.destination);
    return quoted;
}
