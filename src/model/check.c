/* check: the table of arithmetic checks. Formulas: RFC 9293 §3.4, §3.5, §3.6. */
#include "model/check.h"

#include <stddef.h>

const struct check checks[CHECK_N] = {
    [CHECK_SYN_SEQ_IS_ISN] = { "syn-seq-is-isn", SUBJECT_SEQ, BASE_OWN_ISN,
                               "every SYN carries the same initial number", "RFC 9293 §3.4" },
    [CHECK_SYN_ACK_FIELD_ZERO] = { "syn-ack-field-zero", SUBJECT_ACK, BASE_ZERO,
                                   "a first SYN acknowledges nothing yet", "RFC 9293 §3.5" },
    [CHECK_SYNACK_ACKS_ISN_PLUS_1] = { "synack-acks-isn-plus-1", SUBJECT_ACK, BASE_PEER_ISN,
                                       "the SYN counts one", "RFC 9293 §3.10.7.3" },
    [CHECK_HANDSHAKE_THIRD_SEQ] = { "handshake-third-seq", SUBJECT_SEQ, BASE_OWN_ISN,
                                    "the third segment goes on after the SYN",
                                    "RFC 9293 §3.5" },
    [CHECK_HANDSHAKE_ACK_NUMBER] = { "handshake-ack-number", SUBJECT_ACK, BASE_PEER_ISN,
                                     "the other SYN counts one too", "RFC 9293 §3.5" },
    [CHECK_SYN_CONSUMES_ONE] = { "syn-consumes-one", SUBJECT_SEQ, BASE_OWN_ISN,
                                 "the first byte of data comes right after the SYN",
                                 "RFC 9293 §3.4" },
    [CHECK_SIMULTANEOUS_ACKS] = { "simultaneous-acks", SUBJECT_SEQ_AND_ACK, BASE_OWN_ISN,
                                  "the SYN's own number again, the other's plus one",
                                  "RFC 9293 §3.5" },
    [CHECK_PURE_ACK_CONSUMES_NONE] = { "pure-ack-consumes-none", SUBJECT_SEQ, BASE_PREVIOUS_SEQ,
                                       "a bare ACK takes no number", "RFC 9293 §3.4" },
    [CHECK_FIN_CONSUMES_ONE] = { "fin-consumes-one", SUBJECT_SEQ, BASE_OWN_FIN,
                                 "the FIN takes one number", "RFC 9293 §3.6" },
    [CHECK_ACK_OF_FIN] = { "ack-of-fin", SUBJECT_ACK, BASE_PEER_FIN, "the FIN counts one",
                           "RFC 9293 §3.6" },
    [CHECK_FIN_SEQ_STABLE] = { "fin-seq-stable", SUBJECT_SEQ, BASE_OWN_FIN,
                               "a repeated FIN keeps its place", "RFC 9293 §3.4" },
    [CHECK_LAST_ACK_NUMBERS] = { "last-ack-numbers", SUBJECT_SEQ_AND_ACK, BASE_OWN_FIN,
                                 "the last ACK stands after both FINs", "RFC 9293 §3.6" },
    [CHECK_SIMULTANEOUS_CLOSE_ACKS] = { "simultaneous-close-acks", SUBJECT_SEQ_AND_ACK,
                                        BASE_OWN_FIN,
                                        "crossing FINs: each is acknowledged plus one",
                                        "RFC 9293 §3.6" },
};

static const char *const reason_names[REASON_N] = {
    [REASON_NONE] = NULL,
    [REASON_SYN_NOT_CAPTURED] = "syn-not-captured",
    [REASON_GAP] = "gap-in-capture",
    [REASON_NOT_ACKNOWLEDGED] = "not-acknowledged-in-capture",
};

const char *check_result_name(enum check_result result)
{
    switch (result) {
    case CHECK_HOLDS:
        return "holds";
    case CHECK_FAILS:
        return "fails";
    case CHECK_SKIPPED:
        break;
    }
    return "skipped";
}

const char *check_reason_name(enum check_reason reason)
{
    return (unsigned)reason < REASON_N ? reason_names[reason] : NULL;
}
