/* Lines of text to frames: directives, numbers, segments. Fields are segment_field.c's. */
#include "segment_builder.h"

#include <arpa/inet.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "segment_field.h"

#define NS_PER_S INT64_C(1000000000)
#define LINE_MAX_SIZE 4096

static const struct {
    const char *name;
    int link_type;
} links[] = {
    { "EN10MB", DLT_EN10MB },       { "RAW", DLT_RAW },
    { "NULL", DLT_NULL },           { "LOOP", DLT_LOOP },
    { "LINUX_SLL", DLT_LINUX_SLL }, { "LINUX_SLL2", DLT_LINUX_SLL2 },
};

void segment_builder_init(struct segment_builder *builder)
{
    static const struct builder_end a = {
        .address = { 192, 0, 2, 1 },
        .port = 40000,
        .ip_id = 0x2000,
        .window = 64240,
        .ttl = 64,
    };
    static const struct builder_end b = {
        .address = { 198, 51, 100, 7 },
        .port = 80,
        .ip_id = 0x6000,
        .window = 65160,
        .ttl = 64,
    };
    *builder = (struct segment_builder){
        .start = 1767323045 * NS_PER_S, /* 2026-01-02T03:04:05Z */
        .link_type = DLT_EN10MB,
        .recorder = -1,
        .ip_version = 4,
        .end = { a, b },
    };
}

/* Seconds with up to nine digits after the point, to nanoseconds. */
static bool read_time(const char *text, int64_t *ret_ns)
{
    char *end;
    long long seconds = strtoll(text, &end, 10);
    int64_t rest = 0;
    if (end == text || seconds < 0)
        return false;
    if (*end == '.') {
        int64_t unit = NS_PER_S / 10;
        for (end++; *end >= '0' && *end <= '9' && unit > 0; end++, unit /= 10)
            rest += (*end - '0') * unit;
    }
    *ret_ns = seconds * NS_PER_S + rest;
    return *end == '\0';
}

/* "192.0.2.1:40000" or "[2001:db8::1]:40000" */
static bool read_end(const char *text, struct builder_end *end, uint8_t *ret_version)
{
    char address[64];
    unsigned port;
    int used = 0;
    int family = text[0] == '[' ? AF_INET6 : AF_INET;
    int n = family == AF_INET6 ? sscanf(text, "[%63[^]]]:%u%n", address, &port, &used)
                               : sscanf(text, "%63[^:]:%u%n", address, &port, &used);
    if (n != 2 || text[used] != '\0' || port > UINT16_MAX)
        return false;
    memset(end->address, 0, sizeof(end->address));
    if (inet_pton(family, address, end->address) != 1)
        return false;
    end->port = (uint16_t)port;
    end->next = 0;
    *ret_version = family == AF_INET6 ? 6 : 4;
    return true;
}

static bool directive_start(struct segment_builder *builder, char *words)
{
    struct tm tm = { 0 };
    char *end = strptime(words, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (end == NULL || *end != '\0')
        return false;
    builder->start = (int64_t)timegm(&tm) * NS_PER_S;
    return true;
}

static bool directive_link(struct segment_builder *builder, char *words)
{
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (strcmp(words, links[i].name) == 0) {
            builder->link_type = links[i].link_type;
            return true;
        }
    }
    return false;
}

/* Calls read for each "A=..." and "B=..."; false when there are others. */
static bool each_end(struct segment_builder *builder, char *words,
                     bool (*read)(struct segment_builder *builder, unsigned which,
                                  const char *value))
{
    char *state = NULL;
    for (char *word = strtok_r(words, " \t", &state); word != NULL;
         word = strtok_r(NULL, " \t", &state)) {
        if ((word[0] != 'A' && word[0] != 'B') || word[1] != '=')
            return false;
        if (!read(builder, word[0] == 'B', word + 2))
            return false;
    }
    return true;
}

static bool end_address(struct segment_builder *builder, unsigned which, const char *value)
{
    return read_end(value, &builder->end[which], &builder->ip_version);
}

static bool end_ttl(struct segment_builder *builder, unsigned which, const char *value)
{
    uint32_t number;
    if (!builder_number(builder, value, &number) || number > UINT8_MAX)
        return false;
    builder->end[which].ttl = (uint8_t)number;
    return true;
}

static bool end_id(struct segment_builder *builder, unsigned which, const char *value)
{
    uint32_t number;
    if (!builder_number(builder, value, &number) || number > UINT16_MAX)
        return false;
    builder->end[which].ip_id = (uint16_t)number;
    return true;
}

static bool directive_ends(struct segment_builder *builder, char *words)
{
    return each_end(builder, words, end_address);
}

static bool directive_ttl(struct segment_builder *builder, char *words)
{
    return each_end(builder, words, end_ttl);
}

static bool directive_id(struct segment_builder *builder, char *words)
{
    return each_end(builder, words, end_id);
}

