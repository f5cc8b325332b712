/* narrate: names, templates and evidence as plain text. */
#include "report/narrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/address_text.h"
#include "base/digits.h"
#include "base/time_text.h"
#include "model/overlap.h"
#include "report/template.h"

/* What was written up to `end` goes where it has room; else as much of it as fits. */
static const char *fit(const char *whole, const char *end, char *text, size_t size)
{
    size_t length = (size_t)(end - whole);
    if (size == 0)
        return text;
    if (length >= size)
        length = size - 1;
    memcpy(text, whole, length);
    text[length] = '\0';
    return text;
}

static char *write_address(char *at, const uint8_t address[16], int ip_version)
{
    return ip_version == 6 ? address_write_ipv6(at, address) : address_write_ipv4(at, address);
}

const char *narrate_address(const uint8_t address[16], int ip_version, char *text, size_t size)
{
    char whole[ADDRESS_TEXT_SIZE];
    return fit(whole, write_address(whole, address, ip_version), text, size);
}

const char *narrate_endpoint(const struct summary *summary, enum endpoint_id id, char *text,
                             size_t size)
{
    char whole[ADDRESS_TEXT_SIZE + sizeof "[]:65535"];
    const struct endpoint_summary *end = &summary->endpoints[id];
    bool brackets = summary->ip_version == 6;
    char *at = whole;
    if (brackets)
        *at++ = '[';
    at = write_address(at, end->address, summary->ip_version);
    if (brackets)
        *at++ = ']';
    *at++ = ':';
    return fit(whole, digits_write(at, end->port), text, size);
}

void narrate_host(struct strbuf *out, const struct summary *summary, const uint8_t address[16],
                  int ip_version)
{
    static const uint8_t none[16];
    char text[ADDRESS_TEXT_SIZE];
    if (memcmp(address, none, sizeof none) == 0) {
        strbuf_add(out, "an unknown host");
        return;
    }
    strbuf_add(out, narrate_address(address, ip_version, text, sizeof text));
    for (int id = SERVER; summary != NULL && id >= CLIENT; id--) {
        if (memcmp(address, summary->endpoints[id].address, sizeof none) != 0)
            continue;
        strbuf_printf(out, ", the %s's address", endpoint_name((enum endpoint_id)id));
        return;
    }
    strbuf_add(out, summary != NULL ? ", on the way" : "");
}

bool narrate_one_sided(const struct summary *summary, enum endpoint_id *ret_silent)
{
    bool client = summary->endpoints[CLIENT].segments > 0;
    bool server = summary->endpoints[SERVER].segments > 0;
    *ret_silent = client ? SERVER : CLIENT;
    return client != server;
}

void narrate_duration(struct strbuf *out, const char *before, int64_t duration,
                      const char *after)
{
    char text[TIME_TEXT_SIZE];
    strbuf_printf(out, "%s%s%s", before, time_duration(duration, text), after);
}

/* A FIN that was lost is sent again after the retransmission timeout: 1 s without a sample (RFC 6298
 * §2.1), else the round trip and a margin, on Linux 200 ms or more. Waited for twice as long. */
static int64_t fin_patience(const struct summary *summary)
{
    int64_t rtt = summary->rtt_ns < NS_PER_S ? summary->rtt_ns : NS_PER_S;
    if (rtt == UNKNOWN_NS)
        return 2 * NS_PER_S;
    return 2 * (rtt + (2 * rtt > 200 * NS_PER_MS ? 2 * rtt : 200 * NS_PER_MS));
}

int64_t narrate_fin_just_sent(const struct connection_report *connection, enum endpoint_id id)
{
    const struct summary *summary = connection->summary;
    const struct endpoint_summary *end = &summary->endpoints[id];
    if (!end->fin_sent || end->fin_acked || end->fins != 1)
        return UNKNOWN_NS;
    const struct event *fin = event_fin(connection->events, connection->event_count, id);
    int64_t since = fin != NULL ? summary->capture_end - fin->time : UNKNOWN_NS;
    if (fin == NULL || since >= fin_patience(summary))
        return UNKNOWN_NS;
    return since > 0 ? since : 0;
}

const struct event *narrate_first(const struct connection_report *connection,
                                  enum event_kind kind)
{
    return event_first(connection->events, connection->event_count, kind, EVENT_ANY);
}

