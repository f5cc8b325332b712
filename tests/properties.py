#!/usr/bin/env python3
"""properties: what must stay true of every capture in pcaps/ when the capture is changed.

  numbers    all sequence numbers of a direction moved: only raw numbers change
  time       all times moved: only absolute times change
  names      the two ends' addresses exchanged: only names change; where a port decided who is
             the client, the two ends change their roles
  doubled    every frame again 1 us later: only the numbers of frames change
  one-way    one direction taken out: nothing about its end is observed, and what is proved is true
  prefix     the first n frames: what is observed or proved stays so in the whole capture

Each comparison is fed planted faults first. KNOWN lists what the program does not keep yet.
TAP on standard output. Environment: TCPFLOW_EXPLAIN (the program), srcdir.
"""
import concurrent.futures
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import frames  # noqa: E402 (not before the line above)
import property_less as less  # noqa: E402
import property_same as equal  # noqa: E402

SRC = os.environ.get("srcdir", ".")
PROGRAM = os.path.abspath(os.environ.get("TCPFLOW_EXPLAIN", "./tcpflow-explain"))
PCAPS = os.path.abspath(os.path.join(SRC, "pcaps"))
PLANTED = "lab-close-four.pcap"  # four segments, eleven frames: faults are planted into it

PROPERTIES = {
    "numbers": equal.test_numbers,
    "time": equal.test_time,
    "names": equal.test_names,
    "doubled": equal.test_doubled,
    "one-way": less.test_one_way,
    "prefix": less.test_prefix,
}
KNOWN = {}

count = 0
failed = 0


def result(good, name, why=()):
    global count, failed
    count += 1
    failed += not good
    print(("ok" if good else "not ok"), count, "-", name)
    if not good:
        for line in list(why)[:20]:
            print("#", line)


def explain(path):
    done = subprocess.run([PROGRAM, "--json", "-v", "--segments", path], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env={**os.environ, "TZ": "UTC0"}, check=False)
    if done.returncode != 0:
        raise RuntimeError("exit %d: %s" % (done.returncode, done.stderr.decode()))
    return json.loads(done.stdout)


def runner(capture, folder, name):
    """A function that explains other frames in the place of the capture's."""
    path = os.path.join(folder, name)

    def run(made):
        frames.write(path, capture, made)
        return explain(path)
    return run


def plant(folder):
    """Every fault that is planted must be found, and where none is, nothing."""
    capture = frames.read(os.path.join(PCAPS, PLANTED))
    document = explain(os.path.join(PCAPS, PLANTED))
    run = runner(capture, folder, "planted")
    planted = {
        "numbers": (equal.plant_numbers(document), equal.numbers_differ),
        "time": (equal.plant_time(document), equal.time_differ),
        "names": (equal.plant_names(document), equal.names_differ),
        "doubled": (equal.plant_doubled(document), equal.doubled_differ),
        "one-way": (less.plant_one_way(capture, document, run), less.one_way_differ),
        "prefix": (less.plant_prefix(capture, document, run), less.prefix_differ),
    }
    for name, (cases, differ) in planted.items():
        for what, fault, wrong, *more in cases:
            found = list(differ(document, wrong, *more))
            result(bool(found) == (fault is not None), "planted into %s: %s" % (name, what), found)


def try_capture(path, folder):
    """[(property, capture, what differs)]"""
    name = os.path.basename(path)
    capture, document = frames.read(path), explain(path)
    found = []
    for each, test in PROPERTIES.items():
        run = runner(capture, folder, each + "-" + name)
        found.append((each, name, list(test(capture, document, run))))
    return found


def main():
    folder = tempfile.mkdtemp()
    try:
        plant(folder)
        paths = sorted(glob.glob(os.path.join(PCAPS, "*.pcap*")))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            tried = [each for some in pool.map(lambda path: try_capture(path, folder), paths)
                     for each in some]
    finally:
        shutil.rmtree(folder)
    result(len(paths) > 50, "the captures are there", ["%d in %s" % (len(paths), PCAPS)])
    for each, name, found in sorted(tried):
        reason = KNOWN.get((each, name))
        if reason is None:
            result(not found, "%s: %s" % (each, name), found)
        else:
            result(bool(found), "%s: %s does not hold yet: %s" % (each, name, reason),
                   ["It holds: take it out of KNOWN."])
    for each, name in sorted(KNOWN.keys() - {(each, name) for each, name, _ in tried}):
        result(False, "%s: %s is in KNOWN, and nowhere else" % (each, name))
    print("1..%d" % count)
    return 0 if os.environ.get("TAP_HARNESS") or not failed else 1


sys.exit(main())
