/*
 * payload: does a segment's payload begin with what only one kind of end sends? It reads a few
 * bytes and keeps none.
 */
#ifndef DECODE_PAYLOAD_H
#define DECODE_PAYLOAD_H

#include "base/cursor.h"
#include "model/segment.h"

#define PAYLOAD_TLS_HANDSHAKE 22 /* RFC 8446 §5.1 */

/* Of payloads that may tell by their first byte. */
enum payload_kind payload_kind_of(struct cursor bytes);

/* Whether something that is looked for begins so. */
static inline bool payload_may_tell(uint8_t first)
{
    switch (first) {
    case PAYLOAD_TLS_HANDSHAKE:
    case '2': case 'C': case 'D': case 'G': case 'H': case 'O': case 'P': case 'T':
        return true;
    default:
        return false;
    }
}

/* bytes: as much of the payload as was captured. */
static inline enum payload_kind payload_kind(struct cursor bytes)
{
    struct cursor c = bytes;
    return payload_may_tell(cursor_u8(&c)) ? payload_kind_of(bytes) : PAYLOAD_NONE;
}

#endif
