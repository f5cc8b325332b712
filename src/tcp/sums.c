/*
 * sums: an open-addressed table of fixed size, half full at most. Nothing is removed or moved, so
 * what it holds depends on the order of the capture and not on the hash.
 */
#include "tcp/sums.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tcp/sequence.h"

#define SLOTS (2 * SUMS_MAX)

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "a hash is cut to its low bits");

#define LEFT_LEAST 5u        /* so many wrong ones show that they are left to the card: */
#define LEFT_PERCENT 90u     /* nearly all are wrong */
#define RIGHT_LEAST 16u      /* so many right ones show that they are not: */
#define RIGHT_FOR_ONE 10u    /* wrong ones are few */
#define PAYLOAD_USUAL 1460u  /* of a full segment on Ethernet, where no MSS was told */

struct host {
    uint8_t address[16];
    uint16_t ip_version; /* 0: the slot is free */
    uint16_t input;      /* which of the inputs shows it: each has a place of its own */
    uint32_t acked;      /* 1: wrong ones were acknowledged */
    uint64_t right, wrong;
};

#define HOST_KEY_SIZE 20

_Static_assert(offsetof(struct host, acked) == HOST_KEY_SIZE,
               "compared as bytes: no padding");

struct sums {
    struct flow_secret secret;
    struct host *hosts; /* NULL: none yet */
    uint32_t count;
    uint64_t refused;
    int64_t refused_since;
};

struct sums *sums_new(const struct flow_secret *secret)
{
    struct sums *sums = calloc(1, sizeof *sums);
    if (sums != NULL)
        sums->secret = *secret;
    return sums;
}

void sums_free(struct sums *sums)
{
    if (sums == NULL)
        return;
    free(sums->hosts);
    free(sums);
}

/* The host's slot, or the free one where it would stand. NULL: there is no table yet. */
static struct host *slot_find(const struct sums *sums, const struct host *wanted)
{
    if (sums->hosts == NULL)
        return NULL;
    uint32_t at = flow_address_hash(wanted->address, (uint8_t)wanted->ip_version, wanted->input,
                                    &sums->secret);
    for (;; at++) { /* ends: half of the slots are free */
        struct host *host = &sums->hosts[at & (SLOTS - 1)];
        if (host->ip_version == 0 || memcmp(host, wanted, HOST_KEY_SIZE) == 0)
            return host;
    }
}

static struct host host_of(const uint8_t address[16], const struct segment *s)
{
    struct host host = { .ip_version = s->ip_version, .input = s->input };
    memcpy(host.address, address, sizeof host.address);
    return host;
}

/* Finds or adds; NULL, counted, where there is no room. */
static struct host *host_add(struct sums *sums, const struct segment *s)
{
    struct host wanted = host_of(s->source, s);
    if (sums->hosts == NULL)
        sums->hosts = calloc(SLOTS, sizeof *sums->hosts);
    struct host *host = slot_find(sums, &wanted);
    if (host != NULL && host->ip_version != 0)
        return host;
    if (host == NULL || sums->count == SUMS_MAX) {
        if (sums->refused++ == 0)
            sums->refused_since = s->time;
        return NULL;
    }
    *host = wanted;
    sums->count++;
    return host;
}

static struct host *host_find(const struct sums *sums, const uint8_t address[16],
                              const struct segment *s)
{
    struct host wanted = host_of(address, s);
    struct host *host = slot_find(sums, &wanted);
    return host != NULL && host->ip_version != 0 ? host : NULL;
}

/* All that Y sent had wrong checksums, and here X acknowledges it. */
static bool acks_wrong_ones(const struct step *step)
{
    const struct endpoint *y = step->y;
    return y->bad_checksums != 0 && y->bad_checksums >= y->segments && step->has_ack &&
           step->ack > endpoint_isn(y);
}

bool sums_sample(const struct step *step, bool is_sample, struct sums_sample *ret)
{
    uint32_t n = step->x->segments;
    bool wrong = step->s->facts & FACT_CHECKSUM_BAD;
    bool right = !wrong && (step->s->facts & FACT_CHECKSUM_GOOD);
    *ret = (struct sums_sample){ .wrong = wrong, .acked = is_sample && acks_wrong_ones(step) };
    if (right)
        ret->right = n > 2 ? n - n / 4 : 1; /* a scanner sends but one */
    return wrong || right || ret->acked;
}

void sums_add(struct sums *sums, const struct segment *s, struct sums_sample sample)
{
    struct host *receiver = sample.acked ? host_find(sums, s->destination, s) : NULL;
    if (receiver != NULL)
        receiver->acked = 1;
    if (!sample.wrong && sample.right == 0)
        return;
    struct host *host = host_add(sums, s);
    if (host == NULL)
        return;
    host->wrong += sample.wrong;
    host->right += sample.right;
}

/* A card that puts together what arrived leaves the checksum of the first part. */
static bool is_put_together(const struct endpoint *receiver, const struct segment *s)
{
    return s->payload_len > (receiver->mss != 0 ? receiver->mss : PAYLOAD_USUAL);
}

uint32_t sums_facts(const struct sums *sums, const struct connection *c, enum endpoint_id sender,
                    const struct segment *s)
{
    const struct host *host = host_find(sums, s->source, s);

    if (is_put_together(&c->end[endpoint_peer(sender)], s))
        return FACT_CHECKSUMS_LEFT;
    if (host == NULL)
        return 0;
    if (host->acked && host->wrong >= LEFT_LEAST &&
        host->wrong * 100 >= (host->wrong + host->right) * LEFT_PERCENT)
        return FACT_CHECKSUMS_LEFT;
    bool right = host->right >= RIGHT_LEAST && host->wrong * RIGHT_FOR_ONE <= host->right;
    return right ? FACT_CHECKSUMS_RIGHT : 0;
}

uint64_t sums_refused(const struct sums *sums, int64_t *ret_since)
{
    *ret_since = sums->refused_since;
    return sums->refused;
}
