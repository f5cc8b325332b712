#!/usr/bin/env python3
"""schema: is JSON or NDJSON output what docs/schema.json and common sense say?

    schema.py FILE...       each file is the output of one run; '-' is standard input
    schema.py --self-test   proves that what is broken is found (TAP)
    schema.py               in make check: the self-test, then the program over pcaps/ (TAP)

What a schema cannot express is checked here: states that follow from each other, ids and ranks,
totals that are sums. Prints one line per fault; ends with 1 when there is one.
"""
import collections
import copy
import json
import os
import pathlib
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    jsonschema = None

import schema_cases as cases

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINE_TYPES = ("capture", "connection", "segment", "finding", "summary")


class Schema:
    """docs/schema.json, by the name of a definition."""

    def __init__(self, path):
        schema = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        self.definitions = schema["$defs"]
        self.validators = {}

    def faults(self, value, name):
        """Lines that say where the value breaks the definition."""
        if name not in self.validators:
            self.validators[name] = jsonschema.Draft202012Validator(
                {"$ref": f"#/$defs/{name}", "$defs": self.definitions})
        for error in self.validators[name].iter_errors(value):
            where = "/".join(str(part) for part in error.absolute_path)
            yield f"{name} at /{where}: {error.message[:300]}"

    def defaults(self, name):
        """What members of a definition are where they are left out."""
        return {member: copy.deepcopy(row["default"])
                for member, row in self.definitions[name]["properties"].items()
                if "default" in row}

    def filled(self, line):
        """A connection line with all that it may leave out."""
        ends = {name: {**self.defaults("endpoint"), **end}
                for name, end in line["endpoints"].items()}
        return {**self.defaults("connection_members"), **line, "endpoints": ends}

    def lean_faults(self, line):
        """What stands in a connection line for nothing."""
        parts = [("the line", "connection_members", line)]
        parts += [(f"the {name}", "endpoint", end) for name, end in line["endpoints"].items()]
        for words, name, part in parts:
            for member, value in self.defaults(name).items():
                if member in part and part[member] == value:
                    yield f"{words} has {member} for nothing"


def no_duplicates(pairs):
    """json-c writes a member twice when it is added twice; a Python dict would hide it."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"members given twice: {', '.join(twice)}")
    return members


def no_constant(word):
    raise ValueError(f"{word} is not JSON")


def parse(text):
    return json.loads(text, object_pairs_hook=no_duplicates, parse_constant=no_constant)


# Consistency. Each function takes values that are sound by the schema and yields faults.


def transition_faults(connection):
    transitions = connection["transitions"]
    frames = [transition["frame"] for transition in transitions]
    if frames != sorted(frames):
        yield "transitions are not sorted by frame"
    for end in ("client", "server"):
        state = None
        for transition in transitions:
            if transition["endpoint"] != end:
                continue
            if transition["from"] != state:
                yield (f"frame {transition['frame']}: the {end} goes from {transition['from']},"
                       f" but was in {state}")
            if transition["to"] == transition["from"]:
                yield f"frame {transition['frame']}: the {end} goes to where it was"
            state = transition["to"]
        final = connection["endpoints"][end]["state"]
        if final != state:
            yield f"the {end} ends in {final}, but its last transition leads to {state}"


def check_faults(connection):
    seen = set()
    for check in connection["checks"]:
        key = (check["id"], check["frame"])
        if key in seen:
            yield f"check {check['id']} is there twice for frame {check['frame']}"
        seen.add(key)


def taken_over(connection):
    """The transitions that a later connection on the same ports caused."""
    return [transition for transition in connection.get("transitions", [])
            if transition["to"] == "CLOSED" and transition["frame"] > connection["last_frame"]]


def succession_faults(connections):
    """What ends after a connection's last segment ends by the first of the next one."""
    def ends(connection):
        return {(connection[end]["address"], connection[end]["port"])
                for end in ("client", "server")}

    begins = {connection["id"]: ends(connection) for connection in connections}
    for connection in connections:
        for transition in taken_over(connection):
            if begins.get(transition["frame"]) != ends(connection):
                yield (f"connection {connection['id']}: no connection on its ports begins with"
                       f" frame {transition['frame']}")


