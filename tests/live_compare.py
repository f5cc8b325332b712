#!/usr/bin/env python3
"""Compares what tcpflow-explain reported with the truth of live_traffic.py.

    live_compare.py all OUTPUT TRUTH...     every connection once, and nothing else
    live_compare.py ended OUTPUT TRUTH...   each that ended is there already, and none twice

OUTPUT is --json or --ndjson of the program. Prints what differs, a line each, and ends with 1;
with 0 it prints nothing. Standard library only.
"""

import collections
import json
import sys


def connections_read(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        return json.loads(text)["connections"]
    except json.JSONDecodeError:  # more than one line
        lines = text[:text.rfind("\n") + 1].splitlines()  # the last may still be on its way
        return [one for one in map(json.loads, lines) if one["type"] == "connection"]


def truth_read(paths):
    found = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            found += [json.loads(line) for line in file if line.startswith("{")]
    return found


def key(client, server):
    return (*client, *server)


def end_of(one, side):
    return [one[side]["address"], one[side]["port"]]


def judge(got, truth):
    """What is wrong with the report of one connection."""
    for field, said, wanted in (
            ("handshake", got["handshake"]["kind"], truth["handshake"]),
            ("close", got["close"]["kind"], truth["close"]),
            ("first_closer", got["close"]["first_closer"], truth["first_closer"])):
        if said != wanted and said not in (wanted or "").split("|"):
            yield f"{field} is {said}, the truth is {wanted}"
    for side in "client", "server":
        said, kernel = got["endpoints"][side]["state"], truth["states"][side]
        # Without a socket the kernel has no state: CLOSED, or nothing to know.
        if kernel is None and said in ("CLOSED", None):
            continue
        if said != kernel:
            yield f"the {side} is in {said}, the kernel says {kernel}"


def main():
    what, output, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
    wanted = collections.defaultdict(list)
    for one in truth_read(paths):
        wanted[key(one["client"], one["server"])].append(one)
    reported = collections.defaultdict(list)
    for one in sorted(connections_read(output), key=lambda one: one["id"]):
        reported[key(end_of(one, "client"), end_of(one, "server"))].append(one)
    wrong = []
    for ends in reported.keys() - wanted.keys():
        wrong.append(f"{ends}: reported, but never made")
    for ends, truths in wanted.items():
        known = reported[ends]
        if what == "ended":
            least = sum(one["ended"] for one in truths)
            if not least <= len(known) <= len(truths):
                wrong.append(f"{ends}: reported {len(known)} times, {least} have ended")
            continue
        if len(known) != len(truths):
            wrong.append(f"{ends}: reported {len(known)} times, made {len(truths)} times")
        for got, truth in zip(known, truths):
            # The kernel's state is that of the newest connection between the two ends.
            if truth is not truths[-1]:
                truth = dict(truth, states={"client": None, "server": None})
            wrong += [f"{ends}: {text}" for text in judge(got, truth)]
    print("".join(line + "\n" for line in sorted(wrong)), end="")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
