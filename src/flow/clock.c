/*
 * clock: a sample of each input, the same sample of all; pairs of inputs joined by it; and the
 * offsets as intervals, because a segment can't arrive before it was sent.
 *
 * Let θ be the time that clock k shows when clock j shows 0. A segment that passes j first has
 * the difference d = θ + way, one that passes k first d = θ - way. So θ lies between the
 * differences of the two directions of a connection, whichever way round it is, and the distance
 * between them is the round trip between the two capture points. All connections, early and late
 * parts of them, must leave a common interval; if they don't, the clocks ran apart.
 */
#include "flow/clock.h"

#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
#include "flow/clock_common.h"
#include "flow/view.h"

#define SAMPLES_MAX 32768u
#define SEGMENTS_MAX (UINT64_C(4) << 20)
#define LEVEL_MAX 40u

/* The common segments of a connection are judged in parts, one after the other, by the medians:
 * a frame that waited in the capturing host is no clock. */
#define PARTS_MAX 16u
#define PART_MIN 8u

#define MS INT64_C(1000000)
#define FAR COMMON_FAR
#define WAIT_MAX (200 * MS)         /* no frame waits so long in the capturing host */
#define WAY_MAX (1000 * MS)         /* how long a segment may travel when only one way is known */
#define AGREE_SLACK (MS / 10)       /* clocks this near are left alone */
#define CONTRADICT_SLACK MS

struct sample {
    uint64_t hash; /* of the identity */
    uint64_t flow;
    int64_t time;
    uint32_t tsval;
    uint8_t stamp;     /* enum view_stamp_known */
    bool numbered;     /* has an IP id */
    bool backward;     /* direction */
    bool repeated;     /* more than one segment of this identity in this input */
    bool common;       /* another input has it, too */
};

struct input {
    struct sample *samples; /* allocated with the first */
    uint32_t count;
    unsigned level; /* samples are those whose hash begins with so many zero bits */
    uint64_t segments;
    bool full;
};

struct clocks {
    unsigned count;
    struct flow_secret secret;
    struct input inputs[CLOCK_INPUTS_MAX];
    struct common commons[SAMPLES_MAX];
    int64_t differences[SAMPLES_MAX];
};

/* θ lies between low and high, by a connection whose round trip between the points is rtt. */
struct estimate {
    int64_t low, high;
    int64_t rtt;
};

/* All that is known of a pair. */
struct pair {
    bool known;
    int64_t low, high; /* θ lies between them, by all estimates */
    struct estimate highest_low, lowest_high; /* the two estimates that bound it */
};

struct clocks *clocks_new(unsigned inputs, const struct flow_secret *secret)
{
    if (inputs == 0 || inputs > CLOCK_INPUTS_MAX)
        return NULL;
    struct clocks *clocks = calloc(1, sizeof *clocks);
    if (clocks == NULL)
        return NULL;
    clocks->count = inputs;
    clocks->secret = *secret;
    return clocks;
}

void clocks_free(struct clocks *clocks)
{
    if (clocks == NULL)
        return;
    for (unsigned i = 0; i < clocks->count; i++)
        free(clocks->inputs[i].samples);
    free(clocks);
}

/* Samples. */

static int sample_compare(const void *a, const void *b)
{
    const struct sample *left = a, *right = b;
    return (left->hash > right->hash) - (left->hash < right->hash);
}

/* Sorts, joins samples of one identity, and thins them out until half the room is free. */
static void input_compact(struct input *input)
{
    struct sample *samples = input->samples;
    uint32_t kept = 0;
    if (input->count == 0)
        return;
    qsort(samples, input->count, sizeof *samples, sample_compare);
    for (uint32_t i = 1; i < input->count; i++) {
        if (samples[i].hash == samples[kept].hash)
            samples[kept].repeated = true;
        else
            samples[++kept] = samples[i];
    }
    input->count = kept + 1;
    /* Sorted: those that begin with one more zero bit are a first part of them. */
    while (input->count > SAMPLES_MAX / 2 && input->level < LEVEL_MAX) {
        input->level++;
        while (input->count > 0 && samples[input->count - 1].hash >> (64 - input->level) != 0)
            input->count--;
    }
}

/*
 * The hash that chooses samples has no secret: which segments are looked at must not change from
 * run to run. Who aims at it makes the sample of his own connections worse and nothing else.
 */
static uint64_t sample_hash(const struct view_identity *identity)
{
    const uint64_t key[2] = { 0, 0 };
    return siphash13(key, identity, sizeof *identity);
}