static bool directive_recorder(struct segment_builder *builder, char *words)
{
    if (strcmp(words, "A") != 0 && strcmp(words, "B") != 0 && strcmp(words, "none") != 0)
        return false;
    builder->recorder = words[0] == 'A' ? 0 : words[0] == 'B' ? 1 : -1;
    return true;
}

static bool directive_machine(struct segment_builder *builder, char *words)
{
    builder->big_endian = strcmp(words, "big-endian") == 0;
    return builder->big_endian || strcmp(words, "little-endian") == 0;
}

static bool directive_times(struct segment_builder *builder, char *words)
{
    builder->microseconds = strcmp(words, "us") == 0;
    return builder->microseconds || strcmp(words, "ns") == 0;
}

static bool directive_vlan(struct segment_builder *builder, char *words)
{
    builder->vlan_count = 0;
    if (strcmp(words, "none") == 0)
        return true;
    char *state = NULL;
    for (char *word = strtok_r(words, ",", &state); word != NULL;
         word = strtok_r(NULL, ",", &state)) {
        uint32_t number;
        if (builder->vlan_count == PLAN_VLAN_MAX || !builder_number(builder, word, &number) ||
            number > UINT16_MAX)
            return false;
        builder->vlan[builder->vlan_count++] = (uint16_t)number;
    }
    return builder->vlan_count > 0;
}

/* "x=4294967290"; a name may be given a new value. */
static bool directive_let(struct segment_builder *builder, char *words)
{
    char *value = strchr(words, '=');
    uint32_t number;
    if (value == NULL || value == words || value - words >= BUILDER_NAME_MAX)
        return false;
    *value++ = '\0';
    if (!builder_number(builder, value, &number))
        return false;
    unsigned i = 0;
    while (i < builder->variable_count && strcmp(builder->variable[i].name, words) != 0)
        i++;
    if (i == BUILDER_VARIABLES_MAX)
        return false;
    strcpy(builder->variable[i].name, words);
    builder->variable[i].value = number;
    if (i == builder->variable_count)
        builder->variable_count++;
    return true;
}

static const struct {
    const char *name;
    bool (*read)(struct segment_builder *builder, char *words);
} directives[] = {
    { "start", directive_start },     { "link", directive_link },
    { "ends", directive_ends },       { "ttl", directive_ttl },
    { "id", directive_id },           { "recorder", directive_recorder },
    { "machine", directive_machine }, { "times", directive_times },
    { "vlan", directive_vlan },       { "let", directive_let },
};

static bool read_directive(struct segment_builder *builder, char *line)
{
    char *words = line + strcspn(line, " \t");
    if (*words != '\0')
        *words++ = '\0';
    words += strspn(words, " \t");
    for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
        if (strcmp(line, directives[i].name) == 0)
            return directives[i].read(builder, words);
    }
    return false;
}

/* "SA" to flags; "." is none. */
static bool read_flags(const char *text, uint16_t *ret_flags)
{
    static const char letters[] = "FSRPAUECNXYZ"; /* from the lowest bit up */
    *ret_flags = 0;
    for (; *text != '\0'; text++) {
        const char *letter = strchr(letters, *text);
        if (letter != NULL)
            *ret_flags |= (uint16_t)(1u << (letter - letters));
        else if (*text != '.')
            return false;
    }
    return true;
}

/* The plan as it is without any field. */
static void plan_begin(const struct segment_builder *builder, unsigned from,
                       struct segment_plan *plan)
{
    const struct builder_end *sender = &builder->end[from];
    const struct builder_end *receiver = &builder->end[1 - from];
    *plan = (struct segment_plan){
        .link_type = builder->link_type,
        .big_endian = builder->big_endian,
        .outgoing = builder->recorder == (int)from,
        .from_b = from == 1,
        .vlan_count = builder->vlan_count,
        .ip_version = builder->ip_version,
        .ttl = sender->ttl,
        .protocol = 6,
        .ip_id = sender->ip_id,
        .df = true,
        .total_len = -1,
        .source_port = sender->port,
        .destination_port = receiver->port,
        .seq = sender->next,
        .ack = receiver->next,
        .window = sender->window,
        .data_offset = -1,
    };
    memcpy(plan->vlan, builder->vlan, sizeof(plan->vlan));
    memcpy(plan->source, sender->address, sizeof(plan->source));
    memcpy(plan->destination, receiver->address, sizeof(plan->destination));
}

/* Where the sender is after the segment. */
static void end_advance(struct builder_end *sender, const struct segment_plan *plan, bool own_id)
{
    uint32_t syn = plan->flags >> 1 & 1;
    uint32_t fin = plan->flags & 1;
    uint32_t end = plan->seq + (uint32_t)plan->payload_len + syn + fin;
    if (syn || (int32_t)(end - sender->next) > 0)
        sender->next = end;
    sender->window = plan->window;
    if (!own_id)
        sender->ip_id++;
}

