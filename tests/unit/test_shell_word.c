/* shell_word: what a POSIX shell reads back as the same word (XCU §2.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/shell_word.h"

static void word_is(const char *word, const char *expected)
{
    struct strbuf text = { 0 };
    shell_word_add(&text, word);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_done(&text);
}

static void file_is(const char *name, const char *expected)
{
    struct strbuf text = { 0 };
    shell_file_add(&text, name);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_done(&text);
}

static void words(void **state)
{
    (void)state;
    word_is("eth0.5", "eth0.5");
    word_is("", "''");
    word_is("a b", "'a b'");
    word_is("$HOME", "'$HOME'");
    word_is("~", "'~'");
    word_is("it's", "'it'\\''s'");
    word_is("a\nb", "'a\nb'");
}

static void files(void **state)
{
    (void)state;
    file_is("pcaps/one.pcap", "pcaps/one.pcap");
    file_is("my file.pcap", "'my file.pcap'");
    file_is("trace (1).pcap", "'trace (1).pcap'");
    file_is("*.pcap", "FILE");
    file_is("$(reboot)", "FILE");
    file_is("a;b", "FILE");
    file_is("-l", "./-l");
    file_is("- x", "./'- x'");
    file_is("-", "FILE");
    file_is("", "FILE");
    file_is(NULL, "FILE");
    file_is("it's", "FILE");
    file_is("a\\b", "FILE");
    file_is("\x1b[31m", "FILE");
    file_is("\xc3\xa9.pcap", "FILE");
    file_is("a\x7f", "FILE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
