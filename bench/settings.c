/*
 * settings: the options of the generator.
 */
#include "settings.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define EPOCH (INT64_C(1767225600) * NS_PER_S) /* 2026-01-01T00:00:00Z */

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
         "  --plot NAME       every connection has this plot of bench/plots.c\n"
         "  --flood SHARE     this share of the packets are SYNs from random sources (0 to 0.99)\n"
         "  --flood-syns N    besides, so many SYNs to one server\n"
         "  --flood-after S   they begin after so many seconds (default 1)\n"
         "  --flood-seconds S and come within so many (default 3)\n"
         "  --flood-crafted   addresses and ports of a flood cancel out in sums and exclusive ors\n"
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
    { "plot", required_argument, NULL, 'P' },
    { "flood", required_argument, NULL, 'f' },
    { "flood-syns", required_argument, NULL, 'S' },
    { "flood-after", required_argument, NULL, 'A' },
    { "flood-seconds", required_argument, NULL, 'T' },
    { "flood-crafted", no_argument, NULL, 'C' },
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

static bool seconds_read(const char *text, int64_t *ret_ns)
{
    double seconds;
    if (!share_read(text, 1e6, &seconds))
        return false;
    *ret_ns = (int64_t)(seconds * (double)NS_PER_S);
    return true;
}

/* What is said of a flood. */
static bool flood_take(struct flood_options *flood, int letter, const char *text)
{
    switch (letter) {
    case 'f':
        return share_read(text, 0.99, &flood->share);
    case 'S':
        return number_read(text, 1, UINT32_MAX, &flood->syns);
    case 'A':
        return seconds_read(text, &flood->after);
    case 'T':
        return seconds_read(text, &flood->span);
    default:
        flood->crafted = true;
        return true;
    }
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
    case 'S':
    case 'A':
    case 'T':
    case 'C':
        return flood_take(&s->flood, letter, text);
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
    case 'P':
        s->plot = text;
        return true;
    default:
        return false;
    }
}

/* -1: go on; otherwise the exit status. */
int settings_read(struct settings *s, int argc, char **argv)
{
    int letter;
    *s = (struct settings){ .concurrency = 1000,
                            .snaplen = 262144,
                            .seed = 1,
                            .ipv6 = 0.2,
                            .vlan = 0.1,
                            .flood = { .after = NS_PER_S, .span = 3 * NS_PER_S },
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
