/* measured: sums and quotients. */
#include "report/measured.h"

#include <stdio.h>

#include "base/time_text.h"

static uint64_t rate(uint64_t bytes, int64_t duration)
{
    return duration > 0 ? (uint64_t)((double)bytes * NS_PER_S / (double)duration + 0.5) : 0;
}

/* The way from the capture point to this end and back, in the handshake. */
static int64_t handshake_leg(const struct summary *summary, enum endpoint_id end)
{
    return end == SERVER ? summary->synack_ns : summary->ack_ns;
}

/* The shorter one of two times that may be unknown. */
static int64_t shorter(int64_t a, int64_t b)
{
    if (a == UNKNOWN_NS || b == UNKNOWN_NS)
        return a == UNKNOWN_NS ? b : a;
    return a < b ? a : b;
}

/* Both legs; the handshake may have found the shorter one. */
static void trip_read(const struct summary *summary, enum endpoint_id sender,
                      struct measured *ret)
{
    const struct metrics *metrics = ret->metrics;
    int64_t other = shorter(metrics->other_leg, handshake_leg(summary, sender));
    ret->trip_min = ret->trip_smoothed = ret->jitter = UNKNOWN_NS;
    if (metrics->leg.samples == 0)
        return;
    ret->jitter = metrics->leg_p95 - metrics->leg.min;
    if (other == UNKNOWN_NS)
        return;
    int64_t handshake = handshake_leg(summary, endpoint_peer(sender));
    ret->trip_min = shorter(metrics->leg.min, handshake) + other;
    ret->trip_smoothed = metrics->leg.smoothed + other;
}

static bool at_receiver(const struct connection_report *connection, enum endpoint_id sender)
{
    unsigned at = connection->vantage.vantage;
    return sender == CLIENT ? at == VANTAGE_SERVER || at == VANTAGE_NEAR_SERVER
                            : at == VANTAGE_CLIENT || at == VANTAGE_NEAR_CLIENT;
}

bool measured_read(const struct connection_report *connection, enum endpoint_id sender,
                   struct measured *ret)
{
    const struct metrics *metrics = connection->summary->endpoints[sender].metrics;
    *ret = (struct measured){ .metrics = metrics };
    if (metrics == NULL)
        return false;
    trip_read(connection->summary, sender, ret);
    ret->goodput = rate(metrics->acknowledged_bytes, metrics->transfer);
    ret->throughput = rate(metrics->sent_bytes, metrics->transfer);
    ret->peak = rate(metrics->peak_bytes, METRICS_PEAK_NS);
    if (ret->trip_min != UNKNOWN_NS)
        ret->product = (uint64_t)((double)ret->goodput * (double)ret->trip_min / NS_PER_S + 0.5);
    for (unsigned i = 0; i < METRICS_REPEATS; i++)
        ret->repeated += metrics->repeats[i];
    const struct endpoint_summary *end = &connection->summary->endpoints[sender];
    ret->needless = end->lost_known ? end->lost.part[LOST_NEVER].segments : 0;
    ret->delays_told = at_receiver(connection, sender) && metrics->acks_bare > 0;
    return true;
}

const char *measured_again_text(const struct metrics *metrics, char *text, size_t size)
{
    double share = metrics->sent_bytes > 0
                       ? 100.0 * (double)metrics->repeated_bytes / (double)metrics->sent_bytes : 0;
    text[0] = '\0';
    if (share > 0 && share < 0.1)
        snprintf(text, size, "<0.1 %%");
    else if (share > 0)
        snprintf(text, size, "%.1f %%", share);
    return text;
}

int64_t measured_rtt_min(const struct connection_report *connection)
{
    int64_t least = connection->summary->rtt_ns;
    for (int id = CLIENT; id <= SERVER; id++) {
        struct measured measured;
        if (measured_read(connection, (enum endpoint_id)id, &measured))
            least = shorter(least, measured.trip_min);
    }
    return least;
}
