/*
 * Link-layer headers: IEEE 802.3 with 802.1Q and 802.1ad tags, Linux cooked v1 and v2, raw IP,
 * and the two loopback headers of the BSDs. Layouts: tcpdump.org/linktypes.html.
 */
#include "decode/link.h"

#include <pcap/dlt.h>

#include "decode/header.h"

#define COOKED_INCOMING 0 /* to this host's link address; others are broadcast, ... */
#define COOKED_OUTGOING 4

/* Reads the link header; leaves what it found in ret_payload, all zero before. */
typedef void link_reader(struct cursor *bytes, struct segment *segment,
                         struct link_payload *ret_payload);

static void ethernet_read(struct cursor *bytes, struct segment *segment,
                          struct link_payload *ret_payload)
{
    ret_payload->ethertype = ethernet_header_read(bytes, segment);
}

/* Which way the packet went, seen from the recorder. */
static void cooked_note(unsigned packet_type, struct segment *segment)
{
    if (packet_type == COOKED_OUTGOING)
        segment->facts |= FACT_SENT_BY_RECORDER;
    else if (packet_type == COOKED_INCOMING)
        segment->facts |= FACT_FOR_RECORDER;
}

static void cooked_read(struct cursor *bytes, struct segment *segment,
                        struct link_payload *ret_payload)
{
    uint16_t packet_type = cursor_be16(bytes);
    cursor_skip(bytes, 12); /* device type, address length, address */
    ret_payload->ethertype = vlan_tags_read(bytes, cursor_be16(bytes), segment);
    cooked_note(packet_type, segment);
}

static void cooked2_read(struct cursor *bytes, struct segment *segment,
                         struct link_payload *ret_payload)
{
    uint16_t protocol = cursor_be16(bytes);
    cursor_skip(bytes, 8); /* reserved, interface index, device type */
    uint8_t packet_type = cursor_u8(bytes);
    cursor_skip(bytes, 9); /* address length, address */
    ret_payload->ethertype = vlan_tags_read(bytes, protocol, segment);
    cooked_note(packet_type, segment);
}

static void raw_read(struct cursor *bytes, struct segment *segment,
                     struct link_payload *ret_payload)
{
    (void)bytes;
    (void)segment;
    ret_payload->raw_ip = true;
}

static void raw4_read(struct cursor *bytes, struct segment *segment,
                      struct link_payload *ret_payload)
{
    (void)bytes;
    (void)segment;
    ret_payload->ethertype = ETHERTYPE_IPV4;
}

static void raw6_read(struct cursor *bytes, struct segment *segment,
                      struct link_payload *ret_payload)
{
    (void)bytes;
    (void)segment;
    ret_payload->ethertype = ETHERTYPE_IPV6;
}

/* The address families by which systems call IPv4 and IPv6; 0 for any other. */
static uint16_t family_ethertype(uint32_t family)
{
    switch (family) {
    case 2:
        return ETHERTYPE_IPV4;
    case 10: /* Linux */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* macOS */
        return ETHERTYPE_IPV6;
    default:
        return 0;
    }
}

/* In the byte order of the machine that captured, which nothing tells: families are small. */
static void null_read(struct cursor *bytes, struct segment *segment,
                      struct link_payload *ret_payload)
{
    (void)segment;
    struct cursor again = *bytes;
    uint16_t big = family_ethertype(cursor_be32(bytes));
    uint16_t little = family_ethertype(cursor_le32(&again));
    ret_payload->ethertype = big != 0 ? big : little;
}

static void loop_read(struct cursor *bytes, struct segment *segment,
                      struct link_payload *ret_payload)
{
    (void)segment;
    ret_payload->ethertype = family_ethertype(cursor_be32(bytes));
}

struct link_row {
    int link_type;
    link_reader *read;
};

static const struct link_row link_table[] = {
    { DLT_EN10MB, ethernet_read },
    { DLT_LINUX_SLL, cooked_read },
    { DLT_LINUX_SLL2, cooked2_read },
    { 12, raw_read }, /* DLT_RAW has three values: here, on OpenBSD, and in files */
    { 14, raw_read },
    { 101, raw_read },
    { DLT_IPV4, raw4_read },
    { DLT_IPV6, raw6_read },
    { DLT_NULL, null_read },
    { DLT_LOOP, loop_read },
};

static const struct link_row *link_find(int link_type)
{
    for (size_t i = 0; i < sizeof(link_table) / sizeof(link_table[0]); i++) {
        if (link_table[i].link_type == link_type)
            return &link_table[i];
    }
    return NULL;
}

bool link_decode(int link_type, struct cursor *bytes, struct segment *segment,
                 struct link_payload *ret_payload)
{
    const struct link_row *row = link_find(link_type);
    if (row == NULL)
        return false;
    *ret_payload = (struct link_payload){ 0 };
    row->read(bytes, segment, ret_payload);
    ret_payload->malformed = !cursor_ok(bytes);
    return true;
}
