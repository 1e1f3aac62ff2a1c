# awk -v golden=FILE -v update=0|1 -f compare.awk ACTUAL: exit 0 when ACTUAL is what FILE
# describes. With update=1 prints the golden that ACTUAL should have instead.
function regex_of(glob,   i, c, out, in_set) {
	out = "^"
	for (i = 1; i <= length(glob); i++) {
		c = substr(glob, i, 1)
		if (in_set) {
			out = out c
			if (c == "]") in_set = 0
		} else if (c == "*") out = out ".*"
		else if (c == "?") out = out "."
		else if (c == "[") { out = out c; in_set = 1 }
		else if (index("\\^$.|()+{}", c)) out = out "\\" c
		else out = out c
	}
	return out "$"
}
function line_matches(want, got) {
	if (want == got) return 1
	return substr(want, 1, 2) == "~ " && got ~ regex_of(substr(want, 3))
}
# Whether wanted[w..] describes got[g..].
function matches(w, g) {
	while (w <= wants) {
		if (wanted[w] == "~~") {
			for (; g <= gots + 1; g++)
				if (matches(w + 1, g)) return 1
			return 0
		}
		if (g > gots || !line_matches(wanted[w], got[g])) return 0
		w++
		g++
	}
	return g == gots + 1
}
BEGIN {
	while ((getline line < golden) > 0) wanted[++wants] = line
}
{ got[++gots] = $0 }
END {
	if (!update) exit !matches(1, 1)
	if (matches(1, 1)) {
		for (i = 1; i <= wants; i++) print wanted[i]
		exit
	}
	for (i = 1; i <= gots; i++) print (wants == gots && line_matches(wanted[i], got[i])) ? wanted[i] : got[i]
}
