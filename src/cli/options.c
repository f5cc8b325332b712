/*
 * options: the parser that the table of options feeds, and what contradicts itself.
 */
#include "cli/options.h"

#include <ctype.h>
#include <getopt.h>
#include <string.h>

#include "base/time_text.h"
#include "cli/help.h"
#include "cli/machine_dump.h"
#include "cli/memory.h"
#include "cli/option_table.h"

#define PROGRAM "tcpflow-explain"

/* Linux keeps TIME_WAIT for 60 s, two of these. */
#define MSL_DEFAULT (30 * NS_PER_S)
#define MSL_MAX_S 3600

#define SNAPLEN_MAX 262144        /* libpcap's MAXIMUM_SNAPLEN */
#define BUFFER_KIB_MAX (1 << 20)  /* 1 GiB, in an int as bytes */

/* What getopt_long gives back for a row: its letter, or a number past all letters. */
static int row_value(int id)
{
    return option_rows[id].letter != 0 ? option_rows[id].letter : 256 + id;
}

static int row_find(int value)
{
    for (int id = 0; id < OPTION_N; id++) {
        if (row_value(id) == value)
            return id;
    }
    return -1;
}

static bool msl_parse(const char *text, int64_t *ret_ns)
{
    int64_t ns = 0;
    if (!seconds_parse(text, &ns) || ns < NS_PER_S || ns > MSL_MAX_S * NS_PER_S)
        return false;
    *ret_ns = ns;
    return true;
}

static bool format_apply(struct options *options, const char *text)
{
    static const char *const formats[] = { "text", "json", "ndjson" };
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(text, formats[i]) == 0) {
            options->format = formats[i];
            return true;
        }
    }
    return false;
}

