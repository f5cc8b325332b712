/*
 * narrate_check: an arithmetic check written out. Sequence numbers live on a circle of 2^32
 * (RFC 9293 §3.4): where a sum goes once around, that is said, or it would look wrong.
 */
#include <inttypes.h>

#include <string.h>

#include "report/narrate.h"

/* One equation: "ack = x + 1: 101 = 100 + 1". */
struct equation {
    const char *left;  /* "seq" or "ack" */
    const char *name;  /* "x"; NULL for a plain 0 */
    uint32_t observed;
    uint32_t base;
    uint32_t addend;
};

static void add_addend(struct strbuf *out, uint32_t addend)
{
    if (addend == 0)
        return;
    strbuf_add(out, " + ");
    strbuf_add_number(out, addend);
}

/* Without printf: JSON has two of them for each check. */
static void add_equation(struct strbuf *out, const struct equation *equation)
{
    bool right = equation->observed == equation->base + equation->addend;
    bool around = equation->base + equation->addend < equation->base;
    const char *sign = right ? " = " : " != ";
    strbuf_add(out, equation->left);
    strbuf_add(out, " = ");
    if (equation->name == NULL) {
        strbuf_add_number(out, equation->addend);
        strbuf_add(out, ": ");
        strbuf_add_number(out, equation->observed);
        strbuf_add(out, sign);
        strbuf_add_number(out, equation->addend);
        return;
    }
    strbuf_add(out, equation->name);
    add_addend(out, equation->addend);
    strbuf_add(out, ": ");
    strbuf_add_number(out, equation->observed);
    strbuf_add(out, sign);
    strbuf_add_number(out, equation->base);
    add_addend(out, equation->addend);
    strbuf_add(out, around ? " (mod 2^32)" : "");
}

/* What the letters stand for: x, y the ISNs of client and server, u, w their FINs. */
static const char *base_name(enum check_base base, enum endpoint_id sender)
{
    static const char *const isn[] = { [CLIENT] = "x", [SERVER] = "y" };
    static const char *const fin[] = { [CLIENT] = "u", [SERVER] = "w" };
    switch (base) {
    case BASE_OWN_ISN:
        return isn[sender];
    case BASE_PEER_ISN:
        return isn[endpoint_peer(sender)];
    case BASE_OWN_FIN:
        return fin[sender];
    case BASE_PEER_FIN:
        return fin[endpoint_peer(sender)];
    case BASE_PREVIOUS_SEQ:
        return "its seq before";
    case BASE_ZERO:
        break;
    }
    return NULL;
}

/* Makes both numbers relative to the ISN of the end that numbers them. */
static bool equation_relate(struct equation *equation, const struct endpoint_summary *owner)
{
    if (equation->name == NULL)
        return true;
    if (!owner->isn_known)
        return false;
    equation->observed -= owner->isn;
    equation->base -= owner->isn;
    return true;
}

/* SEQ against the sender's own number and ACK against the peer's, both in one check. */
static bool narrate_both(struct strbuf *out, const struct event *check,
                         const struct summary *summary, bool relative)
{
    enum endpoint_id sender = check->endpoint == SERVER ? SERVER : CLIENT;
    const struct endpoint_summary *own = &summary->endpoints[sender];
    const struct endpoint_summary *peer = &summary->endpoints[endpoint_peer(sender)];
    bool fin = checks[check->detail].base == BASE_OWN_FIN;
    if (fin ? !own->fin_sent || !peer->fin_sent : !own->isn_known || !peer->isn_known)
        return false;
    /* A SYN is sent again with its own number; what follows a FIN comes one after it. */
    struct equation seq = {
        .left = "seq", .name = base_name(fin ? BASE_OWN_FIN : BASE_OWN_ISN, sender),
        .observed = check->observed, .base = fin ? own->fin_seq : own->isn, .addend = fin,
    };
    struct equation ack = {
        .left = "ack", .name = base_name(fin ? BASE_PEER_FIN : BASE_PEER_ISN, sender),
        .observed = check->expected, .base = fin ? peer->fin_seq : peer->isn, .addend = 1,
    };
    if (relative && (!equation_relate(&seq, own) || !equation_relate(&ack, peer)))
        return false;
    add_equation(out, &seq);
    strbuf_add(out, ", ");
    add_equation(out, &ack);
    return true;
}

