/*
 * classes: what each segment is taken for, from texts (tests/classes/): what other tools tell
 * wrong, the pitfalls of each class, and senders that differ from Linux. The lists of cases are
 * here, so that none can be left out; and what checks them is fed faults first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "class_case.h"
#include "tracker_case.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* The rows of the reference specification, section 4.13. */
static const char *const wireshark_cases[] = {
    "W0", "W1", "W2",  "W3",  "W4",  "W5",  "W6",  "W7",
    "W8", "W9", "W10", "W11", "W12", "W13", "W14",
};

/* Section 4.14. */
static const char *const pitfall_cases[] = {
    "original", "rtx-fast", "rtx-sack", "rtx-rack", "rtx-tlp", "rtx-rto", "rtx-go-back-n",
    "rtx-syn", "rtx-syn-ack", "spurious", "reordered", "capture-duplicate", "keep-alive",
    "zero-window-probe", "window-update", "duplicate-ack", "unseen", "overlap",
};

static const char *const sender_cases[] = {
    "ipv6-timestamps", "ipv6-timing", "ipv6-copy", "ipv6-old-ack", "ipv6-same-ack", "bsd-probe",
    "windows-keep-alive", "keep-alive-of-nothing", "two-probers", "newreno", "partial", "resegmented", "coalesced",
    "shrunk", "ecn-fallback", "fast-open-fallback", "linear-syn", "fin-probe", "syn-not-counted",
};

static void assert_classes(const char *name, const char *const *ids, size_t count)
{
    struct classes_checked checked;
    char *openings = case_file("tests/classes/openings.txt"), *text = case_file(name);
    if (!classes_check(openings, text, ids, count, &checked)) {
        fprintf(stderr, "%s", checked.errors); /* more than fail_msg() shows */
        fail_msg("%s", name);
    }
    assert_int_equal(checked.cases, count);
    free(openings);
    free(text);
}

/* A case that holds, and may be spoilt. */
#define TITLE "case W1 sent again by the timer\n"
#define VECTOR "0 A S seq=1000\n1.01 A S seq=1000\n"
#define SHOWS "shows\n" VECTOR "is 2 rtx-syn of 1 observed: seen-before timeout syn-again\n"
#define UNLIKE "unlike\n" VECTOR "not 2 syn\n"

/* Each fault is found, and the case without a fault holds. */
static void faults(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error; /* NULL: none */
    } list[] = {
        { TITLE SHOWS UNLIKE, NULL },
        { TITLE SHOWS "unlike none: it is no more than a test\n", NULL },
        { "opening o\n0 A S seq=1000\n" TITLE
          "shows\nafter o\nis 1 syn observed: next-in-order\n" UNLIKE, NULL },
        { TITLE SHOWS, "unlike: no vector, and no reason" },
        { TITLE UNLIKE, "shows: no vector, and no reason" },
        { TITLE SHOWS UNLIKE "unlike none: it is no more than a test\n", "after all" },
        { TITLE SHOWS "unlike none: so\n", "why is there none?" },
        { TITLE SHOWS UNLIKE "shows\n" VECTOR, "that says nothing" },
        { TITLE SHOWS "is 2 rtx-syn observed: seen-before timeout syn-again\n" UNLIKE, "missing" },
        { TITLE SHOWS "is 2 rtx-syn of 1 assumed: seen-before timeout syn-again\n" UNLIKE,
          "missing" },
        { TITLE SHOWS "is 2 rtx-syn of 1 observed: timeout syn-again\n" UNLIKE, "missing" },
        { TITLE SHOWS "again client 2 0\n" UNLIKE, "missing" },
        { TITLE SHOWS UNLIKE "not 2 rtx-syn\n", "should not be" },
        { TITLE SHOWS UNLIKE "not 2 rtx-sin\n", "neither a class nor a tag" },
        { TITLE SHOWS UNLIKE "not 3 rtx-syn\n", "no frame 3" },
        { TITLE SHOWS UNLIKE "shows\nafter p\n" VECTOR "not 2 syn\n", "no opening p" },
        { "case W1\n" SHOWS UNLIKE, "says what it is" },
        { "case W2 another one\n" SHOWS UNLIKE, "where W1 is due" },
        { "", "no case W1" },
        { TITLE SHOWS UNLIKE TITLE SHOWS UNLIKE, "where none is due" },
        { TITLE VECTOR, "belongs to no vector" },
        /* A window that is told in absolute numbers depends on the initial ones. */
        { TITLE SHOWS UNLIKE "unlike\n0 A R seq=0\nis 1 rst observed: flags\n", NULL },
    };
    static const char *const ids[] = { "W1" };
    for (size_t i = 0; i < COUNT(list); i++) {
        struct classes_checked checked;
        bool good = classes_check("", list[i].text, ids, 1, &checked);
        if (good != (list[i].error == NULL) ||
            (!good && strstr(checked.errors, list[i].error) == NULL))
            fail_msg("%s\nnot found in: %s", list[i].text, checked.errors);
    }
}

static void wireshark(void **state)
{
    (void)state;
    assert_classes("tests/classes/wireshark.txt", wireshark_cases, COUNT(wireshark_cases));
}

static void pitfalls(void **state)
{
    (void)state;
    assert_classes("tests/classes/pitfalls.txt", pitfall_cases, COUNT(pitfall_cases));
}

static void senders(void **state)
{
    (void)state;
    assert_classes("tests/classes/senders.txt", sender_cases, COUNT(sender_cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults),
        cmocka_unit_test(wireshark),
        cmocka_unit_test(pitfalls),
        cmocka_unit_test(senders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
