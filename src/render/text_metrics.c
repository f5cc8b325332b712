/* text_metrics: with -v, all that was measured of the data that both ends sent, in two columns. */
#include <inttypes.h>
#include <stdio.h>

#include "base/time_text.h"
#include "render/text.h"
#include "report/ladder_label.h"
#include "report/measured.h"

#define LABEL_WIDTH 34
#define COLUMN_WIDTH 21
#define CELL_SIZE 64

/* Writes what a direction has of a row; nothing where it is not known. */
typedef void cell_tell(char cell[CELL_SIZE], const struct measured *measured);

static void tell_time(char cell[CELL_SIZE], int64_t ns)
{
    char text[TIME_TEXT_SIZE];
    if (ns != UNKNOWN_NS)
        snprintf(cell, CELL_SIZE, "%s", time_duration(ns, text));
}

static void tell_leg_time(char cell[CELL_SIZE], const struct measured *m, int64_t ns)
{
    tell_time(cell, m->metrics->leg.samples > 0 ? ns : UNKNOWN_NS);
}

static void tell_number(char cell[CELL_SIZE], uint64_t number)
{
    style_count(number, cell, CELL_SIZE);
}

static void tell_bytes(char cell[CELL_SIZE], uint64_t bytes, const char *per)
{
    char text[CELL_SIZE / 2];
    if (bytes > 0)
        snprintf(cell, CELL_SIZE, "%s%s", ladder_bytes(bytes, text, sizeof text), per);
}

static void leg_samples(char cell[CELL_SIZE], const struct measured *m)
{
    tell_number(cell, m->metrics->leg.samples);
}

static void leg_min(char cell[CELL_SIZE], const struct measured *m)
{
    tell_leg_time(cell, m, m->metrics->leg.min);
}

static void leg_mean(char cell[CELL_SIZE], const struct measured *m)
{
    tell_leg_time(cell, m, m->metrics->leg.mean);
}

static void leg_smoothed(char cell[CELL_SIZE], const struct measured *m)
{
    tell_leg_time(cell, m, m->metrics->leg.smoothed);
}

static void leg_variation(char cell[CELL_SIZE], const struct measured *m)
{
    tell_leg_time(cell, m, m->metrics->leg.variation);
}

static void leg_p95(char cell[CELL_SIZE], const struct measured *m)
{
    tell_leg_time(cell, m, m->metrics->leg_p95);
}

static void leg_max(char cell[CELL_SIZE], const struct measured *m)
{
    tell_leg_time(cell, m, m->metrics->leg.max);
}

static void stamps_min(char cell[CELL_SIZE], const struct measured *m)
{
    tell_time(cell, m->metrics->stamps.samples > 0 ? m->metrics->stamps.min : UNKNOWN_NS);
}

static void trip_min(char cell[CELL_SIZE], const struct measured *m)
{
    tell_time(cell, m->trip_min);
}

static void trip_smoothed(char cell[CELL_SIZE], const struct measured *m)
{
    tell_time(cell, m->trip_smoothed);
}

static void timeout(char cell[CELL_SIZE], const struct measured *m)
{
    tell_time(cell, m->metrics->timeout);
}

static void goodput(char cell[CELL_SIZE], const struct measured *m)
{
    tell_bytes(cell, m->goodput, "/s");
}

static void throughput(char cell[CELL_SIZE], const struct measured *m)
{
    tell_bytes(cell, m->throughput, "/s");
}

static void peak(char cell[CELL_SIZE], const struct measured *m)
{
    tell_bytes(cell, m->peak, "/s");
}

static void acknowledged(char cell[CELL_SIZE], const struct measured *m)
{
    tell_number(cell, m->metrics->acknowledged_bytes);
}

static void transfer(char cell[CELL_SIZE], const struct measured *m)
{
    tell_time(cell, m->metrics->transfer);
}

static void flight_max(char cell[CELL_SIZE], const struct measured *m)
{
    tell_bytes(cell, m->metrics->flight_max, "");
}

static void flight_mean(char cell[CELL_SIZE], const struct measured *m)
{
    tell_bytes(cell, m->metrics->flight_mean, "");
}

static void product(char cell[CELL_SIZE], const struct measured *m)
{
    tell_bytes(cell, m->product, "");
}

static void initial(char cell[CELL_SIZE], const struct measured *m)
{
    const struct metrics *metrics = m->metrics;
    if (metrics->initial_known)
        snprintf(cell, CELL_SIZE, "%s%" PRIu32 " segment%s",
                 metrics->initial_at_least ? "at least " : "", metrics->initial_segments,
                 metrics->initial_segments == 1 ? "" : "s");
}

static void repeats(char cell[CELL_SIZE], const struct measured *m)
{
    char share[CELL_SIZE / 2];
    if (measured_again_text(m->metrics, share, sizeof share)[0] != '\0')
        snprintf(cell, CELL_SIZE, "%" PRIu32 ", %s of bytes", m->repeated, share);
    else
        tell_number(cell, m->repeated);
}

