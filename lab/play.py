#!/usr/bin/env python3
"""Plays one play: two hosts, a cable, three captures, and what both kernels did meanwhile.

Leaves NAME.client.pcap, NAME.wire.pcap, NAME.server.pcap and NAME.truth.jsonl in the folder.
Needs root. Namespaces, addresses and the trace are this process's own, so that several plays can
run at the same time.
"""
import argparse
import dataclasses
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

import actor
import labels
import stage
import stranger
import views
import wire
import witness

JOINING = 300_000               # ns
SNAPLEN = 160                   # bytes kept of a frame: all headers


@dataclasses.dataclass
class Play:
    """One row of the table in plays.py."""
    name: str
    meaning: str
    client: str = ""            # scripts, see actor.py
    server: str = ""            # for each connection that the service accepts
    ways: dict = dataclasses.field(default_factory=dict)    # arguments of Way: for both ends,
    to_server: dict = dataclasses.field(default_factory=dict)   # for what the client sends,
    to_client: dict = dataclasses.field(default_factory=dict)   # for what the server sends
    rules: tuple = ()
    clients: int = 1            # at the same time
    rounds: int = 1             # one after the other
    same_port: bool = False     # all rounds from one port
    listen: bool = True         # else the server's script runs once, without a service
    backlog: int = 64
    accept: bool = True
    options: tuple = ()         # of the listening socket
    stranger: str = ""          # an end that no kernel plays takes the server's place
    view: str = ""              # what the captures hold in the end, see views.py
    client_sysctl: dict = dataclasses.field(default_factory=dict)
    server_sysctl: dict = dataclasses.field(default_factory=dict)
    ip: int = 4
    rest: float = 0.3           # seconds until the captures end, and four delays more
    # What stage.configure() and stage.Capture ask for.
    offload: tuple = ()
    interface: str = None
    filter: str = "tcp"
    capture: tuple = ("--nano", "-s", str(SNAPLEN), "-B", "8192")


class Host(stage.End):
    """An end with addresses of this process's own, from the ranges for tests and examples."""

    def __init__(self, side, namespace, play, marks):
        super().__init__(side, namespace, play, marks, None)
        own, other = (1, 2) if side == "client" else (2, 1)
        # Two hosts for each process number, so that plays at the same time never meet in the
        # trace, which tells addresses only: 198.18.0.0/15 has room for 32768 such pairs.
        net = os.getpid() & 0x7FFF
        pattern = f"2001:db8:{net:x}::%d" if play.ip == 6 else \
            f"198.{18 + (net >> 14)}.{net >> 6 & 255}.%d"
        if play.ip == 4:
            own, other = (number + (net & 63) * 4 for number in (own, other))
        self.address, self.peer = pattern % own, pattern % other
        if play.stranger and side == "client":
            self.peer = stranger.ADDRESS


def ways_of(play, delay):
    ways = {}
    for side, special in (("client", play.to_server), ("server", play.to_client)):
        way = ways[side] = wire.Way(**{**play.ways, **special})
        way.delay = delay if way.delay is None else way.delay
    return ways


