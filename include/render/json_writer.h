/*
 * json_writer: JSON text (RFC 8259), written member by member into a buffer that is handed on when
 * it is full. What a run writes for each connection goes this way: no value needs memory of its
 * own. What is written once is a tree of json-c (json_tree.h).
 *
 * A key is a word of the program and written as it is; NULL for an element of an array. An unknown
 * value is null, never left out, but by the functions whose name says so.
 */
#ifndef RENDER_JSON_WRITER_H
#define RENDER_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"

#define JSON_WRITER_SIZE 65536u
#define JSON_KEY_MARKS 4u /* a comma, two quotation marks, a colon */

struct json_writer {
    FILE *out;
    bool lean;           /* leaves out what json_put_extra_*() would write for nothing */
    bool comma;          /* the next value comes behind another one */
    char *next;          /* where the next byte goes */
    int64_t second;      /* the one that `moment` is the text of; see json_write_time() */
    char moment[20];     /* "2026-11-21T03:12:44." */
    struct strbuf words; /* a sentence is put together here; see json_words() */
    char bytes[JSON_WRITER_SIZE];
};

void json_writer_init(struct json_writer *w, FILE *out, bool lean);

/* Hands what was written to the FILE. Errors are left in its error flag. */
void json_writer_flush(struct json_writer *w);

/* Flushes, and frees what the writer holds. */
void json_writer_done(struct json_writer *w);

/* Makes room for so many bytes, at most JSON_WRITER_SIZE. */
static inline void json_writer_reserve(struct json_writer *w, size_t size)
{
    if (size > (size_t)(w->bytes + sizeof w->bytes - w->next))
        json_writer_flush(w);
}

/* Begins a value that has at most JSON_SMALL bytes. Returns where they go; w->next is to be moved
 * behind them. */
#define JSON_SMALL 64u

static inline char *json_write_begin(struct json_writer *w)
{
    json_writer_reserve(w, JSON_SMALL + 1);
    *w->next = ',';
    w->next += w->comma;
    w->comma = true;
    return w->next;
}

/* The parts of JSON; the functions below put a key before them. */
void json_write_bytes(struct json_writer *w, const char *bytes, size_t length);
void json_write_word(struct json_writer *w, const char *word); /* as it is: a literal, a number */
void json_write_null(struct json_writer *w);
void json_write_bool(struct json_writer *w, bool value);
void json_write_number(struct json_writer *w, uint64_t number);
void json_write_text(struct json_writer *w, const char *text, size_t length);
void json_write_seconds(struct json_writer *w, int64_t ns);
void json_write_time(struct json_writer *w, int64_t time);
void json_write_share(struct json_writer *w, double share);
void json_write_open(struct json_writer *w, char bracket);
void json_write_close(struct json_writer *w, char bracket);

/* The next member or element begins on a new line. */
void json_writer_break(struct json_writer *w);

/* The value that was written is whole: ends the line. */
void json_writer_end_line(struct json_writer *w);

/* An empty buffer for one sentence; json_put_words() writes it. */
struct strbuf *json_words(struct json_writer *w);
void json_write_words(struct json_writer *w);

/* Inlined, for there are a hundred keys to a connection and the compiler knows them all. */
static inline void json_put_key(struct json_writer *w, const char *key)
{
    if (key == NULL)
        return;
    size_t length = strlen(key);
    json_writer_reserve(w, length + JSON_KEY_MARKS);
    char *at = w->next;
    *at = ',';
    at += w->comma;
    *at++ = '"';
    memcpy(at, key, length);
    at += length;
    *at++ = '"';
    *at++ = ':';
    w->next = at;
    w->comma = false;
}

static inline void json_put_null(struct json_writer *w, const char *key)
{
    json_put_key(w, key);
    json_write_null(w);
}

static inline void json_put_bool(struct json_writer *w, const char *key, bool value)
{
    json_put_key(w, key);
    json_write_bool(w, value);
}

static inline void json_put_number(struct json_writer *w, const char *key, uint64_t number)
{
    json_put_key(w, key);
    json_write_number(w, number);
}

/* null where it is not known. */
static inline void json_put_number_if(struct json_writer *w, const char *key, bool known,
                                      uint64_t number)
{
    json_put_key(w, key);
    if (known)
        json_write_number(w, number);
    else
        json_write_null(w);
}

/* 0: not known, null. */
static inline void json_put_known(struct json_writer *w, const char *key, uint64_t number)
{
    json_put_number_if(w, key, number != 0, number);
}

/*
 * Text of any origin (NULL: null). What is not UTF-8 (RFC 3629), and control characters that JSON
 * would leave raw (DEL and C1), become U+FFFD.
 */
static inline void json_put_text(struct json_writer *w, const char *key, const char *text)
{
    json_put_key(w, key);
    if (text != NULL)
        json_write_text(w, text, strlen(text));
    else
        json_write_null(w);
}

/* What json_words() holds; null where memory ran out. */
static inline void json_put_words(struct json_writer *w, const char *key)
{
    json_put_key(w, key);
    json_write_words(w);
}

/* Nanoseconds as seconds with all their digits and no more: 0.010731. */
static inline void json_put_seconds(struct json_writer *w, const char *key, int64_t ns)
{
    json_put_key(w, key);
    json_write_seconds(w, ns);
}

/* Nanoseconds since the epoch as RFC 3339, UTC. */
static inline void json_put_time(struct json_writer *w, const char *key, int64_t time)
{
    json_put_key(w, key);
    json_write_time(w, time);
}

/* A quotient as "%.6g" has it; null without a whole. */
static inline void json_put_share(struct json_writer *w, const char *key, uint64_t part,
                                  uint64_t whole)
{
    json_put_key(w, key);
    if (whole != 0)
        json_write_share(w, (double)part / (double)whole);
    else
        json_write_null(w);
}

/* A duration that may be UNKNOWN_NS: null. */
void json_put_duration(struct json_writer *w, const char *key, int64_t ns);

static inline void json_open_object(struct json_writer *w, const char *key)
{
    json_put_key(w, key);
    json_write_open(w, '{');
}

static inline void json_close_object(struct json_writer *w)
{
    json_write_close(w, '}');
}

static inline void json_open_array(struct json_writer *w, const char *key)
{
    json_put_key(w, key);
    json_write_open(w, '[');
}

static inline void json_close_array(struct json_writer *w)
{
    json_write_close(w, ']');
}

void json_put_numbers(struct json_writer *w, const char *key, const uint64_t *numbers,
                      size_t count);

/* What a lean writer leaves out where it is null, 0 or false. */
static inline void json_put_extra_null(struct json_writer *w, const char *key)
{
    if (!w->lean)
        json_put_null(w, key);
}

static inline void json_put_extra_number(struct json_writer *w, const char *key, uint64_t number)
{
    if (!w->lean || number != 0)
        json_put_number(w, key, number);
}

static inline void json_put_extra_bool(struct json_writer *w, const char *key, bool value)
{
    if (!w->lean || value)
        json_put_bool(w, key, value);
}

static inline void json_put_extra_text(struct json_writer *w, const char *key, const char *text)
{
    if (!w->lean || text != NULL)
        json_put_text(w, key, text);
}

/* The digits of json_put_seconds() and json_put_share(), at most JSON_DIGITS_SIZE of them and no NUL.
 * Both return where they end. */
#define JSON_DIGITS_SIZE 40
char *json_seconds_digits(char *at, int64_t ns);
char *json_share_digits(char *at, double share);

#endif
