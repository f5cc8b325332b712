/* metrics: what passes, in bytes and in time. */
#include "tcp/metrics.h"

#include <string.h>

#include "base/time_text.h"
#include "tcp/metrics_trip.h"
#include "tcp/sequence.h"

/* A leg so short is none: what is left of it is the host's own time. */
#define LEG_SHORT (2 * NS_PER_MS)
/* Who has more to send goes on so soon after the acknowledgement, and part of a round trip. */
#define GOES_ON (5 * NS_PER_MS)
#define TIMESTAMPS_LEN 12u /* RFC 7323 appendix A */
#define SEGMENT_USUAL 1460u
/* No window is larger (RFC 7323 §2.3): the numbers began anew. */
#define ADVANCE_MAX (INT64_C(1) << 30)

/* Payload of a full segment of its sender. */
static uint32_t segment_size(const struct step *step)
{
    uint32_t size = step->y->mss != 0 ? step->y->mss : SEGMENT_USUAL;
    if ((step->s->options & OPTION_TIMESTAMPS) && size > 2 * TIMESTAMPS_LEN)
        size -= TIMESTAMPS_LEN;
    return size;
}

/* Segments that so many bytes were on the wire: a card may have put several together. */
static uint32_t wire_segments(const struct step *step, uint64_t bytes)
{
    uint32_t size = segment_size(step);
    return (uint32_t)((bytes + size - 1) / size);
}

/* The first number of its payload that is measured. */
static int64_t base_of(const struct loss_case *k)
{
    const struct endpoint *x = k->step->x;
    int64_t first = endpoint_isn(x) + 1;
    bool begun = (k->x->flags & SIDE_STARTED) != 0;
    int64_t una = begun ? k->x->una : k->step->seq;
    return (x->flags & END_ISN_KNOWN) && una < first ? first : una;
}

/* What it sent before it was measured and is not acknowledged: a segment, mostly. */
static void meter_seed(struct loss_case *k, struct meter *meter)
{
    const struct flights *flights = &k->losses->flights;
    const struct flight *flight = &k->x->flight;
    const struct endpoint *x = k->step->x;
    bool first = (x->flags & END_ISN_KNOWN) && meter->base == endpoint_isn(x) + 1;

    for (unsigned i = flight_find(flights, flight, meter->base); i < flight->count; i++) {
        const struct range *r = flight_at(flights, flight, i);
        int64_t from = r->seq > meter->base ? r->seq : meter->base;
        if (r->flags & RANGE_HOLE)
            continue;
        if (meter->sent == 0) {
            meter->first_data = meter->waiting_since = r->first;
            meter->waiting_frame = r->frame;
        }
        meter->sent += (uint64_t)(r->end - from);
        meter->data_segments += wire_segments(k->step, (uint64_t)(r->end - from));
    }
    if (!first)
        return;
    meter->initial = INITIAL_COUNTING;
    meter->initial_bytes = (uint32_t)meter->sent;
    meter->initial_segments = meter->data_segments;
    meter->initial_last = meter->first_data;
}

/* NULL when there is no room; it is not asked for again then. */
static struct meter *meter_open(struct loss_case *k)
{
    struct meters *meters = &k->losses->meters;
    struct metered *metered = &k->book->metered;
    enum endpoint_id x = k->step->x_id;
    if (metered->refused[x])
        return NULL;
    metered->meter[x] = slab_take(&meters->meters);
    struct meter *meter = meter_at(meters, metered->meter[x]);
    if (meter == NULL) {
        metered->refused[x] = true;
        bound_hit(&meters->refused, k->now);
        return NULL;
    }
    memset(meter, 0, sizeof *meter);
    meter->first_data = k->now;
    meter->base = base_of(k);
    meter->stall.duration = UNKNOWN_NS;
    meter_seed(k, meter);
    meter->bin_end = meter->first_data + METRICS_PEAK_NS;
    meter->bin_bytes = meter->sent;
    return meter;
}

void metrics_begin(struct loss_case *k)
{
    const struct metered *metered = &k->book->metered;
    const struct meters *meters = &k->losses->meters;
    if (k->step->c->light)
        return;
    k->sent = meter_at(meters, metered->meter[k->step->x_id]);
    k->acked = meter_at(meters, metered->meter[k->step->y_id]);
    if (k->sent == NULL && metered->begun && k->step->s->payload_len > 0)
        k->sent = meter_open(k);
}

void metrics_sacked(struct loss_case *k, int64_t bytes)
{
    if (k->acked == NULL)
        return;
    k->acked->sacked += bytes;
    if (k->acked->sacked < 0)
        k->acked->sacked = 0;
}

/*
 * The initial window (RFC 5681 §3.1, RFC 6928): what passed before any acknowledgement of it. What
 * passes after one, but before its answer can, may belong to it: then it was at least so large.
 */
