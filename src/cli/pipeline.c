/*
 * pipeline: reads frames until the input ends, then shows what was found. Renderers that stream
 * (NDJSON) get connections as they end; the others get them all at the end, by id.
 */
#include "cli/pipeline.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time_text.h"
#include "cli/bounds.h"
#include "cli/deadline.h"
#include "cli/inputs.h"
#include "cli/keeper.h"
#include "cli/memory.h"
#include "cli/progress.h"
#include "cli/threads.h"
#include "config.h"
#include "decode/decode.h"
#include "flow/twin.h"
#include "model/classified.h"
#include "report/builder.h"
#include "report/journal.h"
#include "tcp/tracker.h"

/* A capture with at most this many connections is drawn in full. */
#define DRAWN_MAX 8
/* Connections that were chosen (-C) have so many diagrams. */
#define CHOSEN_MAX 64
/* Classified segments of a connection that will be drawn: 1 MB. */
#define DRAWN_SEGMENTS 16384u
/* Live: a connection that ended is printed so much later, ns, in case its last ACK was lost. */
#define LINGER_LIVE (2 * NS_PER_S)
/* Live: what becomes of a frame is known so long after it, ns, when others follow. */
#define PROMPT (100 * NS_PER_MS)
/* Live: frames may be handed over so long after their time, ns. */
#define LATE_FRAMES NS_PER_S

struct pipeline {
    const struct options *options;
    const struct renderer *renderer;
    struct render_options render;
    void *rendering;  /* the renderer's own; NULL before it began */
    bool began;
    bool failed;      /* out of memory */
    bool live;        /* an interface is watched */
    struct inputs inputs;
    struct twins *twins;     /* NULL: one input */
    struct keeper keeper;    /* rows of ladders, and frames for -w */
    bool keeping_drawn;      /* classified segments are kept of what will be drawn */
    struct progress progress;
    struct tracker *tracker;
    struct builder *builder;
    uint64_t decoded[DECODE_RESULT_N];
    uint64_t frames, bytes;
    uint64_t notices_unmatched;
    uint64_t options_cut; /* segments whose TCP options the capture does not hold */
    int64_t first, last;
    int64_t flushed; /* live: time of the frame after which the tracker had all */
};

static void rendering_begin(struct pipeline *p)
{
    if (p->began)
        return;
    p->began = true;
    p->rendering = p->renderer->begin(&p->render);
    if (p->rendering == NULL)
        p->failed = true;
}

/* The rows of a connection's ladder; none where none were kept. */
static struct journal_rows rows_find(struct pipeline *p, const struct summary *summary)
{
    if (p->keeper.journal == NULL)
        return (struct journal_rows){ 0 };
    if (summary->roles_settled_anew)
        journal_swap(p->keeper.journal, summary->id);
    return journal_rows(p->keeper.journal, summary->id);
}

/* A connection that is handed over before the end: memory ran out, or NDJSON streams. */
static void connection_settled(void *context, const struct summary *summary,
                               const struct event *events, size_t count)
{
    struct pipeline *p = context;
    bool selected = selector_takes(&p->options->selector, summary);

    builder_count(p->builder, summary, events, count, selected);
    if (!selected || p->options->quiet)
        return;
    p->render.many = true;
    progress_erase(&p->progress);
    rendering_begin(p);
    if (!p->failed && renderer_shows(p->renderer, &p->render))
        p->renderer->connection(p->rendering,
                                builder_show_counted(p->builder, rows_find(p, summary)));
    if (p->keeper.journal != NULL)
        journal_close(p->keeper.journal, summary->id);
    if (p->live)
        fflush(stdout);
}

static void connection_count(void *context, const struct summary *summary,
                             const struct event *events, size_t count)
{
    struct pipeline *p = context;
    builder_count(p->builder, summary, events, count,
                  selector_takes(&p->options->selector, summary));
}

