"""frames: reads captures, rewrites their TCP segments, writes them again. For tests/properties.py.

Written apart from the program's own decoder, after tcpdump.org/linktypes.html, RFC 791, RFC 8200
and RFC 9293, so that an error of one is not an error of both. Only what pcaps/ holds is read.
"""
import collections
import struct

SPACE = 1 << 32
SYN, RST, ACK = 0x02, 0x04, 0x10
ETHERNET, NULL, LOOP, SLL, SLL2, RAW = 1, 0, 108, 113, 276, 101
VLAN_TYPES = (0x8100, 0x88a8, 0x9100)
MAGICS = {0xa1b2c3d4: 1000, 0xa1b23c4d: 1}  # to ns

# order: of the file's numbers ("<" or ">"); unit: ns of one tick; frames: [Frame]
Capture = collections.namedtuple("Capture", "order unit link frames")
# time: ns; data: what was captured; wire: bytes it had on the wire
Frame = collections.namedtuple("Frame", "time data wire")
# Offsets into the frame: the two addresses (each of so many bytes), the TCP header.
Place = collections.namedtuple("Place", "source destination size tcp")
# Of an ICMP error: the addresses of its packet with the message at tcp, and the quoted segment.
Quote = collections.namedtuple("Quote", "outer inner")


def read_pcap(data):
    order = "<" if struct.unpack_from("<I", data)[0] in MAGICS else ">"
    unit = MAGICS[struct.unpack_from(order + "I", data)[0]]
    link, at, frames = struct.unpack_from(order + "I", data, 20)[0], 24, []
    while at < len(data):
        seconds, part, held, wire = struct.unpack_from(order + "4I", data, at)
        frames.append(Frame(seconds * 10**9 + part * unit, data[at + 16:at + 16 + held], wire))
        at += 16 + held
    return Capture(order, unit, link, frames)


def read_pcapng(data):
    """One section, one interface; times in ns, as if_tsresol must say."""
    link, at, frames, resolution = None, 0, [], 6
    while at < len(data):
        kind, length = struct.unpack_from("<2I", data, at)
        body = data[at + 8:at + length - 4]
        if kind == 1:
            link, option = struct.unpack_from("<H", body)[0], 8
            while option + 4 <= len(body):
                code, size = struct.unpack_from("<2H", body, option)
                if code == 9:
                    resolution = body[option + 4]
                option += 4 + (size + 3) // 4 * 4
        if kind == 6:
            _, high, low, held, wire = struct.unpack_from("<5I", body)
            ticks = high << 32 | low
            frames.append(Frame(ticks * 10**(9 - resolution), body[20:20 + held], wire))
        at += length
    return Capture("<", 1, link, frames)


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    return read_pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else read_pcap(data)


def write(path, capture, frames):
    order, unit = capture.order, capture.unit
    magic = next(number for number, each in MAGICS.items() if each == unit)
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, capture.link)]
    for time, data, wire in frames:
        parts.append(struct.pack(order + "4I", time // 10**9, time % 10**9 // unit, len(data),
                                 wire))
        parts.append(data)
    with open(path, "wb") as file:
        file.write(b"".join(parts))


def ethertype(data, at):
    """(ethertype, where its payload begins), behind any VLAN tags; (None, at) when cut off."""
    while at + 2 <= len(data):
        kind = struct.unpack_from(">H", data, at)[0]
        if kind not in VLAN_TYPES:
            return kind, at + 2
        at += 4
    return None, at


def network(link, data):
    """Where the IP header begins; None where there is none."""
    if link == RAW:
        at = 0
    elif link in (NULL, LOOP):
        at = 4
    else:
        kind, at = ethertype(data, {ETHERNET: 12, SLL: 14, SLL2: 0}[link])
        if link == SLL2:  # the type comes first, tags after all 20 bytes
            kind, at = ethertype(data[:2] + data[20:], 0)
            at += 18
        if kind not in (0x0800, 0x86dd):
            return None
    return at if at < len(data) else None


