#!/usr/bin/env python3
"""score_classes: how well --segments tells why each segment was sent, against the kernels' truth.

    score_classes.py [-v] [--program PROGRAM] [--tshark] FOLDER [NAME...]

    lab/score_classes.py --program build/tcpflow-explain captures bulk-loss

FOLDER holds NAME.client.pcap[.gz], .server., .wire., or a single NAME.pcap[.gz], and
NAME.labels.tsv[.gz], a line for each frame:
cap, n, t, dir, key, seq, ack, flags, len, id, retx, needless, acked_before, ooo, netdup, probe,
orig_seen, corrupt, lost.

Prints precision and recall of: any retransmission, reordering, needless repeats, keep-alives,
probes of a closed window, duplicates made by the network; and of the kind of a retransmission at
the sender's host; with --tshark the same of tshark, where it is installed. With -v each frame that
was told wrong. Of needless repeats those are counted apart that nothing in the capture shows
(hints.py); and so are repeats before which none of their bytes, nor any behind them, had passed.
"""
import argparse
import collections
import csv
import gzip
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import headers
import hints
import views

# Kinds of the kernel, and the classes that say the same.
KINDS = {
    "SYN": {"rtx-syn"},
    "SYN-ACK": {"rtx-syn-ack"},
    "fast": {"rtx-fast", "rtx-sack", "rtx-rack", "rtx-newreno"},
    "TLP": {"rtx-tlp", "rtx-timer"},
    "RTO": {"rtx-rto"},
    "after-RTO": {"rtx-go-back-n"},
}
QUESTIONS = ("retransmission", "repeat that shows", "reordering", "needless", "keep-alive",
             "window probe", "network duplicate")
VANTAGES = ("all", "sender", "middle", "receiver", "four", "six")
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


def unpacked(capture):
    """The bytes of a capture, compressed or not."""
    data = capture.read_bytes()
    return gzip.decompress(data) if capture.suffix == ".gz" else data


def explain(program, path):
    """The classes that the program gives, by frame."""
    run = subprocess.run([program, "--segments", "--ndjson", path], text=True,
                         stdout=subprocess.PIPE, check=True)
    lines = (json.loads(line) for line in run.stdout.splitlines())
    return {line["frame"]: line for line in lines if line["type"] == "segment"}


# Fields of tshark, and the classes that say the same. It has no word for copies of the network.
TSHARK = {
    "retransmission": "rtx-other", "fast_retransmission": "rtx-fast",
    "spurious_retransmission": "rtx-unneeded", "out_of_order": "reordered",
    "keep_alive": "keep-alive", "zero_window_probe": "zero-window-probe",
}


def ask_tshark(path):
    """What tshark says, in our words; of several flags the first in TSHARK's order from the end."""
    fields = [word for name in TSHARK for word in ("-e", f"tcp.analysis.{name}")]
    run = subprocess.run(["tshark", "-r", path, "-Y", "tcp.analysis.flags", "-T", "fields",
                          "-e", "frame.number", *fields], text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=True)
    told = {}
    for line in run.stdout.splitlines():
        number, *flags = line.split("\t")
        for name, flag in zip(TSHARK, flags):
            if flag:
                told[int(number)] = {"class": TSHARK[name], "tags": [], "because": [name]}
    return told


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
        return f"{precision} / {recall}  " \
               f"({self.hits} right, {self.false} false, {self.missed} missed)"


def answers(segment, label, shows):
    """Question, what the program says, what is true."""
    told = segment["class"] if segment else "none"
    tags = segment["tags"] if segment else []
    probe = label["probe"]
    again = label["retx"] != "-" and label["netdup"] == "0" and probe == "-"
    corrupt = label["corrupt"] == "1"
    rtx = told.startswith("rtx-")
    if not corrupt:
        yield "retransmission", rtx, again
        if shows:
            yield "repeat that shows", rtx, again
        yield "reordering", told in REORDERED, label["ooo"] == "1" and label["netdup"] == "0"
        needless = rtx and (told == "rtx-unneeded" or "spurious" in tags)
        yield "needless", needless, again and label["needless"] == "1"
    yield "keep-alive", told == "keep-alive", probe == "keepalive"
    yield "window probe", told == "zero-window-probe", probe == "zwp"
    yield "network duplicate", told in DUPLICATE, label["netdup"] == "1"


