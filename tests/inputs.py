#!/usr/bin/env python3
"""inputs: several captures read as one, -w, --after and --before.

What is expected is worked out here from the bytes of the captures (struct, no library), or stands
in pcaps/README.md. Environment: TCPFLOW_EXPLAIN (the program), GENERATE, srcdir.
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

SRC = os.environ.get("srcdir", ".")
PROGRAM = os.path.abspath(os.environ.get("TCPFLOW_EXPLAIN", "./tcpflow-explain"))
PCAPS = os.path.abspath(os.path.join(SRC, "pcaps"))
SURE = ("observed", "proved", "inferred", "assumed")
count = 0
failed = 0


def result(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print(("ok" if good else "not ok"), count, "-", name)
    if not good:
        for line in str(why).splitlines()[:20]:
            print("#", line)


def same(name, got, wanted):
    result(got == wanted, name, "got    %.600r\nwanted %.600r" % (got, wanted))


def run(*arguments, stdin=None):
    return subprocess.run([PROGRAM, *arguments], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env={**os.environ, "TZ": "UTC0"})


def explain(*arguments):
    done = run("--json", *arguments)
    if done.returncode != 0:
        result(False, "explains " + " ".join(arguments), done.stderr.decode())
        return {"connections": [], "capture": {}}
    return json.loads(done.stdout)


def capture(name):
    return os.path.join(PCAPS, name)


def frames(path):
    """[(ns, bytes, length on the wire)] of a little-endian pcap file."""
    with open(path, "rb") as file:
        data = file.read()
    magic = struct.unpack_from("<I", data)[0]
    unit = {0xa1b2c3d4: 1000, 0xa1b23c4d: 1}[magic]
    at, found = 24, []
    while at < len(data):
        s, part, held, wire = struct.unpack_from("<IIII", data, at)
        found.append((s * 10**9 + part * unit, data[at + 16:at + 16 + held], wire))
        at += 16 + held
    return found


def save(path, made, order="<"):
    with open(path, "wb") as file:
        file.write(struct.pack(order + "IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))
        for time, data, wire in made:
            file.write(struct.pack(order + "IIII", time // 10**9, time % 10**9, len(data), wire))
            file.write(data)


def ports(data):
    """The two TCP ports of an IPv4 frame on Ethernet, as a set."""
    return set(struct.unpack_from(">HH", data, 14 + (data[14] & 15) * 4))


def test_write(folder):
    leak = capture("lab-close-wait-leak.pcap")  # four connections, from ports 40001 to 40004
    out = os.path.join(folder, "one.pcap")
    for connection in explain(leak)["connections"]:
        port = connection["client"]["port"]
        done = run("-C", str(connection["id"]), "-w", out, leak)
        same("-w of connection %d ends well" % connection["id"],
             (done.returncode, done.stderr), (0, b""))
        same("-w of connection %d holds its frames" % connection["id"], frames(out),
             [frame for frame in frames(leak) if port in ports(frame[1])])
    run("-C", "192.0.2.10:40002-192.0.2.20:8080", "-w", out, leak)
    same("-w with two ends", frames(out),
         [frame for frame in frames(leak) if 40002 in ports(frame[1])])
    run("-q", "-w", out, leak)
    same("-w without a choice holds all connections", frames(out), frames(leak))
    before = frames(out)
    done = run("-C", "999", "-w", out, leak)
    same("-w of no connection: 3, it is said, and the file stays",
         (done.returncode, b"no connection was chosen" in done.stderr, frames(out) == before),
         (3, True, True))
    run("-w", out, "--after", "0.02", "--before", "5.0006", leak)
    first = frames(leak)[0][0]
    inside = [frame for frame in frames(leak) if 2 * 10**7 <= frame[0] - first < 5000600000]
    result(0 < len(inside) < len(frames(leak)), "a span of time holds some of the frames")
    same("-w within a span of time", frames(out), inside)


def test_write_icmp(folder):
    """pcaps/built/icmp-errors.txt: an ICMP error goes with the connection that it quotes; the last
    one quotes none."""
    errors = capture("built-icmp-errors.pcap")
    out = os.path.join(folder, "one.pcap")
    for number, last in ((1, 2), (3, 12), (13, 28)):
        run("-C", str(number), "-w", out, errors)
        same("-w of connection %d holds its ICMP errors" % number, frames(out),
             frames(errors)[number - 1:last])
    run("-q", "-w", out, errors)
    same("-w leaves out an ICMP error about no connection", frames(out), frames(errors)[:28])


def test_write_same_ports(folder):
    """pcaps/README.md: the second connection on the same ports begins with a SYN of its own."""
    out = os.path.join(folder, "one.pcap")
    for name in ("lab-port-reuse.pcap", "lab-reuse-after-reset.pcap"):
        path = capture(name)
        syns = [n for n, (_, data, _) in enumerate(frames(path))
                if data[14 + (data[14] & 15) * 4 + 13] & 0x12 == 0x02]
        begin = syns[1]
        run("-C", str(begin + 1), "-w", out, path)
        same("-w of the second connection of " + name, frames(out), frames(path)[begin:])
        run("-C", "1", "-w", out, path)
        same("-w of the first connection of " + name, frames(out), frames(path)[:begin])


def test_write_waiting(folder):
    """pcaps/README.md: SYN 8 hits a live connection and waits (9, 10); 11 begins the new one."""
    path = capture("lab-half-open-recovery.pcap")
    all_frames, out = frames(path), os.path.join(folder, "one.pcap")
    run("-C", "8", "-w", out, path)
    same("-w holds the SYN that waited", frames(out), [all_frames[7]] + all_frames[10:])
    # The same with one more SYN while it waits, before the challenge: of the new connection, too.
    time, data, wire = all_frames[7]
    challenge, reset = all_frames[8:10]
    sent_again = bytearray(data)  # a packet of its own: another IP ID, so another checksum
    ident, total = struct.unpack_from(">H", data, 18)[0], struct.unpack_from(">H", data, 24)[0]
    struct.pack_into(">H", sent_again, 18, ident + 1)
    struct.pack_into(">H", sent_again, 24, total - 1)
    again = ((time + challenge[0]) // 2, bytes(sent_again), wire)
    repeated = all_frames[:8] + [again] + all_frames[8:]
    path = os.path.join(folder, "repeated.pcap")
    save(path, repeated)
    run("-C", "8", "-w", out, path)
    same("-w holds its repeat as well", frames(out), [repeated[7], again] + repeated[11:])
    run("-C", "1", "-w", out, path)
    same("and the old connection holds neither", frames(out),
         repeated[:7] + [challenge, reset])


def test_write_refused(folder):
    kept = os.path.join(folder, "kept.pcap")
    link = os.path.join(folder, "link.pcap")
    shutil.copy(capture("lab-close-four.pcap"), kept)
    os.symlink(kept, link)
    for name in (kept, link):
        done = run("-w", name, kept)
        same("-w over its input is refused: " + os.path.basename(name),
             (done.returncode, b"would overwrite" in done.stderr, done.stdout), (2, True, b""))
    same("the input is whole", frames(kept), frames(capture("lab-close-four.pcap")))
    done = run("-w", os.path.join(folder, "x"), kept, capture("built-link-raw.pcap"))
    same("-w of two link types is refused",
         (done.returncode, b"different link types" in done.stderr), (2, True))
    done = run("-w", os.path.join(folder, "no", "x"), kept)
    same("-w into no folder", (done.returncode, b"can't be written" in done.stderr), (3, True))
    if os.path.exists("/dev/full"):
        done = run("-w", "/dev/full", kept)
        same("a full disk is told, after the report",
             (done.returncode, b"No space left" in done.stderr, b"Connection 1" in done.stdout),
             (3, True, True))


def test_write_pipe(folder):
    out = os.path.join(folder, "pipe.pcap")
    with open(capture("lab-close-wait-leak.pcap"), "rb") as file:
        data = file.read()
    done = run("-w", out, "-r", "-", "port", "40003", stdin=data)
    same("-w from a pipe", (done.returncode, frames(out)),
         (0, [frame for frame in frames(capture("lab-close-wait-leak.pcap"))
              if 40003 in ports(frame[1])]))


def test_write_redirected(folder):
    """Standard input that is a file, and one that was read before: a header of somebody else's."""
    leak = capture("lab-close-wait-leak.pcap")
    out, odd = os.path.join(folder, "one.pcap"), os.path.join(folder, "odd")
    with open(leak, "rb") as file, open(odd, "wb") as to:
        to.write(b"twelve bytes" + file.read())
    wanted = [frame for frame in frames(leak) if 40003 in ports(frame[1])]
    number = 1 + frames(leak).index(wanted[0])
    for name, begin in ((leak, 0), (odd, 12)):
        with open(name, "rb") as file:
            os.lseek(file.fileno(), begin, os.SEEK_SET)
            done = subprocess.run([PROGRAM, "-C", str(number), "-w", out, "-"], stdin=file,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        same("-w from standard input, a file, from byte %d on" % begin,
             (done.returncode, done.stderr, frames(out)), (0, b"", wanted))


def test_write_long(folder):
    """In a capture of some 10,000 frames the second pass leaves most of them out; here they are all
    read: of a connection those with its ports and addresses."""
    long, out = os.path.join(folder, "long.pcap"), os.path.join(folder, "one.pcap")
    subprocess.run([os.environ["GENERATE"], "--connections", "300", "--ipv6", "0", "--vlan", "0",
                    "--snaplen", "96", "--loss", "0.02", "--plot", "download", long], check=True,
                   stderr=subprocess.DEVNULL)
    every = frames(long)
    result(len(every) > 10000, "the capture is long", len(every))

    def ends(data):
        return frozenset((data[26:30] + data[34:36], data[30:34] + data[36:38]))

    firsts = {}
    for number, frame in enumerate(every, 1):
        firsts.setdefault(ends(frame[1]), number)
    turned, blocks = os.path.join(folder, "turned.pcap"), os.path.join(folder, "blocks.pcapng")
    save(turned, every, ">")
    for name, path, told in (("long", long, every), ("long big-endian", turned, every),
                             ("long pcapng", blocks, None), ("big-endian pcapng", blocks, None)):
        if told is None:
            told = save_pcapng(path, every, ">" if "big" in name else "<", (9, 6, 3))
        for who, number in sorted(firsts.items(), key=lambda item: item[1])[::40]:
            run("-q", "-C", str(number), "-w", out, path)
            same("-w of connection %d of a %s capture" % (number, name), frames(out),
                 [frame for frame in told if ends(frame[1]) == who])


def block(order, kind, body):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + size + body + size


def save_pcapng(path, made, order, units):
    """Sections of 2,500 frames; in each an interface in the beginning and one in the midst, which
    has the following frames. units: what an interface's time counts in a second, as a power of
    ten. Returns the frames with the times as the file has them."""
    section = block(order, 0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))
    data, told, interfaces = b"", [], 0
    for number, (time, frame, wire) in enumerate(made):
        if number % 2500 == 0:
            data, interfaces = data + section, 0
        if number % 2500 in (0, 1300):
            power = units[(number // 100) % len(units)]
            resolution = struct.pack(order + "HHB3xI", 9, 1, power, 0)
            data += block(order, 1, struct.pack(order + "HHI", 1, 0, 262144) + resolution)
            interfaces += 1
        if number % 700 == 0: # what is no frame: statistics of an interface, and what nobody knows
            data += block(order, 5, struct.pack(order + "III", 0, 0, 0)) + \
                block(order, 0x80000001, b"private")
        ticks = time // 10 ** (9 - power)
        told.append((ticks * 10 ** (9 - power), frame, wire))
        data += block(order, 6, struct.pack(order + "IIIII", interfaces - 1, ticks >> 32,
                                            ticks & 0xffffffff, len(frame), wire) + frame)
    with open(path, "wb") as file:
        file.write(data)
    return told


def merged(paths):
    """[(input, number)] in the order of time, ties in the order of the inputs."""
    every = [(time, i, n) for i, path in enumerate(paths)
             for n, (time, _, _) in enumerate(frames(path), 1)]
    return [(i, n) for _, i, n in sorted(every)]


def test_views():
    """README: 39 frames at each end, 38 of them of segments that both hold: 40 segments."""
    names = [capture("lab-two-views-client.pcap"), capture("lab-two-views-server.pcap")]
    both = explain(*names)
    same("two views: frames, segments, second views",
         [both["capture"].get(key) for key in ("frames", "segments", "second_views")],
         [78, 40, 38])
    same("two views: frames of each input",
         [each["frames"] for each in both["capture"]["inputs"]], [39, 39])
    same("two views: no clock is shifted",
         [each["clock_shift_s"] for each in both["capture"]["inputs"]], [0, 0])
    order = merged(names)
    evidence = [each for connection in both["connections"] for finding in connection["findings"]
                for each in finding["evidence"]]
    result(len(evidence) > 0, "two views: there is evidence")
    same("two views: evidence names input and frame",
         [(each.get("input"), each.get("input_frame")) for each in evidence],
         [(names[order[each["frame"] - 1][0]], order[each["frame"] - 1][1]) for each in evidence])
    alone = explain(names[0])
    for connection in alone["connections"]:
        for each in connection["findings"]:
            for piece in each["evidence"]:
                if "input" in piece:
                    result(False, "one input: evidence names no input", piece)
    turned = explain(names[1], names[0])
    same("two views: the order of the operands changes no connection",
         [(c["handshake"]["kind"], c["close"]["kind"], c["close"]["first_closer"],
           c["endpoints"]["client"]["payload_bytes_sent"],
           c["endpoints"]["server"]["segments"]) for c in turned["connections"]],
         [(c["handshake"]["kind"], c["close"]["kind"], c["close"]["first_closer"],
           c["endpoints"]["client"]["payload_bytes_sent"],
           c["endpoints"]["server"]["segments"]) for c in both["connections"]])


def test_same_file_twice():
    name = capture("lab-data-lost.pcap")
    once, twice = explain(name), explain(name, name)
    same("the same capture twice: every segment counts once",
         (twice["capture"]["segments"], twice["capture"]["second_views"]),
         (once["capture"]["segments"], once["capture"]["segments"]))
    for key in ("segments", "payload_bytes", "payload_bytes_sent", "repeated_segments"):
        same("the same capture twice: " + key,
             [[c["endpoints"][end][key] for end in ("client", "server")]
              for c in twice["connections"]],
             [[c["endpoints"][end][key] for end in ("client", "server")]
              for c in once["connections"]])


def by_ends(document):
    return {(c["client"]["port"], c["server"]["port"]): c for c in document["connections"]}


def test_two_captures():
    """The client's and the server's capture together tell what each tells alone; the handshake is
    timed as at the client, and what only one of them shows stays."""
    for name in ("lab-two-views", "built-two-clocks"):
        alone = [by_ends(explain(capture("%s-%s.pcap" % (name, end))))
                 for end in ("client", "server")]
        document = explain(capture(name + "-client.pcap"), capture(name + "-server.pcap"))
        both = by_ends(document)
        same(name + ": the second views of the connections are those of the capture",
             sum(c["second_views"] for c in both.values()), document["capture"]["second_views"])
        same(name + ": the handshakes are those of the client's capture",
             {key: [c["handshake"][each] for each in ("kind", "rtt_s", "synack_s", "ack_s")]
              for key, c in both.items()},
             {key: [c["handshake"][each] for each in ("kind", "rtt_s", "synack_s", "ack_s")]
              for key, c in alone[0].items()})
        for end, single in zip(("client", "server"), alone):
            same("%s: the states of the %s" % (name, end),
                 {key: [t["to"] for t in c["transitions"] if t["endpoint"] == end]
                  for key, c in both.items()},
                 {key: [t["to"] for t in c["transitions"] if t["endpoint"] == end]
                  for key, c in single.items()})
            held = {key: c["endpoints"][end]["state_certainty"] for key, c in both.items()}
            same("%s: nothing is less sure of the %s" % (name, end),
                 [key for key, c in single.items()
                  if SURE.index(held[key]) > SURE.index(c["endpoints"][end]["state_certainty"])],
                 [])


def test_clocks(folder):
    """README: the server's clock is 2.5 s ahead, and a frame takes 20 ms."""
    client = capture("built-two-clocks-client.pcap")
    server = capture("built-two-clocks-server.pcap")
    both = explain(client, server)
    same("two clocks: the shift", [each["clock_shift_s"] for each in both["capture"]["inputs"]],
         [0, -2.5])
    same("two clocks: segments and second views",
         (both["capture"]["segments"], both["capture"]["second_views"]), (32, 31))
    same("two clocks: kinds", [(c["handshake"]["kind"], c["close"]["kind"])
                               for c in both["connections"]],
         [("three-way", "simultaneous"), ("three-way", "three-segment")])
    same("two clocks: the SYN-ACK came to the client after both ways, 20 ms each, and 30 us",
         round(both["connections"][0]["handshake"]["synack_s"], 6), 0.04003)
    # The server's clock jumps by 5 s in the middle: no shift makes both connections agree.
    jumped = os.path.join(folder, "jumped.pcap")
    port = both["connections"][1]["client"]["port"]
    save(jumped, [(time + (5 * 10**9 if port in ports(data) else 0), data, wire)
                  for time, data, wire in frames(server)])
    done = run("--json", client, jumped)
    same("clocks that contradict each other: 2, in one sentence, nothing on stdout",
         (done.returncode, done.stderr.count(b"\n"), b"clocks" in done.stderr, done.stdout),
         (2, 1, True, b""))


def test_span():
    name = capture("lab-close-wait-leak.pcap")
    first = frames(name)[0][0]
    times = [time - first for time, _, _ in frames(name)]
    document = explain("--after", "0.02", "--before", "5.0006", name)
    inside = [n for n, time in enumerate(times, 1) if 2 * 10**7 <= time < 5000600000]
    result(0 < len(inside) < len(times), "the span holds some of the frames")
    same("a span: frames", (document["capture"]["frames"], document["capture"]["narrowed_out"]),
         (len(inside), len(times) - len(inside)))
    same("a span: frames keep their numbers", document["connections"][0]["id"], inside[0])
    # 2026-11-21T15:29:28.258... is the first frame's time.
    clock = explain("--after", "15:29:29.5", name)
    wanted = [n for n, time in enumerate(times, 1)
              if first + time >= 1795274969 * 10**9 + 5 * 10**8]
    same("a clock time", clock["capture"]["frames"], len(wanted))
    nothing = run("--before", "2026-11-21T15:00:00Z", name)
    same("nothing is left: it is said", (nothing.returncode, b"--before" in nothing.stdout),
         (0, True))


def main():
    folder = tempfile.mkdtemp()
    try:
        test_write(folder)
        test_write_icmp(folder)
        test_write_same_ports(folder)
        test_write_waiting(folder)
        test_write_refused(folder)
        test_write_pipe(folder)
        test_write_redirected(folder)
        test_write_long(folder)
        test_views()
        test_same_file_twice()
        test_two_captures()
        test_clocks(folder)
        test_span()
    finally:
        shutil.rmtree(folder)
    print("1..%d" % count)
    return 0 if os.environ.get("TAP_HARNESS") or not failed else 1


sys.exit(main())
