#!/bin/sh
# cli: the program as a user or a script meets it: exit codes, what goes to stdout and what to
# stderr, bad input, closed pipes, colours, characters, filters and the choice of connections.
srcdir=${srcdir:-.}
. "$srcdir/tests/tap.sh"

program=${TCPFLOW_EXPLAIN:-${builddir:-.}/tcpflow-explain}
[ -x "$program" ] || { fail "the program is built" "$program"; finish; }
four=$srcdir/pcaps/lab-close-four.pcap
reuse=$srcdir/pcaps/lab-port-reuse.pcap
v6=$srcdir/pcaps/lab-ipv6.pcap
out=$scratch/out
err=$scratch/err
newline='
'
unset NO_COLOR COLUMNS LINES
LC_ALL=C.UTF-8 TZ=UTC0
export LC_ALL TZ

# run ARGUMENTS: fills $out, $err and $status.
run() {
    "$program" "$@" >"$out" 2>"$err" </dev/null
    status=$?
}

tell() {
    printf 'status %s\nstdout:\n' "$status"
    head -n 12 "$out"
    echo "stderr:"
    head -n 12 "$err"
}

# expect NAME STATUS: the last run ended so; 0 means silence on stderr, all else one sentence.
expect() {
    lines=$(wc -l <"$err")
    if [ "$status" -ne "$2" ]; then
        fail "$1" "wanted status $2; $(tell)"
    elif [ "$2" -eq 0 ] && [ "$lines" -ne 0 ]; then
        fail "$1" "stderr is not silent; $(tell)"
    elif [ "$2" -ne 0 ] && [ "$lines" -ne 1 ]; then
        fail "$1" "stderr is not one line; $(tell)"
    else
        pass "$1"
    fi
}

# says NAME FILE WORDS: the words stand in the file.
says() {
    if grep -qF -e "$3" "$2"; then pass "$1"; else fail "$1" "wanted: $3; $(tell)"; fi
}

says_not() {
    if grep -qF -e "$3" "$2"; then fail "$1" "not wanted: $3; $(tell)"; else pass "$1"; fi
}

empty() {
    if [ -s "$2" ]; then fail "$1" "$(tell)"; else pass "$1"; fi
}

is_json() {
    if [ -z "${PYTHON3-}" ] && ! command -v python3 >/dev/null; then
        skip "$1" "python3 is not installed"
    elif "${PYTHON3:-python3}" -c '
import json, sys
text = open(sys.argv[2], encoding="utf-8").read()
for part in text.splitlines() if sys.argv[1] == "lines" else [text]:
    assert isinstance(json.loads(part), dict)
assert text
' "$2" "$out" 2>"$scratch/python"; then
        pass "$1"
    else
        fail "$1" "$(tail -n 1 "$scratch/python"); $(tell)"
    fi
}

# json NAME EXPRESSION: true of the object "o" in $out.
json() {
    if [ -z "${PYTHON3-}" ] && ! command -v python3 >/dev/null; then
        skip "$1" "python3 is not installed"
    elif "${PYTHON3:-python3}" -c '
import json, sys
o = json.load(open(sys.argv[1], encoding="utf-8"))
sys.exit(0 if eval(sys.argv[2]) else 1)
' "$out" "$2" 2>"$scratch/python"; then
        pass "$1"
    else
        fail "$1" "$2; $(tail -n 1 "$scratch/python"); $(head -c 600 "$out")"
    fi
}

escape=$(printf '\033')

# Plain runs.

run "$four"
expect "a capture: 0, and nothing on stderr" 0
says "the text names both ends" "$out" "192.0.2.20:8080"
says "and a state" "$out" "TIME_WAIT"
says_not "no colour where stdout is no terminal" "$out" "$escape"
cp "$out" "$scratch/four.txt"
run "$four"
same "twice the same" "$scratch/four.txt" "$out"
run -n "$four"
same "-n changes nothing" "$scratch/four.txt" "$out"
check "80 columns when stdout is no terminal" \
    env LC_ALL=C awk '{ gsub(/[\200-\277]/, ""); if (length($0) > 80) exit 1 }' "$scratch/four.txt"

run -h
expect "-h: 0, and nothing on stderr" 0
says "-h names the exit status" "$out" "Exit status"
run -V
expect "-V: 0, and nothing on stderr" 0
says "-V names libpcap" "$out" "libpcap"
says "-V names json-c" "$out" "json-c"
says "-V tells the sanitizers" "$out" "sanitizers: "

# Wrong usage: 2, nothing on stdout, one sentence that says what to do.

