/* Tests of report/community_id: the published vectors for TCP with seed 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/community_id.h"

static const uint8_t v4_client[16] = { 128, 232, 110, 120 };
static const uint8_t v4_server[16] = { 66, 35, 250, 204 };
static const uint8_t v6_client[16] = { 0x20, 0x01, 0x04, 0x70, 0xe5, 0xbf, 0xde, 0xad,
                                       0x49, 0x57, 0x21, 0x74, 0xe8, 0x2c, 0x48, 0x87 };
static const uint8_t v6_server[16] = { 0x26, 0x07, 0xf8, 0xb0, 0x40, 0x0c, 0x0c, 0x03,
                                       0,    0,    0,    0,    0,    0,    0,    0x1a };

static struct summary make_summary(int ip_version, const uint8_t client[16],
                                   uint16_t client_port, const uint8_t server[16],
                                   uint16_t server_port)
{
    struct summary summary = { .ip_version = (uint8_t)ip_version };
    memcpy(summary.endpoints[CLIENT].address, client, 16);
    memcpy(summary.endpoints[SERVER].address, server, 16);
    summary.endpoints[CLIENT].port = client_port;
    summary.endpoints[SERVER].port = server_port;
    return summary;
}

static void test_ipv4(void **state)
{
    (void)state;
    char text[COMMUNITY_ID_SIZE];
    struct summary there = make_summary(4, v4_client, 34855, v4_server, 80);
    struct summary back = make_summary(4, v4_server, 80, v4_client, 34855);
    assert_string_equal(community_id(&there, text), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
    assert_string_equal(community_id(&back, text), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
}

static void test_ipv6(void **state)
{
    (void)state;
    char text[COMMUNITY_ID_SIZE];
    struct summary there = make_summary(6, v6_client, 63943, v6_server, 25);
    struct summary back = make_summary(6, v6_server, 25, v6_client, 63943);
    assert_string_equal(community_id(&there, text), "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=");
    assert_string_equal(community_id(&back, text), "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=");
}

/* One address at both ends (loopback): the ports decide who comes first. */
static void test_equal_addresses(void **state)
{
    (void)state;
    char one[COMMUNITY_ID_SIZE], other[COMMUNITY_ID_SIZE], swapped[COMMUNITY_ID_SIZE];
    /* 0x0102 < 0x0201: the order is by number, and not by the low byte. */
    struct summary there = make_summary(4, v4_client, 0x0102, v4_client, 0x0201);
    struct summary back = make_summary(4, v4_client, 0x0201, v4_client, 0x0102);
    struct summary else_ = make_summary(4, v4_client, 0x0102, v4_client, 0x0202);
    community_id(&there, one);
    community_id(&back, swapped);
    community_id(&else_, other);
    assert_string_equal(one, swapped);
    assert_string_not_equal(one, other);
}

/* IPv4 takes four bytes of an address only; what stands after them does not count. */
static void test_rest_of_address(void **state)
{
    (void)state;
    char text[COMMUNITY_ID_SIZE];
    struct summary summary = make_summary(4, v4_client, 34855, v4_server, 80);
    summary.endpoints[CLIENT].address[4] = 7;
    assert_string_equal(community_id(&summary, text), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ipv4),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_equal_addresses),
        cmocka_unit_test(test_rest_of_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
