/*
 * reset: what a RST did. A connection gets one finding for the RST that ended it: the first one
 * that was believed. RSTs after it are echoes of segments that were still under way; a RST after
 * both FINs were acknowledged has no effect and is no finding (RFC 9293 §3.5.2, §3.5.3).
 */
#include "base/time_text.h"
#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"
#include "model/segment.h"

#define GUESSES_MANY 3
/* A SYN that follows so soon was on its way, or sent again by its timer (RFC 6298 §2.1). With the
 * same number it would be taken for a late copy (tcp/incarnation), so it has another one. */
#define NEXT_SYN_SOON (2 * NS_PER_S)

/* What the choice of the finding rests on. */
struct reset_case {
    const struct event *reset;
    enum endpoint_id sender;
    const struct event *fin; /* the sender's own FIN before, or NULL */
    bool peer_fin;           /* the peer's FIN was seen before the RST */
    const struct event *late; /* the first payload of the peer behind the sender's FIN, or NULL */
    bool answers_late;       /* and the RST may answer it, by its number */
    bool data;               /* payload in either direction */
    bool data_both_ways;
    bool exact;
    bool both;               /* the other end seems to have aborted as well */
    bool spoke;              /* its sender had sent payload */
    const struct event *challenge; /* the ACK that it answers challenged a SYN, or NULL */
};

/* The peer's challenge ACK (RFC 5961 §4.2) that this RST answers: between them nothing changed. */
static const struct event *challenge_before(const struct facts *facts, const struct event *reset)
{
    enum endpoint_id peer = endpoint_peer((enum endpoint_id)reset->endpoint);
    const struct event *challenge =
        event_last_before(facts->events, facts->count, EVENT_SYN_CHALLENGED, peer, reset->frame);
    const struct event *change =
        event_last_before(facts->events, facts->count, EVENT_TRANSITION, EVENT_ANY, reset->frame);
    bool changed = challenge != NULL && change != NULL && change->frame > challenge->frame;
    return changed ? NULL : challenge;
}

/* Whether the sender of this RST went on afterwards: then it was taken back. */
static bool taken_back(const struct facts *facts, const struct event *reset)
{
    const struct event *end = facts->events + facts->count;
    for (const struct event *e = reset + 1; e < end; e++) {
        if (e->endpoint != reset->endpoint)
            continue;
        if (e->kind == EVENT_RESET)
            return false;
        if (e->kind == EVENT_RESET_NOT_BELIEVED)
            return true;
    }
    return false;
}

/* The first RST that was believed to the end, or NULL. A refusal counts only if it was final. */
static const struct event *reset_first(const struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (e->kind != EVENT_RESET || taken_back(facts, e))
            continue;
        if (e->result != RESET_REFUSED || facts->summary->handshake == HANDSHAKE_REFUSED)
            return e;
    }
    return NULL;
}

static bool state_after_fin(uint8_t state)
{
    return state == STATE_FIN_WAIT_1 || state == STATE_FIN_WAIT_2 || state == STATE_CLOSING ||
           state == STATE_TIME_WAIT || state == STATE_LAST_ACK;
}

/*
 * Whether the number of this RST allows that it answers the peer's late payload. A bare RST takes
 * it from the acknowledgement of what it answers (RFC 9293 §3.5.2): one with the FIN's own number
 * answers what was sent before the FIN arrived, one with the number after it what was sent later.
 */
static bool answers_late(const struct facts *facts, const struct event *reset,
                         const struct event *late)
{
    enum endpoint_id sender = (enum endpoint_id)reset->endpoint;
    uint32_t fin_seq = facts->summary->endpoints[sender].fin_seq;
    const struct event *acked = facts_fin_acked(facts, sender);
    if (reset->result == RESET_ACTIVE || acked == NULL)
        return true;
    bool late_acks_fin = acked->frame <= late->frame;
    return late_acks_fin ? reset->observed != fin_seq : reset->observed != fin_seq + 1;
}

static struct reset_case case_read(const struct facts *facts, const struct event *reset)
{
    enum endpoint_id sender = (enum endpoint_id)reset->endpoint;
    enum endpoint_id peer = endpoint_peer(sender);
    const struct endpoint_summary *ends = facts->summary->endpoints;
    const struct event *fin = facts_fin(facts, sender);
    const struct event *peer_fin = facts_fin(facts, peer);
    const struct event *late = facts_first(facts, EVENT_PAYLOAD_AFTER_FIN, peer);

