#!/usr/bin/env python3
"""accuracy: the scorer of the lab finds what is planted, and the lab's table is sound.

One connection is made by hand, as frames and as what two kernels would have recorded; the numbers
and times stand below. The program explains it; then its answer, or the record, is changed, and
the scorer has to see it. Nothing here needs root. Environment: TCPFLOW_EXPLAIN, srcdir.
"""
import copy
import os
import re
import struct
import sys
import tempfile

SRC = os.path.abspath(os.environ.get("srcdir", "."))
PROGRAM = os.path.abspath(os.environ.get("TCPFLOW_EXPLAIN", "./tcpflow-explain"))
sys.path.insert(0, os.path.join(SRC, "lab"))

import accuracy                 # noqa: E402  the lab's, found by the line above
import actor                    # noqa: E402
import document                 # noqa: E402
import frames                   # noqa: E402
import plays                    # noqa: E402
import score                    # noqa: E402
import stranger                 # noqa: E402
import truth                    # noqa: E402
import views                    # noqa: E402
import wire                     # noqa: E402
import witness                  # noqa: E402

MS = 1_000_000
BEGIN = 1_700_000_000_000 * MS
CLIENT, SERVER = "192.0.2.1:40001", "192.0.2.2:80"
SYN, ACK, FIN, RST = 2, 16, 1, 4
count = 0
failed = 0


def result(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print("ok" if good else "not ok", count, "-", name)
    if not good:
        for line in str(why).splitlines()[:20]:
            print("#", line)


def same(name, got, wanted):
    result(got == wanted, name, f"got    {got!r}\nwanted {wanted!r}")


# The connection. Client's ISN 1000, server's 5000, 100 bytes of data: its FIN has number 1101.

def make_frame(from_client, flags, seq, ack, data=0):
    ends = (b"\xc0\x00\x02\x01", 40001), (b"\xc0\x00\x02\x02", 80)
    (source, sport), (target, dport) = ends if from_client else ends[::-1]
    tcp = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 1000, 0, 0) + b"." * data
    check = 0xFFFF ^ wire.sum_of(source + target + struct.pack("!HH", 6, len(tcp)) + tcp)
    tcp = tcp[:16] + struct.pack("!H", check) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + source + target
    ip = ip[:10] + struct.pack("!H", 0xFFFF ^ wire.sum_of(ip)) + ip[12:]
    return bytes(12) + b"\x08\x00" + ip + tcp


