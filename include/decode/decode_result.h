/* decode_result: what became of a frame, or of a part of it. */
#ifndef DECODE_DECODE_RESULT_H
#define DECODE_DECODE_RESULT_H

enum decode_result {
    DECODE_SEGMENT,
    DECODE_NOTICE,           /* an ICMP error that quotes a TCP segment */
    DECODE_NOT_IP,           /* ARP, LLDP, ... */
    DECODE_NOT_TCP,          /* IP that carries something else */
    DECODE_FRAGMENT,         /* a piece of an IP packet other than its first, or a first one that
                                does not hold the whole TCP header */
    DECODE_MALFORMED,        /* headers contradict themselves or end too soon */
    DECODE_HEADER_LENGTH,    /* malformed, but whose it is can be told: only the TCP header's
                                length cannot be. The segment's payload_len is all of TCP */
    DECODE_CUT,              /* the capture does not hold the headers that were on the wire */
    DECODE_UNSUPPORTED_LINK, /* no decoder for the frame's link type */
    DECODE_RESULT_N
};

#endif
