#!/bin/sh
# harness: what stands between a unit test and the counting, tests/unit_tap.sh, turns skipped tests
# into skipped ones and hides nothing else.
srcdir=${srcdir:-.}
. "$srcdir/tests/tap.sh"

# through SCRIPT: what comes out of a made-up unit test, and its exit status.
through() {
    sh "$srcdir/tests/unit_tap.sh" sh -c "$1" >"$scratch/out" 2>&1
    echo "status $?" >>"$scratch/out"
}

expect() {
    printf '%s\n' "$2" >"$scratch/wanted"
    same "$1" "$scratch/wanted" "$scratch/out"
}

through 'echo "1..2"; echo "ok 1 - a"; echo "not ok 2 # SKIP b"'
expect "a skipped test is skipped" "1..2
ok 1 - a
ok 2 # SKIP b
status 0"

through 'echo "not ok 1 - a # SKIP is only in its name"; echo "not ok 2 - SKIP"; exit 2'
expect "a failed test stays failed, and its status too" "not ok 1 - a # SKIP is only in its name
not ok 2 - SKIP
status 2"

through 'echo "ok 1 - a"; kill -SEGV $$'
check "a crash stays a crash" grep -q '^status 139$' "$scratch/out"

finish
