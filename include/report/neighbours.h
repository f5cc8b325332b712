/*
 * neighbours: the state that Zeek's conn.log gives a connection, by the rules of Zeek's
 * conn_state(), from the states of its machine (model/neighbour) as tcp/zeek followed them.
 */
#ifndef REPORT_NEIGHBOURS_H
#define REPORT_NEIGHBOURS_H

#include "model/summary.h"

/* "S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR" or "OTH";
 * NULL when nothing was noted. */
const char *neighbours_conn_state(const struct summary *summary);

#endif
