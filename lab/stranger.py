"""An end that no kernel plays: it opens a connection as no Linux host would.

It answers in the server's place, by a script of what follows the client's SYN, then takes what
comes and closes with the client. Nobody recorded its states, so that only the client is scored.
"""
import struct

import frames as wire
from wire import sum_of

ADDRESS = "192.0.2.9"
ISN = 0x5EEDED00
# What it sends after the SYN, as (flags, whether this takes a number).
OPENINGS = {
    "split": ((wire.SYN, True),),
    "split-five": ((wire.ACK, False), (wire.SYN, True)),
}


class Stranger:
    """One connection, IPv4."""

    def __init__(self, opening):
        self._opening = OPENINGS[opening]
        self._next = ISN
        self._expected = None           # the client's next number

    def answers(self, frame):
        """What it sends when this frame arrives."""
        start = 14 + (frame[14] & 15) * 4
        seq, = struct.unpack_from("!I", frame, start + 4)
        flags = frame[start + 13]
        length = 14 + struct.unpack_from("!H", frame, 16)[0] - start - (frame[start + 12] >> 4) * 4
        taken = length + bool(flags & wire.SYN) + bool(flags & wire.FIN)
        if flags & wire.RST or not taken:
            return
        again = self._expected is not None and seq != self._expected
        if flags & wire.SYN and not flags & wire.ACK:
            self._expected = seq + 1 & 0xFFFFFFFF
            if not again:
                yield from (self._send(frame, *step) for step in self._opening)
            return
        # A SYN-ACK takes the number of the SYN once more (RFC 9293 section 3.5).
        if not again and not flags & wire.SYN:
            self._expected = seq + taken & 0xFFFFFFFF
        yield self._send(frame, wire.ACK, False)
        if flags & wire.FIN and not again:
            yield self._send(frame, wire.FIN | wire.ACK, True)

    def _send(self, frame, flags, numbered):
        start = 14 + (frame[14] & 15) * 4
        ports = frame[start + 2:start + 4] + frame[start:start + 2]
        ack = self._expected if flags & wire.ACK else 0
        tcp = ports + struct.pack("!IIBBHHH", self._next, ack, 5 << 4, flags, 64000, 0, 0)
        if numbered:
            self._next += 1
        pair = frame[30:34] + frame[26:30]
        check = 0xFFFF ^ sum_of(pair + struct.pack("!HH", 6, len(tcp)) + tcp)
        tcp = tcp[:16] + struct.pack("!H", check) + tcp[18:]
        header = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + pair
        header = header[:10] + struct.pack("!H", 0xFFFF ^ sum_of(header)) + header[12:]
        return frame[6:12] + frame[:6] + frame[12:14] + header + tcp
