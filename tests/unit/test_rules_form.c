/* Flags, the header's length, urgent data, IP: RFC 9293 §3.1, §3.8.5, RFC 791. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tracker_case.h"

static void ack_flag_set(void **state)
{
    (void)state;
    case_assert_rule(CASE_OPEN "1 A PA len=5\n", "3 client ack-flag-set holds 16,0"); /* ACK = 16 */
    case_assert_rule(CASE_OPEN "1 A P len=5\n", "4 client ack-flag-set fails 8,0");
    /* A SYN has nothing to acknowledge, and a RST may. */
    case_assert_rule("0 A S seq=1\n1 B R seq=0\n", "-ack-flag-set");
}

static void flags_legal(void **state)
{
    (void)state;
    case_assert_rule(CASE_OPEN, "1 client flags-legal holds 2,0"); /* SYN = 2 */
    case_assert_rule(CASE_OPEN "1 A FA\n", "-flags-legal fails");
    case_assert_rule(CASE_OPEN "1 A RA\n", "-flags-legal fails");
    case_assert_rule(CASE_OPEN "1 A FRA\n", "-flags-legal fails"); /* a RST is a RST */
    case_assert_rule(CASE_OPEN "1 A .\n", "4 client flags-legal fails 0,0");
    case_assert_rule(CASE_OPEN "1 A PU\n", "4 client flags-legal fails 40,0"); /* 8 + 32 */
    case_assert_rule(CASE_OPEN "1 A F\n", "4 client flags-legal fails 1,0");
    case_assert_rule(CASE_OPEN "1 A FR\n", "4 client flags-legal fails 5,0");
    case_assert_rule(CASE_OPEN "1 A FPU\n", "4 client flags-legal fails 41,0");
    case_assert_rule("0 A SF seq=1\n", "1 client flags-legal fails 3,0");
    case_assert_rule("0 A SFA seq=1 ack=7\n", "1 server flags-legal fails 19,0");
    case_assert_rule("0 A SR seq=1\n", "1 client flags-legal fails 6,0");
}

static void header_length(void **state)
{
    (void)state;
    case_assert_rule(CASE_OPEN, "1 client header-length holds 24,20"); /* 20 and the MSS */
    case_assert_rule(CASE_OPEN "1 A A doff=4\n", "4 client header-length fails 16,20");
    case_assert_rule(CASE_OPEN "1 B A doff=0 len=8\n", "4 server header-length fails 0,20");
    /* 24 bytes of header in 20 of TCP; with 4 of payload they fit. */
    case_assert_rule(CASE_OPEN "1 A A doff=6\n", "4 client header-length fails 24,20");
    case_assert_rule(CASE_OPEN "1 A A doff=6 len=4\n", "-header-length fails");
    /* Nobody takes it: the next byte is the next byte. */
    case_assert_rule(CASE_OPEN "1 A PA doff=4 seq=1001 len=5\n1.1 A PA seq=1001 len=5\n",
                     "5 client syn-consumes-one holds 1001=1001");
}

static void header_length_begins_nothing(void **state)
{
    (void)state;
    struct tracker_case *tracked = case_track("0 A S seq=1 doff=4\n", NULL);
    assert_int_equal(tracked->count, 0);
    free(tracked);
}

static void urgent_pointer(void **state)
{
    (void)state;
    /* 5 bytes at 1001: the pointer 3 names the byte behind the third. */
    case_assert_rule(CASE_OPEN "1 A PAU len=5 urg=3\n", "4 client urgent-pointer holds 3,1");
    case_assert_rule(CASE_OPEN "1 A PAU len=5 urg=0\n", "4 client urgent-pointer fails 0,1");
    /* Bytes that are still to be sent may be announced; behind a FIN there are none. */
    case_assert_rule(CASE_OPEN "1 A PAU len=5 urg=900\n", "4 client urgent-pointer holds 900,1");
    case_assert_rule(CASE_OPEN "1 A FAU len=5 urg=5\n", "4 client urgent-pointer holds 5,1");
    /* 1001 + 6 is behind the FIN at 1006. */
    case_assert_rule(CASE_OPEN "1 A FAU len=5 urg=6\n", "4 client urgent-pointer fails 1007,1006");
    /* The FIN came before, and the number wraps: 4294967295 is the first byte, the FIN is 4. */
    case_assert_rule("0 A S seq=4294967294\n0.01 B SA seq=1 ack=4294967295\n"
                     "0.02 A FA seq=4294967295 ack=2 len=5\n"
                     "0.5 A AU seq=4294967295 ack=2 len=5 urg=6\n",
                     "4 client urgent-pointer fails 5,4");
    case_assert_rule("0 A SU seq=1 urg=0\n", "-urgent-pointer");
}

