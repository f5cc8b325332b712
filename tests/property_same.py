"""property_same: what the program says of a changed capture equals what it says of the capture.

For tests/properties.py. Each property has a function that lists the differences, one that makes the
changed captures, and one that plants faults into a right answer, all of which must be found.
"""
import copy
import datetime
import ipaddress
import re

import frames
import property_check

ENDS = ("client", "server")


def same(_path, old, new):
    return old == new


def differences(old, new, equal=same, path=""):
    """Lines that say where two documents differ; equal(path, old, new) judges what is no list
    and no object."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if key not in old or key not in new:
                yield "%s.%s is only in the %s" % (path, key, "old" if key in old else "new")
            else:
                yield from differences(old[key], new[key], equal, path + "." + key)
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield "%s has %d entries, not %d" % (path, len(new), len(old))
        for i, (a, b) in enumerate(zip(old, new)):
            yield from differences(a, b, equal, "%s[%d]" % (path, i))
    elif not equal(path, old, new):
        yield "%s is %r, not %r" % (path, new, old)


def plain(document):
    """Without the file's name and format; ranks become dense, so that a finding may be taken
    out."""
    document = copy.deepcopy(document)
    for each in document["capture"]["inputs"]:
        del each["name"], each["format"]
    found = list(findings_of(document))
    ranks = sorted(finding["rank"] for finding in found)
    for finding in found:
        finding["rank"] = ranks.index(finding["rank"]) + 1
    return document


def findings_of(document):
    for connection in document["connections"]:
        yield from connection["findings"]
    yield from document["findings"]


def tokens_equal(old, new, allowed):
    """Two texts that differ in numbers only, each by what allowed(old number, new number)
    admits."""
    if re.sub(r"\d+", "0", old) != re.sub(r"\d+", "0", new):
        return False
    return all(a == b or allowed(int(a), int(b))
               for a, b in zip(re.findall(r"\d+", old), re.findall(r"\d+", new)))


def end_key(end):
    return (ipaddress.ip_address(end["address"]).packed, end["port"])


# --- numbers -------------------------------------------------------------------------------------

# Whose numbers a check compares; its endpoint's own unless it is listed here.
CHECKS_OF_ACK = ("synack-acks-isn-plus-1", "handshake-ack-number", "ack-of-fin")
CHECKS_OF_NEITHER = ("syn-ack-field-zero",)
ABSOLUTE_TEXTS = ("arithmetic", "title", "text", "value")


def connection_shifts(connection, shift_of):
    keys = end_key(connection["client"]), end_key(connection["server"])
    return {"client": shift_of(keys), "server": shift_of(keys[::-1])}


WRAPS = " (mod 2^32)"
SUM = re.compile(r": (\d+) (!?=) (\d+)(?: \+ (\d+))?( \(mod 2\^32\))?")


def sum_is_right(check):
    """Whether the arithmetic that is shown is true: worked out again."""
    sums = SUM.findall(check["arithmetic"] or "")
    for left, sign, base, more, wraps in sums:
        total = int(base) + int(more or 0)
        if (int(left) == total % frames.SPACE) != (sign == "=") or \
                (total >= frames.SPACE) != bool(wraps):
            return False
        if check["observed"] is not None and len(sums) == 1 and \
                (check["observed"], check["expected"]) != (int(left), total % frames.SPACE):
            return False
    return bool(sums) or check["result"] == "skipped"


def shift_back(document, shift_of):
    """Takes the shift out of every number whose space is known."""
    document = copy.deepcopy(document)
    for connection in document["connections"]:
        shifts = connection_shifts(connection, shift_of)
        for end in ENDS:
            endpoint = connection["endpoints"][end]
            if endpoint["isn"] is not None:
                endpoint["isn"] = (endpoint["isn"] - shifts[end]) % frames.SPACE
        for segment in connection["segments"]:
            other = ENDS[segment["from"] == "client"]
            sender = connection["endpoints"][segment["from"]]
            # The RST of an end that sent nothing else has the number 0, which is none of its own.
            if segment["seq"] != 0 or sender["isn"] is not None or "RST" not in segment["flags"]:
                segment["seq"] = (segment["seq"] - shifts[segment["from"]]) % frames.SPACE
            if segment["ack"] is not None:
                segment["ack"] = (segment["ack"] - shifts[other]) % frames.SPACE
        for check in connection["checks"]:
            other = ENDS[check["endpoint"] == "client"]
            space = other if check["id"] in CHECKS_OF_ACK else check["endpoint"]
            by = 0 if check["id"] in CHECKS_OF_NEITHER else shifts[space]
            said = property_check.saying_of(check)
            if said is not None:
                by = {"own": shifts[check["endpoint"]],
                      "the other end's": shifts[other]}.get(said, 0)
            if not (property_check.is_right if said else sum_is_right)(check):
                check["this sum is wrong"] = check["arithmetic"]
            check["arithmetic"] = (check["arithmetic"] or "").replace(WRAPS, "")
            for key in ("observed", "expected"):
                if check[key] is not None:
                    check[key] = (check[key] - by) % frames.SPACE
    return document


def without_sums(document):
    """A checksum has the shifted numbers in it: of its comparison only the sign stays."""
    for connection in document["connections"]:
        for check in connection["checks"]:
            if property_check.saying_of(check) == "checksum":
                check["arithmetic"] = re.sub(r"\d+", "0", check["arithmetic"])
                check["arithmetic_relative"] = check["observed"] = check["expected"] = None
    return document


def numbers_differ(old, new, shift_of):
    shifts = {}
    for i, connection in enumerate(old["connections"]):
        shifts[i] = connection_shifts(connection, shift_of).values()

    def equal(path, a, b):
        at = re.match(r"\.connections\[(\d+)\]", path)
        if at is None or path.rsplit(".", 1)[1] not in ABSOLUTE_TEXTS or not isinstance(a, str) \
                or not isinstance(b, str):
            return a == b
        moved = shifts.get(int(at[1]), ())
        return tokens_equal(a, b, lambda x, y: (y - x) % frames.SPACE in moved)

    return list(differences(plain(without_sums(shift_back(old, lambda way: 0))),
                            plain(without_sums(shift_back(new, shift_of))), equal))


def shifts_tried(capture):
    """Functions from a direction to its shift: any number, and those that put the first byte or
    the SYN where the numbers wrap."""
    first = frames.first_numbers(capture)

    def aimed(lower_first, upper_first):
        def shift_of(way):
            aim = lower_first if way[0] < way[1] else upper_first
            return (aim - first.get(way, 0)) % frames.SPACE
        return shift_of

    yield lambda way: 0x9e3779b9 if way[0] < way[1] else 0x3c6ef372
    yield aimed(0xffffffff, 0x7fffffff)  # the first byte is number 0; and 2^31
    yield aimed(0x7fffffff, 0xffffffff)
    yield aimed(0, 0xfffffffe)           # the first byte is number 1; and 2^32 - 1
    yield aimed(0xfffffff0, 0)           # the numbers wrap inside the first payload


def test_numbers(capture, document, run):
    for shift_of in shifts_tried(capture):
        made = frames.shift_numbers(capture, shift_of)
        yield from numbers_differ(document, run(made), shift_of)


def plant_numbers(document):
    """(what is wrong, document): each must be found to differ."""
    def shift_of(way):
        return 7 if way[0] < way[1] else 11
    first = document["connections"][0]
    check = next(i for i, each in enumerate(first["checks"]) if each["observed"] is not None)
    moved = shift_forth(document, shift_of)
    yield "nothing", None, moved, shift_of
    for what, change in (
            ("an ISN that did not move",
             lambda c: c["endpoints"]["client"].update(isn=first["endpoints"]["client"]["isn"])),
            ("a check that did not move",
             lambda c: c["checks"][check].update(observed=first["checks"][check]["observed"])),
            ("a wrong sum", lambda c: c["checks"][check].update(
                arithmetic=c["checks"][check]["arithmetic"].replace("=", "!="))),
            ("another relative number",
             lambda c: c["checks"][check].update(arithmetic_relative="seq = x: 1 = 1")),
            ("another state", lambda c: c["endpoints"]["client"].update(state="CLOSED"))):
        wrong = copy.deepcopy(moved)
        change(wrong["connections"][0])
        yield what, what, wrong, shift_of


def shift_forth(document, shift_of):
    """What the program should say of the shifted capture, for the planted faults: the texts of
    the checks are moved number by number."""
    moved = shift_back(document, lambda way: -shift_of(way))
    for connection, was in zip(moved["connections"], document["connections"]):
        for check, before in zip(connection["checks"], was["checks"]):
            for key in ("observed", "expected"):
                if before[key] is not None and before[key] > 100:
                    by = check[key] - before[key]
                    check["arithmetic"] = re.sub(
                        r"\d{4,}", lambda m, by=by: str((int(m[0]) + by) % frames.SPACE),
                        before["arithmetic"])
    return moved


# --- time ----------------------------------------------------------------------------------------

TIME = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z$")


def nanoseconds(text):
    match = TIME.match(text)
    if match is None:
        return None
    whole = datetime.datetime.fromisoformat(match[1] + "+00:00")
    return int(whole.timestamp()) * 10**9 + int(match[2])


def time_differ(old, new, by):
    def equal(_path, a, b):
        if isinstance(a, str) and isinstance(b, str) and TIME.match(a) and TIME.match(b):
            return nanoseconds(b) - nanoseconds(a) == by
        return a == b

    return list(differences(plain(old), plain(new), equal))


def times_tried(capture):
    """To the first second of all, over the second's edge, and to the last one of the format."""
    times = [frame.time for frame in capture.frames]
    if max(times) - min(times) < 2**30 * 10**9:
        yield -min(times)
        yield (2**32 - 1) * 10**9 - max(times) // 10**9 * 10**9
    yield 123456789 * 10**9 + 999999000


