/* overlap: the table of what systems keep. */
#include "model/overlap.h"

static const char *const names[REASSEMBLY_N] = {
    [REASSEMBLY_FIRST] = "first",
    [REASSEMBLY_LAST] = "last",
    [REASSEMBLY_BSD] = "BSD",
    [REASSEMBLY_HPUX_10] = "HP-UX 10",
    [REASSEMBLY_HPUX_11] = "HP-UX 11",
    [REASSEMBLY_IRIX] = "IRIX",
    [REASSEMBLY_LINUX_OLD] = "old Linux",
    [REASSEMBLY_LINUX] = "Linux",
    [REASSEMBLY_MACOS] = "macOS",
    [REASSEMBLY_SOLARIS] = "Solaris",
    [REASSEMBLY_WINDOWS] = "Windows",
};

#define KEEPS(system) (1u << REASSEMBLY_##system)

/* Who keeps the new bytes. */
static const uint16_t keepers[OVERLAP_N] = {
    [OVERLAP_HEAD] = KEEPS(LAST),
    [OVERLAP_WHOLE] = KEEPS(LAST) | KEEPS(SOLARIS) | KEEPS(HPUX_11) | KEEPS(LINUX_OLD),
    [OVERLAP_HEAD_AND_MORE] = KEEPS(LAST) | KEEPS(SOLARIS) | KEEPS(HPUX_11) | KEEPS(LINUX_OLD) |
                              KEEPS(LINUX),
    [OVERLAP_FRONT] = KEEPS(LAST) | KEEPS(BSD) | KEEPS(HPUX_10) | KEEPS(IRIX) | KEEPS(WINDOWS) |
                      KEEPS(LINUX_OLD) | KEEPS(LINUX) | KEEPS(MACOS),
    [OVERLAP_AROUND] = KEEPS(LAST) | KEEPS(BSD) | KEEPS(HPUX_10) | KEEPS(IRIX) | KEEPS(WINDOWS) |
                       KEEPS(LINUX_OLD) | KEEPS(LINUX) | KEEPS(MACOS) | KEEPS(SOLARIS) |
                       KEEPS(HPUX_11),
    [OVERLAP_INSIDE] = KEEPS(LAST),
    [OVERLAP_BACK] = KEEPS(LAST) | KEEPS(SOLARIS) | KEEPS(HPUX_11),
};

_Static_assert(REASSEMBLY_N <= 16, "a bit each");

enum overlap overlap_kind(int64_t from, int64_t end, int64_t old_from, int64_t old_end)
{
    if (from < old_from)
        return end >= old_end ? OVERLAP_AROUND : OVERLAP_FRONT;
    if (from > old_from)
        return end > old_end ? OVERLAP_BACK : OVERLAP_INSIDE;
    if (end == old_end)
        return OVERLAP_WHOLE;
    return end > old_end ? OVERLAP_HEAD_AND_MORE : OVERLAP_HEAD;
}

bool overlap_keeps_new(enum overlap overlap, enum reassembly reassembly)
{
    return (unsigned)overlap < OVERLAP_N && (unsigned)reassembly < REASSEMBLY_N &&
           (keepers[overlap] >> reassembly & 1u);
}

const char *reassembly_name(enum reassembly reassembly)
{
    return (unsigned)reassembly < REASSEMBLY_N ? names[reassembly] : "?";
}
