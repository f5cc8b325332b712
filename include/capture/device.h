/*
 * device: network interfaces through libpcap: listing them, capturing on one, and what was lost.
 *
 * The pcap_t is the caller's, who ends it with pcap_close(). The frames it hands out borrow
 * libpcap's buffer until the next read. Nothing here prints, and names of interfaces and the
 * words of libpcap are passed on as they are: they may hold any byte.
 */
#ifndef CAPTURE_DEVICE_H
#define CAPTURE_DEVICE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* libpcap's pcap_t and friends; <pcap/pcap.h> has them. */
struct pcap;
struct pcap_if;
struct pcap_pkthdr;

struct device_options {
    const char *name; /* interface; "any" for all of them */
    int snaplen;      /* bytes of a frame that are kept; 0: all (262144) */
    int buffer_kib;   /* kernel buffer; 0: libpcap's default, 2 MiB */
};

enum device_result {
    DEVICE_OPENED,
    DEVICE_NOT_PERMITTED, /* the sentence in error names the capability and the command */
    DEVICE_FAILED,        /* the sentence in error says what to do */
};

/*
 * The name of the interface that the user means: the one of this name or, given a number, the
 * one that device_list() shows with it. What is neither comes back as it is. The caller frees it;
 * NULL when out of memory.
 */
char *device_name(const char *given);

/*
 * Begins to capture, with promiscuous mode off: an interface of this machine sees its own
 * traffic without. Times are nanoseconds where the interface has them: ask
 * pcap_get_tstamp_precision().
 */
enum device_result device_open(const struct device_options *options, struct pcap **ret_pcap,
                               char *error, size_t error_size);

/*
 * Like pcap_next_ex(): 1 with a frame, 0 with none, -1 with a reason in pcap_geterr(). 0 comes
 * after 100 ms without a frame, and at once when a signal sets *stop meanwhile.
 *
 * When *stop was set before the call, 0 comes after 250 ms without a frame, and then every frame
 * that was captured before the stop has been handed over. On a busy interface newer frames go on
 * coming instead, so the caller sets an end.
 *
 * An interface that goes down is waited for; one that is removed gives -1.
 */
int device_next(struct pcap *pcap, const volatile sig_atomic_t *stop,
                struct pcap_pkthdr **ret_header,
                const unsigned char **ret_bytes);

/*
 * Frames lost so far because the kernel's buffer was full; false: not known. On loopback a frame
 * may count twice, because the kernel sees it leave and arrive.
 */
bool device_drops(struct pcap *pcap, uint64_t *ret_kernel);

/*
 * Frames that the interface lost before the kernel got them, counted since the interface exists
 * (with "any": all interfaces together); false: not known. What was lost during a capture is the
 * difference of two calls. libpcap counts this only in promiscuous mode and is not asked.
 */
bool device_lost(const char *name, uint64_t *ret_lost);

/*
 * Appends the interfaces, a line each as tcpdump -D has them: "1.eth0 [Up, Running, Connected]".
 * False, with a sentence in error, when there are none or they can't be listed.
 */
bool device_list(struct strbuf *text, char *error, size_t error_size);

/* The lines of a list that libpcap made. */
void device_list_text(const struct pcap_if *first, struct strbuf *text);

#endif
