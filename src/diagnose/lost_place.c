/* lost_place: the table of §4.12 of the reference specification. */
#include "diagnose/lost_place.h"

#define PROVED CERTAINTY_PROVED
#define INFERRED CERTAINTY_INFERRED
#define ASSUMED CERTAINTY_ASSUMED

/* A segment passed, and had to be sent again. */
#define BEHIND "lost between the capture point and {receiver}"
/* Of two captures one shows it and the other does not, but shows its repeat. */
#define AMID                                                                                     \
    "lost between the capture points: seen at the first, and at the one nearer to {receiver} only "  \
    "when sent again"
/* The capture begins to see with the repeat. */
#define AHEAD "lost between {sender} and the capture point"
#define NOT_NEEDED "sent again without need: what was sent first had arrived at {receiver}"
#define UNCLEAR "lost, late or not needed, and where is not known: no frame tells"
#define OVERTAKEN "overtaken between {sender} and the capture point"
/* Said of a number of bytes, be it one. */
#define LACKING "lost by the capture, for {receiver} acknowledged it"
#define LACKING_OR_AROUND                                                                          \
    "lost by the capture, or passed on another way, for {receiver} acknowledged it"

const struct lost_place lost_places[LOST_KINDS + 1][VIEW_N] = {
    [LOST_AFTER] = {
        [VIEW_AT_SENDER] = { "behind-capture", INFERRED, BEHIND },
        [VIEW_NEAR_SENDER] = { "behind-capture", INFERRED, BEHIND },
        [VIEW_BETWEEN] = { "behind-capture", INFERRED, BEHIND },
        [VIEW_NEAR_RECEIVER] = { "behind-capture", INFERRED,
                                 "lost on the last bit of the way, between the capture point and "
                                 "{receiver}" },
        /* Most of these are repeats whose acknowledgement was lost or late. */
        [VIEW_AT_RECEIVER] = { "receiver-or-acknowledgement", ASSUMED,
                               "dropped by {receiver} itself behind the capture point, or sent "
                               "again because an acknowledgement was lost" },
        [VIEW_ANYWHERE] = { "behind-capture", INFERRED, BEHIND },
    },
    /* Which of the two capture points is nearer to an end does not matter. */
    [LOST_BETWEEN] = {
        [VIEW_AT_SENDER] = { "between-captures", PROVED, AMID },
        [VIEW_NEAR_SENDER] = { "between-captures", PROVED, AMID },
        [VIEW_BETWEEN] = { "between-captures", PROVED, AMID },
        [VIEW_NEAR_RECEIVER] = { "between-captures", PROVED, AMID },
        [VIEW_AT_RECEIVER] = { "between-captures", PROVED, AMID },
        [VIEW_ANYWHERE] = { "between-captures", PROVED, AMID },
    },
    [LOST_BEFORE] = {
        /* No network is between a host's TCP and the capture on that host. */
        [VIEW_AT_SENDER] = { "capture-or-sender", ASSUMED,
                             "missing in the capture, which was taken on {sender}: lost by the "
                             "capture, or in a queue of that host" },
        [VIEW_NEAR_SENDER] = { "capture-or-sender", ASSUMED,
                               "lost behind {sender} and before the capture point, or by the "
                               "capture: there is little way between the two" },
        [VIEW_BETWEEN] = { "before-capture", INFERRED, AHEAD },
        [VIEW_NEAR_RECEIVER] = { "before-capture", INFERRED, AHEAD },
        [VIEW_AT_RECEIVER] = { "before-capture", INFERRED, AHEAD },
        [VIEW_ANYWHERE] = { "before-capture", INFERRED, AHEAD },
    },
    [LOST_NEVER] = {
        [VIEW_AT_SENDER] = { "not-lost", INFERRED, NOT_NEEDED },
        [VIEW_NEAR_SENDER] = { "not-lost", INFERRED, NOT_NEEDED },
        [VIEW_BETWEEN] = { "not-lost", INFERRED, NOT_NEEDED },
        [VIEW_NEAR_RECEIVER] = { "not-lost", INFERRED, NOT_NEEDED },
        [VIEW_AT_RECEIVER] = { "not-lost", INFERRED, NOT_NEEDED },
        [VIEW_ANYWHERE] = { "not-lost", INFERRED, NOT_NEEDED },
    },
    [LOST_UNKNOWN] = {
        [VIEW_AT_SENDER] = { "unknown", ASSUMED, UNCLEAR },
        [VIEW_NEAR_SENDER] = { "unknown", ASSUMED, UNCLEAR },
        [VIEW_BETWEEN] = { "unknown", ASSUMED, UNCLEAR },
        [VIEW_NEAR_RECEIVER] = { "unknown", ASSUMED, UNCLEAR },
        [VIEW_AT_RECEIVER] = { "unknown", ASSUMED, UNCLEAR },
        [VIEW_ANYWHERE] = { "unknown", ASSUMED, UNCLEAR },
    },
    [LOST_OVERTAKEN] = {
        [VIEW_AT_SENDER] = { "capture-or-sender", ASSUMED,
                             "put in the wrong order by the capture, or by the queues of "
                             "{sender}" },
        [VIEW_NEAR_SENDER] = { "before-capture", INFERRED, OVERTAKEN },
        [VIEW_BETWEEN] = { "before-capture", INFERRED, OVERTAKEN },
        [VIEW_NEAR_RECEIVER] = { "before-capture", INFERRED, OVERTAKEN },
        [VIEW_AT_RECEIVER] = { "before-capture", INFERRED, OVERTAKEN },
        [VIEW_ANYWHERE] = { "before-capture", INFERRED, OVERTAKEN },
    },
    /* That they arrived is proved; on the hosts there is no other way that they could take. */
    [LOST_MISSED] = {
        [VIEW_AT_SENDER] = { "capture", INFERRED, LACKING },
        [VIEW_NEAR_SENDER] = { "capture", INFERRED, LACKING },
        [VIEW_BETWEEN] = { "capture", INFERRED, LACKING_OR_AROUND },
        [VIEW_NEAR_RECEIVER] = { "capture", INFERRED, LACKING },
        [VIEW_AT_RECEIVER] = { "capture", INFERRED, LACKING },
        [VIEW_ANYWHERE] = { "capture", INFERRED, LACKING_OR_AROUND },
    },
};

