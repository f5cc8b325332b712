/* place: one host that is an end of all connections and that the vantages name, or the middle. */
#include "report/place.h"

#include <string.h>

#include "diagnose/vantage.h"

/* Leaves of the two addresses those that this connection has, too. */
static void common_narrow(struct place *place, const struct summary *summary)
{
    if (!place->begun) {
        place->begun = true;
        place->ip_version = summary->ip_version;
        for (int i = 0; i < 2; i++) {
            place->common[i] = true;
            memcpy(place->address[i], summary->endpoints[i].address, 16);
        }
    }
    place->differs |= summary->ip_version != place->ip_version;
    for (int i = 0; i < 2; i++)
        if (place->common[i])
            place->common[i] =
                memcmp(place->address[i], summary->endpoints[CLIENT].address, 16) == 0 ||
                memcmp(place->address[i], summary->endpoints[SERVER].address, 16) == 0;
}

void place_count(struct place *place, const struct summary *summary,
                 const struct vantage_verdict *verdict)
{
    enum vantage vantage = (enum vantage)verdict->vantage;
    enum endpoint_id end;

    common_narrow(place, summary);
    if (vantage == VANTAGE_UNKNOWN)
        return;
    place->given |= verdict->evidence == VANTAGE_BY_OPTION;
    if (!vantage_end(vantage, &end)) {
        place->middle = true;
        return;
    }
    const uint8_t *host = summary->endpoints[end].address;
    if (!place->host_known)
        memcpy(place->host, host, 16);
    place->host_known = true;
    place->differs |= memcmp(place->host, host, 16) != 0;
    place->on |= vantage == VANTAGE_CLIENT || vantage == VANTAGE_SERVER;
    place->roles |= (uint8_t)(1u << end);
}

bool place_agreed(const struct place *place)
{
    if (place->differs)
        return false;
    if (place->middle)
        return !place->host_known;
    for (int i = 0; i < 2; i++)
        if (place->host_known && place->common[i] &&
            memcmp(place->address[i], place->host, 16) == 0)
            return true;
    return false;
}
