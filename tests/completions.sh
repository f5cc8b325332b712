#!/bin/sh
# completions: those for bash, zsh and fish offer what --help prints, word for word and both ways
# round; the values they know are those that the program takes; and in each shell that is
# installed they really complete, in a folder of captures made for it.
#
# The comparisons are fed doctored completions, a bad change in each, and have to find it.
srcdir=${srcdir:-.}
. "$srcdir/tests/tap.sh"

program=${TCPFLOW_EXPLAIN:-${builddir:-.}/tcpflow-explain}
case $program in /*) ;; *) program=$(pwd)/$program ;; esac
case $scratch in /*) ;; *) scratch=$(pwd)/$scratch ;; esac
made=${builddir:-.}/completions
[ -x "$program" ] || { fail "the program is built" "$program"; finish; }
unset BASH_ENV ENV ZDOTDIR XDG_CONFIG_HOME XDG_DATA_HOME COMP_FILEDIR_FALLBACK
HOME=$scratch/home
export HOME
mkdir -p "$HOME"

# Where a shell's completion is, and what it must be called for the shell to find it.
made_for() {
    case $1 in
    bash) echo "$made/bash/tcpflow-explain" ;;
    zsh) echo "$made/zsh/_tcpflow-explain" ;;
    fish) echo "$made/fish/tcpflow-explain.fish" ;;
    esac
}

# What is offered, as text: a line "WORD ARGUMENT" for each word that can be written, sorted.

words_of_help() {
    "$program" --help | awk '
        /^[A-Z].*:$/ { inside = $0 !~ /^Examples/ }
        inside && /^ +-/ && match($0, /[^ ]/) < 8 {
            argument = ""
            n = 0
            count = split(substr($0, match($0, /[^ ]/)), part, " ")
            for (i = 1; i <= count && part[i] ~ /^-/; i++) {
                word[++n] = part[i]
                sub(/,$/, "", word[n])
            }
            # One blank parts the option from its argument, more part it from its text.
            rest = substr($0, index($0, word[n]) + length(word[n]))
            if (rest ~ /^ [^ ]/) argument = part[i]
            for (i = 1; i <= n; i++) print word[i] " " argument
        }' | sed 's/ $//' | LC_ALL=C sort
}

words_of_bash() {
    sed -nE "s/^ *\[(-[^]]*)\]='([^']*)'\$/\1 \2/p" "$1" | sed 's/ $//' | LC_ALL=C sort
}

words_of_zsh() {
    sed -nE "s/^ *'\*(--?[A-Za-z0-9-]+)[+=]?\[.*\](:[a-z|]+:->(.+))?' .\$/\1 \3/p" "$1" |
        sed 's/ $//' | LC_ALL=C sort
}

words_of_fish() {
    awk '
        /^complete -c tcpflow-explain -[sl] / {
            argument = ""
            if (match($0, /_argument "[^"]+"/))
                argument = substr($0, RSTART + 11, RLENGTH - 12)
            sub(/ -[xd] .*/, "")
            for (i = 4; i < NF; i += 2)
                print ($i == "-s" ? "-" : "--") $(i + 1) (argument != "" ? " " : "") argument
        }' "$1" | LC_ALL=C sort
}

words_of_help >"$scratch/help"
rows=$("$program" --help | grep -cE '^ {2,6}-')
check "--help was read: $(wc -l <"$scratch/help") words of $rows options" \
    [ "$(sed 's/ .*//' "$scratch/help" | sort -u | wc -l)" -gt "$rows" ]
for shell in bash zsh fish; do
    "words_of_$shell" "$(made_for $shell)" >"$scratch/words.$shell"
    same "$shell: the words and arguments are those of --help" "$scratch/help" \
        "$scratch/words.$shell"
done

# Each kind of argument has its line in the case that completes it.
cut -s -d ' ' -f 2 "$scratch/help" | sort -u >"$scratch/kinds"
kinds_missing() {
    while read -r kind; do
        grep -E '^ +(case )?[A-Z|'"'"' ]+(\)|$| #)' "$1" | tr "'()" '   ' |
            sed 's/ID|ENDS/ID@ENDS/; s/|/ /g' | tr ' @' '\n|' | grep -qxF "$kind" ||
            echo "no case for $kind"
    done <"$scratch/kinds"
}
for shell in bash zsh fish; do
    verdict=$(kinds_missing "$(made_for $shell)")
    if [ -z "$verdict" ]; then
        pass "$shell: every kind of argument is known"
    else
        fail "$shell: every kind of argument is known" "$verdict"
    fi
