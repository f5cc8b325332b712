/* waits: silences told apart by what was outstanding when they began and by what ended them. */
#include "report/waits.h"

#include "base/seq.h"
#include "model/mark.h"

/* Copies and what its receiver drops move nothing; probes only ask. */
#define MARKS_IGNORED \
    (MARK_COPY | MARK_DAMAGED | MARK_NOT_BELIEVED | MARK_KEEP_ALIVE | MARK_WINDOW_PROBE)

/* Who has no acknowledgement for so long sends again (RFC 6298): where that did not happen, the
 * acknowledgement is missing in the capture, and the silence tells nothing. */
#define UNACKED_LONGEST INT64_C(3000000000)

/* Frames of several queues may be mixed up a little; further back, and a clock was set. */
#define MIXED_UP_MOST INT64_C(1000000000)

/* A silence of this end, from `since` to the segment that ended it. */
static void wait_note(struct wait_end *end, enum wait_kind kind, int64_t since,
                      const struct segment *segment, uint64_t data_frame)
{
    struct wait *wait = &end->waits[kind];
    int64_t time = segment->time - since;
    if (time < WAIT_LEAST)
        return;
    wait->count++;
    if (time <= wait->longest)
        return;
    wait->longest = time;
    wait->data_frame = data_frame;
    wait->end_frame = segment->frame;
    wait->ack_frame = 0;
    wait->ack_after = 0;
}

/* Its first data, or its first after the peer's: an answer. */
static void note_answer(struct wait_end *end, const struct wait_end *peer,
                        const struct segment *segment)
{
    bool apart = peer->acked;
    int64_t since = peer->data_time;
    if (apart && peer->go_time > since)
        since = peer->go_time;
    if (!apart && segment->time - since > UNACKED_LONGEST)
        return;
    struct wait *wait = &end->waits[apart ? WAIT_ANSWER : WAIT_TOGETHER];
    int64_t before = wait->longest;
    wait_note(end, apart ? WAIT_ANSWER : WAIT_TOGETHER, since, segment, peer->data_frame);
    if (apart && wait->longest > before) {
        wait->ack_frame = peer->ack_frame;
        wait->ack_after = since - peer->data_time;
    }
}

/* How long the newest data has been acknowledged without an answer; 0 when it is not. */
static int64_t unanswered_time(const struct waits *waits, int64_t now)
{
    const struct wait_end *asker = &waits->ends[waits->last_talker == SERVER ? SERVER : CLIENT];
    return asker->spoke && asker->acked ? now - asker->go_time : 0;
}

/* New data: an answer to the peer's, or more of its own. */
static void note_data(struct waits *waits, enum endpoint_id from, const struct segment *segment)
{
    struct wait_end *end = &waits->ends[from], *peer = &waits->ends[endpoint_peer(from)];
    if (peer->spoke && waits->last_talker != from)
        note_answer(end, peer, segment);
    else if (end->spoke && end->acked)
        wait_note(end, WAIT_PAUSE, end->go_time, segment, end->data_frame);
    uint32_t next = segment->seq + segment->payload_len;
    if (!end->spoke || seq_diff(next, end->next) > 0)
        end->next = next;
    end->spoke = true;
    end->acked = false;
    end->data_frame = segment->frame;
    end->data_time = segment->time;
    waits->last_talker = (uint8_t)from;
}

/* A late acknowledgement ends a silence of all: what passed meanwhile would explain it. */
static void note_ack(struct waits *waits, enum endpoint_id from, const struct segment *segment)
{
    struct wait_end *end = &waits->ends[from], *peer = &waits->ends[endpoint_peer(from)];
    end->ack = segment->ack;
    end->ack_known = true;
    if (!peer->spoke || peer->acked || seq_diff(segment->ack, peer->next) < 0)
        return;
    if (segment_seq_len(segment) == 0)
        wait_note(end, WAIT_ACK, waits->last_time, segment, peer->data_frame);
    peer->acked = true;
    peer->ack_frame = segment->frame;
    peer->go_time = segment->time;
}

