/*
 * template: text with names in braces, for which somebody puts in words.
 */
#ifndef REPORT_TEMPLATE_H
#define REPORT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

/* Writes what a name stands for; false when there is no such name. */
typedef bool template_put(struct strbuf *out, const char *name, size_t length,
                          const void *context);

/* A name that is not known stays as it is. */
void template_fill(struct strbuf *out, const char *template, template_put *put,
                   const void *context);

/* The place of a name in a list of them; `count` when it is not there. */
size_t template_find(const char *const *names, size_t count, const char *name, size_t length);

#endif
