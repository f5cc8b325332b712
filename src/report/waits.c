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
    wait->go_frame = 0;
}

/*
 * Its first data, or its first after the peer's: an answer. Who answers only when the peer has said
 * all may have waited for its FIN, so the time counts from that on.
 */
static void note_answer(struct waits *waits, enum endpoint_id from, const struct segment *segment)
{
    struct wait_end *end = &waits->ends[from];
    const struct wait_end *peer = &waits->ends[endpoint_peer(from)];
    bool apart = peer->acked;
    bool fin = peer->fin_sent && peer->fin_time > peer->data_time;
    int64_t since = apart ? peer->go_time : fin ? peer->fin_time : peer->data_time;
    if (!apart && segment->time - since > UNACKED_LONGEST) {
        waits->answer_unclear = true;
        return;
    }
    struct wait *wait = &end->waits[apart ? WAIT_ANSWER : WAIT_TOGETHER];
    int64_t before = wait->longest;
    wait_note(end, apart ? WAIT_ANSWER : WAIT_TOGETHER, since, segment,
              !apart && fin ? peer->fin_frame : peer->data_frame);
    if (!apart || wait->longest <= before)
        return;
    wait->ack_frame = peer->ack_frame;
    wait->ack_after = peer->ack_time > peer->data_time ? peer->ack_time - peer->data_time : 0;
    wait->go_frame = peer->go_frame;
    wait->go_by_fin = peer->go_by_fin;
}

/* What waits for an answer now. A peer that closed its window is told for that. */
static struct wait_question question_open(const struct waits *waits, int64_t now)
{
    enum endpoint_id asker = waits->last_talker == SERVER ? SERVER : CLIENT;
    const struct wait_end *end = &waits->ends[asker];
    if (!end->spoke || !end->acked || waits->ends[endpoint_peer(asker)].window_closed)
        return (struct wait_question){ 0 };
    return (struct wait_question){ .asker = (uint8_t)asker, .time = now - end->go_time,
                                   .data_frame = end->data_frame, .ack_frame = end->ack_frame };
}

/* New data: an answer to the peer's, or more of its own. */
static void note_data(struct waits *waits, enum endpoint_id from, const struct segment *segment)
{
    struct wait_end *end = &waits->ends[from];
    const struct wait_end *peer = &waits->ends[endpoint_peer(from)];
    if (peer->spoke && waits->last_talker != from)
        note_answer(waits, from, segment);
    else if (end->spoke && end->acked)
        wait_note(end, WAIT_PAUSE, end->go_time, segment, end->data_frame);
    uint32_t next = segment->seq + segment->payload_len;
    if (!end->spoke || seq_diff(next, end->next) > 0)
        end->next = next;
    end->spoke = true;
    end->bytes += segment->payload_len;
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
    if (peer->fin_sent && !peer->fin_acked && !end->fin_sent && !(segment->flags & TCP_FIN) &&
        seq_diff(segment->ack, peer->fin_next) >= 0) {
        peer->fin_acked = true;
        peer->fin_ack_frame = segment->frame;
        peer->fin_ack_time = segment->time;
        if (peer->acked && waits->last_talker != from && segment_seq_len(segment) == 0)
            wait_note(end, WAIT_ACK, waits->last_time, segment, peer->fin_frame);
    }
    if (!peer->spoke || peer->acked || seq_diff(segment->ack, peer->next) < 0)
        return;
    if (segment_seq_len(segment) == 0)
        wait_note(end, WAIT_ACK, waits->last_time, segment, peer->data_frame);
    peer->acked = true;
    peer->ack_frame = segment->frame;
    peer->ack_time = segment->time;
    peer->go_time = segment->time;
    peer->go_frame = 0;
}

/* The window is still closed, or was until now. Nobody waits who has nothing to send. */
static void window_note(struct wait_end *end, const struct wait_end *peer,
                        const struct segment *segment)
{
    struct wait *wait = &end->waits[WAIT_WINDOW];
    int64_t before = end->closed_newest, time = segment->time - end->window_time;
    if (time <= 0 || (!peer->spoke && !peer->probed))
        return;
    if (before == 0)
        end->closings++;
    if (end->closed_first == 0)
        end->closed_first = end->window_frame;
    end->closed_newest = time;
    end->closed_last = segment->frame;
    if (time < WAIT_LEAST)
        return;
    if (before < WAIT_LEAST)
        wait->count++;
    if (time > wait->longest)
        *wait = (struct wait){ .count = wait->count, .longest = time,
                               .data_frame = end->window_frame, .end_frame = segment->frame };
}

static void window_open(struct wait_end *end)
{
    end->window_closed = false;
    end->closed_before += end->closed_newest;
    end->closed_newest = 0;
}

/* A window of zero lets the peer send nothing (RFC 9293 §3.8.6.1); after its FIN it has nothing
 * to send. */
