/* topic_rules: the part of the catalogue that tells of broken rules (model/check). */
#include "model/topic.h"

const struct topic topics_rules[TOPIC_N - TOPIC_RULES_FIRST] = {
    [TOPIC_ILLEGAL_FLAGS - TOPIC_RULES_FIRST] = {
        .id = "illegal-flags",
        .severity = SEVERITY_ATTACK,
        .scope = SCOPE_SEGMENT,
        .title = "{who} sent flags that no TCP sends",
        .text = "No host that speaks TCP sends what frame {f1} holds ({sum}). Port scanners do, to "
                "see how a host answers, and so do tools that try to get past a firewall. "
                "Segments like this noted here: {n}.",
        .advice = "Find out who sends from this address, and whether the scan was ordered. A "
                  "firewall drops such segments without harm to anyone.",
        .reference = "RFC 9293 §3.1",
    },
    [TOPIC_OPTIMISTIC_ACK - TOPIC_RULES_FIRST] = {
        .id = "optimistic-ack",
        .severity = SEVERITY_ATTACK,
        .scope = SCOPE_CONNECTION,
        .title = "{who} acknowledges what was never sent",
        .text = "{n} times {who} acknowledged more than {peer} had sent, and more than its own "
                "window allowed (first: frame {f1}, {sum}); the capture is from near the sender. "
                "Who acknowledges in advance makes it go faster than the network bears.",
        .advice = "A sender ignores such an ACK, but answers it. Look at the host behind that "
                  "address; a device that rewrites numbers does the same by mistake.",
        .reference = "RFC 9293 §3.10.7.4",
    },
    [TOPIC_SEQUENCE_REWRITING - TOPIC_RULES_FIRST] = {
        .id = "sequence-rewriting",
        .severity = SEVERITY_ERROR,
        .scope = SCOPE_CONNECTION,
        .title = "SACK blocks toward {peer} are off by about {m}",
        .text = "{n} SACK options of {who} name bytes that were never sent, all by the same "
                "distance (first: frame {f1}, {sum}). A device on the way gives the connection "
                "other sequence numbers and forgets those in the SACK option. {peer} cannot use "
                "them, so after a loss more is sent again than was lost.",
        .advice = "Turn off the rewriting of sequence numbers on the firewall or load balancer in "
                  "between, or update it. A capture at each end shows where the numbers change.",
        .reference = "RFC 2018 §3",
    },
    [TOPIC_WINDOW_SHRUNK - TOPIC_RULES_FIRST] = {
        .id = "window-shrunk",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "{who} took back {n} bytes of its window",
        .text = "Frame {f1} moves the right edge of the window back: {sum}. What {peer} sent "
                "before it knew may be refused and has to be sent again.",
        .advice = "A sender has to cope with it, so it seldom hurts. Hosts short of memory do it, "
                  "Linux with net.ipv4.tcp_shrink_window=1, and devices that edit windows.",
        .reference = "RFC 9293 §3.8.6",
    },
    [TOPIC_MSS_EXCEEDED - TOPIC_RULES_FIRST] = {
        .id = "mss-exceeded",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_SEGMENT,
        .title = "{who} sends segments larger than its peer's MSS",
        .text = "Frame {f1} carries {n} bytes; the MSS of {peer} leaves room for {m}. A segment "
                "that is too large for the way is cut up or lost.",
        .advice = "Compare the SYNs at both ends: a device may have changed the MSS option. If it "
                  "is the same there, the sender's TCP stack ignores it.",
        .reference = "RFC 9293 §3.7.1",
    },
    [TOPIC_RULE_BROKEN - TOPIC_RULES_FIRST] = {
        .id = "rule-broken",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "{who} broke the rule {rule}",
        .text = "In frame {f1} a rule of TCP does not hold: {means}. Seen: {sum}. Failures of "
                "rules noted here: {n}. A faulty TCP stack does this, a device on the way that "
                "rewrites segments, or somebody who makes them up.",
        .advice = "Capture at both ends and compare the segment: if it differs, a device in "
                  "between changed it; if not, its sender made it so. -v lists all rules.",
        .reference = "RFC 9293 §3.10.7.4",
    },
};
