/*
 * writer: libpcap's own writing.
 */
#include "capture/writer.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time_text.h"

#define SNAPLEN 262144 /* the largest that other tools take */

struct writer {
    pcap_t *pcap;
    pcap_dumper_t *dumper;
    char *name;
    bool nanoseconds;
    int error_number; /* of the first write that failed */
};

/* Frees it, without a look at what was written. */
static void writer_drop(struct writer *writer)
{
    if (writer->dumper != NULL)
        pcap_dump_close(writer->dumper);
    if (writer->pcap != NULL)
        pcap_close(writer->pcap);
    free(writer->name);
    free(writer);
}

struct writer *writer_open(const char *name, int link_type, bool nanoseconds, char *error,
                           size_t error_size)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL || (writer->name = strdup(name)) == NULL) {
        snprintf(error, error_size, "out of memory");
        free(writer);
        return NULL;
    }
    writer->nanoseconds = nanoseconds;
    writer->pcap = pcap_open_dead_with_tstamp_precision(
        link_type, SNAPLEN, nanoseconds ? PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO);
    errno = 0;
    FILE *file = fopen(name, "wbe");
    if (file == NULL || writer->pcap == NULL) {
        snprintf(error, error_size, "%s can't be written: %s", name,
                 errno != 0 ? strerror(errno) : "out of memory");
        if (file != NULL)
            fclose(file);
        writer_drop(writer);
        return NULL;
    }
    writer->dumper = pcap_dump_fopen(writer->pcap, file);
    if (writer->dumper == NULL) {
        snprintf(error, error_size, "%s can't be written: %s", name, pcap_geterr(writer->pcap));
        fclose(file);
        writer_drop(writer);
        return NULL;
    }
    return writer;
}

void writer_frame(struct writer *writer, const struct frame *frame)
{
    struct pcap_pkthdr header = { .caplen = frame->caplen, .len = frame->len };
    int64_t rest = frame->time % NS_PER_S;

    header.ts.tv_sec = (time_t)(frame->time / NS_PER_S);
    header.ts.tv_usec = (suseconds_t)(writer->nanoseconds ? rest : rest / 1000);
    if (writer->error_number != 0)
        return;
    errno = 0;
    pcap_dump((u_char *)writer->dumper, &header, frame->data);
    if (ferror(pcap_dump_file(writer->dumper)))
        writer->error_number = errno != 0 ? errno : EIO;
}

bool writer_close(struct writer *writer, char *error, size_t error_size)
{
    errno = 0;
    if (writer->error_number == 0 && pcap_dump_flush(writer->dumper) != 0)
        writer->error_number = errno != 0 ? errno : EIO;
    bool whole = writer->error_number == 0;
    if (!whole)
        snprintf(error, error_size, "%s could not be written to its end: %s", writer->name,
                 strerror(writer->error_number));
    writer_drop(writer);
    return whole;
}