done

# Doctored completions. caught SHELL NAME SED-SCRIPT
caught() {
    sed "$3" "$(made_for "$1")" >"$scratch/doctored"
    "words_of_$1" "$scratch/doctored" >"$scratch/words.doctored"
    if cmp -s "$(made_for "$1")" "$scratch/doctored"; then
        fail "$1: finds $2" "nothing was changed"
    elif cmp -s "$scratch/help" "$scratch/words.doctored" &&
        [ -z "$(kinds_missing "$scratch/doctored")" ]; then
        fail "$1: finds $2" "found nothing"
    else
        pass "$1: finds $2"
    fi
}

caught bash "a missing option" '/--ascii/d'
caught bash "a missing letter" '/\[-F\]/d'
caught bash "another argument" "s/\(width\]=\)'COLUMNS'/\1'WHEN'/"
caught bash "an argument that is gone" "s/\(count\]=\)'COUNT'/\1''/"
caught bash "an option that does not exist" "s/\[--ascii\]/[--unicode]/"
caught bash "a kind without its case" 's/FORMAT)/WORDS)/'
caught zsh "a missing option" '/--ascii/d'
caught zsh "a missing letter" '/\*-F/d'
caught zsh "another argument" 's/->COLUMNS/->WHEN/'
caught zsh "an argument that is gone" "s/\(--count\).*/\1[Stop]' \\\\/"
caught zsh "an option that does not exist" 's/--ascii/--unicode/'
caught zsh "a kind without its case" 's/ FORMAT)/ WORDS)/'
caught fish "a missing option" '/--*l ascii/d'
caught fish "a missing letter" 's/ -s F / /'
caught fish "another argument" 's/"COLUMNS"/"WHEN"/'
caught fish "an argument that is gone" 's/\(-l count\) -x.*COUNT")./\1/'
caught fish "an option that does not exist" 's/-l ascii/-l unicode/'
caught fish "a kind without its case" 's/case FORMAT/case WORDS/'

# The folder in which the shells complete. lab-port-reuse.pcap has the connections 1 and 11.

mkdir -p "$scratch/here/folder" "$scratch/here/plain" "$scratch/bin"
cd "$srcdir" || exit 99
cp pcaps/lab-port-reuse.pcap "$scratch/here/trace.pcap"
cd "$OLDPWD" || exit 99
cp "$scratch/here/trace.pcap" "$scratch/here/folder/two words.pcap"
cp "$scratch/here/trace.pcap" "$scratch/here/folder/\$(touch planted).pcap"
for name in dump.cap next.pcapng turn.pcap12 notes.txt plain/notes.txt; do
    : >"$scratch/here/$name"
done
mkfifo "$scratch/here/pipe.pcap"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$program" >"$scratch/bin/tcpflow-explain"
chmod +x "$scratch/bin/tcpflow-explain"
PATH=$scratch/bin:$PATH
captures='dump.cap folder next.pcapng pipe.pcap plain trace.pcap turn.pcap12'

# The values that the program asks for when it gets another: "text, json or ndjson".
values_of() {
    "$program" "$1" none - 2>&1 </dev/null | sed -n 's/.* wants \(.*\), not .*/\1/p' |
        sed 's/, or /, /; s/ or /, /; s/, /\n/g' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//'
}
formats=$(values_of -F)
colours=$(values_of --color)
places=$(values_of --vantage)
check "the program tells its formats: $formats" [ "${formats#*ndjson}" != "$formats" ]
check "the program tells when it colours: $colours" [ "${colours#*never}" != "$colours" ]
check "the program tells its places: $places" [ "${places#*middle}" != "$places" ]

