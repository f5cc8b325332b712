/* json_limits: docs/schema.json describes the same. */
#include "render/json_limits.h"

#include "model/tcp_state.h"

/* A part of a whole, with four decimals. */
static void put_fraction(struct json_writer *w, const char *key, int64_t part, int64_t whole)
{
    if (whole <= 0) {
        json_put_null(w, key);
        return;
    }
    int64_t tenthousandths = (int64_t)((double)part * 10000 / (double)whole + 0.5);
    json_put_seconds(w, key, tenthousandths * 100000);
}

/* Bytes a second; null where it is not known. */
static void put_rate(struct json_writer *w, const char *key, double bytes)
{
    bool known = bytes > 0 && bytes < 1e18;
    json_put_number_if(w, key, known, known ? (uint64_t)(bytes + 0.5) : 0);
}

/* null where it is not known. */
static void put_seconds_if(struct json_writer *w, const char *key, bool known, int64_t ns)
{
    if (known)
        json_put_seconds(w, key, ns);
    else
        json_put_null(w, key);
}

static void put_shares(struct json_writer *w, const struct limits *limits)
{
    json_open_object(w, "shares");
    for (unsigned part = 0; part < SHARE_N; part++)
        if (part != SHARE_PEER)
            put_fraction(w, share_part_name((enum share_part)part), limits->parts[part],
                         limits->active);
    json_close_object(w);
}

static void put_ceilings(struct json_writer *w, const struct limits *limits)
{
    json_open_object(w, "ceilings");
    put_rate(w, "window", limits_ceiling(limits, CEILING_WINDOW));
    put_rate(w, "loss", limits_ceiling(limits, CEILING_LOSS));
    json_put_text(w, "nearest", limit_ceiling_name((enum limit_ceiling)limits->near));
    json_close_object(w);
}

/* The sums that the verdict rests on. */
static void put_sums(struct json_writer *w, const struct limits *limits)
{
    json_put_seconds(w, "peer_s", limits->parts[SHARE_PEER]);
    put_shares(w, limits);
    put_seconds_if(w, "longest_s", limits->longest > 0, limits->longest);
    put_rate(w, "goodput", limits_goodput(limits));
    put_ceilings(w, limits);
}

static void put_also(struct json_writer *w, const struct limits *limits)
{
    json_open_array(w, "also");
    for (unsigned other = LIMIT_NONE + 1; other < LIMIT_N; other++)
        if (limits->also & 1u << other)
            json_put_text(w, NULL, limit_cause_name((enum limit_cause)other));
    json_close_array(w);
}

void json_put_limits(struct json_writer *w, const char *key, const struct limits *limits,
                     bool details)
{
    if (!limits->known) {
        json_put_extra_null(w, key);
        return;
    }
    enum limit_cause cause = (enum limit_cause)limits->cause;
    json_open_object(w, key);
    json_put_text(w, "cause", limit_cause_name(cause));
    put_fraction(w, "share", limits_of_cause(limits, cause),
                 cause == LIMIT_NONE ? 0 : limits->active);
    put_also(w, limits);
    json_put_text(w, "certainty", certainty_name((enum certainty)limits->certainty));
    json_put_seconds(w, "active_s", limits->active);
    json_put_known(w, "longest_frame", limits->longest_frame);
    if (details)
        put_sums(w, limits);
    json_close_object(w);
}

static void put_mean(struct json_writer *w, const char *key, int64_t sum, uint32_t count)
{
    put_seconds_if(w, key, count > 0, count > 0 ? sum / count : 0);
}

/* How it was measured, and what it was not measured of. */
static void put_measured(struct json_writer *w, const struct exchanges *exchanges)
{
    bool timed = exchanges->timed;
    json_put_text(w, "certainty",
                  timed ? certainty_name((enum certainty)exchanges->certainty) : NULL);
    json_put_number_if(w, "slowest_request", timed, exchanges->slowest_request);
    json_put_number(w, "overlapped", exchanges->overlapped);
    json_put_number(w, "unclear", exchanges->unclear);
    put_seconds_if(w, "leg_s", exchanges->leg > 0, exchanges->leg);
    put_seconds_if(w, "server_min_s", timed, exchanges->wait_min);
    put_seconds_if(w, "transfer_s", timed, exchanges->transfer);
    put_mean(w, "client_think_s", exchanges->think_sum, timed ? exchanges->thinks : 0);
}

void json_put_exchanges(struct json_writer *w, const char *key,
                        const struct exchanges *exchanges, bool details)
{
    if (!exchanges->known) {
        json_put_extra_null(w, key);
        return;
    }
    bool timed = exchanges->timed;
    json_open_object(w, key);
    json_put_number(w, "count", exchanges->count);
    json_put_duration(w, "first_byte_s", exchanges->first_byte);
    put_mean(w, "server_mean_s", exchanges->wait_sum, timed ? exchanges->count : 0);
    put_seconds_if(w, "server_max_s", timed, exchanges->wait_max);
    json_put_number_if(w, "slowest_answer", timed, exchanges->slowest_answer);
    if (details)
        put_measured(w, exchanges);
    json_close_object(w);
}
