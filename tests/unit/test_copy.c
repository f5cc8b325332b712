/*
 * copy: which segments are an earlier one again. A case is a line of what differs from a made
 * segment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/copy.h"
#include "made_segment.h"

#define MS INT64_C(1000000)

/* The very same time, and a little later. */
static void same_time(void **state)
{
    (void)state;
    for (int64_t later = 0; later < 2; later++) {
        struct segment a = made_segment(7, 1000), b = made_segment(8, 1000 + later);
        struct copies *copies = copies_new();
        struct copy_found found;
        assert_non_null(copies);
        assert_false(copies_segment(copies, &a, &found));
        assert_true(copies_segment(copies, &b, &found));
        assert_int_equal(found.same_time, later == 0);
        assert_false(found.passed_on);
        copies_free(copies);
    }
}

/* Whether the second one is a copy of the first. */
static bool second_is_copy(const struct segment *first, const struct segment *second)
{
    struct copy_found found = { .original = 0 };
    struct copies *copies = copies_new();
    assert_non_null(copies);
    assert_false(copies_segment(copies, first, &found));
    bool copy = copies_segment(copies, second, &found);
    assert_int_equal(found.original, copy ? first->frame : 0);
    copies_free(copies);
    return copy;
}

static void same_packet(void **state)
{
    (void)state;
    struct segment a = made_segment(7, 0), b = made_segment(8, 1000);
    assert_true(second_is_copy(&a, &b));
    b.time = a.time - 1000; /* the recorder's clock went back */
    assert_true(second_is_copy(&a, &b));
    b.time = a.time + 499 * MS;
    assert_true(second_is_copy(&a, &b));
    b.time = a.time + 500 * MS; /* all IP IDs may have been used by then */
    assert_false(second_is_copy(&a, &b));
    b.time = a.time + 1000;
    b.facts = FACT_SENT_BY_RECORDER; /* "-i any": going out, then coming in */
    assert_true(second_is_copy(&a, &b));
    b.time = INT64_MIN;
    assert_false(second_is_copy(&a, &b));
}

/* Everything that a host or a device on the way may change makes another segment of it. */
static void another_packet(void **state)
{
    (void)state;
    const struct segment a = made_segment(7, 0);
    struct segment b[17];
    for (size_t i = 0; i < sizeof b / sizeof b[0]; i++)
        b[i] = made_segment(8, 1000);
    b[0].seq++;
    b[1].ack++;
    b[2].flags = TCP_ACK;
    b[3].window--;
    b[4].payload_len--;
    b[5].tsval++;
    b[6].tsecr++;
    b[7].ip_id++;
    b[8].ttl -= 2; /* two hops: it came round */
    b[9].checksum++;
    b[10].wire_len++;
    b[11].source_port++;
    b[12].header_len = 20;
    b[13].source[3] = 9;
    b[14].facts = FACT_CHECKSUM_BAD;
    b[15].ttl--; /* and beside that anything else */
    b[15].tsval++;
    b[16].vlan_count = 1;
    b[16].ip_id++;
    for (size_t i = 0; i < sizeof b / sizeof b[0]; i++)
        assert_false(second_is_copy(&a, &b[i]));
}

/* A mirror before and behind a router, in either order; another VLAN, whose tag makes the frame
 * longer; both. Also where no IP ID and no timestamp proves it: a host sends nothing again so. */
