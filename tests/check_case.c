#include "check_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    uint32_t x, y;
} bases[] = { { 1000, 5000 }, { 4294967295u, 4294967295u }, { 4294967290u, 4294967200u } };

static void line_expand(char *ret, size_t room, const char *wanted, uint32_t x, uint32_t y)
{
    size_t used = 0;
    while (*wanted != '\0' && used + 12 < room) {
        char name;
        int addend, length = 0;
        if (sscanf(wanted, "{%c%d}%n", &name, &addend, &length) == 2 && length > 0) {
            used += (size_t)snprintf(ret + used, room - used, "%u",
                                     (name == 'x' ? x : y) + (uint32_t)addend);
            wanted += length;
        } else {
            ret[used++] = *wanted++;
        }
    }
    ret[used] = '\0';
}

void check_case_assert(const char *packets, const char *wanted,
                       const struct case_options *options)
{
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        char lines[3000], line[200], text[CASE_TEXT];
        bool absent = wanted[0] == '-';
        int length = snprintf(lines, sizeof lines, "let x=%u\nlet y=%u\n%s", bases[i].x,
                              bases[i].y, packets);
        assert_true(length > 0 && (size_t)length < sizeof lines);
        line_expand(line, sizeof line, wanted + absent, bases[i].x, bases[i].y);
        struct tracker_case *tracked = case_track(lines, options);
        case_checks(&tracked->connections[0], text);
        if (absent ? strstr(text, line) != NULL : !case_has(text, line))
            fail_msg("base %zu: %s \"%s\" in\n%s", i, absent ? "unwanted" : "missing", line,
                     text);
        free(tracked);
    }
}