static void note_window(struct waits *waits, enum endpoint_id from, const struct segment *segment,
                        uint32_t window)
{
    struct wait_end *end = &waits->ends[from], *peer = &waits->ends[endpoint_peer(from)];
    if (peer->fin_sent || waits->reset)
        return;
    if (end->window_closed)
        window_note(end, peer, segment);
    if (window == 0 && !end->window_closed) {
        end->window_closed = true;
        end->window_time = segment->time;
        end->window_frame = segment->frame;
    } else if (window != 0 && end->window_closed) {
        window_open(end);
        peer->go_time = segment->time;
        peer->go_frame = segment->frame;
        peer->go_by_fin = false;
    }
}

/* Until a FIN of the peer, or a RST, a closed window was closed. */
static void close_windows(struct waits *waits, enum endpoint_id from,
                          const struct segment *segment)
{
    for (int id = CLIENT; id <= SERVER; id++) {
        struct wait_end *end = &waits->ends[id];
        bool reset = segment->flags & TCP_RST;
        if (!end->window_closed || (!reset && id == (int)from) || waits->reset)
            continue;
        window_note(end, &waits->ends[endpoint_peer((enum endpoint_id)id)], segment);
        if (!reset)
            window_open(end);
    }
}

/* The second FIN: how long its sender had kept it back, after the first or its own last data. */
static void note_second_fin(struct waits *waits, enum endpoint_id from,
                            const struct segment *segment)
{
    struct wait wait;
    enum endpoint_id who;
    if (!waits_unclosed(waits, segment->time, &who, &wait) || who != from)
        return;
    struct wait *fin = &waits->ends[from].waits[WAIT_FIN];
    wait.end_frame = segment->frame;
    *fin = wait;
}

/* A FIN behind data that was acknowledged already: the peer may have waited for it. So it may for
 * one that comes again, as the one before may have been lost. */
static void note_last_word(struct waits *waits, enum endpoint_id from,
                           const struct segment *segment)
{
    struct wait_end *end = &waits->ends[from];
    if (!end->spoke || !end->acked || waits->last_talker != from)
        return;
    end->go_time = segment->time;
    end->go_frame = segment->frame;
    end->go_by_fin = true;
}

static void note_fin(struct waits *waits, enum endpoint_id from, const struct segment *segment)
{
    struct wait_end *end = &waits->ends[from];
    note_second_fin(waits, from, segment);
    end->fin_sent = true;
    end->fin_frame = segment->frame;
    end->fin_time = segment->time;
    end->fin_next = segment->seq + segment->payload_len + 1;
    note_last_word(waits, from, segment);
}

/* The first FIN or RST ends the time for an answer. A FIN is the last word of what an end asks:
 * its peer may wait for it. */
static void note_close(struct waits *waits, enum endpoint_id from, const struct segment *segment,
                       bool repeated)
{
    if (!waits->closed) {
        waits->unanswered = question_open(waits, segment->time);
        waits->unanswered.close_frame = segment->frame;
        waits->unanswered.closer = (uint8_t)from;
        waits->unanswered.by_reset = segment->flags & TCP_RST;
        waits->closed = true;
    }
    close_windows(waits, from, segment);
    if (segment->flags & TCP_RST)
        waits->reset = true;
    else if (!repeated && !waits->ends[from].fin_sent)
        note_fin(waits, from, segment);
}

/* A bare ACK that says nothing new: the answer to a probe, or one of many duplicates. */
static bool says_nothing(const struct wait_end *end, const struct segment *segment,
                         uint32_t window)
{
    return segment_seq_len(segment) == 0 && segment_has(segment, TCP_ACK) && end->ack_known &&
           end->ack == segment->ack && end->window_closed == (window == 0);
}

/* Segments that are looked at no further: what they tell all the same. */
static void note_ignored(struct waits *waits, enum endpoint_id from,
                         const struct segment *segment, unsigned marks, uint32_t window)
{
    struct wait_end *end = &waits->ends[from], *peer = &waits->ends[endpoint_peer(from)];
    if (marks & (MARK_COPY | MARK_DAMAGED | MARK_NOT_BELIEVED))
        return;
    end->probed |= (marks & MARK_WINDOW_PROBE) != 0;
    if (end->window_closed && window == 0 && !waits->reset && !peer->fin_sent)
        window_note(end, peer, segment);
}

/* What was seen before, as a whole. Where another input shows what this end sends, but not the first
 * sending of this, that was lost between the two. */
