"""A cable between two hosts that loses, delays and repeats what it is told to.

The hosts are network namespaces, the ends of the cable two tap devices, and this program carries
the frames: there are kernels without netem, and netem cannot lose "the second SYN-ACK". A frame
passes the middle of the cable after half of its way; there it is written to a capture. Chance is
seeded, so that the same frames meet the same fate.
"""
import dataclasses
import heapq
import random
import select
import struct
import time

import frames as wire
from offload import OffloadTap, sum_of
from stage import Tap, enter

OTHER = {"client": "server", "server": "client"}
EVER = 1 << 30
KEPT = 160                      # bytes that the log keeps of a frame: all headers


@dataclasses.dataclass
class Way:
    """What the cable does to the frames of one end. Times in seconds, shares from 0 to 1."""
    delay: float = None         # None: as the run was told
    jitter: float = 0.0         # up to this much more; the order stays
    loss: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0        # one bit is turned over
    reorder: float = 0.0        # these frames come late by reorder_by, behind others
    reorder_by: float = 0.0
    rate: float = 0.0           # bits in a second; 0: no limit
    queue: int = 0              # bytes that wait at most for the rate; 0: no limit
    jump: tuple = ()            # (from, to, more delay) in seconds after the first frame


@dataclasses.dataclass
class Drop:
    """Loses the first to last segment of a kind that an end sends, counted in each connection."""
    sender: str
    kind: str                   # see Flow.kinds
    first: int = 1
    last: int = None            # None: only the first; EVER: all that follow
    early: bool = False         # before the middle of the cable

    def hits(self, sender, kinds):
        number = kinds.get(self.kind, 0) if sender == self.sender else 0
        return self.first <= number <= (self.last or self.first)


@dataclasses.dataclass
class Down:
    """Loses everything for a while after the n-th segment of a kind."""
    sender: str
    kind: str
    number: int
    seconds: float


@dataclasses.dataclass
class Forge:
    """Sends both ends a segment in the other's name when the n-th segment of a kind has passed."""
    sender: str
    kind: str
    number: int
    flags: int = wire.RST
    ahead: int = 0              # its number is so much more than the one that is waited for


@dataclasses.dataclass
class Again:
    """The n-th segment of a kind comes once more, long after."""
    sender: str
    kind: str
    number: int
    seconds: float


class Flow:
    """What a rule can ask about one connection."""

    def __init__(self):
        self._counts = {}
        self._closed = set()    # ends that sent a FIN
        self._data = False
        self._ends = {}         # sender -> where its newest data ended

    def kinds(self, sender, flags, length, seq=None):
        """Names of this segment, each with how many of the name this end has sent."""
        names = ["any"]
        if length > 0 and seq is not None:
            end = self._ends.get(sender)
            if end is not None and 0 < (end - seq) % (1 << 32) < 1 << 31:
                names.append("again")
            else:
                self._ends[sender] = seq + length
        plain = flags & (wire.SYN | wire.FIN | wire.RST) == 0
        if flags & wire.SYN:
            names.append("syn-ack" if flags & wire.ACK else "syn")
        if flags & wire.FIN:
            names.append("fin")
        if flags & wire.RST:
            names.append("rst")
        if length > 0:
            names.append("data")
        if length > 1200:
            names.append("long")
        if plain and length == 0 and flags & wire.ACK:
            names.append("ack")
            if not self._data and not self._closed:
                names.append("opening-ack")
            if len(self._closed) == 2:
                names.append("last-ack")
            elif OTHER[sender] in self._closed:
                names.append("ack-of-fin")
        if flags & wire.FIN:
            self._closed.add(sender)
        self._data = self._data or length > 0
        found = {}
        for name in names:
            found[name] = self._counts[sender, name] = self._counts.get((sender, name), 0) + 1
        return found