bool clocks_segment(struct clocks *clocks, const struct segment *segment, unsigned input_number)
{
    if (input_number >= clocks->count)
        return false;
    struct input *input = &clocks->inputs[input_number];
    if (input->full)
        return false;
    if (input->samples == NULL)
        input->samples = malloc(SAMPLES_MAX * sizeof *input->samples);
    if (input->samples == NULL || input->segments == SEGMENTS_MAX) {
        input->full = true;
        return false;
    }
    input->segments++;
    struct view_identity identity = view_identity(segment);
    uint64_t hash = sample_hash(&identity);
    if (input->level > 0 && hash >> (64 - input->level) != 0)
        return true;
    if (input->count == SAMPLES_MAX)
        input_compact(input);
    if (input->count == SAMPLES_MAX) {
        input->full = true;
        return false;
    }
    struct view_stamp stamp = view_stamp(segment);
    struct flow_key key;
    bool backward = flow_key_make(segment, &key);
    input->samples[input->count++] = (struct sample){
        .hash = hash,
        .flow = siphash13(clocks->secret.key, &key, sizeof key),
        .time = segment->time,
        .tsval = stamp.tsval,
        .stamp = (uint8_t)stamp.known,
        .numbered = identity.ip_id != 0,
        .backward = backward,
    };
    return true;
}

/* Pairs of inputs. */

static int64_t clamp(int64_t value)
{
    return value > FAR ? FAR : value < -FAR ? -FAR : value;
}

/*
 * One segment in both? Timestamps or an IP id make sure; without them it may be a keep-alive or
 * a retransmission that looks like the first, and `weak` says so.
 */
static bool sample_same(const struct sample *a, const struct sample *b, bool *ret_weak)
{
    bool stamped = a->stamp == STAMP_READ && b->stamp == STAMP_READ;
    bool cut_off = a->stamp == STAMP_CUT_OFF || b->stamp == STAMP_CUT_OFF;
    if (a->repeated || b->repeated)
        return false;
    if (stamped ? a->tsval != b->tsval : !cut_off && a->stamp != b->stamp)
        return false;
    *ret_weak = !stamped && !a->numbered;
    return true;
}

/* The segments of two inputs; both are sorted. Returns how many. */
static uint32_t pair_join(struct clocks *clocks, const struct input *j, const struct input *k,
                          bool with_weak, uint32_t *ret_weak)
{
    uint32_t count = 0;
    *ret_weak = 0;
    for (uint32_t a = 0, b = 0; a < j->count && b < k->count;) {
        struct sample *left = &j->samples[a], *right = &k->samples[b];
        if (left->hash != right->hash) {
            *(left->hash < right->hash ? &a : &b) += 1;
            continue;
        }
        a++;
        b++;
        bool weak;
        if (!sample_same(left, right, &weak))
            continue;
        *ret_weak += weak;
        if (weak && !with_weak)
            continue;
        left->common = right->common = true;
        clocks->commons[count++] = (struct common){
            .flow = left->flow,
            .time = left->time,
            .difference = clamp(view_time_since(left->time, right->time)),
            .backward = left->backward,
        };
    }
    return count;
}

static int common_compare(const void *a, const void *b)
{
    const struct common *left = a, *right = b;
    if (left->flow != right->flow)
        return left->flow < right->flow ? -1 : 1;
    if (left->time != right->time)
        return left->time < right->time ? -1 : 1;
    return (left->difference > right->difference) - (left->difference < right->difference);
}

static int difference_compare(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* The median difference of one direction; false without one. */
static bool part_median(struct clocks *clocks, const struct common *commons, uint32_t count,
                        bool backward, int64_t *ret_median)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++)
        if (commons[i].backward == backward)
            clocks->differences[found++] = commons[i].difference;
    if (found == 0)
        return false;
    qsort(clocks->differences, found, sizeof clocks->differences[0], difference_compare);
    *ret_median = clocks->differences[found / 2];
    return true;
}

static void pair_bound(struct pair *pair, struct estimate estimate)
{
    if (!pair->known || estimate.low > pair->highest_low.low)
        pair->highest_low = estimate;
    if (!pair->known || estimate.high < pair->lowest_high.high)
        pair->lowest_high = estimate;
    pair->known = true;
}

/*
 * A clock that was set during the connection. Whatever waits on the way, each difference of the
 * direction that passes input j first (`high`) is θ or more, each of the other one θ or less. When
 * that fails by more than a frame waits in the capturing host, with either direction on top, no one
 * θ fits. In a long connection one such frame on each side is not enough.
 */