static bool connection_reads_events(void *context, uint64_t traits)
{
    const struct pipeline *p = context;
    return builder_reads_events(p->builder, traits);
}

static void connection_show(void *context, const struct summary *summary,
                            const struct event *events, size_t count)
{
    struct pipeline *p = context;
    if (selector_takes(&p->options->selector, summary))
        p->renderer->connection(p->rendering, builder_show(p->builder, summary, events, count,
                                                           rows_find(p, summary)));
}

/* What became of a segment. */
static void segment_taken(void *context, const struct segment *segment,
                          const struct tracked *tracked)
{
    struct pipeline *p = context;
    keeper_segment(&p->keeper, segment, tracked);
    if (!p->keeping_drawn || !keeper_gave_up(&p->keeper))
        return;
    p->keeping_drawn = false;
    tracker_lighten(p->tracker);
    journal_free(p->keeper.journal);
    p->keeper.journal = NULL;
    if (p->keeper.saver == NULL)
        tracker_hush(p->tracker);
}

/* What became of an ICMP error that quotes a segment. */
static void notice_taken(void *context, const struct notice *notice,
                         const struct noticed *noticed)
{
    struct pipeline *p = context;
    p->notices_unmatched += !noticed->believed;
    keeper_notice(&p->keeper, notice, noticed);
}

/* What became of a segment that another input showed before. */
static void view_taken(void *context, const struct segment *segment, uint64_t frame,
                       const struct tracked *tracked)
{
    struct pipeline *p = context;
    if (p->keeper.journal != NULL)
        journal_view(p->keeper.journal, tracked->id, segment, (enum endpoint_id)tracked->from,
                     frame);
}

static void frame_take(struct pipeline *p, const struct frame *frame)
{
    struct segment *segment = tracker_place(p->tracker);
    struct notice notice;
    struct twin twin = { .frame = 0 };
    enum decode_result result = decode_frame(frame, segment, &notice);

    p->frames++;
    if (p->frames == 1 || frame->time < p->first)
        p->first = frame->time;
    if (p->frames == 1 || frame->time > p->last)
        p->last = frame->time;
    if (p->keeper.saver != NULL)
        saver_frame(p->keeper.saver, frame);
    if (result == DECODE_SEGMENT && p->twins != NULL &&
        twins_segment(p->twins, segment, frame->input, &twin)) {
        tracker_view(p->tracker, segment, twin.frame);
        return;
    }
    p->bytes += frame->len;
    p->decoded[result]++;
    if (result == DECODE_SEGMENT) {
        p->options_cut += (segment->facts & FACT_OPTIONS_TRUNCATED) != 0;
        tracker_segment(p->tracker, segment, decode_payload(frame, segment));
    } else if (result == DECODE_NOTICE) {
        tracker_notice(p->tracker, &notice);
    } else if (result == DECODE_HEADER_LENGTH) {
        tracker_malformed(p->tracker, segment);
    }
}

/* Who watches must not wait for a batch to be full. */
static void live_take(struct pipeline *p, const struct frame *frame)
{
    frame_take(p, frame);
    if (!p->live || frame->time - p->flushed < PROMPT)
        return;
    tracker_flush(p->tracker);
    p->flushed = frame->time;
}

/* Nothing came for a while: connections end all the same. */
static void quiet_take(struct pipeline *p)
{
    tracker_tick(p->tracker, deadline_now() - LATE_FRAMES);
}

static enum deadline_source source_of(const struct pipeline *p)
{
    if (p->live)
        return SOURCE_LIVE;
    return reader_is_seekable(p->inputs.reader) ? SOURCE_FILE : SOURCE_PIPE;
}

/* Reads to the end, to -c frames, or until the user stops it. */
static enum capture_status frames_read(struct pipeline *p, const volatile sig_atomic_t *stop)
{
    struct deadline deadline = deadline_init(stop, source_of(p), p->options->duration_ns);
    struct frame frame = { .time = 0 };
    bool over = deadline_passed_quiet(&deadline);