static void initial_sent(struct loss_case *k, struct meter *meter, uint64_t bytes)
{
    if (meter->initial == INITIAL_ENDING && k->now >= meter->initial_until) {
        meter->initial = INITIAL_OVER;
        int64_t waited = meter->initial_until - meter->initial_last;
        meter->initial_more = k->trip >= LEG_SHORT && waited >= k->trip / 4 &&
                              k->now - meter->initial_until <= k->trip / 2 + GOES_ON;
    }
    if (meter->initial == INITIAL_ENDING)
        meter->initial_late = true;
    if (meter->initial != INITIAL_COUNTING)
        return;
    if (bytes > UINT32_MAX - meter->initial_bytes) { /* no window is so large */
        meter->initial = INITIAL_UNKNOWN;
        return;
    }
    meter->initial_last = k->now;
    meter->initial_bytes += (uint32_t)bytes;
    meter->initial_segments += wire_segments(k->step, bytes);
    int64_t room = k->step->y->window_max - (k->x->nxt - k->x->una);
    meter->initial_full = room < segment_size(k->step);
}

/* Bytes by the time at which they passed, to find the fastest tenth of a second. */
static void peak_sent(struct meter *meter, int64_t now, uint64_t bytes)
{
    if (now >= meter->bin_end) {
        if (meter->bin_bytes > meter->peak_bytes)
            meter->peak_bytes = meter->bin_bytes;
        meter->bin_bytes = 0;
        meter->bin_end = now + METRICS_PEAK_NS - (now - meter->bin_end) % METRICS_PEAK_NS;
    }
    meter->bin_bytes += bytes;
}

static void meter_sent(struct loss_case *k, int64_t nxt_before)
{
    struct meter *meter = k->sent;
    const struct loss_side *x = k->x;
    uint32_t bytes = k->step->s->payload_len;
    int64_t flight = x->nxt - x->una - meter->sacked;

    meter->sent += bytes;
    meter->data_segments += wire_segments(k->step, bytes);
    peak_sent(meter, k->now, bytes);
    if (x->una < x->nxt && meter->waiting_since == 0) {
        meter->waiting_since = k->now;
        meter->waiting_frame = k->step->s->frame;
    }
    if (x->nxt > nxt_before && nxt_before >= meter->base)
        initial_sent(k, meter, (uint64_t)(x->nxt - nxt_before));
    else if (x->nxt > meter->base && meter->sent == bytes)
        initial_sent(k, meter, bytes);
    if (flight <= 0 || meter->flights == UINT32_MAX)
        return;
    meter->flights++;
    meter->flight_sum += (uint64_t)flight;
    if ((uint64_t)flight > meter->flight_max)
        meter->flight_max = (uint64_t)flight;
}

/* Ends the time in which nothing was acknowledged. */
static void stall_end(struct loss_case *k, struct meter *meter)
{
    int64_t duration = k->now - meter->waiting_since;
    if (meter->waiting_since != 0 && duration > meter->stall.duration)
        meter->stall = (struct stall){ duration, meter->waiting_frame, k->step->s->frame };
    bool outstanding = k->y->una < k->y->nxt;
    meter->waiting_since = outstanding ? k->now : 0;
    meter->waiting_frame = k->step->s->frame;
}

static void meter_acknowledged(struct loss_case *k, int64_t una_before)
{
    struct meter *meter = k->acked;
    const struct endpoint *y = k->step->y;
    int64_t from = una_before > meter->base ? una_before : meter->base;
    int64_t to = k->y->una;

    if ((y->flags & END_FIN) && to > y->fin_seq)
        to = y->fin_seq;
    stall_end(k, meter);
    if (k->y->una == k->y->nxt)
        meter->sacked = 0;
    trip_stamp_echoed(k);
    if (to <= from || to - from > ADVANCE_MAX)
        return;
    meter->acks++;
    meter->acknowledged += (uint64_t)(to - from);
    meter->last_ack = k->now;
    meter->sent_by_ack = meter->sent;
    if (meter->initial == INITIAL_COUNTING) {
        meter->initial = INITIAL_ENDING;
        meter->initial_until = k->now + (k->far < LEG_SHORT ? 0 : k->far);
    }
}

void metrics_segment(struct loss_case *k, int64_t acked_una, int64_t sent_nxt)
{
    enum segment_class class = (enum segment_class)k->row.class;
    bool probe = class == CLASS_KEEP_ALIVE || class == CLASS_ZERO_WINDOW_PROBE;

    if (class == CLASS_NETWORK_DUPLICATE || class == CLASS_NOT_ACCEPTED || class == CLASS_RST)
        return;
    if (k->acked != NULL && k->y->una > acked_una)
        meter_acknowledged(k, acked_una);
    if (k->sent == NULL)
        return;
    trip_stamp_sent(k);
    if (k->step->s->payload_len > 0 && !probe)
        meter_sent(k, sent_nxt);
}

void metrics_repeat(struct loss_case *k)
{
    if (k->sent == NULL && !k->step->c->light)
        k->sent = meter_open(k);
    if (k->sent == NULL)
        return;
    k->sent->repeats[k->row.class - CLASS_RTX_SYN]++;
    k->sent->repeated_bytes += k->step->s->payload_len;
}