def test_time(capture, document, run):
    for by in times_tried(capture):
        made = [frame._replace(time=frame.time + by) for frame in capture.frames]
        yield from time_differ(document, run(made), by)


def plant_time(document):
    yield "nothing", None, document, 0
    yield "times that did not move", "times", document, 10**9
    for what, change in (
            ("another duration", lambda d: d["connections"][0].update(duration_s=77.0)),
            ("another state",
             lambda d: d["connections"][0]["endpoints"]["server"].update(state="LISTEN")),
            ("one more finding", lambda d: d["findings"].append(
                {"id": "x", "rank": 99, "certainty": "observed"}))):
        wrong = copy.deepcopy(document)
        change(wrong)
        yield what, what, wrong, 0


# --- names ---------------------------------------------------------------------------------------

def address_texts(end):
    """How texts write an end, most exact first."""
    address, port = end["address"], end["port"]
    both = "[%s]:%d" % (address, port) if ":" in address else "%s:%d" % (address, port)
    return (both, address)


def names_exchanged(text, connection):
    pairs = {}
    for a, b in zip(address_texts(connection["client"]), address_texts(connection["server"])):
        pairs[a], pairs[b] = b, a
    pattern = "|".join(re.escape(each) for each in sorted(pairs, key=len, reverse=True))
    return re.sub("(?<![0-9a-f.:])(?:%s)(?![0-9a-f])" % pattern, lambda m: pairs[m[0]], text)


