#include "segment_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "segment_builder.h"

static uint8_t *copy_exactly(const void *bytes, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    return copy;
}

uint8_t *case_frame(const char *lines, struct frame *ret_frame)
{
    struct segment_builder builder;
    char error[256] = "";
    char *copy = strdup(lines);
    uint8_t *bytes = malloc(BUILDER_FRAME_MAX);
    assert_non_null(copy);
    assert_non_null(bytes);
    segment_builder_init(&builder);
    *ret_frame = (struct frame){ 0 };
    char *state = NULL;
    for (char *line = strtok_r(copy, "\n", &state); line != NULL;
         line = strtok_r(NULL, "\n", &state)) {
        struct frame frame;
        if (!segment_builder_line(&builder, line, bytes, BUILDER_FRAME_MAX, &frame, error,
                                  sizeof(error)))
            fail_msg("%s", error);
        if (frame.data != NULL)
            *ret_frame = frame;
    }
    assert_non_null(ret_frame->data);
    uint8_t *exact = copy_exactly(bytes, ret_frame->caplen);
    ret_frame->data = exact;
    free(bytes);
    free(copy);
    return exact;
}

enum decode_result case_decode(const char *lines, struct segment *ret_segment)
{
    struct frame frame;
    uint8_t *bytes = case_frame(lines, &frame);
    enum decode_result result = decode_frame(&frame, ret_segment, NULL);
    free(bytes);
    return result;
}

enum decode_result case_notice(const char *lines, struct notice *ret_notice)
{
    struct frame frame;
    struct segment unused;
    uint8_t *bytes = case_frame(lines, &frame);
    enum decode_result result = decode_frame(&frame, &unused, ret_notice);
    free(bytes);
    return result;
}

enum decode_result case_decode_bytes(int link_type, const void *bytes, size_t length,
                                     struct segment *ret_segment)
{
    uint8_t *copy = copy_exactly(bytes, length);
    struct frame frame = {
        .number = 1,
        .caplen = (uint32_t)length,
        .len = (uint32_t)length,
        .link_type = link_type,
        .data = copy,
    };
    enum decode_result result = decode_frame(&frame, ret_segment, NULL);
    free(copy);
    return result;
}
