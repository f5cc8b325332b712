/* finding: building findings. */
#include "model/finding.h"

#include "model/notice.h"

#include <string.h>

struct finding *findings_add(struct findings *findings, enum topic_id topic)
{
    if (findings->count == FINDINGS_MAX) {
        findings->dropped++;
        return NULL;
    }
    struct finding *f = &findings->list[findings->count++];
    memset(f, 0, sizeof *f);
    f->topic = topic;
    f->severity = topic_row(topic)->severity;
    f->scope = topic_row(topic)->scope;
    f->certainty = CERTAINTY_OBSERVED;
    f->caused_by = -1;
    return f;
}

void finding_evidence(struct finding *finding, uint64_t frame, const char *field,
                      enum evidence_format format, int64_t value)
{
    if (finding->evidence_count == FINDING_EVIDENCE_MAX)
        return;
    finding->evidence[finding->evidence_count++] =
        (struct evidence){ .frame = frame, .field = field, .format = format, .value = value };
}

bool findings_warn(const struct findings *findings)
{
    for (size_t i = 0; findings != NULL && i < findings->count; i++)
        if (findings->list[i].severity > SEVERITY_NOTE)
            return true;
    return false;
}

const char *finding_reference(const struct finding *finding)
{
    bool of_rule = finding->topic == TOPIC_RULE_BROKEN && finding->rule.check != 0 &&
                   finding->rule.check < CHECK_N;
    return of_rule ? checks[finding->rule.check].reference : topic_row(finding->topic)->reference;
}

uint32_t finding_error(uint8_t ip_version, uint8_t type, uint8_t code)
{
    return (uint32_t)ip_version << 16 | (uint32_t)type << 8 | code;
}

const char *finding_error_words(uint32_t error)
{
    return notice_kind((uint8_t)(error >> 16), (uint8_t)(error >> 8), (uint8_t)error)->words;
}
