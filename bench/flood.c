/*
 * flood: an odd factor makes of the numbers 0, 1, 2, ... as many different ones, which look random.
 */
#include "flood.h"

#include <inttypes.h>

#define FACTOR UINT64_C(0x9e3779b97f4b)
#define VICTIM 251 /* 198.51.100.251: a server of its own */
#define SERVICE 443

/* Where the next SYN comes from. */
static void source_choose(struct flood *flood, struct identity *id)
{
    uint64_t source = (flood->sent++ * FACTOR + flood->seed) & UINT64_C(0xffffffffffff);

    id->port[SIDE_CLIENT] = (uint16_t)source;
    id->port[SIDE_SERVER] = SERVICE;
    id->ip_id[SIDE_CLIENT] = (uint16_t)source;
    if (flood->options.crafted) {
        /* The halves of the address and the ports: x + (ffff - x) and x ^ (ffff - x) are ffff. */
        source = (source >> 16 & 0xffffffff) << 16;
        id->port[SIDE_CLIENT] = (uint16_t)(0xffff - (source >> 32));
        id->port[SIDE_SERVER] = (uint16_t)(0xffff - (source >> 16 & 0xffff));
    }
    for (int i = 0; i < 4; i++)
        id->address[SIDE_CLIENT][i] = (uint8_t)(source >> (40 - 8 * i));
}

static bool syn_put(struct flood *flood, int64_t time, struct random *random)
{
    static const uint8_t victim[4] = { 198, 51, 100, VICTIM };
    struct identity id = { .ip_version = 4 };
    struct packet packet = { .time = time,
                             .flags = FLAG_SYN,
                             .seq = (uint32_t)(random_next(random) >> 32),
                             .window = 1024 };

    source_choose(flood, &id);
    for (int i = 0; i < 4; i++)
        id.address[SIDE_SERVER][i] = victim[i];
    id.ttl[SIDE_CLIENT] = 240;
    id.isn[SIDE_CLIENT] = packet.seq;
    if (!frame_writer_put(flood->writer, &id, &packet))
        return false;
    if (flood->truth != NULL)
        fprintf(flood->truth,
                "%" PRIu64 "\t%u.%u.%u.%u\t%u\t198.51.100.%d\t%u\t1\tunanswered\topen\t-\t0\t-"
                "\tflood\n",
                frame_writer_count(flood->writer), id.address[0][0], id.address[0][1],
                id.address[0][2], id.address[0][3], id.port[SIDE_CLIENT], VICTIM,
                id.port[SIDE_SERVER]);
    return true;
}

bool flood_before(struct flood *flood, int64_t time)
{
    const struct flood_options *options = &flood->options;

    while (flood->sent_timed < options->syns) {
        double passed = (double)flood->sent_timed / (double)options->syns;
        int64_t due = flood->epoch + options->after + (int64_t)(passed * (double)options->span);
        if (due >= time)
            return true;
        flood->sent_timed++;
        if (!syn_put(flood, due, &flood->timed))
            return false;
    }
    return true;
}

bool flood_keep(struct flood *flood, int64_t time, struct random *random)
{
    while ((double)(flood->sent - flood->sent_timed) <
           flood->options.share * (double)frame_writer_count(flood->writer))
        if (!syn_put(flood, time, random))
            return false;
    return true;
}
