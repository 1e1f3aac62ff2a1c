# One table of what the benches printed: "== headline (budget: ...)", then "label  value unit ... x ratio" lines.
/^== / {
	what = substr($0, 4)
	budget = ""
	if (match(what, / \(budget: .*\)$/)) {
		budget = substr(what, RSTART + 10, RLENGTH - 11)
		what = substr(what, 1, RSTART - 1)
	}
	sub(/:.*/, "", what)
	first = ""
	next
}
/^not measured/ {
	line[++n] = sprintf("%-18s %s", what, $0)
	next
}
match($0, /  +[0-9.]+ (ms|us|MiB|\/s)/) {
	label = substr($0, 1, RSTART - 1)
	value = substr($0, RSTART, RLENGTH)
	sub(/^ +/, "", value)
	ratio = match($0, /x [0-9.]+/) ? substr($0, RSTART, RLENGTH) : ""
	# A line with a budget of its own is beside nothing.
	if (first == "" && !match($0, /\(budget .*\)/)) {
		first = label
		line[++n] = sprintf("%-18s %-28s %14s", what, label, value)
		next
	}
	own = $0
	if (match(own, /\(budget .*\)/))
		own = substr(own, RSTART + 8, RLENGTH - 9)
	else
		own = budget
	line[++n] = sprintf("%-18s %-28s %14s  %-8s  %s", "", label, value, ratio, own != budget || label ~ /wb|SQLite|spool|in a run/ ? own : "")
}
END {
	printf "\n%-18s %-28s %14s  %-8s  %s\n", "WHAT", "MEASURED", "", "RATIO", "BUDGET"
	for (i = 1; i <= n; i++)
		print line[i]
}