def frame_faults(connection):
    """Every frame of a connection lies between its first and its last."""
    first, last = connection["first_frame"], connection["last_frame"]
    if connection["id"] != first:
        yield f"the id is not the first frame, {first}"
    if last < first:
        yield f"the last frame, {last}, comes before the first, {first}"
    named = [("handshake", frame) for frame in connection["handshake"]["frames"]]
    named += [("close", frame) for frame in connection["close"]["frames"]]
    for transition in connection.get("transitions", []):
        if transition in taken_over(connection):
            continue
        named.append(("transition", transition["frame"]))
        if transition["evidence_frame"] is not None:
            named.append(("evidence of a transition", transition["evidence_frame"]))
    named += [("check", check["frame"]) for check in connection.get("checks", [])]
    for what, frame in named:
        if not first <= frame <= last:
            yield f"{what}: frame {frame} is not in {first}..{last}"
    for part in ("handshake", "close"):
        frames = connection[part]["frames"]
        if frames != sorted(frames):
            yield f"the frames of the {part} are not sorted"


def metrics_faults(metrics):
    """What was measured of one end's data, in itself."""
    again = metrics["retransmissions"]
    if sum(again["by_class"].values()) != again["segments"]:
        yield f"repeats by class do not add up to {again['segments']}"
    if again["needless"] > again["segments"]:
        yield "more repeats were needless than there were"
    rtt, trip = metrics["rtt"], metrics["round_trip"]
    if rtt is not None:
        times = [rtt["min_s"], rtt["p95_s"], rtt["max_s"]]
        if times != sorted(times) or not rtt["min_s"] <= rtt["mean_s"] <= rtt["max_s"]:
            yield f"round trips are out of order: {rtt}"
        if trip is not None and trip["smoothed_s"] < rtt["smoothed_s"]:
            yield "the whole round trip is shorter than its part"
    if metrics["flight"]["mean_bytes"] > metrics["flight"]["max_bytes"]:
        yield "on the way was more in the mean than at most"
    stall = metrics["longest_stall"]
    if stall is not None and None not in (stall["first_frame"], stall["last_frame"]) \
            and stall["first_frame"] >= stall["last_frame"]:
        yield "the longest stall ends before it begins"


def connection_faults(connection):
    yield from frame_faults(connection)
    if connection["last"] < connection["first"]:
        yield "it ends before it begins"
    for end in connection["endpoints"].values():
        # What an end sent is not known where no segment of it was captured.
        for name in ("payload_bytes", "payload_bytes_sent"):
            if (end[name] is None) != (end["segments"] == 0):
                yield f"{name} is {end[name]} with {end['segments']} segments"
        if end["metrics"] is not None:
            yield from metrics_faults(end["metrics"])
            again = end["metrics"]["retransmissions"]
            if again["segments"] != end["retransmitted_segments"]:
                yield "the metrics have another number of repeats"
            if again["needless"] != ((end["loss"] or {}).get("needless") or {}).get("segments", 0):
                yield f"the metrics have {again['needless']} needless repeats"
    for name in ("vantage_certainty", "vantage_evidence"):
        if (connection[name] is None) != (connection["vantage"] == "unknown"):
            yield f"{name} is {connection[name]} of the vantage {connection['vantage']}"
    for finding in connection["findings"]:
        if finding["scope"] in ("host", "capture"):
            yield f"finding {finding['id']} of scope {finding['scope']} in a connection"
        if finding["connection"] != connection["id"]:
            yield f"finding {finding['id']} names connection {finding['connection']}"
    for name, end in connection["endpoints"].items():
        if end["limited_by"] is not None:
            yield from limit_faults(name, end["limited_by"])
    if connection["exchanges"] is not None:
        yield from exchange_faults(connection["exchanges"])
    for error in connection["icmp_errors"]:
        if error["frame"] <= connection["first_frame"]:
            yield f"an ICMP error (frame {error['frame']}) comes before the connection"
    if "transitions" in connection and not connection["events_lost"]:
        yield from transition_faults(connection)
        yield from check_faults(connection)


CAUSES = {"application": ("program", "held_back"), "receiver": ("window_full", "window_zero"),
          "loss": ("repair", "timeout"), "network": ("network", "slow_start", "queue")}
