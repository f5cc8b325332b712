/*
 * rows: every row of the reference machine and of the rules beside it has a vector that shows it
 * with its proof, one without, and one that refutes it, or says why not (tests/rows/). The lists
 * of rows are here, so that none can be left out; and what checks the rows is fed faults first.
 */
#include <errno.h>
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

static char *text_read(const char *name)
{
    const char *folder = getenv("srcdir");
    char path[1000];
    snprintf(path, sizeof path, "%s/tests/rows/%s", folder != NULL ? folder : ".", name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    size_t room = 200000;
    char *text = malloc(room);
    assert_non_null(text);
    size_t length = fread(text, 1, room, file);
    assert_true(length > 0 && length < room);
    text[length] = '\0';
    fclose(file);
    return text;
}

static void assert_rows(const char *name, const char *const *ids, size_t count)
{
    struct rows_checked checked;
    char *text = text_read(name);
    if (!rows_check(text, ids, count, &checked)) {
        fprintf(stderr, "%s", checked.errors); /* more than fail_msg() shows */
        fail_msg("%s", name);
    }
    assert_int_equal(checked.rows, count);
    assert_true(checked.vectors >= 2 * count);
    free(text);
}

static void send(void **state)
{
    (void)state;
    assert_rows("send.txt", send_rows, COUNT(send_rows));
}

static void receive(void **state)
{
    (void)state;
    assert_rows("receive.txt", receive_rows, COUNT(receive_rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(send),
        cmocka_unit_test(receive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
