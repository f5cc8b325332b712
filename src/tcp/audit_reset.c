/*
 * audit_reset: the numbers of RSTs (RFC 9293 §3.5.2, RFC 5961 §3.2). Which segment a RST answers,
 * and what its receiver expects, is judged by tcp/reset.
 */
#include "tcp/audit.h"
#include "tcp/reset.h"
#include "tcp/sequence.h"

enum zero_saying { ZERO_SEQ, ZERO_ACK };

/*
 * What answers a segment without ACK has SEQ 0, and acknowledges that segment. Of a SYN that is
 * repeated without the data that was on it, either end may be meant (RFC 7413 §4.1.3).
 */
static void answer_to_no_ack(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct segment *s = step->s;
    uint32_t end = (uint32_t)step->y->snd_nxt;
    if (!(s->flags & TCP_ACK)) {
        audit_skip(audit, CHECK_RST_SEQ_ZERO_ACK, REASON_CAUSE_UNKNOWN);
        return;
    }
    if (s->ack != end && s->ack != step->y->isn + 1) {
        audit_result(audit, CHECK_RST_SEQ_ZERO_ACK, false,
                     (struct audit_sum){ .saying = ZERO_ACK,
                                         .observed = s->ack,
                                         .expected = end });
        return;
    }
    /* With a number of its own it may belong to a SYN-ACK that the capture missed. */
    bool zero = s->seq == 0;
    audit_result(audit, CHECK_RST_SEQ_ZERO_ACK, zero,
                 (struct audit_sum){ .saying = zero ? ZERO_ACK : ZERO_SEQ,
                                     .observed = zero ? s->ack : s->seq,
                                     .expected = zero ? s->ack : 0,
                                     .certainty = zero ? CERTAINTY_OBSERVED
                                                       : CERTAINTY_INFERRED });
}

/*
 * A RST without ACK that answers a segment with one takes its number from there. Which segment it
 * answers is not told: any ACK that the peer sent will do, and one that is not in the capture. So
 * what fails is a number that the peer never had a reason to acknowledge.
 */
static void answer_to_ack(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct endpoint *x = step->x, *y = step->y;
    const struct ledger_side *other = audit->other;
    if (step->s->flags & TCP_ACK)
        return;
    bool last = other != NULL && (other->known & LEDGER_ACK) && step->s->seq == other->wl_ack;
    if ((y->flags & END_SEEN) && (step->seq == x->snd_una || last)) {
        audit_result(audit, CHECK_RST_SEQ_FROM_ACK, true,
                     (struct audit_sum){ .observed = step->s->seq, .expected = step->s->seq });
        return;
    }
    /* In the handshake it may answer an ACK of what was never sent (RFC 9293 §3.10.7.3, .4). */
    bool opening = x->state == STATE_SYN_SENT || x->state == STATE_SYN_RCVD;
    bool before = (x->flags & END_ISN_KNOWN) && step->seq <= endpoint_isn(x);
    bool far_behind = step->seq > x->snd_nxt && reset_verdict(step) == RESET_OUTSIDE;
    if (!(y->flags & END_SEEN) || opening || !(before || far_behind)) {
        audit_skip(audit, CHECK_RST_SEQ_FROM_ACK, REASON_CAUSE_UNKNOWN);
        return;
    }
    audit_result(audit, CHECK_RST_SEQ_FROM_ACK, false,
                 (struct audit_sum){ .observed = step->s->seq,
                                     .expected = (uint32_t)x->snd_una,
                                     .certainty = CERTAINTY_INFERRED });
}

/*
 * RCV.NXT of the receiver is no less than the highest acknowledgement that was seen, and no more
 * than what was sent: in between, and behind what was seen sent, the capture cannot tell.
 */
static void is_exact(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct endpoint *x = step->x;
    enum reset_verdict verdict = reset_verdict(step);
    if (!(step->y->flags & END_SEEN)) {
        audit_skip(audit, CHECK_RST_SEQ_EXACT, REASON_PEER_UNSEEN);
    } else if (verdict == RESET_EXACT) {
        audit_result(audit, CHECK_RST_SEQ_EXACT, true,
                     (struct audit_sum){ .observed = step->s->seq, .expected = step->s->seq });
    } else if (step->seq > x->snd_una && step->seq < x->snd_nxt) {
        audit_skip(audit, CHECK_RST_SEQ_EXACT, REASON_NOT_ACKNOWLEDGED);
    } else if (verdict == RESET_IN_WINDOW) {
        audit_skip(audit, CHECK_RST_SEQ_EXACT, REASON_GAP);
    } else {
        bool below = step->seq < x->snd_una;
        audit_result(audit, CHECK_RST_SEQ_EXACT, false,
                     (struct audit_sum){
                         .observed = step->s->seq,
                         .expected = (uint32_t)(below ? x->snd_una : x->snd_nxt),
                         .certainty = below ? CERTAINTY_OBSERVED : CERTAINTY_INFERRED,
                     });
    }
}

void audit_reset(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct endpoint *x = step->x, *y = step->y;
    if (!(step->s->flags & TCP_RST))
        return;
    if (reset_answers_no_ack(step)) {
        answer_to_no_ack(audit);
        return;
    }
    /* After the first RST that counts, and after the close, nobody obeys another one. */
    if (x->state == STATE_CLOSED || (x->flags & y->flags & END_FIN_ACKED))
        return;
    answer_to_ack(audit);
    is_exact(audit);
}
