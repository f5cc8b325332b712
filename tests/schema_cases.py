"""schema_cases: made-up output for the self-test of schema.py, sound and broken."""
import copy


def made_finding(topic, scope, rank, connection):
    return {
        "id": topic, "severity": "error", "scope": scope, "certainty": "inferred", "rank": rank,
        "title": "A title", "text": "A text.", "advice": "Do it.", "reference": "RFC 9293 §3.6",
        "evidence": [{"frame": 5, "field": "seq", "value": "17"}], "alternatives": [],
        "caused_by": None, "connection": connection, "host": None}


def made_transition(frame, end, before, after, proof=None):
    return {"frame": frame, "time": f"2026-11-21T03:12:44.{frame:09d}Z", "endpoint": end,
            "from": before, "to": after, "certainty": "proved" if proof else "observed",
            "evidence_frame": proof}


def made_check(name, frame, end, result="holds"):
    skipped = result == "skipped"
    return {"id": name, "frame": frame, "endpoint": end, "result": result,
            "reason": "gap-in-capture" if skipped else None,
            "observed": None if skipped else 8, "expected": None if skipped else 8,
            "arithmetic": None if skipped else "ack = x + 1: 8 = 7 + 1",
            "arithmetic_relative": None if skipped else "ack = x + 1: 1 = 0 + 1",
            "certainty": "observed"}


def made_limits():
    return {"cause": "receiver", "share": 0.7071, "also": ["network"], "certainty": "inferred",
            "active_s": 4.2, "peer_s": 0,
            "shares": {"program": 0.02, "held_back": 0, "window_full": 0.2071,
                       "window_zero": 0.5, "repair": 0, "timeout": 0, "network": 0.2,
                       "slow_start": 0.0728, "queue": 0, "unclear": 0.0001},
            "longest_s": 2.1, "longest_frame": 3, "goodput": 1000,
            "ceilings": {"window": 1200, "loss": None, "nearest": "window"}}


def made_exchanges():
    return {"count": 2, "first_byte_s": 0.011, "certainty": "inferred", "server_mean_s": 0.0015,
            "server_max_s": 0.002, "slowest_request": 1, "slowest_answer": 3,
            "overlapped": 0, "unclear": 0, "leg_s": 0.01, "server_min_s": 0.001,
            "transfer_s": 0.1, "client_think_s": None}


def made_endpoint(state):
    return {"state": state, "state_certainty": "observed", "isn": 7, "segments": 2,
            "payload_bytes": 80, "payload_bytes_sent": 80, "repeated_segments": 0,
            "retransmitted_segments": None, "retransmitted_bytes": None, "mss": 1460,
            "window_scale": None, "sack_permitted": True, "timestamps": None, "rtt_min_s": None,
            "metrics": None, "loss": None, "limited_by": made_limits()}


def made_metrics():
    """A hundred segments, of which one was sent again after a timeout, needlessly."""
    return {
        "rtt": {"of": "capture-to-server", "samples": 50, "min_s": 0.01, "mean_s": 0.012,
                "smoothed_s": 0.011, "variation_s": 0.001, "p95_s": 0.014, "max_s": 0.02,
                "jitter_s": 0.004},
        "rtt_timestamps": None,
        "round_trip": {"min_s": 0.02, "smoothed_s": 0.021, "retransmission_timeout_s": 0.221},
        "transfer_s": 1.0, "acknowledged_bytes": 146000, "goodput_bytes_per_s": 146000,
        "throughput_bytes_per_s": 147460, "peak_bytes_per_s": 292000,
        "retransmissions": {"segments": 1, "bytes": 80, "share_of_segments": 0.01,
                            "share_of_bytes": 0.01, "needless": 1, "timeouts": 1,
                            "by_class": {"rtx-rto": 1}},
        "flight": {"max_bytes": 14600, "mean_bytes": 7300, "bandwidth_delay_bytes": 2920},
        "initial_window": {"bytes": 14600, "segments": 10, "at_least": False},
        "acknowledgements": {"count": 50, "data_segments_each": 2.0,
                             "delayed": {"samples": 50, "about_40_ms": 1, "about_100_ms": 0,
                                         "about_200_ms": 0}},
        "longest_stall": {"duration_s": 0.3, "first_frame": 1, "last_frame": 3}}


