/* shell_word: quoting for a POSIX shell. */
#include "base/shell_word.h"

#include <string.h>

void shell_word_add(struct strbuf *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./@%+=:,-";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        strbuf_add(text, word);
        return;
    }
    strbuf_add_char(text, '\'');
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            strbuf_add(text, "'\\''");
        else
            strbuf_add_char(text, *word);
    }
    strbuf_add_char(text, '\'');
}

/* Whether a terminal shows these bytes as they are; where it does not, or where what makes names
 * harmless writes more than one character for one, copying would give another name. */
static bool is_shown_plainly(const char *name)
{
    for (; *name != '\0'; name++)
        if (*name < ' ' || *name > '~' || *name == '\\' || *name == '\'')
            return false;
    return true;
}

void shell_file_add(struct strbuf *text, const char *name)
{
    if (name == NULL || name[0] == '\0' || strcmp(name, "-") == 0 || !is_shown_plainly(name)) {
        strbuf_add(text, "FILE");
        return;
    }
    if (name[0] == '-') /* else it would be read as an option */
        strbuf_add(text, "./");
    shell_word_add(text, name);
}
