/*
 * stopwatch SECONDS COMMAND [ARGUMENT...]: runs a command, prints what it cost to standard output:
 * its wait status, nanoseconds of the clock, microseconds of processor time, and peak kilobytes.
 * The command's own output goes to /dev/null. It is killed after SECONDS.
 *
 * A program of its own because a process inherits the peak memory of the one that forked it: the
 * script that measures is larger than what it measures.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int64_t microseconds(struct timeval time)
{
    return time.tv_sec * INT64_C(1000000) + time.tv_usec;
}

/* Becomes the command; the kernel ends it when its patience is over. */
static void command_become(unsigned patience, char **command)
{
    int nowhere = open("/dev/null", O_RDWR);
    if (nowhere < 0 || dup2(nowhere, 0) < 0 || dup2(nowhere, 1) < 0)
        _exit(126);
    alarm(patience);
    execvp(command[0], command);
    _exit(127);
}

int main(int argc, char **argv)
{
    struct rusage usage;
    int status;

    if (argc < 3) {
        fputs("usage: stopwatch SECONDS COMMAND [ARGUMENT...]\n", stderr);
        return 2;
    }
    unsigned patience = (unsigned)strtoul(argv[1], NULL, 10);
    int64_t begin = clock_now();
    pid_t child = fork();
    if (child == 0)
        command_become(patience, argv + 2);
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("stopwatch");
        return 1;
    }
    printf("%d %" PRId64 " %" PRId64 " %ld\n", status, clock_now() - begin,
           microseconds(usage.ru_utime) + microseconds(usage.ru_stime), usage.ru_maxrss);
    return 0;
}
