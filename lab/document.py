"""Tables of figures, and the parts of a document that a program writes: between two marks."""


def table(head, rows, words=1):
    """Markdown; the first columns hold words, the others numbers."""
    lines = [head, ["---"] * words + ["---:"] * (len(head) - words), *rows]
    return ["| " + " | ".join(map(str, line)) + " |" for line in lines]


def marks(writer):
    return f"<!-- begin: written by {writer} -->", f"<!-- end: written by {writer} -->"


def read(path, writer):
    """What stands before the part that `writer` writes, that part, and what stands behind it."""
    begin, end = marks(writer)
    with open(path, encoding="utf-8") as file:
        before, rest = file.read().split(begin)
    written, after = rest.split(end)
    return before, written, after


def write(path, writer, lines):
    """Replaces what `writer` wrote before."""
    begin, end = marks(writer)
    before, _, after = read(path, writer)
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + begin + "\n" + "\n".join(lines) + "\n" + end + after)
