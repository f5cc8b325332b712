/* json_lost: where what an end sent was lost. docs/schema.json describes the same. */
#include "render/json_connection.h"

#include <stdio.h>

#include "diagnose/lost_place.h"
#include "report/narrate_lost.h"

/* Where, in an id and in words, and how sure that is. */
static void add_place(struct json_object *object, const struct connection_report *connection,
                      enum endpoint_id sender, unsigned kind)
{
    struct strbuf text = { 0 };
    struct lost_place place =
        lost_place_find(connection->summary, sender, kind,
                        (enum vantage)connection->vantage.vantage);
    enum certainty certainty = narrate_lost_place(&text, connection, sender, kind);
    json_add_text(object, "place", place.id);
    json_add_text(object, "certainty", certainty_name(certainty));
    json_add(object, "text", json_text_take(&text));
}

static struct json_object *part_value(const struct connection_report *connection,
                                      enum endpoint_id sender, enum lost_kind kind)
{
    const struct lost_part *part = &connection->summary->endpoints[sender].lost.part[kind];
    if (part->segments == 0)
        return NULL;
    struct json_object *object = json_object_new_object();
    json_add_number(object, "segments", part->segments);
    json_add_number(object, "bytes", part->bytes);
    add_place(object, connection, sender, kind);
    return object;
}

static struct json_object *missed_value(const struct connection_report *connection,
                                        enum endpoint_id sender)
{
    const struct lost *lost = &connection->summary->endpoints[sender].lost;
    if (lost->missed_bytes == 0)
        return NULL;
    struct json_object *object = json_object_new_object();
    json_add_number(object, "bytes", lost->missed_bytes);
    json_add_number(object, "evidence_frame", lost->missed_frame);
    add_place(object, connection, sender, LOST_MISSED);
    return object;
}

static struct json_object *rate_value(double rate)
{
    char text[32];
    if (rate < 0)
        return NULL;
    snprintf(text, sizeof text, "%.6f", rate);
    return json_object_new_double_s(rate, text);
}

struct json_object *json_lost(const struct connection_report *connection, enum endpoint_id sender)
{
    const struct endpoint_summary *end = &connection->summary->endpoints[sender];
    if (!end->lost_known)
        return NULL;
    struct json_object *object = json_object_new_object();
    for (unsigned kind = 0; kind < LOST_KINDS; kind++)
        json_add(object, lost_kind_name((enum lost_kind)kind),
                 part_value(connection, sender, (enum lost_kind)kind));
    json_add(object, "missed", missed_value(connection, sender));
    json_add(object, "rate", rate_value(lost_rate(end)));
    return object;
}