/* How a comparison reads that holds, and one that fails. */
static const char *const sign_words[][2] = {
    [SIGN_NONE] = { "", "" },
    [SIGN_EQUAL] = { "=", "!=" },
    [SIGN_AT_MOST] = { "<=", ">" },
    [SIGN_AT_LEAST] = { ">=", "<" },
    [SIGN_ONE_OF] = { "is one of", "is one of" },
};

/* "1001 <= 1501" */
static void add_comparison(struct strbuf *out, enum check_sign sign, bool fails, uint32_t left,
                           uint32_t right)
{
    bool around = (sign == SIGN_AT_MOST && (left > right) != fails) ||
                  (sign == SIGN_AT_LEAST && (left < right) != fails);
    if (sign == SIGN_ONE_OF)
        sign = SIGN_EQUAL;
    strbuf_printf(out, "%" PRIu32 " %s %" PRIu32, left, sign_words[sign][fails], right);
    if (around)
        strbuf_add(out, " (mod 2^32)");
}

/* "ack <= SND.NXT of the other end: 1001 <= 1501"; "flags: SYN,FIN". */
static bool narrate_saying(struct strbuf *out, const struct event *check,
                           const struct summary *summary, bool relative)
{
    const struct check_saying *saying = check_saying(check->detail, check->addend);
    enum endpoint_id sender = check->endpoint == SERVER ? SERVER : CLIENT;
    bool fails = check->result == CHECK_FAILS;
    uint32_t base = 0;
    if (saying == NULL)
        return false;
    if (relative && (saying->number == NUMBER_OWN || saying->number == NUMBER_PEER)) {
        const struct endpoint_summary *owner =
            &summary->endpoints[saying->number == NUMBER_OWN ? sender : endpoint_peer(sender)];
        if (!owner->isn_known)
            return false;
        base = owner->isn;
    }
    strbuf_add(out, saying->left);
    if (saying->number == NUMBER_FLAGS) {
        char flags[48];
        narrate_flags(check->observed, flags, sizeof flags);
        strbuf_printf(out, ": %s", flags[0] != '\0' ? flags : "none");
    } else if (saying->sign != SIGN_NONE) {
        strbuf_printf(out, " %s %s: ", sign_words[saying->sign][0], saying->right);
        add_comparison(out, saying->sign, fails, check->observed - base, check->expected - base);
    }
    return true;
}

bool narrate_arithmetic(struct strbuf *out, const struct event *check,
                        const struct summary *summary, bool relative)
{
    if (check->kind != EVENT_CHECK || check->detail >= CHECK_N || check->result == CHECK_SKIPPED)
        return false;
    const struct check *row = &checks[check->detail];
    if (row->subject == SUBJECT_SEQ_AND_ACK)
        return narrate_both(out, check, summary, relative);
    if (row->subject == SUBJECT_SAID)
        return narrate_saying(out, check, summary, relative);
    enum endpoint_id sender = check->endpoint == SERVER ? SERVER : CLIENT;
    enum endpoint_id owner = row->subject == SUBJECT_SEQ ? sender : endpoint_peer(sender);
    struct equation equation = {
        .left = row->subject == SUBJECT_SEQ ? "seq" : "ack",
        .name = base_name(row->base, sender), .observed = check->observed,
        .base = check->expected - check->addend, .addend = check->addend,
    };
    if (relative && !equation_relate(&equation, &summary->endpoints[owner]))
        return false;
    add_equation(out, &equation);
    return true;
}

static bool is_name(const char *name, size_t length, const char *wanted)
{
    return strlen(wanted) == length && memcmp(name, wanted, length) == 0;
}

bool narrate_rule(struct strbuf *out, const char *name, size_t length,
                  const struct finding *finding, const struct summary *summary)
{
    static const struct summary none;
    const struct check *row = &checks[finding->rule.check < CHECK_N ? finding->rule.check : 0];
    const struct event event = { .kind = EVENT_CHECK, .endpoint = finding->endpoint,
                                 .detail = finding->rule.check, .result = CHECK_FAILS,
                                 .addend = finding->rule.addend,
                                 .observed = finding->rule.observed,
                                 .expected = finding->rule.expected };
    if (is_name(name, length, "rule"))
        strbuf_add(out, row->name);
    else if (is_name(name, length, "means"))
        strbuf_add(out, row->meaning);
    else if (is_name(name, length, "sum"))
        return narrate_arithmetic(out, &event, summary != NULL ? summary : &none, false);
    else
        return false;
    return true;
}
