"""Captures that hold less than passed: made from whole ones, so that the truth stays the same.

    late            the first 40 % of the frames are missing
    gaps            5 % of the frames are missing, by chance
    from-client     only what the client sent
    from-server     only what the server sent
    cut             68 bytes are kept of each frame
    swapped         5 % of the frames stand behind the next one, if that came within 0.5 ms
"""
import random
import struct

import frames as wire
from stage import PORT

SOON = 500_000                  # ns


def read_records(data):
    """(time in ns, bytes of the record's frame, length on the wire)."""
    order, unit = wire.ORDERS[data[:4]]
    records, at = [], 24
    while at + 16 <= len(data):
        seconds, parts, kept, length = struct.unpack_from(order + "IIII", data, at)
        at += 16
        records.append((seconds * 1_000_000_000 + parts * unit, data[at:at + kept], length))
        at += kept
    return records


def write_records(data, records):
    """The capture with the header of data and these records."""
    order, unit = wire.ORDERS[data[:4]]
    made = data[:24]
    for time, frame, length in records:
        made += struct.pack(order + "IIII", time // 1_000_000_000, time % 1_000_000_000 // unit,
                            len(frame), length) + frame
    return made


def sent_by(record, side):
    target = wire.read_segment(0, record[1]).target
    return target.endswith(f":{PORT}") == (side == "client")


def swap(records, chance):
    """The frames change places; the times stay, for they are given when a frame is read."""
    records, at = list(records), 0
    while at + 1 < len(records):
        one, two = records[at], records[at + 1]
        if two[0] - one[0] < SOON and chance.random() < 0.05:
            records[at], records[at + 1] = (one[0], *two[1:]), (two[0], *one[1:])
            at += 1
        at += 1
    return records


def order(name, data, seed):
    """(the capture as another one would hold it, the old numbers of its frames)."""
    # What is left out, put elsewhere or cut is told by a number behind each record.
    records = [(*record, number) for number, record in enumerate(read_records(data), 1)]
    records = choose(name, records, random.Random(seed))
    return write_records(data, [record[:3] for record in records]), \
        [record[3] for record in records]


def choose(name, records, chance):
    if name == "cut":
        return [(time, frame[:68], length, number) for time, frame, length, number in records]
    if name == "late":
        records = records[len(records) * 2 // 5:]
    elif name == "gaps":
        records = [record for record in records if chance.random() >= 0.05]
    elif name == "swapped":
        records = swap(records, chance)
    else:
        records = [record for record in records if sent_by(record, name.removeprefix("from-"))]
    return records


def view(name, data, seed):
    """A capture as another one would hold it."""
    return order(name, data, seed)[0]
