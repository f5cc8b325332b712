#!/usr/bin/env python3
"""compare: what this program, tshark and tcptrace count in the captures of a folder.

    compare.py [-v] [--program PROGRAM] FOLDER

    lab/compare.py --program build/tcpflow-explain captures

Nobody knows the truth about these captures: the table shows where the tools disagree most, for
somebody to look. Counted are segments sent again, overtaken segments, and probes (keep-alives and
probes of closed windows). tshark and this program are compared frame by frame; tcptrace tells totals
of a connection only. With -v each frame on which the two disagree.

Captures that tshark reads otherwise on purpose are left out: it follows tunnels and puts IP fragments
together. A program that is not installed has no column.
"""
import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys

import score_classes

SHOWN = 20
KINDS = ("again", "overtaken", "probe", "plain")
TUNNELS = "gre or mpls or pppoe or vxlan or geneve or gtp or teredo or l2tp or erspan"
# What tcptrace -l calls them; a line holds both directions.
TCPTRACE = (("again", re.compile(r"rexmt data pkts:\s+(\d+)")),
            ("overtaken", re.compile(r"outoforder pkts:\s+(\d+)")),
            ("probe", re.compile(r"zwnd probe pkts:\s+(\d+)")))


def kind_of(told):
    """The kind of a segment that one of the two tells of."""
    name = told["class"] if told else "none"
    if name.startswith("rtx-"):
        return "again"
    if name in score_classes.REORDERED:
        return "overtaken"
    return "probe" if name in ("keep-alive", "zero-window-probe") else "plain"


def ask_tcptrace(path):
    run = subprocess.run(["tcptrace", "-l", "-n", path], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True, errors="replace", check=False)
    counts = collections.Counter()
    for kind, pattern in TCPTRACE:
        counts[kind] = sum(map(int, pattern.findall(run.stdout)))
    return counts


def is_tunnelled(path):
    run = subprocess.run(["tshark", "-r", path, "-Y", TUNNELS, "-c", "1000"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return bool(run.stdout)


def compare(path, program, verbose):
    """Counts of the three tools, and how often ours and tshark's words stand against each other."""
    ours = score_classes.explain(program, path)
    theirs = score_classes.ask_tshark(path) if shutil.which("tshark") else {}
    counts = {"ours": collections.Counter(map(kind_of, ours.values())),
              "tshark": collections.Counter(map(kind_of, theirs.values())),
              "tcptrace": ask_tcptrace(path) if shutil.which("tcptrace") else {}}
    against = collections.Counter()
    for frame in sorted(ours.keys() | theirs.keys()):
        pair = kind_of(ours.get(frame)), kind_of(theirs.get(frame))
        if pair[0] != pair[1]:
            against[pair] += 1
            if verbose:
                ours_is = ours[frame] if frame in ours else {"class": "none", "because": []}
                their_flags = theirs[frame]["because"] if frame in theirs else ["nothing"]
                print(f"{path} frame {frame}: {ours_is['class']} because",
                      *ours_is["because"], "; tshark", *their_flags)
    return counts, against


def print_table(captures):
    total = collections.defaultdict(collections.Counter)
    for counts, _ in captures.values():
        for tool in counts:
            total[tool].update(counts[tool])
    print(f"| Tool | {' | '.join(kind.capitalize() for kind in KINDS[:3])} |")
    print("| --- | ---: | ---: | ---: |")
    for tool in ("ours", "tshark", "tcptrace"):
        print(f"| {tool} |", " | ".join(str(total[tool][kind]) for kind in KINDS[:3]), "|")


def print_disagreements(captures):
    largest = sorted(((n, path.name, pair) for path, (_, against) in captures.items()
                      for pair, n in against.items()), key=lambda row: (-row[0], row[1:]))
    print(f"\n{sum(row[0] for row in largest)} frames, {len(largest)} kinds of them.\n")
    print("| Capture | Frames | Ours | tshark | Counts: ours, tshark, tcptrace |")
    print("| --- | ---: | --- | --- | --- |")
    for n, name, pair in largest[:SHOWN]:
        counts = next(counts for path, (counts, _) in captures.items() if path.name == name)
        told = ", ".join("/".join(str(counts[tool].get(kind, 0)) for kind in KINDS[:3])
                         for tool in ("ours", "tshark", "tcptrace"))
        print(f"| {name} | {n} | {pair[0]} | {pair[1]} | {told} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", dest="verbose", action="store_true")
    parser.add_argument("--program", default="./tcpflow-explain")
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    captures = {}
    for path in sorted(options.folder.iterdir()):
        if is_tunnelled(path):
            continue
        try:
            captures[path] = compare(path, options.program, options.verbose)
        except subprocess.CalledProcessError as error:
            print(f"left out: {path.name}: exit {error.returncode}", file=sys.stderr)
    print(f"{len(captures)} captures.\n")
    print_table(captures)
    print_disagreements(captures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
