/* copy: a ring of the last segments, found by a hash of their numbers. */
#include "flow/copy.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/seq.h"
#include "base/time_text.h"

/* Equal IP IDs prove a copy for a short while: a busy host has used all of them after a second. */
#define GAP_WITH_ID (500 * NS_PER_MS)
/* What a mirror adds comes at once; no timer fires so soon. */
#define GAP_WITHOUT_ID (10 * NS_PER_MS)
/* A capture that holds frames twice: one copy for so many others, or more. */
#define OTHERS_FOR_ONE 5
/* With fewer segments nobody knows whether it is one. */
#define MIRROR_TOLD 32

#define BUCKETS 512u
#define STEPS_MAX 16 /* equal hashes looked at; a stranger who makes more hides copies, no more */
#define BETWEEN_MAX 64 /* segments between original and copy, without IP ID */
#define SENT_MAX 64    /* segments among which another one with the same IP ID is looked for */

/* What is compared are two pieces of memory without holes, before and behind the facts, and the
 * length on the wire behind them. */
#define FIRST_SIZE (offsetof(struct segment, facts) - offsetof(struct segment, source))
#define SECOND_SIZE                                                                              \
    (offsetof(struct segment, vlan) + sizeof(((struct segment *)0)->vlan) -                      \
     offsetof(struct segment, options))
_Static_assert(offsetof(struct segment, source) == 16, "frame and time stand before");
_Static_assert(FIRST_SIZE == 60, "no holes: the sizes of all members from source on");
_Static_assert(SECOND_SIZE == 58, "no holes: the sizes of all members from options to vlan");

struct copies {
    struct segment ring[COPY_RING];
    uint32_t hashes[COPY_RING]; /* equal segments have equal ones */
    uint64_t before[COPY_RING]; /* the one before in this bucket, counted from 1; 0: none */
    uint64_t buckets[BUCKETS];  /* the newest one, counted from 1 */
    uint64_t count;             /* segments remembered so far */
    uint64_t told, twice;       /* segments that tell whether frames come twice; that did */
    struct segment syn;         /* the newest copy of a SYN, which was not remembered: */
    uint64_t syn_at;            /* it came behind so many that were; 0: none */
};

struct copies *copies_new(void)
{
    return calloc(1, sizeof(struct copies));
}

void copies_free(struct copies *copies)
{
    free(copies);
}

/*
 * Not keyed: what it finds is compared byte for byte, and the steps are few. Of numbers in which a
 * copy equals its original, also one that was passed on.
 */
static inline uint32_t segment_hash(const struct segment *s)
{
    uint64_t mixed = ((uint64_t)s->seq << 32 | s->ack) * UINT64_C(0x9e3779b97f4a7c15);
    mixed ^= (uint64_t)s->checksum << 16 | s->ip_id;
    mixed *= UINT64_C(0xc2b2ae3d27d4eb4f);
    return (uint32_t)(mixed >> 32);
}

/* A host that captures on all its interfaces sees its own packets go out and come in. */
static bool segment_equal(const struct segment *a, const struct segment *b)
{
    return a->seq == b->seq && a->ack == b->ack && a->wire_len == b->wire_len &&
           ((a->facts ^ b->facts) & ~(uint32_t)FACT_SENT_BY_RECORDER) == 0 &&
           memcmp(a->source, b->source, FIRST_SIZE) == 0 &&
           memcmp(&a->options, &b->options, SECOND_SIZE) == 0;
}

/* The same packet before and behind a router, or on another VLAN: on its way it changes nothing but
 * its TTL, by one, and its tags, and with these the length of its frame. */
static bool segment_passed_on(const struct segment *a, const struct segment *b)
{
    int hops = (int)a->ttl - (int)b->ttl;

    if (a->seq != b->seq || a->ack != b->ack || hops < -1 || hops > 1)
        return false;
    struct segment there = *b;
    there.ttl = a->ttl;
    there.vlan_count = a->vlan_count;
    memcpy(there.vlan, a->vlan, sizeof there.vlan);
    bool moved = hops != 0 || a->vlan_count != b->vlan_count ||
                 memcmp(a->vlan, b->vlan, sizeof a->vlan) != 0;
    if (moved)
        there.wire_len = a->wire_len;
    return segment_equal(a, &there);
}

/* Clocks may go backwards, and times may be anything. */
static bool times_near(int64_t a, int64_t b, int64_t gap)
{
    uint64_t apart = a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
    return apart < (uint64_t)gap;
}

static bool is_from_peer(const struct segment *s, const struct segment *other)
{
    return memcmp(s->source, other->destination, sizeof s->source) == 0 &&
           memcmp(s->destination, other->source, sizeof s->destination) == 0 &&
           s->source_port == other->destination_port &&
           s->destination_port == other->source_port;
}

/* Whether the peer sent something after the segment at this place: then an equal one may be the
 * answer to that, as a SYN-ACK is to a repeated SYN. */
