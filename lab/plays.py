#!/usr/bin/env python3
"""The plays whose captures and kernel records measure how right the program is: see play.py.

None of the program's rules may know a play: delays and seeds are arguments of the run.
"""
import re
import socket
import sys

import frames
from play import Play, main
from random_plays import random_play
from wire import EVER, Again, Down, Drop, Forge

ASK = "connect send:200 recv:1000 close"
ASK_SLOWLY = "connect sleep:0.3 send:200 recv:1000 close"
ANSWER = "recv:200 send:1000 drain close"
ANSWER_LATE = "recv:200 send:1000 drain sleep:0.2 close"
ANSWER_FIRST = "recv:200 send:1000 close"
CLEAN = {"client": ASK, "server": ANSWER}
UPLOAD = {"client": "connect send:400000 shut drain close", "server": "drain close"}
TALK = "connect send:200 recv:1000 sleep:0.2 send:200 recv:1000 sleep:0.2 close"
ANSWERS = "recv:200 send:1000 recv:200 send:1000 drain close"
FASTOPEN = ((socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 8),)
DEFER = ((socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 3),)


def lose(sender, kind, first=1, last=None, early=False):
    return Drop(sender, kind, first, last, early)


OPENINGS = [
    Play("open-no-data", "opened and closed at once", "connect close", "drain close"),
    Play("open-server-speaks", "the server greets first", "connect recv:300 send:50 close",
         "send:300 recv:50 drain close"),
    Play("open-syn-lost", "the first SYN is lost", **CLEAN, rules=(lose("client", "syn"),)),
    Play("open-syn-lost-early", "the first two SYNs are lost before the middle", **CLEAN,
         rules=(lose("client", "syn", 1, 2, early=True),)),
    Play("open-synack-lost", "the first SYN-ACK is lost", **CLEAN,
         rules=(lose("server", "syn-ack"),)),
    Play("open-synack-lost-twice", "the first two SYN-ACKs are lost", **CLEAN,
         rules=(lose("server", "syn-ack", 1, 2),)),
    Play("open-second-synack-lost", "SYN twice, the second SYN-ACK is lost", **CLEAN,
         to_server={"duplicate": 1.0}, rules=(lose("server", "syn-ack", 2),)),
    Play("open-third-ack-lost", "the third ACK is lost, data follows at once", **CLEAN,
         rules=(lose("client", "opening-ack"),)),
    Play("open-third-ack-lost-idle", "the third ACK is lost, the client is silent for 1.5 s",
         "connect sleep:1.5 send:200 recv:1000 close", ANSWER,
         rules=(lose("client", "opening-ack"),)),
    Play("open-acks-lost-mute", "the first three ACKs are lost, the server would speak",
         "connect recv:300 close", "send:300 drain close",
         rules=(lose("client", "opening-ack", 1, 3),), rest=1),
    Play("open-ack-and-data-lost", "the third ACK and the request are lost", **CLEAN,
         rules=(lose("client", "opening-ack"), lose("client", "data"))),
    Play("open-syns-doubled", "the cable repeats every segment", **CLEAN,
         ways={"duplicate": 1.0}),
    Play("open-refused", "nobody listens", "connect", listen=False),
    Play("open-refused-lost", "nobody listens, and the first RST is lost", "connect",
         listen=False, rules=(lose("server", "rst"),)),
    Play("open-filtered", "every SYN is lost", "connect", "drain",
         rules=(lose("client", "syn", 1, EVER),),
         client_sysctl={"syn_retries": 1, "syn_linear_timeouts": 0}),
    Play("open-half", "every SYN-ACK is lost, the client gives up", "connect", "drain",
         rules=(lose("server", "syn-ack", 1, EVER),),
         client_sysctl={"syn_retries": 1, "syn_linear_timeouts": 0}),
    Play("open-given-up", "the client closes before the answer comes", "begin close",
         "drain close", ways={"delay": 0.04}),
    Play("open-simultaneous", "both connect to each other",
         "sleep:0.1 tell:c wait:s connect send:200 recv:1000 close",
         "tell:s wait:c connect recv:200 send:1000 drain close", listen=False,
         ways={"delay": 0.05}),
    Play("open-simultaneous-lost", "both connect to each other, the server's SYN is lost",
         "sleep:0.1 tell:c wait:s connect send:200 recv:1000 close",
         "tell:s wait:c connect recv:200 send:1000 drain close", listen=False,
         ways={"delay": 0.05}, rules=(lose("server", "syn"),)),
    Play("open-fast", "Fast Open: a cookie, then data on the SYN",
         "tfo:200 recv:1000 close", ANSWER, rounds=3, options=FASTOPEN,
         client_sysctl={"fastopen": 3}, server_sysctl={"fastopen": 3}),
    Play("open-fast-lost", "Fast Open, and the SYNs with data are lost once",
         "tfo:200 recv:1000 close", ANSWER, rounds=2, options=FASTOPEN,
         client_sysctl={"fastopen": 3}, server_sysctl={"fastopen": 3},
         rules=(lose("client", "syn"),)),
    Play("open-fast-refused", "Fast Open, but the server has stopped to take data on SYNs",
         "tfo:200 recv:1000 close", "recv:200 sysctl:fastopen=0 send:1000 drain close", rounds=2,
         options=FASTOPEN, client_sysctl={"fastopen": 3}, server_sysctl={"fastopen": 3}),
    Play("open-cookies", "the server answers with SYN cookies", **CLEAN, clients=4,
         server_sysctl={"syncookies": 2}),
    Play("open-cookie-ack-lost", "SYN cookies, and the third ACK is lost", **CLEAN,
         server_sysctl={"syncookies": 2}, rules=(lose("client", "opening-ack"),)),
    Play("open-queue-full", "nobody accepts, the queue is full",
         "connect send:200 sleep:2 close", accept=False, clients=5, backlog=1,
         server_sysctl={"syncookies": 0}),
    Play("open-queue-full-abort", "nobody accepts, the server answers with RST",
         "connect send:200 sleep:1 close", accept=False, clients=5, backlog=1,
         server_sysctl={"abort_on_overflow": 1, "syncookies": 0}),
    Play("open-deferred", "the server waits for data before it accepts",
         ASK_SLOWLY, ANSWER, options=DEFER),
    Play("open-deferred-silent", "the server waits for data, the client says nothing for 2.5 s",
         "connect sleep:2.5 close", "drain close", options=DEFER),
    Play("open-rejected", "the server's host answers with an ICMP error",
         "wait:ready connect", "reject tell:ready", listen=False, filter="tcp or icmp"),
    Play("open-split", "the other end answers the SYN with a SYN", "connect send:200 close",
         listen=False, stranger="split"),
    Play("open-split-five", "the other end answers the SYN with an ACK and a SYN",
         "connect send:200 close", listen=False, stranger="split-five"),
]

