/*
 * inputs: opens what the user named, as one reader: files, standard input or an interface, with
 * filter, span of time and corrected clocks.
 */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include <signal.h>
#include <stddef.h>

#include "capture/reader.h"
#include "cli/options.h"
#include "report/report.h"

struct inputs {
    struct reader *reader;              /* NULL: nothing is open */
    int64_t shift[READER_INPUTS_MAX]; /* ns added to the times of each */
    char link_text[READER_INPUTS_MAX][32];
};

/*
 * Opens them. Anything but EXIT_CODE_DONE comes with a sentence in error; EXIT_CODE_DONE without
 * a reader: the user stopped it before there was a frame.
 */
enum exit_code inputs_open(struct inputs *ret_inputs, const struct options *options,
                           const volatile sig_atomic_t *stop, char *error, size_t error_size);

/* What the report says of an input; borrowed from the inputs. */
struct input_report inputs_report(const struct inputs *inputs, size_t input);

void inputs_close(struct inputs *inputs);

/* The sentence of the first input that could not be read to its end. */
void inputs_damage(const struct inputs *inputs, char *error, size_t error_size);

#endif
