/*
 * tracker: segments to connections. Owns every connection, their logs and the memory bounds.
 *
 * Connections are kept until the end and shown in the order of their ids, unless `expire` is set
 * or memory runs out: then they are handed to `settled` as soon as they are done.
 */
#ifndef TCP_TRACKER_H
#define TCP_TRACKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "model/notice.h"
#include "model/segment.h"
#include "tcp/tracked.h"

struct tracker;

/* NULL when out of memory. */
struct tracker *tracker_new(const struct tracker_options *options);

/*
 * What is read is put into a batch, and tracked when that is full; tracker_options has whom to tell
 * what became of it.
 *
 * Where the next segment, view or malformed header is best decoded to; elsewhere it is copied.
 */
struct segment *tracker_place(struct tracker *tracker);

/* payload: of the segment, as much as was captured (decode_payload()); empty where it does not
 * matter. It is borrowed for the call. */
void tracker_segment(struct tracker *tracker, const struct segment *segment,
                     struct cursor payload);

/* Another input shows a segment that was tracked as number `frame`. */
void tracker_view(struct tracker *tracker, const struct segment *view, uint64_t frame);

/* A segment whose TCP header has a length that cannot be: its receiver drops it, nothing is known
 * of it but the ports. It is noted as a failing check of the connection on them, if there is one. */
void tracker_malformed(struct tracker *tracker, const struct segment *segment);

/* An ICMP error: never begins a connection, and keeps none alive but one that is opening. */
void tracker_notice(struct tracker *tracker, const struct notice *notice);

/* Tracks what was put in so far, at once. */
void tracker_flush(struct tracker *tracker);

/*
 * Time passes without a segment: with `expire`, hands over what is due by now (ns since the
 * epoch, by the clock that stamps the segments). A bounded number at a time: what is left comes
 * with the next call or segment.
 */
void tracker_tick(struct tracker *tracker, int64_t now);

/* No connection will be shown by itself after all (tracker_options.shown): also gives classified
 * segments back. */
void tracker_lighten(struct tracker *tracker);

/* What becomes of segments and views is not asked for any longer. */
void tracker_hush(struct tracker *tracker);

/* The input ended: decides what is still open. Call once; then tracker_each(). */
bool tracker_finish(struct tracker *tracker);

/* Shows every connection that was not handed over, by id. May be called several times. */
void tracker_each(const struct tracker *tracker, tracker_show *show, void *context);

/* The same in brief. */
void tracker_each_brief(const struct tracker *tracker, const struct tracker_brief *brief);

void tracker_counts(const struct tracker *tracker, struct tracker_counts *ret_counts);

void tracker_free(struct tracker *tracker);

#endif
