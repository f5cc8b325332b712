/* SYN floods: what makes one, and what only looks like it. The thresholds are those of the
 * catalogue: 100 SYNs left in one second, and fewer than one in ten of those not refused opened. */
#include <stdlib.h>

#include "diagnose_case.h"
#include "model/segment.h"
#include "model/victim.h"

/* What one attempt to connect came to. */
enum attempt { LEFT, LEFT_ANSWERED, OPENED, REFUSED, REPEATED, TAKEN_BACK, WENT_ON_UNSEEN,
               ONLY_FIN };

struct scene {
    struct registry *registry;
    uint64_t frame;
    int64_t end; /* ms: the capture goes on until then */
};

static struct scene scene_begin(int64_t end)
{
    struct scene scene = { .registry = registry_new(), .frame = 1, .end = end };
    assert_non_null(scene.registry);
    return scene;
}

/* A client at this address, to 192.0.2.20 at this port, at so many ms. */
static void scene_add(struct scene *scene, uint32_t client, uint16_t port, int64_t ms,
                      enum attempt attempt)
{
    struct diagnose_case c = case_syn();
    struct endpoint_summary *from = &c.summary.endpoints[CLIENT];
    struct endpoint_summary *to = &c.summary.endpoints[SERVER];
    for (int i = 0; i < 4; i++)
        from->address[i] = (uint8_t)(client >> (24 - 8 * i));
    memcpy(to->address, "\xc0\0\x02\x14", 4);
    to->port = port;
    from->port = (uint16_t)(1024 + scene->frame % 60000);
    switch (attempt) {
    case LEFT:
        break;
    case LEFT_ANSWERED:
        add_synack(&c, 2, 1);
        break;
    case OPENED:
        add_synack(&c, 2, 1);
        add_third_ack(&c, 3, 2);
        from->segments = 2;
        break;
    case REFUSED:
        c.summary.handshake = HANDSHAKE_REFUSED;
        to->resets = 1;
        break;
    case REPEATED:
        from->syns = from->segments = 2;
        break;
    case TAKEN_BACK:
        add_synack(&c, 2, 1);
        c.summary.handshake = HANDSHAKE_ABORTED;
        from->resets = 1;
        from->segments = 2;
        break;
    case WENT_ON_UNSEEN: /* nothing of the server was captured, but the client's data */
        from->segments = 5;
        break;
    case ONLY_FIN: /* SYNs and FINs were captured */
        add_synack(&c, 2, 1);
        from->segments = 2;
        from->fins = 1;
        break;
    }
    c.summary.id = c.summary.first_frame = scene->frame++;
    c.summary.first_time = at(ms);
    c.summary.capture_end = at(scene->end);
    run_with(&c, scene->registry);
}

/* Addresses that look random: an odd factor, all 32 bits. */
static uint32_t made_up(uint32_t n)
{
    return n * 2654435761u + 12345;
}

/* Of the 20,480 addresses of five providers. */
static uint32_t visitor(uint32_t n)
{
    static const uint32_t nets[] = { 0x52400000, 0x5b100000, 0x25c00000, 0xbc200000, 0x4e300000 };
    return nets[n % 5] + n * 7919 % 4096;
}

/* The finding at the end; false: none. */
static bool scene_end_with(struct scene *scene, const struct capture_facts *facts,
                           struct finding *ret)
{
    struct findings findings = { .count = 0 };
    bool found = false;
    registry_end(scene->registry, facts, &findings);
    registry_free(scene->registry);
    for (size_t i = 0; i < findings.count; i++) {
        if (findings.list[i].topic != TOPIC_SYN_FLOOD &&
            findings.list[i].topic != TOPIC_SYNS_UNDECIDED)
            continue;
        assert_false(found);
        *ret = findings.list[i];
        found = true;
    }
    return found;
}

static bool scene_end(struct scene *scene, struct finding *ret)
{
    const struct capture_facts facts = { .segments = scene->frame };
    return scene_end_with(scene, &facts, ret);
}

/* A connection elsewhere: the capture has the third ACK of a handshake. */
static void scene_acks(struct scene *scene)
{
    scene_add(scene, visitor(1), 22, 0, OPENED);
}