/* A window of zero lets the peer send nothing (RFC 9293 §3.8.6.1). */
static void note_window(struct waits *waits, enum endpoint_id from, const struct segment *segment,
                        uint32_t window)
{
    struct wait_end *end = &waits->ends[from], *peer = &waits->ends[endpoint_peer(from)];
    if (window == 0 && !end->window_closed) {
        end->window_closed = true;
        end->window_time = segment->time;
        end->window_frame = segment->frame;
    } else if (window != 0 && end->window_closed) {
        end->window_closed = false;
        wait_note(end, WAIT_WINDOW, end->window_time, segment, end->window_frame);
        peer->go_time = segment->time;
    }
}

/* The first FIN or RST ends the time for an answer. A FIN is the last word of what an end asks:
 * its peer may wait for it. */
static void note_close(struct waits *waits, enum endpoint_id from, const struct segment *segment,
                       bool repeated)
{
    struct wait_end *end = &waits->ends[from];
    if (!waits->closed) {
        waits->unanswered = unanswered_time(waits, segment->time);
        waits->closed = true;
    }
    if (segment->flags & TCP_RST || repeated || !end->spoke || waits->last_talker != from)
        return;
    end->next = segment->seq + segment->payload_len + 1;
    end->acked = false;
    end->data_frame = segment->frame;
    end->data_time = segment->time;
}

/* A bare ACK that says nothing new: the answer to a probe, or one of many duplicates. */
static bool says_nothing(const struct wait_end *end, const struct segment *segment,
                         uint32_t window)
{
    return segment_seq_len(segment) == 0 && segment_has(segment, TCP_ACK) && end->ack_known &&
           end->ack == segment->ack && end->window_closed == (window == 0);
}

void waits_segment(struct waits *waits, const struct segment *segment, enum endpoint_id from,
                   unsigned marks, uint32_t window)
{
    struct wait_end *end = &waits->ends[from];
    bool control = segment->flags & (TCP_SYN | TCP_FIN | TCP_RST);
    if (marks & MARKS_IGNORED || (!control && says_nothing(end, segment, window)))
        return;
    waits->clock_wrong |= segment->time < waits->last_time - MIXED_UP_MOST;
    if (segment->facts & FACT_FRAGMENT_FIRST)
        end->fragments++;
    if (marks & MARK_LATE && !(marks & MARK_REPEATED))
        end->late++;
    if (marks & MARK_REPEATED) {
        end->repeats++;
        end->unseen += (marks & MARK_LATE) != 0;
        if (segment->flags & TCP_FIN || (!(segment->flags & TCP_SYN) && !end->acked))
            wait_note(end, WAIT_REPEAT, waits->last_time, segment, end->data_frame);
    } else if (segment->payload_len > 0 && !(segment->flags & (TCP_SYN | TCP_RST))) {
        note_data(waits, from, segment);
    }
    if (segment_has(segment, TCP_ACK) && !(segment->flags & (TCP_SYN | TCP_RST))) {
        note_window(waits, from, segment, window);
        note_ack(waits, from, segment);
    }
    if (segment->flags & (TCP_FIN | TCP_RST))
        note_close(waits, from, segment, marks & MARK_REPEATED);
    waits->last_time = segment->time;
}

void waits_swap(struct waits *waits)
{
    struct wait_end client = waits->ends[CLIENT];
    waits->ends[CLIENT] = waits->ends[SERVER];
    waits->ends[SERVER] = client;
    waits->last_talker = waits->last_talker == CLIENT ? SERVER : CLIENT;
}

bool waits_unanswered(const struct waits *waits, int64_t now, enum endpoint_id *ret_asker,
                      int64_t *ret_time)
{
    *ret_asker = waits->last_talker == SERVER ? SERVER : CLIENT;
    if (waits->clock_wrong || waits->ends[endpoint_peer(*ret_asker)].spoke)
        return false;
    *ret_time = waits->closed ? waits->unanswered : unanswered_time(waits, now);
    return *ret_time >= WAIT_LEAST;
}
