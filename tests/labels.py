#!/usr/bin/env python3
"""labels: the lab's labels say why a frame was sent, and their scorer finds what is planted.

Frames, the cable's log and the kernels' events are made by hand; the numbers stand below. Nothing
here needs root. Environment: srcdir.
"""
import os
import struct
import sys

SRC = os.path.abspath(os.environ.get("srcdir", "."))
sys.path.insert(0, os.path.join(SRC, "lab"))

import headers                  # noqa: E402  the lab's, found by the line above
import hints                    # noqa: E402
import labels                   # noqa: E402
import offload                  # noqa: E402
import score_classes            # noqa: E402
import wire                     # noqa: E402

MS = 1_000_000
CLIENT, SERVER = b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x02"
PLACES = {"client": "192.0.2.1:40001", "server": "192.0.2.2:80"}
SIDES = {"192.0.2.1": "client", "192.0.2.2": "server"}
count = 0
failed = 0


def same(name, got, wanted):
    global count, failed
    count += 1
    failed += got != wanted
    print("ok" if got == wanted else "not ok", count, "-", name)
    if got != wanted:
        print(f"# got    {got!r}\n# wanted {wanted!r}")


def make_frame(side, seq, ack, data=0, flags=16, stamp=None, sacks=()):
    """An Ethernet frame from one end; seq is its IP ID as well, so that repeats need another."""
    ends = ((CLIENT, 40001), (SERVER, 80))[::1 if side == "client" else -1]
    options = b""
    if stamp:
        options += struct.pack("!BBBBII", 1, 1, 8, 10, *stamp)
    if sacks:
        options += struct.pack("!BBBB", 1, 1, 5, 2 + 8 * len(sacks))
        options += b"".join(struct.pack("!II", *block) for block in sacks)
    tcp = struct.pack("!HHIIBBHHH", ends[0][1], ends[1][1], seq, ack,
                      (20 + len(options)) // 4 << 4, flags, 1000, 0, 0) + options + b"." * data
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), make_frame.ident & 0xFFFF, 0, 64, 6, 0)
    make_frame.ident += 1
    return bytes(12) + b"\x08\x00" + ip + ends[0][0] + ends[1][0] + tcp


make_frame.ident = 1


class Scene:
    """A cable of 10 ms and its two hosts; what is sent is told line by line."""

    def __init__(self):
        self.log = wire.Log()
        self.captures = {"client": [], "server": [], "wire": []}
        self.events = []
        self._arriving = []

    def _capture(self, cap, time, frame):
        number = len(self.captures[cap]) + 1
        self.captures[cap].append((time, number, frame))
        return number

    def send(self, ms, side, seq, ack, data=0, lost=False, late=0, **more):
        """Sends a segment at this time; late: ms that it comes after the others."""
        frame = make_frame(side, seq, ack, data, **more)
        passage = self.log.enter(side, frame, ms + 10 + late, self.log.send(side, frame))
        self._capture(side, ms * MS, frame)
        if not lost:
            self._arriving.append((ms + 10 + late, passage.number, side, frame, passage))

    def says(self, ms, side, kind, **more):
        other = "server" if side == "client" else "client"
        self.events.append({"t": int(ms * MS), "ev": kind, "side": side, "local": PLACES[side],
                            "peer": PLACES[other], "failed": False, **more})

    def rows(self):
        """(cap, frame's seq, of the end) -> label, of the newest frame with this number."""
        for ms, _, side, frame, passage in sorted(self._arriving, key=lambda one: one[:2]):
            other = "server" if side == "client" else "client"
            passage.lost = False
            self._capture(other, ms * MS, frame)
            self.log.given[other].append((passage, False))
        made = {}
        for cap, frames in self.captures.items():
            in_time = sorted(frames, key=lambda one: one[:2])
            made[cap] = headers.read_headers([(time, frame, len(frame))
                                              for time, _, frame in in_time])
        self.labels = labels.Labels(self.log, made, sorted(self.events, key=lambda one: one["t"]),
                                    SIDES)
        return [dict(zip(labels.COLUMNS, row)) for row in self.labels.rows()]


def data_of(rows, cap, column):
    return [row[column] for row in rows if row["cap"] == cap and row["dir"] == "A" and row["len"]]


