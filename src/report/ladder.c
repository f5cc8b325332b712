/*
 * ladder: rows and state changes, woven into one diagram. Rows come in capture order; a state
 * change goes to the row of the segment that caused it. Two segments that crossed on the way are
 * drawn as a pair: on the first row what the ends did by sending, on the second by receiving.
 */
#include "report/ladder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time_text.h"
#include "report/ladder_label.h"

/* A pause is told when it is longer than this and this many times the usual gap. */
#define PAUSE_MIN NS_PER_S
#define PAUSE_GAPS 20

/* The work in progress. */
struct loom {
    const struct connection_report *connection;
    struct ladder_cell *cells;
    size_t count;
    size_t size;
    bool *placed; /* of each event: shown already */
    int64_t usual_gap;
    struct label_memory memory;
};

static struct ladder_cell *loom_add(struct loom *loom, enum ladder_kind kind)
{
    if (loom->count == loom->size)
        return NULL; /* can't be: room was made for one cell per row, pause and event */
    struct ladder_cell *cell = &loom->cells[loom->count++];
    *cell = (struct ladder_cell){ .kind = kind };
    return cell;
}

static bool is_transition(const struct event *event)
{
    return event->kind == EVENT_TRANSITION && event->endpoint <= SERVER;
}

static struct ladder_state event_state(const struct event *event)
{
    return (struct ladder_state){
        .state = event->to, .certainty = event->certainty,
        .proof = event->certainty == CERTAINTY_PROVED ? event->evidence : 0,
    };
}

/* A state that was left by a timer: later than the segment it is dated to. */
static bool by_timer(const struct loom *loom, const struct event *event,
                     const struct journal_row *row)
{
    const struct connection_report *connection = loom->connection;
    return event->certainty >= CERTAINTY_INFERRED && event->from != STATE_NONE &&
           event->time > row->last_time &&
           event->time > event_arrival(connection->events, connection->event_count, event->frame,
                                       row->last_time);
}

/* What an end was in before the first segment: LISTEN, or open already. */
static bool is_beginning(const struct event *event, uint64_t first_frame)
{
    if (event->from != STATE_NONE)
        return false;
    if (event->to == STATE_LISTEN)
        return true; /* also when the SYN that showed it was a repeated one */
    return event->frame <= first_frame &&
           (event->to == STATE_CLOSED ||
            (event->to == STATE_ESTABLISHED && event->certainty >= CERTAINTY_INFERRED));
}

bool ladder_assumes_closed(const struct connection_report *connection, enum endpoint_id id)
{
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (is_transition(event) && event->endpoint == id && connection->rows.count > 0 &&
            is_beginning(event, connection->rows.list[0].frame))
            return false;
    }
    for (size_t i = 0; i < connection->rows.count; i++) {
        const struct journal_row *row = &connection->rows.list[i];
        if (row->from == id && !(row->marks & (ROW_FOLDED | ROW_NOTICE)))
            return (row->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    }
    return false;
}

static void loom_start(struct loom *loom)
{
    const struct connection_report *connection = loom->connection;
    uint64_t first = connection->rows.list[0].frame;
    struct ladder_state before[2] = { 0 };
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (is_transition(event) && is_beginning(event, first)) {
            before[event->endpoint] = event_state(event);
            loom->placed[i] = true;
        }
    }
    for (int id = CLIENT; id <= SERVER; id++)
        if (ladder_assumes_closed(connection, (enum endpoint_id)id))
            before[id] = (struct ladder_state){ .state = STATE_CLOSED,
                                                .certainty = CERTAINTY_ASSUMED };
    if (before[CLIENT].state == STATE_NONE && before[SERVER].state == STATE_NONE)
        return;
    struct ladder_cell *cell = loom_add(loom, LADDER_START);
    if (cell != NULL)
        memcpy(cell->margin, before, sizeof before);
}

/* Shows a state change on this cell or on a row of its own below it. */
static void loom_state(struct loom *loom, size_t from_cell, const struct event *event,
                       enum ladder_kind below)
{
    /* Never above a change of the same end that is shown already. */
    size_t at = from_cell;
    for (size_t i = from_cell; i < loom->count; i++)
        if (loom->cells[i].margin[event->endpoint].state != STATE_NONE)
            at = i + 1;
    if (at >= loom->count && loom_add(loom, below) == NULL)
        return;
    loom->cells[at].margin[event->endpoint] = event_state(event);
}

