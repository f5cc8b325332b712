/* json_lost: docs/schema.json describes the same. */
#include "render/json_lost.h"

#include "diagnose/lost_place.h"
#include "report/narrate_lost.h"

/* Where, in an id and in words, and how sure that is. */
static void put_place(struct json_writer *w, const struct connection_report *connection,
                      enum endpoint_id sender, unsigned kind)
{
    struct lost_place place =
        lost_place_find(connection->summary, sender, kind,
                        (enum vantage)connection->vantage.vantage);
    enum certainty certainty = narrate_lost_place(json_words(w), connection, sender, kind);
    json_put_text(w, "place", place.id);
    json_put_text(w, "certainty", certainty_name(certainty));
    json_put_words(w, "text");
}

static void put_part(struct json_writer *w, const struct connection_report *connection,
                     enum endpoint_id sender, enum lost_kind kind)
{
    const struct lost_part *part = &connection->summary->endpoints[sender].lost.part[kind];
    if (part->segments == 0) {
        json_put_null(w, lost_kind_name(kind));
        return;
    }
    json_open_object(w, lost_kind_name(kind));
    json_put_number(w, "segments", part->segments);
    json_put_number(w, "bytes", part->bytes);
    put_place(w, connection, sender, kind);
    json_close_object(w);
}

static void put_missed(struct json_writer *w, const struct connection_report *connection,
                       enum endpoint_id sender)
{
    const struct lost *lost = &connection->summary->endpoints[sender].lost;
    if (lost->missed_bytes == 0) {
        json_put_null(w, "missed");
        return;
    }
    json_open_object(w, "missed");
    json_put_number(w, "bytes", lost->missed_bytes);
    json_put_number(w, "evidence_frame", lost->missed_frame);
    put_place(w, connection, sender, LOST_MISSED);
    json_close_object(w);
}

static void put_rate(struct json_writer *w, double rate)
{
    char text[32];
    if (rate < 0) {
        json_put_null(w, "rate");
        return;
    }
    snprintf(text, sizeof text, "%.6f", rate);
    json_put_key(w, "rate");
    json_write_word(w, text);
}

void json_put_lost(struct json_writer *w, const char *key,
                   const struct connection_report *connection, enum endpoint_id sender)
{
    const struct endpoint_summary *end = &connection->summary->endpoints[sender];
    if (!end->lost_known) {
        json_put_extra_null(w, key);
        return;
    }
    json_open_object(w, key);
    for (unsigned kind = 0; kind < LOST_KINDS; kind++)
        put_part(w, connection, sender, (enum lost_kind)kind);
    put_missed(w, connection, sender);
    put_rate(w, lost_rate(end));
    json_close_object(w);
}