def forge_reset(frame, backwards, flags=wire.RST, ahead=0):
    """A RST (IPv4) in the name of the frame's sender, behind the frame; or, backwards, in the
    name of its target, with the number that the sender waits for. TTL 37: a device's own. With
    other flags another segment, with another number one that is not waited for."""
    start = 14 + (frame[14] & 15) * 4
    source, target, seq, ack = struct.unpack_from("!HHII", frame, start)
    end = 14 + struct.unpack_from("!H", frame, 16)[0]
    given = frame[start + 13]
    seq += end - start - (frame[start + 12] >> 4) * 4 + bool(given & 2) + bool(given & 1)
    ethernet, addresses = frame[:14], (frame[26:30], frame[30:34])
    if backwards:
        ethernet = frame[6:12] + frame[:6] + frame[12:14]
        addresses, source, target, seq = addresses[::-1], target, source, ack
    pair = b"".join(addresses)
    segment = struct.pack("!HHIIBBHHH", source, target, seq + ahead & 0xFFFFFFFF, 0, 5 << 4,
                          flags, 0, 0, 0)
    check = 0xFFFF ^ sum_of(pair + struct.pack("!HH", 6, len(segment)) + segment)
    segment = segment[:16] + struct.pack("!H", check) + segment[18:]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 37, 6, 0) + pair
    header = header[:10] + struct.pack("!H", 0xFFFF ^ sum_of(header)) + header[12:]
    return ethernet + header + segment


@dataclasses.dataclass
class Passage:
    """A segment that entered the cable, and what became of it."""
    number: int
    sender: str
    frame: bytes                # the begin of it, as the cable carried it
    arrives: float              # or would have arrived, if it was lost
    lost: bool = True           # until it is given to the other host
    damaged: bool = False


class Log:
    """What the cable carried, for labels.py."""

    def __init__(self):
        self.passages = []
        self.sent = {"client": [], "server": []}    # (frame, passages: several if it was large)
        self.middle = []                            # (passage, is a copy); None: not logged
        self.given = {"client": [], "server": []}   # the same, by the host that got it

    def send(self, sender, frame):
        """A frame that a host sent; the passages of its parts are to be added to the answer."""
        parts = []
        self.sent[sender].append((frame[:KEPT], parts))
        return parts

    def enter(self, sender, frame, arrives, parts):
        passage = Passage(len(self.passages), sender, frame[:KEPT], arrives)
        self.passages.append(passage)
        parts.append(passage)
        return passage


