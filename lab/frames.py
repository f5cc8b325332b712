"""Just enough of pcap, Ethernet, IP and TCP to say what a capture of the lab holds."""
import dataclasses
import ipaddress
import struct

ORDERS = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\x4d\x3c\xb2\xa1": ("<", 1),
          b"\xa1\xb2\xc3\xd4": (">", 1000), b"\xa1\xb2\x3c\x4d": (">", 1)}
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


@dataclasses.dataclass
class Frame:
    """A TCP segment, or another frame (flags None), which only has a time."""
    time: int
    source: str = ""            # address:port
    target: str = ""
    flags: int = None
    length: int = 0             # bytes of data
    seq: int = None


def place(address, port):
    text = str(ipaddress.ip_address(address))
    return f"[{text}]:{port}" if ":" in text else f"{text}:{port}"


def read_segment(time, data):
    kind, = struct.unpack_from("!H", data, 12)
    if kind == 0x0800 and len(data) >= 34 and data[23] == 6:
        start = 14 + (data[14] & 15) * 4
        end = 14 + struct.unpack_from("!H", data, 16)[0]
        source, target = data[26:30], data[30:34]
    elif kind == 0x86DD and len(data) >= 54 and data[20] == 6:
        start, end = 54, 54 + struct.unpack_from("!H", data, 18)[0]
        source, target = data[22:38], data[38:54]
    else:
        return Frame(time)
    if len(data) < start + 14:
        return Frame(time)
    *ports, seq = struct.unpack_from("!HHI", data, start)
    return Frame(time, place(source, ports[0]), place(target, ports[1]), data[start + 13],
                 end - start - (data[start + 12] >> 4) * 4, seq)


def read_frames(data):
    """All frames of a capture in memory, in its order."""
    order, unit = ORDERS[data[:4]]
    frames, at = [], 24
    while at + 16 <= len(data):
        seconds, parts, kept, _ = struct.unpack_from(order + "IIII", data, at)
        at += 16
        frames.append(read_segment(seconds * 1_000_000_000 + parts * unit,
                                   data[at:at + kept]))
        at += kept
    return frames
