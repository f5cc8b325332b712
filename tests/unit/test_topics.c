/* The catalogue: every row is whole, ids are unique, templates use known placeholders only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/topic.h"

/* Ids are a promise to scripts: this list may grow, but no id in it may change. */
static const char *const ids[TOPIC_N] = {
    "handshake-refused",     "handshake-unanswered", "connect-abandoned",
    "syn-retransmission",    "synack-unanswered",    "third-ack-lost",
    "simultaneous-open",     "split-handshake",      "handshake-aborted",
    "old-duplicate-syn",
    "close-rst-abort",       "close-unread-data-rst", "close-linger-abort",
    "close-rst-after-fin",   "keepalive-dead",
    "half-open-dead-peer",  "syn-challenged",        "rst-blind",
    "close-wait-stuck",      "end-half-closed",      "fin-retransmission",
    "close-simultaneous",    "time-wait-reuse",      "port-reused",
    "handshake-number-wrong", "close-number-wrong",  "checksum-offload",
    "checksum-bad",          "handshake-icmp-rejected",
    "capture-duplicates",    "listen-queue-overflow", "capture-reordered",
    "capture-drops",         "asymmetric-capture",
    "overlap-different-data", "syn-flood",             "syns-undecided",
    "illegal-flags",         "optimistic-ack",       "sequence-rewriting",
    "window-shrunk",
    "mss-exceeded",          "rule-broken",
};

static const char *const placeholders[] = {
    "client", "server", "who", "peer", "n",  "m",  "time", "state", "peer_state",
    "f1",     "f2",     "f3",  "f4",   "f5", "f6", "f7",   "f8",
    "error",  "host",  "rule", "means", "sum", "keepers",
    "port",   "rate",   "opened",
};

static void stable_ids(void **state)
{
    (void)state;
    for (int i = 0; i < TOPIC_N; i++)
        assert_string_equal(topic_row(i)->id, ids[i]);
}

static void unique_ids(void **state)
{
    (void)state;
    for (int i = 0; i < TOPIC_N; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(topic_row(i)->id, topic_row(j)->id);
}

static void kebab_case(void **state)
{
    (void)state;
    for (int i = 0; i < TOPIC_N; i++) {
        const char *id = topic_row(i)->id;
        assert_int_equal(strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(id));
        assert_true(id[0] >= 'a' && id[0] <= 'z');
        assert_null(strstr(id, "--"));
        assert_int_not_equal(id[strlen(id) - 1], '-');
    }
}

static void whole_rows(void **state)
{
    (void)state;
    for (int i = 0; i < TOPIC_N; i++) {
        const struct topic *topic = topic_row(i);
        assert_true(topic->severity < SEVERITY_N);
        assert_true(topic->scope < SCOPE_N);
        assert_true(topic->title[0] != '\0' && strlen(topic->title) <= 72);
        assert_true(strlen(topic->text) >= 40);
        assert_int_equal(topic->text[strlen(topic->text) - 1], '.');
        assert_true(strlen(topic->advice) >= 20);
        assert_int_equal(topic->advice[strlen(topic->advice) - 1], '.');
        assert_int_equal(strncmp(topic->reference, "RFC ", 4), 0);
        assert_non_null(strstr(topic->reference, " §"));
    }
}

static int is_known(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++)
        if (strlen(placeholders[i]) == length && strncmp(placeholders[i], name, length) == 0)
            return 1;
    return 0;
}

static void check_template(const char *id, const char *template)
{
    const char *at = template;
    while ((at = strpbrk(at, "{}")) != NULL) {
        const char *end = strchr(at, '}');
        if (*at != '{' || end == NULL || !is_known(at + 1, (size_t)(end - at - 1)))
            fail_msg("%s: bad placeholder at \"%.20s\"", id, at);
        at = end + 1;
    }
    assert_null(strstr(template, "  "));
    assert_null(strchr(template, '\n'));
}

static void known_placeholders(void **state)
{
    (void)state;
    for (int i = 0; i < TOPIC_N; i++) {
        check_template(topic_row(i)->id, topic_row(i)->title);
        check_template(topic_row(i)->id, topic_row(i)->text);
        check_template(topic_row(i)->id, topic_row(i)->advice);
    }
}

/* A finding of scope host or capture has no connection to take names from. */
static void no_ends_without_connection(void **state)
{
    (void)state;
    for (int i = 0; i < TOPIC_N; i++) {
        if (topic_row(i)->scope != SCOPE_HOST && topic_row(i)->scope != SCOPE_CAPTURE)
            continue;
        const char *const parts[] = { topic_row(i)->title, topic_row(i)->text, topic_row(i)->advice };
        for (size_t j = 0; j < 3; j++) {
            assert_null(strstr(parts[j], "{client}"));
            assert_null(strstr(parts[j], "{server}"));
            assert_null(strstr(parts[j], "{who}"));
            assert_null(strstr(parts[j], "{peer}"));
        }
    }
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(severity_name(SEVERITY_NOTE), "note");
    assert_string_equal(severity_name(SEVERITY_WARNING), "warning");
    assert_string_equal(severity_name(SEVERITY_ERROR), "error");
    assert_string_equal(severity_name(SEVERITY_ATTACK), "attack");
    assert_string_equal(severity_name(SEVERITY_N), "?");
    assert_string_equal(scope_name(SCOPE_SEGMENT), "segment");
    assert_string_equal(scope_name(SCOPE_CONNECTION), "connection");
    assert_string_equal(scope_name(SCOPE_HOST), "host");
    assert_string_equal(scope_name(SCOPE_CAPTURE), "capture");
    assert_string_equal(scope_name(SCOPE_N), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stable_ids),
        cmocka_unit_test(unique_ids),
        cmocka_unit_test(kebab_case),
        cmocka_unit_test(whole_rows),
        cmocka_unit_test(known_placeholders),
        cmocka_unit_test(no_ends_without_connection),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests_name("topics", tests, NULL, NULL);
}
