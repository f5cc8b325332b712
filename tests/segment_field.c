/* The fields of a segment_builder line: one table, name to function. */
#include "segment_field.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segment_option.h"

/* What a field's function gets. */
struct field {
    const struct segment_builder *builder;
    struct segment_plan *plan;
    struct field_extra *extra;
    char *value;     /* after the '='; empty without one */
    uint32_t number; /* of the value, when the table says it is one */
    uint32_t limit;
};

bool field_fail(struct field_error *error, const char *what, const char *where)
{
    snprintf(error->text, error->size, "%s: %s", what, where);
    return false;
}

void line_trim(char *line)
{
    bool quoted = false;
    char *at = line;
    for (; *at != '\0' && *at != '\n' && (quoted || *at != '#'); at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    while (at > line && isspace((unsigned char)at[-1]))
        at--;
    *at = '\0';
}

char *field_next(char **state)
{
    char *word = *state + strspn(*state, " \t");
    if (*word == '\0')
        return NULL;
    bool quoted = false;
    char *at = word;
    for (; *at != '\0' && (quoted || (*at != ' ' && *at != '\t')); at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    *state = *at == '\0' ? at : at + 1;
    *at = '\0';
    return word;
}

/* One number or variable; moves *text behind it. */
static bool read_term(const struct segment_builder *builder, const char **text,
                      uint32_t *ret_number)
{
    if (isdigit((unsigned char)**text)) {
        char *end;
        unsigned long long value = strtoull(*text, &end, 0);
        *text = end;
        *ret_number = (uint32_t)value;
        return value <= UINT32_MAX;
    }
    size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyz_0123456789");
    for (unsigned i = 0; i < builder->variable_count && length > 0; i++) {
        const char *name = builder->variable[i].name;
        if (strlen(name) == length && strncmp(name, *text, length) == 0) {
            *text += length;
            *ret_number = builder->variable[i].value;
            return true;
        }
    }
    return false;
}

bool builder_number(const struct segment_builder *builder, const char *text, uint32_t *ret_number)
{
    uint32_t sum = 0;
    char sign = '+';
    for (;;) {
        uint32_t term;
        if (!read_term(builder, &text, &term))
            return false;
        sum = sign == '+' ? sum + term : sum - term;
        if (*text == '\0')
            break;
        sign = *text++;
        if (sign != '+' && sign != '-')
            return false;
    }
    *ret_number = sum;
    return true;
}

/* One character of data="...", with its escapes; moves *text behind it. */
static bool read_character(const char **text, uint8_t *ret_byte)
{
    static const char letters[] = "rnt\\\"";
    static const char meanings[] = "\r\n\t\\\"";
    const char *at = *text;
    if (*at != '\\') {
        *ret_byte = (uint8_t)*at;
        *text = at + 1;
        return true;
    }
    unsigned byte;
    const char *letter = at[1] != '\0' ? strchr(letters, at[1]) : NULL;
    if (letter != NULL) {
        *ret_byte = (uint8_t)meanings[letter - letters];
        *text = at + 2;
        return true;
    }
    if (at[1] != 'x' || sscanf(at + 2, "%2x", &byte) != 1)
        return false;
    *ret_byte = (uint8_t)byte;
    *text = at + 4;
    return true;
}

static bool field_data(struct field *f)
{
    const char *at = f->value;
    size_t n = 0;
    if (*at++ != '"')
        return false;
    while (*at != '"') {
        if (*at == '\0' || n == PLAN_DATA_MAX || !read_character(&at, &f->plan->data[n++]))
            return false;
    }
    f->plan->has_data = true;
    f->plan->payload_len = n;
    return at[1] == '\0';
}

static bool field_ipopts(struct field *f)
{
    int n = hex_read(f->value, f->plan->ip_options, sizeof(f->plan->ip_options));
    f->plan->ip_options_len = n < 0 ? 0 : (size_t)n;
    return n > 0 && n % 4 == 0;
}

static bool field_ext(struct field *f)
{
    static const char *const names[PLAN_EXTENSION_N] = {
        [PLAN_HOP] = "hop",
        [PLAN_DST] = "dst",
        [PLAN_ROUTE] = "route",
        [PLAN_ROUTE_LEFT] = "routeleft",
        [PLAN_AH] = "ah",
        [PLAN_FRAG] = "frag",
        [PLAN_FRAG_FIRST] = "fragfirst",
        [PLAN_FRAG_LATER] = "fraglater",
        [PLAN_ESP] = "esp",
        [PLAN_NO_NEXT] = "none",
    };
    struct segment_plan *plan = f->plan;
    char *state = NULL;
    for (char *word = strtok_r(f->value, ",", &state); word != NULL;
         word = strtok_r(NULL, ",", &state)) {
        unsigned i = 0;
        while (i < PLAN_EXTENSION_N && strcmp(word, names[i]) != 0)
            i++;
        if (i == PLAN_EXTENSION_N || plan->extension_count == PLAN_EXTENSIONS_MAX)
            return false;
        plan->extension[plan->extension_count++] = (enum plan_extension)i;
    }
    return plan->extension_count > 0;
}

#define FIELD_NUMBER(name, target)                                                                 \
    static bool field_##name(struct field *f)                                                      \
    {                                                                                              \
        f->plan->target = (__typeof__(f->plan->target))f->number;                                  \
        return true;                                                                               \
    }

FIELD_NUMBER(seq, seq)
FIELD_NUMBER(win, window)
FIELD_NUMBER(urg, urgent)
FIELD_NUMBER(len, payload_len)
FIELD_NUMBER(ttl, ttl)
FIELD_NUMBER(ecn, ecn)
FIELD_NUMBER(proto, protocol)
FIELD_NUMBER(fragoff, fragment_offset)
FIELD_NUMBER(totlen, total_len)
FIELD_NUMBER(doff, data_offset)
FIELD_NUMBER(type, icmp_type)
FIELD_NUMBER(code, icmp_code)
FIELD_NUMBER(mtu, icmp_rest)
FIELD_NUMBER(quote, quote_len)

static bool field_ack(struct field *f)
{
    f->plan->ack = f->number;
    f->extra->has_ack = true;
    return true;
}

static bool field_id(struct field *f)
{
    f->plan->ip_id = (uint16_t)f->number;
    f->extra->has_id = true;
    return true;
}

static bool field_snap(struct field *f)
{
    f->extra->snap = f->number;
    f->extra->has_snap = true;
    return true;
}

static bool field_qseq(struct field *f)
{
    f->extra->quote_seq = f->number;
    f->extra->has_quote_seq = true;
    return true;
}

static bool field_qport(struct field *f)
{
    f->extra->quote_port = (uint16_t)f->number;
    f->extra->has_quote_port = true;
    return true;
}

/* Another sender than the end: a router. */
static bool field_from(struct field *f)
{
    memset(f->plan->source, 0, sizeof(f->plan->source));
    return inet_pton(f->plan->ip_version == 4 ? AF_INET : AF_INET6, f->value,
                     f->plan->source) == 1;
}

static bool field_nodf(struct field *f)
{
    f->plan->df = false;
    return true;
}

static bool field_mf(struct field *f)
{
    f->plan->mf = true;
    f->plan->df = false;
    return true;
}

static bool field_badsum(struct field *f)
{
    f->plan->checksum = PLAN_CHECKSUM_BAD;
    return true;
}

static bool field_partialsum(struct field *f)
{
    f->plan->checksum = PLAN_CHECKSUM_PARTIAL;
    return true;
}

static bool field_badipsum(struct field *f)
{
    f->plan->bad_ip_checksum = true;
    return true;
}

static bool field_noipsum(struct field *f)
{
    f->plan->no_ip_checksum = true;
    return true;
}

static bool field_pad(struct field *f)
{
    f->plan->pad = true;
    return true;
}

/* A limit above 0: the value is a number up to it. */
static const struct {
    const char *name;
    bool (*read)(struct field *field);
    uint32_t limit;
} fields[] = {
    { "seq", field_seq, UINT32_MAX },
    { "ack", field_ack, UINT32_MAX },
    { "win", field_win, UINT16_MAX },
    { "urg", field_urg, UINT16_MAX },
    { "len", field_len, BUILDER_FRAME_MAX },
    { "data", field_data, 0 },
    { "id", field_id, UINT16_MAX },
    { "ttl", field_ttl, UINT8_MAX },
    { "ecn", field_ecn, 3 },
    { "nodf", field_nodf, 0 },
    { "mf", field_mf, 0 },
    { "fragoff", field_fragoff, 0x1fff },
    { "totlen", field_totlen, UINT16_MAX },
    { "proto", field_proto, UINT8_MAX },
    { "ipopts", field_ipopts, 0 },
    { "ext", field_ext, 0 },
    { "doff", field_doff, 15 },
    { "badsum", field_badsum, 0 },
    { "partialsum", field_partialsum, 0 },
    { "badipsum", field_badipsum, 0 },
    { "noipsum", field_noipsum, 0 },
    { "pad", field_pad, 0 },
    { "snap", field_snap, UINT32_MAX },
    { "type", field_type, UINT8_MAX },
    { "code", field_code, UINT8_MAX },
    { "mtu", field_mtu, UINT32_MAX },
    { "from", field_from, 0 },
    { "quote", field_quote, PLAN_QUOTE_MAX },
    { "qseq", field_qseq, UINT32_MAX },
    { "qport", field_qport, UINT16_MAX },
};

static bool field_read(const char *name, struct field *field)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(name, fields[i].name) != 0)
            continue;
        field->limit = fields[i].limit;
        if (field->limit > 0 && (!builder_number(field->builder, field->value, &field->number) ||
                                 field->number > field->limit))
            return false;
        return fields[i].read(field);
    }
    return false;
}

bool fields_read(const struct segment_builder *builder, char **state, struct segment_plan *plan,
                 struct field_extra *extra, struct field_error *error)
{
    struct option_words options = { 0 };
    for (char *word = field_next(state); word != NULL; word = field_next(state)) {
        char *value = strchr(word, '=');
        if (value != NULL)
            *value++ = '\0';
        else
            value = word + strlen(word);
        struct field field = { .builder = builder, .plan = plan, .extra = extra, .value = value };
        if (!option_word(word, value, &options) && !field_read(word, &field))
            return field_fail(error, "no such field, or a wrong value", word);
    }
    if (!options_write(builder, &options, plan))
        return field_fail(error, "a wrong option, or too many of them", "options");
    return true;
}
