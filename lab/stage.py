"""The stage of the lab: two hosts, a link between them, a capture, a run.

What is played on it is in scenarios.py. Standard library only.
"""

import argparse
import contextlib
import ctypes
import dataclasses
import fcntl
import heapq
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

PORT = 8080                     # the service
CLIENT_PORT = 40001             # fixed, so that a capture made again differs little
PATIENCE = 30                   # seconds until a run counts as stuck

ADDRESSES = {4: {"client": "192.0.2.10", "server": "192.0.2.20"},
             6: {"client": "2001:db8:9::10", "server": "2001:db8:9::20"}}
MACS = {"client": "02:00:00:00:00:01", "server": "02:00:00:00:00:02"}
PREFIX = {4: 24, 6: 64}

OFFLOADS = ("tx", "rx", "tso", "gso", "gro")
COUNTERS = ("TcpRetransSegs", "TcpExtTCPSynRetrans", "TcpExtTCPLossProbes",
            "TcpExtTCPTimeouts", "TcpExtTCPFastRetrans", "TcpExtTCPKeepAlive",
            "TcpExtTCPWinProbe", "TcpExtTCPDSACKRecv", "TcpExtTCPChallengeACK",
            "TcpOutRsts")


@dataclasses.dataclass
class Scenario:
    """One row of the table in scenarios.py."""
    name: str
    meaning: str                # one line
    client: object = None       # function(end), or None: this end does nothing
    server: object = None
    setup: object = None        # function(client, server), before the capture starts
    at: str = "client"          # the end whose interface is captured; "both": a file each
    link: object = None         # None: plain veth; else Tagged(...) or Slow(...)
    ip: int = 4
    offload: tuple = ()         # offloads of OFFLOADS that stay on
    filter: str = "tcp"
    capture: tuple = ("--nano",)
    interface: str = None       # None: the one that the link names
    late: bool = False          # the capture starts when an end calls start_capture()
    pcapng: bool = False        # convert with editcap


class Marks:
    """Named events by which the two ends wait for each other."""

    def __init__(self):
        self._lock = threading.Lock()
        self._events = {}

    def __getitem__(self, name):
        with self._lock:
            return self._events.setdefault(name, threading.Event())


class End:
    """One host: its namespace, its sockets, and marks shared with the other."""

    def __init__(self, side, namespace, scenario, marks, start_capture):
        self.side = side
        self.namespace = namespace
        self.family = socket.AF_INET6 if scenario.ip == 6 else socket.AF_INET
        self.address = ADDRESSES[scenario.ip][side]
        self.peer = ADDRESSES[scenario.ip]["server" if side == "client" else "client"]
        self.start_capture = start_capture
        self._marks = marks
        self._kept = []         # a socket lives until the capture is over

    def shell(self, *words):
        subprocess.run(["ip", "netns", "exec", self.namespace, *words], check=True,
                       stdout=subprocess.DEVNULL)

    def sysctl(self, name, value):
        self.shell("sysctl", "-q", "-w", f"{name}={value}")

    def filter(self, hook, rule):
        """An nftables rule on the traffic of this host; hook is input or output."""
        chain = f"{{ type filter hook {hook} priority 0; }}"
        self.shell("nft", f"add table inet lab; add chain inet lab {hook} {chain}; "
                          f"add rule inet lab {hook} {rule}")

    def drop_first(self, hook, match):
        """Loses the first packet that matches, and no other."""
        self.filter(hook, f"{match} limit rate 1/hour burst 1 packets drop")

    def tell(self, mark):
        self._marks[mark].set()

    def wait(self, mark):
        if not self._marks[mark].wait(PATIENCE):
            raise TimeoutError(f"the {self.side} waited for '{mark}' in vain")

    def socket(self, *options, port=0):
        """A TCP socket, bound to port if given; options are (level, name, value)."""
        sock = socket.socket(self.family, socket.SOCK_STREAM)
        self._kept.append(sock)
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):      # not every kernel has it
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        for option in options:
            sock.setsockopt(*option)
        if port:
            sock.bind((self.address, port))
        return sock

    def listen(self, *options, backlog=8):
        sock = self.socket(*options, port=PORT)
        sock.listen(backlog)
        self.tell("listening")
        return sock

    def accept(self, listener):
        sock, _ = listener.accept()
        self._kept.append(sock)
        sock.settimeout(PATIENCE)
        return sock

    def connect(self, *options, port=CLIENT_PORT, listener=True):
        if listener:
            self.wait("listening")
        sock = self.socket(*options, port=port)
        sock.connect((self.peer, PORT))
        return sock

    def states(self):
        """What the kernel says about the connections of this host."""
        text = subprocess.run(["ip", "netns", "exec", self.namespace, "ss", "-Htan"],
                              check=True, capture_output=True, text=True).stdout
        rows = (line.split() for line in text.splitlines())
        return sorted(f"{row[0]} {row[3].rsplit(':', 1)[1]}>{row[4].rsplit(':', 1)[1]}"
                      for row in rows if row[0] != "LISTEN")

    def counters(self):
        """What the kernel counted: repeats, probes, resets."""
        return [f"{name.removeprefix('TcpExt')} {number}"
                for name, number in self.all_counters().items() if name in COUNTERS]

    def all_counters(self):
        text = subprocess.run(["ip", "netns", "exec", self.namespace, "nstat", "-as"],
                              check=True, capture_output=True, text=True).stdout
        rows = (line.split() for line in text.splitlines())
        return {row[0]: int(row[1]) for row in rows if row[0].startswith("Tcp")}


