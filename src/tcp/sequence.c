/*
 * sequence: numbers. RFC 9293 §3.3.1 (variables), §3.4 (arithmetic).
 */
#include "tcp/sequence.h"

/* A copy made on the way comes within this time, ns; a host's timer does not fire so soon. */
#define COPY_GAP INT64_C(10000000)
/* Equal identifications prove a copy for a short while: a busy host has used all of them then. */
#define COPY_WITH_ID INT64_C(500000000)
/* Later than two ticks of a usual clock a repeat has another timestamp; of a slow clock, later than
 * the shortest timer that hosts have. */
#define STAMP_TICKS INT64_C(2000000)
#define COPY_WITH_STAMP INT64_C(200000000)
/* No host asks whether its peer is alive sooner after its newest segment: Linux allows a second. */
#define SILENT INT64_C(900000000)
/* So long a single byte may be sent again for want of an acknowledgement. */
#define BYTE_AGAIN INT64_C(10000000000)

static void base_set(struct endpoint *end, uint32_t isn, unsigned flag)
{
    end->isn = isn;
    end->flags &= ~(unsigned)(END_ISN_KNOWN | END_ISN_ASSUMED);
    end->flags |= flag;
    end->snd_nxt = seq_base(isn) + 1;
    end->snd_una = end->snd_nxt - ((flag & END_ISN_KNOWN) ? 1 : 0);
    if (end->flags & END_FIN) /* a SYN after a FIN: keep it in the same U-space */
        end->fin_seq = seq_unwrap(end->snd_nxt, (uint32_t)end->fin_seq);
}

/*
 * In the middle of a connection the first byte seen is the base. Data from just below it was
 * lost or held up in front of the capture point; it counts like what came after it. One byte there
 * may be a keep-alive with its byte of garbage (RFC 9293 §3.8.4).
 */
static void base_lower(struct step *step)
{
    const struct segment *s = step->s;
    struct endpoint *x = step->x;
    int64_t below = -(int64_t)seq_diff(s->seq, x->isn + 1);

    if (!(x->flags & END_ISN_ASSUMED) || s->payload_len <= 1 ||
        (s->flags & (TCP_SYN | TCP_RST)) || below <= 0 || below > MISSED_MAX)
        return;
    if (below > (int64_t)x->isn) { /* past 0, where U-space would jump: all numbers go along */
        x->snd_nxt += SEQ_SPACE;
        x->snd_una += SEQ_SPACE;
        x->fin_seq += SEQ_SPACE;
    }
    x->isn -= (uint32_t)below;
}

/* First numbers of a direction. */
static void bases_learn(struct step *step)
{
    const struct segment *s = step->s;
    struct endpoint *x = step->x, *y = step->y;

    if (s->flags & TCP_SYN) {
        bool changed = !(x->flags & (END_SYN | END_SYNACK)) &&
                       (!(x->flags & (END_ISN_KNOWN | END_ISN_ASSUMED)) || x->isn != s->seq);
        if (changed) {
            int32_t unseen = seq_diff(x->isn, s->seq); /* the base is Y's first ACK - 1 */
            step->misfit = (x->flags & (END_ISN_ASSUMED | END_SEEN)) == END_ISN_ASSUMED &&
                           (unseen < 0 || unseen > MISSED_MAX);
            base_set(x, s->seq, END_ISN_KNOWN);
        } else if (x->isn == s->seq) {
            x->flags |= END_ISN_KNOWN;
            x->flags &= ~(unsigned)END_ISN_ASSUMED;
        }
    } else if (!(x->flags & (END_ISN_KNOWN | END_ISN_ASSUMED))) {
        base_set(x, s->seq - 1, END_ISN_ASSUMED);
    } else {
        base_lower(step);
    }
    if ((s->flags & TCP_ACK) && !(y->flags & (END_ISN_KNOWN | END_ISN_ASSUMED))) {
        base_set(y, s->ack - 1, (s->flags & TCP_SYN) ? END_ISN_KNOWN : END_ISN_ASSUMED);
        y->snd_una = y->snd_nxt;
    }
}

