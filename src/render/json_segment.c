/* json_segment: docs/schema.json describes the same. */
#include "render/json_segment.h"

#include "report/narrate.h"

#define FLAGS_SIZE 48

/* Relative to the initial number of the end that counts it; null where that is not known. */
static void put_relative(struct json_writer *w, const char *key,
                         const struct endpoint_summary *end, uint32_t number)
{
    bool known = end->isn_known && end->isn_certainty != CERTAINTY_ASSUMED;
    json_put_number_if(w, key, known, (uint32_t)(number - end->isn));
}

static void put_acknowledgement(struct json_writer *w, const struct endpoint_summary *end,
                                const struct classified *segment)
{
    json_put_number_if(w, "ack", segment->has_ack, segment->ack);
    if (segment->has_ack)
        put_relative(w, "rel_ack", end, segment->ack);
    else
        json_put_null(w, "rel_ack");
}

static void put_tags(struct json_writer *w, const struct classified *segment)
{
    json_open_array(w, "tags");
    for (unsigned tag = 0; tag < TAG_N; tag++)
        if (segment->tags & TAG(tag))
            json_put_text(w, NULL, segment_tag_name((enum segment_tag)tag));
    json_close_array(w);
}

static void put_rules(struct json_writer *w, const struct classified *segment)
{
    json_open_array(w, "because");
    for (unsigned rule = 0; rule < RULE_N; rule++)
        if (segment->rules & RULE(rule))
            json_put_text(w, NULL, segment_rules[rule].id);
    json_close_array(w);
}

void json_segment_fill(struct json_writer *w, const struct summary *summary,
                       const struct classified *segment)
{
    enum endpoint_id from = (enum endpoint_id)segment->from;
    const struct endpoint_summary *x = &summary->endpoints[from];
    const struct endpoint_summary *y = &summary->endpoints[endpoint_peer(from)];
    bool revised = segment->revised_from != CLASS_NONE;
    char flags[FLAGS_SIZE];

    json_put_number(w, "frame", segment->frame);
    json_put_time(w, "time", segment->time);
    json_put_text(w, "from", endpoint_name(from));
    json_put_text(w, "flags", narrate_flags(segment->flags, flags, sizeof flags));
    json_put_number(w, "seq", segment->seq);
    put_relative(w, "rel_seq", x, segment->seq);
    put_acknowledgement(w, y, segment);
    json_put_number(w, "length", segment->length);
    json_put_number(w, "window", segment->window);
    json_put_text(w, "class", segment_class_name((enum segment_class)segment->class));
    put_tags(w, segment);
    json_put_text(w, "certainty", certainty_name((enum certainty)segment->certainty));
    put_rules(w, segment);
    json_put_known(w, "original_frame", segment->original);
    json_put_text(w, "revised_from",
                  revised ? segment_class_name((enum segment_class)segment->revised_from) : NULL);
}

void json_put_segments(struct json_writer *w, const char *key, const struct summary *summary)
{
    json_open_array(w, key);
    for (const struct classified_chunk *chunk = summary->segments; chunk != NULL;
         chunk = chunk->next) {
        for (uint32_t i = 0; i < chunk->count; i++) {
            if (chunk->rows[i].class == CLASS_NONE)
                continue;
            json_open_object(w, NULL);
            json_segment_fill(w, summary, &chunk->rows[i]);
            json_close_object(w);
        }
    }
    json_close_array(w);
}
