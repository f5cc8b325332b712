/* event: looking one up, and addresses in parts. */
#include "model/event.h"

#include <string.h>

#define ADDRESS_PART 10

static bool event_answers(const struct event *e, const struct event_query *query)
{
    return e->kind == query->kind &&
           (query->endpoint == EVENT_ANY || e->endpoint == query->endpoint) &&
           (query->detail == EVENT_ANY || e->detail == query->detail) &&
           (query->result == EVENT_ANY || e->result == query->result) &&
           (query->before == 0 || e->frame < query->before);
}

const struct event *event_find(const struct event *list, size_t count, struct event_query query)
{
    for (size_t i = 0; i < count; i++)
        if (event_answers(&list[i], &query))
            return &list[i];
    return NULL;
}

const struct event *event_find_last(const struct event *list, size_t count,
                                    struct event_query query)
{
    for (size_t i = count; i-- > 0;)
        if (event_answers(&list[i], &query))
            return &list[i];
    return NULL;
}

enum severity event_severity(const struct event *failure)
{
    if (failure->certainty > CERTAINTY_PROVED || failure->detail >= CHECK_N)
        return SEVERITY_NOTE;
    return checks[failure->detail].severity;
}

const struct event *event_first(const struct event *list, size_t count, enum event_kind kind,
                                int endpoint)
{
    return event_find(list, count, (struct event_query){ .kind = kind,
                                                         .endpoint = endpoint,
                                                         .detail = EVENT_ANY,
                                                         .result = EVENT_ANY });
}

const struct event *event_last_before(const struct event *list, size_t count,
                                      enum event_kind kind, int endpoint, uint64_t before)
{
    return event_find_last(list, count, (struct event_query){ .kind = kind,
                                                              .endpoint = endpoint,
                                                              .detail = EVENT_ANY,
                                                              .result = EVENT_ANY,
                                                              .before = before });
}

static bool event_enters(const struct event *e, enum endpoint_id endpoint, enum tcp_state state)
{
    return e->kind == EVENT_TRANSITION && e->endpoint == endpoint && e->to == state;
}

const struct event *event_entered(const struct event *list, size_t count,
                                  enum endpoint_id endpoint, enum tcp_state state)
{
    for (size_t i = 0; i < count; i++)
        if (event_enters(&list[i], endpoint, state))
            return &list[i];
    return NULL;
}

const struct event *event_entered_last(const struct event *list, size_t count,
                                       enum endpoint_id endpoint, enum tcp_state state)
{
    for (size_t i = count; i-- > 0;)
        if (event_enters(&list[i], endpoint, state))
            return &list[i];
    return NULL;
}

const struct event *event_fin(const struct event *list, size_t count, enum endpoint_id endpoint)
{
    const struct event *fin = event_entered(list, count, endpoint, STATE_FIN_WAIT_1);
    return fin != NULL ? fin : event_entered(list, count, endpoint, STATE_LAST_ACK);
}

/* The byte of an address at this place of a part; 0 behind the end. */
static uint32_t address_byte(const uint8_t address[16], unsigned part, unsigned at)
{
    unsigned place = part * ADDRESS_PART + at;
    return place < 16 ? address[place] : 0;
}

void event_put_address(struct event *event, const uint8_t address[16])
{
    unsigned part = event->detail;
    event->observed = event->expected = event->addend = 0;
    for (unsigned i = 0; i < 4; i++) {
        event->observed = event->observed << 8 | address_byte(address, part, i);
        event->expected = event->expected << 8 | address_byte(address, part, 4 + i);
    }
    event->addend = (uint16_t)(address_byte(address, part, 8) << 8 |
                               address_byte(address, part, 9));
}

void event_get_address(const struct event *event, uint8_t ret_address[16])
{
    for (unsigned i = 0; i < ADDRESS_PART; i++) {
        unsigned place = event->detail * ADDRESS_PART + i;
        uint32_t word = i < 4 ? event->observed : i < 8 ? event->expected : event->addend;
        unsigned last = i < 8 ? 3 : 1;
        if (place < 16)
            ret_address[place] = (uint8_t)(word >> 8 * (last - i % 4));
    }
}

bool event_reporter(const struct event *list, size_t count, const struct event *error,
                    const struct summary *summary, uint8_t ret_address[16])
{
    enum endpoint_id about = error->endpoint == SERVER ? SERVER : CLIENT;
    bool found = error->addend != REPORTER_ON_WAY;

    memset(ret_address, 0, 16);
    if (found) {
        enum endpoint_id who = error->addend == REPORTER_PEER ? endpoint_peer(about) : about;
        memcpy(ret_address, summary->endpoints[who].address, 16);
        return true;
    }
    for (const struct event *e = error + 1; e < list + count && e->frame == error->frame; e++) {
        if (e->kind != EVENT_ICMP_REPORTER)
            continue;
        event_get_address(e, ret_address);
        found = e->detail == (summary->ip_version == 6 ? 1 : 0); /* the last part came too */
    }
    if (!found)
        memset(ret_address, 0, 16);
    return found;
}

const struct event *event_rejection(const struct event *list, size_t count, uint8_t ip_version)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].kind == EVENT_ICMP_ERROR && list[i].endpoint == CLIENT &&
            notice_kind(ip_version, list[i].detail, list[i].result)->rejects)
            return &list[i];
    return NULL;
}

int64_t event_arrival(const struct event *list, size_t count, uint64_t frame, int64_t passed)
{
    int64_t arrival = passed;
    for (size_t i = 0; i < count; i++)
        if (list[i].kind == EVENT_VIEW && list[i].frame == frame && list[i].time > arrival)
            arrival = list[i].time;
    return arrival;
}
