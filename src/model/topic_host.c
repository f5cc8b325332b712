/* topic_host: the part of the catalogue that tells of services and hosts over many connections. */
#include "model/topic.h"

const struct topic topics_host[TOPIC_RULES_FIRST - TOPIC_HOST_FIRST] = {
    [TOPIC_SYN_FLOOD - TOPIC_HOST_FIRST] = {
        .id = "syn-flood",
        .severity = SEVERITY_ATTACK,
        .scope = SCOPE_HOST,
        .title = "{rate} SYNs a second to {host} port {port} that nobody went on with",
        .text = "{n} SYNs from about {m} addresses came to {host} port {port} within {time}, and "
                "{opened} of them became connections; in the worst second (from frame {f2} on) "
                "{rate} were left. Who wants to connect sends its SYN again after a second, or "
                "acknowledges the answer; made-up sources do neither. Without SYN cookies the "
                "server keeps each SYN for about a minute, until it has no room for real ones.",
        .advice = "On the server, keep net.ipv4.tcp_syncookies at 1 (the default) and raise "
                  "net.ipv4.tcp_max_syn_backlog and the program's listen() backlog; 'nstat -az "
                  "TcpExtSyncookiesSent TcpExtTCPReqQFullDrop' shows what it had to do. Let SYNs "
                  "be limited or filtered upstream, at the provider. To block single addresses is "
                  "of no use where they are made up.",
        .reference = "RFC 4987 §3",
    },
};
