/* text_summary: the capture as a whole: what was read, what is wrong with whom, in numbers. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/shell_word.h"
#include "base/time_text.h"
#include "render/text.h"
#include "report/ladder_label.h"
#include "report/narrate.h"

#define COUNT_SIZE 32
#define VERDICT_INDENT 11 /* "x error    " */

/* "48,211 frames". */
static void add_count(struct strbuf *text, uint64_t n, const char *one, const char *many)
{
    char count[COUNT_SIZE];
    strbuf_printf(text, "%s %s", style_count(n, count, sizeof count), n == 1 ? one : many);
}

static void add_input(struct strbuf *out, const struct style *style,
                      const struct input_report *input)
{
    char count[COUNT_SIZE];
    struct strbuf text = { 0 };
    style_escape(&text, style, input->name ? input->name : "-");
    style_cell(out, style, TINT_TITLE, "Capture", TEXT_LABEL_WIDTH);
    int at = style_wrap_part(out, style, TINT_TITLE, TEXT_LABEL_WIDTH, TEXT_LABEL_WIDTH,
                             strbuf_text(&text));
    strbuf_clear(&text);
    strbuf_printf(&text, " (%s%s%s)", input->format ? input->format : "no capture",
                  input->link_type ? ", " : "", input->link_type ? input->link_type : "");
    style_wrap(out, style, TINT_PLAIN, at, TEXT_LABEL_WIDTH, strbuf_text(&text));
    strbuf_clear(&text);
    if (input->clock_shift != 0) {
        char shift[TIME_TEXT_SIZE];
        int64_t shifted = input->clock_shift;
        strbuf_printf(&text, "its clock was %s %s: times are corrected by that",
                      time_duration(shifted < 0 ? -shifted : shifted, shift),
                      shifted < 0 ? "ahead" : "behind");
        text_field(out, style, "Clock", strbuf_text(&text));
        strbuf_clear(&text);
    }
    if (input->cut_short)
        strbuf_printf(&text, "cut short after frame %s; what could be read is told below",
                      style_count(input->frames, count, sizeof count));
    if (input->error != NULL) {
        strbuf_add(&text, input->cut_short ? ": " : "");
        style_escape(&text, style, input->error);
    }
    if (text.length > 0) {
        style_cell(out, style, TINT_ERROR, "Damaged", TEXT_LABEL_WIDTH);
        style_wrap(out, style, TINT_ERROR, TEXT_LABEL_WIDTH, TEXT_LABEL_WIDTH,
                   strbuf_text(&text));
    }
    strbuf_done(&text);
}

bool text_is_live(const struct capture_report *capture)
{
    return capture->input_count > 0 && capture->inputs[0].format != NULL &&
           strcmp(capture->inputs[0].format, "live") == 0;
}

/* Frames that hold no TCP that we can read, by reason. */
static void add_skipped(struct strbuf *out, const struct style *style,
                        const struct capture_report *capture)
{
    const struct {
        uint64_t count;
        const char *reason;
    } reasons[] = {
        { capture->not_ip, "not IP" },
        { capture->not_tcp, "IP but not TCP" },
        { capture->fragment, "IP fragments without a whole TCP header" },
        { capture->icmp_errors_unmatched, "ICMP about segments that were not under way here" },
        { capture->malformed - capture->cut, "malformed" },
        { capture->unsupported_link, "of an unsupported link type" },
        { capture->cut, text_is_live(capture)
              ? "cut by -s before the end of the TCP header; a larger -s, or none, shows them"
              : "cut by the recorder (snap length) before the end of the TCP header; "
                "capture again with a longer snap length (tcpdump -s 0)" },
    };
    char count[COUNT_SIZE];
    struct strbuf text = { 0 };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].count > 0)
            strbuf_printf(&text, "%s%s %s", text.length ? ", " : "",
                          style_count(reasons[i].count, count, sizeof count), reasons[i].reason);
    if (text.length > 0)
        text_field(out, style, "Left out", strbuf_text(&text));
    strbuf_clear(&text);
    if (capture->options_cut > 0) {
        strbuf_add(&text, "the recorder cut the TCP options of ");
        add_count(&text, capture->options_cut, "segment", "segments");
        strbuf_add(&text, ": window scale, SACK and timestamps are not known there");
        text_field(out, style, "Cut", strbuf_text(&text));
    }
    strbuf_done(&text);
}

