/*
 * narrate: sentences about connections. Plain text, no colours, no line breaks.
 */
#ifndef REPORT_NARRATE_H
#define REPORT_NARRATE_H

#include "base/strbuf.h"
#include "report/place.h"
#include "report/report.h"

/* "10.0.0.1" or "2001:db8::1". */
const char *narrate_address(const uint8_t address[16], int ip_version, char *text, size_t size);

/* "10.0.0.1:80" or "[2001:db8::1]:80". */
const char *narrate_endpoint(const struct summary *summary, enum endpoint_id id, char *text,
                             size_t size);

/* "192.0.2.9, on the way", "192.0.2.20, the server's address"; all zero: "an unknown host".
 * summary may be NULL. */
void narrate_host(struct strbuf *out, const struct summary *summary, const uint8_t address[16],
                  int ip_version);

/*
 * Whether the capture holds frames of one end only; *ret_silent is the other one. What that end
 * answered cannot be seen then, and must not be told as missing.
 */
bool narrate_one_sided(const struct summary *summary, enum endpoint_id *ret_silent);

/* "SYN,ACK" in the order FIN SYN RST PSH ACK URG ECE CWR AE, without PSH when quiet. */
const char *narrate_flags(unsigned flags, char *text, size_t size);

/*
 * Fills a topic's template (title, text or advice) with the finding's and the connection's
 * facts. summary may be NULL for findings of scope host and capture.
 */
void narrate_template(struct strbuf *out, const char *template, const struct finding *finding,
                      const struct summary *summary);

/*
 * The arithmetic of a check event: "ack = x + 1: 2984134452 = 2984134451 + 1"; for a failed one
 * "ack = x + 1: 2984134453 != 2984134451 + 1". relative: the same in numbers relative to the
 * ISNs. False (nothing written) when the base is not known, or the check was skipped.
 */
bool narrate_arithmetic(struct strbuf *out, const struct event *check,
                        const struct summary *summary, bool relative);

/* {rule}, {means} or {sum} of a finding about a check that failed. False for another name. */
bool narrate_rule(struct strbuf *out, const char *name, size_t length,
                  const struct finding *finding, const struct summary *summary);

/* How fast data was, and how long round trips took, of the ends of which that was measured; nothing
 * where it was of neither. */
void narrate_rate(struct strbuf *out, const struct connection_report *connection);
void narrate_delay_measured(struct strbuf *out, const struct connection_report *connection);

/* One sentence each: how it opened ("three-way handshake in 10.8 ms"), how it closed. */
void narrate_opening(struct strbuf *out, const struct connection_report *connection);
void narrate_close(struct strbuf *out, const struct connection_report *connection);

/*
 * This end's only FIN came so shortly before the end of the capture that an acknowledgement need not
 * have come back: how long before, ns. UNKNOWN_NS where one was due, or came.
 */
int64_t narrate_fin_just_sent(const struct connection_report *connection, enum endpoint_id id);

/* The end whose FIN was the first in the capture, or the only one; the client without any. */
enum endpoint_id narrate_first_fin(const struct summary *summary);

/* Whether the one FIN of the capture may answer another one, sent before the capture began. */
bool narrate_fin_may_be_second(const struct summary *summary);

/*
 * The end-of-capture verdict: who still holds what and whose move it is, one or two sentences.
 * msl_ns: the maximum segment lifetime (TIME_WAIT lasts two of them).
 */
void narrate_end(struct strbuf *out, const struct connection_report *connection,
                 int64_t msl_ns);

/*
 * Puts the states that the ends still held when another connection took their ports into summary,
 * a copy of the connection's. False when they held none, or the ports were not taken.
 */
bool narrate_before_reuse(const struct connection_report *connection, struct summary *summary);

/*
 * Whether the capture speaks for an end, its program or the network where something failed or
 * took long: "the program at the server, very probably: ...". Nothing where it can't tell.
 */