def made_connection(first):
    """A handshake in frames first, first + 1 and first + 2; the end stays open."""
    second, third = first + 1, first + 2
    return {
        "id": first, "incarnation": 1, "community_id": "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
        "ip_version": 4, "vlan": [], "tunnel": [],
        "client": {"address": "10.0.0.1", "port": 41000},
        "server": {"address": "2001:db8::1", "port": 80},
        "role_certainty": "observed", "role_evidence": "syn",
        "vantage": "near-client", "vantage_certainty": "inferred", "vantage_evidence": "delay",
        "first": "2026-11-21T03:12:44.118000000Z", "last": "2026-11-21T03:12:44.128731000Z",
        "duration_s": 0.010731, "first_frame": first, "last_frame": third, "second_views": 0,
        "handshake": {"kind": "three-way", "complete": True, "frames": [first, second, third],
                      "rtt_s": 0.010731, "synack_s": 0.01, "ack_s": 0.000731},
        "close": {"kind": "open", "first_closer": None, "frames": []},
        "endpoints": {"client": made_endpoint("ESTABLISHED"),
                      "server": made_endpoint("ESTABLISHED")},
        "exchanges": made_exchanges(),
        "transitions": [made_transition(first, "client", None, "SYN_SENT"),
                        made_transition(first, "server", None, "SYN_RCVD", second),
                        made_transition(second, "client", "SYN_SENT", "ESTABLISHED", third),
                        made_transition(third, "server", "SYN_RCVD", "ESTABLISHED")],
        "checks": [made_check("syn-ack-field-zero", first, "client"),
                   made_check("synack-acks-isn-plus-1", second, "server"),
                   made_check("pure-ack-consumes-none", third, "client", "skipped")],
        "icmp_errors": [{"frame": second, "time": "2026-11-21T03:12:44.128731000Z",
                         "endpoint": "client", "reporter": "10.0.0.9", "type": 3, "code": 1,
                         "meaning": "host unreachable", "mtu": None}],
        "findings": [made_finding("syn-retransmission", "connection", first, first)],
        "events_lost": False, "zeek": {"conn_state": "S1", "history": "^hADa"},
        "wireshark": {"completeness": 14}}


def made_capture():
    return {
        "inputs": [{"name": "a.pcap", "format": "pcap", "link_types": ["EN10MB"], "frames": 9,
                    "clock_shift_s": 0, "cut_short": False, "error": None}],
        "sorted": True, "frames": 9, "segments": 6, "bytes": 700,
        "first": "2026-11-21T03:12:44.118000000Z", "last": "2026-11-21T03:12:45.118000000Z",
        "duration_s": 1.0,
        "skipped": {"not_ip": 1, "not_tcp": 2, "fragment": 0, "malformed": 0,
                    "unsupported_link": 0, "cut": 0},
        "icmp_errors": 0, "icmp_errors_unmatched": 0,
        "options_cut": 0, "filtered_out": 0, "narrowed_out": 0, "copies": 0,
        "second_views": 0,
        "dropped_by_kernel": None, "dropped_by_interface": None,
        "limits_hit": [{"what": "connections", "count": 3,
                        "since": "2026-11-21T03:12:45.000000000Z"}],
        "interrupted": False}


def made_document():
    """Two connections with a finding each, ranks 1 and 3, and one of the capture, rank 2."""
    one, other = made_connection(1), made_connection(4)
    other["zeek"] = other["wireshark"] = None
    other["findings"][0]["rank"] = 3
    return {
        "schema": "tcpflow-explain/1", "version": "0.1", "connections": [one, other],
        "capture": made_capture(),
        "totals": {"connections": 2, "listed": 2, "by_handshake": {"three-way": 2, "refused": 0},
                   "by_close": {"open": 2}},
        "hosts": [], "findings": [made_finding("checksum-offload", "capture", 2, None)]}


# What a connection line leaves out, and where: the value that says nothing.
LEFT_OUT = {"vantage_certainty": None, "vantage_evidence": None, "second_views": 0,
            "exchanges": None, "icmp_errors": [], "events_lost": False}
LEFT_OUT_OF_END = {"repeated_segments": 0, "metrics": None, "loss": None, "limited_by": None}


def lean(connection):
    def less(part, nothing):
        return {name: value for name, value in part.items()
                if name not in nothing or value != nothing[name]}
    ends = {name: less(end, LEFT_OUT_OF_END) for name, end in connection["endpoints"].items()}
    return {**less(connection, LEFT_OUT), "endpoints": ends}


