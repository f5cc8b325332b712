#!/usr/bin/env python3
"""Scores the program against the kernels that made a capture.

For each capture of a folder the program is run, and what it says about each end of each
connection is compared with the states that the kernel of that end went through (truth.py):

    right          the same states in the same order
    unknown        nothing false is claimed, but states are missing or only assumed
    wrong          a state is inferred that the kernel was not in
    contradiction  a state is called observed or proved that the kernel never was in, or not in
                   this order, or only after the frame that is said to show it

Not expected are states that the kernel left before the first frame of the connection, those that
it entered after the last frame of the capture, and FIN_WAIT_2 right before TIME_WAIT: one segment
can do both. An end whose address belongs to none of the two kernels is not scored.
"""
import argparse
import calendar
import collections
import dataclasses
import json
import os
import re
import subprocess
import sys

import frames as wire
import truth

POINTS = ("client", "wire", "server")
VERDICTS = ("right", "unknown", "wrong", "contradiction")
FIRM = ("observed", "proved")
TOLERANCE = 1_000_000           # ns between a kernel's event and the frame that it sends


@dataclasses.dataclass
class Claim:
    """A state that the program says an end was in."""
    state: str
    certainty: str
    time: int                   # of the frame that shows or proves it


@dataclasses.dataclass
class Score:
    """The verdict about one end of one connection in one capture."""
    scenario: str
    point: str
    side: str
    verdict: str
    local: str
    peer: str
    kernel: list                # states
    claims: list
    why: str = ""

    @property
    def own(self):
        return self.point == self.side


@dataclasses.dataclass
class Told:
    """A connection as the program tells it."""
    first: int
    claims: dict                # address:port -> list of Claim
    ends: tuple                 # the two of them


# What the capture and the program say

def nanoseconds(text):
    stamp, part = re.fullmatch(r"(\d+-\d+-\d+T\d+:\d+:\d+)\.(\d{9})Z", text).groups()
    fields = [int(field) for field in re.split("[-T:]", stamp)]
    return calendar.timegm((*fields, 0, 0, 0)) * 1_000_000_000 + int(part)


def run_program(program, capture):
    run = subprocess.run([program, "--json", "-"], input=capture, capture_output=True,
                         check=False)
    if run.returncode:
        raise RuntimeError(f"{program}: status {run.returncode}: {run.stderr.decode().strip()}")
    return json.loads(run.stdout)


def end_name(endpoint):
    return wire.place(endpoint["address"], endpoint["port"])


def read_told(connection, frames):
    ends = {side: end_name(connection[side]) for side in ("client", "server")}
    claims = {name: [] for name in ends.values()}
    for step in connection["transitions"]:
        shown = step["evidence_frame"] or step["frame"]
        claims[ends[step["endpoint"]]].append(
            Claim(step["to"], step["certainty"], frames[shown - 1].time))
    for name in claims:         # that a service listens is not the life of a connection
        if claims[name] and claims[name][0].state == "LISTEN":
            del claims[name][0]
    return Told(nanoseconds(connection["first"]), claims, tuple(ends.values()))


# Which life is which connection

def pair_up(lives, told):
    """Pairs the lives at one end of one pair of ports with connections of the program; yields
    (life, connection), one of them None where nothing fits."""
    lives, told = list(lives), sorted(told, key=lambda one: one.first)
    left = []
    for index, one in enumerate(told):
        limit = told[index + 1].first if index + 1 < len(told) else float("inf")
        life = next((life for life in lives if life.begin < limit and
                     (life.end is None or life.end >= one.first - TOLERANCE)), None)
        if life:
            lives.remove(life)
            yield life, one
        else:
            left.append(one)
    for one in left:            # its end gave up while the first frame was on its way
        earlier = [life for life in lives if life.begin <= one.first]
        if earlier:
            lives.remove(earlier[-1])
        yield earlier[-1] if earlier else None, one
    for life in lives:
        yield life, None


# The comparison

def is_subsequence(part, whole):
    rest = iter(whole)
    return all(item in rest for item in part)


def same_end(state):
    """A passive open that ended goes back to LISTEN, or is gone: the kernel shows no difference."""
    return "CLOSED" if state == "LISTEN" else state


