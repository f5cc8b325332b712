/*
 * terminal: what the output may look like. Decided once; nobody else asks.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>

#include "cli/options.h"

struct terminal {
    bool color;
    bool utf8;
    int width; /* columns, OPTIONS_WIDTH_MIN .. OPTIONS_WIDTH_MAX */
};

/*
 * Looks at the options, the environment and the file behind fd (standard output). Sets the
 * locale's character set (LC_CTYPE) from the environment; numbers keep their decimal point.
 */
struct terminal terminal_detect(const struct options *options, int fd);

#endif
