/*
 * lessons: what a shard's segments teach of hosts and of the capture (tcp/services, tcp/sums,
 * tcp/whole), in the order of its entries. A shard that runs ahead writes its lessons down; they
 * are taken in when the walk through the batch comes to their entry. In step with the walk they are
 * taken in at once. Internal to tcp/.
 */
#ifndef TCP_LESSONS_H
#define TCP_LESSONS_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_key.h"
#include "tcp/step.h"
#include "tcp/sums.h"

struct whole;

/* An entry may teach so much at most. */
#define LESSONS_OF_ENTRY 8u
#define LESSONS_MAX 512u

enum lesson_kind { LESSON_ANSWERED, LESSON_JOIN, LESSON_LEAVE, LESSON_SUM, LESSON_MISORDERED };

struct lesson {
    const struct flow_key *key;      /* of a connection; its record stays until this is taken in */
    const struct segment *segment;   /* of the batch */
    int64_t time;
    struct sums_sample sample;
    uint16_t entry;
    uint8_t kind;  /* enum lesson_kind */
    uint8_t which; /* end of the key */
};

/* All zero but `whole` and `direct` at the start. */
struct lessons {
    struct whole *whole;
    bool direct;    /* in step with the walk */
    uint16_t entry; /* that is tracked just now */
    uint32_t count, taken;
    struct lesson *list; /* LESSONS_MAX of them; NULL: always direct */
};

/* End `which` of the key answered a SYN with a SYN-ACK. */
void lessons_answered(struct lessons *lessons, const struct flow_key *key, unsigned which,
                      int64_t time);

/* A connection without a SYN begins or ends. */
void lessons_join(struct lessons *lessons, const struct flow_key *key, int64_t time);
void lessons_leave(struct lessons *lessons, const struct flow_key *key);

/* A segment went through the tracker: its checksum counts for its host. */
void lessons_sum_of(struct lessons *lessons, const struct step *step, bool is_sample);

static inline void lessons_sum(struct lessons *lessons, const struct step *step)
{
    bool is_sample;
    if (sums_wants(step, &is_sample))
        lessons_sum_of(lessons, step, is_sample);
}

/* A segment stands in the wrong place of the capture. */
void lessons_misordered(struct lessons *lessons, const struct segment *segment);

/* Whether there is room for those of one more entry. */
static inline bool lessons_room(const struct lessons *lessons)
{
    return lessons->count + LESSONS_OF_ENTRY <= LESSONS_MAX;
}

/* Takes in those up to this entry of the batch. */
void lessons_take(struct lessons *lessons, uint16_t entry);

#endif
