#!/bin/sh
# page.sh WB COMMAND: the manual page of a command on standard output, from what `wb help` says about it and about
# its subcommands. page.sh WB: wb(1), which is wb.1.in with the lists of commands and options.
set -eu
wb=$1
here=$(dirname "$0")
LC_ALL=C.UTF-8
export LC_ALL
version=$("$wb" version | sed -n '1s/^wb //p')
date=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$here/../../NEWS")

# What follows the title $1 in the help on standard input, up to the next empty line.
section() { awk -v title="$1" '$0 == title { on = 1; next } /^$/ { on = 0 } on'; }


if [ $# = 1 ]; then
	help=$("$wb" help)
	commands=$(mktemp)
	options=$(mktemp)
	trap 'rm -f "$commands" "$options"' EXIT
	for group in Run Look Keep Govern Operate; do
		printf '.Ss %s\n.Bl -tag -width 15n\n' "$group"
		echo "$help" | section "$group" | sed -E 's/^ +([a-z-]+) +(.*)/.It Xr wb-\1 1\n\2/'
		echo ".El"
	done >"$commands"
	for title in "Options before the command" "Options before or after it"; do
		printf 'wb help\n\nOptions\n%s\n' "$(echo "$help" | section "$title")" | awk -v part=yes -f "$here/page.awk" |
			sed -n '/^\.Bl/,/^\.El/p' | sed '/^\.Bl/d; /^\.El/d'
	done >"$options"
	sed -e "/^@COMMANDS@\$/{r $commands" -e "d}" -e "/^@OPTIONS@\$/{r $options" -e "d}" \
		-e "s/@VERSION@/$version/" -e "s/@DATE@/$date/" "$here/wb.1.in"
	exit
fi

"$wb" help "$2" | awk -v version="$version" -v date="$date" -f "$here/page.awk"
for sub in $("$wb" help "$2" | section Commands | awk '{ print $1 }'); do
	"$wb" help "$2" "$sub" | awk -v part=yes -f "$here/page.awk"
done
printf '%s\n' '.Sh SEE ALSO' '.Xr wb 1' "holds what is common to all commands: further options, how a run is named," \
	"exit status, files and environment."
