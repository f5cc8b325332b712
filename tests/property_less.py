"""property_less: what the program says of a part of a capture is not contradicted by the whole.

For tests/properties.py. A part may show less, or leave more to inference; what it calls observed
or proved has to be true.
"""
import copy

import frames
from property_same import ENDS, end_key, findings_of

SURE = ("observed", "proved")


def by_ends(document):
    """{the two ends: its connections}"""
    found = {}
    for connection in document["connections"]:
        ends = frozenset((end_key(connection["client"]), end_key(connection["server"])))
        found.setdefault(ends, []).append(connection)
    return found


def ends_of(connection):
    return frozenset((end_key(connection["client"]), end_key(connection["server"])))


def transitions_of(connection, sure=True):
    """(frame, end, state) of each transition."""
    return {(each["frame"], end_key(connection[each["endpoint"]]), each["to"])
            for each in connection["transitions"] if not sure or each["certainty"] in SURE}


def states_of(connections, end, sure=True):
    return {state for connection in connections
            for _, at, state in transitions_of(connection, sure) if at == end}


def sure_findings(findings):
    return [(finding["id"], finding["connection"]) for finding in findings
            if finding["certainty"] in SURE]


# --- one way -------------------------------------------------------------------------------------

def gone_role_differs(connection, role, whole):
    """What is said of the end whose segments are not there."""
    end, endpoint = end_key(connection[role]), connection["endpoints"][role]
    where = "connection %d: the %s, of which nothing is there," % (connection["id"], role)
    if endpoint["state_certainty"] == "observed" and endpoint["state"] is not None:
        yield "%s is observed to be in %s" % (where, endpoint["state"])
    for key in ("segments", "payload_bytes_sent", "repeated_segments"):
        if endpoint[key]:
            yield "%s has %s %r" % (where, key, endpoint[key])
    for each in connection["transitions"]:
        if each["endpoint"] != role:
            continue
        if each["certainty"] == "observed":
            yield "%s is observed to go to %s" % (where, each["to"])
        if each["certainty"] == "proved" and each["evidence_frame"] is None:
            yield "%s is proved to go to %s by no frame" % (where, each["to"])
    for each in connection["checks"]:
        if each["endpoint"] == role and each["result"] != "skipped":
            yield "%s has a check %s" % (where, each["id"])
    most = max((other["endpoints"][r]["payload_bytes"] or 0 for other in whole for r in ENDS
                if end_key(other[r]) == end), default=0)
    # A FIN looks like a byte to who only sees it acknowledged.
    if (endpoint["payload_bytes"] or 0) > most + 1:
        yield "%s sent %d bytes, not %d" % (where, endpoint["payload_bytes"], most)


def untrue_states(connection, whole):
    for role in ENDS:
        end, endpoint = end_key(connection[role]), connection["endpoints"][role]
        true = states_of(whole, end, sure=False)
        said = [(each["to"], each["certainty"]) for each in connection["transitions"]
                if each["endpoint"] == role]
        said.append((endpoint["state"], endpoint["state_certainty"]))
        for state, certainty in said:
            if certainty in SURE and state is not None and state not in true:
                yield "connection %d: the %s is %s to be in %s, where it never was" % (
                    connection["id"], role, certainty, state)


def one_way_differ(old, new, lower):
    """lower: the segments of the lower of the two ends were taken out."""
    whole = by_ends(old)
    for connection in new["connections"]:
        of = whole.get(ends_of(connection), [])
        gone = min(ends_of(connection)) if lower else max(ends_of(connection))
        role = "client" if end_key(connection["client"]) == gone else "server"
        yield from gone_role_differs(connection, role, of)
        yield from untrue_states(connection, of)
        true = {finding["id"] for each in of for finding in each["findings"]}
        for finding, _ in sure_findings(connection["findings"]):
            if finding not in true:
                yield "connection %d: %s is told as sure, and is not so" % (connection["id"],
                                                                           finding)
    true = {finding["id"] for finding in findings_of(old)}
    for finding, _ in sure_findings(new["findings"]):
        if finding not in true:
            yield "%s is told as sure, and is not so" % finding


def test_one_way(capture, document, run):
    for lower in (True, False):
        made, _ = frames.one_direction(capture, lower)
        for line in one_way_differ(document, run(made), lower):
            yield "without the %s end: %s" % ("lower" if lower else "upper", line)


def plant_one_way(capture, document, run):
    """The capture is lab-close-four: the lower end is the client, the upper one the server."""
    right = run(frames.one_direction(capture, False)[0])
    server = right["connections"][0]["endpoints"]["server"]
    yield "nothing", None, right, False
    for what, change in (
            ("a state observed", lambda c: server_of(c).update(state="CLOSE_WAIT",
                                                               state_certainty="observed")),
            ("a state that never was", lambda c: server_of(c).update(state="CLOSING",
                                                                     state_certainty="proved")),
            ("a transition observed", lambda c: c["transitions"].append(
                transition("server", "LAST_ACK", "observed"))),
            ("a transition of the other end that never was", lambda c: c["transitions"].append(
                transition("client", "LAST_ACK", "proved"))),
            ("a check", lambda c: c["checks"].append(
                {"id": "ack-of-fin", "endpoint": "server", "result": "fails"})),
            ("bytes of nowhere", lambda c: server_of(c).update(
                payload_bytes=(server["payload_bytes"] or 0) + 99)),
            ("an absence", lambda c: c["findings"].append(
                {"id": "handshake-unanswered", "connection": 1, "certainty": "observed"}))):
        wrong = copy.deepcopy(right)
        change(wrong["connections"][0])
        yield what, what, wrong, False