def names_expected(document):
    """What must be said when the names are exchanged and the roles stay with the bytes."""
    document = copy.deepcopy(document)
    for connection in document["connections"]:
        for finding in connection["findings"]:
            for key in ("title", "text", "advice"):
                finding[key] = names_exchanged(finding[key], connection)
            finding["host"] = host_exchanged(finding["host"], [connection])
        for end in connection["endpoints"].values():
            for part in (end["loss"] or {}).values():
                if isinstance(part, dict):
                    part["text"] = names_exchanged(part["text"], connection)
        for error in connection["icmp_errors"]:
            error["reporter"] = host_exchanged({"address": error["reporter"], "port": None},
                                               [connection])["address"]
    for finding in document["findings"]:
        finding["host"] = host_exchanged(finding["host"], document["connections"])
        for key in ("title", "text", "advice"):
            for connection in document["connections"][:1]:
                finding[key] = names_exchanged(finding[key], connection)
    for connection in document["connections"]:
        connection["client"], connection["server"] = connection["server"], connection["client"]
    return document


def host_exchanged(host, connections):
    for connection in connections if host is not None else ():
        client, server = connection["client"], connection["server"]
        if host["address"] in (client["address"], server["address"]):
            other = server if host["address"] == client["address"] else client
            return {**host, "address": other["address"],
                    "port": None if host["port"] is None else other["port"]}
    return host


