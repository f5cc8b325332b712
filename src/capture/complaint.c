/* What to say when an input can't be opened, is no capture, or breaks off. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strerror_r with its own words, memmem */
#endif

#include "capture/complaint.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "base/shell_word.h"

/* Words that begin a filter expression, pcap-filter(7). */
static const char *const filter_words[] = {
    "and",  "arp",   "broadcast", "dst",      "ether", "gateway",   "greater", "host",
    "icmp", "icmp6", "inbound",   "ip",       "ip6",   "less",      "mpls",    "multicast",
    "net",  "not",   "or",        "outbound", "port",  "portrange", "pppoes",  "proto",
    "sctp", "src",   "tcp",       "udp",      "vlan",
};

static bool is_filter_word(const char *name)
{
    for (size_t i = 0; i < sizeof(filter_words) / sizeof(filter_words[0]); i++) {
        if (strcmp(name, filter_words[i]) == 0)
            return true;
    }
    return false;
}

/* How people speak of the input. */
static const char *spoken(const char *name)
{
    return strcmp(name, "-") == 0 ? "standard input" : name;
}

void complaint_open(const char *name, int error_number, char *ret_text, size_t size)
{
    char words[128];
    switch (error_number) {
    case ENOENT:
        if (is_filter_word(name))
            snprintf(ret_text, size,
                     "there is no file '%s'; if it begins a filter expression, "
                     "give that with -f 'EXPR'",
                     name);
        else
            snprintf(ret_text, size, "there is no file '%s'; check its name and folder", name);
        break;
    case EACCES:
        snprintf(ret_text, size,
                 "%s may not be read by this user; ask its owner for read "
                 "permission (chmod a+r), or run as its owner",
                 spoken(name));
        break;
    case EISDIR:
        snprintf(ret_text, size, "%s is a directory; name the capture files in it", name);
        break;
    default:
        snprintf(ret_text, size, "%s can't be opened: %s", spoken(name),
                 strerror_r(error_number, words, sizeof(words)));
        break;
    }
}

/* Files that begin like this are no captures for libpcap, but there is a way to make one. */
struct magic {
    const char *bytes;
    size_t length;
    const char *what;
    const char *unpack; /* a command that writes the capture to standard output, or NULL */
};

static const struct magic magics[] = {
    { "\x1f\x8b", 2, "compressed with gzip", "gzip -dc" },
    { "\x28\xb5\x2f\xfd", 4, "compressed with zstd", "zstd -dc" },
    { "\xfd"
      "7zX",
      4, "compressed with xz", "xz -dc" },
    { "BZh", 3, "compressed with bzip2", "bzip2 -dc" },
    { "\x04\x22\x4d\x18", 4, "compressed with lz4", "lz4 -dc" },
    { "snoo", 4, "a snoop capture", NULL },
};

/* The first bytes of pcap in both byte orders (µs, ns, and a patched libpcap's) and pcapng. */
static const char capture_magics[][INPUT_HEAD_SIZE] = {
    { '\xa1', '\xb2', '\xc3', '\xd4' }, { '\xd4', '\xc3', '\xb2', '\xa1' },
    { '\xa1', '\xb2', '\x3c', '\x4d' }, { '\x4d', '\x3c', '\xb2', '\xa1' },
    { '\xa1', '\xb2', '\xcd', '\x34' }, { '\x34', '\xcd', '\xb2', '\xa1' },
    { '\x0a', '\x0d', '\x0d', '\x0a' },
};

static bool begins_as_capture(const struct input *input)
{
    for (size_t i = 0; i < sizeof(capture_magics) / sizeof(capture_magics[0]); i++) {
        if (input->head_len == INPUT_HEAD_SIZE &&
            memcmp(input->head, capture_magics[i], INPUT_HEAD_SIZE) == 0)
            return true;
    }
    return false;
}

static const struct magic *magic_find(const struct input *input)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        if (input->head_len >= magics[i].length &&
            memcmp(input->head, magics[i].bytes, magics[i].length) == 0)
            return &magics[i];
    }
    return NULL;
}

void complaint_format(const char *name, const struct input *input, const char *reason,
                      char *ret_text, size_t size)
{
    struct strbuf file = { 0 };
    shell_file_add(&file, name);
    const struct magic *magic = magic_find(input);
    if (input->head_len == 0)
        snprintf(ret_text, size,
                 "%s is empty: there is no capture in it; look whether the "
                 "program that recorded it was stopped too early",
                 spoken(name));
    else if (begins_as_capture(input) && strstr(reason, "truncated") != NULL)
        snprintf(ret_text, size,
                 "%s is cut short inside its file header: there is no frame to "
                 "read; copy or record it again",
                 spoken(name));
    else if (begins_as_capture(input))
        snprintf(ret_text, size,
                 "%s begins as a capture does, but libpcap can't read it (%s); "
                 "copy or record it again",
                 spoken(name), reason);
    else if (magic != NULL && magic->unpack != NULL)
        snprintf(ret_text, size, "%s is %s; unpack it: %s %s | tcpflow-explain -", spoken(name),
                 magic->what, magic->unpack, strbuf_text(&file));
    else
        snprintf(ret_text, size,
                 "%s is %s; if Wireshark opens it, convert it: "
                 "editcap -F nsecpcap %s NEW.pcap",
                 spoken(name), magic != NULL ? magic->what : "no pcap or pcapng capture",
                 strbuf_text(&file));
    strbuf_done(&file);
}