    while (!over && !ferror_unlocked(stdout) &&
           (p->options->count == 0 || p->frames < p->options->count)) {
        enum capture_status status = reader_next(p->inputs.reader, &frame);
        switch (status) {
        case CAPTURE_FRAME:
            live_take(p, &frame);
            over = deadline_passed(&deadline, frame.time);
            break;
        case CAPTURE_QUIET:
            quiet_take(p);
            over = deadline_passed_quiet(&deadline) || output_is_closed(STDOUT_FILENO);
            break;
        default:
            return status;
        }
    }
    return CAPTURE_END;
}

static void inputs_describe(struct pipeline *p, struct capture_report *report)
{
    struct reader *reader = p->inputs.reader;
    report->input_count = reader_inputs(reader);
    for (size_t i = 0; i < report->input_count; i++)
        report->inputs[i] = inputs_report(&p->inputs, i);
    report->filter = p->options->filter;
    report->filtered_out = reader_filtered_out(reader);
    report->filtered_unseen = p->live && report->filter != NULL;
    report->narrowed = p->options->after.kind != MOMENT_NONE ||
                       p->options->before.kind != MOMENT_NONE;
    report->narrowed_out = reader_narrowed_out(reader);
    report->second_views = p->twins != NULL ? twins_count(p->twins) : 0;
    report->drops_known = reader_drops(reader, &report->dropped_by_kernel);
    report->losses_known = reader_lost(reader, &report->dropped_by_interface);
}

static void capture_describe(struct pipeline *p, bool interrupted)
{
    struct capture_report *report = builder_capture(p->builder);
    struct tracker_counts counts;

    tracker_counts(p->tracker, &counts);
    inputs_describe(p, report);
    report->sorted = counts.handed_over.hits == 0;
    report->frames = p->frames;
    report->segments = p->decoded[DECODE_SEGMENT] - counts.facts.copies;
    report->bytes = p->bytes;
    report->first = p->frames ? p->first : UNKNOWN_NS;
    report->last = p->frames ? p->last : UNKNOWN_NS;
    report->icmp_errors = p->decoded[DECODE_NOTICE];
    report->icmp_errors_unmatched = p->notices_unmatched;
    report->not_ip = p->decoded[DECODE_NOT_IP];
    report->not_tcp = p->decoded[DECODE_NOT_TCP];
    report->fragment = p->decoded[DECODE_FRAGMENT];
    report->malformed = p->decoded[DECODE_MALFORMED] + p->decoded[DECODE_HEADER_LENGTH] +
                        p->decoded[DECODE_CUT];
    report->cut = p->decoded[DECODE_CUT];
    report->options_cut = p->options_cut;
    report->unsupported_link = p->decoded[DECODE_UNSUPPORTED_LINK];
    report->interrupted = interrupted;
    if (p->options->quiet && p->renderer != &renderer_text)
        report->listed = 0; /* what their lists of connections hold */
    bounds_describe(report, &counts);
    if (p->twins != NULL)
        bounds_add(report, "second-views", twins_forgotten(p->twins), p->first);
    bounds_add(report, "frame-origins", reader_origins_lost(p->inputs.reader), p->first);
}

static void findings_render(struct pipeline *p)
{
    const struct findings *findings = builder_capture(p->builder)->findings;
    bool told = p->renderer->finding != NULL && findings != NULL;
    for (size_t i = 0; told && i < findings->count; i++)
        p->renderer->finding(p->rendering, &findings->list[i]);
}

