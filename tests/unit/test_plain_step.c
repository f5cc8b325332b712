/*
 * plain: from whatever record, the short way of a plain segment leaves what the whole way does.
 *
 * Records and segments are made of a usual one by changing a few fields at random, each of those
 * that the conditions read, also to what no capture leads to: so that a condition that is missing is
 * found out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/seq.h"
#include "made_segment.h"
#include "plain_case.h"
#include "tcp/role.h"
#include "tcp/sight.h"

#define TRIALS 400000u
#define LOGGED 8 /* one of so many has a log: then more of the tracker takes part */

static uint64_t random_state;

static uint32_t pick(uint32_t below)
{
    return plain_case_pick(&random_state, below);
}

/* An end that has 1000 bytes of data behind its SYN, all acknowledged. */
static struct endpoint end_made(uint32_t isn, unsigned syn)
{
    int64_t next = seq_base(isn) + 1001;
    return (struct endpoint){ .snd_nxt = next,
                              .snd_una = next,
                              .last_time = 900000000,
                              .payload_sent = 1000,
                              .isn = isn,
                              .flags = END_SEEN | END_ISN_KNOWN | syn | END_SYN_ACKED | END_DATA |
                                       END_DATA_CHECKED | END_TIMESTAMPS | END_LAST_TSVAL |
                                       END_PURE_ACK_CHECKED,
                              .segments = 4,
                              .window_max = 65535,
                              .mss = 1460,
                              .ttl = 64,
                              .state = STATE_ESTABLISHED,
                              .window_last = 500,
                              .last_ip_id = 70,
                              .last_seq = (uint32_t)next - 100,
                              .last_len = 100,
                              .last_tsval = 9,
                              .syns = 1 };
}

/* The client closes, and the server goes on sending. */
static void client_close(struct connection *c)
{
    struct endpoint *client = &c->end[CLIENT], *server = &c->end[SERVER];
    client->flags |= END_FIN | END_FIN_ACKED | END_FIN_CHECKED;
    client->fin_seq = client->snd_nxt++;
    client->snd_una = client->snd_nxt;
    client->state = STATE_FIN_WAIT_2;
    server->state = STATE_CLOSE_WAIT;
    server->flags |= END_LATE_PAYLOAD | END_PAYLOAD_ACKS_FIN;
    server->ack_carried_end = (uint32_t)server->snd_nxt;
}

static struct connection connection_made(const struct segment *s)
{
    struct connection c = { .first_frame = 1,
                            .last_frame = 10,
                            .first_time = 800000000,
                            .last_time = 950000000,
                            .leg_client = 10000000,
                            .leg_server = 20000000,
                            .incarnation = 1,
                            .sights = SIGHT_TTL_FIRST | SIGHT_TTL_FIRST << SIGHT_BITS,
                            .flags = CONN_SYNACK_ACKED | CONN_THIRD_CHECKED };
    c.end[CLIENT] = end_made(pick(4) == 0 ? UINT32_MAX - pick(1200) : 7000, END_SYN);
    c.end[SERVER] = end_made(9000, END_SYNACK);
    flow_key_make(s, &c.entry.key);
    if (pick(3) == 0)
        client_close(&c);
    return c;
}

/* A segment that is plain from either end: data, or a bare ACK. Who has closed sends no more. */
static struct segment segment_of(const struct connection *c, enum endpoint_id sender)
{
    struct segment s = made_segment(11, pick(3) == 0 ? -100000000 : 0);
    s.seq = (uint32_t)c->end[sender].snd_nxt;
    s.ack = (uint32_t)c->end[endpoint_peer(sender)].snd_nxt;
    if (pick(2) != 0 && !(c->end[sender].flags & END_FIN))
        s.payload_len = 1 + pick(2) * 99;
    else
        s.payload_len = 0;
    return s;
}

/* Numbers that lie elsewhere. */
static void numbers_change(struct endpoint *x, struct endpoint *y, struct segment *s)
{
    static const int32_t steps[] = { -2000, -1002, -1001, -100, -1, 1, 100, 1000, 1 << 21 };
    uint32_t by = (uint32_t)steps[pick(sizeof steps / sizeof steps[0])];
    switch (pick(12)) {
    case 0:
        s->seq += by;
        break;
    case 1:
        s->ack += by;
        break;
    case 2: /* more is outstanding */
        y->snd_una -= pick(300);
        break;
    case 3:
        y->snd_nxt += pick(3000);
        break;
    case 4: /* its equal passed before */
        x->last_seq = s->seq;
        x->last_len = s->payload_len & INT32_MAX;
        x->last_ip_id = s->ip_id;
        x->last_tsval = s->tsval;
        x->last_time = s->time - pick(2) * 1000000;
        break;
    case 5:
        x->isn += by;
        break;
    case 6:
        y->isn += by;
        break;
    case 7: /* half a round or more from its first number */
        x->isn += UINT32_C(0x80000000) - pick(2) * UINT32_C(0x7ff00000);
        x->flags ^= pick(2) ? END_ISN_KNOWN | END_ISN_ASSUMED : 0;
        break;
    case 8:
        x->syn_payload = (uint16_t)pick(3000);
        break;
    case 9:
        x->fin_seq = x->snd_nxt + (int32_t)by;
        break;
    case 10:
        y->fin_seq = y->snd_nxt - (int64_t)pick(3);
        break;
    default: /* two SYN-ACKs passed, neither as a first number that is known */
        y->isn_other = s->ack - pick(2);
        y->flags |= END_ISN_OTHER | END_ISN_ASSUMED;
        y->flags &= ~(unsigned)(END_ISN_KNOWN | END_SYN_ACKED);
        break;
    }
}