/* A limit's name in words. */
static const char *limit_words(const char *what)
{
    static const struct {
        const char *what, *words;
    } words[] = {
        { "connections", "memory for connections (the oldest were shown early)" },
        { "connections-open", "of these connections, those that were open" },
        { "connections-opening", "of these connections, those that were opening" },
        { "connections-aggregated", "SYNs are counted and not listed: too many wait at a service" },
        { "connection-log", "the log of what happened to one connection" },
        { "segments-not-kept", "memory for more segments of --segments" },
        { "repeats-untracked", "memory for what is outstanding (repeats are not told there)" },
        { "directions-not-measured", "memory to measure data (no rates and round trips there)" },
        { "bytes-not-compared", "bytes that passed, to compare what comes again" },
        { "ranges-merged", "a record for each segment outstanding (at most 512 of an end)" },
        { "segments-untracked", "memory for more connections" },
        { "waiting-syns", "SYNs that may begin a new connection on used ports" },
        { "services", "which ends are services, for connections without a SYN" },
        { "ended-connections", "ended connections, whose ports may be used anew" },
        { "checksums", "whose checksums are left to a network card" },
        { "second-views", "segments that another input may show too" },
        { "frame-origins", "which input a frame came from" },
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].what, what) == 0)
            return words[i].words;
    return what;
}

static void add_limits(struct strbuf *out, const struct style *style,
                       const struct capture_report *capture)
{
    char count[COUNT_SIZE], clock[TIME_TEXT_SIZE];
    for (size_t i = 0; i < capture->limit_count && i < REPORT_LIMITS_MAX; i++) {
        const struct limit_report *limit = &capture->limits[i];
        struct strbuf text = { 0 };
        time_clock(limit->since, false, clock);
        style_count(limit->count, count, sizeof count);
        if (strcmp(limit->what, "connections-aggregated") == 0)
            strbuf_printf(&text, "%s %s, from %s on", count, limit_words(limit->what), clock);
        else
            strbuf_printf(&text, "%s: full since %s, %s not kept", limit_words(limit->what),
                          clock, count);
        style_cell(out, style, TINT_WARNING, "Limit", TEXT_LABEL_WIDTH);
        style_wrap(out, style, TINT_WARNING, TEXT_LABEL_WIDTH, TEXT_LABEL_WIDTH,
                   strbuf_text(&text));
        strbuf_done(&text);
    }
}

static void add_times(struct strbuf *text, const struct capture_report *capture)
{
    char first[TIME_TEXT_SIZE], last[TIME_TEXT_SIZE], zone[TIME_TEXT_SIZE];
    char duration[TIME_TEXT_SIZE], day[2][TIME_TEXT_SIZE];
    time_clock(capture->first, true, day[0]);
    time_clock(capture->last, true, day[1]);
    bool same_day = strncmp(day[0], day[1], strlen("2026-11-21")) == 0;
    strbuf_printf(text, "%s .. %s %s (%s)", time_clock(capture->first, true, first),
                  time_clock(capture->last, !same_day, last), time_zone(capture->last, zone),
                  time_duration(capture->last - capture->first, duration));
}