/* Of two initial numbers on SYN-ACKs the one that is acknowledged is the real one. */
static void isn_choose(struct step *step)
{
    struct endpoint *y = step->y;
    const struct segment *s = step->s;
    if (!(y->flags & END_ISN_OTHER) || (y->flags & END_SYN_ACKED) || !(s->flags & TCP_ACK) ||
        (s->flags & TCP_RST))
        return;
    if (s->ack == y->isn_other + 1)
        base_set(y, y->isn_other, END_ISN_KNOWN);
    y->flags &= ~(unsigned)END_ISN_OTHER;
}

/* Whether the acknowledgement is one that the receiver could mean. */
static bool ack_believable(const struct step *step, int64_t ack)
{
    const struct endpoint *y = step->y;
    int64_t jump = MISSED_MAX > 2 * (int64_t)step->x->window_max
                       ? MISSED_MAX
                       : 2 * (int64_t)step->x->window_max;
    return ack <= y->snd_nxt + jump && ack >= endpoint_isn(y);
}

/*
 * Whether a bare ACK without IP ID that equals another one is a copy. In general an end may send
 * one again as it is. But an end with SACK says in its blocks what made it answer again (RFC 2018
 * §4, RFC 2883 §4), and none acknowledges less than before: where the equal one left before a newer
 * ACK that passed between the two, so did this one, or it is that one.
 */
static bool ack_is_copy(const struct step *step)
{
    const struct segment *s = step->s;
    return step->has_ack && !(s->flags & TCP_RST) && s->window > 0 &&
           (s->options & OPTION_TIMESTAMPS) && (step->x->flags & step->y->flags & END_SACK) &&
           step->ack < step->y->snd_una;
}

bool step_copy_is_timely(const struct step *step, int64_t gap, int64_t trip)
{
    const struct segment *s = step->s;
    if (segment_has_ip_id(s))
        return gap < COPY_WITH_ID;
    if (segment_seq_len(s) == 0)
        return ack_is_copy(step) && gap < COPY_WITH_STAMP;
    /* Each SYN is answered with a SYN-ACK of its own, however alike (Linux gives it no IP ID). */
    if (segment_has(s, TCP_SYN | TCP_ACK))
        return gap < STAMP_TICKS && !step_synack_is_due(step);
    if ((s->options & OPTION_TIMESTAMPS) && gap > STAMP_TICKS)
        return gap < COPY_WITH_STAMP;
    return gap < COPY_GAP && (trip == 0 || gap < trip / 2);
}

/* Same numbers, and the same packet: a copy made by the network, not a segment that its host sent
 * again (which has a new IP ID and a new timestamp). Copies of whole frames, with others between,
 * were left out before (flow/copy). */
static bool segment_is_copy(const struct step *step)
{
    const struct segment *s = step->s;
    const struct endpoint *x = step->x;
    uint32_t len = segment_seq_len(s);
    bool stamped = (s->options & OPTION_TIMESTAMPS) && (x->flags & END_LAST_TSVAL);

    if (step->has_ack && step->ack > step->y->snd_una)
        return false; /* it acknowledges what its equal cannot have acknowledged */
    if (len == 0 || x->last_len != len || x->last_seq != s->seq ||
        (stamped && s->tsval != x->last_tsval) ||
        (segment_has_ip_id(s) && s->ip_id != x->last_ip_id))
        return false;
    int64_t near = connection_leg(step->c, step->x_id), far = connection_leg(step->c, step->y_id);
    return step_copy_is_timely(step, s->time - x->last_time,
                               near > 0 && far > 0 ? near + far : 0);
}

/*
 * A probe of a closed window (RFC 9293 §3.8.6.1). Linux asks with an old number and nothing in it,
 * others with new bytes at the edge of the window, and with the same again. What was sent before
 * the window closed over it is sent again by the retransmission timer, as other bytes are.
 */
static bool segment_is_window_probe(const struct step *step)
{
    const struct endpoint *x = step->x;
    if (!step_window_is_closed(step))
        return false;
    bool again = (step->c->probed & 1u << step->x_id) && step->end == x->snd_nxt;
    if (step->s->payload_len <= 1 && step->seq == x->snd_una - 1)
        return true;
    return step->s->payload_len > 0 && step->seq == x->snd_una &&
           (step->seq == x->snd_nxt || again);
}

