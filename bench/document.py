"""document: the part of a document between two marks, which a program writes."""


def document_write(path, writer, lines):
    begin, end = (f"<!-- {word}: written by {writer} -->" for word in ("begin", "end"))
    with open(path, encoding="utf-8") as document:
        text = document.read()
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{path} lacks the marks between which the tables belong")
    with open(path, "w", encoding="utf-8") as document:
        document.write(f"{before}{begin}\n" + "\n".join(lines) + f"\n{end}{after}")
