#!/bin/sh
# live: -i on interfaces of this machine, with real connections whose truth tests/live_traffic.py
# knows. All of it happens in network namespaces of the test's own: loopback, and a veth pair to
# a second namespace. Skipped, with the reason, where such namespaces can't be had.
srcdir=${srcdir:-.}
. "$srcdir/tests/tap.sh"

program=${TCPFLOW_EXPLAIN:-${builddir:-.}/tcpflow-explain}
python=${PYTHON3:-python3}
[ -x "$program" ] || { fail "the program is built" "$program"; finish; }

if [ -z "${LIVE_INSIDE-}" ]; then
    for tool in unshare nsenter ip "$python"; do
        command -v "$tool" >/dev/null || skip_all "$tool is not installed"
    done
    for how in -n -rn; do
        unshare "$how" unshare -n true 2>/dev/null || continue
        rm -rf "$scratch"
        LIVE_INSIDE=1 exec unshare "$how" sh "$0"
    done
    skip_all "no network namespace can be made: not root, and users may not"
fi

# Waiting.

# until_true SECONDS COMMAND...: waits until the command ends with 0.
until_true() {
    tries=$(($1 * 20))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.05
    done
}

# sockets N: so many packet sockets are bound and take every protocol (0003).
sockets() {
    [ "$(awk '$4 == "0003" && $6 == 1' /proc/net/packet | wc -l)" -eq "$1" ]
}

gone() {
    ! kill -0 "$1" 2>/dev/null
}

# The stage: lo and wire0 here; wire1 in another namespace, which lives as long as $far.

children=
leave() {
    # shellcheck disable=SC2086  # numbers, one word each
    [ -z "$children" ] || kill $children 2>/dev/null
    rm -rf "$scratch"
}
trap leave EXIT

unshare -n sleep 300 &
far=$!
children="$children $far"
is_apart() {
    [ "$(readlink "/proc/$far/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}
until_true 10 is_apart || { fail "a second namespace"; finish; }

here() {
    "$@"
}
there() {
    nsenter -t "$far" -n "$@"
}
# stage_wire NEAR FAR: a veth pair between the two namespaces.
stage_wire() {
    ip link add "$1" type veth peer name "$2" netns "$far" && ip link set "$1" up &&
        there ip link set "$2" up
}
if ! {
    ip link set lo up && there ip link set lo up && stage_wire wire0 wire1 &&
        ip addr add 192.0.2.10/24 dev wire0 &&
        ip addr add 2001:db8:9::10/64 dev wire0 nodad &&
        there ip addr add 192.0.2.20/24 dev wire1 &&
        there ip addr add 2001:db8:9::20/64 dev wire1 nodad
} 2>"$scratch/ip"; then
    skip_all "no veth pair: $(head -n 1 "$scratch/ip")"
fi

# Traffic.

# traffic NAME COUNT lo|wire: makes connections, and holds them until traffic_end NAME. What they
# are goes to the file NAME.
traffic() {
    truth=$scratch/$1
    hold=$truth.hold
    case $3 in
    lo) set -- "$2" 127.0.0.1,::1 127.0.0.1,::1 ;;
    wire) set -- "$2" 192.0.2.10,2001:db8:9::10 192.0.2.20,2001:db8:9::20 "$far" ;;
    esac
    : >"$hold"
    : >"$truth"
    "$python" "$srcdir/tests/live_traffic.py" "$hold" "$@" >"$truth" 2>"$truth.err" &
    maker=$!
    echo "$maker" >"$truth.pid"
    until grep -q '^done' "$truth"; do
        if gone "$maker"; then
            fail "the traffic is made" "$(tail -n 12 "$truth.err")"
            finish
        fi
        sleep 0.05
    done
}

traffic_end() {
    rm "$scratch/$1.hold"
    wait "$(cat "$scratch/$1.pid")"
}

# The program.

out=$scratch/out
err=$scratch/err

