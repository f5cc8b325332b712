/*
 * segment: one TCP segment, decoded. Flat, fixed size, plain data: no pointers, so it may be
 * copied, stored and handed to another thread. Written by decode/, read by everyone after.
 *
 * Numbers are in host order, addresses in network order (IPv4 in the first four bytes, the
 * rest zero). Malformed is a recorded fact (`facts`), never an error path. Two lengths are
 * kept apart everywhere: what the headers claim and what the capture holds.
 */
#ifndef MODEL_SEGMENT_H
#define MODEL_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

/* TCP flags as on the wire (RFC 9293 §3.1; AE from RFC 9768 is the ninth bit). */
enum tcp_flag {
    TCP_FIN = 0x001,
    TCP_SYN = 0x002,
    TCP_RST = 0x004,
    TCP_PSH = 0x008,
    TCP_ACK = 0x010,
    TCP_URG = 0x020,
    TCP_ECE = 0x040,
    TCP_CWR = 0x080,
    TCP_AE = 0x100,
};

/* What decoding found out about the segment besides its fields. */
enum segment_fact {
    FACT_OPTION_MALFORMED = 1 << 0,   /* an option's length is < 2, past the header's end, or none
                                         that its kind can have */
    FACT_OPTIONS_TRUNCATED = 1 << 1,  /* the capture ends inside the options: absent != unknown */
    FACT_PAYLOAD_TRUNCATED = 1 << 2,  /* payload_captured < payload_len */
    FACT_CHECKSUM_GOOD = 1 << 3,      /* verified over all bytes */
    FACT_CHECKSUM_BAD = 1 << 4,       /* verified and wrong, and not the pseudo-header sum */
    FACT_CHECKSUM_PARTIAL = 1 << 5,   /* holds just the pseudo-header sum: left to the card */
    FACT_LENGTH_FROM_FRAME = 1 << 6,  /* IP total length 0 (TSO): length taken from the frame */
    FACT_IP_CHECKSUM_BAD = 1 << 7,    /* IPv4 header checksum wrong */
    FACT_FRAGMENT_FIRST = 1 << 8,     /* first fragment of an IP packet: payload is longer */
    FACT_SENT_BY_RECORDER = 1 << 9,   /* cooked capture: this host sent it (packet type 4) */
    FACT_LENGTH_BEYOND_FRAME = 1 << 10, /* IP claims more bytes than the frame had on the wire */
    FACT_FOR_RECORDER = 1 << 11,      /* cooked capture: the link brought it to us (type 0) */
    /* With FACT_CHECKSUM_BAD, from its host's other checksums (tcp/sums): */
    FACT_CHECKSUMS_RIGHT = 1 << 14,   /* they are right: this one is damage */
    FACT_CHECKSUMS_LEFT = 1 << 15,    /* they are left to the card, or it put this together */
    FACT_HEADER_BEYOND = 1 << 13,     /* the TCP header claims to be longer than the packet */
    FACT_IP_CHECKSUM_ZERO = 1 << 12,  /* with FACT_IP_CHECKSUM_BAD: the field is 0 */
    FACT_SACK_MALFORMED = 1 << 16,    /* FACT_OPTION_MALFORMED for a SACK option's length */
};

/* Options present on the segment. */
enum segment_option {
    OPTION_MSS = 1 << 0,
    OPTION_WINDOW_SCALE = 1 << 1,
    OPTION_SACK_PERMITTED = 1 << 2,
    OPTION_SACK = 1 << 3,
    OPTION_TIMESTAMPS = 1 << 4,
    OPTION_FAST_OPEN = 1 << 5,
    OPTION_MPTCP = 1 << 6,
    OPTION_MD5 = 1 << 7,
    OPTION_AO = 1 << 8,
    OPTION_USER_TIMEOUT = 1 << 9,
    OPTION_ACCECN = 1 << 10,
    OPTION_OTHER = 1 << 11,
};

/* What the payload begins with, where that tells who is who; decode/payload has the rules. */
enum payload_kind {
    PAYLOAD_NONE,          /* no payload, or nothing that tells */
    PAYLOAD_HTTP_REQUEST,
    PAYLOAD_HTTP_RESPONSE,
    PAYLOAD_TLS_CLIENT,    /* ClientHello */
    PAYLOAD_TLS_SERVER,    /* ServerHello */
    PAYLOAD_BANNER,        /* a server's greeting: SMTP, FTP */
};

/* Where room is scarce frame numbers are kept in 48 bits: 281 trillion frames. */
#define FRAME_MAX ((UINT64_C(1) << 48) - 1)

#define SEGMENT_SACK_MAX 4
#define SEGMENT_VLAN_MAX 2

struct segment {
    uint64_t frame;             /* frame number */
    int64_t time;               /* ns since the epoch */
    uint8_t source[16];
    uint8_t destination[16];
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t seq;
    uint32_t ack;               /* meaningful only with TCP_ACK; the raw field otherwise */
    uint16_t flags;             /* enum tcp_flag */
    uint16_t window;            /* as on the wire, not scaled */
    uint16_t urgent;
    uint16_t checksum;          /* as on the wire */
    uint32_t payload_len;       /* bytes of payload the headers claim */
    uint32_t payload_captured;  /* bytes of payload the capture holds */
    uint32_t facts;             /* enum segment_fact */
    uint16_t options;           /* enum segment_option */
    uint16_t mss;               /* with OPTION_MSS */
    uint8_t window_scale;       /* with OPTION_WINDOW_SCALE, as on the wire */
    uint8_t fast_open_len;      /* with OPTION_FAST_OPEN: cookie bytes, 0 for a request; without:
                                   those of an option with a length that no cookie has */
    uint8_t sack_count;         /* blocks in sack[], with OPTION_SACK */
    uint8_t ip_version;         /* 4 or 6 */
    uint32_t tsval;             /* with OPTION_TIMESTAMPS */
    uint32_t tsecr;
    struct {
        uint32_t left, right;
    } sack[SEGMENT_SACK_MAX];
    uint16_t ip_id;             /* IPv4 only */
    uint8_t ttl;                /* or hop limit */
    uint8_t ip_flags;           /* bit 0: DF; bits 1-2: ECN field */
    uint8_t header_len;         /* TCP header in bytes, as it says */
    uint8_t vlan_count;         /* tags in vlan[], outermost first */
    uint16_t vlan[SEGMENT_VLAN_MAX]; /* VLAN ids, 12 bits */
    uint8_t payload_kind;       /* enum payload_kind */
    uint8_t input;              /* which of the inputs shows it, from 0; at most 255 */
    uint16_t checksum_right;    /* with FACT_CHECKSUM_BAD: what it should be */
    uint32_t wire_len;          /* bytes of the frame on the wire */
    uint8_t reserved;           /* the three bits between the header's length and AE */
    uint32_t payload_at;        /* where in the frame the payload begins */
};

_Static_assert(sizeof(struct segment) <= 256, "a segment crosses threads and must stay small");

static inline bool segment_has(const struct segment *s, unsigned flags)
{
    return (s->flags & flags) == flags;
}

/* Whether its packet has an identification of its own: IPv6 has none, and 0 is none (RFC 6864). */
static inline bool segment_has_ip_id(const struct segment *s)
{
    return s->ip_version == 4 && s->ip_id != 0;
}

/* SEG.LEN of RFC 9293: payload, plus one for a SYN and one for a FIN. */
static inline uint32_t segment_seq_len(const struct segment *s)
{
    return s->payload_len + ((s->flags & TCP_SYN) ? 1u : 0u) + ((s->flags & TCP_FIN) ? 1u : 0u);
}

#endif
