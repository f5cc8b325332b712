/* json_segment: docs/schema.json describes the same. */
#include "render/json_segment.h"

#include "report/narrate.h"

#define FLAGS_SIZE 48

/* A number relative to the initial one of the end that counts it; null where that is not known. */
static struct json_object *relative(const struct endpoint_summary *end, uint32_t number)
{
    bool known = end->isn_known && end->isn_certainty != CERTAINTY_ASSUMED;
    return known ? json_object_new_uint64(number - end->isn) : NULL;
}

static struct json_object *tags_array(const struct classified *segment)
{
    struct json_object *array = json_object_new_array();
    for (unsigned tag = 0; tag < TAG_N; tag++)
        if (segment->tags & TAG(tag))
            json_append(array, json_text(segment_tag_name((enum segment_tag)tag)));
    return array;
}

static struct json_object *rules_array(const struct classified *segment)
{
    struct json_object *array = json_object_new_array();
    for (unsigned rule = 0; rule < RULE_N; rule++)
        if (segment->rules & RULE(rule))
            json_append(array, json_text(segment_rules[rule].id));
    return array;
}

void json_segment_fill(struct json_object *object, const struct summary *summary,
                       const struct classified *segment)
{
    enum endpoint_id from = (enum endpoint_id)segment->from;
    const struct endpoint_summary *x = &summary->endpoints[from];
    const struct endpoint_summary *y = &summary->endpoints[endpoint_peer(from)];
    bool revised = segment->revised_from != CLASS_NONE;
    char flags[FLAGS_SIZE];

    json_add_number(object, "frame", segment->frame);
    json_add(object, "time", json_time(segment->time));
    json_add_text(object, "from", endpoint_name(from));
    json_add_text(object, "flags", narrate_flags(segment->flags, flags, sizeof flags));
    json_add_number(object, "seq", segment->seq);
    json_add(object, "rel_seq", relative(x, segment->seq));
    json_add(object, "ack", segment->has_ack ? json_object_new_uint64(segment->ack) : NULL);
    json_add(object, "rel_ack", segment->has_ack ? relative(y, segment->ack) : NULL);
    json_add_number(object, "length", segment->length);
    json_add_number(object, "window", segment->window);
    json_add_text(object, "class", segment_class_name((enum segment_class)segment->class));
    json_add(object, "tags", tags_array(segment));
    json_add_text(object, "certainty", certainty_name((enum certainty)segment->certainty));
    json_add(object, "because", rules_array(segment));
    json_add_known(object, "original_frame", segment->original);
    json_add_text(object, "revised_from",
                  revised ? segment_class_name((enum segment_class)segment->revised_from) : NULL);
}

struct json_object *json_segments(const struct summary *summary)
{
    struct json_object *array = json_object_new_array();
    for (const struct classified_chunk *chunk = summary->segments; chunk != NULL;
         chunk = chunk->next) {
        for (uint32_t i = 0; i < chunk->count; i++) {
            if (chunk->rows[i].class == CLASS_NONE)
                continue;
            struct json_object *object = json_object_new_object();
            json_segment_fill(object, summary, &chunk->rows[i]);
            json_append(array, object);
        }
    }
    return array;
}
