"""Of each captured frame why it was sent and what became of it, as both hosts and the cable knew.

Three witnesses: the kernels (trace events of each repeat, of congestion control and timers, and
of what the receiver threw away), the cable (what it lost, copied, damaged), and what
passed each capture. A line per frame, columns as in COLUMNS:

    id          the transmission, the same in all three captures; a copy has that of its model
    retx        SYN, SYN-ACK, TLP, RTO, after-RTO (sent again in the Loss state), fast (fast
                retransmit, SACK or RACK), ? (its kernel has no event for it); - if it is no repeat
    needless    all its bytes reached its receiver's kernel in segments that were sent before it
    acked_before   an acknowledgement of all its bytes had passed this capture
    ooo         a first transmission below the highest sequence number seen here, or behind its
                own acknowledgement
    netdup      a copy that the cable made
    probe       keepalive, zwp: by the timer that sent it
    orig_seen   some of its bytes were seen here before
    corrupt     damaged, as captured here
    lost        it never reached the other host intact
"""
import collections
import csv
import dataclasses
import json

import frames as wire
import headers
import views

COLUMNS = ("cap", "n", "t", "dir", "key", "seq", "ack", "flags", "len", "id", "retx", "needless",
           "acked_before", "ooo", "netdup", "probe", "orig_seen", "corrupt", "lost")
NEAR = 400                      # frames that the order of two records may differ by
SOON, LATE = 3_000_000, 20_000_000      # ns: an event of a repeat and its frame
DIRECTIONS = {"client": "A", "server": "B"}
OTHER = {"client": "server", "server": "client"}


def flow_of(header):
    return header.source, header.target


def match(sent, captured):
    """Pairs the frames of two records of one direction, each in its order: captured[i] is
    sent[answer[i]], or the first of several that were put together; None if it is not there."""
    places = collections.defaultdict(collections.deque)
    for place, header in enumerate(sent):
        if header:
            places[header.looks].append(place)
    answer, at = [], 0
    for header in captured:
        waiting = places[header.looks]
        found = waiting.popleft() if waiting else None
        if found is None:       # large ones begin like their first part
            found = next((place for place in range(at, min(at + NEAR, len(sent)))
                          if sent[place] and header.starts_like(sent[place])), None)
        if found is not None:
            at = found + 1
        answer.append(found)
    return answer


class Kernel:
    """What a kernel said of its repeats and probes, by connection and time."""

    def __init__(self, events):
        self._repeats = collections.defaultdict(list)   # (side, local, peer): (time, kind)
        self._timers = collections.defaultdict(list)    # (side, local, peer): (time, timer)
        self._refusals = collections.defaultdict(list)  # (side, local, peer): time
        control, timed_out = {}, set()
        for event in events:
            kind = event["ev"]
            if kind == "meta":
                continue
            place = event["side"], event["local"], event["peer"]
            if kind == "control":
                control[place] = event["new"]
                timed_out.discard(place)
                if event["new"] == "Loss":
                    timed_out.add(place)        # what follows at once is the timer's own repeat
            elif kind == "retransmit" and not event["failed"]:
                how = {"Recovery": "fast", "Loss": "after-RTO"}.get(control.get(place), "TLP")
                if place in timed_out:
                    how = "RTO"
                    timed_out.discard(place)
                self._repeats[place].append([event["t"], how, 0])
            elif kind == "retransmit_synack":
                self._repeats[place].append([event["t"], "SYN-ACK", 0])
            elif kind == "timer":
                self._timers[place].append((event["t"], event["timer"]))
            elif kind == "refused":
                self._refusals[place].append(event["t"])

    def refused(self, side, captured):
        """Numbers of the frames that this host threw away: of each refusal the newest before."""
        numbers = set()
        for (where, local, peer), times in self._refusals.items():
            frames = [one for one in captured
                      if where == side and flow_of(one) == (peer, local) and one.span > 0]
            for time in times:
                near = [one.number for one in frames if 0 <= time - one.time < SOON]
                numbers.update(near[-1:])
        return numbers

    def kind(self, side, header):
        """Why a repeat was sent: of the event that follows its frame."""
        events = self._repeats[side, header.source, header.target]
        after = [one for one in events if -1_000 <= one[0] - header.time < SOON]
        before = [one for one in events if 0 <= header.time - one[0] < LATE]
        near = after[:1] or before[-1:]
        if not near:
            return "?"
        near[0][2] += 1
        if header.flags & wire.SYN:
            return "SYN-ACK" if header.flags & wire.ACK else "SYN"
        return near[0][1]

    def probe(self, side, header):
        """By which timer a probe was sent."""
        timers = [(abs(time - header.time), timer)
                  for time, timer in self._timers[side, header.source, header.target]
                  if -LATE < time - header.time < SOON]
        return {"keepalive": "keepalive", "write": "zwp"}.get(min(timers)[1]) if timers else None

    def without_frame(self):
        """Repeats that no frame was found for."""
        return sum(not used for events in self._repeats.values() for _, _, used in events)


