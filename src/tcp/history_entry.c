/* history_entry: an event to 16 bytes, and back. */
#include "tcp/history_entry.h"

#include <stdbool.h>

static bool kind_has_states(unsigned kind)
{
    return kind == EVENT_TRANSITION || kind == EVENT_RESET || kind == EVENT_PORT_REUSED;
}

static uint32_t pack_evidence(const struct block *block, uint64_t evidence)
{
    if (evidence < block->base_frame || evidence - block->base_frame >= UINT32_MAX)
        return 0;
    return (uint32_t)(evidence - block->base_frame) + 1;
}

/* How many frames before `frame` this one is; 0: it is not known, or too far away. */
static uint32_t pack_distance(uint64_t frame, uint64_t evidence)
{
    bool near = evidence != 0 && evidence < frame && frame - evidence < UINT32_MAX;
    return near ? (uint32_t)(frame - evidence) : 0;
}

void entry_pack(struct entry *entry, const struct block *block, const struct event *event)
{
    unsigned detail = kind_has_states(event->kind) ? (unsigned)(event->from << 4 | event->to)
                                                   : event->detail;
    uint64_t packed = entry_head(event->kind, event->endpoint, event->certainty, detail);
    uint64_t time = (uint64_t)(event->time - block->base_time);

    entry->frame = (uint32_t)(event->frame - block->base_frame);
    entry->number = event->observed;
    if (event->kind == EVENT_CHECK) {
        unsigned addend = event->result == CHECK_SKIPPED ? ADDEND_SKIPPED : event->addend;
        packed |= (uint64_t)addend << 16 | (uint64_t)event->expected << 32;
    } else if (event->kind == EVENT_RESET) {
        packed |= (uint64_t)(event->detail & 3) << 16 | (uint64_t)(event->result & 3) << 18 |
                  (uint64_t)(event->expected & 1) << 20 | time << 21;
    } else if (event->kind == EVENT_ICMP_REPORTER) {
        packed |= (uint64_t)event->addend << 16 | (uint64_t)event->expected << 32;
    } else if (event->kind == EVENT_OVERLAP) {
        packed |= (uint64_t)event->addend << 16 |
                  (uint64_t)pack_distance(event->frame, event->evidence) << 32;
    } else {
        packed |= time << 16;
    }
    if (event->kind == EVENT_ICMP_ERROR)
        entry->number = (event->observed & 0xffff) | (uint32_t)event->result << 16 |
                        (uint32_t)event->addend << 24;
    if (event->kind == EVENT_TRANSITION)
        entry->number = pack_evidence(block, event->evidence);
    entry->packed = packed;
}

/* What every entry has; all else is 0. */
static inline void head_unpack(const struct entry *entry, const struct block *block,
                               struct event *ret_event)
{
    *ret_event = (struct event){ .kind = (uint8_t)entry_kind(entry),
                                 .endpoint = (uint8_t)entry_endpoint(entry),
                                 .certainty = (uint8_t)entry_certainty(entry),
                                 .detail = (uint8_t)entry_detail(entry),
                                 .observed = entry->number,
                                 .frame = block->base_frame + entry->frame };
}

static void states_unpack(struct event *event)
{
    event->from = event->detail >> 4;
    event->to = event->detail & 15;
    event->detail = 0;
}

static void check_unpack(const struct entry *entry, struct event *event)
{
    event->addend = (uint16_t)(entry->packed >> 16);
    event->expected = (uint32_t)(entry->packed >> 32);
    event->result = (uint8_t)entry_result(entry);
    if (event->result == CHECK_SKIPPED)
        event->observed = 0; /* kept for history_fail_check() only */
}

static void transition_unpack(const struct entry *entry, const struct block *block,
                              struct event *event)
{
    states_unpack(event);
    event->evidence = entry->number ? block->base_frame + entry->number - 1 : 0;
    event->observed = 0;
    event->time = entry_time(entry, block);
}

static void reset_unpack(const struct entry *entry, const struct block *block,
                         struct event *event)
{
    states_unpack(event);
    event->detail = (uint8_t)(entry->packed >> 16 & 3);
    event->result = (uint8_t)(entry->packed >> 18 & 3);
    event->expected = (uint32_t)(entry->packed >> 20 & 1);
    event->time = block->base_time + (int64_t)(entry->packed >> 21);
}

/* The kinds of which a log has few. */
static void other_unpack(const struct entry *entry, const struct block *block,
                         struct event *event)
{
    uint64_t packed = entry->packed;
    if (event->kind == EVENT_ICMP_REPORTER) {
        event->addend = (uint16_t)(packed >> 16);
        event->expected = (uint32_t)(packed >> 32);
        return;
    }
    if (event->kind == EVENT_OVERLAP) {
        uint64_t distance = packed >> 32;
        event->addend = (uint16_t)(packed >> 16);
        event->evidence = distance != 0 ? event->frame - distance : 0;
        return;
    }
    event->time = entry_time(entry, block);
    if (event->kind == EVENT_PORT_REUSED)
        states_unpack(event);
    if (event->kind == EVENT_ICMP_ERROR) {
        event->observed = entry->number & 0xffff;
        event->result = (uint8_t)(entry->number >> 16);
        event->addend = (uint16_t)(entry->number >> 24);
    }
}

void entry_unpack(const struct entry *entry, const struct block *block, struct event *ret_event)
{
    unsigned kind = entry_kind(entry);
    head_unpack(entry, block, ret_event);
    if (kind == EVENT_CHECK)
        check_unpack(entry, ret_event);
    else if (kind == EVENT_TRANSITION)
        transition_unpack(entry, block, ret_event);
    else if (kind == EVENT_RESET)
        reset_unpack(entry, block, ret_event);
    else
        other_unpack(entry, block, ret_event);
}
