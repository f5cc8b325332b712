/* tcpflow-explain: explains every TCP connection in a capture. This file is the contents page. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "capture/device.h"
#include "cli/options.h"
#include "cli/pipeline.h"
#include "cli/terminal.h"

#define PROGRAM "tcpflow-explain"
#define ERROR_SIZE 1024

static volatile sig_atomic_t stop;

static void signal_stop(int signal)
{
    (void)signal;
    stop = 1;
}

/* Ctrl-C: the result so far; a second one ends at once. A closed pipe is an error to see. */
static void signals_set(void)
{
    struct sigaction action = { .sa_handler = signal_stop, .sa_flags = (int)SA_RESETHAND };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action = (struct sigaction){ .sa_handler = SIG_IGN };
    sigaction(SIGPIPE, &action, NULL);
}

/*
 * Flushes what was written. A closed pipe is no failure: its reader has seen enough. Where the
 * reason of an earlier failure is forgotten, one more write brings it back.
 */
static enum exit_code output_close(enum exit_code code, char *error, size_t error_size)
{
    bool failed = ferror(stdout) != 0;
    clearerr(stdout);
    errno = 0;
    if (failed)
        fputc('\n', stdout);
    if (fflush(stdout) == 0 && !failed)
        return code;
    if (errno == EPIPE)
        return EXIT_CODE_DONE;
    snprintf(error, error_size, "the output could not be written: %s",
             errno ? strerror(errno) : "write error");
    return EXIT_CODE_INPUT;
}

static enum exit_code interfaces_print(FILE *out, char *error, size_t error_size)
{
    struct strbuf text = { 0 };
    bool known = device_list(&text, error, error_size);
    fputs(strbuf_text(&text), out);
    strbuf_done(&text);
    return known ? EXIT_CODE_DONE : EXIT_CODE_INPUT;
}

int main(int argc, char **argv)
{
    struct options options;
    char error[ERROR_SIZE] = "";
    enum exit_code code = EXIT_CODE_DONE;

    signals_set();
    switch (options_parse(&options, argc, argv, stdout, error, sizeof error)) {
    case OPTIONS_RUN: {
        if (options.list_interfaces) {
            code = interfaces_print(stdout, error, sizeof error);
            break;
        }
        struct terminal terminal = terminal_detect(&options, STDOUT_FILENO);
        code = pipeline_run(&options, &terminal, &stop, error, sizeof error);
        break;
    }
    case OPTIONS_DONE:
        break;
    case OPTIONS_WRONG:
        code = EXIT_CODE_USAGE;
        break;
    }
    options_done(&options);
    code = output_close(code, error, sizeof error);
    if (error[0] != '\0')
        fprintf(stderr, PROGRAM ": %s\n", error);
    return (int)code;
}