/* The server answers each; 100 within a second is an alarm, 99 is only to be seen at 100 in all. */
static void answered(void **state)
{
    (void)state;
    struct finding f;
    struct scene scene = scene_begin(5000);
    scene_acks(&scene);
    for (uint32_t i = 0; i < 100; i++)
        scene_add(&scene, made_up(i), 443, i * 9, LEFT_ANSWERED);
    assert_true(scene_end(&scene, &f));
    assert_int_equal(f.severity, SEVERITY_ATTACK);
    assert_int_equal(f.scope, SCOPE_HOST);
    assert_int_equal(f.certainty, CERTAINTY_INFERRED);
    assert_memory_equal(f.host, "\xc0\0\x02\x14", 4);
    assert_int_equal(f.host_port, 443);
    assert_int_equal(f.n, 100);
    assert_in_range(f.m, 98, 102);
    assert_int_equal(f.rate, 100);
    assert_int_equal(f.opened, 0);
    assert_int_equal(f.time, 99 * 9 * MS);
    assert_int_equal(f.evidence[0].frame, 2);
    scene = scene_begin(5000);
    scene_acks(&scene);
    for (uint32_t i = 0; i < 100; i++) /* 50 in each of two seconds */
        scene_add(&scene, made_up(i), 443, i * 20, LEFT_ANSWERED);
    assert_true(scene_end(&scene, &f));
    assert_int_equal(f.severity, SEVERITY_NOTE);
    scene = scene_begin(5000);
    scene_acks(&scene);
    for (uint32_t i = 0; i < 99; i++)
        scene_add(&scene, made_up(i), 443, i * 9, LEFT_ANSWERED);
    assert_false(scene_end(&scene, &f));
}

/* One in ten of a second opened: no flood. One in eleven: 12 of 132 are 9.09 %. */
static void busy(void **state)
{
    (void)state;
    struct finding f;
    for (uint32_t opened = 12; opened <= 14; opened += 2) { /* 14 of 134 are 10.4 % */
        struct scene scene = scene_begin(5000);
        for (uint32_t i = 0; i < 120; i++)
            scene_add(&scene, visitor(i), 443, i * 8, LEFT_ANSWERED);
        for (uint32_t i = 0; i < opened; i++)
            scene_add(&scene, visitor(200 + i), 443, i, OPENED);
        assert_int_equal(scene_end(&scene, &f), opened == 12);
    }
}

/* 10,000 connections in a second, those of the last 50 ms not open yet when the capture ends. */
static void cut_off(void **state)
{
    (void)state;
    struct finding f;
    struct scene scene = scene_begin(1000);
    for (uint32_t i = 0; i < 10000; i++)
        scene_add(&scene, visitor(i), 443, i / 10, i < 9500 ? OPENED : LEFT);
    assert_false(scene_end(&scene, &f));
    /* And one that shows nothing but such: too short to tell anything. */
    scene = scene_begin(50);
    for (uint32_t i = 0; i < 500; i++)
        scene_add(&scene, visitor(i), 443, i / 10, LEFT_ANSWERED);
    assert_false(scene_end(&scene, &f));
}

/* A server that went down: real clients send their SYN again after a second. */
static void down(void **state)
{
    (void)state;
    struct finding f;
    struct scene scene = scene_begin(20000);
    for (uint32_t i = 0; i < 1000; i++)
        scene_add(&scene, visitor(i), 443, i, OPENED);
    for (uint32_t i = 0; i < 5000; i++)
        scene_add(&scene, visitor(i), 443, 1000 + i, REPEATED);
    assert_false(scene_end(&scene, &f));
    /* Had they not, it would be one. */
    scene = scene_begin(20000);
    for (uint32_t i = 0; i < 1000; i++)
        scene_add(&scene, visitor(i), 443, i, OPENED);
    for (uint32_t i = 0; i < 5000; i++)
        scene_add(&scene, visitor(i), 443, 1000 + i, LEFT);
    assert_true(scene_end(&scene, &f));
    assert_int_equal(f.severity, SEVERITY_ATTACK);
    assert_int_equal(f.n, 6000);
    assert_int_equal(f.opened, 1000);
    assert_int_equal(f.rate, 1000);
}

