"""Plays about what is sent again: the table that `make accuracy-classes` plays and scores.

As in plays.py no rule of the program may know a play; delays and seeds are arguments of the run.
Most move some hundred segments, so that a rate of some per cent shows.
"""
import sys

import plays
from play import Play, main
from random_plays import by_chance
from wire import EVER, Down, Drop

HALF = 500_000                  # bytes: 346 full segments


def up(count, how=""):
    return {"client": f"{how}connect send:{count} shut drain close", "server": "drain close",
            "rest": 1.5}


def down(count, how=""):
    return {"client": "connect send:200 drain close",
            "server": f"{how}recv:200 send:{count} shut drain close", "rest": 1.5}


def talk(ask, answer, times):
    return {"client": "connect nodelay " + f"send:{ask} recv:{answer} " * times + "close",
            "server": "nodelay " + f"recv:{ask} send:{answer} " * times + "drain close",
            "rest": 2}


def off(*names):
    """Settings of the client that leave options out of its SYN."""
    return {"client_sysctl": {name: 0 for name in names}}


EVERY = ("tx", "tso", "gso", "gro")
BOTH_LOSE = {"ways": {"loss": 0.03}}

LOSSES = [
    Play("loss-1", "1 % lost", **up(3 * HALF), ways={"loss": 0.01}),
    Play("loss-3", "3 % lost", **up(2 * HALF), ways={"loss": 0.03}),
    Play("loss-5", "5 % lost", **up(HALF), ways={"loss": 0.05}),
    Play("loss-10", "10 % lost", **up(HALF), ways={"loss": 0.1}),
    Play("loss-down", "2 % lost on the way to the client", **down(2 * HALF),
         to_client={"loss": 0.02}),
    Play("loss-both", "both send 500 kB, 2 % lost", f"connect send:{HALF} shut drain close",
         f"send:{HALF} shut drain close", ways={"loss": 0.02}, rest=2),
    Play("loss-no-sack", "2 % lost, no SACK", **up(2 * HALF), ways={"loss": 0.02}, **off("sack")),
    Play("loss-no-stamps", "2 % lost, no timestamps", **up(2 * HALF), ways={"loss": 0.02},
         **off("timestamps")),
    Play("loss-no-options", "3 % lost, no SACK, no timestamps", **up(2 * HALF),
         **BOTH_LOSE, **off("sack", "timestamps")),
    Play("loss-no-scale", "2 % lost, windows not scaled", **up(2 * HALF), ways={"loss": 0.02},
         **off("window_scaling")),
    Play("loss-reno", "2 % lost, reno", **up(2 * HALF, "cc:reno "), ways={"loss": 0.02}),
    Play("loss-bbr", "2 % lost, bbr", **up(2 * HALF, "cc:bbr "), ways={"loss": 0.02}),
    Play("loss-bbr-down", "3 % lost, bbr, no SACK", **down(HALF, "cc:bbr "), **BOTH_LOSE,
         **off("sack")),
    Play("loss-queue", "20 Mbit/s with room for 60 kB: real congestion", **up(3 * HALF),
         to_server={"rate": 20e6, "queue": 60000}),
    Play("loss-queue-bbr", "the same, bbr", **up(2 * HALF, "cc:bbr "),
         to_server={"rate": 20e6, "queue": 60000}),
    Play("loss-bursts", "the cable is out for 20 ms three times", **up(3 * HALF),
         ways={"rate": 30e6}, rules=(Down("client", "data", 150, 0.02),
                                     Down("client", "data", 400, 0.02),
                                     Down("client", "data", 700, 0.02))),
    Play("loss-of-acks", "30 % of the ACKs are lost", **up(2 * HALF), to_client={"loss": 0.3}),
    Play("loss-of-most-acks", "80 % of the ACKs are lost, no SACK", **up(HALF),
         to_client={"loss": 0.8}, **off("sack")),
    Play("damage", "1 % arrive damaged", **up(2 * HALF), ways={"corrupt": 0.01}),
    Play("loss-many", "8 clients, four requests each, 3 % lost",
         "connect " + "send:300 recv:12000 " * 4 + "close",
         "recv:300 send:12000 " * 4 + "drain close", clients=8, **BOTH_LOSE, rest=3),
    Play("loss-opening", "20 clients, half of all SYNs, SYN-ACKs and FINs are lost", plays.ASK,
         plays.ANSWER, clients=4, rounds=5, ways={"loss": 0.12}, rest=4),
]

