/*
 * vantage: where was this capture taken? One connection's answer, from a table of evidence. A
 * capture does not say where it comes from; what speaks for a place speaks for it only under
 * the conditions in the table, so an answer is inferred at best, and often there is none.
 */
#ifndef DIAGNOSE_VANTAGE_H
#define DIAGNOSE_VANTAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/summary.h"
#include "model/vantage.h"

/* What one kind of evidence says about a connection. */
typedef enum vantage vantage_rule(const struct summary *summary);

struct vantage_row {
    enum vantage_evidence evidence;
    vantage_rule *rule;
    const char *meaning; /* documentation for reviewers */
};

/* Surest first. */
extern const struct vantage_row vantage_rows[];
extern const size_t vantage_row_count;

/* The first row that knows, unless a later one points to the other end. */
struct vantage_verdict vantage_judge(const struct summary *summary);

/* The end on which, or near which, it was taken. False: neither, or not known. */
bool vantage_end(enum vantage vantage, enum endpoint_id *ret_end);

#endif
