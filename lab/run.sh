#!/bin/sh
# Makes real TCP connections between two network namespaces and captures them.
# Usage: lab/run.sh [-o DIRECTORY] [NAME...]      (no NAME: every scenario)
#        lab/run.sh -l                            (list the scenarios)
set -eu

lab=$(cd "$(dirname "$0")" && pwd)
out=$lab/../pcaps
client=tfe-client-$$
server=tfe-server-$$

usage() {
    sed -n '2,4s/^# //p' "$0"
}

make_hosts() {
    ip netns add "$client"
    ip netns add "$server"
    ip link add wire0 netns "$client" address 02:00:00:00:00:01 type veth \
        peer name wire0 netns "$server" address 02:00:00:00:00:02
    for ns in "$client" "$server"; do
        ip -n "$ns" link set lo up
        ip -n "$ns" link set wire0 up
    done
}

remove_hosts() {
    for ns in "$client" "$server"; do
        ip netns del "$ns" 2>/dev/null || true
    done
}

while getopts o:lh option; do
    case $option in
    o) out=$OPTARG ;;
    l) exec python3 -B "$lab/scenarios.py" --list ;;
    h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))

missing=
for tool in ip ss nstat ethtool nft python3 sysctl tcpdump; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
if [ -n "$missing" ]; then
    echo "lab: missing:$missing" >&2
    exit 2
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "lab: network namespaces need root" >&2
    exit 2
fi

if [ $# -eq 0 ]; then
    names=$(python3 -B "$lab/scenarios.py" --names)
    # shellcheck disable=SC2086  # names hold no blanks, one word each
    set -- $names
fi
mkdir -p "$out"

trap remove_hosts EXIT
trap 'exit 130' INT TERM

failed=
for name in "$@"; do
    make_hosts
    python3 -B "$lab/scenarios.py" --run "$name" --client "$client" \
        --server "$server" --output "$out" || failed="$failed $name"
    remove_hosts
done
if [ -n "$failed" ]; then
    echo "lab: failed:$failed" >&2
    exit 1
fi
