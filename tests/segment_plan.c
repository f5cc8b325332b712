/* A frame from its plan: link header, IP, TCP or ICMP, checksums. */
#include "model/segment.h"
#include "segment_plan.h"

#include <pcap/dlt.h>
#include <string.h>

#include "model/segment.h"

#define ETHERNET_MIN 60
#define TCP_HEADER_SIZE 20

/* Bytes under construction. Writing past the end sets full and writes nothing. */
struct writer {
    uint8_t *bytes;
    size_t size;
    size_t length;
    bool full;
};

static void put(struct writer *w, const void *bytes, size_t n)
{
    if (w->full || w->size - w->length < n) {
        w->full = true;
        return;
    }
    memcpy(w->bytes + w->length, bytes, n);
    w->length += n;
}

static void put8(struct writer *w, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    put(w, &byte, 1);
}

static void put16(struct writer *w, unsigned value)
{
    put8(w, value >> 8);
    put8(w, value & 0xff);
}

static void put32(struct writer *w, uint32_t value)
{
    put16(w, value >> 16);
    put16(w, value & 0xffff);
}

static void put_zeroes(struct writer *w, size_t n)
{
    while (n-- > 0)
        put8(w, 0);
}

static void set16(struct writer *w, size_t at, unsigned value)
{
    if (w->full)
        return;
    w->bytes[at] = (uint8_t)(value >> 8);
    w->bytes[at + 1] = (uint8_t)value;
}

