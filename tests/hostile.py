#!/usr/bin/env python3
"""hostile: connections that are made to cost much: a gap before every byte, thousands of segments
outstanding, SACK blocks that are taken back, segments in falling order, repeats of everything at
once. Time must stay linear and memory bounded, and what was forgotten must be told.

Time and memory are compared with those of a plain transfer of as many frames, read by the same
program. TAP on standard output. Environment: TCPFLOW_EXPLAIN (the program),
HOSTILE_FRAMES (of a scene).
"""
import fcntl
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time

sys.dont_write_bytecode = True
import frames  # noqa: E402 (not before the line above)

PROGRAM = os.path.abspath(os.environ.get("TCPFLOW_EXPLAIN", "./tcpflow-explain"))
FRAMES = int(os.environ.get("HOSTILE_FRAMES") or 40000)
RANGES = 512         # of one end, include/tcp/flight.h
FITTING = RANGES - 2 # segments: a SYN may be a range of its own
TIMES = 6            # as slow as a plain transfer, at most
SECONDS_FREE = 0.3   # and so much more, for machines that do something else meanwhile
# Sanitizers keep what was freed for a while, and shadow what is used.
KILOBYTES_FREE = (4 if os.environ.get("INSTRUMENTED") == "yes" else 2) << 10
ENDS = (b"\xc0\x00\x02\x01", b"\xc6\x33\x64\x07")  # documentation ranges, RFC 5737
ISN = (1000, 5000)

count = 0
failed = 0


def result(faults, name):
    global count, failed
    count += 1
    failed += bool(faults)
    print("not ok" if faults else "ok", count, "-", name)
    for fault in faults:
        print("#", fault)


class Scene:
    """Frames of one connection, a microsecond apart; numbers are relative to the ISN."""

    def __init__(self):
        self.frames, self.clock = [], 1_700_000_000 * 10**9
        self.put(0, 0x02, 0, 0, 0, b"\x02\x04\x05\xb4\x04\x02\x03\x03\x0e\x01\x01\x01")
        self.put(1, 0x12, 0, 1, 0, b"\x02\x04\x05\xb4\x04\x02\x03\x03\x0e\x01\x01\x01")
        self.put(0, 0x10, 1, 1, 0)

    def put(self, end, flags, seq, ack, length, options=b""):
        self.clock += 1000
        tcp = struct.pack(">HHIIBBHHH", (40000, 80)[end], (80, 40000)[end],
                          (ISN[end] + seq) % frames.SPACE,
                          (ISN[1 - end] + ack) % frames.SPACE if flags & 0x10 else 0,
                          (20 + len(options)) // 4 << 4, flags, 65535, 0, 0) + options
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp) + length, 0, 0x4000, 64, 6, 0,
                         ENDS[end], ENDS[1 - end])
        self.frames.append(frames.Frame(self.clock, ip + tcp, len(ip) + len(tcp) + length))

    def data(self, seq, length):
        self.put(0, 0x10, seq, 1, length)

    def ack(self, number, blocks=()):
        sack = b"".join(struct.pack(">II", ISN[0] + left, ISN[0] + right) for left, right in blocks)
        options = b"\x01\x01" + bytes((5, 2 + len(sack))) + sack if blocks else b""
        self.put(1, 0x10, 1, number, 0, options)


