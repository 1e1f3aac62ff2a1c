#!/bin/sh
# keys.sh WB-TUI: the manual page wb-keys(7) on standard output, from the table of actions that the program prints.
set -eu
LC_ALL=C.UTF-8
export LC_ALL
version=$(sed -n '1s/^wb \([^ ]*\).*/\1/p' "$(dirname "$0")/../../NEWS")
date=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$(dirname "$0")/../../NEWS")
cat <<END
.Dd $date
.Dt WB-KEYS 7
.Os "wb $version"
.Sh NAME
.Nm wb-keys
.Nd keys of the full screen of wb
.Sh DESCRIPTION
.Xr wb-ui 1
shows runs on the full screen.
Each of its actions has a key and a name; the name is typed after a colon, where Tab completes it.
A key has one meaning in each place, and no key that moves in
.Xr vi 1
or
.Xr less 1
changes a run.
What changes a run asks first, or can be undone with
.Ic u .
The last row of the screen names what can be done at the moment;
.Ic \&?
lists everything.
END
"$1" --keys | awk '
	function text(s) { gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); return s }
	function finish() { if (open) print ".El"; open = 0 }
	/^$/ { next }
	/^[^ ]/ { finish(); print ".Ss " $0; print ".Bl -tag -width 18n"; open = 1; next }
	{
		keys = substr($0, 3, 18); sub(/ +$/, "", keys)
		rest = substr($0, 22)
		at = index(rest, "  ")
		name = substr(rest, 1, at - 1)
		help = substr(rest, at); sub(/^ +/, "", help)
		print ".It " (keys ~ /^[.,:;?()|]/ ? "\\&" : "") text(keys)
		print help " (\\c"
		print text(name) ")"
	}
	END { finish() }'
cat <<'END'
.Sh SEE ALSO
.Xr wb 1 ,
.Xr wb-ui 1
END
