/*
 * rows: every row of the reference machine and of the rules beside it has a vector that shows it
 * with its proof, one without, and one that refutes it, or says why not (tests/rows/). The lists
 * of rows are here, so that none can be left out; and what checks the rows is fed faults first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "row_case.h"
#include "tcp/machine.h"
#include "tracker_case.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* What an end sends, in its states. */
static const char *const send_rows[] = {
    "T1",  "T2",  "T3",  "T4",  "T5",  "T6",  "T7",  "T8",  "T9",  "T10", "T11", "T12",
    "T13", "T14", "T15", "T16", "T17", "T18", "T19", "T20", "T21", "T22", "T23", "T24",
    "T25", "T26", "T27", "T28", "T29", "T30", "T31", "T32", "T33", "T34", "T35",
};

/* What reaches an end. */
static const char *const receive_rows[] = {
    "R1",  "R2",  "R3",  "R4",  "R5",  "R6",  "R7",  "R8",  "R9",  "R10", "R11", "R12", "R13",
    "R14", "R15", "R16", "R17", "R18", "R19", "R20", "R21", "R22", "R23", "R24", "R25", "R26",
};

static const char *const opening_rows[] = {
    "three-way",    "three-way-data", "fast-open-request", "fast-open-taken",
    "fast-open-refused", "simultaneous", "split-four", "split-five",
    "old-duplicate-syn", "half-open-recovery", "cookie", "deferred-accept",
};

static const char *const closing_rows[] = {
    "fin-with-data",   "fin-merged",   "fin-moved",      "fin-beyond-hole", "fin-never-acked",
    "half-close",      "rst-exact",    "rst-in-window",  "rst-outside",     "rst-in-syn-sent",
    "rst-sender",      "rst-receiver", "rst-active",     "rst-reactive",    "rst-refused",
    "rst-after-close", "rst-burst",
};

static const char *const incarnation_rows[] = {
    "I1", "I2a", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "synack-alone",
    "time-wait-timestamp", "time-wait-number",
};

static const char *const view_rows[] = {
    "mid-stream", "one-direction-client", "one-direction-server", "capture-drops",
    "capture-reordered", "capture-doubled", "end-in-the-opening", "timer-syn", "timer-synack",
    "timer-fin-wait-2", "timer-two-msl", "timer-last-ack", "timer-idle", "end-syn-unanswered",
    "end-half-open", "end-open", "end-half-closed", "end-fin-unacked", "end-simultaneous-close",
    "end-last-ack-unconfirmed", "end-clean", "end-reset", "end-half-open-reset",
};

static void assert_rows(const char *name, const char *const *ids, size_t count)
{
    struct rows_checked checked;
    char *text = case_file(name);
    if (!rows_check(text, ids, count, &checked)) {
        fprintf(stderr, "%s", checked.errors); /* more than fail_msg() shows */
        fail_msg("%s", name);
    }
    assert_int_equal(checked.rows, count);
    assert_true(checked.vectors >= 2 * count);
    free(text);
}

/* A row that holds, and may be spoilt. */
#define TITLE "row T10 SYN_SENT: acknowledges the SYN-ACK\n"
#define CLAIM "claims client SYN_SENT>ESTABLISHED\n"
#define PROOF "proof\nopen\nhas 3 client SYN_SENT>ESTABLISHED observed\n"
#define WITHOUT "without\n0 A S seq=1000\nnot client SYN_SENT>ESTABLISHED\n"
#define REFUTED "refuted none: its own segment shows it\n"

