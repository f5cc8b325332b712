/*
 * input: the bytes of a capture file or of standard input, ready for libpcap, with the first
 * four known beforehand whether or not the input can be read twice.
 */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define INPUT_HEAD_SIZE 4

struct input {
    FILE *file;      /* at its first byte; owned until someone else (pcap_close) closes it */
    char *buffer;    /* of the file: outlives it, freed by input_done() */
    bool seekable;   /* offsets in it mean something */
    off_t start;     /* of its first byte, where seekable */
    const volatile sig_atomic_t *stop; /* not 0: a pipe ends soon; may be NULL */
    size_t head_len; /* 4, or less in an input that is shorter */
    uint8_t head[INPUT_HEAD_SIZE];
};

/* Opens a file, or standard input for "-". Returns 0 or an errno value. */
int input_open(const char *name, const volatile sig_atomic_t *stop, struct input *ret_input);

/* Closes the file if it is still the input's (not NULL), and frees the rest. */
void input_done(struct input *input);

#endif