def place4(data, ip):
    if ip + 20 > len(data) or data[ip + 9] != 6:
        return None
    if struct.unpack_from(">H", data, ip + 6)[0] & 0x1fff:  # a later fragment: no TCP header
        return None
    return Place(ip + 12, ip + 16, 4, ip + (data[ip] & 15) * 4)


def place6(data, ip):
    if ip + 40 > len(data):
        return None
    header, at = data[ip + 6], ip + 40
    while header in (0, 43, 44, 51, 60) and at + 8 <= len(data):
        if header == 44 and struct.unpack_from(">H", data, at + 2)[0] & 0xfff8:
            return None
        size = 8 if header == 44 else (data[at + 1] + 2) * 4 if header == 51 \
            else (data[at + 1] + 1) * 8
        header, at = data[at], at + size
    return Place(ip + 8, ip + 24, 16, at) if header == 6 else None


def place(link, data):
    """Where a frame has its TCP header and addresses; None when it is no TCP segment, or when
    fewer than the header's first 20 bytes were captured."""
    ip = network(link, data)
    found = None
    if ip is not None:
        found = {4: place4, 6: place6}.get(data[ip] >> 4, lambda *_: None)(data, ip)
    return found if found is not None and found.tcp + 20 <= len(data) else None


def quote(link, data):
    """The quote in an ICMP error about TCP; None where there is none."""
    ip = network(link, data)
    if ip is None:
        return None
    if data[ip] >> 4 == 4 and data[ip + 9] == 1:
        icmp = ip + (data[ip] & 15) * 4
        outer = Place(ip + 12, ip + 16, 4, icmp)
        error = data[icmp] in (3, 4, 5, 11, 12)
    elif data[ip] >> 4 == 6 and data[ip + 6] == 58:
        icmp = ip + 40
        outer = Place(ip + 8, ip + 24, 16, icmp)
        error = 1 <= data[icmp] <= 4
    else:
        return None
    at = icmp + 8
    if not error or at >= len(data):
        return None
    inner = {4: place4, 6: place6}.get(data[at] >> 4, lambda *_: None)(data, at)
    return Quote(outer, inner) if inner is not None and inner.tcp + 8 <= len(data) else None


def add_checksum(data, at, before, after):
    """A checksum after some bytes before it changed (RFC 1624, equation 3)."""
    was = struct.unpack_from(">H", data, at)[0]
    total = (~was & 0xffff) + (~folded(words(before)) & 0xffff) + folded(words(after))
    struct.pack_into(">H", data, at, ~folded(total) & 0xffff)


def ends(data, where):
    """((address, port) of the sender, the same of the receiver)."""
    ports = struct.unpack_from(">2H", data, where.tcp)
    return ((data[where.source:where.source + where.size], ports[0]),
            (data[where.destination:where.destination + where.size], ports[1]))