    const struct event *other = facts_first(facts, EVENT_RESET, peer);
    if (fin != NULL && fin->frame >= reset->frame)
        fin = NULL;
    if (fin == NULL || (late != NULL && late->frame >= reset->frame))
        late = NULL;
    return (struct reset_case){
        .reset = reset,
        .sender = sender,
        .fin = fin,
        .peer_fin = peer_fin != NULL && peer_fin->frame < reset->frame,
        .late = late,
        .answers_late = late != NULL && answers_late(facts, reset, late),
        .data = ends[CLIENT].payload_bytes > 0 || ends[SERVER].payload_bytes > 0,
        .data_both_ways = ends[CLIENT].payload_bytes > 0 && ends[SERVER].payload_bytes > 0,
        .exact = reset->detail == RESET_EXACT,
        .spoke = ends[sender].payload_bytes > 0,
        .challenge = challenge_before(facts, reset),
        .both = other != NULL && other->result == RESET_ACTIVE && !taken_back(facts, other),
    };
}

static void finding_start(struct finding *finding, const struct reset_case *c)
{
    finding->endpoint = (uint8_t)c->sender;
    finding->state = c->reset->from;
    finding->peer_state = c->reset->to;
    finding->certainty = certainty_least(CERTAINTY_OBSERVED, c->reset->certainty);
    /* Its receiver may ask back before it believes a RST that is not exact (RFC 5961 §3.2). */
    if (!c->exact)
        finding->certainty = certainty_least(finding->certainty, CERTAINTY_INFERRED);
    finding_evidence(finding, c->reset->frame, "seq", EVIDENCE_NUMBER, c->reset->observed);
}

/*
 * The client knows nothing of the SYN that was answered, and opens another connection on the same
 * ports at once (RFC 9293 §3.5, Fig. 8). A scanner that resets what it asked for does not.
 */
static bool syn_was_old(const struct summary *summary, const struct reset_case *c)
{
    return summary->handshake == HANDSHAKE_ABORTED && c->sender == CLIENT &&
           c->reset->result == RESET_REACTIVE && c->exact && summary->superseded &&
           summary->capture_end - c->reset->time < NEXT_SYN_SOON;
}

static void find_old_syn(const struct facts *facts, const struct reset_case *c,
                         struct findings *findings)
{
    struct finding *finding = findings_add(findings, TOPIC_OLD_DUPLICATE_SYN);
    if (finding == NULL)
        return;
    finding_start(finding, c);
    finding->certainty = certainty_least(finding->certainty, CERTAINTY_INFERRED);
    finding->time = facts->summary->capture_end - c->reset->time;
    const struct event *syn = facts_entered(facts, CLIENT, STATE_SYN_SENT);
    finding_evidence(finding, syn != NULL ? syn->frame : facts->summary->first_frame, "flags",
                     EVIDENCE_FLAGS, TCP_SYN);
    const struct event *answer = facts_entered(facts, SERVER, STATE_SYN_RCVD);
    if (answer != NULL)
        finding_evidence(finding, answer->frame, "flags", EVIDENCE_FLAGS, TCP_SYN | TCP_ACK);
}

/* A RST while the connection was being opened. Whether it was one. */
static bool find_in_handshake(const struct facts *facts, const struct reset_case *c,
                              struct findings *findings)
{
    const struct summary *summary = facts->summary;
    if (summary->handshake != HANDSHAKE_REFUSED && summary->handshake != HANDSHAKE_ABORTED)
        return false;
    if (syn_was_old(summary, c)) {
        find_old_syn(facts, c, findings);
        return true;
    }
    bool refused = summary->handshake == HANDSHAKE_REFUSED;
    struct finding *finding =
        findings_add(findings, refused ? TOPIC_HANDSHAKE_REFUSED : TOPIC_HANDSHAKE_ABORTED);
    if (finding == NULL)
        return true;
    finding_start(finding, c);
    /* In SYN_SENT only the acknowledgement counts (RFC 9293 §3.10.7.3). */
    if (refused) {
        finding->certainty = certainty_least(CERTAINTY_OBSERVED, c->reset->certainty);
        finding->evidence_count = 0; /* not its SEQ counts, but that it acknowledges the SYN */
        finding_evidence(finding, c->reset->frame, "flags", EVIDENCE_FLAGS, TCP_RST | TCP_ACK);
        finding_evidence(finding, c->reset->frame, "ack", EVIDENCE_NUMBER,
                         (int64_t)(uint32_t)(summary->endpoints[CLIENT].isn + 1));
    }
    /* A client that drops its own attempt harms nobody. */
    if (!refused && c->sender == CLIENT)
        finding->severity = SEVERITY_NOTE;
    const struct event *syn = facts_entered(facts, CLIENT, STATE_SYN_SENT);
    if (syn != NULL && syn->frame < c->reset->frame)
        finding_evidence(finding, syn->frame, "flags", EVIDENCE_FLAGS, TCP_SYN);
    return true;
}

