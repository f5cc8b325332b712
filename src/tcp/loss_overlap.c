/*
 * loss_overlap: bytes that come again under the same numbers and are other bytes (§4.11). A host
 * never changes what it has sent (RFC 9293 §3.4: a number names a byte), so somebody else did, or
 * wants a monitor to see what the receiver does not get.
 *
 * What may be compared is kept by tcp/kept_bytes: payload that was recorded whole, while it is
 * little that is outstanding. Of a transfer that keeps more on its way nothing is kept until bytes
 * of it are missing or come again.
 */
#include "tcp/loss_part.h"

#include "base/seq.h"
#include "model/overlap.h"
#include "tcp/kept_bytes.h"
#include "tcp/sequence.h"

/* More is on its way only in the middle of a large transfer. */
#define OUTSTANDING_KEPT (INT64_C(64) << 10)
/* So many of an end are noted one by one; later ones are counted. */
#define OVERLAPS_NOTED 8

/* One direction of a connection, whatever its ends are called. */
static uint64_t stream_of(const struct connection *c, enum endpoint_id end)
{
    bool swapped = c->flags & CONN_SWAPPED;
    return (uint64_t)c->first_frame << 1 | ((end == SERVER) != swapped);
}

/* All of its payload is at hand. */
static bool is_whole(const struct segment *s, const struct cursor *payload)
{
    return s->payload_len > 0 && cursor_left(payload) == s->payload_len && !(s->flags & TCP_RST);
}

/* Whether its bytes are worth keeping. */
static bool is_kept(const struct step *step, const struct loss_book *book)
{
    const struct endpoint *x = step->x;
    if (step->end - x->snd_una <= OUTSTANDING_KEPT || (x->flags & END_GAP))
        return true;
    return book != NULL && book->repeats[step->x_id] > 0;
}

/* The number of its first byte of payload. */
static int64_t payload_at(const struct step *step)
{
    return step->seq + ((step->s->flags & TCP_SYN) ? 1 : 0);
}

void loss_keep_bytes(struct step *step, const struct loss_book *book)
{
    struct kept_bytes *kept = history_losses(step->pool)->kept;
    if (kept != NULL && is_whole(step->s, &step->payload) && is_kept(step, book))
        kept_bytes_put(kept, stream_of(step->c, step->x_id), payload_at(step), step->payload,
                       step->s->frame);
}

/* The segment that brought a byte first: its ends, as far as ranges tell. What was parted since has
 * the same frame and time. */
static struct range sent_first(const struct loss_case *k, int64_t number)
{
    const struct flights *flights = &k->losses->flights;
    const struct flight *flight = &k->x->flight;
    unsigned i = flight_find(flights, flight, number);
    struct range found = { .seq = number, .end = number + 1 };

    if (i >= flight->count || flight_at(flights, flight, i)->seq > number)
        return found;
    found = *flight_at(flights, flight, i);
    for (unsigned j = i; j-- > 0;) {
        const struct range *r = flight_at(flights, flight, j);
        if (r->frame != found.frame || r->first != found.first || (r->flags & RANGE_HOLE))
            break;
        found.seq = r->seq;
    }
    for (unsigned j = i + 1; j < flight->count; j++) {
        const struct range *r = flight_at(flights, flight, j);
        if (r->frame != found.frame || r->first != found.first || (r->flags & RANGE_HOLE))
            break;
        found.end = r->end;
    }
    return found;
}

/* Whether what came before under these numbers may be the padding of short frames. */
static bool is_padding(const struct loss_case *k, size_t length)
{
    static const uint8_t zeros[OVERLAP_PADDING_MAX];
    if (length > sizeof zeros)
        return false;
    struct kept_difference found =
        kept_bytes_compare(k->losses->kept, stream_of(k->step->c, k->step->x_id),
                           payload_at(k->step), cursor_init(zeros, length));
    return found.offset == UINT32_MAX && found.compared == length;
}

/* Notes it: the segment is `event`'s frame, the byte that differs the offset-th of its payload. */
static void overlap_note(struct history_pool *pool, const struct connection *c,
                         struct loss_book *book, const struct segment *s, struct event *event,
                         uint32_t offset)
{
    event->frame = s->frame;
    event->time = s->time;
    event->kind = EVENT_OVERLAP;
    event->addend = offset < UINT16_MAX ? (uint16_t)offset : UINT16_MAX;
    event->observed = s->seq + ((s->flags & TCP_SYN) ? 1 : 0) + offset;
    /* A right checksum shows that nothing was damaged. */
    event->certainty =
        (s->facts & FACT_CHECKSUM_GOOD) ? CERTAINTY_OBSERVED : CERTAINTY_INFERRED;
    if (book->overlaps[event->endpoint]++ < OVERLAPS_NOTED)
        history_add(pool, c->log, event);
}

