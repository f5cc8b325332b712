/*
 * test_command_line: command lines and what they mean; what is refused and in which words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/memory.h"
#include "cli/options.h"

#define ARGUMENTS_MAX 48

struct run {
    struct options options;
    enum options_result result;
    char error[OPTIONS_ERROR_SIZE];
    char *argv[ARGUMENTS_MAX + 1];
    char words[256];
};

/* Splits a line at blanks and parses it. */
static void run_line(struct run *run, const char *line)
{
    memset(run, 0, sizeof *run);
    snprintf(run->words, sizeof run->words, "tcpflow-explain %s", line);
    int argc = 0;
    char *rest = NULL;
    for (char *word = strtok_r(run->words, " ", &rest); word != NULL && argc < ARGUMENTS_MAX;
         word = strtok_r(NULL, " ", &rest))
        run->argv[argc++] = word;
    run->result = options_parse(&run->options, argc, run->argv, stdout, run->error,
                                sizeof run->error);
}

static void expect_wrong(const char *line, const char *words)
{
    struct run run;
    run_line(&run, line);
    if (run.result != OPTIONS_WRONG || strstr(run.error, words) == NULL)
        fail_msg("'%s' gave %d, '%s'; wanted '%s'", line, (int)run.result, run.error, words);
    options_done(&run.options);
}

static void defaults(void **state)
{
    (void)state;
    struct run run;
    run_line(&run, "a.pcap");
    assert_int_equal(run.result, OPTIONS_RUN);
    assert_int_equal(run.options.input_count, 1);
    assert_string_equal(run.options.inputs[0], "a.pcap");
    assert_null(run.options.filter);
    assert_int_equal(run.options.count, 0);
    assert_int_equal(run.options.selector.kind, SELECT_ALL);
    assert_string_equal(run.options.format, "text");
    assert_int_equal(run.options.color, COLOR_AUTO);
    assert_int_equal(run.options.width, 0);
    /* Linux: TIME_WAIT is 60 s = 2 MSL, so MSL is 30 s = 30 * 10^9 ns. */
    assert_true(run.options.msl_ns == INT64_C(30000000000));
    options_done(&run.options);
}

static void all_switches(void **state)
{
    (void)state;
    struct run run;
    run_line(&run, "-l a.pcap -vv -n -c 12 --color=never --ascii --width 132 --msl 120 -f tcp b");
    assert_int_equal(run.result, OPTIONS_RUN);
    assert_int_equal(run.options.input_count, 2);
    assert_string_equal(run.options.inputs[1], "b");
    assert_string_equal(run.options.filter, "tcp");
    assert_true(run.options.list && run.options.ascii && !run.options.quiet);
    assert_int_equal(run.options.verbose, 2);
    assert_int_equal(run.options.count, 12);
    assert_int_equal(run.options.color, COLOR_NEVER);
    assert_int_equal(run.options.width, 132);
    assert_true(run.options.msl_ns == INT64_C(120000000000));
    options_done(&run.options);
}

static void read_file_takes_filter_words(void **state)
{
    (void)state;
    struct run run;
    run_line(&run, "-r a.pcap tcp port 80 -q");
    assert_int_equal(run.result, OPTIONS_RUN);
    assert_int_equal(run.options.input_count, 1);
    assert_string_equal(run.options.inputs[0], "a.pcap");
    assert_string_equal(run.options.filter, "tcp port 80");
    assert_true(run.options.quiet);
    options_done(&run.options);

    run_line(&run, "-r -");
    assert_int_equal(run.result, OPTIONS_RUN);
    assert_string_equal(run.options.inputs[0], "-");
    assert_null(run.options.filter);
    options_done(&run.options);
}

static void last_format_counts(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        { "--json a", "json" },           { "--ndjson a", "ndjson" },
        { "-F json a", "json" },          { "-T ndjson a", "ndjson" },
        { "--format=text a", "text" },    { "--json -F ndjson a", "ndjson" },
        { "-F ndjson --json a", "json" }, { "--json -T text a", "text" },
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct run run;
        run_line(&run, lines[i][0]);
        assert_int_equal(run.result, OPTIONS_RUN);
        assert_string_equal(run.options.format, lines[i][1]);
        options_done(&run.options);
    }
}