/* Changes by the frames of a row, on the cell `at` and below. */
static void loom_states(struct loom *loom, size_t at, const struct journal_row *row)
{
    const struct connection_report *connection = loom->connection;
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (loom->placed[i] || !is_transition(event) || event->frame < row->frame ||
            event->frame > row->last_frame || by_timer(loom, event, row))
            continue;
        loom->placed[i] = true;
        loom_state(loom, at, event, LADDER_STATE);
    }
}

/* Of the not yet shown changes of this end in two frames, the next one after `state`. */
static const struct event *pair_next(struct loom *loom, enum endpoint_id id,
                                     const struct journal_row *pair, int state)
{
    const struct connection_report *connection = loom->connection;
    size_t found = connection->event_count;
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (loom->placed[i] || !is_transition(event) || event->endpoint != id ||
            (event->frame != pair[0].frame && event->frame != pair[1].frame) ||
            by_timer(loom, event, &pair[1]))
            continue;
        bool own = pair[0].from == id ? event->frame == pair[0].frame
                                      : event->frame == pair[1].frame;
        if (state < 0 ? own : event->from == state) {
            found = i;
            break;
        }
        if (found == connection->event_count)
            found = i;
    }
    if (found == connection->event_count)
        return NULL;
    loom->placed[found] = true;
    return &connection->events[found];
}

/* The changes of two crossing segments, in the order in which each end went through them. */
static void loom_pair_states(struct loom *loom, size_t at, const struct journal_row *pair)
{
    for (int id = CLIENT; id <= SERVER; id++) {
        int state = -1;
        const struct event *event;
        while ((event = pair_next(loom, (enum endpoint_id)id, pair, state)) != NULL) {
            bool own = (pair[0].from == id) == (event->frame == pair[0].frame);
            loom_state(loom, own ? at : at + 1, event, LADDER_STATE);
            state = event->to;
        }
    }
}

static int frame_checks(const struct connection_report *connection, const struct journal_row *row)
{
    int result = 0;
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (event->kind != EVENT_CHECK || event->frame < row->frame ||
            event->frame > row->last_frame)
            continue;
        bool arithmetic = event->detail < CHECK_ARITHMETIC_N;
        if (event->result == CHECK_FAILS &&
            (arithmetic || event_severity(event) > SEVERITY_NOTE))
            return -1;
        if (event->result == CHECK_HOLDS && arithmetic)
            result = 1;
    }
    return result;
}

/* Two SYNs, or two FINs, of which neither sender had the other's. */
static bool rows_cross(const struct summary *summary, const struct journal_row *a,
                       const struct journal_row *b)
{
    unsigned unfit = ROW_FOLDED | ROW_NOTICE | MARK_COPY | MARK_DAMAGED | MARK_KEEP_ALIVE |
                     MARK_WINDOW_PROBE;
    if (a->from == b->from || (a->marks | b->marks) & unfit || (a->flags | b->flags) & TCP_RST)
        return false;
    /* In a split handshake the second SYN is the answer to the first. */
    if ((a->flags & b->flags) & TCP_SYN)
        return !((a->flags | b->flags) & TCP_ACK) && summary->handshake != HANDSHAKE_SPLIT;
    if (!((a->flags & b->flags) & TCP_FIN))
        return false;
    uint32_t a_fin = a->seq + a->length;
    uint32_t b_fin = b->seq + b->length;
    return (int32_t)(b->ack - a_fin) <= 0 && (int32_t)(a->ack - b_fin) <= 0;
}

static struct ladder_cell *loom_row(struct loom *loom, const struct journal_row *row)
{
    bool notice = row->marks & ROW_NOTICE;
    struct ladder_cell *cell = loom_add(loom, row->marks & ROW_FOLDED ? LADDER_FOLD
                                              : notice                ? LADDER_NOTICE
                                                                      : LADDER_SEGMENT);
    if (cell == NULL)
        return NULL;
    cell->row = row;
    if (notice) {
        snprintf(cell->label, sizeof cell->label, "ICMP %s", row_error(row)->brief);
        return cell;
    }
    const struct classified *segment =
        row->marks & ROW_FOLDED ? NULL
                                : segment_list_find(&loom->connection->segments, row->frame);
    enum segment_class class = segment != NULL ? (enum segment_class)segment->class : CLASS_NONE;
    cell->again = segment != NULL ? class_is_repeat(class) : (row->marks & MARK_REPEATED) != 0;
    cell->late = segment != NULL ? class == CLASS_REORDERED || class == CLASS_CAPTURE_REORDERED
                                 : (row->marks & MARK_LATE) != 0;
    cell->checks = frame_checks(loom->connection, row);
    ladder_label(cell->label, sizeof cell->label, row, loom->connection->summary, &loom->memory);
    return cell;
}

