/*
 * generate: a capture of many connections at once, and beside it what happened in each. The same
 * options and seed give the same bytes on every machine.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flood.h"
#include "frame_writer.h"
#include "life.h"
#include "plots.h"
#include "script.h"
#include "settings.h"

#define HOSTS 4096
#define SERVERS 250
#define PORT_FIRST 32768 /* the range of Linux */
#define PORT_LAST 60999

struct host {
    uint32_t number;
    uint16_t port; /* the next one it uses */
};

/* A life that goes on, with its next segment. */
struct actor {
    struct life life;
    struct packet packet;
    bool again; /* the next event is not a segment: another connection on the same ports */
};

struct generator {
    struct settings settings;
    struct plots plots;
    struct random random;
    struct frame_writer *writer;
    FILE *truth;
    struct host hosts[HOSTS];
    struct actor *actors;
    uint32_t *heap; /* of actors, by the time of their next event */
    uint32_t heap_count;
    struct flood flood;
    uint64_t opened;
    size_t plot; /* of every connection, where one was named */
};

static int64_t actor_time(const struct actor *actor)
{
    return actor->again ? actor->life.now : actor->packet.time;
}

static bool actor_before(const struct generator *g, uint32_t a, uint32_t b)
{
    int64_t x = actor_time(&g->actors[a]), y = actor_time(&g->actors[b]);
    return x != y ? x < y : a < b;
}

static void heap_down(struct generator *g, uint32_t at)
{
    for (;;) {
        uint32_t least = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < g->heap_count; child++)
            if (actor_before(g, g->heap[child], g->heap[least]))
                least = child;
        if (least == at)
            return;
        uint32_t moved = g->heap[at];
        g->heap[at] = g->heap[least];
        g->heap[least] = moved;
        at = least;
    }
}

/* An address of documentation (RFC 5737, RFC 3849), or of a private net for the many clients. */
static void address_make(uint8_t address[16], const struct identity *id, enum side side,
                         uint32_t number)
{
    static const uint8_t ipv6[6] = { 0x20, 0x01, 0x0d, 0xb8, 0, 1 };
    memset(address, 0, 16);
    if (id->ip_version == 6) {
        memcpy(address, ipv6, sizeof ipv6);
        address[7] = side == SIDE_CLIENT ? 1 : 2;
        for (int i = 0; i < 4; i++)
            address[12 + i] = (uint8_t)(number >> (24 - 8 * i));
    } else if (side == SIDE_CLIENT) {
        address[0] = 10;
        for (int i = 0; i < 3; i++)
            address[1 + i] = (uint8_t)(number >> (16 - 8 * i));
    } else {
        static const uint8_t net[3] = { 198, 51, 100 };
        memcpy(address, net, sizeof net);
        address[3] = (uint8_t)(1 + number);
    }
}

/* No two lives have the same addresses and ports: who has used all its ports gets a new number. */
static uint16_t host_port(struct host *host)
{
    if (host->port > PORT_LAST) {
        host->port = PORT_FIRST;
        host->number += HOSTS;
    }
    return host->port++;
}

static void identity_choose(struct generator *g, struct identity *id)
{
    static const uint16_t services[] = { 443, 443, 443, 80, 80, 22, 25, 3306, 5432, 8080 };
    static const uint8_t ttls[] = { 64, 63, 57, 52, 128, 116 };
    struct random *r = &g->random;
    struct host *host = &g->hosts[random_below(r, HOSTS)];

    *id = (struct identity){ .ip_version = random_chance(r, g->settings.ipv6) ? 6 : 4 };
    id->port[SIDE_CLIENT] = host_port(host);
    id->port[SIDE_SERVER] = services[random_below(r, 10)];
    address_make(id->address[SIDE_CLIENT], id, SIDE_CLIENT, host->number);
    address_make(id->address[SIDE_SERVER], id, SIDE_SERVER, random_below(r, SERVERS));
    if (random_chance(r, g->settings.vlan))
        id->vlan = (uint16_t)(1 + random_below(r, 200));
    id->timestamps = random_below(r, 10) != 0;
    id->sack = id->timestamps || random_below(r, 4) != 0;
    id->scale = id->sack;
    id->mss = (uint16_t)((id->ip_version == 4 ? 1460 : 1440) - (id->timestamps ? 12 : 0));
    for (int i = 0; i < 2; i++) {
        id->ttl[i] = ttls[random_below(r, 6)];
        id->ip_id[i] = (uint16_t)random_next(r);
        id->payload[i] = (uint16_t)random_next(r);
    }
}

static bool opening_allowed(const struct generator *g)
{
    if (g->settings.connections != 0)
        return g->opened < g->settings.connections;
    return frame_writer_count(g->writer) < g->settings.packets;
}

/* The next event of an actor; false: its life is over. */
static bool actor_next(struct generator *g, struct actor *actor)
{
    enum script_event event =
        script_next(&actor->life, &g->settings.life, &g->random, &actor->packet);
    actor->again = event == SCRIPT_AGAIN;
    return event != SCRIPT_END;
}

static void actor_begin(struct generator *g, struct actor *actor, int64_t start)
{
    identity_choose(g, &actor->life.identity);
    size_t plot = g->settings.plot != NULL    ? g->plot
                  : g->settings.life.bulk > 0 ? plots_choose_bulk(&g->plots, &g->random)
                                              : plots_choose(&g->plots, &g->random, false);
    life_begin(&actor->life, &g->plots, plot, start, &g->random);
    g->opened++;
    actor_next(g, actor); /* every script has a segment */
}

