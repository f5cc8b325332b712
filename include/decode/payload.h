/*
 * payload: does a segment's payload begin with what only one kind of end sends? It reads a few
 * bytes and keeps none.
 */
#ifndef DECODE_PAYLOAD_H
#define DECODE_PAYLOAD_H

#include "base/cursor.h"
#include "model/segment.h"

/* bytes: as much of the payload as was captured. */
enum payload_kind payload_kind(struct cursor bytes);

#endif
