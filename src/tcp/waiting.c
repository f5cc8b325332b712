/* waiting: a ring of cells of time for each service. */
#include "tcp/waiting.h"

static int64_t cell_of(int64_t time)
{
    return time >> WAITING_CELL_BITS; /* rounds down before 1970, too */
}

static uint32_t *cell_at(struct waiting_cells *cells, int64_t cell)
{
    return &cells->count[(uint64_t)cell % WAITING_CELLS];
}

/* Time reaches this cell: the oldest ones are over. Far back, and a clock was set. */
static void cells_advance(struct waiting_cells *cells, int64_t cell)
{
    int64_t ahead = cell - cells->newest;
    if (ahead >= (int64_t)WAITING_CELLS || ahead <= -(int64_t)WAITING_CELLS)
        *cells = (struct waiting_cells){ .newest = cell };
    for (; cells->newest < cell; *cell_at(cells, cells->newest) = 0)
        cells->newest++;
}

void waiting_begun(struct waiting *waiting, uint64_t service, int64_t time)
{
    bool new;
    struct waiting_cells *cells =
        &waiting->cells[space_saving_add(&waiting->services, service, &new)];
    int64_t cell = cell_of(time);
    if (new)
        *cells = (struct waiting_cells){ .newest = cell };
    cells_advance(cells, cell);
    ++*cell_at(cells, cell);
}

void waiting_ended(struct waiting *waiting, uint64_t service, int64_t began)
{
    uint32_t slot = space_saving_find(&waiting->services, service);
    if (slot == SPACE_SAVING_NONE)
        return;
    struct waiting_cells *cells = &waiting->cells[slot];
    int64_t cell = cell_of(began);
    /* Of a service that lost its place meanwhile some are not counted: never below none. */
    if (cell <= cells->newest && cells->newest - cell < (int64_t)WAITING_CELLS &&
        *cell_at(cells, cell) > 0)
        --*cell_at(cells, cell);
}

uint32_t waiting_count(struct waiting *waiting, uint64_t service, int64_t now)
{
    uint32_t slot = space_saving_find(&waiting->services, service);
    uint32_t sum = 0;
    if (slot == SPACE_SAVING_NONE)
        return 0;
    cells_advance(&waiting->cells[slot], cell_of(now));
    for (unsigned i = 0; i < WAITING_CELLS; i++)
        sum += waiting->cells[slot].count[i];
    return sum;
}
