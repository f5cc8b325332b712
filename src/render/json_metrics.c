/* json_metrics: docs/schema.json describes the same. */
#include "render/json_metrics.h"

#include <stdio.h>

#include "report/measured.h"

/* A quotient with at most so many digits behind the point; null without a whole. */
static struct json_object *share_value(uint64_t part, uint64_t whole)
{
    char text[40];
    if (whole == 0)
        return NULL;
    double share = (double)part / (double)whole;
    snprintf(text, sizeof text, "%.6g", share);
    return json_object_new_double_s(share, text);
}

/* What the times are round trips of: never of the whole way. */
static const char *leg_name(enum endpoint_id sender)
{
    return sender == CLIENT ? "capture-to-server" : "capture-to-client";
}

static struct json_object *leg_value(const struct measured *measured, enum endpoint_id sender)
{
    const struct trip_metrics *leg = &measured->metrics->leg;
    if (leg->samples == 0)
        return NULL;
    struct json_object *object = json_object_new_object();
    json_add_text(object, "of", leg_name(sender));
    json_add_number(object, "samples", leg->samples);
    json_add(object, "min_s", json_duration(leg->min));
    json_add(object, "mean_s", json_duration(leg->mean));
    json_add(object, "smoothed_s", json_duration(leg->smoothed));
    json_add(object, "variation_s", json_duration(leg->variation));
    json_add(object, "p95_s", json_duration(measured->metrics->leg_p95));
    json_add(object, "max_s", json_duration(leg->max));
    json_add(object, "jitter_s", json_duration(measured->jitter));
    return object;
}

static struct json_object *stamps_value(const struct metrics *metrics, enum endpoint_id sender)
{
    const struct trip_metrics *stamps = &metrics->stamps;
    if (stamps->samples == 0)
        return NULL;
    struct json_object *object = json_object_new_object();
    json_add_text(object, "of", leg_name(sender));
    json_add_number(object, "samples", stamps->samples);
    json_add(object, "min_s", json_duration(stamps->min));
    json_add(object, "mean_s", json_duration(stamps->mean));
    return object;
}

static struct json_object *trip_value(const struct measured *measured)
{
    if (measured->trip_min == UNKNOWN_NS)
        return NULL;
    struct json_object *object = json_object_new_object();
    json_add(object, "min_s", json_duration(measured->trip_min));
    json_add(object, "smoothed_s", json_duration(measured->trip_smoothed));
    json_add(object, "retransmission_timeout_s", json_duration(measured->metrics->timeout));
    return object;
}

static struct json_object *repeats_object(const struct measured *measured)
{
    const struct metrics *metrics = measured->metrics;
    struct json_object *object = json_object_new_object();
    struct json_object *classes = json_object_new_object();
    for (unsigned i = 0; i < METRICS_REPEATS; i++)
        if (metrics->repeats[i] > 0)
            json_add_number(classes, segment_class_name((enum segment_class)(CLASS_RTX_SYN + i)),
                            metrics->repeats[i]);
    json_add_number(object, "segments", measured->repeated);
    json_add_number(object, "bytes", metrics->repeated_bytes);
    json_add(object, "share_of_segments", share_value(measured->repeated, metrics->data_segments));
    json_add(object, "share_of_bytes", share_value(metrics->repeated_bytes, metrics->sent_bytes));
    json_add_number(object, "needless", measured->needless);
    json_add_number(object, "timeouts", metrics->repeats[CLASS_RTX_RTO - CLASS_RTX_SYN]);
    json_add(object, "by_class", classes);
    return object;
}

static struct json_object *flight_object(const struct measured *measured)
{
    struct json_object *object = json_object_new_object();
    json_add_number(object, "max_bytes", measured->metrics->flight_max);
    json_add_number(object, "mean_bytes", measured->metrics->flight_mean);
    json_add_known(object, "bandwidth_delay_bytes", measured->product);
    return object;
}

static struct json_object *initial_value(const struct metrics *metrics)
{
    if (!metrics->initial_known)
        return NULL;
    struct json_object *object = json_object_new_object();
    json_add_number(object, "bytes", metrics->initial_bytes);
    json_add_number(object, "segments", metrics->initial_segments);
    json_add_bool(object, "at_least", metrics->initial_at_least);
    return object;
}

static struct json_object *acks_object(const struct measured *measured)
{
    const struct metrics *metrics = measured->metrics;
    struct json_object *object = json_object_new_object();
    struct json_object *late = NULL;
    if (measured->delays_told) {
        late = json_object_new_object();
        json_add_number(late, "samples", metrics->acks_bare);
        json_add_number(late, "about_40_ms", metrics->acks_late[ACK_DELAY_40]);
        json_add_number(late, "about_100_ms", metrics->acks_late[ACK_DELAY_100]);
        json_add_number(late, "about_200_ms", metrics->acks_late[ACK_DELAY_200]);
    }
    json_add_number(object, "count", metrics->acks);
    json_add(object, "data_segments_each", share_value(metrics->data_segments, metrics->acks));
    json_add(object, "delayed", late);
    return object;
}

static struct json_object *stall_value(const struct stall *stall)
{
    if (stall->duration == UNKNOWN_NS)
        return NULL;
    struct json_object *object = json_object_new_object();
    json_add(object, "duration_s", json_duration(stall->duration));
    json_add_known(object, "first_frame", stall->first_frame);
    json_add_known(object, "last_frame", stall->last_frame);
    return object;
}

struct json_object *json_metrics(const struct connection_report *connection,
                                 enum endpoint_id sender)
{
    struct measured measured;
    if (!measured_read(connection, sender, &measured))
        return NULL;
    const struct metrics *metrics = measured.metrics;
    struct json_object *object = json_object_new_object();
    json_add(object, "rtt", leg_value(&measured, sender));
    json_add(object, "rtt_timestamps", stamps_value(metrics, sender));
    json_add(object, "round_trip", trip_value(&measured));
    json_add(object, "transfer_s", json_duration(metrics->transfer));
    json_add_number(object, "acknowledged_bytes", metrics->acknowledged_bytes);
    json_add_known(object, "goodput_bytes_per_s", measured.goodput);
    json_add_known(object, "throughput_bytes_per_s", measured.throughput);
    json_add_known(object, "peak_bytes_per_s", measured.peak);
    json_add(object, "retransmissions", repeats_object(&measured));
    json_add(object, "flight", flight_object(&measured));
    json_add(object, "initial_window", initial_value(metrics));
    json_add(object, "acknowledgements", acks_object(&measured));
    json_add(object, "longest_stall", stall_value(&metrics->stall));
    return object;
}
