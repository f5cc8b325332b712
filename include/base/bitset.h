/*
 * bitset: a set of whole numbers that grows with the largest, a bit for each.
 */
#ifndef BASE_BITSET_H
#define BASE_BITSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialised is empty. After a failed allocation it stays valid and `failed` is set. */
struct bitset {
    uint64_t *words;
    size_t size;
    uint64_t count; /* members */
    bool failed;
};

void bitset_add(struct bitset *set, uint64_t member);
void bitset_remove(struct bitset *set, uint64_t member);
bool bitset_has(const struct bitset *set, uint64_t member);

/* The least member that is not below from; false: there is none. */
bool bitset_next(const struct bitset *set, uint64_t from, uint64_t *ret_member);

void bitset_done(struct bitset *set);

#endif
