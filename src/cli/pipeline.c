/*
 * pipeline: reads frames until the input ends, then shows what was found. Renderers that stream
 * (NDJSON) get connections as they end; the others get them all at the end, by id.
 */
#include "cli/pipeline.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "capture/capture.h"
#include "config.h"
#include "decode/decode.h"
#include "report/builder.h"
#include "report/journal.h"
#include "tcp/tracker.h"

/* A capture with at most this many connections is drawn in full. */
#define DRAWN_MAX 8
/* What one more connection costs: record, index, log and room for a second log block. */
#define CONNECTION_BYTES 1000
#define CONNECTION_BYTES_QUIET 384
#define MEMORY_MAX (UINT64_C(2) << 30)
#define MEMORY_SHARE 4 /* a quarter of what the machine has */

struct pipeline {
    const struct options *options;
    const struct renderer *renderer;
    struct render_options render;
    void *rendering;  /* the renderer's own; NULL before it began */
    bool began;
    bool failed;      /* out of memory */
    struct capture *capture;
    struct tracker *tracker;
    struct builder *builder;
    struct journal *journal; /* NULL: no ladders are drawn */
    uint64_t opened;         /* connections that wanted a ladder so far */
    uint64_t decoded[DECODE_RESULT_N];
    uint64_t frames, bytes;
    uint64_t options_cut; /* segments whose TCP options the capture does not hold */
    int64_t first, last;
    char link_name[32];
};

static bool connection_selected(const struct pipeline *p, const struct summary *s)
{
    struct selector_end ends[2];
    for (int i = 0; i < 2; i++) {
        memcpy(ends[i].address, s->endpoints[i].address, sizeof ends[i].address);
        ends[i].port = s->endpoints[i].port;
    }
    return selector_matches(&p->options->selector, s->id, s->ip_version, &ends[0], &ends[1]);
}

static void rendering_begin(struct pipeline *p)
{
    if (p->began)
        return;
    p->began = true;
    p->rendering = p->renderer->begin(&p->render);
    if (p->rendering == NULL)
        p->failed = true;
}

static struct input_report input_describe(const struct pipeline *p)
{
    const struct capture_info *info = capture_info(p->capture);
    return (struct input_report){ .name = info->name,
                                  .format = info->format,
                                  .link_type = p->link_name,
                                  .frames = info->frames,
                                  .cut_short = info->cut_short,
                                  .error = info->error };
}

static void connection_render(struct pipeline *p, const struct summary *summary,
                              const struct event *events, size_t count)
{
    struct journal_rows rows = { 0 };
    if (p->journal != NULL)
        rows = journal_rows(p->journal, summary->id);
    const struct connection_report *report =
        builder_show(p->builder, summary, events, count, rows);
    if (!p->failed)
        p->renderer->connection(p->rendering, report);
}

/* A connection that is handed over before the end: memory ran out, or NDJSON streams. */
static void connection_settled(void *context, const struct summary *summary,
                               const struct event *events, size_t count)
{
    struct pipeline *p = context;
    bool selected = connection_selected(p, summary);

    builder_count(p->builder, summary, events, count, selected);
    if (!selected || p->options->quiet)
        return;
    p->render.many = true;
    rendering_begin(p);
    connection_render(p, summary, events, count);
    if (p->journal != NULL)
        journal_close(p->journal, summary->id);
}

static void connection_count(void *context, const struct summary *summary,
                             const struct event *events, size_t count)
{
    struct pipeline *p = context;
    builder_count(p->builder, summary, events, count, connection_selected(p, summary));
}

static void connection_show(void *context, const struct summary *summary,
                            const struct event *events, size_t count)
{
    struct pipeline *p = context;
    if (connection_selected(p, summary) && !p->options->quiet)
        connection_render(p, summary, events, count);
}

/* Whether a connection that begins with this segment gets a ladder. */
static bool ladder_wanted(const struct pipeline *p, const struct segment *segment, uint64_t id)
{
    struct selector_end ends[2];
    memcpy(ends[0].address, segment->source, sizeof ends[0].address);
    ends[0].port = segment->source_port;
    memcpy(ends[1].address, segment->destination, sizeof ends[1].address);
    ends[1].port = segment->destination_port;
    return selector_matches(&p->options->selector, id, segment->ip_version, &ends[0], &ends[1]);
}

static void journal_begin(struct pipeline *p, const struct segment *segment, uint64_t id)
{
    if (!ladder_wanted(p, segment, id))
        return;
    p->opened++;
    if (p->opened <= DRAWN_MAX || p->options->selector.kind != SELECT_ALL)
        journal_open(p->journal, id);
}