CLOSES = [
    Play("close-four", "the client closes, the server 0.2 s later", ASK, ANSWER_LATE),
    Play("close-three", "the server closes at once: FIN, FIN+ACK, ACK", **CLEAN),
    Play("close-server-first", "the server closes first", "connect send:200 drain close",
         ANSWER_FIRST),
    Play("close-server-first-late", "the server closes first, the client 0.3 s later",
         "connect send:200 drain sleep:0.3 close", ANSWER_FIRST),
    Play("close-half", "after the client's FIN the server sends 60 kB more",
         "connect send:200 shut drain close", "drain sleep:0.1 send:60000 close"),
    Play("close-crossing", "both close at once",
         "connect send:200 recv:1000 sleep:0.2 tell:c wait:s close",
         "recv:200 send:1000 sleep:0.2 tell:s wait:c close", ways={"delay": 0.05}),
    Play("close-crossing-lost", "both close at once, the client's FIN is lost",
         "connect send:200 recv:1000 sleep:0.2 tell:c wait:s close",
         "recv:200 send:1000 sleep:0.2 tell:s wait:c close", ways={"delay": 0.05},
         rules=(lose("client", "fin"),), rest=1),
    Play("close-crossing-both-lost", "both close at once, both FINs are lost",
         "connect send:200 recv:1000 sleep:0.2 tell:c wait:s close",
         "recv:200 send:1000 sleep:0.2 tell:s wait:c close", ways={"delay": 0.05},
         rules=(lose("client", "fin"), lose("server", "fin")), rest=1),
    Play("close-fin-lost", "the client's FIN is lost", ASK, ANSWER_LATE,
         rules=(lose("client", "fin"),), rest=1),
    Play("close-fin-lost-thrice", "the client's FIN is lost three times", ASK, ANSWER_LATE,
         rules=(lose("client", "fin", 1, 3),), rest=3),
    Play("close-fin-lost-early", "the client's FIN is lost before the middle", ASK, ANSWER_LATE,
         rules=(lose("client", "fin", early=True),), rest=1),
    Play("close-second-fin-lost", "the server's FIN is lost twice", ASK, ANSWER_LATE,
         rules=(lose("server", "fin", 1, 2),), rest=2),
    Play("close-ack-lost", "the ACK of the client's FIN is lost", ASK, ANSWER_LATE,
         rules=(lose("server", "ack-of-fin"),), rest=1),
    Play("close-last-ack-lost", "the last ACK is lost", ASK, ANSWER_LATE,
         rules=(lose("client", "last-ack"),), rest=1),
    Play("close-last-ack-lost-early", "the last ACK is lost before the middle", **CLEAN,
         rules=(lose("client", "last-ack", early=True),), rest=1),
    Play("close-last-ack-lost-thrice", "the last ACK is lost three times", **CLEAN,
         rules=(lose("client", "last-ack", 1, 3),), rest=2.5),
    Play("close-last-acks-lost", "no last ACK arrives before the captures end", **CLEAN,
         rules=(lose("client", "last-ack", 1, EVER),), rest=1),
    Play("close-wait", "the server forgets to close 6 connections", ASK,
         "recv:200 send:1000 drain", clients=6, rest=0.6),
    Play("close-never", "nobody closes", "connect send:200 recv:1000",
         "recv:200 send:1000"),
    Play("close-behind-data", "both close behind data that is lost in part",
         "connect send:60000 close", "send:20000 drain close", ways={"loss": 0.08}, rest=2),
    Play("close-late-data", "the FIN overtakes the data before it",
         "connect send:6000 close", "drain close",
         to_server={"reorder": 0.4, "reorder_by": 0.02}, rest=1),
    Play("close-queued", "the client closes with data queued, the server's FIN comes meanwhile",
         "connect send:300000 close tell:closed", "recv:1000 wait:closed shut drain close",
         ways={"rate": 5e6}, rest=1),
    Play("close-queued-shut", "the same, the client shuts down and reads on",
         "connect send:300000 shut tell:closed drain close",
         "recv:1000 wait:closed shut drain close", ways={"rate": 5e6}, rest=1),
    Play("close-queued-server", "the server closes with data queued, the client's FIN comes",
         "connect send:200 recv:3000 wait:closed shut drain close",
         "recv:200 send:300000 close tell:closed",
         ways={"rate": 5e6}, rest=1),
    Play("close-doubled", "the cable repeats every segment", ASK, ANSWER_LATE,
         ways={"duplicate": 1.0}),
    Play("close-gone-deaf", "after its FIN the client hears nothing more",
         "connect send:200 recv:1000 close sleep:0.1 deaf tell:deaf sleep:1",
         "recv:200 send:1000 drain wait:deaf close"),
]

