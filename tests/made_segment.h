/* made_segment: a segment from nowhere, for tests that tell segments apart. */
#ifndef TESTS_MADE_SEGMENT_H
#define TESTS_MADE_SEGMENT_H

#include "model/segment.h"

/* 100 bytes of payload, IP ID 77 and timestamps, at 1 s and so many ns. */
static inline struct segment made_segment(uint64_t frame, int64_t after)
{
    return (struct segment){ .frame = frame,
                             .time = 1000000000 + after,
                             .source = { 192, 0, 2, 1 },
                             .destination = { 192, 0, 2, 2 },
                             .source_port = 40000,
                             .destination_port = 80,
                             .seq = 1000,
                             .ack = 5000,
                             .flags = TCP_ACK | TCP_PSH,
                             .window = 500,
                             .payload_len = 100,
                             .options = OPTION_TIMESTAMPS,
                             .ip_version = 4,
                             .ip_id = 77,
                             .ttl = 64,
                             .tsval = 10,
                             .tsecr = 20,
                             .wire_len = 166 };
}

#endif
