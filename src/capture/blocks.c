/*
 * blocks: draft-ietf-opsawg-pcapng §3.1: a block begins with its type and its total length, which
 * is a multiple of four.
 */
#include "capture/blocks.h"

#include <byteswap.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define WINDOW (64 * 1024)
#define HEADER 8     /* type and total length */
#define BLOCK_MIN 12 /* these, and the length once more */

enum block_type {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* obsolete; some old files have it */
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_SECTION = 0x0a0d0d0a,
};

/* Some bytes of the file. */
struct window {
    uint8_t bytes[WINDOW];
    off_t offset;
    size_t length;
};

static bool header_read(int fd, struct window *window, off_t offset, uint32_t ret_header[2])
{
    if (offset < window->offset || offset + HEADER > window->offset + (off_t)window->length) {
        ssize_t n = pread(fd, window->bytes, sizeof window->bytes, offset);
        window->offset = offset;
        window->length = n > 0 ? (size_t)n : 0;
        if (window->length < HEADER)
            return false;
    }
    memcpy(ret_header, window->bytes + (offset - window->offset), HEADER);
    return true;
}

struct blocks_place blocks_step(int fd, struct blocks_place place, uint64_t frames, bool swapped)
{
    struct window window;
    uint32_t header[2]; /* type, total length */

    window.offset = place.offset;
    window.length = 0;
    while (header_read(fd, &window, place.offset, header)) {
        uint32_t type = swapped ? bswap_32(header[0]) : header[0];
        uint32_t length = swapped ? bswap_32(header[1]) : header[1];
        bool packet =
            type == BLOCK_PACKET || type == BLOCK_SIMPLE_PACKET || type == BLOCK_ENHANCED_PACKET;
        if (type == BLOCK_SECTION || type == BLOCK_INTERFACE || length < BLOCK_MIN ||
            length % 4 != 0 || (packet && place.frames == frames))
            break;
        place.frames += packet;
        place.offset += length;
    }
    return place;
}
