/* space: bytes and holes in cells that fold. */
#include "report/space.h"

#include <string.h>

#include "base/seq.h"
#include "model/classified.h"
#include "model/mark.h"

/* Payload farther beyond what was seen than this and the peer's window is believed only when the
 * next segment agrees. */
#define JUMP_MAX (INT64_C(1) << 20)

_Static_assert(SPACE_CELLS % 2 == 0, "cells fold in pairs");

/* Every two cells become one. */
static void end_fold(struct space_end *end)
{
    for (unsigned i = 0; i < SPACE_CELLS / 2; i++) {
        end->bytes[i] = end->bytes[2 * i] + end->bytes[2 * i + 1];
        end->missing[i] = end->missing[2 * i] + end->missing[2 * i + 1];
        end->sacked[i] = end->sacked[2 * i] && end->sacked[2 * i + 1];
    }
    memset(end->bytes + SPACE_CELLS / 2, 0, sizeof end->bytes / 2);
    memset(end->missing + SPACE_CELLS / 2, 0, sizeof end->missing / 2);
    memset(end->sacked + SPACE_CELLS / 2, 0, sizeof end->sacked / 2);
    end->shift++;
}

/* Folds until an offset before `to` has a cell. */
static void end_reach(struct space_end *end, int64_t to)
{
    while (to > 0 && (to - 1) >> end->shift >= (int64_t)SPACE_CELLS)
        end_fold(end);
}

/* Adds to each cell what it holds of these offsets, which have cells. */
static void cells_add(uint64_t *cells, unsigned shift, int64_t from, int64_t to)
{
    while (from < to) {
        int64_t i = from >> shift;
        int64_t stop = (i + 1) << shift < to ? (i + 1) << shift : to;
        cells[i] += (uint64_t)(stop - from);
        from = stop;
    }
}

/* The gap at this place will not be filled any more. */
static void gap_settle(struct space_end *end, unsigned i)
{
    cells_add(end->missing, end->shift, end->gaps[i].from, end->gaps[i].to);
    end->gap_count--;
    memmove(&end->gaps[i], &end->gaps[i + 1], (end->gap_count - i) * sizeof end->gaps[0]);
}

/* Puts a gap at this place; the oldest one makes room. */
static void gap_insert(struct space_end *end, unsigned i, int64_t from, int64_t to)
{
    if (end->gap_count == SPACE_GAPS) {
        gap_settle(end, 0);
        i -= i > 0;
    }
    memmove(&end->gaps[i + 1], &end->gaps[i], (end->gap_count - i) * sizeof end->gaps[0]);
    end->gaps[i] = (struct space_gap){ .from = from, .to = to };
    end->gap_count++;
}

/* These bytes passed: they are no gap any more. Most often the newest gap is filled or none. */
static void gaps_fill(struct space_end *end, int64_t from, int64_t to)
{
    for (unsigned i = end->gap_count; i-- > 0;) {
        struct space_gap *gap = &end->gaps[i];
        if (gap->to <= from)
            return;
        if (gap->from >= to)
            continue;
        struct space_gap before = { .from = gap->from, .to = from };
        struct space_gap after = { .from = to, .to = gap->to };
        if (before.from < before.to && after.from < after.to) {
            *gap = after;
            gap_insert(end, i, before.from, before.to);
            return;
        }
        if (before.from < before.to) {
            *gap = before;
        } else if (after.from < after.to) {
            *gap = after;
        } else {
            end->gap_count--;
            memmove(gap, gap + 1, (end->gap_count - i) * sizeof *gap);
        }
    }
}

/* Whether the payload lies so far outside that it is not believed yet. */
static bool end_jumps(struct space_end *end, const struct space_end *peer, int64_t from)
{
    bool far = from > end->next + JUMP_MAX + (int64_t)peer->window_max && !end->jumped;
    end->jumped = far;
    return far;
}

/* Where a number lies, counted from the first byte: near the end of what was seen. */
static int64_t offset_of(const struct space_end *end, uint32_t number)
{
    return seq_unwrap(end->next, number - end->origin);
}

