/*
 * json_write: a json-c value as text, in one line (RFC 8259). json-c could do it, but that formats
 * each number with printf and holds the whole text in memory.
 */
#ifndef RENDER_JSON_WRITE_H
#define RENDER_JSON_WRITE_H

#include <stdio.h>

#include <json-c/json.h>

/*
 * Writes the value without an end of line, and frees it. Text in it is valid UTF-8. A fraction is
 * one of json_object_new_double_s(): its own text is written.
 */
void json_write(FILE *out, struct json_object *value);

#endif
