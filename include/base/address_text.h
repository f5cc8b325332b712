/*
 * address_text: IP addresses as text, the way inet_ntop() writes them. That one takes a thousand
 * instructions for an IPv4 address and five thousand for an IPv6 one, and each connection has two.
 */
#ifndef BASE_ADDRESS_TEXT_H
#define BASE_ADDRESS_TEXT_H

#include <stdint.h>

#define ADDRESS_TEXT_SIZE 46 /* INET6_ADDRSTRLEN */

/* Both return where the NUL is that they end with. */
char *address_write_ipv4(char *at, const uint8_t address[4]);
char *address_write_ipv6(char *at, const uint8_t address[16]);

#endif