static void msl_is_decimal(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns; /* -1: refused */
    } cases[] = {
        { "1", INT64_C(1000000000) },           { "0.999999999", -1 },
        { "1.000000001", INT64_C(1000000001) }, { "2.5", INT64_C(2500000000) },
        { "3600", INT64_C(3600000000000) },     { "3600.0", INT64_C(3600000000000) },
        { "3600.000000001", -1 },               { "3601", -1 },
        { "0", -1 },                            { "-5", -1 },
        { "2,5", -1 },                          { "2.", -1 },
        { ".5", -1 },                           { "2.5s", -1 },
        { "1e2", -1 },                          { "99999999999999999999", -1 },
        { "1.0000000000", -1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct run run;
        char line[64];
        snprintf(line, sizeof line, "--msl %s a", cases[i].text);
        run_line(&run, line);
        if ((run.result == OPTIONS_RUN) != (cases[i].ns >= 0) ||
            (cases[i].ns >= 0 && run.options.msl_ns != cases[i].ns))
            fail_msg("%s gave %d, %lld ns", line, (int)run.result, (long long)run.options.msl_ns);
        options_done(&run.options);
    }
}

/* k, M and G are powers of 1024; from 16 MiB to 1 TiB. */
static void sizes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes; /* 0: refused */
    } cases[] = {
        { "16M", UINT64_C(16777216) },      { "16777216", UINT64_C(16777216) },
        { "16384k", UINT64_C(16777216) },   { "16384K", UINT64_C(16777216) },
        { "2g", UINT64_C(2147483648) },     { "1024G", UINT64_C(1099511627776) },
        { "1099511627776", UINT64_C(1099511627776) },
        { "1025G", 0 },                     { "1099511627777", 0 },
        { "16777215", 0 },                  { "15M", 0 },
        { "0", 0 },                         { "-1", 0 },
        { "2GB", 0 },                       { "1T", 0 },
        { "G", 0 },                         { "1.5G", 0 },
        { "99999999999999999999", 0 },      { "18446744073709551616k", 0 },
        { "999999999999999999999999999999G", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct run run;
        char line[64];
        snprintf(line, sizeof line, "--max-memory %s a", cases[i].text);
        run_line(&run, line);
        if ((run.result == OPTIONS_RUN) != (cases[i].bytes > 0) ||
            (cases[i].bytes > 0 && run.options.max_memory != cases[i].bytes))
            fail_msg("%s gave %d, %llu", line, (int)run.result,
                     (unsigned long long)run.options.max_memory);
        options_done(&run.options);
    }
}

/* Of 1 GiB a sixteenth is 64 MiB: 15 of them hold 786,432 connections of 1280 bytes, 2,621,440 of
 * 384; 7 hold 367,001, and 8 as many segments of 64 bytes as fit: 8,388,608. */
static void shares(void **state)
{
    (void)state;
    struct tracker_options tracking = { .keep_log = true };
    memory_share(UINT64_C(1) << 30, false, false, &tracking);
    assert_int_equal(tracking.max_connections, 786432);
    assert_int_equal(tracking.segments_max, 0);
    assert_int_equal(tracking.waiting_max, 65536);
    assert_int_equal(tracking.embryo_bytes, 60 << 20);
    memory_share(UINT64_C(1) << 30, true, true, &tracking);
    assert_int_equal(tracking.max_connections, 2621440);
    assert_int_equal(tracking.segments_max, 0); /* with -q none are kept */
    memory_share(UINT64_C(1) << 30, false, true, &tracking);
    assert_int_equal(tracking.max_connections, 367001);
    assert_int_equal(tracking.segments_max, 8388608);
    memory_share(UINT64_C(16) << 20, false, false, &tracking);
    assert_int_equal(tracking.max_connections, 12288);
    assert_int_equal(tracking.waiting_max, 3072);
    assert_int_equal(tracking.embryo_bytes, 1 << 20);
    memory_share(0, false, false, &tracking);
    assert_in_range(tracking.max_connections, 12288, 1572864); /* 2 GiB at most */
}