def expected_states(life, first, last):
    """(state, whether the program must say it), in order."""
    steps = []
    for index, (time, state) in enumerate(life.entered):
        following = life.entered[index + 1] if index + 1 < len(life.entered) else None
        passed = following is not None and following[0] < first
        both = state == "FIN_WAIT_2" and following is not None and following[1] == "TIME_WAIT"
        steps.append((same_end(state),
                      not (passed or both or time > last or state in life.maybe)))
    return steps


def agrees(steps, claimed):
    """Whether claimed is steps, where those that need not be said may be absent."""
    if not steps:
        return not claimed
    (state, needed), rest = steps[0], steps[1:]
    if claimed and claimed[0] == state and agrees(rest, claimed[1:]):
        return True
    return not needed and agrees(rest, claimed)


def find_early(life, claims):
    """The first observed or proved claim whose frame passed before the kernel got there."""
    steps = iter(life.entered)
    for claim in claims:
        if claim.certainty not in FIRM:
            continue
        for time, state in steps:
            if same_end(state) == same_end(claim.state):
                time = life.first_at(time, state)
                if time > claim.time + TOLERANCE:
                    return claim, time
                break
    return None, None


def judge(life, claims, first, last):
    """(verdict, why)."""
    claimed = [same_end(claim.state) for claim in claims]
    states = [same_end(state) for state in life.states]
    firm = [same_end(claim.state) for claim in claims if claim.certainty in FIRM]
    if not is_subsequence(firm, states):
        return "contradiction", "never in this state, or not in this order"
    early, time = find_early(life, claims)
    if early:
        return "contradiction", f"{early.state} {(time - early.time) / 1e6:.3f} ms too early"
    if agrees(expected_states(life, first, last), claimed):
        return "right", ""
    sure = [same_end(claim.state) for claim in claims if claim.certainty != "assumed"]
    if is_subsequence(sure, states):
        return "unknown", "says less than happened"
    return "wrong", "inferred otherwise"


def life_without_socket(side, local, peer, synacks):
    """An end whose kernel has no socket: closed all the time. If it did answer with a SYN-ACK
    (a SYN cookie), then it is in SYN_RCVD, with the connection kept in the cookie."""
    life = truth.Life(side, local, peer, 0)
    times = synacks.get((local, peer))
    life.enter(times[0] if times else 0, "SYN_RCVD" if times else "CLOSED")
    return life


class Judge:
    """Scores the captures of one scenario, which all have the same truth."""

    def __init__(self, scenario, lives, server_frames):
        self.scenario = scenario
        self.lives = lives
        self.kernels = {lives.meta[side]: side for side in ("client", "server")}
        self.synacks = collections.defaultdict(list)
        for frame in server_frames:
            if frame.flags is not None and frame.flags & 0x17 == wire.SYN | wire.ACK:
                self.synacks[frame.source, frame.target].append(frame.time)
        self._date_cookies()

    def _date_cookies(self):
        """A SYN cookie is SYN_RCVD without a socket; the socket comes with the third ACK."""
        ended = {}
        for life in sorted(self.lives.all, key=lambda life: life.begin):
            place = life.local, life.peer
            sent = [time for time in self.synacks[place]
                    if ended.get(place, 0) < time < life.begin]
            if sent and life.state and life.states[0] == "SYN_RCVD":
                life.begin = sent[0]
                life.entered[0] = sent[0], "SYN_RCVD"
            # In TIME_WAIT until it answered the next SYN, it may be in the record for longer.
            waited = life.end and life.states[-2:] == ["TIME_WAIT", "CLOSED"]
            ended[place] = life.entered[-2][0] if waited else life.end or life.begin

    def score(self, point, frames, output):
        told = [read_told(one, frames) for one in output["connections"]]
        last = max((frame.time for frame in frames), default=0)
        seen = collections.defaultdict(list)
        for frame in frames:
            if frame.flags is not None:
                seen[frame.source, frame.target].append(frame.time)
                seen[frame.target, frame.source].append(frame.time)
        for local, peer in sorted(seen):
            side = self.kernels.get(local.rsplit(":", 1)[0].strip("[]"))
            if side:
                yield from self._score_end(point, side, local, peer, told, seen, last)

    def _lives_at(self, side, local, peer, times):
        nameless = [life for life in self.lives.all if life.side == side and not life.local
                    and life.peer == peer and life.begin <= times[-1]]
        lives = [life for life in self.lives.all
                 if (life.side, life.local, life.peer) == (side, local, peer)]
        ends = [life.begin for life in lives[1:]] + [float("inf")]
        lives = [life for life, end in zip(lives, ends)
                 if any(life.begin - TOLERANCE <= time < end for time in times)]
        # A life without a port is this one if there is no other, and it is the only one.
        return lives or (nameless if len(nameless) == 1 else [])

    def _score_end(self, point, side, local, peer, told, seen, last):
        times = seen[local, peer]
        here = [one for one in told if set(one.ends) == {local, peer}]
        for life, one in pair_up(self._lives_at(side, local, peer, times), here):
            claims = one.claims[local] if one else []
            first = one.first if one else times[0]
            real = life or life_without_socket(side, local, peer, self.synacks)
            verdict, why = judge(real, claims, first, last)
            if not life and not claims:
                verdict = "right"       # no socket, and nothing is said about one
            if one is None:
                verdict, why = "wrong", "the program has no such connection"
            yield Score(self.scenario, point, side, verdict, local, peer, real.states, claims, why)


