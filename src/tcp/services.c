/*
 * services: two open-addressed tables of fixed size, half full at most. Nothing is removed or
 * moved, so what they hold depends on the order of the capture and not on the hash.
 */
#include "tcp/services.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS (2 * SERVICES_MAX)

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "a hash is cut to its low bits");

struct service {
    uint8_t address[16];
    uint16_t port;
    uint8_t ip_version; /* 0: the slot is free */
    uint8_t zero;
    uint32_t peers, peers_most;
};

#define SERVICE_KEY_SIZE 20

_Static_assert(offsetof(struct service, peers) == SERVICE_KEY_SIZE,
               "compared as bytes: no padding");

/* Allocated with its first member: most captures have no connection without a SYN. */
struct service_table {
    struct service *slots; /* NULL: none yet */
    uint32_t count;
};

struct services {
    struct flow_secret secret;
    struct service_table answered, joined;
    uint64_t refused;
    int64_t refused_since;
};

struct services *services_new(const struct flow_secret *secret)
{
    struct services *services = calloc(1, sizeof *services);
    if (services != NULL)
        services->secret = *secret;
    return services;
}

void services_free(struct services *services)
{
    if (services == NULL)
        return;
    free(services->answered.slots);
    free(services->joined.slots);
    free(services);
}

static struct service service_of(const struct flow_key *key, unsigned which)
{
    struct service service = { .port = key->port[which], .ip_version = key->ip_version };
    memcpy(service.address, key->address[which], sizeof service.address);
    return service;
}

/* The slot of a service, or the free one where it would stand. NULL: there is no table yet. */
static struct service *slot_find(const struct services *services,
                                 const struct service_table *table, const struct service *wanted)
{
    if (table->slots == NULL)
        return NULL;
    uint32_t at = flow_address_hash(wanted->address, wanted->ip_version, wanted->port,
                                    &services->secret);
    for (;; at++) { /* ends: half of the slots are free */
        struct service *slot = &table->slots[at & (SLOTS - 1)];
        if (slot->ip_version == 0 || memcmp(slot, wanted, SERVICE_KEY_SIZE) == 0)
            return slot;
    }
}

static struct service *service_find(const struct services *services,
                                    const struct service_table *table,
                                    const struct flow_key *key, unsigned which)
{
    struct service wanted = service_of(key, which);
    struct service *slot = slot_find(services, table, &wanted);
    return slot != NULL && slot->ip_version != 0 ? slot : NULL;
}

/* Finds or adds; NULL, counted, where there is no room. */
static struct service *service_add(struct services *services, struct service_table *table,
                                   const struct flow_key *key, unsigned which, int64_t time)
{
    struct service wanted = service_of(key, which);
    if (table->slots == NULL)
        table->slots = calloc(SLOTS, sizeof *table->slots);
    struct service *slot = slot_find(services, table, &wanted);
    if (slot != NULL && slot->ip_version != 0)
        return slot;
    if (slot == NULL || table->count == SERVICES_MAX) {
        if (services->refused++ == 0)
            services->refused_since = time;
        return NULL;
    }
    *slot = wanted;
    table->count++;
    return slot;
}

void services_answered(struct services *services, const struct flow_key *key, unsigned which,
                       int64_t time)
{
    service_add(services, &services->answered, key, which, time);
}

void services_join(struct services *services, const struct flow_key *key, int64_t time)
{
    for (unsigned which = 0; which < 2; which++) {
        struct service *service = service_add(services, &services->joined, key, which, time);
        if (service != NULL && ++service->peers > service->peers_most)
            service->peers_most = service->peers;
    }
}

void services_leave(struct services *services, const struct flow_key *key)
{
    for (unsigned which = 0; which < 2; which++) {
        struct service *service = service_find(services, &services->joined, key, which);
        if (service != NULL && service->peers > 0)
            service->peers--;
    }
}

bool services_has_answered(const struct services *services, const struct flow_key *key,
                           unsigned which)
{
    return service_find(services, &services->answered, key, which) != NULL;
}

uint32_t services_peers(const struct services *services, const struct flow_key *key,
                        unsigned which)
{
    const struct service *service = service_find(services, &services->joined, key, which);
    return service != NULL ? service->peers_most : 0;
}

uint64_t services_refused(const struct services *services, int64_t *ret_since)
{
    *ret_since = services->refused_since;
    return services->refused;
}
