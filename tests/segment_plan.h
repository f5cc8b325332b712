/*
 * segment_plan: everything about one frame to build, and its bytes. The fields that decide what
 * a test sees can each be made wrong on purpose. Shares no code with decode/.
 */
#ifndef TESTS_SEGMENT_PLAN_H
#define TESTS_SEGMENT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_OPTIONS_MAX 40 /* what fits in a header of 15 words */
#define PLAN_DATA_MAX 1024
#define PLAN_IP_OPTIONS_MAX 40
#define PLAN_EXTENSIONS_MAX 16
#define PLAN_VLAN_MAX 4
#define PLAN_QUOTE_MAX 256

/* IPv6 extension headers by the names the text uses. */
enum plan_extension {
    PLAN_HOP,        /* hop-by-hop options */
    PLAN_DST,        /* destination options */
    PLAN_ROUTE,      /* routing, no segments left */
    PLAN_ROUTE_LEFT, /* routing, one segment left */
    PLAN_AH,
    PLAN_FRAG,       /* a fragment that is the whole packet */
    PLAN_FRAG_FIRST, /* offset 0, more follow */
    PLAN_FRAG_LATER, /* offset 1232 */
    PLAN_ESP,        /* ends the chain: what follows can't be read */
    PLAN_NO_NEXT,    /* ends the chain: nothing follows */
    PLAN_EXTENSION_N
};

enum plan_checksum {
    PLAN_CHECKSUM_GOOD,
    PLAN_CHECKSUM_BAD,
    PLAN_CHECKSUM_PARTIAL, /* as a card that completes it would be given it */
};

struct segment_plan {
    int link_type;   /* DLT_ value */
    bool big_endian; /* the machine that records: it writes the family of a NULL header */
    bool outgoing;   /* cooked links: the recorder sent it */
    bool from_b;     /* only for the link addresses */
    unsigned vlan_count;
    uint16_t vlan[PLAN_VLAN_MAX];

    uint8_t ip_version;
    uint8_t source[16];
    uint8_t destination[16];
    uint8_t ttl;
    uint8_t ecn;
    uint8_t protocol;
    uint16_t ip_id;
    bool df;
    bool mf;
    uint16_t fragment_offset; /* in units of 8 bytes */
    bool bad_ip_checksum;
    bool no_ip_checksum; /* zero */
    int total_len; /* overrides the IP length field when it is not -1 */
    size_t ip_options_len;
    uint8_t ip_options[PLAN_IP_OPTIONS_MAX];
    unsigned extension_count;
    enum plan_extension extension[PLAN_EXTENSIONS_MAX];

    uint16_t source_port;
    uint16_t destination_port;
    uint32_t seq;
    uint32_t ack;
    uint16_t flags;
    uint16_t window;
    uint16_t urgent;
    int data_offset; /* overrides the header length, in words, when it is not -1 */
    enum plan_checksum checksum;
    size_t options_len; /* padded with NOPs to a multiple of four */
    uint8_t options[PLAN_OPTIONS_MAX];

    size_t payload_len;
    bool has_data; /* payload is data[], else letters that follow from seq */
    uint8_t data[PLAN_DATA_MAX];

    bool icmp; /* an ICMP error in the place of TCP: */
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint32_t icmp_rest; /* the last word of its header */
    size_t quote_len;
    uint8_t quote[PLAN_QUOTE_MAX]; /* from the quoted packet's IP header on */

    bool pad; /* Ethernet: pad to 60 bytes */
};

/* Writes the frame; returns its length, 0 when size is too small. */
size_t segment_plan_write(const struct segment_plan *plan, uint8_t *ret_bytes, size_t size);

#endif
