/*
 * help: the overview that -h prints, from the table of options, and what -V prints.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

void help_print(FILE *out);

/* Versions of the program and its libraries, and how it was built. */
void version_print(FILE *out);

#endif
