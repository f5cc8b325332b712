/* shell_word: quoting for a POSIX shell. */
#include "base/shell_word.h"

#include <string.h>

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./@%+=:,-"

void shell_word_add(struct strbuf *text, const char *word)
{
    static const char plain[] = PLAIN;
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

/* Who copies a part of a command must not run what a name holds; and a terminal shows some bytes
 * in another way, so that copying would give another name. */
static bool is_harmless(const char *name)
{
    static const char harmless[] = PLAIN " ()[]";
    return name[strspn(name, harmless)] == '\0';
}

void shell_file_add(struct strbuf *text, const char *name)
{
    if (name == NULL || name[0] == '\0' || strcmp(name, "-") == 0 || !is_harmless(name)) {
        strbuf_add(text, "FILE");
        return;
    }
    if (name[0] == '-') /* else it would be read as an option */
        strbuf_add(text, "./");
    shell_word_add(text, name);
}
