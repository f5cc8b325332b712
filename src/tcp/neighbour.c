/*
 * neighbour: Zeek's history letters and Wireshark's completeness bits.
 */
#include "tcp/neighbour.h"

#include "base/seq.h"
#include "tcp/history.h"
#include "tcp/step.h"

#define LETTER_BITS 5u
#define LETTERS_PER_WORD 12u
#define LETTER_CLIENT 16u /* in a packed letter, beside its number + 1 */
/* Zeek believes the number of a RST when it is not farther off. */
#define RESET_SEQ_FAR (INT32_C(1) << 20)

enum letter {
    LETTER_SYN,
    LETTER_ACK,
    LETTER_DATA,
    LETTER_FIN,
    LETTER_RST,
    LETTER_FIN_RST,
    LETTER_SYN_AND,
    LETTER_ONCE_N, /* those before are noted in zeek_end.noted */
    LETTER_SYNACK = LETTER_ONCE_N,
    LETTER_CHECKSUM,
    LETTER_REPEAT,
    LETTER_WINDOW,
    LETTER_GAP,
    LETTER_TURNED,
    LETTER_N
};

static const char letter_names[LETTER_N] = { 's', 'a', 'd', 'f', 'r', 'i', 'q',
                                             'h', 'c', 't', 'w', 'g', '^' };

_Static_assert(NEIGHBOUR_LETTERS_MAX == 2 * LETTERS_PER_WORD, "what the packed letters hold");
_Static_assert(LETTER_N < LETTER_CLIENT && LETTER_ONCE_N <= 7, "the widths of the packed letter");

/* Bytes of a direction that the capture does not hold. */
enum hole {
    HOLE_NONE,
    HOLE_AHEAD, /* from neighbour.hole on some are missing; later ones were seen */
    HOLE_ACKED, /* from there to SND.NXT all are, and they were acknowledged */
};

static unsigned letter_at(const struct neighbour *n, unsigned i)
{
    return (unsigned)(n->letters[i / LETTERS_PER_WORD] >> i % LETTERS_PER_WORD * LETTER_BITS) &
           31u;
}

static void letter_add(struct neighbour *n, enum letter letter, enum endpoint_id of)
{
    unsigned i = n->count;
    if (i == NEIGHBOUR_LETTERS_MAX)
        return;
    uint64_t packed = (uint64_t)letter + 1 + (of == CLIENT ? LETTER_CLIENT : 0);
    n->letters[i / LETTERS_PER_WORD] |= packed << i % LETTERS_PER_WORD * LETTER_BITS;
    n->count++;
}

/* True when the end has this letter; notes that it has it now. */
static bool letter_again(struct zeek_end *x, enum letter letter)
{
    unsigned noted = x->noted;
    x->noted = (noted | 1u << letter) & 127u;
    return noted >> letter & 1u;
}

/* One more of what is written down at each tenfold. */
static bool decade_reached(unsigned count)
{
    return count == 1 || count == 10 || count == 100 || count == 1000 || count == 10000;
}

static void letter_count(struct neighbour *n, enum letter letter, enum endpoint_id of,
                         uint16_t *counter)
{
    if (*counter == UINT16_MAX)
        return;
    if (decade_reached(++*counter))
        letter_add(n, letter, of);
}

static void note_completeness(struct neighbour *n, const struct segment *s)
{
    unsigned syn_ack = s->flags & (TCP_SYN | TCP_ACK);

    if (syn_ack == TCP_SYN)
        n->completeness |= COMPLETENESS_SYN | (s->payload_len > 0 ? COMPLETENESS_DATA : 0);
    if (syn_ack == (TCP_SYN | TCP_ACK))
        n->completeness |= COMPLETENESS_SYNACK;
    if (syn_ack == TCP_ACK)
        n->completeness |= s->payload_len > 0 ? COMPLETENESS_DATA : COMPLETENESS_ACK;
    if (segment_has(s, TCP_FIN | TCP_ACK))
        n->completeness |= COMPLETENESS_FIN;
    if (s->flags & TCP_RST)
        n->completeness |= COMPLETENESS_RST;
}

/* A SYN moves Zeek's base, so that its number never differs; not where the end has closed. */
static bool syn_differs(const struct step *step, const struct zeek_end *x)
{
    bool closed = x->state == ZEEK_CLOSED ||
                  (x->state == ZEEK_RESET && x->before != ZEEK_INACTIVE);
    return closed && step->s->seq != step->x->isn;
}

