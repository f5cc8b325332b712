/*
 * handshake: SYNs and SYN-ACKs without an answer or sent again, third ACKs that did not count,
 * unusual ways to open. What a RST did to a handshake is told by diagnose/reset.
 *
 * Findings that rest on something missing are withheld when the capture ends before it was due.
 */
#include "base/time_text.h"
#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"
#include "model/segment.h"

/*
 * The first repeat of a SYN is due after 1 s (RFC 6298 §2.1); kernels round their timers up, by
 * up to 13 % as measured on Linux.
 */
#define FIRST_REPEAT_DUE (1130 * NS_PER_MS)
#define ANSWER_DUE (3 * NS_PER_S)
#define SYNACK_GIVE_UP (63 * NS_PER_S) /* Linux: five repeats, 1+2+4+8+16+32 s */
#define RETURN_UNKNOWN (200 * NS_PER_MS) /* taken for a way there and back that is not known */

#define SENT_MAX 8

struct sent {
    uint64_t frame;
    int64_t time; /* UNKNOWN_NS when not known */
};

/* What was sent to open the connection, in order. */
struct opening {
    struct sent syn[SENT_MAX];
    size_t syn_count;
    struct sent synack[SENT_MAX];
    size_t synack_count;
    struct sent ack; /* frame 0: none */
    enum certainty certainty;
};

static void sent_add(struct sent list[SENT_MAX], size_t *count, uint64_t frame, int64_t time)
{
    if (*count < SENT_MAX)
        list[(*count)++] = (struct sent){ .frame = frame, .time = time };
}

/* The frame that shows the first SYN-ACK: it proves that the SYN arrived. */
static struct sent first_synack(const struct facts *facts)
{
    struct sent synack = { .frame = 0, .time = UNKNOWN_NS };
    const struct event *rcvd = facts_entered(facts, SERVER, STATE_SYN_RCVD);
    if (rcvd == NULL)
        return synack;
    if (rcvd->evidence == 0 || rcvd->evidence == rcvd->frame) {
        synack.frame = rcvd->frame;
        synack.time = rcvd->time;
    } else {
        synack.frame = rcvd->evidence;
        if (facts->summary->synack_ns != UNKNOWN_NS)
            synack.time = rcvd->time + facts->summary->synack_ns;
    }
    return synack;
}

/* The frame with which the client showed that the SYN-ACK had reached it. */
static struct sent third_ack(const struct facts *facts)
{
    struct sent ack = { .frame = 0, .time = UNKNOWN_NS };
    const struct event *open = facts_entered(facts, CLIENT, STATE_ESTABLISHED);
    if (open == NULL || open->certainty > CERTAINTY_PROVED)
        return ack;
    if (open->evidence == 0 || open->evidence == open->frame) {
        ack.frame = open->frame;
        ack.time = open->time;
    } else {
        ack.frame = open->evidence;
    }
    return ack;
}

static struct opening opening_read(const struct facts *facts)
{
    const struct summary *summary = facts->summary;
    struct opening opening = { .certainty = CERTAINTY_OBSERVED };
    const struct event *syn = facts_entered(facts, CLIENT, STATE_SYN_SENT);

    if (syn != NULL && syn->certainty == CERTAINTY_OBSERVED)
        sent_add(opening.syn, &opening.syn_count, syn->frame, syn->time);
    else if (summary->role_evidence == ROLE_SYN)
        sent_add(opening.syn, &opening.syn_count, summary->first_frame, summary->first_time);
    struct sent synack = first_synack(facts);
    if (synack.frame != 0)
        sent_add(opening.synack, &opening.synack_count, synack.frame, synack.time);
    opening.ack = third_ack(facts);

    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (e->kind != EVENT_SYN_REPEATED)
            continue;
        opening.certainty = certainty_least(opening.certainty, e->certainty);
        if (e->endpoint == CLIENT)
            sent_add(opening.syn, &opening.syn_count, e->frame, e->time);
        else
            sent_add(opening.synack, &opening.synack_count, e->frame, e->time);
    }
    return opening;
}

/* The frames of one kind of segment with the pauses between them. */
static void evidence_series(struct finding *finding, const struct sent *list, size_t count,
                            unsigned flags)
{
    for (size_t i = 0; i < count; i++) {
        bool pause_known = i > 0 && list[i].time != UNKNOWN_NS && list[i - 1].time != UNKNOWN_NS;
        if (pause_known)
            finding_evidence(finding, list[i].frame, "gap", EVIDENCE_DURATION,
                             list[i].time - list[i - 1].time);
        else
            finding_evidence(finding, list[i].frame, "flags", EVIDENCE_FLAGS, flags);
    }
}

