/*
 * cursor: bounds-checked reading of untrusted bytes. Nothing else in the project
 * dereferences packet bytes.
 *
 * The error is sticky: a read past the end returns 0 (or an empty cursor), sets `bad`, and
 * every later read fails too, so a parser reads straight through and asks cursor_ok() once.
 * A cursor borrows the bytes; the caller keeps them alive.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/inline.h"

/* Two words: a function gets it in registers. */
struct cursor {
    const uint8_t *at;
    uint32_t left; /* bytes not read yet */
    bool bad;
};

_Static_assert(sizeof(struct cursor) <= 2 * sizeof(uint64_t), "passed for every header");

/* Of more than 4 GiB, which no packet has, the rest is out of reach. */
static ALWAYS_INLINE struct cursor cursor_init(const void *bytes, size_t length)
{
    struct cursor c = { .at = bytes, .left = 0, .bad = bytes == NULL && length != 0 };
    if (bytes == NULL) {
        static const uint8_t nothing[1];
        c.at = nothing;
        length = 0;
    }
    c.left = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
    return c;
}

static ALWAYS_INLINE bool cursor_ok(const struct cursor *c)
{
    return !c->bad;
}

/* Bytes not read yet. */
static ALWAYS_INLINE size_t cursor_left(const struct cursor *c)
{
    return c->left;
}

/* True when n more bytes can be read; false marks the cursor bad. */
static ALWAYS_INLINE bool cursor_need(struct cursor *c, size_t n)
{
    if (c->bad || c->left < n) {
        c->bad = true;
        return false;
    }
    return true;
}

/* Past n bytes that are there. */
static ALWAYS_INLINE void cursor_pass(struct cursor *c, size_t n)
{
    c->at += n;
    c->left -= (uint32_t)n;
}

static ALWAYS_INLINE void cursor_skip(struct cursor *c, size_t n)
{
    if (cursor_need(c, n))
        cursor_pass(c, n);
}

static ALWAYS_INLINE uint8_t cursor_u8(struct cursor *c)
{
    if (!cursor_need(c, 1))
        return 0;
    uint8_t v = c->at[0];
    cursor_pass(c, 1);
    return v;
}

/* How many bytes further on one cursor is than another of the same bytes. */
static ALWAYS_INLINE size_t cursor_between(const struct cursor *earlier, const struct cursor *later)
{
    return (size_t)(later->at - earlier->at);
}

/* Big-endian (network order) to host order. */
static ALWAYS_INLINE uint16_t cursor_be16(struct cursor *c)
{
    if (!cursor_need(c, 2))
        return 0;
    uint16_t v = (uint16_t)((unsigned)c->at[0] << 8 | c->at[1]);
    cursor_pass(c, 2);
    return v;
}

static ALWAYS_INLINE uint32_t cursor_be32(struct cursor *c)
{
    if (!cursor_need(c, 4))
        return 0;
    uint32_t v = (uint32_t)c->at[0] << 24 | (uint32_t)c->at[1] << 16 | (uint32_t)c->at[2] << 8 |
                 c->at[3];
    cursor_pass(c, 4);
    return v;
}

static ALWAYS_INLINE uint64_t cursor_be64(struct cursor *c)
{
    if (!cursor_need(c, 8))
        return 0;
    uint64_t v = (uint64_t)c->at[0] << 56 | (uint64_t)c->at[1] << 48 |
                 (uint64_t)c->at[2] << 40 | (uint64_t)c->at[3] << 32 |
                 (uint64_t)c->at[4] << 24 | (uint64_t)c->at[5] << 16 |
                 (uint64_t)c->at[6] << 8 | c->at[7];
    cursor_pass(c, 8);
    return v;
}

/*
 * Little-endian to host order: for link types written in the capturing host's order, and for
 * hashes.
 */
static ALWAYS_INLINE uint32_t cursor_le32(struct cursor *c)
{
    uint32_t v = cursor_be32(c);
    return v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
}

static ALWAYS_INLINE uint64_t cursor_le64(struct cursor *c)
{
    if (!cursor_need(c, 8))
        return 0;
    uint64_t v = c->at[0] | (uint64_t)c->at[1] << 8 | (uint64_t)c->at[2] << 16 |
                 (uint64_t)c->at[3] << 24 | (uint64_t)c->at[4] << 32 |
                 (uint64_t)c->at[5] << 40 | (uint64_t)c->at[6] << 48 |
                 (uint64_t)c->at[7] << 56;
    cursor_pass(c, 8);
    return v;
}

/* Copies n bytes to ret_bytes; zeroes them when there are fewer. */
static ALWAYS_INLINE void cursor_copy(struct cursor *c, void *ret_bytes, size_t n)
{
    if (!cursor_need(c, n)) {
        memset(ret_bytes, 0, n);
        return;
    }
    memcpy(ret_bytes, c->at, n);
    cursor_pass(c, n);
}

/* Takes the next n bytes as a cursor of their own; an empty bad one when there are fewer. */
static ALWAYS_INLINE struct cursor cursor_take(struct cursor *c, size_t n)
{
    struct cursor part = { .at = c->at, .left = 0, .bad = true };
    if (cursor_need(c, n)) {
        part.left = (uint32_t)n;
        part.bad = false;
        cursor_pass(c, n);
    }
    return part;
}

/* Like cursor_take, but gives what there is when there are fewer than n, and never fails. */
static ALWAYS_INLINE struct cursor cursor_take_most(struct cursor *c, size_t n)
{
    size_t left = c->bad ? 0 : c->left;
    struct cursor part = { .at = c->at, .left = (uint32_t)(n < left ? n : left), .bad = false };
    cursor_pass(c, part.left);
    return part;
}

#endif
