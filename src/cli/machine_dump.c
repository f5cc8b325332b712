/*
 * machine_dump: each row of tcp/machine in words.
 */
#include "cli/machine_dump.h"

#include <stdbool.h>
#include <string.h>

#include "tcp/machine.h"

#define COLUMNS 80
#define MARGIN 6

/* What is true of the segment that X sends, as parts of "it is ..., and ...". */
static const struct condition {
    unsigned when;
    const char *words;
} conditions[] = {
    { WHEN_SYN, "a SYN" },
    { WHEN_SYNACK, "a SYN-ACK" },
    { WHEN_RST, "a RST that counts" },
    { WHEN_RST_ALIVE, "it has an ACK, as of a socket that has the connection" },
    { WHEN_RST_REFUSES, "it answers data, without an ACK, while X's own data was on its way" },
    { WHEN_FIN, "a FIN" },
    { WHEN_DATA, "data" },
    { WHEN_ACK, "an ACK" },
    { WHEN_PEER_SYN, "Y's SYN was seen" },
    { WHEN_ACKS_SYN, "it acknowledges Y's SYN" },
    { WHEN_ACKS_MORE, "it acknowledges more than Y's SYN" },
    { WHEN_ACKS_FIN, "it acknowledges Y's FIN" },
    { WHEN_FIN_MAY_WAIT, "X's own FIN may have been waiting or lost when Y's came" },
    { WHEN_SYN_ACKED, "X's SYN was acknowledged" },
    { WHEN_FIN_ACKED, "X's FIN was acknowledged" },
    { WHEN_FIN_ACKED_BY_FIN, "X's FIN was acknowledged by Y's FIN" },
    { WHEN_FIN_ACK_LATE, "Y's FIN passed before the acknowledgement of X's" },
    { WHEN_FIN_ACK_HAD, "what it acknowledges carried the acknowledgement of X's FIN" },
    { WHEN_FIN_ACK_PROVED, "it acknowledges data that came with the acknowledgement of X's FIN" },
    { WHEN_REPEATED, "it is a repeat" },
    { WHEN_FAST_OPEN, "Y's data on the SYN was accepted" },
    { WHEN_Y_UNKNOWN, "nothing of Y was seen" },
    { WHEN_RST_CAME, "a RST may have reached X" },
    { WHEN_X_PAST_UNKNOWN, "X may have closed before the capture began" },
};

static const char *const deliveries[DELIVERY_N] = {
    [DELIVERY_ACK_OF_SYN] = "an acknowledgement of its SYN",
    [DELIVERY_FIN] = "a FIN",
    [DELIVERY_ACK_OF_FIN] = "an acknowledgement of its FIN",
    [DELIVERY_RST] = "a RST",
    [DELIVERY_ERROR] = "an ICMP error about its SYN",
    [DELIVERY_RST_IN_WINDOW] = "a RST in the window with another number",
};

static const char *const dates[] = {
    [DATED_SEGMENT] = "that segment",
    [DATED_FIRST] = "the first frame of the connection",
    [DATED_ACK_OF_SYN] = "the acknowledgement of X's SYN",
    [DATED_FIN] = "Y's FIN",
    [DATED_ACK_OF_FIN] = "the acknowledgement of X's FIN",
    [DATED_RST] = "Y's RST",
};

/* Words of a line that is broken at COLUMNS and indented. */
struct line {
    FILE *out;
    int column;
};

static void line_add(struct line *line, const char *text)
{
    while (*text != '\0') {
        int word = (int)strcspn(text, " ");
        if (line->column == 0)
            line->column = fprintf(line->out, "%*s", MARGIN, "");
        else if (line->column + 1 + word > COLUMNS)
            line->column = fprintf(line->out, "\n%*s", MARGIN, "") - 1;
        else
            line->column += fprintf(line->out, " ");
        line->column += fprintf(line->out, "%.*s", word, text);
        text += word + (text[word] == ' ');
    }
}

static void line_end(struct line *line)
{
    fputc('\n', line->out);
    line->column = 0;
}

/* "T31   ESTABLISHED or FIN_WAIT_1 -> CLOSED". */
static void change_add(struct line *line, const char *id, unsigned before, enum tcp_state after)
{
    bool first = true;
    line->column = fprintf(line->out, "%-*s", MARGIN - 1, id);
    for (unsigned state = 0; state < STATE_N; state++) {
        if (!(before >> state & 1))
            continue;
        if (!first)
            line_add(line, "or");
        line_add(line, tcp_state_name((enum tcp_state)state));
        first = false;
    }
    line_add(line, "->");
    line_add(line, tcp_state_name(after));
}

static void conditions_add(struct line *line, unsigned when, const char *before,
                           const char *between)
{
    bool first = true;
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        if (!(when & conditions[i].when))
            continue;
        line_add(line, first ? before : between);
        line_add(line, conditions[i].words);
        first = false;
    }
}

static void tx_print(FILE *out, const struct tx_row *row)
{
    struct line line = { .out = out };
    change_add(&line, row->id, row->before, row->after);
    line_add(&line, "is");
    line_add(&line, certainty_name(row->certainty));
    line_end(&line);
    line_add(&line, row->meaning);
    line_end(&line);
    conditions_add(&line, row->when, "when X sends", "and");
    conditions_add(&line, row->unless, "unless", "or");
    line_end(&line);
    if (row->dated != DATED_SEGMENT) {
        line_add(&line, "dated to");
        line_add(&line, dates[row->dated]);
        if (row->certainty == CERTAINTY_PROVED)
            line_add(&line, "(which it proves)");
        line_end(&line);
    }
    if (row->peer_after != STATE_NONE) {
        line_add(&line, "and Y, if nothing was known of it, is");
        line_add(&line, tcp_state_name(row->peer_after));
        line_end(&line);
    }
}

static void rx_print(FILE *out, const struct rx_row *row)
{
    struct line line = { .out = out };
    change_add(&line, row->id, row->before, row->after);
    line_end(&line);
    line_add(&line, row->meaning);
    line_end(&line);
    line_add(&line, "when X received");
    line_add(&line, deliveries[row->delivery]);
    line_end(&line);
}

void machine_dump(FILE *out)
{
    fputs("The state machine of RFC 9293 section 3.3.2, as one who watches the wire can\n"
          "follow it. NONE: nothing is known of this end. A RST counts when its receiver\n"
          "may take it or has to ask back, not when its number lies outside the window.\n\n"
          "TX: what a segment that end X sends to end Y tells about X. A segment goes\n"
          "through all rows from top to bottom, and each sees the state that those above\n"
          "left.\n\n", out);
    for (size_t i = 0; i < machine_tx_count; i++)
        tx_print(out, &machine_tx[i]);
    fputs("\nRX: what a delivered segment does to end X, where no later segment of X proves\n"
          "it and a timer or the end of the capture decides: inferred or assumed.\n\n", out);
    for (size_t i = 0; i < machine_rx_count; i++)
        rx_print(out, &machine_rx[i]);
    check_dump(out);
    class_dump(out);
}
