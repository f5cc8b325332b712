/*
 * journal: bounded rows per connection. Nothing is dropped silently: what does not fit is folded
 * into one row in the middle, because the beginning and the end of a connection tell most.
 */
#include "report/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/time_text.h"

#define ROWS_FIRST 16 /* room at first; doubled as needed */
#define ROWS_MAX 256  /* rows of one connection */
#define ROWS_HEAD 112 /* rows of the beginning that are never folded for lack of room */
#define ROWS_SQUEEZED 48 /* rows folded into one each time the room is used up */

/* Segments further apart are not folded into one row: the pause would not be seen. */
#define FOLD_GAP NS_PER_S

/* Where its bytes lie in sequence space and in time. */
struct maps {
    struct space space;
    struct timeline timeline;
};

/* Of ACKs that say the same so many have rows: with the third their receiver sends again (RFC 5681
 * §3.2). */
#define SAME_ACKS_SHOWN 3

/* The rows of one connection. */
struct diary {
    uint64_t id; /* 0: free */
    struct journal_row *rows;
    size_t count;
    size_t size;
    uint64_t left_out;
    struct waits waits;
    struct maps *maps; /* NULL: none are kept */
    bool payload_seen[2];
    bool ack_seen[2];
    uint32_t ack[2], window[2]; /* of this end's last acknowledgement */
    uint32_t same[2];           /* how often it was said again */
    bool plain_last; /* the last row may take up another plain segment */
    bool splittable; /* it took one up: */
    struct journal_row before, taken; /* it without that, and that by itself */
};

struct journal {
    size_t max;
    bool mapped; /* connections have maps */
    struct diary *diaries;
};

struct journal *journal_new(size_t max_connections)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL)
        return NULL;
    journal->max = max_connections;
    journal->diaries = calloc(max_connections ? max_connections : 1, sizeof *journal->diaries);
    if (journal->diaries == NULL) {
        free(journal);
        return NULL;
    }
    return journal;
}

void journal_keep_maps(struct journal *journal)
{
    journal->mapped = true;
}

static struct diary *diary_find(const struct journal *journal, uint64_t id)
{
    if (id == 0)
        return NULL;
    for (size_t i = 0; i < journal->max; i++)
        if (journal->diaries[i].id == id)
            return &journal->diaries[i];
    return NULL;
}

bool journal_has_room(const struct journal *journal)
{
    for (size_t i = 0; i < journal->max; i++)
        if (journal->diaries[i].id == 0)
            return true;
    return false;
}

bool journal_open(struct journal *journal, uint64_t id)
{
    if (id == 0)
        return false;
    if (diary_find(journal, id) != NULL)
        return true;
    for (size_t i = 0; i < journal->max; i++) {
        struct diary *diary = &journal->diaries[i];
        if (diary->id != 0)
            continue;
        struct journal_row *rows = malloc(ROWS_FIRST * sizeof *rows);
        if (rows == NULL)
            return false;
        *diary = (struct diary){ .id = id, .rows = rows, .size = ROWS_FIRST };
        diary->maps = journal->mapped ? calloc(1, sizeof *diary->maps) : NULL;
        return true;
    }
    return false;
}

/* Makes `into` a folded row that counts its own segment. */
static void row_fold(struct journal_row *into)
{
    if (into->marks & ROW_FOLDED)
        return;
    bool segment = !(into->marks & ROW_NOTICE);
    into->marks = ROW_FOLDED;
    into->segments[into->from] = segment;
    into->bytes[into->from] = into->length;
    into->acks = segment && into->length == 0;
    into->flags &= TCP_ACK;
    into->length = 0;
    into->nth = 0;
}

/* Adds what `row` counts to the folded row before it. */
static void row_take_up(struct journal_row *into, const struct journal_row *row)
{
    struct journal_row folded = *row;
    row_fold(&folded);
    for (int end = 0; end < 2; end++) {
        into->segments[end] += folded.segments[end];
        into->bytes[end] += folded.bytes[end];
    }
    into->acks += folded.acks;
    into->last_frame = folded.last_frame;
    into->last_time = folded.last_time;
    into->window = folded.window;
}

