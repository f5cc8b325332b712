/* bitset: words that double as needed. */
#include "base/bitset.h"

#include <stdlib.h>
#include <string.h>

#define WORD_BITS 64
#define WORDS_FIRST 1024
#define WORDS_MAX (UINT64_C(1) << 30) /* 8 GiB: numbers up to 68 thousand million */

static bool bitset_reserve(struct bitset *set, uint64_t word)
{
    if (word < set->size)
        return true;
    size_t size = set->size ? set->size : WORDS_FIRST;
    while (size <= word && size < WORDS_MAX)
        size *= 2;
    uint64_t *words = size > word ? realloc(set->words, size * sizeof *words) : NULL;
    if (words == NULL) {
        set->failed = true;
        return false;
    }
    memset(words + set->size, 0, (size - set->size) * sizeof *words);
    set->words = words;
    set->size = size;
    return true;
}

void bitset_add(struct bitset *set, uint64_t member)
{
    uint64_t word = member / WORD_BITS, bit = UINT64_C(1) << member % WORD_BITS;
    if (!bitset_reserve(set, word))
        return;
    set->count += !(set->words[word] & bit);
    set->words[word] |= bit;
}

void bitset_remove(struct bitset *set, uint64_t member)
{
    uint64_t word = member / WORD_BITS, bit = UINT64_C(1) << member % WORD_BITS;
    if (word >= set->size || !(set->words[word] & bit))
        return;
    set->count--;
    set->words[word] &= ~bit;
}

bool bitset_has(const struct bitset *set, uint64_t member)
{
    uint64_t word = member / WORD_BITS;
    return word < set->size && (set->words[word] >> member % WORD_BITS & 1);
}

bool bitset_next(const struct bitset *set, uint64_t from, uint64_t *ret_member)
{
    uint64_t at = from / WORD_BITS, below = (UINT64_C(1) << from % WORD_BITS) - 1;
    for (; at < set->size; at++, below = 0) {
        uint64_t word = set->words[at] & ~below;
        if (word != 0) {
            *ret_member = at * WORD_BITS + (uint64_t)__builtin_ctzll(word);
            return true;
        }
    }
    return false;
}

void bitset_done(struct bitset *set)
{
    free(set->words);
    *set = (struct bitset){ 0 };
}