/* ICMP errors about this end's SYNs or SYN-ACKs, which say what became of them. */
static void evidence_errors(struct finding *finding, const struct facts *facts,
                            enum endpoint_id id, uint64_t before)
{
    for (size_t i = 0; i < facts->count && facts->events[i].frame < before; i++) {
        const struct event *e = &facts->events[i];
        if (e->kind == EVENT_ICMP_ERROR && e->endpoint == id)
            finding_evidence(finding, e->frame, "icmp", EVIDENCE_ERROR,
                             finding_error(facts->summary->ip_version, e->detail, e->result));
    }
}

/* Only SYNs of the client, and nothing that shows an answer on another way. */
static void find_unanswered(const struct facts *facts, const struct opening *opening,
                            struct findings *findings)
{
    const struct summary *summary = facts->summary;
    const struct endpoint_summary *client = &summary->endpoints[CLIENT];
    if (summary->handshake != HANDSHAKE_UNANSWERED || opening->syn_count == 0 ||
        summary->endpoints[SERVER].segments != 0)
        return;
    /* A client that goes on without a visible answer got one: half of the capture is missing. A RST
     * answers, too. */
    if (client->resets > 0)
        return;
    if (client->state != STATE_SYN_SENT && client->state != STATE_CLOSED &&
        client->state != STATE_NONE)
        return;

    int64_t waited = summary->capture_end - opening->syn[0].time;
    struct finding *finding;
    if (client->syns >= 2) {
        if (waited < ANSWER_DUE)
            return;
        finding = findings_add(findings, TOPIC_HANDSHAKE_UNANSWERED);
        if (finding == NULL)
            return;
        finding->severity = client->syns >= 3 ? SEVERITY_ERROR : SEVERITY_WARNING;
    } else {
        if (waited <= FIRST_REPEAT_DUE)
            return;
        finding = findings_add(findings, TOPIC_CONNECT_ABANDONED);
        if (finding == NULL)
            return;
    }
    finding->certainty = certainty_least(CERTAINTY_INFERRED, opening->certainty);
    finding->endpoint = CLIENT;
    finding->n = client->syns;
    finding->n_or_more = client->syns >= SUMMARY_COUNT_MAX;
    finding->time = waited;
    evidence_series(finding, opening->syn, opening->syn_count, TCP_SYN);
}

/*
 * Whether this repeat of the SYN may be put down to a missing answer. Not when the one SYN-ACK
 * there was had passed already and was acknowledged after all: then SYN and SYN-ACK crossed,
 * because the way there and back takes longer than the client's timer (RFC 6298 §5.7). Not when
 * the client had got a challenge ACK for it: then it repeats at once, without a timer. Nor when
 * the answer acknowledged another number: the client refused it, nothing was lost.
 */
static bool repeat_counts(const struct facts *facts, const struct opening *opening,
                          const struct sent *repeat)
{
    if (opening->ack.frame != 0) {
        if (repeat->frame > opening->ack.frame)
            return false;
        size_t before_ack = 0;
        for (size_t i = 0; i < opening->synack_count; i++)
            before_ack += opening->synack[i].frame < opening->ack.frame;
        if (before_ack == 1 && opening->synack[0].frame < repeat->frame)
            return false;
    }
    for (size_t i = 0; i < facts->count && facts->events[i].frame < repeat->frame; i++)
        if (facts->events[i].kind == EVENT_SYN_CHALLENGED ||
            (facts->events[i].kind == EVENT_CHECK &&
             facts->events[i].detail == CHECK_SYNACK_ACKS_ISN_PLUS_1 &&
             facts->events[i].result == CHECK_FAILS))
            return false;
    return true;
}

static void find_syn_repeated(const struct facts *facts, const struct opening *opening,
                              struct findings *findings)
{
    const struct summary *summary = facts->summary;
    if (!summary->handshake_complete && !summary->third_ack_seen)
        return;
    if (opening->syn_count < 2)
        return;

    struct sent counted[SENT_MAX] = { opening->syn[0] };
    size_t count = 1;
    for (size_t i = 1; i < opening->syn_count; i++)
        if (repeat_counts(facts, opening, &opening->syn[i]))
            counted[count++] = opening->syn[i];
    if (count < 2)
        return;

