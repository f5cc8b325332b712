/*
 * ladder_label: what stands on an arrow. Numbers are named after the connection's own: x and y
 * are the initial sequence numbers of client and server, u and w the numbers of their FINs.
 */
#ifndef REPORT_LADDER_LABEL_H
#define REPORT_LADDER_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/report.h"

/* So wide labels always fit: an arrow with its tips, in the ladder at 80 columns. */
#define LADDER_LABEL_WIDTH 25

/* What labels remember from the rows before. Zeroed at the start of a connection. */
struct label_memory {
    bool fin_seen[2];    /* by enum endpoint_id: numbers are told from this FIN's on */
    bool ack_seen[2];
    uint32_t ack[2];     /* the last acknowledgement number of this end */
    bool closed[2];      /* this end's window was closed when it was told last */
    bool data_seen;      /* the handshake's numbers are told until then */
    const struct connection_report *connection; /* its segments tell; NULL: only rows' marks */
    int width;           /* columns of a label; 0: LADDER_LABEL_WIDTH */
};

/* Writes the row's label and remembers what later ones need. */
void ladder_label(char *text, size_t size, const struct journal_row *row,
                  const struct summary *summary, struct label_memory *memory);

/* "1448 B", "14.1 kB", "3.2 MB": at most nine columns. */
const char *ladder_bytes(uint64_t bytes, char *text, size_t size);

#endif