ROUNDED = 0.001  # shares have four decimals


def limit_faults(name, limits):
    """A verdict against the shares that it rests on."""
    if (limits["cause"] is None) != (limits["share"] is None):
        yield f"the {name} has a share of {limits['share']} for the cause {limits['cause']}"
    if "shares" not in limits:
        return
    shares = limits["shares"]
    if abs(sum(shares.values()) - 1) > ROUNDED:
        yield f"the {name}'s shares do not add up to 1"
    for cause, parts in CAUSES.items():
        share = sum(shares[part] for part in parts)
        if cause == limits["cause"]:
            if share < 0.5 - ROUNDED or abs(share - limits["share"]) > ROUNDED:
                yield f"the {name} is limited by {cause}, which has {share:.4f}"
        elif share > 0.5 + ROUNDED:
            yield f"the {name} is not limited by {cause}, which has {share:.4f}"
        elif abs(share - 0.25) > ROUNDED and (share >= 0.25) != (cause in limits["also"]):
            yield f"the {name}: {cause} has {share:.4f}, also: {limits['also']}"


def exchange_faults(exchanges):
    timed = [exchanges[name] is not None for name in
             ("certainty", "server_mean_s", "server_max_s", "slowest_request", "slowest_answer")
             if name in exchanges]
    if any(timed) != all(timed):
        yield "some of the server's times are known"
    if not all(timed):
        return
    least = exchanges.get("server_min_s", 0)
    if not least <= exchanges["server_mean_s"] <= exchanges["server_max_s"]:
        yield "the server's times are not in order"
    if exchanges.get("slowest_request", 0) >= exchanges["slowest_answer"]:
        yield "the answer stands before its request"


def segment_faults(connection, segments):
    """The segments of a connection against what is said of the whole."""
    frames = [segment["frame"] for segment in segments]
    if frames != sorted(set(frames)):
        yield "segments are not sorted by frame, or one is there twice"
    for segment in segments:
        first, last = connection["first_frame"], connection["last_frame"]
        if not first <= segment["frame"] <= last and segment["class"] != "capture-duplicate":
            yield f"segment {segment['frame']} is not in {first}..{last}"
        if (segment["original_frame"] or 0) >= segment["frame"]:
            yield f"segment {segment['frame']} comes before its first sending"
        if (segment["ack"] is None) == ("ACK" in segment["flags"].split(",")):
            yield f"segment {segment['frame']}: flags {segment['flags']}, ack {segment['ack']}"
    for name, end in connection["endpoints"].items():
        again = [segment for segment in segments
                 if segment["from"] == name and segment["class"].startswith("rtx-")]
        if segments and (end["retransmitted_segments"] or 0) != len(again):
            yield (f"the {name} sent {end['retransmitted_segments']} segments again, and"
                   f" {len(again)} are listed")
        if segments and (end["retransmitted_bytes"] or 0) != sum(s["length"] for s in again):
            yield f"the {name}'s bytes sent again do not add up"
        if not segments or end["metrics"] is None:
            continue
        classes, told = {}, end["metrics"]["retransmissions"]
        for segment in again:
            classes[segment["class"]] = classes.get(segment["class"], 0) + 1
        if classes != told["by_class"]:
            yield f"the {name}'s repeats are {told['by_class']}, and listed are {classes}"
    yield from loss_faults(connection, segments)


def loss_faults(connection, segments):
    """What was lost where is what the segments tell, in sum and, except for SYNs, in kind."""
    for name, end in connection["endpoints"].items():
        loss = end["loss"] or {}
        count = {kind: (loss.get(kind) or {"segments": 0})["segments"]
                 for kind in ("after", "between", "before", "needless", "unknown", "overtaken")}
        told = sum(count.values()) - count["overtaken"]
        again = end["retransmitted_segments"] or 0
        if told - count["unknown"] > again:
            yield f"the {name}: {told} places of {again} segments sent again"
        own = [segment for segment in segments if segment["from"] == name]
        if not own:
            continue
        classes = collections.Counter(segment["class"] for segment in own)
        # Other bytes under old numbers are nothing that was lost, unless a device padded them.
        other = sum(segment["class"].startswith("rtx-") and "other-bytes" in segment["tags"]
                    for segment in own)
        if not again - other <= told - classes["ambiguous"] <= again:
            yield f"the {name}: {told} places of {again} segments sent again"
        if count["overtaken"] != classes["reordered"]:
            yield f"the {name}: {count['overtaken']} segments overtaken, not {classes['reordered']}"
        needless = sum(segment["class"] == "rtx-unneeded" or
                       ("spurious" in segment["tags"] and segment["class"].startswith("rtx-"))
                       for segment in own)
        syns = classes["rtx-syn"] + classes["rtx-syn-ack"]
        if not needless <= count["needless"] <= needless + syns:
            yield f"the {name}: {count['needless']} segments not needed, not {needless}"