static void end_change(struct endpoint *end)
{
    switch (pick(10)) {
    case 0:
    case 1:
    case 2:
    case 3:
        end->flags ^= 1u << pick(32);
        break;
    case 4:
        end->state = (uint8_t)pick(STATE_N);
        break;
    case 5:
        end->pending ^= (uint8_t)(1u << pick(DELIVERY_N));
        break;
    case 6:
        end->window_last = (uint16_t)(pick(2) * 500);
        break;
    case 7:
        end->mss = (uint16_t)(pick(3) * 50);
        break;
    case 8: /* as many as can be counted */
        end->segments = UINT32_MAX - pick(2);
        end->partial_checksums = (uint16_t)(UINT16_MAX - pick(2));
        end->flags |= END_PARTIAL_TOLD;
        break;
    default:
        end->last_late = 1;
        break;
    }
}

static void connection_change(struct connection *c)
{
    switch (pick(8)) {
    case 0:
    case 1:
        c->flags ^= (uint16_t)(1u << pick(16));
        break;
    case 2: /* bytes are missing, in front of a FIN */
        c->holes = pick(4) & 3u;
        for (unsigned i = 0; i < 2; i++) {
            c->end[i].fin_seq = c->end[i].snd_nxt + 200;
            c->end[i].flags &= ~(unsigned)END_FIN_ACKED;
        }
        break;
    case 3:
        c->probed = pick(4) & 3u;
        c->probes[pick(2)] = (uint8_t)pick(256);
        break;
    case 4:
        c->provisional = (uint16_t)pick(2);
        break;
    case 5:
        c->role_evidence = pick(ROLE_N) & 7u;
        c->end[pick(2)].flags &= ~(unsigned)END_DATA;
        break;
    case 6:
        c->sights = pick(1u << 2 * SIGHT_BITS) & ((1u << 2 * SIGHT_BITS) - 1);
        break;
    default:
        c->last_frame = 12;
        c->last_time = 2000000000;
        break;
    }
}

static void segment_change(struct segment *s)
{
    switch (pick(11)) {
    case 0:
        s->flags ^= (uint16_t)(1u << pick(9));
        break;
    case 1:
        s->window = (uint16_t)(pick(3) * 500);
        break;
    case 2:
        s->facts ^= 1u << pick(17);
        break;
    case 3: /* a block beyond what it acknowledges, or below */
        s->options ^= OPTION_SACK;
        s->sack_count = 1;
        s->sack[0].left = s->ack + 100 - pick(2) * 300;
        s->sack[0].right = s->sack[0].left + 100;
        break;
    case 4:
        s->options ^= OPTION_TIMESTAMPS;
        break;
    case 5:
        s->payload_kind = (uint8_t)pick(PAYLOAD_BANNER + 1u);
        break;
    case 6:
        s->ttl = (uint8_t)(pick(5) * 64);
        break;
    case 7:
        s->ip_version = 6;
        break;
    case 8:
        s->facts ^= FACT_CHECKSUM_PARTIAL;
        break;
    case 9:
        s->payload_len = 50;
        break;
    default: /* connected to itself */
        s->source_port = s->destination_port;
        if (pick(2) != 0)
            memcpy(s->source, s->destination, sizeof s->source);
        break;
    }
}

/* One trial, of up to four changes. */
static void trial_run(struct plain_case *compared)
{
    struct segment first = made_segment(0, 0);
    struct connection c = connection_made(&first);
    enum endpoint_id sender = pick(2) ? CLIENT : SERVER;
    struct endpoint *x = &c.end[sender], *y = &c.end[endpoint_peer(sender)];
    struct segment s = segment_of(&c, sender);
    for (uint32_t changes = pick(5); changes > 0; changes--) {
        switch (pick(5)) {
        case 0:
            numbers_change(x, y, &s);
            break;
        case 1:
            end_change(x);
            break;
        case 2:
            end_change(y);
            break;
        case 3:
            connection_change(&c);
            break;
        default:
            segment_change(&s);
            break;
        }
    }
    flow_key_make(&s, &c.entry.key); /* its ends may have become one */
    if (pick(LOGGED) == 0)
        plain_case_log(compared, &c);
    bool client_second = (c.flags & CONN_SWAPPED) != 0;
    plain_case_compare(compared, &c, &s, (sender == SERVER) != client_second);
}

static void records(void **state)
{
    (void)state;
    struct plain_case compared = plain_case_begin();
    random_state = 1;
    for (uint32_t i = 0; i < TRIALS; i++)
        trial_run(&compared);
    /* One of five is as made, and more stay plain: else nothing much was compared. */
    assert_true(compared.plain > compared.compared / 4);
    assert_true(compared.plain < compared.compared / 4 * 3);
    plain_case_end(&compared);
}

/* What is made without a change is plain, from either end, with data and without. */
static void usual(void **state)
{
    (void)state;
    struct plain_case compared = plain_case_begin();
    random_state = 2;
    for (unsigned i = 0; i < 64; i++) {
        struct segment first = made_segment(0, 0);
        struct connection c = connection_made(&first);
        enum endpoint_id sender = (i & 1) ? SERVER : CLIENT;
        struct segment s = segment_of(&c, sender);
        plain_case_compare(&compared, &c, &s, sender == SERVER);
    }
    assert_int_equal(compared.plain, 64);
    plain_case_end(&compared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual),
        cmocka_unit_test(records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