# milliseconds in the middle of the cable, where each way takes 10 ms; 5 ms to either host
FRAMES = (
    (10, make_frame(True, SYN, 1000, 0)),
    (20, make_frame(False, SYN | ACK, 5000, 1001)),
    (30, make_frame(True, ACK, 1001, 5001)),
    (31, make_frame(True, ACK, 1001, 5001, 100)),
    (41, make_frame(False, ACK, 5001, 1101)),
    (51, make_frame(True, FIN | ACK, 1101, 5001)),
    (61, make_frame(False, FIN | ACK, 5001, 1102)),
    (71, make_frame(True, ACK, 1102, 5002)),
    (90, make_frame(True, SYN, 9000, 0).replace(b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x09")),
)


def make_pcap(timed):
    data = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1)
    for when, frame in timed:
        seconds, rest = divmod(BEGIN + when * MS, 1_000_000_000)
        data += struct.pack("<IIII", seconds, rest, len(frame), len(frame)) + frame
    return data


def state(when, side, old, new, sk=None, **more):
    here, there = (CLIENT, SERVER) if side == "client" else (SERVER, CLIENT)
    return {"t": BEGIN + when * MS, "ev": "state", "side": side, "local": here, "peer": there,
            "sk": sk or side, "old": old, "new": new, **more}


def thing(when, kind, side, what, **more):
    return {**state(when, side, "", ""), "ev": kind, "what": what, **more}


RECORD = (
    {"t": BEGIN, "ev": "meta", "client": "192.0.2.1", "server": "192.0.2.2"},
    state(5, "client", "CLOSE", "SYN_SENT", local="0.0.0.0:0", peer=SERVER),
    thing(15, "reqsk", "server", "start"),
    state(25, "client", "SYN_SENT", "ESTABLISHED"),
    state(35, "server", "LISTEN", "SYN_RECV"),
    thing(35, "reqsk", "server", "cancelled"),
    state(35, "server", "SYN_RECV", "ESTABLISHED"),
    state(46, "client", "ESTABLISHED", "FIN_WAIT1"),
    state(56, "server", "ESTABLISHED", "CLOSE_WAIT"),
    state(56, "server", "CLOSE_WAIT", "LAST_ACK"),
    state(66, "client", "FIN_WAIT1", "FIN_WAIT2"),
    thing(66, "timewait", "client", "start", substate="TIME_WAIT"),
    state(66, "client", "FIN_WAIT2", "CLOSE"),
    state(76, "server", "LAST_ACK", "CLOSE"),
)


def lives_of(record):
    lives = truth.Lives()
    for event in record:
        lives.read(event)
    lives.settle()
    return lives


def states_of(record, side):
    return [" ".join(life.states) for life in lives_of(record).all if life.side == side]


def verdicts(record, output):
    """side -> (verdict, why) of the connection, captured in the middle."""
    held = frames.read_frames(make_pcap(FRAMES))
    judge = score.Judge("made", lives_of(record), held)
    return {one.side: (one.verdict, one.why) for one in judge.score("wire", held, output)
            if one.peer in (CLIENT, SERVER)}


def check_sound(output):
    same("what the program says of the connection is right",
         verdicts(RECORD, output), {"client": ("right", ""), "server": ("right", "")})
    chart = [(one["endpoint"], one["to"]) for one in output["connections"][0]["transitions"]]
    result(("server", "LAST_ACK") in chart and ("client", "TIME_WAIT") in chart,
           "the program tells the connection to its end", chart)


def check_planted_answers(output):
    def changed(side, after, **more):
        """The answer, with the transition of an end to a state changed, or without it."""
        planted = copy.deepcopy(output)
        steps = planted["connections"][0]["transitions"]
        (step,) = [one for one in steps if (one["endpoint"], one["to"]) == (side, after)]
        step.update(more)
        if not more:
            steps.remove(step)
        return verdicts(RECORD, planted)[side][0]

    same("a state that was never there, inferred, is wrong",
         changed("server", "CLOSE_WAIT", to="FIN_WAIT_1", certainty="inferred"), "wrong")
    same("the same, proved, is a contradiction",
         changed("server", "CLOSE_WAIT", to="FIN_WAIT_1", certainty="proved"), "contradiction")
    same("the same, observed, is a contradiction",
         changed("client", "FIN_WAIT_1", to="CLOSE_WAIT", certainty="observed"), "contradiction")
    same("the same, assumed, is not knowing",
         changed("server", "LAST_ACK", to="CLOSING", certainty="assumed"), "unknown")
    same("a state left out is not knowing", changed("server", "CLOSE_WAIT"), "unknown")
    same("FIN_WAIT_2 right before TIME_WAIT may be absent",
         "FIN_WAIT_2" in str(output["connections"][0]["transitions"]), False)
    same("a state that its frame cannot show yet is a contradiction",
         changed("server", "ESTABLISHED", evidence_frame=2), "contradiction")

    planted = copy.deepcopy(output)
    steps = planted["connections"][0]["transitions"]
    first, second = [one for one in steps if one["endpoint"] == "client"][:2]
    first["to"], second["to"] = second["to"], first["to"]
    same("states in another order are a contradiction", verdicts(RECORD, planted)["client"][0],
         "contradiction")
    planted = {"connections": output["connections"][1:]}
    same("a connection left out is wrong", verdicts(RECORD, planted),
         {side: ("wrong", "the program has no such connection")
          for side in ("client", "server")})


def check_planted_records(output):
    def without(*news):
        return [one for one in RECORD if one.get("new") not in news]

    same("the kernel never was ESTABLISHED: a contradiction",
         verdicts(without("ESTABLISHED"), output)["server"][0], "contradiction")
    late = [{**one, "t": one["t"] + 9 * MS} if one.get("new") == "CLOSE_WAIT" else one
            for one in RECORD]
    same("the kernel got there after the frame that proves it: a contradiction",
         verdicts(late, output)["server"][0], "contradiction")
    timer = RECORD + (thing(85, "timewait", "client", "cancelled", substate="TIME_WAIT"),)
    same("the kernel went on before the capture's end: not knowing",
         verdicts(timer, output)["client"][0], "unknown")
    later = RECORD + (thing(95, "timewait", "client", "cancelled", substate="TIME_WAIT"),)
    same("the kernel went on after the capture's end: right",
         verdicts(later, output)["client"][0], "right")
    same("an address that is no kernel's is not scored", len(verdicts(RECORD, output)), 2)


def check_reading():
    same("the states of the client", states_of(RECORD, "client"),
         ["SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT"])
    same("the states of the server", states_of(RECORD, "server"),
         ["SYN_RCVD ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED"])
    orphan = RECORD[:10] + (
        state(60, "client", "FIN_WAIT1", "FIN_WAIT2"), state(60, "client", "FIN_WAIT2", "CLOSE"),
        thing(62, "timewait", "client", "start", substate="FIN_WAIT2"))
    same("an orphan stays in FIN_WAIT_2", states_of(orphan, "client"),
         ["SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2"])
    for name, more in (
            ("is seen to change",
             (thing(68, "timewait", "client", "changed", substate="TIME_WAIT"),)),
            ("had its peer's FIN acknowledged",
             (state(76, "server", "LAST_ACK", "CLOSE", snd_una=5002, snd_nxt=5002),))):
        same("TIME_WAIT of an orphan that " + name, states_of(orphan + more, "client"),
             ["SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT"])
    unacknowledged = (state(76, "server", "LAST_ACK", "CLOSE", snd_una=5001, snd_nxt=5002),)
    same("no TIME_WAIT when the peer gave up", states_of(orphan + unacknowledged, "client"),
         ["SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2"])
    late_look = RECORD[:11] + (
        state(66, "client", "FIN_WAIT2", "CLOSE"),
        thing(466, "timewait", "client", "start", substate="TIME_WAIT", since=BEGIN + 65 * MS))
    same("a late look at TIME_WAIT: it began with the end of the socket",
         states_of(late_look, "client"), ["SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT"])
    reset = RECORD[:11] + ({**state(70, "client", "", ""), "ev": "receive_reset"},
                           state(70, "client", "FIN_WAIT2", "CLOSE"))
    same("a RST in FIN_WAIT_2 leads to CLOSED", states_of(reset, "client"),
         ["SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSED"])
    again = RECORD + (state(90, "client", "CLOSE", "SYN_SENT", sk="next"),
                      state(95, "client", "SYN_SENT", "ESTABLISHED", sk="next"))
    same("the same ports again: two lives, and TIME_WAIT is over", states_of(again, "client"),
         ["SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED", "SYN_SENT ESTABLISHED"])
    timer = RECORD[:2] + (thing(15, "reqsk", "server", "start", snt_isn=7),
                          thing(20, "reqsk", "server", "cancelled", snt_isn=7))
    same("a request that ends goes back to LISTEN", states_of(timer, "server"),
         ["SYN_RCVD LISTEN"])
    same("the timer of a request starts again: one life",
         states_of(timer + (thing(20, "reqsk", "server", "start", snt_isn=7),), "server"),
         ["SYN_RCVD"])


# The cable

def told(segments):
    flow = wire.Flow()
    return [sorted(flow.kinds(sender, flags, length)) for sender, flags, length in segments]


def check_cable():
    same("the names of the segments of a connection", told((
        ("client", SYN, 0), ("server", SYN | ACK, 0), ("client", ACK, 0), ("client", ACK, 1400),
        ("server", ACK, 0), ("client", FIN | ACK, 0), ("server", ACK, 0),
        ("server", FIN | ACK, 0), ("client", ACK, 0), ("server", RST, 0))), [
            ["any", "syn"], ["any", "syn-ack"], ["ack", "any", "opening-ack"],
            ["any", "data", "long"], ["ack", "any"], ["any", "fin"],
            ["ack", "ack-of-fin", "any"], ["any", "fin"], ["ack", "any", "last-ack"],
            ["any", "rst"]])
    second = wire.Drop("server", "syn-ack", 2)
    same("a rule for the second SYN-ACK hits no other",
         [second.hits(*case) for case in (("server", {"syn-ack": 1}), ("server", {"syn-ack": 2}),
                                          ("client", {"syn-ack": 2}), ("server", {"fin": 2}))],
         [False, True, False, False])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "middle.pcap")
        kept = carry_all(path, wire.Way(delay=0.0), (wire.Drop("client", "data"),
                                                     wire.Drop("server", "fin", early=True)))
        same("one is lost behind the middle, one before it: six arrive, seven are captured", (
            kept, len(frames.read_frames(read(path)))), (6, 7))
        # By hand: of 1000 draws at 20 %, fewer than 150 or more than 250 are 4 deviations away.
        fates = [lost_share(folder, seed) for seed in ("a", "a", "b")]
        result(fates[0] == fates[1] != fates[2] and all(150 <= sum(f) <= 250 for f in fates),
               "chance keeps to its share, the same seed loses the same", list(map(sum, fates)))
    forged = frames.read_segment(0, wire.forge_reset(FRAMES[3][1], False))
    backwards = wire.forge_reset(FRAMES[3][1], True)
    same("a RST in another's name", (forged.source, forged.target, forged.flags),
         (CLIENT, SERVER, RST))
    same("its number is the one behind the data; backwards, the one that is waited for",
         (struct.unpack_from("!I", wire.forge_reset(FRAMES[3][1], False), 38)[0],
          struct.unpack_from("!I", backwards, 38)[0]), (1101, 5001))
    pair = backwards[26:34] + struct.pack("!HH", 6, 20)
    same("its checksums are right", (wire.sum_of(backwards[14:34]),
                                     wire.sum_of(pair + backwards[34:])), (0xFFFF, 0xFFFF))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def make_cable(path, way, rules, seed):
    return wire.Cable({"client": way, "server": way}, rules, seed, wire.Middle(path, 96))