def server_of(connection):
    return connection["endpoints"]["server"]


def transition(end, state, certainty):
    return {"frame": 5, "endpoint": end, "to": state, "certainty": certainty,
            "evidence_frame": 6}


# --- prefix --------------------------------------------------------------------------------------

PREFIX_ALL = 60  # captures of up to so many frames have all their prefixes tried

# A finding that later ones replace, which follow from what came after: the first still says what
# was seen.
REFINED = {"handshake-aborted": {"old-duplicate-syn"},
           "rule-broken": {"sequence-rewriting", "optimistic-ack"}}

# What a kind may still become as more is seen.
HANDSHAKE_GROWS = ("unanswered", "half-open", "rejected")
CLOSE_GROWS = {"open": None, "fin-unanswered": None,
               "half-closed": ("four-segment", "three-segment", "simultaneous", "reset")}


def kinds_differ(connection, whole):
    was, now = connection["handshake"]["kind"], whole["handshake"]["kind"]
    if was != now and was not in HANDSHAKE_GROWS:
        yield "handshake %s, later %s" % (was, now)
    was, now = connection["close"]["kind"], whole["close"]["kind"]
    if was != now and (was not in CLOSE_GROWS or
                       now not in (CLOSE_GROWS[was] or (now,))):
        yield "close %s, later %s" % (was, now)
    first = {key: each["close"]["first_closer"] and (
        "both" if each["close"]["first_closer"] == "both"
        else end_key(each[each["close"]["first_closer"]]))
             for key, each in (("was", connection), ("now", whole))}
    if first["was"] not in (None, first["now"]) and first["now"] != "both":
        yield "first closer %s, later %s" % (connection["close"]["first_closer"],
                                             whole["close"]["first_closer"])


def prefix_connection_differ(connection, whole):
    if whole is None:
        yield "it is no connection later"
        return
    yield from kinds_differ(connection, whole)
    true = transitions_of(whole)
    for each in connection["transitions"]:
        key = (each["frame"], end_key(connection[each["endpoint"]]), each["to"])
        if each["certainty"] in SURE and key not in true:
            yield "the %s is %s to go to %s at frame %d, and later not" % (
                each["endpoint"], each["certainty"], each["to"], each["frame"])
    for role in ENDS:
        endpoint = connection["endpoints"][role]
        states = states_of([whole], end_key(connection[role]))
        if endpoint["state_certainty"] in SURE and endpoint["state"] not in states | {None}:
            yield "the %s is %s to be in %s, where it never was" % (
                role, endpoint["state_certainty"], endpoint["state"])
    true = {finding for finding, _ in sure_findings(whole["findings"])}
    later = {finding["id"] for finding in whole["findings"]}
    for finding, _ in sure_findings(connection["findings"]):
        if finding not in true and not REFINED.get(finding, set()) & later:
            yield "%s is told as sure, and later not" % finding


def prefix_differ(old, new):
    whole = {connection["id"]: connection for connection in old["connections"]}
    for connection in new["connections"]:
        for line in prefix_connection_differ(connection, whole.get(connection["id"])):
            yield "connection %d: %s" % (connection["id"], line)
    true = {finding for finding, _ in sure_findings(old["findings"])}
    for finding, _ in sure_findings(new["findings"]):
        if finding not in true:
            yield "%s is told as sure, and later not" % finding


def test_prefix(capture, document, run):
    step = len(capture.frames) // PREFIX_ALL + 1
    for count in range(1, len(capture.frames), step):
        for line in prefix_differ(document, run(capture.frames[:count])):
            yield "%d frames: %s" % (count, line)


def plant_prefix(capture, document, run):
    """The capture is lab-close-four: frame 8 is the client's FIN, 9 acknowledges it."""
    right = run(capture.frames[:9])
    yield "nothing", None, right
    for what, change in (
            ("a transition elsewhere", lambda c: c["transitions"][-1].update(
                frame=9, certainty="proved")),
            ("a transition that is inferred later", lambda c: c["transitions"].append(
                {**transition("client", "FIN_WAIT_2", "proved"), "frame": 9})),
            ("a state that never was", lambda c: c["endpoints"]["client"].update(
                state="CLOSING", state_certainty="observed")),
            ("another handshake", lambda c: c["handshake"].update(kind="aborted")),
            ("another close", lambda c: c["close"].update(kind="simultaneous")),
            ("another closer", lambda c: c["close"].update(first_closer="server")),
            ("another connection", lambda c: c.update(id=4)),
            ("a finding", lambda c: c["findings"].append(
                {"id": "x", "connection": 1, "certainty": "proved"}))):
        wrong = copy.deepcopy(right)
        change(wrong["connections"][0])
        yield what, what, wrong