def totals_faults(totals, connections):
    for name in ("by_handshake", "by_close"):
        if sum(totals[name].values()) != totals["connections"]:
            yield f"totals: {name} does not add up to {totals['connections']} connections"
    if totals["listed"] > totals["connections"]:
        yield "totals: more are listed than there are"
    if not connections:
        return
    if len(connections) != totals["listed"]:
        yield f"totals: {totals['listed']} listed, but {len(connections)} are there"
    if totals["listed"] != totals["connections"]:
        return
    for name, part in (("by_handshake", "handshake"), ("by_close", "close")):
        counted = {}
        for connection in connections:
            kind = connection[part]["kind"]
            counted[kind] = counted.get(kind, 0) + 1
        claimed = {kind: n for kind, n in totals[name].items() if n}
        if counted != claimed:
            yield f"totals: {name} is {claimed}, counted {counted}"


def rank_faults(findings):
    ranks = [finding["rank"] for finding in findings if finding["rank"] is not None]
    if len(set(ranks)) != len(ranks):
        yield "two findings have the same rank"
    elif len(ranks) == len(findings) and sorted(ranks) != list(range(1, len(ranks) + 1)):
        yield f"ranks are not 1..{len(ranks)}: {sorted(ranks)[:10]}"


def whole_faults(connections, findings, capture, totals):
    """What holds for a run as a whole, in both formats."""
    ids = [connection["id"] for connection in connections]
    if len(set(ids)) != len(ids):
        yield "two connections have the same id"
    for connection in connections:
        for fault in connection_faults(connection):
            yield f"connection {connection['id']}: {fault}"
        if connection["last_frame"] > capture["frames"]:
            yield f"connection {connection['id']}: its last frame is not in the capture"
    if len(connections) == totals["connections"]:
        yield from succession_faults(connections)
    for finding in findings:
        if finding["scope"] not in ("host", "capture"):
            yield f"finding {finding['id']} of scope {finding['scope']} at the top"
    everything = findings + [f for c in connections for f in c["findings"]]
    for finding in everything:
        for evidence in finding["evidence"]:
            if evidence["frame"] > capture["frames"]:
                yield f"finding {finding['id']}: frame {evidence['frame']} is not in the capture"
    read = sum(entry["frames"] for entry in capture["inputs"])
    if read != capture["frames"]:
        yield f"the inputs have {read} frames, the capture {capture['frames']}"
    skipped = dict(capture["skipped"])
    if skipped.pop("cut") > skipped["malformed"]:
        yield "more cut frames than malformed ones"
    if capture["icmp_errors_unmatched"] > capture["icmp_errors"]:
        yield "more ICMP errors without a connection than there are"
    if capture["segments"] + capture["icmp_errors"] + sum(skipped.values()) > capture["frames"]:
        yield "more segments and skipped frames than frames"
    yield from rank_faults(everything)
    yield from totals_faults(totals, connections)


def document_faults(schema, document):
    """--json."""
    faults = list(schema.faults(document, "document"))
    if faults:
        return faults
    ids = [connection["id"] for connection in document["connections"]]
    for connection in document["connections"]:
        faults += segment_faults(connection, connection.get("segments", []))
    if document["capture"]["sorted"] and ids != sorted(ids):
        faults.append("capture.sorted is true, but the ids are not sorted")
    return faults + list(whole_faults(document["connections"], document["findings"],
                                      document["capture"], document["totals"]))


