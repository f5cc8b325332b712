/*
 * option_table: the rows. tests/options.sh reads them line by line: each row's first line holds
 * its id, letter, name and argument.
 */
#include "cli/option_table.h"

#include <stddef.h>

const char *const option_group_titles[GROUP_N] = {
    [GROUP_INPUT] = "What to read",
    [GROUP_CHOICE] = "What to explain",
    [GROUP_OUTPUT] = "How to write it",
    [GROUP_ABOUT] = "About the program",
};

const struct option_row option_rows[OPTION_N] = {
    [OPTION_READ] = { GROUP_INPUT, 'r', "read-file", "FILE",
        "Read FILE, as in tcpdump: the words that follow are then the filter. '-' is standard "
        "input." },
    [OPTION_INTERFACE] = { GROUP_INPUT, 'i', "interface", "NAME",
        "Watch a network interface until Ctrl-C (or -c, --duration), then explain what was seen. "
        "The words that follow are the filter. 'any' is all interfaces, and a number is that of "
        "-D." },
    [OPTION_LIST_INTERFACES] = { GROUP_INPUT, 'D', "list-interfaces", NULL,
        "List the interfaces that -i can watch, and exit." },
    [OPTION_FILTER] = { GROUP_INPUT, 'f', "filter", "EXPR",
        "Read only frames that match the BPF expression EXPR, one word of the shell: "
        "'host 10.0.0.1 and port 80'. See pcap-filter(7)." },
    [OPTION_COUNT] = { GROUP_INPUT, 'c', "count", "COUNT",
        "Stop after COUNT frames; with a filter, only frames that match are counted." },
    [OPTION_DURATION] = { GROUP_INPUT, 0, "duration", "SECONDS",
        "With -i: stop after so many seconds." },
    [OPTION_AFTER] = { GROUP_INPUT, 0, "after", "TIME",
        "Leave out what came before TIME: 90.5 is seconds from the first frame, 03:12:44 a clock "
        "time (of the day of the first frame), 2026-11-21T03:12:44Z or @1795230764 any time." },
    [OPTION_BEFORE] = { GROUP_INPUT, 0, "before", "TIME",
        "Leave out what came at TIME or later." },
    [OPTION_SNAPLEN] = { GROUP_INPUT, 's', "snapshot-length", "BYTES",
        "With -i: keep so many bytes of each frame. The default is 262144." },
    [OPTION_BUFFER] = { GROUP_INPUT, 'B', "buffer-size", "KIB",
        "With -i: size of the kernel's buffer in KiB. A larger one loses fewer frames." },
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
        "More: why each state is known, every arithmetic check and the evidence of every finding; "
        "a time line, and the sequence space of each end as a bar." },
    [OPTION_SEGMENTS] = { GROUP_CHOICE, 0, "segments", NULL,
        "List every segment of the connections explained, and why it was sent: first sending, sent "
        "again and by what trigger, probe, duplicate." },
    [OPTION_MSL] = { GROUP_CHOICE, 0, "msl", "SECONDS",
        "Maximum segment lifetime, 1 to 3600; TIME_WAIT lasts two of them. The default is 30, "
        "because Linux holds TIME_WAIT for 60 s; RFC 9293 says 120." },
    [OPTION_VANTAGE] = { GROUP_CHOICE, 0, "vantage", "PLACE",
        "Where the capture was taken, when you know better: client, near-client, middle, "
        "near-server or server." },
    [OPTION_WRITE] = { GROUP_OUTPUT, 'w', "write", "FILE",
        "Also write the frames of the connections explained to FILE, a pcap file; with -i and "
        "from a pipe, every frame that passes the filter." },
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
    [OPTION_MAX_MEMORY] = { GROUP_ABOUT, 0, "max-memory", "SIZE",
        "Keep at most so much of the capture: 512M, 2G, at least 16M. What there is no room for is "
        "told. The default is a quarter of the machine's memory, 2G at most." },
    [OPTION_THREADS] = { GROUP_ABOUT, 0, "threads", "COUNT",
        "Use so many threads, 1 to 17. The default is one for each processor. What is told is the "
        "same with any number." },
    [OPTION_SEED] = { GROUP_ABOUT, 0, "seed", "NUMBER",
        "Take the secret of the hashes from NUMBER instead of the system. For tests: nothing that "
        "is told may depend on it." },
    [OPTION_DUMP_MACHINE] = { GROUP_ABOUT, 0, "dump-machine", NULL,
        "Print the tables of states, checks and classes in words, and exit." },
    [OPTION_HELP] = { GROUP_ABOUT, 'h', "help", NULL,
        "Print an overview and exit." },
    [OPTION_VERSION] = { GROUP_ABOUT, 'V', "version", NULL,
        "Print the versions of the program and its libraries, and exit." },
};