# wrong NAME WORDS ARGUMENTS
wrong() {
    wrong_name=$1
    wrong_words=$2
    shift 2
    run "$@"
    expect "$wrong_name: 2" 2
    empty "$wrong_name: nothing on stdout" "$out"
    says "$wrong_name: what to do" "$err" "$wrong_words"
}

wrong "no capture" "-h"
wrong "unknown option" "unknown option '--wat'; tcpflow-explain -h" --wat "$four"
wrong "unknown letter" "unknown option '-x'; tcpflow-explain -h" -x lo
wrong "bad count" "-c wants a number" -c many "$four"
wrong "bad format" "text, json or ndjson" -F xml "$four"
wrong "bad width" "80 to 500" --width 20 "$four"
wrong "bad vantage" "wants client, near-client, middle, near-server or server, not 'up'" \
    --vantage up "$four"
wrong "an unknown vantage is no vantage" "wants client" --vantage unknown "$four"
wrong "bad msl" "1 to 3600" --msl 0 "$four"
wrong "too little memory" "from 16M to 1024G" --max-memory 1M "$four"
wrong "no size" "from 16M to 1024G" --max-memory 16T "$four"
wrong "bad connection" "10.0.0.1:4000-10.0.0.2:80" -C here "$four"
wrong "-r with -f" "without -f" -r "$four" -f tcp
wrong "-q with -C" "-q leaves out" -q -C 1 "$four"
# libpcap 1.10 calls a word it does not know a host, and a broken sentence a syntax error.
wrong "bad filter" "syntax error" -f "port and and" "$four"
wrong "bad filter after -r" "syntax error" -r "$four" port and and

# Input that cannot be read: 3.

# unreadable NAME WORDS ARGUMENTS
unreadable() {
    unreadable_name=$1
    unreadable_words=$2
    shift 2
    run "$@"
    expect "$unreadable_name: 3" 3
    says "$unreadable_name: is named" "$err" "$unreadable_words"
}

: >"$scratch/empty.pcap"
echo "this is a letter and no capture, however long one reads it" >"$scratch/letter.pcap"
unreadable "missing file" "no-such.pcap" "$scratch/no-such.pcap"
unreadable "directory" "$scratch" "$scratch"
unreadable "empty file" "empty.pcap" "$scratch/empty.pcap"
unreadable "no capture" "letter.pcap" "$scratch/letter.pcap"
for format in --json --ndjson; do
    run "$format" "$scratch/no-such.pcap"
    expect "$format of a missing file: 3" 3
    says_not "$format of a missing file: the sentence is not on stdout" "$out" "tcpflow-explain:"
done

# A file that ends inside a frame is explained as far as it goes.
size=$(wc -c <"$four")
head -c $((size - 20)) "$four" >"$scratch/cut.pcap"
unreadable "cut-short file" "cut" "$scratch/cut.pcap"
says "cut-short file: the rest is explained" "$out" "192.0.2.20:8080"
run --json "$scratch/cut.pcap"
expect "cut-short file as JSON: 3" 3
is_json "cut-short file: JSON is whole" whole
json "cut-short file: JSON says so" 'o["capture"]["inputs"][0]["cut_short"] is True'
json "cut-short file: JSON has the connection" 'len(o["connections"]) == 1'
head -c 24 "$four" >"$scratch/none.pcap"
run "$scratch/none.pcap"
expect "a capture without frames: 0" 0
check "a capture without frames: something is said" [ -s "$out" ]

# Standard input.

"$program" - <"$four" >"$out" 2>"$err"
status=$?
expect "- reads standard input" 0
says "- : the connection is explained" "$out" "192.0.2.20:8080"
"$program" -r - port 9 <"$four" >"$out" 2>"$err"
status=$?
expect "-r - with a filter" 0
says_not "-r - with a filter that lets nothing through" "$out" "TIME_WAIT"

# JSON stands alone on stdout.

run --json "$four"
expect "--json: 0, silent" 0
is_json "--json is one object" whole
json "--json: the schema" 'o["schema"].startswith("tcpflow-explain/1")'
json "--json: one connection" 'len(o["connections"]) == 1 and o["connections"][0]["id"] == 1'
cp "$out" "$scratch/four.json"
for same in "-F json" "-T json" "--format=json" "--ndjson --json" "--json --color=always"; do
    # shellcheck disable=SC2086
    run $same "$four"
    same "$same is the same" "$scratch/four.json" "$out"
