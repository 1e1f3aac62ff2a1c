#!/bin/sh
# coverage.sh BUILD SOURCE: lines covered by the last `make check` of a build with --enable-coverage,
# the least covered file first, then all; fails when that is below COVERAGE_FLOOR percent. What runs confined cannot
# write its counters: sandbox/init.c, the filters' and the workers' own lines seem never to run, and do.
floor=${COVERAGE_FLOOR:-85}
cd "$1" || exit 1
find . -name '*.gcda' ! -path './tests/*' ! -path './bench/*' | while IFS= read -r data; do
	gcov -n -s "$2" -r -o "${data%/*}" "$data" 2>/dev/null
done | awk -v floor="$floor" '
	/^File / { file = $0; gsub(/^File \047|\047$/, "", file) }
	/^Lines executed:/ {
		split($0, part, /[:%]/)
		n = $NF
		covered = part[2] * n / 100
		if (file ~ /\.c$/ && covered >= best[file]) { best[file] = covered; lines[file] = n }
	}
	END {
		for (file in lines) {
			all += lines[file]; hit += best[file]
			printf "%5.1f%%  %5d lines  %s\n", 100 * best[file] / lines[file], lines[file], file | "sort -n"
		}
		close("sort -n")
		if (!all) { print "no counters: was the suite run in a build with --enable-coverage?"; exit 1 }
		printf "%5.1f%%  %5d lines  in all; at least %d%% is asked\n", 100 * hit / all, all, floor
		exit 100 * hit / all < floor
	}'