/*
 * Link types as three programs call them: in files (tcpdump.org/linktypes.html), in libpcap,
 * in Wireshark's field frame.encap_type and option editcap -T.
 */
struct link_words {
    unsigned in_file;
    int dlt;
    unsigned encapsulation;
    const char *editcap;
};

static const struct link_words link_words[] = {
    { 0, DLT_NULL, 15, "null" },
    { 1, DLT_EN10MB, 1, "ether" },
    { 101, DLT_RAW, 7, "rawip" },
    { 108, DLT_LOOP, 174, "loop" },
    { 113, DLT_LINUX_SLL, 25, "linux-sll" },
    { 127, DLT_IEEE802_11_RADIO, 23, "ieee-802-11-radiotap" },
    { 228, DLT_IPV4, 129, "rawip4" },
    { 229, DLT_IPV6, 130, "rawip6" },
    { 276, DLT_LINUX_SLL2, 210, "linux-sll2" },
};

#define LINK_WORDS_N (sizeof(link_words) / sizeof(link_words[0]))

const char *complaint_link_name(int link_type, char *buffer, size_t buffer_size)
{
    const char *name = pcap_datalink_val_to_name(link_type);
    if (name != NULL)
        snprintf(buffer, buffer_size, "%s", name);
    else
        snprintf(buffer, buffer_size, "UNKNOWN-%d", link_type);
    return buffer;
}

/* The name in libpcap of a type as files number it. */
static const char *file_type_name(unsigned in_file, char *buffer, size_t size)
{
    int dlt = (int)in_file;
    for (size_t i = 0; i < LINK_WORDS_N; i++) {
        if (link_words[i].in_file == in_file)
            dlt = link_words[i].dlt;
    }
    return complaint_link_name(dlt, buffer, size);
}

/*
 * A command that writes the frames of the first interface's link type to a file that libpcap
 * reads. A filter alone does not do: tshark copies the description of every interface.
 */
static void split_command(const struct damage *damage, char *ret_text, size_t size)
{
    const struct link_words *words = NULL;
    char name[64];
    for (size_t i = 0; i < LINK_WORDS_N; i++) {
        if (link_words[i].dlt == damage->link_type)
            words = &link_words[i];
    }
    if (words == NULL) {
        snprintf(ret_text, size,
                 "select frames with tshark -Y frame.encap_type, and give them one type with "
                 "editcap -F nsecpcap -T");
        return;
    }
    complaint_link_name(damage->link_type, name, sizeof(name));
    struct strbuf file = { 0 };
    shell_file_add(&file, damage->name);
    snprintf(ret_text, size,
             "tshark -r %s -Y 'frame.encap_type == %u' -w - | "
             "editcap -F nsecpcap -T %s - %s.pcap",
             strbuf_text(&file), words->encapsulation, words->editcap, name);
    strbuf_done(&file);
}

/* What libpcap refuses though the file is in order: pcapng with unlike interfaces. */
static void complaint_interfaces(const struct damage *damage, const char *read, char *ret_text,
                                 size_t size)
{
    unsigned type;
    char first[64];
    char other[64];
    char command[768];
    split_command(damage, command, sizeof(command));
    complaint_link_name(damage->link_type, first, sizeof(first));
    if (sscanf(damage->reason, "an interface has a type %u", &type) == 1)
        snprintf(ret_text, size,
                 "%s mixes link types %s and %s, and libpcap reads only files of one type; %s; "
                 "split it, as here for %s: %s",
                 spoken(damage->name), first, file_type_name(type, other, sizeof(other)), read,
                 first, command);
    else
        snprintf(ret_text, size,
                 "%s was recorded on interfaces with different snapshot lengths, which libpcap "
                 "does not read; %s; convert it: %s",
                 spoken(damage->name), read, command);
}

/* "frames 1 to 11 were read" */
static const char *frames_read(uint64_t frames, char *buffer, size_t size)
{
    if (frames == 0)
        return "no frame was read";
    if (frames == 1)
        return "only frame 1 was read";
    snprintf(buffer, size, "frames 1 to %" PRIu64 " were read", frames);
    return buffer;
}

bool damage_is_cut(const struct damage *damage)
{
    return strstr(damage->reason, "truncated") != NULL;
}

void complaint_damage(const struct damage *damage, char *ret_text, size_t size)
{
    char buffer[64];
    char place[40] = "";
    const char *name = spoken(damage->name);
    const char *read = frames_read(damage->frames, buffer, sizeof(buffer));
    uint64_t frame = damage->frames + 1;
    if (damage->seekable)
        snprintf(place, sizeof(place), " (byte %" PRIu64 ")", damage->offset);

    if (strncmp(damage->reason, "an interface has a ", 19) == 0)
        complaint_interfaces(damage, read, ret_text, size);
    else if (damage_is_cut(damage))
        snprintf(ret_text, size, "%s is cut short: frame %" PRIu64 " is incomplete%s; %s", name,
                 frame, place, read);
    else
        snprintf(ret_text, size, "%s is damaged at frame %" PRIu64 "%s: %s; %s", name, frame, place,
                 damage->reason, read);
}

void complaint_device(const char *name, const char *reason, char *ret_text, size_t size)
{
    snprintf(ret_text, size, "%s could not be watched any longer: %s; what was seen until then is "
             "explained", spoken(name), reason);
}
