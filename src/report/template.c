/* template: names in braces, replaced. */
#include "report/template.h"

#include <string.h>

void template_fill(struct strbuf *out, const char *template, template_put *put,
                   const void *context)
{
    while (*template != '\0') {
        size_t plain = strcspn(template, "{");
        strbuf_add_bytes(out, template, plain);
        template += plain;
        if (*template == '\0')
            return;
        size_t length = strcspn(template + 1, "}");
        if (template[1 + length] == '\0' || !put(out, template + 1, length, context)) {
            strbuf_add_char(out, '{');
            template++;
            continue;
        }
        template += length + 2;
    }
}

size_t template_find(const char *const *names, size_t count, const char *name, size_t length)
{
    size_t found = 0;
    while (found < count &&
           (strlen(names[found]) != length || memcmp(names[found], name, length) != 0))
        found++;
    return found;
}