/* One's-complement sum in words of 16 bits, RFC 1071 §4.1 to the letter. */
static uint32_t sum16(uint32_t sum, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    if (n % 2 == 1)
        sum += (uint32_t)bytes[n - 1] << 8;
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void write_ethernet(struct writer *w, const struct segment_plan *plan, unsigned ethertype)
{
    static const uint8_t a[6] = { 0x02, 0, 0, 0, 0, 0x0a };
    static const uint8_t b[6] = { 0x02, 0, 0, 0, 0, 0x0b };
    put(w, plan->from_b ? a : b, sizeof(a));
    put(w, plan->from_b ? b : a, sizeof(a));
    for (unsigned i = 0; i < plan->vlan_count; i++) {
        bool outer = i + 1 < plan->vlan_count;
        put16(w, outer ? 0x88a8 : 0x8100);
        put16(w, plan->vlan[i]);
    }
    put16(w, ethertype);
}

static void write_cooked(struct writer *w, const struct segment_plan *plan, unsigned ethertype)
{
    put16(w, plan->outgoing ? 4 : 0);
    put16(w, 1); /* ARPHRD_ETHER */
    put16(w, 6);
    put(w, "\x02\0\0\0\0\x0a\0\0", 8);
    if (plan->vlan_count > 0) {
        put16(w, 0x8100);
        put16(w, plan->vlan[0]);
    }
    put16(w, ethertype);
}

static void write_cooked2(struct writer *w, const struct segment_plan *plan, unsigned ethertype)
{
    put16(w, ethertype);
    put16(w, 0);
    put32(w, 2); /* interface index */
    put16(w, 1); /* ARPHRD_ETHER */
    put8(w, plan->outgoing ? 4 : 0);
    put8(w, 6);
    put(w, "\x02\0\0\0\0\x0a\0\0", 8);
}

static void write_link(struct writer *w, const struct segment_plan *plan)
{
    unsigned ethertype = plan->ip_version == 4 ? 0x0800 : 0x86dd;
    switch (plan->link_type) {
    case DLT_EN10MB:
        write_ethernet(w, plan, ethertype);
        break;
    case DLT_LINUX_SLL:
        write_cooked(w, plan, ethertype);
        break;
    case DLT_LINUX_SLL2:
        write_cooked2(w, plan, ethertype);
        break;
    case DLT_NULL: /* written by a FreeBSD: AF_INET 2, AF_INET6 28, in its byte order */
        put_zeroes(w, plan->big_endian ? 3 : 0);
        put8(w, plan->ip_version == 4 ? 2 : 28);
        put_zeroes(w, plan->big_endian ? 0 : 3);
        break;
    case DLT_LOOP: /* OpenBSD: AF_INET 2, AF_INET6 24 */
        put32(w, plan->ip_version == 4 ? 2 : 24);
        break;
    default: /* raw IP has no link header */
        break;
    }
}

static void write_ipv4(struct writer *w, const struct segment_plan *plan)
{
    put8(w, 0x40 | (unsigned)(5 + plan->ip_options_len / 4));
    put8(w, plan->ecn);
    put16(w, 0); /* total length: ip_finish() */
    put16(w, plan->ip_id);
    put16(w, (plan->df ? 0x4000u : 0) | (plan->mf ? 0x2000u : 0) | plan->fragment_offset);
    put8(w, plan->ttl);
    put8(w, plan->protocol);
    put16(w, 0);
    put(w, plan->source, 4);
    put(w, plan->destination, 4);
    put(w, plan->ip_options, plan->ip_options_len);
}

/* The protocol numbers of the extension headers. */
static unsigned extension_protocol(const struct segment_plan *plan, unsigned i)
{
    static const uint8_t protocols[PLAN_EXTENSION_N] = {
        [PLAN_HOP] = 0,  [PLAN_DST] = 60,     [PLAN_ROUTE] = 43,      [PLAN_ROUTE_LEFT] = 43,
        [PLAN_AH] = 51,  [PLAN_FRAG] = 44,    [PLAN_FRAG_FIRST] = 44, [PLAN_FRAG_LATER] = 44,
        [PLAN_ESP] = 50, [PLAN_NO_NEXT] = 59,
    };
    return i < plan->extension_count ? protocols[plan->extension[i]] : plan->protocol;
}

static void write_extension(struct writer *w, enum plan_extension extension, unsigned next)
{
    if (extension == PLAN_ESP || extension == PLAN_NO_NEXT)
        return;
    put8(w, next);
    switch (extension) {
    case PLAN_HOP:
    case PLAN_DST:
        put(w, "\0\x01\x04\0\0\0\0", 7); /* 8 bytes in all, a PadN option of 6 */
        break;
    case PLAN_ROUTE:
        put_zeroes(w, 7);
        break;
    case PLAN_ROUTE_LEFT: /* type 2, RFC 6275 §6.4: 24 bytes, one address */
        put(w, "\x02\x02\x01\0\0\0\0", 7);
        put(w, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x99", 16);
        break;
    case PLAN_AH: /* 24 bytes: (4 + 2) * 4; reserved, SPI, number, 12 bytes of check value */
        put8(w, 4);
        put_zeroes(w, 22);
        break;
    default: { /* fragment: reserved, offset in units of 8 and M, identification */
        put8(w, 0);
        put16(w, extension == PLAN_FRAG_FIRST ? 1 : extension == PLAN_FRAG_LATER ? 154 << 3 : 0);
        put32(w, 0x1234);
        break;
    }
    }
}

static void write_ipv6(struct writer *w, const struct segment_plan *plan)
{
    put32(w, 0x60000000 | (uint32_t)plan->ecn << 20);
    put16(w, 0); /* payload length: ip_finish() */
    put8(w, extension_protocol(plan, 0));
    put8(w, plan->ttl);
    put(w, plan->source, 16);
    put(w, plan->destination, 16);
    for (unsigned i = 0; i < plan->extension_count; i++)
        write_extension(w, plan->extension[i], extension_protocol(plan, i + 1));
}

static void write_tcp(struct writer *w, const struct segment_plan *plan)
{
    size_t padding = (4 - plan->options_len % 4) % 4;
    size_t words = (TCP_HEADER_SIZE + plan->options_len + padding) / 4;
    if (plan->data_offset >= 0)
        words = (size_t)plan->data_offset;
    put16(w, plan->source_port);
    put16(w, plan->destination_port);
    put32(w, plan->seq);
    put32(w, plan->ack);
    put16(w, (unsigned)(words << 12) | plan->flags);
    put16(w, plan->window);
    put16(w, 0); /* checksum: tcp_finish() */
    put16(w, plan->urgent);
    put(w, plan->options, plan->options_len);
    while (padding-- > 0)
        put8(w, 1);
    uint32_t first = plan->seq + ((plan->flags & TCP_SYN) ? 1 : 0); /* a SYN takes a number */
    for (size_t i = 0; i < plan->payload_len; i++)
        put8(w, plan->has_data ? plan->data[i] : 'a' + (first + (uint32_t)i) % 26);
}

static void tcp_finish(struct writer *w, const struct segment_plan *plan, size_t tcp_at)
{
    if (w->full)
        return;
    size_t length = w->length - tcp_at;
    size_t address_len = plan->ip_version == 4 ? 4 : 16;
    uint32_t pseudo = sum16(6 + (uint32_t)length, plan->source, address_len);
    pseudo = sum16(pseudo, plan->destination, address_len);
    uint32_t checksum = ~sum16(pseudo, w->bytes + tcp_at, length) & 0xffff;
    if (plan->checksum == PLAN_CHECKSUM_BAD)
        checksum ^= 0x5555;
    if (plan->checksum == PLAN_CHECKSUM_PARTIAL)
        checksum = pseudo;
    set16(w, tcp_at + 16, checksum);
}

/* RFC 792, RFC 4443 §2.1; only ICMPv6 has a sum over the addresses too (RFC 4443 §2.3). */
static void write_icmp(struct writer *w, const struct segment_plan *plan)
{
    size_t at = w->length;
    put8(w, plan->icmp_type);
    put8(w, plan->icmp_code);
    put16(w, 0);
    put32(w, plan->icmp_rest);
    put(w, plan->quote, plan->quote_len);
    if (w->full)
        return;
    size_t length = w->length - at;
    uint32_t sum = 0;
    if (plan->ip_version == 6) {
        sum = sum16(58 + (uint32_t)length, plan->source, 16);
        sum = sum16(sum, plan->destination, 16);
    }
    sum = ~sum16(sum, w->bytes + at, length) & 0xffff;
    set16(w, at + 2, plan->checksum == PLAN_CHECKSUM_BAD ? sum ^ 0x5555 : sum);
}

static void ip_finish(struct writer *w, const struct segment_plan *plan, size_t ip_at)
{
    if (w->full)
        return;
    size_t length = w->length - ip_at;
    if (plan->ip_version == 6) {
        set16(w, ip_at + 4,
              plan->total_len >= 0 ? (unsigned)plan->total_len : (unsigned)length - 40);
        return;
    }
    set16(w, ip_at + 2, plan->total_len >= 0 ? (unsigned)plan->total_len : (unsigned)length);
    uint32_t checksum = ~sum16(0, w->bytes + ip_at, 20 + plan->ip_options_len) & 0xffff;
    set16(w, ip_at + 10, plan->no_ip_checksum    ? 0
                           : plan->bad_ip_checksum ? checksum ^ 0x5555
                                                   : checksum);
}

size_t segment_plan_write(const struct segment_plan *plan, uint8_t *ret_bytes, size_t size)
{
    struct writer w = { .bytes = ret_bytes, .size = size };
    write_link(&w, plan);
    size_t ip_at = w.length;
    if (plan->ip_version == 4)
        write_ipv4(&w, plan);
    else
        write_ipv6(&w, plan);
    size_t tcp_at = w.length;
    if (plan->icmp) {
        write_icmp(&w, plan);
    } else {
        write_tcp(&w, plan);
        tcp_finish(&w, plan, tcp_at);
    }
    ip_finish(&w, plan, ip_at);
    if (plan->pad && w.length < ETHERNET_MIN)
        put_zeroes(&w, ETHERNET_MIN - w.length);
    return w.full ? 0 : w.length;
}
