#!/usr/bin/env python3
"""Ten thousand generated connections: the program must tell each as the generator made it.

bench/generate decides what happens in a connection by the plot that it plays, and writes that
beside the capture. Here the program's NDJSON and JSON are held against it: every connection
exactly once, under the number of its first frame, with the same ends, incarnation, kinds of
handshake and close, first closer, and payload bytes. Then faults are planted in the truth, and
each must be found. The generator itself must give the same bytes again, with checksums that are
right. TAP on standard output. Environment: TCPFLOW_EXPLAIN, GENERATE.
"""
import ipaddress
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

PROGRAM = os.environ["TCPFLOW_EXPLAIN"]
GENERATE = os.environ["GENERATE"]
COLUMNS = ("id", "client", "client_port", "server", "server_port", "incarnation", "handshake",
           "close", "first_closer", "client_bytes", "server_bytes", "plot")
NUMBERS = {"id", "client_port", "server_port", "incarnation", "client_bytes", "server_bytes"}
COMPARED = COLUMNS[:-1]
# A stream forgets a connection that ended or timed out: what comes on its ports counts from 1.
STREAMED = tuple(name for name in COMPARED if name != "incarnation")
SHOWN = 10
# The capture of each test; a cut one proves that lengths come from headers, not from what is there.
CAPTURES = (
    ("10,000 mixed connections", ["--connections", "10000", "--snaplen", "96"]),
    ("few at a time, many losses", ["--connections", "1000", "--concurrency", "20",
                                    "--loss", "0.05", "--seed", "2", "--snaplen", "96"]),
    ("a flood among 500 others", ["--connections", "500", "--flood", "0.4", "--seed", "3",
                                  "--snaplen", "80"]),
    ("a burst of SYNs in 0.1 s among 300 others",
     ["--connections", "300", "--flood-syns", "2000", "--flood-seconds", "0.1", "--seed", "4"]),
    ("a burst from sources that cancel out",
     ["--connections", "300", "--flood-syns", "2000", "--flood-crafted", "--seed", "5"]),
    ("short connections", ["--connections", "300", "--plot", "short"]),
    ("half-open ones", ["--connections", "300", "--plot", "half-open", "--concurrency", "300"]),
)


def address(text):
    """IPv6 in the truth is written in full; the shortest form is the program's."""
    if ":" not in text:
        return text
    return str(ipaddress.ip_address(text))


def truth_read(path):
    rows = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            row = dict(zip(COLUMNS, line.rstrip("\n").split("\t"), strict=True))
            for name in NUMBERS:
                row[name] = None if row[name] == "-" else int(row[name])
            for name in ("client", "server"):
                row[name] = address(row[name])
            row["first_closer"] = None if row["first_closer"] == "-" else row["first_closer"]
            assert row["id"] not in rows, "two connections of the truth begin with one frame"
            rows[row["id"]] = row
    return rows


def told(connection):
    ends = connection["endpoints"]
    return {"id": connection["id"], "incarnation": connection["incarnation"],
            "client": connection["client"]["address"],
            "client_port": connection["client"]["port"],
            "server": connection["server"]["address"],
            "server_port": connection["server"]["port"],
            "handshake": connection["handshake"]["kind"], "close": connection["close"]["kind"],
            "first_closer": connection["close"]["first_closer"],
            "client_bytes": ends["client"]["payload_bytes"],
            "server_bytes": ends["server"]["payload_bytes"]}


def differences(truth, connections, compared=COMPARED):
    """A line for each thing that is not as the truth has it."""
    seen = set()
    for got in connections:
        number = got["id"]
        if number in seen:
            yield f"connection {number}: told twice"
        seen.add(number)
        want = truth.get(number)
        if want is None:
            yield f"connection {number}: the generator made none: {got}"
            continue
        for name in compared:
            if got[name] != want[name]:
                yield f"connection {number} ({want['plot']}): {name} is {got[name]}, " \
                      f"not {want[name]}"
    for number in sorted(truth.keys() - seen):
        yield f"connection {number} ({truth[number]['plot']}): not told"


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def result(self, name, faults):
        self.count += 1
        print(f"{'not ok' if faults else 'ok'} {self.count} - {name}")
        for fault in faults[:SHOWN]:
            print(f"# {fault}")
        if len(faults) > SHOWN:
            print(f"# and {len(faults) - SHOWN} more")
        self.failed += bool(faults)