enum lost_view lost_view_of(enum vantage vantage, enum endpoint_id sender)
{
    bool client = sender == CLIENT;
    switch (vantage) {
    case VANTAGE_CLIENT:
        return client ? VIEW_AT_SENDER : VIEW_AT_RECEIVER;
    case VANTAGE_NEAR_CLIENT:
        return client ? VIEW_NEAR_SENDER : VIEW_NEAR_RECEIVER;
    case VANTAGE_MIDDLE:
        return VIEW_BETWEEN;
    case VANTAGE_NEAR_SERVER:
        return client ? VIEW_NEAR_RECEIVER : VIEW_NEAR_SENDER;
    case VANTAGE_SERVER:
        return client ? VIEW_AT_RECEIVER : VIEW_AT_SENDER;
    case VANTAGE_UNKNOWN:
    case VANTAGE_N:
        break;
    }
    return VIEW_ANYWHERE;
}

struct lost_place lost_place_find(const struct summary *summary, enum endpoint_id sender,
                                  unsigned kind, enum vantage vantage)
{
    struct lost_place place = lost_places[kind][lost_view_of(vantage, sender)];
    bool gaps = summary->endpoints[sender].lost.missed_bytes > 0;
    bool one_way = summary->endpoints[endpoint_peer(sender)].segments == 0;
    if (kind == LOST_BETWEEN) /* or that capture lost it, as it lost others */
        place.certainty = summary->endpoints[sender].lost.views_missing ? INFERRED : PROVED;
    else if ((kind == LOST_BEFORE && gaps) || one_way)
        place.certainty = ASSUMED;
    return place;
}

double lost_rate(const struct endpoint_summary *end)
{
    const struct lost_part *part = end->lost.part;
    uint64_t lost = part[LOST_AFTER].bytes + part[LOST_BETWEEN].bytes + part[LOST_BEFORE].bytes;
    uint64_t first = end->payload_bytes + (end->syns > 0 ? 1 : 0) + (end->fin_sent ? 1 : 0);
    return first + lost > 0 ? (double)lost / (double)(first + lost) : -1;
}