/* What refuses, what is taken back with a RST as scanners do, and what went on: no flood. */
static void other_ends(void **state)
{
    (void)state;
    static const enum attempt attempts[] = { OPENED, REFUSED, TAKEN_BACK, WENT_ON_UNSEEN };
    for (size_t n = 0; n < sizeof attempts / sizeof attempts[0]; n++) {
        struct finding f;
        struct scene scene = scene_begin(20000);
        for (uint32_t i = 0; i < 3000; i++)
            scene_add(&scene, made_up(i), 443, i / 3, attempts[n]);
        assert_false(scene_end(&scene, &f));
    }
}

/* A scan: one source, a thousand ports, none answers. No service has many. */
static void port_scan(void **state)
{
    (void)state;
    struct finding f;
    struct scene scene = scene_begin(20000);
    for (uint32_t i = 0; i < 1000; i++)
        scene_add(&scene, visitor(1), (uint16_t)(1 + i), i, LEFT);
    assert_false(scene_end(&scene, &f));
}

/* Only SYNs were captured, of a busy service (a filter may do this): to be seen, no attack. Random
 * addresses make it one: of 3,000 numbers in 32 bits hardly any comes twice, some 14 % are of nets
 * that nobody can have, and the octets are spread evenly. */
static void only_syns(void **state)
{
    (void)state;
    struct finding f;
    struct scene scene = scene_begin(20000);
    for (uint32_t i = 0; i < 3000; i++)
        scene_add(&scene, visitor(i), 443, i, LEFT);
    assert_true(scene_end(&scene, &f));
    assert_int_equal(f.severity, SEVERITY_NOTE);
    assert_int_equal(f.certainty, CERTAINTY_ASSUMED);
    scene = scene_begin(20000);
    for (uint32_t i = 0; i < 3000; i++)
        scene_add(&scene, made_up(i), 443, i, LEFT);
    assert_true(scene_end(&scene, &f));
    assert_int_equal(f.severity, SEVERITY_ATTACK);
    assert_int_equal(f.certainty, CERTAINTY_INFERRED);
}

/* SYNs and their answers were captured, or FINs as well, and no ACK of anybody: nothing shows that
 * there were none. */
static void only_control(void **state)
{
    (void)state;
    struct finding f;
    for (int acks = 0; acks < 2; acks++) {
        struct scene scene = scene_begin(20000);
        for (uint32_t i = 0; i < 3000; i++)
            scene_add(&scene, visitor(i), 443, i, LEFT_ANSWERED);
        scene_add(&scene, visitor(1), 22, 4000, ONLY_FIN);
        if (acks != 0)
            scene_acks(&scene);
        assert_true(scene_end(&scene, &f));
        assert_int_equal(f.topic, acks != 0 ? TOPIC_SYN_FLOOD : TOPIC_SYNS_UNDECIDED);
        assert_int_equal(f.severity, acks != 0 ? SEVERITY_ATTACK : SEVERITY_NOTE);
    }
}

/* A service that went down while it had 1,000 new clients a second: those whose SYNs were counted
 * without records from 2.0 to 3.5 sent them again; those after had less than 1.5 s
 * for it (the capture ends at 5.0). Where sources are made up nobody does. */
static void last_second(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        struct victim *victim = calloc(1, sizeof *victim);
        const struct victim *list[1] = { victim };
        const struct capture_facts facts = { .victims = list, .victim_count = 1 };
        struct finding f;
        assert_non_null(victim);
        memcpy(victim->address, "\xc0\0\x02\x14", 4);
        victim->port = 443;
        victim->ip_version = 4;
        for (uint32_t i = 0; i < 3000; i++) {
            uint32_t client = n == 2 ? made_up(i) : visitor(i);
            uint8_t source[16] = { (uint8_t)(client >> 24), (uint8_t)(client >> 16),
                                   (uint8_t)(client >> 8), (uint8_t)client };
            const struct syn_note note = { .source = source, .frame = 5000 + i,
                                           .time = at(2000 + i) };
            victim_note(victim, &note);
            if (i < 1500 && n == 0) /* the second SYN of those who had time came */
                victim_turned_out(victim, note.time, SYN_LEFT, SYN_MEANT);
        }
        struct scene scene = scene_begin(5000);
        for (uint32_t i = 0; i < 2000; i++)
            scene_add(&scene, visitor(i), 443, i, OPENED);
        bool found = scene_end_with(&scene, &facts, &f);
        assert_int_equal(found, n > 0); /* 1: nobody sent its SYN again in second 3 */
        if (n > 0)
            assert_int_equal(f.severity, SEVERITY_ATTACK);
        free(victim);
    }
}

