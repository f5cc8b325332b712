/*
 * options: the one table of options, the parser that it feeds, and the help printed from it.
 *
 * tests/options.sh reads the table below line by line: each row's first line holds its id,
 * letter, name and argument.
 */
#include "cli/options.h"

#include <ctype.h>
#include <getopt.h>
#include <string.h>

#include <json-c/json_c_version.h>
#include <pcap/pcap.h>

#include "base/time_text.h"
#include "config.h"

#define PROGRAM "tcpflow-explain"

#define HELP_WIDTH 80
#define HELP_TEXT_COLUMN 29

/* Linux keeps TIME_WAIT for 60 s, two of these. */
#define MSL_DEFAULT (30 * NS_PER_S)
#define MSL_MAX_S 3600

enum option_id {
    OPTION_READ,
    OPTION_FILTER,
    OPTION_COUNT,
    OPTION_NUMERIC,
    OPTION_LIST,
    OPTION_CONNECTION,
    OPTION_QUIET,
    OPTION_VERBOSE,
    OPTION_MSL,
    OPTION_FORMAT,
    OPTION_FORMAT_ALIAS,
    OPTION_JSON,
    OPTION_NDJSON,
    OPTION_COLOR,
    OPTION_ASCII,
    OPTION_WIDTH,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_N
};

enum option_group { GROUP_INPUT, GROUP_CHOICE, GROUP_OUTPUT, GROUP_ABOUT, GROUP_N };

struct option_row {
    enum option_group group;
    char letter;          /* 0: none */
    const char *name;     /* long name; NULL: none */
    const char *argument; /* NULL: takes none */
    const char *help;
};

static const char *const group_titles[GROUP_N] = {
    [GROUP_INPUT] = "What to read",
    [GROUP_CHOICE] = "What to explain",
    [GROUP_OUTPUT] = "How to write it",
    [GROUP_ABOUT] = "About the program",
};

static const struct option_row rows[OPTION_N] = {
    [OPTION_READ] = { GROUP_INPUT, 'r', "read-file", "FILE",
        "Read FILE, as in tcpdump: the words that follow are then the filter. '-' is standard "
        "input." },
    [OPTION_FILTER] = { GROUP_INPUT, 'f', "filter", "EXPR",
        "Read only frames that match the BPF expression EXPR, one word of the shell: "
        "'host 10.0.0.1 and port 80'. See pcap-filter(7)." },
    [OPTION_COUNT] = { GROUP_INPUT, 'c', "count", "COUNT",
        "Stop after COUNT frames; with a filter, only frames that match are counted." },
    [OPTION_NUMERIC] = { GROUP_INPUT, 'n', "numeric", NULL,
        "Accepted for the habit's sake: names are never looked up." },
    [OPTION_LIST] = { GROUP_CHOICE, 'l', "list", NULL,
        "One line per connection instead of a diagram. Changes the text format only." },
    [OPTION_CONNECTION] = { GROUP_CHOICE, 'C', "connection", "ID|ENDS",
        "Explain this connection in full, and no other. ID is its number in the list (its first "
        "frame); ENDS is ADDR:PORT-ADDR:PORT, in either order, IPv6 as [ADDR]:PORT." },
    [OPTION_QUIET] = { GROUP_CHOICE, 'q', "quiet", NULL,
        "Only the summary and the findings about hosts and the capture, in every format." },
    [OPTION_VERBOSE] = { GROUP_CHOICE, 'v', "verbose", NULL,
        "More: every arithmetic check and the evidence of every finding." },
    [OPTION_MSL] = { GROUP_CHOICE, 0, "msl", "SECONDS",
        "Maximum segment lifetime, 1 to 3600; TIME_WAIT lasts two of them. The default is 30, "
        "because Linux holds TIME_WAIT for 60 s; RFC 9293 says 120." },
    [OPTION_FORMAT] = { GROUP_OUTPUT, 'F', "format", "FORMAT",
        "text (the default), json or ndjson. The last format given counts." },
    [OPTION_FORMAT_ALIAS] = { GROUP_OUTPUT, 'T', NULL, "FORMAT",
        "The same as -F, for users of tshark." },
    [OPTION_JSON] = { GROUP_OUTPUT, 0, "json", NULL,
        "One JSON object for the whole capture, as docs/schema.json describes it." },
    [OPTION_NDJSON] = { GROUP_OUTPUT, 0, "ndjson", NULL,
        "One JSON object per line, each as soon as it is known." },
    [OPTION_COLOR] = { GROUP_OUTPUT, 0, "color", "WHEN",
        "auto (the default: on a terminal that has colours), always or never." },
    [OPTION_ASCII] = { GROUP_OUTPUT, 0, "ascii", NULL,
        "Draw with ASCII characters only." },
    [OPTION_WIDTH] = { GROUP_OUTPUT, 0, "width", "COLUMNS",
        "Columns to fill, 80 to 500. The default is the terminal's width, and 80 when the "
        "output is no terminal." },
    [OPTION_HELP] = { GROUP_ABOUT, 'h', "help", NULL,
        "Print an overview and exit." },
    [OPTION_VERSION] = { GROUP_ABOUT, 'V', "version", NULL,
        "Print the versions of the program and its libraries, and exit." },
};