static void needless(char cell[CELL_SIZE], const struct measured *m)
{
    if (m->repeated > 0)
        tell_number(cell, m->needless);
}

static void timeouts(char cell[CELL_SIZE], const struct measured *m)
{
    if (m->repeated > 0)
        tell_number(cell, m->metrics->repeats[CLASS_RTX_RTO - CLASS_RTX_SYN]);
}

static void segments_each(char cell[CELL_SIZE], const struct measured *m)
{
    const struct metrics *metrics = m->metrics;
    if (metrics->acks > 0)
        snprintf(cell, CELL_SIZE, "%.1f",
                 (double)metrics->data_segments / (double)metrics->acks);
}

static void delays(char cell[CELL_SIZE], const struct measured *m)
{
    const uint32_t *late = m->metrics->acks_late;
    if (m->delays_told)
        snprintf(cell, CELL_SIZE, "%" PRIu32 ", %" PRIu32 ", %" PRIu32, late[ACK_DELAY_40],
                 late[ACK_DELAY_100], late[ACK_DELAY_200]);
}

static void stall(char cell[CELL_SIZE], const struct measured *m)
{
    tell_time(cell, m->metrics->stall.duration);
}

static void stall_frames(char cell[CELL_SIZE], const struct measured *m)
{
    const struct stall *stall = &m->metrics->stall;
    if (stall->duration == UNKNOWN_NS || stall->first_frame == 0)
        return;
    if (stall->last_frame != 0)
        snprintf(cell, CELL_SIZE, "%" PRIu64 " to %" PRIu64, stall->first_frame,
                 stall->last_frame);
    else
        snprintf(cell, CELL_SIZE, "%" PRIu64 " to the end", stall->first_frame);
}

static const struct {
    const char *label;
    cell_tell *tell;
} rows[] = {
    { "capture to receiver and back", leg_min },
    { "  mean", leg_mean },
    { "  smoothed (SRTT)", leg_smoothed },
    { "  varies by (RTTVAR)", leg_variation },
    { "  95 of 100 within", leg_p95 },
    { "  longest", leg_max },
    { "  shortest by timestamps", stamps_min },
    { "  samples", leg_samples },
    { "whole round trip, shortest", trip_min },
    { "  smoothed", trip_smoothed },
    { "  sender's timeout, estimated", timeout },
    { "acknowledged bytes a second", goodput },
    { "  with repeats", throughput },
    { "  fastest tenth of a second", peak },
    { "  bytes acknowledged", acknowledged },
    { "  within", transfer },
    { "on the way, at most", flight_max },
    { "  mean, when sending", flight_mean },
    { "  rate times round trip", product },
    { "initial window", initial },
    { "segments sent again", repeats },
    { "  of these needless", needless },
    { "  by timeout", timeouts },
    { "data segments for each ACK", segments_each },
    { "ACKs 40, 100, 200 ms late", delays },
    { "longest wait for an ACK", stall },
    { "  frames", stall_frames },
};

static void add_row(struct strbuf *out, const struct style *style, const char *label,
                    char cells[2][CELL_SIZE], enum tint tint)
{
    if (cells[CLIENT][0] == '\0' && cells[SERVER][0] == '\0')
        return;
    strbuf_add(out, "  ");
    style_cell(out, style, TINT_PLAIN, label, LABEL_WIDTH);
    style_cell(out, style, tint, cells[CLIENT], -COLUMN_WIDTH);
    if (cells[SERVER][0] != '\0')
        style_cell(out, style, tint, cells[SERVER], -COLUMN_WIDTH);
    strbuf_add_char(out, '\n');
}

void text_metrics(struct strbuf *out, const struct style *style,
                  const struct connection_report *connection)
{
    struct measured measured[2];
    char cells[2][CELL_SIZE] = { "", "" };
    bool known[2];
    for (int id = CLIENT; id <= SERVER; id++) {
        known[id] = measured_read(connection, (enum endpoint_id)id, &measured[id]);
        if (known[id])
            snprintf(cells[id], CELL_SIZE, "data to the %s",
                     endpoint_name(endpoint_peer((enum endpoint_id)id)));
    }
    if (!known[CLIENT] && !known[SERVER])
        return;
    strbuf_add_char(out, '\n');
    style_add(out, style, TINT_TITLE, "Measured");
    strbuf_add_char(out, '\n');
    add_row(out, style, "", cells, TINT_DIM);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cells[CLIENT][0] = cells[SERVER][0] = '\0';
        for (int id = CLIENT; id <= SERVER; id++)
            if (known[id])
                rows[i].tell(cells[id], &measured[id]);
        add_row(out, style, rows[i].label, cells, TINT_PLAIN);
    }
}
