/*
 * machine_dump: the tables of the state machine, of the checks and of the classes of segments as text,
 * for people who review them.
 */
#ifndef CLI_MACHINE_DUMP_H
#define CLI_MACHINE_DUMP_H

#include <stdio.h>

/* What --dump-machine prints: 80 columns, no colours, the same on every terminal. */
void machine_dump(FILE *out);

/* Its second part: the checks. */
void check_dump(FILE *out);

/* Its third part: the classes of segments, their tags, and the rules behind both. */
void class_dump(FILE *out);

#endif
