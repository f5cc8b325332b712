/* settings: what the command line of the generator asks for. */
#ifndef BENCH_SETTINGS_H
#define BENCH_SETTINGS_H

#include "flood.h"
#include "life.h"

struct settings {
    uint64_t connections; /* 0: as many as the packets need */
    uint64_t packets;     /* 0: as many as the connections need */
    uint32_t concurrency, snaplen;
    uint64_t seed;
    double ipv6, vlan;
    struct flood_options flood;
    struct life_options life;
    const char *plot; /* every connection has this one; NULL: as chance has it */
    const char *capture, *truth;
};

/* -1: go on; otherwise the exit status. */
int settings_read(struct settings *ret_settings, int argc, char **argv);

#endif
