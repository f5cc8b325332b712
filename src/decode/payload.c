/*
 * payload: signatures of first messages. TLS: RFC 8446 §5.1, §4 (RFC 5246 is alike); HTTP/1:
 * RFC 9112 §3, §4; HTTP/2: RFC 9113 §3.4; SMTP: RFC 5321 §4.2; FTP: RFC 959 §4.2.
 *
 * SSH is not among them: both ends send the same kind of banner, each as soon as it can
 * (RFC 4253 §4.2), so it tells nothing about who is who.
 */
#include "decode/payload.h"

#define TLS_CLIENT_HELLO 1
#define TLS_SERVER_HELLO 2
#define TLS_RECORD_MAX 16384 /* RFC 8446 §5.1 */

#define WORD_MAX 8

struct payload_word {
    char word[WORD_MAX + 1];
    enum payload_kind kind;
};

static const struct payload_word payload_words[] = {
    { "GET ", PAYLOAD_HTTP_REQUEST },     { "HEAD ", PAYLOAD_HTTP_REQUEST },
    { "POST ", PAYLOAD_HTTP_REQUEST },    { "PUT ", PAYLOAD_HTTP_REQUEST },
    { "DELETE ", PAYLOAD_HTTP_REQUEST },  { "CONNECT ", PAYLOAD_HTTP_REQUEST },
    { "OPTIONS ", PAYLOAD_HTTP_REQUEST }, { "TRACE ", PAYLOAD_HTTP_REQUEST },
    { "PATCH ", PAYLOAD_HTTP_REQUEST },   { "PRI * HT", PAYLOAD_HTTP_REQUEST },
    { "HTTP/1.", PAYLOAD_HTTP_RESPONSE },
    { "220 ", PAYLOAD_BANNER },           { "220-", PAYLOAD_BANNER },
};

static enum payload_kind tls_kind(struct cursor bytes)
{
    if (cursor_u8(&bytes) != PAYLOAD_TLS_HANDSHAKE || cursor_u8(&bytes) != 3 || cursor_u8(&bytes) > 4)
        return PAYLOAD_NONE;
    unsigned record = cursor_be16(&bytes);
    unsigned message = cursor_u8(&bytes);
    if (!cursor_ok(&bytes) || record < 4 || record > TLS_RECORD_MAX)
        return PAYLOAD_NONE;
    return message == TLS_CLIENT_HELLO   ? PAYLOAD_TLS_CLIENT
           : message == TLS_SERVER_HELLO ? PAYLOAD_TLS_SERVER
                                         : PAYLOAD_NONE;
}

enum payload_kind payload_kind_of(struct cursor bytes)
{
    char start[WORD_MAX] = { 0 };
    struct cursor again = bytes;
    if (cursor_u8(&again) == PAYLOAD_TLS_HANDSHAKE)
        return tls_kind(bytes);
    struct cursor few = cursor_take_most(&bytes, WORD_MAX);
    cursor_copy(&few, start, cursor_left(&few));
    for (size_t i = 0; i < sizeof payload_words / sizeof payload_words[0]; i++) {
        const char *word = payload_words[i].word;
        if (start[0] == word[0] && memcmp(start, word, strlen(word)) == 0)
            return payload_words[i].kind;
    }
    return PAYLOAD_NONE;
}
