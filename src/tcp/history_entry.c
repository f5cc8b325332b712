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

void entry_unpack(const struct entry *entry, const struct block *block, struct event *ret_event)
{
    uint64_t packed = entry->packed;
    *ret_event = (struct event){
        .kind = (uint8_t)entry_kind(entry),
        .endpoint = (uint8_t)entry_endpoint(entry),
        .certainty = (uint8_t)(packed >> 6 & 3),
        .detail = (uint8_t)entry_detail(entry),
        .observed = entry->number,
        .frame = block->base_frame + entry->frame,
    };
    if (kind_has_states(ret_event->kind)) {
        ret_event->from = ret_event->detail >> 4;
        ret_event->to = ret_event->detail & 15;
        ret_event->detail = 0;
    }
    if (ret_event->kind == EVENT_CHECK) {
        ret_event->addend = (uint16_t)(packed >> 16);
        ret_event->expected = (uint32_t)(packed >> 32);
        ret_event->result = CHECK_SKIPPED;
        if (ret_event->addend != ADDEND_SKIPPED)
            ret_event->result = (uint8_t)check_result_of(ret_event->detail, ret_event->observed,
                                                         ret_event->expected, ret_event->addend);
        if (ret_event->result == CHECK_SKIPPED)
            ret_event->observed = 0; /* kept for history_fail_check() only */
    } else if (ret_event->kind == EVENT_RESET) {
        ret_event->detail = (uint8_t)(packed >> 16 & 3);
        ret_event->result = (uint8_t)(packed >> 18 & 3);
        ret_event->expected = (uint32_t)(packed >> 20 & 1);
        ret_event->time = block->base_time + (int64_t)(packed >> 21);
    } else if (ret_event->kind == EVENT_ICMP_REPORTER) {
        ret_event->addend = (uint16_t)(packed >> 16);
        ret_event->expected = (uint32_t)(packed >> 32);
    } else if (ret_event->kind == EVENT_OVERLAP) {
        uint64_t distance = packed >> 32;
        ret_event->addend = (uint16_t)(packed >> 16);
        ret_event->evidence = distance != 0 ? ret_event->frame - distance : 0;
    } else {
        ret_event->time = entry_time(entry, block);
    }
    if (ret_event->kind == EVENT_ICMP_ERROR) {
        ret_event->observed = entry->number & 0xffff;
        ret_event->result = (uint8_t)(entry->number >> 16);
        ret_event->addend = (uint16_t)(entry->number >> 24);
    }
    if (ret_event->kind == EVENT_TRANSITION) {
        ret_event->evidence = entry->number ? block->base_frame + entry->number - 1 : 0;
        ret_event->observed = 0;
    }
}
