/*
 * topic: the catalogue. Everything that can be found is a row: its id never changes, its words
 * may be improved and translated.
 *
 * Texts are templates; report/narrate fills in what stands in braces:
 *   {client} {server}      address:port of the ends
 *   {who} {peer}           the end that the finding is about, and the other ("client 10.0.0.1:5")
 *   {n} {m}                the finding's numbers
 *   {time}                 its duration, in a readable unit
 *   {state} {peer_state}   TCP states
 *   {error}                an ICMP error in words
 *   {host} {port}          who sent that, or the service of a finding of scope host
 *   {rate} {opened}        of a flood: SYNs in its worst second, and those that became connections
 *   {keepers}              systems that keep the newer bytes of an overlap (model/overlap)
 *   {rule} {means} {sum}   a check that failed: its name, what must hold, the numbers seen
 *   {f1} .. {f8}           frame numbers of its evidence
 */
#ifndef MODEL_TOPIC_H
#define MODEL_TOPIC_H

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR, SEVERITY_ATTACK, SEVERITY_N };

enum scope { SCOPE_SEGMENT, SCOPE_CONNECTION, SCOPE_HOST, SCOPE_CAPTURE, SCOPE_N };

enum topic_id {
    TOPIC_HANDSHAKE_REFUSED,
    TOPIC_HANDSHAKE_UNANSWERED,
    TOPIC_CONNECT_ABANDONED,
    TOPIC_SYN_RETRANSMISSION,
    TOPIC_SYNACK_UNANSWERED,
    TOPIC_THIRD_ACK_LOST,
    TOPIC_SIMULTANEOUS_OPEN,
    TOPIC_SPLIT_HANDSHAKE,
    TOPIC_HANDSHAKE_ABORTED,
    TOPIC_OLD_DUPLICATE_SYN,
    TOPIC_CLOSE_RST_ABORT,
    TOPIC_CLOSE_UNREAD_DATA_RST,
    TOPIC_CLOSE_LINGER_ABORT,
    TOPIC_CLOSE_RST_AFTER_FIN,
    TOPIC_KEEPALIVE_DEAD,
    TOPIC_HALF_OPEN_DEAD_PEER,
    TOPIC_SYN_CHALLENGED,
    TOPIC_RST_BLIND,
    TOPIC_CLOSE_WAIT_STUCK,
    TOPIC_END_HALF_CLOSED,
    TOPIC_FIN_RETRANSMISSION,
    TOPIC_CLOSE_SIMULTANEOUS,
    TOPIC_TIME_WAIT_REUSE,
    TOPIC_PORT_REUSED,
    TOPIC_HANDSHAKE_NUMBER_WRONG,
    TOPIC_CLOSE_NUMBER_WRONG,
    TOPIC_CHECKSUM_OFFLOAD,
    TOPIC_CHECKSUM_BAD,
    TOPIC_HANDSHAKE_ICMP_REJECTED,
    TOPIC_CAPTURE_DUPLICATES,
    TOPIC_LISTEN_QUEUE_OVERFLOW,
    TOPIC_CAPTURE_REORDERED,
    TOPIC_CAPTURE_DROPS,
    TOPIC_ASYMMETRIC_CAPTURE,
    TOPIC_OVERLAP_DIFFERENT_DATA,
    TOPIC_HOST_FIRST, /* from here on: services and hosts, over many connections */
    TOPIC_SYN_FLOOD = TOPIC_HOST_FIRST,
    TOPIC_SYNS_UNDECIDED,
    TOPIC_RULES_FIRST, /* from here on: a rule of model/check is broken */
    TOPIC_ILLEGAL_FLAGS = TOPIC_RULES_FIRST,
    TOPIC_OPTIMISTIC_ACK,
    TOPIC_SEQUENCE_REWRITING,
    TOPIC_WINDOW_SHRUNK,
    TOPIC_MSS_EXCEEDED,
    TOPIC_RULE_BROKEN,
    TOPIC_N
};

struct topic {
    const char *id;        /* stable: "handshake-refused" */
    enum severity severity; /* a finding may carry another where the catalogue says so */
    enum scope scope;
    const char *title;     /* one short line */
    const char *text;      /* what happened and what it means, 1 to 3 sentences */
    const char *advice;    /* what to do */
    const char *reference; /* RFC and section; finding_reference() knows better of a rule */
};

/* Its row of the catalogue. */
const struct topic *topic_row(enum topic_id id);

/* Internal to topic: the rows from TOPIC_HOST_FIRST, and from TOPIC_RULES_FIRST on. */
extern const struct topic topics_host[TOPIC_RULES_FIRST - TOPIC_HOST_FIRST];
extern const struct topic topics_rules[TOPIC_N - TOPIC_RULES_FIRST];

const char *severity_name(enum severity severity); /* "note", "warning", "error", "attack" */
const char *scope_name(enum scope scope);

#endif
