/*
 * segment_class: why a segment was sent, in the words of the JSON contract: exactly one class,
 * any tags, and the rules that decided. The rules are those of the reference specification,
 * section 4; segment_rules names them and where each comes from.
 */
#ifndef MODEL_SEGMENT_CLASS_H
#define MODEL_SEGMENT_CLASS_H

#include <stdbool.h>
#include <stdint.h>

enum segment_class {
    CLASS_NONE, /* not classified: never shown */
    CLASS_ORIGINAL,
    CLASS_SYN,
    CLASS_SYN_ACK,
    CLASS_FIN,
    CLASS_RST,
    CLASS_ACK,
    CLASS_WINDOW_UPDATE,
    CLASS_DUPLICATE_ACK,
    CLASS_KEEP_ALIVE,
    CLASS_KEEP_ALIVE_ACK,
    CLASS_ZERO_WINDOW,
    CLASS_ZERO_WINDOW_PROBE,
    CLASS_ZERO_WINDOW_PROBE_ACK,
    CLASS_CHALLENGE_ACK,
    CLASS_RTX_SYN, /* from here to CLASS_RTX_UNSEEN_ORIGINAL: sent again */
    CLASS_RTX_SYN_ACK,
    CLASS_RTX_FAST,
    CLASS_RTX_SACK,
    CLASS_RTX_RACK,
    CLASS_RTX_NEWRENO,
    CLASS_RTX_GO_BACK_N,
    CLASS_RTX_TLP,
    CLASS_RTX_TIMER,
    CLASS_RTX_RTO,
    CLASS_RTX_OTHER,
    CLASS_RTX_UNNEEDED,
    CLASS_RTX_UNSEEN_ORIGINAL,
    CLASS_REORDERED,
    CLASS_CAPTURE_REORDERED,
    CLASS_NETWORK_DUPLICATE,
    CLASS_CAPTURE_DUPLICATE,
    CLASS_AMBIGUOUS,
    CLASS_NOT_ACCEPTED,
    CLASS_N
};

/* Bit numbers of tags. */
enum segment_tag {
    TAG_FIN,          /* carries a FIN */
    TAG_SPURIOUS,     /* was not needed: the first sending had arrived */
    TAG_PARTIAL,      /* old bytes and new ones */
    TAG_WINDOW_FULL,  /* ends just where the window that it was given ends */
    TAG_STALE_PROBE,  /* looks like a keep-alive, while data is outstanding */
    TAG_DSACK,        /* tells that bytes arrived twice (RFC 2883) */
    TAG_SACK,         /* tells of bytes that arrived beyond a hole (RFC 2018) */
    TAG_OLD_ACK,      /* acknowledges less than was acknowledged before */
    TAG_BEYOND,       /* acknowledges what could not be sent */
    TAG_UNSEEN,       /* acknowledges bytes that the capture lacks */
    TAG_REPEATED_ACK, /* says again what was said, and nothing is outstanding */
    TAG_REORDERED,    /* a pure ACK that was overtaken */
    TAG_LOST_AGAIN,   /* sent at least the third time: a repeat was lost, too */
    TAG_AFTER_GAP,    /* bytes before it are missing from the capture so far */
    TAG_RESEGMENTED,  /* its boundaries are not those of the first sending */
    TAG_COALESCED,    /* bytes of several first sendings */
    TAG_SHRUNK,       /* shorter than the first sending, and not the first that is: the path may
                         take no large ones (RFC 4821 §7.7) */
    TAG_MISSED,       /* its first sending is not in the capture, but arrived */
    TAG_COARSE,       /* too much was outstanding to tell segments apart */
    TAG_OTHER_BYTES,  /* its payload is not what passed before under the same numbers */
    TAG_TLP_NEW_DATA, /* a tail loss probe with new bytes */
    TAG_N
};

/* Bit numbers of rules. */
enum segment_rule {
    RULE_SAME_PACKET,
    RULE_SAME_STAMP,
    RULE_SAME_FRAME,
    RULE_PROBE_BELOW,
    RULE_PROBE_AT_EDGE,
    RULE_KEEP_ALIVE_BELOW,
    RULE_NEXT_IN_ORDER,
    RULE_LEAVES_GAP,
    RULE_SEEN_BEFORE,
    RULE_HOLE_ACKED,
    RULE_HOLE_IP_ID,
    RULE_HOLE_TIMESTAMP,
    RULE_HOLE_TIMING,
    RULE_BEHIND_ANSWER,
    RULE_ACKED_BEFORE,
    RULE_SACKED_BEFORE,
    RULE_SACKED_BEYOND,
    RULE_LOST_REPEAT,
    RULE_PARTIAL_ACK,
    RULE_AFTER_TIMEOUT,
    RULE_THREE_DUPLICATES,
    RULE_NEWER_DELIVERED,
    RULE_ONE_OUTSTANDING,
    RULE_TAIL_PROBE,
    RULE_TIMEOUT,
    RULE_FEW_DUPLICATES,
    RULE_QUIET,
    RULE_TOO_SOON,
    RULE_NO_TRIGGER,
    RULE_EIFEL,
    RULE_DSACK,
    RULE_EARLY_ACK,
    RULE_FRTO,
    RULE_CROSSING,
    RULE_LATE_ORIGINAL,
    RULE_RECEIVED,
    RULE_ACK_ADVANCES,
    RULE_ACK_REPEATS,
    RULE_ACK_OLD,
    RULE_ACK_UNSEEN,
    RULE_ACK_BEYOND,
    RULE_ANSWERS_KEEP_ALIVE,
    RULE_ANSWERS_PROBE,
    RULE_ANSWERS_UNACCEPTABLE,
    RULE_WINDOW_ZERO,
    RULE_WINDOW_MOVED,
    RULE_DUPLICATE,
    RULE_SACK_NEWS,
    RULE_FLAGS,
    RULE_DAMAGED,
    RULE_OUTSIDE,
    RULE_SYN_AGAIN,
    RULE_ANSWERS_SYN,
    RULE_NEXT_WAIT,
    RULE_SAME_TIME,
    RULE_PASSED_ON,
    RULE_N
};

/* Some of each, as a set. */
#define TAG(tag) (UINT32_C(1) << (tag))
#define RULE(rule) (UINT64_C(1) << (rule))

_Static_assert(TAG_N <= 32 && RULE_N <= 64, "sets of bits");

struct segment_rule_row {
    const char *id;        /* kebab-case, as in JSON */
    const char *section;   /* of the RFC that has it */
    const char *words;
};

extern const struct segment_rule_row segment_rules[RULE_N];

const char *segment_class_name(enum segment_class class); /* never NULL */
const char *segment_tag_name(enum segment_tag tag);

/* One of the classes rtx-*: its sender sent these bytes, this SYN or this FIN again. */
static inline bool class_is_repeat(enum segment_class class)
{
    return class >= CLASS_RTX_SYN && class <= CLASS_RTX_UNSEEN_ORIGINAL;
}

#endif
