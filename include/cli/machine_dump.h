/*
 * machine_dump: the tables of the state machine as text, for people who review them.
 */
#ifndef CLI_MACHINE_DUMP_H
#define CLI_MACHINE_DUMP_H

#include <stdio.h>

/* What --dump-machine prints: 80 columns, no colours, the same on every terminal. */
void machine_dump(FILE *out);

#endif
