/* victim: counts by second, sketches of sources, and what they amount to. */
#include "model/victim.h"

#include <stddef.h>
#include <string.h>

#include "base/entropy.h"
#include "base/siphash.h"
#include "base/time_text.h"

/* Reported as a note: so many SYNs from so many sources, and few of them became connections. */
#define SEEN_SYNS 100u
#define SEEN_SOURCES 50u
#define OPENED_PERCENT 10u

/* Who wants to connect has sent a second SYN by then: the timer is one second at first (RFC 6298
 * §2.1). Of a younger one it is not known yet whether it was left. */
#define SYN_PATIENCE (1500 * NS_PER_MS)
/* Nearly all clients have acknowledged the answer by then: longer round trips are rare. */
#define OPEN_PATIENCE (250 * NS_PER_MS)
/* An alarm: so many were left of those that came in one second. */
#define ALARM_SYNS 100u

/* Signs of made-up sources: so many samples, and what a crowd of real ones stays below. */
#define SINGLES_LEAST 1000u
#define SINGLES_PERCENT 90u
#define OCTETS_LEAST 2000u
#define OCTET_FIRST_BITS 7.2 /* of 8 */
#define OCTET_LAST_BITS 7.9
#define BOGON_PERCENT 5u     /* of all 32-bit numbers 14 % */

/* The last steps of MurmurHash3: every bit of the number changes half of the result's. */
static uint64_t number_mix(uint64_t number)
{
    number = (number ^ number >> 33) * UINT64_C(0xff51afd7ed558ccd);
    number = (number ^ number >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return number ^ number >> 33;
}

/* Without a secret: the estimate is the same in every run. */
static uint64_t source_hash(const uint8_t source[16])
{
    uint64_t half[2];
    memcpy(half, source, sizeof half);
    return number_mix(number_mix(half[0] + UINT64_C(0x9e3779b97f4a7c15)) + half[1]);
}

uint64_t victim_name(const uint64_t key[2], const uint8_t address[16], uint16_t port,
                     uint8_t ip_version)
{
    struct {
        uint8_t address[16];
        uint16_t port, ip_version;
    } service = { .port = port, .ip_version = ip_version };
    _Static_assert(sizeof service == 20, "hashed as bytes: no padding");
    memcpy(service.address, address, sizeof service.address);
    return siphash13(key, &service, sizeof service);
}

/* Addresses that no host on the Internet sends from (RFC 6890): 0/8, 10/8, 127/8, 169.254/16,
 * 172.16/12, 192.168/16, and from 224/4 on. */
static bool is_bogon(const uint8_t source[16])
{
    unsigned first = source[0], second = source[1];
    return first == 0 || first == 10 || first == 127 || first >= 224 ||
           (first == 169 && second == 254) || (first == 172 && second >= 16 && second < 32) ||
           (first == 192 && second == 168);
}

static void octet_count(uint16_t octets[256], unsigned octet)
{
    if (octets[octet] == UINT16_MAX)
        for (unsigned i = 0; i < 256; i++)
            octets[i] /= 2;
    octets[octet]++;
}

static void source_note(struct victim *victim, const uint8_t source[16], bool left)
{
    uint64_t hash = source_hash(source);
    hyperloglog_add(&victim->sources, hash);
    if (!left)
        return;
    hyperloglog_add(&victim->left_sources, hash);
    if (victim->ip_version != 4)
        return;
    victim->bogons += is_bogon(source);
    octet_count(victim->octets[0], source[0]);
    octet_count(victim->octets[1], source[3]);
}

static uint32_t second_left(const struct victim_second *second)
{
    uint64_t otherwise = (uint64_t)second->opened + second->refused + second->meant;
    return second->begun > otherwise ? second->begun - (uint32_t)otherwise : 0;
}

/* Few of those that were not refused were opened. */
static bool hardly_opened(uint64_t begun, uint64_t opened, uint64_t refused)
{
    return refused < begun && opened * 100 < (begun - refused) * OPENED_PERCENT;
}

/* This second gives way to a newer one: it is kept if it is among the worst. */
static void worst_note(struct victim *victim, const struct victim_second *second)
{
    struct victim_second *least = &victim->worst[0];
    for (unsigned i = 1; i < VICTIM_WORST; i++)
        if (second_left(&victim->worst[i]) < second_left(least))
            least = &victim->worst[i];
    if (second_left(second) > second_left(least))
        *least = *second;
}

static int64_t second_of(int64_t time)
{
    return time / NS_PER_S - (time % NS_PER_S < 0 ? 1 : 0);
}

/* The place of a second if it is among the newest, or the worst; NULL: it is known no more. */
static struct victim_second *second_find(struct victim *victim, int64_t second)
{
    struct victim_second *place = &victim->seconds[(uint64_t)second % VICTIM_SECONDS];
    if (place->frame != 0 && place->second == second)
        return place;
    for (unsigned i = 0; i < VICTIM_WORST; i++)
        if (victim->worst[i].frame != 0 && victim->worst[i].second == second)
            return &victim->worst[i];
    return NULL;
}

/* The place of a second; an older one gives way to it. NULL: it is older than what stands there. */
static struct victim_second *second_take(struct victim *victim, int64_t second, uint64_t frame)
{
    struct victim_second *place = second_find(victim, second);
    if (place != NULL)
        return place;
    place = &victim->seconds[(uint64_t)second % VICTIM_SECONDS];
    if (place->frame != 0 && place->second > second)
        return NULL;
    if (place->frame != 0)
        worst_note(victim, place);
    *place = (struct victim_second){ .second = second, .frame = frame };
    return place;
}

static int64_t cell_of(int64_t time)
{
    return time / VICTIM_CELL_NS - (time % VICTIM_CELL_NS < 0 ? 1 : 0);
}

/* So many were left in this cell: more, or by -1 one less. An older cell gives way to a newer. */
static void cell_count(struct victim *victim, int64_t number, int64_t by)
{
    struct victim_cell *place = &victim->cells[(uint64_t)number % VICTIM_CELLS];
    if (by > 0 && (place->left == 0 || place->number < number))
        *place = (struct victim_cell){ .number = number };
    if (place->number == number && place->left + by >= 0)
        place->left += (uint32_t)by;
}

/* How many were left so late that it is not known whether for good; of one second, or of all. */
static uint64_t cells_since(const struct victim *victim, int64_t time,
                            const struct victim_second *second)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < VICTIM_CELLS; i++) {
        const struct victim_cell *cell = &victim->cells[i];
        if (cell->number >= cell_of(time) &&
            (second == NULL || second_of(cell->number * VICTIM_CELL_NS) == second->second))
            sum += cell->left;
    }
    return sum;
}