/* One letter at most for the flags: a FIN that carries payload is a FIN. */
static void note_flags(struct neighbour *n, const struct step *step)
{
    const struct segment *s = step->s;
    struct zeek_end *x = &n->zeek[step->x_id];
    bool add = false;
    enum letter letter;

    switch (s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) {
    case TCP_SYN:
        letter = (s->flags & TCP_ACK) ? LETTER_SYNACK : LETTER_SYN;
        add = !letter_again(x, LETTER_SYN) || syn_differs(step, x);
        break;
    case TCP_FIN:
        letter = LETTER_FIN;
        add = !letter_again(x, letter) ||
              s->seq + s->payload_len != (uint32_t)step->x->fin_seq;
        break;
    case TCP_RST:
        letter = LETTER_RST;
        add = !letter_again(x, letter) || s->seq != n->reset_seq[step->x_id];
        n->reset_seq[step->x_id] = s->seq;
        break;
    case 0:
        letter = s->payload_len > 0 ? LETTER_DATA : LETTER_ACK;
        if (s->payload_len > 0 || (s->flags & TCP_ACK))
            add = !letter_again(x, letter);
        break;
    default:
        letter = segment_has(s, TCP_FIN | TCP_RST) ? LETTER_FIN_RST : LETTER_SYN_AND;
        add = !letter_again(x, letter);
    }
    if (add)
        letter_add(n, letter, step->x_id);
}

static void note_window(struct neighbour *n, const struct step *step)
{
    bool tells = n->zeek[step->y_id].state != ZEEK_CLOSED &&
                 n->zeek[step->x_id].state != ZEEK_RESET && !(step->s->flags & TCP_RST);
    if (step->s->window == 0 && tells)
        letter_count(n, LETTER_WINDOW, step->x_id, &n->zero_windows[step->x_id]);
}

/* The number after the last byte that the end was seen to send. */
static uint32_t seen_end(const struct neighbour *n, const struct step *step)
{
    bool acked = n->zeek[step->x_id].hole == HOLE_ACKED;
    return acked ? n->hole[step->x_id] : (uint32_t)step->x->snd_nxt;
}

static bool payload_again(const struct neighbour *n, const struct step *step)
{
    const struct segment *s = step->s;
    const struct zeek_end *x = &n->zeek[step->x_id];

    if (s->payload_len == 0 || x->state == ZEEK_RESET)
        return false;
    if (s->flags & TCP_SYN) /* Zeek has taken over the end of the SYN when it compares */
        return true;
    if (x->state == ZEEK_INACTIVE) /* and here with the beginning of a RST */
        return (s->flags & (TCP_FIN | TCP_RST)) == TCP_RST;
    if (s->flags & TCP_RST) { /* its payload is none of the stream */
        int32_t beyond = seq_diff(s->seq, seen_end(n, step));
        return beyond <= 0 && beyond >= -RESET_SEQ_FAR;
    }
    return (step->marks & MARK_REPEATED) ||
           seq_diff(s->seq + segment_seq_len(s), seen_end(n, step)) <= 0;
}

/* Which bytes of the sender are missing now. A payload that the capture has not in full is
 * missing to Zeek. */
static void note_hole(struct neighbour *n, const struct step *step)
{
    const struct segment *s = step->s;
    struct zeek_end *x = &n->zeek[step->x_id];
    uint32_t *hole = &n->hole[step->x_id], next = (uint32_t)step->x->snd_nxt;
    uint32_t end = s->seq + segment_seq_len(s);

    if (segment_seq_len(s) == 0 || (s->flags & (TCP_SYN | TCP_RST)) ||
        (step->marks & (MARK_KEEP_ALIVE | MARK_WINDOW_PROBE)) || x->state == ZEEK_INACTIVE)
        return;
    if (x->hole == HOLE_ACKED && seq_diff(end, *hole) > 0) {
        *hole = end;
        if (seq_diff(end, next) >= 0)
            x->hole = HOLE_NONE;
    }
    if (x->hole == HOLE_AHEAD && seq_diff(s->seq, *hole) <= 0 && seq_diff(end, *hole) > 0)
        x->hole = HOLE_NONE;
    bool truncated = (s->facts & FACT_PAYLOAD_TRUNCATED) && seq_diff(end, next) > 0;
    if (x->hole == HOLE_NONE && (seq_diff(s->seq, next) > 0 || truncated)) {
        x->hole = HOLE_AHEAD;
        *hole = seq_diff(s->seq, next) > 0 ? next : s->seq;
    }
}

