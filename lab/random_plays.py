"""Plays that nobody wrote: programs, cable and rules by chance, from the seed of a run."""
import random
import re

from play import Play
from wire import Drop

SIZES = (1, 200, 5000, 60000)
KINDS = ("syn", "syn-ack", "opening-ack", "data", "ack", "fin", "ack-of-fin", "last-ack", "rst")
CLIENT_ENDS = ("close", "close", "shut drain close", "sleep:0.1 close", "drain close",
               "linger close", "kill", "sleep:0.5")
SERVER_ENDS = ("drain close", "drain close", "close", "shut drain close", "drain sleep:0.2 close",
               "sleep:0.1 close", "linger close", "drain")


def random_ways(chance):
    return {"loss": chance.choice((0, 0, 0.01, 0.05, 0.12)),
            "duplicate": chance.choice((0, 0, 0.05, 0.3)),
            "corrupt": chance.choice((0, 0, 0, 0.02)),
            "reorder": chance.choice((0, 0, 0.05, 0.2)),
            "reorder_by": chance.choice((0.001, 0.02, 0.3)),
            "jitter": chance.choice((0, 0, 0.005)),
            "rate": chance.choice((0, 0, 3e6, 30e6)),
            "queue": chance.choice((0, 0, 30000))}


def random_rule(chance):
    first = chance.choice((1, 1, 2))
    return Drop(chance.choice(("client", "server")), chance.choice(KINDS), first,
                first + chance.choice((0, 0, 1, 2)), chance.random() < 0.5)


def random_play(name, seed):
    chance = random.Random(f"{seed} {name}")
    ask, reply = chance.choice(SIZES), chance.choice(SIZES)
    hears = chance.choice((f"recv:{reply} ", f"recv:{reply} ", "recv:1 ", ""))
    client = f"connect send:{ask} {hears}{chance.choice(CLIENT_ENDS)}"
    server = f"recv:{ask} send:{reply} {chance.choice(SERVER_ENDS)}"
    return Play(name, f"by chance: {client} / {server}", client, server,
                to_server=random_ways(chance), to_client=random_ways(chance),
                rules=tuple(random_rule(chance) for _ in range(chance.choice((0, 0, 1, 2)))),
                clients=4, rest=2)


def by_chance(name, seed):
    """The play of a name like random-7, or None."""
    return random_play(name, seed) if re.fullmatch(r"random-\d+", name or "") else None