def opened():
    """Numbers: client 1000, server 5000."""
    scene = Scene()
    scene.send(0, "client", 1000, 0, flags=2)
    scene.send(10, "server", 5000, 1001, flags=18)
    scene.send(20, "client", 1001, 5001)
    return scene


def check_kinds():
    """What congestion control was in tells the kind; of a timeout the first repeat is its own."""
    scene = opened()
    for ms, seq in ((30, 1001), (31, 1101), (32, 1201)):
        scene.send(ms, "client", seq, 5001, 100, lost=True)
    scene.send(60, "client", 1201, 5001, 100, lost=True)
    scene.says(60.01, "client", "retransmit")
    for ms, seq in ((300, 1001), (320, 1101), (320.1, 1201)):
        scene.send(ms, "client", seq, 5001, 100)
        scene.says(ms + 0.01, "client", "retransmit")
    scene.says(299.9, "client", "control", new="Loss")
    scene.send(400, "client", 1301, 5001, 100, lost=True)
    scene.send(440, "client", 1301, 5001, 100)
    scene.says(439.9, "client", "control", new="Recovery")
    scene.says(440.01, "client", "retransmit")
    rows = scene.rows()
    same("kinds at the sender", data_of(rows, "client", "retx"),
         ["-", "-", "-", "TLP", "RTO", "after-RTO", "after-RTO", "-", "fast"])
    same("the same at the receiver", data_of(rows, "server", "retx"),
         ["RTO", "after-RTO", "after-RTO", "fast"])
    same("what was lost", data_of(rows, "client", "lost"), [1, 1, 1, 1, 0, 0, 0, 1, 0])
    same("no event is left over", (scene.labels.without_frame(), scene.labels.unexplained), (0, 0))
    told = labels.count_labels([tuple(row.values()) for row in rows], scene.labels.parts,
                               scene.log.given)["client"]
    compared = {name.split(" (")[0]: (kernel, ours) for name, kernel, ours in labels.compare(
        told, {"TcpRetransSegs": 5, "TcpExtTCPFastRetrans": 1, "TcpExtTCPSlowStartRetrans": 3})}
    same("beside the counters", (compared["repeats"], compared["fast"],
                                 compared["after a timeout"]), ((5, 5), (1, 1), (3, 2)))
    scene = opened()
    scene.send(30, "client", 1001, 5001, 100, lost=True)
    scene.send(60, "client", 1001, 5001, 100)
    rows = scene.rows()
    same("a repeat without an event", (data_of(rows, "client", "retx"), scene.labels.unexplained),
         (["-", "?"], 1))


def check_needless():
    def play(refused=False, **first):
        scene = opened()
        scene.send(30, "client", 1001, 5001, 100, **first)
        scene.send(60, "client", 1001, 5001, 100)
        scene.says(60.01, "client", "retransmit")
        if refused:
            scene.says(40.1, "server", "refused", reason="TCP_ZEROWINDOW")
        return scene.rows()

    same("the first sending was lost", data_of(play(lost=True), "client", "needless"), [0, 0])
    same("it arrived", data_of(play(), "client", "needless"), [0, 1])
    late = play(late=50)
    same("it arrived behind the repeat", data_of(late, "server", "needless"), [1, 0])
    same("and was overtaken", data_of(late, "server", "ooo"), [0, 1])
    same("its receiver had no room", data_of(play(refused=True), "client", "needless"), [0, 0])


def check_probes():
    for timer, word in (("keepalive", "keepalive"), ("write", "zwp")):
        scene = opened()
        scene.send(1000, "client", 1000, 5001)
        scene.says(999.9, "client", "timer", timer=timer)
        rows = scene.rows()
        same(f"a probe by the timer '{timer}'", [row["probe"] for row in rows
                                                 if row["cap"] == "client"][-1], word)
    scene = opened()
    scene.send(1000, "client", 1000, 5001)
    same("no timer, no probe", [row["probe"] for row in scene.rows()
                                if row["cap"] == "client"][-1], "-")


