/* text_states: with -v, each state that an end passed, and why it is known. */
#include <inttypes.h>
#include <stdio.h>

#include "render/text.h"
#include "report/ladder.h"
#include "report/narrate.h"

#define FRAME_WIDTH 5
#define END_WIDTH 8    /* "server" and two blanks */
#define STATE_WIDTH 13 /* "ESTABLISHED" and two blanks */

/* A line: how surely which end was in which state, and why. */
static void add_line(struct strbuf *out, const struct style *style, const struct event *event,
                     enum tcp_state state, enum certainty certainty, const char *reason)
{
    char frame[32];
    int at = snprintf(frame, sizeof frame, "%" PRIu64, event->frame);
    at = (at < FRAME_WIDTH ? FRAME_WIDTH : at) + 2 + END_WIDTH + STATE_WIDTH;
    style_cell(out, style, TINT_PLAIN, frame, -FRAME_WIDTH);
    strbuf_add(out, "  ");
    style_cell(out, style, TINT_PLAIN, endpoint_name((enum endpoint_id)event->endpoint),
               END_WIDTH);
    style_cell(out, style, style_certainty_tint(certainty), tcp_state_name(state), STATE_WIDTH);
    style_wrap(out, style, TINT_PLAIN, at, at, reason);
}

static void add_state(struct strbuf *out, const struct style *style,
                      const struct connection_report *connection, const struct event *event)
{
    struct strbuf text = { 0 };
    if (event->from == STATE_NONE && event->to == STATE_SYN_SENT &&
        ladder_assumes_closed(connection, (enum endpoint_id)event->endpoint))
        add_line(out, style, event, STATE_CLOSED, CERTAINTY_ASSUMED,
                 "assumed: whoever sends a SYN has no connection yet");
    if (!narrate_reason_arrived(&text, connection, event))
        narrate_reason(&text, connection, event);
    add_line(out, style, event, (enum tcp_state)event->to, (enum certainty)event->certainty,
             strbuf_text(&text));
    strbuf_done(&text);
}

void text_states(struct strbuf *out, const struct style *style,
                 const struct connection_report *connection)
{
    bool any = false;
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (event->kind != EVENT_TRANSITION)
            continue;
        if (!any) {
            strbuf_add_char(out, '\n');
            style_cell(out, style, TINT_TITLE, "States", TEXT_LABEL_WIDTH + 2);
            strbuf_add(out, "how each is known\n");
        }
        any = true;
        add_state(out, style, connection, event);
    }
}
