/*
 * keeper: what is kept of single segments while the input is read: rows for the diagrams of the
 * connections that will be drawn, and the numbers of the frames that -w writes.
 */
#ifndef CLI_KEEPER_H
#define CLI_KEEPER_H

#include <stdint.h>

#include "cli/saver.h"
#include "cli/selector.h"
#include "report/journal.h"
#include "tcp/tracker.h"

/* All but `opened` are set, and what they point to is owned, by whoever reads. */
struct keeper {
    const struct selector *selector;
    struct journal *journal; /* NULL: no diagrams are drawn */
    struct saver *saver;     /* NULL: no -w */
    uint64_t drawn_max;      /* so many connections are drawn when none was chosen */
    uint64_t opened;         /* connections that wanted a diagram so far */
};

/* Diagrams are drawn, of so many connections; above them a time line and bars, with `all` and of
 * connections that were chosen. */
void keeper_draw(struct keeper *keeper, size_t connections_max, bool all);

/* Whether the connection that begins with this segment, which keeper_segment() has not seen yet,
 * will be drawn as far as is known. */
bool keeper_wants(const struct keeper *keeper, const struct segment *first);

/* Whether it was chosen, or none was. */
bool keeper_selects(const struct keeper *keeper, const struct segment *first);

/* Whether so many began that none will be drawn. */
bool keeper_gave_up(const struct keeper *keeper);

void keeper_segment(struct keeper *keeper, const struct segment *segment,
                    const struct tracked *tracked);

/* An ICMP error that quotes a segment. */
void keeper_notice(struct keeper *keeper, const struct notice *notice,
                   const struct noticed *noticed);

#endif