def explain(*options):
    run = subprocess.run([PROGRAM, *options], capture_output=True, check=False)
    if run.returncode != 0:
        raise SystemExit(f"Bail out! {PROGRAM} ended with {run.returncode}")
    return run.stdout


def streamed(capture):
    lines = map(json.loads, explain("--ndjson", capture).splitlines())
    return [told(line) for line in lines if line["type"] == "connection"]


def collected(capture):
    return list(map(told, json.loads(explain("--json", capture))["connections"]))


def packets(path):
    """The IP packets of a pcap file of whole Ethernet frames, as it lies on the disk."""
    with open(path, "rb") as file:
        data = file.read()
    at = 24
    while at < len(data):
        captured, length = struct.unpack_from("<8xII", data, at)
        assert captured == length, "a frame is cut"
        frame = data[at + 16:at + 16 + captured]
        yield frame[18 if frame[12:14] == b"\x81\x00" else 14:]
        at += 16 + captured


def internet_sum(data):
    """RFC 1071: ffff for data that holds its own checksum."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def checksums_wrong(path):
    for number, packet in enumerate(packets(path), 1):
        header = 20 if packet[0] >> 4 == 4 else 40
        addresses = packet[12:20] if header == 20 else packet[8:40]
        if header == 20 and internet_sum(packet[:20]) != 0xffff:
            yield f"frame {number}: IPv4 header"
        pseudo = addresses + struct.pack("!II", len(packet) - header, 6)
        if internet_sum(pseudo + packet[header:]) != 0xffff:
            yield f"frame {number}: TCP"


def generate(*options):
    subprocess.run([GENERATE, *options], check=True, stderr=subprocess.DEVNULL)


def generator_sound(tap, scratch):
    paths = [os.path.join(scratch, name) for name in ("b.pcap", "c.pcap", "d.pcap")]
    for path, seed in zip(paths, ("7", "7", "8")):
        generate("--connections", "200", "--seed", seed, path)
    contents = []
    for path in paths:
        with open(path, "rb") as file:
            contents.append(file.read())
    tap.result("the same seed gives the same bytes", [] if contents[0] == contents[1] else ["no"])
    tap.result("another seed gives others", [] if contents[0] != contents[2] else ["no"])
    tap.result("checksums are right over the whole packets", list(checksums_wrong(paths[0])))
    with open(paths[0], "r+b") as file: # the last byte of the capture is of a TCP header or data
        file.seek(-1, os.SEEK_END)
        file.write(bytes([contents[0][-1] ^ 1]))
    tap.result("a wrong checksum is found",
               [] if len(list(checksums_wrong(paths[0]))) == 1 else ["not found"])


def planted(tap, truth, connections):
    """The comparison finds each column that is wrong, a connection too few and one too many."""
    chosen = random.Random(1).choice(sorted(truth))
    for name in COMPARED[1:]:
        row = dict(truth[chosen], **{name: "wrong"})
        found = list(differences({**truth, chosen: row}, connections))
        tap.result(f"a wrong {name} is found", [] if len(found) == 1 else ["not found"])
    others = [c for c in connections if c["id"] != chosen]
    for name, wrong in (("a missing connection is found", others),
                        ("a connection told twice is found",
                         connections + [c for c in connections if c["id"] == chosen])):
        tap.result(name, [] if len(list(differences(truth, wrong))) == 1 else ["not found"])


def kinds_missing(truth):
    """Every kind that can be without ICMP must be in the capture, or the test tests too little."""
    want = {"handshake": {"not-captured", "simultaneous", "split", "fast-open", "three-way",
                          "refused", "aborted", "half-open", "unanswered"},
            "close": {"reset", "simultaneous", "three-segment", "four-segment",
                      "fin-unanswered", "half-closed", "open"}}
    for column, kinds in want.items():
        for kind in sorted(kinds - {row[column] for row in truth.values()}):
            yield f"no {column} is {kind}"


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as scratch:
        capture, table = os.path.join(scratch, "a.pcap"), os.path.join(scratch, "a.tsv")
        for name, options in CAPTURES:
            generate(*options, "--truth", table, capture)
            truth = truth_read(table)
            if tap.count == 0:
                tap.result("every kind is there", list(kinds_missing(truth)))
            tap.result(f"NDJSON, {name}", list(differences(truth, streamed(capture), STREAMED)))
            whole = collected(capture)
            tap.result(f"JSON, {name}", list(differences(truth, whole)))
        generator_sound(tap, scratch)
        if tap.failed == 0:
            planted(tap, truth, whole)
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
