/*
 * reader: the next frame of each input lies ready, and the earliest is handed out. Inputs are few,
 * so they are compared one by one.
 */
#include "capture/reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "capture/origin.h"

/* The next frame of an input. */
struct head {
    struct capture *capture;
    enum capture_status status; /* CAPTURE_FRAME, CAPTURE_LEFT_OUT; or how the input ended */
    bool ready;
    struct frame frame;
    int64_t shift;
    uint64_t frames; /* handed out */
};

struct reader {
    struct head heads[READER_INPUTS_MAX];
    size_t count;
    uint64_t number; /* of the newest frame */
    bool narrow;
    int64_t after, before;
    uint64_t filtered_out, narrowed_out;
    struct origins *origins; /* NULL with one input */
    void (*passed)(void *context); /* NULL: nobody wants to know */
    void *watcher;
};

struct reader *reader_new(void)
{
    return calloc(1, sizeof(struct reader));
}

bool reader_add(struct reader *reader, struct capture *capture)
{
    if (reader->count == READER_INPUTS_MAX)
        return false;
    reader->heads[reader->count++] = (struct head){ .capture = capture };
    return true;
}

void reader_shift(struct reader *reader, size_t input, int64_t shift)
{
    reader->heads[input].shift = shift;
}

struct reader *reader_again(const struct reader *first, char *error, size_t error_size)
{
    struct reader *reader = reader_new();
    if (reader == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < first->count; i++) {
        struct capture *capture = capture_again(first->heads[i].capture, error, error_size);
        if (capture == NULL) {
            reader_free(reader);
            return NULL;
        }
        reader_add(reader, capture);
        reader_shift(reader, i, first->heads[i].shift);
    }
    return reader;
}

/* Of several inputs the order of their frames is found by reading them. */
void reader_keep_places(struct reader *reader)
{
    if (reader->count == 1)
        capture_keep_places(reader->heads[0].capture);
}

void reader_skip(struct reader *reader, const struct reader *first, uint64_t number)
{
    if (reader->count != 1 || reader->heads[0].ready)
        return;
    capture_skip(reader->heads[0].capture, first->heads[0].capture, number);
    reader->number = capture_info(reader->heads[0].capture)->frames;
}

bool reader_filter(struct reader *reader, const char *expression, char *error, size_t error_size)
{
    for (size_t i = 0; i < reader->count; i++)
        if (!capture_filter(reader->heads[i].capture, expression, error, error_size))
            return false;
    return true;
}

/* Times stay between 0 and INT64_MAX. */
static int64_t time_shift(int64_t time, int64_t shift)
{
    int64_t sum;
    if (__builtin_add_overflow(time, shift, &sum))
        return INT64_MAX;
    return sum < 0 ? 0 : sum;
}

static inline bool head_has_frame(const struct head *head)
{
    return head->status == CAPTURE_FRAME || head->status == CAPTURE_LEFT_OUT;
}

/* Reads the next frame of an input, or how that ended. */
static inline void head_read(struct head *head, struct frame *ret_frame)
{
    head->status = capture_next(head->capture, ret_frame);
    if (head_has_frame(head))
        ret_frame->time = time_shift(ret_frame->time, head->shift);
    head->ready = head->status != CAPTURE_QUIET;
}

/* The same unless it lies ready. */
static inline void head_fill(struct head *head)
{
    if (!head->ready)
        head_read(head, &head->frame);
}

bool reader_first_time(struct reader *reader, int64_t *ret_time)
{
    bool found = false;
    for (size_t i = 0; i < reader->count; i++) {
        struct head *head = &reader->heads[i];
        head_fill(head);
        if (!head->ready || !head_has_frame(head))
            continue;
        if (!found || head->frame.time < *ret_time)
            *ret_time = head->frame.time;
        found = true;
    }
    return found;
}

void reader_narrow(struct reader *reader, int64_t after, int64_t before)
{
    reader->narrow = true;
    reader->after = after;
    reader->before = before;
}

/* The input whose next frame is the earliest; NULL when all have ended. */
static struct head *head_earliest(struct reader *reader)
{
    struct head *earliest = NULL;
    for (size_t i = 0; i < reader->count; i++) {
        struct head *head = &reader->heads[i];
        head_fill(head);
        if (head_has_frame(head) &&
            (earliest == NULL || head->frame.time < earliest->frame.time))
            earliest = head;
    }
    return earliest;
}

