"""The scenarios of the lab: a function for each end, and a row of the table below.

The function of an end runs on a thread inside that host; stage.py has End, with
which it makes sockets, loses packets and waits for the other end.
"""

import contextlib
import socket
import struct
import sys
import time

from stage import PORT, Scenario, Slow, Tagged, main

REQUEST = b"GET /hello HTTP/1.0\r\n\r\n"
REPLY = b"HTTP/1.0 200 OK\r\n\r\nhello\n"
BANNER = b"220 ready\r\n"

IPPROTO_TCP = socket.IPPROTO_TCP
LINGER_ZERO = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
KEEPALIVE = ((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
             (IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
             (IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
             (IPPROTO_TCP, socket.TCP_KEEPCNT, 3))
MSG_FASTOPEN = 0x20000000       # linux/socket.h

MOMENT = 0.2                    # longer than any delayed acknowledgement here

PURE_ACK = "tcp flags & (fin | syn | rst | psh | ack) == ack ip length 52"
FIN = "tcp flags & fin == fin"
SYN = "tcp flags & (syn | ack) == syn"
SYN_ACK = "tcp flags & (syn | ack) == (syn | ack)"


# What both ends of most scenarios do

def read_until(sock, end_of_message):
    data = b""
    while not data.endswith(end_of_message):
        part = sock.recv(65536)
        if not part:
            break
        data += part


def read_all(sock):
    while sock.recv(65536):
        pass


def ask(sock):
    sock.sendall(REQUEST)
    read_until(sock, b"hello\n")


def answer(sock):
    read_until(sock, b"\r\n\r\n")
    sock.sendall(REPLY)


# Ends

def ask_and_close(end):
    sock = end.connect()
    ask(sock)
    sock.close()


def ask_close_and_stay(end):
    ask_and_close(end)
    time.sleep(5 * MOMENT)


def ask_and_close_late(end):
    sock = end.connect()
    ask(sock)
    time.sleep(MOMENT)
    sock.close()


def ask_and_wait(end):
    """Closes when the other end has closed."""
    sock = end.connect()
    ask(sock)
    read_all(sock)
    time.sleep(MOMENT)
    sock.close()


def ask_and_stay(end):
    ask(end.connect())
    time.sleep(MOMENT)


def answer_and_close_at_once(end):
    """Closes as soon as it reads the other end's FIN."""
    sock = end.accept(end.listen())
    answer(sock)
    read_all(sock)
    sock.close()


def answer_and_close_late(end):
    sock = end.accept(end.listen())
    answer(sock)
    read_all(sock)
    time.sleep(MOMENT)
    sock.close()


def answer_and_close_first(end):
    sock = end.accept(end.listen())
    answer(sock)
    sock.close()
    time.sleep(2 * MOMENT)


def answer_and_stay(end):
    answer(end.accept(end.listen()))


def only_listen(end):
    end.listen()


def try_to_connect(end):
    try:
        end.connect(listener=False)
    except OSError:
        pass                    # that is the point


def half_close_client(end):
    sock = end.connect()
    sock.sendall(REQUEST)
    sock.shutdown(socket.SHUT_WR)
    read_all(sock)
    sock.close()


def half_close_server(end):
    sock = end.accept(end.listen())
    read_all(sock)
    time.sleep(MOMENT)
    sock.sendall(REPLY + b"." * 20000)
    time.sleep(MOMENT)
    sock.close()


def linger_client(end):
    sock = end.connect(LINGER_ZERO)
    ask(sock)
    time.sleep(MOMENT)
    sock.close()


def unread_client(end):
    sock = end.connect()
    sock.sendall(REQUEST)
    end.tell("asked")
    time.sleep(2 * MOMENT)


def unread_server(end):
    sock = end.accept(end.listen())
    end.wait("asked")
    time.sleep(MOMENT)
    sock.close()


def keepalive_client(end):
    sock = end.connect(*KEEPALIVE)
    ask(sock)
    time.sleep(3.5)
    sock.close()


def keepalive_dead_client(end):
    sock = end.connect(*KEEPALIVE)
    ask(sock)
    end.tell("answered")
    try:
        read_all(sock)
    except OSError:
        pass


def keepalive_dead_server(end):
    answer(end.accept(end.listen()))
    end.wait("answered")
    time.sleep(MOMENT)
    end.filter("input", "drop")


def twice_client(end):
    """Both times from the same port."""
    sock = end.connect()
    ask(sock)
    read_all(sock)
    sock.close()
    time.sleep(MOMENT)
    ask_and_close(end)


def reopen_server(end):
    listener = end.listen()
    sock = end.accept(listener)
    answer(sock)
    sock.close()
    sock = end.accept(listener)
    answer(sock)
    read_all(sock)
    sock.close()


def forget_server(end):
    sock = end.accept(end.listen(LINGER_ZERO))
    answer(sock)
    end.wait("answered")
    sock.close()                # its RST is lost
    end.tell("forgotten")


def talk_to_the_forgetful_client(end):
    sock = end.connect()
    ask(sock)
    time.sleep(MOMENT)
    end.tell("answered")
    end.wait("forgotten")
    time.sleep(MOMENT)
    try:
        ask(sock)
    except ConnectionResetError:
        pass


def reset_and_again_client(end):
    sock = end.connect(LINGER_ZERO)
    ask(sock)
    time.sleep(MOMENT)
    sock.close()
    time.sleep(MOMENT)
    ask_and_close(end)


def reset_and_again_server(end):
    listener = end.listen()
    sock = end.accept(listener)
    answer(sock)
    try:
        read_all(sock)
    except ConnectionResetError:
        pass
    sock = end.accept(listener)
    answer(sock)
    read_all(sock)
    sock.close()


def close_wait_client(end):
    ask_and_close(end)
    time.sleep(3.5)


def leak_client(end):
    for number in range(3):
        sock = end.connect(port=40001 + number)
        ask(sock)
        sock.close()
    time.sleep(5)
    sock = end.connect(port=40004)
    ask(sock)
    sock.close()


def leak_server(end):
    """Forgets to close three of four connections."""
    listener = end.listen()
    for _ in range(3):
        answer(end.accept(listener))
    sock = end.accept(listener)
    answer(sock)
    read_all(sock)
    sock.close()


def crowd(end):
    """Four connections, then four more at once; each asks when its handshake is over."""
    end.wait("listening")
    for wave in range(2):
        socks = [end.socket(port=40001 + 4 * wave + number) for number in range(4)]
        for sock in socks:
            sock.setblocking(False)
            sock.connect_ex((end.peer, PORT))
        time.sleep(MOMENT)
        for sock in socks:
            with contextlib.suppress(ConnectionError):
                sock.send(REQUEST)
    time.sleep(10 * MOMENT)


def never_accept(end):
    """Its queue holds five: Linux takes one more than the backlog. As many may be half open; beyond
    that it would answer with cookies, and a cookie that comes back too late is no connection."""
    end.listen(backlog=4)
    time.sleep(12 * MOMENT)


def abort_on_overflow(client, server):
    server.sysctl("net.ipv4.tcp_abort_on_overflow", 1)


def talk_to_the_gone_client(end):
    sock = end.connect()
    ask(sock)
    read_all(sock)
    time.sleep(MOMENT)
    try:
        sock.sendall(REQUEST)
        time.sleep(MOMENT)
        sock.sendall(REQUEST)
    except OSError:
        pass
    sock.close()


def stream_client(end):
    """Writes a record every 20 ms and never reads; ends when a write is refused."""
    sock = end.connect((IPPROTO_TCP, socket.TCP_NODELAY, 1))
    for _ in range(50):
        try:
            sock.sendall(b"." * 100)
        except BrokenPipeError:
            return
        time.sleep(0.02)
    raise RuntimeError("no write was refused with EPIPE")


def take_three_records_server(end):
    sock = end.accept(end.listen())
    for _ in range(3):
        sock.recv(100, socket.MSG_WAITALL)
    sock.close()
    time.sleep(2 * MOMENT)


def close_unheard_client(end):
    """After its FIN it hears nothing more."""
    sock = end.connect()
    ask(sock)
    sock.shutdown(socket.SHUT_WR)
    time.sleep(MOMENT)
    end.filter("input", "drop")
    end.tell("deaf")
    time.sleep(4)


def close_to_the_deaf_server(end):
    sock = end.accept(end.listen())
    answer(sock)
    read_all(sock)
    end.wait("deaf")
    sock.close()


def two_views_client(end):
    """Three connections; the second begins before the first has ended."""
    first = end.connect(port=40001)
    first.sendall(b"." * 7240)
    second = end.connect(port=40002)
    first.shutdown(socket.SHUT_WR)
    ask(second)
    read_all(first)
    first.close()
    time.sleep(MOMENT)
    second.close()
    third = end.connect(port=40003)
    ask(third)
    read_all(third)
    time.sleep(2 * MOMENT)
    third.close()
    time.sleep(MOMENT)


def two_views_server(end):
    listener = end.listen()
    first = end.accept(listener)
    second = end.accept(listener)
    answer(second)
    read_all(first)
    first.close()
    read_all(second)
    second.close()
    third = end.accept(listener)
    answer(third)
    third.close()
    time.sleep(4 * MOMENT)


def two_views_losses():
    """Of the three connections the cable loses the first one's third segment of data and the
    third one's first FIN of the server. A frame: Ethernet 14 bytes, IP 20, TCP from 34 on."""
    seen = {"data": 0, "fin": 0}

    def loses(frame):
        source, target = struct.unpack("!HH", frame[34:38])
        if source == 40001 and len(frame) > 1000:
            seen["data"] += 1
            return seen["data"] == 3
        if target == 40003 and frame[47] & 1:
            seen["fin"] += 1
            return seen["fin"] == 1
        return False

    return loses


def fast_open_client(end):
    """The first connection asks for a cookie; the second has data on its SYN."""
    end.wait("listening")
    for number in range(2):
        sock = end.socket(port=40001 + number)
        sock.setblocking(True)
        sock.sendto(REQUEST, MSG_FASTOPEN, (end.peer, 8080))
        read_until(sock, b"hello\n")
        sock.close()
        time.sleep(MOMENT)


def fast_open_server(end):
    listener = end.listen((IPPROTO_TCP, socket.TCP_FASTOPEN, 8))
    for _ in range(2):
        sock = end.accept(listener)
        answer(sock)
        read_all(sock)
        sock.close()


def fast_open_refusing_server(end):
    """No longer takes data on a SYN when the second connection comes."""
    listener = end.listen((IPPROTO_TCP, socket.TCP_FASTOPEN, 8))
    sock = end.accept(listener)
    answer(sock)
    read_all(sock)
    sock.close()
    end.sysctl("net.ipv4.tcp_fastopen", 0)
    sock = end.accept(listener)
    answer(sock)
    read_all(sock)
    sock.close()


def hear_client(end):
    sock = end.connect()
    read_until(sock, b"\r\n")
    time.sleep(MOMENT)
    sock.sendall(b"QUIT\r\n")
    read_until(sock, b"\r\n")
    sock.close()


def greet_server(end):
    sock = end.accept(end.listen())
    sock.sendall(BANNER)
    read_until(sock, b"QUIT\r\n")
    sock.sendall(b"221 bye\r\n")
    read_all(sock)
    sock.close()


def silent_at_first_client(end):
    sock = end.connect()
    time.sleep(1.5)
    ask(sock)
    sock.close()


def upload_client(end):
    sock = end.connect()
    sock.sendall(b"." * 14480)
    sock.shutdown(socket.SHUT_WR)
    read_all(sock)
    sock.close()


def take_server(end):
    sock = end.accept(end.listen())
    read_all(sock)
    sock.close()


def slow_reading_server(end):
    sock = end.accept(end.listen((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)))
    time.sleep(1.5)
    read_all(sock)
    sock.close()


def midstream_client(end):
    sock = end.connect()
    ask(sock)
    time.sleep(MOMENT)
    end.start_capture()
    ask(sock)
    time.sleep(MOMENT)
    sock.close()


def midstream_server(end):
    sock = end.accept(end.listen())
    answer(sock)
    answer(sock)
    read_all(sock)
    sock.close()


def give_up_client(end):
    """Gives up while the answer to its SYN is on its way."""
    end.wait("listening")
    sock = end.socket(port=40001)
    sock.setblocking(False)
    sock.connect_ex((end.peer, 8080))
    time.sleep(0.02)
    sock.close()
    time.sleep(MOMENT)


def crossing_close(sock, end, other):
    time.sleep(MOMENT)
    end.tell(f"{end.side} ready")
    end.wait(f"{other} ready")
    sock.close()
    time.sleep(2 * MOMENT)


def crossing_fins_client(end):
    sock = end.connect()
    ask(sock)
    crossing_close(sock, end, "server")


def crossing_fins_server(end):
    sock = end.accept(end.listen())
    answer(sock)
    crossing_close(sock, end, "client")


def crossing_syns_client(end):
    sock = end.socket(port=40001)
    end.tell("client ready")
    end.wait("server ready")
    sock.connect((end.peer, 8080))
    ask(sock)
    time.sleep(MOMENT)
    sock.close()


def crossing_syns_server(end):
    sock = end.socket(port=8080)
    end.tell("server ready")
    end.wait("client ready")
    time.sleep(0.01)            # so that it is clear which SYN is the first
    sock.connect((end.peer, 40001))
    answer(sock)
    read_all(sock)
    time.sleep(MOMENT)
    sock.close()


# Setups: function(client, server), before anything is captured

def server_drops_all(client, server):
    client.sysctl("net.ipv4.tcp_syn_retries", 2)
    server.filter("input", "tcp dport 8080 drop")


def server_rejects(client, server):
    server.filter("input", "tcp dport 8080 reject with icmp type admin-prohibited")


def server_loses_first(match):
    return lambda client, server: server.drop_first("input", match)


def client_loses_first(match):
    return lambda client, server: client.drop_first("input", match)


def server_loses_fourth_data(client, server):
    server.filter("input", "meta length > 1000 numgen inc mod 1000 == 3 drop")


def server_loses_last_ack(client, server):
    """The first acknowledges the SYN-ACK, the second the reply, the third the FIN."""
    server.filter("input", f"{PURE_ACK} numgen inc mod 1000 == 2 drop")


def synack_lost_before_capture(client, server):
    server.drop_first("output", SYN_ACK)


def server_loses_last_data(client, server):
    server.filter("input", "meta length > 1000 numgen inc mod 1000 == 9 drop")


def server_loses_request_thrice(client, server):
    server.filter("input", "tcp flags & psh == psh limit rate 1/hour burst 3 packets drop")


def loses_its_rst(end):
    end.drop_first("output", "tcp flags & rst == rst")


def client_loses_its_rst(client, server):
    loses_its_rst(client)


def server_loses_its_rst(client, server):
    loses_its_rst(server)


def client_never_hears(client, server):
    client.sysctl("net.ipv4.tcp_syn_retries", 2)
    client.filter("input", "drop")


def both_fast_open(client, server):
    for end in (client, server):
        end.sysctl("net.ipv4.tcp_fastopen", 3)


def no_options(client, server):
    for name in ("timestamps", "sack", "window_scaling"):
        client.sysctl(f"net.ipv4.tcp_{name}", 0)


def both_ecn(client, server):
    for end in (client, server):
        end.sysctl("net.ipv4.tcp_ecn", 1)


# The table. Rows stand in the order of pcaps/README.md.

CLEAN = {"client": ask_and_close, "server": answer_and_close_at_once}

SCENARIOS = [
    # Closes
    Scenario("close-four", "client closes, server 0.2 s later: FIN, ACK, FIN, ACK",
             ask_and_close, answer_and_close_late),
    Scenario("close-three", "server closes at once: FIN, FIN+ACK, ACK", **CLEAN),
    Scenario("close-simultaneous", "both close at once, the FINs cross on a slow cable",
             crossing_fins_client, crossing_fins_server, link=Slow(0.05)),
    Scenario("half-close", "client sends FIN, server sends 20 kB more, then its FIN",
             half_close_client, half_close_server),
    Scenario("server-closes-first", "server answers and closes, client 0.2 s later",
             ask_and_wait, answer_and_close_first),
    Scenario("close-wait", "client closes, server never does",
             close_wait_client, answer_and_stay),
    Scenario("close-wait-leak", "server forgets to close three of four connections",
             leak_client, leak_server),
    Scenario("left-open", "nobody closes before the capture ends",
             ask_and_stay, answer_and_stay),
    Scenario("fin-lost", "the client's first FIN is lost behind the capture",
             ask_and_close_late, answer_and_close_late, server_loses_first(FIN)),
    Scenario("last-ack-lost", "the last ACK is lost, the server repeats its FIN",
             ask_close_and_stay, answer_and_close_late, server_loses_last_ack),
    Scenario("second-fin-unheard", "the server's FIN is lost again and again behind the capture",
             close_unheard_client, close_to_the_deaf_server, at="server"),

    # Openings
    Scenario("server-speaks-first", "the server greets before the client says anything",
             hear_client, greet_server),
    Scenario("open-simultaneous", "both connect to each other, the SYNs cross",
             crossing_syns_client, crossing_syns_server, link=Slow(0.05)),
    Scenario("fast-open", "the first connection gets a cookie, the second has data on SYN",
             fast_open_client, fast_open_server, both_fast_open),
    Scenario("fast-open-refused", "the server no longer takes the data on the second SYN",
             fast_open_client, fast_open_refusing_server, both_fast_open),
    Scenario("refused", "nobody listens: RST", try_to_connect),
    Scenario("filtered", "a filter drops every SYN", try_to_connect, only_listen,
             server_drops_all),
    Scenario("rejected-icmp", "a filter answers the SYN with an ICMP error",
             try_to_connect, only_listen, server_rejects,
             link=Slow(0.05), filter="tcp or icmp"),
    Scenario("aborted", "client gives up before the SYN-ACK arrives: RST",
             give_up_client, only_listen, link=Slow(0.05)),
    Scenario("half-open", "the client never hears the SYN-ACK",
             try_to_connect, only_listen, client_never_hears, at="server"),
    Scenario("syn-lost", "the first SYN is lost behind the capture",
             **CLEAN, setup=server_loses_first(SYN)),
    Scenario("synack-lost", "the first SYN-ACK is lost behind the capture",
             **CLEAN, setup=client_loses_first(SYN_ACK), at="server"),
    Scenario("synack-lost-unseen", "the first SYN-ACK is lost before the capture",
             **CLEAN, setup=synack_lost_before_capture),
    Scenario("third-ack-lost", "the third ACK is lost, the client is silent for 1.5 s",
             silent_at_first_client, answer_and_close_at_once, server_loses_first(PURE_ACK)),

    # Resets
    Scenario("linger-reset", "client closes with SO_LINGER 0: RST",
             linger_client, answer_and_stay),
    Scenario("unread-reset", "server closes with the request unread: RST",
             unread_client, unread_server),
    Scenario("rst-after-close", "client sends to a server that has closed: RST",
             talk_to_the_gone_client, answer_and_close_first),
    Scenario("write-after-close", "client goes on writing to a server that has closed: EPIPE",
             stream_client, take_three_records_server, link=Slow(0.05)),
    Scenario("server-forgot", "client sends to a server that lost the connection: RST",
             talk_to_the_forgetful_client, forget_server, server_loses_its_rst),

    Scenario("queue-full", "the server accepts none of eight connections, its queue holds five",
             crowd, never_accept, at="server", link=Slow(0.02)),
    Scenario("queue-full-abort", "the same, and the server's kernel is told to abort the others",
             crowd, never_accept, abort_on_overflow, link=Slow(0.02)),

    # Data and idling
    Scenario("keepalive", "three keep-alive probes are answered, then a clean close",
             keepalive_client, answer_and_close_at_once),
    Scenario("keepalive-dead", "keep-alive probes are not answered: RST",
             keepalive_dead_client, keepalive_dead_server),
    Scenario("data-lost", "the fourth of ten data segments is lost behind the capture",
             upload_client, take_server, server_loses_fourth_data),
    Scenario("tail-lost", "the last data segment is lost, the FIN behind it arrives",
             upload_client, take_server, server_loses_last_data),
    Scenario("request-lost", "the request is lost three times",
             ask_and_close, answer_and_close_at_once, server_loses_request_thrice),
    Scenario("zero-window", "the server does not read for 1.5 s",
             upload_client, slow_reading_server),

    # One port pair, several connections
    Scenario("port-reuse", "a SYN reopens a connection that the server has in TIME_WAIT",
             twice_client, reopen_server),
    Scenario("reuse-after-reset", "the same port pair again after a RST",
             reset_and_again_client, reset_and_again_server),
    Scenario("half-open-recovery", "client lost the connection and opens it again",
             reset_and_again_client, reset_and_again_server, client_loses_its_rst),

    # Addresses, links, options
    Scenario("ipv6", "a clean connection over IPv6", **CLEAN, ip=6),
    Scenario("vlan", "a clean connection in VLAN 10", **CLEAN,
             link=Tagged(((0x8100, 10),)), filter="vlan and tcp"),
    Scenario("qinq", "a clean connection in VLAN 20 inside service VLAN 100", **CLEAN,
             link=Tagged(((0x88A8, 100), (0x8100, 20))), filter="vlan and vlan and tcp"),

    Scenario("plain-options", "no option but the MSS", **CLEAN, setup=no_options),
    Scenario("ecn", "both ends agree on ECN", **CLEAN, setup=both_ecn),

    # Ways to capture
    Scenario("checksum-offload", "the card would finish the checksums", **CLEAN,
             offload=("tx",)),
    Scenario("segment-offload", "segments longer than the MSS: the card would cut them",
             half_close_client, half_close_server, offload=("tx", "tso", "gso", "gro")),
    Scenario("linux-cooked", "captured on every interface at once, SLL2", **CLEAN,
             interface="any", capture=("--nano", "-y", "LINUX_SLL2")),
    Scenario("linux-cooked-v1", "the same, SLL", **CLEAN,
             interface="any", capture=("--nano", "-y", "LINUX_SLL")),
    Scenario("snaplen-60", "60 bytes of each frame: TCP options are cut", **CLEAN,
             capture=("--nano", "-s", "60")),
    Scenario("snaplen-80", "80 bytes of each frame: payload is cut", **CLEAN,
             capture=("--nano", "-s", "80")),
    Scenario("midstream", "the capture starts in the middle of the connection",
             midstream_client, midstream_server, late=True),
    Scenario("pcapng", "a clean connection as pcapng", **CLEAN, pcapng=True),
    Scenario("microseconds", "a clean connection with microsecond times", **CLEAN,
             capture=("--micro",)),

    # One traffic, captured at both ends
    Scenario("two-views", "three connections, seen by both ends; the cable loses two segments",
             two_views_client, two_views_server, at="both",
             link=Slow(0.02, two_views_losses())),
]


if __name__ == "__main__":
    sys.exit(main(SCENARIOS))
