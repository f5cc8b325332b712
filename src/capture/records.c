/*
 * What a file must be, and what libpcap does to others (sf-pcap.c): it turns the numbers of the
 * other byte order, and for some link types bytes of the packet; exchanges both lengths in versions
 * before 2.4; reads larger record headers behind another magic number. None of these is Ethernet,
 * raw IP or a cooked capture in this order, of version 2.4, with one of the two usual numbers.
 */
#include "capture/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The largest record that is read here has to fit. */
#define BUFFER_SIZE (256 * 1024)

#define MAGIC_MICROSECONDS 0xa1b2c3d4
#define MAGIC_NANOSECONDS 0xa1b23c4d

static bool link_type_is_usual(int link_type)
{
    switch (link_type) {
    case DLT_EN10MB:
    case DLT_RAW:
    case DLT_NULL:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
        return true;
    default:
        return false;
    }
}

bool records_begin(const struct input *input, pcap_t *pcap, struct records *ret_records)
{
    uint32_t magic;
    int snapshot = pcap_snapshot(pcap);
    _Static_assert(sizeof magic == INPUT_HEAD_SIZE, "the head is the magic number");
    memcpy(&magic, input->head, sizeof magic);
    *ret_records = (struct records){ .buffer = NULL };
    if (!input->seekable || (magic != MAGIC_MICROSECONDS && magic != MAGIC_NANOSECONDS) ||
        pcap_major_version(pcap) != 2 || pcap_minor_version(pcap) != 4 ||
        !link_type_is_usual(pcap_datalink(pcap)) || snapshot <= 0)
        return false;
    off_t offset = ftello(input->file);
    uint8_t *buffer = offset >= 0 ? malloc(BUFFER_SIZE) : NULL;
    if (buffer == NULL)
        return false;
    size_t room = BUFFER_SIZE - sizeof(uint32_t[4]);
    bool micro = magic == MAGIC_MICROSECONDS;
    *ret_records = (struct records){
        .buffer = buffer,
        .offset = offset,
        .fd = fileno(input->file),
        .caplen_most = (size_t)snapshot < room ? (uint32_t)snapshot : (uint32_t)room,
        .units = (uint32_t)(micro ? NS_PER_S / 1000 : NS_PER_S),
        .unit_ns = micro ? 1000 : 1,
    };
    return true;
}

bool records_fill(struct records *records, size_t size)
{
    size_t left = records->end - records->at;
    memmove(records->buffer, records->buffer + records->at, left);
    records->at = 0;
    records->end = left;
    while (records->end < size) {
        /* Not read(2): the stream that libpcap has believes to know where its file is. */
        ssize_t n = pread(records->fd, records->buffer + records->end, BUFFER_SIZE - records->end,
                          records->offset);
        if (n <= 0) /* what it was, libpcap will see, too */
            return false;
        records->end += (size_t)n;
        records->offset += n;
    }
    return true;
}

off_t records_offset(const struct records *records)
{
    return records->offset - (off_t)(records->end - records->at);
}

void records_seek(struct records *records, off_t offset)
{
    off_t here = records_offset(records);
    if (offset >= here && offset <= records->offset) {
        records->at += (size_t)(offset - here);
        return;
    }
    records->at = records->end = 0;
    records->offset = offset;
}

void records_done(struct records *records)
{
    free(records->buffer);
    records->buffer = NULL;
}
