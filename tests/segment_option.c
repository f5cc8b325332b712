/*
 * TCP options in the order of Linux: MSS, SACK-permitted with timestamps (or timestamps after
 * two NOPs), window scale after a NOP, fast open, SACK after two NOPs.
 */
#include "segment_option.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "segment_field.h"

bool option_word(const char *name, const char *value, struct option_words *words)
{
    const struct {
        const char *name;
        const char **value;
    } table[] = {
        { "mss", &words->mss },       { "ws", &words->window_scale },
        { "ts", &words->timestamps }, { "sack", &words->sack },
        { "tfo", &words->tfo },       { "tfoexp", &words->tfo_experiment },
        { "opt", &words->hex },
    };
    if (strcmp(name, "sackok") == 0) {
        words->sack_permitted = true;
        return true;
    }
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(name, table[i].name) == 0) {
            *table[i].value = value;
            return true;
        }
    }
    return false;
}

int hex_read(const char *text, uint8_t *ret_bytes, size_t size)
{
    size_t n = 0;
    for (; text[0] != '\0'; text += 2, n++) {
        unsigned byte;
        if (n == size || !isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) ||
            sscanf(text, "%2x", &byte) != 1)
            return -1;
        ret_bytes[n] = (uint8_t)byte;
    }
    return (int)n;
}

static bool put(struct segment_plan *plan, const void *bytes, size_t n)
{
    if (sizeof(plan->options) - plan->options_len < n)
        return false;
    memcpy(plan->options + plan->options_len, bytes, n);
    plan->options_len += n;
    return true;
}

/* A sum of size bytes in network order. */
static bool put_number(const struct segment_builder *builder, const char *text, unsigned size,
                       struct segment_plan *plan)
{
    uint32_t number;
    if (!builder_number(builder, text, &number) || (size < 4 && number >> 8 * size != 0))
        return false;
    uint8_t big[4] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                       (uint8_t)number };
    return put(plan, big + 4 - size, size);
}

/* Two sums with the separator between them: eight bytes. Cuts text in two. */
static bool put_pair(const struct segment_builder *builder, char *text, char separator,
                     struct segment_plan *plan)
{
    char *second = strchr(text, separator);
    if (second == NULL)
        return false;
    *second++ = '\0';
    return put_number(builder, text, 4, plan) && put_number(builder, second, 4, plan);
}

static bool put_timestamps(const struct segment_builder *builder, const struct option_words *words,
                           struct segment_plan *plan)
{
    char copy[64];
    if (snprintf(copy, sizeof(copy), "%s", words->timestamps) >= (int)sizeof(copy))
        return false;
    return put(plan, words->sack_permitted ? "\x04\x02" : "\x01\x01", 2) &&
           put(plan, "\x08\x0a", 2) && put_pair(builder, copy, ',', plan);
}

/* "A-B,C-D": as many blocks as there are, also more than fit. */
static bool put_sack(const struct segment_builder *builder, const struct option_words *words,
                     struct segment_plan *plan)
{
    char copy[128];
    if (snprintf(copy, sizeof(copy), "%s", words->sack) >= (int)sizeof(copy))
        return false;
    size_t kind_at = plan->options_len + 2;
    if (!put(plan, "\x01\x01\x05\x02", 4))
        return false;
    char *state = NULL;
    for (char *block = strtok_r(copy, ",", &state); block != NULL;
         block = strtok_r(NULL, ",", &state)) {
        if (!put_pair(builder, block, '-', plan))
            return false;
    }
    plan->options[kind_at + 1] = (uint8_t)(plan->options_len - kind_at);
    return true;
}

/* Kind 34, or kind 254 with the magic number of the time before. */
static bool put_fast_open(const char *cookie, bool experiment, struct segment_plan *plan)
{
    uint8_t bytes[PLAN_OPTIONS_MAX];
    int n = strcmp(cookie, "request") == 0 ? 0 : hex_read(cookie, bytes, sizeof(bytes));
    if (n < 0)
        return false;
    uint8_t head[4] = { experiment ? 254 : 34, (uint8_t)(n + (experiment ? 4 : 2)), 0xf9, 0x89 };
    return put(plan, head, experiment ? 4 : 2) && put(plan, bytes, (size_t)n);
}

static bool put_hex(const char *hex, struct segment_plan *plan)
{
    uint8_t bytes[PLAN_OPTIONS_MAX];
    int n = hex_read(hex, bytes, sizeof(bytes));
    return n >= 0 && put(plan, bytes, (size_t)n);
}

bool options_write(const struct segment_builder *builder, const struct option_words *words,
                   struct segment_plan *plan)
{
    bool ok = true;
    if (words->mss != NULL)
        ok = ok && put(plan, "\x02\x04", 2) && put_number(builder, words->mss, 2, plan);
    if (words->timestamps != NULL)
        ok = ok && put_timestamps(builder, words, plan);
    else if (words->sack_permitted)
        ok = ok && put(plan, "\x01\x01\x04\x02", 4);
    if (words->window_scale != NULL)
        ok =
            ok && put(plan, "\x01\x03\x03", 3) && put_number(builder, words->window_scale, 1, plan);
    if (words->tfo != NULL)
        ok = ok && put_fast_open(words->tfo, false, plan);
    if (words->tfo_experiment != NULL)
        ok = ok && put_fast_open(words->tfo_experiment, true, plan);
    if (words->sack != NULL)
        ok = ok && put_sack(builder, words, plan);
    if (words->hex != NULL)
        ok = ok && put_hex(words->hex, plan);
    return ok;
}
