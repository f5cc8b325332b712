/*
 * pipeline: the one loop: capture, decode, track; then diagnose, report and render.
 */
#ifndef CLI_PIPELINE_H
#define CLI_PIPELINE_H

#include <signal.h>

#include "cli/options.h"
#include "cli/terminal.h"
#include "render/renderer.h"

/*
 * Explains the input that the options name. Returns an exit code; with one that is not
 * EXIT_CODE_DONE there is a sentence in error ("" when it was said in the report, too).
 * *stop becomes non-zero when the user wants the result so far.
 */
enum exit_code pipeline_run(const struct options *options, const struct terminal *terminal,
                            const volatile sig_atomic_t *stop, char *error, size_t error_size);

#endif
