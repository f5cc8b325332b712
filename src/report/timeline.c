/* timeline: what passed when, in cells that fold. */
#include "report/timeline.h"

#include <string.h>

#include "base/seq.h"
#include "model/classified.h"
#include "model/mark.h"

_Static_assert(TIMELINE_CELLS % 2 == 0, "cells fold in pairs");

/* ns; 0 for a clock that went back. Times may be anything. */
static int64_t since(int64_t first, int64_t time)
{
    uint64_t ns = (uint64_t)time - (uint64_t)first;
    return time <= first ? 0 : ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}

static struct timeline_cell cells_join(const struct timeline_cell *a,
                                       const struct timeline_cell *b)
{
    uint32_t segments = a->segments + b->segments;
    return (struct timeline_cell){ .bytes = a->bytes + b->bytes,
                                   .segments = segments < a->segments ? UINT32_MAX : segments,
                                   .flags = a->flags | b->flags };
}

/* Every two cells become one. */
static void timeline_fold(struct timeline *timeline)
{
    for (int id = CLIENT; id <= SERVER; id++) {
        struct timeline_cell *cells = timeline->ends[id].cells;
        for (unsigned i = 0; i < TIMELINE_CELLS / 2; i++)
            cells[i] = cells_join(&cells[2 * i], &cells[2 * i + 1]);
        memset(cells + TIMELINE_CELLS / 2, 0, TIMELINE_CELLS / 2 * sizeof *cells);
    }
    timeline->shift++;
}

/* Between the newest segment and the one that comes now nothing passed. */
static void note_silence(struct timeline *timeline, int64_t until)
{
    int64_t from = timeline->last >> timeline->shift, to = until >> timeline->shift;
    for (int id = CLIENT; id <= SERVER; id++) {
        struct timeline_end *end = &timeline->ends[id];
        bool waits = end->spoke && (!end->heard || seq_before(end->acked, end->next));
        /* Of a peer that was not captured nothing tells how long it took, but for the SYN. */
        waits &= timeline->ends[endpoint_peer((enum endpoint_id)id)].spoke || !end->opened;
        for (int64_t i = from; end->window_closed && i <= to; i++)
            end->cells[i].flags |= TIMELINE_CLOSED;
        for (int64_t i = from + 1; waits && i < to; i++)
            end->cells[i].flags |= TIMELINE_WAITS;
    }
}

/* Where this segment stands, ns after the first. */
static int64_t note_time(struct timeline *timeline, int64_t time)
{
    if (!timeline->started) {
        timeline->started = true;
        timeline->first = time;
    }
    int64_t at = since(timeline->first, time);
    while (at >> timeline->shift >= (int64_t)TIMELINE_CELLS)
        timeline_fold(timeline);
    if (at > timeline->last) {
        if (!timeline->reset)
            note_silence(timeline, at);
        timeline->last = at;
    }
    return at;
}

static uint32_t flags_of(const struct segment *s, unsigned marks)
{
    return ((s->flags & TCP_SYN) ? TIMELINE_SYN : 0u) | ((s->flags & TCP_FIN) ? TIMELINE_FIN : 0u) |
           ((s->flags & TCP_RST) ? TIMELINE_RST : 0u) |
           ((marks & MARK_KEEP_ALIVE) ? TIMELINE_KEEP_ALIVE : 0u) |
           ((marks & MARK_WINDOW_PROBE) ? TIMELINE_PROBE : 0u);
}

/* What it sent, and what it says of the other's. */
static void note_numbers(struct timeline *timeline, const struct segment *s,
                         enum endpoint_id from, uint32_t window)
{
    struct timeline_end *end = &timeline->ends[from], *peer = &timeline->ends[endpoint_peer(from)];
    uint32_t next = s->seq + segment_seq_len(s);

    if (!end->spoke || seq_before(end->next, next)) {
        end->next = next;
        end->spoke = true;
    }
    end->opened |= !(s->flags & TCP_SYN);
    if (!segment_has(s, TCP_ACK))
        return;
    if (!peer->heard || seq_before(peer->acked, s->ack))
        peer->acked = s->ack;
    peer->heard = true;
    end->window_closed = window == 0 && !(s->flags & (TCP_SYN | TCP_FIN));
}

void timeline_segment(struct timeline *timeline, const struct segment *s, enum endpoint_id from,
                      unsigned marks, uint32_t window)
{
    int64_t at = note_time(timeline, s->time);
    struct timeline_cell *cell = &timeline->ends[from].cells[at >> timeline->shift];
    bool probe = marks & (MARK_KEEP_ALIVE | MARK_WINDOW_PROBE);

    cell->segments += cell->segments < UINT32_MAX;
    if (marks & (MARK_DAMAGED | MARK_NOT_BELIEVED))
        return;
    cell->flags |= flags_of(s, marks);
    timeline->reset |= (s->flags & TCP_RST) != 0;
    if (probe || (s->flags & TCP_RST))
        return;
    cell->bytes += s->payload_len;
    note_numbers(timeline, s, from, window);
    if (timeline->ends[from].window_closed)
        cell->flags |= TIMELINE_CLOSED;
}

void timeline_swap(struct timeline *timeline)
{
    struct timeline_end client = timeline->ends[CLIENT];
    timeline->ends[CLIENT] = timeline->ends[SERVER];
    timeline->ends[SERVER] = client;
}

static void map_repeats(struct timeline_map *map, int64_t first, const struct summary *summary)
{
    const struct classified_chunk *chunk = summary->segments;
    for (; chunk != NULL; chunk = chunk->next) {
        for (uint32_t i = 0; i < chunk->count; i++) {
            const struct classified *row = &chunk->rows[i];
            if (!class_is_repeat((enum segment_class)row->class))
                continue;
            bool needless = row->class == CLASS_RTX_UNNEEDED || (row->tags & TAG(TAG_SPURIOUS));
            int64_t at = since(first, row->time) / map->width;
            if (at < (int64_t)map->count)
                map->cells[row->from][at].flags |= needless ? TIMELINE_NEEDLESS : TIMELINE_AGAIN;
        }
    }
}

void timeline_map(const struct timeline *timeline, const struct summary *summary, unsigned columns,
                  struct timeline_map *ret)
{
    memset(ret, 0, sizeof *ret);
    if (!timeline->started)
        return;
    unsigned kept = (unsigned)(timeline->last >> timeline->shift) + 1;
    unsigned most = columns < TIMELINE_COLUMNS ? columns : TIMELINE_COLUMNS;
    unsigned each = (kept + most - 1) / most;
    ret->width = (int64_t)each << timeline->shift;
    ret->last = timeline->last;
    ret->count = (kept + each - 1) / each;
    for (int id = CLIENT; id <= SERVER; id++) {
        for (unsigned i = 0; i < kept; i++) {
            struct timeline_cell *cell = &ret->cells[id][i / each];
            *cell = cells_join(cell, &timeline->ends[id].cells[i]);
        }
        for (unsigned i = 0; i < ret->count; i++)
            if (ret->cells[id][i].bytes > ret->most[id])
                ret->most[id] = ret->cells[id][i].bytes;
    }
    map_repeats(ret, timeline->first, summary);
}
