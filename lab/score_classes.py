#!/usr/bin/env python3
"""score_classes: how well --segments tells why each segment was sent, against the kernels' truth.

    score_classes.py [-v] [--program PROGRAM] FOLDER [NAME...]

    lab/score_classes.py --program build/tcpflow-explain captures bulk-loss

FOLDER holds NAME.client.pcap[.gz], .server., .wire., or a single NAME.pcap[.gz], and
NAME.labels.tsv[.gz], a line for each frame:
cap, n, t, dir, key, seq, ack, flags, len, id, retx, needless, acked_before, ooo, netdup, probe,
orig_seen, corrupt, lost.

Prints precision and recall of: any retransmission, reordering, needless repeats, keep-alives,
probes of a closed window, duplicates made by the network; and of the kind of a retransmission at
the sender's host. With -v each frame that was told wrong.
"""
import argparse
import collections
import contextlib
import csv
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

# Kinds of the kernel, and the classes that say the same.
KINDS = {
    "SYN": {"rtx-syn"},
    "SYN-ACK": {"rtx-syn-ack"},
    "fast": {"rtx-fast", "rtx-sack", "rtx-rack", "rtx-newreno"},
    "TLP": {"rtx-tlp", "rtx-timer"},
    "RTO": {"rtx-rto"},
    "after-RTO": {"rtx-go-back-n"},
}
REORDERED = {"reordered", "capture-reordered"}
DUPLICATE = {"network-duplicate", "capture-duplicate"}
SENDER = {("client", "A"), ("server", "B")}


def opened(path):
    """A file's text, compressed or not."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return open(path, encoding="utf-8")


def read_labels(path):
    """By capture, the truth of each frame."""
    labels = collections.defaultdict(dict)
    with opened(path) as file:
        for row in csv.DictReader(file, delimiter="\t"):
            labels[row["cap"]][int(row["n"])] = row
    return labels


@contextlib.contextmanager
def plain_capture(capture):
    """The name of a file with the capture, not compressed."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as plain:
        data = capture.read_bytes()
        plain.write(gzip.decompress(data) if capture.suffix == ".gz" else data)
        plain.flush()
        yield plain.name


def classify(program, capture):
    """The classes that the program gives, by frame."""
    with plain_capture(capture) as name:
        run = subprocess.run([program, "--segments", "--ndjson", name], text=True,
                             stdout=subprocess.PIPE, check=True)
    lines = (json.loads(line) for line in run.stdout.splitlines())
    return {line["frame"]: line for line in lines if line["type"] == "segment"}


class Score:
    """Of one question: told rightly, told wrongly, not told."""

    def __init__(self):
        self.hits = self.false = self.missed = 0

    def add(self, told, true):
        self.hits += told and true
        self.false += told and not true
        self.missed += true and not told

    def __str__(self):
        told, true = self.hits + self.false, self.hits + self.missed
        precision = f"{self.hits / told:.4f}" if told else "   -  "
        recall = f"{self.hits / true:.4f}" if true else "   -  "
        return f"{precision} / {recall}  ({self.hits} right, {self.false} false, {self.missed} missed)"


def answers(segment, label):
    """Question, what the program says, what is true."""
    told = segment["class"] if segment else "none"
    tags = segment["tags"] if segment else []
    probe = label["probe"]
    again = label["retx"] != "-" and label["netdup"] == "0" and probe == "-"
    corrupt = label["corrupt"] == "1"
    rtx = told.startswith("rtx-")
    if not corrupt:
        yield "retransmission", rtx, again
        yield "reordering", told in REORDERED, label["ooo"] == "1" and label["netdup"] == "0"
        needless = rtx and (told == "rtx-unneeded" or "spurious" in tags)
        yield "needless", needless, again and label["needless"] == "1"
    yield "keep-alive", told == "keep-alive", probe == "keepalive"
    yield "window probe", told == "zero-window-probe", probe == "zwp"
    yield "network duplicate", told in DUPLICATE, label["netdup"] == "1"


class Scorer:
    def __init__(self, verbose):
        self.verbose = verbose
        self.scores = collections.defaultdict(Score)
        self.kinds = collections.Counter()
        self.wrong = collections.Counter()

    def frame(self, name, cap, segment, label):
        vantage = "middle"
        if cap in ("client", "server"):
            vantage = "sender" if (cap, label["dir"]) in SENDER else "receiver"
        for question, told, true in answers(segment, label):
            self.scores[question, vantage].add(told, true)
            self.scores[question, "all"].add(told, true)
            if told != true:
                self.wrong[name, cap, question] += 1
                self.tell(name, cap, question, segment, label)
        if vantage == "sender" and label["retx"] in KINDS and label["netdup"] == "0" \
                and label["probe"] == "-":
            told = segment["class"] if segment else "none"
            self.kinds[label["retx"], told] += 1
            if told not in KINDS[label["retx"]]:
                self.wrong[name, cap, "kind"] += 1
                self.tell(name, cap, f"kind {label['retx']}", segment, label)

    def tell(self, name, cap, question, segment, label):
        if not self.verbose:
            return
        said = "nothing"
        if segment:
            said = " ".join([segment["class"], *segment["tags"], "because", *segment["because"]])
        truth = " ".join(f"{key}={label[key]}" for key in
                         ("retx", "needless", "acked_before", "ooo", "netdup", "probe",
                          "orig_seen", "corrupt"))
        print(f"{name}.{cap} frame {label['n']} {label['dir']}: {question}: {said}; {truth}")

    def report(self):
        print(f"{'precision / recall':44}")
        for question in ("retransmission", "reordering", "needless", "keep-alive",
                         "window probe", "network duplicate"):
            for vantage in ("all", "sender", "middle", "receiver"):
                print(f"{question:18} {vantage:9} {self.scores[question, vantage]}")
        print("\nkind at the sender's host")
        right = total = 0
        for kind, classes in KINDS.items():
            row = {told: n for (true, told), n in sorted(self.kinds.items()) if true == kind}
            here = sum(n for told, n in row.items() if told in classes)
            right += here
            total += sum(row.values())
            print(f"{kind:10} {here:5} of {sum(row.values()):5}  "
                  + ", ".join(f"{told} {n}" for told, n in row.items()))
        if total:
            print(f"{'all':10} {right:5} of {total:5}  {right / total:.4f}")
        print("\nwhere most is told wrong")
        for (name, cap, question), n in self.wrong.most_common(30):
            print(f"{n:6} {name}.{cap} {question}")


def captures_of(folder, name, caps):
    """The captures that the labels are about, and their files."""
    for cap in sorted(caps):
        for file in (f"{name}.{cap}.pcap.gz", f"{name}.{cap}.pcap", f"{name}.pcap.gz",
                     f"{name}.pcap"):
            if (folder / file).exists():
                yield cap, folder / file
                break


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", dest="verbose", action="store_true")
    parser.add_argument("--program", default="./tcpflow-explain")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    scorer = Scorer(options.verbose)
    for path in sorted(options.folder.glob("*.labels.tsv*")):
        name = path.name.split(".labels.")[0]
        if options.names and name not in options.names:
            continue
        labels = read_labels(path)
        for cap, file in captures_of(options.folder, name, labels):
            segments = classify(options.program, file)
            for number, label in labels[cap].items():
                scorer.frame(name, cap, segments.get(number), label)
    scorer.report()
    return 0


if __name__ == "__main__":
    sys.exit(main())
