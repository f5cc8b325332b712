/* What a payload begins with: each signature, what comes near one, and every shorter piece. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode/payload.h"

struct signature {
    const char *bytes;
    size_t length;
    size_t needed; /* so many bytes tell */
    enum payload_kind kind;
};

#define SIGNATURE(text, needed, kind) { text, sizeof(text) - 1, needed, kind }

static const struct signature signatures[] = {
    SIGNATURE("GET / HTTP/1.1\r\n", 4, PAYLOAD_HTTP_REQUEST),
    SIGNATURE("HEAD / HTTP/1.1\r\n", 5, PAYLOAD_HTTP_REQUEST),
    SIGNATURE("POST /a HTTP/1.1\r\n", 5, PAYLOAD_HTTP_REQUEST),
    SIGNATURE("PUT /a HTTP/1.1\r\n", 4, PAYLOAD_HTTP_REQUEST),
    SIGNATURE("DELETE /a HTTP/1.1\r\n", 7, PAYLOAD_HTTP_REQUEST),
    SIGNATURE("CONNECT a:443 HTTP/1.1\r\n", 8, PAYLOAD_HTTP_REQUEST),
    SIGNATURE("OPTIONS * HTTP/1.1\r\n", 8, PAYLOAD_HTTP_REQUEST),
    SIGNATURE("TRACE / HTTP/1.1\r\n", 6, PAYLOAD_HTTP_REQUEST),
    SIGNATURE("PATCH /a HTTP/1.1\r\n", 6, PAYLOAD_HTTP_REQUEST),
    /* RFC 9113 §3.4: the client's first 24 bytes. */
    SIGNATURE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 8, PAYLOAD_HTTP_REQUEST),
    SIGNATURE("HTTP/1.1 200 OK\r\n", 7, PAYLOAD_HTTP_RESPONSE),
    SIGNATURE("220 mail.example ESMTP\r\n", 4, PAYLOAD_BANNER),
    SIGNATURE("220-ftp.example\r\n220 ready\r\n", 4, PAYLOAD_BANNER),
    /* RFC 8446 §5.1: type 22, version 3.1, length 512; §4: message type 1, length 508. */
    SIGNATURE("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 6, PAYLOAD_TLS_CLIENT),
    SIGNATURE("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03", 6, PAYLOAD_TLS_SERVER),
};

static void kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        const struct signature *s = &signatures[i];
        for (size_t n = 0; n <= s->length; n++) {
            enum payload_kind kind = payload_kind(cursor_init(s->bytes, n));
            assert_int_equal(kind, n < s->needed ? PAYLOAD_NONE : s->kind);
        }
    }
}

static void none(void **state)
{
    (void)state;
    static const struct signature near[] = {
        SIGNATURE("GETTING THERE", 0, PAYLOAD_NONE),
        SIGNATURE("get / HTTP/1.1\r\n", 0, PAYLOAD_NONE), /* methods have capital letters */
        SIGNATURE(" GET / HTTP/1.1\r\n", 0, PAYLOAD_NONE),
        SIGNATURE("2200 m", 0, PAYLOAD_NONE),
        SIGNATURE("250 mail.example\r\n", 0, PAYLOAD_NONE), /* a reply, but no greeting */
        SIGNATURE("SSH-2.0-OpenSSH_9.2\r\n", 0, PAYLOAD_NONE), /* either end sends it */
        SIGNATURE("\x17\x03\x03\x02\x00\x01\x00\x01", 0, PAYLOAD_NONE), /* application data */
        SIGNATURE("\x16\x02\x01\x02\x00\x01\x00\x01", 0, PAYLOAD_NONE),
        SIGNATURE("\x16\x03\x05\x02\x00\x01\x00\x01", 0, PAYLOAD_NONE),
        SIGNATURE("\x16\x03\x01\x40\x01\x01\x00\x01", 0, PAYLOAD_NONE), /* 16385: too long */
        SIGNATURE("\x16\x03\x01\x00\x03\x01\x00\x01", 0, PAYLOAD_NONE), /* no room for a header */
        SIGNATURE("\x16\x03\x03\x00\x46\x10\x00\x00", 0, PAYLOAD_NONE), /* ClientKeyExchange */
        SIGNATURE("\0\0\0\0\0\0\0\0", 0, PAYLOAD_NONE),
    };
    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
        assert_int_equal(payload_kind(cursor_init(near[i].bytes, near[i].length)), PAYLOAD_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
