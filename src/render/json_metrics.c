/* json_metrics: docs/schema.json describes the same. */
#include "render/json_metrics.h"

#include "report/measured.h"

/* What the times are round trips of: never of the whole way. */
static const char *leg_name(enum endpoint_id sender)
{
    return sender == CLIENT ? "capture-to-server" : "capture-to-client";
}

static void put_leg(struct json_writer *w, const struct measured *measured,
                    enum endpoint_id sender)
{
    const struct trip_metrics *leg = &measured->metrics->leg;
    if (leg->samples == 0) {
        json_put_null(w, "rtt");
        return;
    }
    json_open_object(w, "rtt");
    json_put_text(w, "of", leg_name(sender));
    json_put_number(w, "samples", leg->samples);
    json_put_duration(w, "min_s", leg->min);
    json_put_duration(w, "mean_s", leg->mean);
    json_put_duration(w, "smoothed_s", leg->smoothed);
    json_put_duration(w, "variation_s", leg->variation);
    json_put_duration(w, "p95_s", measured->metrics->leg_p95);
    json_put_duration(w, "max_s", leg->max);
    json_put_duration(w, "jitter_s", measured->jitter);
    json_close_object(w);
}

static void put_stamps(struct json_writer *w, const struct metrics *metrics,
                       enum endpoint_id sender)
{
    const struct trip_metrics *stamps = &metrics->stamps;
    if (stamps->samples == 0) {
        json_put_null(w, "rtt_timestamps");
        return;
    }
    json_open_object(w, "rtt_timestamps");
    json_put_text(w, "of", leg_name(sender));
    json_put_number(w, "samples", stamps->samples);
    json_put_duration(w, "min_s", stamps->min);
    json_put_duration(w, "mean_s", stamps->mean);
    json_close_object(w);
}

static void put_trip(struct json_writer *w, const struct measured *measured)
{
    if (measured->trip_min == UNKNOWN_NS) {
        json_put_null(w, "round_trip");
        return;
    }
    json_open_object(w, "round_trip");
    json_put_duration(w, "min_s", measured->trip_min);
    json_put_duration(w, "smoothed_s", measured->trip_smoothed);
    json_put_duration(w, "retransmission_timeout_s", measured->metrics->timeout);
    json_close_object(w);
}

static void put_repeats(struct json_writer *w, const struct measured *measured)
{
    const struct metrics *metrics = measured->metrics;
    json_open_object(w, "retransmissions");
    json_put_number(w, "segments", measured->repeated);
    json_put_number(w, "bytes", metrics->repeated_bytes);
    json_put_share(w, "share_of_segments", measured->repeated, metrics->data_segments);
    json_put_share(w, "share_of_bytes", metrics->repeated_bytes, metrics->sent_bytes);
    json_put_number(w, "needless", measured->needless);
    json_put_number(w, "timeouts", metrics->repeats[CLASS_RTX_RTO - CLASS_RTX_SYN]);
    json_open_object(w, "by_class");
    for (unsigned i = 0; i < METRICS_REPEATS; i++)
        if (metrics->repeats[i] > 0)
            json_put_number(w, segment_class_name((enum segment_class)(CLASS_RTX_SYN + i)),
                            metrics->repeats[i]);
    json_close_object(w);
    json_close_object(w);
}

static void put_flight(struct json_writer *w, const struct measured *measured)
{
    json_open_object(w, "flight");
    json_put_number(w, "max_bytes", measured->metrics->flight_max);
    json_put_number(w, "mean_bytes", measured->metrics->flight_mean);
    json_put_known(w, "bandwidth_delay_bytes", measured->product);
    json_close_object(w);
}

static void put_initial(struct json_writer *w, const struct metrics *metrics)
{
    if (!metrics->initial_known) {
        json_put_null(w, "initial_window");
        return;
    }
    json_open_object(w, "initial_window");
    json_put_number(w, "bytes", metrics->initial_bytes);
    json_put_number(w, "segments", metrics->initial_segments);
    json_put_bool(w, "at_least", metrics->initial_at_least);
    json_close_object(w);
}

static void put_delayed(struct json_writer *w, const struct measured *measured)
{
    const struct metrics *metrics = measured->metrics;
    if (!measured->delays_told) {
        json_put_null(w, "delayed");
        return;
    }
    json_open_object(w, "delayed");
    json_put_number(w, "samples", metrics->acks_bare);
    json_put_number(w, "about_40_ms", metrics->acks_late[ACK_DELAY_40]);
    json_put_number(w, "about_100_ms", metrics->acks_late[ACK_DELAY_100]);
    json_put_number(w, "about_200_ms", metrics->acks_late[ACK_DELAY_200]);
    json_close_object(w);
}

static void put_acks(struct json_writer *w, const struct measured *measured)
{
    const struct metrics *metrics = measured->metrics;
    json_open_object(w, "acknowledgements");
    json_put_number(w, "count", metrics->acks);
    json_put_share(w, "data_segments_each", metrics->data_segments, metrics->acks);
    put_delayed(w, measured);
    json_close_object(w);
}

static void put_stall(struct json_writer *w, const struct stall *stall)
{
    if (stall->duration == UNKNOWN_NS) {
        json_put_null(w, "longest_stall");
        return;
    }
    json_open_object(w, "longest_stall");
    json_put_duration(w, "duration_s", stall->duration);
    json_put_known(w, "first_frame", stall->first_frame);
    json_put_known(w, "last_frame", stall->last_frame);
    json_close_object(w);
}

void json_put_metrics(struct json_writer *w, const char *key,
                      const struct connection_report *connection, enum endpoint_id sender)
{
    struct measured measured;
    if (!measured_read(connection, sender, &measured)) {
        json_put_extra_null(w, key);
        return;
    }
    const struct metrics *metrics = measured.metrics;
    json_open_object(w, key);
    put_leg(w, &measured, sender);
    put_stamps(w, metrics, sender);
    put_trip(w, &measured);
    json_put_duration(w, "transfer_s", metrics->transfer);
    json_put_number(w, "acknowledged_bytes", metrics->acknowledged_bytes);
    json_put_known(w, "goodput_bytes_per_s", measured.goodput);
    json_put_known(w, "throughput_bytes_per_s", measured.throughput);
    json_put_known(w, "peak_bytes_per_s", measured.peak);
    put_repeats(w, &measured);
    put_flight(w, &measured);
    put_initial(w, metrics);
    put_acks(w, &measured);
    put_stall(w, &metrics->stall);
    json_close_object(w);
}