/* What --after and --before left out, and segments that the capture or two inputs hold twice. */
static void add_span(struct strbuf *out, const struct style *style,
                     const struct capture_report *capture)
{
    struct strbuf text = { 0 };
    if (capture->narrowed) {
        strbuf_add(&text, "--after and --before left out ");
        add_count(&text, capture->narrowed_out, "frame", "frames");
        text_field(out, style, "Narrowed", strbuf_text(&text));
        strbuf_clear(&text);
    }
    if (capture->copies > 0) {
        add_count(&text, capture->copies, "frame repeats", "frames repeat");
        strbuf_add(&text, " an earlier one: counted once");
        text_field(out, style, "Copies", strbuf_text(&text));
        strbuf_clear(&text);
    }
    if (capture->second_views > 0) {
        add_count(&text, capture->second_views, "frame shows", "frames show");
        strbuf_add(&text, " a segment that another input showed before: counted once");
        text_field(out, style, "Twins", strbuf_text(&text));
    }
    strbuf_done(&text);
}

/* Where it was taken; of a single connection that is told with it. */
static void add_place(struct strbuf *out, const struct style *style,
                      const struct render_options *options, const struct capture_report *capture)
{
    struct strbuf text = { 0 };
    if (capture->connections > 1 || options->quiet)
        narrate_place(&text, &capture->place);
    if (text.length > 0)
        text_field(out, style, "Captured", strbuf_text(&text));
    strbuf_done(&text);
}

/* What the recorder of a live capture lost. */
static void add_drops(struct strbuf *out, const struct style *style,
                      const struct capture_report *capture)
{
    struct strbuf text = { 0 };
    uint64_t kernel = capture->drops_known ? capture->dropped_by_kernel : 0;
    uint64_t interface = capture->losses_known ? capture->dropped_by_interface : 0;
    if (!capture->drops_known)
        return;
    if (kernel + interface == 0) {
        text_field(out, style, "Lost", capture->losses_known
                   ? "nothing: neither kernel nor interface dropped a frame"
                   : "nothing by the kernel; what the interface lost is not known");
        return;
    }
    strbuf_add(&text, "not seen here, so what looks lost may not be: ");
    add_count(&text, kernel, "frame", "frames");
    strbuf_add(&text, " dropped by the kernel (a larger buffer with -B helps), ");
    if (capture->losses_known) {
        add_count(&text, interface, "frame", "frames");
        strbuf_add(&text, " by the interface");
    } else {
        strbuf_add(&text, "by the interface not known");
    }
    style_cell(out, style, TINT_WARNING, "Lost", TEXT_LABEL_WIDTH);
    style_wrap(out, style, TINT_WARNING, TEXT_LABEL_WIDTH, TEXT_LABEL_WIDTH, strbuf_text(&text));
    strbuf_done(&text);
}

void text_capture(struct strbuf *out, const struct style *style,
                  const struct render_options *options, const struct capture_report *capture)
{
    struct strbuf text = { 0 };
    for (size_t i = 0; i < capture->input_count && i < REPORT_INPUTS_MAX; i++)
        add_input(out, style, &capture->inputs[i]);
    if (capture->input_count > REPORT_INPUTS_MAX) {
        strbuf_printf(&text, "and %zu more files", capture->input_count - REPORT_INPUTS_MAX);
        text_field(out, style, "", strbuf_text(&text));
        strbuf_clear(&text);
    }
    if (capture->frames > 0 && capture->first != UNKNOWN_NS) {
        add_times(&text, capture);
        text_field(out, style, "Time", strbuf_text(&text));
        strbuf_clear(&text);
    }
    add_count(&text, capture->frames, "frame", "frames");
    strbuf_add(&text, ", ");
    add_count(&text, capture->segments, "TCP segment", "TCP segments");
    strbuf_add(&text, ", ");
    if (capture->icmp_errors > 0) {
        add_count(&text, capture->icmp_errors, "ICMP error", "ICMP errors");
        strbuf_add(&text, " about TCP, ");
    }
    add_count(&text, capture->connections, "connection", "connections");
    if (capture->listed < capture->connections) {
        strbuf_add(&text, ", ");
        add_count(&text, capture->listed, "of them selected", "of them selected");
    }
    text_field(out, style, "Read", strbuf_text(&text));
    if (capture->filter != NULL) {
        strbuf_clear(&text);
        strbuf_add(&text, capture->filter);
        if (capture->filtered_unseen) {
            strbuf_add(&text, "; the kernel applies it and does not count what it leaves out");
        } else {
            strbuf_add(&text, "; it left out ");
            add_count(&text, capture->filtered_out, "frame", "frames");
        }
        text_field(out, style, "Filter", strbuf_text(&text));
    }
    strbuf_done(&text);
    add_span(out, style, capture);
    add_place(out, style, options, capture);
    add_drops(out, style, capture);
    add_skipped(out, style, capture);
    add_limits(out, style, capture);
    if (capture->interrupted)
        text_field(out, style, "Stopped", "interrupted: this is the result so far");
}