# start ARGUMENTS: runs the program in the background and waits until it captures.
start() {
    "$program" "$@" >"$out" 2>"$err" </dev/null &
    pid=$!
    children="$children $pid"
    until_true 20 sockets 1 || fail "it captures: $*" "$(cat "$err")"
}

# stop SIGNAL: sends it, or none with 0, and waits for the end; fills $status.
stop() {
    [ "$1" = 0 ] || kill "-$1" "$pid"
    until_true 20 gone "$pid" || { fail "it ends after signal $1"; kill -9 "$pid"; }
    wait "$pid"
    status=$?
}

# run ARGUMENTS: runs the program to its end; fills $status.
run() {
    timeout 30 "$program" "$@" >"$out" 2>"$err" </dev/null
    status=$?
}

tell() {
    printf 'status %s\nstdout:\n' "$status"
    head -c 600 "$out"
    printf '\nstderr:\n'
    head -n 12 "$err"
}

# expect NAME STATUS: the last run ended so; 0 means silence on stderr, all else one sentence.
expect() {
    lines=$(wc -l <"$err")
    if [ "$status" -ne "$2" ] || [ "$lines" -ne "$(($2 > 0))" ]; then
        fail "$1" "wanted status $2; $(tell)"
    else
        pass "$1"
    fi
}

says() {
    if grep -qF -e "$3" "$2"; then pass "$1"; else fail "$1" "wanted: $3; $(tell)"; fi
}

# json NAME EXPRESSION: true of "o", the object in $out or, of NDJSON, the last line there.
json() {
    if "$python" -c '
import json, sys
text = open(sys.argv[1], encoding="utf-8").read()
try:
    o = json.loads(text)
except json.JSONDecodeError:
    o = json.loads(text.splitlines()[-1])
sys.exit(0 if eval("(%s)" % sys.argv[2]) else 1)
' "$out" "$2" 2>"$scratch/python"; then
        pass "$1"
    else
        fail "$1" "$2; $(tail -n 1 "$scratch/python"); $(tell)"
    fi
}

# sound NAME: the output is what docs/schema.json says.
sound() {
    "$python" "$srcdir/tests/schema.py" "$out" >"$scratch/schema"
    case $? in
    0) pass "$1" ;;
    77) skip "$1" "python3-jsonschema is not installed" ;;
    *) fail "$1" "$(head -n 5 "$scratch/schema")" ;;
    esac
}

compare() {
    "$python" "$srcdir/tests/live_compare.py" "$@"
}

# Loopback, Ctrl-C, JSON.

start -i lo --json
traffic lo 100 lo
stop INT
expect "Ctrl-C: 0, and nothing on stderr" 0
check "loopback: each of 100 connections once, as they were made" compare all "$out" "$scratch/lo"
json "nothing was lost, and that is a number" \
    'o["capture"]["dropped_by_kernel"] == 0 and o["capture"]["dropped_by_interface"] == 0'
sound "the JSON is sound"
json "the input is live" \
    '[(i["name"], i["format"], i["error"]) for i in o["capture"]["inputs"]] == [("lo", "live", None)]'
traffic_end lo
# The comparison must be able to fail.
sed '1s/"client", 0, true/&/;1s/four-segment/reset/' "$scratch/lo" >"$scratch/lie"
refuse "a wrong kind would be found" compare all "$out" "$scratch/lie"
sed 1d "$scratch/lo" >"$scratch/lie"
refuse "one connection too many would be found" compare all "$out" "$scratch/lie"
{ cat "$scratch/lo"; sed -n 1p "$scratch/lo"; } >"$scratch/lie"
refuse "a missing one would be found" compare all "$out" "$scratch/lie"

# A veth pair, SIGTERM, NDJSON as it happens, and the frames written to a file.