/* The first three words of a segment: time, sender, flags or "icmp". */
static bool read_opening(struct segment_builder *builder, char **state, char *first,
                         unsigned *ret_from, uint16_t *ret_flags, bool *ret_icmp,
                         int64_t *ret_time)
{
    const char *sender = field_next(state);
    const char *flags = field_next(state);
    *ret_icmp = flags != NULL && strcmp(flags, "icmp") == 0;
    *ret_flags = 0;
    if (sender == NULL || flags == NULL || (!*ret_icmp && !read_flags(flags, ret_flags)))
        return false;
    if (strcmp(sender, "A") != 0 && strcmp(sender, "B") != 0)
        return false;
    *ret_from = sender[0] == 'B';
    bool relative = first[0] == '+';
    if (!read_time(first + relative, ret_time))
        return false;
    *ret_time += relative ? builder->time : 0;
    return true;
}

/* Puts the receiver's last segment into an ICMP error, from its IP header on. */
static bool plan_quote(const struct segment_builder *builder, unsigned from,
                       const struct field_extra *extra, struct segment_plan *plan)
{
    static const size_t size = BUILDER_FRAME_MAX;
    if (!builder->has_sent[1 - from])
        return false;
    struct segment_plan quoted = builder->sent[1 - from];
    quoted.link_type = DLT_RAW;
    quoted.pad = false;
    quoted.seq = extra->has_quote_seq ? extra->quote_seq : quoted.seq;
    quoted.source_port = extra->has_quote_port ? extra->quote_port : quoted.source_port;
    uint8_t *bytes = malloc(size);
    size_t length = bytes != NULL ? segment_plan_write(&quoted, bytes, size) : 0;
    if (plan->quote_len == 0 || plan->quote_len > length)
        plan->quote_len = length < PLAN_QUOTE_MAX ? length : PLAN_QUOTE_MAX;
    if (length > 0)
        memcpy(plan->quote, bytes, plan->quote_len);
    free(bytes);
    return length > 0;
}

static bool read_segment(struct segment_builder *builder, char *line, uint8_t *ret_bytes,
                         size_t size, struct frame *ret_frame, struct field_error *error)
{
    char *state = line;
    char *first = field_next(&state);
    unsigned from;
    uint16_t flags;
    bool icmp;
    int64_t time;
    if (!read_opening(builder, &state, first, &from, &flags, &icmp, &time))
        return field_fail(error, "a segment begins: TIME A|B FLAGS", first);
    struct segment_plan plan;
    plan_begin(builder, from, &plan);
    plan.flags = flags;
    plan.icmp = icmp;
    if (icmp)
        plan.protocol = builder->ip_version == 4 ? 1 : 58;
    struct field_extra extra = { 0 };
    if (!fields_read(builder, &state, &plan, &extra, error))
        return false;
    /* As Linux has it: id 0 in a SYN-ACK, ack 0 without the flag, unless the text says more. */
    if ((flags & 0x12) == 0x12 && !extra.has_id) {
        plan.ip_id = 0;
        extra.has_id = true;
    }
    if (!(flags & 0x10) && !extra.has_ack)
        plan.ack = 0;
    if (icmp && !plan_quote(builder, from, &extra, &plan))
        return field_fail(error, "there is no segment to quote", first);
    size_t length = segment_plan_write(&plan, ret_bytes, size);
    if (length == 0)
        return field_fail(error, "the frame is too large", first);
    if (!icmp) {
        end_advance(&builder->end[from], &plan, extra.has_id);
        builder->sent[from] = plan;
        builder->has_sent[from] = true;
    }
    builder->time = time;
    *ret_frame = (struct frame){
        .number = ++builder->frames,
        .time = builder->start + time,
        .caplen = extra.has_snap && extra.snap < length ? extra.snap : (uint32_t)length,
        .len = (uint32_t)length,
        .link_type = builder->link_type,
        .data = ret_bytes,
    };
    return true;
}

bool segment_builder_line(struct segment_builder *builder, const char *line, uint8_t *ret_bytes,
                          size_t size, struct frame *ret_frame, char *error, size_t error_size)
{
    struct field_error field_error = { .text = error, .size = error_size };
    char copy[LINE_MAX_SIZE];
    *ret_frame = (struct frame){ 0 };
    if (strlen(line) >= sizeof(copy))
        return field_fail(&field_error, "the line is too long", "");
    strcpy(copy, line + strspn(line, " \t"));
    line_trim(copy);
    if (copy[0] == '\0')
        return true;
    if (copy[0] == '+' || (copy[0] >= '0' && copy[0] <= '9'))
        return read_segment(builder, copy, ret_bytes, size, ret_frame, &field_error);
    if (!read_directive(builder, copy))
        return field_fail(&field_error, "no such directive, or a wrong value", line);
    return true;
}