void narrate_capital(struct strbuf *text)
{
    if (text->length > 0 && text->text[0] >= 'a' && text->text[0] <= 'z')
        text->text[0] = (char)(text->text[0] - 'a' + 'A');
}

const char *narrate_flags(unsigned flags, char *text, size_t size)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = {
        { TCP_FIN, "FIN" }, { TCP_SYN, "SYN" }, { TCP_RST, "RST" }, { TCP_PSH, "PSH" },
        { TCP_ACK, "ACK" }, { TCP_URG, "URG" }, { TCP_ECE, "ECE" }, { TCP_CWR, "CWR" },
        { TCP_AE, "AE" },
    };
    size_t length = 0;
    if (size > 0)
        text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!(flags & names[i].flag) || length >= size)
            continue;
        int added = snprintf(text + length, size - length, "%s%s", length ? "," : "",
                             names[i].name);
        length += added > 0 ? (size_t)added : 0;
    }
    return text;
}

/* "client 10.0.0.1:5", or only "client" when the connection is not known; with a capital where
 * a sentence begins. */
static void add_end(struct strbuf *out, const struct summary *summary, enum endpoint_id id,
                    bool with_role)
{
    char text[80];
    bool begins = out->length == 0 || (out->length > 1 && out->text[out->length - 2] == '.');
    if (with_role && begins)
        strbuf_add(out, id == SERVER ? "Server" : "Client");
    else if (with_role || summary == NULL)
        strbuf_add(out, endpoint_name(id));
    if (summary == NULL)
        return;
    if (with_role)
        strbuf_add_char(out, ' ');
    strbuf_add(out, narrate_endpoint(summary, id, text, sizeof text));
}

/* "Solaris, HP-UX 11 and old Linux": who keeps the newer bytes. */
static void add_keepers(struct strbuf *out, enum overlap overlap, const char *last)
{
    unsigned left = 0;
    for (unsigned system = REASSEMBLY_BSD; system < REASSEMBLY_N; system++)
        left += overlap_keeps_new(overlap, (enum reassembly)system);
    if (left == 0)
        strbuf_add(out, "none");
    for (unsigned system = REASSEMBLY_BSD; left > 0 && system < REASSEMBLY_N; system++) {
        if (!overlap_keeps_new(overlap, (enum reassembly)system))
            continue;
        strbuf_add(out, reassembly_name((enum reassembly)system));
        if (--left > 0)
            strbuf_add(out, left == 1 ? last : ", ");
    }
}

/* {f1} .. {f8}. */
static void add_frame(struct strbuf *out, const struct finding *finding, size_t nth)
{
    if (nth < finding->evidence_count && nth < FINDING_EVIDENCE_MAX)
        strbuf_add_number(out, finding->evidence[nth].frame);
    else
        strbuf_add_char(out, '?');
}

/* Those of a flood are large. */
static void add_number(struct strbuf *out, const struct finding *finding, int64_t number)
{
    char digits[DIGITS_GROUPED_MAX];
    bool flood = finding->topic == TOPIC_SYN_FLOOD || finding->topic == TOPIC_SYNS_UNDECIDED;
    if (flood && number >= 0)
        strbuf_add_bytes(out, digits,
                         (size_t)(digits_write_grouped(digits, (uint64_t)number) - digits));
    else
        strbuf_printf(out, "%" PRId64, number);
}