static void journal_take(struct pipeline *p, const struct segment *segment,
                         const struct tracked *t)
{
    /* Behind a SYN that waited there may be another one, which begins yet another connection. */
    if (t->promoted) {
        journal_begin(p, &t->promoted_syn, t->promoted_id);
        journal_segment(p->journal, t->promoted_id, &t->promoted_syn, CLIENT, 0, 1,
                        t->promoted_syn.window, true);
    }
    if (t->opened && !(t->promoted && t->promoted_id == t->id))
        journal_begin(p, segment, t->id);
    if (t->swapped)
        journal_swap(p->journal, t->id);
    if (t->id != 0)
        journal_segment(p->journal, t->id, segment, (enum endpoint_id)t->from, t->marks, t->nth,
                        t->window, t->notable);
}

static void frame_take(struct pipeline *p, const struct frame *frame)
{
    struct segment segment;
    enum decode_result result = decode_frame(frame, &segment);

    p->frames++;
    p->bytes += frame->len;
    if (p->frames == 1 || frame->time < p->first)
        p->first = frame->time;
    if (p->frames == 1 || frame->time > p->last)
        p->last = frame->time;
    p->decoded[result]++;
    if (result != DECODE_SEGMENT)
        return;
    if (segment.facts & FACT_OPTIONS_TRUNCATED)
        p->options_cut++;
    struct tracked tracked;
    tracker_segment(p->tracker, &segment, &tracked);
    if (p->journal != NULL)
        journal_take(p, &segment, &tracked);
}

/* Reads to the end, to -c frames, or until the user stops it. */
static enum capture_status frames_read(struct pipeline *p, const volatile sig_atomic_t *stop)
{
    struct frame frame;
    enum capture_status status = CAPTURE_END;

    /* A pipe is heard out: capture/ ends it. */
    bool at_once = capture_info(p->capture)->seekable;

    while (!(*stop && at_once) && !ferror(stdout) &&
           (p->options->count == 0 || p->frames < p->options->count)) {
        status = capture_next(p->capture, &frame);
        if (status != CAPTURE_FRAME)
            return status;
        frame_take(p, &frame);
    }
    return CAPTURE_END;
}

static void limit_add(struct capture_report *report, const char *what, uint64_t count,
                      int64_t since)
{
    if (count == 0 || report->limit_count == REPORT_LIMITS_MAX)
        return;
    report->limits[report->limit_count++] =
        (struct limit_report){ .what = what, .count = count, .since = since };
}

static void capture_describe(struct pipeline *p, bool interrupted)
{
    struct capture_report *report = builder_capture(p->builder);
    struct tracker_counts counts;

    tracker_counts(p->tracker, &counts);
    report->inputs[0] = input_describe(p);
    report->input_count = 1;
    report->filter = p->options->filter;
    report->filtered_out = capture_info(p->capture)->filtered_out;
    report->sorted = counts.handed_over == 0;
    report->frames = p->frames;
    report->segments = p->decoded[DECODE_SEGMENT];
    report->bytes = p->bytes;
    report->first = p->frames ? p->first : UNKNOWN_NS;
    report->last = p->frames ? p->last : UNKNOWN_NS;
    report->not_ip = p->decoded[DECODE_NOT_IP];
    report->not_tcp = p->decoded[DECODE_NOT_TCP];
    report->fragment = p->decoded[DECODE_FRAGMENT];
    report->malformed = p->decoded[DECODE_MALFORMED] + p->decoded[DECODE_CUT];
    report->cut = p->decoded[DECODE_CUT];
    report->options_cut = p->options_cut;
    report->unsupported_link = p->decoded[DECODE_UNSUPPORTED_LINK];
    report->interrupted = interrupted;
    if (p->options->quiet && p->renderer != &renderer_text)
        report->listed = 0; /* what their lists of connections hold */
    limit_add(report, "connections", counts.handed_over, counts.handed_over_since);
    limit_add(report, "connection-log", counts.events_lost, counts.events_lost_since);
    limit_add(report, "segments-untracked", counts.untracked, counts.untracked_since);
    limit_add(report, "waiting-syns", counts.waiting_refused, counts.waiting_refused_since);
}

static void findings_render(struct pipeline *p)
{
    const struct findings *findings = builder_capture(p->builder)->findings;
    if (p->renderer->finding == NULL || findings == NULL)
        return;
    for (size_t i = 0; i < findings->count; i++)
        p->renderer->finding(p->rendering, &findings->list[i]);
}

static void report_render(struct pipeline *p, bool interrupted)
{
    if (!tracker_finish(p->tracker)) {
        p->failed = true;
        return;
    }
    tracker_each(p->tracker, connection_count, p);
    builder_rank(p->builder);
    p->render.many |= p->options->selector.kind == SELECT_ALL &&
                      builder_capture(p->builder)->connections > DRAWN_MAX;
    capture_describe(p, interrupted);
    rendering_begin(p);
    if (p->failed)
        return;
    tracker_each(p->tracker, connection_show, p);
    findings_render(p);
    p->renderer->end(p->rendering, builder_capture(p->builder));
}