def carry_all(path, way, rules):
    """How many of the connection's eight frames arrive."""
    cable = make_cable(path, way, rules, "1")
    arrived = []
    for _, frame in FRAMES[:8]:
        cable._take("client" if frame[26:30] == b"\xc0\x00\x02\x01" else "server", frame)
    for _, _, act, side, frame, mark in sorted(cable._due, key=lambda one: one[:2]):
        if act == cable._give:
            arrived.append(frame)
        else:
            act(side, frame, mark)
    cable._middle.close()
    return len(arrived)


def lost_share(folder, seed):
    cable = make_cable(os.path.join(folder, "share"), wire.Way(delay=0.0, loss=0.2), (), seed)
    fates = [cable._fate("client", {}, 1.0)[0] for _ in range(1000)]
    cable._middle.close()
    return fates


def check_forged():
    syn = frames.read_segment(0, wire.forge_reset(FRAMES[3][1], False, SYN, 500))
    same("a SYN in another's name", (syn.source, syn.flags), (CLIENT, SYN))
    forged = [struct.unpack_from("!I", wire.forge_reset(FRAMES[3][1], False, RST, ahead), 38)[0]
              for ahead in (0, 500, -2000)]
    same("its number, and one ahead and behind; below 0 it wraps", forged,
         [1101, 1601, (1101 - 2000) % 2**32])


