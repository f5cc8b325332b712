/*
 * plots: the lives that a generated connection can have, and the truth about each. The table in
 * plots.c is written for people; what is here is its compiled form.
 */
#ifndef BENCH_PLOTS_H
#define BENCH_PLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "random.h"

enum side { SIDE_CLIENT, SIDE_SERVER };

#define FLAG_FIN 0x01
#define FLAG_SYN 0x02
#define FLAG_RST 0x04
#define FLAG_PSH 0x08
#define FLAG_ACK 0x10

enum step_kind {
    STEP_END,
    STEP_SEGMENT,
    STEP_TALK,  /* requests and responses */
    STEP_BULK,  /* one end sends much */
    STEP_FILL,  /* one end sends until the other's window is full: nobody reads */
    STEP_AGAIN, /* the same ports serve another connection */
};

enum step_mark {
    MARK_LOST = 1 << 0,   /* captured, but it does not arrive */
    MARK_UNSEEN = 1 << 1, /* arrives, but the capture does not hold it */
    MARK_EARLY = 1 << 2,  /* sent before the other end's last segment arrived */
    MARK_DATA = 1 << 3,
    MARK_KEEP_ALIVE = 1 << 4, /* keep-alive or window probe: one number too low, empty */
    MARK_WINDOW = 1 << 5,     /* the program reads again: the window opens */
    MARK_SYN_ONLY = 1 << 6,   /* the SYN arrives, its data is not taken */
};

struct step {
    uint8_t kind; /* enum step_kind */
    uint8_t from; /* enum side */
    uint8_t flags;
    uint8_t marks;
    uint8_t timeouts; /* so many retransmission timeouts after the sender's last segment */
    uint32_t wait_ms; /* so long after the sender's last segment; 0: when its turn comes */
};

#define PLOT_STEPS_MAX 32

struct plot {
    const char *name;
    unsigned weight;
    const char *script;
    /* The truth, by the definitions of the output format. */
    const char *handshake;
    const char *close;
    const char *first_closer; /* "-": nobody */
};

struct plots {
    size_t count;
    const struct plot *plots;
    unsigned weights;
    struct step (*steps)[PLOT_STEPS_MAX]; /* a script for each plot */
};

/* False: a script of the table cannot be read; ret_word is the word, which the table owns. */
bool plots_init(struct plots *plots, const char **ret_word);
void plots_done(struct plots *plots);

/* A plot by its weight. from_syn: one that begins with the client's SYN. */
size_t plots_choose(const struct plots *plots, struct random *random, bool from_syn);

/* The one of that name; false: there is none. */
bool plots_find(const struct plots *plots, const char *name, size_t *ret_plot);

/* As chance has it, of those in which one end sends much. */
size_t plots_choose_bulk(const struct plots *plots, struct random *random);

#endif