static void note_payload(struct space_end *end, const struct space_end *peer, uint32_t number,
                         uint32_t length)
{
    int64_t from = offset_of(end, number), to = from + length;
    if (to <= 0 || end_jumps(end, peer, from)) {
        end->outside += length;
        return;
    }
    if (from < 0) {
        end->outside += (uint64_t)-from;
        from = 0;
    }
    end_reach(end, to);
    cells_add(end->bytes, end->shift, from, to);
    if (from < end->next)
        gaps_fill(end, from, to);
    else if (from > end->next)
        gap_insert(end, end->gap_count, end->next, from);
    if (to > end->next)
        end->next = to;
}

/* A SACK block about what this end sent. What lies below an acknowledgement needs no care. */
static void note_sacked(struct space_end *end, uint32_t left, uint32_t right)
{
    int64_t from = offset_of(end, left), to = offset_of(end, right);
    if (from < 0 || to <= from || to > end->next)
        return;
    int64_t first = (from + (INT64_C(1) << end->shift) - 1) >> end->shift;
    for (int64_t i = first; i < to >> end->shift; i++)
        end->sacked[i] = true;
    if (to >= end->sacked_to) {
        end->sacked_from = from;
        end->sacked_to = to;
    }
}

/* The number of the first byte: from a SYN, from the answer to one, or as good as can be told. */
static void note_origin(struct space_end *end, uint32_t number, bool sure)
{
    bool empty = end->next == 0 && end->outside == 0;
    if (end->based && (!sure || !empty))
        return;
    end->origin = number;
    end->based = true;
}

void space_segment(struct space *space, const struct segment *s, enum endpoint_id from,
                   unsigned marks, uint32_t window)
{
    struct space_end *end = &space->ends[from], *peer = &space->ends[endpoint_peer(from)];
    bool syn = s->flags & TCP_SYN;

    /* Bytes on a RST are words about it (RFC 9293 §3.5.3), and its number may be anything. */
    if ((marks & (MARK_DAMAGED | MARK_NOT_BELIEVED | MARK_KEEP_ALIVE | MARK_WINDOW_PROBE)) ||
        (s->flags & TCP_RST))
        return;
    note_origin(end, s->seq + (syn ? 1u : 0u), syn);
    if (segment_has(s, TCP_ACK))
        note_origin(peer, s->ack, false);
    if (window > end->window_max)
        end->window_max = window;
    if (s->payload_len > 0)
        note_payload(end, peer, s->seq + (syn ? 1u : 0u), s->payload_len);
    for (unsigned i = 0; peer->based && (s->options & OPTION_SACK) && i < s->sack_count; i++)
        note_sacked(peer, s->sack[i].left, s->sack[i].right);
}

void space_swap(struct space *space)
{
    struct space_end client = space->ends[CLIENT];
    space->ends[CLIENT] = space->ends[SERVER];
    space->ends[SERVER] = client;
}

/* Where this end's bytes end: as far as seen, or as its peer acknowledged. */
static int64_t length_of(const struct space_end *end, const struct endpoint_summary *x)
{
    if (x->payload_bytes == 0)
        return end->next;
    /* One number of an end that was not captured may as well be its FIN (RFC 9293 §3.4). */
    if (x->segments == 0 && x->payload_bytes == 1)
        return end->next;
    uint32_t behind = x->isn + 1u + (uint32_t)x->payload_bytes;
    int64_t length = offset_of(end, behind);
    return length > end->next ? length : end->next;
}

/* From which offset on nothing is acknowledged. */
static int64_t acked_of(const struct summary *summary, enum endpoint_id id, int64_t length)
{
    const struct endpoint_summary *x = &summary->endpoints[id];
    if (summary->endpoints[endpoint_peer(id)].segments == 0)
        return 0;
    int64_t acked = length + (x->fin_sent ? 1 : 0) - (int64_t)x->unacknowledged;
    return acked < 0 ? 0 : acked < length ? acked : length;
}

/* What a repeat of these bytes was. */
static void map_repeat(struct space_map *map, const struct classified *row, int64_t from)
{
    enum space_again again = SPACE_AGAIN;
    if (row->class == CLASS_RTX_UNNEEDED || (row->tags & TAG(TAG_SPURIOUS)))
        again = SPACE_NEEDLESS;
    else if (row->tags & TAG(TAG_LOST_AGAIN))
        again = SPACE_OFTEN;
    uint64_t last = ((uint64_t)from + row->length - 1) / map->width;
    for (uint64_t i = (uint64_t)from / map->width; i <= last; i++)
        if (map->cells[i].again < again)
            map->cells[i].again = (uint8_t)again;
}

