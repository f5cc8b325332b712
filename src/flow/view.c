/* view: what tells segments apart, taken from a segment and compared. */
#include "flow/view.h"

#include <string.h>

#include "base/siphash.h"

/* No way takes longer. An IP id comes again within a second at 10 Gbit/s, but hardly with all
 * other numbers equal. */
#define NEAR_NS (UINT64_C(5) * 1000000000)

/* Cards and kernels join up to 64 KiB. */
#define RANGE_MAX 65536u

struct view_identity view_identity(const struct segment *segment)
{
    struct view_identity identity = {
        .source_port = segment->source_port,
        .destination_port = segment->destination_port,
        .seq = segment->seq,
        .ack = segment->ack,
        .payload_len = segment->payload_len,
        .flags = segment->flags,
        .window = segment->window,
        .ip_id = segment->ip_version == 4 ? segment->ip_id : 0,
        .ip_version = segment->ip_version,
    };
    memcpy(identity.source, segment->source, sizeof identity.source);
    memcpy(identity.destination, segment->destination, sizeof identity.destination);
    return identity;
}

struct view_stamp view_stamp(const struct segment *segment)
{
    if (segment->options & OPTION_TIMESTAMPS)
        return (struct view_stamp){ segment->tsval, segment->tsecr, STAMP_READ };
    if (segment->facts & FACT_OPTIONS_TRUNCATED)
        return (struct view_stamp){ 0, 0, STAMP_CUT_OFF };
    return (struct view_stamp){ 0, 0, STAMP_NONE };
}

bool view_identity_equal(const struct view_identity *a, const struct view_identity *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

uint32_t view_identity_hash(const struct view_identity *identity,
                            const struct flow_secret *secret)
{
    return (uint32_t)siphash13(secret->key, identity, sizeof *identity);
}

bool view_same_stream(const struct view_identity *a, const struct view_identity *b)
{
    return a->ack == b->ack && a->source_port == b->source_port &&
           a->destination_port == b->destination_port && a->ip_version == b->ip_version &&
           memcmp(a->source, b->source, sizeof a->source) == 0 &&
           memcmp(a->destination, b->destination, sizeof a->destination) == 0;
}

bool view_stamp_equal(struct view_stamp a, struct view_stamp b)
{
    return a.known == b.known && a.tsval == b.tsval && a.tsecr == b.tsecr;
}

bool view_stamp_may_equal(struct view_stamp a, struct view_stamp b)
{
    return a.known == STAMP_CUT_OFF || b.known == STAMP_CUT_OFF || view_stamp_equal(a, b);
}

uint32_t view_range_length(const struct view_identity *identity)
{
    if ((identity->flags & (TCP_SYN | TCP_RST)) || identity->payload_len == 0 ||
        identity->payload_len >= RANGE_MAX)
        return 0;
    return identity->payload_len + ((identity->flags & TCP_FIN) ? 1u : 0u);
}

bool view_time_near(int64_t a, int64_t b)
{
    uint64_t apart = a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
    return apart <= NEAR_NS;
}

int64_t view_time_since(int64_t since, int64_t now)
{
    int64_t elapsed;
    if (!__builtin_sub_overflow(now, since, &elapsed))
        return elapsed;
    return now > since ? INT64_MAX : INT64_MIN;
}