/*
 * A RST by an end that had sent its FIN. It means late data when payload followed the FIN, or
 * when it answers a segment and the peer had not closed: a bare acknowledgement provokes none.
 * In place of the last ACK it means only that the end has forgotten the connection: no finding.
 */
static void find_after_fin(const struct facts *facts, const struct reset_case *c,
                           struct findings *findings)
{
    bool answers = c->reset->result == RESET_REACTIVE && !c->peer_fin;
    if (c->late == NULL && !answers)
        return;
    struct finding *finding = findings_add(findings, TOPIC_CLOSE_RST_AFTER_FIN);
    if (finding == NULL)
        return;
    finding_start(finding, c);
    if (!c->answers_late)
        finding->certainty = certainty_least(finding->certainty, CERTAINTY_INFERRED);
    finding->n = (int64_t)facts->summary->endpoints[endpoint_peer(c->sender)].unacknowledged;
    finding_evidence(finding, c->fin->frame, "seq", EVIDENCE_NUMBER,
                     facts->summary->endpoints[c->sender].fin_seq);
    if (c->answers_late)
        finding_evidence(finding, c->late->frame, "payload", EVIDENCE_NONE, 0);
}

/* A RST by an end that had sent neither FIN nor RST: an abort of some kind. */
static void find_abort(const struct facts *facts, const struct reset_case *c,
                       struct findings *findings)
{
    const struct event *reset = c->reset;
    enum topic_id topic = TOPIC_CLOSE_RST_ABORT;
    enum certainty certainty = CERTAINTY_OBSERVED;

    if (reset->result == RESET_ACTIVE && c->both) {
        /* An end that was reset does not reset: a device in between may have sent both. */
        certainty = CERTAINTY_INFERRED;
    } else if (reset->result == RESET_ACTIVE && c->exact) {
        /* On the wire the two differ only by input that the program had not read: that is the
         * likelier where it had got data, the less so where it had also been talking. */
        topic = reset->expected != 0 ? TOPIC_CLOSE_UNREAD_DATA_RST : TOPIC_CLOSE_LINGER_ABORT;
        certainty = CERTAINTY_INFERRED;
        if (reset->expected != 0 && c->spoke)
            certainty = CERTAINTY_ASSUMED;
    } else if (reset->result == RESET_REACTIVE && c->challenge != NULL) {
        topic = TOPIC_SYN_CHALLENGED;
    } else if (reset->result == RESET_REACTIVE && c->data_both_ways &&
               reset->from != STATE_CLOSE_WAIT) {
        /* In CLOSE_WAIT it had just shown that it knew the connection. */
        topic = TOPIC_HALF_OPEN_DEAD_PEER;
        certainty = CERTAINTY_INFERRED;
    }
    struct finding *finding = findings_add(findings, topic);
    if (finding == NULL)
        return;
    finding_start(finding, c);
    finding->certainty = certainty_least(finding->certainty, certainty);
    if (certainty == CERTAINTY_ASSUMED)
        finding->severity = SEVERITY_NOTE;
    const struct event *cause =
        facts_first(facts, EVENT_RESET_CAUSE, endpoint_peer(c->sender));
    if (topic == TOPIC_HALF_OPEN_DEAD_PEER && cause != NULL && cause->frame < reset->frame)
        finding_evidence(finding, cause->frame, "answered", EVIDENCE_NONE, 0);
    if (topic == TOPIC_SYN_CHALLENGED)
        finding_evidence(finding, c->challenge->frame, "challenge", EVIDENCE_NONE, 0);
    /* Nothing was lost where nothing had been sent. */
    if (topic == TOPIC_CLOSE_RST_ABORT && !c->data)
        finding->severity = SEVERITY_NOTE;
}

static void find_reset(const struct facts *facts, struct findings *findings)
{
    const struct event *reset = reset_first(facts);
    if (reset == NULL)
        return;
    const struct reset_case c = case_read(facts, reset);
    if (find_in_handshake(facts, &c, findings))
        return;
    if (facts->summary->close != CLOSE_RESET || facts->summary->no_connection)
        return;
    const struct event *probe = facts_keepalive_dead(facts, c.sender);
    if (probe != NULL && probe->frame < reset->frame)
        return; /* it gave up: find_keepalive_dead() */
    if (c.fin != NULL)
        find_after_fin(facts, &c, findings);
    else if (!state_after_fin(reset->from))
        find_abort(facts, &c, findings);
}

/* The RSTs of one sender that count for nothing. */
struct guesses {
    const struct event *list[FINDING_EVIDENCE_MAX];
    int64_t count;
    bool rising, falling; /* so far every number is above, or below, the one before */
    uint32_t newest;
    enum certainty certainty;
};