static void report_render(struct pipeline *p, bool interrupted)
{
    struct tracker_counts counts;
    if (!tracker_finish(p->tracker)) {
        p->failed = true;
        return;
    }
    tracker_counts(p->tracker, &counts);
    const struct tracker_brief brief = { connection_reads_events, connection_count, p };
    tracker_each_brief(p->tracker, &brief);
    uint64_t lost = 0;
    counts.facts.dropped += reader_drops(p->inputs.reader, &lost) ? lost : 0;
    counts.facts.dropped += reader_lost(p->inputs.reader, &lost) ? lost : 0;
    builder_rank(p->builder, &counts.facts);
    p->render.many |= p->options->selector.kind == SELECT_ALL &&
                      builder_capture(p->builder)->connections > DRAWN_MAX;
    capture_describe(p, interrupted);
    progress_end(&p->progress);
    rendering_begin(p);
    if (p->failed)
        return;
    if (!p->options->quiet && renderer_shows(p->renderer, &p->render))
        tracker_each(p->tracker, connection_show, p);
    findings_render(p);
    p->renderer->end(p->rendering, builder_capture(p->builder));
}

static bool drawn_wants(void *context, const struct segment *first)
{
    const struct pipeline *p = context;
    return keeper_wants(&p->keeper, first);
}

static bool selected_shown(void *context, const struct segment *first)
{
    const struct pipeline *p = context;
    return keeper_selects(&p->keeper, first);
}

static size_t drawn_max(const struct options *options)
{
    return options->selector.kind == SELECT_ALL ? DRAWN_MAX : CHOSEN_MAX;
}

/* Where those of all connections are not asked for: of those that will be drawn. */
static void segments_choose(struct pipeline *p, struct tracker_options *tracking)
{
    if (tracking->segments_max > 0 || p->keeper.journal == NULL)
        return;
    p->keeping_drawn = true;
    tracking->segments_max = drawn_max(p->options) * (DRAWN_SEGMENTS + CLASSIFIED_CHUNK);
    tracking->segments_each = DRAWN_SEGMENTS;
    tracking->segments_of = drawn_wants;
}

static bool pipeline_open(struct pipeline *p, const struct terminal *terminal)
{
    const struct options *options = p->options;
    bool streams = p->renderer == &renderer_ndjson;
    bool text = p->renderer == &renderer_text;
    bool waits = streams && source_of(p) == SOURCE_PIPE;
    struct tracker_options tracking = { .keep_log = !options->quiet,
                                        .all_checks = options->verbose > 0,
                                        .several_inputs = reader_inputs(p->inputs.reader) > 1,
                                        .expire = streams,
                                        .linger_ns = p->live ? LINGER_LIVE : 0,
                                        .msl_ns = options->msl_ns,
                                        .threads = threads_count(options),
                                        .settled = connection_settled,
                                        .noticed = notice_taken,
                                        .batch = threads_batch(options, waits),
                                        .context = p };
    if (text && !options->list && !options->quiet)
        keeper_draw(&p->keeper, drawn_max(options), options->verbose > 0);
    memory_share(options->max_memory, options->quiet, options->segments, &tracking);
    segments_choose(p, &tracking);
    if (options->selector.kind != SELECT_ALL)
        tracking.shown = selected_shown;
    if (p->keeper.journal != NULL || p->keeper.saver != NULL)
        tracking.taken = segment_taken;
    if (p->keeper.journal != NULL)
        tracking.viewed = view_taken;
    tracking.secret = options->seed != 0 ? flow_secret_of(options->seed) : flow_secret_make();
    p->tracker = tracker_new(&tracking);
    if (reader_inputs(p->inputs.reader) > 1)
        p->twins = twins_new(&tracking.secret);
    p->builder = builder_new(options->quiet);
    if (p->builder != NULL && reader_inputs(p->inputs.reader) > 1)
        builder_origins(p->builder, p->inputs.reader);
    if (p->builder != NULL)
        builder_vantage(p->builder, options->vantage);
    if (p->builder != NULL && (!text || options->verbose > 0))
        builder_community_ids(p->builder);
    p->render = (struct render_options){
        .out = stdout,
        .width = terminal->width,
        .color = terminal->color,
        .utf8 = terminal->utf8,
        .verbose = options->verbose > 0,
        .segments = options->segments,
        .quiet = options->quiet,
        .at_once = source_of(p) != SOURCE_FILE,
        .detail = options->list ? DETAIL_LIST
                  : options->selector.kind != SELECT_ALL ? DETAIL_FULL
                                                         : DETAIL_AUTO,
        .msl_ns = options->msl_ns,
        .program_version = PACKAGE_VERSION,
        .command_file = options->interface != NULL ? NULL : options->inputs[0],
    };
    bool twins = reader_inputs(p->inputs.reader) == 1 || p->twins != NULL;
    return p->tracker != NULL && p->builder != NULL && twins;
}

