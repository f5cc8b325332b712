#!/usr/bin/env python3
"""Plays whose transfers are limited by a known cause, and what the program says of them.

    lab/limit_plays.py --list                                    as plays.py
    lab/limit_plays.py limit-program --output /tmp/out --delay 20
    lab/limit_plays.py score PROGRAM /tmp/out                    of all that were played

The cause is what the play does: a program that waits, a reader that is slower than the network, a
cable that loses, one that is narrow. Each capture counts by itself: beside the sender, in the
middle of the cable, beside the receiver. "unsure" is a verdict without a cause.
"""
import json
import os
import subprocess
import sys

from play import Play, main
from wire import Down

READ = "drain close"
SLOW_READ = "rcvbuf:16384 sleep:0.5 " + "recv:20000 sleep:0.1 " * 20 + "drain close"

# Cause, whose transfer, and the play.
CAUSES = [
    ("application", "client", Play(
        "limit-program", "the client writes 20 kB each 0.2 s",
        "connect " + "send:20000 sleep:0.2 " * 15 + "close", READ)),
    ("application", "server", Play(
        "limit-think", "the server takes 0.3 s before each 30 kB that it was asked for",
        "connect " + "send:100 recv:30000 " * 6 + "close",
        "recv:100 sleep:0.3 send:30000 " * 6 + "drain close")),
    ("application", "client", Play(
        "limit-dribble", "the client writes 700 bytes each 5 ms, without Nagle",
        "nodelay connect " + "send:700 sleep:0.005 " * 200 + "close", READ)),
    ("receiver", "client", Play(
        "limit-reader", "the server reads 20 kB each 0.1 s", "connect send:400000 close",
        SLOW_READ, rest=1)),
    ("receiver", "client", Play(
        "limit-closed", "the server reads nothing for 2 s", "connect send:300000 close",
        "rcvbuf:16384 sleep:2 drain close", rest=1)),
    ("receiver", "client", Play(
        "limit-window", "the server's buffer holds less than the path",
        "connect send:600000 close", "rcvbuf:8192 drain close",
        server_sysctl={"rmem": "4096 8192 8192"}, rest=1)),
    ("loss", "client", Play(
        "limit-loss", "8 % of the frames are lost", "connect send:400000 close", READ,
        ways={"loss": 0.08}, rest=3)),
    ("loss", "client", Play(
        "limit-flap", "the cable is cut for 1.5 s", "connect send:600000 close", READ,
        to_server={"rate": 1e7}, rules=(Down("client", "data", 100, 1.5),), rest=3)),
    ("network", "client", Play(
        "limit-narrow", "2 MB over 10 Mbit/s", "connect send:2000000 close", READ,
        to_server={"rate": 1e7})),
    ("network", "server", Play(
        "limit-narrow-down", "2 MB over 10 Mbit/s, downwards",
        "connect send:100 drain close", "recv:100 send:2000000 close",
        to_client={"rate": 1e7})),
    ("network", "client", Play(
        "limit-bbr", "2 MB over 10 Mbit/s, paced", "cc:bbr connect send:2000000 close", READ,
        to_server={"rate": 1e7})),
    ("network", "server", Play(
        "limit-turns", "100 small requests, one after the other",
        "connect " + "send:100 recv:400 " * 100 + "close",
        "recv:100 send:400 " * 100 + "drain close")),
]


def limits_of(program, capture, end):
    """The longest connection's verdict on this end, or None."""
    run = subprocess.run([program, "--json", capture], capture_output=True, check=False)
    connections = json.loads(run.stdout)["connections"]
    known = [c["endpoints"][end]["limited_by"] for c in connections]
    known = [limits for limits in known if limits]
    return max(known, key=lambda limits: limits["active_s"]) if known else None


def score(program, folder):
    right = wrong = unsure = 0
    for cause, end, play in CAUSES:
        for place in ("client", "wire", "server"):
            capture = os.path.join(folder, f"{play.name}.{place}.pcap")
            if not os.path.exists(capture):
                continue
            limits = limits_of(program, capture, end)
            said = limits["cause"] if limits else None
            right += said == cause
            unsure += said is None
            wrong += said not in (cause, None)
            shares = {} if limits is None else \
                {part: share for part, share in limits["shares"].items() if share >= 0.05}
            print(f"{'  ' if said == cause else '! '}{play.name:18} {place:7}"
                  f" {cause:12} {said or 'unsure':12} {shares}")
    print(f"{right} right, {wrong} wrong, {unsure} unsure")
    return int(wrong > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        sys.exit(score(*sys.argv[2:]))
    sys.exit(main([play for _, _, play in CAUSES]))