class Scorer:
    def __init__(self, verbose=False):
        self.verbose = verbose
        self.scores = collections.defaultdict(Score)
        self.kinds = collections.Counter()
        self.wrong = collections.Counter()
        self.hints = collections.defaultdict(Score)     # vantage, what gives it away

    def add(self, other):
        """Adds the figures of another scorer."""
        for mine, theirs in ((self.scores, other.scores), (self.hints, other.hints)):
            for key, score in theirs.items():
                mine[key].hits += score.hits
                mine[key].false += score.false
                mine[key].missed += score.missed
        self.kinds.update(other.kinds)
        self.wrong.update(other.wrong)

    def frame(self, name, cap, segment, label, hint=None, shows=True):
        """hint: of a needless repeat, what gives it away in this capture; shows: that it is a
        repeat shows in it."""
        vantage = "middle"
        if cap in ("client", "server"):
            vantage = "sender" if (cap, label["dir"]) in SENDER else "receiver"
        family = "six" if ":" in label["key"] else "four"
        for question, told, true in answers(segment, label, shows):
            for where in (vantage, "all", family):
                self.scores[question, where].add(told, true)
            if question == "needless" and true:
                self.hints[vantage, hint or "nothing"].add(told, true)
            if told != true:
                if question != "repeat that shows":
                    self.wrong[name, cap, question] += 1
                    self.tell(name, cap, question, segment, label, hint)
        if vantage == "sender" and label["retx"] in KINDS and label["netdup"] == "0" \
                and label["probe"] == "-":
            told = segment["class"] if segment else "none"
            self.kinds[label["retx"], told] += 1
            if told not in KINDS[label["retx"]]:
                self.wrong[name, cap, "kind"] += 1
                self.tell(name, cap, f"kind {label['retx']}", segment, label, hint)

    def tell(self, name, cap, question, segment, label, hint):
        if not self.verbose:
            return
        said = "nothing"
        if segment:
            said = " ".join([segment["class"], *segment["tags"], "because", *segment["because"]])
        truth = " ".join(f"{key}={label[key]}" for key in
                         ("retx", "needless", "acked_before", "ooo", "netdup", "probe",
                          "orig_seen", "corrupt"))
        given = f"; given away by {hint}" if hint else ""
        print(f"{name}.{cap} frame {label['n']} {label['dir']}: {question}: {said}; {truth}{given}")

    def right_kinds(self, kind=None):
        """(right, all) of one kind of repeat at its sender's host, or of all kinds."""
        rows = [(told in KINDS[true], number) for (true, told), number in self.kinds.items()
                if kind in (None, true)]
        return sum(number for right, number in rows if right), sum(number for _, number in rows)

    def given_away(self, vantage):
        """Of the needless repeats there: told and missed, of those that the capture shows."""
        sum_of = Score()
        for (where, hint), score in self.hints.items():
            if where == vantage and hint != "nothing":
                sum_of.hits += score.hits
                sum_of.missed += score.missed
        return sum_of

    def report(self):
        print(f"{'precision / recall':44}")
        for question in QUESTIONS:
            for vantage in VANTAGES:
                print(f"{question:18} {vantage:9} {self.scores[question, vantage]}")
        print("\nneedless repeats, by what gives them away")
        for (vantage, hint), score in sorted(self.hints.items()):
            print(f"{vantage:9} {hint:10} {score.hits:5} told, {score.missed} missed")
        print("\nkind at the sender's host")
        for kind in KINDS:
            row = {told: n for (true, told), n in sorted(self.kinds.items()) if true == kind}
            right, count = self.right_kinds(kind)
            print(f"{kind:10} {right:5} of {count:5}  "
                  + ", ".join(f"{told} {n}" for told, n in row.items()))
        right, count = self.right_kinds()
        if count:
            print(f"{'all':10} {right:5} of {count:5}  {right / count:.4f}")
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


def score_play(path, program, scorer, other=None):
    """Adds the captures that a file of labels is about; other: a scorer of tshark."""
    name = path.name.split(".labels.")[0]
    labels = read_labels(path)
    for cap, file in captures_of(path.parent, name, labels):
        data = unpacked(file)
        asked = None
        with tempfile.NamedTemporaryFile(suffix=".pcap") as plain:
            plain.write(data)
            plain.flush()
            told = [(scorer, explain(program, plain.name))]
            if other:
                told.append((other, ask_tshark(plain.name)))
        for number, label in labels[cap].items():
            unseen = label["retx"] != "-" and label["orig_seen"] == "0"
            if asked is None and (unseen or label["needless"] == "1"):
                asked = hints.Hints(headers.read_headers(views.read_records(data)))
            hint = asked.tell(number) if label["needless"] == "1" else None
            shows = not unseen or asked.shows_repeat(number)
            for judge, segments in told:
                judge.frame(name, cap, segments.get(number), label, hint, shows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", dest="verbose", action="store_true")
    parser.add_argument("--program", default="./tcpflow-explain")
    parser.add_argument("--tshark", action="store_true")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    scorer = Scorer(options.verbose)
    other = Scorer() if options.tshark and shutil.which("tshark") else None
    for path in sorted(options.folder.glob("*.labels.tsv*")):
        if not options.names or path.name.split(".labels.")[0] in options.names:
            score_play(path, options.program, scorer, other)
    scorer.report()
    if other:
        print("\n\ntshark")
        other.report()
    return 0


if __name__ == "__main__":
    sys.exit(main())