def stream_faults(schema, lines):
    """--ndjson, its lines parsed."""
    faults = []
    by_type = {name: [] for name in LINE_TYPES}
    for number, line in enumerate(lines, 1):
        kind = line.get("type") if isinstance(line, dict) else None
        if kind not in by_type:
            faults.append(f"line {number}: type {kind!r} does not exist")
            continue
        by_type[kind].append(line)
        faults += [f"line {number}: {fault}" for fault in schema.faults(line, f"ndjson_{kind}")]
    if faults:
        return faults
    if len(by_type["summary"]) != 1 or lines[-1]["type"] != "summary":
        return ["the summary is not the last line, or not the only one"]
    summary = lines[-1]
    opened = [line["name"] for line in by_type["capture"]]
    if opened != [entry["name"] for entry in summary["capture"]["inputs"]]:
        faults.append(f"capture lines name {opened}, which are not the summary's inputs")
    if lines[0]["type"] != "capture" and opened:
        faults.append("a line comes before any input was opened")
    if len({"transitions" in line for line in by_type["connection"]}) > 1:
        faults.append("some connection lines carry transitions, some do not")
    for line in by_type["connection"]:
        faults += [f"connection {line['id']}: {fault}" for fault in schema.lean_faults(line)]
    connections = [schema.filled(line) for line in by_type["connection"]]
    for connection in connections:
        faults += segment_faults(connection, [line for line in by_type["segment"]
                                              if line["connection"] == connection["id"]])
    return faults + list(whole_faults(connections, by_type["finding"],
                                      summary["capture"], summary["totals"]))


