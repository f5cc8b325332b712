/* shard: what a part of the connections has of its own. */
#include "tcp/shard.h"

#include <stdlib.h>

#include "tcp/flood.h"
#include "tcp/loss_book.h"

/* Blocks of logs: a quarter more than connections, and some for few. */
static uint32_t blocks_max(uint32_t room)
{
    uint64_t blocks = (uint64_t)room * 5 / 4 + 1024;
    return blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX - 1;
}

bool shard_init(struct shard *shard, struct whole *whole, uint32_t room, bool ahead)
{
    const struct tracker_options *options = &whole->options;
    *shard = (struct shard){ .whole = whole, .room = room, .due = INT64_MAX,
                             .lessons = { .whole = whole, .direct = true } };
    shard->table = flow_table_new(sizeof(struct connection), room, &options->secret);
    shard->pool = history_pool_new(blocks_max(room), options->all_checks);
    shard->tombstones = tombstones_new(room, &options->secret);
    const struct flood_options flooding = {
        .waiting_max = (options->waiting_max + whole->shards - 1) / whole->shards,
        .bytes = options->embryo_bytes / whole->shards,
        .secret = options->secret,
    };
    shard->flood = flood_new(&flooding);
    if (ahead)
        shard->lessons.list = malloc(LESSONS_MAX * sizeof *shard->lessons.list);
    if (shard->table == NULL || shard->pool == NULL || shard->tombstones == NULL ||
        shard->flood == NULL || (ahead && shard->lessons.list == NULL))
        return false;
    if (options->no_shortcut)
        history_take_no_shortcut(shard->pool);
    struct losses *losses = history_losses(shard->pool);
    losses->several_inputs = options->several_inputs;
    /* Of all connections each shard has its part; of chosen ones one may need all. */
    uint64_t segments = options->segments_max;
    losses_keep_segments(losses, options->segments_each > 0 ? segments : segments / whole->shards,
                         options->segments_each);
    return !options->keep_log || losses_keep_bytes(losses, &options->secret);
}

void shard_done(struct shard *shard)
{
    flow_table_free(shard->table);
    history_pool_free(shard->pool);
    tombstones_free(shard->tombstones);
    flood_free(shard->flood);
    roll_done(&shard->roll);
    free(shard->lessons.list);
}