static void pipeline_close(struct pipeline *p)
{
    progress_end(&p->progress);
    saver_free(p->keeper.saver);
    journal_free(p->keeper.journal);
    builder_free(p->builder);
    tracker_free(p->tracker);
    twins_free(p->twins);
    inputs_close(&p->inputs);
}

/* What streams to a terminal shows itself how it goes on. */
static bool progress_wanted(const struct pipeline *p)
{
    return !p->live && !(p->renderer == &renderer_ndjson && isatty(STDOUT_FILENO));
}

static enum exit_code pipeline_explain(struct pipeline *p, const volatile sig_atomic_t *stop,
                                       char *error, size_t error_size)
{
    for (size_t i = 0; p->renderer->input != NULL && i < reader_inputs(p->inputs.reader); i++) {
        struct input_report input = inputs_report(&p->inputs, i);
        rendering_begin(p);
        if (!p->failed)
            p->renderer->input(p->rendering, &input);
    }
    if (p->live) {
        fflush(stdout);
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "watching %s; Ctrl-C explains what was seen\n",
                    p->options->interface);
    }
    if (progress_wanted(p))
        progress_begin(&p->progress, p->inputs.reader, p->render.utf8);
    enum capture_status status = frames_read(p, stop);
    report_render(p, *stop != 0 && !p->live);
    if (p->failed) {
        snprintf(error, error_size, "out of memory after frame %llu",
                 (unsigned long long)p->frames);
        return EXIT_CODE_INPUT;
    }
    if (p->keeper.saver != NULL && !saver_finish(p->keeper.saver, error, error_size))
        return EXIT_CODE_INPUT;
    if (status != CAPTURE_DAMAGED)
        return EXIT_CODE_DONE;
    inputs_damage(&p->inputs, error, error_size);
    return EXIT_CODE_INPUT;
}

/* With the inputs open. */
static enum exit_code pipeline_start(struct pipeline *p, const struct terminal *terminal,
                                     const volatile sig_atomic_t *stop, char *error,
                                     size_t error_size)
{
    if (p->options->write != NULL) {
        if (!saver_allowed(p->options, &p->inputs, error, error_size))
            return EXIT_CODE_USAGE;
        if (!saver_writable(p->options->write, error, error_size))
            return EXIT_CODE_INPUT;
        p->keeper.saver = saver_open(p->options, &p->inputs, error, error_size);
        if (p->keeper.saver == NULL)
            return EXIT_CODE_INPUT;
    }
    if (pipeline_open(p, terminal))
        return pipeline_explain(p, stop, error, error_size);
    snprintf(error, error_size, "out of memory");
    return EXIT_CODE_INPUT;
}

enum exit_code pipeline_run(const struct options *options, const struct terminal *terminal,
                            const volatile sig_atomic_t *stop, char *error, size_t error_size)
{
    struct pipeline p = { .options = options,
                          .renderer = renderer_find(options->format),
                          .live = options->interface != NULL,
                          .keeper = { .selector = &options->selector, .drawn_max = DRAWN_MAX } };
    error[0] = '\0';
    enum exit_code code = inputs_open(&p.inputs, options, stop, error, error_size);
    if (p.inputs.reader == NULL)
        return code;
    code = pipeline_start(&p, terminal, stop, error, error_size);
    pipeline_close(&p);
    return code;
}
