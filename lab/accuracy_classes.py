#!/usr/bin/env python3
"""Plays what transfers.py lists, scores the class of every segment against the kernels and the
cable, with tshark beside where it is installed, and writes the figures into docs/accuracy.md.

A run is a seed and a delay, written SEED:MILLISECONDS. Needs root, and no network.
"""
import argparse
import collections
import concurrent.futures
import glob
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys

import document
import score_classes
import transfers
from document import table

LAB = os.path.dirname(os.path.abspath(__file__))
WHERE = {"all": "all captures", "sender": "at its sender", "middle": "in the middle",
         "receiver": "at its receiver", "four": "IPv4", "six": "IPv6"}


def play_one(name, folder, seed, delay):
    command = [sys.executable, "-B", os.path.join(LAB, "transfers.py"), name, "--output", folder,
               "--seed", seed, "--delay", delay]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return f"{name}: did not end"
    return f"{name}: {run.stderr.strip()}" if run.returncode else None


class Sum:
    """All runs together, and each play alone."""

    def __init__(self, tshark):
        self.ours = score_classes.Scorer()
        self.tshark = score_classes.Scorer() if tshark else None
        self.plays = collections.defaultdict(score_classes.Scorer)

    def add(self, name, ours, tshark):
        self.ours.add(ours)
        self.plays[name].add(ours)
        if self.tshark and tshark:
            self.tshark.add(tshark)


def score_one(path, program, tshark):
    """(name, our scorer, tshark's) of one play of one run."""
    ours = score_classes.Scorer()
    other = score_classes.Scorer() if tshark else None
    score_classes.score_play(path, program, ours, other)
    return path.name.split(".labels.")[0], ours, other


def read_checks(folders):
    """Counter -> [hosts that agree, hosts, kernels' sum, labels' sum]; frames without an event."""
    found, loose = {}, collections.Counter()
    for path in (path for folder in folders for path in glob.glob(f"{folder}/*.check.json")):
        with open(path, encoding="ascii") as file:
            check = json.load(file)
        for _, name, kernel, labels in check.pop("compared"):
            row = found.setdefault(name, [0, 0, 0, 0])
            row[0] += kernel == labels
            row[1] += kernel > 0 or labels > 0
            row[0] -= kernel == labels == 0
            row[2] += kernel
            row[3] += labels
        loose.update(check)
    return found, loose


def percent(part, whole):
    return f"{part / whole:.4f}" if whole else "-"


def precision(score):
    return percent(score.hits, score.hits + score.false)


def recall(score):
    return percent(score.hits, score.hits + score.missed)


def question_rows(total, places):
    rows = []
    for question in score_classes.QUESTIONS:
        for place in places:
            score = total.ours.scores[question, place]
            row = [question, WHERE[place], score.hits + score.missed, precision(score),
                   recall(score)]
            if total.tshark:
                other = total.tshark.scores[question, place]
                row += [precision(other), recall(other)]
            rows.append(row)
    head = ["What", "Captures", "Frames", "Precision", "Recall"]
    return table(head + (["tshark, precision", "recall"] if total.tshark else []), rows, words=2)


def kind_rows(scorer):
    told = sorted({told for _, told in scorer.kinds})
    rows = [[kind, *(scorer.kinds[kind, name] or "" for name in told),
             percent(*scorer.right_kinds(kind))] for kind in score_classes.KINDS]
    return table(["Kernel", *told, "Right"], rows)


def needless_rows(total):
    hints = sorted({hint for _, hint in total.ours.hints})
    rows = []
    for place in ("sender", "middle", "receiver"):
        for hint in hints:
            score = total.ours.hints[place, hint]
            if score.hits + score.missed:
                row = [WHERE[place], hint, score.hits + score.missed, recall(score)]
                rows.append(row + ([recall(total.tshark.hints[place, hint])]
                                   if total.tshark else []))
    return table(["Captures", "What gives it away", "Frames", "Told"]
                 + (["tshark"] if total.tshark else []), rows, words=2)


def play_rows(total):
    rows = []
    for name, scorer in sorted(total.plays.items()):
        right, count = scorer.right_kinds()
        cells = [name]
        for question in ("retransmission", "reordering", "needless", "network duplicate"):
            score = scorer.scores[question, "all"]
            cells.append(f"{precision(score)} / {recall(score)}"
                         if score.hits + score.false + score.missed else "")
        rows.append([*cells, percent(right, count) if count else ""])
    return table(["Play", "Sent again", "Reordered", "Needless", "Copies", "Kind"], rows)


def check_rows(checks):
    return table(["Kernel's counter", "Hosts", "Agree", "Kernels", "Labels"],
                 [[name, hosts, agree, kernel, labels]
                  for name, (agree, hosts, kernel, labels) in checks.items()])


def write_lines(total, checks, loose, runs):
    told = ", ".join(f"{delay} ms (seed {seed})" for seed, delay in runs)
    version = ""
    if total.tshark:
        run = subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True)
        version = f" {run.stdout.splitlines()[0].split(' (')[0]}."
    right, count = total.ours.right_kinds()
    strange = "; ".join(f"{name}: {number}" for name, number in loose.items())
    return [f"Kernel: Linux {'.'.join(platform.release().split('.')[:2])}.{version} "
            f"{len(transfers.PLAYS)} plays; delay one way: {told}.", "",
            *question_rows(total, ("all", "sender", "middle", "receiver")), "",
            "### IPv4 and IPv6 apart", "", *question_rows(total, ("four", "six")), "",
            "### Kind, at the sender's host", "",
            f"Right are {right} of {count}, {percent(right, count)}.", "",
            *kind_rows(total.ours), "",
            "### Needless repeats, by what gives them away", "", *needless_rows(total), "",
            "### The labels, beside what the kernels counted", "", *check_rows(checks), "",
            f"{strange[:1].upper() + strange[1:]}.", "",
            "### By play", "",
            "Precision and recall over the three captures of each run; kind at the sender.", "",
            *play_rows(total)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--output", required=True, help="folder for captures and labels")
    parser.add_argument("--run", action="append", metavar="SEED:MS", help="may be repeated")
    parser.add_argument("--jobs", type=int, default=3, help="plays at the same time")
    parser.add_argument("--keep", action="store_true", help="score what is there, play nothing")
    parser.add_argument("--document", help="write the figures into this file")
    parser.add_argument("--no-tshark", action="store_true")
    parser.add_argument("name", nargs="*", help="plays; all without")
    options = parser.parse_args()
    names = options.name or [play.name for play in transfers.PLAYS]
    runs = [run.split(":") for run in options.run or ["1:8"]]
    folders = [os.path.join(options.output, f"classes-{seed}-{delay}") for seed, delay in runs]
    tshark = not options.no_tshark and bool(shutil.which("tshark"))
    total, failures = Sum(tshark), []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for folder, (seed, delay) in zip(folders, runs):
            if not options.keep:
                os.makedirs(folder, exist_ok=True)
                failures += filter(None, pool.map(
                    lambda name, where=(folder, seed, delay): play_one(name, *where), names))
        paths = [path for path in (pathlib.Path(folder, f"{name}.labels.tsv")
                                   for folder in folders for name in names) if path.exists()]
        for scored in pool.map(lambda path: score_one(path, options.program, tshark), paths):
            total.add(*scored)
    for failure in failures:
        print("failed:", failure, file=sys.stderr)
    lines = write_lines(total, *read_checks(folders), runs)
    print("\n".join(lines))
    if options.document and not failures:
        document.write(options.document, "make accuracy-classes", lines)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
