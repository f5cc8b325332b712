/*
 * siphash: SipHash-1-3 (Aumasson and Bernstein, 2012), a keyed hash of short inputs. Keys of
 * tables that hold a stranger's numbers go through it, so that nobody can aim for one bucket.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* The same on every machine: bytes are read little-endian, as the paper has it. */
uint64_t siphash13(const uint64_t key[2], const void *bytes, size_t length);

#endif
