"""What two kernels do meanwhile: trace events and looks at the sockets, as lines for truth.py.

The trace events tell every change of a socket's state. Request sockets and TIME_WAIT objects have
no events of their own; they are seen by looking at the list of sockets every few milliseconds.
Needs root, and tracefs mounted.
"""
import ctypes
import json
import os
import re
import socket
import struct
import threading
import time

from frames import place
from stage import enter

STATES = ("", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
          "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV")
# A timer that runs out has no event of TCP's own: its function tells whose it is. Timers of
# other traffic are sorted out by the address of their socket.
TIMER = "timer/timer_expire_entry"
TIMERS = ("tcp_write_timer", "tcp_keepalive_timer")
# What the receiver's kernel throws away although it arrived intact.
DROP = "skb/kfree_skb"
REFUSALS = ("SOCKET_RCVBUFF", "PROTO_MEM", "TCP_ZEROWINDOW", "TCP_OVERWINDOW", "TCP_OFO_DROP",
            "SOCKET_BACKLOG", "TCP_INVALID_SEQUENCE", "TCP_INVALID_END_SEQUENCE", "SOCKET_CLOSE",
            "TCP_CLOSE")
EVENTS = ("sock/inet_sock_set_state", "tcp/tcp_send_reset", "tcp/tcp_receive_reset",
          "tcp/tcp_retransmit_synack", "tcp/tcp_retransmit_skb", "tcp/tcp_cong_state_set", TIMER,
          DROP)
CONTROL = ("Open", "Disorder", "CWR", "Recovery", "Loss")   # states of congestion control
SOCKET_SIZE = 4096              # bytes of a socket at most: its timers lie in it
PERIOD = 0.004                  # seconds between two looks


def mount_tracefs(folder):
    """Mounts tracefs for this process and its children only; it goes when they end."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_mounts, private = 0x00020000, 0x00040000 | 0x00004000
    if libc.unshare(new_mounts) or libc.mount(b"none", b"/", None, private, None) or \
            libc.mount(b"nodev", folder.encode(), b"tracefs", 0, None):
        raise OSError(ctypes.get_errno(), "tracefs cannot be mounted: "
                      + os.strerror(ctypes.get_errno()))


def read_text(*path):
    with open(os.path.join(*path), encoding="ascii") as file:
        return file.read()


def write_text(text, *path):
    with open(os.path.join(*path), "w", encoding="ascii") as file:
        file.write(text)


class Layout:
    """Where the fields of one kind of event are, as tracefs describes it."""

    def __init__(self, tracing, event):
        text = read_text(tracing, "events", event, "format")
        self.name = event.split("/")[1]
        self.id = int(re.search(r"^ID: (\d+)", text, re.M)[1])
        self._fields = {name: (int(start), int(size)) for name, start, size in re.findall(
            r"field:[^;]*?\b(\w+)(?:\[\d+\])?;\s*offset:(\d+);\s*size:(\d+)", text)}
        self.words = {int(number): word
                      for number, word in re.findall(r"\{ (\d+), \"(\w+)\" \}", text)}

    def bytes(self, record, name):
        start, size = self._fields[name]
        return record[start:start + size]

    def number(self, record, name):
        return int.from_bytes(self.bytes(record, name), "little")

    def has(self, name):
        return name in self._fields


def read_page(page):
    """(time, record) of the events on one page of the kernel's ring buffer."""
    now, commit = struct.unpack_from("<QQ", page)
    at, end = 16, 16 + (commit & 0xFFFFF)
    while at + 4 <= end:
        head, = struct.unpack_from("<I", page, at)
        kind, delta = head & 31, head >> 5
        at += 4
        if kind == 29 and delta == 0:
            return
        more = struct.unpack_from("<I", page, at)[0] if at + 4 <= end else 0
        if kind == 29:
            at += more
        elif kind == 30:        # the delta goes on in the next word
            now += delta + (more << 27)
            at += 4
        elif kind == 31:        # the time itself, without its topmost bits
            now = now & ~((1 << 59) - 1) | (more << 27) + delta
            at += 4
        else:
            now += delta
            size = kind * 4 if kind else more
            yield now, page[at if kind else at + 4:at + size]
            at += size


