/*
 * hyperloglog: how many different things were seen, without keeping them: 2,048 registers of one
 * byte. The standard error is 1.04 / sqrt(2048) = 2.3 %; small numbers come out nearly exact. Plain
 * data; all zero is empty. What two of them saw together is the larger one of each register.
 */
#ifndef BASE_HYPERLOGLOG_H
#define BASE_HYPERLOGLOG_H

#include <stdint.h>

#define HYPERLOGLOG_BITS 11u
#define HYPERLOGLOG_REGISTERS (1u << HYPERLOGLOG_BITS)

struct hyperloglog {
    uint8_t registers[HYPERLOGLOG_REGISTERS];
};

/* hash: 64 good bits of the thing; the same thing has the same hash. */
void hyperloglog_add(struct hyperloglog *sketch, uint64_t hash);

void hyperloglog_merge(struct hyperloglog *sketch, const struct hyperloglog *other);

uint64_t hyperloglog_count(const struct hyperloglog *sketch);

#endif
