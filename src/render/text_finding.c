/* text_finding: one finding: what, why we say so, how sure we are, what to do. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render/text.h"
#include "report/narrate.h"

#define INDENT 2
#define LABEL_WIDTH 10 /* "Evidence  " */

static const char *const certainty_words[CERTAINTY_N] = {
    [CERTAINTY_OBSERVED] = "yes, these frames show it",
    [CERTAINTY_PROVED] = "yes, a later frame of the other end proves it",
    [CERTAINTY_INFERRED] =
        "very probably; it follows from how TCP behaves, and frames that were not recorded could "
        "tell otherwise",
    [CERTAINTY_ASSUMED] = "no, part of it is assumed because the capture does not show it",
};

static void add_part(struct strbuf *out, const struct style *style, const char *label,
                     const char *text)
{
    if (text[0] == '\0')
        return;
    style_repeat(out, " ", INDENT);
    style_cell(out, style, TINT_DIM, label, LABEL_WIDTH);
    style_wrap(out, style, TINT_PLAIN, INDENT + LABEL_WIDTH, INDENT + LABEL_WIDTH, text);
}

/* " (frame 3 of server.pcap)". */
static void add_origin(struct strbuf *text, const struct style *style,
                       const struct evidence *evidence)
{
    if (evidence->input == NULL)
        return;
    strbuf_printf(text, " (frame %" PRIu64 " of ", evidence->input_frame);
    style_escape(text, style, evidence->input);
    strbuf_add_char(text, ')');
}

/* "8 FIN seq=2984134532 | 9 ack=2984134533": what several pieces say of one frame stands
 * together. */
static void add_evidence(struct strbuf *out, const struct style *style,
                         const struct finding *finding, bool origins)
{
    struct strbuf text = { 0 };
    size_t count = finding->evidence_count;
    if (count > FINDING_EVIDENCE_MAX)
        count = FINDING_EVIDENCE_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct evidence *evidence = &finding->evidence[i];
        struct strbuf piece = { 0 };
        narrate_evidence(&piece, evidence);
        bool same = i > 0 && evidence[-1].frame == evidence->frame;
        const char *said = strbuf_text(&piece);
        if (same) {
            said = strchr(said, ' ') != NULL ? strchr(said, ' ') : "";
        } else {
            if (i > 0)
                strbuf_printf(&text, " %s ", style_glyph(style, GLYPH_DOT));
            strbuf_add(&text, "frame ");
        }
        strbuf_add(&text, said);
        strbuf_done(&piece);
        bool last = i + 1 == count || evidence[1].frame != evidence->frame;
        if (origins && last)
            add_origin(&text, style, evidence);
    }
    add_part(out, style, "Evidence", strbuf_text(&text));
    strbuf_done(&text);
}

static void add_template(struct strbuf *out, const struct style *style, const char *label,
                         const char *template, const struct finding *finding,
                         const struct summary *summary)
{
    struct strbuf text = { 0 };
    if (template != NULL)
        narrate_template(&text, template, finding, summary);
    add_part(out, style, label, strbuf_text(&text));
    strbuf_done(&text);
}

void text_finding(struct strbuf *out, const struct style *style, const struct finding *finding,
                  const struct summary *summary, bool origins)
{
    const struct topic *topic = topic_row(finding->topic);
    enum tint tint = style_severity_tint(finding->severity);
    struct strbuf text = { 0 };
    strbuf_printf(&text, "%s %s: %s", style_severity_glyph(style, finding->severity),
                  severity_name(finding->severity), topic->id);
    style_add(out, style, tint, strbuf_text(&text));
    strbuf_add_char(out, '\n');
    strbuf_clear(&text);
    narrate_template(&text, topic->title, finding, summary);
    narrate_capital(&text);
    style_repeat(out, " ", INDENT);
    style_wrap(out, style, TINT_TITLE, INDENT, INDENT, strbuf_text(&text));
    strbuf_clear(&text);
    narrate_template(&text, topic->text, finding, summary);
    style_repeat(out, " ", INDENT);
    style_wrap(out, style, TINT_PLAIN, INDENT, INDENT, strbuf_text(&text));
    add_evidence(out, style, finding, origins);
    add_part(out, style, "Sure?",
             (unsigned)finding->certainty < CERTAINTY_N ? certainty_words[finding->certainty] : "");
    if (finding->caused_by >= 0 && finding->caused_by < TOPIC_N)
        add_part(out, style, "Cause", topic_row(finding->caused_by)->id);
    add_template(out, style, "Do", topic->advice, finding, summary);
    add_part(out, style, "More", finding_reference(finding));
    strbuf_done(&text);
}
