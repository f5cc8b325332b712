"""A card that leaves work to others, as real ones do: large frames go out whole (TSO), without
checksums, and frames that came in one after the other are put together (GRO).

The cable cuts the large ones up and adds the checksums, as the card would.
"""
import fcntl
import os
import struct

from stage import Tap

VNET = struct.Struct("<BBHHHH")     # flags, kind, bytes of headers, of a part; checksum: from, at
NEEDS_SUM, FOUR, SIX, ECN = 1, 1, 4, 0x80
FIN_PSH, CWR = 0x09, 0x80


def sum_of(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def with_sums(frame):
    """The frame (Ethernet, IP, TCP) with its checksums."""
    frame = bytearray(frame)
    if frame[12:14] == b"\x08\x00":
        start, ends, size = 14 + (frame[14] & 15) * 4, frame[26:34], len(frame) - 14
        frame[24:26] = b"\0\0"
        frame[24:26] = struct.pack("!H", 0xFFFF ^ sum_of(bytes(frame[14:start])))
        size = len(frame) - start
    else:
        start, ends = 54, frame[22:54]
        size = len(frame) - start
    frame[start + 16:start + 18] = b"\0\0"
    whole = bytes(ends) + struct.pack("!HH", 6, size) + bytes(frame[start:])
    frame[start + 16:start + 18] = struct.pack("!H", 0xFFFF ^ sum_of(whole))
    return bytes(frame)


def cut(frame, size):
    """The parts of a large frame, each with at most so many bytes of data."""
    four = frame[12:14] == b"\x08\x00"
    start = 14 + (frame[14] & 15) * 4 if four else 54
    head = start + (frame[start + 12] >> 4) * 4
    seq, = struct.unpack_from("!I", frame, start + 4)
    ident, = struct.unpack_from("!H", frame, 18)
    parts = []
    for number, at in enumerate(range(head, len(frame), size)):
        part = bytearray(frame[:head] + frame[at:at + size])
        struct.pack_into("!I", part, start + 4, (seq + at - head) % (1 << 32))
        if four:
            struct.pack_into("!HH", part, 16, len(part) - 14, (ident + number) & 0xFFFF)
        else:
            struct.pack_into("!H", part, 18, len(part) - 54)
        if at + size < len(frame):
            part[start + 13] &= ~FIN_PSH
        if number:
            part[start + 13] &= ~CWR
        parts.append(with_sums(part))
    return parts


class OffloadTap(Tap):
    """The cable end of such a card."""

    IFF_VNET_HDR, IFF_NAPI = 0x4000, 0x0010
    TUNSETOFFLOAD, OFFLOADS = 0x400454D0, 0x07      # checksums, TSO of IPv4 and of IPv6

    def __init__(self, name):
        super().__init__(name, self.IFF_VNET_HDR | self.IFF_NAPI)
        fcntl.ioctl(self.fileno(), self.TUNSETOFFLOAD, self.OFFLOADS)

    def read_parts(self):
        data = os.read(self.fileno(), 1 << 17)
        flags, kind, _, size, _, _ = VNET.unpack_from(data)
        frame = data[VNET.size:]
        if kind & ~ECN in (FOUR, SIX):
            return frame, cut(frame, size)
        return frame, [with_sums(frame) if flags & NEEDS_SUM else frame]

    def write(self, frame):
        os.write(self.fileno(), bytes(VNET.size) + frame)