def folded(total):
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def words(data):
    data = bytes(data) + b"\0" * (len(data) % 2)
    return sum(struct.unpack(">%dH" % (len(data) // 2), data))


def checksum_is_partial(data, where, wire):
    """Just the sum over the pseudo-header, for the network card to go on with. Its length is the
    one that the IP header claims; what is handed to a card that segments may claim 0."""
    if where.size == 16:
        header = where.source - 8
        claimed, before = struct.unpack_from(">H", data, header + 4)[0], where.tcp - header - 40
    else:
        header = where.source - 12
        claimed, before = struct.unpack_from(">H", data, header + 2)[0], where.tcp - header
    length = claimed - before if claimed else wire - where.tcp
    total = words(data[where.source:where.source + where.size]) + \
        words(data[where.destination:where.destination + where.size]) + 6 + length
    return struct.unpack_from(">H", data, where.tcp + 16)[0] == folded(total)


def replace32(data, tcp, at, value, summed):
    """Puts a 32-bit number at an offset from the TCP header. The checksum changes by the same
    (RFC 1624, equation 3), so one that was wrong stays wrong by as much."""
    old = words(roll(data[tcp + at:tcp + at + 4], at))
    struct.pack_into(">I", data, tcp + at, value % SPACE)
    if summed:
        new = words(roll(data[tcp + at:tcp + at + 4], at))
        was = struct.unpack_from(">H", data, tcp + 16)[0]
        total = (~was & 0xffff) + (~folded(old) & 0xffff) + folded(new)
        struct.pack_into(">H", data, tcp + 16, ~folded(total) & 0xffff)


def roll(four, at):
    """Four bytes as the sum sees them: at an odd offset they lie across three words."""
    return b"\0" + bytes(four) + b"\0" if at % 2 else bytes(four)


def sack_edges(data, tcp):
    """Offsets from the TCP header of the numbers in SACK options that are whole."""
    header = min((data[tcp + 12] >> 4) * 4, len(data) - tcp)
    at, found = 20, []
    while at < header and data[tcp + at] != 0:
        if data[tcp + at] == 1:
            at += 1
            continue
        size = data[tcp + at + 1] if at + 1 < header else 0
        if size < 2 or at + size > header:
            break
        if data[tcp + at] == 5 and size in (10, 18, 26, 34):
            found += range(at + 2, at + size, 4)
        at += size
    return found


def seq_of(data, where):
    return struct.unpack_from(">I", data, where.tcp + 4)[0]


def ack_of(data, where):
    return struct.unpack_from(">I", data, where.tcp + 8)[0]


def flags_of(data, where):
    return data[where.tcp + 13]


def refuses(data, where, spoke):
    """A RST for a SYN to a closed port has SEQ 0 by rule, not from a space of its own (RFC 9293
    §3.10.7.1)."""
    return flags_of(data, where) & (RST | ACK | SYN) == RST | ACK and \
        seq_of(data, where) == 0 and not spoke


def shift_numbers(capture, shift_of):
    """The capture with all sequence numbers of each direction moved by shift_of((sender,
    receiver)); what acknowledges them moves along."""
    made, spoke = [], set()
    for time, data, wire in capture.frames:
        where = place(capture.link, data)
        if where is not None:
            sender, receiver = ends(data, where)
            new, tcp = bytearray(data), where.tcp
            summed = not checksum_is_partial(data, where, wire)
            back = shift_of((receiver, sender))
            if not refuses(data, where, sender + receiver in spoke):
                replace32(new, tcp, 4, seq_of(data, where) + shift_of((sender, receiver)), summed)
            if flags_of(data, where) & ACK:
                replace32(new, tcp, 8, ack_of(data, where) + back, summed)
            for at in sack_edges(data, tcp):
                edge = struct.unpack_from(">I", data, tcp + at)[0]
                replace32(new, tcp, at, edge + back, summed)
            if not flags_of(data, where) & RST:
                spoke.add(sender + receiver)
            data = bytes(new)
        elif quote(capture.link, data) is not None:
            found = quote(capture.link, data)
            new, tcp = bytearray(data), found.inner.tcp
            seq = struct.unpack_from(">I", data, tcp + 4)[0]
            struct.pack_into(">I", new, tcp + 4, (seq + shift_of(ends(data, found.inner))) % SPACE)
            add_checksum(new, found.outer.tcp + 2, data[tcp + 4:tcp + 8], new[tcp + 4:tcp + 8])
            data = bytes(new)
        made.append(Frame(time, data, wire))
    return made


def first_numbers(capture):
    """{(sender, receiver): the number before the first byte of this direction}, from its own
    first segment, or from the first that acknowledges it."""
    found = {}
    for _, data, _ in capture.frames:
        where = place(capture.link, data)
        if where is None:
            continue
        way = ends(data, where)
        spoke = way in found
        if not spoke and not refuses(data, where, spoke):
            found[way] = seq_of(data, where) - (0 if flags_of(data, where) & SYN else 1)
        if flags_of(data, where) & ACK:
            found.setdefault(way[::-1], ack_of(data, where) - 1)
    return found


def exchange_names(capture):
    """The capture with the two addresses and ports of each segment exchanged, in the quotes of
    ICMP errors too, and with these addressed to the end that is now quoted. The checksums stay
    right: they are sums, and the words only change places."""
    made = []
    for time, data, wire in capture.frames:
        where = place(capture.link, data)
        if where is not None:
            new = bytearray(data)
            (source, source_port), (destination, destination_port) = ends(data, where)
            new[where.source:where.source + where.size] = destination
            new[where.destination:where.destination + where.size] = source
            struct.pack_into(">2H", new, where.tcp, destination_port, source_port)
            data = bytes(new)
        elif quote(capture.link, data) is not None:
            data = exchange_quote(data, quote(capture.link, data))
        made.append(Frame(time, data, wire))
    return made


def exchange_quote(data, found):
    """The same for an ICMP error: the two ends change places wherever they stand."""
    new = bytearray(data)
    (source, source_port), (destination, destination_port) = ends(data, found.inner)
    other = {source: destination, destination: source}
    for place_of in (found.inner, found.outer):
        for at in (place_of.source, place_of.destination):
            name = bytes(data[at:at + place_of.size])
            new[at:at + place_of.size] = other.get(name, name)
    struct.pack_into(">2H", new, found.inner.tcp, destination_port, source_port)
    outer = found.outer
    if outer.size == 16:  # the sum of ICMPv6 holds the addresses of its packet
        add_checksum(new, outer.tcp + 2, data[outer.source:outer.source + 32],
                     new[outer.source:outer.source + 32])
    else:
        add_checksum(new, outer.source - 2, data[outer.source:outer.source + 8],
                     new[outer.source:outer.source + 8])
    return bytes(new)


def double(capture, gap):
    """(frames, origins): each frame again, gap ns later. Frames keep their order; a copy comes
    before the first frame that is later than it. origins: of each frame the number of the one
    that it is, negative for the copy of that one."""
    made, origins, waiting = [], [], []
    for number, frame in enumerate(capture.frames, 1):
        while waiting and (waiting[0][0].time <= frame.time or len(waiting) > 4):
            copy, origin = waiting.pop(0)
            made.append(copy)
            origins.append(-origin)
        made.append(frame)
        origins.append(number)
        waiting.append((frame._replace(time=frame.time + gap), number))
    made += [copy for copy, _ in waiting]
    origins += [-origin for _, origin in waiting]
    return made, origins


def one_direction(capture, lower):
    """(frames, origins): without the segments that the lower of the two ends sent (or the upper
    one). What is no TCP segment stays."""
    made, origins = [], []
    for number, frame in enumerate(capture.frames, 1):
        where = place(capture.link, frame.data)
        if where is not None:
            sender, receiver = ends(frame.data, where)
            if (sender < receiver) == lower:
                continue
        made.append(frame)
        origins.append(number)
    return made, origins


def two_queues(capture, lower, late):
    """The capture as a recorder with two receive queues writes it: the segments that the lower of
    the two ends sent (or the upper one) are written late ns behind the others, with that time."""
    queued = []
    for number, frame in enumerate(capture.frames):
        where = place(capture.link, frame.data)
        if where is not None:
            sender, receiver = ends(frame.data, where)
            if (sender < receiver) == lower:
                frame = frame._replace(time=frame.time + late)
        queued.append((frame.time, number, frame))
    return [frame for _, _, frame in sorted(queued, key=lambda each: each[:2])]


def thinned(capture, every, first):
    """The capture without every so manieth frame: what a recorder that is too slow leaves."""
    return [frame for number, frame in enumerate(capture.frames) if number % every != first]