static uint32_t connections_max(bool quiet)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t memory = MEMORY_MAX;
    if (pages > 0 && page > 0 && (uint64_t)pages * (uint64_t)page / MEMORY_SHARE < memory)
        memory = (uint64_t)pages * (uint64_t)page / MEMORY_SHARE;
    return (uint32_t)(memory / (quiet ? CONNECTION_BYTES_QUIET : CONNECTION_BYTES));
}

static bool pipeline_open(struct pipeline *p, const struct terminal *terminal)
{
    const struct options *options = p->options;
    bool streams = p->renderer == &renderer_ndjson;
    bool text = p->renderer == &renderer_text;
    struct tracker_options tracking = { .max_connections = connections_max(options->quiet),
                                        .keep_log = !options->quiet,
                                        .expire = streams,
                                        .msl_ns = options->msl_ns,
                                        .settled = connection_settled,
                                        .context = p };
    if (getrandom(&tracking.secret, sizeof tracking.secret, 0) < 0)
        tracking.secret = (struct flow_secret){ .key = { (uint64_t)getpid(), 0 } };
    p->tracker = tracker_new(&tracking);
    p->builder = builder_new(options->quiet);
    if (text && !options->list && !options->quiet)
        p->journal = journal_new(options->selector.kind == SELECT_ALL ? DRAWN_MAX : 64);
    p->render = (struct render_options){
        .out = stdout,
        .width = terminal->width,
        .color = terminal->color,
        .utf8 = terminal->utf8,
        .verbose = options->verbose > 0,
        .quiet = options->quiet,
        .detail = options->list ? DETAIL_LIST
                  : options->selector.kind != SELECT_ALL ? DETAIL_FULL
                                                         : DETAIL_AUTO,
        .msl_ns = options->msl_ns,
        .program_version = PACKAGE_VERSION,
        .command_file = options->inputs[0],
    };
    return p->tracker != NULL && p->builder != NULL;
}

static void pipeline_close(struct pipeline *p)
{
    journal_free(p->journal);
    builder_free(p->builder);
    tracker_free(p->tracker);
    capture_free(p->capture);
}

static enum exit_code pipeline_explain(struct pipeline *p, const volatile sig_atomic_t *stop,
                                       char *error, size_t error_size)
{
    if (p->renderer->input != NULL) {
        struct input_report input = input_describe(p);
        rendering_begin(p);
        if (!p->failed)
            p->renderer->input(p->rendering, &input);
    }
    enum capture_status status = frames_read(p, stop);
    report_render(p, *stop != 0);
    if (p->failed) {
        snprintf(error, error_size, "out of memory after frame %llu",
                 (unsigned long long)p->frames);
        return EXIT_CODE_INPUT;
    }
    if (status != CAPTURE_DAMAGED)
        return EXIT_CODE_DONE;
    snprintf(error, error_size, "%s", capture_info(p->capture)->error);
    return EXIT_CODE_INPUT;
}

/* Sets the filter; libpcap's words alone would not say what they are about. */
static bool filter_set(struct capture *capture, const char *filter, char *error,
                       size_t error_size)
{
    char reason[256];
    if (capture_filter(capture, filter, reason, sizeof reason))
        return true;
    snprintf(error, error_size, "the filter '%s' is not valid: %s; see pcap-filter(7)", filter,
             reason);
    return false;
}

enum exit_code pipeline_run(const struct options *options, const struct terminal *terminal,
                            const volatile sig_atomic_t *stop, char *error, size_t error_size)
{
    struct pipeline p = { .options = options, .renderer = renderer_find(options->format) };
    enum exit_code code = EXIT_CODE_INPUT;

    error[0] = '\0';
    if (options->input_count > 1) {
        snprintf(error, error_size,
                 "more than one capture was given: explain %s first, then the others one by one",
                 options->inputs[0]);
        return EXIT_CODE_USAGE;
    }
    p.capture = capture_open(options->inputs[0], stop, error, error_size);
    if (p.capture == NULL && *stop) {
        snprintf(error, error_size, "stopped before there was a frame");
        return EXIT_CODE_DONE;
    }
    if (p.capture == NULL)
        return EXIT_CODE_INPUT;
    capture_link_name(capture_info(p.capture)->link_type, p.link_name, sizeof p.link_name);
    if (options->filter != NULL &&
        !filter_set(p.capture, options->filter, error, error_size)) {
        capture_free(p.capture);
        return EXIT_CODE_USAGE;
    }
    if (pipeline_open(&p, terminal))
        code = pipeline_explain(&p, stop, error, error_size);
    else
        snprintf(error, error_size, "out of memory");
    pipeline_close(&p);
    return code;
}
