/*
 * frame_writer: Ethernet II, 802.1Q, IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293 §3.1).
 */
#include "frame_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STOCK_SIZE 65536u /* a stream repeats after this many bytes */
#define PAYLOAD_MAX 2048u
#define BUFFER_SIZE (1u << 20)
#define RECORD_MAX 2304u
#define WINDOW_SHIFT 7

struct frame_writer {
    int file;
    bool owned;
    uint32_t snaplen;
    uint64_t count;
    size_t used;
    uint8_t buffer[BUFFER_SIZE + RECORD_MAX];
    uint8_t stock[STOCK_SIZE + PAYLOAD_MAX];
    /* Sums of the 16-bit words that begin at even and at odd places below n * 2 (+ 1). */
    uint64_t sums[2][(STOCK_SIZE + PAYLOAD_MAX) / 2];
};

static uint8_t *put8(uint8_t *at, uint32_t value)
{
    *at = (uint8_t)value;
    return at + 1;
}

static uint8_t *put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    return put16(put16(at, value >> 16), value);
}

static uint8_t *put32_little(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
    return at + 4;
}

static uint8_t *put_bytes(uint8_t *at, const uint8_t *bytes, size_t length)
{
    memcpy(at, bytes, length);
    return at + length;
}

static void stock_fill(struct frame_writer *w, uint64_t seed)
{
    struct random random = { seed };
    for (uint32_t i = 0; i < STOCK_SIZE; i++)
        w->stock[i] = (uint8_t)(random_next(&random) >> 56);
    memcpy(w->stock + STOCK_SIZE, w->stock, PAYLOAD_MAX);
    for (uint32_t odd = 0; odd < 2; odd++) {
        uint64_t sum = 0;
        for (uint32_t i = 0; i + 1 < (STOCK_SIZE + PAYLOAD_MAX) / 2; i++) {
            w->sums[odd][i] = sum;
            sum += (uint32_t)w->stock[2 * i + odd] << 8 | w->stock[2 * i + odd + 1];
        }
        w->sums[odd][(STOCK_SIZE + PAYLOAD_MAX) / 2 - 1] = sum;
    }
}

/* The sum of a piece of the stock as the Internet checksum counts it (RFC 1071). */
static uint64_t stock_sum(const struct frame_writer *w, uint32_t begin, uint32_t length)
{
    const uint64_t *sums = w->sums[begin & 1];
    uint64_t sum = sums[begin / 2 + length / 2] - sums[begin / 2];
    return (length & 1) ? sum + ((uint32_t)w->stock[begin + length - 1] << 8) : sum;
}

static uint64_t bytes_sum(const uint8_t *bytes, size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    return sum;
}