static bool color_apply(struct options *options, const char *text)
{
    static const char *const modes[] = {
        [COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"
    };
    for (int mode = COLOR_AUTO; mode <= COLOR_NEVER; mode++) {
        if (strcmp(text, modes[mode]) == 0) {
            options->color = (enum color_mode)mode;
            return true;
        }
    }
    return false;
}

static bool vantage_apply(struct options *options, const char *text)
{
    for (int vantage = VANTAGE_UNKNOWN + 1; vantage < VANTAGE_N; vantage++) {
        if (strcmp(text, vantage_name((enum vantage)vantage)) == 0) {
            options->vantage = (enum vantage)vantage;
            return true;
        }
    }
    return false;
}

static bool width_apply(struct options *options, const char *text)
{
    uint64_t width = 0;
    if (!number_parse(text, OPTIONS_WIDTH_MAX, &width) || width < OPTIONS_WIDTH_MIN)
        return false;
    options->width = (int)width;
    return true;
}

static bool int_apply(int *option, const char *text, int max)
{
    uint64_t number = 0;
    if (!number_parse(text, (uint64_t)max, &number))
        return false;
    *option = (int)number;
    return true;
}

static bool threads_apply(struct options *options, const char *text)
{
    uint64_t threads = 0;
    if (!number_parse(text, OPTIONS_THREADS_MAX, &threads))
        return false;
    options->threads = (unsigned)threads;
    return true;
}

/* What --after and --before want instead. */
#define MOMENTS "seconds from the first frame (90.5), a clock time (03:12:44), a date and time " \
                "(2026-11-21T03:12:44Z) or @SECONDS since 1970"

/* Options with an argument: NULL, or what they want instead of it. */
static const char *argument_apply(struct options *options, int id, const char *text)
{
    switch (id) {
    case OPTION_COUNT:
        return number_parse(text, UINT64_MAX, &options->count) ? NULL : "a number from 1 on";
    case OPTION_MSL:
        return msl_parse(text, &options->msl_ns) ? NULL : "seconds from 1 to 3600";
    case OPTION_DURATION:
        return seconds_parse(text, &options->duration_ns) && options->duration_ns > 0
                   ? NULL : "seconds";
    case OPTION_AFTER:
        return moment_parse(text, &options->after) ? NULL : MOMENTS;
    case OPTION_BEFORE:
        return moment_parse(text, &options->before) ? NULL : MOMENTS;
    case OPTION_SNAPLEN:
        return int_apply(&options->snaplen, text, SNAPLEN_MAX) ? NULL : "bytes from 1 to 262144";
    case OPTION_BUFFER:
        return int_apply(&options->buffer_kib, text, BUFFER_KIB_MAX) ? NULL
                                                                     : "KiB from 1 to 1048576";
    case OPTION_THREADS:
        return threads_apply(options, text) ? NULL : "a number from 1 to 17";
    case OPTION_SEED:
        return number_parse(text, UINT64_MAX, &options->seed) ? NULL : "a number from 1 on";
    case OPTION_FORMAT:
    case OPTION_FORMAT_ALIAS:
        return format_apply(options, text) ? NULL : "text, json or ndjson";
    case OPTION_COLOR:
        return color_apply(options, text) ? NULL : "auto, always or never";
    case OPTION_VANTAGE:
        return vantage_apply(options, text)
                   ? NULL : "client, near-client, middle, near-server or server";
    case OPTION_WIDTH:
        return width_apply(options, text) ? NULL : "a number of columns from 80 to 500";
    case OPTION_MAX_MEMORY:
        return memory_parse(text, &options->max_memory) ? NULL
                                                        : "a size from 16M to 1024G, such as 512M";
    default:
        return NULL;
    }
}

/* "-c", or "--msl" where there is no letter. */
static const char *row_label(int id, char label[32])
{
    if (option_rows[id].letter != 0)
        snprintf(label, 32, "-%c", option_rows[id].letter);
    else
        snprintf(label, 32, "--%s", option_rows[id].name);
    return label;
}

/* -r: one more capture. */
static bool file_apply(struct options *options, const char *file, char *error, size_t error_size)
{
    if (options->input_count == OPTIONS_INPUTS_MAX) {
        snprintf(error, error_size, "at most %d captures can be taken: mergecap joins them",
                 OPTIONS_INPUTS_MAX);
        return false;
    }
    options->inputs[options->input_count++] = file;
    return true;
}

/* Takes one option; false with a sentence in error. */
static bool option_apply(struct options *options, int id, const char *text, char *error,
                         size_t error_size)
{
    char label[32];
    switch (id) {
    case OPTION_READ:
        return file_apply(options, text, error, error_size);
    case OPTION_INTERFACE:
        options->interface = text;
        return true;
    case OPTION_LIST_INTERFACES:
        options->list_interfaces = true;
        return true;
    case OPTION_WRITE:
        options->write = text;
        return true;
    case OPTION_FILTER:
        options->filter = text;
        return true;
    case OPTION_CONNECTION:
        if (options->selector.kind != SELECT_ALL) {
            snprintf(error, error_size, "-C was given twice: it explains one connection; -l lists "
                     "all, and -f narrows them");
            return false;
        }
        return selector_parse(&options->selector, text, error, error_size);
    case OPTION_LIST:
        options->list = true;
        return true;
    case OPTION_QUIET:
        options->quiet = true;
        return true;
    case OPTION_VERBOSE:
        options->verbose++;
        return true;
    case OPTION_SEGMENTS:
        options->segments = true;
        return true;
    case OPTION_ASCII:
        options->ascii = true;
        return true;
    case OPTION_JSON:
    case OPTION_NDJSON:
        return format_apply(options, option_rows[id].name);
    default:
        break;
    }
    const char *wanted = argument_apply(options, id, text);
    if (wanted == NULL)
        return true;
    snprintf(error, error_size, "%s wants %s, not '%s'", row_label(id, label), wanted, text);
    return false;
}

/* The sentence for what getopt_long did not take; word is the argument that it stood in. */
static void unknown_option(int result, const char *word, char *error, size_t error_size)
{
    char label[32];
    int id = row_find(optopt);
    size_t length = strcspn(word, "=");
    int alike = 0;
    for (int i = 0; i < OPTION_N && optopt == 0 && length > 2; i++)
        alike += option_rows[i].name != NULL && strncmp(option_rows[i].name, word + 2, length - 2) == 0;
    if (result == ':' && id >= 0)
        snprintf(error, error_size, "%s needs %s after it; " PROGRAM " -h explains it",
                 row_label(id, label), option_rows[id].argument);
    else if (alike > 1)
        snprintf(error, error_size, "'%s' could be several options: write more of it; " PROGRAM
                 " -h lists them", word);
    else if (id >= 0)
        snprintf(error, error_size, "--%s takes no value: leave out what follows the '='",
                 option_rows[id].name);
    else if (optopt != 0)
        snprintf(error, error_size, "unknown option '-%c'; " PROGRAM " -h lists all options",
                 isprint((unsigned char)optopt) ? optopt : '?');
    else
        snprintf(error, error_size, "unknown option '%s'; " PROGRAM " -h lists all options", word);
}

/* The getopt_long tables, made from ours. */
static void getopt_fill(struct option longs[OPTION_N + 1], char shorts[2 * OPTION_N + 2])
{
    size_t n = 0;
    *shorts++ = ':'; /* errors come back to us instead of to stderr */
    for (int id = 0; id < OPTION_N; id++) {
        if (option_rows[id].letter != 0)
            *shorts++ = option_rows[id].letter;
        if (option_rows[id].letter != 0 && option_rows[id].argument != NULL)
            *shorts++ = ':';
        if (option_rows[id].name == NULL)
            continue;
        longs[n++] = (struct option){
            .name = option_rows[id].name,
            .has_arg = option_rows[id].argument != NULL ? required_argument : no_argument,
            .val = row_value(id),
        };
    }
    *shorts = '\0';
    longs[n] = (struct option){ .name = NULL };
}

/* Words that are no options are the filter, with -r and -i. */
static bool words_apply(struct options *options, int count, char **words, char *error,
                        size_t error_size)
{
    bool live = options->interface != NULL;
    const char *source = live ? options->interface : options->inputs[0];
    if (options->filter != NULL) {
        snprintf(error, error_size, "with %s the filter is the words that follow: write '%s %s "
                 "%s' without -f%s", live ? "-i" : "-r", live ? "-i" : "-r", source,
                 options->filter, live ? "" : ", or '-f FILTER FILE' without -r");
        return false;
    }
    for (int i = 0; i < count; i++) {
        strbuf_add(&options->words, i > 0 ? " " : "");
        strbuf_add(&options->words, words[i]);
    }
    if (count > 0)
        options->filter = strbuf_text(&options->words);
    if (options->words.failed)
        snprintf(error, error_size, "out of memory for the filter");
    return !options->words.failed;
}

/* Operands are captures; with -r or -i they are the filter. */
static bool operands_apply(struct options *options, int count, char **operands, char *error,
                           size_t error_size)
{
    if (options->list_interfaces)
        return true;
    if (options->interface != NULL && options->input_count > 0) {
        snprintf(error, error_size, "-i watches an interface and -r reads a file: give one of "
                 "the two");
        return false;
    }
    if (options->interface != NULL || options->input_count > 0)
        return words_apply(options, count, operands, error, error_size);
    if (count == 0) {
        snprintf(error, error_size, "no capture given: name a file, or '-' for standard input; "
                 PROGRAM " -h shows examples");
        return false;
    }
    if (count > OPTIONS_INPUTS_MAX) {
        snprintf(error, error_size, "%d captures given, and at most %d can be taken: mergecap "
                 "joins them", count, OPTIONS_INPUTS_MAX);
        return false;
    }
    for (int i = 0; i < count; i++)
        options->inputs[options->input_count++] = operands[i];
    return true;
}

/* Options of live capture and of files; false with a sentence in error. */
static bool sources_agree(const struct options *options, char *error, size_t error_size)
{
    bool live = options->interface != NULL;
    const char *of_live = options->duration_ns != 0  ? "--duration"
                          : options->snaplen != 0    ? "-s"
                          : options->buffer_kib != 0 ? "-B"
                                                     : NULL;
    const char *of_files = options->after.kind != MOMENT_NONE    ? "--after"
                           : options->before.kind != MOMENT_NONE ? "--before"
                                                                 : NULL;
    int pipes = 0;
    for (size_t i = 0; i < options->input_count; i++)
        pipes += strcmp(options->inputs[i], "-") == 0;
    if (!live && of_live != NULL)
        snprintf(error, error_size, "%s is for live capture: give an interface with -i%s",
                 of_live, options->duration_ns != 0 ? ", or narrow a file with --before" : "");
    else if (live && of_files != NULL)
        snprintf(error, error_size, "%s narrows a file, and -i watches what comes: --duration "
                 "ends it", of_files);
    else if (pipes > 1)
        snprintf(error, error_size, "'-' was given twice, and standard input can be read once");
    else if (options->write != NULL && options->write[0] == '\0')
        snprintf(error, error_size, "-w wants a file name");
    else if (options->write != NULL && strcmp(options->write, "-") == 0)
        snprintf(error, error_size, "-w - would mix frames and report on standard output: name "
                 "a file");
    else
        return true;
    return false;
}

/* Options that cancel each other out; false with a sentence in error. */
static bool options_agree(const struct options *options, char *error, size_t error_size)
{
    bool chosen = options->selector.kind != SELECT_ALL;
    if (!sources_agree(options, error, error_size))
        return false;
    if (!options->quiet || (!chosen && !options->list) || (chosen && options->write != NULL))
        return true;
    snprintf(error, error_size, "-q leaves out every connection and %s asks for %s: give one of "
             "the two", chosen ? "-C" : "-l", chosen ? "one" : "them all");
    return false;
}

enum options_result options_parse(struct options *ret_options, int argc, char **argv, FILE *out,
                                  char *error, size_t error_size)
{
    *ret_options = (struct options){ .format = "text", .msl_ns = MSL_DEFAULT };
    struct option longs[OPTION_N + 1];
    char shorts[2 * OPTION_N + 2];
    getopt_fill(longs, shorts);
    optind = 0; /* the library starts anew, also on a second call */
    for (;;) {
        int before = optind;
        int result = getopt_long(argc, argv, shorts, longs, NULL);
        if (result == -1)
            break;
        int id = row_find(result);
        if (result == '?' || result == ':' || id < 0) {
            bool moved = optind > before && optind <= argc;
            unknown_option(result, argv[moved ? optind - 1 : before], error, error_size);
            return OPTIONS_WRONG;
        }
        void (*print)(FILE *) = id == OPTION_HELP           ? help_print
                                : id == OPTION_VERSION      ? version_print
                                : id == OPTION_DUMP_MACHINE ? machine_dump
                                                            : NULL;
        if (print != NULL) {
            print(out);
            return OPTIONS_DONE;
        }
        if (!option_apply(ret_options, id, optarg, error, error_size))
            return OPTIONS_WRONG;
    }
    if (!operands_apply(ret_options, argc - optind, argv + optind, error,
                        error_size) ||
        !options_agree(ret_options, error, error_size))
        return OPTIONS_WRONG;
    return OPTIONS_RUN;
}

void options_done(struct options *options)
{
    strbuf_done(&options->words);
}
