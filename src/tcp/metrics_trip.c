/*
 * metrics_trip: round trips from the capture point to the receiver and back (RFC 6298 §2, §3), by
 * acknowledgements and by echoed timestamps (RFC 7323 §4).
 */
#include "tcp/metrics_trip.h"

#include "base/seq.h"
#include "base/time_text.h"
#include "tcp/round_trip.h"
#include "tcp/sequence.h"

/* A sender that waits longer has sent again (RFC 6298 §2.5): a clock was set. */
#define SAMPLE_MAX (60 * NS_PER_S)

static void trip_add(struct meter_trip *trip, int64_t sample)
{
    if (trip->samples == UINT32_MAX || trip->sum > (uint64_t)(INT64_MAX - SAMPLE_MAX))
        return;
    if (trip->samples++ == 0) {
        *trip = (struct meter_trip){ (uint64_t)sample, sample, sample, sample, sample / 2, 1 };
        return;
    }
    trip->sum += (uint64_t)sample;
    if (sample < trip->min)
        trip->min = sample;
    if (sample > trip->max)
        trip->max = sample;
    round_trip_smooth(&trip->smoothed, &trip->variation, sample);
}

/* Whether the acknowledgement waited for a timer: the times at which hosts let it end. */
static void note_delay(struct meter *meter, int64_t sample)
{
    static const struct {
        int64_t from, to;
    } delays[ACK_DELAY_N] = {
        [ACK_DELAY_40] = { 38 * NS_PER_MS, 50 * NS_PER_MS },
        [ACK_DELAY_100] = { 95 * NS_PER_MS, 115 * NS_PER_MS },
        [ACK_DELAY_200] = { 190 * NS_PER_MS, 225 * NS_PER_MS },
    };
    meter->acks_bare++;
    for (unsigned i = 0; i < ACK_DELAY_N; i++)
        if (sample >= delays[i].from && sample < delays[i].to)
            meter->acks_late[i]++;
}

/* The way to the data's sender and back, the far end of who acknowledges. Karn's rule holds in the
 * handshake, too: after a second SYN nobody knows which one was answered, and that leg is no
 * measure (RFC 6298 §3); what is shorter was measured otherwise. 0: not known. */
static int64_t sender_leg(const struct loss_case *k)
{
    const struct step *step = k->step;
    bool doubtful = step->x->syns > 1 && k->far >= connection_leg(step->c, step->y_id);
    return doubtful ? 0 : k->far;
}

void metrics_sample(struct loss_case *k, int64_t sample)
{
    struct meter *meter = k->acked;
    if (meter == NULL || sample < 0 || sample > SAMPLE_MAX)
        return;
    trip_add(&meter->leg, sample);
    histogram_add(&meter->legs, sample);
    if (k->step->s->payload_len == 0)
        note_delay(meter, sample);
    meter->near = sender_leg(k);
    meter->timeout = loss_timeout_of(meter->leg.smoothed + k->far, meter->leg.variation);
}

void trip_stamp_sent(struct loss_case *k)
{
    const struct segment *s = k->step->s;
    struct meter *meter = k->sent;
    if (!(s->options & OPTION_TIMESTAMPS))
        return;
    bool newer = !meter->stamp_known || seq_before(meter->stamp_newest, s->tsval);
    if (!newer)
        return;
    meter->stamp_known = true;
    meter->stamp_newest = s->tsval;
    if (meter->stamp_armed || s->payload_len == 0)
        return;
    meter->stamp_armed = true;
    meter->stamp = s->tsval;
    meter->stamp_time = k->now;
}

void trip_stamp_echoed(struct loss_case *k)
{
    const struct segment *s = k->step->s;
    struct meter *meter = k->acked;
    if (!meter->stamp_armed || !(s->options & OPTION_TIMESTAMPS) ||
        seq_before(s->tsecr, meter->stamp))
        return;
    int64_t sample = k->now - meter->stamp_time;
    meter->stamp_armed = false;
    if (s->tsecr == meter->stamp && sample >= 0 && sample <= SAMPLE_MAX)
        trip_add(&meter->stamps, sample);
}
