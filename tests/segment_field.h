/* segment_field: the fields of a segment_builder line, and the words and numbers in it. */
#ifndef TESTS_SEGMENT_FIELD_H
#define TESTS_SEGMENT_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment_builder.h"

struct field_error {
    char *text;
    size_t size;
};

/* What a line says beside the plan. */
struct field_extra {
    bool has_id;
    bool has_ack;
    bool has_snap;
    uint32_t snap;
    bool has_quote_seq, has_quote_port; /* what a quote says instead of the truth */
    uint32_t quote_seq;
    uint16_t quote_port;
};

/* Writes "WHAT: WHERE" to the error; always false. */
bool field_fail(struct field_error *error, const char *what, const char *where);

/* Cuts off the comment and the blanks at the end; quotes protect a '#'. */
void line_trim(char *line);

/* The next word, ended by a zero byte in place; NULL at the end. Quotes protect blanks. */
char *field_next(char **state);

/* A sum of numbers and variables modulo 2^32: "x+1", "0x10", "5-y". */
bool builder_number(const struct segment_builder *builder, const char *text, uint32_t *ret_number);

/* Reads fields until the line ends. */
bool fields_read(const struct segment_builder *builder, char **state, struct segment_plan *plan,
                 struct field_extra *extra, struct field_error *error);

#endif
