#!/usr/bin/env python3
"""spoilt: each capture in pcaps/ as a bad recorder would have written it. What is said of it must
not become wrong; it may become less.

  queues   the segments of one direction stand 1.5 ms behind the others: no state that the whole
           capture does not show, no other kind of opening or close, nothing sent again, and the
           finding capture-reordered where answers stand before what they answer
  thinned  every 20th frame is missing (of short captures every 7th): no network is blamed that was
           not before, nothing is sent again that was not, and no state is observed or proved that
           the whole capture does not show

TAP on standard output. Environment: TCPFLOW_EXPLAIN (the program), srcdir.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import frames  # noqa: E402 (not before the line above)

SRC = os.environ.get("srcdir", ".")
PROGRAM = os.path.abspath(os.environ.get("TCPFLOW_EXPLAIN", "./tcpflow-explain"))
LATE = 1500000  # ns
SURE = ("observed", "proved")
SHORT = 40
OFFSETS = 4

# Why it does not hold yet, and what is said instead; anything else is a fault all the same. Who
# makes it hold takes the line out.
ABORTED = ("a RST before the SYN-ACK that it answers",
           "handshake is half-open, not aborted|close is client, not None")
KNOWN = {
    ("queues", "lab-refused.pcap"): ("a RST before the SYN that it refuses",
                                     "handshake is not-captured, not refused|another connection.*"),
    ("queues", "lab-fast-open.pcap"): ("a SYN-ACK before the SYN whose data it takes",
                                       "handshake is three-way, not fast-open"),
    ("queues", "lab-aborted.pcap"): ABORTED,
    ("queues", "built-aborted.pcap"): ABORTED,
}

count = 0
failed = 0


def result(faults, name, known=None):
    global count, failed
    count += 1
    why, expected = known or ("", "")
    todo = known and all(re.fullmatch(expected, fault) for fault in faults)
    failed += bool(faults) and not todo
    print("%s %d - %s%s" % ("not ok" if faults else "ok", count, name,
                            " # TODO " + why if todo else ""))
    for fault in faults[:8]:
        print("#", fault)


def run(*options):
    return subprocess.run([PROGRAM, *options], stdout=subprocess.PIPE, check=True).stdout


def explain(path):
    return json.loads(run("--json", path))


def by_ends(document):
    return {(c["client"]["address"], c["client"]["port"], c["server"]["address"],
             c["server"]["port"], c["incarnation"]): c for c in document["connections"]}


def states(connection, end):
    return [(t["to"], t["certainty"]) for t in connection["transitions"] if t["endpoint"] == end]


def is_part(few, all_of_them):
    rest = iter(all_of_them)
    return all(each in rest for each in few)


def ends_of(old, new):
    for key in sorted(old.keys() - new.keys()):
        yield key, None, old[key], None
    for key, connection in new.items():
        if key not in old:
            yield key, None, None, None
            continue
        for end in ("client", "server"):
            yield key, end, old[key], connection


def repeats_differ(end, old, new):
    before, now = (c["endpoints"][end]["retransmitted_segments"] or 0 for c in (old, new))
    if now > before:
        yield "%s sent %d again, not %d" % (end, now, before)


def queues_differ(old, new):
    for key, end, before, now in ends_of(by_ends(old), by_ends(new)):
        if end is None:
            yield "%s connection: %s" % ("another" if before is None else "no", key)
            continue
        told, shown = ([to for to, _ in states(c, end)] for c in (now, before))
        if not is_part(told, shown):
            yield "%s: %s, not %s" % (end, told, shown)
        for part, field in (("handshake", "kind"), ("close", "first_closer")):
            if before[part][field] != now[part][field]:
                yield "%s is %s, not %s" % (part, now[part][field], before[part][field])
        yield from repeats_differ(end, before, now)


def thinned_differ(old, new):
    for key, end, before, now in ends_of(by_ends(old), by_ends(new)):
        if end is None:
            continue  # without its SYN or with another end as its client: told in its own words
        shown = [to for to, _ in states(before, end)]
        for to, certainty in states(now, end):
            if certainty in SURE and to not in shown:
                yield "%s is %s in %s" % (end, certainty, to)
        yield from repeats_differ(end, before, now)


def blames(path):
    """Whether a line "Points to" names the network, and not it or somebody else."""
    lines = run("--width", "200", path).decode().splitlines()
    return any(re.match("Points to .*the network(?! or)", line) for line in lines)


def plant(path):
    document = explain(path)
    for what, change in (("a state", lambda c: c["transitions"][0].update(to="CLOSING")),
                         ("a repeat", lambda c: c["endpoints"]["client"].update(
                             retransmitted_segments=9))):
        wrong = json.loads(json.dumps(document))
        change(wrong["connections"][0])
        wrong["connections"][0]["transitions"][0]["certainty"] = "proved"
        for differ in (queues_differ, thinned_differ):
            result([] if list(differ(document, wrong)) else ["not found"],
                   "planted: %s (%s)" % (what, differ.__name__))
    wrong = json.loads(json.dumps(document))
    wrong["connections"][0]["handshake"]["kind"] = "split"
    result([] if list(queues_differ(document, wrong)) else ["not found"], "planted: a handshake")
    wrong["connections"] = []
    result([] if list(queues_differ(document, wrong)) else ["not found"], "planted: no connection")


def main():
    told = 0
    with tempfile.TemporaryDirectory() as folder:
        made = os.path.join(folder, "spoilt.pcap")
        plant(os.path.join(SRC, "pcaps", "lab-close-four.pcap"))
        for path in sorted(glob.glob(os.path.join(SRC, "pcaps", "*.pcap*"))):
            name, capture, document = os.path.basename(path), frames.read(path), explain(path)
            faults = []
            for lower in (False, True):
                frames.write(made, capture, frames.two_queues(capture, lower, LATE))
                spoilt = explain(made)
                faults += queues_differ(document, spoilt)
                told += any(f["id"] == "capture-reordered" for f in spoilt["findings"])
            result(faults, "queues: " + name, KNOWN.get(("queues", name)))
            every = 20 if len(capture.frames) >= SHORT else 7
            faults = []
            for first in range(every // OFFSETS, every, every // OFFSETS):
                frames.write(made, capture, frames.thinned(capture, every, first))
                faults += thinned_differ(document, explain(made))
                if blames(made) and not blames(path):
                    faults.append("the network is blamed")
            result(faults, "thinned: " + name, KNOWN.get(("thinned", name)))
    result([] if told > 40 else ["only %d" % told], "capture-reordered is told of many")
    print("1..%d" % count)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
