# tap.sh: the few words a shell test needs to speak TAP. Source it, do not run it:
#
#     srcdir=${srcdir:-.}
#     . "$srcdir/tests/tap.sh"
#     pass "it holds"                      one result that is true
#     fail "it does not" "and why"         one result that is false, with an explanation
#     check "ls works" ls /                true when the command ends with 0
#     refuse "false fails" false           true when the command does not
#     same "the text" wanted.txt got.txt   true when the two files are equal
#     skip "colours" "no terminal"         one result that could not be had
#     skip_all "python3 is missing"        the whole test could not run; ends it
#     finish                               the plan; ends the test
#
# $scratch is a folder of the test's own; it is removed at the end.

tap_count=0
tap_failed=0
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Comment lines out of standard input.
tap_note() {
    sed 's/^/# /'
}

pass() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s\n' "$tap_count" "$1"
}

fail() {
    tap_count=$((tap_count + 1))
    tap_failed=$((tap_failed + 1))
    printf 'not ok %d - %s\n' "$tap_count" "$1"
    [ -z "${2-}" ] || printf '%s\n' "$2" | tap_note
}

check() {
    tap_name=$1
    shift
    if "$@" >"$scratch/tap.out" 2>&1; then
        pass "$tap_name"
    else
        fail "$tap_name" "failed: $*"
        head -n 40 "$scratch/tap.out" | tap_note
    fi
}

refuse() {
    tap_name=$1
    shift
    if "$@" >"$scratch/tap.out" 2>&1; then
        fail "$tap_name" "did not fail: $*"
    else
        pass "$tap_name"
    fi
}

same() {
    if diff -u "$2" "$3" >"$scratch/tap.out" 2>&1; then
        pass "$1"
    else
        fail "$1"
        head -n 60 "$scratch/tap.out" | tap_note
    fi
}

skip() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

skip_all() {
    printf '1..0 # SKIP %s\n' "$1"
    exit 0
}

# The harness counts the "not ok" lines itself; an exit status would count once more.
finish() {
    printf '1..%d\n' "$tap_count"
    [ -n "${TAP_HARNESS-}" ] || [ "$tap_failed" -eq 0 ]
    exit
}
