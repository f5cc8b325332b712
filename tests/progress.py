#!/usr/bin/env python3
"""progress: the line on the terminal while a capture is read, in a terminal of the test's own.

The program is halted in the midst of a capture until a second has passed, so that the line must be
there when it goes on; in the end nothing of it may be left. TAP on standard output. Environment:
TCPFLOW_EXPLAIN, GENERATE.
"""
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

PROGRAM = os.path.abspath(os.environ["TCPFLOW_EXPLAIN"])
GENERATE = os.path.abspath(os.environ["GENERATE"])
ERASE = b"\r\x1b[K"
COLUMNS = 70
UNDERWAY = 2 << 20 # bytes that were read when the program surely is in its loop
PATIENCE = 60        # seconds
CTRL_C = b"\x03"

count = 0
failed = 0


def result(name, faults):
    global count, failed
    count += 1
    failed += bool(faults)
    print("not ok" if faults else "ok", count, "-", name)
    for fault in faults:
        print("#", fault)


class Terminal:
    """A command in a terminal; its standard output goes to a file unless it shall be there too."""

    def __init__(self, command, out=None, **environment):
        self.seen = b""
        words = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", **environment}
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            if out is not None:
                os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
            fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
            os.execve(command[0], command, words)
        self.reading = threading.Thread(target=self.read)
        self.reading.start()

    def read(self):
        try:
            while piece := os.read(self.end, 65536):
                self.seen += piece
        except OSError: # EIO: nobody has the terminal open
            pass

    def bytes_read(self):
        """By all its system calls."""
        try:
            with open(f"/proc/{self.pid}/io", encoding="ascii") as lines:
                return int(next(lines).split()[1])
        except (OSError, StopIteration):
            return 0

    def has_ended(self):
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def halt(self, keys=b""):
        """Halts it in the midst of the capture for more than a second; then, when its line is
        there, the keys are struck. False: it was too fast."""
        end = time.monotonic() + PATIENCE
        while self.bytes_read() < UNDERWAY:
            if time.monotonic() > end or self.has_ended():
                return False
        os.kill(self.pid, signal.SIGSTOP)
        time.sleep(1.1)
        os.kill(self.pid, signal.SIGCONT)
        while keys and b"%" not in self.seen:
            if self.has_ended():
                return False
        os.write(self.end, keys)
        return True

    def wait(self):
        _, status = os.waitpid(self.pid, 0)
        self.reading.join()
        os.close(self.end)
        return os.waitstatus_to_exitcode(status)


class Stage:
    """A capture that takes longer than it takes to halt who reads it."""

    def __init__(self, folder):
        self.folder = folder
        self.capture = os.path.join(os.path.realpath(folder), "capture.pcap")
        self.out = os.path.join(folder, "out")
        self.packets = 200000
        self.make()

    def make(self):
        subprocess.run([GENERATE, "--packets", str(self.packets), "--snaplen", "96", self.capture],
                       check=True, stderr=subprocess.DEVNULL)

    def run(self, *options, halted=True, keys=b"", there=False, **environment):
        """What the terminal saw, and the status."""
        while True:
            terminal = Terminal([PROGRAM, *options, self.capture], None if there else self.out,
                                **environment)
            caught = not halted or terminal.halt(keys)
            status = terminal.wait()
            if caught:
                return terminal.seen, status
            if self.packets > 10**7:
                raise SystemExit("Bail out! the program cannot be halted while it reads")
            self.packets *= 4
            self.make()

    def printed(self):
        with open(self.out, "rb") as file:
            return file.read()


def lines(seen):
    """What stood on the terminal's line, one after the other."""
    return seen.decode().replace("\r\n", "\n").split(ERASE.decode())


def line_faults(seen, bar):
    shown = lines(seen)
    if len(shown) < 3 or shown[0] != "" or shown[-1] != "":
        yield f"not written and erased: {shown}"
        return
    form = re.compile(rf"[{bar}]{{10,}} [ \d]{{3}} %  \d+(\.\d)? [kM]B of \d+(\.\d)? [kM]B  \d+(\.\d)?( [kM])? packets/s  \d+ s left")
    for line in shown[1:-1]:
        if not form.fullmatch(line):
            yield f"not such a line: {line}"
        if len(line) >= COLUMNS:
            yield f"{len(line)} columns: {line}"


def shown_check(stage):
    plain = subprocess.run([PROGRAM, "-q", stage.capture], capture_output=True, check=True).stdout
    seen, status = stage.run("-q")
    result("the line comes and goes", [*line_faults(seen, "█░"), *([status] if status else [])])
    result("the result is the same", [] if stage.printed() == plain else ["no"])
    seen, _ = stage.run("-q", "--ascii", NO_COLOR="1")
    result("in ASCII where it was asked for", list(line_faults(seen, "#.")))
    seen, _ = stage.run("-q", LC_ALL="C")
    result("and where the terminal has nothing else", list(line_faults(seen, "#.")))
    seen, _ = stage.run("-q", "--color=never", there=True)
    last = seen.rpartition(ERASE)
    text = plain.decode().replace("\n", "\r\n").encode()
    result("it is gone before the result begins",
           [] if last[2] == text and ERASE in last[0] else [seen[-200:]])


def interrupted_check(stage):
    """Begun anew with a longer capture when the end came before Ctrl-C."""
    while True:
        seen, status = stage.run("-q", keys=CTRL_C)
        if b"topped" in stage.printed() or stage.packets > 10**7:
            break
        stage.packets *= 4
        stage.make()
    faults = [*([] if status == 0 else [f"status {status}"]),
              *([] if b"topped" in stage.printed() else [stage.printed()[-300:]]),
              *([] if seen.endswith(ERASE) else [seen])]
    result("nothing is left of it at Ctrl-C", faults)


def silent_check(stage):
    for name, options in (("TERM=dumb", {"TERM": "dumb"}), ("no TERM", {"TERM": ""})):
        seen, _ = stage.run("-q", **options)
        result(f"none with {name}", [] if seen == b"" else [seen])
    seen, _ = stage.run("-q", halted=False, there=True, TERM="dumb")
    result("a terminal that cannot erase sees the result only",
           [] if ERASE not in seen and seen else [seen])
    seen, _ = stage.run("--ndjson", "-c", "20000", there=True, halted=False)
    result("none in a stream that the terminal shows", [] if ERASE not in seen else ["erased"])
    run = subprocess.run([PROGRAM, "-q", stage.capture], capture_output=True, check=True)
    result("none where standard error is no terminal", [] if run.stderr == b"" else [run.stderr])


def pipe_check(stage):
    """What comes through a pipe that stalls: how much there is of it, nobody knows."""
    command = f"(head -c 5000000; sleep 1.1; cat) < {stage.capture} | {PROGRAM} -q -"
    terminal = Terminal(["/bin/sh", "-c", command], stage.out)
    terminal.wait()
    shown = lines(terminal.seen)
    form = re.compile(r"\d+(\.\d)?( [kM])? packets  \d+(\.\d)?( [kM])? packets/s")
    result("a pipe has no percentage", [] if len(shown) > 2 and shown[-1] == "" and
           all(form.fullmatch(line) for line in shown[1:-1]) else [terminal.seen])


def main():
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(folder)
        shown_check(stage)
        interrupted_check(stage)
        silent_check(stage)
        pipe_check(stage)
    print(f"1..{count}")
    return failed > 0


sys.exit(main())
