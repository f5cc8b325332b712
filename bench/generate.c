/*
 * generate: a capture of many connections at once, and beside it what happened in each. The same
 * options and seed give the same bytes on every machine.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame_writer.h"
#include "life.h"
#include "plots.h"
#include "script.h"

#define EPOCH (INT64_C(1767225600) * NS_PER_S) /* 2026-01-01T00:00:00Z */
#define HOSTS 4096
#define SERVERS 250
#define PORT_FIRST 32768 /* the range of Linux */
#define PORT_LAST 60999

struct settings {
    uint64_t connections; /* 0: as many as the packets need */
    uint64_t packets;     /* 0: as many as the connections need */
    uint32_t concurrency, snaplen;
    uint64_t seed;
    double flood, ipv6, vlan;
    struct life_options life;
    const char *capture, *truth;
};

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
    uint64_t opened, flooded;
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
    size_t plot = g->settings.life.bulk > 0 ? plots_choose_bulk(&g->plots, &g->random)
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

/*
 * A SYN of a flood, from an address that never comes back: an odd factor makes of the numbers
 * 0, 1, 2, ... as many different ones, which look random.
 */
static bool flood_put(struct generator *g, int64_t time)
{
    uint64_t source =
        (g->flooded++ * UINT64_C(0x9e3779b97f4b) + g->settings.seed) & UINT64_C(0xffffffffffff);
    struct life syn = { .incarnation = 1 };
    struct identity *id = &syn.identity;
    struct packet packet = { .time = time,
                             .flags = FLAG_SYN,
                             .seq = (uint32_t)(random_next(&g->random) >> 32),
                             .window = 1024 };

    id->ip_version = 4;
    for (int i = 0; i < 4; i++)
        id->address[SIDE_CLIENT][i] = (uint8_t)(source >> (40 - 8 * i));
    id->port[SIDE_CLIENT] = (uint16_t)source;
    id->port[SIDE_SERVER] = 443;
    address_make(id->address[SIDE_SERVER], id, SIDE_SERVER, SERVERS); /* of its own */
    id->ttl[SIDE_CLIENT] = 240;
    id->ip_id[SIDE_CLIENT] = (uint16_t)source;
    id->isn[SIDE_CLIENT] = packet.seq;
    if (!frame_writer_put(g->writer, id, &packet))
        return false;
    if (g->truth != NULL)
        fprintf(g->truth,
                "%" PRIu64 "\t%u.%u.%u.%u\t%u\t198.51.100.%d\t443\t1\tunanswered\topen\t-\t0\t-"
                "\tflood\n",
                frame_writer_count(g->writer), id->address[0][0], id->address[0][1],
                id->address[0][2], id->address[0][3], id->port[0], 1 + SERVERS);
    return true;
}

/* Keeps the share of the flood among all frames. */
static bool flood_keep(struct generator *g, int64_t time)
{
    while ((double)g->flooded < g->settings.flood * (double)(frame_writer_count(g->writer)))
        if (!flood_put(g, time))
            return false;
    return true;
}

static bool actor_play(struct generator *g, struct actor *actor)
{
    struct life *life = &actor->life;
    if (!frame_writer_put(g->writer, &life->identity, &actor->packet))
        return false;
    life->seen[actor->packet.from] = true;
    if (life->first_frame == 0)
        life->first_frame = frame_writer_count(g->writer);
    return flood_keep(g, actor->packet.time);
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
        actor_begin(g, actor, EPOCH + random_below(&g->random, 2000) * NS_PER_MS);
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
    return true;
}

static void help_print(void)
{
    puts("Usage: generate [option...] CAPTURE\n"
         "Writes a capture of made-up TCP connections.\n"
         "\n"
         "  --connections N   end after so many connections (default 10000)\n"
         "  --packets N       open no connection after so many packets; those that are open\n"
         "                    are carried to their end\n"
         "  --concurrency N   so many connections at a time (default 1000)\n"
         "  --snaplen N       keep so many bytes of a packet (default 262144)\n"
         "  --seed N          another capture of the same kind (default 1)\n"
         "  --flood SHARE     this share of the packets are SYNs from random sources (0 to 0.99)\n"
         "  --ipv6 SHARE      share of connections over IPv6 (default 0.2)\n"
         "  --vlan SHARE      share of connections with a VLAN tag (default 0.1)\n"
         "  --loss SHARE      share of data segments that are lost (default 0.005)\n"
         "  --full-size       transfers of up to a gigabyte\n"
         "  --bulk BYTES      every connection transfers so many bytes in full-size segments\n"
         "  --truth FILE      what happened, a line for each connection, in the order in which\n"
         "                    they ended: id, client, port, server, port, incarnation, handshake,\n"
         "                    close, first closer, payload bytes of client and server, plot;\n"
         "                    - is nobody, or nothing known\n"
         "  -h, --help        this text");
}

