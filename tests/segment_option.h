/* segment_option: the TCP options of a segment_builder line, laid out as Linux does. */
#ifndef TESTS_SEGMENT_OPTION_H
#define TESTS_SEGMENT_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment_builder.h"

/* Options as the line names them; NULL where it does not. */
struct option_words {
    const char *mss, *window_scale, *timestamps, *sack, *tfo, *tfo_experiment, *hex;
    bool sack_permitted;
};

/* Whether the word is an option; its value is kept until options_write(). */
bool option_word(const char *name, const char *value, struct option_words *words);

/* Adds the options to the plan; false when a value is wrong or there is no room. */
bool options_write(const struct segment_builder *builder, const struct option_words *words,
                   struct segment_plan *plan);

/* Hexadecimal digits to bytes; returns their number, or -1. */
int hex_read(const char *text, uint8_t *ret_bytes, size_t size);

#endif
