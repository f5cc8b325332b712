#!/usr/bin/env python3
"""score_metrics: what is measured of data, against what the sender's kernel measured (TCP_INFO).

    score_metrics.py [-v] [--program PROGRAM] FOLDER [NAME...]

    lab/score_metrics.py --program build/tcpflow-explain captures bulk-loss

FOLDER holds NAME.client.pcap[.gz], NAME.server.pcap[.gz], each from that end's own host, and
NAME.truth.jsonl[.gz], with a line {"ev": "tcp_info", "side", "local", "peer", "info"} for each
socket, taken just before it was closed.

The program is given what was captured until then (--before). With -v each number that is not near.
"""
import argparse
import collections
import datetime
import json
import pathlib
import sys
import tempfile
import gzip
import subprocess

from score_classes import opened


def sockets_of(path):
    """(side, local, peer), and when TCP_INFO of this socket was what; of several looks the last."""
    found = {}
    with opened(path) as lines:
        for line in lines:
            event = json.loads(line)
            if event["ev"] == "tcp_info":
                found[event["side"], event["local"], event["peer"]] = event["t"], event["info"]
    return found


def connections_of(program, capture, time):
    seconds, ns = divmod(time, 10**9)
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    before = f"{moment:%Y-%m-%dT%H:%M:%S}.{ns:09}Z"
    run = subprocess.run([program, "--json", "--before", before, capture],
                         stdout=subprocess.PIPE, check=True)
    return json.loads(run.stdout)["connections"]


def near(told, true, share, slack):
    return abs(told - true) <= share * true + slack


def answers(end, info):
    """Question, what is told, what the kernel says, whether that is near enough."""
    if end["retransmitted_segments"] is not None:
        told, true = end["retransmitted_segments"], info["total_retrans"]
        yield "segments sent again", told, true, told == true
        told, true = end["retransmitted_bytes"], info["bytes_retrans"]
        yield "bytes sent again", told, true, told == true
    if end["rtt_min_s"] is not None and info["min_rtt"] != 0xffffffff:
        told, true = end["rtt_min_s"], info["min_rtt"] / 1e6
        yield "shortest round trip", told, true, near(told, true, 0.1, 0.001)
    metrics = end["metrics"]
    if metrics is None:
        return
    # The kernel counts SYN and FIN too, and has not taken in what has just arrived.
    told, true = metrics["acknowledged_bytes"], info["bytes_acked"]
    yield "bytes acknowledged", told, true, -0.01 * true <= true - told <= 2
    trip = metrics["round_trip"]
    if trip is None:
        return
    told, true = trip["smoothed_s"], info["rtt"] / 1e6
    yield "smoothed round trip", told, true, near(told, true, 0.25, 0.002)
    if info["backoff"] == 0:
        told, true = trip["retransmission_timeout_s"], info["rto"] / 1e6
        yield "timeout", told, true, near(told, true, 0.25, 0.008)


class Scorer:
    def __init__(self, verbose):
        self.verbose = verbose
        self.asked = collections.Counter()
        self.right = collections.Counter()

    def end(self, name, side, end, info):
        for question, told, true, right in answers(end, info):
            self.asked[question] += 1
            self.right[question] += right
            if self.verbose and not right:
                print(f"{name} {side}: {question}: {told}, the kernel says {true}")

    def report(self):
        for question, n in self.asked.items():
            print(f"{question:20} {self.right[question]:4} of {n:4}"
                  f"  {self.right[question] / n:.4f}")


def address(end):
    host = f"[{end['address']}]" if ":" in end["address"] else end["address"]
    return f"{host}:{end['port']}"


def score_capture(scorer, program, name, side, capture, sockets):
    """Of a side's own sockets: what its host's capture tells."""
    peer = "server" if side == "client" else "client"
    with tempfile.NamedTemporaryFile(suffix=".pcap") as plain:
        data = capture.read_bytes()
        plain.write(gzip.decompress(data) if capture.suffix == ".gz" else data)
        plain.flush()
        for (where, *ends), (time, info) in sockets.items():
            if where != side:
                continue
            for connection in connections_of(program, plain.name, time):
                end = connection["endpoints"][side]
                here = [address(connection[side]), address(connection[peer])]
                if here == ends and end["segments"] > 0:
                    scorer.end(name, side, end, info)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", dest="verbose", action="store_true")
    parser.add_argument("--program", default="./tcpflow-explain")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    scorer = Scorer(options.verbose)
    for path in sorted(options.folder.glob("*.truth.jsonl*")):
        name = path.name.split(".truth.")[0]
        if options.names and name not in options.names:
            continue
        sockets = sockets_of(path)
        for side in ("client", "server"):
            for file in options.folder.glob(f"{name}.{side}.pcap*"):
                score_capture(scorer, options.program, name, side, file, sockets)
    scorer.report()
    return 0


if __name__ == "__main__":
    sys.exit(main())
