/*
 * help: what -h and -V print.
 */
#include "cli/help.h"

#include <string.h>

#include <json-c/json_c_version.h>
#include <pcap/pcap.h>

#include "cli/option_table.h"
#include "config.h"

#define PROGRAM "tcpflow-explain"

#define HELP_WIDTH 80
#define HELP_TEXT_COLUMN 29

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

void help_print(FILE *out)
{
    fputs("Explains every TCP connection in a packet capture: how it opened, how it closed,\n"
          "whether the numbers add up, and what went wrong.\n\n"
          "Usage: " PROGRAM " [OPTION]... FILE...         '-' is standard input\n"
          "       " PROGRAM " [OPTION]... -r FILE [FILTER]\n"
          "       " PROGRAM " [OPTION]... -i INTERFACE [FILTER]\n"
          "\nSeveral files are read as one capture, in the order of time: the client's and\n"
          "the server's can be given together.\n", out);
    for (int group = 0; group < GROUP_N; group++) {
        fprintf(out, "\n%s:\n", option_group_titles[group]);
        for (int id = 0; id < OPTION_N; id++) {
            if ((int)option_rows[id].group == group)
                text_print(option_rows[id].help, row_print(&option_rows[id], out), out);
        }
    }
    fputs("\nExamples:\n"
          "  " PROGRAM " trace.pcap                  explain what is in it\n"
          "  " PROGRAM " -l trace.pcap               list the connections\n"
          "  " PROGRAM " -C 17 trace.pcap            the one that starts in frame 17\n"
          "  " PROGRAM " -r trace.pcap port 443      only what a filter lets through\n"
          "  " PROGRAM " -C 17 -w bad.pcap trace.pcap   and save its frames\n"
          "  " PROGRAM " -i eth0 port 443            watch an interface until Ctrl-C\n"
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

void version_print(FILE *out)
{
    fprintf(out, PROGRAM " %s\n%s\njson-c version %s\nsanitizers: %s\n", PACKAGE_VERSION,
            pcap_lib_version(), json_c_version(), sanitizers_built());
}