done
run --ndjson "$four"
expect "--ndjson: 0, silent" 0
is_json "--ndjson is one object per line" lines
check "--ndjson ends with the summary" sh -c 'tail -n 1 "$1" | grep -q "\"summary\""' sh "$out"
run -q --json "$four"
expect "-q --json: 0" 0
json "-q: no connections" 'o["connections"] == []'
json "-q: they are counted" 'o["totals"]["connections"] == 1'
run -q "$four"
expect "-q: 0" 0
says_not "-q: no diagram" "$out" "TIME_WAIT"
says "-q: the connection is counted" "$out" "1 connection"
says_not "-q: nothing is called unselected" "$out" "selected"

# Pipes and a full disk.

# The status of the first program of a pipe.
piped() {
    { "$program" "$@" 2>"$err"; echo $? >"$scratch/status"; } | head -n 1 >"$out"
    status=$(cat "$scratch/status")
}
for format in text json ndjson; do
    piped -F "$format" "$reuse"
    expect "a reader that takes one line of $format and leaves: 0" 0
done
# Nobody listens at all: the very first write fails.
for format in text json ndjson; do
    { sleep 1; "$program" -F "$format" "$four" 2>"$err"; echo $? >"$scratch/status"; } | true
    status=$(cat "$scratch/status")
    expect "nobody reads the $format: 0" 0
done

if [ -c /dev/full ]; then
    for format in text json ndjson; do
        "$program" -F "$format" "$four" >/dev/full 2>"$err" </dev/null
        status=$?
        : >"$out"
        expect "$format to a full disk: 3" 3
        says "$format to a full disk: why" "$err" "space"
    done
else
    skip "a full disk" "/dev/full is not there"
fi

# Colours and characters.

run --color=always "$four"
says "--color=always colours" "$out" "$escape"
run --color=never "$four"
same "--color=never is plain" "$scratch/four.txt" "$out"
NO_COLOR=1 TERM=xterm-256color "$program" --color=always "$four" >"$out" 2>"$err"
says "--color=always goes before NO_COLOR" "$out" "$escape"

# terminal ENVIRONMENT [OPTION]: script(1) gives the program a terminal.
terminal() {
    script -qec "$1 '$program' ${2-} '$four'" /dev/null </dev/null >"$out" 2>"$err"
}
if command -v script >/dev/null && script -qec true /dev/null </dev/null >/dev/null 2>&1 &&
    [ "$(TERM=xterm tput colors 2>/dev/null)" = 8 ]; then
    terminal "TERM=xterm"
    says "a terminal with colours gets them" "$out" "$escape"
    terminal "NO_COLOR=1 TERM=xterm"
    says_not "NO_COLOR: none" "$out" "$escape"
    terminal "NO_COLOR='' TERM=xterm"
    says "an empty NO_COLOR means nothing" "$out" "$escape"
    terminal "TERM=dumb"
    says_not "TERM=dumb: none" "$out" "$escape"
    terminal "TERM=no-such-terminal"
    says_not "a terminal that terminfo does not know: none" "$out" "$escape"
    terminal "TERM=xterm" --color=never
    says_not "--color=never: none" "$out" "$escape"
else
    skip "colours on a terminal" "script(1), or terminfo's xterm, is not installed"
fi

not_ascii() {
    LC_ALL=C grep -q "[^ -~$(printf '\t')]" "$1"
}
LC_ALL=C.UTF-8 "$program" "$four" >"$out"
check "UTF-8 where the locale has it" not_ascii "$out"
for file in "$four" "$reuse" "$srcdir/pcaps/lab-filtered.pcap"; do
    LC_ALL=C.UTF-8 "$program" --ascii "$file" >"$out"
    refuse "--ascii is pure ASCII: ${file##*/}" not_ascii "$out"
    LC_ALL=C.UTF-8 "$program" --ascii -v "$file" >"$out"
    refuse "--ascii -v is pure ASCII: ${file##*/}" not_ascii "$out"
    LC_ALL=C.UTF-8 "$program" --ascii -l "$file" >"$out"
    refuse "--ascii -l is pure ASCII: ${file##*/}" not_ascii "$out"
done
LC_ALL=C.UTF-8 "$program" --ascii "$four" >"$scratch/ascii"
LC_ALL=C "$program" "$four" >"$out"
same "the C locale draws as --ascii does" "$scratch/ascii" "$out"

# How much is read.

run --json -c 3 "$four"
expect "-c 3: 0" 0
json "-c 3 reads three frames" 'o["capture"]["frames"] == 3'
json "-c 3 ends before the close" 'o["connections"][0]["close"]["kind"] == "open"'
run --json -c 2 -f 'dst port 40001' "$four"
json "-c counts what the filter lets through" 'o["capture"]["inputs"][0]["frames"] == 2'
run --json -f 'port 9' "$four"
expect "a filter that nothing passes: 0" 0
json "a filter that nothing passes: no connection" 'o["connections"] == []'
run --json "$four"
cp "$out" "$scratch/all"
run --json -r "$four"
same "-r FILE reads as FILE does" "$scratch/all" "$out"
run --json -r "$four" host 192.0.2.10 and port 8080
expect "-r with a filter of several words: 0" 0
json "-r with a filter lets it through" 'len(o["connections"]) == 1'
run --json -r "$four" host 198.51.100.1 or port 9
json "-r with a filter keeps it out" 'o["connections"] == []'