RESETS = [
    Play("reset-linger", "the client closes with SO_LINGER 0",
         "connect send:200 recv:1000 linger close", "recv:200 send:1000 sleep:0.5"),
    Play("reset-linger-server", "the server closes with SO_LINGER 0",
         "connect send:200 recv:1000 recv:1", "recv:200 send:1000 sleep:0.1 linger close"),
    Play("reset-unread", "the server closes with data unread",
         "connect send:5000 sleep:0.4 close", "sleep:0.2 close"),
    Play("reset-late-data", "the client sends to a server that has closed",
         "connect send:200 recv:1000 sleep:0.2 send:100 sleep:0.2 send:100 close",
         ANSWER_FIRST),
    Play("reset-twice-closed", "the server has closed, the client resets",
         "connect send:200 recv:1000 sleep:0.2 linger close", ANSWER_FIRST),
    Play("reset-lost", "the client's RST is lost, the server sends on",
         "connect send:200 recv:1000 sleep:0.1 linger close sleep:0.6",
         "recv:200 send:1000 sleep:0.4 send:500 recv:1 close", rules=(lose("client", "rst"),),
         rest=0.6),
    Play("reset-lost-idle", "the client's RST is lost, nobody says anything",
         "connect send:200 recv:1000 sleep:0.1 linger close", "recv:200 send:1000 sleep:5",
         rules=(lose("client", "rst", early=True),), rest=1),
    Play("reset-by-device", "a device resets both ends",
         "connect send:200 recv:1000 sleep:0.2 send:200 recv:1000 close",
         "recv:200 send:1000 recv:200 send:1000 drain close", rules=(Forge("client", "data", 2),)),
    Play("reset-blind-outside", "a device sends RSTs whose numbers lie outside the windows",
         TALK, ANSWERS, rules=(Forge("client", "data", 2, ahead=-100000),)),
    Play("reset-blind-window", "a device sends RSTs whose numbers lie in the windows",
         TALK, ANSWERS, rules=(Forge("client", "data", 2, ahead=500),)),
    Play("reset-blind-syn", "a device sends SYNs in the middle of a connection",
         TALK, ANSWERS, rules=(Forge("client", "data", 2, flags=frames.SYN, ahead=500),)),
    Play("reset-killed", "the kernel destroys the client's connection",
         "connect send:200 recv:1000 kill", ANSWER),
    Play("reset-doubled", "the cable repeats the RST",
         "connect send:200 recv:1000 linger close", "recv:200 send:1000 sleep:0.4",
         ways={"duplicate": 1.0}),
    Play("reset-keepalive", "keep-alive probes are not answered",
         "connect keepalive send:200 recv:1000 tell:quiet sleep:5 close",
         "recv:200 send:1000 wait:quiet mute sleep:5", rest=0.5),
    Play("reset-in-close-wait", "the server has closed, the client resets with data queued",
         "connect send:200 drain sleep:0.1 linger close", "recv:200 send:1000 shut drain close"),
    Play("reset-in-last-ack", "the client's host lost the connection when the last FIN comes",
         "connect send:200 recv:1000 shut sleep:0.1 kill sleep:0.3",
         "recv:200 send:1000 drain sleep:0.3 close"),
    Play("reset-at-once", "opened and reset at once", "connect linger close", "drain close"),
    Play("reset-at-once-server", "the server resets as soon as it has accepted",
         "connect recv:1 close", "linger close"),
    Play("reset-listener-gone", "the server is killed with connections in its queue",
         "connect send:200 recv:1 close", "kill", clients=3),
    Play("reset-behind-fin", "the client closes, then resets what comes later",
         "connect send:200 close", "recv:200 sleep:0.2 send:3000 sleep:0.3 close"),
]

