/* narrate_brief: a connection in a few words, for a line among others: how it ended and by whom,
 * and what took long. */
#include <inttypes.h>

#include "base/time_text.h"
#include "report/narrate.h"

static const char *closer_word(const struct summary *summary)
{
    const char *name = closer_name((enum closer)summary->first_closer);
    return name != NULL ? name : "one end";
}

static void brief_opening(struct strbuf *out, const struct summary *summary)
{
    uint32_t syns = summary->endpoints[CLIENT].syns;
    switch ((enum handshake_kind)summary->handshake) {
    case HANDSHAKE_UNANSWERED:
        strbuf_printf(out, "no reply %s %" PRIu32 " SYN%s",
                      narrate_reply_unfit(summary) ? "that fits" : "to", syns,
                      syns == 1 ? "" : "s");
        break;
    case HANDSHAKE_REJECTED:
        strbuf_add(out, "SYN rejected by an ICMP error");
        break;
    case HANDSHAKE_REFUSED:
        strbuf_add(out, "refused (RST to the SYN)");
        break;
    case HANDSHAKE_ABORTED:
        strbuf_add(out, "reset before it was open");
        break;
    default:
        strbuf_add(out, "SYN-ACK not acknowledged");
        break;
    }
}

static void brief_reset(struct strbuf *out, const struct summary *summary)
{
    bool client = summary->first_closer == CLOSER_CLIENT;
    bool known = client || summary->first_closer == CLOSER_SERVER;
    if (known && summary->endpoints[client ? CLIENT : SERVER].fin_sent)
        strbuf_printf(out, "%s closed first (FIN), then RST", closer_word(summary));
    else if (summary->first_closer == CLOSER_BOTH)
        strbuf_add(out, "both closed (FINs), then RST");
    else if (known)
        strbuf_printf(out, "%s reset it (RST)", closer_word(summary));
    else
        strbuf_add(out, "reset (RST)");
}

static void brief_close(struct strbuf *out, const struct summary *summary)
{
    enum endpoint_id fin = narrate_first_fin(summary), missing;
    switch ((enum close_kind)summary->close) {
    case CLOSE_RESET:
        if (summary->no_connection)
            strbuf_add(out, "no connection: a RST answered what had no ACK");
        else
            brief_reset(out, summary);
        break;
    case CLOSE_SIMULTANEOUS:
        strbuf_add(out, "both closed at once (FINs)");
        break;
    case CLOSE_THREE_SEGMENT:
    case CLOSE_FOUR_SEGMENT:
        strbuf_printf(out, "%s closed first (FIN)", closer_word(summary));
        break;
    case CLOSE_FIN_UNANSWERED:
        strbuf_printf(out, "%s's FIN not acknowledged", endpoint_name(fin));
        break;
    case CLOSE_HALF_CLOSED:
        strbuf_printf(out, "%s closed (FIN), %s %s", endpoint_name(fin),
                      endpoint_name(endpoint_peer(fin)),
                      narrate_fin_missing(summary, &missing)       ? "perhaps unseen"
                      : narrate_fin_may_be_second(summary) ? "perhaps before"
                                                           : "not");
        break;
    case CLOSE_OPEN:
    case CLOSE_N:
        if (narrate_not_taken(summary))
            strbuf_add(out, "server does not take it up");
        else if (summary->superseded)
            strbuf_add(out, "close not seen, ports used anew");
        else
            strbuf_add(out, "close not seen");
        break;
    }
}

void narrate_brief(struct strbuf *out, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    uint64_t repeats = summary_repeated_segments(summary);
    enum endpoint_id silent;
    if (summary->handshake >= HANDSHAKE_REJECTED) {
        brief_opening(out, summary);
        return;
    }
    brief_close(out, summary);
    if (narrate_one_sided(summary, &silent))
        strbuf_printf(out, "; no frame of the %s", endpoint_name(silent));
    narrate_wait(out, connection);
    if (repeats > 0)
        strbuf_printf(out, "; %" PRIu64 " sent again", repeats);
}