/* What is taken back from another second than it was counted in leaves none below zero. */
static void taken_back_elsewhere(void **state)
{
    (void)state;
    uint8_t source[16] = { 192, 0, 2, 1 };
    struct victim *victim = calloc(1, sizeof *victim);
    struct syn_note note = { .source = source, .frame = 1, .time = at(0) };
    assert_non_null(victim);
    victim->ip_version = 4;
    victim_note(victim, &note);
    victim_turned_out(victim, at(0), SYN_LEFT, SYN_MEANT);
    note.time = at(1000);
    victim_note(victim, &note);
    for (int i = 0; i < 3; i++)
        victim_take_back(victim, at(1000), SYN_MEANT);
    assert_int_equal(victim->begun, 0);
    assert_int_equal(victim->meant, 0);
    for (unsigned i = 0; i < VICTIM_SECONDS; i++)
        assert_true(victim->seconds[i].begun <= 1 && victim->seconds[i].meant <= 1);
    free(victim);
}

/* A second stays known: the flood of it, among a day of traffic, and connections that are settled
 * an hour later, as NDJSON does it. */
static void long_ago(void **state)
{
    (void)state;
    struct finding f;
    struct scene scene = scene_begin(90000000);
    for (uint32_t i = 0; i < 500; i++)
        scene_add(&scene, made_up(i), 443, 5000 + i, LEFT_ANSWERED);
    for (uint32_t i = 0; i < 20000; i++)
        scene_add(&scene, visitor(i), 443, 10000 + i * 4000, OPENED);
    assert_true(scene_end(&scene, &f));
    assert_int_equal(f.severity, SEVERITY_ATTACK);
    assert_int_equal(f.rate, 500);
    assert_int_equal(f.n, 20500);
    scene = scene_begin(90000000);
    for (uint32_t i = 0; i < 500; i++)
        scene_add(&scene, visitor(i), 443, 5000 + i, LEFT_ANSWERED);
    for (uint32_t i = 0; i < 20000; i++)
        scene_add(&scene, visitor(i), 443, 10000 + i * 4000, OPENED);
    for (uint32_t i = 0; i < 500; i++) /* of the same second, but they lasted */
        scene_add(&scene, visitor(i), 443, 5000 + i, OPENED);
    assert_false(scene_end(&scene, &f));
}

/* A flood, and then more services than there are places for: it is told all the same. */
static void pushed_out(void **state)
{
    (void)state;
    struct finding f;
    struct scene scene = scene_begin(90000);
    for (uint32_t i = 0; i < 200; i++)
        scene_add(&scene, made_up(i), 443, i, LEFT_ANSWERED);
    for (uint32_t i = 0; i < 60000; i++)
        scene_add(&scene, visitor(i), (uint16_t)(1000 + i), 2000 + i, OPENED);
    assert_true(scene_end(&scene, &f));
    assert_int_equal(f.n, 200);
    assert_int_equal(f.host_port, 443);
}

/* All SYNs are told, those of the last 1.5 s, too: 1,000 and 1,000, of which the first are judged.
 * 1,900 sources (100 come twice) are told with two digits, within three errors of 2.3 %. */
static void all_told(void **state)
{
    (void)state;
    struct finding f;
    struct scene scene = scene_begin(10000);
    for (uint32_t i = 0; i < 1000; i++)
        scene_add(&scene, made_up(i), 443, 5000 + i, LEFT_ANSWERED);
    for (uint32_t i = 0; i < 1000; i++)
        scene_add(&scene, made_up(900 + i), 443, 9000 + i, LEFT_ANSWERED);
    assert_true(scene_end(&scene, &f));
    assert_int_equal(f.topic, TOPIC_SYN_FLOOD);
    assert_int_equal(f.n, 2000);
    assert_int_equal(f.rate, 1000);
    assert_int_equal(f.evidence[1].frame, 1); /* the second that is judged */
    assert_int_equal(f.time, 4999 * MS);
    assert_in_range(f.m, 1769, 2031);
    assert_int_equal(f.m % 100, 0);
}