/* What getopt_long gives back for a row: its letter, or a number past all letters. */
static int row_value(int id)
{
    return rows[id].letter != 0 ? rows[id].letter : 256 + id;
}

static int row_find(int value)
{
    for (int id = 0; id < OPTION_N; id++) {
        if (row_value(id) == value)
            return id;
    }
    return -1;
}

/* "-C, --connection ID|ENDS", "-T FORMAT" or "    --json"; columns written. */
static int row_print(const struct option_row *row, FILE *out)
{
    int columns = row->letter != 0 ? fprintf(out, "  -%c", row->letter) : fprintf(out, "    ");
    if (row->name != NULL)
        columns += fprintf(out, "%c --%s", row->letter != 0 ? ',' : ' ', row->name);
    if (row->argument != NULL)
        columns += fprintf(out, " %s", row->argument);
    return columns;
}

/* Writes text between two columns, breaking at blanks; column is where the line stands. */
static void text_print(const char *text, int column, FILE *out)
{
    if (column > HELP_TEXT_COLUMN - 2)
        column = fprintf(out, "\n") - 1;
    column += fprintf(out, "%*s", HELP_TEXT_COLUMN - column, "");
    while (*text != '\0') {
        int word = (int)strcspn(text, " ");
        if (column > HELP_TEXT_COLUMN && column + 1 + word > HELP_WIDTH)
            column = fprintf(out, "\n%*s", HELP_TEXT_COLUMN, "") - 1;
        else if (column > HELP_TEXT_COLUMN)
            column += fprintf(out, " ");
        column += fprintf(out, "%.*s", word, text);
        text += word + (text[word] == ' ');
    }
    fprintf(out, "\n");
}