/* Never below none: an opening whose first SYN was forgotten has the time of a later one, and is
 * taken back from another second than it was counted in. */
static void count_change(uint64_t *count, uint32_t *of_second, int by)
{
    if (by > 0 || *count > 0)
        *count += (uint64_t)by;
    if (by > 0 || *of_second > 0)
        *of_second += (uint32_t)by;
}

/* Counts a result of a SYN that came then, or takes it back: by is 1 or -1. */
static void result_count(struct victim *victim, int64_t time, enum syn_result result, int by)
{
    struct victim_second unknown = { .begun = 0 };
    struct victim_second *second = second_find(victim, second_of(time));
    if (second == NULL)
        second = &unknown;
    switch (result) {
    case SYN_OPENED:
        count_change(&victim->opened, &second->opened, by);
        break;
    case SYN_REFUSED:
        count_change(&victim->refused, &second->refused, by);
        break;
    case SYN_MEANT:
        count_change(&victim->meant, &second->meant, by);
        break;
    case SYN_LEFT:
        cell_count(victim, cell_of(time), by);
        break;
    }
}

void victim_note(struct victim *victim, const struct syn_note *note)
{
    struct victim_second *second = second_take(victim, second_of(note->time), note->frame);
    if (victim->begun == 0 || note->frame < victim->first_frame)
        victim->first_frame = note->frame;
    if (victim->begun == 0 || note->time < victim->first_time)
        victim->first_time = note->time;
    if (victim->begun == 0 || note->time > victim->last_time)
        victim->last_time = note->time;
    victim->begun++;
    if (second != NULL) {
        second->begun++;
        if (note->frame < second->frame)
            second->frame = note->frame;
    }
    result_count(victim, note->time, note->result, 1);
    source_note(victim, note->source, note->result == SYN_LEFT);
}

void victim_turned_out(struct victim *victim, int64_t time, enum syn_result before,
                       enum syn_result result)
{
    result_count(victim, time, before, -1);
    result_count(victim, time, result, 1);
}

void victim_take_back(struct victim *victim, int64_t time, enum syn_result before)
{
    struct victim_second *second = second_find(victim, second_of(time));
    struct victim_second unknown = { .begun = 0 };
    result_count(victim, time, before, -1);
    count_change(&victim->begun, second != NULL ? &second->begun : &unknown.begun, -1);
}

static void second_merge(struct victim *victim, const struct victim_second *other)
{
    if (other->frame == 0)
        return;
    struct victim_second *second = second_take(victim, other->second, other->frame);
    if (second == NULL) { /* older than the newest ones here */
        worst_note(victim, other);
        return;
    }
    second->begun += other->begun;
    second->opened += other->opened;
    second->refused += other->refused;
    second->meant += other->meant;
    if (other->frame < second->frame)
        second->frame = other->frame;
}

static void octets_merge(uint16_t octets[256], const uint16_t others[256])
{
    uint32_t most = 0;
    for (unsigned i = 0; i < 256; i++)
        if ((uint32_t)octets[i] + others[i] > most)
            most = (uint32_t)octets[i] + others[i];
    unsigned shift = most > UINT16_MAX ? 1 : 0;
    for (unsigned i = 0; i < 256; i++)
        octets[i] = (uint16_t)(((uint32_t)octets[i] + others[i]) >> shift);
}

