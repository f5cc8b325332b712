/* report_sample: the numbers of the hand-made report. */
#include "report_sample.h"

#include <string.h>

static void sample_summary(struct summary *s)
{
    static const uint8_t client[4] = { 10, 0, 0, 1 }, server[4] = { 10, 9, 0, 2 };
    *s = (struct summary){
        .id = 3, .incarnation = 2, .ip_version = 4, .vlan_count = 1, .vlan = { 17 },
        .role_evidence = ROLE_SYN, .role_certainty = CERTAINTY_OBSERVED,
        .handshake = HANDSHAKE_THREE_WAY, .close = CLOSE_HALF_CLOSED,
        .first_closer = CLOSER_CLIENT, .handshake_complete = true,
        .events_lost = true,
        .first_frame = 3, .last_frame = 11,
        .first_time = SAMPLE_START, .last_time = SAMPLE_START + 2320502 * INT64_C(1000),
        .rtt_ns = 10731000, .synack_ns = 10730000, .ack_ns = UNKNOWN_NS,
        .neighbours_known = true, .completeness = 30, .zeek_history = "^hADdaF",
        .zeek_states = { ZEEK_CLOSED, ZEEK_ESTABLISHED },
    };
    s->endpoints[CLIENT] = (struct endpoint_summary){
        .port = 41000, .state = STATE_FIN_WAIT_2, .state_certainty = CERTAINTY_INFERRED,
        .isn_known = true, .isn_certainty = CERTAINTY_OBSERVED, .isn = SAMPLE_X,
        .segments = 5, .payload_bytes = 80, .payload_bytes_sent = 160, .repeated_segments = 1,
        .retransmitted_segments = 2, .retransmitted_bytes = 1448,
        .mss = 1460, .window_scale = 7, .sack_permitted = KNOWN_YES, .timestamps = KNOWN_NO,
    };
    s->endpoints[SERVER] = (struct endpoint_summary){
        .port = 80, .state = STATE_NONE, .state_certainty = CERTAINTY_ASSUMED,
        .isn_known = true, .isn_certainty = CERTAINTY_ASSUMED, .isn = SAMPLE_Y,
        .segments = 4, .payload_bytes = UINT64_C(5000000000),
        .payload_bytes_sent = UINT64_C(5000000001), .mss = -1, .window_scale = -1,
        .sack_permitted = KNOWN_UNKNOWN, .timestamps = KNOWN_UNKNOWN,
    };
    memcpy(s->endpoints[CLIENT].address, client, 4);
    memcpy(s->endpoints[SERVER].address, server, 4);
}

static void sample_events(struct event events[6])
{
    events[0] = (struct event){ .kind = EVENT_TRANSITION, .endpoint = CLIENT,
                                .certainty = CERTAINTY_OBSERVED, .from = STATE_NONE,
                                .to = STATE_SYN_SENT, .frame = 3, .time = SAMPLE_START };
    events[1] = (struct event){ .kind = EVENT_CHECK, .endpoint = CLIENT,
                                .certainty = CERTAINTY_OBSERVED,
                                .detail = CHECK_SYN_ACK_FIELD_ZERO, .result = CHECK_SKIPPED,
                                .expected = REASON_SYN_NOT_CAPTURED, .frame = 3 };
    /* The SYN-ACK acknowledges x + 1. */
    events[2] = (struct event){ .kind = EVENT_CHECK, .endpoint = SERVER,
                                .certainty = CERTAINTY_OBSERVED,
                                .detail = CHECK_SYNACK_ACKS_ISN_PLUS_1, .result = CHECK_HOLDS,
                                .addend = 1, .observed = SAMPLE_X + 1,
                                .expected = SAMPLE_X + 1, .frame = 4 };
    events[3] = (struct event){ .kind = EVENT_SYN_REPEATED, .endpoint = CLIENT, .frame = 5,
                                .time = SAMPLE_START };
    events[4] = (struct event){ .kind = EVENT_TRANSITION, .endpoint = CLIENT,
                                .certainty = CERTAINTY_PROVED, .from = STATE_SYN_SENT,
                                .to = STATE_ESTABLISHED, .frame = 5, .evidence = 7,
                                .time = SAMPLE_START + NS_PER_S };
    events[5] = (struct event){ .kind = EVENT_CHECK, .endpoint = CLIENT,
                                .certainty = CERTAINTY_OBSERVED,
                                .detail = CHECK_SYN_SEQ_IS_ISN, .result = CHECK_FAILS,
                                .observed = SAMPLE_X + 2, .expected = SAMPLE_X, .frame = 5 };
}