/* Who came 1.5 s before the end could have sent a second SYN, who came later could not. */
static void young(void **state)
{
    (void)state;
    struct finding f;
    for (int64_t end = 6000; end <= 8000; end += 2000) {
        struct scene scene = scene_begin(end);
        scene_acks(&scene);
        for (uint32_t i = 0; i < 200; i++)
            scene_add(&scene, made_up(i), 443, 5000 + i, LEFT_ANSWERED);
        assert_true(scene_end(&scene, &f));
        assert_int_equal(f.topic, end == 8000 ? TOPIC_SYN_FLOOD : TOPIC_SYNS_UNDECIDED);
        assert_int_equal(f.severity, end == 8000 ? SEVERITY_ATTACK : SEVERITY_NOTE);
        assert_int_equal(f.n, 200);
    }
}

/* A flood within a second that ends the capture: it cannot be told from a busy service, unless
 * connections open: 200 of 1,950 are more than one in ten. */
static void too_short(void **state)
{
    (void)state;
    struct finding f;
    struct scene scene = scene_begin(1000);
    for (uint32_t i = 0; i < 2000; i++)
        scene_add(&scene, made_up(i), 443, i / 2, LEFT);
    assert_true(scene_end(&scene, &f));
    assert_int_equal(f.topic, TOPIC_SYNS_UNDECIDED);
    assert_int_equal(f.severity, SEVERITY_NOTE);
    assert_int_equal(f.n, 2000);
    assert_int_equal(f.opened, 0);
    assert_int_equal(f.evidence[0].frame, 1);
    scene = scene_begin(1000);
    for (uint32_t i = 0; i < 1750; i++)
        scene_add(&scene, visitor(i), 443, i / 2, LEFT_ANSWERED);
    for (uint32_t i = 0; i < 200; i++)
        scene_add(&scene, visitor(3000 + i), 443, i, OPENED);
    assert_false(scene_end(&scene, &f));
}

/* What the tracker counted without records is added, and told even without any record. */
static void aggregated(void **state)
{
    (void)state;
    struct victim *victim = calloc(1, sizeof *victim);
    const struct victim *list[1] = { victim };
    const struct capture_facts facts = { .victims = list, .victim_count = 1, .end = at(5000) };
    struct finding f;
    assert_non_null(victim);
    memcpy(victim->address, "\xc0\0\x02\x14", 4);
    victim->port = 443;
    victim->ip_version = 4;
    for (uint32_t i = 0; i < 3000; i++) {
        uint8_t source[16] = { (uint8_t)(made_up(i) >> 24), (uint8_t)(made_up(i) >> 16),
                               (uint8_t)(made_up(i) >> 8), (uint8_t)made_up(i) };
        const struct syn_note note = { .source = source, .frame = 1000 + i, .time = at(i / 4) };
        victim_note(victim, &note);
    }
    struct scene scene = scene_begin(5000);
    for (uint32_t i = 0; i < 150; i++)
        scene_add(&scene, made_up(10000 + i), 443, i, LEFT_ANSWERED);
    assert_true(scene_end_with(&scene, &facts, &f));
    assert_int_equal(f.n, 3150);
    assert_int_equal(f.rate, 3150); /* all of one second */
    assert_int_equal(f.evidence[0].frame, 1);
    scene = scene_begin(5000);
    assert_true(scene_end_with(&scene, &facts, &f));
    assert_int_equal(f.n, 3000);
    assert_int_equal(f.evidence[0].frame, 1000);
    free(victim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answered),   cmocka_unit_test(busy),      cmocka_unit_test(cut_off),
        cmocka_unit_test(down),       cmocka_unit_test(other_ends), cmocka_unit_test(port_scan),
        cmocka_unit_test(only_syns),  cmocka_unit_test(long_ago),  cmocka_unit_test(pushed_out),
        cmocka_unit_test(aggregated), cmocka_unit_test(all_told),  cmocka_unit_test(young),
        cmocka_unit_test(too_short),  cmocka_unit_test(only_control),
        cmocka_unit_test(last_second), cmocka_unit_test(taken_back_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
