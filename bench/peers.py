"""peers: the tools that read the same capture. {F} is the capture, {D} an empty folder."""
import shutil

from timing import Tool, version_of

# Fields that make tshark look at sequence numbers, acknowledgements, windows and round trips.
ANALYSIS = ("tcp.stream", "tcp.analysis.retransmission", "tcp.analysis.fast_retransmission",
            "tcp.analysis.spurious_retransmission", "tcp.analysis.out_of_order",
            "tcp.analysis.lost_segment", "tcp.analysis.duplicate_ack_num",
            "tcp.analysis.zero_window", "tcp.analysis.ack_rtt")
TSHARK_ANALYSIS = "tshark tcp.analysis"

# What a peer keeps of a connection: nothing; counters of its packets; or, as this program does, what
# TCP itself does: states, sequence numbers, what was sent again.
NOTHING, FLOWS, TCP = range(3)

# name in the table, command, how it tells its version, what it keeps
PEERS = (
    ("tcpdump -w", ["tcpdump", "-w", "/dev/null", "-r", "{F}"], ["tcpdump", "--version"], NOTHING),
    ("softflowd", ["softflowd", "-r", "{F}", "-d", "-6", "-T", "vlan", "-m", "10000000",
                   "-p", "{D}/pid", "-c", "none"], ["softflowd", "-h"], FLOWS),
    ("nfpcapd", ["nfpcapd", "-r", "{F}", "-w", "{D}"], ["nfpcapd", "-V"], FLOWS),
    ("ndpiReader -q", ["ndpiReader", "-i", "{F}", "-q"], ["ndpiReader", "-h"], FLOWS),
    ("argus -w", ["argus", "-r", "{F}", "-w", "/dev/null"], ["argus", "-h"], TCP),
    ("tstat", ["tstat", "-s", "{D}", "{F}"], ["tstat", "-h"], TCP),
    ("tcptrace -n", ["tcptrace", "-n", "{F}"], ["tcptrace", "-version"], TCP),
    ("tshark -q -z conv,tcp", ["tshark", "-n", "-q", "-z", "conv,tcp", "-r", "{F}"],
     ["tshark", "--version"], TCP),
    (TSHARK_ANALYSIS, ["tshark", "-n", "-r", "{F}", "-T", "fields",
                       *(word for field in ANALYSIS for word in ("-e", field))],
     ["tshark", "--version"], TCP),
)


def peers(capture):
    for name, command, asks, keeps in PEERS:
        tool = Tool(name, [part.replace("{F}", capture) for part in command], keeps=keeps)
        if shutil.which(command[0]) is None:
            tool.failure = "not installed"
        else:
            tool.version = version_of(asks)
        yield tool
