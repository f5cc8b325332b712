/*
 * Devices: what -D writes, what is said when an interface can't be captured on, and what is
 * handed over from real interfaces. The process leaves for a network namespace of its own, whose
 * loopback interface is down at first and carries nothing but what is sent here; where that is
 * not allowed, these tests are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "capture/device.h"

#define NETWORK_HEADERS (14 + 20 + 8) /* Ethernet, IPv4, UDP */

static volatile sig_atomic_t stop;

static void signal_stop(int signal)
{
    (void)signal;
    stop = 1;
}

struct place {
    bool isolated; /* in a namespace of its own, with every capability there */
};

static int place_enter(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    assert_non_null(place);
    place->isolated = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    *state = place;
    stop = 0;
    return 0;
}

static int place_leave(void **state)
{
    free(*state);
    return 0;
}

static void need_isolation(void **state)
{
    const struct place *place = *state;
    if (!place->isolated) {
        print_message("no network namespace of its own: not root, or not allowed here\n");
        skip();
    }
}

/* Interfaces, as ip(8) would set them. */

static void interface_ask(unsigned long request, struct ifreq *ask)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(ioctl(fd, request, ask), 0);
    close(fd);
}

static void interface_set(const char *name, bool up)
{
    struct ifreq ask = { .ifr_flags = 0 };
    snprintf(ask.ifr_name, sizeof(ask.ifr_name), "%s", name);
    interface_ask(SIOCGIFFLAGS, &ask);
    ask.ifr_flags = (short)(up ? ask.ifr_flags | IFF_UP : ask.ifr_flags & ~IFF_UP);
    interface_ask(SIOCSIFFLAGS, &ask);
}

static void interface_rename(const char *name, const char *to)
{
    struct ifreq ask = { .ifr_flags = 0 };
    snprintf(ask.ifr_name, sizeof(ask.ifr_name), "%s", name);
    snprintf(ask.ifr_newname, sizeof(ask.ifr_newname), "%s", to);
    interface_ask(SIOCSIFNAME, &ask);
}

/* Switches CAP_NET_RAW; the others stay as they are. */
static void net_raw_set(bool on)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2];
    assert_int_equal(syscall(SYS_capget, &header, data), 0);
    if (on)
        data[0].effective |= 1u << CAP_NET_RAW;
    else
        data[0].effective &= ~(1u << CAP_NET_RAW);
    assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/* A datagram socket that sends to itself, so that nothing answers. */
static int loop_socket(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, length), 0);
    return fd;
}

static void loop_send(int fd, size_t size)
{
    static const char zeros[2000] = { 0 };
    assert_true(size <= sizeof(zeros));
    assert_int_equal(send(fd, zeros, size, 0), (ssize_t)size);
}

static pcap_t *opened(const struct device_options *options)
{
    char error[512] = "";
    pcap_t *pcap = NULL;
    enum device_result result = device_open(options, &pcap, error, sizeof(error));
    if (result != DEVICE_OPENED)
        fail_msg("%s", error);
    assert_non_null(pcap);
    return pcap;
}