# Links

class Tap:
    """The cable end of a network card whose frames this program carries."""

    TUNSETIFF = 0x400454CA
    IFF_TAP, IFF_NO_PI = 0x0002, 0x1000

    def __init__(self, name, more=0):
        self._fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self._fd, self.TUNSETIFF,
                    struct.pack("16sH22x", name.encode(), self.IFF_TAP | self.IFF_NO_PI | more))

    def fileno(self):
        return self._fd

    def read(self):
        return os.read(self._fd, 65536)

    def read_parts(self):
        """A frame, and the frames that the cable carries for it."""
        frame = self.read()
        return frame, [frame]

    def write(self, frame):
        os.write(self._fd, frame)


class Trunk:
    """The same for a network card that exists already; frames on it carry tags."""

    ETH_P_ALL, PACKET_OUTGOING = 3, 4
    TAGS = (b"\x81\x00", b"\x88\xa8")

    def __init__(self, interface, tags):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                     socket.htons(self.ETH_P_ALL))
        self._socket.bind((interface, 0))
        self._tags = b"".join(struct.pack("!HH", kind, vlan) for kind, vlan in tags)

    def fileno(self):
        return self._socket.fileno()

    def read(self):
        frame, address = self._socket.recvfrom(65536)
        if address[2] == self.PACKET_OUTGOING:
            return None
        while frame[12:14] in self.TAGS:        # the kernel has taken the outer one
            frame = frame[:12] + frame[16:]
        return frame

    def write(self, frame):
        self._socket.send(frame[:12] + self._tags + frame[12:])


def carry(pairs, delay=0.0, loses=None):
    """Carries frames both ways between the two ends of each pair, for ever."""
    other = {one: two for pair in pairs for one, two in (pair, pair[::-1])}
    due, count = [], 0
    while True:
        pause = max(0.0, due[0][0] - time.monotonic()) if due else None
        for source in select.select(list(other), [], [], pause)[0]:
            frame = source.read()
            if frame and not (loses and loses(frame)):
                heapq.heappush(due, (time.monotonic() + delay, count, other[source], frame))
                count += 1
        while due and due[0][0] <= time.monotonic():
            _, _, target, frame = heapq.heappop(due)
            with contextlib.suppress(OSError):  # its card is not up yet
                target.write(frame)


@dataclasses.dataclass
class Plain:
    """The veth pair itself."""
    card: str = "wire0"         # has the address
    seen: str = "wire0"         # is captured

    def open(self, ends):
        pass


@dataclasses.dataclass
class Tagged:
    """VLAN tags on the veth pair, put on and taken off by this program, because
    not every kernel has 802.1Q; tags are (EtherType, VLAN), outermost first."""
    tags: tuple
    card: str = "host0"
    seen: str = "wire0"

    def open(self, ends):
        pairs = []
        for end in ends:
            enter(end.namespace)
            pairs.append((Tap(self.card), Trunk(self.seen, self.tags)))
        start(carry, pairs)


@dataclasses.dataclass
class Slow:
    """A cable with a delay, so that segments can cross on it."""
    delay: float
    loses: object = None        # function(frame): whether the cable loses this one
    card: str = "host0"
    seen: str = "host0"

    def open(self, ends):
        taps = []
        for end in ends:
            enter(end.namespace)
            taps.append(Tap(self.card))
        start(carry, [taps], self.delay, self.loses)


def enter(namespace):
    """Moves the calling thread into a network namespace."""
    with open(f"/run/netns/{namespace}", encoding="ascii") as handle:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(handle.fileno(), 0x40000000):     # CLONE_NEWNET
            raise OSError(ctypes.get_errno(), "setns")


def start(function, *arguments):
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    thread.start()
    return thread


