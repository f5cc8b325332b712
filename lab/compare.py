#!/usr/bin/env python3
"""compare: what this program, tshark and tcptrace count in the captures of a folder.

    compare.py [-v] [--program PROGRAM] [--document FILE] FOLDER

    lab/compare.py --program build/tcpflow-explain captures

Nobody knows the truth about these captures: the table shows where the tools disagree most, for
somebody to look. Counted are segments sent again, overtaken segments, and probes (keep-alives and
probes of closed windows). tshark and this program are compared frame by frame; tcptrace tells totals
of a connection only. With -v each frame on which the two disagree.

Captures that tshark reads otherwise on purpose are left out: it follows tunnels and puts IP fragments
together. A program that is not installed has no column.
"""
import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys

import document
import score_classes
from document import table

SHOWN = 20
KINDS = ("again", "overtaken", "probe", "plain")
NAMES = {"ours": "This program", "tshark": "tshark", "tcptrace": "tcptrace"}
TUNNELS = "gre or mpls or pppoe or vxlan or geneve or gtp or teredo or l2tp or erspan"
# What tcptrace -l calls them; a line holds both directions.
TCPTRACE = (("again", re.compile(r"rexmt data pkts:\s+(\d+)")),
            ("overtaken", re.compile(r"outoforder pkts:\s+(\d+)")),
            ("probe", re.compile(r"zwnd probe pkts:\s+(\d+)")))

SYN_FORGOTTEN = "A program made this, and forgot that a SYN counts: its first byte has the SYN's " \
                "number. That number is no byte of the stream, so nothing was sent again"
ACK_FORGOTTEN = "The same: the third ACK has the SYN's number. A keep-alive asks an idle " \
                "connection; here data follows at once"
MIRRORED = "Every frame is in the file more than once, with the same IP ID: the recorder's " \
           "copies, not its sender's"
ROUTER = "Recorded before and behind a router: the same IP ID, and a TTL lower by one"
PADDING = "A device counted Ethernet's padding as payload: an ACK has 2 or 6 bytes, and the next " \
          "segment begins with the same number. Those bytes were sent before, so it is not overtaken"
# What somebody saw who looked into a disagreement: capture, our kind, tshark's.
WHY = {
    ("NotYuSheng-TracePcap__week3_telnet_bittorrent.pcap", "plain", "again"): SYN_FORGOTTEN,
    ("NotYuSheng-TracePcap__week3_telnet_bittorrent.pcap", "plain", "probe"): ACK_FORGOTTEN,
    ("NotYuSheng-TracePcap__week4_ftp_exfil_gateway_change.pcap", "plain", "again"): SYN_FORGOTTEN,
    ("NotYuSheng-TracePcap__week4_ftp_exfil_gateway_change.pcap", "plain", "probe"): ACK_FORGOTTEN,
    ("NotYuSheng-TracePcap__week6_peak_violations.pcap", "plain", "again"): SYN_FORGOTTEN,
    ("NotYuSheng-TracePcap__week6_peak_violations.pcap", "plain", "probe"): ACK_FORGOTTEN,
    ("nfstream-nfstream__dnp3.pcap", "plain", "again"): MIRRORED,
    ("ntop-nDPI__fix2.pcap", "plain", "again"): ROUTER,
    ("arkime-arkime__wireshark-retrans.pcap", "plain", "again"): MIRRORED,
    ("ntop-nDPI__heuristic_tcp_ack_payload.pcap", "again", "overtaken"): PADDING,
    ("ntop-nDPI__heuristic_tcp_ack_payload.pcap", "plain", "again"): MIRRORED + "; one is a RST",
    ("akito85-tcptrace-modified__discard.solaris.dmp", "plain", "again"): ROUTER,
    ("akito85-tcptrace-modified__discard.solaris.dmp", "plain", "overtaken"): ROUTER,
    ("ITI-ICS-Security-Tools__S7-1511-opc-request-all-types.pcap", "plain", "again"): MIRRORED,
    ("markofu-pcaps__gnutella.pcap", "plain", "again"):
        "RSTs that carry a text (RFC 1122 §4.2.2.12), which is no data of the stream",
    ("ntop-nDPI__tls_multiple_synack_different_seq.pcapng", "plain", "again"):
        "Two more SYN-ACKs with other initial numbers, and the data of the one that was taken: "
        "each was sent once",
    ("OISF-suricata-verify__http-range-multiflows_input.pcap", "plain", "again"):
        "Three FINs within 15 us, alike in all fields, on a loopback without IP IDs: no timer "
        "ends so soon, so they are taken for copies. Not certain",
    ("nfstream-nfstream__waze.pcap", "plain", "probe"):
        "ACKs of a stack that sends them with the number before its FIN. They acknowledge "
        "something new, so they ask for nothing",
    ("OISF-suricata-verify__transform-base64-7296_input.pcap", "plain", "again"):
        "An edited file: a block of frames stands in it twice, times and all",
    ("akito85-tcptrace-modified__dsack.dmp", "again", "overtaken"):
        "These bytes passed before, in frames 2431, 2432, 5889 and 5890, and SACK blocks told "
        "that they were missing",
}