static void note_repeat(struct waits *waits, enum endpoint_id from, const struct segment *segment)
{
    struct wait_end *end = &waits->ends[from];
    struct wait *wait = &end->waits[WAIT_REPEAT];
    int64_t before = wait->longest;
    end->repeats++;
    if (segment->flags & TCP_FIN || (!(segment->flags & TCP_SYN) && !end->acked))
        wait_note(end, WAIT_REPEAT, waits->new_time, segment, waits->new_frame);
    if (segment->flags & TCP_FIN)
        note_last_word(waits, from, segment);
    if (wait->longest == before)
        return;
    bool same = segment->seq + segment_seq_len(segment) == end->newest_next;
    wait->lost_frame = same && end->viewed_frame != 0 && !end->newest_viewed ? end->newest_frame : 0;
}

/* What is sent for the first time may be missing in another input. */
static void note_newest(struct wait_end *end, const struct segment *segment)
{
    if (segment_seq_len(segment) == 0)
        return;
    end->newest_frame = segment->frame;
    end->newest_next = segment->seq + segment_seq_len(segment);
    end->newest_viewed = false;
}

void waits_view(struct waits *waits, const struct segment *view, enum endpoint_id from,
                uint64_t frame)
{
    struct wait_end *end = &waits->ends[from];
    /* By its number: a card may have joined it with others (offload). */
    if (seq_diff(view->seq + segment_seq_len(view), end->newest_next) >= 0)
        end->newest_viewed = true;
    if (frame > end->viewed_frame)
        end->viewed_frame = frame;
}

void waits_segment(struct waits *waits, const struct segment *segment, enum endpoint_id from,
                   unsigned marks, uint32_t window)
{
    struct wait_end *end = &waits->ends[from];
    bool control = segment->flags & (TCP_SYN | TCP_FIN | TCP_RST);
    if (marks & MARKS_IGNORED || (!control && says_nothing(end, segment, window))) {
        note_ignored(waits, from, segment, marks, window);
        return;
    }
    waits->clock_wrong |= segment->time < waits->last_time - MIXED_UP_MOST;
    if (segment->facts & FACT_FRAGMENT_FIRST)
        end->fragments++;
    if (marks & MARK_LATE && !(marks & MARK_REPEATED))
        end->late++;
    end->unseen += (marks & MARK_REPEATED) && (marks & MARK_LATE);
    if (marks & MARK_REPEATED)
        note_repeat(waits, from, segment);
    else if (segment->payload_len > 0 && !(segment->flags & (TCP_SYN | TCP_RST)))
        note_data(waits, from, segment);
    if (segment_has(segment, TCP_ACK) && !(segment->flags & (TCP_SYN | TCP_RST))) {
        note_window(waits, from, segment, window);
        note_ack(waits, from, segment);
    }
    if (segment->flags & (TCP_FIN | TCP_RST))
        note_close(waits, from, segment, marks & MARK_REPEATED);
    waits->last_time = segment->time;
    if (marks & MARK_REPEATED)
        return;
    note_newest(end, segment);
    waits->new_time = segment->time;
    waits->new_frame = segment->frame;
}

void waits_swap(struct waits *waits)
{
    struct wait_end client = waits->ends[CLIENT];
    waits->ends[CLIENT] = waits->ends[SERVER];
    waits->ends[SERVER] = client;
    waits->last_talker = waits->last_talker == CLIENT ? SERVER : CLIENT;
    waits->unanswered.asker = (uint8_t)endpoint_peer((enum endpoint_id)waits->unanswered.asker);
    waits->unanswered.closer = (uint8_t)endpoint_peer((enum endpoint_id)waits->unanswered.closer);
}

bool waits_unanswered(const struct waits *waits, int64_t now, struct wait_question *ret)
{
    *ret = waits->closed ? waits->unanswered : question_open(waits, now);
    return !waits->clock_wrong && ret->time >= WAIT_LEAST;
}

bool waits_unclosed(const struct waits *waits, int64_t now, enum endpoint_id *ret_who,
                    struct wait *ret)
{
    *ret_who = waits->ends[CLIENT].fin_sent ? SERVER : CLIENT;
    const struct wait_end *end = &waits->ends[*ret_who];
    const struct wait_end *peer = &waits->ends[endpoint_peer(*ret_who)];
    if (waits->clock_wrong || waits->reset || !peer->fin_sent || end->fin_sent)
        return false;
    int64_t since = peer->fin_time;
    *ret = (struct wait){ .count = 1, .data_frame = peer->fin_frame };
    if (peer->fin_acked) {
        ret->ack_frame = peer->fin_ack_frame;
        ret->ack_after = peer->fin_ack_time - peer->fin_time;
    }
    if (end->spoke && end->data_time > peer->fin_time) {
        ret->data_frame = end->data_frame;
        since = end->acked && end->go_time > end->data_time ? end->go_time : end->data_time;
    }
    ret->longest = now - since;
    return ret->longest >= WAIT_LEAST;
}

int64_t waits_closed_time(const struct wait_end *end)
{
    return end->closed_before + end->closed_newest;
}