/*
 * A segment one below SND.NXT with nothing outstanding asks whether the peer is alive (RFC 9293
 * §3.8.4). But soon after others it is an acknowledgement that was overtaken, and a byte that was
 * sent alone may be that byte again, whose acknowledgement was lost.
 */
static bool segment_is_keep_alive(const struct step *step)
{
    const struct segment *s = step->s;
    const struct endpoint *x = step->x;
    if (s->payload_len > 1 || step->seq != x->snd_nxt - 1 || x->snd_una != x->snd_nxt ||
        step_window_is_closed(step))
        return false;
    int64_t silent = s->time - x->last_time, unheard = s->time - step->y->last_time;
    bool heard = step->y->flags & END_SEEN;
    bool byte_again = s->payload_len == 1 && x->last_len == 1 && x->last_seq == s->seq &&
                      step->c->probes[step->x_id] == 0 && silent < BYTE_AGAIN;
    bool stamped = (s->options & OPTION_TIMESTAMPS) && (x->flags & END_LAST_TSVAL);
    /* It was sent behind the others: also where both ends ask, and one has just answered. */
    bool later = s->payload_len == 0 && ((stamped && seq_diff(s->tsval, x->last_tsval) > 0) ||
                                         segment_follows_ip_id(s, x->last_ip_id));
    return !byte_again && (later || silent >= SILENT || (heard && unheard >= SILENT));
}

/* Payload that was on the SYN, and that the SYN-ACK did not take (RFC 7413 §4.2): its bytes were
 * seen before, although its number comes next. */
static bool payload_was_on_syn(const struct step *step)
{
    const struct endpoint *x = step->x;
    return step->s->payload_len > 0 && !(step->s->flags & (TCP_SYN | TCP_FIN)) &&
           (x->flags & END_SYN) && step->seq > endpoint_isn(x) &&
           step->end <= endpoint_isn(x) + 1 + x->syn_payload;
}

/* Of bytes that come behind others: sent after those, so that their first sending is not in the
 * capture, and not overtaken on the way. The timestamp tells (RFC 7323 §3.2), or within one of
 * its ticks the IP ID, where the host counts it up. */
static bool segment_is_sent_later(const struct step *step)
{
    const struct segment *s = step->s;
    const struct endpoint *x = step->x;
    bool stamped = (s->options & OPTION_TIMESTAMPS) && (x->flags & END_LAST_TSVAL);

    /* Nothing behind it was seen: its acknowledgement came first. */
    bool behind = (x->flags & END_GAP) || seq_diff(x->last_seq, s->seq) > 0;
    if (x->last_late || !behind)
        return false;
    if (stamped && s->tsval != x->last_tsval)
        return seq_diff(s->tsval, x->last_tsval) > 0;
    return segment_follows_ip_id(s, x->last_ip_id);
}

/* Its timestamp is older than that of a segment that passed before: it was overtaken. Not said of
 * SYN-ACKs: several hosts behind one address may answer, each with a clock of its own. */
static bool segment_is_sent_earlier(const struct step *step)
{
    const struct endpoint *x = step->x;
    return !(step->s->flags & TCP_SYN) && (step->s->options & OPTION_TIMESTAMPS) &&
           (x->flags & END_LAST_TSVAL) &&
           seq_diff(step->s->tsval, x->last_tsval) < 0;
}

