/* Interfaces, through libpcap: a Linux packet socket with a ring of blocks (TPACKET_V3). */
#include "capture/device.h"

#include <pcap/pcap.h>

#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <linux/if_link.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/shell_word.h"

#define SNAPLEN_ALL 262144
/*
 * The kernel hands a block of frames over when it is full or this old. Each time costs a block,
 * and libpcap's buffer has eight of them: more often, and a reader that pauses loses frames.
 */
#define BLOCK_MS 100
#define WAIT_MS 100
/* An older kernel closes a block at the second tick after its first frame. */
#define LAST_WAIT_MS (2 * BLOCK_MS + 50)
#define NAME_SHOWN 100 /* bytes of a name in a sentence */

static bool is_any(const char *name)
{
    return strcmp(name, "any") == 0;
}

/* The interface of this name; NULL: none. */
static const pcap_if_t *list_find(const pcap_if_t *first, const char *name)
{
    while (first != NULL && strcmp(first->name, name) != 0)
        first = first->next;
    return first;
}

/* Whether libpcap lists it; true when that can't be told. */
static bool device_is_listed(const char *name)
{
    char reason[PCAP_ERRBUF_SIZE];
    pcap_if_t *first = NULL;
    if (pcap_findalldevs(&first, reason) != 0)
        return true;
    bool listed = list_find(first, name) != NULL;
    pcap_freealldevs(first);
    return listed;
}

char *device_name(const char *given)
{
    char reason[PCAP_ERRBUF_SIZE];
    const char *name = given;
    pcap_if_t *first = NULL;
    bool number = given[0] != '\0' && strspn(given, "0123456789") == strlen(given);
    if (number && pcap_findalldevs(&first, reason) == 0 && list_find(first, given) == NULL) {
        unsigned long left = strtoul(given, NULL, 10); /* too large a number is in no list */
        const pcap_if_t *device = left > 0 ? first : NULL;
        while (device != NULL && --left > 0)
            device = device->next;
        if (device != NULL)
            name = device->name;
    }
    char *copy = strdup(name);
    if (first != NULL)
        pcap_freealldevs(first);
    return copy;
}

static void complain_permission(const char *name, char *error, size_t error_size)
{
    char path[PATH_MAX] = "tcpflow-explain";
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (length > 0)
        path[length] = '\0';
    struct strbuf program = { 0 }, device = { 0 };
    shell_word_add(&program, path);
    shell_word_add(&device, name);
    snprintf(error, error_size,
             "to capture on %.*s this program needs the capability CAP_NET_RAW: "
             "sudo setcap cap_net_raw+ep %s; or let tcpdump capture: "
             "sudo tcpdump -i %s -U -w - | %s -",
             NAME_SHOWN, name, strbuf_text(&program), strbuf_text(&device),
             strbuf_text(&program));
    strbuf_done(&program);
    strbuf_done(&device);
}

static void complain_unknown(const char *name, char *error, size_t error_size)
{
    snprintf(error, error_size, "there is no interface '%.*s'; -D lists those there are",
             NAME_SHOWN, name);
}

static void complain_down(const char *name, char *error, size_t error_size)
{
    struct strbuf device = { 0 };
    shell_word_add(&device, name);
    snprintf(error, error_size, "the interface %.*s is down; bring it up: sudo ip link set %s up",
             NAME_SHOWN, name, strbuf_text(&device));
    strbuf_done(&device);
}

