/*
 * report_sample: a hand-made report for tests of renderers: one connection with events and a
 * finding, and the capture around it. Where two numbers of one kind stand side by side they
 * differ, so a mix-up shows.
 */
#ifndef REPORT_SAMPLE_H
#define REPORT_SAMPLE_H

#include "base/time_text.h"
#include "render/renderer.h"

/* 2026-11-21 03:12:44.118 UTC */
#define SAMPLE_START (INT64_C(1795230764) * NS_PER_S + 118 * NS_PER_MS)
#define SAMPLE_X 2984134451u /* the client's initial sequence number */
#define SAMPLE_Y 771233u     /* the server's */

/* Borrows from itself: not to be copied. */
struct report_sample {
    struct summary summary;
    struct event events[6];
    struct findings findings;
    uint32_t ranks[FINDINGS_MAX];
    struct connection_report connection;
    struct capture_report capture;
    struct findings capture_findings;
    uint32_t capture_ranks[FINDINGS_MAX];
    struct render_options options;
};

void sample_make(struct report_sample *ret_sample);

#endif