static void marks_find(struct step *step)
{
    const struct segment *s = step->s;
    const struct endpoint *x = step->x;

    if (s->window == 0 && !(s->flags & (TCP_SYN | TCP_RST)))
        step->marks |= MARK_WINDOW_CLOSED;
    if (!(s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) && (x->flags & END_SEEN)) {
        step->marks |= segment_is_window_probe(step) ? MARK_WINDOW_PROBE : 0;
        step->marks |= segment_is_keep_alive(step) ? MARK_KEEP_ALIVE : 0;
        if (step->marks & (MARK_KEEP_ALIVE | MARK_WINDOW_PROBE))
            return;
    }
    if (s->flags & TCP_RST)
        return;
    if (segment_is_copy(step)) {
        step->marks |= MARK_COPY;
        return;
    }
    if (segment_seq_len(s) == 0 || !(x->flags & END_SEEN))
        return;
    /* Crossing SYNs: the SYN-ACK takes the number of the SYN, as it must (RFC 9293 §3.5). A first
     * SYN may come behind a bare ACK with its number (§3.10.7.3: that ACK says nothing). */
    unsigned syn_before = (s->flags & TCP_ACK) ? END_SYNACK : END_SYN | END_SYNACK;
    bool syn_is_first = (s->flags & TCP_SYN) && !(x->flags & syn_before);
    if (step->seq > x->snd_nxt)
        step->marks |= MARK_GAP;
    else if (payload_was_on_syn(step))
        step->marks |= MARK_REPEATED;
    else if (step->end <= x->snd_nxt && !syn_is_first) {
        bool unseen_possible = ((x->flags & END_GAP) && step->end > x->snd_una) ||
                               (x->flags & END_UNSEEN_TOLD);
        if (!unseen_possible)
            step->marks |= segment_is_sent_earlier(step) ? MARK_LATE : MARK_REPEATED;
        else
            step->marks |= MARK_LATE | (segment_is_sent_later(step) ? MARK_REPEATED : 0u);
    }
}

void sequence_place(struct step *step)
{
    const struct segment *s = step->s;
    bases_learn(step);
    isn_choose(step);
    step->seq = seq_unwrap(step->x->snd_nxt, s->seq);
    step->end = step->seq + segment_seq_len(s);
    if (s->flags & TCP_ACK) {
        step->ack = seq_unwrap(step->y->snd_nxt, s->ack);
        step->has_ack = ack_believable(step, step->ack);
    }
    marks_find(step);
}

static void update_ack(struct step *step)
{
    struct endpoint *y = step->y;
    if (!step->has_ack)
        return;
    if (step->ack > y->snd_nxt && !(step->facts & WHEN_SYNACK) && !(step->s->flags & TCP_RST)) {
        if (!(y->flags & END_UNSEEN_TOLD)) {
            struct event event = step_event_init(step, EVENT_ACK_OF_UNSEEN, step->x_id);
            event.observed = (uint32_t)(step->ack - y->snd_nxt);
            step_event(step, &event);
        }
        y->flags |= END_UNSEEN_TOLD;
        if (!(y->flags & END_FIN)) /* nothing comes after a FIN: that would be a wrong number */
            y->snd_nxt = step->ack;
    }
    int64_t una = step->ack < y->snd_nxt ? step->ack : y->snd_nxt;
    if (una > y->snd_una)
        y->snd_una = una;
}

static void update_window(struct step *step)
{
    struct endpoint *x = step->x;
    uint32_t window = step_window(step);
    x->window_last = step->s->window;
    if (window > x->window_max)
        x->window_max = window;
}

/* A number far outside is believed when the next segment agrees with it. */
static bool jump_believed(struct endpoint *x, const struct step *step)
{
    if (step->seq <= x->snd_nxt + MISSED_MAX + (int64_t)step->y->window_max ||
        !(x->flags & END_SEEN)) {
        x->flags &= ~(unsigned)END_JUMP;
        return true;
    }
    if (x->flags & END_JUMP) {
        x->flags &= ~(unsigned)END_JUMP;
        return true;
    }
    x->flags |= END_JUMP;
    return false;
}

static void update_seq(struct step *step)
{
    struct endpoint *x = step->x;
    const struct segment *s = step->s;

    unsigned bit = 1u << step->x_id;
    bool probe = step->marks & (MARK_KEEP_ALIVE | MARK_WINDOW_PROBE);

    if (probe && step->end <= x->snd_nxt)
        return;
    if (probe) /* bytes that may be taken */
        step->c->probed |= bit & 3u;
    else if (step->end > step->seq)
        step->c->probed &= ~bit & 3u;
    x->payload_sent += s->payload_len;
    if (step->marks & (MARK_COPY | MARK_REPEATED))
        x->repeated += (step->marks & MARK_REPEATED) ? 1 : 0;
    if (!jump_believed(x, step))
        return;
    if (step->marks & MARK_GAP)
        x->flags |= END_GAP;
    if (step->end > x->snd_nxt)
        x->snd_nxt = step->end;
}

