/* limits: names, and the verdict from what was measured. */
#include "model/limits.h"

#include <math.h>
#include <stddef.h>

#define NS 1e9
#define MATHIS 1.22 /* sqrt(3/2), of an acknowledgement for each segment */

const char *limit_cause_name(enum limit_cause cause)
{
    static const char *const names[LIMIT_N] = { [LIMIT_APPLICATION] = "application",
                                                [LIMIT_RECEIVER] = "receiver",
                                                [LIMIT_LOSS] = "loss",
                                                [LIMIT_NETWORK] = "network" };
    return cause < LIMIT_N ? names[cause] : NULL;
}

const char *share_part_name(enum share_part part)
{
    static const char *const names[SHARE_N] = {
        [SHARE_PROGRAM] = "program",         [SHARE_HELD_BACK] = "held_back",
        [SHARE_WINDOW_FULL] = "window_full", [SHARE_WINDOW_ZERO] = "window_zero",
        [SHARE_REPAIR] = "repair",           [SHARE_TIMEOUT] = "timeout",
        [SHARE_NETWORK] = "network",         [SHARE_SLOW_START] = "slow_start",
        [SHARE_QUEUE] = "queue",             [SHARE_UNCLEAR] = "unclear",
        [SHARE_PEER] = "peer",
    };
    return part < SHARE_N ? names[part] : "?";
}

const char *limit_ceiling_name(enum limit_ceiling ceiling)
{
    if (ceiling == CEILING_NONE)
        return NULL;
    return ceiling == CEILING_WINDOW ? "window" : "loss";
}

enum limit_cause share_part_cause(enum share_part part)
{
    static const unsigned char causes[SHARE_N] = {
        [SHARE_PROGRAM] = LIMIT_APPLICATION,  [SHARE_HELD_BACK] = LIMIT_APPLICATION,
        [SHARE_WINDOW_FULL] = LIMIT_RECEIVER, [SHARE_WINDOW_ZERO] = LIMIT_RECEIVER,
        [SHARE_REPAIR] = LIMIT_LOSS,          [SHARE_TIMEOUT] = LIMIT_LOSS,
        [SHARE_NETWORK] = LIMIT_NETWORK,      [SHARE_SLOW_START] = LIMIT_NETWORK,
        [SHARE_QUEUE] = LIMIT_NETWORK,
    };
    return part < SHARE_N ? (enum limit_cause)causes[part] : LIMIT_NONE;
}

int64_t limits_of_cause(const struct limits *limits, enum limit_cause cause)
{
    int64_t sum = 0;
    for (unsigned part = 0; part < SHARE_N; part++)
        if (share_part_cause((enum share_part)part) == cause && cause != LIMIT_NONE)
            sum += limits->parts[part];
    return sum;
}

double limits_goodput(const struct limits *limits)
{
    return limits->span > 0 ? (double)limits->bytes * NS / (double)limits->span : 0;
}

double limits_ceiling(const struct limits *limits, enum limit_ceiling ceiling)
{
    double trip = (double)limits->trip / NS;
    if (trip <= 0 || ceiling == CEILING_NONE)
        return 0;
    if (ceiling == CEILING_WINDOW)
        return limits->window / trip;
    if (limits->repeats == 0 || limits->segments == 0)
        return 0;
    double rate = (double)limits->repeats / limits->segments;
    return limits->segment / trip * MATHIS / sqrt(rate < 1 ? rate : 1);
}

/* How many times one is the other, whichever is larger. */
static double ratio(double a, double b)
{
    return a > b ? a / b : b / a;
}

/* Clocks may be wild: nothing is multiplied as an integer. */
static bool has_percent(const struct limits *limits, int64_t time, int percent)
{
    return (double)time * 100 >= (double)limits->active * percent;
}

void limits_judge(struct limits *limits)
{
    int64_t most = 0;
    limits->active = limits->parts[SHARE_UNCLEAR];
    limits->cause = LIMIT_NONE;
    limits->also = 0;
    for (unsigned cause = LIMIT_NONE + 1; cause < LIMIT_N; cause++)
        limits->active += limits_of_cause(limits, (enum limit_cause)cause);
    for (unsigned cause = LIMIT_NONE + 1; cause < LIMIT_N; cause++) {
        int64_t time = limits_of_cause(limits, (enum limit_cause)cause);
        if (time > most && has_percent(limits, time, LIMIT_MAIN)) {
            limits->cause = (uint8_t)cause;
            most = time;
        }
    }
    for (unsigned cause = LIMIT_NONE + 1; cause < LIMIT_N; cause++)
        if (cause != limits->cause && limits->active > 0 &&
            has_percent(limits, limits_of_cause(limits, (enum limit_cause)cause), LIMIT_ALSO))
            limits->also |= (uint8_t)(1u << cause);
    double goodput = limits_goodput(limits);
    double window = limits_ceiling(limits, CEILING_WINDOW);
    double loss = limits_ceiling(limits, CEILING_LOSS);
    limits->near = CEILING_NONE;
    if (goodput > 0 && window > 0)
        limits->near = CEILING_WINDOW;
    if (goodput > 0 && loss > 0 && (window <= 0 || ratio(loss, goodput) < ratio(window, goodput)))
        limits->near = CEILING_LOSS;
}
