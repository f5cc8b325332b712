/* lessons: a short list, taken from its beginning. */
#include "tcp/lessons.h"

#include "tcp/whole.h"

static void lesson_take(struct whole *whole, const struct lesson *lesson)
{
    switch ((enum lesson_kind)lesson->kind) {
    case LESSON_ANSWERED:
        services_answered(whole->services, lesson->key, lesson->which, lesson->time);
        break;
    case LESSON_JOIN:
        services_join(whole->services, lesson->key, lesson->time);
        break;
    case LESSON_LEAVE:
        services_leave(whole->services, lesson->key);
        break;
    case LESSON_SUM:
        sums_add(whole->sums, lesson->segment, lesson->sample);
        break;
    case LESSON_MISORDERED:
        whole_note_misorder(whole, lesson->segment->frame);
        break;
    }
}

static void lesson_add(struct lessons *lessons, struct lesson lesson)
{
    if (lessons->direct) {
        lesson_take(lessons->whole, &lesson);
        return;
    }
    lesson.entry = lessons->entry;
    lessons->list[lessons->count++] = lesson;
}

void lessons_answered(struct lessons *lessons, const struct flow_key *key, unsigned which,
                      int64_t time)
{
    lesson_add(lessons, (struct lesson){ .kind = LESSON_ANSWERED, .key = key, .time = time,
                                         .which = which & 1u });
}

void lessons_join(struct lessons *lessons, const struct flow_key *key, int64_t time)
{
    lesson_add(lessons, (struct lesson){ .kind = LESSON_JOIN, .key = key, .time = time });
}

void lessons_leave(struct lessons *lessons, const struct flow_key *key)
{
    lesson_add(lessons, (struct lesson){ .kind = LESSON_LEAVE, .key = key });
}

void lessons_sum_of(struct lessons *lessons, const struct step *step, bool is_sample)
{
    struct sums_sample sample;
    if (!sums_sample(step, is_sample, &sample))
        return;
    lesson_add(lessons,
               (struct lesson){ .kind = LESSON_SUM, .segment = step->s, .sample = sample });
}

void lessons_misordered(struct lessons *lessons, const struct segment *segment)
{
    lesson_add(lessons, (struct lesson){ .kind = LESSON_MISORDERED, .segment = segment });
}

void lessons_take(struct lessons *lessons, uint16_t entry)
{
    while (lessons->taken < lessons->count && lessons->list[lessons->taken].entry <= entry)
        lesson_take(lessons->whole, &lessons->list[lessons->taken++]);
    if (lessons->taken == lessons->count)
        lessons->taken = lessons->count = 0;
}