# The cases: a command line with the cursor at its end = the words offered, sorted. "~" stands
# for all words of --help.
cat >"$scratch/cases" <<CASES
tcpflow-explain -=~
tcpflow-explain --json -=~
tcpflow-explain trace.pcap -=~
tcpflow-explain --asc=--ascii
tcpflow-explain --ndj=--ndjson
tcpflow-explain -F =$formats
tcpflow-explain -T =$formats
tcpflow-explain --format =$formats
tcpflow-explain --format n=ndjson
tcpflow-explain --color =$colours
tcpflow-explain --vantage =$places
tcpflow-explain --vantage mi=middle
tcpflow-explain -lvF =$formats
tcpflow-explain =$captures
tcpflow-explain t=trace.pcap turn.pcap12
tcpflow-explain -l t=trace.pcap turn.pcap12
tcpflow-explain -- t=trace.pcap turn.pcap12
tcpflow-explain -c 5 tr=trace.pcap
tcpflow-explain -r =$captures
tcpflow-explain --read-file tu=turn.pcap12
tcpflow-explain -r trace.pcap tr=
tcpflow-explain -rtrace.pcap tr=
tcpflow-explain -i an=any
tcpflow-explain --interface an=any
tcpflow-explain -i any tr=
tcpflow-explain trace.pcap tu=turn.pcap12
tcpflow-explain -w tu=turn.pcap12
tcpflow-explain --after =
tcpflow-explain plain/=plain/notes.txt
tcpflow-explain -c =
tcpflow-explain --msl =
tcpflow-explain --width =
tcpflow-explain -C =
tcpflow-explain trace.pcap -C =1 11
tcpflow-explain -F json -r trace.pcap -lC =1 11
tcpflow-explain ./trace.pcap --connection =1 11
tcpflow-explain -w next.pcapng trace.pcap -C =1 11
tcpflow-explain -i any trace.pcap -C =
tcpflow-explain folder/two\\ words.pcap -C =1 11
tcpflow-explain folder/\\\$\\(touch\\ planted\\).pcap -C =1 11
tcpflow-explain nowhere.pcap -C =
tcpflow-explain pipe.pcap -C =
tcpflow-explain notes.txt -C =
tcpflow-explain --format=n=ndjson
tcpflow-explain --color==$colours
CASES
sed 's/=[^=]*$//' "$scratch/cases" >"$scratch/lines"

# Each driver reads command lines from $scratch/lines, completes with the file named, and writes
# what is offered for line N to $scratch/out/N.