static const struct option options[] = {
    { "connections", required_argument, NULL, 'c' },
    { "packets", required_argument, NULL, 'p' },
    { "concurrency", required_argument, NULL, 'n' },
    { "snaplen", required_argument, NULL, 's' },
    { "seed", required_argument, NULL, 'r' },
    { "flood", required_argument, NULL, 'f' },
    { "ipv6", required_argument, NULL, '6' },
    { "vlan", required_argument, NULL, 'v' },
    { "loss", required_argument, NULL, 'l' },
    { "full-size", no_argument, NULL, 'F' },
    { "bulk", required_argument, NULL, 'b' },
    { "truth", required_argument, NULL, 't' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static bool number_read(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number)
{
    char *end;
    errno = 0;
    *ret_number = strtoull(text, &end, 10);
    bool read = errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0';
    return read && *ret_number >= least && *ret_number <= most;
}

static bool share_read(const char *text, double most, double *ret_share)
{
    char *end;
    *ret_share = strtod(text, &end);
    return end != text && *end == '\0' && *ret_share >= 0 && *ret_share <= most;
}

/* False: its argument is not one. */
static bool option_take(struct settings *s, int letter, const char *text)
{
    uint64_t number = 0;
    switch (letter) {
    case 'c':
        return number_read(text, 1, UINT32_MAX, &s->connections);
    case 'p':
        return number_read(text, 1, UINT64_MAX, &s->packets);
    case 'n':
        if (!number_read(text, 1, 1u << 22, &number))
            return false;
        s->concurrency = (uint32_t)number;
        return true;
    case 's':
        if (!number_read(text, 1, 262144, &number))
            return false;
        s->snaplen = (uint32_t)number;
        return true;
    case 'r':
        return number_read(text, 0, UINT64_MAX, &s->seed);
    case 'f':
        return share_read(text, 0.99, &s->flood);
    case '6':
        return share_read(text, 1, &s->ipv6);
    case 'v':
        return share_read(text, 1, &s->vlan);
    case 'l':
        return share_read(text, 1, &s->life.loss);
    case 'F':
        s->life.full_size = true;
        return true;
    case 'b':
        s->life.full_size = true;
        return number_read(text, 1, UINT64_C(1) << 31, &s->life.bulk);
    case 't':
        s->truth = text;
        return true;
    default:
        return false;
    }
}

/* -1: go on; otherwise the exit status. */
static int settings_read(struct settings *s, int argc, char **argv)
{
    int letter;
    *s = (struct settings){ .concurrency = 1000,
                            .snaplen = 262144,
                            .seed = 1,
                            .ipv6 = 0.2,
                            .vlan = 0.1,
                            .life = { .loss = 0.005, .epoch = EPOCH } };
    while ((letter = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (letter == 'h') {
            help_print();
            return 0;
        }
        if (letter == '?')
            return 2;
        if (!option_take(s, letter, optarg)) {
            fprintf(stderr, "generate: '%s' is not what the option takes; see --help\n", optarg);
            return 2;
        }
    }
    if (argc - optind != 1) {
        fputs("generate: name one capture to write; see --help\n", stderr);
        return 2;
    }
    s->capture = argv[optind];
    if (s->connections == 0 && s->packets == 0)
        s->connections = 10000;
    return -1;
}

static bool generator_open(struct generator *g)
{
    const struct settings *s = &g->settings;
    const char *word = NULL;
    if (!plots_init(&g->plots, &word)) {
        fprintf(stderr, "generate: no plot has the word: %s\n", word);
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
                        g->opened + g->flooded);
                status = 0;
            } else {
                perror("generate");
            }
        }
    }
    free(g);
    return status;
}
