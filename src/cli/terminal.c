/*
 * terminal: colour, character set and width of the output.
 */
#include "cli/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

/* The eight colours of ECMA-48 are all that is used. */
#define COLORS_NEEDED 8

/* Asks terminfo whether the terminal knows colours; an unknown terminal knows none. */
static bool terminfo_has_colors(int fd)
{
    int status = 0;
    if (setupterm(NULL, fd, &status) != OK)
        return false;
    bool colors = tigetnum("colors") >= COLORS_NEEDED;
    del_curterm(cur_term);
    return colors;
}

static bool color_wanted(const struct options *options, int fd)
{
    if (options->color != COLOR_AUTO)
        return options->color == COLOR_ALWAYS;
    /* The convention of no-color.org: any text in the variable means no, the empty one nothing. */
    const char *no_color = getenv("NO_COLOR");
    if (no_color != NULL && no_color[0] != '\0')
        return false;
    const char *term = getenv("TERM");
    if (term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0)
        return false;
    return isatty(fd) && terminfo_has_colors(fd);
}

/* Output that goes to a file or a pipe keeps one width, so that it can be compared. */
static int width_of(const struct options *options, int fd)
{
    if (options->width != 0)
        return options->width;
    struct winsize size;
    memset(&size, 0, sizeof size);
    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < OPTIONS_WIDTH_MIN)
        return OPTIONS_WIDTH_MIN;
    return size.ws_col > OPTIONS_WIDTH_MAX ? OPTIONS_WIDTH_MAX : size.ws_col;
}

struct terminal terminal_detect(const struct options *options, int fd)
{
    /* Only the character set: a decimal comma would spoil JSON and every comparison. */
    const char *locale = setlocale(LC_CTYPE, "");
    return (struct terminal){
        .color = color_wanted(options, fd),
        .utf8 = !options->ascii && locale != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .width = width_of(options, fd),
    };
}
