/* sight: the bits. */
#include "tcp/sight.h"

/* What hosts begin with: Linux, macOS and the BSDs 64, Windows 128, some others 255. */
static bool ttl_is_first(uint8_t ttl)
{
    return ttl == 64 || ttl == 128 || ttl == 255;
}

static void sights_set(struct connection *c, unsigned client, unsigned server)
{
    c->sights = (client | server << SIGHT_BITS) & ((1u << 2 * SIGHT_BITS) - 1);
}

void sight_note(struct step *step)
{
    const struct segment *s = step->s;
    unsigned sight = ((s->facts & FACT_SENT_BY_RECORDER) ? SIGHT_SENT : 0) |
                     ((s->facts & FACT_FOR_RECORDER) ? SIGHT_RECEIVED : 0) |
                     ((s->facts & FACT_CHECKSUM_GOOD) ? SIGHT_CHECKSUM_GOOD : 0);

    if (step->y->mss != 0 && s->payload_len > step->y->mss)
        sight |= SIGHT_OVERSIZE;
    if (!(s->flags & TCP_RST)) /* devices send RSTs for others, with a TTL of their own */
        sight |= ttl_is_first(s->ttl) ? SIGHT_TTL_FIRST : SIGHT_TTL_LATER;
    if ((connection_sight(step->c, step->x_id) & sight) == sight) /* as nearly always */
        return;
    sights_set(step->c, connection_sight(step->c, CLIENT) | (step->x_id == CLIENT ? sight : 0),
               connection_sight(step->c, SERVER) | (step->x_id == SERVER ? sight : 0));
}

void sight_swap(struct connection *c)
{
    unsigned client = connection_sight(c, CLIENT), server = connection_sight(c, SERVER);
    sights_set(c, server, client);
}