start -i wire0 -F ndjson -w "$scratch/seen.pcap"
check "the first line is there before any frame" until_true 3 grep -q '"capture"' "$out"
check "promiscuous mode is off" sh -c 'ip -d link show wire0 | grep -q "promiscuity 0"'
traffic wire 100 wire
ended() {
    compare ended "$out" "$scratch/wire"
}
if until_true 5 ended; then
    pass "connections that ended are printed while it captures"
else
    fail "connections that ended are printed while it captures" "$(ended | head -n 5)"
fi
refuse "and the others not yet" compare all "$out" "$scratch/wire"
stop TERM
expect "SIGTERM: 0, and nothing on stderr" 0
check "veth: each of 100 connections once, as they were made" compare all "$out" "$scratch/wire"
sound "the NDJSON is sound"
traffic_end wire
frames=
command -v tcpdump >/dev/null &&
    frames=$(tcpdump -Z root -nr "$scratch/seen.pcap" 2>"$scratch/tcpdump" | wc -l)
if [ -z "$frames" ]; then
    skip "tcpdump reads as many frames as were explained" "tcpdump is not installed"
elif grep -q "change to 'root'" "$scratch/tcpdump"; then
    skip "tcpdump reads as many frames as were explained" "it wants a real root"
else
    json "tcpdump reads as many frames as were explained" "o['capture']['frames'] == $frames > 500"
fi
run --json "$scratch/seen.pcap"
expect "the file that was written is read" 0
check "and tells the same" compare all "$out" "$scratch/wire"

# Silence: nothing comes that would carry the time on, but the connection has ended.

start -i lo -F ndjson
traffic silence 1 lo
ended() {
    compare all "$out" "$scratch/silence"
}
check "a connection that ended is printed in silence, too" until_true 5 ended
stop INT
expect "Ctrl-C in silence: 0, and nothing on stderr" 0
traffic_end silence

# The kernel has not handed over the last frames yet when Ctrl-C comes right behind them.

start -i lo --json
"$python" -c '
import os, signal, socket, sys
closed = socket.create_server(("127.0.0.1", 0))
address = closed.getsockname()
closed.close()
for i in range(20):
    socket.socket().connect_ex(address)
os.kill(int(sys.argv[1]), signal.SIGINT)
' "$pid"
stop 0
expect "Ctrl-C right behind the frames: 0, and nothing on stderr" 0
json "the last frames are there" 'o["totals"]["by_handshake"]["refused"] == 20'

# All interfaces at once, and short frames: 96 bytes hold the headers of these segments.

start -i any -s 96 -F json
traffic any-lo 32 lo
traffic any-wire 32 wire
stop INT
expect "any: 0, and nothing on stderr" 0
check "any: the connections of both interfaces, each once" \
    compare all "$out" "$scratch/any-lo" "$scratch/any-wire"
json "any: the link is cooked" 'o["capture"]["inputs"][0]["link_types"] == ["LINUX_SLL"]'
traffic_end any-lo
traffic_end any-wire

# Text, as it is read after Ctrl-C.

start -i lo -l
traffic list 16 lo
stop INT
expect "text: 0, and nothing on stderr" 0
# once LIST TRUTH: the list has a row for each connection, and no other.
once() {
    "$python" -c '
import json, re, sys
rows = re.findall(r"^ *[0-9]+ \S*:([0-9]+) ", open(sys.argv[1], encoding="utf-8").read(), re.M)
ports = [json.loads(line)["client"][1] for line in open(sys.argv[2]) if line[0] == "{"]
sys.exit(0 if sorted(map(int, rows)) == sorted(ports) else "rows: %s; made: %s" % (rows, ports))
' "$@"
}
check "text: each connection has one line" once "$out" "$scratch/list"
traffic_end list

# Ends of its own.

start -i lo --json -c 20
traffic count 8 lo
stop 0
expect "-c: it ends by itself" 0
json "-c: so many frames" 'o["capture"]["frames"] == 20'
traffic_end count

run -i lo --json --duration 1
expect "--duration: it ends by itself" 0
json "--duration: nothing was seen, nothing lost" \
    'o["capture"]["frames"] == 0 and o["capture"]["dropped_by_kernel"] == 0'