FLIP = {"client": "server", "server": "client", "both": "both", None: None}
# Zeek's words that name an end, each with the one for the other end.
FLIP_STATE = {"S2": "S3", "S3": "S2", "RSTO": "RSTR", "RSTR": "RSTO", "SH": "SHR", "SHR": "SH",
              "RSTOS0": "RSTRH", "RSTRH": "RSTOS0"}


def roles_flipped(connection):
    """What is left to compare when client and server change their roles: words for the ends are
    not."""
    made = copy.deepcopy(connection)
    made["client"], made["server"] = made["server"], made["client"]
    endpoints = made["endpoints"]
    endpoints["client"], endpoints["server"] = endpoints["server"], endpoints["client"]
    made["close"]["first_closer"] = FLIP[made["close"]["first_closer"]]
    for each in made["transitions"] + made["checks"] + made["icmp_errors"]:
        each["endpoint"] = FLIP[each["endpoint"]]
    if made["zeek"] is not None:
        made["zeek"] = {"conn_state": FLIP_STATE.get(made["zeek"]["conn_state"],
                                                     made["zeek"]["conn_state"]),
                        "history": made["zeek"]["history"].swapcase()}
    return made


def without_words(connection):
    made = copy.deepcopy(connection)
    for check in made["checks"]:
        del check["arithmetic"], check["arithmetic_relative"]
    if made["zeek"] is not None:  # "^": the roles were taken from the ports
        made["zeek"]["history"] = made["zeek"]["history"].replace("^", "")
    made["transitions"].sort(key=lambda t: (t["frame"], t["endpoint"]))
    made["checks"].sort(key=lambda c: (c["frame"], c["id"], c["endpoint"]))
    made["findings"] = sorted(((f["id"], f["severity"], f["certainty"],
                                [e["frame"] for e in f["evidence"]]) for f in made["findings"]),
                              key=repr)
    return made


# Rules 4, 6, 7 and 8 of the choice of roles look at addresses and ports, of this connection or of
# others, and these went to the other end; all the other rules look at the segments.
BY_NAME = ("known-service", "port", "peers")


# Counts the connections of one address and port. After the exchange each of them has another.
OF_A_SERVICE = "listen-queue-overflow"


def without_services(document):
    """Without what is found of a service, and the ranks of the others moved up."""
    ranks = [f["rank"] for f in document["findings"] if f["id"] == OF_A_SERVICE]
    document["findings"] = [f for f in document["findings"] if f["id"] != OF_A_SERVICE]
    for findings in [document["findings"]] + [c["findings"] for c in document["connections"]]:
        for finding in findings:
            finding["rank"] -= sum(rank < finding["rank"] for rank in ranks)
    return document


def names_differ(old, new):
    old, new = without_services(names_expected(plain(old))), plain(new)
    for i, (connection, other) in enumerate(zip(old["connections"], new["connections"])):
        if connection["role_evidence"] not in BY_NAME:
            continue
        if connection["role_evidence"] == other["role_evidence"] == "port" or \
                other["client"] != connection["client"]:
            connection = roles_flipped(connection)
        old["connections"][i] = without_words(connection)
        new["connections"][i] = without_words(other)
        for key in ("role_evidence", "role_certainty"):
            if other[key] != connection[key]:
                del old["connections"][i][key], new["connections"][i][key]
    return list(differences(old, new))


def test_names(capture, document, run):
    made = frames.exchange_names(capture)
    yield from names_differ(document, run(made))


def plant_names(document):
    right = names_expected(document)
    yield "nothing", None, right
    yield "roles that stayed with the names", "roles", document
    for what, change in (
            ("states of the wrong end", lambda c: c["endpoints"].update(
                client=c["endpoints"]["server"], server=c["endpoints"]["client"])),
            ("another closer", lambda c: c["close"].update(first_closer="server")),
            ("another handshake", lambda c: c["handshake"].update(kind="simultaneous"))):
        wrong = copy.deepcopy(right)
        change(wrong["connections"][0])
        yield what, what, wrong


