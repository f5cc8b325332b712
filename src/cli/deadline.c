/*
 * deadline: frames carry the time, so that the clock is asked only when nothing comes.
 */
#include "cli/deadline.h"

#include <poll.h>
#include <time.h>

#include "base/time_text.h"

/*
 * The kernel hands captured frames over in blocks, and looks every 100 ms whether one is due;
 * older kernels do so when they see it a second time.
 */
#define HAND_OVER (250 * NS_PER_MS)

int64_t deadline_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

struct deadline deadline_init(const volatile sig_atomic_t *stop, enum deadline_source source,
                              int64_t duration)
{
    return (struct deadline){ .stop = stop,
                              .source = source,
                              .end = source == SOURCE_LIVE && duration > 0
                                         ? deadline_now() + duration
                                         : INT64_MAX };
}

/* A live capture was told to stop: now is its end. */
static void deadline_note_stop(struct deadline *deadline)
{
    if (!*deadline->stop)
        return;
    int64_t now = deadline_now();
    if (now < deadline->end)
        deadline->end = now;
}

bool deadline_passed(struct deadline *deadline, int64_t frame_time)
{
    if (deadline->source != SOURCE_LIVE)
        return *deadline->stop && deadline->source == SOURCE_FILE;
    deadline_note_stop(deadline);
    return frame_time >= deadline->end;
}

bool deadline_passed_quiet(struct deadline *deadline)
{
    if (deadline->source != SOURCE_LIVE)
        return *deadline->stop && deadline->source == SOURCE_FILE;
    deadline_note_stop(deadline);
    return deadline->end < INT64_MAX && deadline_now() >= deadline->end + HAND_OVER;
}

bool output_is_closed(int fd)
{
    struct pollfd look = { .fd = fd };
    return poll(&look, 1, 0) == 1 && (look.revents & POLLERR);
}