PORTS = [
    Play("again-server-time-wait", "the same ports again, the server in TIME_WAIT",
         "connect send:200 drain close sleep:0.3", ANSWER_FIRST, rounds=3, same_port=True),
    Play("again-client-time-wait", "the same ports again, the client in TIME_WAIT",
         ASK + " sleep:1.3", ANSWER, rounds=2, same_port=True, client_sysctl={"tw_reuse": 1}),
    Play("again-assassinated", "an old segment comes to an end in TIME_WAIT", ASK, ANSWER_LATE,
         rules=(Again("server", "data", 1, 0.8),), rest=1.2),
    Play("again-old-syn", "an old SYN comes again to a connection", TALK, ANSWERS,
         rules=(Again("client", "syn", 1, 0.25),)),
    Play("again-old-syn-after", "an old SYN comes again after the connection",
         ASK, ANSWER, rules=(Again("client", "syn", 1, 1.0),), rest=1.5),
    Play("again-after-reset", "the same ports again after a RST",
         "connect send:200 recv:1000 linger close sleep:0.2", "recv:200 send:1000 drain close",
         rounds=3, same_port=True),
    Play("again-half-open", "the client lost the connection and opens it again",
         "connect send:200 recv:1000 linger close sleep:0.3",
         "recv:200 send:1000 drain close", rounds=2, same_port=True,
         rules=(lose("client", "rst", early=True),), rest=0.5),
    Play("again-refused", "refused three times from the same port", "connect", listen=False,
         rounds=3, same_port=True),
    Play("many-short", "60 short connections one after the other", ASK, ANSWER, rounds=60,
         ways={"delay": 0.002}),
]