def made_stream():
    document = made_document()
    lines = [{"type": "capture", "schema": "tcpflow-explain/1", "version": "0.1",
              "name": "a.pcap", "format": "pcap", "link_types": ["EN10MB"], "error": None}]
    lines += [{"type": "connection", **lean(each)} for each in document["connections"]]
    lines += [{"type": "finding", **finding} for finding in document["findings"]]
    lines.append({"type": "summary", "capture": document["capture"],
                  "totals": document["totals"], "hosts": []})
    return lines


def made_segment(frame, **members):
    segment = {"frame": frame, "time": "2026-11-21T03:12:44.118000000Z", "from": "client",
               "flags": "PSH,ACK", "seq": 8, "rel_seq": 1, "ack": 8, "rel_ack": 1, "length": 80,
               "window": 64256, "class": "original", "tags": [], "certainty": "observed",
               "because": ["next-in-order"], "original_frame": None, "revised_from": None}
    return {"type": "segment", "connection": 1, **segment, **members}


MADE_PART = {"segments": 1, "bytes": 80, "place": "not-lost", "certainty": "inferred",
             "text": "sent again without need: what was sent first had arrived at 10.9.0.2"}


def made_loss(**parts):
    kinds = ("after", "between", "before", "needless", "unknown", "overtaken", "missed")
    return {**dict.fromkeys(kinds), **parts, "rate": 0}


def made_segmented_stream():
    """The client of the first connection sends its bytes again."""
    stream = made_stream()
    client = stream[1]["endpoints"]["client"]
    client["retransmitted_segments"], client["retransmitted_bytes"] = 1, 80
    client["metrics"] = made_metrics()
    client["loss"] = made_loss(needless=dict(MADE_PART))
    return stream[:2] + [
        made_segment(1),
        made_segment(3, **{"class": "rtx-rto", "certainty": "inferred", "tags": ["spurious"],
                           "because": ["timeout"], "original_frame": 1}),
    ] + stream[2:]


# What is broken, and a word of the fault that has to be found. A path is a list of keys; the
# value is put there, or the member removed when it is REMOVED.

REMOVED = object()
FIRST = ["connections", 0]
CLIENT = FIRST + ["endpoints", "client"]

