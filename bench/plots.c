/*
 * plots: a script is a row of words, each a segment that passes the capture point:
 *
 *   c s         who sends it: client or server
 *   S F R A     its flags
 *   d           with data (some hundred bytes, and PSH)
 *   k           a keep-alive or window probe: sequence number one too low, no data
 *   W           the window opens again after FILL
 *   !           captured, but lost on the way behind the capture point
 *   ~           sent before the other end's last segment arrived: it does not acknowledge that
 *   0           of a SYN with data, the receiver takes the SYN only
 *   ( )         arrives, but the capture missed it
 *
 * 1s, 300ms, rto, rto4: the next segment leaves so long after its sender's last one; rto is the
 * retransmission timeout of the connection (RFC 6298), rto4 four times that. Without a time it
 * leaves when the other end's segment has arrived.
 *
 * TALK, cBULK, sBULK, sFILL are transfers (life.c); data is lost, repeated and reordered there.
 * AGAIN: the same addresses and ports serve a connection of another plot.
 *
 * A script that does not begin with a SYN is a connection that was open before the capture began.
 *
 * The truth of each row follows from the script and the definitions of handshake.kind and
 * close.kind (first match). Nobody closes first where the connection had not opened. A close is
 * three-segment or four-segment only if both FINs were acknowledged.
 */