static void refused_with_reason(void **state)
{
    (void)state;
    expect_wrong("", "no capture given");
    expect_wrong("-l", "no capture given");
    expect_wrong("--bogus a", "unknown option '--bogus'");
    expect_wrong("a --bogus", "unknown option '--bogus'");
    expect_wrong("-x a", "unknown option '-x'");
    expect_wrong("-lxv a", "unknown option '-x'");
    expect_wrong("--co a", "several options");
    expect_wrong("--list=3 a", "--list takes no value");
    expect_wrong("a -c", "-c needs COUNT");
    expect_wrong("a --width", "--width needs COLUMNS");
    expect_wrong("-c 0 a", "-c wants a number from 1 on, not '0'");
    expect_wrong("-c -1 a", "-c wants");
    expect_wrong("-c 5x a", "-c wants");
    expect_wrong("-c 18446744073709551616 a", "-c wants"); /* 2^64 */
    expect_wrong("--width 79 a", "80 to 500");
    expect_wrong("--width 501 a", "80 to 500");
    expect_wrong("--color sometimes a", "auto, always or never");
    expect_wrong("-F xml a", "text, json or ndjson, not 'xml'");
    expect_wrong("-r a -f tcp", "-r a tcp");
    expect_wrong("- a -", "standard input can be read once");
    expect_wrong("-w - a", "name a file");
    expect_wrong("-C 1 -C 2 a", "-C was given twice");
    expect_wrong("--duration 5 a", "--duration is for live capture");
    expect_wrong("-s 96 a", "-s is for live capture");
    expect_wrong("-B 96 a", "-B is for live capture");
    expect_wrong("-i eth0 --after 5", "--after narrows a file");
    expect_wrong("-i eth0 --before 5", "--before narrows a file");
    expect_wrong("-i eth0 -r a", "give one of the two");
    expect_wrong("-i eth0 -f tcp", "write '-i eth0 tcp' without -f");
    expect_wrong("--duration 0 -i eth0", "--duration wants seconds");
    expect_wrong("-s 0 -i eth0", "-s wants bytes from 1 to 262144");
    expect_wrong("-s 262145 -i eth0", "-s wants bytes");
    expect_wrong("-B 1048577 -i eth0", "-B wants KiB");
    expect_wrong("--after noon a", "--after wants seconds from the first frame");
    expect_wrong("-r 1 -r 2 -r 3 -r 4 -r 5 -r 6 -r 7 -r 8 -r 9 -r 10 -r 11 -r 12 -r 13 -r 14 "
                 "-r 15 -r 16 -r 17", "at most 16 captures");
    expect_wrong("-q -C 3 a", "-q leaves out every connection");
    expect_wrong("-q -l a", "-q leaves out every connection");
    expect_wrong("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "17 captures given");
}

static void live_capture(void **state)
{
    (void)state;
    struct run run;
    run_line(&run, "-i eth0 --duration 2.5 -s 96 -B 4096 -w out.pcap tcp port 80");
    assert_int_equal(run.result, OPTIONS_RUN);
    assert_string_equal(run.options.interface, "eth0");
    assert_int_equal(run.options.input_count, 0);
    assert_string_equal(run.options.filter, "tcp port 80");
    assert_true(run.options.duration_ns == INT64_C(2500000000));
    assert_int_equal(run.options.snaplen, 96);
    assert_int_equal(run.options.buffer_kib, 4096);
    assert_string_equal(run.options.write, "out.pcap");
    options_done(&run.options);

    run_line(&run, "-D");
    assert_int_equal(run.result, OPTIONS_RUN);
    assert_true(run.options.list_interfaces);
    options_done(&run.options);
}

static void several_files(void **state)
{
    (void)state;
    struct run run;
    run_line(&run, "-r a -r b tcp --after 1.5 --before 03:12:44");
    assert_int_equal(run.result, OPTIONS_RUN);
    assert_int_equal(run.options.input_count, 2);
    assert_string_equal(run.options.inputs[1], "b");
    assert_string_equal(run.options.filter, "tcp");
    assert_int_equal(run.options.after.kind, MOMENT_RELATIVE);
    assert_int_equal(run.options.before.kind, MOMENT_CLOCK);
    options_done(&run.options);
}

static void sixteen_inputs_fit(void **state)
{
    (void)state;
    struct run run;
    run_line(&run, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16");
    assert_int_equal(run.result, OPTIONS_RUN);
    assert_int_equal(run.options.input_count, 16);
    assert_string_equal(run.options.inputs[15], "16");
    options_done(&run.options);
}

static void selector_reads_ends(void **state)
{
    (void)state;
    static const uint8_t v4[16] = { 10, 9, 0, 1 };
    static const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
    struct selector selector;
    char error[OPTIONS_ERROR_SIZE] = "";
    assert_true(selector_parse(&selector, "18446744073709551615", error, sizeof error));
    assert_int_equal(selector.kind, SELECT_ID);
    assert_true(selector.id == UINT64_MAX);
    assert_true(selector_parse(&selector, "10.9.0.1:65535-10.9.0.2:80", error, sizeof error));
    assert_int_equal(selector.kind, SELECT_ENDS);
    assert_int_equal(selector.ip_version, 4);
    assert_memory_equal(selector.ends[0].address, v4, 16);
    assert_int_equal(selector.ends[0].port, 65535);
    assert_int_equal(selector.ends[1].port, 80);
    assert_true(selector_parse(&selector, "[2001:db8::2]:1-[2001:db8::1]:2", error, sizeof error));
    assert_int_equal(selector.ip_version, 6);
    assert_memory_equal(selector.ends[1].address, v6, 16);
}

static void selector_refuses(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "0", "-1", "17x", "18446744073709551616", "10.0.0.1:1", "10.0.0.1:1-", "-10.0.0.1:1",
        "10.0.0.1-10.0.0.2", "10.0.0.1:0-10.0.0.2:1", "10.0.0.1:65536-10.0.0.2:1",
        "10.0.0.256:1-10.0.0.2:1", "2001:db8::1:1-2001:db8::2:1", "[]:1-[]:2", "[:1-[::1]:2",
        ":1-:2", "[10.0.0.1]:1-[10.0.0.2]:1", "[::1]:1-10.0.0.1:1", "host:1-host:2",
        "10.0.0.1:1-10.0.0.2:2-3",
        "[2001:0db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:1-"
        "[::1]:1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct selector selector;
        char error[OPTIONS_ERROR_SIZE] = "";
        if (selector_parse(&selector, texts[i], error, sizeof error) || error[0] == '\0')
            fail_msg("'%s' was taken, or refused without a word", texts[i]);
    }
}

static void selector_matches_both_orders(void **state)
{
    (void)state;
    struct selector chosen;
    char error[OPTIONS_ERROR_SIZE];
    assert_true(selector_parse(&chosen, "10.0.0.1:4000-10.0.0.2:80", error, sizeof error));
    struct selector_end a = { .address = { 10, 0, 0, 1 }, .port = 4000 };
    struct selector_end b = { .address = { 10, 0, 0, 2 }, .port = 80 };
    assert_true(selector_matches(&chosen, 1, 4, &a, &b));
    assert_true(selector_matches(&chosen, 1, 4, &b, &a));
    assert_false(selector_matches(&chosen, 1, 6, &a, &b));
    assert_false(selector_matches(&chosen, 1, 4, &a, &a));
    /* The same addresses with the ports the other way round are another connection. */
    a.port = 80;
    b.port = 4000;
    assert_false(selector_matches(&chosen, 1, 4, &a, &b));
    chosen = (struct selector){ .kind = SELECT_ID, .id = 7 };
    assert_true(selector_matches(&chosen, 7, 4, &a, &b));
    assert_false(selector_matches(&chosen, 8, 4, &a, &b));
    chosen.kind = SELECT_ALL;
    assert_true(selector_matches(&chosen, 8, 6, &a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(all_switches),
        cmocka_unit_test(read_file_takes_filter_words),
        cmocka_unit_test(last_format_counts),
        cmocka_unit_test(msl_is_decimal),
        cmocka_unit_test(refused_with_reason),
        cmocka_unit_test(live_capture),
        cmocka_unit_test(several_files),
        cmocka_unit_test(sixteen_inputs_fit),
        cmocka_unit_test(selector_reads_ends),
        cmocka_unit_test(selector_refuses),
        cmocka_unit_test(sizes),
        cmocka_unit_test(shares),
        cmocka_unit_test(selector_matches_both_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