static double seconds_on(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* -D */

static const struct {
    const char *name, *description;
    bpf_u_int32 flags;
} made_up[] = {
    { "eth0", NULL, PCAP_IF_UP | PCAP_IF_RUNNING | PCAP_IF_CONNECTION_STATUS_CONNECTED },
    { "any", "all", PCAP_IF_UP | PCAP_IF_RUNNING },
    { "lo", NULL,
      PCAP_IF_LOOPBACK | PCAP_IF_UP | PCAP_IF_RUNNING | PCAP_IF_CONNECTION_STATUS_NOT_APPLICABLE },
    { "eth1", NULL, PCAP_IF_UP | PCAP_IF_CONNECTION_STATUS_DISCONNECTED },
    { "nfqueue", "Linux netfilter queue", PCAP_IF_CONNECTION_STATUS_NOT_APPLICABLE },
    { "bare", NULL, 0 },
    { "wlan0", NULL,
      PCAP_IF_UP | PCAP_IF_RUNNING | PCAP_IF_WIRELESS | PCAP_IF_CONNECTION_STATUS_CONNECTED },
    { "mon0", NULL, PCAP_IF_WIRELESS },
    { "wlan1", NULL, PCAP_IF_UP | PCAP_IF_WIRELESS | PCAP_IF_CONNECTION_STATUS_DISCONNECTED },
};
#define MADE_UP_N (sizeof(made_up) / sizeof(made_up[0]))

/* The words are those that tcpdump(8) has for such flags; tests/live.sh compares the two. */
static void test_list_text(void **state)
{
    (void)state;
    struct pcap_if devices[MADE_UP_N];
    char names[MADE_UP_N][16], descriptions[MADE_UP_N][32];
    struct strbuf text = { 0 };
    for (size_t i = 0; i < MADE_UP_N; i++) {
        snprintf(names[i], sizeof(names[i]), "%s", made_up[i].name);
        devices[i] = (struct pcap_if){ .name = names[i], .flags = made_up[i].flags };
        if (made_up[i].description != NULL) {
            snprintf(descriptions[i], sizeof(descriptions[i]), "%s", made_up[i].description);
            devices[i].description = descriptions[i];
        }
        if (i > 0)
            devices[i - 1].next = &devices[i];
    }
    strbuf_add(&text, "before\n");
    device_list_text(devices, &text);
    assert_string_equal(strbuf_text(&text),
                        "before\n"
                        "1.eth0 [Up, Running, Connected]\n"
                        "2.any (all) [Up, Running, Connection status unknown]\n"
                        "3.lo [Up, Running, Loopback]\n"
                        "4.eth1 [Up, Disconnected]\n"
                        "5.nfqueue (Linux netfilter queue) [none]\n"
                        "6.bare\n"
                        "7.wlan0 [Up, Running, Wireless, Associated]\n"
                        "8.mon0 [Wireless, Association status unknown]\n"
                        "9.wlan1 [Up, Wireless, Not associated]\n");
    strbuf_done(&text);
}

static void test_list_has_loopback(void **state)
{
    need_isolation(state);
    char error[512] = "";
    struct strbuf text = { 0 };
    assert_true(device_list(&text, error, sizeof(error)));
    assert_non_null(strstr(strbuf_text(&text), ".lo ["));
    assert_non_null(strstr(strbuf_text(&text), ".any "));
    assert_string_equal(error, "");
    strbuf_done(&text);
}

static void name_is(const char *given, const char *wanted)
{
    char *name = device_name(given);
    assert_string_equal(name, wanted);
    free(name);
}

/* Each line of the list begins with a number, and that number means its interface. */
static void test_numbers(void **state)
{
    need_isolation(state);
    char error[512], number[16], name[64];
    unsigned lines = 0;
    struct strbuf text = { 0 };
    assert_true(device_list(&text, error, sizeof(error)));
    for (const char *line = strbuf_text(&text); *line != '\0'; line = strchr(line, '\n') + 1) {
        assert_int_equal(sscanf(line, "%15[0-9].%63[^ \n]", number, name), 2);
        name_is(number, name);
        lines++;
    }
    assert_true(lines >= 2);
    snprintf(number, sizeof(number), "%u", lines + 1);
    name_is(number, number);
    name_is("0", "0");
    name_is("", "");
    name_is("99999999999999999999999999", "99999999999999999999999999");
    name_is("1x", "1x");
    name_is("lo", "lo");
    interface_rename("lo", "1"); /* a name goes before a number */
    name_is("1", "1");
    interface_rename("1", "lo");
    strbuf_done(&text);
}

/* Why an interface can't be captured on. */

static void refused(const char *name, enum device_result wanted, const char *sentence)
{
    struct device_options options = { .name = name };
    char error[1024] = "";
    pcap_t *pcap = (pcap_t *)error; /* anything but NULL */
    assert_int_equal(device_open(&options, &pcap, error, sizeof(error)), wanted);
    assert_null(pcap);
    assert_string_equal(error, sentence);
}

static void test_unknown(void **state)
{
    (void)state;
    refused("nosuch0", DEVICE_FAILED, "there is no interface 'nosuch0'; -D lists those there are");
    /* Longer than the name of an interface can be. */
    refused("an-interface-with-a-name", DEVICE_FAILED,
            "there is no interface 'an-interface-with-a-name'; -D lists those there are");
    refused("", DEVICE_FAILED, "the name of the interface is empty; -D lists those there are");
}

static void test_unknown_without_permission(void **state)
{
    (void)state;
    net_raw_set(false);
    refused("nosuch0", DEVICE_FAILED, "there is no interface 'nosuch0'; -D lists those there are");
}

/* What must be said, with the path of this very test in it. */
static void permission_sentence(const char *name, const char *quoted, char *text, size_t size)
{
    char path[512] = "";
    assert_true(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
    if (strpbrk(path, " '\"$`\\&;|<>()*?[]#~!{}\n") != NULL)
        skip(); /* built in a folder whose name a shell would not read as it is */
    snprintf(text, size,
             "to capture on %s this program needs the capability CAP_NET_RAW: sudo setcap "
             "cap_net_raw+ep %s; or let tcpdump capture: sudo tcpdump -i %s -U -w - | %s -",
             name, path, quoted, path);
}

static void test_not_permitted(void **state)
{
    need_isolation(state);
    char sentence[2048];
    permission_sentence("lo", "lo", sentence, sizeof(sentence));
    net_raw_set(false);
    refused("lo", DEVICE_NOT_PERMITTED, sentence);
    permission_sentence("any", "any", sentence, sizeof(sentence));
    refused("any", DEVICE_NOT_PERMITTED, sentence);
    net_raw_set(true);
}

/* The kernel lets a name hold a quote and a semicolon; the command must still be one. */
static void test_odd_name(void **state)
{
    need_isolation(state);
    char sentence[2048];
    interface_rename("lo", "l';o");
    refused("l';o", DEVICE_FAILED,
            "the interface l';o is down; bring it up: sudo ip link set 'l'\\'';o' up");
    permission_sentence("l';o", "'l'\\'';o'", sentence, sizeof(sentence));
    net_raw_set(false);
    refused("l';o", DEVICE_NOT_PERMITTED, sentence);
    net_raw_set(true);
    interface_rename("l';o", "lo");
}

static void test_down(void **state)
{
    need_isolation(state);
    refused("lo", DEVICE_FAILED, "the interface lo is down; bring it up: sudo ip link set lo up");
}

static void test_short_buffer(void **state)
{
    (void)state;
    struct device_options options = { .name = "nosuch0" };
    char error[8] = "1234567";
    pcap_t *pcap;
    assert_int_equal(device_open(&options, &pcap, error, 4), DEVICE_FAILED);
    assert_string_equal(error, "the");
    assert_string_equal(error + 4, "567"); /* not written past its size */
}

/* Frames. */

/* Each datagram must come once, in the order sent; sizes tell them apart. */
static void expect_frames(pcap_t *pcap, unsigned headers, unsigned count)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(device_next(pcap, &stop, &header, &bytes), 1);
        assert_int_equal(header->len, headers + i);
        assert_int_equal(header->caplen, header->len);
    }
    assert_int_equal(device_next(pcap, &stop, &header, &bytes), 0);
}