void narrate_points(struct strbuf *out, const struct connection_report *connection);

/* "; answer after 1.5 s": the longest time that an end kept the other waiting, if it was long. */
void narrate_wait(struct strbuf *out, const struct connection_report *connection);

/* "near the client, we infer: it answers in 45 us, the server in 10.5 ms"; nothing where the
 * vantage is not known. The same of the whole capture: "on the server 192.0.2.7". */
void narrate_vantage(struct strbuf *out, const struct summary *summary,
                     const struct vantage_verdict *verdict);
void narrate_place(struct strbuf *out, const struct place *place);

/*
 * What kept each direction from being faster, and how long requests waited; nothing where that was
 * not measured. narrate_shares: the sums behind it. narrate_queue: that most of the time went into
 * longer round trips, or nothing.
 */
void narrate_limits(struct strbuf *out, const struct connection_report *connection);
void narrate_shares(struct strbuf *out, const struct connection_report *connection);
void narrate_queue(struct strbuf *out, const struct summary *summary);
void narrate_exchanges(struct strbuf *out, const struct connection_report *connection);

/* All of it in a few words: "client closed first (FIN); 3 sent again". */
void narrate_brief(struct strbuf *out, const struct connection_report *connection);

/*
 * Whether the server answered the SYN and then took nothing that came: shown by repeats, or by
 * data that it had a second to acknowledge.
 */
bool narrate_not_taken(const struct summary *summary);

/* Each end sent a SYN, and what came of it is not in the capture: they may have crossed, or the
 * second may have answered the first. */
bool narrate_syns_alone(const struct summary *summary);

/* The server, or somebody in its name, replied to the SYN with what does not acknowledge it: TCP
 * ignores that (RFC 9293 §3.10.7.3), so the SYN is neither answered nor refused. */
bool narrate_reply_unfit(const struct summary *summary);

/* Whether the server answered the SYN, and then nothing but with a RST. */
bool narrate_refused_late(const struct summary *summary);

/* The client repeated its SYN after the server's SYN-ACK had passed: that did not reach it. */
bool narrate_syn_goes_on(const struct connection_report *connection);

/* No SYN-ACK acknowledges the number of the SYN. */
bool narrate_answer_is_wrong(const struct connection_report *connection);

/* The first event of this kind by either end, or NULL. */
const struct event *narrate_first(const struct connection_report *connection,
                                  enum event_kind kind);

/* The connection's finding of this topic; false when it has none. */
bool narrate_has_finding(const struct connection_report *connection, enum topic_id topic,
                         struct finding *ret_finding);

/* A duration in a readable unit, with what stands before and after it. */
void narrate_duration(struct strbuf *out, const char *before, int64_t duration,
                      const char *after);

/* Why a transition is known: "proved by frame 9: it acknowledges the other FIN (ack=u+1)". */
void narrate_reason(struct strbuf *out, const struct connection_report *connection,
                    const struct event *event);
/* The end whose FIN the capture may lack, as its peer, which closed, acknowledged a number behind all
 * of it; false: none. */
bool narrate_fin_missing(const struct summary *summary, enum endpoint_id *ret_who);

/* The same where it is inferred because another input shows the segment at this very end. False,
 * and nothing is said, where it is not. */
bool narrate_reason_arrived(struct strbuf *out, const struct connection_report *connection,
                            const struct event *event);

/* How many SYNs, FINs or RSTs: "3", and "255 or more" where counting ended. */
void narrate_count(struct strbuf *out, uint32_t n);

/* The same text with a capital letter, where it begins a line. */
void narrate_capital(struct strbuf *text);

/* Evidence in words: "8 FIN seq=2984134532". */
void narrate_evidence(struct strbuf *out, const struct evidence *evidence);

/* The value of a piece of evidence alone: "2984134532", "FIN,ACK", "1.014 s". */
void narrate_evidence_value(struct strbuf *out, const struct evidence *evidence);

#endif
