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
static inline void note_window(const struct step *step, struct ledger_side *own, int64_t sacked)
{
    bool first = !(own->known & LEDGER_ACK);
    uint32_t reach = (uint32_t)sacked + step->window;
    int32_t seq_newer = seq_diff((uint32_t)step->seq, own->wl_seq);
    int32_t ack_newer = seq_diff((uint32_t)step->ack, own->wl_ack);
    if (first || seq_newer > 0 || ack_newer > 0 || (seq_newer == 0 && ack_newer == 0)) {
        own->wl_edge = (uint32_t)step->ack + step->window;
        own->wl_seq = (uint32_t)step->seq;
        own->wl_ack = (uint32_t)step->ack;
    }
    if (!(own->known & LEDGER_REACH) || seq_diff(reach, own->reach) > 0)
        own->reach = reach;
    if (first || step->ack > own->ack)
        own->ack = step->ack;
    own->known |= LEDGER_ACK | LEDGER_REACH;
}

static inline void note_stamp(const struct segment *s, struct ledger_side *own,
                              const struct ledger_side *other)
{
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
static inline void note_ip_id(const struct segment *s, struct ledger_side *own, uint8_t *run)
{
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
    const struct segment *s = step->s;
    if (s->flags & TCP_RST)
        return;
    if (step->has_ack && !(s->flags & TCP_SYN)) /* its window may be rounded anew */
        note_window(step, audit->own, sack_reach(step));
    if ((s->options & OPTION_TIMESTAMPS) && !(s->facts & FACT_OPTION_MALFORMED))
        note_stamp(s, audit->own, audit->other);
    note_ip_id(s, audit->own, &audit->ledger->ip_id_run[step->x_id]);
}

/* Less than the MSS allows, where that is known, or as much as is known to be allowed:
 * tcp/audit_length has nothing to remember. */
static inline bool length_is_usual(const struct step *step, const struct ledger_side *own)
{
    uint32_t length = step->s->payload_len + step->s->header_len;
    uint32_t most = step->y->mss + AUDIT_HEADER_MIN;
    return step->y->mss >= AUDIT_MSS_TINY &&
           (length < most || (length == most && own->full == step->s->payload_len));
}

void audit_note_plain(struct step *step)
{
    const struct segment *s = step->s;
    struct ledger *ledger = step->ledger;
    struct ledger_side *own = &ledger->side[step->x_id], *other = &ledger->side[step->y_id];

    if (s->payload_len > 0 && !length_is_usual(step, own)) {
        const struct audit audit = { .step = step, .ledger = ledger, .own = own, .other = other };
        audit_length_note(&audit);
        ledger->waits |= own->long_frame != 0;
    }
    note_window(step, own, step->ack);
    if (s->options & OPTION_TIMESTAMPS)
        note_stamp(s, own, other);
    note_ip_id(s, own, &ledger->ip_id_run[step->x_id]);
}