def plain(scene):
    for i in range(FRAMES // 2):
        scene.data(1 + 1000 * i, 1000)
        scene.ack(1001 + 1000 * i)


def holes(scene):
    for i in range(FRAMES):
        scene.data(2 + 2 * i, 1)


def outstanding(scene):
    window = 4 * RANGES
    for i in range(FRAMES // window):
        for j in range(window):
            scene.data(1 + 100 * (i * window + j), 100)
        scene.ack(1 + 100 * window * (i + 1))


def reneging(scene):
    """Half of what is outstanding is reported and then no more; it is sent again."""
    dice, size = random.Random(1), 100
    for i in range(FITTING):
        scene.data(1 + size * i, size)
    for i in range(FRAMES // 3):
        places = [1 + size * dice.randrange(1, FITTING) for _ in range(4)]
        scene.ack(1, [(place, place + size) for place in places])
        scene.ack(1)
        scene.data(places[0], size)


def falling(scene):
    """Each segment fills the end of the gap before the one that came before it."""
    for i in range(FRAMES // RANGES):
        top = 1 + 2 * RANGES * (i + 1)
        for j in range(RANGES):
            scene.data(top - 1 - j, 1)


def everything_again(scene):
    for i in range(FITTING):
        scene.data(1 + i, 1)
    for i in range(FRAMES - FITTING):
        scene.data(1, FITTING)


def crumbs(scene):
    """Large segments, sent again by the byte."""
    for i in range(16):
        scene.data(1 + 1000 * i, 1000)
    for i in range(FRAMES):
        scene.data(1 + 2 * i % 16000, 1)


# scene, whether more ranges are needed than are kept
SCENES = ((holes, True), (outstanding, True), (reneging, False), (falling, True),
          (everything_again, False), (crumbs, True))


def peak_kilobytes(path):
    """The kernel's mark, before the program knows that the capture ends: later it also has the
    result in memory. (A finished child's peak is never less than that of who began it.)"""
    child = subprocess.Popen([PROGRAM, "--json", "-"], stdin=subprocess.PIPE,
                             stdout=subprocess.DEVNULL)
    with open(path, "rb") as file:
        shutil.copyfileobj(file, child.stdin)
    child.stdin.flush()
    while struct.unpack("i", fcntl.ioctl(child.stdin, termios.FIONREAD, b"\0" * 4))[0] > 0:
        time.sleep(0.001)
    with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
        peak = next(line for line in status if line.startswith("VmHWM:"))
    child.stdin.close()
    if child.wait() != 0:
        raise SystemExit(f"{path}: exit {child.returncode}")
    return int(peak.split()[1])


def cost(path):
    """Of the fastest of three runs: seconds of processor, peak kilobytes, what it wrote."""
    best = None
    for _ in range(3):
        with tempfile.TemporaryFile() as out:
            child = subprocess.Popen([PROGRAM, "--json", path], stdout=out)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                raise SystemExit(f"{path}: exit {child.returncode}")
            out.seek(0)
            seconds = usage.ru_utime + usage.ru_stime
            if best is None or seconds < best[0]:
                best = (seconds, peak_kilobytes(path), out.read())
    return best


def write(scene, path):
    made = Scene()
    scene(made)
    frames.write(path, frames.Capture("<", 1, frames.RAW, []), made.frames)


def faults_of(path, floor, forgets):
    seconds, kilobytes, out = cost(path)
    faults = []
    print(f"# {seconds:.2f} s, {kilobytes} KB")
    if seconds > floor[0] * TIMES + SECONDS_FREE:
        faults.append(f"{seconds:.2f} s, a plain transfer {floor[0]:.2f} s")
    if kilobytes > floor[1] + (KILOBYTES_FREE if floor[1] > 0 else 0):
        faults.append(f"{kilobytes} KB, a plain transfer {floor[1]} KB")
    limits = {limit["what"]: limit for limit in json.loads(out)["capture"]["limits_hit"]}
    if ("ranges-merged" in limits) != forgets:
        faults.append(f"limits {sorted(limits)}")
    elif forgets and not limits["ranges-merged"]["since"]:
        faults.append("not told since when")
    text = subprocess.run([PROGRAM, path], stdout=subprocess.PIPE, check=True, text=True).stdout
    if ("a record for each segment outstanding" in text) != forgets:
        faults.append("the text says otherwise than JSON")
    return faults


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "hostile.pcap")
        write(plain, path)
        floor = cost(path)
        result(faults_of(path, floor, False), "plain: nothing is forgotten")
        for scene, forgets in SCENES:
            write(scene, path)
            result(faults_of(path, floor, forgets), scene.__name__.replace("_", " "))
        result([] if len(faults_of(path, (-1, -1), False)) == 4 else ["not found"],
               "planted: a scene that takes too much of everything and forgets")
    print(f"1..{count}")
    return failed > 0


sys.exit(main())