static bool peer_spoke(const struct copies *copies, const struct segment *s, uint64_t at)
{
    if (copies->count - at > BETWEEN_MAX)
        return true;
    /* A SYN that the network doubled is answered twice. */
    bool mirror = copies->told >= MIRROR_TOLD && copies->twice * OTHERS_FOR_ONE >= copies->told;
    if (copies->syn_at >= at && !mirror && is_from_peer(s, &copies->syn))
        return true;
    for (; at < copies->count; at++) /* counted from 1: this is the place behind it */
        if (is_from_peer(s, &copies->ring[at % COPY_RING]))
            return true;
    return false;
}

/* Whether the sender gave other segments this IP ID too, as scanners and some devices do. */
static bool id_is_constant(const struct copies *copies, const struct segment *s)
{
    for (uint64_t i = 1; i <= SENT_MAX && i <= copies->count; i++) {
        const struct segment *other = &copies->ring[(copies->count - i) % COPY_RING];
        if (other->ip_id == s->ip_id && other->ip_version == s->ip_version &&
            memcmp(other->source, s->source, sizeof s->source) == 0 &&
            !segment_passed_on(other, s))
            return true;
    }
    return false;
}

static bool is_from_same(const struct segment *s, const struct segment *other)
{
    return memcmp(s->source, other->source, sizeof s->source) == 0 &&
           memcmp(s->destination, other->destination, sizeof s->destination) == 0 &&
           s->source_port == other->source_port && s->destination_port == other->destination_port;
}

/*
 * Whether the sender's clock went on between original (at this place) and copy: what it had sent
 * again itself would say so (RFC 7323 §3.2), so this one was made on the way.
 */
static bool stamp_is_old(const struct copies *copies, const struct segment *s, uint64_t at)
{
    if (!(s->options & OPTION_TIMESTAMPS) || segment_seq_len(s) == 0 ||
        copies->count - at > BETWEEN_MAX)
        return false;
    for (; at < copies->count; at++) {
        const struct segment *other = &copies->ring[at % COPY_RING];
        if (is_from_same(s, other) && (other->options & OPTION_TIMESTAMPS) &&
            seq_diff(other->tsval, s->tsval) > 0)
            return true;
    }
    return false;
}

/* Whether nothing else than a copy can be equal to the original at this place. */
static bool is_proved(const struct copies *copies, const struct segment *s, uint64_t at)
{
    const struct segment *other = &copies->ring[(at - 1) % COPY_RING];
    /* No host gives what it sends again another TTL or tag. */
    bool moved = !segment_equal(other, s) &&
                 times_near(other->time, s->time, GAP_WITHOUT_ID) && !peer_spoke(copies, s, at);

    if (segment_has_ip_id(s))
        return !id_is_constant(copies, s);
    return moved || stamp_is_old(copies, s, at);
}

static const struct segment *equal_find(const struct copies *copies, const struct segment *s,
                                        uint32_t hash, bool *ret_proved)
{
    uint64_t at = copies->buckets[hash % BUCKETS];

    for (int i = 0; i < STEPS_MAX && at != 0 && copies->count - at < COPY_RING; i++) {
        const struct segment *other = &copies->ring[(at - 1) % COPY_RING];
        if (copies->hashes[(at - 1) % COPY_RING] == hash && segment_passed_on(other, s) &&
            times_near(other->time, s->time, GAP_WITH_ID)) {
            *ret_proved = is_proved(copies, s, at);
            bool likely = times_near(other->time, s->time, GAP_WITHOUT_ID) &&
                          !peer_spoke(copies, s, at);
            return *ret_proved || likely ? other : NULL;
        }
        at = copies->before[(at - 1) % COPY_RING];
    }
    return NULL;
}

static void ring_append(struct copies *copies, const struct segment *s, uint32_t hash)
{
    uint64_t place = copies->count % COPY_RING;
    copies->ring[place] = *s;
    copies->hashes[place] = hash;
    copies->before[place] = copies->buckets[hash % BUCKETS];
    copies->buckets[hash % BUCKETS] = ++copies->count;
}

bool copies_segment(struct copies *copies, const struct segment *segment,
                    struct copy_found *ret_found)
{
    uint32_t hash = segment_hash(segment);
    bool proved = false;
    const struct segment *original = equal_find(copies, segment, hash, &proved);

    /* A bare ACK or a RST without IP ID says nothing about the capture: it repeats by rule. */
    if (original == NULL)
        copies->told += segment_has_ip_id(segment) || segment_seq_len(segment) > 0;
    else
        copies->twice += proved || segment_seq_len(segment) > 0;
    bool copy = original != NULL &&
                (proved || copies->twice * OTHERS_FOR_ONE >= copies->told);
    if (!copy) {
        ring_append(copies, segment, hash);
        return false;
    }
    if ((segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
        copies->syn = *segment;
        copies->syn_at = copies->count;
    }
    *ret_found = (struct copy_found){ .original = original->frame,
                                      .same_time = original->time == segment->time,
                                      .passed_on = !segment_equal(original, segment) };
    return true;
}
