#!/bin/sh
# options: the table in src/cli/option_table.c, what --help prints, what the program takes, and the
# man page's section OPTIONS tell the same options in the same forms and words.
#
# Each comparison is then fed doctored pages, a bad change in each, and has to find it.
srcdir=${srcdir:-.}
. "$srcdir/tests/tap.sh"

program=${TCPFLOW_EXPLAIN:-${builddir:-.}/tcpflow-explain}
page=$srcdir/man/tcpflow-explain.1
table=$srcdir/src/cli/option_table.c
[ -x "$program" ] || { fail "the program is built" "$program"; finish; }

# Every form below is one line, "-c, --count COUNT<tab>HELP TEXT".

# Out of the table: a row is "[OPTION_X] = { GROUP, 'c', "count", "COUNT"," and its help.
forms_of_table() {
    awk '
        /^const struct option_row option_rows\[/ { inside = 1; next }
        inside && /^};/ { inside = 0 }
        inside && /^ *\[OPTION_/ {
            split($0, field, ", *")
            letter = field[2] ~ /^\047/ ? substr(field[2], 2, 1) : ""
            name = field[3] == "NULL" ? "" : field[3]
            argument = field[4] ~ /^NULL/ ? "" : field[4]
            gsub(/"/, "", name); gsub(/[",]/, "", argument)
            form = (letter != "" ? "-" letter : "") (letter != "" && name != "" ? ", " : "") \
                   (name != "" ? "--" name : "") (argument != "" ? " " argument : "")
            help = ""
            next
        }
        inside {
            line = $0
            sub(/^[^"]*"/, "", line)
            end = line ~ /"[ ]*},?[ ]*$/
            sub(/"[^"]*$/, "", line)
            help = help line
            if (end) print form "\t" help
        }' "$1"
}

# Out of --help: an option starts with two blanks or six; its text stands at column 30.
forms_of_help() {
    awk '
        function flush() { if (form != "") print form "\t" help; form = ""; help = "" }
        /^[A-Z].*:$/ { flush(); inside = $0 !~ /^Examples/; next }
        !inside { next }
        /^  -/ || /^      -/ {
            flush()
            form = $0
            help = ""
            if (length($0) > 29 && substr($0, 28, 2) == "  ") {
                help = substr($0, 30)
                form = substr($0, 1, 27)
            }
            gsub(/^ +| +$/, "", form)
            next
        }
        /^ / && match($0, /[^ ]/) == 30 {
            help = help (help == "" ? "" : " ") substr($0, 30)
        }
        END { flush() }' "$1"
}