    struct finding *finding = findings_add(findings, TOPIC_SYN_RETRANSMISSION);
    if (finding == NULL)
        return;
    finding->certainty = opening->certainty;
    finding->endpoint = CLIENT;
    /* More SYNs than fit here are in the summary. */
    finding->n = count == SENT_MAX ? summary->endpoints[CLIENT].syns : (int64_t)count;
    finding->n_or_more = finding->n >= SUMMARY_COUNT_MAX;
    finding->time = counted[count - 1].time - counted[0].time;
    evidence_series(finding, counted, count, TCP_SYN);
    /* Which of the two went missing shows only where a SYN-ACK was seen before the repeat. */
    if (opening->synack_count > 0)
        finding_evidence(finding, opening->synack[0].frame, "flags", EVIDENCE_FLAGS,
                         TCP_SYN | TCP_ACK);
    evidence_errors(finding, facts, CLIENT, counted[count - 1].frame);
}

static void find_synack_unanswered(const struct facts *facts, const struct opening *opening,
                                   struct findings *findings)
{
    const struct summary *summary = facts->summary;
    const struct endpoint_summary *server = &summary->endpoints[SERVER];
    if (summary->handshake != HANDSHAKE_HALF_OPEN || server->syns < 2 ||
        facts_entered(facts, SERVER, STATE_SYN_RCVD) == NULL || summary->third_ack_seen)
        return; /* also when the SYN-ACK never fitted the SYN: nobody could acknowledge it */
    if (server->resets != 0 || summary->endpoints[CLIENT].resets != 0)
        return;
    /* Without a time of the first SYN-ACK the next one serves: that waits a little longer. */
    int64_t since = opening->synack[0].time;
    if (since == UNKNOWN_NS && opening->synack_count > 1)
        since = opening->synack[1].time;
    /* A SYN sent again after the SYN-ACK shows that it did not reach the client: no need to wait
     * until the server gives up. */
    const struct sent *again = NULL;
    for (size_t i = 1; i < opening->syn_count && again == NULL; i++)
        if (opening->syn[i].frame > opening->synack[0].frame)
            again = &opening->syn[i];
    int64_t patience = again != NULL ? ANSWER_DUE : SYNACK_GIVE_UP;
    if (since == UNKNOWN_NS || summary->capture_end - since < patience)
        return;

    struct finding *finding = findings_add(findings, TOPIC_SYNACK_UNANSWERED);
    if (finding == NULL)
        return;
    finding->certainty = certainty_least(CERTAINTY_INFERRED, opening->certainty);
    finding->endpoint = SERVER;
    finding->n = server->syns;
    finding->n_or_more = server->syns >= SUMMARY_COUNT_MAX;
    finding->time = summary->capture_end - since;
    if (again != NULL)
        finding_evidence(finding, again->frame, "flags", EVIDENCE_FLAGS, TCP_SYN);
    evidence_series(finding, opening->synack, opening->synack_count, TCP_SYN | TCP_ACK);
    evidence_errors(finding, facts, SERVER, UINT64_MAX);
}

/*
 * The first SYN-ACK that was sent because the third ACK had not counted, or NULL. It comes late
 * enough after the ACK for the server to have known of it (0.8 of the way there and back), and
 * it is not the answer to a SYN that was sent again.
 */
static const struct sent *synack_in_spite_of_ack(const struct facts *facts,
                                                 const struct opening *opening)
{
    int64_t way = facts->summary->synack_ns;
    int64_t earliest = way == UNKNOWN_NS ? RETURN_UNKNOWN : way / 10 * 8;
    for (size_t i = 1; i < opening->synack_count; i++) {
        const struct sent *synack = &opening->synack[i];
        if (synack->frame < opening->ack.frame || synack->time == UNKNOWN_NS ||
            synack->time - opening->ack.time < earliest)
            continue;
        size_t asked = 0;
        for (size_t j = 0; j < opening->syn_count; j++)
            asked += opening->syn[j].frame < synack->frame;
        for (size_t j = 0; j < facts->count && facts->events[j].frame < synack->frame; j++)
            asked += facts->events[j].kind == EVENT_SYN_DUPLICATED &&
                     facts->events[j].endpoint == CLIENT;
        if (i + 1 > asked)
            return synack;
    }
    return NULL;
}

/*
 * Data of the client that had passed too before the server repeated its SYN-ACK: one loss does
 * not explain that. A server whose accept queue is full drops ACK and data like this.
 */