/* Each fault is found, and the row without a fault holds. */
static void faults(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error; /* NULL: none */
    } list[] = {
        { TITLE CLAIM PROOF WITHOUT REFUTED, NULL },
        { TITLE CLAIM PROOF WITHOUT, "refuted: no vector, and no reason" },
        { TITLE CLAIM PROOF REFUTED, "without: no vector, and no reason" },
        { TITLE CLAIM WITHOUT REFUTED, "proof: no vector, and no reason" },
        { TITLE CLAIM PROOF WITHOUT REFUTED "refuted\nopen\nhas close open by nobody\n",
          "refuted: there is one after all" },
        { TITLE CLAIM PROOF WITHOUT "refuted none: so\n", "why is there none?" },
        { "row T10\n" CLAIM PROOF WITHOUT REFUTED, "a row has a name" },
        { "row T11 something else\n" PROOF WITHOUT REFUTED, "row T11, where T10 is due" },
        { "", "no row T10" },
        { TITLE CLAIM PROOF WITHOUT REFUTED TITLE PROOF WITHOUT REFUTED, "where none is due" },
        /* What a vector says is not so, or nothing. */
        { TITLE CLAIM PROOF "has 3 client SYN_SENT>ESTABLISHED proved\n" WITHOUT REFUTED,
          "missing \"3 client SYN_SENT>ESTABLISHED proved\"" },
        { TITLE CLAIM PROOF "has client SYN_SENT>ESTABLISHED observed\n" WITHOUT REFUTED,
          "missing" },
        { TITLE CLAIM PROOF "not client SYN_SENT>ESTABLISHED\n" WITHOUT REFUTED,
          "should not be" },
        { TITLE CLAIM PROOF WITHOUT "not client SYN_SEND>ESTABLISHED\n" REFUTED,
          "no other vector says" },
        { TITLE CLAIM PROOF WITHOUT "without\n0 A S seq=1000\n" REFUTED, "that says nothing" },
        { TITLE CLAIM PROOF WITHOUT "second has id 1\n" REFUTED, "missing \"id 1\"" },
        /* The claim does not fit its column. */
        { TITLE CLAIM PROOF WITHOUT REFUTED "proof\n0 A S seq=1000\nhas id 1\n", "not proved" },
        { TITLE CLAIM PROOF WITHOUT REFUTED "without\nopen\nhas id 1\n",
          "sure without proof" },
        { TITLE CLAIM PROOF WITHOUT "refuted\nopen\nhas id 1\n", "not taken back" },
        { TITLE CLAIM "proof none: only for this test of it\n"
                "without\n0 A S seq=1000\nhas id 1\n" REFUTED, "nothing infers it" },
        { TITLE "open\n", "belongs to no vector" },
        { "open\n", "belongs to no row" },
    };
    static const char *const ids[] = { "T10" };
    for (size_t i = 0; i < COUNT(list); i++) {
        struct rows_checked checked;
        bool good = rows_check(list[i].text, ids, 1, &checked);
        if (good != (list[i].error == NULL) ||
            (!good && strstr(checked.errors, list[i].error) == NULL))
            fail_msg("%s\nnot found in: %s", list[i].text, checked.errors);
    }
}

/* Each row of the program's tables is one of the lists. */
static void rows_of_the_machine(void **state)
{
    (void)state;
    for (size_t i = 0; i < machine_tx_count + machine_rx_count; i++) {
        const char *id =
            i < machine_tx_count ? machine_tx[i].id : machine_rx[i - machine_tx_count].id;
        bool found = false;
        for (size_t k = 0; k < COUNT(send_rows); k++)
            found = found || strcmp(send_rows[k], id) == 0;
        for (size_t k = 0; k < COUNT(receive_rows); k++)
            found = found || strcmp(receive_rows[k], id) == 0;
        if (!found)
            fail_msg("no row %s", id);
    }
}

static void send(void **state)
{
    (void)state;
    assert_rows("tests/rows/send.txt", send_rows, COUNT(send_rows));
}

static void receive(void **state)
{
    (void)state;
    assert_rows("tests/rows/receive.txt", receive_rows, COUNT(receive_rows));
}

static void opening(void **state)
{
    (void)state;
    assert_rows("tests/rows/opening.txt", opening_rows, COUNT(opening_rows));
}

static void closing(void **state)
{
    (void)state;
    assert_rows("tests/rows/closing.txt", closing_rows, COUNT(closing_rows));
}

static void incarnation(void **state)
{
    (void)state;
    assert_rows("tests/rows/incarnation.txt", incarnation_rows, COUNT(incarnation_rows));
}

static void view(void **state)
{
    (void)state;
    assert_rows("tests/rows/view.txt", view_rows, COUNT(view_rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults),      cmocka_unit_test(rows_of_the_machine),
        cmocka_unit_test(send),
        cmocka_unit_test(receive),
        cmocka_unit_test(opening),
        cmocka_unit_test(closing),
        cmocka_unit_test(incarnation),
        cmocka_unit_test(view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