#include "plots.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct plot plot_table[] = {
    /* Everyday life: 3/4 of all. */
    { "client closes, server follows at once", 160, "cS sSA cA TALK cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "server closes, client follows at once", 110, "cS sSA cA TALK sFA cFA sA",
      "three-way", "three-segment", "server" },
    { "server takes its time to close", 90, "cS sSA cA TALK cFA sA 300ms sFA cA",
      "three-way", "four-segment", "client" },
    { "client takes its time to close", 50, "cS sSA cA TALK sFA cA 4s cFA sA",
      "three-way", "four-segment", "server" },
    { "FIN on the last data", 60, "cS sSA cA TALK cdA sdFA cFA sA",
      "three-way", "three-segment", "server" },
    { "request with the third ACK", 60, "cS sSA cdA sdA cA TALK cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "download", 60, "cS sSA cA cdA sBULK cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "upload", 25, "cS sSA cA cBULK sdA cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "all is asked, half-closed, then answered", 20, "cS sSA cA cdA cFA sBULK sFA cA",
      "three-way", "four-segment", "client" },
    { "idle with keep-alives", 15, "cS sSA cA TALK 45s ck sA 45s ck sA 3s cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "reader stops, window closes, probes", 10,
      "cS sSA cA cdA sFILL rto sk cA rto2 sk cA rto4 sk cA 3s cWA sBULK sFA cFA sA",
      "three-way", "three-segment", "server" },
    { "still open at the end", 30, "cS sSA cA TALK",
      "three-way", "open", "-" },
    { "opened, never used", 5, "cS sSA cA",
      "three-way", "open", "-" },

    /* Handshakes with losses. */
    { "SYN lost", 12, "cS! 1s cS sSA cA TALK cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "SYN lost three times", 4, "cS! 1s cS! 2s cS! 4s cS sSA cA TALK sFA cFA sA",
      "three-way", "three-segment", "server" },
    { "SYN-ACK lost, client asks again", 8, "cS sSA! 1s cS sSA cA TALK cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "SYN-ACK lost, server repeats it", 5, "cS sSA! 1s sSA cA TALK cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "third ACK lost, data follows", 8, "cS sSA cA! cdA sdA cA TALK cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "third ACK lost, SYN-ACK again", 8, "cS sSA cA! 1s sSA cA TALK cFA sA 300ms sFA cA",
      "three-way", "four-segment", "client" },
    { "capture missed the SYN", 4, "(cS) sSA cA TALK cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "capture missed the third ACK", 4, "cS sSA (cA) TALK cFA sFA cA",
      "three-way", "three-segment", "client" },

    /* Other ways to open. */
    { "fast open", 12, "cSd sSA sdA cA TALK cFA sFA cA",
      "fast-open", "three-segment", "client" },
    { "fast open, answered after the third ACK", 8, "cSd sSA cA sdA cA TALK sFA cA 1s cFA sA",
      "fast-open", "four-segment", "server" },
    { "fast open, data not taken", 4, "cSd0 sSA cdA sdA cA TALK cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "simultaneous open", 3, "cS sS~ cSA sSA cA TALK cFA sFA cA",
      "simultaneous", "three-segment", "client" },
    { "simultaneous open, then a reset", 1, "cS sS~ sSA cSA TALK cRA",
      "simultaneous", "reset", "client" },
    { "split handshake, four segments", 2, "cS sS cSA sA TALK cFA sFA cA",
      "split", "three-segment", "client" },
    { "split handshake, five segments", 1, "cS sA sS cSA sA TALK sFA cA 1s cFA sA",
      "split", "four-segment", "server" },
    { "open before the capture, then closed", 12, "TALK cFA sFA cA",
      "not-captured", "three-segment", "client" },
    { "open before the capture, server closes", 6, "TALK 2s sFA cA 1s cFA sA",
      "not-captured", "four-segment", "server" },
    { "open before the capture and after it", 6, "TALK",
      "not-captured", "open", "-" },
    { "open before the capture, then reset", 4, "cdA sBULK sRA",
      "not-captured", "reset", "server" },

    /* Connections that do not come about. */
    { "no answer to one SYN", 12, "cS!",
      "unanswered", "open", "-" },
    { "no answer to five SYNs", 12, "cS! 1s cS! 2s cS! 4s cS! 8s cS!",
      "unanswered", "open", "-" },
    { "no answer, with linear timeouts", 4, "cS! 1s cS! 1s cS! 1s cS! 1s cS! 1s cS! 2s cS!",
      "unanswered", "open", "-" },
    { "refused", 20, "cS sRA",
      "refused", "reset", "-" },
    { "refused, and tried again twice", 5, "cS sRA 500ms cS sRA 500ms cS sRA",
      "refused", "reset", "-" },
    { "SYN scan", 10, "cS sSA cR",
      "aborted", "reset", "-" },
    { "client gives up before the SYN-ACK comes again", 3, "cS sSA! 1s sSA cR",
      "aborted", "reset", "-" },
    { "server aborts before the third ACK", 2, "cS sSA! 1s sSA! 2s sRA",
      "aborted", "reset", "-" },
    { "half-open, client is gone", 10, "cS sSA! 1s sSA! 2s sSA! 4s sSA! 8s sSA!",
      "half-open", "open", "-" },
    { "half-open, SYN-ACKs do not get back", 5, "cS sSA! 1s cS sSA! 2s cS sSA! 4s cS sSA!",
      "half-open", "open", "-" },

    /* Resets. */
    { "client aborts when it has all", 25, "cS sSA cA TALK cRA",
      "three-way", "reset", "client" },
    { "server aborts", 15, "cS sSA cA TALK sRA",
      "three-way", "reset", "server" },
    { "server aborts on a request", 10, "cS sSA cA cdA sRA",
      "three-way", "reset", "server" },
    { "server forgot the connection", 6, "cS sSA cA TALK 130s cdA sR",
      "three-way", "reset", "server" },
    { "client aborts a download", 8, "cS sSA cA cdA sBULK sdA sdA cRA sdA~ sdA~ cR cR",
      "three-way", "reset", "client" },
    { "data after the client closed", 6, "cS sSA cA TALK cFA sA 300ms sdA cR",
      "three-way", "reset", "client" },
    { "close, then abort", 4, "cS sSA cA TALK sFA cA 2s cRA",
      "three-way", "reset", "server" },
    { "RST after both FINs were acknowledged", 5, "cS sSA cA TALK cFA sFA cA 100ms sRA",
      "three-way", "three-segment", "client" },

    /* Closes with losses, and half of a close. */
    { "FIN lost twice", 6, "cS sSA cA TALK cFA! rto cFA! rto2 cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "answer to the FIN lost", 6, "cS sSA cA TALK cFA sFA! rto cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "ACK of the FIN lost", 6, "cS sSA cA TALK cFA sA! rto cFA sA 1s sFA cA",
      "three-way", "four-segment", "client" },
    { "last ACK lost", 8, "cS sSA cA TALK cFA sFA cA! rto sFA cA",
      "three-way", "three-segment", "client" },
    { "simultaneous close", 15, "cS sSA cA TALK cFA sFA~ cA sA",
      "three-way", "simultaneous", "both" },
    { "simultaneous close, one FIN lost", 3, "cS sSA cA TALK cFA sFA~! sA rto sFA cA",
      "three-way", "simultaneous", "both" },
    { "FIN unanswered", 6, "cS sSA cA TALK cFA! rto cFA! rto2 cFA! rto4 cFA! rto8 cFA!",
      "three-way", "fin-unanswered", "client" },
    { "FIN of the server unanswered", 4, "cS sSA cA TALK sFA! rto sFA! rto2 sFA!",
      "three-way", "fin-unanswered", "server" },
    { "server does not close", 8, "cS sSA cA TALK cFA sA",
      "three-way", "half-closed", "client" },
    { "client does not close", 8, "cS sSA cA TALK sFA cA",
      "three-way", "half-closed", "server" },
    { "second FIN unanswered", 4, "cS sSA cA TALK cFA sA 1s sFA! rto sFA! rto2 sFA!",
      "three-way", "half-closed", "client" },
    { "both FINs in two segments, last ACK never", 3, "cS sSA cA TALK cFA sFA! rto sFA! rto2 sFA!",
      "three-way", "half-closed", "client" },

    /* The same ports again. */
    { "same ports after TIME_WAIT", 12, "cS sSA cA TALK cFA sFA cA 61s AGAIN",
      "three-way", "three-segment", "client" },
    { "same ports, server in TIME_WAIT", 6, "cS sSA cA TALK sFA cFA sA 5s AGAIN",
      "three-way", "three-segment", "server" },
    { "same ports after a reset", 6, "cS sSA cA TALK cRA 1s AGAIN",
      "three-way", "reset", "client" },
    { "same ports after a refusal", 6, "cS sRA 3s AGAIN",
      "refused", "reset", "-" },

    /* Only where they are asked for: what a bench is made of. */
    { "short", 0, "cS sSA cA cdA sA sdA cA cFA sFA cA",
      "three-way", "three-segment", "client" },
    { "half-open", 0, "cS sSA",
      "half-open", "open", "-" },
    { "one segment", 0, "cdA",
      "not-captured", "open", "-" },
};
/* clang-format on */

