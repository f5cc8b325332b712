/*
 * community_id: Community ID, version 1: one text for a 4-tuple that other network tools
 * compute too, so that a reader can look the connection up in their logs.
 */
#ifndef REPORT_COMMUNITY_ID_H
#define REPORT_COMMUNITY_ID_H

#include "model/summary.h"

#define COMMUNITY_ID_SIZE 36

/* "1:" and 28 characters of base64, with seed 0. The same for both directions. */
const char *community_id(const struct summary *summary, char text[COMMUNITY_ID_SIZE]);

#endif