static void help_print(FILE *out)
{
    fputs("Explains every TCP connection in a packet capture: how it opened, how it closed,\n"
          "whether the numbers add up, and what went wrong.\n\n"
          "Usage: " PROGRAM " [OPTION]... FILE            '-' is standard input\n"
          "       " PROGRAM " [OPTION]... -r FILE [FILTER]\n", out);
    for (int group = 0; group < GROUP_N; group++) {
        fprintf(out, "\n%s:\n", group_titles[group]);
        for (int id = 0; id < OPTION_N; id++) {
            if ((int)rows[id].group == group)
                text_print(rows[id].help, row_print(&rows[id], out), out);
        }
    }
    fputs("\nExamples:\n"
          "  " PROGRAM " trace.pcap                  explain what is in it\n"
          "  " PROGRAM " -l trace.pcap               list the connections\n"
          "  " PROGRAM " -C 17 trace.pcap            the one that starts in frame 17\n"
          "  " PROGRAM " -r trace.pcap port 443      only what a filter lets through\n"
          "  " PROGRAM " --json trace.pcap | jq '.totals.by_close'\n"
          "  tcpdump -U -w - port 80 | " PROGRAM " -\n"
          "\nIn the diagram a bare state was seen directly, STATE+7 is proved by frame 7,\n"
          "STATE~ is inferred, STATE? assumed. After a frame, v or a tick: its sums hold,\n"
          "! or a cross: one fails. An arrow drawn double was sent again. x and y are the\n"
          "initial sequence numbers of client and server, u and w those of their FINs.\n"
          "More: man " PROGRAM "\n"
          "\nExit status: 0 done, 2 wrong usage, 3 input not read to its end or output not\n"
          "written, 4 not permitted.\n", out);
}

/* gcc defines a macro, clang answers a question. */
static const char *sanitizers_built(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return "yes";
#elif defined(__has_feature)
    return __has_feature(address_sanitizer) ? "yes" : "no";
#else
    return "no";
#endif
}

static void version_print(FILE *out)
{
    fprintf(out, PROGRAM " %s\n%s\njson-c version %s\nsanitizers: %s\n", PACKAGE_VERSION,
            pcap_lib_version(), json_c_version(), sanitizers_built());
}