static void pair_steps(struct pair *pair, const struct common *commons, uint32_t count)
{
    int64_t rtt = common_first(commons, count, false) - common_first(commons, count, true);
    uint32_t needed = count < 2 * PART_MIN ? 1 : 2;
    rtt = clamp(rtt < 0 ? -rtt : rtt);
    struct estimate best[2] = { { .low = FAR }, { .low = FAR } };

    for (unsigned high = 0; high < 2; high++) {
        int64_t least = common_extreme(commons, count, high != 0, false);
        int64_t greatest = common_extreme(commons, count, high == 0, true);
        if (common_beyond(commons, count, high == 0, true, clamp(least + WAIT_MAX)) < needed ||
            common_beyond(commons, count, high != 0, false, clamp(greatest - WAIT_MAX)) < needed)
            return;
        if (clamp(greatest - least) >= clamp(best[0].low - best[1].high))
            continue;
        best[0] = (struct estimate){ .low = greatest, .high = FAR, .rtt = rtt };
        best[1] = (struct estimate){ .low = -FAR, .high = least, .rtt = rtt };
    }
    pair_bound(pair, best[0]);
    pair_bound(pair, best[1]);
}

/* What the segments of one connection, in the order of time, say about θ. */
static void pair_connection(struct clocks *clocks, struct pair *pair,
                            const struct common *commons, uint32_t count)
{
    int64_t forth, back, median;
    bool has_forth = part_median(clocks, commons, count, false, &forth);
    bool has_back = part_median(clocks, commons, count, true, &back);
    bool both = has_forth && has_back;
    /* The greater differences are of the direction that passes input j first. */
    bool high_direction = both && forth < back;
    int64_t rtt = !both ? 2 * WAY_MAX : forth < back ? back - forth : forth - back;

    if (both)
        pair_steps(pair, commons, count);
    uint32_t parts = count / PART_MIN;
    parts = parts == 0 ? 1 : parts > PARTS_MAX ? PARTS_MAX : parts;
    for (uint32_t i = 0; i < parts; i++) {
        uint32_t from = count * i / parts, size = count * (i + 1) / parts - from;
        for (unsigned direction = 0; direction < 2; direction++) {
            if (!part_median(clocks, commons + from, size, direction != 0, &median))
                continue;
            struct estimate estimate = { .low = -FAR, .high = FAR, .rtt = rtt };
            if (!both || direction == high_direction)
                estimate.high = both ? median : median + WAY_MAX;
            if (!both || direction != high_direction)
                estimate.low = both ? median : median - WAY_MAX;
            pair_bound(pair, estimate);
        }
    }
}

static struct pair pair_estimate(struct clocks *clocks, uint32_t count)
{
    struct pair pair = { .known = false };
    qsort(clocks->commons, count, sizeof clocks->commons[0], common_compare);
    for (uint32_t start = 0, end; start < count; start = end) {
        const struct common *first = &clocks->commons[start];
        for (end = start + 1; end < count && first->flow == clocks->commons[end].flow;)
            end++;
        pair_connection(clocks, &pair, first, end - start);
    }
    pair.low = pair.highest_low.low;
    pair.high = pair.lowest_high.high;
    return pair;
}

/* Without timestamps and IP ids, a few equal segments are chance; a quarter of all is none. */
static struct pair pair_decide(struct clocks *clocks, unsigned j, unsigned k)
{
    const struct input *left = &clocks->inputs[j], *right = &clocks->inputs[k];
    uint32_t fewer = left->count < right->count ? left->count : right->count;
    uint32_t weak;
    uint32_t count = pair_join(clocks, left, right, false, &weak);
    if (count == 0 && weak > 0 && weak >= fewer / 4)
        count = pair_join(clocks, left, right, true, &weak);
    return pair_estimate(clocks, count);
}

/* All inputs. */

/* most[j][k]: how much more than to input j may be added to input k; FAR: nothing is known. */
struct bounds {
    int64_t most[CLOCK_INPUTS_MAX][CLOCK_INPUTS_MAX];
};

static void bounds_close(struct bounds *bounds, unsigned count)
{
    for (unsigned via = 0; via < count; via++)
        for (unsigned j = 0; j < count; j++)
            for (unsigned k = 0; k < count; k++) {
                int64_t a = bounds->most[j][via], b = bounds->most[via][k];
                if (a < FAR && b < FAR && clamp(a + b) < bounds->most[j][k])
                    bounds->most[j][k] = clamp(a + b);
            }
}