BROKEN_DOCUMENTS = [
    # By the schema: a name, a type, an enumeration, a member too many or too few.
    ("a misspelt member", FIRST + ["duration"], 1.0, "duration"),
    ("a member missing", FIRST + ["duration_s"], REMOVED, "duration_s"),
    ("a member left out as of a line", FIRST + ["events_lost"], REMOVED, "events_lost"),
    ("one of an endpoint, too", CLIENT + ["metrics"], REMOVED, "metrics"),
    ("a number as text", FIRST + ["id"], "1", "integer"),
    ("a truth value as a number", FIRST + ["handshake", "complete"], 1, "boolean"),
    ("another schema", ["schema"], "tcpflow-explain/2", "schema"),
    ("a kind of handshake that is none", FIRST + ["handshake", "kind"], "3-way", "3-way"),
    ("a kind of close that is none", FIRST + ["close", "kind"], "opened", "opened"),
    ("nobody as first closer", FIRST + ["close", "first_closer"], "none", "none"),
    ("a state with hyphens", CLIENT + ["state"], "FIN-WAIT-1", "FIN-WAIT-1"),
    ("NONE as a state", CLIENT + ["state"], "NONE", "NONE"),
    ("a state of unknown certainty", CLIENT + ["state_certainty"], None, "state_certainty"),
    ("an initial number of 33 bits", CLIENT + ["isn"], 1 << 32, "isn"),
    ("-1 for unknown", CLIENT + ["mss"], -1, "mss"),
    ("seconds as text", FIRST + ["handshake", "rtt_s"], "0.01", "rtt_s"),
    ("a time without nanoseconds", FIRST + ["first"], "2026-11-21T03:12:44Z", "first"),
    ("a local time", FIRST + ["last"], "2026-11-21T03:12:44.118000000+01:00", "last"),
    ("a bad Community ID", FIRST + ["community_id"], "1:short", "community_id"),
    ("a port of 17 bits", FIRST + ["client", "port"], 65536, "port"),
    ("a name as an address", FIRST + ["client", "address"], "localhost", "address"),
    ("a transition to nothing", FIRST + ["transitions", 0, "to"], None, "to"),
    ("a transition after the last segment", FIRST + ["transitions", 3, "frame"], 5, "not in 1..3"),
    ("an end taken over by nobody", FIRST + ["transitions", 3],
     made_transition(5, "server", "SYN_RCVD", "CLOSED"), "no connection on its ports"),
    ("evidence frame 0", FIRST + ["transitions", 0, "evidence_frame"], 0, "evidence_frame"),
    ("a check nobody knows", FIRST + ["checks", 0, "id"], "syn-is-nice", "syn-is-nice"),
    ("a skipped check without reason", FIRST + ["checks", 2, "reason"], None, "reason"),
    ("a cause that is none", CLIENT + ["limited_by", "cause"], "bandwidth", "cause"),
    ("a share above 1", CLIENT + ["limited_by", "shares", "queue"], 1.5, "queue"),
    ("shares that do not add up", CLIENT + ["limited_by", "shares", "queue"], 0.01, "add up"),
    ("a cause that another one beats", CLIENT + ["limited_by", "cause"], "network",
     "limited by network"),
    ("no cause where one has most", CLIENT + ["limited_by", "cause"], None, "not limited by"),
    ("another share", CLIENT + ["limited_by", "share"], 0.6, "limited by receiver"),
    ("a cause left out", CLIENT + ["limited_by", "also"], [], "also"),
    ("a mean above the most", FIRST + ["exchanges", "server_mean_s"], 0.003, "in order"),
    ("an answer before its request", FIRST + ["exchanges", "slowest_request"], 3,
     "before its request"),
    ("a server without times", FIRST + ["exchanges", "server_max_s"], REMOVED, "exchanges"),
    ("half of a server's times", FIRST + ["exchanges", "server_max_s"], None, "some of"),
    ("a time without its way", FIRST + ["exchanges", "leg_s"], REMOVED, "exchanges"),
    ("shares without the time they are of", CLIENT + ["limited_by", "peer_s"], REMOVED,
     "limited_by"),
    ("a number of a skipped check", FIRST + ["checks", 2, "observed"], 8, "observed"),
    ("a number that is none", FIRST + ["checks", 0, "expected"], "8", "expected"),
    ("a sum of a skipped check", FIRST + ["checks", 2, "arithmetic"], "1 = 1", "arithmetic"),
    ("a reason of a check that holds", FIRST + ["checks", 0, "reason"], "gap", "reason"),
    ("a severity that is none", FIRST + ["findings", 0, "severity"], "critical", "critical"),
    ("nine pieces of evidence", FIRST + ["findings", 0, "evidence"],
     [{"frame": 1, "field": "seq", "value": "1"}] * 9, "evidence"),
    ("an empty evidence value", FIRST + ["findings", 0, "evidence", 0, "value"], "", "value"),
    ("a conn_state that is none", FIRST + ["zeek", "conn_state"], "ESTABLISHED", "ESTABLISHED"),
    ("no conn_state", FIRST + ["zeek", "conn_state"], None, "zeek"),
    ("a letter that is none", FIRST + ["zeek", "history"], "ShAX", "ShAX"),
    ("a turn in the middle", FIRST + ["zeek", "history"], "S^h", "zeek"),
    ("too many letters", FIRST + ["zeek", "history"], "S" * 25, "zeek"),
    ("Zeek without a history", FIRST + ["zeek", "history"], REMOVED, "zeek"),
    ("completeness of 7 bits", FIRST + ["wireshark", "completeness"], 64, "wireshark"),
    ("completeness as text", FIRST + ["wireshark", "completeness"], "31", "wireshark"),
    ("a host without a port", FIRST + ["findings", 0, "host"], {"address": "10.0.0.1"}, "host"),
    ("an evidence value as a number", FIRST + ["findings", 0, "evidence", 0, "value"], 17,
     "value"),
    ("a finding's member too many", FIRST + ["findings", 0, "type"], "finding", "type"),
    ("a type in a connection", FIRST + ["type"], "connection", "type"),
    ("no transitions in --json", FIRST + ["transitions"], REMOVED, "transitions"),
    ("a format nobody writes", ["capture", "inputs", 0, "format"], "snoop", "format"),
    ("a negative count", ["capture", "frames"], -1, "frames"),
    ("a total of a kind that is none", ["totals", "by_close", "closed"], 0, "closed"),
    # By what this file checks.
    ("ids that are not sorted", ["connections"], list(reversed(made_document()["connections"])),
     "not sorted"),
    ("an id twice", ["connections", 1], made_connection(1), "same id"),
    ("an id that is not the first frame", FIRST + ["id"], 2, "not the first frame"),
    ("transitions out of order", FIRST + ["transitions", 0, "frame"], 3, "not sorted by frame"),
    ("a state that was skipped", FIRST + ["transitions", 2, "from"], "SYN_RCVD", "but was in"),
    ("a first state from CLOSED", FIRST + ["transitions", 0, "from"], "CLOSED", "but was in"),
    ("a final state nobody reached", CLIENT + ["state"], "TIME_WAIT", "ends in TIME_WAIT"),
    ("a check twice", FIRST + ["checks", 1], made_check("syn-ack-field-zero", 1, "client"),
     "twice"),
    ("a handshake outside", FIRST + ["handshake", "frames"], [1, 2, 9], "frame 9 is not in"),
    ("a close outside", FIRST + ["close", "frames"], [7], "frame 7 is not in"),
    ("a check outside", FIRST + ["checks", 2, "frame"], 4, "frame 4 is not in"),
    ("a proof outside", FIRST + ["transitions", 2, "evidence_frame"], 8, "frame 8 is not in"),
    ("an end before the beginning", FIRST + ["last"], "2026-11-21T03:12:43.000000000Z", "begins"),
    ("a rank twice", FIRST + ["findings", 0, "rank"], 2, "same rank"),
    ("a gap in the ranks", FIRST + ["findings", 0, "rank"], 7, "not 1..3"),
    ("another connection's finding", FIRST + ["findings", 0, "connection"], 4, "names connection"),
    ("a capture's finding in a connection", FIRST + ["findings", 0, "scope"], "capture",
     "in a connection"),
    ("a connection's finding at the top", ["findings", 0, "scope"], "connection", "at the top"),
    ("evidence beyond the capture", ["findings", 0, "evidence", 0, "frame"], 10,
     "not in the capture"),
    ("inputs that do not add up", ["capture", "inputs", 0, "frames"], 8, "the inputs have 8"),
    ("unknown bytes of an end that was captured", CLIENT + ["payload_bytes"], None,
     "payload_bytes is None"),
    ("0 bytes of an end that was not", CLIENT + ["segments"], 0, "payload_bytes is 80"),
    ("a vantage that nothing tells", FIRST + ["vantage_evidence"], None, "vantage_evidence is"),
    ("a reason for no vantage", FIRST + ["vantage"], "unknown", "vantage_evidence is"),
    ("a vantage of no certainty", FIRST + ["vantage_certainty"], None, "vantage_certainty is"),
    ("more cut than malformed", ["capture", "skipped", "cut"], 1, "more cut"),
    ("an MTU of 0", FIRST + ["icmp_errors", 0, "mtu"], 0, "mtu"),
    ("an ICMP error of nobody's segment", FIRST + ["icmp_errors", 0, "endpoint"], "router",
     "router"),
    ("an ICMP error before the connection", ["connections", 1, "icmp_errors", 0, "frame"], 3,
     "before the connection"),
    ("more ICMP errors unmatched than there are", ["capture", "icmp_errors_unmatched"], 1,
     "more ICMP errors"),
    ("more ICMP errors than frames", ["capture", "icmp_errors"], 1, "more segments"),
    ("more segments than frames", ["capture", "segments"], 7, "more segments"),
    ("totals that do not add up", ["totals", "by_handshake", "refused"], 1, "add up"),
    ("totals of other kinds", ["totals", "by_close"], {"reset": 2}, "counted"),
    ("a connection that is not listed", ["totals", "listed"], 1, "1 listed"),
]

