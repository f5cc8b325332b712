/*
 * keeper: a SYN that waited belongs to the connection that it began, with its repeats; until that
 * was known they stood with the one before.
 */
#include "cli/keeper.h"

#include <string.h>

#include "model/segment_class.h"

void keeper_draw(struct keeper *k, size_t connections_max, bool all)
{
    k->journal = journal_new(connections_max);
    if (k->journal != NULL && (all || k->selector->kind != SELECT_ALL))
        journal_keep_maps(k->journal);
}

/* Whether the connection that this segment belongs to was chosen. */
static bool segment_selected(const struct keeper *k, const struct segment *segment, uint64_t id)
{
    struct selector_end ends[2];
    memcpy(ends[0].address, segment->source, sizeof ends[0].address);
    ends[0].port = segment->source_port;
    memcpy(ends[1].address, segment->destination, sizeof ends[1].address);
    ends[1].port = segment->destination_port;
    return selector_matches(k->selector, id, segment->ip_version, &ends[0], &ends[1]);
}

/* `more` connections wanted a diagram besides those that are known. */
static bool has_place(const struct keeper *k, uint64_t more)
{
    return k->opened + more <= k->drawn_max || k->selector->kind != SELECT_ALL;
}

bool keeper_selects(const struct keeper *k, const struct segment *first)
{
    return segment_selected(k, first, first->frame);
}

bool keeper_wants(const struct keeper *k, const struct segment *first)
{
    return k->journal != NULL && has_place(k, 1) &&
           keeper_selects(k, first) && journal_has_room(k->journal);
}

bool keeper_gave_up(const struct keeper *k)
{
    return !has_place(k, 0);
}

static void journal_begin(struct keeper *k, const struct segment *segment, uint64_t id)
{
    if (!segment_selected(k, segment, id))
        return;
    k->opened++;
    if (has_place(k, 0))
        journal_open(k->journal, id);
}

/* Whether it is worth a line of the diagram. */
static enum journal_news news_of(const struct tracked *t)
{
    bool told = t->class >= CLASS_RTX_SYN && t->class <= CLASS_AMBIGUOUS;
    return t->notable || told                ? NEWS_NOTABLE
           : t->class == CLASS_DUPLICATE_ACK ? NEWS_DUPLICATE
                                             : NEWS_NONE;
}

static void journal_take(struct keeper *k, const struct segment *segment,
                         const struct tracked *t)
{
    /* Behind a SYN that waited there may be another one, which begins yet another connection. */
    const struct promotion *promoted = t->promoted;
    if (promoted != NULL) {
        journal_begin(k, &promoted->syn, promoted->id);
        journal_segment(k->journal, promoted->id, &promoted->syn, CLIENT, 0, 1,
                        promoted->syn.window, NEWS_NOTABLE);
        for (uint32_t i = 0; i < promoted->repeats; i++) {
            struct segment again = promoted->syn;
            again.frame = promoted->again[i].frame;
            again.time = promoted->again[i].time;
            journal_segment(k->journal, promoted->id, &again, CLIENT, MARK_REPEATED, i + 2,
                            again.window, NEWS_NOTABLE);
        }
    }
    if (t->opened && !(promoted != NULL && promoted->id == t->id))
        journal_begin(k, segment, t->id);
    if (t->swapped)
        journal_swap(k->journal, t->id);
    if (t->id != 0)
        journal_segment(k->journal, t->id, segment, (enum endpoint_id)t->from, t->marks, t->nth,
                        t->window, news_of(t));
}

/* A SYN that waited, or its repeat, is of the connection that it began, not of the one before. */
static void saver_move(struct keeper *k, uint64_t frame, bool chosen)
{
    if (chosen)
        saver_choose(k->saver, frame);
    else
        saver_unchoose(k->saver, frame);
}

/* Notes the frames of chosen connections, for -w. */
static void saver_take(struct keeper *k, const struct segment *segment,
                       const struct tracked *t)
{
    const struct promotion *promoted = t->promoted;
    if (promoted != NULL) {
        bool chosen = segment_selected(k, &promoted->syn, promoted->id);
        saver_move(k, promoted->syn.frame, chosen);
        for (uint32_t i = 0; i < promoted->repeats; i++)
            saver_move(k, promoted->again[i].frame, chosen);
    }
    if (segment_selected(k, segment, t->id))
        saver_choose(k->saver, segment->frame);
}

void keeper_segment(struct keeper *k, const struct segment *segment, const struct tracked *tracked)
{
    if (k->journal != NULL && !tracked->copy)
        journal_take(k, segment, tracked);
    if (k->saver != NULL)
        saver_take(k, segment, tracked);
}

void keeper_notice(struct keeper *k, const struct notice *notice, const struct noticed *noticed)
{
    struct segment quoted = notice_quoted(notice);
    if (k->journal != NULL && noticed->believed)
        journal_notice(k->journal, noticed->id, notice, (enum endpoint_id)noticed->about);
    if (k->saver != NULL && noticed->id != 0 && segment_selected(k, &quoted, noticed->id))
        saver_choose(k->saver, notice->frame);
}