class Cast:
    """The programs of both ends."""

    def __init__(self, play, hosts):
        self._play = play
        self._hosts = hosts
        self.failures = []
        self.looks = []

    def _act(self, host, script, port=0, sock=None):
        program = actor.Actor(host, port, sock)
        program.play(script)
        self.failures += program.failures
        self.looks += program.looks

    def _start(self, host, function, *arguments):
        """A thread that stays in the namespace of a host."""
        def run():
            stage.enter(host.namespace)
            function(*arguments)
        return stage.start(run)

    def _listen(self, ready):
        host, play = self._hosts["server"], self._play
        listener = host.socket(*play.options, port=stage.PORT)
        listener.settimeout(None)
        listener.listen(play.backlog)
        ready.set()
        while play.accept:
            sock, _ = listener.accept()
            host._kept.append(sock)
            self._start(host, self._act, host, play.server, 0, sock)

    def perform(self):
        """Returns when all the clients are through."""
        play, ready = self._play, threading.Event()
        if play.listen:
            self._start(self._hosts["server"], self._listen, ready)
            ready.wait(5)
        elif play.server:
            self._start(self._hosts["server"], self._act, self._hosts["server"], play.server,
                        stage.PORT)
        for number in range(play.rounds):
            threads = []
            for client in range(play.clients):
                port = stage.CLIENT_PORT + client
                port += 0 if play.same_port else number * play.clients
                threads.append(self._start(self._hosts["client"], self._act,
                                           self._hosts["client"], play.client, port))
            for thread in threads:
                thread.join(60)
                if thread.is_alive():
                    self.failures.append("a client did not end")


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def perform(play, options, namespaces, tracing):
    def path(kind):
        return os.path.join(options.output, f"{play.name}.{kind}")

    marks = stage.Marks()
    hosts = {side: Host(side, namespaces[side], play, marks) for side in ("client", "server")}
    ways = ways_of(play, options.delay / 1000)
    cable = wire.Cable(ways, play.rules, f"{options.seed} {play.name}",
                       wire.Middle(path("wire.pcap"), SNAPLEN),
                       stranger.Stranger(play.stranger) if play.stranger else None)
    cable.open(hosts.values(), bool(play.offload))
    for host, settings in ((hosts["client"], play.client_sysctl),
                           (hosts["server"], play.server_sysctl)):
        stage.configure(play, cable, host)
        for name, value in settings.items():
            host.sysctl(f"net.ipv4.tcp_{name}", value)
        if "gro" in play.offload:       # a card waits a little for what it may join
            host.shell("sh", "-c", f"echo {JOINING} > /sys/class/net/{cable.card}/"
                                   "gro_flush_timeout")
    if play.stranger:
        hosts["client"].shell("ip", "route", "add", stranger.ADDRESS, "dev", cable.card)
    captures = [stage.Capture(play, namespaces[side], cable, path(f"{side}.pcap"))
                for side in hosts]
    for capture in captures:
        capture.start()
    watcher = witness.Witness(tracing, hosts.values(),
                              socket.AF_INET6 if play.ip == 6 else socket.AF_INET)
    carrying = stage.start(cable.carry)
    cast = Cast(play, hosts)
    cast.perform()
    time.sleep(play.rest + 4 * max(way.delay for way in ways.values()))
    meta = {"name": play.name, "meaning": play.meaning, "seed": options.seed,
            "delay_ms": options.delay, "failures": cast.failures,
            "sockets": {side: host.states() for side, host in hosts.items()},
            "counters": {side: host.all_counters() for side, host in hosts.items()},
            "details": {side: subprocess.run(
                ["ip", "netns", "exec", host.namespace, "ss", "-Htanieo"], check=True,
                capture_output=True, text=True).stdout.splitlines()
                for side, host in hosts.items()}}
    for capture in captures:
        capture.stop()
    cable.stopped = True
    carrying.join()
    events = watcher.finish(path("truth.jsonl"), meta, cast.looks)
    points = {point: path(f"{point}.pcap") for point in ("client", "server", "wire")}
    made = labels.Labels(cable.log, labels.read_captures(points), events,
                         {host.address: side for side, host in hosts.items()})
    labels.write_check(path("check.json"), list(made.rows()), made, meta["counters"])
    order = look_again(play, points, options.seed) if play.view else None
    labels.write(path("labels.tsv"), made.rows(order))


def look_again(play, points, seed):
    """Makes the captures hold what the view shows; tells the old numbers of their frames."""
    order = {}
    for point, path in points.items():
        with open(path, "rb") as file:
            data = file.read()
        name = f"{seed} {play.name} {point}.pcap"
        data, order[point] = views.order(play.view, data, name)
        with open(path, "wb") as file:
            file.write(data)
    return order


def run(play, options):
    namespaces = {side: f"tfe-{side}-{os.getpid()}" for side in ("client", "server")}
    tracing = tempfile.mkdtemp()
    try:
        witness.mount_tracefs(tracing)
        for name in namespaces.values():
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        perform(play, options, namespaces, tracing)
    finally:
        for name in namespaces.values():
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)
        subprocess.run(["umount", tracing], stderr=subprocess.DEVNULL, check=False)
        os.rmdir(tracing)


def main(plays, make=None):
    """plays: the table; make: a function (name, seed) for names that are not in it, or None."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--names", action="store_true")
    parser.add_argument("--output", default=".")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--delay", type=float, default=8.0, metavar="MS", help="one way")
    options = parser.parse_args()
    known = {play.name: play for play in plays}
    if options.list or options.names:
        for play in plays:
            print(play.name if options.names else f"{play.name:28}{play.meaning}")
        return 0
    play = known.get(options.name) or make and make(options.name, options.seed)
    if not play:
        print(f"play: no play '{options.name}'", file=sys.stderr)
        return 2
    os.makedirs(options.output, exist_ok=True)
    run(play, options)
    return 0