void victim_merge(struct victim *victim, const struct victim *other)
{
    if (other->begun == 0)
        return;
    if (victim->begun == 0 || other->first_frame < victim->first_frame)
        victim->first_frame = other->first_frame;
    if (victim->begun == 0 || other->first_time < victim->first_time)
        victim->first_time = other->first_time;
    if (victim->begun == 0 || other->last_time > victim->last_time)
        victim->last_time = other->last_time;
    victim->begun += other->begun;
    victim->opened += other->opened;
    victim->refused += other->refused;
    victim->meant += other->meant;
    victim->answered += other->answered;
    victim->bogons += other->bogons;
    for (unsigned i = 0; i < VICTIM_SECONDS; i++)
        second_merge(victim, &other->seconds[i]);
    for (unsigned i = 0; i < VICTIM_WORST; i++)
        second_merge(victim, &other->worst[i]);
    for (unsigned i = 0; i < VICTIM_CELLS; i++)
        if (other->cells[i].left > 0)
            cell_count(victim, other->cells[i].number, other->cells[i].left);
    hyperloglog_merge(&victim->sources, &other->sources);
    hyperloglog_merge(&victim->left_sources, &other->left_sources);
    octets_merge(victim->octets[0], other->octets[0]);
    octets_merge(victim->octets[1], other->octets[1]);
}

/* SYNs of which nothing shows that somebody had meant them. */
static uint64_t victim_left(const struct victim *victim)
{
    uint64_t otherwise = victim->opened + victim->refused + victim->meant;
    return victim->begun > otherwise ? victim->begun - otherwise : 0;
}

unsigned victim_signs(const struct victim *victim)
{
    uint64_t left = victim_left(victim);
    unsigned signs = 0;
    if (victim->ip_version != 4)
        return 0;
    signs += left >= SINGLES_LEAST &&
             hyperloglog_count(&victim->left_sources) * 100 >= left * SINGLES_PERCENT;
    signs += left >= OCTETS_LEAST && entropy_bits(victim->octets[0], 256) >= OCTET_FIRST_BITS &&
             entropy_bits(victim->octets[1], 256) >= OCTET_LAST_BITS;
    signs += left >= SEEN_SYNS && victim->bogons * 100 >= left * BOGON_PERCENT;
    return signs;
}

/* The worst second: one that is an alarm, else any; of these the one in which most were left. */
static void second_judge(const struct victim *victim, const struct victim_second *second,
                         int64_t end, struct flood_verdict *verdict)
{
    if (second->frame == 0)
        return;
    uint32_t left = second_left(second);
    uint64_t young = cells_since(victim, end - SYN_PATIENCE, second);
    left = left > young ? left - (uint32_t)young : 0;
    bool alarm = left >= ALARM_SYNS &&
                 young < second->begun &&
                 hardly_opened(second->begun - young, second->opened, second->refused);
    if (left == 0 || alarm < verdict->alarm || (alarm == verdict->alarm && left <= verdict->peak))
        return;
    verdict->alarm = alarm;
    verdict->peak = left;
    verdict->peak_frame = second->frame;
}

/* Many were left by many, without those that came in the last `patience` of the capture. */
static bool is_seen(const struct victim *victim, int64_t end, int64_t patience)
{
    uint64_t left = victim_left(victim);
    uint64_t young = cells_since(victim, end - patience, NULL);
    return left >= young + SEEN_SYNS &&
           hyperloglog_count(&victim->left_sources) >= SEEN_SOURCES &&
           young < victim->begun &&
           hardly_opened(victim->begun - young, victim->opened, victim->refused);
}

/* To two digits, as the estimate has a standard error of 2.3 %; never more than there were SYNs. */
static uint64_t sources_round(uint64_t sources, uint64_t begun)
{
    uint64_t unit = 1;
    if (sources > begun)
        sources = begun;
    while (sources / unit >= 100)
        unit *= 10;
    uint64_t rounded = (sources + unit / 2) / unit * unit;
    return rounded > begun ? sources / unit * unit : rounded;
}

struct flood_verdict victim_judge(const struct victim *victim, const struct flood_view *view)
{
    struct flood_verdict verdict = { .seen = false };
    if (victim_left(victim) < SEEN_SYNS)
        return verdict;
    verdict.sources = sources_round(hyperloglog_count(&victim->sources), victim->begun);
    for (unsigned i = 0; i < VICTIM_SECONDS; i++)
        second_judge(victim, &victim->seconds[i], view->end, &verdict);
    for (unsigned i = 0; i < VICTIM_WORST; i++)
        second_judge(victim, &victim->worst[i], view->end, &verdict);
    verdict.seen = is_seen(victim, view->end, SYN_PATIENCE);
    /* A service that never answered may be down, or only its answers are missing from the capture,
     * or what follows them: then made-up sources must show that nobody wanted to connect. */
    bool could_open = victim->answered > 0 && view->acks_shown;
    verdict.alarm = verdict.alarm && (could_open || victim_signs(victim) >= 2);
    verdict.seen = verdict.seen && (verdict.alarm || view->acks_shown);
    verdict.undecided = !verdict.seen && !verdict.alarm &&
                        is_seen(victim, view->end, OPEN_PATIENCE);
    return verdict;
}
