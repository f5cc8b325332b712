/*
 * lost_place: on which part of the way segments were lost, from what the capture shows of them and
 * from where it was taken. One table, to be read by people: a row for each kind of what is counted
 * (model/lost), a column for each place of the capture.
 *
 * Nobody sees a segment get lost. "Behind the capture point" is inferred from a repeat that turned
 * out to be needed; that the network, and not the capture, lost what only the repeat shows is as
 * sure as the capture is complete.
 */
#ifndef DIAGNOSE_LOST_PLACE_H
#define DIAGNOSE_LOST_PLACE_H

#include "model/summary.h"
#include "model/vantage.h"

/* Where a capture was taken, seen from the end that sent. */
enum lost_view {
    VIEW_AT_SENDER,
    VIEW_NEAR_SENDER,
    VIEW_BETWEEN,
    VIEW_NEAR_RECEIVER,
    VIEW_AT_RECEIVER,
    VIEW_ANYWHERE, /* not known */
    VIEW_N
};

struct lost_place {
    const char *id;      /* kebab-case, as in JSON */
    uint8_t certainty;   /* enum certainty: of the place */
    const char *words;   /* {sender} and {receiver} stand for addresses */
};

/* The rows are those of enum lost_kind, and a last one for what the capture lacks. */
#define LOST_MISSED LOST_KINDS
extern const struct lost_place lost_places[LOST_KINDS + 1][VIEW_N];

enum lost_view lost_view_of(enum vantage vantage, enum endpoint_id sender);

/*
 * Its row and column, no surer than the capture: where that lacks other bytes of this end, it may
 * lack these, too; and where nothing of the receiver was captured, what it lacked is a guess.
 */
struct lost_place lost_place_find(const struct summary *summary, enum endpoint_id sender,
                                  unsigned kind, enum vantage vantage);

/*
 * What had to be sent again as a share of all that was sent, 0 to 1: by bytes, because a network
 * card changes the number of segments. Negative: not known.
 */
double lost_rate(const struct endpoint_summary *end);

#endif
