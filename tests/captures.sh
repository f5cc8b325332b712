#!/bin/sh
# captures.sh: every capture in pcaps/ is used, explained, and can be made again.
#
#   used        it has a case in tests/golden/LIST, and each case has its capture and its files
#   explained   it has a row in pcaps/README.md (tests/facts.py holds the program to the row)
#   made        built-NAME comes from built/NAME.txt, byte for byte; lab-NAME has its scenario
#
# Each rule then has to find what is planted in a made-up tree.
srcdir=${srcdir:-.}
builddir=${builddir:-.}
. "$srcdir/tests/tap.sh"
builder=${BUILD_PCAP:-$builddir/tests/build_pcap}
case $builder in /*) ;; *) builder=$(pwd)/$builder ;; esac

# Each rule reads the tree in the current folder and prints what breaks it.

list_captures() {
    find pcaps -name '*.pcap' -o -name '*.pcapng' | LC_ALL=C sort
}

find_used() {
    sed 's/#.*//' tests/golden/LIST | awk 'NF { print $1, $2 }' >"$scratch/cases"
    list_captures | while read -r capture; do
        grep -q " $capture\$" "$scratch/cases" || echo "$capture: no case in tests/golden/LIST"
    done
    while read -r name capture; do
        [ -f "$capture" ] || echo "$name: its capture $capture is missing"
        for suffix in txt json; do
            [ -f "tests/golden/$name.$suffix" ] || echo "$name: no golden $name.$suffix"
        done
    done <"$scratch/cases"
    for file in tests/golden/*.txt tests/golden/*.json; do
        [ -f "$file" ] || continue
        name=${file##*/}
        grep -q "^${name%.*} " "$scratch/cases" || echo "$file: of no case"
    done
    cut -d ' ' -f 1 "$scratch/cases" | LC_ALL=C sort | uniq -d | sed 's/$/: two cases/'
}

find_explained() {
    list_captures | while read -r capture; do
        grep -qF "| \`${capture#pcaps/}\` |" pcaps/README.md || echo "$capture: not in the README"
    done
}

find_made() {
    list_captures | while read -r capture; do
        name=${capture##*/}
        name=${name%.*}
        case $name in
        built-*)
            "$builder" "pcaps/built/${name#built-}.txt" "$scratch/again.pcap" 2>&1 &&
                cmp "$scratch/again.pcap" "$capture" 2>&1
            ;;
        lab-*) # a scenario that is captured at both ends makes two files
            for scenario in "${name#lab-}" "${name%-client}" "${name%-server}"; do
                grep -q "Scenario(\"${scenario#lab-}\"," lab/scenarios.py && continue 2
            done
            echo "$capture: no scenario makes it"
            ;;
        *) echo "$capture: neither built- nor lab-" ;;
        esac
    done
    for text in pcaps/built/*.txt; do
        [ -f "$text" ] || continue
        name=${text##*/}
        [ -f "pcaps/built-${name%.txt}.pcap" ] || echo "$text: its capture is missing"
    done
}

# sound RULE NAME: the rule finds nothing in the real tree.
sound() {
    verdict=$(cd "$srcdir" && "find_$1")
    if [ -z "$verdict" ]; then pass "$2"; else fail "$2" "$verdict"; fi
}

# A tree with one capture of each kind and nothing wrong.
new_tree() {
    tree=$scratch/tree
    rm -rf "$tree"
    mkdir -p "$tree/pcaps/built" "$tree/tests/golden" "$tree/lab"
    echo '0 A S' >"$tree/pcaps/built/one.txt"
    "$builder" "$tree/pcaps/built/one.txt" "$tree/pcaps/built-one.pcap"
    : >"$tree/pcaps/lab-two-client.pcap"
    echo 'Scenario("two", "meaning")' >"$tree/lab/scenarios.py"
    printf '| `%s` | 1 |\n' built-one.pcap lab-two-client.pcap >"$tree/pcaps/README.md"
    printf '%s\n' '# comment' 'one pcaps/built-one.pcap' 'two  pcaps/lab-two-client.pcap  -v' \
        >"$tree/tests/golden/LIST"
    for name in one two; do
        : >"$tree/tests/golden/$name.txt"
        : >"$tree/tests/golden/$name.json"
    done
}

# found RULE WORDS COMMAND: after the command in a new tree the rule prints the words.
found() {
    new_tree
    (cd "$tree" && eval "$3")
    verdict=$(cd "$tree" && "find_$1")
    case $verdict in
    *"$2"*) pass "$1 finds: $2" ;;
    *) fail "$1 does not find: $2" "$verdict" ;;
    esac
}

sound used "every capture has a golden case"
sound explained "every capture has a row in pcaps/README.md"
sound made "every capture can be made again"

new_tree
for rule in used explained made; do
    verdict=$(cd "$tree" && "find_$rule")
    if [ -z "$verdict" ]; then
        pass "$rule has nothing against a sound tree"
    else
        fail "$rule condemns a sound tree" "$verdict"
    fi
done
found used 'pcaps/new.pcapng: no case' ': >pcaps/new.pcapng'
found used 'pcaps/built-one.pcap: no case' "sed -i 's/^one/# one/' tests/golden/LIST"
found used 'its capture pcaps/lab-two-client.pcap is missing' 'rm pcaps/lab-two-client.pcap'
found used 'one: no golden one.json' 'rm tests/golden/one.json'
found used 'tests/golden/old.txt: of no case' ': >tests/golden/old.txt'
found used 'two: two cases' "echo 'two pcaps/built-one.pcap' >>tests/golden/LIST"
found explained 'built-one.pcap: not in the README' "sed -i '/built-one/d' pcaps/README.md"
found made 'differ' 'printf x | dd of=pcaps/built-one.pcap bs=1 seek=45 conv=notrunc 2>/dev/null'
found made 'one.txt' 'rm pcaps/built/one.txt'
found made 'pcaps/built/new.txt: its capture is missing' ': >pcaps/built/new.txt'
found made 'lab-three.pcap: no scenario' ': >pcaps/lab-three.pcap'
found made 'neither' ': >pcaps/other.pcap'
finish
