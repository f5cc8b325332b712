/*
 * narrate_limits: what a connection's time was spent on, in a sentence, and with the sums that it
 * rests on.
 */
#include <inttypes.h>

#include "base/time_text.h"
#include "report/ladder_label.h"
#include "report/narrate.h"

/* Nobody waits for less, ns. */
#define TOLD_LEAST (10 * NS_PER_MS)

static int percent(int64_t part, int64_t whole)
{
    return whole > 0 ? (int)((double)part * 100 / (double)whole + 0.5) : 0;
}

/* "71 %"; what is there is never 0 %. */
static void add_percent(struct strbuf *out, int64_t part, int64_t whole)
{
    if (percent(part, whole) == 0 && part > 0)
        strbuf_add(out, "under 1 %");
    else
        strbuf_printf(out, "%d %%", percent(part, whole));
}

static const char *direction(enum endpoint_id id)
{
    return id == CLIENT ? "the upload" : "the download";
}

/* Repeats cost time also where nothing was lost. */
static bool is_needless(const struct endpoint_summary *end)
{
    const struct lost_part *part = end->lost.part;
    return end->lost_known && part[LOST_NEVER].segments > 0 &&
           part[LOST_AFTER].segments + part[LOST_BETWEEN].segments + part[LOST_BEFORE].segments +
                   part[LOST_UNKNOWN].segments == 0;
}

static const char *cause_words(const struct endpoint_summary *end, enum limit_cause cause)
{
    static const char *const words[LIMIT_N] = { [LIMIT_NONE] = "no single cause",
                                                [LIMIT_APPLICATION] = "the program",
                                                [LIMIT_RECEIVER] = "the receiver",
                                                [LIMIT_LOSS] = "loss",
                                                [LIMIT_NETWORK] = "the network" };
    if (cause == LIMIT_LOSS && is_needless(end))
        return "repeats without need";
    return words[cause < LIMIT_N ? cause : LIMIT_NONE];
}

/* The part that took most of that time, and what it is: "its window was full". */
static const char *cause_shows(const struct limits *limits, enum limit_cause cause,
                               int64_t *ret_time)
{
    static const char *const words[SHARE_N] = {
        [SHARE_PROGRAM] = "it had nothing to send",
        [SHARE_HELD_BACK] = "short segments waited for an ACK (Nagle)",
        [SHARE_WINDOW_FULL] = "its window was full",
        [SHARE_WINDOW_ZERO] = "its window was closed",
        [SHARE_REPAIR] = "data was being sent again",
        [SHARE_TIMEOUT] = "the sender waited for its timer",
        [SHARE_NETWORK] = "the sender waited for ACKs",
        [SHARE_SLOW_START] = "the sender waited for ACKs in slow start",
        [SHARE_QUEUE] = "round trips had grown, as in a queue on the way",
    };
    const char *shows = "";
    *ret_time = 0;
    for (unsigned part = 0; part < SHARE_N; part++) {
        if (share_part_cause((enum share_part)part) != cause || words[part] == NULL ||
            limits->parts[part] <= *ret_time)
            continue;
        *ret_time = limits->parts[part];
        shows = words[part];
    }
    return shows;
}

/* ": its window was full 71 % of 4.2 s"; of several parts the longest has its own share. */
static void add_cause(struct strbuf *out, const struct limits *limits, enum limit_cause cause)
{
    int64_t time = 0, all = limits_of_cause(limits, cause);
    const char *shows = cause_shows(limits, cause, &time);
    bool alone = percent(time, limits->active) == percent(all, limits->active);
    strbuf_printf(out, "%s%s ", alone ? ": " : "", alone ? shows : "");
    add_percent(out, all, limits->active);
    narrate_duration(out, " of ", limits->active, "");
    if (alone)
        return;
    strbuf_add(out, " (");
    add_percent(out, time, limits->active);
    strbuf_printf(out, " because %s)", shows);
}

static void add_direction(struct strbuf *out, const struct endpoint_summary *end,
                          enum endpoint_id id)
{
    const struct limits *limits = &end->limits;
    enum limit_cause cause = (enum limit_cause)limits->cause;
    bool several = false;
    strbuf_printf(out, "%s was limited by %s", direction(id), cause_words(end, cause));
    if (cause != LIMIT_NONE)
        add_cause(out, limits, cause);
    else
        narrate_duration(out, " in ", limits->active, "");
    for (unsigned other = LIMIT_NONE + 1; other < LIMIT_N; other++) {
        if (!(limits->also & 1u << other))
            continue;
        strbuf_printf(out, "%s%s ", several ? ", " : cause != LIMIT_NONE ? "; also " : ": ",
                      cause_words(end, (enum limit_cause)other));
        add_percent(out, limits_of_cause(limits, (enum limit_cause)other), limits->active);
        several = true;
    }
    strbuf_add(out, limits->certainty == CERTAINTY_INFERRED ? ", we infer" : ", we assume");
}

void narrate_limits(struct strbuf *out, const struct connection_report *connection)
{
    for (int id = CLIENT; id <= SERVER; id++) {
        const struct endpoint_summary *end = &connection->summary->endpoints[id];
        if (!end->limits.known || end->limits.active < TOLD_LEAST)
            continue;
        strbuf_add(out, out->length > 0 ? "; " : "");
        add_direction(out, end, (enum endpoint_id)id);
    }
}

