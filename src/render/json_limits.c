/* json_limits: docs/schema.json describes the same. */
#include "render/json_limits.h"

#include "model/tcp_state.h"

/* A part of a whole, with four decimals. */
static struct json_object *fraction(int64_t part, int64_t whole)
{
    if (whole <= 0)
        return NULL;
    int64_t tenthousandths = (int64_t)((double)part * 10000 / (double)whole + 0.5);
    return json_seconds(tenthousandths * 100000);
}

/* Bytes a second; null where it is not known. */
static struct json_object *rate(double bytes)
{
    return bytes > 0 && bytes < 1e18 ? json_object_new_uint64((uint64_t)(bytes + 0.5)) : NULL;
}

static struct json_object *shares_object(const struct limits *limits)
{
    struct json_object *object = json_object_new_object();
    for (unsigned part = 0; part < SHARE_N; part++)
        if (part != SHARE_PEER)
            json_add(object, share_part_name((enum share_part)part),
                     fraction(limits->parts[part], limits->active));
    return object;
}

static struct json_object *ceilings_object(const struct limits *limits)
{
    struct json_object *object = json_object_new_object();
    json_add(object, "window", rate(limits_ceiling(limits, CEILING_WINDOW)));
    json_add(object, "loss", rate(limits_ceiling(limits, CEILING_LOSS)));
    json_add_text(object, "nearest", limit_ceiling_name((enum limit_ceiling)limits->near));
    return object;
}

/* The sums that the verdict rests on. */
static void fill_sums(struct json_object *object, const struct limits *limits)
{
    json_add(object, "peer_s", json_seconds(limits->parts[SHARE_PEER]));
    json_add(object, "shares", shares_object(limits));
    json_add(object, "longest_s",
             limits->longest > 0 ? json_seconds(limits->longest) : NULL);
    json_add(object, "goodput", rate(limits_goodput(limits)));
    json_add(object, "ceilings", ceilings_object(limits));
}

struct json_object *json_limits(const struct limits *limits, bool details)
{
    if (!limits->known)
        return NULL;
    enum limit_cause cause = (enum limit_cause)limits->cause;
    struct json_object *object = json_object_new_object();
    struct json_object *also = json_object_new_array();
    for (unsigned other = LIMIT_NONE + 1; other < LIMIT_N; other++)
        if (limits->also & 1u << other)
            json_append(also, json_text(limit_cause_name((enum limit_cause)other)));
    json_add_text(object, "cause", limit_cause_name(cause));
    json_add(object, "share", cause == LIMIT_NONE ? NULL
                                                  : fraction(limits_of_cause(limits, cause),
                                                             limits->active));
    json_add(object, "also", also);
    json_add_text(object, "certainty", certainty_name((enum certainty)limits->certainty));
    json_add(object, "active_s", json_seconds(limits->active));
    json_add_known(object, "longest_frame", limits->longest_frame);
    if (details)
        fill_sums(object, limits);
    return object;
}

static struct json_object *mean(int64_t sum, uint32_t count)
{
    return count > 0 ? json_seconds(sum / count) : NULL;
}

/* How it was measured, and what it was not measured of. */
static void fill_measured(struct json_object *object, const struct exchanges *exchanges)
{
    bool timed = exchanges->timed;
    json_add_text(object, "certainty",
                  timed ? certainty_name((enum certainty)exchanges->certainty) : NULL);
    json_add(object, "slowest_request",
             timed ? json_object_new_uint64(exchanges->slowest_request) : NULL);
    json_add_number(object, "overlapped", exchanges->overlapped);
    json_add_number(object, "unclear", exchanges->unclear);
    json_add(object, "leg_s", exchanges->leg > 0 ? json_seconds(exchanges->leg) : NULL);
    json_add(object, "server_min_s", timed ? json_seconds(exchanges->wait_min) : NULL);
    json_add(object, "transfer_s", timed ? json_seconds(exchanges->transfer) : NULL);
    json_add(object, "client_think_s",
             timed ? mean(exchanges->think_sum, exchanges->thinks) : NULL);
}

struct json_object *json_exchanges(const struct exchanges *exchanges, bool details)
{
    if (!exchanges->known)
        return NULL;
    bool timed = exchanges->timed;
    struct json_object *object = json_object_new_object();
    json_add_number(object, "count", exchanges->count);
    json_add(object, "first_byte_s", json_duration(exchanges->first_byte));
    json_add(object, "server_mean_s",
             timed ? mean(exchanges->wait_sum, exchanges->count) : NULL);
    json_add(object, "server_max_s", timed ? json_seconds(exchanges->wait_max) : NULL);
    json_add(object, "slowest_answer",
             timed ? json_object_new_uint64(exchanges->slowest_answer) : NULL);
    if (details)
        fill_measured(object, exchanges);
    return object;
}
