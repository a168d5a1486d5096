# SPDX-License-Identifier: Apache-2.0
# bash completion for espbak: the program itself says what fits.
_espbak() {
    local cur=${COMP_WORDS[COMP_CWORD]} cword=$COMP_CWORD word
    local -a words=("${COMP_WORDS[@]}")
    # Ports have colons and options equal signs, which bash takes for the ends of words.
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n := cur words cword
    fi
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        case $word in
        :files) compopt -o default ;;
        :folders) compopt -o dirnames ;;
        ?*) COMPREPLY+=("$(printf '%q' "$word")") ;;
        esac
    done < <("${words[0]}" completion words -- "${words[@]:1:cword}" 2>/dev/null)
    if declare -F __ltrim_colon_completions >/dev/null; then
        __ltrim_colon_completions "$cur"
    fi
    case ${COMPREPLY[0]-} in
    *= | *: | */) compopt -o nospace ;;
    esac
}
complete -F _espbak espbak