TRANSFERS = [
    Play("data-clean", "400 kB at 20 Mbit/s", **UPLOAD, ways={"rate": 20e6}),
    Play("data-loss", "2 % of the segments are lost", **UPLOAD, ways={"loss": 0.02}, rest=1),
    Play("data-heavy-loss", "10 % of the segments are lost, to and fro",
         "connect send:100000 shut drain close", "drain close", ways={"loss": 0.1}, rest=4),
    Play("data-ack-loss", "30 % of the ACKs are lost", **UPLOAD, to_client={"loss": 0.3}, rest=1),
    Play("data-down-loss", "400 kB to the client, 2 % lost",
         "connect send:200 drain close", "recv:200 send:400000 close", to_client={"loss": 0.02},
         rest=1),
    Play("data-reordered", "5 % of the segments come 3 ms late", **UPLOAD,
         ways={"reorder": 0.05, "reorder_by": 0.003}),
    Play("data-reordered-far", "2 % of the segments come 40 ms late", **UPLOAD,
         ways={"reorder": 0.02, "reorder_by": 0.04}, rest=1),
    Play("data-doubled", "3 % of the segments come twice", **UPLOAD, ways={"duplicate": 0.03}),
    Play("data-jitter", "up to 8 ms of jitter, in order", **UPLOAD, ways={"jitter": 0.008}),
    Play("data-corrupt", "1 % of the segments arrive damaged", **UPLOAD, ways={"corrupt": 0.01},
         rest=1),
    Play("data-queue", "10 Mbit/s with room for 40 kB", **UPLOAD,
         to_server={"rate": 10e6, "queue": 40000}, rest=1),
    Play("data-no-options", "no timestamps, no SACK, 2 % lost", **UPLOAD, ways={"loss": 0.02},
         client_sysctl={"timestamps": 0, "sack": 0}, rest=1),
    Play("data-window-closed", "the server does not read for 1.5 s",
         "connect send:300000 shut drain close", "rcvbuf:4096 sleep:1.5 drain close"),
    Play("data-idle-probes", "keep-alive probes are answered, then a close",
         "connect keepalive send:200 recv:1000 sleep:2.5 close", ANSWER),
    Play("data-cable-out", "the cable is out for 1 s in the middle", **UPLOAD,
         ways={"rate": 10e6}, rules=(Down("client", "data", 60, 1.0),), rest=1),
    Play("data-black-hole", "long segments are lost for ever",
         "connect send:200 recv:3000 close", "recv:200 send:3000 drain close",
         rules=(lose("server", "long", 1, EVER),), rest=0.5),
    Play("data-delay-jump", "the delay jumps by 0.5 s in the middle", **UPLOAD,
         ways={"rate": 5e6, "jump": (0.2, 0.6, 0.5)}, rest=1.5),
    Play("data-talk", "small requests and answers", "connect nodelay " + "send:20 recv:20 " * 40
         + "close", "echo:20 close"),
    Play("data-http", "12 clients, four requests each, 2 % lost",
         "connect " + "send:200 recv:9000 " * 4 + "close",
         "recv:200 send:9000 " * 4 + "drain close", clients=12, ways={"loss": 0.02}, rest=3),
    Play("data-http-clean", "12 clients, four requests each",
         "connect " + "send:200 recv:9000 " * 4 + "close",
         "recv:200 send:9000 " * 4 + "drain close", clients=12),
    Play("data-many-loss", "20 clients, one after the other from 3 programs, 5 % lost", ASK,
         ANSWER, clients=3, rounds=7, ways={"loss": 0.05}, rest=4),
    Play("data-cable-cut", "the cable is cut in the middle, for good", TALK, ANSWERS,
         rules=(lose("client", "data", 2, EVER), lose("server", "any", 6, EVER)), rest=0.5),
]

# Captures that hold less than passed, see views.py.
SOME = {"client": "connect send:200 recv:9000 sleep:0.1 send:200 recv:1000 close",
        "server": "recv:200 send:9000 recv:200 send:1000 drain close"}
VIEWS = [
    Play("view-late", "the captures begin late", **SOME, clients=6, view="late"),
    Play("view-gaps", "5 % of the frames are missing in each capture", **SOME, clients=6,
         view="gaps"),
    Play("view-from-client", "the captures hold what the client sends", **SOME, clients=4,
         view="from-client"),
    Play("view-from-server", "the captures hold what the server sends", **SOME, clients=4,
         view="from-server"),
    Play("view-swapped", "5 % of the frames stand in the wrong order", **SOME, clients=6,
         view="swapped"),
]

SIX = [
    Play("six-close-four", "IPv6: the client closes, the server 0.2 s later", ASK, ANSWER_LATE,
         ip=6),
    Play("six-loss", "IPv6: 5 clients, 3 % lost", ASK, ANSWER, clients=5, ip=6,
         ways={"loss": 0.03}, rest=3),
    Play("six-refused", "IPv6: nobody listens", "connect", listen=False, ip=6),
]

PLAYS = OPENINGS + CLOSES + RESETS + PORTS + TRANSFERS + VIEWS + SIX


def by_chance(name, seed):
    """The play of a name like random-7, or None."""
    return random_play(name, seed) if re.fullmatch(r"random-\d+", name or "") else None


if __name__ == "__main__":
    sys.exit(main(PLAYS, by_chance))