@dataclasses.dataclass
class Fate:
    """What is true of a transmission, in whichever capture."""
    id: str
    retx: str = "-"
    probe: str = "-"
    needless: bool = False
    lost: bool = True
    refused: bool = False       # it came, but its receiver threw it away: no room


class Sending:
    """Finds the repeats and probes among the frames of one host, in the order it sent them."""

    def __init__(self, side, kernel):
        self._side, self._kernel = side, kernel
        self._sent = {}         # flow -> Ranges
        self._first = {}        # flow -> number of its newest SYN
        self.unexplained = 0    # repeats that the kernel has no event for

    def tell(self, header):
        """(retx, probe) of a frame."""
        flow = flow_of(header)
        if header.flags & wire.SYN and self._first.get(flow) != header.seq:
            self._first[flow] = header.seq
            self._sent.pop(flow, None)
        sent = self._sent.setdefault(flow, headers.Ranges(header.seq))
        if header.flags & wire.RST:
            return "-", "-"
        if header.span == 0:
            probe = sent.highest is not None and sent.place(header.seq) == sent.highest - 1 and \
                self._kernel.probe(self._side, header)
            return "-", probe or "-"
        again = sent.highest is not None and sent.place(header.seq) < sent.highest
        sent.add(header.seq, header.span)
        if not again:
            return "-", "-"
        kind = self._kernel.kind(self._side, header)
        self.unexplained += kind == "?"
        return kind, "-"


class Arrivals:
    """What was sent, or came, of all flows so far."""

    def __init__(self):
        self._had = {}
        self._first = {}

    def has(self, header):
        """Whether all bytes of this segment are there."""
        flow = flow_of(header)
        if header.flags & wire.SYN and self._first.get(flow) != header.seq:
            self._first[flow] = header.seq
            self._had.pop(flow, None)
        return flow in self._had and self._had[flow].has(header.seq, header.span)

    def add(self, header):
        self._had.setdefault(flow_of(header), headers.Ranges(header.seq)).add(header.seq,
                                                                             header.span)


def find_needless(log, fates):
    """Marks the repeats of what had arrived, or was on its way and did. Not SYNs: they are
    repeated because their answer is missing."""
    arrived = Arrivals()
    for passage in log.passages:        # as they were sent
        header = headers.read_header(0, 0, passage.frame)
        fate = fates[passage.number]
        if not header or header.span == 0 or passage.damaged:
            continue
        there = arrived.has(header)
        fate.needless = there and fate.retx != "-" and not header.flags & wire.SYN
        if not passage.lost and not fate.refused:
            arrived.add(header)


def count_doubles(given):
    """How many segments a host was given whose bytes it had."""
    arrived, count = Arrivals(), 0
    for passage, _ in filter(None, given):
        header = headers.read_header(0, 0, passage.frame)
        if header and header.length > 0 and not passage.damaged:
            count += arrived.has(header)
            arrived.add(header)
    return count