static void urgent_without_flag(void **state)
{
    (void)state;
    case_assert_rule(CASE_OPEN, "1 client urgent-without-flag holds 0,0");
    case_assert_rule(CASE_OPEN "1 A PA len=5 urg=3\n", "4 client urgent-without-flag fails 3,0");
}

static void urgent_regress(void **state)
{
    (void)state;
    /* 1001 + 50 = 1051, then 1006 + 45: the same; 1006 + 44 is one less. */
    case_assert_rule(CASE_OPEN "1 A AU len=5 urg=50\n1.1 A AU len=5 urg=45\n",
                     "5 client urgent-regress holds 1051,1051");
    case_assert_rule(CASE_OPEN "1 A AU len=5 urg=50\n1.1 A AU len=5 urg=44\n",
                     "5 client urgent-regress fails 1050,1051");
    /* Around the end of the numbers: 4294967290 + 10 is 4. */
    case_assert_rule("0 A S seq=4294967289\n0.01 B SA seq=1 ack=4294967290\n0.02 A A ack=2\n"
                     "1 A AU len=5 urg=10\n1.1 A AU len=5 urg=4\n",
                     "5 client urgent-regress fails 3,4");
    /* Sent again, or overtaken on the way: it says nothing. */
    case_assert_rule(CASE_OPEN "1 A AU len=5 urg=50\n1.1 A AU seq=1001 len=5 urg=3\n",
                     "-urgent-regress");
    /* 65535 is as far as the pointer reaches. */
    case_assert_rule(CASE_OPEN "1 A AU len=5 urg=65535\n1.1 A AU len=5 urg=65535\n"
                     "1.2 A AU len=5 urg=65535\n",
                     "-urgent-regress");
}

static void ip_fragmented(void **state)
{
    (void)state;
    case_assert_rule(CASE_OPEN, "1 client ip-fragmented holds 0,0");
    case_assert_rule(CASE_OPEN "1 A PA len=64 mf\n", "4 client ip-fragmented fails 0,0");
}

static void checksum_ip(void **state)
{
    (void)state;
    case_assert_rule(CASE_OPEN, "1 client checksum-ip holds 0,0");
    case_assert_rule(CASE_OPEN "1 A PA len=5 badipsum\n", "4 client checksum-ip fails 0,0");
    /* What is left to the card. */
    case_assert_rule(CASE_OPEN "1 A PA len=5 badipsum partialsum\n",
                     "4 client checksum-ip skipped checksum-offload");
    case_assert_rule(CASE_OPEN "1 A PA len=5 badipsum totlen=0\n",
                     "4 client checksum-ip skipped checksum-offload");
    case_assert_rule(CASE_OPEN "1 A PA len=5 noipsum\n",
                     "4 client checksum-ip skipped checksum-offload");
    case_assert_rule("ends A=[2001:db8::1]:40000 B=[2001:db8::2]:80\n" CASE_OPEN, "-checksum-ip");
}


int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ack_flag_set),
        cmocka_unit_test(flags_legal),
        cmocka_unit_test(header_length),
        cmocka_unit_test(header_length_begins_nothing),
        cmocka_unit_test(urgent_pointer),
        cmocka_unit_test(urgent_without_flag),
        cmocka_unit_test(urgent_regress),
        cmocka_unit_test(ip_fragmented),
        cmocka_unit_test(checksum_ip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