def hint_of(*answers, stamp=(200, 0)):
    """Data at 0 ms, again at 100 ms; answers: (ms, ack, SACK blocks, echo). What was sent right
    before is answered after 20 ms."""
    frames = [(0, make_frame("client", 901, 5001, 100, stamp=(90, 0))),
              (0.1, make_frame("client", 1001, 5001, 100, stamp=(100, 0))),
              (20, make_frame("server", 5001, 1001, stamp=(1, 90))),
              (100, make_frame("client", 1001, 5001, 100, stamp=stamp))]
    frames += [(ms, make_frame("server", 5001, ack, stamp=(2, echo), sacks=sacks))
               for ms, ack, sacks, echo in answers]
    frames.sort(key=lambda one: one[0])
    captured = headers.read_headers([(int(ms * MS), frame, len(frame)) for ms, frame in frames])
    again = [one.number for one in captured if one.length][-1]
    return hints.Hints(captured).tell(again)


def check_hints():
    same("acknowledged before", hint_of((50, 1101, (), 100)), "acked")
    same("in a SACK block before", hint_of((50, 1001, ((1101, 1201), (1001, 1101)), 90)), "acked")
    same("a D-SACK", hint_of((120, 1101, (), 200), (121, 1101, ((1001, 1101),), 200)), "D-SACK")
    same("a D-SACK of other bytes", hint_of((120, 1101, (), 200), (121, 1101, ((901, 1001),), 200)),
         None)
    same("an older timestamp", hint_of((120, 1101, (), 100)), "timestamp")
    same("its own timestamp", hint_of((120, 1101, (), 200)), None)
    same("sooner than it can be", hint_of((109, 1101, (), 200)), "soon")
    same("and not", hint_of((111, 1101, (), 200)), None)


def check_shows():
    """The second segment repeats the first; the third one fills a gap; the fourth is at the end."""
    frames = [make_frame("client", seq, 5001, 100) for seq in (1001, 1001, 1201, 1101, 1301)]
    asked = hints.Hints(headers.read_headers([(at, frame, len(frame))
                                              for at, frame in enumerate(frames)]))
    same("which segments show to be repeats, or overtaken",
         [asked.shows_repeat(number) for number in (1, 2, 3, 4, 5)],
         [False, True, False, True, False])


def check_cut():
    frame = make_frame("client", 4294967000, 5001, 3000, flags=24)
    parts = offload.cut(frame, 1400)
    found = [headers.read_header(0, 0, part) for part in parts]
    same("parts of a large frame", [(one.seq, one.length, one.flags) for one in found],
         [(4294967000, 1400, 16), (1104, 1400, 16), (2504, 200, 24)])
    same("their IP IDs count up", [one.ident - found[0].ident for one in found], [0, 1, 2])
    for part in parts:
        whole = part[26:34] + struct.pack("!HH", 6, len(part) - 34) + part[34:]
        same("their checksums are right", (offload.sum_of(part[14:34]), offload.sum_of(whole)),
             (0xFFFF, 0xFFFF))


def check_scorer():
    """Each answer, right and wrong, is counted where it belongs."""
    label = dict.fromkeys(labels.COLUMNS, "0")
    label.update(dir="A", key="192.0.2.1,1>192.0.2.2,2", retx="RTO", probe="-", needless="1")
    for told, tags, kind, wanted in (("rtx-rto", [], 1, ((1, 0, 0), (0, 0, 1))),
                                     ("rtx-fast", ["spurious"], 0, ((1, 0, 0), (1, 0, 0))),
                                     ("original", [], 0, ((0, 0, 1), (0, 0, 1)))):
        scorer = score_classes.Scorer()
        scorer.frame("play", "client", {"class": told, "tags": tags, "because": []}, label, "acked")
        got = tuple((one.hits, one.false, one.missed) for one in
                    (scorer.scores[name, "sender"] for name in ("retransmission", "needless")))
        same(f"{told} for a needless timeout", (got, scorer.right_kinds()), (wanted, (kind, 1)))
    scorer = score_classes.Scorer()
    scorer.frame("play", "server", {"class": "rtx-rto", "tags": [], "because": []},
                 {**label, "retx": "-", "needless": "0"})
    false = scorer.scores["retransmission", "receiver"].false
    same("a first sending that is called a repeat", false, 1)


def main():
    check_kinds()
    check_needless()
    check_probes()
    check_hints()
    check_shows()
    check_cut()
    check_scorer()
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