static bool client_data_between(const struct facts *facts, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (e->kind == EVENT_CHECK && e->detail == CHECK_SYN_CONSUMES_ONE &&
            e->endpoint == CLIENT && e->frame >= from && e->frame < to)
            return true;
    }
    return false;
}

static void find_third_ack(const struct facts *facts, const struct opening *opening,
                           struct findings *findings)
{
    if (opening->ack.frame == 0 || opening->ack.time == UNKNOWN_NS)
        return;
    const struct sent *repeat = synack_in_spite_of_ack(facts, opening);
    const struct event *healed =
        event_entered_last(facts->events, facts->count, SERVER, STATE_ESTABLISHED);
    if (repeat == NULL || healed == NULL || healed->certainty == CERTAINTY_ASSUMED)
        return;
    /* Proved before the repeat: then the repeat is a late copy, and nothing was lost. */
    uint64_t proof = healed->evidence != 0 ? healed->evidence : healed->frame;
    if (proof <= repeat->frame)
        return;
    if (client_data_between(facts, opening->ack.frame, repeat->frame))
        return;

    struct finding *finding = findings_add(findings, TOPIC_THIRD_ACK_LOST);
    if (finding == NULL)
        return;
    finding->certainty = certainty_least(CERTAINTY_INFERRED, opening->certainty);
    finding->endpoint = CLIENT;
    finding->time = repeat->time - opening->ack.time;
    finding_evidence(finding, opening->ack.frame, "flags", EVIDENCE_FLAGS, TCP_ACK);
    finding_evidence(finding, repeat->frame, "flags", EVIDENCE_FLAGS, TCP_SYN | TCP_ACK);
    if (healed->frame != proof && healed->frame > repeat->frame)
        finding_evidence(finding, healed->frame, "flags", EVIDENCE_FLAGS, TCP_ACK);
    finding_evidence(finding, proof, "state", EVIDENCE_STATE, STATE_ESTABLISHED);
}

/* Both ends sent SYNs: simultaneous or split open (RFC 9293 §3.5, §3.10.7.3). */
static void find_unusual(const struct facts *facts, struct findings *findings)
{
    enum topic_id topic;
    switch ((enum handshake_kind)facts->summary->handshake) {
    case HANDSHAKE_SIMULTANEOUS:
        topic = TOPIC_SIMULTANEOUS_OPEN;
        break;
    case HANDSHAKE_SPLIT:
        topic = TOPIC_SPLIT_HANDSHAKE;
        break;
    default:
        return;
    }
    struct finding *finding = findings_add(findings, topic);
    if (finding == NULL)
        return;
    finding->endpoint = SERVER;
    /* Crossing SYNs of which one was lost behind the capture look the same. */
    if (topic == TOPIC_SPLIT_HANDSHAKE)
        finding->certainty = CERTAINTY_INFERRED;
    for (int id = CLIENT; id <= SERVER; id++) {
        const struct event *syn = facts_entered(facts, (enum endpoint_id)id, STATE_SYN_SENT);
        if (syn != NULL)
            finding_evidence(finding, syn->frame, "flags", EVIDENCE_FLAGS, TCP_SYN);
    }
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (e->kind == EVENT_TRANSITION && e->to == STATE_SYN_RCVD)
            finding_evidence(finding, e->evidence != 0 ? e->evidence : e->frame, "state",
                             EVIDENCE_STATE, STATE_SYN_RCVD);
    }
}

static void handshake_connection(void *state, const struct facts *facts, struct findings *findings)
{
    (void)state;
    const struct opening opening = opening_read(facts);
    find_unanswered(facts, &opening, findings);
    find_syn_repeated(facts, &opening, findings);
    find_synack_unanswered(facts, &opening, findings);
    find_third_ack(facts, &opening, findings);
    find_unusual(facts, findings);
}

const struct diagnosis diagnosis_handshake = {
    .name = "handshake",
    /* A second SYN, or a second SYN-ACK behind the third ACK; else the kind of opening tells. */
    .needs = TRAIT_EVENT(EVENT_SYN_REPEATED) | TRAIT_HANDSHAKE(HANDSHAKE_UNANSWERED) |
             TRAIT_HANDSHAKE(HANDSHAKE_HALF_OPEN) | TRAIT_HANDSHAKE(HANDSHAKE_SIMULTANEOUS) |
             TRAIT_HANDSHAKE(HANDSHAKE_SPLIT),
    .connection = handshake_connection,
};
