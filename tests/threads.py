#!/usr/bin/env python3
"""threads: what the program tells does not depend on the number of threads, on how many frames they
take at a time, nor on the secret of its hashes: byte for byte, in every format. --seed sets the
last two: batches of 2 + SEED % 61 frames.

Each capture in pcaps/; each as two inputs, the second of which saw everything later; and all of
them at once, played three times on the same ports, so that connections expire, are reused, and wait
for each other.

TAP on standard output. Environment: TCPFLOW_EXPLAIN (the program), srcdir.
"""
import concurrent.futures
import glob
import hashlib
import os
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import frames  # noqa: E402 (not before the line above)

SRC = os.environ.get("srcdir", ".")
PROGRAM = os.path.abspath(os.environ.get("TCPFLOW_EXPLAIN", "./tcpflow-explain"))
FORMATS = ([], ["-v", "--segments"], ["-q"], ["-l"], ["--json", "-v", "--segments"], ["--ndjson"],
           ["-q", "--json"])
PLAIN = (1, None)
# Threads and seed: batches of 3, 31, 2 and 62 frames.
OTHERS = ((2, 1), (3, 29), (5, 61), (1, 60))
SECOND = 10**9
PAUSES = (0, 65, 8000)  # s: ended connections are freed after 60, open ones after 7875

count = 0
failed = 0


def result(faults, name):
    global count, failed
    count += 1
    failed += bool(faults)
    print("not ok" if faults else "ok", count, "-", name, flush=True)
    for fault in faults[:10]:
        print("#", fault)


def told(options, variant, paths):
    threads, seed = variant
    words = [PROGRAM, "--threads", str(threads)] + options
    if seed is not None:
        words += ["--seed", str(seed)]
    done = subprocess.run(words + paths, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC0"))
    return done.returncode, hashlib.sha256(done.stdout).hexdigest(), len(done.stdout)


def differ(paths, others):
    faults = []
    for options in FORMATS:
        plain = told(options, PLAIN, paths)
        if plain[0] < 0 or plain[2] == 0:
            faults.append("%s: nothing told, %s" % (" ".join(options), plain))
        for variant in others:
            found = told(options, variant, paths)
            if found != plain:
                faults.append("%s: %d threads, seed %d: %s, one thread %s" %
                              ((" ".join(options),) + variant + (found, plain)))
    return faults


def single(name):
    """Both halves of the variants are met by half of the captures."""
    path = os.path.join(SRC, "pcaps", name)
    return differ([path], OTHERS[len(name) % 2::2])


def views(name, folder):
    """The capture, and the same from a place that all segments pass 3 ms later."""
    capture = frames.read(os.path.join(SRC, "pcaps", name))
    paths = [os.path.join(folder, "%s-%d.pcap" % (name, i)) for i in range(2)]
    later = [frame._replace(time=frame.time + 3 * 10**6) for frame in capture.frames]
    frames.write(paths[0], capture, capture.frames)
    frames.write(paths[1], capture, later)
    faults = differ(paths, OTHERS[:1])
    for path in paths:
        os.unlink(path)
    return faults


def together(names, path, backward):
    """All frames of captures with Ethernet headers in turn, each capture in its own pace. With
    `backward` every 50th frame has a time before that of the frame before it."""
    lists = []
    for name in names:
        capture = frames.read(os.path.join(SRC, "pcaps", name))
        if capture.link == frames.ETHERNET:
            lists.append([(frame.time - capture.frames[0].time, frame)
                          for frame in capture.frames[:400]])
    out, start = [], 1_700_000_000 * SECOND
    for pause in PAUSES:
        start += pause * SECOND
        merged = sorted(((time, n, frame) for n, each in enumerate(lists) for time, frame in each
                         if time < 300 * SECOND), key=lambda row: row[:2])
        out += [(start + time, frame) for time, _, frame in merged]
        start = out[-1][0]
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, frames.ETHERNET))
        for n, (time, frame) in enumerate(out):
            if backward and n % 50 == 49:
                time -= 7 * 10**6
            file.write(struct.pack("<4I", time // SECOND, time % SECOND, len(frame.data),
                                   frame.wire) + frame.data)
    return len(out)


def main():
    names = sorted(map(os.path.basename, glob.glob(os.path.join(SRC, "pcaps", "*.pcap*"))))
    small = [name for name in names
             if os.path.getsize(os.path.join(SRC, "pcaps", name)) < 300000]
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, faults in zip(names, pool.map(single, names)):
            result(faults, name)
        some = small[::4]
        for name, faults in zip(some, pool.map(lambda each: views(each, folder), some)):
            result(faults, "two views: " + name)
        path = os.path.join(folder, "all.pcap")
        for backward in (False, True):
            number = together(small, path, backward)
            faults = [] if number > 3 * 1024 else ["only %d frames" % number]
            result(faults + differ([path], OTHERS + ((4, None), (17, 7))),
                   "all together" + (", times that go back" if backward else ""))
    # The comparison finds what differs: another count of frames is another text.
    path = os.path.join(SRC, "pcaps", names[0])
    result([] if told(["-c", "2"], PLAIN, [path]) != told([], PLAIN, [path]) else ["not found"],
           "planted: fewer frames")
    print("1..%d" % count)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
