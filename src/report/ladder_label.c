/* ladder_label: an arrow's words, from the fullest wording to the shortest, the first that fits. */
#include "report/ladder_label.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/narrate.h"

/* Past this an offset is as long as the number itself and no easier to read. */
#define OFFSET_MAX 99999999
#define OFFSET_MIN (-9)

#define PART_SIZE 32

/* So far past a FIN a number is still told from it: only a wrong one lies there. */
#define FIN_OFFSET_MAX 9

/* A folded row's words: with its glyph they fit the narrowest ladder. */
#define FOLD_WIDTH (LADDER_LABEL_WIDTH + 3)

static const char isn_names[2] = { 'x', 'y' };
static const char fin_names[2] = { 'u', 'w' };

const char *ladder_bytes(uint64_t bytes, char *text, size_t size)
{
    static const char units[] = { 'k', 'M', 'G', 'T', 'P', 'E' };
    if (bytes < 10000) {
        snprintf(text, size, "%" PRIu64 " B", bytes);
        return text;
    }
    uint64_t unit = 1000;
    size_t name = 0;
    /* 999,950 would round to 1000.0 kB: take the next unit. */
    while (bytes / unit >= 1000 || (bytes / (unit / 20) >= 19999 && name + 1 < sizeof units)) {
        unit *= 1000;
        name++;
    }
    uint64_t tenths = (bytes / (unit / 100) + 5) / 10;
    snprintf(text, size, "%" PRIu64 ".%" PRIu64 " %cB", tenths / 10, tenths % 10, units[name]);
    return text;
}

/* "x+1", "u", or the number itself where no base is known; `owner` numbers these bytes. */
static void number_name(char *text, uint32_t number, enum endpoint_id owner,
                        const struct summary *summary, const struct label_memory *memory)
{
    const struct endpoint_summary *end = &summary->endpoints[owner];
    uint32_t past_fin = number - end->fin_seq;
    if (end->fin_sent && past_fin <= FIN_OFFSET_MAX &&
        (memory->fin_seen[CLIENT] || memory->fin_seen[SERVER])) {
        if (past_fin == 0)
            snprintf(text, PART_SIZE, "%c", fin_names[owner]);
        else
            snprintf(text, PART_SIZE, "%c+%" PRIu32, fin_names[owner], past_fin);
        return;
    }
    int32_t offset = (int32_t)(number - end->isn);
    if (!end->isn_known || offset > OFFSET_MAX || offset < OFFSET_MIN)
        snprintf(text, PART_SIZE, "%" PRIu32, number);
    else if (offset == 0)
        snprintf(text, PART_SIZE, "%c", isn_names[owner]);
    else
        snprintf(text, PART_SIZE, "%c%+" PRId32, isn_names[owner], offset);
}

/* "2nd", "3rd", "11th". */
static void ordinal(char *text, uint32_t n)
{
    const char *ending = "th";
    if (n % 100 < 11 || n % 100 > 13)
        ending = n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
    snprintf(text, PART_SIZE, "%" PRIu32 "%s", n, ending);
}

/* One mark: the one that changes most what the arrow means. Begins with a blank. The short form
 * is for where the other has no room beside the numbers. */
static void mark_name(char *text, const struct journal_row *row, bool brief)
{
    char nth[PART_SIZE];
    text[0] = '\0';
    if (row->marks & MARK_DAMAGED)
        snprintf(text, PART_SIZE, " (damaged)");
    else if (row->marks & MARK_NOT_BELIEVED)
        snprintf(text, PART_SIZE, " (not believed)");
    else if (row->marks & MARK_COPY)
        snprintf(text, PART_SIZE, " (copy)");
    else if (row->marks & MARK_WINDOW_PROBE)
        snprintf(text, PART_SIZE, brief ? " (probe)" : " (window probe)");
    else if (row->marks & MARK_KEEP_ALIVE)
        snprintf(text, PART_SIZE, " (keep-alive)");
    else if (row->marks & MARK_CHALLENGE)
        snprintf(text, PART_SIZE, " (challenge)");
    else if (row->marks & MARK_OTHER_BYTES)
        snprintf(text, PART_SIZE, brief ? " (other)" : " (other bytes)");
    else if (row->marks & MARK_REPEATED && row->nth > 1) {
        ordinal(nth, row->nth);
        snprintf(text, PART_SIZE, brief ? " (%.11s)" : " (%.11s time)", nth);
    } else if (row->marks & MARK_REPEATED)
        snprintf(text, PART_SIZE, brief ? " again" : " (again)");
    else if (row->marks & MARK_FRAGMENT)
        snprintf(text, PART_SIZE, " (fragment)");
    else if (row->marks & MARK_GAP)
        snprintf(text, PART_SIZE, brief ? " (gap)" : " (after a gap)");
    else if (row->marks & MARK_LATE)
        snprintf(text, PART_SIZE, " (late)");
}

