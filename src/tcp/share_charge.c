/* share_charge: one reason for each moment. */
#include "tcp/share_charge.h"

#include "base/time_text.h"

/* What an acknowledgement allows leaves its host so soon. */
#define REACTION (2 * NS_PER_MS)
#define INITIAL_WINDOW 10u
#define TIMEOUT_LEAST (150 * NS_PER_MS)
/* Round trips this much longer than the shortest have waited in a queue. */
#define QUEUE_LEAST (5 * NS_PER_MS)

static void charge(struct share *share, enum share_part part, int64_t time, uint64_t frame)
{
    enum limit_cause cause = share_part_cause(part);
    if (time <= 0)
        return;
    share->parts[part] += time;
    if (cause == LIMIT_NONE)
        return;
    struct share_spell *longest = &share->longest[cause - 1];
    if (time > longest->length)
        *longest = (struct share_spell){ .length = time, .frame = frame };
}

/* How soon the sender answers what lets it send, as it looks from here: far from it the way to it
 * and back takes longer at times than at best. */
static int64_t reaction(const struct share *share)
{
    int64_t trip = share->near + share->far;
    bool beside = share_is_beside(share);
    int64_t slack = trip / 10 > REACTION && !beside ? trip / 10 : REACTION;
    return beside ? slack : slack + share->near / 2;
}

static bool window_is_full(const struct share *share)
{
    return (share->flags & SHARE_EDGE) && share->edge - share->nxt < (int64_t)share->segment;
}

/* Also when it was open before, and more was sent than it takes now. */
static bool window_is_closed(const struct share *share)
{
    return (share->flags & SHARE_EDGE) && share->edge <= share->una;
}

static enum share_part network_part(const struct share *share)
{
    int64_t shortest = share->near + share->far;
    if (share->trip > shortest + shortest / 2 && share->trip > shortest + QUEUE_LEAST)
        return SHARE_QUEUE;
    return (share->flags & SHARE_GROWING) ? SHARE_SLOW_START : SHARE_NETWORK;
}

/* Acknowledgements made room, and it left the room empty for long. */
static bool room_unused(const struct share *share, int64_t length)
{
    int64_t most = share->flight[0] > share->flight[1] ? share->flight[0] : share->flight[1];
    return (share->flags & SHARE_FREED) && length > reaction(share) &&
           share->nxt - share->una <= most / 2;
}

void share_until(struct share *share, int64_t time, uint64_t frame)
{
    int64_t length = time - share->clock;
    if (length <= 0)
        return;
    share->clock = time;
    if (window_is_closed(share)) {
        share->shut += length;
        share->flags |= SHARE_SHUT_ZERO;
    } else if (share->flags & SHARE_REPAIRING) {
        charge(share, SHARE_REPAIR, length, frame);
    } else if (window_is_full(share)) {
        share->shut += length;
    } else if (share->una >= share->nxt) {
        share->quiet += length;
    } else if ((share->flags & SHARE_SHORT) || room_unused(share, length)) {
        share->tail += length;
    } else {
        charge(share, network_part(share), length, frame);
    }
}

static void held_clear(struct share *share)
{
    share->tail = share->quiet = share->shut = 0;
    share->flags &= ~(unsigned)(SHARE_PROBED | SHARE_SHUT_ZERO) & 0xffff;
}

static enum share_part shut_part(const struct share *share)
{
    return (share->flags & SHARE_SHUT_ZERO) ? SHARE_WINDOW_ZERO : SHARE_WINDOW_FULL;
}

bool share_timer_ended(const struct share *share, int64_t time)
{
    int64_t piece = time > share->clock ? time - share->clock : 0;
    return share->tail + share->quiet + piece >= share->near + share->far + TIMEOUT_LEAST;
}

/* The program's time: where IP IDs do not tell that nothing was lost between the sender and here,
 * a silence as long as a retransmission timeout may as well be one. */
static enum share_part silence_part(const struct share *share)
{
    bool known = share_is_beside(share) || share->id_run >= SHARE_ID_RUN;
    if ((share->flags & SHARE_DELAYED) && !share_is_beside(share))
        return SHARE_QUEUE;
    return known || !share_timer_ended(share, share->clock) ? SHARE_PROGRAM : SHARE_UNCLEAR;
}

/* Whether its congestion window lets it send more: of ten segments at least, once it has grown, and
 * smaller only after a loss (RFC 6928, RFC 5681 §3.1). */
static bool window_has_room(const struct share *share)
{
    return !(share->flags & SHARE_REPAIRED) && share->segments >= 2 * INITIAL_WINDOW &&
           share->nxt - share->una < (int64_t)(INITIAL_WINDOW * share->newest);
}

void share_settle_sent(struct share *share, int64_t time, uint64_t frame)
{
    if ((share->tail | share->quiet | share->shut) == 0)
        return;
    bool prompted = time - share->told <= reaction(share);
    bool drained = share->una >= share->nxt;

    /* It had more, if it sends as soon as there is room, or squeezes into what there is. */
    bool waited = prompted || window_is_full(share) || (share->flags & SHARE_PROBED);
    charge(share, waited ? shut_part(share) : SHARE_PROGRAM, share->shut, frame);
    if (prompted && drained && share->tail > 0) {
        charge(share, SHARE_HELD_BACK, share->tail + share->quiet, frame);
    } else {
        enum share_part silence = silence_part(share);
        bool clocked = prompted && !drained && !window_has_room(share);
        charge(share, clocked ? network_part(share) : silence, share->tail, frame);
        charge(share, silence, share->quiet, frame);
    }
    held_clear(share);
}

void share_settle_repeat(struct share *share, int64_t time, bool timeout, uint64_t frame)
{
    if (window_is_closed(share)) { /* its receiver refuses it: it serves as a probe */
        share_until(share, time, frame);
        share->flags |= SHARE_PROBED;
        return;
    }
    int64_t length = time > share->clock ? time - share->clock : 0;
    int64_t held = share->tail + share->quiet + length;
    timeout |= share_timer_ended(share, time);
    share->clock = time > share->clock ? time : share->clock;
    charge(share, shut_part(share), share->shut, frame);
    charge(share, timeout ? SHARE_TIMEOUT : SHARE_REPAIR, held, frame);
    held_clear(share);
}

void share_settle_done(struct share *share)
{
    bool probed = share->flags & SHARE_PROBED;
    charge(share, network_part(share), share->tail, 0);
    charge(share, SHARE_PEER, share->quiet, 0);
    if (!(share->flags & SHARE_SHUT_ZERO))
        charge(share, network_part(share), share->shut, 0);
    else
        charge(share, probed ? SHARE_WINDOW_ZERO : SHARE_PEER, share->shut, 0);
    held_clear(share);
}
