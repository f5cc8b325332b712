#!/usr/bin/env python3
"""reused: each capture in pcaps/ twice in one file, the second time later and with other sequence
numbers: the same ports serve new connections. NDJSON, which frees connections as they end, must tell
of them what JSON tells, which keeps all.

TAP on standard output. Environment: TCPFLOW_EXPLAIN (the program), srcdir.
"""
import copy
import glob
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import frames  # noqa: E402 (not before the line above)

SRC = os.environ.get("srcdir", ".")
PROGRAM = os.path.abspath(os.environ.get("TCPFLOW_EXPLAIN", "./tcpflow-explain"))
PAUSES = (100, 8000)  # s: ended connections are freed after 60, open ones after 7875
MOVED = 0x12345678
REUSE = ("port-reused", "time-wait-reuse")

count = 0
failed = 0


def result(faults, name):
    global count, failed
    count += 1
    failed += bool(faults)
    print("not ok" if faults else "ok", count, "-", name)
    for fault in faults[:10]:
        print("#", fault)


def explain(option, path):
    done = subprocess.run([PROGRAM, option, path], stdout=subprocess.PIPE, check=True)
    if option == "--json":
        return json.loads(done.stdout)["connections"]
    lines = map(json.loads, done.stdout.splitlines())
    return [line for line in lines if line["type"] == "connection"]


def told(connections):
    """What is told of the connections whose opening is there: without, a later segment on the
    ports of one that is forgotten may be its own, or another's."""
    return {c["id"]: (c["incarnation"],
                      [(f["id"], f["certainty"], f["title"], f["evidence"])
                       for f in c["findings"] if f["id"] in REUSE])
            for c in connections if c["handshake"]["kind"] != "not-captured"}


def differ(kept, freed):
    return ["connection %d: JSON %s, NDJSON %s" % (each, kept.get(each), freed.get(each))
            for each in sorted(kept.keys() | freed.keys()) if kept.get(each) != freed.get(each)]


def twice(capture, pause):
    by = pause * 10**9 + capture.frames[-1].time - capture.frames[0].time
    moved = frames.shift_numbers(capture, lambda way: MOVED)
    return capture.frames + [frame._replace(time=frame.time + by) for frame in moved]


def plant(found):
    faulty = copy.deepcopy(found)
    first = max(found)
    faulty[first] = (1, found[first][1])
    result([] if differ(found, faulty) else ["not found"], "planted: an incarnation")
    faulty = copy.deepcopy(found)
    faulty[first] = (found[first][0], [])
    result([] if differ(found, faulty) else ["not found"], "planted: no finding")
    del faulty[first]
    result([] if differ(found, faulty) else ["not found"], "planted: no connection")


def main():
    second = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "twice.pcap")
        for name in sorted(glob.glob(os.path.join(SRC, "pcaps", "*.pcap*"))):
            capture = frames.read(name)
            faults = []
            for pause in PAUSES:
                frames.write(path, capture, twice(capture, pause))
                kept, freed = told(explain("--json", path)), told(explain("--ndjson", path))
                faults += ["%d s: %s" % (pause, each) for each in differ(kept, freed)]
                second += sum(incarnation > 1 and findings != []
                              for incarnation, findings in freed.values())
                if os.path.basename(name) == "lab-close-four.pcap" and pause == PAUSES[0]:
                    plant(freed)
            result(faults, os.path.basename(name))
    result([] if second > 100 else ["only %d" % second], "ports that were used again: many")
    print("1..%d" % count)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