# A filter, which the kernel applies: every second connection goes to the other port.

start -i lo --json tcp port 9 or icmp
"$python" -c '
import socket
for i in range(10):
    socket.socket().connect_ex(("127.0.0.1", 9 + i % 2))
'
stop INT
expect "a filter: 0, and nothing on stderr" 0
json "a filter: what it lets through is numbered from 1, and nobody counts the rest" \
    '[c["id"] for c in o["connections"]] == [1, 3, 5, 7, 9] and o["capture"]["frames"] == 10
     and o["capture"]["filtered_out"] is None'

# A closed pipe: head goes after the first line. It is noticed without traffic, and with it.

start_piped() {
    rm -f "$scratch/status"
    {
        "$program" "$@" 2>"$err" </dev/null
        echo $? >"$scratch/status"
    } | head -n 1 >"$out" &
    pid=$!
    children="$children $pid"
}

ends_piped() {
    if until_true 20 test -s "$scratch/status"; then
        wait "$pid"
        status=$(cat "$scratch/status")
        expect "$1: 0, and nothing on stderr" 0
    else
        fail "$1 ends it"
    fi
}

start_piped -i lo -F ndjson
ends_piped "a closed pipe"
start_piped -i lo -F ndjson
traffic pipe 8 lo
ends_piped "a closed pipe, with traffic"
traffic_end pipe

# Losses. A stopped program does not read, and the smallest buffer is full soon.

start -i lo -B 1 --json
kill -STOP "$pid"
traffic lost 100 lo
kill -CONT "$pid"
stop INT
expect "losses: 0, and nothing on stderr" 0
json "losses of the kernel are told" 'o["capture"]["dropped_by_kernel"] > 0'
traffic_end lost

# Interfaces that can't be had.

run -D
expect "-D: 0, and nothing on stderr" 0
says "-D lists the loopback interface" "$out" ".lo ["
if command -v tcpdump >/dev/null && tcpdump -D >"$scratch/tcpdump" 2>/dev/null; then
    same "-D is what tcpdump lists" "$scratch/tcpdump" "$out"
else
    skip "-D is what tcpdump lists" "tcpdump is not installed"
fi

loopback=$(sed -n 's/^\([0-9]*\)\.lo .*/\1/p' "$out")
run -i "$loopback" --duration 0.2 --json
expect "a number of -D: 0, and nothing on stderr" 0
json "a number of -D is that interface" 'o["capture"]["inputs"][0]["name"] == "lo"'

run -i nosuch0
expect "an unknown interface: 3, and one sentence" 3
says "it names -D" "$err" "-D"

ip link add down0 type veth peer name down1
run -i down0
expect "an interface that is down: 3, and one sentence" 3
says "it names the command" "$err" "ip link set down0 up"
ip link del down0

stage_wire gone0 gone1
start -i gone0 --json
ip link del gone0
stop 0
expect "an interface that is removed: 3, and one sentence" 3
json "the report is there all the same" 'o["connections"] == []'
json "what the interface lost is not known any more, what the kernel dropped is" \
    'o["capture"]["dropped_by_kernel"] == 0 and o["capture"]["dropped_by_interface"] is None'

if ! command -v setpriv >/dev/null; then
    skip "without the capability: 4, and one sentence" "setpriv is not installed"
else
    setpriv --bounding-set=-net_raw --inh-caps=-net_raw "$program" -i lo >"$out" 2>"$err"
    status=$?
    expect "without the capability: 4, and one sentence" 4
    says "it names the capability" "$err" "CAP_NET_RAW"
    says "it names the command" "$err" "setcap cap_net_raw+ep"
    check "nothing on stdout" test ! -s "$out"
    setpriv --bounding-set=-net_raw --inh-caps=-net_raw "$program" -D >"$out" 2>"$err"
    status=$?
    expect "-D needs no capability" 0
fi

finish