# --- doubled -------------------------------------------------------------------------------------

GAP = 1000  # ns
FRAME_KEYS = ("id", "first_frame", "last_frame", "frame", "evidence_frame", "original_frame",
              "connection", "longest_frame", "slowest_request", "slowest_answer")
DUPLICATES = "capture-duplicates"


def frames_back(value, origins, key=None):
    """With the numbers that the frames have in the capture itself; a copy's is negative."""
    if isinstance(value, dict):
        return {k: frames_back(v, origins, k) for k, v in value.items()}
    if isinstance(value, list):
        return [frames_back(v, origins, "frame" if key == "frames" else key) for v in value]
    if key in FRAME_KEYS and isinstance(value, int):
        return origins[value - 1]
    return value


def copies_taken_out(old, new):
    """Each segment has a copy, which is called one of the capture. (That of a SYN that waits to
    begin another connection may stay with the one before.) So is what the network had copied."""
    copies = wanted = 0
    for connection in old["connections"]:
        segments = connection["segments"]
        connection["segments"] = [s for s in segments if s["class"] != "network-duplicate"]
        wanted += 2 * len(segments) - len(connection["segments"])
    for connection in new["connections"]:
        segments = connection["segments"]
        connection["segments"] = [s for s in segments if s["class"] != "capture-duplicate"]
        copies += len(segments) - len(connection["segments"])
    if copies != wanted and old["capture"]["segments"] >= 2:
        yield "%d copies of %d segments" % (copies, wanted)


def doubled_differ(old, new, origins):
    old, new = copy.deepcopy(old), copy.deepcopy(new)
    told = [finding for finding in new["findings"] if finding["id"] == DUPLICATES]
    if len(told) != (old["capture"]["segments"] >= 2):
        yield "the finding %s is told %d times" % (DUPLICATES, len(told))
    for document in (old, new):
        document["findings"] = [finding for finding in document["findings"]
                                if finding["id"] != DUPLICATES]
    yield from copies_taken_out(old, new)
    old, new = plain(old), frames_back(plain(new), origins)
    for document in (old, new):
        del document["capture"]
        for connection in document["connections"]:
            connection.pop("copies", None)

    def equal(path, a, b):
        if path.rsplit(".", 1)[1] in ("title", "text") and isinstance(b, str):
            return tokens_equal(a, b, lambda x, y: 0 < y <= len(origins) and origins[y - 1] == x)
        return a == b

    yield from differences(old, new, equal)


def test_doubled(capture, document, run):
    made, origins = frames.double(capture, GAP)
    yield from doubled_differ(document, run(made), origins)


def plant_doubled(document):
    origins = [number // 2 * (-1) ** (number % 2) for number in range(2, 200)]

    def forth(value, key=None):
        if isinstance(value, dict):
            return {k: forth(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [forth(v, "frame" if key == "frames" else key) for v in value]
        return value * 2 - 1 if key in FRAME_KEYS and isinstance(value, int) else value

    right = forth(document)
    right["findings"].append({"id": DUPLICATES, "rank": 1})
    for connection in right["connections"]:
        connection["segments"] += [{**segment, "class": "capture-duplicate"}
                                   for segment in connection["segments"]]
    yield "nothing", None, right, origins
    first = document["connections"][0]["endpoints"]["client"]
    for what, change in (
            ("segments counted twice", lambda d: d["connections"][0]["endpoints"]["client"].update(
                segments=2 * first["segments"])),
            ("a copy as cause", lambda d: d["connections"][0]["transitions"][1].update(
                frame=d["connections"][0]["transitions"][1]["frame"] + 1)),
            ("a copy that is sent again", lambda d: d["connections"][0]["segments"][-1].update(
                {"class": "rtx-other"})),
            ("another class", lambda d: d["connections"][0]["segments"][0].update(
                {"class": "original"})),
            ("another finding", lambda d: d["findings"].append({"id": "x", "rank": 2})),
            ("duplicates not told", lambda d: d["findings"].clear())):
        wrong = copy.deepcopy(right)
        change(wrong)
        yield what, what, wrong, origins