/* Folds rows after the head into one, so that the end of the connection has room. */
static void diary_squeeze(struct diary *diary)
{
    struct journal_row *into = &diary->rows[ROWS_HEAD];
    if (!(into->marks & ROW_FOLDED))
        diary->left_out++;
    row_fold(into);
    for (size_t i = 1; i < ROWS_SQUEEZED; i++) {
        if (!(into[i].marks & ROW_FOLDED))
            diary->left_out++;
        row_take_up(into, &into[i]);
    }
    size_t rest = diary->count - ROWS_HEAD - ROWS_SQUEEZED;
    memmove(into + 1, into + ROWS_SQUEEZED, rest * sizeof *into);
    diary->count -= ROWS_SQUEEZED - 1;
}

/* False when there is no memory for another row. */
static bool diary_reserve(struct diary *diary)
{
    if (diary->count < diary->size)
        return true;
    if (diary->size == ROWS_MAX) {
        diary_squeeze(diary);
        return true;
    }
    struct journal_row *rows = realloc(diary->rows, 2 * diary->size * sizeof *rows);
    if (rows == NULL)
        return false;
    diary->rows = rows;
    diary->size *= 2;
    return true;
}

/* Whether an end opens a window that it had closed. */
static bool diary_reopens(const struct diary *diary, const struct journal_row *row)
{
    return (row->flags & TCP_ACK) && diary->ack_seen[row->from] &&
           diary->window[row->from] == 0 && row->window > 0;
}

/* Whether a bare ACK is one of the first that only say again what their sender said before;
 * remembers what it says. */
static bool diary_same_ack(struct diary *diary, const struct journal_row *row,
                           enum journal_news news)
{
    if (!(row->flags & TCP_ACK))
        return false;
    unsigned from = row->from;
    bool repeats = diary->ack_seen[from] && diary->ack[from] == row->ack;
    bool same = repeats && row->length == 0 &&
                (diary->window[from] == row->window || news == NEWS_DUPLICATE);
    diary->same[from] = same ? diary->same[from] + 1 : repeats ? diary->same[from] : 0;
    diary->ack_seen[from] = true;
    diary->ack[from] = row->ack;
    diary->window[from] = row->window;
    return same && diary->same[from] <= SAME_ACKS_SHOWN;
}

/* What a RST answers gets a row of its own: a RST without ACK answers what came before it
 * (RFC 9293 §3.10.7.1). */
static void diary_split(struct diary *diary, const struct journal_row *reset)
{
    bool answers = (reset->flags & (TCP_RST | TCP_ACK)) == TCP_RST;
    if (!answers || !diary->splittable || diary->taken.from == reset->from ||
        !diary_reserve(diary))
        return;
    diary->rows[diary->count - 1] = diary->before;
    diary->rows[diary->count++] = diary->taken;
}

void journal_segment(struct journal *journal, uint64_t id, const struct segment *segment,
                     enum endpoint_id from, unsigned marks, uint32_t nth, uint32_t window,
                     enum journal_news news)
{
    struct diary *diary = diary_find(journal, id);
    if (diary == NULL)
        return;
    waits_segment(&diary->waits, segment, from, marks, window);
    if (diary->maps != NULL) {
        space_segment(&diary->maps->space, segment, from, marks, window);
        timeline_segment(&diary->maps->timeline, segment, from, marks, window);
    }
    if (segment->facts & FACT_FRAGMENT_FIRST)
        marks |= MARK_FRAGMENT;
    struct journal_row row = {
        .frame = segment->frame, .last_frame = segment->frame,
        .time = segment->time, .last_time = segment->time,
        .from = (uint8_t)from, .flags = segment->flags,
        .marks = (uint16_t)(marks & ~(ROW_FOLDED | ROW_NOTICE)),
        .seq = segment->seq, .ack = segment->ack, .length = segment->payload_len,
        .window = window, .nth = nth,
    };
    bool first_payload = row.length > 0 && !diary->payload_seen[from];
    if (row.length > 0)
        diary->payload_seen[from] = true;
    bool notable = news == NEWS_NOTABLE || diary_reopens(diary, &row);
    bool same_ack = diary_same_ack(diary, &row, news);
    bool plain = !notable && !first_payload && !same_ack && row.marks == 0 &&
                 !(row.flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_URG));
    struct journal_row *last = diary->count > 0 ? &diary->rows[diary->count - 1] : NULL;
    if (plain && diary->plain_last && row.time - last->last_time <= FOLD_GAP) {
        diary->before = *last;
        diary->taken = row;
        diary->splittable = true;
        row_fold(last);
        row_take_up(last, &row);
        return;
    }
    diary_split(diary, &row);
    diary->splittable = false;
    if (!diary_reserve(diary)) {
        diary->left_out++;
        return;
    }
    diary->rows[diary->count++] = row;
    diary->plain_last = plain;
}