static void sample_findings(struct report_sample *s)
{
    struct finding *f = findings_add(&s->findings, TOPIC_CLOSE_WAIT_STUCK);
    f->connection = 3;
    f->endpoint = SERVER;
    f->certainty = CERTAINTY_INFERRED;
    f->caused_by = TOPIC_END_HALF_CLOSED;
    f->time = 184 * NS_PER_S;
    for (uint64_t frame = 3; frame < 12; frame++) /* nine; eight are kept */
        finding_evidence(f, frame, "seq", EVIDENCE_NUMBER, INT64_C(2984134532));
    f->evidence[1].field = "flags";
    f->evidence[1].format = EVIDENCE_FLAGS;
    f->evidence[1].value = TCP_FIN | TCP_ACK;
    f->evidence[2].format = EVIDENCE_NONE;
    f->evidence[3].field = "waited";
    f->evidence[3].format = EVIDENCE_DURATION;
    f->evidence[3].value = 1012706 * INT64_C(1000);
    s->ranks[0] = 2;
    f = findings_add(&s->capture_findings, TOPIC_CHECKSUM_OFFLOAD);
    f->scope = SCOPE_CAPTURE;
    f->host_ip_version = 4;
    memcpy(f->host, "\x0a\x09\0\x02", 4);
    s->capture_ranks[0] = 5;
}

static void sample_capture(struct capture_report *capture)
{
    *capture = (struct capture_report){
        .input_count = 1, .sorted = true, .frames = 48, .segments = 44, .bytes = 9001,
        .first = SAMPLE_START, .last = SAMPLE_START + NS_PER_S / 2, .not_ip = 1, .not_tcp = 2,
        .fragment = 3, .malformed = 4, .cut = 3, .options_cut = 7, .unsupported_link = 5,
        .connections = 7, .listed = 6, .limit_count = 1, .interrupted = true,
    };
    capture->inputs[0] = (struct input_report){ .name = "a\xff" "b.pcap", .format = "pcapng",
                                                .link_type = "EN10MB", .frames = 48,
                                                .cut_short = true, .error = "cut short" };
    capture->by_handshake[HANDSHAKE_REFUSED] = 3;
    capture->by_close[CLOSE_OPEN] = 4;
    capture->limits[0] = (struct limit_report){ .what = "connections", .count = 12,
                                                .since = SAMPLE_START };
}

void sample_make(struct report_sample *ret_sample)
{
    struct report_sample *s = ret_sample;
    memset(s, 0, sizeof *s);
    sample_summary(&s->summary);
    sample_events(s->events);
    sample_findings(s);
    sample_capture(&s->capture);
    s->capture.findings = &s->capture_findings;
    s->capture.ranks = s->capture_ranks;
    s->connection = (struct connection_report){
        .summary = &s->summary, .events = s->events, .event_count = 6,
        .findings = &s->findings, .ranks = s->ranks, .community_id = "1:abc",
        .handshake_frames = { 3, 4, 5 }, .handshake_frame_count = 3,
        .close_frames = { 10, 11 }, .close_frame_count = 2,
    };
    s->options = (struct render_options){ .width = 80, .program_version = "0.1" };
}
