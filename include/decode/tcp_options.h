/*
 * tcp_options: the one iterator over TCP options (RFC 9293 §3.1, lengths checked), and the
 * decoder that fills a segment from it.
 */
#ifndef DECODE_TCP_OPTIONS_H
#define DECODE_TCP_OPTIONS_H

#include "base/cursor.h"
#include "model/segment.h"

struct tcp_option {
    uint8_t kind;
    struct cursor body; /* after kind and length */
};

struct tcp_options_iterator {
    struct cursor bytes;
    bool malformed; /* a length below 2 or past the end: what came before it is kept */
};

/* bytes: the option part of the header, as much as was captured. */
struct tcp_options_iterator tcp_options_begin(struct cursor bytes);

/* False at the end of the list, at an EOL option, or at a malformed option. NOPs are skipped. */
bool tcp_options_next(struct tcp_options_iterator *iterator, struct tcp_option *ret_option);

/* Fills the segment's option fields; sets FACT_OPTION_MALFORMED where it applies. */
void tcp_options_decode(struct cursor bytes, struct segment *segment);

#endif
