/*
 * topic: the catalogue of findings, one row each, in the order of enum topic_id. Texts hold for
 * today's systems: RFC 9293 and its companions, and Linux where a system is named. A text says
 * only what every finding with that id stands for; what differs is in the placeholders.
 */
#include "model/topic.h"

static const struct topic topics[TOPIC_HOST_FIRST] = {
    [TOPIC_HANDSHAKE_REFUSED] = {
        .id = "handshake-refused",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "a RST refused the connection to {server}",
        .text = "The SYN was answered with a RST (frame {f1}): the address answers, but nobody "
                "listens on that port, or a firewall on the way refuses in the server's name.",
        .advice = "On the server, 'ss -ltn' shows what listens and on which address. If the "
                  "service is there, look for a firewall rule that rejects with a RST; its TTL or "
                  "its delay may differ from the server's other answers.",
        .reference = "RFC 9293 §3.10.7.1",
    },
    [TOPIC_HANDSHAKE_UNANSWERED] = {
        .id = "handshake-unanswered",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "{server} never answered {n} SYNs",
        .text = "{client} sent its SYN {n} times and nothing came back within {time}, not even a "
                "refusal. The usual causes are a firewall that drops silently, a host that is "
                "down, a broken way back, or a server whose accept queue is full; a capture that "
                "misses one direction looks the same.",
        .advice = "Try the same port from another place, and capture on the server: do the SYNs "
                  "arrive, and does an answer leave? There 'nstat -az TcpExtListenDrops "
                  "TcpExtListenOverflows' shows SYNs dropped by a full queue.",
        .reference = "RFC 9293 §3.8.3",
    },
    [TOPIC_CONNECT_ABANDONED] = {
        .id = "connect-abandoned",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CONNECTION,
        .title = "{client} sent one SYN and gave up",
        .text = "The only SYN (frame {f1}) got no answer, and it was not repeated although the "
                "capture goes on for {time}. A program that gives up after less than a second "
                "does this, and so does a scanner.",
        .advice = "If it should have connected, see why the SYN got no answer, and give the "
                  "connect timeout more than one second, so that the SYN can be repeated once.",
        .reference = "RFC 6298 §2.1",
    },
    [TOPIC_SYN_RETRANSMISSION] = {
        .id = "syn-retransmission",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "the SYN had to be repeated; sent {n} times",
        .text = "{client} repeated its SYN because no answer had reached it before its timer ran "
                "out; the opening took {time} longer. Where a SYN-ACK stands in the capture before "
                "the repeat, that answer was lost on its way back or came too late; where none "
                "does, a SYN was lost, or its answer before it came here, or a busy server did "
                "not answer.",
        .advice = "One case is ordinary loss. Many toward one server that did not answer: look at "
                  "its accept queue ('ss -ltn', Recv-Q near Send-Q) and at loss on the path. If "
                  "only the first SYN had ECN bits or data on it, a device may drop such SYNs.",
        .reference = "RFC 6298 §2.1",
    },
    [TOPIC_SYNACK_UNANSWERED] = {
        .id = "synack-unanswered",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "nobody acknowledged the server's {n} SYN-ACKs",
        .text = "{server} answered the SYN and repeated its answer, but no acknowledgement "
                "followed within {time}. It keeps an entry in SYN_RCVD for this half-open "
                "connection, on Linux for about 63 s. The SYN-ACK does not reach the client, or "
                "the client is gone, or the SYN's source address was made up.",
        .advice = "One case is harmless. Trace the way from the server back to the client: "
                  "filters and asymmetric routes drop SYN-ACKs. With many unknown sources, keep "
                  "SYN cookies on (net.ipv4.tcp_syncookies, 1 by default).",
        .reference = "RFC 9293 §3.10.7.4",
    },
    [TOPIC_THIRD_ACK_LOST] = {
        .id = "third-ack-lost",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CONNECTION,
        .title = "the third ACK did not count, and the handshake healed",
        .text = "{client} sent the handshake's last ACK (frame {f1}), yet {server} repeated its "
                "SYN-ACK (frame {f2}): the ACK was lost behind the capture point, or the server "
                "set it aside. A later segment carried the same acknowledgement and the "
                "connection came to be.",
        .advice = "Nothing, if rare: every later segment of the client repeats this "
                  "acknowledgement. If many connections to one port show it, compare its accept "
                  "queue ('ss -ltn') and ask whether it uses TCP_DEFER_ACCEPT.",
        .reference = "RFC 9293 §3.5",
    },
    [TOPIC_SIMULTANEOUS_OPEN] = {
        .id = "simultaneous-open",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CONNECTION,
        .title = "both ends opened the connection at once",
        .text = "Each end sent a SYN before it knew of the other's, and TCP made one connection "
                "of the two. Both pass through SYN_SENT and SYN_RCVD. Programs that cross a NAT "
                "do this on purpose.",
        .advice = "Nothing. If both ends are the same address and port, a client that retried a "
                  "local port met itself: let it bind another port.",
        .reference = "RFC 9293 §3.5",
    },
    [TOPIC_SPLIT_HANDSHAKE] = {
        .id = "split-handshake",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "{server} answered the SYN with a SYN of its own",
        .text = "The server sent a bare SYN instead of a SYN-ACK, and the client then sent the "
                "SYN-ACK. The connection works, but devices that guess the direction from the "
                "SYN-ACK take the client for the server.",
        .advice = "Ask why this server opens so: an unusual stack, or an attempt to get past "
                  "inspection. Many firewalls can drop split handshakes.",
        .reference = "RFC 9293 §3.10.7.3",
    },
    [TOPIC_HANDSHAKE_ABORTED] = {
        .id = "handshake-aborted",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "{who} broke off the handshake with a RST",
        .text = "After the SYN-ACK and before anything acknowledged it, {who} sent a RST (frame "
                "{f1}): the connection never came to be. From a client this is a port scan, a "
                "health check, a connect that was given up, or a SYN-ACK it did not ask for; from "
                "a server, a listener that closed or would not take it.",
        .advice = "From a health checker or scanner: nothing. From a server: see whether the "
                  "service was restarting, and whether net.ipv4.tcp_abort_on_overflow is set.",
        .reference = "RFC 9293 §3.5.2",
    },
    [TOPIC_OLD_DUPLICATE_SYN] = {
        .id = "old-duplicate-syn",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CONNECTION,
        .title = "a SYN that {who} does not stand by was answered",
        .text = "{peer} answered a SYN (frame {f2}). {who} reset that answer (frame {f1}) and sent "
                "a SYN with another number {time} later. Most likely the first one was an old SYN "
                "that came late, or of an attempt that {who} had given up. The handshake has its "
                "third step for this: the client can say that it did not ask.",
        .advice = "Nothing if it happens once. If often, look for a device that delays or repeats "
                  "SYNs, and for a NAT that gives one port to several hosts.",
        .reference = "RFC 9293 §3.5",
    },
    [TOPIC_CLOSE_RST_ABORT] = {
        .id = "close-rst-abort",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "{who} ended the connection with a RST",
        .text = "Frame {f1} is a RST: the connection is gone at once, what was still under way in "
                "either direction is thrown away, and nobody passes TIME_WAIT. {who} had sent no "
                "FIN.",
        .advice = "Look at {who} at this moment: a program that was killed or that aborts; compare "
                  "its log with the time of the RST. If both ends seem to have sent a RST, a proxy "
                  "or firewall between them cut the connection.",
        .reference = "RFC 9293 §3.5.2",
    },
    [TOPIC_CLOSE_UNREAD_DATA_RST] = {
        .id = "close-unread-data-rst",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "{who} aborted after data had arrived for it",
        .text = "{who} sent a RST instead of a FIN (frame {f1}); the last data of the connection "
                "had come to it, not from it. Either its program closed the socket without "
                "reading that data, which TCP has to report as an abort, or it had read it and "
                "asked for an abort (SO_LINGER with zero seconds). On the wire both look the "
                "same; the first is the likelier where {who} never answered.",
        .advice = "In the program at {who}: stop sending with shutdown(SHUT_WR), read until the "
                  "end, then close. A server that answers an upload with an error should still "
                  "read it, or a part of it. Remove SO_LINGER 0 where it only serves to avoid "
                  "TIME_WAIT.",
        .reference = "RFC 9293 §3.6.1",
    },
    [TOPIC_CLOSE_LINGER_ABORT] = {
        .id = "close-linger-abort",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CONNECTION,
        .title = "{who} aborted the connection with a RST",
        .text = "A living socket sent a RST instead of a FIN (frame {f1}), and no input seems to "
                "have been waiting for it. Very probably its program asked for an abort "
                "(SO_LINGER with zero seconds), as load testers and health checkers do; a socket "
                "that is killed, or whose keep-alives went unanswered, ends like this too.",
        .advice = "Remove SO_LINGER 0 where it only serves to avoid TIME_WAIT: it throws away "
                  "unsent data and hides errors. To bind a listener again after a restart, use "
                  "SO_REUSEADDR.",
        .reference = "RFC 9293 §3.9.1.6",
    },
    [TOPIC_CLOSE_RST_AFTER_FIN] = {
        .id = "close-rst-after-fin",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "{who} answered late data with a RST",
        .text = "{who} had closed (FIN in frame {f2}), {peer} went on sending, and frame {f1} is "
                "the RST that told it that nobody reads any more. Not "
                "acknowledged by then: {n} bytes of {peer}. They may not have been processed, "
                "whether they were sent before the FIN came or after.",
        .advice = "With HTTP keep-alive this is a race: the client's idle timeout should be "
                  "shorter than the server's, and a client should repeat only requests that may "
                  "safely be repeated. A program that still expects data should use "
                  "shutdown(SHUT_WR) instead of close().",
        .reference = "RFC 9293 §3.6.1",
    },
    [TOPIC_KEEPALIVE_DEAD] = {
        .id = "keepalive-dead",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "{peer} did not answer {n} keep-alives",
        .text = "{who} asked {n} times in a row, with keep-alives (the last in frame {f1}), "
                "whether {peer} is still there, and nothing came back. Whoever gets no answer to "
                "several gives the connection up, with a RST; it takes the same way, so a host "
                "that is up but cut off goes on with the connection as open.",
        .advice = "See whether {peer} vanished (power, crash, cable, route), or whether a firewall "
                  "or NAT on the way forgot the idle connection: then keep-alives must come more "
                  "often than its timeout (TCP_KEEPIDLE). One that stays unanswered proves "
                  "nothing, several do.",
        .reference = "RFC 9293 §3.8.4",
    },
    [TOPIC_HALF_OPEN_DEAD_PEER] = {
        .id = "half-open-dead-peer",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "{who} no longer knows this connection",
        .text = "{who} answered a segment of {peer} with the RST of a host that has no such "
                "connection (frame {f1}); no FIN or RST of it passed before. It restarted, it had "
                "given the connection up and its RST was lost, another machine took over its "
                "address, or a device on the way forgot the connection and spoke for it.",
        .advice = "Look for a restart or a failover at {who}, and at the idle timeouts of "
                  "firewalls, NATs and load balancers on the way. Keep-alives, or a heartbeat of "
                  "the program, must come more often than the shortest of them.",
        .reference = "RFC 9293 §3.5.1",
    },
    [TOPIC_SYN_CHALLENGED] = {
        .id = "syn-challenged",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CONNECTION,
        .title = "{peer} still had an older connection on these ports",
        .text = "{who} opened a new connection from ports on which {peer} still held this one. "
                "{peer} answered that SYN with the numbers of the old connection (challenge ACK, "
                "frame {f2}), {who} did not know them and reset (frame {f1}), and the SYN sent "
                "again could then open the new one. That is how TCP clears a connection that one "
                "end has forgotten.",
        .advice = "Nothing if it happens once. If often: {who} restarts or takes its ports again "
                  "without closing; look for killed programs, and for a NAT that gives one port "
                  "to several hosts.",
        .reference = "RFC 9293 §3.5.1",
    },
    [TOPIC_RST_BLIND] = {
        .id = "rst-blind",
        .severity = SEVERITY_ATTACK,
        .scope = SCOPE_CONNECTION,
        .title = "RST that does not fit the connection ({n})",
        .text = "In the name of {who} came RSTs that the receiver has to ignore (first in frame "
                "{f1}): the sequence number was outside its window, or the sender went on as if "
                "nothing had happened. A single one may be a late stray; several with different "
                "numbers are somebody guessing.",
        .advice = "Compare TTL and timing of these RSTs with other segments of {who} to see where "
                  "they come from. Systems that follow RFC 5961 ignore RSTs with inexact numbers; "
                  "TLS does not prevent them.",
        .reference = "RFC 5961 §3.2",
    },
    [TOPIC_CLOSE_WAIT_STUCK] = {
        .id = "close-wait-stuck",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "{who} stayed in CLOSE_WAIT for {time}",
        .text = "{peer} sent its FIN (frame {f1}) and {who} acknowledged it; for {time} {who} did "
                "not send its own. The move is with the program at {who}: it has not called "
                "close(), and no timer of TCP does that for it.",
        .advice = "Look for a leaked or forgotten socket in that program ('ss -tanp state "
                  "close-wait' names it): is a read that returns 0 handled on every path? No "
                  "kernel setting ends CLOSE_WAIT.",
        .reference = "RFC 9293 §3.6",
    },
    [TOPIC_END_HALF_CLOSED] = {
        .id = "end-half-closed",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CONNECTION,
        .title = "{who} had not closed when the capture ended",
        .text = "{peer} sent its FIN (frame {f1}) and {who} acknowledged it, but {who} had not sent "
                "its own when the capture ended, {time} after the other's. It may still send: a "
                "half-closed connection is allowed. The next move is with the program at {who}.",
        .advice = "Nothing, if it still has something to send. Otherwise capture for longer: "
                  "after a minute this looks like a program that forgot to close.",
        .reference = "RFC 9293 §3.6",
    },
    [TOPIC_FIN_RETRANSMISSION] = {
        .id = "fin-retransmission",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CONNECTION,
        .title = "{who} had to repeat its FIN; repeats: {n}",
        .text = "No acknowledgement of the FIN (first sent in frame {f1}) had reached {who} when "
                "its timer ran out, so it was sent again, as a byte of data would be. Where the "
                "acknowledgement stands in the capture before the repeat, that was lost or late; "
                "else the FIN was lost, or {peer} did not answer.",
        .advice = "Nothing, if rare. If {peer} never answers again, see whether it vanished, or "
                  "whether a firewall forgot the connection at the first FIN.",
        .reference = "RFC 6298 §5",
    },
    [TOPIC_CLOSE_SIMULTANEOUS] = {
        .id = "close-simultaneous",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CONNECTION,
        .title = "both ends closed at once",
        .text = "The two FINs crossed: neither acknowledges the other, so each was sent before the "
                "other end's had arrived. Both ends pass through CLOSING, and both keep "
                "TIME_WAIT.",
        .advice = "Nothing: this is a regular way to close.",
        .reference = "RFC 9293 §3.6",
    },
    [TOPIC_TIME_WAIT_REUSE] = {
        .id = "time-wait-reuse",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CONNECTION,
        .title = "the ports were used again out of TIME_WAIT",
        .text = "{time} after the last segment of the connection before it, on the same addresses "
                "and ports, a SYN (frame {f1}) opened a new one, while an end of the old one was "
                "still in TIME_WAIT. This is allowed when the new SYN's timestamp or sequence "
                "number shows that it is newer.",
        .advice = "Nothing, if the connection opened. If such SYNs are answered with a bare ACK "
                  "or not at all, use timestamps on both ends and let the client choose from more "
                  "ports or addresses.",
        .reference = "RFC 6191 §2",
    },
    [TOPIC_PORT_REUSED] = {
        .id = "port-reused",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CONNECTION,
        .title = "the same addresses and ports as a connection before",
        .text = "A SYN (frame {f1}) began this connection {time} after the newest segment, until "
                "then, of another one between the same addresses and ports. They are two "
                "connections with numbers of their own.",
        .advice = "Nothing by itself. A port that comes back very soon means that the client, or "
                  "a NAT before it, has few ports left for this server.",
        .reference = "RFC 9293 §3.4.1",
    },
    [TOPIC_HANDSHAKE_NUMBER_WRONG] = {
        .id = "handshake-number-wrong",
        .severity = SEVERITY_ERROR,
        .scope = SCOPE_SEGMENT,
        .title = "a number of the handshake is wrong",
        .text = "Frame {f1} carries {n} where {m} has to be. Both ends must agree on the first "
                "numbers; a segment with another one belongs to another connection, or something "
                "changed it on its way.",
        .advice = "Capture on both sides of the firewall or load balancer and compare the "
                  "numbers: a device that rewrites them in one place only, a forged segment, or "
                  "two connections taken for one.",
        .reference = "RFC 9293 §3.5",
    },
    [TOPIC_CLOSE_NUMBER_WRONG] = {
        .id = "close-number-wrong",
        .severity = SEVERITY_ERROR,
        .scope = SCOPE_SEGMENT,
        .title = "a number of the close is wrong",
        .text = "Frame {f1} carries {n} where {m} has to be. A FIN takes one sequence number "
                "after the last byte, stays there when repeated, and is acknowledged with the "
                "number after it.",
        .advice = "Capture on both sides of a device that might end or rewrite connections and "
                  "compare the numbers; a forged FIN would also look so.",
        .reference = "RFC 9293 §3.6",
    },
    [TOPIC_CHECKSUM_OFFLOAD] = {
        .id = "checksum-offload",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_HOST,
        .title = "checksums left to the network card (segments: {n})",
        .text = "Segments from frame {f1} on carry unfinished checksums (so many: {n}; hosts that "
                "send them: {m}). The network card completes them after the point where the capture "
                "is taken; between containers or virtual machines of one host nobody needs to. "
                "Nothing is wrong.",
        .advice = "Nothing. Captures taken on the sending host look like this; capture elsewhere, "
                  "or turn checksum offload off with ethtool, only if the checksums themselves "
                  "matter.",
        .reference = "RFC 9293 §3.1",
    },
    [TOPIC_CHECKSUM_BAD] = {
        .id = "checksum-bad",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_SEGMENT,
        .title = "damaged segments ({n})",
        .text = "{n} segment(s) have a wrong checksum (first: frame {f1}). The receiver drops "
                "such a segment without a word and the sender has to repeat it; they are left out "
                "of everything else that is said here.",
        .advice = "Look for a faulty cable, card or device between the sender and the place of "
                  "the capture; error counters of the interfaces tell ('ip -s link', 'ethtool "
                  "-S').",
        .reference = "RFC 9293 §3.1",
    },
    [TOPIC_HANDSHAKE_ICMP_REJECTED] = {
        .id = "handshake-icmp-rejected",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CONNECTION,
        .title = "the SYN was rejected: {error}",
        .text = "The SYN (frame {f1}) was answered with an ICMP error (frame {f2}) that came from "
                "{host}: {error}. Neither a SYN-ACK nor a RST came. A firewall rejects like this "
                "when a rule tells it to, a router when it knows no way, and a host when it is "
                "told to keep a port shut.",
        .advice = "Where the error says that something is prohibited or a port unreachable, look "
                  "at the firewall rules of the host that sent it (on Linux: REJECT). Where a "
                  "host, network or address is unreachable, look at the routes there and whether "
                  "the server is up.",
        .reference = "RFC 9293 §3.9.2.2",
    },
    [TOPIC_CAPTURE_DUPLICATES] = {
        .id = "capture-duplicates",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CAPTURE,
        .title = "the capture holds frames twice (copies: {n}, segments: {m})",
        .text = "Frames show an earlier packet again within a moment (so many: {n}; first: frame "
                "{f1}), at most with another TTL or VLAN. A host that sends a segment again makes "
                "a new packet, so these are copies: made by the capture, or on the way. Each "
                "segment is counted once.",
        .advice = "A mirror port that shows what comes in and what goes out doubles each frame: "
                  "mirror one direction, or capture on one interface. 'editcap -d' takes copies "
                  "out of a file.",
        .reference = "RFC 791 §3.2",
    },
    [TOPIC_LISTEN_QUEUE_OVERFLOW] = {
        .id = "listen-queue-overflow",
        .severity = SEVERITY_ERROR,
        .scope = SCOPE_HOST,
        .title = "the accept queue of {host} port {m} seems full: {n} not taken up",
        .text = "{n} connections that began within {time} opened for the client, but the server "
                "took nothing that followed its SYN-ACK: it sent that again, let data go "
                "unacknowledged, or answered with a RST (as in frame {f1}). So Linux "
                "behaves when the program does not call accept() as fast as connections come and "
                "the queue for it is full.",
        .advice = "On the server, 'ss -ltn' shows the queue (Recv-Q above Send-Q: full), and "
                  "'nstat -az TcpExtListenOverflows' counts. Look why the program is slow to "
                  "accept; let it accept in more threads, or give a larger backlog to listen() "
                  "and in net.core.somaxconn. Leave tcp_abort_on_overflow off. If the listener "
                  "was closed meanwhile, its RSTs look the same.",
        .reference = "RFC 9293 §3.9.1.1",
    },
    [TOPIC_CAPTURE_REORDERED] = {
        .id = "capture-reordered",
        .severity = SEVERITY_NOTE,
        .scope = SCOPE_CAPTURE,
        .title = "the recorder mixed up the order of {n} of {m} segments",
        .text = "{n} segments stand right behind the acknowledgement of them, or have an earlier "
                "time than the frame before them (first: frame {f1}). Nothing is acknowledged before "
                "it is sent, so this is not how they passed: a recorder with several receive queues "
                "writes them down so. What rests on their order is no more than inferred.",
        .advice = "Where the times are right, 'reordercap' puts the frames of a file in order. For "
                  "the next capture let the network card use one receive queue.",
        .reference = "RFC 9293 §3.10.7.4",
    },
    [TOPIC_CAPTURE_DROPS] = {
        .id = "capture-drops",
        .severity = SEVERITY_WARNING,
        .scope = SCOPE_CAPTURE,
        .title = "the capture lacks {n} of {m} bytes that arrived",
        .text = "{n} bytes were acknowledged, and no frame holds them (first told by frame {f1}). "
                "They reached their receiver, so it was not the network that lost them but the "
                "recorder, or they took another way. Where a connection has such gaps, loss before "
                "the capture point is no more than assumed.",
        .advice = "Compare what the recorder says of dropped packets. For the next capture use a "
                  "larger buffer (tcpdump -B), a filter, a shorter snapshot length or a faster "
                  "disk, and capture every link that the connections may take.",
        .reference = "RFC 9293 §3.4",
    },
    [TOPIC_ASYMMETRIC_CAPTURE] = {
        .id = "asymmetric-capture",
        .severity = SEVERITY_ERROR,
        .scope = SCOPE_CAPTURE,
        .title = "only one direction of connections was captured: {n} of {m}",
        .text = "They exchange more than their opening, and frames of one end only are here (first: "
                "frame {f1}): the other direction took another way, or was not recorded. What was "
                "lost, what was not answered and how long answers took cannot be told from this.",
        .advice = "Capture both links, or both directions of the mirror port, and give all files to "
                  "the program together.",
        .reference = "RFC 9293 §3.4",
    },
    [TOPIC_OVERLAP_DIFFERENT_DATA] = {
        .id = "overlap-different-data",
        .severity = SEVERITY_ATTACK,
        .scope = SCOPE_CONNECTION,
        .title = "{who} sent other bytes under the same numbers",
        .text = "Frame {f1} brings bytes that passed before, and they are not the same ones; "
                "segments like it: {n}. A host does not change what it has sent. What a receiver "
                "has in order it keeps. While the old bytes wait behind a hole, systems differ: of "
                "those known, {keepers} would take the new ones. A monitor that decides otherwise "
                "than the host sees another stream.",
        .advice = "Look at the harmless causes first: a device on the way that rewrites payload "
                  "(a proxy, a load balancer, a mirror that decrypts), one that counts a short "
                  "frame's padding as payload (up to 6 zeros), and damage. A capture at the "
                  "sender shows whether it sent both. If not, compare TTL and IP ID of the two "
                  "frames: somebody may put bytes into the connection, or hide them from an "
                  "intrusion detection system.",
        .reference = "RFC 5961 §5",
    },
};

const struct topic *topic_row(enum topic_id id)
{
    return id < TOPIC_HOST_FIRST    ? &topics[id]
           : id < TOPIC_RULES_FIRST ? &topics_host[id - TOPIC_HOST_FIRST]
                                    : &topics_rules[id - TOPIC_RULES_FIRST];
}
