/* topic_host: the part of the catalogue that tells of services and hosts over many connections. */
#include "model/topic.h"

const struct topic topics_host[TOPIC_RULES_FIRST - TOPIC_HOST_FIRST] = {
    [TOPIC_SYN_FLOOD - TOPIC_HOST_FIRST] = {
        .id = "syn-flood",
        .severity = SEVERITY_ATTACK,
        .scope = SCOPE_HOST,
        .title = "Up to {rate} SYNs in a second to {host} port {port}, and nobody went on",
        .text = "{n} SYNs from about {m} addresses came to {host} port {port} within {time}, and "
                "{opened} of them became connections; in the worst second of the clock (from "
                "frame {f2} on) {rate} were left, not counting those of the last 1.5 seconds of "
                "the capture, which nobody could have sent again yet. Who wants to connect sends its SYN again after a second, or "
                "acknowledges the answer; made-up sources do neither. Without SYN cookies the "
                "server keeps each SYN for about a minute, until it has no room for real ones.",
        .advice = "On the server, keep net.ipv4.tcp_syncookies at 1 (the default) and raise "
                  "net.ipv4.tcp_max_syn_backlog and the program's listen() backlog; 'nstat -az "
                  "TcpExtSyncookiesSent TcpExtTCPReqQFullDrop' shows what it had to do. Let SYNs "
                  "be limited or filtered upstream, at the provider. To block single addresses is "
                  "of no use where they are made up.",
        .reference = "RFC 4987 §3",
    },
    [TOPIC_SYNS_UNDECIDED - TOPIC_HOST_FIRST] = {
        .id = "syns-undecided",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_HOST,
        .title = "{n} SYNs to {host} port {port}, whose outcome the capture cannot tell",
        .text = "{n} SYNs from about {m} addresses came to {host} port {port} within {time}, and "
                "{opened} of them became connections in this capture. Either it ends too early, "
                "before a client would send its SYN again (after a second), or it holds no "
                "acknowledgement of anybody, so that no handshake can be seen to complete. A flood "
                "looks like this, and a busy service, too.",
        .advice = "Capture for ten seconds or longer, without a filter for flags, and look again.",
        .reference = "RFC 6298 §2.1",
    },
};
