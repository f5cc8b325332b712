/*
 * life: how connections begin, end, give way to others, and are handed over.
 */
#include "tcp/life.h"

#include <string.h>

#include "base/time_text.h"
#include "model/trait.h"
#include "tcp/arrival.h"
#include "tcp/expiry.h"
#include "tcp/flood.h"
#include "tcp/loss.h"
#include "tcp/machine.h"
#include "tcp/passage.h"
#include "tcp/plain.h"
#include "tcp/role.h"
#include "tcp/sequence.h"
#include "tcp/summarise.h"
#include "tcp/verdict.h"

#define EXPIRE_PER_SEGMENT 64

void connection_show(const struct shard *shard, const struct connection *c, int64_t end,
                     tracker_show *show, void *context)
{
    struct summary summary;
    const struct whole *whole = shard->whole;
    size_t count = history_read(shard->pool, c->log, whole->events, HISTORY_EVENTS_MAX);
    loss_judge_copies(shard->pool, c, &whole->facts);
    connection_summarise(c, shard->pool, traits_of_events(whole->events, count), end, &summary);
    summary_close_wait(&summary, whole->events, count);
    connection_detail(c, shard->pool, &summary);
    show(context, &summary, whole->events, count);
}

void connection_settle(struct shard *shard, struct connection *c)
{
    const struct whole *whole = shard->whole;
    role_settle(shard->pool, c, &shard->lessons, whole->services);
    verdict_settle(shard->pool, c, clock_now(&whole->clock), whole->options.msl_ns);
}

void connection_brief(const struct shard *shard, const struct connection *c, int64_t end,
                      const struct tracker_brief *brief)
{
    struct summary summary;
    const struct whole *whole = shard->whole;
    uint64_t traits = history_traits(shard->pool, c->log);
    size_t count = 0;

    loss_judge_copies(shard->pool, c, &whole->facts);
    connection_summarise(c, shard->pool, traits, end, &summary);
    traits |= traits_of_summary(&summary);
    if (brief->reads_events(brief->context, traits) || (traits & TRAIT_IN_CLOSE_WAIT)) {
        count = history_read(shard->pool, c->log, whole->events, HISTORY_EVENTS_MAX);
        summary_close_wait(&summary, whole->events, count);
    }
    brief->show(brief->context, &summary, count > 0 ? whole->events : NULL, count);
}

/* Shows a connection before the end, once, and forgets its log. */
static void connection_hand_over(struct shard *shard, struct connection *c)
{
    if (c->flags & CONN_SHOWN)
        return;
    const struct whole *whole = shard->whole;
    connection_settle(shard, c);
    if (whole->options.settled != NULL)
        connection_show(shard, c, clock_now(&whole->clock), whole->options.settled,
                        whole->options.context);
    history_free(shard->pool, c->log);
    c->log = 0;
    c->flags |= CONN_SHOWN;
}

