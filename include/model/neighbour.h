/*
 * neighbour: what two other tools call a connection, so that a reader finds it in their logs:
 * Zeek's conn_state and history, Wireshark's conversation completeness. Their words follow their
 * rules, not RFC 9293, and prove nothing: no verdict of ours rests on them.
 */
#ifndef MODEL_NEIGHBOUR_H
#define MODEL_NEIGHBOUR_H

/* What Zeek thinks of an end: from what the end itself sent, whether it arrived or not. */
enum zeek_state {
    ZEEK_INACTIVE,     /* nothing of it was seen that says more */
    ZEEK_SYN_SENT,     /* the client's SYN */
    ZEEK_SYN_ACK_SENT, /* a SYN-ACK of the client */
    ZEEK_PARTIAL,      /* picked up in the middle */
    ZEEK_ESTABLISHED,
    ZEEK_CLOSED,       /* sent a FIN */
    ZEEK_RESET,        /* sent a RST */
    ZEEK_STATE_N
};

/* Letters of a history that are kept; Zeek's own has no end. */
#define NEIGHBOUR_LETTERS_MAX 24

/* What the segments of a conversation had; Wireshark's field tcp.completeness is their sum. */
enum completeness {
    COMPLETENESS_SYN = 1,
    COMPLETENESS_SYNACK = 2,
    COMPLETENESS_ACK = 4, /* any segment without payload that has ACK and no SYN */
    COMPLETENESS_DATA = 8,
    COMPLETENESS_FIN = 16,
    COMPLETENESS_RST = 32,
};

#endif
