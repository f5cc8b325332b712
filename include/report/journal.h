/*
 * journal: the segments of the connections that will be drawn in full, one compact row each.
 *
 * Rows are kept only for chosen connections and are bounded: runs of plain data and ACKs are
 * folded into one row as they arrive, so a bulk transfer costs a few rows.
 * A journal owns its rows; rows handed out are borrowed until the journal changes.
 */
#ifndef REPORT_JOURNAL_H
#define REPORT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/mark.h"
#include "model/notice.h"
#include "model/segment.h"
#include "model/tcp_state.h"
#include "report/space.h"
#include "report/timeline.h"
#include "report/waits.h"

/* A mark of a row besides enum segment_mark: several plain segments, frames frame..last_frame. */
#define ROW_FOLDED (1u << 15)
/* An ICMP error, toward the end whose segment it quotes: seq is the quoted one's, nth says which
 * error it is (row_error()), and `from` is the end that it did not come to. */
#define ROW_NOTICE (1u << 14)

struct journal_row {
    uint64_t frame, last_frame; /* last_frame differs only with ROW_FOLDED */
    int64_t time, last_time;
    uint8_t from;               /* enum endpoint_id; for ROW_FOLDED of the first segment */
    uint16_t flags;
    uint16_t marks;             /* enum segment_mark, and ROW_FOLDED */
    uint32_t seq, ack;          /* as on the wire */
    uint32_t length;            /* payload bytes claimed; with ROW_FOLDED unused */
    uint32_t window;            /* scaled where the scale is known */
    uint32_t segments[2];       /* with ROW_FOLDED: segments from client, from server */
    uint64_t bytes[2];          /* with ROW_FOLDED: payload bytes from client, from server */
    uint32_t acks;              /* with ROW_FOLDED: segments without payload, of both */
    uint32_t nth;               /* with MARK_REPEATED on SYN, SYN-ACK, FIN: how often by now */
};

struct journal_rows {
    const struct journal_row *list;
    size_t count;
    uint64_t left_out; /* segments for which there was no room */
    /* Over all of its segments; NULL when none were kept: */
    const struct waits *waits;
    const struct space *space; /* this and the next: only where maps are kept */
    const struct timeline *timeline;
};

/* Whether a segment gets a row of its own. */
enum journal_news {
    NEWS_NONE,
    NEWS_NOTABLE,   /* it changed or proved a state, opened, closed, went wrong, or came again */
    NEWS_DUPLICATE, /* a duplicate ACK: the first of them count */
};

/* Which error a row with ROW_NOTICE is. */
const struct notice_kind *row_error(const struct journal_row *row);

struct journal;

/* max_connections: how many connections may have rows at once. NULL when out of memory. */
struct journal *journal_new(size_t max_connections);

/* Connections opened from now on have maps of their sequence space and time, about 13 kB each. */
void journal_keep_maps(struct journal *journal);

/* Whether another connection can have rows. */
bool journal_has_room(const struct journal *journal);

/*
 * Starts keeping rows for the connection with this id. False when it can't (too many
 * connections, or out of memory).
 */
bool journal_open(struct journal *journal, uint64_t id);

/*
 * Adds a segment. marks: enum segment_mark. One that is notable gets a row of its own. So do the
 * first payload of each direction, an ACK that opens a closed window, and the first ones that say
 * the same as their sender's ACK before.
 */
void journal_segment(struct journal *journal, uint64_t id, const struct segment *segment,
                     enum endpoint_id from, unsigned marks, uint32_t nth, uint32_t window,
                     enum journal_news news);

/* Adds an ICMP error about a segment of this end; it gets a row of its own. */
void journal_notice(struct journal *journal, uint64_t id, const struct notice *notice,
                    enum endpoint_id about);

/* Another input shows a segment of this end again, which the journal has as `frame`. */
void journal_view(struct journal *journal, uint64_t id, const struct segment *view,
                  enum endpoint_id from, uint64_t frame);

/* The rows of a connection; count 0 when it has none. */
struct journal_rows journal_rows(const struct journal *journal, uint64_t id);

/* Swaps client and server in rows kept so far (the roles were understood late). */
void journal_swap(struct journal *journal, uint64_t id);

void journal_close(struct journal *journal, uint64_t id);
void journal_free(struct journal *journal);

#endif