/*
 * The kernel hands over nothing yet when the stop comes; a call that begins with the stop must
 * wait until it has.
 */
static void frames_before_stop(const char *name, int link_type, unsigned headers)
{
    struct device_options options = { .name = name };
    uint64_t drops = 99, lost = 99;
    interface_set("lo", true);
    pcap_t *pcap = opened(&options);
    assert_int_equal(pcap_datalink(pcap), link_type);
    assert_int_equal(pcap_get_tstamp_precision(pcap), PCAP_TSTAMP_PRECISION_NANO);
    int fd = loop_socket();
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < 50; i++)
            loop_send(fd, i);
        stop = 1;
        expect_frames(pcap, headers, 50);
        stop = 0;
    }
    assert_true(device_drops(pcap, &drops));
    assert_int_equal(drops, 0);
    assert_true(device_lost(name, &lost));
    assert_int_equal(lost, 0); /* loopback has no hardware that could lose any */
    assert_false(device_lost("nosuch0", &lost));
    close(fd);
    pcap_close(pcap);
}

static void test_loopback(void **state)
{
    need_isolation(state);
    frames_before_stop("lo", DLT_EN10MB, NETWORK_HEADERS);
}

/* Cooked frames have 16 bytes where Ethernet has 14. */
static void test_any(void **state)
{
    need_isolation(state);
    frames_before_stop("any", DLT_LINUX_SLL, NETWORK_HEADERS + 2);
}