static void address_print(FILE *out, const uint8_t address[16], int ip_version)
{
    if (ip_version == 4) {
        fprintf(out, "%u.%u.%u.%u", address[0], address[1], address[2], address[3]);
        return;
    }
    for (int i = 0; i < 16; i += 2)
        fprintf(out, "%s%x", i == 0 ? "" : ":", (unsigned)address[i] << 8 | address[i + 1]);
}

static void truth_write(const struct generator *g, const struct life *life)
{
    const struct plot *plot = &g->plots.plots[life->plot];
    FILE *out = g->truth;
    if (out == NULL)
        return;
    fprintf(out, "%" PRIu64, life->first_frame);
    for (int i = 0; i < 2; i++) {
        fputc('\t', out);
        address_print(out, life->identity.address[i], life->identity.ip_version);
        fprintf(out, "\t%u", life->identity.port[i]);
    }
    fprintf(out, "\t%" PRIu32 "\t%s\t%s\t%s", life->incarnation, plot->handshake, plot->close,
            plot->first_closer);
    for (int i = 0; i < 2; i++) {
        if (life->seen[i])
            fprintf(out, "\t%" PRIu64, life->bytes[i]);
        else
            fputs("\t-", out);
    }
    fprintf(out, "\t%s\n", plot->name);
}

static bool actor_play(struct generator *g, struct actor *actor)
{
    struct life *life = &actor->life;
    if (!flood_before(&g->flood, actor->packet.time) ||
        !frame_writer_put(g->writer, &life->identity, &actor->packet))
        return false;
    life->seen[actor->packet.from] = true;
    if (life->first_frame == 0)
        life->first_frame = frame_writer_count(g->writer);
    return flood_keep(&g->flood, actor->packet.time, &g->random);
}

/* A life is over, or wants the same ports again: who takes the place? False: nobody. */
static bool actor_follow(struct generator *g, struct actor *actor)
{
    int64_t now = actor->life.now;
    truth_write(g, &actor->life);
    actor->again = false;
    if (!opening_allowed(g))
        return false;
    actor_begin(g, actor, now + random_below(&g->random, 100) * NS_PER_MS);
    return true;
}

static bool actor_reopen(struct generator *g, struct actor *actor)
{
    truth_write(g, &actor->life);
    actor->again = false;
    if (!opening_allowed(g))
        return false;
    life_again(&actor->life, &g->plots, plots_choose(&g->plots, &g->random, true), &g->random);
    g->opened++;
    return actor_next(g, actor);
}

/* False with errno: the capture could not be written. */
static bool generate(struct generator *g)
{
    uint32_t most = g->settings.concurrency;

    while (g->heap_count < most && opening_allowed(g)) {
        struct actor *actor = &g->actors[g->heap_count];
        actor_begin(g, actor, g->settings.life.epoch + random_below(&g->random, 2000) * NS_PER_MS);
        g->heap[g->heap_count] = g->heap_count;
        g->heap_count++;
    }
    for (uint32_t i = g->heap_count; i-- > 0;)
        heap_down(g, i);
    while (g->heap_count > 0) {
        struct actor *actor = &g->actors[g->heap[0]];
        bool lives;
        if (actor->again) {
            lives = actor_reopen(g, actor);
        } else {
            if (!actor_play(g, actor))
                return false;
            lives = actor_next(g, actor) || actor_follow(g, actor);
        }
        if (!lives)
            g->heap[0] = g->heap[--g->heap_count];
        heap_down(g, 0);
    }
    return flood_before(&g->flood, INT64_MAX);
}

static bool generator_open(struct generator *g)
{
    const struct settings *s = &g->settings;
    const char *word = NULL;
    if (!plots_init(&g->plots, &word)) {
        fprintf(stderr, "generate: no plot has the word: %s\n", word);
        return false;
    }
    if (s->plot != NULL && !plots_find(&g->plots, s->plot, &g->plot)) {
        fprintf(stderr, "generate: no plot has the name: %s\n", s->plot);
        plots_done(&g->plots);
        return false;
    }
    g->random.state = s->seed;
    for (uint32_t i = 0; i < HOSTS; i++)
        g->hosts[i] = (struct host){ .number = i + 1, .port = PORT_FIRST };
    g->actors = calloc(s->concurrency, sizeof *g->actors);
    g->heap = calloc(s->concurrency, sizeof *g->heap);
    g->writer = frame_writer_new(s->capture, s->snaplen, s->seed);
    if (s->truth != NULL)
        g->truth = fopen(s->truth, "w");
    if (g->actors == NULL || g->heap == NULL || g->writer == NULL ||
        (s->truth != NULL && g->truth == NULL)) {
        perror("generate");
        return false;
    }
    g->flood = (struct flood){ .options = s->flood,
                               .seed = s->seed,
                               .epoch = s->life.epoch,
                               .writer = g->writer,
                               .truth = g->truth,
                               .timed = { ~s->seed } };
    return true;
}

static bool generator_close(struct generator *g)
{
    bool good = true;
    if (g->truth != NULL && (ferror(g->truth) | fclose(g->truth)) != 0)
        good = false;
    if (g->writer != NULL && !frame_writer_close(g->writer))
        good = false;
    plots_done(&g->plots);
    free(g->actors);
    free(g->heap);
    return good;
}

int main(int argc, char **argv)
{
    struct generator *g = calloc(1, sizeof *g);
    if (g == NULL)
        return 1;
    int status = settings_read(&g->settings, argc, argv);
    if (status < 0) {
        status = 1;
        if (generator_open(g)) {
            bool written = generate(g);
            uint64_t frames = frame_writer_count(g->writer);
            if (written && generator_close(g)) {
                fprintf(stderr, "%" PRIu64 " packets, %" PRIu64 " connections\n", frames,
                        g->opened + g->flood.sent);
                status = 0;
            } else {
                perror("generate");
            }
        }
    }
    free(g);
    return status;
}
