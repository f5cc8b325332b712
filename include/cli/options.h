/*
 * options: the command line. One table feeds getopt_long, --help and (proved by
 * tests/options.sh) the man page; what the user asked for comes back as a struct.
 *
 * Nothing here prints, except --help and --version to the stream that the caller gives.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/strbuf.h"
#include "cli/moment.h"
#include "cli/selector.h"
#include "model/vantage.h"

#define OPTIONS_INPUTS_MAX 16
#define OPTIONS_ERROR_SIZE 512
#define OPTIONS_THREADS_MAX 17 /* one that reads, and one for each shard of a tracker */
#define OPTIONS_WIDTH_MIN 80
#define OPTIONS_WIDTH_MAX 500

/* What the program ends with; 1 is kept for expectations that failed. */
enum exit_code {
    EXIT_CODE_DONE = 0,
    EXIT_CODE_EXPECTATION = 1,
    EXIT_CODE_USAGE = 2,
    EXIT_CODE_INPUT = 3,      /* input not read to its end, or output not written */
    EXIT_CODE_PERMISSION = 4,
};

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct options {
    const char *inputs[OPTIONS_INPUTS_MAX]; /* borrowed from argv; "-" is standard input */
    size_t input_count;      /* at least 1, but with an interface */
    const char *interface;   /* live capture; NULL: files */
    bool list_interfaces;    /* -D: nothing else is done */
    int64_t duration_ns;     /* of a live capture; 0: until it is stopped */
    int snaplen;             /* 0: the whole frame */
    int buffer_kib;          /* 0: libpcap's default */
    struct moment after, before;
    const char *write;       /* file for the frames of the connections chosen; NULL: none */
    const char *filter;      /* BPF expression; NULL: none. Borrowed from argv or words */
    struct strbuf words;     /* operands joined, with -r */
    uint64_t count;          /* frames to read; 0: all */
    struct selector selector;
    bool list;
    bool quiet;
    bool segments;
    unsigned verbose;        /* how often -v was given */
    const char *format;      /* name of a renderer: "text", "json", "ndjson" */
    enum color_mode color;
    bool ascii;
    int width;               /* columns; 0: not given */
    int64_t msl_ns;          /* maximum segment lifetime */
    uint64_t max_memory;     /* bytes; 0: not given */
    unsigned threads;        /* at most; 0: not given */
    uint64_t seed;           /* of the secret of hashes; 0: not given */
    enum vantage vantage;    /* where the capture was taken; UNKNOWN: not given */
};

enum options_result {
    OPTIONS_RUN,   /* go on with what is in the struct */
    OPTIONS_DONE,  /* help or version was printed: end with EXIT_CODE_DONE */
    OPTIONS_WRONG, /* one sentence is in error: end with EXIT_CODE_USAGE */
};

/*
 * Reads the command line. argv may be reordered (operands go last) and must outlive the
 * struct; options_done() frees what it holds, whatever the result was.
 */
enum options_result options_parse(struct options *ret_options, int argc, char **argv, FILE *out,
                                  char *error, size_t error_size);

void options_done(struct options *options);

#endif
