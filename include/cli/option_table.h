/*
 * option_table: every option, once. getopt_long, --help, the man page and the completions of the
 * shells follow this table; tests/options.sh and tests/completions.sh prove it.
 */
#ifndef CLI_OPTION_TABLE_H
#define CLI_OPTION_TABLE_H

enum option_id {
    OPTION_READ,
    OPTION_INTERFACE,
    OPTION_LIST_INTERFACES,
    OPTION_FILTER,
    OPTION_COUNT,
    OPTION_DURATION,
    OPTION_AFTER,
    OPTION_BEFORE,
    OPTION_SNAPLEN,
    OPTION_BUFFER,
    OPTION_NUMERIC,
    OPTION_LIST,
    OPTION_CONNECTION,
    OPTION_QUIET,
    OPTION_VERBOSE,
    OPTION_SEGMENTS,
    OPTION_MSL,
    OPTION_VANTAGE,
    OPTION_WRITE,
    OPTION_FORMAT,
    OPTION_FORMAT_ALIAS,
    OPTION_JSON,
    OPTION_NDJSON,
    OPTION_COLOR,
    OPTION_ASCII,
    OPTION_WIDTH,
    OPTION_MAX_MEMORY,
    OPTION_THREADS,
    OPTION_SEED,
    OPTION_DUMP_MACHINE,
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

extern const struct option_row option_rows[OPTION_N];
extern const char *const option_group_titles[GROUP_N];

#endif