class Middle:
    """The capture in the middle of the cable: pcap with nanoseconds."""

    def __init__(self, path, kept):
        self._file = open(path, "wb")
        self._kept = kept
        self._file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, kept, 1))

    def write(self, frame):
        now = time.time_ns()
        kept = frame[:self._kept]
        self._file.write(struct.pack("<IIII", now // 10**9, now % 10**9, len(kept), len(frame)))
        self._file.write(kept)

    def close(self):
        self._file.close()


class Cable:
    """Carries frames between two namespaces until it is told to stop."""

    card = seen = "host0"       # the names that stage.configure() and stage.Capture ask for

    def __init__(self, ways, rules, seed, middle, stranger=None):
        self._ways = ways                       # sender -> Way
        self._stranger = stranger               # answers in the server's place
        self._rules = rules
        self._chance = random.Random(seed)
        self._middle = middle
        self._flows = {}
        self._due, self._count = [], 0          # (time, number, what to do, end, frame)
        self._free = {end: 0.0 for end in ways}     # when the rate lets the next one go
        self._last = {end: 0.0 for end in ways}     # when the newest one arrives
        self._down_until = 0.0
        self._begin = None
        self.log = Log()
        self.stopped = False

    def open(self, ends, offload=False):
        self._taps = {}
        for end in ends:
            enter(end.namespace)
            self._taps[end.side] = (OffloadTap if offload else Tap)(self.card)

    def carry(self):
        ends = {tap: side for side, tap in self._taps.items()}
        while not self.stopped:
            pause = min(0.05, max(0.0, self._due[0][0] - time.monotonic()) if self._due else 1)
            for tap in select.select(list(ends), [], [], pause)[0]:
                whole, parts = tap.read_parts()
                sent = self.log.send(ends[tap], whole)
                for part in parts:
                    self._take(ends[tap], part, sent)
            while self._due and self._due[0][0] <= time.monotonic():
                _, _, act, side, frame, mark = heapq.heappop(self._due)
                act(side, frame, mark)
        self._middle.close()

    def _at(self, when, act, side, frame, mark=None):
        """mark: the passage and whether this is a copy of it; None for what has no passage."""
        heapq.heappush(self._due, (when, self._count, act, side, frame, mark))
        self._count += 1

    def _pass(self, sender, frame, mark):
        self._middle.write(frame)
        self.log.middle.append(mark)

    def _give(self, sender, frame, mark):
        if self._stranger and sender == "client":
            for answer in self._stranger.answers(frame):
                self._take("server", answer)
            return
        try:
            self._taps[OTHER[sender]].write(frame)
        except OSError:         # the card is down
            return
        self.log.given[OTHER[sender]].append(mark)
        if mark and not mark[0].damaged:
            mark[0].lost = False

    def _take(self, sender, frame, sent=None):
        """A frame enters the cable: decides what becomes of it. sent: see Log.send()."""
        segment = wire.read_segment(0, frame)
        now = time.monotonic()
        if segment.flags is None:
            self._take_other(sender, frame, now)
            return
        self._begin = self._begin or now
        flow = self._flows.setdefault(frozenset((segment.source, segment.target)), Flow())
        kinds = flow.kinds(sender, segment.flags, segment.length, segment.seq)
        lost, early = self._fate(sender, kinds, now)
        way = self._ways[sender]
        passage = self.log.enter(sender, frame, now + (way.delay or 0.0),
                                 self.log.send(sender, frame) if sent is None else sent)
        self._obey(sender, kinds, frame, now, passage)
        if self._chance.random() < way.corrupt and len(frame) > 60:
            place = self._chance.randrange(54, len(frame))
            frame = frame[:place] + bytes([frame[place] ^ 16]) + frame[place + 1:]
            passage.damaged, passage.frame = True, frame[:KEPT]
        leaves = self._leave(way, sender, len(frame), now)
        if leaves is None or lost and early:
            return
        arrives = passage.arrives = self._arrive(way, sender, leaves)
        self._at((leaves + arrives) / 2, self._pass, sender, frame, (passage, False))
        if lost:
            return
        self._at(arrives, self._give, sender, frame, (passage, False))
        if self._chance.random() < way.duplicate:
            self._at((leaves + arrives) / 2 + 1e-4, self._pass, sender, frame, (passage, True))
            self._at(arrives + 1e-4, self._give, sender, frame, (passage, True))

    def _take_other(self, sender, frame, now):
        """Of other protocols only ICMP passes, and no rule is for it."""
        if frame[12:14] == b"\x08\x00" and frame[23] == 1:
            delay = self._ways[sender].delay
            self._at(now + delay / 2, self._pass, sender, frame)
            self._at(now + delay, self._give, sender, frame)

    def _fate(self, sender, kinds, now):
        """(whether it is lost, whether before the middle)."""
        for rule in self._rules:
            if isinstance(rule, Drop) and rule.hits(sender, kinds):
                return True, rule.early
        lost = self._chance.random() < self._ways[sender].loss or now < self._down_until
        return lost, self._chance.random() < 0.5

    def _obey(self, sender, kinds, frame, now, passage):
        for rule in self._rules:
            if isinstance(rule, Drop) or rule.sender != sender or \
                    kinds.get(rule.kind) != rule.number:
                continue
            if isinstance(rule, Again):
                copy = (passage, True)
                self._at(now + rule.seconds, self._pass, sender, frame, copy)
                self._at(now + rule.seconds + 0.001, self._give, sender, frame, copy)
                continue
            if isinstance(rule, Down):
                self._down_until = now + rule.seconds
                continue
            when = now + (self._ways[sender].delay or 0.0) * 1.2
            for side, backwards in ((sender, False), (OTHER[sender], True)):
                forged = forge_reset(frame, backwards, rule.flags, rule.ahead)
                self._at(when, self._pass, side, forged)
                self._at(when + 0.001, self._give, side, forged)

    def _leave(self, way, sender, size, now):
        """When the last bit is on its way, or None if there is no room to wait."""
        if not way.rate:
            return now
        waiting = max(0.0, self._free[sender] - now) * way.rate / 8
        if way.queue and waiting + size > way.queue:
            return None
        self._free[sender] = max(now, self._free[sender]) + size * 8 / way.rate
        return self._free[sender]

    def _arrive(self, way, sender, leaves):
        more = self._chance.random() * way.jitter
        if way.jump and way.jump[0] <= leaves - self._begin < way.jump[1]:
            more += way.jump[2]
        arrives = leaves + way.delay + more
        if self._chance.random() < way.reorder:
            return arrives + way.reorder_by
        self._last[sender] = max(arrives, self._last[sender])
        return self._last[sender]
