#include "trait_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diagnose/registry.h"
#include "model/trait.h"

/* One connection as it is counted. */
struct counted {
    struct summary summary;
    struct findings findings;
    uint64_t traits;
    bool read;
};

struct compared {
    struct registry *asked, *gated, *ends; /* of everything; where needed; without findings */
    struct counted *list;
    size_t count, at;
    uint64_t traits; /* of the connection at hand */
    struct traits_held held;
};

static bool note_traits(void *context, uint64_t traits)
{
    struct compared *compared = context;
    compared->traits = traits;
    return registry_reads_events(compared->gated, traits);
}

static void count_brief(void *context, const struct summary *summary, const struct event *events,
                        size_t count)
{
    struct compared *compared = context;
    struct counted *list =
        realloc(compared->list, (compared->count + 1) * sizeof *compared->list);
    assert_non_null(list);
    compared->list = list;
    struct counted *counted = &list[compared->count++];
    memset(counted, 0, sizeof *counted);
    counted->summary = *summary;
    counted->traits = compared->traits;
    counted->read = events != NULL;
    const struct facts facts = facts_read(summary, events, count);
    registry_connection(compared->gated, &facts, &counted->findings);
    registry_count(compared->ends, &facts);
}

static void findings_compare(const struct findings *asked, const struct findings *gated)
{
    assert_int_equal(asked->count, gated->count);
    assert_int_equal(asked->dropped, gated->dropped);
    for (size_t i = 0; i < asked->count; i++) {
        const struct finding *a = &asked->list[i], *b = &gated->list[i];
        assert_string_equal(topic_row(a->topic)->id, topic_row(b->topic)->id);
        assert_int_equal(a->severity, b->severity);
        assert_int_equal(a->certainty, b->certainty);
        assert_int_equal(a->endpoint, b->endpoint);
        assert_int_equal(a->connection, b->connection);
        assert_int_equal(a->n, b->n);
        assert_int_equal(a->m, b->m);
        assert_int_equal(a->time, b->time);
        assert_int_equal(a->evidence_count, b->evidence_count);
        for (size_t j = 0; j < a->evidence_count; j++) {
            assert_int_equal(a->evidence[j].frame, b->evidence[j].frame);
            assert_int_equal(a->evidence[j].value, b->evidence[j].value);
        }
    }
}

/* What connection_detail() adds. */
static void detail_remove(struct summary *summary)
{
    for (int id = CLIENT; id <= SERVER; id++) {
        summary->endpoints[id].metrics = NULL;
        memset(&summary->endpoints[id].limits, 0, sizeof summary->endpoints[id].limits);
    }
    memset(&summary->exchanges, 0, sizeof summary->exchanges);
    memset(summary->zeek_states, 0, sizeof summary->zeek_states);
    memset(summary->zeek_history, 0, sizeof summary->zeek_history);
    summary->completeness = 0;
    summary->neighbours_known = false;
    summary->segments = NULL;
    summary->segments_left_out = 0;
}

static void compare_whole(void *context, const struct summary *summary,
                          const struct event *events, size_t count)
{
    struct compared *compared = context;
    const struct counted *counted = &compared->list[compared->at++];
    const struct facts facts = facts_read(summary, events, count);
    struct findings findings = { .count = 0 };
    struct summary brief = *summary;

    assert_true(compared->at <= compared->count);
    assert_true(facts.traits == counted->traits); /* tcp/history_read sees what is there */
    registry_connection(compared->asked, &facts, &findings);
    findings_compare(&findings, &counted->findings);
    detail_remove(&brief);
    assert_memory_equal(&brief, &counted->summary, sizeof brief);
    compared->held.connections++;
    compared->held.unread += count > 0 && !counted->read;
    compared->held.findings += findings.count;
}

/* What is found of hosts and of the capture. */
static struct findings end_read(struct registry *registry)
{
    const struct capture_facts facts = { .segments = 1000, .copies = 100, .misordered = 100 };
    struct findings findings = { .count = 0 };
    registry_end(registry, &facts, &findings);
    return findings;
}

struct traits_held traits_hold(const struct tracker *tracker)
{
    struct compared compared = { .asked = registry_new(), .gated = registry_new(),
                                 .ends = registry_new() };
    const struct tracker_brief brief = { note_traits, count_brief, &compared };

    assert_true(compared.asked != NULL && compared.gated != NULL && compared.ends != NULL);
    registry_ask_all(compared.asked);
    tracker_each_brief(tracker, &brief);
    tracker_each(tracker, compare_whole, &compared);
    assert_int_equal(compared.at, compared.count);
    const struct findings asked = end_read(compared.asked), gated = end_read(compared.gated);
    const struct findings ends = end_read(compared.ends);
    findings_compare(&asked, &gated);
    findings_compare(&asked, &ends);
    for (size_t i = 0; i < asked.count; i++)
        compared.held.queue_full |= asked.list[i].topic == TOPIC_LISTEN_QUEUE_OVERFLOW;
    registry_free(compared.asked);
    registry_free(compared.gated);
    registry_free(compared.ends);
    free(compared.list);
    return compared.held;
}