def configure(scenario, link, end):
    """Gives the card an address and the neighbour's MAC, so that nobody asks for it."""
    other = "server" if end.side == "client" else "client"
    for name in OFFLOADS:
        end.shell("ethtool", "-K", link.card, name,
                  "on" if name in scenario.offload else "off")
    ip = ["ip", f"-{scenario.ip}"]
    end.shell("ip", "link", "set", link.card, "address", MACS[end.side], "up")
    end.shell(*ip, "address", "add", f"{end.address}/{PREFIX[scenario.ip]}",
              "dev", link.card, *(["nodad"] if scenario.ip == 6 else []))
    end.shell(*ip, "neighbour", "replace", end.peer, "lladdr", MACS[other],
              "dev", link.card, "nud", "permanent")


# The capture

class Capture:
    def __init__(self, scenario, namespace, link, path):
        self._scenario = scenario
        self._namespace = namespace
        self._interface = scenario.interface or link.seen
        self._path = path
        self._process = None

    def start(self):
        command = ["ip", "netns", "exec", self._namespace, "tcpdump", "-Z", "root", "-U",
                   "--immediate-mode", "-i", self._interface, *self._scenario.capture,
                   "-w", self._path, self._scenario.filter]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        heard = []
        for line in self._process.stderr:
            heard.append(line)
            if "listening on" in line:
                return
        raise RuntimeError("tcpdump: " + "".join(heard))

    def stop(self):
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.communicate()

    def convert(self):
        plain = self._path + ".tmp"
        os.replace(self._path, plain)
        subprocess.run(["editcap", "-F", "pcapng", plain, self._path], check=True)
        os.remove(plain)


def captures_of(scenario, namespaces, link, folder):
    """One capture, or one for each end."""
    suffix = "pcapng" if scenario.pcapng else "pcap"
    sides = ("client", "server") if scenario.at == "both" else (scenario.at,)
    return [Capture(scenario, namespaces[side], link, os.path.join(
                folder, f"lab-{scenario.name}{f'-{side}' if len(sides) > 1 else ''}.{suffix}"))
            for side in sides]


def play(scenario, namespaces, folder):
    """Runs one scenario; its captures are in the folder when it returns."""
    link = scenario.link or Plain()
    marks = Marks()
    captures = captures_of(scenario, namespaces, link, folder)

    def start_captures():
        for capture in captures:
            capture.start()

    ends = [End(side, namespaces[side], scenario, marks, start_captures)
            for side in ("client", "server")]
    link.open(ends)
    for end in ends:
        configure(scenario, link, end)
    if scenario.setup:
        scenario.setup(*ends)
    if not scenario.late:
        start_captures()

    errors = []

    def act(end, function):
        try:
            enter(end.namespace)
            function(end)
        except Exception as error:      # reported by the main thread
            errors.append(f"{end.side}: {type(error).__name__}: {error}")

    threads = [start(act, end, function)
               for end, function in zip(ends, (scenario.client, scenario.server)) if function]
    for thread in threads:
        thread.join(PATIENCE)
    if any(thread.is_alive() for thread in threads):
        errors.append("the scenario did not end")
    time.sleep(0.1)                     # what is on its way still belongs to it
    account = [", ".join(end.states() or ["no connection"]) + "; " +
               (", ".join(end.counters()) or "-") for end in ends]
    for capture in captures:
        capture.stop()
        if scenario.pcapng:
            capture.convert()
    for end, words in zip(ends, account):
        print(f"{scenario.name}: {end.side}: {words}")
    return errors


def main(scenarios):
    parser = argparse.ArgumentParser(description="Plays one scenario; use run.sh.")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--names", action="store_true")
    parser.add_argument("--run", metavar="NAME")
    parser.add_argument("--client", metavar="NAMESPACE")
    parser.add_argument("--server", metavar="NAMESPACE")
    parser.add_argument("--output", metavar="DIRECTORY")
    options = parser.parse_args()

    if options.list or options.names:
        for scenario in scenarios:
            print(scenario.name if options.names else f"{scenario.name:22}{scenario.meaning}")
        return 0
    known = {scenario.name: scenario for scenario in scenarios}
    scenario = known.get(options.run)
    if not scenario:
        print(f"lab: no scenario '{options.run}'", file=sys.stderr)
        return 2
    if scenario.pcapng and not shutil.which("editcap"):
        print(f"{scenario.name}: skipped, needs editcap", file=sys.stderr)
        return 0
    errors = play(scenario, {"client": options.client, "server": options.server},
                  options.output)
    for error in errors:
        print(f"{scenario.name}: {error}", file=sys.stderr)
    return 1 if errors else 0