static void test_snaplen(void **state)
{
    need_isolation(state);
    struct device_options options = { .name = "lo", .snaplen = 60, .buffer_kib = 512 };
    struct pcap_pkthdr *header;
    const u_char *bytes;
    interface_set("lo", true);
    pcap_t *pcap = opened(&options);
    int fd = loop_socket();
    loop_send(fd, 1000);
    stop = 1;
    assert_int_equal(device_next(pcap, &stop, &header, &bytes), 1);
    assert_int_equal(header->len, NETWORK_HEADERS + 1000);
    assert_int_equal(header->caplen, 60);
    close(fd);
    pcap_close(pcap);
}

/* Cut to 96 bytes, the frames of test_drops fit, if the kernel cuts them. */
static void test_cut_saves_room(void **state)
{
    need_isolation(state);
    struct device_options options = { .name = "lo", .snaplen = 96, .buffer_kib = 64 };
    struct pcap_pkthdr *header;
    const u_char *bytes;
    uint64_t seen = 0, drops = 99;
    interface_set("lo", true);
    pcap_t *pcap = opened(&options);
    int fd = loop_socket();
    for (unsigned i = 0; i < 400; i++)
        loop_send(fd, 1000);
    stop = 1;
    while (device_next(pcap, &stop, &header, &bytes) == 1) {
        assert_int_equal(header->len, NETWORK_HEADERS + 1000);
        assert_int_equal(header->caplen, 96);
        seen++;
    }
    assert_true(device_drops(pcap, &drops));
    assert_int_equal(drops, 0);
    assert_int_equal(seen, 400);
    close(fd);
    pcap_close(pcap);
}

/*
 * 800 frames of 1042 bytes fit into libpcap's own 2 MiB, but not into what 64 KiB are rounded up
 * to, one block of 256 KiB; what is missing must be told.
 */
static void test_drops(void **state)
{
    enum { SENT = 400 };
    need_isolation(state);
    struct device_options options = { .name = "lo", .buffer_kib = 64 };
    struct pcap_pkthdr *header;
    const u_char *bytes;
    uint64_t seen = 0, drops = 0;
    interface_set("lo", true);
    pcap_t *pcap = opened(&options);
    int fd = loop_socket();
    for (unsigned i = 0; i < SENT; i++)
        loop_send(fd, 1000);
    stop = 1;
    while (device_next(pcap, &stop, &header, &bytes) == 1)
        seen++;
    assert_true(device_drops(pcap, &drops));
    assert_true(seen > 0);
    assert_true(seen < SENT);
    assert_true(drops >= SENT - seen);
    /* Loopback shows the kernel each frame twice: leaving and arriving. */
    assert_true(drops <= 2 * SENT - seen);
    close(fd);
    pcap_close(pcap);
}

