/*
 * row_mark: what is told about a segment besides its own fields, as a set of bits.
 */
#ifndef REPORT_ROW_MARK_H
#define REPORT_ROW_MARK_H

enum row_mark {
    ROW_FOLDED = 1 << 0,     /* several plain segments: frames frame..last_frame */
    ROW_REPEATED = 1 << 1,   /* all of its bytes were seen before: sent again */
    ROW_COPY = 1 << 2,       /* a copy made by the network or the capture */
    ROW_KEEP_ALIVE = 1 << 3,
    ROW_NOT_BELIEVED = 1 << 4, /* a RST outside the window */
    ROW_DAMAGED = 1 << 5,    /* bad checksum: its receiver dropped it */
    ROW_FAST_OPEN = 1 << 6,  /* carries the fast-open option */
    ROW_GAP = 1 << 7,        /* bytes before it are missing from the capture */
    ROW_LATE = 1 << 8,       /* fills a gap seen before it: overtaken, or sent again unseen */
    ROW_WINDOW_PROBE = 1 << 9, /* asks whether a closed window has opened */
    ROW_FRAGMENT = 1 << 10,  /* first fragment of an IP packet: its payload goes on elsewhere */
};

#endif