/* Topics with findings, worst first, then the most frequent. */
static size_t topics_ranked(const struct capture_report *capture, size_t ret_order[TOPIC_N])
{
    size_t count = 0;
    for (size_t i = 0; i < TOPIC_N; i++) {
        const struct topic_report *topic = &capture->topics[i];
        if (topic->count == 0)
            continue;
        size_t at = count++;
        for (; at > 0; at--) {
            const struct topic_report *before = &capture->topics[ret_order[at - 1]];
            if (before->severity > topic->severity ||
                (before->severity == topic->severity && before->count >= topic->count))
                break;
            ret_order[at] = ret_order[at - 1];
        }
        ret_order[at] = i;
    }
    return count;
}

/* "17: 10.0.0.1:40001 -> 10.0.0.2:80; also 23, 99"; of a single one the id was told. */
static void add_worst(struct strbuf *text, const struct style *style,
                      const struct topic_report *topic)
{
    char client[80], server[80];
    if (topic->worst[0] == 0)
        return;
    narrate_endpoint(&topic->example_summary, CLIENT, client, sizeof client);
    narrate_endpoint(&topic->example_summary, SERVER, server, sizeof server);
    if (topic->count > 1)
        strbuf_printf(text, "%" PRIu64 ": ", topic->worst[0]);
    strbuf_printf(text, "%s %s %s", client, style_glyph(style, GLYPH_TO), server);
    for (size_t i = 1; i < 3 && topic->worst[i] != 0; i++)
        strbuf_printf(text, "%s%" PRIu64, i == 1 ? "; also " : ", ", topic->worst[i]);
    if (topic->count > 3 && topic->worst[2] != 0)
        strbuf_printf(text, " and %zu more", topic->count - 3);
}

static void add_right(struct strbuf *out, const struct style *style, const char *id)
{
    style_cell(out, style, TINT_DIM, id, -style->width);
    strbuf_add_char(out, '\n');
}

/* The text with the finding's id at the right; false, and without it, where there is no room. */
static bool add_named(struct strbuf *out, const struct style *style, enum tint tint,
                      const char *text, const char *id)
{
    int room = style->width - VERDICT_INDENT - style_width(id);
    if (style_width(text) + 2 > room) {
        style_wrap(out, style, tint, VERDICT_INDENT, VERDICT_INDENT, text);
        return false;
    }
    style_cell(out, style, tint, text, room);
    style_add(out, style, TINT_DIM, id);
    strbuf_add_char(out, '\n');
    return true;
}