TIMERS = [
    Play("tail", "the last segments of answers are lost", **talk(200, 6000, 25),
         to_client={"loss": 0.05}),
    Play("tail-no-sack", "the same without SACK", **talk(200, 6000, 20), to_client={"loss": 0.05},
         **off("sack")),
    Play("tail-single", "requests and answers of one segment, 6 % lost", **talk(100, 100, 40),
         ways={"loss": 0.06}),
    Play("tail-one-byte", "keystrokes and their echo, 6 % lost", **talk(1, 1, 40),
         ways={"loss": 0.06}),
    Play("repeat-lost", "segments are lost, and their repeats as well", **up(2 * HALF),
         rules=(Drop("client", "data", 60, 62), Drop("client", "data", 300),
                Drop("client", "again", 1, 2), Drop("client", "again", 6))),
    Play("timeout", "all is lost for 0.15 s", **up(2 * HALF), ways={"rate": 20e6},
         rules=(Down("client", "data", 200, 0.15),)),
    Play("timeout-backing-off", "all is lost for 3 s", **up(HALF), ways={"rate": 10e6},
         rules=(Down("client", "data", 100, 3.0),)),
    Play("timeout-no-sack", "all is lost for 0.8 s, no SACK", **up(HALF), ways={"rate": 10e6},
         rules=(Down("client", "data", 100, 0.8),), **off("sack")),
    Play("timeout-needless", "the delay jumps by 0.6 s", **up(2 * HALF),
         ways={"rate": 10e6, "jump": (0.2, 0.5, 0.6)}),
    Play("timeout-needless-no-stamps", "the same without timestamps", **up(2 * HALF),
         ways={"rate": 10e6, "jump": (0.2, 0.5, 0.6)}, **off("timestamps")),
    Play("timeout-needless-no-sack", "the same without SACK", **up(2 * HALF),
         ways={"rate": 10e6, "jump": (0.2, 0.5, 0.6)}, **off("sack")),
    Play("bloat", "5 Mbit/s with a queue of seconds", **up(2 * HALF), to_server={"rate": 5e6}),
    Play("black-hole", "long segments are lost for ever",
         "connect send:200 recv:3000 close", "recv:200 send:30000 drain close",
         rules=(Drop("server", "long", 1, EVER),), rest=3),
    Play("fast-open-lost", "Fast Open, and SYNs with data are lost",
         "tfo:600 recv:1000 close", "recv:600 send:1000 drain close", rounds=4,
         options=plays.FASTOPEN, client_sysctl={"fastopen": 3}, server_sysctl={"fastopen": 3},
         rules=(Drop("client", "syn"),), rest=1.5),
]

ORDERS = [
    Play("order-little", "5 % come 0.7 ms late", **up(2 * HALF),
         ways={"reorder": 0.05, "reorder_by": 0.0007}),
    Play("order-some", "5 % come 4 ms late", **up(2 * HALF),
         ways={"reorder": 0.05, "reorder_by": 0.004}),
    Play("order-far", "2 % come 120 ms late", **up(2 * HALF),
         ways={"reorder": 0.02, "reorder_by": 0.12}),
    Play("order-far-no-sack", "1 % come 120 ms late, no SACK", **up(HALF),
         ways={"reorder": 0.01, "reorder_by": 0.12}, **off("sack")),
    Play("order-no-stamps", "5 % come 3 ms late, no timestamps", **up(2 * HALF),
         ways={"reorder": 0.05, "reorder_by": 0.003}, **off("timestamps")),
    Play("order-no-options", "5 % come 3 ms late, no SACK, no timestamps", **up(HALF),
         ways={"reorder": 0.05, "reorder_by": 0.003}, **off("sack", "timestamps")),
    Play("order-and-loss", "4 % come 4 ms late, 2 % are lost", **up(2 * HALF),
         ways={"reorder": 0.04, "reorder_by": 0.004, "loss": 0.02}),
    Play("order-down-bbr", "5 % come 6 ms late, bbr", **down(2 * HALF, "cc:bbr "),
         to_client={"reorder": 0.05, "reorder_by": 0.006}),
    Play("copies", "3 % come twice", **up(2 * HALF), ways={"duplicate": 0.03}),
    Play("copies-no-stamps", "3 % come twice, no timestamps", **up(HALF),
         ways={"duplicate": 0.03}, **off("timestamps")),
    Play("copies-and-loss", "3 % come twice, 2 % are lost", **up(2 * HALF),
         ways={"duplicate": 0.03, "loss": 0.02}),
    Play("jitter", "up to 10 ms of jitter, in order", **up(2 * HALF), ways={"jitter": 0.01}),
]