class Trace:
    """An instance of the kernel's tracer with the events of TCP."""

    def __init__(self, tracing):
        self._layouts = {layout.id: layout for layout in (Layout(tracing, e) for e in EVENTS)}
        self._path = os.path.join(tracing, "instances", f"tcpflow-lab-{os.getpid()}")
        os.mkdir(self._path)
        write_text("mono", self._path, "trace_clock")
        write_text("4096", self._path, "buffer_size_kb")
        write_text(" || ".join(f"function.function == {name}" for name in TIMERS),
                   self._path, "events", TIMER, "filter")
        drop = next(one for one in self._layouts.values() if one.name == "kfree_skb")
        write_text(" || ".join(f"reason == {number}" for number, word in drop.words.items()
                               if word in REFUSALS), self._path, "events", DROP, "filter")
        for event in EVENTS:
            write_text("1", self._path, "events", event, "enable")

    def close(self):
        """All that was recorded, as (time, layout, record); ends the instance."""
        for event in EVENTS:
            write_text("0", self._path, "events", event, "enable")
        found = []
        folder = os.path.join(self._path, "per_cpu")
        for cpu in os.listdir(folder):
            stats = read_text(folder, cpu, "stats")
            if not re.search(r"^overrun: 0$", stats, re.M):
                raise RuntimeError("the kernel's trace buffer ran over")
            pipe = os.open(os.path.join(folder, cpu, "trace_pipe_raw"),
                           os.O_RDONLY | os.O_NONBLOCK)
            try:
                while page := os.read(pipe, 4096):
                    found.extend((when, self._layouts.get(int.from_bytes(record[:2], "little")),
                                  record) for when, record in read_page(page))
            except BlockingIOError:
                pass            # read to the end
            os.close(pipe)
        os.rmdir(self._path)
        return [one for one in found if one[1]]


def socket_address(data):
    """address:port of a struct sockaddr."""
    family, port = struct.unpack("=H", data[:2])[0], struct.unpack("!H", data[2:4])[0]
    return place(data[8:24] if family == socket.AF_INET6 else data[4:8], port)


def told_places(layout, record):
    """(local, peer) of an event."""
    if not layout.has("sport"):
        return (socket_address(layout.bytes(record, "saddr")),
                socket_address(layout.bytes(record, "daddr")))
    six = "_v6" if layout.number(record, "family") == socket.AF_INET6 else ""
    return (place(layout.bytes(record, "saddr" + six), layout.number(record, "sport")),
            place(layout.bytes(record, "daddr" + six), layout.number(record, "dport")))


def read_symbols(names):
    """Address -> name of functions of the kernel."""
    found = {}
    with open("/proc/kallsyms", encoding="ascii") as lines:
        for line in lines:
            address, _, name = line.split()[:3]
            if name in names:
                found[int(address, 16)] = name
    return found


class Owners:
    """Knows whose timer it was and who refused a segment, by the addresses of sockets that other
    events told."""

    def __init__(self):
        self._names = read_symbols(TIMERS)
        self._sockets = {}      # address -> event that told it

    def learn(self, event):
        if "sk" in event:
            self._sockets[int(event["sk"], 16)] = event

    def tell(self, layout, record):
        if layout.name == "kfree_skb":
            owner = self._sockets.get(layout.number(record, "rx_sk"))
            told = {"ev": "refused", "reason": layout.words[layout.number(record, "reason")]}
        else:
            timer = layout.number(record, "timer")
            near = [sk for sk in self._sockets if 0 < timer - sk < SOCKET_SIZE]
            owner = self._sockets[max(near)] if near else None
            name = self._names.get(layout.number(record, "function"), "")
            told = {"ev": "timer", "timer": name.removeprefix("tcp_").removesuffix("_timer")}
        return owner and {**told, **{key: owner[key] for key in ("side", "local", "peer", "sk")}}


def tell(layout, record):
    """The event in the words of truth.py, without its time and side."""
    local, peer = told_places(layout, record)
    event = {"ev": layout.name.removeprefix("tcp_"), "local": local, "peer": peer}
    if layout.has("skaddr"):
        event["sk"] = f"{layout.number(record, 'skaddr'):x}"
    if layout.has("oldstate"):
        event.update(ev="state", old=STATES[layout.number(record, "oldstate")],
                     new=STATES[layout.number(record, "newstate")])
        if layout.number(record, "protocol") != socket.IPPROTO_TCP:
            return None
    if layout.name == "tcp_send_reset":
        event["reason"] = layout.number(record, "reason")
    if layout.name == "tcp_cong_state_set":
        event.update(ev="control", new=CONTROL[layout.number(record, "cong_state")])
    if layout.name == "tcp_retransmit_skb":
        event.update(ev="retransmit", failed=layout.number(record, "err") != 0)
    return event


# Looking at sockets

