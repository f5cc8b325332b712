#!/usr/bin/env python3
"""Makes real TCP connections inside one or two network namespaces and writes down what they were.

    live_traffic.py HOLD COUNT LOCAL REMOTE [PID]

COUNT connections are made from the addresses LOCAL to the addresses REMOTE (an IPv4 and an IPv6
address, with a comma between them). With PID, the server ends live in the network namespace of
that process. Standard output gets one JSON object per connection, its truth:

    client, server    [address, port]
    handshake, close  the kinds in the JSON of tcpflow-explain; "|" between two that may be
    first_closer      "client", "server", "both" or null
    ended             whether TCP is done with it: nothing more can come but repeats
    states            {"client", "server"}: the kernel's, from /proc/net/tcp; null where it has none

The kinds follow from what is done here, one step at a time: the next step waits until the kernel
says that the one before was taken up. A line "done" means that all is as written. The sockets
stay open as long as there is a file HOLD; then every connection that is left is reset, so that
nothing of it comes later.

Standard library only.
"""

import ctypes
import errno
import json
import os
import socket
import struct
import sys
import time

PATIENCE = 20  # seconds until a step counts as stuck

# What Linux calls the states, /usr/include/netinet/tcp.h and RFC 9293 section 3.3.2.
STATES = {1: "ESTABLISHED", 2: "SYN_SENT", 3: "SYN_RCVD", 4: "FIN_WAIT_1", 5: "FIN_WAIT_2",
          6: "TIME_WAIT", 7: "CLOSED", 8: "CLOSE_WAIT", 9: "LAST_ACK", 11: "CLOSING",
          12: "SYN_RCVD"}
LISTEN = 10

SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: ret 0
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


class Host:
    """A network namespace, and the addresses that sockets made there have."""

    def __init__(self, pid, addresses):
        self.namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
        self.addresses = dict(zip((socket.AF_INET, socket.AF_INET6), addresses.split(",")))

    def enter(self):
        if libc.setns(self.namespace, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def socket(self, family, port=0):
        self.enter()
        new = socket.socket(family, socket.SOCK_STREAM)
        new.bind((self.addresses[family], port))
        return new

    def states(self):
        """(address, port, address, port) to the state of that socket."""
        self.enter()
        found = {}
        for name in "tcp", "tcp6":
            with open(f"/proc/thread-self/net/{name}", encoding="ascii") as table:
                for line in table.readlines()[1:]:
                    column = line.split()
                    state = int(column[3], 16)
                    if state != LISTEN:
                        found[end_read(column[1]) + end_read(column[2])] = STATES[state]
        return found


def end_read(text):
    """An end as /proc/net/tcp writes it: words of 32 bits in the byte order of the host."""
    address, port = text.split(":")
    raw = b"".join(struct.pack("=I", int(address[i:i + 8], 16)) for i in range(0, len(address), 8))
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw), \
        int(port, 16)


def deafen(end):
    """What arrives is dropped before TCP sees it, and after a capture saw it."""
    program = struct.pack("HP", 1, ctypes.addressof(NOTHING))
    end.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def undeafen(end):
    end.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)


def state(end):
    """What the kernel says of an end (tcpi_state)."""
    return STATES.get(end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0])


def wait_for(what, *arguments):
    deadline = time.monotonic() + PATIENCE
    while not what(*arguments):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what.__name__} {arguments} did not come true")
        time.sleep(0.0005)


def state_is(end, wanted):
    return state(end) == wanted


def wait_state(end, wanted):
    try:
        wait_for(state_is, end, wanted)
    except TimeoutError as error:
        raise TimeoutError(f"{error}: the state is {state(end)}") from None


def receive(end, count):
    end.settimeout(PATIENCE)
    while count > 0:
        got = end.recv(count)
        if not got:
            raise EOFError("the peer closed early")
        count -= len(got)


def receive_end(end):
    end.settimeout(PATIENCE)
    if end.recv(1) != b"":
        raise ValueError("data instead of the end")