/* What the other end acknowledges and the capture does not hold: once for an acknowledgement. */
static void note_gap(struct neighbour *n, const struct step *step)
{
    const struct endpoint *y = step->y;
    struct zeek_end *zeek = &n->zeek[step->y_id];
    uint8_t *gaps = &n->gaps[step->y_id];
    uint32_t *hole = &n->hole[step->y_id];
    int64_t ack = step->ack;

    if (!step->has_ack || (step->s->flags & TCP_RST))
        return;
    if ((y->flags & END_FIN) && ack > y->fin_seq)
        ack = y->fin_seq;
    bool unseen = ack > y->snd_nxt;
    bool passed = zeek->hole == HOLE_AHEAD && seq_diff((uint32_t)ack, *hole) > 0;
    if (!unseen && !passed)
        return;
    if (!unseen)
        zeek->hole = HOLE_NONE;
    else if (zeek->hole != HOLE_ACKED && !(step->s->flags & TCP_SYN)) { /* that moves no SND.NXT */
        zeek->hole = HOLE_ACKED;
        *hole = (uint32_t)y->snd_nxt;
    }
    bool tells = zeek_is_clean(&n->zeek[CLIENT]) && zeek_is_clean(&n->zeek[SERVER]);
    if (tells && *gaps < UINT8_MAX && decade_reached(++*gaps))
        letter_add(n, LETTER_GAP, step->y_id);
}

/*
 * Most segments of a transfer tell nothing new: payload that comes next or an acknowledgement of
 * bytes that were seen, with letters that were noted before, between ends that stay as they are.
 */
static bool segment_tells_nothing(const struct neighbour *n, const struct step *step)
{
    const struct segment *s = step->s;
    const struct zeek_end *x = &n->zeek[step->x_id], *y = &n->zeek[step->y_id];
    unsigned letter = s->payload_len > 0 ? LETTER_DATA : LETTER_ACK;
    unsigned bit = s->payload_len > 0 ? COMPLETENESS_DATA : COMPLETENESS_ACK;
    unsigned flags = s->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK);

    return flags == TCP_ACK && ((unsigned)x->noted >> letter & 1u) && (n->completeness & bit) &&
           x->state != ZEEK_INACTIVE && step->marks == 0 && s->window != 0 &&
           !(s->facts & FACT_PAYLOAD_TRUNCATED) && x->hole == HOLE_NONE &&
           y->hole == HOLE_NONE && step->ack <= step->y->snd_nxt;
}

void neighbour_note(const struct step *step)
{
    const struct segment *s = step->s;
    struct neighbour *n = history_neighbour(step->pool, step->c->log);

    if (segment_tells_nothing(n, step))
        return;
    note_completeness(n, s);
    if (step->marks & MARK_DAMAGED) {
        if (decade_reached(step->x->bad_checksums))
            letter_add(n, LETTER_CHECKSUM, step->x_id);
        return;
    }
    if (n->count == 0 && step->x_id == SERVER && s->frame == step->c->first_frame)
        letter_add(n, LETTER_TURNED, SERVER);
    note_flags(n, step);
    note_window(n, step);
    if (payload_again(n, step))
        letter_count(n, LETTER_REPEAT, step->x_id, &n->repeats[step->x_id]);
    note_hole(n, step);
    zeek_sent(n->zeek, step->x_id, s->flags, s->payload_len);
    note_gap(n, step);
}

#define EXCHANGE(pair)                                                                           \
    do {                                                                                         \
        __typeof__((pair)[0]) first = (pair)[0];                                                 \
        (pair)[0] = (pair)[1];                                                                   \
        (pair)[1] = first;                                                                       \
    } while (0)

void neighbour_swap(struct neighbour *n)
{
    if (n == NULL)
        return;
    EXCHANGE(n->reset_seq);
    EXCHANGE(n->hole);
    EXCHANGE(n->repeats);
    EXCHANGE(n->zero_windows);
    EXCHANGE(n->zeek);
    EXCHANGE(n->gaps);
    for (unsigned i = 0; i < n->count; i++)
        n->letters[i / LETTERS_PER_WORD] ^= (uint64_t)LETTER_CLIENT
                                            << i % LETTERS_PER_WORD * LETTER_BITS;
}

void neighbour_summarise(const struct neighbour *n, struct summary *ret_summary)
{
    ret_summary->neighbours_known = n != NULL;
    if (n == NULL)
        return;
    ret_summary->completeness = n->completeness;
    for (int id = CLIENT; id <= SERVER; id++)
        ret_summary->zeek_states[id] = n->zeek[id].state;
    for (unsigned i = 0; i < n->count; i++) {
        unsigned packed = letter_at(n, i);
        char name = letter_names[(packed & (LETTER_CLIENT - 1)) - 1];
        bool capital = (packed & LETTER_CLIENT) && name != '^';
        ret_summary->zeek_history[i] = (char)(capital ? name - 'a' + 'A' : name);
    }
    ret_summary->zeek_history[n->count] = '\0';
}