static void update_last(struct step *step)
{
    struct endpoint *x = step->x;
    const struct segment *s = step->s;
    uint32_t len = segment_seq_len(s);
    if (len == 0 || (step->marks & (MARK_KEEP_ALIVE | MARK_WINDOW_PROBE)))
        return;
    x->last_seq = s->seq;
    x->last_len = len & INT32_MAX;
    x->last_late = (step->marks & (MARK_LATE | MARK_REPEATED)) == MARK_LATE;
    x->last_ip_id = s->ip_version == 4 ? s->ip_id : 0;
    x->last_tsval = s->tsval;
    x->flags &= ~(unsigned)END_LAST_TSVAL;
    if (s->options & OPTION_TIMESTAMPS)
        x->flags |= END_LAST_TSVAL;
}

/* Who was the last to get payload: tells a close with unread data from other aborts. */
static void update_conversation(struct step *step)
{
    struct endpoint *x = step->x, *y = step->y;
    if ((step->facts & WHEN_DATA) && step->end > x->snd_nxt)
        x->flags &= ~(unsigned)END_PEER_SPOKE_LAST;
    if (step->has_ack && (y->flags & END_DATA) && step->ack > y->snd_una &&
        !(step->facts & (WHEN_SYN | WHEN_SYNACK)))
        x->flags |= END_PEER_SPOKE_LAST;
    /* Only bytes that are new here: of others an earlier copy may arrive, which lacks that ACK. */
    if ((step->facts & WHEN_DATA) && step->has_ack && (step->facts & WHEN_ACKS_FIN) &&
        step->end > x->snd_nxt && !(step->facts & WHEN_FIN) && !(x->flags & END_PAYLOAD_ACKS_FIN)) {
        x->ack_carried_end = (uint32_t)step->end;
        x->flags |= END_PAYLOAD_ACKS_FIN;
    }
}

/* Keep-alives in a row that nothing answered. */
static void update_probes(struct step *step)
{
    uint8_t *probes = &step->c->probes[step->x_id];

    step->c->probes[step->y_id] = 0; /* what it asked is answered */
    if (!(step->marks & MARK_KEEP_ALIVE)) {
        if (segment_seq_len(step->s) > 0 && !(step->s->flags & TCP_RST))
            *probes = 0; /* it has more to say: now its data waits for an answer */
        return;
    }
    if (step->s->time - step->x->last_time < COPY_GAP && *probes > 0)
        return; /* a copy: no keep-alive comes so soon */
    if (*probes < UINT8_MAX)
        ++*probes;
    if (*probes < 2 || *probes > KEEP_ALIVES_NOTED)
        return;
    struct event event = step_event_init(step, EVENT_KEEP_ALIVE_UNANSWERED, step->x_id);
    event.observed = *probes;
    step_event(step, &event);
}

/* A SYN with another number on a connection whose SYN was acknowledged: it is answered, and none
 * of its numbers is taken (RFC 9293 §3.10.7.4, fourth step). */
static bool syn_is_stray(const struct step *step)
{
    const struct endpoint *x = step->x;
    return (step->s->flags & TCP_SYN) && (x->flags & END_SYN_ACKED) && step->s->seq != x->isn;
}

void sequence_update(struct step *step)
{
    struct endpoint *x = step->x;
    const struct segment *s = step->s;
    bool stray = syn_is_stray(step);

    update_conversation(step);
    update_probes(step);
    if (!stray)
        update_ack(step);
    if (!(s->flags & TCP_RST) && !stray) {
        x->ttl = s->ttl;
        update_window(step);
        update_seq(step);
        update_last(step);
    }
    if (x->segments < UINT32_MAX)
        x->segments++;
    x->flags |= END_SEEN;
    if (step->facts & WHEN_DATA)
        x->flags |= END_DATA;
}