static void passed_on(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * 6; i++) {
        struct segment a = made_segment(7, 0), b = made_segment(8, 1000);
        if (i % 6 == 0)
            b.ttl--;
        if (i % 6 == 1)
            b.ttl++;
        if (i % 6 >= 2 && i % 6 <= 4) {
            b.vlan_count = 1;
            b.vlan[0] = 20;
            b.wire_len += 4;
        }
        if (i % 6 == 3) {
            a.vlan_count = 1;
            a.vlan[0] = 10;
        }
        if (i % 6 == 4)
            b.ttl--;
        if (i % 6 == 5) { /* a short frame is padded, with and without a tag */
            b.vlan_count = 1;
            b.payload_len = a.payload_len = 0;
        }
        if (i >= 6) {
            a.ip_version = b.ip_version = 6;
            a.ip_id = b.ip_id = 0;
            a.options = b.options = 0;
        }
        struct copies *copies = copies_new();
        struct copy_found found;
        assert_non_null(copies);
        for (uint32_t n = 0; n < 20; n++) { /* others that come once */
            struct segment other = made_segment(100 + n, 0);
            other.seq += 100 * n + 1;
            other.ip_id = (uint16_t)(100 + n);
            assert_false(copies_segment(copies, &other, &found));
        }
        assert_false(copies_segment(copies, &a, &found));
        assert_true(copies_segment(copies, &b, &found));
        assert_int_equal(found.original, 7);
        assert_int_equal(found.passed_on, a.ttl != b.ttl || a.vlan_count != b.vlan_count ||
                                              a.vlan[0] != b.vlan[0]);
        copies_free(copies);
    }
}

/*
 * IPv6, so no IP ID, in a capture of frames that come once: data, something of the same sender behind
 * it, and the data again 20 ms later. What its host sends again has the newer timestamp.
 */
static bool again_behind(uint32_t newer, uint32_t again_tsval, bool same_sender)
{
    struct copy_found found;
    struct copies *copies = copies_new();
    assert_non_null(copies);
    struct segment list[23];
    for (uint32_t i = 0; i < 23; i++) {
        list[i] = made_segment(i + 1, i < 22 ? i : 20 * MS);
        list[i].ip_version = 6;
        list[i].ip_id = 0;
        list[i].seq += 100 * i;
    }
    list[21].tsval += newer;
    if (!same_sender)
        list[21].source_port++;
    list[22].seq = list[20].seq;
    list[22].tsval += again_tsval;
    for (int i = 0; i < 22; i++)
        assert_false(copies_segment(copies, &list[i], &found));
    bool copy = copies_segment(copies, &list[22], &found);
    copies_free(copies);
    return copy;
}

static void old_stamp(void **state)
{
    (void)state;
    assert_true(again_behind(4, 0, true));
    assert_false(again_behind(0, 0, true)); /* sent within one tick: nothing tells */
    assert_false(again_behind(4, 5, true)); /* sent again */
    assert_false(again_behind(4, 0, false)); /* another clock */
}

/* A RST of a host that forgets, and an ACK: repeated by rule, without a new IP ID. */
static struct segment bare_ack(uint64_t frame, int64_t after)
{
    struct segment s = made_segment(frame, after);
    s.payload_len = 0;
    s.ip_id = 0;
    s.flags = TCP_ACK;
    return s;
}

static void without_id(void **state)
{
    (void)state;
    struct segment a = bare_ack(7, 0), b = bare_ack(8, 1000);
    struct copy_found found;
    struct copies *copies = copies_new();
    assert_non_null(copies);
    /* Ten segments that came once, as from a network; the ACK may come again. */
    for (uint32_t i = 0; i < 10; i++) {
        struct segment other = made_segment(100 + i, 0);
        other.seq += 100 * i;
        other.ip_id = (uint16_t)(100 + i);
        assert_false(copies_segment(copies, &other, &found));
    }
    assert_false(copies_segment(copies, &a, &found));
    assert_false(copies_segment(copies, &b, &found));
    /* One copy among ten is less than one for five others: still so. */
    struct segment again = made_segment(100, 1000);
    again.ip_id = 100;
    assert_true(copies_segment(copies, &again, &found));
    b.frame = 9;
    assert_false(copies_segment(copies, &b, &found));
    /* A second one makes it one for five. */
    again = made_segment(101, 1000);
    again.seq += 100;
    again.ip_id = 101;
    assert_true(copies_segment(copies, &again, &found));
    b.frame = 10;
    assert_true(copies_segment(copies, &b, &found));
    assert_true(found.original >= 7 && found.original <= 9);
    copies_free(copies);
}