/* Neither of these is compared or kept: an end may put anything into a probe (RFC 9293 §3.8.4), and
 * nobody takes what is not accepted. */
static bool is_exempt(const struct loss_case *k)
{
    enum segment_class class = (enum segment_class)k->row.class;
    const struct step *step = k->step;
    bool last_byte = step->s->payload_len == 1 && step->seq == k->nxt - 1 && k->x->una >= k->nxt;
    return class == CLASS_KEEP_ALIVE || class == CLASS_ZERO_WINDOW_PROBE ||
           class == CLASS_NOT_ACCEPTED || class == CLASS_NONE || last_byte;
}

/* The part of its payload that is not new, which stands at its beginning. The number of a SYN is no
 * byte of payload. */
static struct cursor old_payload(const struct loss_case *k)
{
    struct cursor payload = k->step->payload;
    int64_t from = payload_at(k->step), first = endpoint_isn(k->step->x) + 1;
    int64_t old = k->nxt > first ? k->nxt - from : 0;
    return cursor_take_most(&payload, old > 0 ? (size_t)old : 0);
}

/* These are other bytes, and no repeat of what was sent before: nothing was lost. */
static void not_lost(struct loss_case *k)
{
    const struct flights *flights = &k->losses->flights;
    const struct flight *flight = &k->x->flight;
    int64_t end = k->step->end < k->nxt ? k->step->end : k->nxt;

    k->other_bytes = true;
    for (unsigned i = flight_find(flights, flight, k->step->seq); i < flight->count; i++) {
        struct range *r = flight_at(flights, flight, i);
        if (r->seq >= end)
            break;
        if (!(r->flags & RANGE_HOLE))
            r->lost = 0;
    }
    struct repeat *again = loss_repeat_of(k->x, k->step->seq, end);
    if (again != NULL && class_is_repeat((enum segment_class)k->row.class)) /* this one */
        again->lost = 0;
}

/* Of so many bytes of its payload that are not new one is another than came before. */
static void overlap_found(struct loss_case *k, const struct kept_difference *found, size_t length)
{
    struct step *step = k->step;
    struct range old = sent_first(k, payload_at(step) + found->offset);
    if (old.seq == endpoint_isn(step->x)) /* a SYN's number */
        old.seq++;
    struct event event = {
        .endpoint = (uint8_t)step->x_id,
        .evidence = found->frame != 0 ? found->frame : old.frame,
        .detail = (uint8_t)overlap_kind(payload_at(step), step->end, old.seq, old.end),
    };
    if (is_padding(k, length))
        event.detail |= OVERLAP_PADDING;
    else
        not_lost(k);
    overlap_note(step->pool, step->c, k->book, step->s, &event, found->offset);
    k->row.tags |= TAG(TAG_OTHER_BYTES);
    step->marks |= MARK_OTHER_BYTES;
    step->notable = true;
}

void loss_overlap(struct loss_case *k)
{
    struct step *step = k->step;
    struct kept_bytes *kept = k->losses->kept;

    if (kept == NULL || !is_whole(step->s, &step->payload) || is_exempt(k))
        return;
    struct cursor old = old_payload(k);
    if (cursor_left(&old) > 0) {
        struct kept_difference found =
            kept_bytes_compare(kept, stream_of(step->c, step->x_id), payload_at(step), old);
        if (found.offset != UINT32_MAX)
            overlap_found(k, &found, cursor_left(&old));
        else if (found.compared == 0 && (k->row.rules & RULE(RULE_SEEN_BEFORE)))
            bound_hit(&k->losses->uncompared, k->now);
    }
    loss_keep_bytes(step, k->book);
}

bool loss_copy_differs(struct history_pool *pool, const struct connection *c,
                       enum endpoint_id sender, const struct segment *s,
                       const struct frame_copy *copy)
{
    struct losses *losses = history_losses(pool);
    uint32_t *number = history_loss(pool, c->log);
    if (losses->kept == NULL || number == NULL || !is_whole(s, &copy->payload))
        return false;
    int64_t seq = seq_unwrap(c->end[sender].snd_nxt, s->seq) + ((s->flags & TCP_SYN) ? 1 : 0);
    struct kept_difference found =
        kept_bytes_compare(losses->kept, stream_of(c, sender), seq, copy->payload);
    struct loss_book *book =
        found.offset != UINT32_MAX ? loss_book_open(losses, number) : NULL;
    if (book == NULL)
        return false;
    struct event event = { .endpoint = (uint8_t)sender,
                           .evidence = copy->found.original,
                           .detail = OVERLAP_WHOLE };
    overlap_note(pool, c, book, s, &event, found.offset);
    return true;
}
