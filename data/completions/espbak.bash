# SPDX-License-Identifier: Apache-2.0
# bash completion for espbak: the program itself says what fits.

# Bash leaves quotes in words and ends them at colons and equal signs too. This takes the line $1 apart as it will be
# run: the words; the quote that is open; and how much of the last word stands before what bash puts an answer in place of.
__espbak_split() {
    local line=$1 char before=0 i last=0 begun=
    words=('') quote='' kept=0
    for ((i = 0; i < ${#line}; i++)); do
        char=${line:i:1}
        if [[ $char == \\ && ( -z $quote || $quote${line:i+1:1} == \"[\"\\\$\`] ) ]]; then
            ((++i))
            words[last]+=${line:i:1}
        elif [[ $quote && $char == "$quote" ]]; then
            quote='' kept=$before
        elif [[ $quote ]]; then
            words[last]+=$char
        elif [[ $char == [\'\"] ]]; then
            quote=$char before=$kept kept=${#words[last]} begun=1
        elif [[ $char == [[:blank:]] ]]; then
            [[ $begun || ${words[last]} ]] && ((++last))
            words[last]='' kept=0 begun=
        else
            words[last]+=$char
            [[ $COMP_WORDBREAKS == *"$char"* ]] && kept=${#words[last]}
        fi
    done
}

# The word $1 as it has to be typed behind the open quote $2, or behind none.
__espbak_typed() {
    case $2 in
    \') REPLY=$1 ;;
    \") REPLY=${1//\\/\\\\} REPLY=${REPLY//\"/\\\"} REPLY=${REPLY//\$/\\\$} REPLY=${REPLY//\`/\\\`} ;;
    *)
        REPLY=$1
        [[ $1 == *[\ \'\"\\\$\`\&\|\;\<\>\(\)*?\[\]!#{}~]* ]] && printf -v REPLY %q "$1"
        ;;
    esac
}

_espbak() {
    local REPLY word quote kept
    local -a words
    __espbak_split "${COMP_LINE:0:COMP_POINT}"
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        case $word in
        :files) compopt -o default ;;
        :folders) compopt -o dirnames ;;
        ?*)
            __espbak_typed "${word:kept}" "$quote"
            COMPREPLY+=("$REPLY")
            ;;
        esac
    done < <("${COMP_WORDS[0]}" completion words -- "${words[@]:1}" 2>/dev/null)
    case ${COMPREPLY[0]-} in
    *= | *: | */) compopt -o nospace ;;
    esac
}
complete -F _espbak espbak
