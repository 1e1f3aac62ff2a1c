# Completes command lines with the sourced script, as bash would call it: complete LINE WORD..., the words as bash takes
# a line apart (at = and : too). Prints what it would offer, a line each.
source "$1" || exit 1
compopt() { :; } # needs a completion that readline started

complete_line() # LINE WORD...
{
	COMP_LINE=$1
	COMP_POINT=${#1}
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_wb
	printf '%s\n' "${COMPREPLY[@]}"
}
shift
complete_line "$@"