/* What pcap_activate() refused, in a sentence. */
static enum device_result complain_activate(pcap_t *pcap, int status, const char *name,
                                            char *error, size_t error_size)
{
    const char *words = pcap_geterr(pcap);
    switch (status) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        /* Permission is asked for before the name: who mistyped it should hear that first. */
        if (!device_is_listed(name))
            break;
        complain_permission(name, error, error_size);
        return DEVICE_NOT_PERMITTED;
    case PCAP_ERROR_NO_SUCH_DEVICE:
        break;
    case PCAP_ERROR_IFACE_NOT_UP:
        complain_down(name, error, error_size);
        return DEVICE_FAILED;
    default:
        if (status != PCAP_ERROR || words[0] == '\0')
            words = pcap_statustostr(status);
        snprintf(error, error_size, "the interface '%.*s' can't be captured on: %s; "
                 "-D lists the interfaces", NAME_SHOWN, name, words);
        return DEVICE_FAILED;
    }
    complain_unknown(name, error, error_size);
    return DEVICE_FAILED;
}

/* None of these can fail before activation; an interface without nanoseconds gives others. */
static void device_configure(pcap_t *pcap, const struct device_options *options)
{
    pcap_set_snaplen(pcap, options->snaplen > 0 ? options->snaplen : SNAPLEN_ALL);
    pcap_set_promisc(pcap, 0);
    pcap_set_timeout(pcap, BLOCK_MS);
    pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
    if (options->buffer_kib > 0) {
        int most = INT_MAX / 1024;
        pcap_set_buffer_size(
            pcap, 1024 * (options->buffer_kib < most ? options->buffer_kib : most));
    }
}

/*
 * An empty filter cuts frames in the kernel: without any, whole frames fill the buffer, and
 * libpcap cuts them later. A filter that the user gives takes its place and cuts as well. Where
 * it can't be set, frames are cut late.
 */
static void device_cut_early(pcap_t *pcap)
{
    struct bpf_program everything;
    if (pcap_compile(pcap, &everything, "", 1, PCAP_NETMASK_UNKNOWN) != 0)
        return;
    pcap_setfilter(pcap, &everything);
    pcap_freecode(&everything);
}

enum device_result device_open(const struct device_options *options, pcap_t **ret_pcap,
                               char *error, size_t error_size)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    const char *name = options->name;
    *ret_pcap = NULL;
    if (name[0] == '\0') {
        snprintf(error, error_size, "the name of the interface is empty; -D lists those there are");
        return DEVICE_FAILED;
    }
    pcap_t *pcap = pcap_create(name, reason);
    if (pcap == NULL) {
        snprintf(error, error_size, "the interface '%.*s' can't be captured on: %s; "
                 "-D lists the interfaces", NAME_SHOWN, name, reason);
        return DEVICE_FAILED;
    }
    device_configure(pcap, options);
    int status = pcap_activate(pcap); /* above 0: activated, with less than was asked for */
    if (status < 0) {
        enum device_result result = complain_activate(pcap, status, name, error, error_size);
        pcap_close(pcap);
        return result;
    }
    if (pcap_setnonblock(pcap, 1, reason) != 0) {
        snprintf(error, error_size, "the interface '%.*s' can't be read without waiting: %s",
                 NAME_SHOWN, name, reason);
        pcap_close(pcap);
        return DEVICE_FAILED;
    }
    device_cut_early(pcap);
    *ret_pcap = pcap;
    return DEVICE_OPENED;
}

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Waits until there may be something to read, until the end, or until a signal comes. Some
 * devices of libpcap have no descriptor to wait on and are asked again and again.
 */
static void device_wait(pcap_t *pcap, int64_t left_ms)
{
    struct pollfd ready = { .fd = pcap_get_selectable_fd(pcap), .events = POLLIN };
    if (ready.fd < 0 && left_ms > 10)
        left_ms = 10;
    poll(&ready, 1, (int)left_ms); /* an error is found by the read that follows */
}

int device_next(pcap_t *pcap, const volatile sig_atomic_t *stop, struct pcap_pkthdr **ret_header,
                const u_char **ret_bytes)
{
    bool stopping = *stop != 0;
    int64_t end = 0;
    for (;;) {
        int result = pcap_next_ex(pcap, ret_header, ret_bytes);
        if (result != 0)
            return result > 0 ? 1 : -1;
        int64_t now = clock_ms();
        if (end == 0)
            end = now + (stopping ? LAST_WAIT_MS : WAIT_MS);
        if (now >= end || (*stop && !stopping))
            return 0;
        device_wait(pcap, end - now);
    }
}

