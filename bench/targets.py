"""targets: the figures that the program is held against, computed from what was measured."""
from peers import FLOWS, TCP, TSHARK_ANALYSIS


class Measured:
    """What was measured of the workloads: tools by workload, packets and connections of each."""

    def __init__(self):
        self.tools, self.packets, self.connections = {}, {}, {}

    def add(self, workload, tools, packets, connections):
        self.tools[workload] = tools
        self.packets[workload] = packets
        self.connections[workload] = connections

    def own(self, workload, mode, threads):
        """None: not measured."""
        return next((tool for tool in self.tools.get(workload, ())
                     if tool.mode == mode and tool.runs and tool.threads == threads), None)

    def peers(self):
        return [tool for tool in self.tools.get("mixed", ()) if tool.mode is None and tool.runs]

    def per_packet(self, workload, tool):
        """Nanoseconds"""
        return tool.time() / self.packets[workload] * 1e9


def threads_text(threads):
    return {None: "", 1: ", one thread", 2: ", two threads"}[threads]


def floors_rows(measured, threads):
    for workload, limit in (("mixed", 4.0 if threads != 2 else 2.5), ("elephants", 2.5)):
        tool = measured.own(workload, "-q", threads)
        if tool is not None:
            yield f"{workload}, `-q`{threads_text(threads)}", tool.time_floors(), "<=", limit, \
                "floors"


def text_rows(measured, threads):
    quiet, text = (measured.own("mixed", mode, threads) for mode in ("-q", "text"))
    if quiet is not None and text is not None:
        yield f"mixed, text{threads_text(threads)}", text.time() / quiet.time(), "<=", 1.3, \
            "times `-q`"


def peer_rows(measured, threads):
    """With as many threads as there are."""
    peers = measured.peers()
    quiet, text = (measured.own("mixed", mode, threads) for mode in ("-q", "text"))
    for words, keeps in (("keeps flows", (FLOWS, TCP)), ("follows TCP", (TCP,))):
        some = [peer for peer in peers if peer.keeps in keeps]
        if some and quiet is not None:
            best = min(some, key=lambda peer: peer.time())
            yield f"mixed, `-q`{threads_text(threads)}, beside {best.name}, the fastest peer " \
                f"that {words}", best.time() / quiet.time(), ">=", 5, "times faster"
    tshark = next((peer for peer in peers if peer.name == TSHARK_ANALYSIS), None)
    for name, tool in (("`-q`", quiet), ("text", text)):
        if tshark is not None and tool is not None:
            yield f"mixed, {name}{threads_text(threads)}, beside the TCP analysis of tshark", \
                tshark.time() / tool.time(), ">=", 100, "times faster"


def flood_rows(measured, threads):
    flood, mixed = (measured.own(name, "-q", threads) for name in ("flood", "mixed"))
    if flood is None or mixed is None:
        return
    yield f"flood, `-q`{threads_text(threads)}, peak memory", flood.memory(), "<=", 160, "MiB"
    yield f"flood, `-q`{threads_text(threads)}, a packet", \
        measured.per_packet("flood", flood) / measured.per_packet("mixed", mixed), "<=", 1, \
        "times one of mixed"


def rate_rows(measured, thread):
    for mode, limit in (("--ndjson", 100000), ("--json", 25000)):
        tool = measured.own("short", mode, thread)
        if tool is not None:
            yield f"short, `{mode}`{threads_text(thread)}", \
                measured.connections["short"] / tool.processor(), ">=", limit, \
                "connections a second of one core"


def memory_rows(memory):
    """Of `memory`: name, value, limit and unit of what was run once or twice for its memory."""
    for name, value, limit, unit in memory:
        yield name, value, "<=", limit, unit


def figure(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.0f}" if value >= 100 \
        else f"{value:.2f}"


def rows(measured, memory, all_threads):
    for threads in all_threads:
        yield from floors_rows(measured, threads)
    for threads in all_threads:
        yield from text_rows(measured, threads)
    yield from peer_rows(measured, all_threads[-1])
    yield from rate_rows(measured, all_threads[0])
    for threads in all_threads:
        yield from flood_rows(measured, threads)
    yield from memory_rows(memory)


def table(measured, memory, all_threads):
    yield "| What | Target | Measured | |"
    yield "| --- | ---: | ---: | --- |"
    for name, value, sign, limit, unit in rows(measured, memory, all_threads):
        met = value <= limit if sign == "<=" else value >= limit
        sign = {"<=": "at most", ">=": "at least"}[sign]
        yield f"| {name} | {sign} {limit:,} {unit} | {figure(value)} | " \
              f"{'met' if met else '**not met**'} |"