static void report_contradiction(struct clock_report *report, unsigned j, unsigned k,
                                 int64_t spread, int64_t rtt)
{
    if (report->verdict == CLOCKS_CONTRADICT && spread - rtt <= report->spread_ns - report->rtt_ns)
        return;
    report->verdict = CLOCKS_CONTRADICT;
    report->worst_input = j;
    report->worst_against = k;
    report->spread_ns = spread;
    report->rtt_ns = rtt;
}

static void pair_report(struct pair *pair, unsigned j, unsigned k, struct bounds *bounds,
                        struct clock_report *report)
{
    int64_t gap = pair->low - pair->high;
    if (gap > 0) {
        int64_t rtt = pair->highest_low.rtt / 2 + pair->lowest_high.rtt / 2;
        if (gap > CONTRADICT_SLACK)
            report_contradiction(report, j, k, gap + rtt, rtt);
        pair->low = pair->high = pair->high + gap / 2;
    }
    if (report->verdict == CLOCKS_AGREE &&
        (pair->low > AGREE_SLACK || pair->high < -AGREE_SLACK))
        report->verdict = CLOCKS_SHIFTED;
    bounds->most[j][k] = clamp(-pair->low);
    bounds->most[k][j] = clamp(pair->high);
}

/* Pairs that agree each, but not together: j is behind k, k behind l, l behind j. */
static void bounds_check(const struct bounds *bounds, const struct pair *pairs, unsigned count,
                         struct clock_report *report)
{
    for (unsigned j = 0; j < count; j++)
        for (unsigned k = j + 1; k < count; k++) {
            const struct pair *pair = &pairs[j * CLOCK_INPUTS_MAX + k];
            int64_t room = clamp(bounds->most[j][k] + bounds->most[k][j]);
            int64_t rtt = clamp(pair->high - pair->low);
            if (pair->known && room < -CONTRADICT_SLACK)
                report_contradiction(report, j, k, clamp(rtt - room), rtt);
        }
}

/* One after the other, each as near to no shift as those before it allow. */
static void report_shift(struct clock_report *report, const struct bounds *bounds, unsigned count)
{
    for (unsigned k = 1; k < count; k++) {
        int64_t least = -FAR, most = FAR;
        for (unsigned j = 0; j < k; j++) {
            if (bounds->most[j][k] == FAR || bounds->most[k][j] == FAR)
                continue;
            int64_t low = clamp(report->shift_ns[j] - bounds->most[k][j]);
            int64_t high = clamp(report->shift_ns[j] + bounds->most[j][k]);
            least = low > least ? low : least;
            most = high < most ? high : most;
        }
        if (least > AGREE_SLACK || most < -AGREE_SLACK)
            report->shift_ns[k] = least / 2 + most / 2;
    }
}

static void report_common(const struct clocks *clocks, struct clock_report *report)
{
    for (unsigned i = 0; i < clocks->count; i++)
        for (uint32_t n = 0; n < clocks->inputs[i].count; n++)
            report->common[i] += clocks->inputs[i].samples[n].common;
}

void clocks_decide(struct clocks *clocks, struct clock_report *ret_report)
{
    struct pair pairs[CLOCK_INPUTS_MAX * CLOCK_INPUTS_MAX];
    struct bounds bounds;
    *ret_report = (struct clock_report){ .verdict = CLOCKS_AGREE };
    memset(pairs, 0, sizeof pairs);
    for (unsigned j = 0; j < clocks->count; j++) {
        input_compact(&clocks->inputs[j]);
        for (unsigned k = 0; k < clocks->count; k++)
            bounds.most[j][k] = j == k ? 0 : FAR;
    }
    for (unsigned j = 0; j < clocks->count; j++)
        for (unsigned k = j + 1; k < clocks->count; k++) {
            struct pair *pair = &pairs[j * CLOCK_INPUTS_MAX + k];
            *pair = pair_decide(clocks, j, k);
            if (pair->known)
                pair_report(pair, j, k, &bounds, ret_report);
        }
    report_common(clocks, ret_report);
    if (ret_report->verdict == CLOCKS_AGREE)
        return;
    bounds_close(&bounds, clocks->count);
    bounds_check(&bounds, pairs, clocks->count, ret_report);
    if (ret_report->verdict == CLOCKS_SHIFTED)
        report_shift(ret_report, &bounds, clocks->count);
}