def check_stranger():
    """RFC 9293 section 3.5 with a SYN that answers a SYN; the client's ISN is 1000."""
    peer = stranger.Stranger("split-five")
    told = []
    for frame in (make_frame(True, SYN, 1000, 0), make_frame(True, SYN, 1000, 0),
                  make_frame(True, SYN | ACK, 1000, stranger.ISN + 1),
                  make_frame(True, ACK, 1001, stranger.ISN + 1, 100),
                  make_frame(True, FIN | ACK, 1101, stranger.ISN + 1),
                  make_frame(True, ACK, 1102, stranger.ISN + 2)):
        for answer in peer.answers(frame):
            seq, ack = struct.unpack_from("!II", answer, 38)
            told.append((answer[47], seq - stranger.ISN, ack))
            pair = answer[26:34] + struct.pack("!HH", 6, 20)
            same("its checksums are right", (wire.sum_of(answer[14:34]),
                                             wire.sum_of(pair + answer[34:])), (0xFFFF, 0xFFFF))
    same("a stranger opens with an ACK and a SYN, and closes with the client", told,
         [(ACK, 0, 1001), (SYN, 0, 0), (ACK, 1, 1001), (ACK, 1, 1101), (ACK, 1, 1102),
          (FIN | ACK, 1, 1102)])


