#!/usr/bin/env python3
"""vocabulary: whatever word the output has for a class, a tag, a rule, a check, a limit or a member
of JSON is explained somewhere, and by the same name.

Reads docs/schema.json, what --dump-machine prints, and the sources that name limits. Each
comparison is then fed a fault. Environment: srcdir, TCPFLOW_EXPLAIN.
"""
import copy
import json
import os
import pathlib
import re
import subprocess
import sys

SRC = pathlib.Path(os.environ.get("srcdir", "."))
DUMP_PARTS = ("Checks:", "Classes:", "Tags:", "Reasons:")
ROW = re.compile(r"^([a-z][a-z0-9-]*)(?: +(\S.*))?$")
count = failed = 0


def result(name, faults):
    global count, failed
    count += 1
    failed += bool(faults)
    print(f"{'not ok' if faults else 'ok'} {count} - {name}")
    for fault in faults[:10]:
        print(f"#   {fault}")


def finds(name, faults, word):
    good = any(word in fault for fault in faults)
    result(f"finds {name}", [] if good else [f"wanted: {word}", *faults])


def unlike(what, first, second):
    """Faults where the two do not have the same names."""
    return [f"{what} {name}: only in {'the first' if name in first else 'the second'}"
            for name in sorted(set(first) ^ set(second))]


def dump_rows(text):
    """By part of the dump: names, and whatever stands at a name in its line and the next one."""
    parts, rows, name, introduced = {}, {}, None, False
    for line in text.splitlines():
        part = next((each for each in DUMP_PARTS if line.startswith(each)), None)
        row = ROW.match(line)
        if part:
            rows = parts.setdefault(part, {})
            name, introduced = None, False
        elif not line:
            name, introduced = None, True # an introduction ends with a blank line
        elif row and introduced:
            name = row[1]
            rows[name] = row[2] or ""
        elif name and line.startswith("      "):
            rows[name] += "\n" + line.strip()
    return parts


def wordless(part, rows):
    """Rows without words; those of checks and reasons have their RFC in the first line."""
    lines = 2 if part in ("Checks:", "Reasons:") else 1
    return [f"{name}: no words" for name, text in rows.items()
            if len(text.split("\n")) < lines or "(null)" in text or not text.strip()]


def described(definitions, value):
    """A member has a description, or what it refers to has one."""
    if "description" in value or "const" in value:
        return True
    if "$ref" in value:
        return described(definitions, definitions[value["$ref"].rsplit("/", 1)[1]])
    return any(described(definitions, each)
               for each in value.get("anyOf", []) + value.get("oneOf", []))


def undescribed(definitions):
    faults = []

    def walk(value, path):
        for name, member in value.get("properties", {}).items():
            named = name in definitions["segment_class"]["enum"] # told there
            if not named and not described(definitions, member):
                faults.append(f"{path}.{name}: not described")
            walk(member, f"{path}.{name}")
        for key in ("items", "additionalProperties"):
            if isinstance(value.get(key), dict):
                walk(value[key], path)
        for each in value.get("anyOf", []) + value.get("oneOf", []):
            walk(each, path)

    for name, definition in definitions.items():
        walk(definition, name)
    return faults


def limits_of_schema(definitions):
    what = definitions["capture"]["properties"]["limits_hit"]["items"]["properties"]["what"]
    return {row["const"]: row.get("description", "") for row in what["oneOf"]}


def limits_added(text):
    """Names in calls of bounds_add, and in the rows of bounds_describe."""
    return set(re.findall(r'(?:\bbounds_add\(\w+|^ +\{) ?,? ?"([a-z-]+)", ', text, re.M))


def limits_told(text):
    """Rows of the table in limit_words."""
    table = text.split("limit_words(const char *what)", 1)[1].split("};", 1)[0]
    return set(re.findall(r'\{ "([a-z-]+)", "[^"]{8,}" \}', table))


def main():
    definitions = json.loads((SRC / "docs/schema.json").read_text(encoding="utf-8"))["$defs"]
    dump = subprocess.run([os.environ["TCPFLOW_EXPLAIN"], "--dump-machine"], check=True,
                          stdout=subprocess.PIPE, encoding="utf-8").stdout
    parts = dump_rows(dump)
    result("--dump-machine has its parts", unlike("part", parts, DUMP_PARTS))
    for part, rows in parts.items():
        result(f"{part} each row has words", wordless(part, rows))

    segment = definitions["segment_members"]["properties"]
    listed = {"Checks:": definitions["check"]["properties"]["id"]["enum"],
              "Classes:": definitions["segment_class"]["enum"],
              "Tags:": segment["tags"]["items"]["enum"]}
    for part, names in listed.items():
        result(f"{part} the same as in the schema", unlike(part, parts[part], names))
    header = (SRC / "include/model/segment_class.h").read_text(encoding="utf-8")
    rules = set(re.findall(r"^    RULE_(\w+),", header, re.M)) - {"N"}
    result(f"Reasons: all {len(rules)}",
           [] if len(rules) == len(parts["Reasons:"]) else [f"{len(parts['Reasons:'])} rows"])

    added = set().union(*(limits_added((SRC / "src/cli" / name).read_text(encoding="utf-8"))
                          for name in ("bounds.c", "pipeline.c")))
    summary = (SRC / "src/render/text_summary.c").read_text(encoding="utf-8")
    limits = limits_of_schema(definitions)
    result("limits were found", [] if len(added) >= 14 else [str(added)])
    result("each limit has words in the text", unlike("limit", added, limits_told(summary)))
    result("each limit is in the schema", unlike("limit", added, limits))
    result("each limit is described", [name for name, text in limits.items() if len(text) < 20])
    result("each member of JSON is described", undescribed(definitions))

    finds("a class that the schema lacks",
          unlike("Classes:", parts["Classes:"], listed["Classes:"][1:]), "only in the first")
    finds("a row without words", wordless("Tags:", dump_rows("Tags:\n\nsack\n")["Tags:"]), "sack")
    finds("a rule without words",
          wordless("Reasons:", dump_rows("Reasons:\n\nquiet  RFC 1\n\n")["Reasons:"]), "quiet")
    finds("a row that nobody filled in",
          wordless("Classes:", dump_rows("Classes:\n\nsyn  (null)\n")["Classes:"]), "syn")
    finds("a limit without words",
          unlike("limit", limits_added('bounds_add(report, "rows", n, 0);'), limits_told(summary)),
          "rows: only in the first")
    spoilt = copy.deepcopy(definitions)
    del spoilt["loss"]["properties"]["rate"]["description"]
    finds("a member that is not described", undescribed(spoilt), "loss.rate")
    print(f"1..{count}")
    return 0 if "TAP_HARNESS" in os.environ else int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