def kind_of(told):
    """The kind of a segment that one of the two tells of."""
    name = told["class"] if told else "none"
    if name.startswith("rtx-"):
        return "again"
    if name in score_classes.REORDERED:
        return "overtaken"
    return "probe" if name in ("keep-alive", "zero-window-probe") else "plain"


def ask_tcptrace(path):
    run = subprocess.run(["tcptrace", "-l", "-n", path], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True, errors="replace", check=False)
    counts = collections.Counter()
    for kind, pattern in TCPTRACE:
        counts[kind] = sum(map(int, pattern.findall(run.stdout)))
    return counts


def is_tunnelled(path):
    run = subprocess.run(["tshark", "-r", path, "-Y", TUNNELS, "-c", "1000"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return bool(run.stdout)


def compare(path, program, verbose):
    """Counts of the three tools, and how often ours and tshark's words stand against each other."""
    ours = score_classes.explain(program, path)
    theirs = score_classes.ask_tshark(path) if shutil.which("tshark") else {}
    counts = {"ours": collections.Counter(map(kind_of, ours.values())),
              "tshark": collections.Counter(map(kind_of, theirs.values())),
              "tcptrace": ask_tcptrace(path) if shutil.which("tcptrace") else {}}
    against = collections.Counter()
    for frame in sorted(ours.keys() | theirs.keys()):
        pair = kind_of(ours.get(frame)), kind_of(theirs.get(frame))
        if pair[0] != pair[1]:
            against[pair] += 1
            if verbose:
                ours_is = ours[frame] if frame in ours else {"class": "none", "because": []}
                their_flags = theirs[frame]["because"] if frame in theirs else ["nothing"]
                print(f"{path} frame {frame}: {ours_is['class']} because",
                      *ours_is["because"], "; tshark", *their_flags)
    return counts, against


def total_rows(captures):
    total = collections.defaultdict(collections.Counter)
    for counts, _ in captures.values():
        for tool in counts:
            total[tool].update(counts[tool])
    return table(["Tool", *map(str.capitalize, KINDS[:3])],
                 [[NAMES[tool], *(total[tool][kind] for kind in KINDS[:3])] for tool in NAMES])


def disagreements(captures):
    """The largest ones, and how many frames and kinds there are in all."""
    largest = sorted(((n, path.name, pair) for path, (_, against) in captures.items()
                      for pair, n in against.items()), key=lambda row: (-row[0], row[1:]))
    rows = []
    for n, name, pair in largest[:SHOWN]:
        counts = next(counts for path, (counts, _) in captures.items() if path.name == name)
        told = ["/".join(str(counts[tool].get(kind, 0)) for kind in KINDS[:3]) for tool in NAMES]
        rows.append([name, WHY.get((name, *pair), "not looked at"), *pair, n, *told])
    return rows, sum(row[0] for row in largest), len(largest)


def write_lines(captures):
    rows, frames, kinds = disagreements(captures)
    return [f"{len(captures)} captures.", "", *total_rows(captures), "",
            f"On {frames} frames this program and tshark disagree, of {kinds} kinds. The {SHOWN} "
            "largest, with what each tool counts in that capture: sent again, overtaken, probes.",
            "",
            *table(["Capture", "Why", "Here", "tshark", "Frames", *NAMES.values()], rows, words=4)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", dest="verbose", action="store_true")
    parser.add_argument("--program", default="./tcpflow-explain")
    parser.add_argument("--document", help="write the figures into this file")
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    captures = {}
    for path in sorted(options.folder.iterdir()):
        if is_tunnelled(path):
            continue
        try:
            captures[path] = compare(path, options.program, options.verbose)
        except subprocess.CalledProcessError as error:
            print(f"left out: {path.name}: exit {error.returncode}", file=sys.stderr)
    lines = write_lines(captures)
    print("\n".join(lines))
    if options.document:
        document.write(options.document, "lab/compare.py", lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
