/*
 * inputs: clocks are compared before anything is merged, because an order that is wrong by the
 * difference of two clocks would make nonsense of every connection.
 */
#include "cli/inputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time_text.h"
#include "decode/decode.h"
#include "flow/clock.h"

/* So many frames of each input are looked at for segments that another one holds too. */
#define CLOCK_FRAMES 200000

/* Feeds the beginning of a file to the clocks. */
static void clocks_feed(struct clocks *clocks, const char *name, unsigned input,
                        const volatile sig_atomic_t *stop)
{
    char unused[256];
    struct frame frame;
    struct segment segment;
    struct capture *capture = capture_open(name, stop, unused, sizeof unused);

    for (uint64_t n = 0; capture != NULL && n < CLOCK_FRAMES && !*stop; n++) {
        if (capture_next(capture, &frame) != CAPTURE_FRAME)
            break;
        if (decode_frame(&frame, &segment, NULL) == DECODE_SEGMENT &&
            !clocks_segment(clocks, &segment, input))
            break;
    }
    capture_free(capture);
}

/* One sentence about inputs that can't be put in an order. */
static void clocks_complain(const struct clock_report *report, const struct options *options,
                            char *error, size_t error_size)
{
    char spread[TIME_TEXT_SIZE], trip[TIME_TEXT_SIZE];
    snprintf(error, error_size,
             "%s and %s hold the same segments, but the difference of their clocks changes by %s, "
             "more than a round trip (%s): merged, their order would be wrong; explain them one "
             "by one",
             options->inputs[report->worst_against], options->inputs[report->worst_input],
             time_duration(report->spread_ns, spread), time_duration(report->rtt_ns, trip));
}

/* How far the clocks of several files are apart; false with a sentence when it can't be told. */
static bool clocks_compare(struct inputs *inputs, const struct options *options,
                           const volatile sig_atomic_t *stop, char *error, size_t error_size)
{
    struct clock_report report;
    struct flow_secret secret = flow_secret_make();
    size_t count = options->input_count;

    if (count < 2)
        return true;
    struct clocks *clocks = clocks_new((unsigned)count, &secret);
    if (clocks == NULL) {
        snprintf(error, error_size, "out of memory");
        return false;
    }
    for (size_t i = 0; i < count; i++)
        if (reader_info(inputs->reader, i)->seekable)
            clocks_feed(clocks, options->inputs[i], (unsigned)i, stop);
    clocks_decide(clocks, &report);
    clocks_free(clocks);
    if (report.verdict == CLOCKS_CONTRADICT) {
        clocks_complain(&report, options, error, error_size);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        inputs->shift[i] = report.shift_ns[i];
        reader_shift(inputs->reader, i, report.shift_ns[i]);
    }
    return true;
}

/* Opens one input more; EXIT_CODE_DONE when it is open. */
static enum exit_code input_add(struct inputs *inputs, struct capture *capture,
                                enum device_result result)
{
    size_t i = reader_inputs(inputs->reader);
    if (capture == NULL)
        return result == DEVICE_NOT_PERMITTED ? EXIT_CODE_PERMISSION : EXIT_CODE_INPUT;
    capture_link_name(capture_info(capture)->link_type, inputs->link_text[i],
                      sizeof inputs->link_text[i]);
    reader_add(inputs->reader, capture);
    return EXIT_CODE_DONE;
}

static enum exit_code captures_open(struct inputs *inputs, const struct options *options,
                                    const volatile sig_atomic_t *stop, char *error,
                                    size_t error_size)
{
    enum device_result result = DEVICE_OPENED;
    enum exit_code code = EXIT_CODE_DONE;

    if (options->interface != NULL) {
        struct device_options device = { .name = options->interface,
                                         .snaplen = options->snaplen,
                                         .buffer_kib = options->buffer_kib };
        struct capture *capture =
            capture_open_device(&device, stop, &result, error, error_size);
        return input_add(inputs, capture, result);
    }
    for (size_t i = 0; i < options->input_count && code == EXIT_CODE_DONE; i++)
        code = input_add(inputs, capture_open(options->inputs[i], stop, error, error_size),
                         result);
    return code;
}

/* Sets the filter; libpcap's words alone would not say what they are about. */
static bool filter_set(struct reader *reader, const char *filter, char *error, size_t error_size)
{
    char reason[256];
    if (filter == NULL || reader_filter(reader, filter, reason, sizeof reason))
        return true;
    snprintf(error, error_size, "the filter '%s' is not valid: %s; see pcap-filter(7)", filter,
             reason);
    return false;
}

/* --after and --before, which may count from the first frame. */
static void span_set(struct reader *reader, const struct options *options)
{
    int64_t first = 0, after = INT64_MIN, before = INT64_MAX;
    if (options->after.kind == MOMENT_NONE && options->before.kind == MOMENT_NONE)
        return;
    if (!reader_first_time(reader, &first))
        return; /* nothing to leave out */
    if (options->after.kind != MOMENT_NONE)
        after = moment_resolve(&options->after, first);
    if (options->before.kind != MOMENT_NONE)
        before = moment_resolve(&options->before, first);
    reader_narrow(reader, after, before);
}

enum exit_code inputs_open(struct inputs *ret_inputs, const struct options *options,
                           const volatile sig_atomic_t *stop, char *error, size_t error_size)
{
    *ret_inputs = (struct inputs){ .reader = reader_new() };
    if (ret_inputs->reader == NULL) {
        snprintf(error, error_size, "out of memory");
        return EXIT_CODE_INPUT;
    }
    enum exit_code code = captures_open(ret_inputs, options, stop, error, error_size);
    if (code != EXIT_CODE_DONE && *stop) {
        snprintf(error, error_size, "stopped before there was a frame");
        inputs_close(ret_inputs);
        return EXIT_CODE_DONE;
    }
    if (code == EXIT_CODE_DONE &&
        (!clocks_compare(ret_inputs, options, stop, error, error_size) ||
         !filter_set(ret_inputs->reader, options->filter, error, error_size)))
        code = EXIT_CODE_USAGE;
    if (code != EXIT_CODE_DONE)
        inputs_close(ret_inputs);
    else
        span_set(ret_inputs->reader, options);
    return code;
}

struct input_report inputs_report(const struct inputs *inputs, size_t input)
{
    const struct capture_info *info = reader_info(inputs->reader, input);
    return (struct input_report){ .name = info->name,
                                  .format = info->format,
                                  .link_type = inputs->link_text[input],
                                  .frames = reader_frames(inputs->reader, input),
                                  .cut_short = info->cut_short,
                                  .error = info->error,
                                  .clock_shift = inputs->shift[input] };
}

void inputs_close(struct inputs *inputs)
{
    reader_free(inputs->reader);
    inputs->reader = NULL;
}

void inputs_damage(const struct inputs *inputs, char *error, size_t error_size)
{
    for (size_t i = 0; i < reader_inputs(inputs->reader); i++) {
        const char *reason = reader_info(inputs->reader, i)->error;
        if (reason != NULL) {
            snprintf(error, error_size, "%s", reason);
            return;
        }
    }
}