static uint16_t checksum_finish(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static bool buffer_flush(struct frame_writer *w)
{
    for (size_t at = 0; at < w->used;) {
        ssize_t n = write(w->file, w->buffer + at, w->used - at);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    w->used = 0;
    return true;
}

struct frame_writer *frame_writer_new(const char *path, uint32_t snaplen, uint64_t seed)
{
    struct frame_writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->owned = strcmp(path, "-") != 0;
    w->file = w->owned ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : 1;
    if (w->file < 0) {
        free(w);
        return NULL;
    }
    w->snaplen = snaplen;
    stock_fill(w, seed);
    uint8_t *at = put32_little(w->buffer, 0xa1b23c4d); /* nanoseconds */
    at = put32_little(at, 2 | 4 << 16);
    at = put32_little(put32_little(at, 0), 0);
    at = put32_little(at, snaplen);
    at = put32_little(at, 1); /* Ethernet */
    w->used = (size_t)(at - w->buffer);
    return w;
}

bool frame_writer_close(struct frame_writer *w)
{
    bool good = buffer_flush(w);
    int reason = errno;
    if (w->owned && close(w->file) != 0 && good) {
        good = false;
        reason = errno;
    }
    free(w);
    errno = reason;
    return good;
}

uint64_t frame_writer_count(const struct frame_writer *w)
{
    return w->count;
}

static uint8_t *put_link(uint8_t *at, const struct identity *id, enum side from)
{
    for (int i = 0; i < 2; i++) { /* destination, source: locally administered addresses */
        enum side side = i == 0 ? (from == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT) : from;
        at = put16(at, 0x0200);
        at = put32(at, side == SIDE_CLIENT ? 1 : 2);
    }
    if (id->vlan != 0)
        at = put16(put16(at, 0x8100), id->vlan);
    return put16(at, id->ip_version == 4 ? 0x0800 : 0x86dd);
}

static uint8_t *put_ipv4(uint8_t *at, struct identity *id, const struct packet *p,
                         uint32_t tcp_length)
{
    uint8_t *begin = at;
    int from = p->from;
    /* Linux sends SYN-ACKs and the RSTs of no connection with number 0. */
    bool plain =
        (p->flags & FLAG_SYN && p->flags & FLAG_ACK) || (p->flags & FLAG_RST && p->window == 0);

    at = put16(at, 0x4500);
    at = put16(at, 20 + tcp_length);
    at = put16(at, plain ? 0 : id->ip_id[from]++);
    at = put16(at, 0x4000); /* do not fragment */
    at = put8(put8(at, id->ttl[from]), 6);
    at = put16(at, 0);
    at = put_bytes(at, id->address[from], 4);
    at = put_bytes(at, id->address[1 - from], 4);
    put16(begin + 10, checksum_finish(bytes_sum(begin, 20)));
    return at;
}

static uint8_t *put_ipv6(uint8_t *at, const struct identity *id, const struct packet *p,
                         uint32_t tcp_length)
{
    int from = p->from;
    at = put32(at, 0x60000000);
    at = put16(at, tcp_length);
    at = put8(put8(at, 6), id->ttl[from]);
    at = put_bytes(at, id->address[from], 16);
    return put_bytes(at, id->address[1 - from], 16);
}

/* In the order in which Linux writes them. */
static uint8_t *put_options(uint8_t *at, const struct identity *id, const struct packet *p)
{
    bool opening = p->options & PACKET_SYN_OPTIONS;
    if (opening)
        at = put16(put16(at, 0x0204), id->mss + (id->timestamps ? 12u : 0));
    if (opening && id->sack)
        at = put16(at, id->timestamps ? 0x0402 : 0x0101);
    if (opening && id->sack && !id->timestamps)
        at = put16(at, 0x0402);
    if (p->options & PACKET_TIMESTAMPS) {
        at = opening && id->sack ? at : put16(at, 0x0101);
        at = put32(put32(put16(at, 0x080a), p->tsval), p->tsecr);
    }
    if (opening && id->scale)
        at = put32(at, 0x01030300 | WINDOW_SHIFT);
    if (p->options & PACKET_COOKIE) {
        at = put32(at, 0x0101220a); /* two no-operations, fast open, a cookie of 8 bytes */
        at = put32(put32(at, id->isn[SIDE_CLIENT] ^ 0x5bd1e995), id->isn[SIDE_SERVER]);
    }
    if (p->options & PACKET_SACK) {
        at = put32(at, 0x0101050a);
        at = put32(put32(at, p->sack_left), p->sack_right);
    }
    return at;
}

static uint8_t *put_tcp(uint8_t *at, const struct identity *id, const struct packet *p)
{
    uint8_t *begin = at;
    int from = p->from;
    at = put16(put16(at, id->port[from]), id->port[1 - from]);
    at = put32(put32(at, p->seq), p->ack);
    at = put16(at, p->flags);
    at = put16(at, p->window);
    at = put32(at, 0); /* checksum, urgent pointer */
    at = put_options(at, id, p);
    begin[12] = (uint8_t)((at - begin) / 4 << 4);
    return at;
}

static uint32_t stock_place(const struct identity *id, const struct packet *p)
{
    return (id->payload[p->from] + (p->seq - id->isn[p->from])) % STOCK_SIZE;
}

static void tcp_checksum(const struct frame_writer *w, const struct identity *id,
                         const struct packet *p, uint8_t *header, size_t header_length)
{
    size_t address_length = id->ip_version == 4 ? 4 : 16;
    uint64_t sum = 6 + header_length + p->length;
    for (int i = 0; i < 2; i++)
        sum += bytes_sum(id->address[i], address_length);
    sum += bytes_sum(header, header_length);
    sum += stock_sum(w, stock_place(id, p), p->length);
    put16(header + 16, checksum_finish(sum));
}

static uint32_t tcp_header_length(const struct identity *id, const struct packet *p)
{
    uint8_t scratch[80];
    return (uint32_t)(put_tcp(scratch, id, p) - scratch);
}

bool frame_writer_put(struct frame_writer *w, struct identity *id, const struct packet *p)
{
    uint8_t *record = w->buffer + w->used, *frame = record + 16;
    uint32_t header_length = tcp_header_length(id, p);
    uint32_t tcp_length = header_length + p->length;

    uint8_t *at = put_link(frame, id, p->from);
    at = id->ip_version == 4 ? put_ipv4(at, id, p, tcp_length) : put_ipv6(at, id, p, tcp_length);
    uint8_t *tcp = at;
    at = put_tcp(at, id, p);
    tcp_checksum(w, id, p, tcp, header_length);
    uint32_t length = (uint32_t)(at - frame) + p->length;
    uint32_t captured = length < w->snaplen ? length : w->snaplen;
    if (captured > (uint32_t)(at - frame))
        memcpy(at, w->stock + stock_place(id, p), captured - (size_t)(at - frame));

    at = put32_little(record, (uint32_t)(p->time / NS_PER_S));
    at = put32_little(at, (uint32_t)(p->time % NS_PER_S));
    put32_little(put32_little(at, captured), length);
    w->used += 16 + captured;
    w->count++;
    return w->used < BUFFER_SIZE || buffer_flush(w);
}