def check_views():
    whole = make_pcap(FRAMES[:8])
    views.PORT = 80

    def flags_of(name, data=whole):
        return [frame.flags for frame in frames.read_frames(views.view(name, data, "1"))]

    same("a capture that begins late has the last six of ten frames",
         flags_of("late", make_pcap(FRAMES[:8] + FRAMES[:2])),
         [one.flags for one in frames.read_frames(whole)][4:] + [SYN, SYN | ACK])
    same("one direction", (flags_of("from-client"), flags_of("from-server")),
         ([SYN, ACK, ACK, FIN | ACK, ACK], [SYN | ACK, ACK, FIN | ACK]))
    same("frames that are 1 ms apart stay in order", flags_of("swapped"),
         [one.flags for one in frames.read_frames(whole)])
    # 1000 frames 0.1 ms apart, each with a number of its own. Of 1000 draws at 5 %, fewer than 20
    # or more than 80 are 4 deviations away.
    timed = ((BEGIN + at * MS // 10, make_frame(True, ACK, at, 1)) for at in range(1000))
    many = views.write_records(whole, [(when, frame, len(frame)) for when, frame in timed])
    left = views.read_records(views.view("gaps", many, "1"))
    result(920 <= len(left) <= 980, "gaps keep to their share", len(left))
    swapped = views.read_records(views.view("swapped", many, "1"))
    before = views.read_records(many)
    moved = sum(a[1] != b[1] for a, b in zip(before, swapped))
    same("swapped frames are all there, and the times stay",
         (sorted(one[1] for one in swapped), [one[0] for one in swapped]),
         (sorted(one[1] for one in before), [one[0] for one in before]))
    result(40 <= moved <= 160, "frames are swapped by chance, two at a time", moved)


def named(kernel, claims, scenario="made", verdict="unknown"):
    told = [score.Claim(state, certainty, 0) for state, certainty in claims]
    return accuracy.name_difference(score.Score(scenario, "client", "client", verdict, CLIENT,
                                                SERVER, kernel.split(), told))


def check_names():
    """What a difference is called: an error gets none of the names."""
    opened = [("SYN_SENT", "observed"), ("ESTABLISHED", "observed")]
    usual = "SYN_SENT ESTABLISHED "
    for name, kernel, claims in (
            ("given up in silence", "CLOSED", []),
            ("a FIN that waits or was lost", "FIN_WAIT_1 CLOSED", [("CLOSED", "assumed")]),
            ("a FIN that waits or was lost", "FIN_WAIT_1 CLOSING TIME_WAIT",
             [("CLOSE_WAIT", "assumed"), ("LAST_ACK", "assumed"), ("CLOSED", "assumed")]),
            ("assumed to arrive", "", [("CLOSED", "assumed")]),
            ("which of two came first", "FIN_WAIT_1 CLOSING TIME_WAIT",
             [("FIN_WAIT_1", "observed"), ("FIN_WAIT_2", "inferred"), ("TIME_WAIT", "inferred")]),
            ("TIME_WAIT cut short", "FIN_WAIT_1 TIME_WAIT CLOSED",
             [("FIN_WAIT_1", "observed"), ("TIME_WAIT", "observed")]),
            ("never captured", "CLOSE_WAIT CLOSED", [("CLOSED", "observed")]),
            ("not explained", "CLOSE_WAIT", [("FIN_WAIT_1", "inferred")]),
            ("not explained", "", [("CLOSED", "inferred")]),
            ("not explained", "FIN_WAIT_1", [("CLOSE_WAIT", "proved")])):
        same(f"{kernel or 'open'} is called: {name}", named(usual + kernel, opened + claims), name)
    same("no name explains a contradiction",
         named(usual + "CLOSED", opened, "view-gaps", "contradiction"), "not explained")
    same("a capture of a play that takes frames out is called so",
         named(usual, opened, "view-gaps"), "not in this capture")


def check_pages():
    """The ring buffer of the kernel: a made page with its three ways to tell a time."""
    events = struct.pack("<I8s", (5 << 5) | 2, b"eight by")     # 5 ns after the page's time
    events += struct.pack("<II", (1 << 5) | 30, 1)              # 2^27 + 1 ns later
    events += struct.pack("<II4s", (2 << 5) | 0, 8, b"four")    # 2 ns later, length in a word
    events += struct.pack("<I", 29)                             # the rest is empty
    page = struct.pack("<QQ", 1000, len(events)) + events + bytes(100)
    same("a page of the trace", list(witness.read_page(page)),
         [(1005, b"eight by"), (1005 + (1 << 27) + 1 + 2, b"four")])


def check_table():
    names = [play.name for play in plays.PLAYS]
    same("the names of the plays are all different", len(names), len(set(names)))
    result(len(names) >= 45, "there are at least 45 plays", len(names))
    words = {name.removeprefix("_do_") for name in dir(actor.Actor) if name.startswith("_do_")}
    unknown = {step for play in plays.PLAYS for step in (play.client + " " + play.server).split()
               if step.partition(":")[0] not in words}
    same("each step of each play is known", unknown, set())
    kinds = {"any", "syn", "syn-ack", "fin", "rst", "data", "long", "ack", "opening-ack",
             "last-ack", "ack-of-fin"}
    same("each rule names a kind of segment that there is",
         {rule.kind for play in plays.PLAYS for rule in play.rules} - kinds, set())


def check_document():
    before, rest, behind = document.read(os.path.join(SRC, "docs", "accuracy.md"), "make accuracy")
    named = {row.split(" | ")[0].removeprefix("| ") for row in
             re.search(r"### What is not right\n\n(.*?)\n\n", rest, re.S)[1].splitlines()[2:]}
    missing = [name for name in named if f"**{name[0].upper()}{name[1:]}.**" not in before]
    result("not explained" not in named, "nothing in docs/accuracy.md is left without a name")
    same("docs/accuracy.md explains each difference that it lists", missing, [])
    result("not looked at" not in behind, "each disagreement with tshark was looked at")


def main():
    output = score.run_program(PROGRAM, make_pcap(FRAMES))
    check_sound(output)
    check_planted_answers(output)
    check_planted_records(output)
    check_reading()
    check_cable()
    check_forged()
    check_stranger()
    check_views()
    check_names()
    check_pages()
    check_table()
    check_document()
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