static void guess_add(struct guesses *guesses, const struct event *rst)
{
    if (guesses->count > 0) {
        int32_t step = (int32_t)(rst->observed - guesses->newest);
        guesses->rising = guesses->rising && step > 0;
        guesses->falling = guesses->falling && step < 0;
    }
    if (guesses->count < FINDING_EVIDENCE_MAX)
        guesses->list[guesses->count] = rst;
    guesses->count++;
    guesses->newest = rst->observed;
    guesses->certainty = certainty_least(guesses->certainty, rst->certainty);
}

/*
 * Up to the first RST that was believed: what comes after it is its echo. A RST that was taken
 * back stands for itself; the event that takes it back is the segment that contradicts it.
 */
static struct guesses guesses_read(const struct facts *facts, enum endpoint_id sender)
{
    struct guesses guesses = { .rising = true, .falling = true };
    const struct event *believed = reset_first(facts);
    const struct event *doubted = NULL;

    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (e == believed)
            break;
        if (e->endpoint != sender)
            continue;
        if (e->kind == EVENT_RESET) {
            doubted = e;
        } else if (e->kind == EVENT_RESET_NOT_BELIEVED) {
            guess_add(&guesses, doubted != NULL ? doubted : e);
            doubted = NULL;
        }
    }
    return guesses;
}

/*
 * RSTs that their receiver must ignore. One may be a late stray. Several whose numbers only rise
 * or only fall are a series of guesses (RFC 5961 §3).
 */
static void find_guesses(const struct facts *facts, enum endpoint_id sender,
                         struct findings *findings)
{
    const struct guesses guesses = guesses_read(facts, sender);
    if (guesses.count == 0)
        return;
    struct finding *finding = findings_add(findings, TOPIC_RST_BLIND);
    if (finding == NULL)
        return;
    bool series = guesses.count >= GUESSES_MANY && (guesses.rising || guesses.falling);
    finding->severity = series ? SEVERITY_ATTACK : SEVERITY_NOTE;
    finding->certainty = series ? certainty_least(guesses.certainty, CERTAINTY_INFERRED)
                                : guesses.certainty;
    finding->endpoint = (uint8_t)sender;
    finding->n = guesses.count;
    for (int64_t i = 0; i < guesses.count && i < FINDING_EVIDENCE_MAX; i++)
        finding_evidence(finding, guesses.list[i]->frame, "seq", EVIDENCE_NUMBER,
                         guesses.list[i]->observed);
}

/* Several keep-alives without an answer, and the RST of who gave up, if it is there. */
static void find_keepalive_dead(const struct facts *facts, enum endpoint_id who,
                                struct findings *findings)
{
    const struct event *last = facts_keepalive_dead(facts, who);
    if (last == NULL)
        return;
    const struct event *reset = reset_first(facts);
    struct finding *finding = findings_add(findings, TOPIC_KEEPALIVE_DEAD);
    if (finding == NULL)
        return;
    finding->endpoint = (uint8_t)who;
    finding->n = last->observed;
    finding->n_or_more = last->observed >= KEEP_ALIVES_NOTED;
    /* An answer may have passed elsewhere: that the peer is gone follows, it is not seen. */
    finding->certainty = CERTAINTY_INFERRED;
    finding_evidence(finding, last->frame, "keep-alive", EVIDENCE_NONE, 0);
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (e->kind == EVENT_KEEP_ALIVE_UNANSWERED && e->endpoint == who && e != last &&
            e->time > facts->summary->endpoints[endpoint_peer(who)].last_time)
            finding_evidence(finding, e->frame, "keep-alive", EVIDENCE_NONE, 0);
    }
    if (reset != NULL && reset->endpoint == who && reset->frame > last->frame)
        finding_evidence(finding, reset->frame, "seq", EVIDENCE_NUMBER, reset->observed);
}

static void reset_connection(void *state, const struct facts *facts, struct findings *findings)
{
    (void)state;
    const uint64_t kinds = TRAIT_EVENT(EVENT_RESET) | TRAIT_EVENT(EVENT_RESET_NOT_BELIEVED);
    bool resets = facts->traits & kinds;
    if (resets)
        find_reset(facts, findings);
    for (int id = CLIENT; id <= SERVER; id++) {
        if (resets)
            find_guesses(facts, (enum endpoint_id)id, findings);
        find_keepalive_dead(facts, (enum endpoint_id)id, findings);
    }
}

const struct diagnosis diagnosis_reset = {
    .name = "reset",
    .needs = TRAIT_EVENT(EVENT_RESET) | TRAIT_EVENT(EVENT_RESET_NOT_BELIEVED) |
             TRAIT_EVENT(EVENT_KEEP_ALIVE_UNANSWERED),
    .connection = reset_connection,
};