class View:
    """Labels the frames of one capture, in its order."""

    def __init__(self, cap):
        self._cap = cap
        self._seen = {}         # flow -> Ranges
        self._first = {}
        self._acked = {}        # flow -> the newest number that was acknowledged of it

    def _ranges(self, header):
        flow = flow_of(header)
        if header.flags & wire.SYN and self._first.get(flow) != header.seq:
            self._first[flow] = header.seq
            self._seen.pop(flow, None)
            self._acked.pop(flow, None)
        return self._seen.setdefault(flow, headers.Ranges(header.seq))

    def row(self, header, fate, side, copy, damaged):
        seen = self._ranges(header)
        retx, probe = ("-", "-") if copy else (fate.retx, fate.probe)
        acked = self._acked.get(flow_of(header))
        before = header.span > 0 and acked is not None and headers.ahead(acked, header.end) >= 0
        late = header.span > 0 and retx == "-" and probe == "-" and not copy and \
            (before or seen.highest is not None and seen.place(header.seq) < seen.highest)
        again = header.span > 0 and seen.meets(header.seq, header.span)
        if header.span > 0 and not header.flags & wire.RST:
            seen.add(header.seq, header.span)
        if header.flags & wire.ACK and not damaged:
            back = flow_of(header)[::-1]
            if back not in self._acked or headers.ahead(header.ack, self._acked[back]) > 0:
                self._acked[back] = header.ack
        ends = [place.rsplit(":", 1) for place in flow_of(header)[::1 if side == "client" else -1]]
        key = ">".join(f"{address},{port}" for address, port in ends)
        return (self._cap, header.number, header.time, DIRECTIONS[side], key, header.seq,
                header.ack, header.flags, header.length, fate.id, retx,
                *map(int, (fate.needless and not copy, before, late, copy)), probe,
                *map(int, (again, damaged, fate.lost)))


class Labels:
    """Makes the labels of a play from its cable's log, its captures and its events."""

    def __init__(self, log, captures, events, sides):
        self.log = log
        self._captures = captures       # cap -> headers
        self._sides = sides             # address -> side
        self._kernel = Kernel(events)
        self._fates = {one.number: Fate(f"{DIRECTIONS[one.sender]}{one.number}",
                                        lost=one.lost) for one in log.passages}
        self.parts = {}                 # (cap, number) -> segments that a frame holds
        self.unexplained = 0            # repeats without an event
        self._sent = {side: self._at_sender(side) for side in OTHER}
        self._given = {side: self._at_receiver(side) for side in OTHER}
        find_needless(log, self._fates)

    def _side(self, header):
        return self._sides.get(header.source.rsplit(":", 1)[0].strip("[]"))

    def _at_sender(self, side):
        """Frame number -> (fate, False, False), of what a host sent."""
        sent = [(headers.read_header(0, 0, frame), parts) for frame, parts in self.log.sent[side]]
        sent = [(header, parts) for header, parts in sent if header and parts]
        own = [one for one in self._captures[side] if self._side(one) == side]
        told, sending = {}, Sending(side, self._kernel)
        places = match([header for header, _ in sent], own)
        for header, place in zip(own, places):
            parts = sent[place][1] if place is not None else []
            fates = [self._fates[part.number] for part in parts]
            fates = fates or [Fate(f"{DIRECTIONS[side]}-{header.number}")]
            retx, probe = sending.tell(header)
            for fate in fates:
                fate.retx, fate.probe = retx, probe
            told[header.number] = fates
        self.unexplained += sending.unexplained
        return told

    def _at_receiver(self, side):
        """Frame number -> (fates, copy, damaged), of what a host was given."""
        marks = [mark for mark in self.log.given[side] if mark]
        given = [headers.read_header(0, 0, mark[0].frame) for mark in marks]
        own = [one for one in self._captures[side] if self._side(one) != side]
        told = {}
        for header, place in zip(own, match(given, own)):
            if place is None:
                continue
            parts, end = [], headers.ahead(header.end, header.seq)
            while place < len(marks) and given[place] and \
                    flow_of(given[place]) == flow_of(header) and \
                    0 <= headers.ahead(given[place].end, header.seq) <= end:
                parts.append(marks[place])
                place += 1
                if headers.ahead(given[place - 1].end, header.seq) == end:
                    break
            told[header.number] = parts
        for number in self._kernel.refused(side, own):
            for passage, _ in told.get(number, ()):
                self._fates[passage.number].refused = True
        return told

    def _merge(self, parts):
        """One fate of what the receiver's card put together."""
        fates = [self._fates[passage.number] for passage, _ in parts]
        merged = dataclasses.replace(fates[0])
        merged.retx = next((fate.retx for fate in fates if fate.retx != "-"), "-")
        merged.needless = all(fate.needless for fate in fates)
        return merged, any(copy for _, copy in parts), any(one.damaged for one, _ in parts)

    def rows(self, order=None):
        """The labels; order: of captures that were changed afterwards, the old numbers of the
        frames that they hold now."""
        for cap, captured in self._captures.items():
            view = View(cap)
            by_number = {header.number: header for header in captured}
            numbers = order[cap] if order else sorted(by_number)
            for number, was in enumerate(numbers, 1):
                if was in by_number:
                    row = self._row(view, cap, by_number[was])
                    if row:
                        yield (row[0], number if order else was, *row[2:])

    def _row(self, view, cap, header):
        fates = self._sent.get(cap, {}).get(header.number)
        parts = self._given.get(cap, {}).get(header.number, [])
        if cap == "wire":
            mark = self.log.middle[header.number - 1]
            parts = [mark] if mark else []
        self.parts[cap, header.number] = len(fates or parts)
        if fates:
            fate = dataclasses.replace(fates[0])
            fate.needless = all(one.needless for one in fates)
            fate.lost = any(one.lost for one in fates)
            return view.row(header, fate, cap, False, False)
        if not parts:
            return None
        fate, copy, damaged = self._merge(parts)
        return view.row(header, fate, parts[0][0].sender, copy, damaged)

    def strange(self):
        """Captured frames that no host and no cable sent."""
        return sum(not count for count in self.parts.values())

    def without_frame(self):
        return self._kernel.without_frame()


