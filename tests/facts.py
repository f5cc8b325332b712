#!/usr/bin/env python3
"""Every capture has facts in pcaps/README.md, taken from the RFCs, the frames and the kernels.

This test holds the program's JSON against them: how each connection opened and closed and who
closed first must be equal. A state may differ only where the program does not claim to know it
(certainty inferred or assumed); where the capture was taken may be unknown, but not wrong. TAP on standard output. Environment: TCPFLOW_EXPLAIN, srcdir.
"""
import itertools
import json
import os
import re
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PROGRAM = os.environ.get("TCPFLOW_EXPLAIN", os.path.join(TOP, "build", "tcpflow-explain"))
# What the tool can't know yet: capture and reason.
NOT_YET = {}
# What may be said of a capture that was taken there; on both ends at once it is neither's.
PLACES = {"client": ("client", "near-client"), "server": ("server", "near-server"), "both": (),
          "middle": ("middle",)}
# Facts of the kernels that the frames of the capture do not show.
HIDDEN = {("built-one-direction.pcap", "client"), ("built-synack-only.pcap", "client")}


def facts():
    """(file, number of its connection, [columns]) for each row of the tables."""
    name, number = None, 0
    with open(os.path.join(TOP, "pcaps", "README.md"), encoding="utf-8") as readme:
        for line in readme:
            columns = [c.strip() for c in line.strip().strip("|").split("|")]
            if len(columns) != 9 or columns[0] == "File" or columns[0].startswith("---"):
                continue
            if columns[0]:
                name, number = columns[0].strip("`"), 0
            yield name, number, columns
            number += 1


def plain(cell):
    return re.sub(r" ?\[\d\]$", "", cell).strip("` ")


def differences(name, connection, columns):
    closer = None if columns[6] == "null" else plain(columns[6])
    close = connection["close"]
    for what, want, got in (("handshake", plain(columns[4]), connection["handshake"]["kind"]),
                            ("close", plain(columns[5]), close["kind"]),
                            ("first closer", closer, close["first_closer"])):
        if want != got:
            yield f"{what} is {got}, not {want}"
    for end, cell in (("client", columns[7]), ("server", columns[8])):
        want, endpoint = plain(cell), connection["endpoints"][end]
        state, certainty = endpoint["state"], endpoint["state_certainty"]
        if "[" in cell or (name, end) in HIDDEN or certainty in ("inferred", "assumed"):
            continue
        same = state is None if want == "none" else state == want
        if not same:
            yield f"the {end} is {certainty} to be in {state}, not {want}"


def place_faults(connections, place):
    for connection in connections:
        vantage = connection["vantage"]
        if vantage != "unknown" and vantage not in PLACES[place]:
            yield f"connection {connection['id']}: captured at the {place}, not {vantage}"


def run(name, *options):
    path = os.path.join(TOP, "pcaps", name)
    return subprocess.run([PROGRAM, *options, path], capture_output=True, check=False).stdout


def explain(name):
    try:
        return json.loads(run(name, "--json"))
    except ValueError:
        return {"connections": [], "capture": {"segments": -1}}


def streamed(name):
    """The connections of NDJSON, which hands them over as they end; -v: with all that JSON has."""
    lines = [json.loads(line) for line in run(name, "--ndjson", "-v").splitlines()]
    found = [line for line in lines if line["type"] == "connection"]
    return sorted(found, key=lambda connection: connection["id"])


def told(connection):
    """What does not depend on when the connection was shown. NDJSON leaves out nulls and zeros."""
    endpoints = {end: {key: value for key, value in endpoint.items()
                       if key not in ("state", "state_certainty", "limited_by")
                       and value is not None and (value != 0 or value is False)}
                 for end, endpoint in connection["endpoints"].items()}
    limits = {end: (endpoint.get("limited_by") or {}).get("cause")
              for end, endpoint in connection["endpoints"].items()}  # NDJSON tells less of it
    return {"id": connection["id"], "incarnation": connection["incarnation"],
            "reuse": [finding["title"] for finding in connection["findings"]
                      if finding["id"] in ("port-reused", "time-wait-reuse")],
            "handshake": connection["handshake"],
            "kind": connection["close"]["kind"], "closer": connection["close"]["first_closer"],
            "endpoints": endpoints, "limits": limits}


def lost_segments(report):
    """Each segment belongs to one connection; damaged ones were dropped by their receiver."""
    connections = report["connections"]
    counted = sum(end["segments"] for c in connections for end in c["endpoints"].values())
    damaged = sum(len(finding["evidence"]) for c in connections for finding in c["findings"]
                  if finding["id"] == "checksum-bad")
    return report["capture"]["segments"] - counted - damaged


def main():
    count = failed = placed = 0
    named = set()
    for name, rows in itertools.groupby(facts(), key=lambda row: row[0]):
        rows = list(rows)
        named.add(name)
        report = explain(name)
        connections = report["connections"]
        faults = []
        frames = report["capture"].get("frames")
        if rows[0][2][1] != str(frames):
            faults.append(f"{frames} frames, not {rows[0][2][1]}")
        if lost_segments(report) != 0:
            faults.append(f"{lost_segments(report)} segments are of no connection")
        if [told(c) for c in connections] != [told(c) for c in streamed(name)]:
            faults.append("NDJSON tells other connections than JSON")
        if len(connections) != len(rows):
            faults.append(f"{len(connections)} connections, not {len(rows)}")
        for connection, (_, _, columns) in zip(connections, rows):
            faults += [f"connection {connection['id']}: {fault}"
                       for fault in differences(name, connection, columns)]
        faults += place_faults(connections, rows[0][2][2])
        placed += sum(connection["vantage"] != "unknown" for connection in connections)
        count += 1
        todo = f" # TODO {NOT_YET[name]}" if name in NOT_YET else ""
        print(f"{'not ok' if faults else 'ok'} {count} - {name}{todo}")
        for fault in faults:
            print(f"# {fault}")
        failed += bool(faults) and not todo
    for name in sorted(os.listdir(os.path.join(TOP, "pcaps"))):
        if name.endswith((".pcap", ".pcapng")) and name not in named:
            count += 1
            failed += 1
            print(f"not ok {count} - {name} has no facts in pcaps/README.md")
    count += 1
    failed += placed < 20
    print(f"{'ok' if placed >= 20 else 'not ok'} {count} - {placed} connections tell their place")
    print(f"1..{count}")
    return 1 if failed or count < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
