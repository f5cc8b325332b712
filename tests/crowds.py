#!/usr/bin/env python3
"""crowds: connections that cost by their number: idle ones, half-open ones, SYNs of made-up sources,
single segments of nothing known, and addresses that were chosen to fall together in a table.

What each one more takes of memory is bounded, and its time stays that of the others. Every crowd is
counted to the last. --large: as many as an attacker may send (make hostile). TAP on standard output.
Environment: TCPFLOW_EXPLAIN, GENERATE, STOPWATCH.
"""
import json
import os
import subprocess
import sys
import tempfile

PROGRAM, GENERATE, STOPWATCH = (os.path.abspath(os.environ[name]) for name in
                                ("TCPFLOW_EXPLAIN", "GENERATE", "STOPWATCH"))
INSTRUMENTED = os.environ.get("INSTRUMENTED") == "yes" # sanitizers take memory of their own
RUNS = 3
TIMES, SECONDS_FREE = 2, 0.3 # as slow as another crowd, and for what else the machine does
MANY = 4                     # the second size, in the first
# Bytes for each more, with -q and as text. A connection without its log has 320, and its place in
# the table; its log has a block of 512 and a ledger of 320 besides, and blocks come in pieces.
QUIET, LOGGED = 384, 1408


def crowd(plot):
    return lambda n: ["--connections", str(n), "--concurrency", str(n), "--plot", plot]


def syns(*options):
    return lambda n: ["--connections", "100", "--plot", "short", "--flood-syns", str(n), *options]


# name, traffic, how many, how many with --large, bytes for each with -q and as text
CROWDS = (
    ("idle connections", crowd("opened, never used"), 20000, 250000, QUIET, LOGGED),
    ("half-open connections", crowd("half-open"), 20000, 250000, QUIET, LOGGED),
    ("single segments", crowd("one segment"), 20000, 250000, QUIET, LOGGED),
    ("SYNs of made-up sources", syns(), 30000, 1250000, QUIET, LOGGED),
    ("SYNs of chosen sources", syns("--flood-crafted"), 30000, 1250000, QUIET, LOGGED),
)
LIKE = {"SYNs of chosen sources": "SYNs of made-up sources"} # time of one, in that of the other

count = 0
failed = 0


def result(name, faults):
    global count, failed
    count += 1
    failed += bool(faults)
    print("not ok" if faults else "ok", count, "-", name)
    for fault in faults:
        print("#", fault)


def generate(path, options):
    """Connections of the capture that is made."""
    made = subprocess.run([GENERATE, *options, "--snaplen", "96", path], check=True,
                          capture_output=True, text=True).stderr
    return int(made.split()[2])


def cost(path, *options):
    """Of the fastest run: seconds of processor; and peak bytes."""
    best, peak = None, 0
    for _ in range(RUNS):
        told = subprocess.run([STOPWATCH, "600", PROGRAM, *options, path], check=True,
                              capture_output=True, text=True).stdout
        status, _, processor, memory = map(int, told.split())
        if status != 0:
            raise SystemExit(f"Bail out! {path}: wait status {status}")
        best = processor / 1e6 if best is None else min(best, processor / 1e6)
        peak = max(peak, memory * 1024)
    return best, peak


def counted(path):
    """Connections, and those of a flood that were not kept each."""
    told = json.loads(subprocess.run([PROGRAM, "-q", "--json", path], check=True,
                                     capture_output=True).stdout)
    return told["totals"]["connections"] + sum(limit["count"] for limit in
                                               told["capture"]["limits_hit"]
                                               if limit["what"] == "connections-aggregated")


def slope_faults(small, large, more, limit):
    each = (large - small) / more
    print(f"# {each:.0f} bytes for each more")
    if each > limit and not INSTRUMENTED:
        yield f"{each:.0f} bytes for each more, instead of {limit}"


def time_faults(seconds, other):
    print(f"# {seconds:.2f} s, the others {other:.2f} s")
    if seconds > other * TIMES + SECONDS_FREE:
        yield f"{seconds:.2f} s, the others {other:.2f} s"


def crowd_check(path, name, traffic, size, limits, times):
    few = generate(path, traffic(size))
    small = {mode: cost(path, *mode) for mode in ((), ("-q",))}
    many = generate(path, traffic(size * MANY))
    for mode, limit in zip((("-q",), ()), limits):
        seconds, peak = cost(path, *mode)
        words = " ".join(mode) or "text"
        result(f"{words}: {many} {name}",
               list(slope_faults(small[mode][1], peak, many - few, limit)))
        times[name, mode] = seconds
        if name in LIKE:
            result(f"{words}: {name} take no longer than others",
                   list(time_faults(seconds, times[LIKE[name], mode])))
    told = counted(path)
    result(f"all {name} are counted", [] if told == many else [f"{told}, not {many}"])


def main():
    large = sys.argv[1:] == ["--large"]
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "crowd.pcap")
        for name, traffic, size, size_large, *limits in CROWDS:
            crowd_check(path, name, traffic, size_large if large else size, limits, times)
    result("planted: a crowd that takes too much", [] if INSTRUMENTED or
           list(slope_faults(0, 385 * 1000, 1000, QUIET)) and list(time_faults(9, 1)) else ["no"])
    print(f"1..{count}")
    return failed > 0


sys.exit(main())
