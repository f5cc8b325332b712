/*
 * reset: what a RST means (RFC 9293 §3.5.2, §3.5.3, §3.10.7; RFC 5961 §3.2): does it count, was
 * it exact, and what kind of sender made it.
 */
#ifndef TCP_RESET_H
#define TCP_RESET_H

#include "tcp/step.h"

/* Deliveries that an end contradicts by going on. */
#define RESETS_PENDING (1u << DELIVERY_RST | 1u << DELIVERY_RST_IN_WINDOW)

/* For a RST: decides whether it counts (adds WHEN_RST to the facts) and logs it. */
void reset_judge(struct step *step);

/* A RST of X that answers what had no ACK, for X sent nothing yet: Y's SYN, or a scan's FIN. */
bool reset_answers_no_ack(const struct step *step);

/* Where a RST stands against what its receiver expects. */
enum reset_verdict reset_verdict(const struct step *step);

/* How long after a RST segments that its sender had sent before it may still pass, ns. */
int64_t reset_under_way(const struct connection *c);

/*
 * For any other segment: takes back a RST that its sender contradicts by going on, or that its
 * receiver evidently did not accept.
 */
void reset_review(struct step *step);

/* A RST or a FIN that is taken back closed nothing: who sent the first FIN, if there is one? */
void reset_closer_review(struct connection *c);

#endif
