#!/usr/bin/env python3
"""Plays all plays, scores the program against the kernels, and writes docs/accuracy.md.

A run is a seed and a delay, written SEED:MILLISECONDS. Needs root. Captures and records stay in
the output folder, one folder for each run, for whoever wants to look into a difference.
"""
import argparse
import collections
import concurrent.futures
import os
import platform
import subprocess
import sys

import document
import plays
import score
from document import table

LAB = os.path.dirname(os.path.abspath(__file__))
WHERE = {"client": "client", "wire": "middle", "server": "server"}


def play_one(name, folder, seed, delay):
    command = [sys.executable, "-B", os.path.join(LAB, "plays.py"), name, "--output", folder,
               "--seed", seed, "--delay", delay]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return f"{name}: did not end"
    return f"{name}: {run.stderr.strip()}" if run.returncode else None


def play_all(names, folder, seed, delay, jobs):
    os.makedirs(folder, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        outcomes = pool.map(lambda name: play_one(name, folder, seed, delay), names)
    return [outcome for outcome in outcomes if outcome]


def is_whole(one):
    """The capture holds all that passed: no play that takes frames out of it."""
    return not any(play.view and play.name == one.scenario for play in plays.PLAYS)


def name_difference(one):
    """What a difference is called; docs/accuracy.md says what each name means."""
    claims = [score.same_end(claim.state) for claim in one.claims]
    kernel = [score.same_end(state) for state in one.kernel]
    sure = [score.same_end(claim.state) for claim in one.claims if claim.certainty != "assumed"]
    if one.verdict == "contradiction":
        return "not explained"
    if not is_whole(one):
        return "not in this capture"
    if kernel[-2:] == ["TIME_WAIT", "CLOSED"] and claims[-1:] == ["TIME_WAIT"]:
        return "TIME_WAIT cut short"
    for closed in ("FIN_WAIT_1", "LAST_ACK"):
        if closed in kernel and closed not in sure and score.is_subsequence(sure, kernel):
            return "a FIN that waits or was lost"
    if claims and kernel == claims + ["CLOSED"]:
        return "given up in silence"
    if len(sure) < len(claims) and score.is_subsequence(sure, kernel):
        return "assumed to arrive"
    if ("CLOSING" in kernel) != ("CLOSING" in claims) or \
            "FIN_WAIT_2" in claims and "FIN_WAIT_2" not in kernel:
        return "which of two came first"
    if score.is_subsequence(claims, kernel):
        return "never captured"
    return "not explained"


def summary(sets):
    rows = []
    for words, scores in sets:
        own = [one for one in scores if one.own]
        rows.append([f"{words}, own host", *score.count([one for one in own if is_whole(one)])])
        part = [one for one in own if not is_whole(one)]
        if part:
            rows.append([f"{words}, own host, frames missing", *score.count(part)])
        rows.append([f"{words}, all captures and ends", *score.count(scores)])
    return table(["Captures", "Ends", "Right", "Unknown", "Wrong", "Contradiction", "Right, %"],
                 [row[:-1] + [row[-1].rstrip(" %")] for row in rows])


def differences(scores):
    counts = collections.Counter()
    points = collections.defaultdict(set)
    for one in scores:
        if one.verdict != "right":
            claims = " ".join(f"{claim.state} ({claim.certainty})" for claim in one.claims[-3:])
            kind = (name_difference(one), one.verdict, one.scenario, one.side,
                    " ".join(one.kernel[-3:]), claims or "nothing")
            counts[kind] += 1
            points[kind].add(one.point)
    rows = [[name, verdict, scenario, side, kernel, claims,
             ", ".join(WHERE[point] for point in score.POINTS if point in points[kind]), number]
            for kind, number in sorted(counts.items())
            for name, verdict, scenario, side, kernel, claims in [kind]]
    return table(["Name", "Verdict", "Scene", "End", "Kernel, last states",
                  "Program, last states", "Captured at", "Times"], rows, words=7)


def by_scenario(scores):
    rows = []
    for name in sorted({one.scenario for one in scores}):
        mine = [one for one in scores if one.scenario == name]
        cells = []
        for point in score.POINTS:
            here = [one for one in mine if one.point == point]
            right = sum(one.verdict == "right" for one in here)
            cells.append(f"{right} of {len(here)}")
        wrong = sum(one.verdict == "wrong" for one in mine)
        cells += [wrong, sum(one.verdict == "contradiction" for one in mine)]
        rows.append([name, *cells])
    return table(["Scene", "Client", "Middle", "Server", "Wrong", "Contradiction"], rows)


def write_document(path, sets, runs, by_chance):
    every = [one for _, scores in sets for one in scores]
    told = ", ".join(f"{delay} ms (seed {seed})" for seed, delay in runs)
    lines = [f"Kernel: Linux {'.'.join(platform.release().split('.')[:2])}. "
             f"{len(plays.PLAYS)} plays and {by_chance} by chance; delay one way: {told}.", "",
             *summary(sets), "",
             "### What is not right", "", *differences(every), "", "### By scene", "",
             "Ends that are right, of all ends, by the place of the capture.", "",
             *by_scenario([one for words, scores in sets if words.startswith("Delay")
                           for one in scores])]
    document.write(path, "make accuracy", lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--output", required=True, help="folder for captures and records")
    parser.add_argument("--run", action="append", metavar="SEED:MS", help="may be repeated")
    parser.add_argument("--random", type=int, default=0, metavar="N",
                        help="in each run also play so many plays made by chance")
    parser.add_argument("--jobs", type=int, default=4, help="plays at the same time")
    parser.add_argument("--also", action="append", default=[], metavar="FOLDER",
                        help="score captures that another lab made, too")
    parser.add_argument("--keep", action="store_true", help="score what is there, play nothing")
    parser.add_argument("--document", help="write the figures into this file")
    parser.add_argument("name", nargs="*", help="plays; all without")
    options = parser.parse_args()
    names = options.name or [play.name for play in plays.PLAYS]
    names += [f"random-{number}" for number in range(1, options.random + 1)]
    runs = [run.split(":") for run in options.run or ["1:8"]]
    sets, failures = [], []
    for seed, delay in runs:
        folder = os.path.join(options.output, f"run-{seed}-{delay}")
        if not options.keep:
            failures += play_all(names, folder, seed, delay, options.jobs)
        sets.append((f"Delay {delay} ms", score.score_folder(options.program, folder, names)[0]))
    for number, folder in enumerate(options.also, 1):
        sets.append((f"Another lab ({number})", score.score_folder(options.program, folder, [])[0]))
    for failure in failures:
        print("failed:", failure, file=sys.stderr)
    for words, scores in sets:
        for one in scores:
            if one.verdict != "right":
                print(f"{words}: {name_difference(one)}: {score.show(one)}")
    print("\n".join(summary(sets)))
    if options.document and not failures:
        write_document(options.document, sets, runs, options.random)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
