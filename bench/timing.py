"""timing: runs of commands, each paired with a run of the floor just before it."""
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

PATIENCE = 180   # seconds; a tool that takes longer is left out
SLOW = 4         # seconds: what takes longer is run SLOW_PAIRS times only
SLOW_PAIRS = 3


class Failed(Exception):
    pass


class Run:
    """One run of a command: seconds of clock, seconds of processor, peak kilobytes. {D} in the
    command is an empty folder."""

    def __init__(self, stopwatch, command, scratch):
        folder = tempfile.mkdtemp(dir=scratch)
        out = os.path.join(folder, "out")
        os.mkdir(out)
        command = [part.replace("{D}", out) for part in command]
        run = subprocess.run([stopwatch, str(PATIENCE), *command], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, errors="replace", cwd=folder,
                             check=True)
        shutil.rmtree(folder)
        status, clock, processor, self.memory = map(int, run.stdout.split())
        if status != 0:
            words = run.stderr.strip() or "no word why"
            raise Failed(f"{status_text(status)}: {words.splitlines()[0].replace(scratch, '...')}")
        self.clock, self.processor = clock / 1e9, processor / 1e6

    def time(self):
        """What it is held for: one that sleeps is not slow, nor one that has threads."""
        return min(self.clock, self.processor)


def status_text(status):
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGALRM:
        return f"took longer than {PATIENCE} s"
    return f"ended with status {code}" if code >= 0 else f"was ended by signal {-code}"


class Tool:
    """A command on a capture, and what its runs cost. mode and threads: ours only; keeps: of a
    peer, as in peers.py."""

    def __init__(self, name, command, version="", mode=None, threads=None, keeps=0):
        self.name, self.command, self.version = name, command, version
        self.mode, self.threads, self.keeps = mode, threads, keeps
        self.runs, self.floors, self.failure = [], [], None

    def median(self, value):
        return statistics.median(value(run) for run in self.runs)

    def ratio(self, value):
        return statistics.median(value(run) / max(value(floor), 0.001)
                                 for run, floor in zip(self.runs, self.floors))

    def clock(self):
        return self.median(lambda run: run.clock)

    def processor(self):
        return self.median(lambda run: run.processor)

    def time(self):
        return self.median(lambda run: run.time())

    def time_floors(self):
        return self.ratio(lambda run: run.time())

    def memory(self):
        """MiB"""
        return self.median(lambda run: run.memory) / 1024

    def clock_floors(self):
        return self.ratio(lambda run: run.clock)

    def processor_floors(self):
        return self.ratio(lambda run: run.processor)

    def is_slow(self):
        return bool(self.runs) and self.runs[-1].clock > SLOW


def version_of(command):
    """The first number with a dot that the tool says about itself."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, errors="replace",
                             timeout=20, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    name = os.path.basename(command[0])
    words = run.stdout + run.stderr
    found = re.search(rf"{name}\D*?(\d+(?:\.\d+)+)", words, re.IGNORECASE) or \
        re.search(r"(\d+(?:\.\d+)+)", words)
    return found.group(1) if found else ""


def measure(stopwatch, floor, tools, pairs, scratch):
    """Round after round, each tool right after its floor. The floor goes first once more, which
    brings the capture into memory."""
    Run(stopwatch, floor, scratch)
    for nth in range(pairs):
        for tool in tools:
            if tool.failure is not None or (nth >= SLOW_PAIRS and tool.is_slow()):
                continue
            try:
                before = Run(stopwatch, floor, scratch)
                run = Run(stopwatch, tool.command, scratch)
            except Failed as failure:
                tool.failure = str(failure)
                continue
            tool.floors.append(before)
            tool.runs.append(run)
        print(f"  round {nth + 1} of {pairs}", file=sys.stderr)