void narrate_queue(struct strbuf *out, const struct summary *summary)
{
    for (int id = CLIENT; id <= SERVER; id++) {
        const struct limits *limits = &summary->endpoints[id].limits;
        if (limits->known && limits->parts[SHARE_QUEUE] * 2 > limits->active)
            strbuf_printf(out, "; but round trips of the %s's data had grown most of the time",
                          endpoint_name((enum endpoint_id)id));
    }
}

/* "1.2 MB/s". */
static void add_rate(struct strbuf *out, double rate)
{
    char bytes[32];
    ladder_bytes((uint64_t)(rate + 0.5), bytes, sizeof bytes);
    strbuf_printf(out, "%s/s", bytes);
}

static void add_ceilings(struct strbuf *out, const struct limits *limits)
{
    char trip[TIME_TEXT_SIZE];
    double window = limits_ceiling(limits, CEILING_WINDOW);
    double loss = limits_ceiling(limits, CEILING_LOSS);
    strbuf_add(out, "; goodput ");
    add_rate(out, limits_goodput(limits));
    if (window > 0) {
        strbuf_printf(out, "; window / round trip: %" PRIu32 " / %s = ", limits->window,
                      time_duration(limits->trip, trip));
        add_rate(out, window);
        strbuf_add(out, limits->near == CEILING_WINDOW && loss > 0 ? ", the nearer one" : "");
    }
    if (loss > 0) {
        strbuf_printf(out,
                      "; MSS / round trip * 1.22 / sqrt(repeats / segments): %" PRIu32
                      " / %s * 1.22 / sqrt(%" PRIu32 " / %" PRIu32 ") = ",
                      limits->segment, time_duration(limits->trip, trip), limits->repeats,
                      limits->segments);
        add_rate(out, loss);
        strbuf_add(out, limits->near == CEILING_LOSS ? ", the nearer one" : "");
    }
}

static const char *part_words(enum share_part part)
{
    static const char *const words[SHARE_N] = {
        [SHARE_PROGRAM] = "nothing to send",
        [SHARE_HELD_BACK] = "short segments held back",
        [SHARE_WINDOW_FULL] = "window full",
        [SHARE_WINDOW_ZERO] = "window closed",
        [SHARE_REPAIR] = "sending again",
        [SHARE_TIMEOUT] = "waiting for the timer",
        [SHARE_NETWORK] = "waiting for ACKs",
        [SHARE_SLOW_START] = "waiting for ACKs in slow start",
        [SHARE_QUEUE] = "waiting for ACKs, round trips grown",
        [SHARE_UNCLEAR] = "silence, perhaps for what was lost before the capture",
    };
    return words[part];
}

void narrate_shares(struct strbuf *out, const struct connection_report *connection)
{
    for (int id = CLIENT; id <= SERVER; id++) {
        const struct limits *limits = &connection->summary->endpoints[id].limits;
        bool several = false;
        if (!limits->known)
            continue;
        strbuf_printf(out, "%s%s, ", out->length > 0 ? "; " : "",
                      direction((enum endpoint_id)id));
        narrate_duration(out, "of ", limits->active, ": ");
        for (unsigned part = 0; part < SHARE_N; part++) {
            if (part == SHARE_PEER || limits->parts[part] == 0)
                continue;
            strbuf_printf(out, "%s%s ", several ? ", " : "", part_words((enum share_part)part));
            add_percent(out, limits->parts[part], limits->active);
            several = true;
        }
        if (limits->parts[SHARE_PEER] > 0)
            narrate_duration(out, "; not counted: the other end's turn, ",
                             limits->parts[SHARE_PEER], "");
        if (limits->longest > 0 && limits->longest_frame != 0) {
            narrate_duration(out, "; the longest time for that cause: ", limits->longest, "");
            strbuf_printf(out, ", until frame %" PRIu64, limits->longest_frame);
        }
        add_ceilings(out, limits);
    }
}

void narrate_exchanges(struct strbuf *out, const struct connection_report *connection)
{
    const struct exchanges *exchanges = &connection->summary->exchanges;
    if (!exchanges->known)
        return;
    if (!exchanges->timed) {
        if (exchanges->first_byte >= 0)
            narrate_duration(out, "the first byte of an answer came ", exchanges->first_byte,
                             " after that of the request");
        return;
    }
    strbuf_printf(out, "%" PRIu32 " answered; the server%s took ", exchanges->count,
                  exchanges->leg > 0 ? "" : " and the way to it");
    if (exchanges->wait_max == 0)
        strbuf_add(out, "no time that shows");
    else
        narrate_duration(out, "", exchanges->wait_sum / exchanges->count, "");
    if (exchanges->count > 1 && exchanges->wait_max > 0) {
        if (exchanges->wait_min > 0)
            narrate_duration(out, " on average, ", exchanges->wait_min, "");
        narrate_duration(out, exchanges->wait_min > 0 ? " to " : " on average, at most ",
                         exchanges->wait_max, "");
        strbuf_printf(out, " (frames %" PRIu64 " to %" PRIu64 ")", exchanges->slowest_request,
                      exchanges->slowest_answer);
    }
    if (exchanges->leg > 0) /* the way may have taken longer than the shortest time */
        strbuf_add(out, ", we infer");
    if (exchanges->unclear + exchanges->overlapped > 0)
        strbuf_printf(out, "; %" PRIu64 " not timed",
                      (uint64_t)exchanges->unclear + exchanges->overlapped);
}