/* How the inputs ended: the worst of them. */
static enum capture_status reader_ended(const struct reader *reader)
{
    for (size_t i = 0; i < reader->count; i++)
        if (reader->heads[i].status == CAPTURE_DAMAGED)
            return CAPTURE_DAMAGED;
    return CAPTURE_END;
}

/* Numbers a frame of this input; true when it is handed out. */
static bool frame_take(struct reader *reader, size_t input, struct frame *frame)
{
    struct head *head = &reader->heads[input];

    if (++reader->number % READER_WATCHED == 0 && reader->passed != NULL)
        reader->passed(reader->watcher);
    if (reader->count > 1) {
        if (reader->origins == NULL)
            reader->origins = origins_new();
        if (reader->origins != NULL)
            origins_add(reader->origins, (unsigned)input);
    }
    if (head->status == CAPTURE_LEFT_OUT) {
        reader->filtered_out++;
        return false;
    }
    int64_t time = frame->time;
    if (reader->narrow && (time < reader->after || time >= reader->before)) {
        reader->narrowed_out++;
        return false;
    }
    head->frames++;
    frame->number = reader->number;
    frame->input = (unsigned)input;
    return true;
}

/* With one input nothing has to lie ready: the frame is read to where it is wanted. */
static enum capture_status single_next(struct reader *reader, struct frame *ret_frame)
{
    struct head *head = &reader->heads[0];
    do {
        if (head->ready)
            *ret_frame = head->frame;
        else
            head_read(head, ret_frame);
        if (!head_has_frame(head))
            return head->status;
        head->ready = false;
    } while (!frame_take(reader, 0, ret_frame));
    return CAPTURE_FRAME;
}

enum capture_status reader_next(struct reader *reader, struct frame *ret_frame)
{
    if (reader->count == 1)
        return single_next(reader, ret_frame);
    for (;;) {
        struct head *head = head_earliest(reader);
        if (head == NULL)
            return reader_ended(reader);
        head->ready = false; /* its bytes stay until the input is read again */
        *ret_frame = head->frame;
        if (frame_take(reader, (size_t)(head - reader->heads), ret_frame))
            return CAPTURE_FRAME;
    }
}

void reader_watch(struct reader *reader, void (*passed)(void *context), void *context)
{
    reader->passed = passed;
    reader->watcher = context;
}

uint64_t reader_number(const struct reader *reader)
{
    return reader->number;
}

bool reader_position(const struct reader *reader, uint64_t *ret_read, uint64_t *ret_all)
{
    *ret_read = *ret_all = 0;
    for (size_t i = 0; i < reader->count; i++) {
        uint64_t read, all;
        if (!capture_position(reader->heads[i].capture, &read, &all))
            return false;
        *ret_read += read;
        *ret_all += all;
    }
    return true;
}

size_t reader_inputs(const struct reader *reader)
{
    return reader->count;
}

const struct capture_info *reader_info(const struct reader *reader, size_t input)
{
    return capture_info(reader->heads[input].capture);
}

uint64_t reader_frames(const struct reader *reader, size_t input)
{
    return reader->heads[input].frames;
}

uint64_t reader_filtered_out(const struct reader *reader)
{
    return reader->filtered_out;
}

uint64_t reader_narrowed_out(const struct reader *reader)
{
    return reader->narrowed_out;
}

bool reader_origin(const struct reader *reader, uint64_t frame, unsigned *ret_input,
                   uint64_t *ret_number)
{
    return reader->origins != NULL &&
           origins_find(reader->origins, frame, ret_input, ret_number);
}

uint64_t reader_origins_lost(const struct reader *reader)
{
    if (reader->count < 2)
        return 0;
    return reader->origins != NULL ? origins_lost(reader->origins) : reader->number;
}

bool reader_drops(const struct reader *reader, uint64_t *ret_kernel)
{
    return reader->count == 1 && capture_drops(reader->heads[0].capture, ret_kernel);
}

bool reader_lost(const struct reader *reader, uint64_t *ret_interface)
{
    return reader->count == 1 && capture_lost(reader->heads[0].capture, ret_interface);
}

bool reader_is_seekable(const struct reader *reader)
{
    for (size_t i = 0; i < reader->count; i++)
        if (!capture_info(reader->heads[i].capture)->seekable)
            return false;
    return true;
}

void reader_free(struct reader *reader)
{
    if (reader == NULL)
        return;
    for (size_t i = 0; i < reader->count; i++)
        capture_free(reader->heads[i].capture);
    origins_free(reader->origins);
    free(reader);
}
