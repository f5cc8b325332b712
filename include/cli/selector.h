/*
 * selector: which connection the user chose with -C.
 */
#ifndef CLI_SELECTOR_H
#define CLI_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/summary.h"

enum selector_kind { SELECT_ALL, SELECT_ID, SELECT_ENDS };

struct selector_end {
    uint8_t address[16]; /* network order; IPv4 in the first four bytes, the rest zero */
    uint16_t port;
};

struct selector {
    enum selector_kind kind;
    uint64_t id;                 /* SELECT_ID */
    uint8_t ip_version;          /* SELECT_ENDS: 4 or 6 */
    struct selector_end ends[2]; /* SELECT_ENDS: in the order given; both orders match */
};

/*
 * Reads "17" or "10.0.0.1:4000-10.0.0.2:80" or "[2001:db8::1]:4000-[2001:db8::2]:80". False,
 * with one sentence in error, when the text is none of them.
 */
bool selector_parse(struct selector *ret_selector, const char *text, char *error,
                    size_t error_size);

/* Whether a connection is the chosen one; its two ends may come in either order. */
bool selector_matches(const struct selector *selector, uint64_t id, int ip_version,
                      const struct selector_end *end, const struct selector_end *other);

bool selector_takes(const struct selector *selector, const struct summary *summary);

/* A decimal number of digits only, 1 to max; the one reader of whole numbers here. */
bool number_parse(const char *text, uint64_t max, uint64_t *ret_number);

#endif