/* "x error    41 connections like 17: the server has not closed      close-wait-stuck" */
static void add_verdict(struct strbuf *out, const struct style *style, enum topic_id id,
                        const struct topic_report *report)
{
    const struct topic *topic = topic_row(id);
    char severity[32];
    struct strbuf text = { 0 };
    snprintf(severity, sizeof severity, "%s %s", style_severity_glyph(style, report->severity),
             severity_name(report->severity));
    style_cell(out, style, style_severity_tint(report->severity), severity, VERDICT_INDENT);
    bool one = report->worst[0] != 0 && report->count == 1;
    if (one)
        strbuf_printf(&text, "connection %" PRIu64, report->worst[0]);
    else if (report->worst[0] != 0)
        add_count(&text, report->count, "connection", "connections");
    else if (report->count > 1)
        add_count(&text, report->count, "case", "cases");
    if (report->worst[0] != 0 && !one)
        strbuf_printf(&text, " like %" PRIu64, report->worst[0]);
    strbuf_add(&text, text.length > 0 ? ": " : "");
    narrate_template(&text, topic->title, &report->example,
                     report->worst[0] ? &report->example_summary : NULL);
    bool named = add_named(out, style, TINT_PLAIN, strbuf_text(&text), topic->id);
    strbuf_clear(&text);
    add_worst(&text, style, report);
    if (text.length > 0 || !named) {
        style_repeat(out, " ", VERDICT_INDENT);
        if (named)
            style_wrap(out, style, TINT_DIM, VERDICT_INDENT, VERDICT_INDENT, strbuf_text(&text));
        else if (!add_named(out, style, TINT_DIM, strbuf_text(&text), topic->id))
            add_right(out, style, topic->id);
    }
    strbuf_done(&text);
}

void text_verdicts(struct strbuf *out, const struct style *style,
                   const struct capture_report *capture)
{
    size_t order[TOPIC_N];
    size_t count = topics_ranked(capture, order);
    for (size_t i = 0; i < count; i++)
        add_verdict(out, style, (enum topic_id)order[i], &capture->topics[order[i]]);
}

static void add_hint(struct strbuf *out, const struct style *style, const char *command,
                     const char *meaning, int column)
{
    int at = 2 + style_width(command);
    style_repeat(out, " ", 2);
    style_add(out, style, TINT_PLAIN, command);
    if (at + 2 > column) {
        strbuf_add_char(out, '\n');
        column = 6;
        at = 0;
    }
    style_repeat(out, " ", column - at);
    style_wrap(out, style, TINT_DIM, column, column, meaning);
}

/* A connection to look at: the worst finding's, or one that did not open; 0: none. */
static uint64_t worst_connection(const struct capture_report *capture)
{
    static const enum handshake_kind kinds[] = { HANDSHAKE_UNANSWERED, HANDSHAKE_REJECTED,
                                                 HANDSHAKE_HALF_OPEN, HANDSHAKE_REFUSED,
                                                 HANDSHAKE_ABORTED };
    size_t order[TOPIC_N];
    size_t count = topics_ranked(capture, order);
    if (count > 0 && capture->topics[order[0]].worst[0] != 0)
        return capture->topics[order[0]].worst[0];
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (capture->first_of[kinds[i]] != 0)
            return capture->first_of[kinds[i]];
    return 0;
}

void text_hints(struct strbuf *out, const struct style *style,
                const struct render_options *options, const struct capture_report *capture)
{
    uint64_t worst = worst_connection(capture);
    int column = style->width / 2 + 4;
    struct strbuf text = { 0 };
    style_add(out, style, TINT_TITLE, "Look closer");
    strbuf_add_char(out, '\n');
    strbuf_add(&text, "tcpflow-explain -l ");
    shell_file_add(&text, options->command_file);
    add_hint(out, style, strbuf_text(&text), "every connection on a line", column);
    strbuf_clear(&text);
    strbuf_add(&text, "tcpflow-explain -C ");
    if (worst != 0)
        strbuf_printf(&text, "%" PRIu64 " ", worst);
    else
        strbuf_add(&text, "ID ");
    shell_file_add(&text, options->command_file);
    add_hint(out, style, strbuf_text(&text),
             worst != 0 ? "this connection in full, and who kept it waiting"
                        : "one connection in full, and who kept it waiting", column);
    strbuf_done(&text);
    if (!text_is_live(capture))
        return;
    style_repeat(out, " ", 2);
    style_wrap(out, style, TINT_DIM, 2, 2, "FILE is what -w FILE wrote while it watched; without "
                                           "-w the frames are gone.");
}
