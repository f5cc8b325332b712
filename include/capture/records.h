/*
 * records: the packets of a pcap file, read as they lie in it, without a copy of each.
 *
 * libpcap opens the file and says what it is; this reads the records of one that is as nearly all
 * are: in this machine's byte order, of version 2.4, seekable. At the first record that is not as
 * it should be, and at the end of the file, libpcap takes over from there and has the last word on
 * it.
 */
#ifndef CAPTURE_RECORDS_H
#define CAPTURE_RECORDS_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "base/time_text.h"
#include "capture/input.h"
#include "model/frame.h"

struct records {
    uint8_t *buffer; /* NULL: none are read here */
    size_t at, end;  /* in the buffer: what was read from the file and not handed out */
    off_t offset;    /* in the file, where the buffer ends */
    int fd;
    uint32_t caplen_most;
    uint32_t units; /* of time in a second: µs or ns */
    uint32_t unit_ns;
};

/*
 * Begins behind the file's header, which libpcap has read; false: libpcap has to read the rest. The
 * input stays the caller's.
 */
bool records_begin(const struct input *input, pcap_t *pcap, struct records *ret_records);

/* Reads until so many bytes are there; false: there are fewer. */
bool records_fill(struct records *records, size_t size);

/* Where libpcap has to go on. */
off_t records_offset(const struct records *records);

/* A record begins at this offset, and is the next one. */
void records_seek(struct records *records, off_t offset);

void records_done(struct records *records);

/*
 * Fills time, both lengths and the bytes, which are valid until the next call. False: the next
 * record is libpcap's. A time that is no time and a length beyond the snapshot length are among the
 * things that it has its own ways with.
 */
static inline bool records_next(struct records *records, struct frame *ret_frame)
{
    uint32_t head[4]; /* seconds, parts of one, captured length, length */
    size_t size = sizeof head;
    if (records->end - records->at < size && !records_fill(records, size))
        return false;
    memcpy(head, records->buffer + records->at, sizeof head);
    if (head[1] >= records->units || head[2] > records->caplen_most)
        return false;
    size += head[2];
    if (records->end - records->at < size && !records_fill(records, size))
        return false;
    ret_frame->time = (int64_t)head[0] * NS_PER_S + (int64_t)head[1] * records->unit_ns;
    ret_frame->caplen = head[2];
    ret_frame->len = head[3];
    ret_frame->data = records->buffer + records->at + sizeof head;
    records->at += size;
    return true;
}

#endif
