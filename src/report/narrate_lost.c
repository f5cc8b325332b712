/* narrate_lost: counts and places in words. */
#include "report/narrate_lost.h"

#include <inttypes.h>

#include "diagnose/lost_place.h"
#include "report/ladder_label.h"
#include "report/narrate.h"
#include "report/template.h"

/* One segment or two, or a SYN, are no share of the bytes worth telling. */
#define RATE_MANY 3
#define RATE_TOLD 0.001

/* Whose segments, for the words of the table. */
struct lost_facts {
    const struct summary *summary;
    enum endpoint_id sender;
};

static bool put_address(struct strbuf *out, const char *name, size_t length, const void *context)
{
    static const char *const names[2] = { "sender", "receiver" };
    const struct lost_facts *facts = context;
    size_t found = template_find(names, 2, name, length);
    char address[64];
    if (found == 2)
        return false;
    enum endpoint_id end = found == 0 ? facts->sender : endpoint_peer(facts->sender);
    strbuf_add(out, narrate_address(facts->summary->endpoints[end].address,
                                    facts->summary->ip_version, address, sizeof address));
    return true;
}

enum certainty narrate_lost_place(struct strbuf *out, const struct connection_report *connection,
                                  enum endpoint_id sender, unsigned kind)
{
    const struct summary *summary = connection->summary;
    struct lost_place place = lost_place_find(summary, sender, kind,
                                              (enum vantage)connection->vantage.vantage);
    struct lost_facts facts = { summary, sender };
    template_fill(out, place.words, put_address, &facts);
    return (enum certainty)place.certainty;
}

/* A guess is called one. */
static void add_place(struct strbuf *out, const struct connection_report *connection,
                      enum endpoint_id sender, unsigned kind)
{
    enum certainty certainty = narrate_lost_place(out, connection, sender, kind);
    if (certainty >= CERTAINTY_INFERRED)
        strbuf_printf(out, " (%s)", certainty_name(certainty));
}

/* "3 segments of the client". */
static void add_count(struct strbuf *out, uint64_t count, enum endpoint_id sender)
{
    strbuf_printf(out, "%" PRIu64 " segment%s of the %s", count, count == 1 ? "" : "s",
                  endpoint_name(sender));
}

/* A share worth telling, in percent; else 0. */
static double rate_of(const struct endpoint_summary *end)
{
    const struct lost_part *part = end->lost.part;
    double rate = lost_rate(end);
    uint64_t lost = (uint64_t)part[LOST_AFTER].segments + part[LOST_BETWEEN].segments +
                    part[LOST_BEFORE].segments;
    bool many = lost >= RATE_MANY;
    return many && rate >= RATE_TOLD ? rate * 100 : 0;
}

/* What is no loss, or may be none. */
static void add_others(struct strbuf *out, const struct connection_report *connection,
                       enum endpoint_id sender)
{
    const struct lost *lost = &connection->summary->endpoints[sender].lost;
    static const struct {
        enum lost_kind kind;
        const char *words;
    } others[] = {
        { LOST_UNKNOWN, "sent again, lost or not: no frame tells" },
        { LOST_OVERTAKEN, "overtaken before the capture point" },
        { LOST_NEVER, "sent again without need" },
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (lost->part[others[i].kind].segments == 0)
            continue;
        strbuf_add(out, out->length > 0 ? "; " : "");
        add_count(out, lost->part[others[i].kind].segments, sender);
        strbuf_printf(out, " %s", others[i].words);
    }
    if (lost->missed_bytes == 0)
        return;
    char bytes[32];
    ladder_bytes(lost->missed_bytes, bytes, sizeof bytes);
    strbuf_printf(out, "%s%s of the %s ", out->length > 0 ? "; " : "", bytes,
                  endpoint_name(sender));
    narrate_lost_place(out, connection, sender, LOST_MISSED);
}

/* What was lost, in the order of the way. */
static const enum lost_kind ways[] = { LOST_AFTER, LOST_BETWEEN, LOST_BEFORE };
#define WAYS (sizeof ways / sizeof ways[0])

static void lost_of_end(struct strbuf *out, const struct connection_report *connection,
                        enum endpoint_id sender)
{
    const struct endpoint_summary *end = &connection->summary->endpoints[sender];
    uint64_t all = 0;
    bool first = true;
    for (size_t i = 0; i < WAYS; i++)
        all += end->lost.part[ways[i]].segments;
    if (all > 0) {
        strbuf_add(out, out->length > 0 ? "; " : "");
        add_count(out, all, sender);
        double rate = rate_of(end);
        if (rate > 0)
            strbuf_printf(out, " (%.*f %% of its bytes)", rate < 10 ? 1 : 0, rate);
    }
    for (size_t i = 0; i < WAYS; i++) {
        uint32_t here = end->lost.part[ways[i]].segments;
        if (here == 0)
            continue;
        if (here == all)
            strbuf_add(out, " ");
        else
            strbuf_printf(out, "%s %" PRIu32 " ", first ? ":" : ",", here);
        first = false;
        add_place(out, connection, sender, ways[i]);
    }
    add_others(out, connection, sender);
}

/* Every kind by itself. */
static void details_of_end(struct strbuf *out, const struct connection_report *connection,
                           enum endpoint_id sender)
{
    const struct lost *lost = &connection->summary->endpoints[sender].lost;
    char bytes[32];
    for (unsigned kind = 0; kind <= LOST_MISSED; kind++) {
        bool missed = kind == LOST_MISSED;
        uint64_t count = missed ? lost->missed_bytes : lost->part[kind].segments;
        if (count == 0)
            continue;
        strbuf_add(out, out->length > 0 ? "; " : "");
        ladder_bytes(missed ? count : lost->part[kind].bytes, bytes, sizeof bytes);
        if (missed) {
            strbuf_printf(out, "%s of the %s ", bytes, endpoint_name(sender));
        } else {
            add_count(out, count, sender);
            if (kind <= LOST_BEFORE) /* it was lost */
                strbuf_printf(out, ", %s,", bytes);
            strbuf_add_char(out, ' ');
        }
        enum certainty certainty = narrate_lost_place(out, connection, sender, kind);
        strbuf_printf(out, " (%s)", certainty_name(certainty));
    }
    double rate = rate_of(&connection->summary->endpoints[sender]);
    if (rate > 0)
        strbuf_printf(out, "; lost: %.3g %% of the bytes of the %s, repeats included", rate,
                      endpoint_name(sender));
}

/* All that is told was not lost, though an acknowledgement of it may have been. */
static bool is_nothing_lost(const struct endpoint_summary ends[2])
{
    bool told = false;
    for (int id = CLIENT; id <= SERVER; id++) {
        if (!ends[id].lost_known)
            continue;
        const struct lost_part *part = ends[id].lost.part;
        for (unsigned kind = 0; kind < LOST_KINDS; kind++) {
            bool harmless = kind == LOST_NEVER || kind == LOST_OVERTAKEN;
            if (part[kind].segments > 0 && !harmless)
                return false;
            told = told || part[kind].segments > 0;
        }
        if (ends[id].lost.missed_bytes > 0)
            return false;
    }
    return told;
}

void narrate_lost(struct strbuf *out, const struct connection_report *connection, bool details)
{
    if (is_nothing_lost(connection->summary->endpoints))
        strbuf_add(out, "no data, as far as it shows");
    for (int id = CLIENT; id <= SERVER; id++) {
        if (!connection->summary->endpoints[id].lost_known)
            continue;
        if (details)
            details_of_end(out, connection, (enum endpoint_id)id);
        else
            lost_of_end(out, connection, (enum endpoint_id)id);
    }
}
