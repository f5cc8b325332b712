#!/bin/sh
# man: the man page is sound mdoc, has all its sections, and its examples work: each line
# "$ COMMAND" of EXAMPLES is run in the source tree, must end with 0 and print something, and
# nothing on stderr.
srcdir=${srcdir:-.}
. "$srcdir/tests/tap.sh"

program=${TCPFLOW_EXPLAIN:-${builddir:-.}/tcpflow-explain}
page=$srcdir/man/tcpflow-explain.1
[ -x "$program" ] || { fail "the program is built" "$program"; finish; }

# The commands of a page, one per line.
examples() {
    awk '
        /^\.Sh/ { inside = $2 == "EXAMPLES" }
        inside && /^\.Dl \$ / {
            sub(/^\.Dl \$ /, "")
            gsub(/\\\(aq/, "\047"); gsub(/\\\(dq/, "\""); gsub(/\\&/, ""); gsub(/\\-/, "-")
            print
        }' "$1"
}

# The first program of a command line that is not installed; nothing when all are.
missing_tool() {
    printf '%s\n' "$1" | tr '|' '\n' | while read -r tool rest; do
        : "$rest"
        [ "$tool" = tcpflow-explain ] || command -v "$tool" >/dev/null || { echo "$tool"; break; }
    done
}

# Runs a command line; prints what is wrong with it.
complain_about() {
    (cd "$srcdir" && PATH=$scratch/bin:$PATH && sh -c "$1") \
        >"$scratch/out" 2>"$scratch/err" </dev/null
    status=$?
    [ "$status" -eq 0 ] || echo "ended with $status"
    [ -s "$scratch/out" ] || echo "printed nothing"
    [ ! -s "$scratch/err" ] || { echo "on stderr:"; head -n 5 "$scratch/err"; }
}

mkdir "$scratch/bin"
case $program in /*) target=$program ;; *) target=$(pwd)/$program ;; esac
printf '#!/bin/sh\nexec "%s" "$@"\n' "$target" >"$scratch/bin/tcpflow-explain"
chmod +x "$scratch/bin/tcpflow-explain"

# Whether another page is installed says nothing about ours.
if command -v "${MANDOC:-mandoc}" >/dev/null; then
    verdict=$("${MANDOC:-mandoc}" -Tlint -W style "$page" 2>&1 |
        grep -v -e 'referenced manual not found' -e 'outdated mandoc.db')
    if [ -z "$verdict" ]; then
        pass "mandoc finds no fault"
    else
        fail "mandoc finds no fault" "$verdict"
    fi
else
    skip "mandoc finds no fault" "mandoc is not installed"
fi

for section in NAME SYNOPSIS DESCRIPTION OPTIONS "READING THE OUTPUT" ENVIRONMENT FILES \
    "EXIT STATUS" EXAMPLES "SEE ALSO" STANDARDS; do
    check "has a section $section" grep -qxF ".Sh $section" "$page"
done

examples "$page" >"$scratch/examples"
count=$(wc -l <"$scratch/examples")
check "there are examples to run: $((count))" [ "$count" -ge 10 ]
while read -r line; do
    tool=$(missing_tool "$line")
    if [ -n "$tool" ]; then
        skip "$line" "$tool is not installed"
        continue
    fi
    verdict=$(complain_about "$line")
    if [ -z "$verdict" ]; then pass "$line"; else fail "$line" "$verdict"; fi
done <"$scratch/examples"

# The judge itself.

for line in 'tcpflow-explain pcaps/no-such-file.pcap' 'true' 'echo fine; false' \
    'echo fine; echo oops >&2'; do
    check "finds fault with: $line" [ -n "$(complain_about "$line")" ]
done
check "finds no fault with: echo fine" [ -z "$(complain_about 'echo fine')" ]

finish