def list_sockets(netlink, family):
    """(local, peer) -> (state, timer) of all TCP sockets of a namespace."""
    request = struct.pack("=IHHIIBBBBI48x", 72, 20, 0x301, 1, 0, family, socket.IPPROTO_TCP, 0,
                          0, 0xFFFFFFFF)
    netlink.send(request)
    found = {}
    while True:
        data = netlink.recv(1 << 18)
        at = 0
        while at < len(data):
            size, kind = struct.unpack_from("=IH", data, at)
            if kind != 20:      # done, or an error
                return found
            _, state, timer, _ = struct.unpack_from("=BBBB", data, at + 16)
            ports = struct.unpack_from("!HH", data, at + 20)
            width = 16 if family == socket.AF_INET6 else 4
            ends = data[at + 24:at + 24 + width], data[at + 40:at + 40 + width]
            found[place(ends[0], ports[0]), place(ends[1], ports[1])] = (STATES[state], timer)
            at += (size + 3) & ~3


class Watch(threading.Thread):
    """Looks at the sockets of one host again and again."""

    def __init__(self, side, namespace, family):
        super().__init__(daemon=True)
        self._side, self._namespace, self._family = side, namespace, family
        self.events = []        # (time on the monotonic clock, event)
        self.stopped = False
        self.looks = 0

    def run(self):
        enter(self._namespace)
        before, last = {}, time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 4) as netlink:
            while not self.stopped:
                looked = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
                now = {where: self._kind(*what)
                       for where, what in list_sockets(netlink, self._family).items()}
                moment = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
                self._compare(before, now, moment, last)
                before, last = now, looked
                self.looks += 1
                time.sleep(PERIOD)

    @staticmethod
    def _kind(state, timer):
        if timer == 3:          # the object that stays of a closed connection
            return "timewait", state
        return ("reqsk", state) if state == "SYN_RECV" else ("socket", None)

    def _compare(self, before, now, moment, last):
        for where in before.keys() | now.keys():
            old, new = before.get(where, (None, None)), now.get(where, (None, None))
            if old == new:
                continue
            if old[0] in ("timewait", "reqsk") and old[0] != new[0]:
                self._note(moment, where, old, "cancelled", last)
            if new[0] in ("timewait", "reqsk"):
                what = "changed" if old[0] == new[0] else "start"
                self._note(moment, where, new, what, last)

    def _note(self, moment, where, thing, what, last):
        kind, state = thing
        event = {"ev": kind, "side": self._side, "local": where[0], "peer": where[1], "what": what,
                 "since": last}
        if kind == "timewait":
            event["substate"] = state
        self.events.append((moment, event))


def clock_offset():
    """CLOCK_REALTIME minus CLOCK_MONOTONIC, in nanoseconds: the best of a few tries."""
    tries = []
    for _ in range(20):
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        real = time.clock_gettime_ns(time.CLOCK_REALTIME)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        tries.append((after - before, real - (before + after) // 2))
    return min(tries)[1]


class Witness:
    """Watches both hosts from its making until it writes what it saw."""

    def __init__(self, tracing, ends, family):
        self._sides = {end.address: end.side for end in ends}
        self._offset = clock_offset()
        self._begin = time.time_ns()
        self._watches = [Watch(end.side, end.namespace, family) for end in ends]
        self._trace = Trace(tracing)
        for watch in self._watches:
            watch.start()

    def _side_of(self, event):
        """The host whose event this is; None for other traffic of this machine."""
        local, peer = (event[key].rsplit(":", 1)[0].strip("[]") for key in ("local", "peer"))
        if local in self._sides:
            return self._sides[local]
        return {"client": "server", "server": "client"}.get(self._sides.get(peer))

    def finish(self, path, meta, looks=()):
        """Writes the events up to now, and returns them. looks: (time, event) of the programs."""
        end = time.time_ns()
        for watch in self._watches:
            watch.stopped = True
            watch.join()
        events = [one for watch in self._watches for one in watch.events] + list(looks)
        owners = Owners()
        for when, layout, record in sorted(self._trace.close(), key=lambda one: one[0]):
            if layout.name in ("timer_expire_entry", "kfree_skb"):
                event = owners.tell(layout, record)
                side = event and event["side"]
            else:
                event = tell(layout, record)
                side = event and self._side_of(event)
            if side:
                event["side"] = side
                owners.learn(event)
                events.append((when, event))
        drift = clock_offset() - self._offset
        if abs(drift) > 100_000:
            raise RuntimeError(f"the clocks moved by {drift} ns against each other")
        meta = {"ev": "meta", "t": self._begin, "capture_start": self._begin, "capture_end": end,
                "looks": [watch.looks for watch in self._watches],
                **{side: address for address, side in self._sides.items()}, **meta}
        told = [meta]
        for when, event in sorted(events, key=lambda one: one[0]):
            when += self._offset
            if "since" in event:
                event["since"] += self._offset
            if when <= end:
                told.append({"t": when, **event})
        with open(path, "w", encoding="ascii") as file:
            file.writelines(json.dumps(event) + "\n" for event in told)
        return told
