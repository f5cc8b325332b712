"""callgrind: instructions by source file, from what valgrind --tool=callgrind writes."""
import os
import re
import subprocess

NAME = re.compile(r"(c?)(ob|fl|fi|fe|fn)=\((\d+)\)(?: (.*))?$")


def instructions(command, scratch):
    """Runs the command; instructions by source file as the compiler knew it, or, of code without
    lines, by the library that it is in."""
    out = os.path.join(scratch, "callgrind.out")
    subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   check=True)
    with open(out, encoding="utf-8", errors="replace") as lines:
        return counted(lines)


def counted(lines):
    """The costs that stand behind a name are its own; a line behind calls= is of who is called."""
    names, costs = {"ob": {}, "fl": {}, "fn": {}}, {}
    binary, file, called = "", "", False
    for line in lines:
        found = NAME.match(line)
        if found:
            of_called, kind, number, name = found.groups()
            name = names["fl" if kind in ("fi", "fe") else kind].setdefault(number, name)
            if kind == "ob" and not of_called:
                binary = name
            elif kind != "fn" and not of_called:
                file = name
        elif line.startswith("calls="):
            called = True
        elif line[:1].isdigit() or line[:1] in "+-*":
            if not called:
                key = file if os.path.basename(file) != "???" else os.path.basename(binary)
                costs[key] = costs.get(key, 0) + int(line.split()[1])
            called = False
    return costs