/* A connection that begins with a SYN waits from now on, for its service. */
static void wait_begin(struct shard *shard, const struct connection *c, const struct segment *s,
                       bool source_second)
{
    if (shard->whole->options.waiting_max != 0 &&
        (s->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
        flood_begun(shard->flood, &c->entry.key, source_second ? 0 : 1);
}

/* It opened, ended, or is forgotten: nothing, if it did not wait. From when on it might expire it
 * waits until its time is over, whatever comes of it: so who waits does not depend on expiry. */
static void wait_end(struct shard *shard, const struct connection *c, int64_t now)
{
    bool syn = c->role_evidence == ROLE_SYN || c->role_evidence == ROLE_SIMULTANEOUS;
    if (c->entry.list == EXPIRY_OPENING && syn && shard->whole->options.waiting_max != 0 &&
        now - c->first_time < PATIENCE_OPENING)
        flood_ended(shard->flood, &c->entry.key, (c->flags & CONN_SWAPPED) ? 0 : 1,
                    c->first_time);
}

static void connection_begin(struct shard *shard, struct connection *c, const struct segment *s,
                             bool source_second, uint32_t incarnation)
{
    const struct tracker_options *options = &shard->whole->options;
    c->first_frame = s->frame & FRAME_MAX;
    c->first_time = c->last_time = s->time;
    c->leg_client = c->leg_server = -1;
    c->incarnation = incarnation & INCARNATION_MAX;
    c->vlan_count = s->vlan_count & 3u;
    memcpy(c->vlan, s->vlan, sizeof c->vlan);
    if (options->keep_log) {
        c->log = history_new(shard->pool, s->frame, s->time);
        if (c->log == 0)
            c->flags |= CONN_LOG_LOST;
        c->light = options->shown != NULL && !options->shown(options->context, s);
        if (c->log != 0 && options->segments_of != NULL &&
            options->segments_of(options->context, s))
            loss_choose(shard->pool, c);
    }
    role_begin(c, s, source_second);
    wait_begin(shard, c, s, source_second);
    shard->connections++;
}

/* Puts a settled incarnation aside until the end; hands it over when there is no room. */
static void connection_retire(struct shard *shard, struct connection *c)
{
    /* Half of the places at most: live connections need theirs. */
    uint32_t room = shard->room;
    wait_end(shard, c, clock_now(&shard->whole->clock));
    bool keep = !shard->whole->options.expire && shard->roll.ended_count < room / 2 &&
                flow_table_count(shard->table) + shard->roll.ended_count < room;
    if (keep && roll_retire(&shard->roll, c, clock_now(&shard->whole->clock)))
        return;
    if (!shard->whole->options.expire)
        whole_note_hand_over(shard->whole);
    connection_hand_over(shard, c);
}

void connection_replace(struct shard *shard, struct connection *c, const struct segment *s,
                        bool source_second)
{
    struct flow_entry entry = c->entry;
    uint32_t incarnation = c->incarnation;

    memset(c, 0, sizeof *c);
    c->entry = entry;
    connection_begin(shard, c, s, source_second, incarnation + 1);
}

/* A pause in the unit of EVENT_PORT_REUSED. */
static uint32_t reuse_units(int64_t pause)
{
    int64_t idle = pause / REUSE_UNIT_NS + (pause % REUSE_UNIT_NS >= REUSE_UNIT_NS / 2 ? 1 : 0);
    return idle < 0 ? 0 : idle < UINT32_MAX ? (uint32_t)idle : UINT32_MAX;
}

void connection_renew(struct shard *shard, struct connection *c, const struct segment *s,
                      bool source_second, int64_t pause, uint64_t answer)
{
    struct event reused = { .kind = EVENT_PORT_REUSED, .frame = s->frame, .time = s->time };
    bool echo = incarnation_is_echo(c, role_sender(c, source_second), s);
    uint8_t states[2];

    const struct whole *whole = shard->whole;
    /* Before anything is said of its sender. */
    role_settle(shard->pool, c, &shard->lessons, whole->services);
    const struct takeover takeover = { s, role_sender(c, source_second), answer };
    verdict_supersede(shard->pool, c, &takeover, clock_now(&whole->clock), whole->options.msl_ns,
                      states);
    reused.from = states[CLIENT];
    reused.to = states[SERVER];
    connection_retire(shard, c);
    reused.observed = reuse_units(pause);
    connection_replace(shard, c, s, source_second);
    history_add(shard->pool, c->log, &reused);
    if (echo)
        machine_begin_closed(shard->pool, c, CLIENT, s);
}

/* Times come from the capture, and may be any. */
static int64_t time_after(int64_t time, int64_t pause)
{
    return time > INT64_MAX - pause ? INT64_MAX : time + pause;
}

void connection_touch(struct shard *shard, struct connection *c)
{
    const struct tracker_options *options = &shard->whole->options;
    enum expiry list = expiry_of(c);
    if (list != EXPIRY_OPENING && c->entry.list == EXPIRY_OPENING)
        wait_end(shard, c, c->last_time);
    flow_table_touch(shard->table, c, list);
    if (!options->expire)
        return;
    int64_t due = time_after(
        c->last_time, expiry_rule(list, options->msl_ns, options->linger_ns).patience);
    if (due < shard->due)
        shard->due = due;
}

/* What is asked of a segment before its step; the ends may change places. */
static void step_prepare(struct shard *shard, struct step *step, bool source_second,
                         struct tracked *ret)
{
    struct connection *c = step->c;
    const struct segment *s = step->s;

    if (segment_is_damaged(step->x, s))
        return;
    ret->swapped = role_review(shard->pool, c, s, source_second);
    step->x_id = role_sender(c, source_second);
    step->y_id = endpoint_peer(step->x_id);
    step->x = &c->end[step->x_id];
    step->y = &c->end[step->y_id];
    if (incarnation_challenged(shard->whole->incarnations, c, step->x_id, s)) {
        struct event event = step_event_init(step, EVENT_SYN_CHALLENGED, step->x_id);
        step_event(step, &event);
        step->marks |= MARK_CHALLENGE;
    }
}

void connection_step(struct shard *shard, struct connection *c, const struct arrived *arrived,
                     struct tracked *ret)
{
    const struct segment *s = arrived->segment;
    enum endpoint_id sender = role_sender(c, arrived->source_second);
    struct step step = { .pool = shard->pool,
                         .c = c,
                         .s = s,
                         .payload = arrived->payload,
                         .x_id = sender,
                         .y_id = endpoint_peer(sender),
                         .x = &c->end[sender],
                         .y = &c->end[endpoint_peer(sender)] };
    step.plain = plain_begin(&step);
    if (!step.plain)
        step_prepare(shard, &step, arrived->source_second, ret);
    bool opened = c->flags & CONN_SYNACK_ACKED;
    step_run(&step);
    if (shard->whole->options.several_inputs && shard->whole->options.keep_log)
        arrival_first(&step, opened);
    if (step.behind_answer)
        lessons_misordered(&shard->lessons, s);
    role_learn(&step, &shard->lessons);
    lessons_sum(&shard->lessons, &step);
    connection_touch(shard, c);
    ret->id = c->first_frame;
    ret->from = (uint8_t)step.x_id;
    ret->marks = step.marks;
    ret->class = step.class;
    ret->notable = step.notable;
    ret->nth = (s->flags & TCP_SYN) ? step.x->syns : (s->flags & TCP_FIN) ? step.x->fins : 0;
    if (ret->nth >= SUMMARY_COUNT_MAX)
        ret->nth = 0;
    ret->window = step_window(&step);
}

/*
 * The SYN that waited begins a connection in the place of c, with its repeats. While it waited it
 * was counted as a segment of the old one.
 */
void waited_begin(struct shard *shard, struct connection *c)
{
    const struct waiting_syn *waited = &shard->whole->waited;
    struct flow_key unused;
    struct tracked of_syn;
    bool second = flow_key_make(&waited->syn, &unused);
    struct endpoint *before = &c->end[role_sender(c, second)];
    uint32_t count = waited->repeats + 1;

    loss_take_back(shard->pool, c, waited);
    before->segments -= count < before->segments ? count : before->segments;
    connection_renew(shard, c, &waited->syn, second, waited->pause, waited->answered);
    if (waited->challenged != 0) { /* why it had to come again: of both connections */
        struct event challenged = { .kind = EVENT_SYN_CHALLENGED,
                                    .endpoint = SERVER,
                                    .frame = waited->challenged,
                                    .time = waited->syn.time };
        history_add(shard->pool, c->log, &challenged);
    }
    const struct arrived syn = { .segment = &waited->syn, .source_second = second };
    connection_step(shard, c, &syn, &of_syn);
    for (uint32_t i = 0; i < waited->repeats && i < INCARNATION_REPEATS_MAX; i++) {
        struct segment again = incarnation_repeat(waited, i);
        const struct arrived repeat = { .segment = &again, .source_second = second };
        connection_step(shard, c, &repeat, &of_syn);
    }
    if (waited->repeats > INCARNATION_REPEATS_MAX)
        c->end[CLIENT].segments += waited->repeats - INCARNATION_REPEATS_MAX;
}

void leftover_begin(struct shard *shard, struct connection *c)
{
    struct whole *whole = shard->whole;
    if (incarnation_leftover(whole->incarnations, c, clock_now(&whole->clock), &whole->waited))
        waited_begin(shard, c);
}

/* Hands a live connection over, and forgets it. */
static void connection_drop(struct shard *shard, struct connection *c)
{
    leftover_begin(shard, c);
    wait_end(shard, c, clock_now(&shard->whole->clock));
    connection_hand_over(shard, c);
    int64_t kept = expiry_rule(expiry_of(c), shard->whole->options.msl_ns, 0).patience;
    tombstones_add(shard->tombstones, c, c->last_time + kept, clock_now(&shard->whole->clock),
                   2 * shard->whole->options.msl_ns);
    flow_table_remove(shard->table, c);
}

/* Forgets the connection that is idle longest, ended ones first, to make room. */
static bool connection_evict(struct shard *shard)
{
    for (size_t i = 0; i < EXPIRY_N; i++) {
        struct connection *c = flow_table_oldest(shard->table, expiry_victims[i]);
        if (c == NULL)
            continue;
        if (!(c->flags & CONN_SHOWN))
            whole_note_hand_over(shard->whole);
        if (expiry_victims[i] == EXPIRY_OPEN)
            bound_hit(&shard->whole->evicted_open, clock_now(&shard->whole->clock));
        else if (expiry_victims[i] == EXPIRY_OPENING)
            bound_hit(&shard->whole->evicted_opening, clock_now(&shard->whole->clock));
        connection_drop(shard, c);
        return true;
    }
    return false;
}

static struct connection *connection_new(struct shard *shard, const struct flow_key *key,
                                         uint32_t hash)
{
    if (flow_table_count(shard->table) + shard->roll.ended_count >= shard->room)
        connection_evict(shard);
    struct connection *c = flow_table_add(shard->table, key, hash);
    /* No memory. A shard that runs ahead of the walk hands nothing over (must_wait()). */
    if (c == NULL && shard->lessons.direct && connection_evict(shard))
        c = flow_table_add(shard->table, key, hash);
    return c;
}

/* The states that a freed connection's ends are in by now (RFC 9293 §3.6.1). */
static void note_reuse(struct shard *shard, struct connection *c, const struct segment *s,
                       const struct tombstone *stone)
{
    struct event reused = { .kind = EVENT_PORT_REUSED, .frame = s->frame, .time = s->time };
    int64_t pause = s->time - stone->last_time, two_msl = 2 * shard->whole->options.msl_ns;
    uint8_t states[2];

    for (int id = CLIENT; id <= SERVER; id++) {
        bool over = stone->state[id] == STATE_TIME_WAIT && pause >= two_msl;
        states[id] = over ? STATE_CLOSED : stone->state[id];
    }
    reused.from = states[CLIENT];
    reused.to = states[SERVER];
    reused.observed = reuse_units(pause);
    history_add(shard->pool, c->log, &reused);
}

struct connection *connection_first(struct shard *shard, const struct flow_key *key, uint32_t hash,
                                    const struct segment *s, bool source_second,
                                    struct tracked *ret)
{
    struct tombstone stone = { .incarnation = 0 };
    enum tombstone_verdict verdict = TOMBSTONE_NEW;
    int64_t two_msl = 2 * shard->whole->options.msl_ns;
    bool known = tombstones_find(shard->tombstones, key, &stone);

    if (known)
        verdict = tombstone_judge(&stone, s, source_second, two_msl);
    if (verdict == TOMBSTONE_LATE) {
        ret->id = stone.id;
        ret->from = source_second == stone.client_second ? CLIENT : SERVER;
        ret->absorbed = true;
        return NULL;
    }
    struct connection *c = connection_new(shard, key, hash);
    if (c == NULL)
        return NULL;
    ret->opened = true;
    connection_begin(shard, c, s, source_second,
                     stone.incarnation + (verdict == TOMBSTONE_NEW ? 1u : 0u));
    if (!known)
        return c;
    tombstones_take(shard->tombstones, key);
    if (verdict == TOMBSTONE_RESUMED)
        role_resume(c, stone.client_second, stone.role_evidence, stone.role_certainty);
    else if (s->flags & TCP_SYN)
        note_reuse(shard, c, s, &stone);
    return c;
}

/* Hands an ended connection over, and keeps its record for what comes late. A SYN that waits on
 * it may still count as a segment of another connection: then it is shown when that is known. */
static void connection_keep(struct shard *shard, struct connection *c, enum expiry kept)
{
    if (c->provisional == 0)
        connection_hand_over(shard, c);
    flow_table_touch(shard->table, c, kept);
}

/* What is due on a list: idle for so long by now. */
static struct connection *expiry_next(struct shard *shard, enum expiry list, int64_t patience,
                                      int64_t now)
{
    struct connection *c = flow_table_oldest(shard->table, list);
    if (c != NULL && c->last_time > now) /* its clock was wild: it must not block others */
        flow_table_touch(shard->table, c, list);
    return c != NULL && now - c->last_time >= patience ? c : NULL;
}

/* When a list is to be looked at next: its oldest record decides. */
static int64_t expiry_due(const struct shard *shard, enum expiry list, int64_t patience,
                          int64_t now)
{
    const struct connection *c = flow_table_oldest(shard->table, list);
    if (c == NULL)
        return INT64_MAX;
    if (c->last_time > now && c->entry.newer != FLOW_NO_ENTRY) /* others may be due behind it */
        return now;
    return time_after(c->last_time, patience);
}

/* now: so that one frame with a wild clock ends nothing. */
void shard_expire(struct shard *shard, int64_t now)
{
    const struct tracker_options *options = &shard->whole->options;
    for (enum expiry list = 0; list < EXPIRY_N; list++) {
        const struct expiry_rule rule = expiry_rule(list, options->msl_ns, options->linger_ns);
        struct connection *c;
        for (int n = 0; n < EXPIRE_PER_SEGMENT &&
                        (c = expiry_next(shard, list, rule.patience, now)) != NULL;
             n++) {
            if (rule.kept != list)
                connection_keep(shard, c, rule.kept);
            else
                connection_drop(shard, c);
        }
    }
    shard->due = INT64_MAX;
    for (enum expiry list = 0; list < EXPIRY_N; list++) {
        const struct expiry_rule rule = expiry_rule(list, options->msl_ns, options->linger_ns);
        int64_t due = expiry_due(shard, list, rule.patience, now);
        if (due < shard->due)
            shard->due = due;
    }
}