def text_faults(schema, raw):
    """The bytes of one run's output, in either format."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return [f"not UTF-8: {error}"]
    if any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160 for c in text):
        return ["a raw control character"]
    if not text.endswith("\n"):
        return ["it does not end with the end of a line"]
    try:
        if text.startswith('{"schema"'):
            return document_faults(schema, parse(text))
        return stream_faults(schema, [parse(line) for line in text.splitlines()])
    except ValueError as error:
        return [f"not JSON: {error}"]


class Tap:
    """Results, one per line."""

    def __init__(self):
        self.count = self.failed = 0

    def result(self, name, faults):
        self.count += 1
        self.failed += bool(faults)
        print(f"{'not ok' if faults else 'ok'} {self.count} - {name}")
        for fault in faults[:10]:
            print(f"#   {fault}")

    def found(self, name, faults, word):
        good = any(word in fault for fault in faults)
        self.result(f"finds {name}", [] if good else [f"wanted: {word}"] + (faults or ["none"]))


def as_text(lines):
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def self_test(schema, tap):
    document, stream = cases.made_document(), cases.made_stream()
    tap.result("a sound document passes", text_faults(schema, as_text([document])))
    tap.result("a sound stream passes", text_faults(schema, as_text(stream)))
    for line in stream:
        tap.result(f"one of the lines: {line['type']}", list(schema.faults(line, "ndjson_line")))
    brief = [{k: v for k, v in line.items() if k not in ("transitions", "checks")}
             for line in stream]
    tap.result("a stream without -v passes", text_faults(schema, as_text(brief)))
    tap.result("a document with -q passes", document_faults(schema, {
        **document, "connections": [], "findings": [{**document["findings"][0], "rank": 1}]}))
    tap.result("ranks may be unknown", document_faults(
        schema, cases.put(document, cases.FIRST + ["findings", 0, "rank"], None)))
    for name, path, value, word in cases.BROKEN_DOCUMENTS:
        tap.found(name, text_faults(schema, as_text([cases.put(document, path, value)])), word)
    for name, path, value, word in cases.BROKEN_STREAMS:
        tap.found(name, text_faults(schema, as_text(cases.put(stream, path, value))), word)
    segmented = cases.made_segmented_stream()
    tap.result("a stream with segments passes", text_faults(schema, as_text(segmented)))
    for name, path, value, word in cases.BROKEN_SEGMENTS:
        tap.found(name, text_faults(schema, as_text(cases.put(segmented, path, value))), word)
    tap.result("the lines of a document", list(same_faults(schema, document, stream)))
    for name, path, value, word in cases.OTHER_STREAMS:
        tap.found(name, list(same_faults(schema, document, cases.put(stream, path, value))), word)
    mixed = [brief[1] if line is stream[1] else line for line in stream]
    tap.found("mixed connection lines", text_faults(schema, as_text(mixed)), "some do not")
    tap.found("a line that is none of them", list(schema.faults(
        {"type": "capture"}, "ndjson_line")), "ndjson_line")
    for name, text, word in cases.BROKEN_TEXTS:
        tap.found(name, text_faults(schema, text), word)


def again_of(raw):
    """By connection, what its ends sent again."""
    return {connection["id"]: [(end["retransmitted_segments"], end["retransmitted_bytes"])
                               for end in connection["endpoints"].values()]
            for connection in json.loads(raw)["connections"]}


def same_faults(schema, document, stream):
    """What a line leaves out is what --json says there: both have the same connections. A rank is
    known at the end only."""
    def ranked_off(connection):
        findings = [{**finding, "rank": None} for finding in connection["findings"]]
        return {**connection, "type": "connection", "findings": findings}
    whole = {each["id"]: ranked_off(each) for each in document["connections"]}
    lines = {each["id"]: ranked_off(schema.filled(each)) for each in stream
             if each["type"] == "connection"}
    for number in sorted(whole.keys() | lines.keys()):
        one, other = whole.get(number, {}), lines.get(number, {})
        for name in sorted(one.keys() | other.keys()):
            if one.get(name) != other.get(name):
                yield f"connection {number}: {name} differs from its line"


def program_test(schema, tap, program):
    """The program's real output over every capture of the project, in every mode."""
    modes = (["--json"], ["--json", "-v"], ["--json", "-q"], ["--ndjson"], ["--ndjson", "-v"],
             ["--json", "--segments"], ["--ndjson", "--segments"])
    captures = sorted(path for path in (ROOT / "pcaps").rglob("*")
                      if path.suffix in (".pcap", ".pcapng"))
    for path in captures:
        again, verbose = {}, []
        for mode in modes:
            run = subprocess.run([program, *mode, str(path)], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                                 check=False)
            faults = text_faults(schema, run.stdout)
            # 3: the input could not be read to its end; what could be read is reported.
            if run.returncode not in (0, 3):
                faults = [f"exit {run.returncode}: {run.stderr[:200]!r}"] + faults
            tap.result(f"{' '.join(mode)} {path.relative_to(ROOT)}", faults)
            if mode in (["--json"], ["--json", "--segments"]) and not faults:
                again[len(mode)] = again_of(run.stdout)
            if mode[1:] == ["-v"] and not faults:
                verbose.append(run.stdout)
        if len(verbose) == 2:
            document, lines = parse(verbose[0]), list(map(parse, verbose[1].splitlines()))
            tap.result(f"the lines of {path.relative_to(ROOT)} are what --json has",
                       list(same_faults(schema, document, lines)))
        differ = again.get(1) != again.get(2)
        tap.result(f"with and without --segments {path.relative_to(ROOT)}",
                   [f"sent again: {again}"] if differ else [])


def test(schema, with_program):
    tap = Tap()
    self_test(schema, tap)
    if with_program:
        program_test(schema, tap, os.environ["TCPFLOW_EXPLAIN"])
    print(f"1..{tap.count}")
    # The harness of make check counts the "not ok" lines; a status would count once more.
    return 0 if "TAP_HARNESS" in os.environ else int(tap.failed > 0)


def validate(schema, names):
    status = 0
    for name in names:
        raw = sys.stdin.buffer.read() if name == "-" else pathlib.Path(name).read_bytes()
        for fault in text_faults(schema, raw):
            print(f"{name}: {fault}")
            status = 1
    return status


def main(arguments):
    in_check = not arguments and "TAP_HARNESS" in os.environ
    if jsonschema is None or not hasattr(jsonschema, "Draft202012Validator"):
        print("1..0 # SKIP python3-jsonschema 4.0 or later is not installed")
        return 0 if in_check else 77
    schema = Schema(ROOT / "docs" / "schema.json")
    if in_check or arguments == ["--self-test"]:
        return test(schema, in_check and "TCPFLOW_EXPLAIN" in os.environ)
    if not arguments or any(name.startswith("--") for name in arguments):
        print(__doc__, file=sys.stderr)
        return 2
    return validate(schema, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
