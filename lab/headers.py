"""All that the labels and their scorer ask of a TCP frame: numbers, options, and what tells it
from others."""
import dataclasses
import struct

import frames as wire

SPAN = 1 << 32


def ahead(one, two):
    """How far sequence number one is ahead of two, signed."""
    return (one - two + SPAN // 2) % SPAN - SPAN // 2


@dataclasses.dataclass
class Header:
    """A TCP segment as far as its frame was kept."""
    number: int                 # of the frame in its capture, from 1
    time: int
    source: str
    target: str
    seq: int
    ack: int
    flags: int
    length: int                 # bytes of data
    window: int                 # as it stands there
    ident: int                  # the IP ID; -1: IPv6
    stamp: int = None           # timestamp and echo
    echo: int = None
    sacks: tuple = ()

    @property
    def span(self):
        """Bytes of the sequence space."""
        return self.length + bool(self.flags & wire.SYN) + bool(self.flags & wire.FIN)

    @property
    def end(self):
        return (self.seq + self.span) % SPAN

    @property
    def looks(self):
        """What a frame and its copies further on have in common; checksums may be filled in."""
        return (self.source, self.target, self.seq, self.ack, self.flags, self.length, self.window,
                self.ident, self.stamp, self.echo, self.sacks)

    def starts_like(self, other):
        """May be other and what followed it, put together by the receiver's card."""
        return (self.source, self.target, self.seq) == (other.source, other.target, other.seq) and \
            self.length > other.length > 0


def read_options(header, data, at, end):
    while at < end and data[at] != 0:
        if data[at] == 1:
            at += 1
            continue
        size = data[at + 1] if at + 1 < end else 0
        if size < 2 or at + size > end:
            return
        if data[at] == 8 and size == 10:
            header.stamp, header.echo = struct.unpack_from("!II", data, at + 2)
        elif data[at] == 5:
            edges = struct.unpack_from(f"!{(size - 2) // 4}I", data, at + 2)
            header.sacks = tuple(zip(edges[::2], edges[1::2]))
        at += size


def read_header(number, time, data):
    """The header of a TCP frame, or None."""
    short = wire.read_segment(time, data)
    if short.flags is None:
        return None
    start, ident = 54, -1
    if data[12:14] == b"\x08\x00":
        start, ident = 14 + (data[14] & 15) * 4, struct.unpack_from("!H", data, 18)[0]
    if len(data) < start + 20:
        return None
    seq, ack, offset, flags, window = struct.unpack_from("!IIBBH", data, start + 4)
    header = Header(number, time, short.source, short.target, seq, ack, flags, short.length,
                    window, ident)
    read_options(header, data, start + 20, min(start + (offset >> 4) * 4, len(data)))
    return header


def read_headers(records):
    """Headers of the TCP frames among (time, bytes, length) records, in their order."""
    found = (read_header(number, time, data)
             for number, (time, data, _) in enumerate(records, 1))
    return [header for header in found if header]


class Ranges:
    """Sequence numbers of one direction, as ranges that do not touch."""

    def __init__(self, base):
        self._base = base
        self._ranges = []       # (begin, end) from base, ascending
        self.highest = None     # from base

    def place(self, seq):
        """Numbers stay comparable across the wrap while a transfer is below 2 GB."""
        return ahead(seq, self._base)

    def has(self, seq, length):
        """Whether all of them are in it."""
        begin = self.place(seq)
        return any(low <= begin and begin + length <= high for low, high in self._ranges)

    def meets(self, seq, length):
        begin = self.place(seq)
        return any(low < begin + length and begin < high for low, high in self._ranges)

    def add(self, seq, length):
        begin = self.place(seq)
        end = begin + length
        self.highest = end if self.highest is None else max(end, self.highest)
        apart = [(low, high) for low, high in self._ranges if high < begin or end < low]
        near = [(low, high) for low, high in self._ranges if not (high < begin or end < low)]
        apart.append((min([begin, *(low for low, _ in near)]),
                      max([end, *(high for _, high in near)])))
        self._ranges = sorted(apart)