cat >"$scratch/driver.bash" <<'DRIVER'
. "$BASH_COMPLETION_FILE" && . "$1" || exit 1
cd "$2/here" || exit 1
shopt -s extglob
mapfile -t lines <"$2/lines"
for number in "${!lines[@]}"; do
    COMP_LINE=${lines[number]}
    COMP_POINT=${#COMP_LINE} COMP_TYPE=9 COMP_KEY=9
    # Words as readline parts them: at blanks that no backslash quotes, = and : by themselves.
    COMP_WORDS=()
    rest=$COMP_LINE
    pattern='^ *(([^ =:\\]|\\.)+|[=:]+)'
    while [[ $rest =~ $pattern ]]; do
        COMP_WORDS+=("${BASH_REMATCH[1]}")
        rest=${rest:${#BASH_REMATCH}}
    done
    [[ $COMP_LINE != *[\ =] ]] || COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _tcpflow_explain tcpflow-explain "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}" 2>"$2/noise"
    grep -v 'compopt: not currently executing' "$2/noise"
    [[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}" >"$2/out/$((number + 1))"
done
DRIVER

# zsh completes only in a terminal: a shell in one of its own, where a key takes the next line.
cat >"$scratch/inner.zsh" <<'DRIVER'
PROMPT= RPROMPT= n=0
unset zle_bracketed_paste
cd $base/here
lines=("${(@f)$(<$base/lines)}")
fpath=(${completion:h} $fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
    local -a before hits
    before=(${@[1,(i)(-|--)]})
    if (( ! $before[(I)-[a-zA-Z]#[OAD]*] )); then
        builtin compadd -A hits "$@"
        (( ! $#hits )) || print -rl -- $hits >>$base/out/$n
    fi
    builtin compadd "$@"
}
take() { BUFFER=$lines[++n]; CURSOR=$#BUFFER; zle probe; BUFFER= }
quit() { : >$base/done; exit }
probing() { _main_complete; compstate[insert]= }
zle -C probe list-choices probing
zle -N take
zle -N quit
bindkey '^T' take
bindkey '^Q' quit
: >$base/ready
DRIVER
cat >"$scratch/driver.zsh" <<'DRIVER'
zmodload zsh/zpty || exit 1
wait_for() {
    local i
    for ((i = 0; i < 300; i++)); do
        [[ ! -e $1 ]] || return 0
        zpty -t shell && zpty -r shell junk
        sleep 0.1
    done
    print -r -- "nothing came of $1: $junk"
    return 1
}
export base=$2 completion=$1
rm -f $base/ready $base/done
zpty -b shell "stty -ixon; exec zsh -f -i"
zpty -w shell "setopt extended_glob; source $base/inner.zsh"
wait_for $base/ready || exit 1
repeat $(wc -l <$base/lines) zpty -w -n shell $'\x14'
zpty -w -n shell $'\x11'
wait_for $base/done
zpty -d shell
DRIVER

cat >"$scratch/driver.fish" <<'DRIVER'
set -g fish_complete_path (dirname $argv[1])
set -l base $argv[2]
cd $base/here
set -l n 0
while read -l line
    set n (math $n + 1)
    complete -C "$line" >$base/out/$n
end <$base/lines
DRIVER

# run_shell SHELL FILE: the answers to all lines, in $scratch/out.
run_shell() {
    rm -rf "$scratch/out"
    mkdir "$scratch/out"
    case $1 in
    bash) set -- bash --norc --noprofile "$scratch/driver.bash" "$2" ;;
    zsh) set -- zsh -f "$scratch/driver.zsh" "$2" ;;
    fish) set -- fish --no-config "$scratch/driver.fish" "$2" ;;
    esac
    timeout 120 "$@" "$scratch" >"$scratch/said" 2>&1
}

# The answer to line N: no descriptions, no folder's slash, sorted, in one line. fish repeats
# an option with its =, and zsh gives the names in a folder without the folder's name.
answer() {
    [ -f "$scratch/out/$1" ] || return 0
    tab=$(printf '\t')
    sed -E "s/$tab.*//; s|/\$||; s/^--[a-z]+=//; s|^notes.txt\$|plain/notes.txt|" \
        "$scratch/out/$1" | LC_ALL=C sort -u | tr '\n' ' ' | sed 's/ $//'
}

# Prints the cases that a shell answers otherwise.
compare_answers() {
    everything=$(sed 's/ .*//' "$scratch/help" | LC_ALL=C sort -u | tr '\n' ' ' | sed 's/ $//')
    number=0
    while IFS= read -r case; do
        number=$((number + 1))
        wanted=${case##*=}
        [ "$wanted" != '~' ] || wanted=$everything
        got=$(answer "$number")
        [ "$wanted" = "$got" ] || printf '%s\n  wanted: %s\n  got:    %s\n' "${case%=*}" \
            "$wanted" "$got"
    done <"$scratch/cases"
}

BASH_COMPLETION_FILE=
for place in /usr/share /usr/local/share; do
    [ ! -f $place/bash-completion/bash_completion ] ||
        BASH_COMPLETION_FILE=$place/bash-completion/bash_completion
done
export BASH_COMPLETION_FILE

# Why a shell cannot be driven here; nothing when it can.
hindrance() {
    if ! command -v "$1" >/dev/null; then
        echo "$1 is not installed"
    elif [ "$1" = bash ] && [ -z "$BASH_COMPLETION_FILE" ]; then
        echo "bash-completion is not installed"
    elif [ "$1" = zsh ] && ! zsh -fc 'zmodload zsh/zpty && zpty try true' 2>/dev/null; then
        echo "there are no pseudo terminals here"
    fi
}

# A fault must show, but not in most cases: there, something else would be wrong.
find_fault() {
    run_shell "$1" "$2"
    wrong=$(compare_answers | grep -c '^  wanted: ')
    [ "$wrong" -gt 0 ] && [ "$wrong" -lt $((cases / 2)) ] && return
    printf '%s cases are wrong\n' "$wrong"
    cat "$scratch/said"
    return 1
}

cases=$(wc -l <"$scratch/cases")
for shell in bash zsh fish; do
    ! command -v $shell >/dev/null ||
        check "$shell finds no fault in the syntax" "$shell" -n "$(made_for $shell)"
    name="$shell completes $cases command lines"
    why=$(hindrance $shell)
    if [ -n "$why" ]; then
        skip "$name" "$why"
        continue
    fi
    rm -f "$scratch/here/planted"
    run_shell $shell "$(made_for $shell)"
    refuse "$shell: a file's name is not run" test -e "$scratch/here/planted"
    verdict=$(cat "$scratch/said"; compare_answers)
    if [ -n "$verdict" ]; then
        fail "$name" "$verdict"
        continue
    fi
    pass "$name"
    for fault in '/ascii/d' 's/text json/text/' 's/read-file/read-fiel/'; do
        file=$scratch/faulty/$(basename "$(made_for $shell)")
        mkdir -p "$scratch/faulty"
        sed "$fault" "$(made_for $shell)" >"$file"
        check "$shell: the fault $fault is found" find_fault $shell "$file"
    done
done

finish