BROKEN_STREAMS = [
    ("a type that is none", [0, "type"], "input", "does not exist"),
    ("no type", [1, "type"], REMOVED, "does not exist"),
    ("a misspelt member of a line", [0, "link_type"], "EN10MB", "link_type"),
    ("a member missing in a line", [1, "endpoints"], REMOVED, "endpoints"),
    ("a finding's member that is not its", [3, "state"], None, "state"),
    ("a finding line of scope connection", [3, "scope"], "connection", "scope"),
    ("what says nothing in a line", [1, "events_lost"], False, "events_lost for nothing"),
    ("the same in an endpoint", [2, "endpoints", "server", "loss"], None, "loss for nothing"),
    ("what a line may not leave out", [1, "zeek"], REMOVED, "zeek"),
    ("checks without transitions", [1, "transitions"], REMOVED, "transitions"),
    ("two summaries", [3], made_stream()[-1], "not the only one"),
    ("no summary", [4], made_stream()[1], "not the last line"),
    ("an input that was not opened", [4, "capture", "inputs", 0, "name"], "b.pcap", "name"),
    ("a fault inside a connection", [2, "endpoints", "server", "state"], "CLOSED", "ends in"),
    ("a line before the input", [slice(None)], made_stream()[1:2] + made_stream()[:1] +
     made_stream()[2:], "before any input"),
]

