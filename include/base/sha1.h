/*
 * sha1: SHA-1 (FIPS 180-4 §6.1). Only Community ID asks for it; it protects nothing.
 */
#ifndef BASE_SHA1_H
#define BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_SIZE 20

void sha1(const void *bytes, size_t length, uint8_t ret_digest[SHA1_SIZE]);

#endif
