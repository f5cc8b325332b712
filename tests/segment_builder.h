/*
 * segment_builder: frames from lines of text, for tests and for captures that no kernel makes.
 *
 *     start 2026-01-02T03:04:05Z           time 0; this is the default
 *     link EN10MB                          or RAW NULL LOOP LINUX_SLL LINUX_SLL2
 *     ends A=192.0.2.1:40000 B=[2001:db8::7]:80   may change in the middle
 *     ttl A=64 B=57                        IP ids count up by themselves from here:
 *     id A=0x2000 B=0
 *     recorder A                           cooked links: frames of A are outgoing
 *     machine big-endian                   the byte order of the file and of a NULL header
 *     times us                             microseconds; ns is the default
 *     vlan 10,20                           tags, outermost first; "vlan none" ends it
 *     let x=4294967290                     a variable; all numbers are modulo 2^32
 *
 *     0.000000 A S  seq=x win=64240 mss=1460 sackok ts=1,0 ws=7
 *     +0.010   B SA seq=y ack=x+1 win=65160
 *     +0.010   A PA data="GET / HTTP/1.1\r\n\r\n"
 *
 * A segment is: time (or + since the last), sender, flags (S A F P R U E C N, X Y Z for the
 * reserved bits, or "."), fields.
 * Without seq= and ack= both continue where the connection is; win= stays until it changes.
 *
 *     seq= ack= win= urg= len=N data="text" (\r \n \t \\ \" \xHH)
 *     mss= ws= sackok ts=VAL,ECR sack=A-B,C-D tfo=request|HEX tfoexp=request|HEX opt=HEX
 *     id= ttl= ecn=0..3 nodf mf fragoff=UNITS totlen=N proto=N ipopts=HEX doff=WORDS
 *     ext=hop,dst,route,routeleft,ah,frag,fragfirst,fraglater,esp,none
 *     badsum partialsum badipsum noipsum pad snap=N
 *
 * An ICMP error has "icmp" in the place of the flags. It comes from the sender, or from another
 * address, and quotes the receiver's last segment:
 *
 *     +0.010   B icmp type=3 code=13 from=192.0.2.254 mtu=N quote=BYTES qseq= qport=
 *
 * quote= cuts the quoted packet (IP header included); qseq= and qport= falsify the quoted number
 * and source port. Of the other fields those of IP count, badsum and snap.
 *
 * Options are laid out as Linux does. Payload of len=N are letters that follow from the
 * number of its first byte, so the same bytes sent again are the same. '#' begins a comment.
 */
#ifndef TESTS_SEGMENT_BUILDER_H
#define TESTS_SEGMENT_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/frame.h"
#include "segment_plan.h"

#define BUILDER_FRAME_MAX 65600
#define BUILDER_VARIABLES_MAX 32
#define BUILDER_NAME_MAX 16

struct builder_end {
    uint8_t address[16];
    uint16_t port;
    uint16_t ip_id; /* of its next segment */
    uint16_t window;
    uint8_t ttl;
    uint32_t next; /* sequence number of its next segment */
};

struct builder_variable {
    char name[BUILDER_NAME_MAX];
    uint32_t value;
};

struct segment_builder {
    int64_t start;     /* ns since the epoch */
    int64_t time;      /* of the last segment, from start */
    int link_type;     /* DLT_ value */
    int recorder;      /* 0 is A, 1 is B, -1 neither */
    bool big_endian;   /* the machine that records */
    bool microseconds; /* of the file's times */
    uint8_t ip_version;
    uint64_t frames;
    unsigned vlan_count;
    uint16_t vlan[PLAN_VLAN_MAX];
    struct builder_end end[2];
    bool has_sent[2];
    struct segment_plan sent[2]; /* the last segment of each end */
    unsigned variable_count;
    struct builder_variable variable[BUILDER_VARIABLES_MAX];
};

void segment_builder_init(struct segment_builder *builder);

/*
 * Reads one line. True with ret_frame->data set when it was a segment (the bytes are in
 * ret_bytes), with data NULL when it was a directive or empty; false with a sentence in error.
 */
bool segment_builder_line(struct segment_builder *builder, const char *line, uint8_t *ret_bytes,
                          size_t size, struct frame *ret_frame, char *error, size_t error_size);

#endif
