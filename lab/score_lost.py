#!/usr/bin/env python3
"""score_lost: how well the program tells where segments were lost, against the kernels' truth.

    score_lost.py [-v] [--program PROGRAM] FOLDER [NAME...]

    lab/score_lost.py --program build/tcpflow-explain captures bulk-loss

FOLDER holds captures and labels as for score_classes.

Of each segment that was sent again its class tells where what it repeats was lost: behind the
capture point, before it, or not at all. The truth: the kernel sent it again, its receiver lacked
the bytes, and the first sending passed here or not. Prints precision and recall of both, by where
the capture was taken; and of each capture the program's counts (ENDPOINT.loss) beside the number
of segments that the cable took out, and beside the bytes that the capture lacks although they
arrived. With -v each capture, else those that differ.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

from score_classes import SENDER, Score, captures_of, read_labels, unpacked

ENDS = {"A": "client", "B": "server"}
CLASSES_BEFORE = {"rtx-unseen-original"}


def run_program(program, capture):
    """Segments by frame, and the ends' loss: sums by end and kind."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as plain:
        plain.write(unpacked(capture))
        plain.flush()
        run = subprocess.run([program, "--segments", "--ndjson", plain.name], text=True,
                             stdout=subprocess.PIPE, check=True)
    segments, sums, selective = {}, collections.Counter(), {}
    for line in map(json.loads, run.stdout.splitlines()):
        if line["type"] == "segment":
            segments[line["frame"]] = line
            line["selective"] = selective.get(line["connection"])
        elif line["type"] == "connection":
            selective[line["id"]] = all(end["sack_permitted"] for end in
                                        line["endpoints"].values())
            for end in ("client", "server"):
                loss = line["endpoints"][end]["loss"] or {}
                for kind in ("after", "before"):
                    sums[end, kind] += (loss.get(kind) or {"segments": 0})["segments"]
                sums[end, "missed"] += (loss.get("missed") or {"bytes": 0})["bytes"]
    return segments, sums


def said(segment):
    """Where what it repeats was lost: after, before, or None."""
    if segment is None or not segment["class"].startswith("rtx-"):
        return None
    if segment["class"] == "rtx-unneeded" or "spurious" in segment["tags"]:
        return None
    if segment["class"] == "rtx-go-back-n" and not segment["selective"]:
        return None # counted as not known
    return "before" if segment["class"] in CLASSES_BEFORE else "after"


def true_place(label):
    if label["retx"] == "-" or label["netdup"] == "1" or label["probe"] != "-" or \
            label["needless"] == "1" or label["corrupt"] == "1":
        return None
    return "after" if label["orig_seen"] == "1" else "before"


def takes_numbers(label):
    return int(label["len"]) > 0 or int(label["flags"]) & 3


def cable_counts(labels, cap):
    """By end and kind: segments that never arrived, and did or did not pass this capture."""
    counts = collections.Counter()
    here = {label["id"] for label in labels[cap].values() if label["corrupt"] == "0"}
    told = set()
    for rows in labels.values():
        for label in rows.values():
            lost = label["lost"] == "1" and label["netdup"] == "0" and label["probe"] == "-"
            if not lost or not takes_numbers(label) or label["id"] in told:
                continue # each once: a segment has the same id in all captures
            told.add(label["id"])
            # What passed damaged had been lost before: its receiver does not take it.
            counts[ENDS[label["dir"]], "after" if label["id"] in here else "before"] += 1
    return counts


def vantage_of(cap, label):
    if cap not in ("client", "server"):
        return "middle"
    return "sender" if (cap, label["dir"]) in SENDER else "receiver"


class LostScorer:
    def __init__(self, verbose):
        self.verbose = verbose
        self.scores = collections.defaultdict(Score)
        self.rows = []
        self.sums = collections.Counter()

    def capture(self, name, cap, labels, segments, sums):
        for number, label in labels[cap].items():
            told, true = said(segments.get(number)), true_place(label)
            for kind in ("after", "before"):
                for vantage in (vantage_of(cap, label), "all"):
                    self.scores[kind, vantage].add(told == kind, true == kind)
            if self.verbose and told != true and label["corrupt"] == "0":
                segment = segments.get(number)
                print(f"{name}.{cap} frame {number}: told {told}, is {true}: "
                      f"{segment and segment['class']} {segment and segment['tags']} "
                      f"{segment and segment['because']} needless={label['needless']}")
        cable = cable_counts(labels, cap)
        for end in ("client", "server"):
            for kind in ("after", "before"):
                told, true = sums[end, kind], cable[end, kind]
                self.sums["told", kind] += told
                self.sums["true", kind] += true
                self.rows.append((abs(told - true), f"{name}.{cap}", end, kind, told, true))

    def report(self):
        print("precision / recall of the place of a loss, by repeats")
        for kind in ("after", "before"):
            for vantage in ("all", "sender", "middle", "receiver"):
                print(f"{kind:8} {vantage:9} {self.scores[kind, vantage]}")
        print("\nsegments that the cable took out, and the program's counts")
        for kind in ("after", "before"):
            print(f"{kind:8} told {self.sums['told', kind]}, lost {self.sums['true', kind]}")
        print("\nwhere they differ most")
        for differ, capture, end, kind, told, true in sorted(self.rows, reverse=True)[:25]:
            if differ > 0:
                print(f"{capture:32} {end} {kind:6}: told {told}, lost {true}")


def missed_report(rows):
    print("\nbytes that the capture lacks although they arrived, and the program's count")
    for name, end, told, true in rows:
        print(f"{name:32} {end}: told {told}, missing {true}")


def missing_bytes(labels, whole):
    """By end: bytes that arrived, of which no sending is in the capture; whole: all of them."""
    missing = collections.Counter()
    for direction, end in ENDS.items():
        here, there = set(), set()
        for rows, target in ((labels, here), (whole, there)):
            for label in rows.values():
                if label["dir"] == direction and int(label["len"]) > 0:
                    target.update(range(int(label["seq"]), int(label["seq"]) + int(label["len"])))
        missing[end] = len(there - here)
    return missing


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", dest="verbose", action="store_true")
    parser.add_argument("--program", default="./tcpflow-explain")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--thinned", action="append", default=[], metavar="NAME=WHOLE",
                        help="NAME is the client's capture WHOLE with frames taken out")
    options = parser.parse_args()
    scorer, missed = LostScorer(options.verbose), []
    thinned = dict(pair.split("=") for pair in options.thinned)
    for path in sorted(options.folder.glob("*.labels.tsv*")):
        name = path.name.split(".labels.")[0]
        if options.names and name not in options.names:
            continue
        labels = read_labels(path)
        for cap, file in captures_of(options.folder, name, labels):
            segments, sums = run_program(options.program, file)
            if name in thinned:
                whole = read_labels(next(options.folder.glob(f"{thinned[name]}.labels.tsv*")))
                missing = missing_bytes(labels[cap], whole["client"])
                missed += [(name, end, sums[end, "missed"], missing[end])
                           for end in ("client", "server")]
                continue # where frames are missing the labels' own columns are of the whole
            scorer.capture(name, cap, labels, segments, sums)
            missed += [(f"{name}.{cap}", end, sums[end, "missed"], 0)
                       for end in ("client", "server") if sums[end, "missed"]]
    scorer.report()
    missed_report(missed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