QUIET = [
    Play("clean", "1.5 MB at 40 Mbit/s", **up(3 * HALF), ways={"rate": 40e6}),
    Play("window-closed", "the server does not read for 2.5 s",
         f"connect send:{2 * HALF} shut drain close", "sleep:2.5 drain close",
         rest=1),
    Play("window-closed-loss", "the same, and half of the ACKs are lost",
         f"connect send:{HALF} shut drain close", "sleep:4 drain close",
         to_client={"loss": 0.5}, rest=1),
    Play("window-closed-client", "the client does not read for 2.5 s",
         "connect send:200 sleep:2.5 drain close", f"recv:200 send:{2 * HALF} shut drain close",
         rest=1),
    Play("reader-slow", "the server reads 8 kB every 10 ms",
         "connect send:400000 shut drain close",
         "rcvbuf:16384 " + "recv:8000 sleep:0.01 " * 50 + "drain close", rest=1),
    Play("reader-slow-loss", "the same, 2 % lost", "connect send:300000 shut drain close",
         "rcvbuf:16384 " + "recv:8000 sleep:0.01 " * 37 + "drain close",
         ways={"loss": 0.02}, rest=1),
    Play("bursts-of-program", "30 kB every 0.4 s, 3 % lost",
         "connect " + "send:30000 sleep:0.4 " * 7 + "shut drain close", "drain close",
         **BOTH_LOSE, rest=2),
    Play("keep-alive", "nothing to say for 3.5 s",
         "connect keepalive send:200 recv:1000 sleep:3.5 close", plays.ANSWER),
    Play("keep-alive-both", "both ask whether the other one lives, 10 % lost",
         "connect keepalive send:200 recv:1000 sleep:3.6 send:200 recv:1000 sleep:2.4 close",
         "keepalive recv:200 send:1000 sleep:2 recv:200 send:1000 drain close",
         clients=3, ways={"loss": 0.1}, rest=2),
    Play("small-writes", "small writes, requests and answers", **talk(40, 40, 60)),
    Play("close-loss", "12 short connections, FINs and their ACKs are lost", plays.ASK,
         plays.ANSWER_LATE, clients=3, rounds=4, rest=2,
         rules=(Drop("client", "fin", 1, 1), Drop("server", "ack-of-fin"))),
]

CARDS = [
    Play("card-clean", "cards that cut and join (TSO, GRO)", **up(4 * HALF), offload=EVERY,
         ways={"rate": 60e6}),
    Play("card-loss", "the same, 1 % lost", **up(4 * HALF), offload=EVERY, ways={"loss": 0.01}),
    Play("card-order", "the same, 2 % come 3 ms late", **up(2 * HALF), offload=EVERY,
         ways={"reorder": 0.02, "reorder_by": 0.003}),
    Play("card-down", "the same to the client, 2 % lost, bbr", **down(2 * HALF, "cc:bbr "),
         offload=EVERY, to_client={"loss": 0.02}),
]

VIEWS = [
    Play("part-late", "2 % lost; the captures begin late", **up(2 * HALF), ways={"loss": 0.02},
         view="late"),
    Play("part-gaps", "2 % lost; 5 % of the frames are missing", **up(2 * HALF),
         ways={"loss": 0.02}, view="gaps"),
    Play("part-gaps-clean", "nothing lost; 5 % of the frames are missing", **up(2 * HALF),
         ways={"rate": 40e6}, view="gaps"),
    Play("part-data", "2 % lost; what the client sent alone", **up(2 * HALF),
         ways={"loss": 0.02}, view="from-client"),
    Play("part-acks", "2 % lost; what the server sent alone", **up(2 * HALF),
         ways={"loss": 0.02}, view="from-server"),
    Play("part-swapped", "nothing lost; 5 % of the frames stand in the wrong order",
         **up(2 * HALF), view="swapped"),
    Play("part-cut", "2 % lost; 68 bytes of each frame", **up(2 * HALF), ways={"loss": 0.02},
         view="cut"),
]


def with_six(table, names):
    """The same plays with IPv6, where frames have no IP ID."""
    return [Play(**{**vars(play), "name": f"six-{play.name}", "ip": 6,
                    "meaning": f"IPv6: {play.meaning}"})
            for play in table if play.name in names]


FOUR = LOSSES + TIMERS + ORDERS + QUIET + CARDS + VIEWS
SIX = with_six(FOUR, ("loss-3", "loss-no-sack", "loss-no-options", "loss-bbr", "loss-many",
                      "loss-queue", "tail", "timeout", "timeout-needless", "order-some",
                      "order-far", "order-no-stamps", "order-and-loss", "copies-and-loss",
                      "window-closed", "keep-alive-both", "card-loss", "part-gaps"))
PLAYS = FOUR + SIX


if __name__ == "__main__":
    sys.exit(main(PLAYS, by_chance))
