/* ladder_label: an arrow's words, from the fullest wording to the shortest, the first that fits. */
#include "report/ladder_label.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/class_words.h"
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

/* What a mark says. The short form is for where the other has no room beside the numbers. */
static const char *mark_word(const struct journal_row *row, bool brief)
{
    static const struct {
        unsigned mark;
        const char *word, *brief;
    } words[] = {
        { MARK_DAMAGED, "damaged", NULL },
        { MARK_NOT_BELIEVED, "not believed", NULL },
        { MARK_COPY, "copy", NULL },
        { MARK_WINDOW_PROBE, "window probe", "probe" },
        { MARK_KEEP_ALIVE, "keep-alive", NULL },
        { MARK_CHALLENGE, "challenge", NULL },
        { MARK_OTHER_BYTES, "other bytes", "other" },
        { MARK_REPEATED, "again", NULL },
        { MARK_FRAGMENT, "fragment", NULL },
        { MARK_GAP, "after a gap", "gap" },
        { MARK_LATE, "late", NULL },
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (row->marks & words[i].mark)
            return brief && words[i].brief != NULL ? words[i].brief : words[i].word;
    return NULL;
}

/* How many duplicates of one ACK the end had sent with this one. */
static unsigned duplicates_count(const struct segment_list *segments,
                                 const struct classified *segment)
{
    unsigned count = 0;
    for (size_t i = segment_list_place(segments, segment->frame) + 1; i-- > 0;) {
        const struct classified *other = segments->list[i];
        if (other->from != segment->from || !other->has_ack)
            continue;
        if (other->ack != segment->ack)
            break;
        count += other->class == CLASS_DUPLICATE_ACK;
    }
    return count;
}

/* What the class says; false when its marks say more. */
static bool class_mark(char *text, const struct journal_row *row,
                       const struct label_memory *memory, bool brief)
{
    const struct connection_report *connection = memory->connection;
    const struct classified *segment =
        connection != NULL ? segment_list_find(&connection->segments, row->frame) : NULL;
    if (segment == NULL || row->marks & (MARK_DAMAGED | MARK_NOT_BELIEVED))
        return false;
    const struct class_words *words = class_words_of(connection, segment);
    const char *word = brief && words->brief != NULL ? words->brief : words->arrow;
    bool again = class_is_repeat((enum segment_class)segment->class);
    bool needless = (segment->tags & TAG(TAG_SPURIOUS)) && segment->class != CLASS_RTX_UNNEEDED;
    if (memory->closed[row->from] && (row->flags & TCP_ACK) && row->window > 0)
        snprintf(text, PART_SIZE, brief ? " (opens)" : " (window opens)");
    else if (segment->class == CLASS_DUPLICATE_ACK)
        snprintf(text, PART_SIZE, " %s %u", word, duplicates_count(&connection->segments, segment));
    else if (again && (row->flags & TCP_SYN) && row->nth > 1)
        return false; /* by a timer always: how often is more */
    else if (again)
        snprintf(text, PART_SIZE, " %s%s", needless && brief ? "again" : word,
                 needless ? ", needless" : "");
    else if (word != NULL && (segment->class != CLASS_WINDOW_UPDATE || memory->data_seen))
        snprintf(text, PART_SIZE, " (%s)", word);
    else if (segment->tags & TAG(TAG_WINDOW_FULL))
        snprintf(text, PART_SIZE, " (window full)");
    else
        return segment->class == CLASS_ORIGINAL && !(row->marks & (MARK_GAP | MARK_FRAGMENT));
    return true;
}

/* One mark: the one that changes most what the arrow means. Begins with a blank. */
static void mark_name(char *text, const struct journal_row *row,
                      const struct label_memory *memory, bool brief)
{
    char nth[PART_SIZE];
    text[0] = '\0';
    if (!(row->marks & MARK_OTHER_BYTES) && class_mark(text, row, memory, brief))
        return;
    const char *word = mark_word(row, brief);
    bool again = word != NULL && strcmp(word, "again") == 0;
    if (again && row->nth > 1) {
        ordinal(nth, row->nth);
        snprintf(text, PART_SIZE, brief ? " (%.11s)" : " (%.11s time)", nth);
    } else if (again) {
        snprintf(text, PART_SIZE, brief ? " again" : " (again)");
    } else if (word != NULL) {
        snprintf(text, PART_SIZE, " (%s)", word);
    }
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

/* Takes the first wording that fits; the last one is cut. Why a segment was sent again is more than
 * how long it is, and less than its number. */
static void label_choose(char *text, size_t size, const char *kind, const char *first,
                         const char *second, const struct journal_row *row,
                         const struct label_memory *memory)
{
    char mark[PART_SIZE], brief[PART_SIZE];
    int width = memory->width > 0 ? memory->width : LADDER_LABEL_WIDTH;
    mark_name(mark, row, memory, false);
    mark_name(brief, row, memory, true);
    /* Marks in brackets say what the segment is, others why it came. */
    bool why = mark[0] == ' ' && mark[1] != '(';
    bool bare = why && first[0] == ' ' && !(row->flags & (TCP_SYN | TCP_FIN | TCP_RST));
    const char *const wordings[][4] = {
        { kind, first, second, mark },
        { kind, first, "", mark },
        { bare ? "" : kind, first + (bare ? 1 : 0), "", mark },
        { kind, "", "", why ? mark : NULL },
        { kind, first, "", brief },
        { kind, "", "", mark },
        { kind, "", "", brief },
    };
    for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++) {
        if (wordings[i][3] == NULL)
            continue;
        int length = snprintf(text, size, "%s%s%s%s", wordings[i][0], wordings[i][1],
                              wordings[i][2], wordings[i][3]);
        if (length <= width)
            return;
    }
    if (size > (size_t)width)
        text[width] = '\0';
}

void ladder_label(char *text, size_t size, const struct journal_row *row,
                  const struct summary *summary, struct label_memory *memory)
{
    enum endpoint_id from = row->from == SERVER ? SERVER : CLIENT;
    if (row->marks & ROW_FOLDED) {
        fold_label(text, size, row);
        memory->data_seen = true;
        memory->ack_seen[CLIENT] = memory->ack_seen[SERVER] = false;
        memory->closed[CLIENT] = memory->closed[SERVER] = false;
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
        label_choose(text, size, kind, seq, "", row, memory);
    else if (bare || corrected)
        label_choose(text, size, kind, ack, closed ? " win=0" : checked ? seq : "", row,
                     memory);
    else
        label_choose(text, size, kind, seq, closed ? " win=0" : told && !control ? "" : ack, row,
                     memory);

    if (row->length > 0 && !(row->flags & TCP_SYN))
        memory->data_seen = true;
    if (row->flags & TCP_ACK) {
        memory->closed[from] = closed;
        memory->ack_seen[from] = true;
        memory->ack[from] = row->ack;
    }
}