bool device_drops(pcap_t *pcap, uint64_t *ret_kernel)
{
    struct pcap_stat stat;
    if (pcap_stats(pcap, &stat) != 0)
        return false;
    *ret_kernel = stat.ps_drop;
    return true;
}

bool device_lost(const char *name, uint64_t *ret_lost)
{
    struct ifaddrs *first;
    bool found = false;
    uint64_t lost = 0;
    if (getifaddrs(&first) != 0)
        return false;
    for (const struct ifaddrs *one = first; one != NULL; one = one->ifa_next) {
        struct rtnl_link_stats counters;
        if (one->ifa_addr == NULL || one->ifa_addr->sa_family != AF_PACKET ||
            one->ifa_data == NULL || (!is_any(name) && strcmp(one->ifa_name, name) != 0))
            continue;
        memcpy(&counters, one->ifa_data, sizeof(counters));
        /* The same two that tcpdump shows as "dropped by interface". */
        lost += (uint64_t)counters.rx_missed_errors + counters.rx_fifo_errors;
        found = true;
    }
    freeifaddrs(first);
    if (found)
        *ret_lost = lost;
    return found;
}

/* What is known of the cable or the radio; NULL where neither means anything. */
static const char *connection_words(bpf_u_int32 flags)
{
    bool wireless = (flags & PCAP_IF_WIRELESS) != 0;
    switch (flags & PCAP_IF_CONNECTION_STATUS) {
    case PCAP_IF_CONNECTION_STATUS_CONNECTED:
        return wireless ? "Associated" : "Connected";
    case PCAP_IF_CONNECTION_STATUS_DISCONNECTED:
        return wireless ? "Not associated" : "Disconnected";
    case PCAP_IF_CONNECTION_STATUS_UNKNOWN:
        return wireless ? "Association status unknown" : "Connection status unknown";
    default:
        return NULL;
    }
}

static void flags_add(struct strbuf *text, bpf_u_int32 flags)
{
    static const struct {
        bpf_u_int32 flag;
        const char *word;
    } words[] = {
        { PCAP_IF_UP, "Up" },
        { PCAP_IF_RUNNING, "Running" },
        { PCAP_IF_LOOPBACK, "Loopback" },
        { PCAP_IF_WIRELESS, "Wireless" },
    };
    const char *separator = " [";
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (flags & words[i].flag) {
            strbuf_printf(text, "%s%s", separator, words[i].word);
            separator = ", ";
        }
    }
    if (separator[0] == ' ')
        strbuf_add(text, " [none");
    const char *connection = connection_words(flags);
    if (connection != NULL)
        strbuf_printf(text, ", %s", connection);
    strbuf_add_char(text, ']');
}

void device_list_text(const struct pcap_if *first, struct strbuf *text)
{
    unsigned number = 0;
    for (const struct pcap_if *device = first; device != NULL; device = device->next) {
        strbuf_printf(text, "%u.%s", ++number, device->name);
        if (device->description != NULL)
            strbuf_printf(text, " (%s)", device->description);
        if (device->flags != 0)
            flags_add(text, device->flags);
        strbuf_add_char(text, '\n');
    }
}

bool device_list(struct strbuf *text, char *error, size_t error_size)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *first = NULL;
    if (pcap_findalldevs(&first, reason) != 0) {
        snprintf(error, error_size, "the interfaces can't be listed: %s", reason);
        return false;
    }
    if (first == NULL) {
        snprintf(error, error_size, "there is no interface to capture on");
        return false;
    }
    device_list_text(first, text);
    pcap_freealldevs(first);
    if (text->failed)
        snprintf(error, error_size, "out of memory");
    return !text->failed;
}
