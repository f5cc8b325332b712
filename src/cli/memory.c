/* memory: bytes, and what they hold. */
#include "cli/memory.h"

#include <unistd.h>

#include "model/classified.h"

/* What one more connection costs: record, index, log and room for a second log block, and its
 * ledger for as long as it is open. */
#define CONNECTION_BYTES 1280
#define CONNECTION_BYTES_QUIET 384
/* With fewer, a handshake inside a flood of 1.7 million SYNs a second has less than a second for
 * each segment. */
#define EMBRYO_BYTES (UINT64_C(60) << 20)
#define MEMORY_MAX (UINT64_C(2) << 30)
#define MEMORY_SHARE 4 /* a quarter of what the machine has */

uint32_t memory_connections(bool quiet)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t memory = MEMORY_MAX;
    if (pages > 0 && page > 0 && (uint64_t)pages * (uint64_t)page / MEMORY_SHARE < memory)
        memory = (uint64_t)pages * (uint64_t)page / MEMORY_SHARE;
    return (uint32_t)(memory / (quiet ? CONNECTION_BYTES_QUIET : CONNECTION_BYTES));
}

uint64_t memory_embryos(void)
{
    return EMBRYO_BYTES;
}

uint64_t memory_segments(void)
{
    return (uint64_t)memory_connections(false) * CONNECTION_BYTES / sizeof(struct classified);
}