#define PLOT_COUNT (sizeof plot_table / sizeof plot_table[0])

static bool word_is(const char *word, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(word, name, length) == 0;
}

/* "300ms", "1s", "rto", "rto4"; the time is of the step that follows. */
static bool time_parse(const char *word, size_t length, struct step *step)
{
    if (length >= 3 && memcmp(word, "rto", 3) == 0) {
        step->timeouts = length == 3 ? 1 : (uint8_t)strtoul(word + 3, NULL, 10);
        return true;
    }
    if (!isdigit((unsigned char)word[0]))
        return false;
    char *unit;
    step->wait_ms = (uint32_t)strtoul(word, &unit, 10);
    if (*unit == 's')
        step->wait_ms *= 1000;
    return true;
}

static bool transfer_parse(const char *word, size_t length, struct step *step)
{
    step->from = word[0] == 's' ? SIDE_SERVER : SIDE_CLIENT;
    if (word_is(word, length, "TALK"))
        step->kind = STEP_TALK;
    else if (word_is(word, length, "AGAIN"))
        step->kind = STEP_AGAIN;
    else if (word_is(word, length, "cBULK") || word_is(word, length, "sBULK"))
        step->kind = STEP_BULK;
    else if (word_is(word, length, "sFILL"))
        step->kind = STEP_FILL;
    return step->kind != STEP_END;
}