/* Seconds with up to nine decimals, in ns. The decimal point is a point in every locale. */
static bool msl_parse(const char *text, int64_t *ret_ns)
{
    size_t whole = strspn(text, "0123456789");
    const char *decimals = text[whole] == '.' ? text + whole + 1 : "0";
    size_t places = strspn(decimals, "0123456789");
    bool ends = text[whole] == '\0' || (text[whole] == '.' && decimals[places] == '\0');
    if (whole == 0 || whole > 6 || places == 0 || places > 9 || !ends)
        return false;
    int64_t ns = 0;
    for (size_t i = 0; i < whole; i++)
        ns = ns * 10 + (text[i] - '0');
    for (size_t i = 0; i < 9; i++)
        ns = ns * 10 + (i < places ? decimals[i] - '0' : 0);
    if (ns < NS_PER_S || ns > MSL_MAX_S * NS_PER_S)
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

static bool width_apply(struct options *options, const char *text)
{
    uint64_t width = 0;
    if (!number_parse(text, OPTIONS_WIDTH_MAX, &width) || width < OPTIONS_WIDTH_MIN)
        return false;
    options->width = (int)width;
    return true;
}

/* Options with an argument: NULL, or what they want instead of it. */
static const char *argument_apply(struct options *options, int id, const char *text)
{
    switch (id) {
    case OPTION_COUNT:
        return number_parse(text, UINT64_MAX, &options->count) ? NULL : "a number from 1 on";
    case OPTION_MSL:
        return msl_parse(text, &options->msl_ns) ? NULL : "seconds from 1 to 3600";
    case OPTION_FORMAT:
    case OPTION_FORMAT_ALIAS:
        return format_apply(options, text) ? NULL : "text, json or ndjson";
    case OPTION_COLOR:
        return color_apply(options, text) ? NULL : "auto, always or never";
    case OPTION_WIDTH:
        return width_apply(options, text) ? NULL : "a number of columns from 80 to 500";
    default:
        return NULL;
    }
}

/* "-c", or "--msl" where there is no letter. */
static const char *row_label(int id, char label[32])
{
    if (rows[id].letter != 0)
        snprintf(label, 32, "-%c", rows[id].letter);
    else
        snprintf(label, 32, "--%s", rows[id].name);
    return label;
}

/* Takes one option; false with a sentence in error. */
static bool option_apply(struct options *options, int id, const char **file, const char *text,
                         char *error, size_t error_size)
{
    char label[32];
    switch (id) {
    case OPTION_READ:
        if (*file != NULL) {
            snprintf(error, error_size, "-r was given twice (%s, %s): this program reads one "
                     "capture at a time; mergecap -w both.pcap FILE FILE joins two", *file, text);
            return false;
        }
        *file = text;
        return true;
    case OPTION_FILTER:
        options->filter = text;
        return true;
    case OPTION_CONNECTION:
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
    case OPTION_ASCII:
        options->ascii = true;
        return true;
    case OPTION_JSON:
    case OPTION_NDJSON:
        return format_apply(options, rows[id].name);
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
        alike += rows[i].name != NULL && strncmp(rows[i].name, word + 2, length - 2) == 0;
    if (result == ':' && id >= 0)
        snprintf(error, error_size, "%s needs %s after it; " PROGRAM " -h explains it",
                 row_label(id, label), rows[id].argument);
    else if (alike > 1)
        snprintf(error, error_size, "'%s' could be several options: write more of it; " PROGRAM
                 " -h lists them", word);
    else if (id >= 0)
        snprintf(error, error_size, "--%s takes no value: leave out what follows the '='",
                 rows[id].name);
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
        if (rows[id].letter != 0)
            *shorts++ = rows[id].letter;
        if (rows[id].letter != 0 && rows[id].argument != NULL)
            *shorts++ = ':';
        if (rows[id].name == NULL)
            continue;
        longs[n++] = (struct option){
            .name = rows[id].name,
            .has_arg = rows[id].argument != NULL ? required_argument : no_argument,
            .val = row_value(id),
        };
    }
    *shorts = '\0';
    longs[n] = (struct option){ .name = NULL };
}

/* Operands are captures; with -r they are the filter. */
static bool operands_apply(struct options *options, int count, char **operands, const char *file,
                           char *error, size_t error_size)
{
    if (file != NULL && options->filter != NULL) {
        snprintf(error, error_size, "with -r the filter is the words that follow: write '-r %s "
                 "%s' without -f, or '-f FILTER %s' without -r", file, options->filter, file);
        return false;
    }
    if (file == NULL && count == 0) {
        snprintf(error, error_size, "no capture given: name a file, or '-' for standard input; "
                 PROGRAM " -h shows examples");
        return false;
    }
    if (file == NULL && count > OPTIONS_INPUTS_MAX) {
        snprintf(error, error_size, "%d captures given, and at most %d can be taken: mergecap "
                 "joins them", count, OPTIONS_INPUTS_MAX);
        return false;
    }
    if (file != NULL)
        options->inputs[options->input_count++] = file;
    for (int i = 0; i < count && file == NULL; i++)
        options->inputs[options->input_count++] = operands[i];
    for (int i = 0; i < count && file != NULL; i++) {
        strbuf_add(&options->words, i > 0 ? " " : "");
        strbuf_add(&options->words, operands[i]);
    }
    if (file != NULL && count > 0)
        options->filter = strbuf_text(&options->words);
    if (options->words.failed)
        snprintf(error, error_size, "out of memory for the filter");
    return !options->words.failed;
}

/* Options that cancel each other out; false with a sentence in error. */
static bool options_agree(const struct options *options, char *error, size_t error_size)
{
    bool chosen = options->selector.kind != SELECT_ALL;
    if (!options->quiet || (!chosen && !options->list))
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
    const char *file = NULL;
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
        if (id == OPTION_HELP || id == OPTION_VERSION) {
            (id == OPTION_HELP ? help_print : version_print)(out);
            return OPTIONS_DONE;
        }
        if (!option_apply(ret_options, id, &file, optarg, error, error_size))
            return OPTIONS_WRONG;
    }
    if (!operands_apply(ret_options, argc - optind, argv + optind, file, error, error_size) ||
        !options_agree(ret_options, error, error_size))
        return OPTIONS_WRONG;
    return OPTIONS_RUN;
}

void options_done(struct options *options)
{
    strbuf_done(&options->words);
}
