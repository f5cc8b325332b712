/* vantage: names. */
#include "model/vantage.h"

#include <stddef.h>

const char *vantage_name(enum vantage vantage)
{
    static const char *const names[VANTAGE_N] = {
        [VANTAGE_UNKNOWN] = "unknown",         [VANTAGE_CLIENT] = "client",
        [VANTAGE_NEAR_CLIENT] = "near-client", [VANTAGE_MIDDLE] = "middle",
        [VANTAGE_NEAR_SERVER] = "near-server", [VANTAGE_SERVER] = "server",
    };
    return (unsigned)vantage < VANTAGE_N ? names[vantage] : "?";
}

const char *vantage_evidence_name(enum vantage_evidence evidence)
{
    static const char *const names[VANTAGE_EVIDENCE_N] = {
        [VANTAGE_BY_PACKET_TYPE] = "packet-type", [VANTAGE_BY_CHECKSUM] = "checksum",
        [VANTAGE_BY_OFFLOAD] = "offload",         [VANTAGE_BY_FORWARDING] = "forwarding",
        [VANTAGE_BY_DELAY] = "delay",             [VANTAGE_BY_OPTION] = "option",
    };
    return (unsigned)evidence < VANTAGE_EVIDENCE_N ? names[evidence] : NULL;
}
