"""property_check: whether a check that the program shows is true, worked out again from its text.

For tests/property_same.py. The sayings and whose numbers they compare are read from --dump-machine.
"""
import os
import re
import subprocess

import frames

SAYING = re.compile(r"^ {6}(.+) \((own|the other end's|plain|flags|checksum)\)$")
COMPARISON = re.compile(r"^(.+): (\d+) (=|!=|<=|<|>=|>) (\d+)( \(mod 2\^32\))?$")
HOLDS_WHEN = {"=": lambda d: d == 0, "!=": lambda d: d != 0, "<=": lambda d: d <= 0,
              "<": lambda d: d < 0, ">=": lambda d: d >= 0, ">": lambda d: d > 0}


def sayings_read():
    text = subprocess.run([os.environ["TCPFLOW_EXPLAIN"], "--dump-machine"], check=True,
                          stdout=subprocess.PIPE, universal_newlines=True).stdout
    found = [SAYING.match(line) for line in text.split("Checks:", 1)[1].splitlines()]
    return {each[1]: each[2] for each in found if each}


SAYINGS = sayings_read()


def saying_of(check):
    """Whose numbers the check compares; None for the arithmetic of the handshake and the close."""
    return SAYINGS.get((check["arithmetic"] or "").split(": ", 1)[0])


def is_right(check):
    """Whether the sign of the comparison is true, around the circle of numbers too, and said to go
    around where it does."""
    if saying_of(check) == "flags":
        return True
    found = COMPARISON.match(check["arithmetic"])
    if found is None:  # nothing is compared
        return check["arithmetic"] in SAYINGS
    _, left, sign, right, wraps = found.groups()
    left, right = int(left), int(right)
    around = (left - right + frames.SPACE // 2) % frames.SPACE - frames.SPACE // 2
    return HOLDS_WHEN[sign](around) and bool(wraps) != HOLDS_WHEN[sign](left - right) and \
        (check["observed"], check["expected"]) == (left, right)