/* Without IP ID only what comes at once is a copy: 10 ms. */
static void without_id_later(void **state)
{
    (void)state;
    struct segment a = made_segment(7, 0), b = made_segment(8, 9 * MS);
    a.ip_version = b.ip_version = 6;
    a.ip_id = b.ip_id = 0;
    assert_true(second_is_copy(&a, &b)); /* one for none: frames come twice here */
    b.time = a.time + 10 * MS;
    assert_false(second_is_copy(&a, &b));
}

/* A SYN-ACK without IP ID, as Linux sends it, by timer and at once again for a repeated SYN: two
 * segments of the host. With nothing in between it is a copy. */
static void answer_again(void **state)
{
    (void)state;
    for (int spoke = 0; spoke <= 1; spoke++) {
        struct copy_found found;
        struct copies *copies = copies_new();
        assert_non_null(copies);
        struct segment answer = made_segment(1, 0), again = made_segment(3, 50000);
        answer.flags = again.flags = TCP_SYN | TCP_ACK;
        answer.payload_len = again.payload_len = 0;
        answer.ip_id = again.ip_id = 0;
        struct segment syn = made_segment(2, 40000);
        memcpy(syn.source, answer.destination, sizeof syn.source);
        memcpy(syn.destination, spoke ? answer.source : syn.source, sizeof syn.destination);
        syn.source_port = answer.destination_port;
        syn.destination_port = answer.source_port;
        assert_false(copies_segment(copies, &answer, &found));
        assert_false(copies_segment(copies, &syn, &found));
        assert_int_equal(copies_segment(copies, &again, &found), !spoke);
        copies_free(copies);
    }
}

/* A scanner that sends each of its SYNs twice, all with one IP ID: nothing tells them from copies,
 * and most segments of this capture came once. */
static void constant_id(void **state)
{
    (void)state;
    for (int constant = 0; constant <= 1; constant++) {
        struct copy_found found;
        struct copies *copies = copies_new();
        assert_non_null(copies);
        for (uint32_t i = 0; i < 10; i++) {
            struct segment other = made_segment(i + 1, 0);
            other.seq += 100 * i;
            other.ip_id = (uint16_t)(constant ? 77 : 100 + i);
            assert_false(copies_segment(copies, &other, &found));
        }
        struct segment again = made_segment(11, 1000);
        again.seq += 900;
        again.ip_id = constant ? 77 : 109;
        assert_int_equal(copies_segment(copies, &again, &found), !constant);
        copies_free(copies);
    }
}

/* The original is found as long as fewer than COPY_RING others came between. */
static void far_apart(void **state)
{
    (void)state;
    for (uint32_t others = COPY_RING - 2; others <= COPY_RING + 1; others++) {
        struct copy_found found;
        struct copies *copies = copies_new();
        assert_non_null(copies);
        struct segment a = made_segment(1, 0), again = made_segment(9000, 10);
        assert_false(copies_segment(copies, &a, &found));
        for (uint32_t i = 1; i <= others; i++) {
            struct segment other = made_segment(1 + i, 0);
            other.seq += i;
            other.ip_id = (uint16_t)(100 + i);
            assert_false(copies_segment(copies, &other, &found));
        }
        assert_int_equal(copies_segment(copies, &again, &found), others < COPY_RING);
        copies_free(copies);
    }
}

static void third_view(void **state)
{
    (void)state;
    struct copy_found found = { .original = 0 };
    struct copies *copies = copies_new();
    assert_non_null(copies);
    for (uint64_t frame = 1; frame <= 3; frame++) {
        struct segment s = made_segment(frame, (int64_t)frame);
        assert_int_equal(copies_segment(copies, &s, &found), frame > 1);
    }
    assert_int_equal(found.original, 1);
    copies_free(copies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_packet),      cmocka_unit_test(another_packet),
        cmocka_unit_test(without_id),       cmocka_unit_test(without_id_later),
        cmocka_unit_test(far_apart),        cmocka_unit_test(third_view),
        cmocka_unit_test(answer_again),     cmocka_unit_test(constant_id),
        cmocka_unit_test(passed_on),        cmocka_unit_test(old_stamp),
        cmocka_unit_test(same_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