# Sound, but not what made_document() says.
OTHER_STREAMS = [
    ("another time in a line", [1, "duration_s"], 2, "1: duration_s differs"),
    ("a line that leaves out too much", [2, "exchanges"], REMOVED, "4: exchanges differs"),
    ("one of an endpoint, too", [2, "endpoints", "client", "limited_by"], REMOVED,
     "4: endpoints differs"),
    ("a line that is not there", [2, "type"], "finding", "4: id differs"),
]

BROKEN_SEGMENTS = [
    ("a class that is none", [2, "class"], "retransmission", "class"),
    ("a tag that is none", [3, "tags"], ["lost"], "tags"),
    ("a segment without a reason", [3, "because"], [], "because"),
    ("segments out of order", [2, "frame"], 4, "not sorted"),
    ("a segment of another time", [3, "frame"], 400, "is not in"),
    ("a first sending that comes later", [3, "original_frame"], 3, "first sending"),
    ("an acknowledgement without the flag", [2, "flags"], "PSH", "flags PSH"),
    ("one retransmission too few", [1, "endpoints", "client", "retransmitted_segments"], 0,
     "sent 0 segments again"),
    ("repeats of another class", [1, "endpoints", "client", "metrics", "retransmissions",
                                  "by_class"], {"rtx-fast": 1}, "listed are"),
    ("a class of repeats that is none", [1, "endpoints", "client", "metrics", "retransmissions",
                                         "by_class"], {"original": 1}, "at /endpoints/client/metrics"),
    ("repeats by class that do not add up", [1, "endpoints", "client", "metrics",
                                             "retransmissions", "by_class"], {}, "add up"),
    ("more repeats in the metrics", [1, "endpoints", "client", "metrics", "retransmissions",
                                     "segments"], 2, "another number"),
    ("a needless repeat that the metrics lack", [1, "endpoints", "client", "metrics",
                                                 "retransmissions", "needless"], 0,
     "needless repeats"),
    ("more needless repeats than repeats", [1, "endpoints", "client", "metrics",
                                            "retransmissions", "needless"], 2, "more repeats"),
    ("round trips out of order", [1, "endpoints", "client", "metrics", "rtt", "p95_s"], 0.5,
     "out of order"),
    ("a part longer than the whole", [1, "endpoints", "client", "metrics", "round_trip",
                                      "smoothed_s"], 0.001, "shorter than its part"),
    ("a round trip of nothing", [1, "endpoints", "client", "metrics", "rtt", "of"], "rtt",
     "at /endpoints/client/metrics"),
    ("more on the way than at most", [1, "endpoints", "client", "metrics", "flight",
                                      "mean_bytes"], 99999, "on the way"),
    ("a stall that ends before it begins", [1, "endpoints", "client", "metrics", "longest_stall",
                                            "first_frame"], 3, "longest stall"),
    ("bytes that do not add up", [1, "endpoints", "client", "retransmitted_bytes"], 1,
     "do not add up"),
    ("a repeat that was lost nowhere", [1, "endpoints", "client", "loss"], None, "0 places of 1"),
    ("two places of one repeat", [1, "endpoints", "client", "loss", "needless", "segments"], 2,
     "2 places of 1"),
    ("a repeat that was needed after all", [1, "endpoints", "client", "loss"],
     made_loss(after=MADE_PART), "0 segments not needed"),
    ("a place that is none", [1, "endpoints", "client", "loss", "needless", "place"], "here",
     "place"),
]

BROKEN_TEXTS = [
    ("half a document", b'{"schema":"tcpflow-explain/1","version":"0.1"\n', "not JSON"),
    ("a member given twice", b'{"schema":1,"schema":2}\n', "given twice"),
    ("not a number", b'{"schema":NaN}\n', "NaN"),
    ("Latin-1", b'{"schema":"\xe9"}\n', "not UTF-8"),
    ("a terminal's escape", b'{"schema":"\x1b[2J"}\n', "raw control"),
    ("a C1 control", b'{"schema":"\xc2\x9b2J"}\n', "raw control"),
    ("no end of the line", b'{"type":"summary"}', "end of a line"),
    ("nothing", b"\n", "not JSON"),
]


def put(root, path, value):
    """A copy of root with the value at the path."""
    root = copy.deepcopy(root)
    at = root
    for key in path[:-1]:
        at = at[key]
    if value is REMOVED:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return root
