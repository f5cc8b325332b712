"""Tables of figures, and the parts of a document that a program writes: between two marks."""


def table(head, rows, words=1):
    """Markdown; the first columns hold words, the others numbers."""
    lines = [head, ["---"] * words + ["---:"] * (len(head) - words), *rows]
    return ["| " + " | ".join(map(str, line)) + " |" for line in lines]


def write(path, writer, lines):
    """Replaces what `writer` wrote before; the marks name it, and have to be there."""
    begin, end = f"<!-- begin: written by {writer} -->", f"<!-- end: written by {writer} -->"
    with open(path, encoding="utf-8") as file:
        before, rest = file.read().split(begin)
    after = rest.split(end)[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + begin + "\n" + "\n".join(lines) + "\n" + end + after)
