/*
 * audit: the checks of model/check that are made of every segment, beyond the arithmetic of the
 * handshake and the close (tcp/arithmetic). Failures go to the log as events, the first few of
 * each check and endpoint; what holds or is skipped goes there once, where all checks are wanted.
 *
 * One file a family of checks: tcp/audit_*.c. A family looks at the segment, the connection as it
 * was before it, and the ledger. It fails only what the numbers contradict; what the capture
 * cannot tell is skipped, with the reason.
 */
#ifndef TCP_AUDIT_H
#define TCP_AUDIT_H

#include "tcp/ledger.h"
#include "tcp/step.h"

/* Failures of one check that are noted, of an endpoint. */
#define AUDIT_FAILURES_NOTED 8

struct audit {
    struct step *step;
    struct ledger *ledger;           /* NULL: none is open */
    struct ledger_side *own, *other; /* of the segment's sender and its peer; NULL likewise */
    bool all;                        /* what holds or is skipped is wanted, too */
};

/* Makes the checks on this segment: call before sequence_update(), which audit_note() follows. */
void audit_check(struct step *step);

/* Takes what the segment says over into the ledger. */
void audit_note(struct step *step);

/* A damaged segment: its checksum only, for its other fields may be what is damaged. */
void audit_damaged(struct step *step);

/* A segment that nobody takes, because its header has a length that cannot be; its payload_len is
 * all that follows the IP header. Not placed: of the step only pool, c, s and x. */
void audit_header(struct step *step);

/* For the families. The saying is the index in the check's row; numbers as on the wire. */
struct audit_sum {
    unsigned saying;
    uint32_t observed, expected;
    enum certainty certainty;
};

/* What the next two leave over: a failure, or the first that holds or is skipped. */
void audit_tell(const struct audit *audit, enum check_id id, bool holds, struct audit_sum sum);
void audit_tell_skipped(const struct audit *audit, enum check_id id, enum check_reason reason);

/* Inline, for nearly every check of every segment holds, and mostly nobody wants to know. */
static inline void audit_result(const struct audit *audit, enum check_id id, bool holds,
                                struct audit_sum sum)
{
    if (!holds || audit->all)
        audit_tell(audit, id, holds, sum);
}

static inline void audit_skip(const struct audit *audit, enum check_id id,
                              enum check_reason reason)
{
    if (audit->all)
        audit_tell_skipped(audit, id, reason);
}

/* This segment shows that an earlier one, of either end, was wrong. */
void audit_failed_before(const struct audit *audit, enum check_id id, enum endpoint_id endpoint,
                         uint64_t frame, struct audit_sum sum);

/* A check of an earlier segment of this sender could not be made, as this one shows. */
void audit_skip_before(const struct audit *audit, enum check_id id, uint64_t frame,
                       enum check_reason reason);

/* Whether no family has anything to say of this segment, so that none need be asked; and what is to
 * be remembered of it then. Not where checks that hold are wanted. */
bool audit_is_plain(struct step *step);
void audit_note_plain(struct step *step);

void audit_form_header(const struct audit *audit);
void audit_form(const struct audit *audit); /* flags, urgent pointer, IP */
void audit_options(const struct audit *audit);
void audit_sack(const struct audit *audit);
void audit_sack_note(const struct audit *audit); /* into the ledger, which is open */
void audit_reset(const struct audit *audit);

void audit_ecn(const struct audit *audit);
void audit_length(const struct audit *audit); /* against the MSS */

/* What its options, and the ECN bits of a SYN, say of the connection from now on. */
void audit_options_note(const struct step *step);
void audit_ecn_note(const struct step *step);

void audit_checksum(const struct audit *audit);
void audit_checksum_damaged(const struct audit *audit); /* it was left out */

/* Whether a later segment may have to judge something of an earlier one. */
bool ledger_waits(const struct ledger *ledger);

/* With a ledger: what the segment says for those behind it. */
void audit_form_note(const struct audit *audit);
#define AUDIT_HEADER_MIN 20u
/* An MSS of less makes no sense, and hosts send more than that all the same (Linux: 48). */
#define AUDIT_MSS_TINY 88u
void audit_length_note(const struct audit *audit);

/* Takes over what the SYNs said, and judges what the other end's segments were doubted for. Call
 * before the families; these and the next need a ledger. */
void audit_flow_begin(const struct audit *audit);

void audit_window(const struct audit *audit); /* the window, and numbers far from it */
void audit_order(const struct audit *audit);  /* data and acknowledgements follow each other */
void audit_probe(const struct audit *audit);  /* keep-alives, probes of a closed window */
void audit_stamp(const struct audit *audit);  /* timestamps of RFC 7323 */

/* A SYN's timestamps: no ledger is needed. */
void audit_stamp_syn(const struct audit *audit);

/* Takes over what the segment says: its window, timestamps and IP ID. */
void audit_flow_note(const struct audit *audit);

#endif