def abort(end):
    """A reset instead of a FIN."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


class Stage:
    """Two hosts, the sockets kept, and the truth so far."""

    def __init__(self, local, remote):
        self.local, self.remote = local, remote
        self.family = socket.AF_INET
        self.number = 0
        self.kept = []
        self.truth = []
        self.later = []  # (when, what to do)

    def listener(self):
        new = self.remote.socket(self.family)
        new.listen(5)
        return new

    def start(self, client, to):
        """Sends the SYN of a socket to (address, port)."""
        client.setblocking(False)
        if client.connect_ex(to) not in (0, errno.EINPROGRESS, errno.ECONNREFUSED):
            raise OSError(f"connecting to {to}")
        self.kept.append(client)
        return client

    def start_to(self, listener, port=0):
        return self.start(self.local.socket(self.family, port), listener.getsockname()[:2])

    def pair(self):
        """Client and server of an open connection that carried some data both ways."""
        size = self.number * 37 % 3000
        listener = self.listener()
        client = self.start_to(listener)
        listener.settimeout(PATIENCE)
        server = listener.accept()[0]
        listener.close()
        wait_state(client, "ESTABLISHED")
        client.settimeout(PATIENCE)
        self.kept.append(server)
        client.sendall(b"q" * size)
        receive(server, size)
        server.sendall(b"a" * (size // 2))
        receive(client, size // 2)
        return client, server

    def tell(self, client, server, handshake, close, first_closer, ended):
        """The truth of one connection; each end is a socket or what getsockname() said."""
        ends = [end.getsockname() if isinstance(end, socket.socket) else end
                for end in (client, server)]
        self.truth.append({"client": list(ends[0][:2]), "server": list(ends[1][:2]),
                           "handshake": handshake, "close": close,
                           "first_closer": first_closer, "ended": ended})


# The kinds. Each makes one connection or two, and tells.


def closes(stage, who, data=b""):
    """One end closes; the other acknowledges, perhaps says more, and then closes, too."""
    ends = dict(zip(("client", "server"), stage.pair()))
    first, second = ends[who], ends["server" if who == "client" else "client"]
    first.shutdown(socket.SHUT_WR)
    receive_end(second)
    wait_state(first, "FIN_WAIT_2")  # so the acknowledgement came before the second FIN
    if data:
        second.sendall(data)
        receive(first, len(data))
    second.shutdown(socket.SHUT_WR)
    wait_state(first, "CLOSED")  # TIME_WAIT lives outside of the socket
    wait_state(second, "CLOSED")
    stage.tell(ends["client"], ends["server"], "three-way", "four-segment", who, True)


def client_closes(stage):
    closes(stage, "client")


def server_closes(stage):
    closes(stage, "server")


def half_close(stage):
    closes(stage, "client", b"more" * 300)


def closes_in_three(stage):
    """The acknowledgement of the first FIN waits, so that the second FIN carries it."""
    client, server = stage.pair()
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
    begin = time.monotonic()
    client.shutdown(socket.SHUT_WR)
    receive_end(server)
    server.shutdown(socket.SHUT_WR)
    # It waits 40 ms at least; on a machine so slow that they may have passed, either is right.
    kind = "three-segment"
    if time.monotonic() - begin > 0.035:
        kind = "three-segment|four-segment"
    wait_state(client, "CLOSED")
    wait_state(server, "CLOSED")
    stage.tell(client, server, "three-way", kind, "client", True)


def closes_both(stage):
    """Each FIN is dropped before the other end sees it, so both are sent without knowing."""
    client, server = stage.pair()
    deafen(client)
    deafen(server)
    client.shutdown(socket.SHUT_WR)
    server.shutdown(socket.SHUT_WR)
    undeafen(client)
    undeafen(server)
    wait_state(client, "CLOSED")  # both FINs were sent again
    wait_state(server, "CLOSED")
    stage.tell(client, server, "three-way", "simultaneous", "both", True)


def resets(stage, who):
    client, server = stage.pair()
    names = client.getsockname(), server.getsockname()
    wait_for(quiet, client)
    wait_for(quiet, server)
    abort(client if who == "client" else server)
    wait_state(server if who == "client" else client, "CLOSED")
    stage.tell(*names, "three-way", "reset", who, True)


def quiet(end):
    """Whether all that was sent is acknowledged (tcpi_unacked)."""
    info = end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return struct.unpack_from("=I", info, 24)[0] == 0


def client_resets(stage):
    resets(stage, "client")


def server_resets(stage):
    resets(stage, "server")


def refused(stage):
    listener = stage.listener()
    to = listener.getsockname()
    client = stage.local.socket(stage.family)  # before, or it might get that very port
    listener.close()
    stage.start(client, to[:2])
    name = client.getsockname()
    wait_state(client, "CLOSED")
    stage.tell(name, to, "refused", "reset", None, True)


def unanswered(stage):
    """A listener that hears nothing."""
    listener = stage.listener()
    deafen(listener)
    client = stage.start_to(listener)
    stage.kept.append(listener)
    stage.tell(client, listener, "unanswered", "open", None, False)


def half_open(stage):
    """A client that hears nothing: it gets no SYN-ACK and sends no third ACK."""
    listener = stage.listener()
    client = stage.local.socket(stage.family)
    deafen(client)
    stage.start(client, listener.getsockname()[:2])
    stage.kept.append(listener)
    stage.tell(client, listener, "half-open", "open", None, False)


def left_open(stage):
    client, server = stage.pair()
    stage.tell(client, server, "three-way", "open", None, False)


def half_closed(stage):
    client, server = stage.pair()
    server.shutdown(socket.SHUT_WR)
    receive_end(client)
    wait_state(server, "FIN_WAIT_2")
    stage.tell(client, server, "three-way", "half-closed", "server", False)


def fin_unanswered(stage):
    client, server = stage.pair()
    wait_for(quiet, client)
    wait_for(quiet, server)
    deafen(server)
    client.shutdown(socket.SHUT_WR)
    stage.tell(client, server, "three-way", "fin-unanswered", "client", False)


def port_again(stage):
    """The same two ends twice: the first connection is reset, so the port is free at once."""
    listener = stage.listener()
    port = 0
    for last in False, True:
        client = stage.start_to(listener, port)
        listener.settimeout(PATIENCE)
        server = listener.accept()[0]
        wait_state(client, "ESTABLISHED")
        stage.kept.append(server)
        name = client.getsockname()
        port = name[1]
        if last:
            stage.tell(client, server, "three-way", "open", None, False)
        else:
            abort(client)
            wait_state(server, "CLOSED")
            stage.tell(name, server.getsockname(), "three-way", "reset", "client", True)
            server.close()
    listener.close()


KINDS = (client_closes, server_closes, refused, client_resets, half_close, closes_in_three,
         server_resets, closes_both, left_open, unanswered, half_closed, client_closes,
         half_open, server_closes, fin_unanswered, port_again)


def main():
    hold, count = sys.argv[1], int(sys.argv[2])
    local = Host("self", sys.argv[3])
    remote = Host(sys.argv[5] if len(sys.argv) > 5 else "self", sys.argv[4])
    stage = Stage(local, remote)
    while len(stage.truth) < count:
        if len(stage.truth) + 1 == count:
            client_closes(stage)  # one that makes only one
            break
        stage.family = (socket.AF_INET, socket.AF_INET6)[stage.number % 5 == 3]
        KINDS[stage.number % len(KINDS)](stage)
        stage.number += 1
    states = {"client": local.states(), "server": remote.states()}
    for one in stage.truth:
        client, server = one["client"], one["server"]
        one["states"] = {"client": states["client"].get((*client, *server)),
                         "server": states["server"].get((*server, *client))}
        print(json.dumps(one))
    print("done", flush=True)
    while os.path.exists(hold):
        time.sleep(0.02)
    for end in stage.kept:
        if end.fileno() >= 0:
            abort(end)


if __name__ == "__main__":
    main()
