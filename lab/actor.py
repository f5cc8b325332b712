"""What the programs at the two ends of a play do, written as a few words.

    connect, connect:PORT   open a connection to the service
    begin                   the same, without waiting for the answer
    tfo:N                   open it with N bytes on the SYN
    send:N  recv:N  drain   send, take N bytes, take all until the other end closes
    echo:N                  take N bytes and send as many, until the other end closes
    shut  close  linger     shutdown(SHUT_WR); close; SO_LINGER 0
    nodelay  keepalive  rcvbuf:N  cc:NAME   options; before the socket exists they wait for it
    sleep:S  tell:M  wait:M
    kill                    the kernel destroys the connection (ss -K)
    deaf  mute  hear        this host drops what comes in, what goes out, nothing more
    reject                  this host answers what comes in with an ICMP error
    sysctl:NAME=VALUE       a setting of this host's TCP

A step that fails is written down and the next one follows, as in a program that checks nothing.
"""
import socket
import struct
import time

import stage

PATIENCE = 12                   # seconds until a step gives up
FAST_OPEN = 0x20000000          # MSG_FASTOPEN of linux/socket.h

# Of struct tcp_info (linux/tcp.h): where a number stands, and how long it is. Times are us.
TCP_INFO = {"backoff": (4, "B"), "rto": (8, "I"), "rtt": (68, "I"), "rttvar": (72, "I"),
            "total_retrans": (100, "I"), "bytes_acked": (120, "Q"), "min_rtt": (148, "I"),
            "bytes_retrans": (208, "Q")}


class Actor:
    """One program with one connection."""

    def __init__(self, end, port=0, sock=None):
        self._end = end
        self._port = port
        self._sock = sock
        self._options = []
        self.failures = []
        self.looks = []         # what the kernel had measured: (monotonic time, event)
        if sock:
            sock.settimeout(PATIENCE)

    def play(self, script):
        for step in script.split():
            word, _, value = step.partition(":")
            try:
                getattr(self, "_do_" + word)(*([value] if value else []))
            except OSError as error:
                self.failures.append(f"{self._end.side}: {step}: {error}")
        self._look()

    def _set(self, *option):
        if self._sock:
            self._sock.setsockopt(*option)
        else:
            self._options.append(option)

    def _make(self, port):
        self._sock = self._end.socket(*self._options, port=int(port or self._port))
        self._sock.settimeout(PATIENCE)
        return self._sock

    def _other(self):
        return self._end.peer, stage.PORT if self._end.side == "client" else stage.CLIENT_PORT

    def _look(self):
        """What the kernel has measured so far of this socket, if it is connected."""
        try:
            ends = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port, *_ in
                    (self._sock.getsockname(), self._sock.getpeername())]
            data = self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        except (AttributeError, OSError):
            return              # there never was one, or it is closed
        when = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        info = {name: struct.unpack_from("=" + form, data, place)[0]
                for name, (place, form) in TCP_INFO.items()}
        self.looks.append((when, {"ev": "tcp_info", "side": self._end.side, "local": ends[0],
                                  "peer": ends[1], "info": info}))

    def _do_connect(self, port=None):
        self._make(port).connect(self._other())

    def _do_begin(self, port=None):
        self._make(port).setblocking(False)
        self._sock.connect_ex(self._other())

    def _do_tfo(self, count):
        sock = self._make(None)
        sock.setblocking(True)
        sock.sendto(b"." * int(count), FAST_OPEN, self._other())
        sock.settimeout(PATIENCE)

    def _do_send(self, count):
        self._sock.sendall(b"." * int(count))

    def _do_recv(self, count):
        left = int(count)
        while left and (part := self._sock.recv(left)):
            left -= len(part)

    def _do_drain(self):
        while self._sock.recv(65536):
            pass

    def _do_echo(self, count):
        while part := self._sock.recv(int(count), socket.MSG_WAITALL):
            self._sock.sendall(part)

    def _do_shut(self):
        self._look()
        self._sock.shutdown(socket.SHUT_WR)

    def _do_close(self):
        self._look()
        self._sock.close()

    def _do_linger(self):
        self._set(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _do_nodelay(self):
        self._set(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _do_keepalive(self):
        self._set(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1),
                            (socket.TCP_KEEPCNT, 2)):
            self._set(socket.IPPROTO_TCP, name, value)

    def _do_cc(self, name):
        self._set(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name.encode())

    def _do_rcvbuf(self, count):
        self._set(socket.SOL_SOCKET, socket.SO_RCVBUF, int(count))

    def _do_sleep(self, seconds):
        time.sleep(float(seconds))

    def _do_tell(self, mark):
        self._end.tell(mark)

    def _do_wait(self, mark):
        self._end.wait(mark)

    def _do_kill(self):
        port = self._sock.getsockname()[1]
        other = self._sock.getpeername()[1]
        self._end.shell("ss", "-K", "-t", "sport", "=", str(port), "dport", "=", str(other))

    def _do_deaf(self):
        self._end.filter("input", "drop")

    def _do_mute(self):
        self._end.filter("output", "drop")

    def _do_reject(self):
        self._end.filter("input", "meta l4proto tcp reject with icmp type host-unreachable")

    def _do_sysctl(self, setting):
        name, _, value = setting.partition("=")
        self._end.sysctl(f"net.ipv4.tcp_{name}", value)

    def _do_hear(self):
        self._end.shell("nft", "flush", "ruleset")
