/*
 * text: the renderer for people. The header tells what the whole capture was like, so the
 * connections wait in memory for it; should they be too many for that, the header comes last.
 */
#include "render/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Text that waits for the header: more than a person would ever read. */
#define WAITING_MAX (16u << 20)

struct text {
    const struct render_options *options; /* borrowed until the end */
    struct style style;
    struct strbuf body;
    struct text_each each;
    struct text_list *list; /* only for DETAIL_LIST */
    bool streaming;         /* the header comes last */
    uint64_t shown;
};

static void text_write(const struct text *text, struct strbuf *buffer)
{
    if (buffer->length > 0)
        fwrite(buffer->text, 1, buffer->length, text->options->out);
    strbuf_clear(buffer);
}

static void *text_begin(const struct render_options *options)
{
    struct text *text = calloc(1, sizeof *text);
    if (text == NULL)
        return NULL;
    text->options = options;
    text->style = style_make(options);
    if (options->detail == DETAIL_LIST) {
        text->list = text_list_new();
        text->streaming = true;
        if (text->list == NULL) {
            free(text);
            return NULL;
        }
    }
    return text;
}

/* Neither with -q nor for a large capture are connections told one by one. */
static bool text_shows(const struct render_options *options)
{
    return !options->quiet && options->detail != DETAIL_SUMMARY &&
           !(options->detail == DETAIL_AUTO && options->many);
}

static bool text_is_summary(const struct text *text)
{
    return !text_shows(text->options);
}

static void text_add_connection(void *state, const struct connection_report *connection)
{
    struct text *text = state;
    if (text_is_summary(text))
        return;
    text->shown++;
    if (text->list != NULL) {
        text_list_add(text->list, &text->body, &text->style, connection);
    } else {
        if (text->shown > 1)
            strbuf_add_char(&text->body, '\n');
        text_each_add(&text->each, connection);
        text_connection(&text->body, &text->style, text->options, connection);
    }
    if (text->streaming || text->body.length > WAITING_MAX) {
        text->streaming = true;
        text_write(text, &text->body);
    }
}

/* Says that there is nothing to tell, and why. */
static void add_nothing(struct strbuf *out, const struct text *text,
                        const struct capture_report *capture)
{
    const char *why = "There is no TCP connection in this capture that could be looked at. TCP inside "
                      "tunnels (GRE, VXLAN, GTP, IP in IP, MPLS, PPPoE) is not unpacked.";
    if (capture->unsupported_link > 0 && capture->unsupported_link == capture->frames)
        why = "Frames of this link type cannot be read; those of Ethernet, Linux cooked captures, "
              "raw IP and loopback can.";
    else if (capture->not_ip + capture->not_tcp + capture->unsupported_link == 0)
        why = "There is no TCP connection in this capture.";
    if (capture->connections > 0)
        why = "None of the connections in this capture has this ID or these ends; -l lists them. "
              "An ID is the number of a connection's first frame.";
    else if (capture->frames == 0 && capture->filtered_out > 0)
        why = "The filter lets none of the frames through. Frames with VLAN tags need it as "
              "'vlan and ...'.";
    else if (capture->frames == 0)
        why = "There is no frame in this capture.";
    else if (capture->cut > 0)
        why = text_is_live(capture)
                  ? "No connection can be told: -s cut the TCP headers off. Watch again with a "
                    "larger -s, or without it."
                  : "No connection can be told: the recorder cut the TCP headers off. Capture "
                    "again with a longer snap length (tcpdump -s 0).";
    strbuf_add_char(out, '\n');
    style_wrap(out, &text->style, TINT_WARNING, 0, 0, why);
}

/* Findings about hosts and about the capture itself. */
static void add_findings(struct strbuf *out, const struct text *text,
                         const struct capture_report *capture)
{
    for (size_t i = 0; capture->findings != NULL && i < capture->findings->count; i++) {
        strbuf_add_char(out, '\n');
        text_finding(out, &text->style, &capture->findings->list[i], NULL,
                     text->options->verbose);
    }
}

static bool any_verdict(const struct capture_report *capture)
{
    for (size_t i = 0; i < TOPIC_N; i++)
        if (capture->topics[i].count > 0)
            return true;
    return false;
}

/* The whole capture: its connections in short, its verdicts, where to look. */
static void add_summary(struct strbuf *out, const struct text *text,
                        const struct capture_report *capture, bool hints)
{
    strbuf_add_char(out, '\n');
    if (text->each.count > 0 && text->each.count <= TEXT_EACH_MAX) {
        text_each(out, &text->style, &text->each);
        text_fine(out, &text->style, capture);
    } else {
        text_counts(out, &text->style, capture);
    }
    if (any_verdict(capture)) {
        strbuf_add_char(out, '\n');
        text_verdicts(out, &text->style, capture);
    }
    if (hints) {
        strbuf_add_char(out, '\n');
        text_hints(out, &text->style, text->options, capture);
    }
}

static void text_end(void *state, const struct capture_report *capture)
{
    struct text *text = state;
    struct strbuf head = { 0 };
    if (text->list != NULL) {
        if (text->shown > 0)
            text_list_end(text->list, &text->body, &text->style);
        text_write(text, &text->body);
    }
    if (text->streaming && text->shown > 0)
        strbuf_add_char(&head, '\n');
    text_capture(&head, &text->style, text->options, capture);
    if (capture->listed == 0)
        add_nothing(&head, text, capture);
    else if (text_is_summary(text) || text->shown != 1 || text->list != NULL)
        add_summary(&head, text, capture, text_is_summary(text));
    if (!text->streaming && text->shown > 0)
        strbuf_add_char(&head, '\n');
    text_write(text, &head);
    bool lost = text->body.failed || head.failed;
    text_write(text, &text->body);
    add_findings(&head, text, capture);
    if (lost)
        style_wrap(&head, &text->style, TINT_ERROR, 0, 0,
                   "Memory ran out while this was written: something is missing above.");
    text_write(text, &head);
    strbuf_done(&head);
    strbuf_done(&text->body);
    text_list_free(text->list);
    free(text);
}

const struct renderer renderer_text = {
    .name = "text",
    .shows = text_shows,
    .begin = text_begin,
    .connection = text_add_connection,
    .end = text_end,
};
