# fill.awk: writes a completion from its template and the one table of options.
#
#     awk -v shell=bash -f fill.awk option_table.c bash.in
#
# A template holds code for each kind of argument, under the word that --help has for it (FILE,
# FORMAT). The line @OPTIONS@ in it becomes the options, in the words of that shell; in fish the
# line @ARGPARSE@ becomes the same options once more, for its parser. tests/completions.sh
# compares the outcome with --help.

# The first sentence of a help text, without its full stop.
function first_sentence(text) {
    if (match(text, /\. /))
        text = substr(text, 1, RSTART)
    sub(/\.$/, "", text)
    return text
}

# Text with the word put before each of the characters. (The replacements of gsub are not the
# same in every awk where they hold a backslash.)
function marked(text, characters, word,    i, c, result) {
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        result = result (index(characters, c) ? word c : c)
    }
    return result
}

# Text between single quotes. In bash and zsh nothing escapes a quote there, so each ends the
# string and goes between two others.
function quoted(text) {
    if (shell == "fish") return "\047" marked(text, "\\\047", "\\") "\047"
    gsub(/\047/, "\047\"\047\"\047", text)
    return "\047" text "\047"
}

# bash: an element of an array for each word, what it wants as its value.
function write_bash(i) {
    if (letter[i] != "") print indent "[-" letter[i] "]=" quoted(argument[i])
    if (name[i] != "") print indent "[--" name[i] "]=" quoted(argument[i])
}

# zsh: a specification for _arguments; * for one that may be given again. A letter may have
# its argument at once or as the next word, a name after = or as the next word.
function write_zsh(i,    tail) {
    tail = "[" marked(help[i], "[]:", "\\") "]"
    if (argument[i] != "")
        tail = tail ":" tolower(argument[i]) ":->" argument[i]
    if (letter[i] != "")
        print indent quoted("*-" letter[i] (argument[i] != "" ? "+" : "") tail) " \\"
    if (name[i] != "")
        print indent quoted("*--" name[i] (argument[i] != "" ? "=" : "") tail) " \\"
}

function write_fish(i) {
    printf "%scomplete -c tcpflow-explain", indent
    if (letter[i] != "") printf " -s %s", letter[i]
    if (name[i] != "") printf " -l %s", name[i]
    if (argument[i] != "")
        printf " -x -k -a %s", quoted("(__tcpflow_explain_argument \"" argument[i] "\")")
    printf " -d %s\n", quoted(help[i])
}

function write_argparse(i) {
    print indent letter[i] (letter[i] != "" && name[i] != "" ? "/" : "") name[i] \
        (argument[i] != "" ? "=+" : "") " \\"
}

# The table: a row is "[OPTION_X] = { GROUP, 'c', "count", "COUNT"," and its help.
FNR == NR {
    if (/^const struct option_row option_rows\[/) { inside = 1; next }
    if (inside && /^};/) inside = 0
    if (!inside) next
    if (/^ *\[OPTION_/) {
        split($0, field, ", *")
        n++
        letter[n] = field[2] ~ /^\047/ ? substr(field[2], 2, 1) : ""
        name[n] = field[3] == "NULL" ? "" : field[3]
        argument[n] = field[4] ~ /^NULL/ ? "" : field[4]
        gsub(/"/, "", name[n])
        gsub(/[",]/, "", argument[n])
        next
    }
    line = $0
    sub(/^[^"]*"/, "", line)
    sub(/"[^"]*$/, "", line)
    help[n] = help[n] line
    next
}

FNR == 1 {
    for (i = 1; i <= n; i++)
        help[i] = first_sentence(help[i])
}

/^ *@(OPTIONS|ARGPARSE)@$/ {
    indent = $0
    sub(/@.*/, "", indent)
    for (i = 1; i <= n; i++) {
        if (/@ARGPARSE@/) write_argparse(i)
        else if (shell == "bash") write_bash(i)
        else if (shell == "zsh") write_zsh(i)
        else write_fish(i)
    }
    filled = 1
    next
}

{ print }

END {
    if (n == 0 || !filled) {
        print "fill.awk: no options found, or no place for them" >"/dev/stderr"
        exit 1
    }
}