static bool segment_parse(const char *word, size_t length, struct step *step)
{
    static const char letters[] = "SFRAdkW!~0()";
    static const uint8_t flags[] = { FLAG_SYN, FLAG_FIN, FLAG_RST, FLAG_ACK, FLAG_PSH };
    static const uint8_t marks[] = { 0, 0, 0, 0, MARK_DATA, MARK_KEEP_ALIVE, MARK_WINDOW,
                                     MARK_LOST, MARK_EARLY, MARK_SYN_ONLY, MARK_UNSEEN,
                                     MARK_UNSEEN };
    bool sender = false;

    for (size_t i = 0; i < length; i++) {
        const char *letter = strchr(letters, word[i]);
        if (word[i] == 'c' || word[i] == 's') {
            step->from = word[i] == 's' ? SIDE_SERVER : SIDE_CLIENT;
            sender = true;
        } else if (letter != NULL) {
            size_t nth = (size_t)(letter - letters);
            step->flags |= nth < sizeof flags ? flags[nth] : 0;
            step->marks |= marks[nth];
        } else {
            return false;
        }
    }
    if (step->marks & MARK_KEEP_ALIVE)
        step->flags |= FLAG_ACK;
    step->kind = STEP_SEGMENT;
    return sender;
}

/* NULL: all words were read; otherwise the word that was not. */
static const char *script_parse(const char *script, struct step *steps)
{
    struct step step = { 0 };
    size_t count = 0;

    for (const char *word = script; *word != '\0';) {
        size_t length = strcspn(word, " ");
        if (!time_parse(word, length, &step)) {
            if (count == PLOT_STEPS_MAX - 1 ||
                (!transfer_parse(word, length, &step) && !segment_parse(word, length, &step)))
                return word;
            steps[count++] = step;
            step = (struct step){ 0 };
        }
        word += length;
        word += *word == ' ';
    }
    return NULL;
}

bool plots_init(struct plots *plots, const char **ret_word)
{
    *plots = (struct plots){ .count = PLOT_COUNT, .plots = plot_table };
    *ret_word = "";
    plots->steps = calloc(PLOT_COUNT, sizeof *plots->steps);
    if (plots->steps == NULL)
        return false;
    for (size_t i = 0; i < PLOT_COUNT; i++) {
        plots->weights += plot_table[i].weight;
        *ret_word = script_parse(plot_table[i].script, plots->steps[i]);
        if (*ret_word != NULL)
            return false;
    }
    return true;
}

void plots_done(struct plots *plots)
{
    free(plots->steps);
    plots->steps = NULL;
}

static bool begins_with_syn(const struct step *first)
{
    return first->kind == STEP_SEGMENT && first->flags == FLAG_SYN &&
           !(first->marks & (MARK_UNSEEN | MARK_DATA));
}

size_t plots_choose(const struct plots *plots, struct random *random, bool from_syn)
{
    for (;;) {
        uint32_t left = random_below(random, plots->weights);
        size_t i = 0;
        while (left >= plots->plots[i].weight)
            left -= plots->plots[i++].weight;
        if (!from_syn || begins_with_syn(plots->steps[i]))
            return i;
    }
}

bool plots_find(const struct plots *plots, const char *name, size_t *ret_plot)
{
    for (size_t i = 0; i < plots->count; i++) {
        *ret_plot = i;
        if (strcmp(plots->plots[i].name, name) == 0)
            return true;
    }
    return false;
}

static bool sends_bulk(const struct step *steps)
{
    for (; steps->kind != STEP_END; steps++)
        if (steps->kind == STEP_BULK)
            return true;
    return false;
}

size_t plots_choose_bulk(const struct plots *plots, struct random *random)
{
    for (;;) {
        size_t i = plots_choose(plots, random, true);
        if (sends_bulk(plots->steps[i]))
            return i;
    }
}
