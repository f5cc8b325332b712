#!/bin/sh
# valgrind.sh: runs the program under valgrind over every capture in pcaps/, as text and as
# JSON. Speaks TAP; `make check-valgrind` runs it.
srcdir=${srcdir:-.}
builddir=${builddir:-.}
. "$srcdir/tests/tap.sh"

program=${TCPFLOW_EXPLAIN:-$builddir/tcpflow-explain}
valgrind=${VALGRIND:-$(command -v valgrind)}
[ -n "$valgrind" ] || skip_all "valgrind is not installed"
[ "${INSTRUMENTED-no}" = no ] || skip_all "an instrumented build does not run under valgrind"

# Valgrind's own errors end with 99, the program's with 4 or less.
clean() {
    "$valgrind" --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
        --track-fds=no --log-file="$scratch/valgrind" "$program" "$@" >/dev/null 2>&1
    status=$?
    cat "$scratch/valgrind"
    [ "$status" -le 4 ]
}

for capture in "$srcdir"/pcaps/*.pcap*; do
    [ -e "$capture" ] || skip_all "no captures in pcaps/"
    name=${capture##*/}
    check "$name as text" clean "$capture"
    check "$name as JSON" clean --format json "$capture"
done
finish