def write(path, rows):
    with open(path, "w", encoding="ascii", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def read_captures(paths):
    """cap -> headers of its TCP frames."""
    found = {}
    for cap, path in paths.items():
        with open(path, "rb") as file:
            found[cap] = headers.read_headers(views.read_records(file.read()))
    return found


# The counters of the kernels, and what the labels say for the same.

def count_labels(rows, parts, given):
    """side -> counter -> number, from the frames at the sender's own host."""
    told = {side: collections.Counter() for side in OTHER}
    for row in rows:
        row = dict(zip(COLUMNS, row))
        sender = "client" if row["dir"] == "A" else "server"
        if row["cap"] != sender:
            continue
        size = parts[row["cap"], row["n"]]
        told[sender]["RetransSegs"] += size if row["retx"] != "-" else 0
        told[sender][row["retx"]] += size
        told[sender][row["probe"]] += 1
    for side, marks in given.items():
        told[side]["doubles"] = count_doubles(marks)
    return told


def compare(told, counters):
    """(question, kernel, labels) of one host, of all that can be compared."""
    def kernel(*names):
        return sum(counters.get(name, 0) for name in names)

    yield "repeats (RetransSegs)", kernel("TcpRetransSegs"), told["RetransSegs"]
    yield "SYNs and SYN-ACKs (TCPSynRetrans)", kernel("TcpExtTCPSynRetrans"), \
        told["SYN"] + told["SYN-ACK"]
    yield "fast (TCPFastRetrans)", kernel("TcpExtTCPFastRetrans"), told["fast"]
    yield "after a timeout (TCPSlowStartRetrans)", kernel("TcpExtTCPSlowStartRetrans"), \
        told["after-RTO"]
    yield "keep-alives (TCPKeepAlive)", kernel("TcpExtTCPKeepAlive"), told["keepalive"]
    yield "window probes (TCPWinProbe)", kernel("TcpExtTCPWinProbe"), told["zwp"]
    if kernel("TcpExtTCPDSACKOldSent", "TcpExtTCPDSACKOfoSent"):
        yield "arrived twice (TCPDSACKOldSent, TCPDSACKOfoSent)", \
            kernel("TcpExtTCPDSACKOldSent", "TcpExtTCPDSACKOfoSent"), told["doubles"]


def write_check(path, rows, made, counters):
    """What the labels say beside what the kernels counted."""
    told = count_labels(rows, made.parts, made.log.given)
    found = {"compared": [(side, *one) for side, numbers in counters.items()
                          for one in compare(told[side], numbers)],
             "frames of nobody": made.strange(), "repeats without an event": made.unexplained,
             "events without a frame": made.without_frame()}
    with open(path, "w", encoding="ascii") as file:
        json.dump(found, file, indent=1)
