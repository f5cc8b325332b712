/*
 * place: where the capture as a whole was taken, when all its connections agree. Plain data of
 * whoever counts; all zero at the start.
 */
#ifndef REPORT_PLACE_H
#define REPORT_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/summary.h"
#include "model/vantage.h"

struct place {
    bool begun, differs;
    bool on;          /* a connection shows that it was on that host, not only near it */
    bool given;       /* the user said so */
    bool middle;
    bool host_known;  /* host is the end that the connections so far name */
    uint8_t host[16];
    uint8_t ip_version;
    bool common[2];   /* these addresses are an end of every connection so far: */
    uint8_t address[2][16];
    uint8_t roles;    /* bit per enum endpoint_id: which ends of connections that host was */
};

void place_count(struct place *place, const struct summary *summary,
                 const struct vantage_verdict *verdict);

/* True when all connections that tell agree, and a host that they name is an end of every
 * connection. */
bool place_agreed(const struct place *place);

#endif
