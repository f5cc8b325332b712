/*
 * floor: the least that any reader of a capture does. Opens the file with libpcap, asks for each
 * packet and adds up the lengths; the figures of the others are told as multiples of this.
 */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *header;
    const unsigned char *data;
    uint64_t packets = 0, bytes = 0;
    int result;

    if (argc != 2) {
        fputs("usage: floor CAPTURE\n", stderr);
        return 2;
    }
    pcap_t *capture =
        pcap_open_offline_with_tstamp_precision(argv[1], PCAP_TSTAMP_PRECISION_NANO, error);
    if (capture == NULL) {
        fprintf(stderr, "floor: %s\n", error);
        return 1;
    }
    while ((result = pcap_next_ex(capture, &header, &data)) == 1) {
        packets++;
        bytes += header->len;
    }
    pcap_close(capture);
    printf("%" PRIu64 " packets, %" PRIu64 " bytes\n", packets, bytes);
    return result == PCAP_ERROR_BREAK ? 0 : 1;
}