/* "SYN,ACK", "FIN,ACK 120 B", "120 B", "ACK". PSH and the ECN bits say nothing here. */
static void kind_name(char *text, size_t size, const struct journal_row *row)
{
    char flags[48], bytes[PART_SIZE];
    unsigned shown = row->flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK | TCP_URG);
    narrate_flags(shown, flags, sizeof flags);
    ladder_bytes(row->length, bytes, sizeof bytes);
    if (row->length == 0)
        snprintf(text, size, "%s", shown ? flags : "no flags");
    else if (shown & (TCP_FIN | TCP_SYN | TCP_RST | TCP_URG) || !(shown & TCP_ACK))
        snprintf(text, size, "%s %s", flags, bytes);
    else
        snprintf(text, size, "%s", bytes);
}

/* "-> 80 B  <- 14.1 MB", or in words when only one end sent data: "7240 B to the server, 7 ACKs";
 * the number of ACKs as far as there is room. */
static void fold_label(char *text, size_t size, const struct journal_row *row)
{
    char up[PART_SIZE], down[PART_SIZE], acks[PART_SIZE] = "";
    if (row->acks > 0)
        snprintf(acks, sizeof acks, ", %" PRIu32 " ACK%s", row->acks, row->acks == 1 ? "" : "s");
    ladder_bytes(row->bytes[CLIENT], up, sizeof up);
    ladder_bytes(row->bytes[SERVER], down, sizeof down);
    uint64_t segments = (uint64_t)row->segments[CLIENT] + row->segments[SERVER];
    bool told = false;
    if (row->bytes[CLIENT] && row->bytes[SERVER]) {
        snprintf(text, size, "-> %s  <- %s", up, down);
    } else if (row->bytes[CLIENT] || row->bytes[SERVER]) {
        bool client = row->bytes[CLIENT] != 0;
        int length = snprintf(text, size, "%s to the %s%s", client ? up : down,
                              client ? "server" : "client", acks);
        told = true;
        if (length > FOLD_WIDTH)
            snprintf(text, size, "%s %s%s", client ? "->" : "<-", client ? up : down, acks);
    } else {
        snprintf(text, size, "%" PRIu64 " ACK%s", segments, segments == 1 ? "" : "s");
        told = true;
    }
    size_t length = strlen(text);
    if (!told && length + strlen(acks) <= FOLD_WIDTH)
        snprintf(text + length, size - length, "%s", acks);
}

/* Takes the first wording that fits; the last one is cut. */
static void label_choose(char *text, size_t size, const char *kind, const char *first,
                         const char *second, const struct journal_row *row)
{
    char mark[PART_SIZE], brief[PART_SIZE];
    mark_name(mark, row, false);
    mark_name(brief, row, true);
    const char *const wordings[][3] = {
        { first, second, mark }, { first, "", mark }, { first, "", brief }, { "", "", mark },
    };
    for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++) {
        int length = snprintf(text, size, "%s%s%s%s", kind, wordings[i][0], wordings[i][1],
                              wordings[i][2]);
        if (length <= LADDER_LABEL_WIDTH)
            return;
    }
    if (size > LADDER_LABEL_WIDTH)
        text[LADDER_LABEL_WIDTH] = '\0';
}

void ladder_label(char *text, size_t size, const struct journal_row *row,
                  const struct summary *summary, struct label_memory *memory)
{
    enum endpoint_id from = row->from == SERVER ? SERVER : CLIENT;
    if (row->marks & ROW_FOLDED) {
        fold_label(text, size, row);
        memory->data_seen = true;
        memory->ack_seen[CLIENT] = memory->ack_seen[SERVER] = false;
        return;
    }
    if (row->flags & TCP_FIN)
        memory->fin_seen[from] = true;
    char kind[2 * PART_SIZE + 16], number[PART_SIZE];
    char seq[PART_SIZE + 8], ack[PART_SIZE + 8];
    kind_name(kind, sizeof kind, row);
    number_name(number, row->seq, from, summary, memory);
    snprintf(seq, sizeof seq, " seq=%s", number);
    number_name(number, row->ack, endpoint_peer(from), summary, memory);
    snprintf(ack, sizeof ack, " ack=%s", number);

    bool closed = row->marks & MARK_WINDOW_CLOSED; /* says more than the other number */
    bool control = row->flags & (TCP_SYN | TCP_FIN | TCP_RST);
    bool bare = row->length == 0 && !control;
    bool told = memory->ack_seen[from] && memory->ack[from] == row->ack;
    /* The SEQ of a bare ACK matters where the numbers of a handshake or a close are checked. */
    bool closing = memory->fin_seen[CLIENT] || memory->fin_seen[SERVER];
    bool probe = row->marks & (MARK_KEEP_ALIVE | MARK_WINDOW_PROBE);
    bool checked = !memory->data_seen || closing || probe;
    /* A SYN-ACK that was sent again to acknowledge something else: that is its news. */
    bool corrected = row->flags & TCP_SYN && row->marks & MARK_REPEATED && memory->ack_seen[from] &&
                     !told;
    if (!(row->flags & TCP_ACK) || probe)
        label_choose(text, size, kind, seq, "", row);
    else if (bare || corrected)
        label_choose(text, size, kind, ack, closed ? " win=0" : checked ? seq : "", row);
    else
        label_choose(text, size, kind, seq, closed ? " win=0" : told && !control ? "" : ack, row);

    if (row->length > 0 && !(row->flags & TCP_SYN))
        memory->data_seen = true;
    if (row->flags & TCP_ACK) {
        memory->ack_seen[from] = true;
        memory->ack[from] = row->ack;
    }
}