void journal_notice(struct journal *journal, uint64_t id, const struct notice *notice,
                    enum endpoint_id about)
{
    struct diary *diary = diary_find(journal, id);
    if (diary == NULL || !diary_reserve(diary)) {
        if (diary != NULL)
            diary->left_out++;
        return;
    }
    diary->rows[diary->count++] = (struct journal_row){
        .frame = notice->frame, .last_frame = notice->frame,
        .time = notice->time, .last_time = notice->time,
        .from = (uint8_t)endpoint_peer(about), .marks = ROW_NOTICE, .seq = notice->seq,
        .nth = (uint32_t)notice->ip_version << 16 | (uint32_t)notice->type << 8 | notice->code,
    };
    diary->plain_last = false;
}

const struct notice_kind *row_error(const struct journal_row *row)
{
    return notice_kind((uint8_t)(row->nth >> 16), (uint8_t)(row->nth >> 8), (uint8_t)row->nth);
}

void journal_view(struct journal *journal, uint64_t id, const struct segment *view,
                  enum endpoint_id from, uint64_t frame)
{
    struct diary *diary = diary_find(journal, id);
    if (diary != NULL)
        waits_view(&diary->waits, view, from, frame);
}

struct journal_rows journal_rows(const struct journal *journal, uint64_t id)
{
    const struct diary *diary = diary_find(journal, id);
    if (diary == NULL)
        return (struct journal_rows){ 0 };
    return (struct journal_rows){
        .list = diary->rows, .count = diary->count, .left_out = diary->left_out,
        .waits = &diary->waits,
        .space = diary->maps != NULL ? &diary->maps->space : NULL,
        .timeline = diary->maps != NULL ? &diary->maps->timeline : NULL,
    };
}

void journal_swap(struct journal *journal, uint64_t id)
{
    struct diary *diary = diary_find(journal, id);
    if (diary == NULL)
        return;
    for (size_t i = 0; i < diary->count; i++) {
        struct journal_row *row = &diary->rows[i];
        row->from = row->from == CLIENT ? SERVER : CLIENT;
        uint32_t segments = row->segments[CLIENT];
        row->segments[CLIENT] = row->segments[SERVER];
        row->segments[SERVER] = segments;
        uint64_t bytes = row->bytes[CLIENT];
        row->bytes[CLIENT] = row->bytes[SERVER];
        row->bytes[SERVER] = bytes;
    }
    diary->splittable = false;
    waits_swap(&diary->waits);
    if (diary->maps != NULL) {
        space_swap(&diary->maps->space);
        timeline_swap(&diary->maps->timeline);
    }
    bool seen = diary->payload_seen[CLIENT];
    diary->payload_seen[CLIENT] = diary->payload_seen[SERVER];
    diary->payload_seen[SERVER] = seen;
    diary->ack_seen[CLIENT] = diary->ack_seen[SERVER] = false; /* told once more at most */
}

void journal_close(struct journal *journal, uint64_t id)
{
    struct diary *diary = diary_find(journal, id);
    if (diary == NULL)
        return;
    free(diary->rows);
    free(diary->maps);
    *diary = (struct diary){ 0 };
}

void journal_free(struct journal *journal)
{
    if (journal == NULL)
        return;
    for (size_t i = 0; i < journal->max; i++) {
        free(journal->diaries[i].rows);
        free(journal->diaries[i].maps);
    }
    free(journal->diaries);
    free(journal);
}