static void loom_pause(struct loom *loom, const struct journal_row *before,
                       const struct journal_row *row)
{
    int64_t gap = row->time - before->last_time;
    if (gap <= PAUSE_MIN || gap / PAUSE_GAPS <= loom->usual_gap)
        return;
    struct ladder_cell *cell = loom_add(loom, LADDER_PAUSE);
    if (cell != NULL)
        cell->pause = gap;
}

static int compare_gaps(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;
    return (*x > *y) - (*x < *y);
}

/* The median gap between rows. False when out of memory. */
static bool loom_usual_gap(struct loom *loom)
{
    const struct journal_rows *rows = &loom->connection->rows;
    size_t count = rows->count - 1;
    if (count == 0)
        return true;
    int64_t *gaps = malloc(count * sizeof *gaps);
    if (gaps == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        gaps[i] = rows->list[i + 1].time - rows->list[i].last_time;
    qsort(gaps, count, sizeof *gaps, compare_gaps);
    loom->usual_gap = gaps[count / 2];
    free(gaps);
    return true;
}

/* Changes of frames that have no row, and by timers that ran out before this row. */
static void loom_between(struct loom *loom, const struct journal_row *row)
{
    const struct connection_report *connection = loom->connection;
    size_t at = loom->count;
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (loom->placed[i] || !is_transition(event) || event->frame >= row->frame ||
            event->time > row->time)
            continue;
        loom->placed[i] = true;
        loom_state(loom, at, event, LADDER_STATE);
    }
}

static void loom_rows(struct loom *loom)
{
    const struct connection_report *connection = loom->connection;
    const struct journal_rows *rows = &connection->rows;
    for (size_t i = 0; i < rows->count; i++) {
        const struct journal_row *row = &rows->list[i];
        loom_between(loom, row);
        if (i > 0)
            loom_pause(loom, row - 1, row);
        size_t at = loom->count;
        struct ladder_cell *cell = loom_row(loom, row);
        if (cell != NULL && i + 1 < rows->count && rows_cross(connection->summary, row, row + 1)) {
            cell->crossing = 1;
            cell = loom_row(loom, row + 1);
            if (cell != NULL)
                cell->crossing = 2;
            loom_pair_states(loom, at, row);
            i++;
        } else {
            loom_states(loom, at, row);
        }
    }
}

/* What is left: changes by a timer, then those by the first segment of another connection. */
static void loom_end(struct loom *loom)
{
    const struct connection_report *connection = loom->connection;
    for (enum ladder_kind kind = LADDER_END; kind <= LADDER_REUSED; kind++) {
        size_t at = loom->count;
        for (size_t i = 0; i < connection->event_count; i++) {
            const struct event *event = &connection->events[i];
            bool reused = summary_frame_supersedes(connection->summary, event->frame);
            if (loom->placed[i] || !is_transition(event) || reused != (kind == LADDER_REUSED))
                continue;
            loom_state(loom, at, event, kind);
        }
    }
}

bool ladder_build(struct ladder *ret_ladder, const struct connection_report *connection)
{
    *ret_ladder = (struct ladder){ 0 };
    if (connection->rows.count == 0)
        return true;
    struct loom loom = { .connection = connection,
                         .memory = { .connection = connection } };
    loom.size = 2 * connection->rows.count + connection->event_count + 2;
    loom.cells = calloc(loom.size, sizeof *loom.cells);
    loom.placed = calloc(connection->event_count + 1, sizeof *loom.placed);
    bool done = loom.cells != NULL && loom.placed != NULL && loom_usual_gap(&loom);
    if (done) {
        loom_start(&loom);
        loom_rows(&loom);
        loom_end(&loom);
        *ret_ladder = (struct ladder){ .cells = loom.cells, .count = loom.count };
    } else {
        free(loom.cells);
    }
    free(loom.placed);
    return done;
}

void ladder_fit(struct ladder *ladder, const struct connection_report *connection, int width)
{
    struct label_memory memory = { .connection = connection };
    for (size_t i = 0; i < ladder->count; i++) {
        struct ladder_cell *cell = &ladder->cells[i];
        if (cell->kind != LADDER_SEGMENT && cell->kind != LADDER_FOLD)
            continue;
        /* Where arrows cross, and beside a state's name, there is no more room. */
        bool narrow = cell->crossing != 0 || width < LADDER_LABEL_WIDTH;
        memory.width = narrow ? LADDER_LABEL_WIDTH : width;
        ladder_label(cell->label, sizeof cell->label, cell->row, connection->summary, &memory);
    }
}

void ladder_done(struct ladder *ladder)
{
    free(ladder->cells);
    *ladder = (struct ladder){ 0 };
}