# Which connection.

run --json "$reuse"
json "two connections on one pair of ports" '[c["id"] for c in o["connections"]] == [1, 11]'
run --json -C 11 "$reuse"
expect "-C ID: 0" 0
json "-C ID chooses it" '[c["id"] for c in o["connections"]] == [11]'
json "-C ID: all are counted, one is listed" \
    'o["totals"]["connections"] == 2 and o["totals"]["listed"] == 1'
for ends in 192.0.2.10:40001-192.0.2.20:8080 192.0.2.20:8080-192.0.2.10:40001; do
    run --json -C "$ends" "$reuse"
    json "-C $ends chooses both" '[c["id"] for c in o["connections"]] == [1, 11]'
done
run --json -C 192.0.2.10:40001-192.0.2.20:8081 "$reuse"
json "-C with another port chooses none" 'o["connections"] == []'
run --json -C '[2001:db8:9::20]:8080-[2001:db8:9:0:0:0:0:10]:40001' "$v6"
json "-C of IPv6, however it is written" '[c["ip_version"] for c in o["connections"]] == [6]'
run -l "$reuse"
expect "-l: 0" 0
check "-l has a line for each" \
    [ "$(grep -c '^ *[0-9][0-9]* *192\.0\.2\.10:40001 .*192\.0\.2\.20:8080' "$out")" -eq 2 ]
run -l -C 11 "$reuse"
check "-l -C has a line for the chosen one" \
    [ "$(grep -c '^ *[0-9][0-9]* *192\.0\.2\.10:40001 .*192\.0\.2\.20:8080' "$out")" -eq 1 ]
run -C 11 "$reuse"
says "-C draws" "$out" "TIME_WAIT"
run -C 12 "$reuse"
check "-C of a number that is no connection's: that is told" [ -s "$out" -o -s "$err" ]
says_not "-C of a number that is no connection's: nothing is drawn" "$out" "TIME_WAIT"

# Ctrl-C in the middle of a pipe: the result so far, soon, and 0.

mkfifo "$scratch/pipe"
(head -c 700 "$four"; sleep 20) >"$scratch/pipe" &
writer=$!
"$program" - <"$scratch/pipe" >"$out" 2>"$err" &
reader=$!
sleep 1
kill -INT "$reader"
before=$(date +%s)
wait "$reader"
code=$?
after=$(date +%s)
kill "$writer" 2>/dev/null
check "Ctrl-C on a pipe: 0" [ "$code" -eq 0 ]
check "Ctrl-C on a pipe: soon" [ $((after - before)) -le 4 ]
says "Ctrl-C on a pipe: what was read is explained" "$out" "SYN_SENT"
says "Ctrl-C on a pipe: it is told" "$out" "result so far"
says_not "Ctrl-C on a pipe: nothing is called damaged" "$out" "cut short"

# Widths.

for width in 80 120 200; do
    LC_ALL=C.UTF-8 "$program" --ascii --width "$width" "$four" >"$out"
    check "--width $width is kept" awk -v width="$width" 'length($0) > width { exit 1 }' "$out"
done

lost=$srcdir/pcaps/lab-tail-lost.pcap
for columns in 40 80 200; do
    COLUMNS=$columns LC_ALL=C.UTF-8 "$program" --ascii -v "$lost" >"$out"
    says "COLUMNS=$columns: a bar and a time line" "$out" "Sequence space"
    check "COLUMNS=$columns is kept, but for 80 columns at least" \
        awk -v width="$((columns < 80 ? 80 : columns))" 'length($0) > width { exit 1 }' "$out"
    LC_ALL=C.UTF-8 "$program" -v --color=always --width "$columns" "$lost" |
        sed "s/$escape\[[0-9;]*m//g" >"$scratch/colored"
    LC_ALL=C.UTF-8 "$program" -v --width "$columns" "$lost" >"$out"
    same "the bars without colours are those with: $columns" "$scratch/colored" "$out"
done

# A name from outside brings no control characters to the terminal.
odd=$scratch/odd${newline}${escape}[31mname.pcap
cp "$four" "$odd"
run "$odd"
says_not "a file name with control characters is made harmless" "$out" "$escape"

finish