/* Writes what a name in braces stands for; false when there is no such name. */
static bool add_placeholder(struct strbuf *out, const char *name, size_t length,
                            const struct finding *finding, const struct summary *summary)
{
    static const char *const names[] = {
        "client", "server", "who", "peer", "n", "m", "time", "state", "peer_state",
        "error", "host", "keepers", "port", "rate", "opened",
    };
    enum endpoint_id who = finding->endpoint == SERVER ? SERVER : CLIENT;
    char text[TIME_TEXT_SIZE];
    if (length == 2 && name[0] == 'f' && name[1] >= '1' && name[1] <= '8') {
        add_frame(out, finding, (size_t)(name[1] - '1'));
        return true;
    }
    switch (template_find(names, sizeof names / sizeof names[0], name, length)) {
    case 0:
        add_end(out, summary, CLIENT, false);
        return true;
    case 1:
        add_end(out, summary, SERVER, false);
        return true;
    case 2:
        add_end(out, summary, who, true);
        return true;
    case 3:
        add_end(out, summary, endpoint_peer(who), true);
        return true;
    case 4:
        add_number(out, finding, finding->n);
        strbuf_add(out, finding->n_or_more ? " or more" : "");
        return true;
    case 5:
        add_number(out, finding, finding->m);
        return true;
    case 6:
        strbuf_add(out, time_duration(finding->time, text));
        return true;
    case 7:
        strbuf_add(out, tcp_state_name((enum tcp_state)finding->state));
        return true;
    case 8:
        strbuf_add(out, tcp_state_name((enum tcp_state)finding->peer_state));
        return true;
    case 9:
        strbuf_add(out, finding_error_words(finding->error));
        return true;
    case 10:
        narrate_host(out, summary, finding->host, finding->host_ip_version);
        return true;
    case 11:
        add_keepers(out, (enum overlap)finding->m, " and ");
        return true;
    case 12:
        strbuf_printf(out, "%u", (unsigned)finding->host_port);
        return true;
    case 13:
        add_number(out, finding, finding->rate);
        return true;
    case 14:
        add_number(out, finding, finding->opened);
        return true;
    default:
        return narrate_rule(out, name, length, finding, summary);
    }
}

/* What a template of findings is filled from. */
struct finding_facts {
    const struct finding *finding;
    const struct summary *summary;
};

static bool put_finding(struct strbuf *out, const char *name, size_t length, const void *context)
{
    const struct finding_facts *facts = context;
    return add_placeholder(out, name, length, facts->finding, facts->summary);
}

void narrate_template(struct strbuf *out, const char *template, const struct finding *finding,
                      const struct summary *summary)
{
    struct finding_facts facts = { finding, summary };
    template_fill(out, template, put_finding, &facts);
}

void narrate_evidence_value(struct strbuf *out, const struct evidence *evidence)
{
    char text[TIME_TEXT_SIZE];
    switch (evidence->format) {
    case EVIDENCE_NUMBER:
        strbuf_printf(out, "%" PRId64, evidence->value);
        break;
    case EVIDENCE_DURATION:
        strbuf_add(out, time_duration(evidence->value, text));
        break;
    case EVIDENCE_FLAGS:
        strbuf_add(out, evidence->value == 0
                            ? "none"
                            : narrate_flags((unsigned)evidence->value, text, sizeof text));
        break;
    case EVIDENCE_STATE:
        strbuf_add(out, tcp_state_name((enum tcp_state)evidence->value));
        break;
    case EVIDENCE_ERROR:
        strbuf_add(out, finding_error_words((uint32_t)evidence->value));
        break;
    case EVIDENCE_KEEPERS:
        add_keepers(out, (enum overlap)evidence->value, ", ");
        break;
    case EVIDENCE_NONE:
        break;
    }
}

void narrate_evidence(struct strbuf *out, const struct evidence *evidence)
{
    strbuf_printf(out, "%" PRIu64, evidence->frame);
    bool named = evidence->field != NULL && evidence->format != EVIDENCE_FLAGS;
    if (named || evidence->format == EVIDENCE_FLAGS)
        strbuf_add_char(out, ' ');
    if (named)
        strbuf_add(out, evidence->field);
    if (named && evidence->format != EVIDENCE_NONE)
        strbuf_add_char(out, '=');
    narrate_evidence_value(out, evidence);
}

void narrate_count(struct strbuf *out, uint32_t n)
{
    strbuf_printf(out, "%" PRIu32 "%s", n, n >= SUMMARY_COUNT_MAX ? " or more" : "");
}

bool narrate_before_reuse(const struct connection_report *connection, struct summary *summary)
{
    bool held = false;
    for (size_t i = 0; summary->superseded && i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (event->kind != EVENT_TRANSITION)
            continue;
        struct endpoint_summary *end = &summary->endpoints[event->endpoint & 1];
        if (summary_frame_supersedes(summary, event->frame)) {
            end->state = event->from;
            held = true;
        } else {
            end->state_certainty = event->certainty; /* of the newest state so far */
        }
    }
    return held;
}
