/*
 * finding: something worth telling, with what it rests on. Plain data: words come from the
 * catalogue (model/topic) and are put together by report/narrate.
 */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/check.h"
#include "model/tcp_state.h"
#include "model/topic.h"

#define FINDING_EVIDENCE_MAX 8
#define FINDINGS_MAX 16

/* How an evidence value is written. */
enum evidence_format {
    EVIDENCE_NUMBER,   /* a plain number: a sequence number, a count */
    EVIDENCE_DURATION, /* ns */
    EVIDENCE_FLAGS,    /* TCP flags */
    EVIDENCE_STATE,    /* enum tcp_state */
    EVIDENCE_ERROR,    /* an ICMP error: finding_error() */
    EVIDENCE_KEEPERS,  /* enum overlap: the systems that keep the newer bytes */
    EVIDENCE_NONE,     /* the frame alone speaks */
};

struct evidence {
    uint64_t frame;
    const char *field; /* "seq", "ack", "flags", "gap", ...: a constant */
    enum evidence_format format;
    int64_t value;
    const char *input;    /* of several inputs: the name of the one that holds the frame, */
    uint64_t input_frame; /* and its number there. NULL, 0: one input, or not known */
};

/* A check that failed, beyond the arithmetic of the handshake and the close. */
struct finding_rule {
    uint8_t check;   /* enum check_id; 0: none */
    uint16_t addend; /* as in its event, like the numbers */
    uint32_t observed, expected;
};

struct finding {
    enum topic_id topic;
    enum severity severity;
    enum scope scope;
    enum certainty certainty;
    uint64_t connection;   /* id; 0 for scope host and capture */
    uint8_t endpoint;      /* enum endpoint_id: {who} */
    uint8_t state;         /* {state} */
    uint8_t peer_state;    /* {peer_state} */
    int64_t n, m;          /* {n} {m}; of an overlap m is enum overlap: {keepers} */
    int64_t rate, opened;  /* {rate} {opened}: of a flood, SYNs in its worst second, and those that
                              became connections */
    bool n_or_more;        /* n was counted no further */
    int64_t time;          /* {time}, ns */
    int caused_by;         /* enum topic_id, -1 for none */
    uint32_t error;        /* {error}: an ICMP error, finding_error(); 0: none */
    uint8_t host_ip_version; /* 4 or 6: the host of a finding of scope host, or who sent the ICMP
                                error, {host}; 0: none named */
    uint8_t host[16];      /* its address, in network order */
    uint16_t host_port;    /* {port}: of one service there; 0: of none */
    struct finding_rule rule; /* {rule} {means} {sum} */
    size_t evidence_count;
    struct evidence evidence[FINDING_EVIDENCE_MAX];
};

/* A bounded list; what does not fit is counted. */
struct findings {
    size_t count;
    size_t dropped;
    struct finding list[FINDINGS_MAX];
};

/*
 * Adds a finding of this topic with the catalogue's severity and scope, certainty observed, no
 * cause; NULL when the list is full. The caller fills in the rest.
 */
struct finding *findings_add(struct findings *findings, enum topic_id topic);

/* RFC and section: the topic's, or those of the rule that was broken. */
const char *finding_reference(const struct finding *finding);

/* An ICMP error as one number, and the words for it. */
uint32_t finding_error(uint8_t ip_version, uint8_t type, uint8_t code);
const char *finding_error_words(uint32_t error);

/* True when one of them is worse than a note; NULL: false. */
bool findings_warn(const struct findings *findings);

/* Adds a piece of evidence; the ninth and later ones are left out. */
void finding_evidence(struct finding *finding, uint64_t frame, const char *field,
                      enum evidence_format format, int64_t value);

#endif
