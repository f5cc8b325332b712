/* narrate_metrics: what was measured of the data of a connection, in a sentence each. */
#include <inttypes.h>

#include "base/time_text.h"
#include "report/ladder_label.h"
#include "report/measured.h"
#include "report/narrate.h"

#define BYTES_SIZE 32
/* What was over sooner has no rate that means anything. */
#define RATE_LEAST (10 * NS_PER_MS)

/* "client to server ", behind what was said of the other direction. */
static void add_direction(struct strbuf *out, enum endpoint_id sender)
{
    if (out->length > 0)
        strbuf_add(out, "; ");
    strbuf_printf(out, "%s to %s ", endpoint_name(sender), endpoint_name(endpoint_peer(sender)));
}

/* "4.1 MB/s (fastest 6.3 MB/s), 3.1 % repeats, at most 325.8 kB on the way". */
static void add_rate(struct strbuf *out, const struct measured *measured)
{
    const struct metrics *metrics = measured->metrics;
    char bytes[BYTES_SIZE];
    strbuf_printf(out, "%s/s", ladder_bytes(measured->goodput, bytes, sizeof bytes));
    if (measured->peak > measured->goodput)
        strbuf_printf(out, " (fastest %s/s)", ladder_bytes(measured->peak, bytes, sizeof bytes));
    if (measured_again_text(metrics, bytes, sizeof bytes)[0] != '\0')
        strbuf_printf(out, ", %s of it sent again", bytes);
    if (metrics->flight_max > 0)
        strbuf_printf(out, ", at most %s on the way",
                      ladder_bytes(metrics->flight_max, bytes, sizeof bytes));
}

void narrate_rate(struct strbuf *out, const struct connection_report *connection)
{
    for (int id = CLIENT; id <= SERVER; id++) {
        struct measured measured;
        if (!measured_read(connection, (enum endpoint_id)id, &measured) ||
            measured.goodput == 0 || measured.metrics->transfer < RATE_LEAST)
            continue;
        add_direction(out, (enum endpoint_id)id);
        add_rate(out, &measured);
    }
}

/* "from the capture to the server and back 20.5 ms to 71.6 ms (95 of 100 at most 71.3 ms); whole
 * round trip 20.5 ms at the shortest". */
static void add_delay(struct strbuf *out, const struct measured *measured, enum endpoint_id sender)
{
    const struct metrics *metrics = measured->metrics;
    char least[TIME_TEXT_SIZE], most[TIME_TEXT_SIZE], usual[TIME_TEXT_SIZE];
    strbuf_printf(out, "%scapture to %s and back %s to %s", out->length > 0 ? "; " : "",
                  endpoint_name(endpoint_peer(sender)), time_duration(metrics->leg.min, least),
                  time_duration(metrics->leg.max, most));
    if (metrics->leg_p95 < metrics->leg.max)
        strbuf_printf(out, ", 95 of 100 within %s", time_duration(metrics->leg_p95, usual));
    if (measured->trip_min != UNKNOWN_NS)
        strbuf_printf(out, "; whole round trip %s at the shortest",
                      time_duration(measured->trip_min, least));
}

void narrate_delay_measured(struct strbuf *out, const struct connection_report *connection)
{
    for (int id = CLIENT; id <= SERVER; id++) {
        struct measured measured;
        if (measured_read(connection, (enum endpoint_id)id, &measured) &&
            measured.metrics->leg.samples > 0)
            add_delay(out, &measured, (enum endpoint_id)id);
    }
}