/* What was sent again, by the final classes of its segments. */
static void map_repeats(struct space_map *map, const struct space_end *end,
                        const struct summary *summary, enum endpoint_id id)
{
    int64_t at = 0; /* where the newest row lay, for numbers that wrap */
    const struct classified_chunk *chunk = summary->segments;
    for (; chunk != NULL; chunk = chunk->next) {
        for (uint32_t i = 0; i < chunk->count; i++) {
            const struct classified *row = &chunk->rows[i];
            bool repeat = class_is_repeat((enum segment_class)row->class);
            map->repeats += row->from == (unsigned)id && repeat;
            if (map->count == 0 || row->from != (unsigned)id || row->length == 0)
                continue;
            uint32_t number = row->seq + ((row->flags & TCP_SYN) ? 1u : 0u);
            int64_t from = seq_unwrap(at, number - end->origin);
            if (from < 0 || from + row->length > (int64_t)map->length)
                continue;
            at = from;
            if (repeat)
                map_repeat(map, row, from);
        }
    }
}

/* How one of the cells that are kept stands; nothing behind `acked` is acknowledged. */
static enum space_state state_of(const struct space_end *end, unsigned i, int64_t acked,
                                 int64_t length)
{
    int64_t from = (int64_t)i << end->shift, to = (int64_t)(i + 1) << end->shift;
    if (to > length)
        to = length;
    bool sacked = end->sacked[i] || (end->sacked_from <= from && end->sacked_to >= length);
    if (to > acked && end->bytes[i] > 0 && !sacked)
        return SPACE_OPEN;
    if (end->missing[i] > 0)
        return end->missing[i] < (uint64_t)(to - from) ? SPACE_PARTLY : SPACE_MISSING;
    return to > acked ? SPACE_SACKED : SPACE_ACKED;
}

/* As many of the cells that are kept as it takes make one of the map. */
static void map_fill(struct space_map *map, const struct space_end *end, int64_t acked,
                     unsigned columns)
{
    int64_t length = (int64_t)map->length;
    unsigned kept = (unsigned)((length - 1) >> end->shift) + 1;
    unsigned each = (kept + columns - 1) / columns;
    map->width = (uint64_t)each << end->shift;
    map->count = (kept + each - 1) / each;
    for (unsigned i = 0; i < kept; i++) {
        struct space_cell *cell = &map->cells[i / each];
        enum space_state state = state_of(end, i, acked, length);
        cell->bytes += end->bytes[i];
        cell->missing += end->missing[i];
        map->missing += end->missing[i];
        if (cell->state < state)
            cell->state = (uint8_t)state;
        if (cell->state == SPACE_MISSING && cell->bytes > 0)
            cell->state = SPACE_PARTLY;
    }
}

/* The cells, with what is known at the end. */
static void map_cells(struct space_map *map, struct space_end *end, const struct summary *summary,
                      enum endpoint_id id, unsigned columns)
{
    int64_t length = end->based ? length_of(end, &summary->endpoints[id]) : 0;
    if (length <= 0)
        return;
    end_reach(end, length);
    if (length > end->next)
        gap_insert(end, end->gap_count, end->next, length);
    while (end->gap_count > 0)
        gap_settle(end, end->gap_count - 1);
    map->length = (uint64_t)length;
    int64_t acked = acked_of(summary, id, length);
    map->open = (uint64_t)(length - acked);
    map_fill(map, end, acked, columns < SPACE_COLUMNS ? columns : SPACE_COLUMNS);
}

void space_map(const struct space *space, const struct summary *summary, enum endpoint_id id,
               unsigned columns, struct space_map *ret)
{
    struct space_end end = space->ends[id];
    memset(ret, 0, sizeof *ret);
    ret->outside = end.outside;
    map_cells(ret, &end, summary, id, columns);
    map_repeats(ret, &end, summary, id);
}
