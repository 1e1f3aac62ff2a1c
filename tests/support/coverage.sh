#!/bin/sh
# coverage.sh BUILD SOURCE: lines covered by the last `make check` of a build with --enable-coverage,
# the least covered file first.
cd "$1" || exit 1
find . -name '*.gcda' ! -path './tests/*' ! -path './bench/*' | while IFS= read -r data; do
	gcov -n -s "$2" -r -o "${data%/*}" "$data" 2>/dev/null
done | awk '
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
		if (all) printf "%5.1f%%  %5d lines  in all\n", 100 * hit / all, all
	}'
