/*
 * history: a connection's own log of events, kept for the report. Blocks of 512 bytes from a
 * pool, 16 bytes an entry; a quiet connection fills one block. Bounded: a connection has at most
 * HISTORY_BLOCKS_MAX blocks and the pool a given number; what does not fit is counted. The last
 * four blocks of a log are kept for states, deliveries, checks and RSTs, so that a storm of
 * repeats hides nothing that comes after it.
 *
 * Besides events a log holds deliveries that are not proved yet ("pending"): a segment passed
 * the capture point toward an endpoint, and nothing shows yet that it arrived. Proof turns such
 * an entry into a transition, dated to the segment that caused it.
 *
 * Logs are named by number; 0 is no log, and every call accepts it and does nothing.
 */
#ifndef TCP_HISTORY_H
#define TCP_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/event.h"

#define HISTORY_BLOCKS_MAX 24

/* What can be on its way to an endpoint. */
enum delivery {
    DELIVERY_ACK_OF_SYN,
    DELIVERY_FIN,
    DELIVERY_ACK_OF_FIN,
    DELIVERY_RST,
    DELIVERY_ERROR, /* an ICMP error about its SYN */
    DELIVERY_RST_IN_WINDOW, /* a RST that is to be answered, not taken (RFC 5961 §3.2) */
    DELIVERY_N
};

struct history_pool;
struct neighbour;
struct ledger;
struct losses;
struct tempos;

/* all_checks: checks that hold or are skipped are wanted too, not only those that fail. */
struct history_pool *history_pool_new(uint32_t blocks_max, bool all_checks);
void history_pool_free(struct history_pool *pool);

/* For tests: plain segments take the whole way, too. */
void history_take_no_shortcut(struct history_pool *pool);


/* Entries that were lost because a log or the pool was full, and when the first was. */
uint64_t history_pool_lost(const struct history_pool *pool, int64_t *ret_since);

/* Starts a log; frames and times in it count from these. 0 when the pool is full. */
uint32_t history_new(struct history_pool *pool, uint64_t first_frame, int64_t first_time);

void history_free(struct history_pool *pool, uint32_t log);

/* What was noted for other tools (tcp/neighbour), kept in the log's first block; NULL: no log.
 * The pool's, until the log is freed. */
struct neighbour *history_neighbour(const struct history_pool *pool, uint32_t log);

/*
 * A connection's ledger (tcp/ledger), from its first segment after the SYNs until both ends have
 * closed; NULL without one. The pool's, until it is closed or the log is freed. open: the same,
 * cleared and new where there was none; NULL when there is no memory.
 */
struct ledger *history_ledger(const struct history_pool *pool, uint32_t log);
struct ledger *history_ledger_open(struct history_pool *pool, uint32_t log);
void history_ledger_close(struct history_pool *pool, uint32_t log);

bool history_all_checks(const struct history_pool *pool);

/* What tcp/loss keeps of all connections, and the number of one's book; 0: it has none. */
struct losses *history_losses(const struct history_pool *pool);
uint32_t *history_loss(const struct history_pool *pool, uint32_t log);

/* What tcp/tempo keeps of all connections. */
struct tempos *history_tempos(const struct history_pool *pool);

/* Appends an event (not EVENT_PENDING). False when it was lost. */
bool history_add(struct history_pool *pool, uint32_t log, const struct event *event);

/* Whether the log has this check for this frame. */
bool history_has_check(const struct history_pool *pool, uint32_t log, enum check_id id,
                       uint64_t frame);

/*
 * A check of endpoint that was skipped with the number `observed` turns out to fail: it should
 * have been `expected`. False when there is no such check.
 */
bool history_fail_check(struct history_pool *pool, uint32_t log, enum check_id id,
                        enum endpoint_id endpoint, uint32_t observed, uint32_t expected);

/* Appends a delivery toward endpoint. */
void history_pend(struct history_pool *pool, uint32_t log, enum endpoint_id endpoint,
                  enum delivery delivery, uint64_t frame, int64_t time);

/* Looks a pending delivery up: its frame and time. False when there is none. */
bool history_pending(const struct history_pool *pool, uint32_t log, enum endpoint_id endpoint,
                     enum delivery delivery, uint64_t *ret_frame, int64_t *ret_time);

/* Several inputs show the connection: counts frames that show a segment of it again. */
void history_count_view(struct history_pool *pool, uint32_t log);
uint32_t history_second_views(const struct history_pool *pool, uint32_t log);

/* Whether a pending delivery, or an EVENT_VIEW, is about this frame's segment; and enum view_of. */
bool history_concerns(const struct history_pool *pool, uint32_t log, uint64_t frame,
                      unsigned *ret_view_of);

/*
 * When an input shows a segment of the handshake (EVENT_VIEW); input -1: any, the first that was
 * noted. ret_input may be NULL.
 */
bool history_view(const struct history_pool *pool, uint32_t log, enum view_of view_of, int input,
                  unsigned *ret_input, int64_t *ret_time);

/* The last view of this frame's segment in another input than the one that was counted. False:
 * none was noted. */
bool history_arrival(const struct history_pool *pool, uint32_t log, uint64_t frame,
                     struct event *ret_view);

/* Turns a pending delivery into this transition, dated to the delivery where it arrived, but never
 * before the endpoint's newest transition. */
void history_commit(struct history_pool *pool, uint32_t log, enum endpoint_id endpoint,
                    enum delivery delivery, const struct event *transition);

/* Drops a pending delivery: it did not arrive. */
void history_withdraw(struct history_pool *pool, uint32_t log, enum endpoint_id endpoint,
                      enum delivery delivery);

/* Drops the newest transition of endpoint into state `to`: it turned out not to have happened.
 * Returns the state before it; STATE_NONE when there is none such. */
enum tcp_state history_withdraw_transition(struct history_pool *pool, uint32_t log,
                                           enum endpoint_id endpoint, enum tcp_state to);

/* Makes the newest transition of endpoint into state `to` no surer than this. */
void history_doubt(struct history_pool *pool, uint32_t log, enum endpoint_id endpoint,
                   enum tcp_state to, enum certainty certainty);

/* Swaps client and server in every entry (the roles were understood late). */
void history_swap(struct history_pool *pool, uint32_t log);

/*
 * Writes the log's events, pending ones left out, to list, sorted by frame and otherwise in the
 * order in which they were added. Returns how many there are; at most `room` are written.
 */
size_t history_read(const struct history_pool *pool, uint32_t log, struct event *list,
                    size_t room);

/* The same at a glance (model/trait): what traits_of_events() says of the events that it reads. */
uint64_t history_traits(const struct history_pool *pool, uint32_t log);

/* True when entries of this log were lost. */
bool history_overflowed(const struct history_pool *pool, uint32_t log);

/* Room that always suffices for history_read(): 30 entries a block, 27 in the first. */
#define HISTORY_EVENTS_MAX ((size_t)HISTORY_BLOCKS_MAX * 30 - 3)

#endif
