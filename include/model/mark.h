/*
 * mark: what the tracker found a segment to be, for whoever draws it.
 */
#ifndef MODEL_MARK_H
#define MODEL_MARK_H

enum segment_mark {
    MARK_REPEATED = 1 << 0,     /* sent again: all of its bytes were seen before, or with MARK_LATE
                                   it was sent after bytes that follow it */
    MARK_COPY = 1 << 1,         /* a copy made by the network or the capture */
    MARK_KEEP_ALIVE = 1 << 2,
    MARK_NOT_BELIEVED = 1 << 3, /* a RST outside the window */
    MARK_DAMAGED = 1 << 4,      /* bad checksum: its receiver dropped it */
    MARK_GAP = 1 << 5,          /* bytes before it are missing from the capture */
    MARK_LATE = 1 << 6,         /* fills a gap seen before it: overtaken, or sent again unseen */
    MARK_WINDOW_PROBE = 1 << 7, /* asks whether a closed window has opened */
    MARK_WINDOW_CLOSED = 1 << 9, /* tells a receive window of zero */
    MARK_CHALLENGE = 1 << 10,    /* a challenge ACK: asks back about a SYN or a RST (RFC 5961) */
    MARK_OTHER_BYTES = 1 << 13,  /* other payload than came before under these numbers */
    MARK_FRAGMENT = 1 << 8,     /* first fragment of an IP packet: its payload goes on elsewhere */
};

#endif