# Out of the man page: an .It of OPTIONS, with the mdoc macros taken away.
forms_of_page() {
    awk '
        function add(word) {
            if (text == "" || joined || word ~ /^[,.:;)]$/) text = text word
            else text = text " " word
            joined = 0
        }
        # A macro line as words: flags get their dashes, Ns joins, names of macros vanish.
        function macro(from,    i, dashes) {
            dashes = ""
            for (i = from; i <= NF; i++) {
                if ($i == "Fl") dashes = dashes "-"
                else if ($i == "Ns") joined = 1
                else if ($i == "Xr") { add($(i + 1) "(" $(i + 2) ")"); i += 2 }
                else if ($i ~ /^(Ar|Cm|Ql|Ev|Pa|Em|Sy|Li|Ic|Dv)$/) continue
                else { add(dashes $i); dashes = "" }
            }
        }
        function flush() { if (form != "") print form "\t" text; form = ""; text = "" }
        /^\.Sh/ { flush(); inside = $2 == "OPTIONS"; next }
        !inside || /^\.\\"/ { next }
        { gsub(/\\\(aq/, "\047"); gsub(/\\\(dq/, "\""); gsub(/\\&/, ""); gsub(/\\-/, "-") }
        /^\.It/ { flush(); macro(2); form = text; text = ""; next }
        /^\.(Bl|El|Ss|Pp)/ { flush(); next }
        form == "" { next }
        /^\./ { sub(/^\./, ""); macro(1); next }
        { for (i = 1; i <= NF; i++) add($i) }
        END { flush() }' "$1"
}

# What is not the same in two lists; the second one's texts may go on after the first one's.
differences() {
    awk -F '\t' '
        NR == FNR { wanted[$1] = $2; order[++n] = $1; next }
        !($1 in wanted) { print "only in the second: " $1; next }
        {
            seen[$1]++
            if (index($2 " ", wanted[$1] " ") != 1)
                print $1 ": \"" wanted[$1] "\" became \"" $2 "\""
            if (seen[$1] > 1) print $1 ": twice in the second"
            if ($1 != order[++at]) print $1 ": in another order"
        }
        END {
            for (i = 1; i <= n; i++)
                if (!(order[i] in seen)) print "only in the first: " order[i]
        }' "$1" "$2"
}

expect_same() {
    verdict=$(differences "$2" "$3")
    if [ -z "$verdict" ]; then pass "$1"; else fail "$1" "$verdict"; fi
}

"$program" --help >"$scratch/help" 2>"$scratch/noise"
check "--help ends with 0 and is silent on stderr" \
    sh -c '"$1" --help >/dev/null && [ ! -s "$2" ]' sh "$program" "$scratch/noise"
check "--help keeps to 80 columns" awk 'length($0) > 80 { exit 1 }' "$scratch/help"
forms_of_table "$table" >"$scratch/table"
forms_of_help "$scratch/help" >"$scratch/in-help"
forms_of_page "$page" >"$scratch/in-page"

rows=$(grep -c '^ *OPTION_[A-Z_]*,$' "$srcdir/include/cli/option_table.h")
check "the table was read whole: $rows options" [ "$(wc -l <"$scratch/table")" -eq "$rows" ]
expect_same "--help tells what the table holds" "$scratch/table" "$scratch/in-help"
same "--help adds no words of its own" "$scratch/table" "$scratch/in-help"
expect_same "the man page tells what --help prints" "$scratch/in-help" "$scratch/in-page"

# What the program takes. An option it knows may be refused for its value, never as unknown.

unknown() {
    "$program" "$@" </dev/null 2>&1 >/dev/null | grep -q 'unknown option'
}

while IFS="$(printf '\t')" read -r form text; do
    argument=${form##* }
    case $argument in -*) argument= ;; esac
    for word in $form; do
        word=${word%,}
        case $word in
        --*) refuse "the program takes $word" unknown "$word${argument:+=1}" -- - ;;
        -*) refuse "the program takes $word" unknown "$word" ${argument:+1} -- - ;;
        esac
    done
    : "$text"
done <"$scratch/table"

letters=$(sed -n 's/^-\(.\).*/\1/p' "$scratch/table" | tr -d '\n')
taken=
for letter in a b c d e f g h i j k l m n o p q r s t u v w x y z \
    A B C D E F G H I J K L M N O P Q R S T U V W X Y Z 0 1 2 3 4 5 6 7 8 9; do
    case $letters in *$letter*) continue ;; esac
    unknown "-$letter" - || taken="$taken $letter"
done
check "no letter but those in the table is taken" [ -z "$taken" ]

# Doctored pages. caught NAME SED-SCRIPT: the page so changed must differ from --help.

caught() {
    sed "$2" "$page" >"$scratch/doctored"
    forms_of_page "$scratch/doctored" >"$scratch/in-doctored"
    if cmp -s "$page" "$scratch/doctored"; then
        fail "finds $1" "the page was not changed"
    elif [ -n "$(differences "$scratch/in-help" "$scratch/in-doctored")" ]; then
        pass "finds $1"
    else
        fail "finds $1" "found nothing"
    fi
}

caught "a missing option" '/^\.It Fl Fl ascii/d'
caught "an option that does not exist" 's/^\.It Fl Fl ascii/.It Fl Fl unicode/'
caught "another letter" 's/^\.It Fl l ,/.It Fl L ,/'
caught "another argument" 's/^\(\.It .*width\) Ar COLUMNS/\1 Ar N/'
caught "an argument that is gone" 's/^\(\.It .*count\) Ar COUNT/\1/'
caught "other words" 's/^Draw with ASCII/Paint with ASCII/'
caught "a sentence that is gone" '/^The last format given counts/d'
caught "an option that stands twice" '/^Draw with ASCII/a\
.It Fl Fl ascii\
Draw with ASCII characters only.'

doctored_help() {
    sed "$2" "$scratch/help" >"$scratch/doctored"
    forms_of_help "$scratch/doctored" >"$scratch/in-doctored"
    if [ -n "$(differences "$scratch/table" "$scratch/in-doctored")" ]; then
        pass "finds $1"
    else
        fail "finds $1" "found nothing"
    fi
}

doctored_help "an option that --help forgets" '/^  -q, --quiet/d'
doctored_help "an option that only --help has" 's/--quiet  /--silent /'
doctored_help "other words in --help" 's/Draw with/Paint with/'

finish