static void test_waits(void **state)
{
    need_isolation(state);
    struct device_options options = { .name = "lo" };
    struct pcap_pkthdr *header;
    const u_char *bytes;
    interface_set("lo", true);
    pcap_t *pcap = opened(&options);

    double begin = seconds_on(CLOCK_MONOTONIC), busy = seconds_on(CLOCK_PROCESS_CPUTIME_ID);
    assert_int_equal(device_next(pcap, &stop, &header, &bytes), 0);
    double took = seconds_on(CLOCK_MONOTONIC) - begin;
    busy = seconds_on(CLOCK_PROCESS_CPUTIME_ID) - busy;
    assert_true(took >= 0.099);
    assert_true(took < 2);    /* a slow machine may add to the 100 ms */
    assert_true(busy < 0.05); /* it sleeps */
    pcap_close(pcap);
}

/* A signal every 5 ms, of which the first sets the stop: the last wait must end, and not early. */
static void test_signals(void **state)
{
    need_isolation(state);
    struct device_options options = { .name = "lo" };
    struct itimerval every = { { 0, 5000 }, { 0, 5000 } }, never = { { 0, 0 }, { 0, 0 } };
    struct sigaction action = { .sa_handler = signal_stop };
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int result, seen = 0;
    interface_set("lo", true);
    pcap_t *pcap = opened(&options);
    int fd = loop_socket();
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    for (unsigned i = 0; i < 10; i++)
        loop_send(fd, i);
    assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
    bool stopping;
    do {
        stopping = stop != 0;
        result = device_next(pcap, &stop, &header, &bytes);
        assert_true(result >= 0);
        seen += result;
    } while (result == 1 || !stopping);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_int_equal(seen, 10);
    close(fd);
    pcap_close(pcap);
}

/* Down and up again: the capture goes on. */
static void test_goes_down(void **state)
{
    need_isolation(state);
    struct device_options options = { .name = "lo" };
    struct pcap_pkthdr *header;
    const u_char *bytes;
    interface_set("lo", true);
    pcap_t *pcap = opened(&options);
    interface_set("lo", false);
    for (int i = 0; i < 3; i++)
        assert_int_equal(device_next(pcap, &stop, &header, &bytes), 0);
    interface_set("lo", true);
    int fd = loop_socket();
    for (unsigned i = 0; i < 10; i++)
        loop_send(fd, i);
    stop = 1;
    expect_frames(pcap, NETWORK_HEADERS, 10);
    close(fd);
    pcap_close(pcap);
}

/* The interface of a tunnel ends with the program that made it. */
static void test_removed(void **state)
{
    need_isolation(state);
    struct ifreq ask = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "tun0" };
    struct device_options options = { .name = "tun0" };
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int result = 0, tunnel = open("/dev/net/tun", O_RDWR);
    if (tunnel < 0 || ioctl(tunnel, TUNSETIFF, &ask) != 0) {
        print_message("/dev/net/tun can't be used here\n");
        skip();
    }
    interface_set("tun0", true);
    pcap_t *pcap = opened(&options);
    close(tunnel);
    double begin = seconds_on(CLOCK_MONOTONIC);
    while (result == 0 && seconds_on(CLOCK_MONOTONIC) - begin < 10)
        result = device_next(pcap, &stop, &header, &bytes);
    assert_int_equal(result, -1);
    assert_string_not_equal(pcap_geterr(pcap), "");
    uint64_t lost;
    assert_false(device_lost("tun0", &lost));
    pcap_close(pcap);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, place_enter, place_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_text),
        HERE(test_list_has_loopback),
        HERE(test_numbers),
        cmocka_unit_test(test_unknown),
        HERE(test_not_permitted),
        HERE(test_odd_name),
        HERE(test_down),
        cmocka_unit_test(test_short_buffer),
        HERE(test_loopback),
        HERE(test_any),
        HERE(test_snaplen),
        HERE(test_drops),
        HERE(test_cut_saves_room),
        HERE(test_waits),
        HERE(test_signals),
        HERE(test_goes_down),
        HERE(test_removed),
        cmocka_unit_test(test_unknown_without_permission), /* last: it does not come back */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
