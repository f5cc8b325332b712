/*
 * shell_word: words of commands that are shown to people, as a shell takes them.
 */
#ifndef BASE_SHELL_WORD_H
#define BASE_SHELL_WORD_H

#include "base/strbuf.h"

/* The word as it is, quoted where that is needed. */
void shell_word_add(struct strbuf *text, const char *word);

/*
 * The name of a file, as an operand. "FILE" where the name holds more than letters, figures
 * and what is usual beside them, and for standard input ("-", or NULL).
 */
void shell_file_add(struct strbuf *text, const char *name);

#endif
