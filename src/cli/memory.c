/* memory: bytes, and what they hold. */
#include "cli/memory.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "cli/selector.h"
#include "model/classified.h"
#include "tcp/flood.h"

/* What one more connection costs: record, index, log and room for a second log block, and its
 * ledger for as long as it is open. */
#define CONNECTION_BYTES 1280
#define CONNECTION_BYTES_QUIET 384
#define DEFAULT_MOST (UINT64_C(2) << 30)
#define DEFAULT_PART 4 /* a quarter of what the machine has */
/* With fewer, a handshake inside a flood of 1.7 million SYNs a second has less than a second for
 * each segment; with more there is nothing to gain. */
#define EMBRYO_BYTES_MOST (UINT64_C(60) << 20)
/* Of the connections that there is room for, SYNs at one service may have a quarter. */
#define WAITING_PART 4

bool memory_parse(const char *text, uint64_t *ret_bytes)
{
    static const char suffixes[] = "kmg";
    char digits[24];
    size_t length = strspn(text, "0123456789");
    unsigned shift = 0;
    if (length == 0 || length >= sizeof digits || (text[length] != '\0' && text[length + 1] != '\0'))
        return false;
    if (text[length] != '\0') {
        const char *suffix = strchr(suffixes, tolower((unsigned char)text[length]));
        if (suffix == NULL)
            return false;
        shift = 10 * (unsigned)(suffix - suffixes + 1);
    }
    memcpy(digits, text, length);
    digits[length] = '\0';
    if (!number_parse(digits, MEMORY_MOST >> shift, ret_bytes))
        return false;
    *ret_bytes <<= shift;
    return *ret_bytes >= MEMORY_LEAST;
}

static uint64_t memory_default(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t bytes = DEFAULT_MOST;
    if (pages > 0 && page > 0 && (uint64_t)pages * (uint64_t)page / DEFAULT_PART < bytes)
        bytes = (uint64_t)pages * (uint64_t)page / DEFAULT_PART;
    return bytes > MEMORY_LEAST ? bytes : MEMORY_LEAST;
}

void memory_share(uint64_t bytes, bool quiet, bool segments, struct tracker_options *tracking)
{
    uint64_t sixteenth = (bytes != 0 ? bytes : memory_default()) / 16;
    bool kept = segments && !quiet;
    uint64_t connections =
        (kept ? 7 : 15) * sixteenth / (quiet ? CONNECTION_BYTES_QUIET : CONNECTION_BYTES);
    uint32_t room = connections < UINT32_MAX ? (uint32_t)connections : UINT32_MAX;
    tracking->max_connections = room;
    tracking->segments_max = kept ? 8 * sixteenth / sizeof(struct classified) : 0;
    tracking->embryo_bytes = sixteenth < EMBRYO_BYTES_MOST ? sixteenth : EMBRYO_BYTES_MOST;
    tracking->waiting_max =
        room / WAITING_PART < FLOOD_WAITING_MAX ? room / WAITING_PART : FLOOD_WAITING_MAX;
}
