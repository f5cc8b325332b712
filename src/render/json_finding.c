/* json_finding: docs/schema.json describes the same. */
#include "render/json_finding.h"

#include "base/address_text.h"
#include "report/narrate.h"

/* Its field and value, both text by the contract; durations in seconds, as elsewhere. */
static void put_evidence(struct json_writer *w, const struct evidence *evidence)
{
    bool duration = evidence->format == EVIDENCE_DURATION;
    struct strbuf *words = json_words(w);
    strbuf_add(words, evidence->field != NULL ? evidence->field : "frame");
    strbuf_add(words, duration ? "_s" : "");
    json_put_words(w, "field");
    words = json_words(w);
    if (duration) {
        char digits[JSON_DIGITS_SIZE];
        char *end = json_seconds_digits(digits, evidence->value);
        strbuf_add_bytes(words, digits, (size_t)(end - digits));
    } else if (evidence->format == EVIDENCE_NONE) {
        strbuf_add(words, "seen"); /* the frame alone speaks */
    } else {
        narrate_evidence_value(words, evidence);
    }
    json_put_words(w, "value");
}

static void put_evidences(struct json_writer *w, const struct finding *finding)
{
    json_open_array(w, "evidence");
    for (size_t i = 0; i < finding->evidence_count && i < FINDING_EVIDENCE_MAX; i++) {
        const struct evidence *evidence = &finding->evidence[i];
        json_open_object(w, NULL);
        json_put_number(w, "frame", evidence->frame);
        put_evidence(w, evidence);
        if (evidence->input != NULL) {
            json_put_text(w, "input", evidence->input);
            json_put_number(w, "input_frame", evidence->input_frame);
        }
        json_close_object(w);
    }
    json_close_array(w);
}

static void put_sentence(struct json_writer *w, const char *key, const char *template,
                         const struct finding *finding, const struct summary *summary)
{
    struct strbuf *words = json_words(w);
    narrate_template(words, template, finding, summary);
    narrate_capital(words);
    json_put_words(w, key);
}

/* The host that a finding names; which port, none says yet. */
static void put_host(struct json_writer *w, const struct finding *finding)
{
    char text[ADDRESS_TEXT_SIZE];
    if (finding->host_ip_version == 0) {
        json_put_null(w, "host");
        return;
    }
    json_open_object(w, "host");
    json_put_text(w, "address", narrate_address(finding->host, finding->host_ip_version, text,
                                                sizeof text));
    json_put_known(w, "port", finding->host_port);
    json_close_object(w);
}

void json_finding_fill(struct json_writer *w, const struct finding *finding, uint32_t rank,
                       const struct summary *summary)
{
    const struct topic *topic = topic_row(finding->topic);
    bool caused = finding->caused_by >= 0 && finding->caused_by < TOPIC_N;
    json_put_text(w, "id", topic->id);
    json_put_text(w, "severity", severity_name(finding->severity));
    json_put_text(w, "scope", scope_name(finding->scope));
    json_put_text(w, "certainty", certainty_name(finding->certainty));
    json_put_known(w, "rank", rank);
    put_sentence(w, "title", topic->title, finding, summary);
    put_sentence(w, "text", topic->text, finding, summary);
    put_sentence(w, "advice", topic->advice, finding, summary);
    json_put_text(w, "reference", finding_reference(finding));
    put_evidences(w, finding);
    json_open_array(w, "alternatives");
    json_close_array(w);
    json_put_text(w, "caused_by", caused ? topic_row(finding->caused_by)->id : NULL);
    json_put_known(w, "connection", finding->connection);
    put_host(w, finding);
}

void json_put_findings(struct json_writer *w, const char *key, const struct findings *findings,
                       const uint32_t *ranks, const struct summary *summary)
{
    json_open_array(w, key);
    for (size_t i = 0; findings != NULL && i < findings->count; i++) {
        json_open_object(w, NULL);
        json_finding_fill(w, &findings->list[i], ranks != NULL ? ranks[i] : 0, summary);
        json_close_object(w);
    }
    json_close_array(w);
}