# Folders

def truth_of(folder):
    """Scenario -> name of its truth, which is another's for a capture made from another."""
    names = {}
    for entry in sorted(os.listdir(folder)):
        match = re.fullmatch(r"(.+)\.(client|wire|server)\.pcap(\.gz)?", entry)
        if match:
            names[match[1]] = match[1]
    index = os.path.join(folder, "INDEX.tsv")
    if os.path.exists(index):
        with open(index, encoding="utf-8") as lines:
            for line in lines:
                match = re.search(r"^(\S+)\t.*\btruth: (\S+)\.truth\.jsonl", line)
                if match and match[1] in names:
                    names[match[1]] = match[2]
    return names


def read_capture(folder, name, point):
    try:
        with truth.open_either(os.path.join(folder, f"{name}.{point}.pcap")) as file:
            return file.read()
    except FileNotFoundError:
        return None


def score_scenario(program, folder, name, truth_name):
    lives = truth.read_lives(os.path.join(folder, f"{truth_name}.truth.jsonl"))
    server = read_capture(folder, truth_name, "server")
    judge_of = Judge(name, lives, wire.read_frames(server) if server else [])
    for point in POINTS:
        capture = read_capture(folder, name, point)
        if capture:
            yield from judge_of.score(point, wire.read_frames(capture),
                                      run_program(program, capture))


def score_folder(program, folder, chosen):
    scores, skipped = [], []
    for name, truth_name in truth_of(folder).items():
        if chosen and name not in chosen:
            continue
        try:
            scores.extend(score_scenario(program, folder, name, truth_name))
        except FileNotFoundError as error:
            skipped.append(f"{name}: no {os.path.basename(error.filename)}")
    return scores, skipped


def show(score):
    claims = " ".join(f"{claim.state}({claim.certainty[0]})" for claim in score.claims) or "-"
    return (f"{score.verdict}: {score.scenario}, captured at {score.point}: "
            f"{score.side} {score.local} to {score.peer}: {score.why}\n"
            f"    kernel  {' '.join(score.kernel)}\n    program {claims}")


def count(scores):
    counts = collections.Counter(score.verdict for score in scores)
    total = sum(counts.values())
    share = 100 * counts["right"] / total if total else 0
    return [str(total)] + [str(counts[name]) for name in VERDICTS] + [f"{share:.2f} %"]


def main():
    parser = argparse.ArgumentParser(description="Scores the program against kernels.")
    parser.add_argument("folder")
    parser.add_argument("scenario", nargs="*")
    parser.add_argument("--program", required=True)
    parser.add_argument("-v", "--verbose", action="store_true", help="show what is not right")
    options = parser.parse_args()
    scores, skipped = score_folder(options.program, options.folder, options.scenario)
    for reason in skipped:
        print("skipped:", reason)
    if options.verbose:
        for score in scores:
            if score.verdict != "right":
                print(show(score))
    print("ends at               all right unknown wrong contradiction")
    for words, part in (("own host", [s for s in scores if s.own]),
                        ("other points", [s for s in scores if not s.own]), ("all", scores)):
        print(f"{words:20}", *count(part))
    return 0


if __name__ == "__main__":
    sys.exit(main())
