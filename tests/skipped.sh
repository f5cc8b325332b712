#!/bin/sh
# skipped.sh: says which tests this build could not have, and why. It is part of make check
# only when configure missed something that tests need.
srcdir=${srcdir:-.}
. "$srcdir/tests/tap.sh"

[ -n "${HAVE_CMOCKA-}" ] ||
    skip "unit tests" "configure did not find cmocka: install libcmocka-dev, configure again"
[ -n "${PYTHON3-}" ] ||
    skip "schema test" "configure did not find python3: install it, configure again"
finish
