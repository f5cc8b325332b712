/* sight: the bits. */
#include "tcp/sight.h"

static void sights_set(struct connection *c, unsigned client, unsigned server)
{
    c->sights = (client | server << SIGHT_BITS) & ((1u << 2 * SIGHT_BITS) - 1);
}

void sight_note(struct step *step)
{
    unsigned sight = step_sight(step);

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
