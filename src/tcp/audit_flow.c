/* audit_flow: the ledger of windows, timestamps and IP IDs. */
#include "tcp/audit_flow.h"

#include "tcp/sequence.h"

/* Timestamps so far apart are compared no more: they go around the clock. */
#define STAMP_REACH (INT32_C(1) << 30)

/* How far a segment's SACK blocks reach, or its ACK. */
static int64_t sack_reach(const struct step *step)
{
    const struct segment *s = step->s;
    int64_t reach = step->ack;
    for (unsigned i = 0; i < s->sack_count && i < SEGMENT_SACK_MAX; i++) {
        int64_t right = seq_unwrap(step->y->snd_nxt, s->sack[i].right);
        if (right > reach && right <= step->y->snd_nxt)
            reach = right;
    }
    return reach;
}

/* The window that the segment's sender grants (RFC 9293 §3.10.7.4: SND.WL1, SND.WL2). Its highest
 * edge counts from the highest SACK, as firewalls count it: never too low. */
static void note_window(const struct audit *audit)
{
    const struct step *step = audit->step;
    struct ledger_side *own = audit->own;
    bool first = !(own->known & LEDGER_ACK);
    uint32_t window = step_window(step), reach = (uint32_t)sack_reach(step) + window;
    int32_t seq_newer = seq_diff((uint32_t)step->seq, own->wl_seq);
    int32_t ack_newer = seq_diff((uint32_t)step->ack, own->wl_ack);
    if (first || seq_newer > 0 || ack_newer > 0 || (seq_newer == 0 && ack_newer == 0)) {
        own->wl_edge = (uint32_t)step->ack + window;
        own->wl_seq = (uint32_t)step->seq;
        own->wl_ack = (uint32_t)step->ack;
    }
    if (!(own->known & LEDGER_REACH) || seq_diff(reach, own->reach) > 0)
        own->reach = reach;
    if (first || step->ack > own->ack)
        own->ack = step->ack;
    own->known |= LEDGER_ACK | LEDGER_REACH;
}

static void note_stamp(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    struct ledger_side *own = audit->own;
    const struct ledger_side *other = audit->other;

    if (!(own->known & LEDGER_STAMP)) {
        own->tsval_first = own->tsval_newest = s->tsval;
        own->known |= LEDGER_STAMP;
    }
    if (seq_diff(s->tsval, own->tsval_newest) > 0)
        own->tsval_newest = s->tsval;
    if (seq_diff(s->tsval, own->tsval_first) < 0)
        own->known |= LEDGER_CLOCKS;
    if (seq_diff(own->tsval_newest, own->tsval_first) >= STAMP_REACH) {
        own->tsval_first = own->tsval_newest - STAMP_REACH / 2;
        own->known &= (uint16_t)~LEDGER_STAMP_SYN;
    }
    bool echoes = (s->flags & TCP_ACK) && (other->known & LEDGER_STAMP) &&
                  seq_diff(s->tsecr, other->tsval_newest) <= 0;
    if (echoes && (!(own->known & LEDGER_ECHO) || seq_diff(s->tsecr, own->tsecr) > 0)) {
        own->tsecr = s->tsecr;
        own->known |= LEDGER_ECHO;
    }
}

/* Whether the host counts its IP IDs up. One that was overtaken changes nothing; behind 0, where
 * the count goes around or there is none, it is learned anew. */
static void note_ip_id(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    struct ledger_side *own = audit->own;
    uint8_t *run = &audit->ledger->ip_id_run[audit->step->x_id];
    uint16_t ahead = (uint16_t)(s->ip_id - own->ip_id);

    if (s->ip_version != 4 || (*run > 0 && s->ip_id != 0 && ahead > UINT16_MAX - IP_ID_NEAR))
        return;
    if (s->ip_id == 0 || own->ip_id == 0 || ahead == 0 || ahead >= IP_ID_NEAR)
        *run = 0;
    else if (*run < UINT8_MAX)
        ++*run;
    own->ip_id = s->ip_id;
}

bool audit_ip_id_is_next(const struct ledger_side *own, const struct segment *s)
{
    return segment_has_ip_id(s) && own->ip_id != 0 &&
           s->ip_id == (uint16_t)(own->ip_id + 1);
}

void audit_flow_note(const struct audit *audit)
{
    const struct step *step = audit->step;
    if (step->s->flags & TCP_RST)
        return;
    if (step->has_ack && !(step->s->flags & TCP_SYN)) /* its window may be rounded anew */
        note_window(audit);
    if ((step->s->options & OPTION_TIMESTAMPS) && !(step->s->facts & FACT_OPTION_MALFORMED))
        note_stamp(audit);
    note_ip_id(audit);
}
