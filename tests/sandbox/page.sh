#!/bin/sh
# docs/sandbox.md lists every attack of the battery and every line of catalogue.txt, and no other; each proof that the
# catalogue names is there. UPDATE=1 writes the page.
set -u
src=${WB_TEST_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${WB_TEST_BUILDDIR:-$src/build}
page=$src/docs/sandbox.md
catalogue=$src/tests/sandbox/catalogue.txt
mark='<!-- made by tests/sandbox/battery --page -->'
new=$(mktemp) || exit 99
checks=$(mktemp) || exit 99
trap 'rm -f "$new" "$checks"' EXIT
"$build/tests/sandbox/battery" --list | sed 's/ .*//' >"$checks" || exit 1

# One word of the third column: a check, or FILE:WORDS.
proof_is_there()
{
	case $1 in
	*:*) grep -qF -e "${1#*:}" "$src/${1%%:*}" 2>/dev/null ;;
	*) grep -qx "$1" "$checks" ;;
	esac
}

wrong=$(grep -v '^#\|^$' "$catalogue" | {
	next=1
	while IFS='|' read -r number what proofs; do
		[ "${number% }" = $next ] || echo "line '$number|$what': expected number $next"
		next=$((next + 1))
		[ -n "${proofs# }" ] || echo "nothing proves $number:$what"
		for proof in $proofs; do
			proof_is_there "$proof" || echo "$number:$what names '$proof', which is not there"
		done
	done
})
[ -z "$wrong" ] || { echo "$wrong"; exit 1; }

{
	awk -v mark="$mark" '{ print } $0 == mark { exit }' "$page" && "$build/tests/sandbox/battery" --page && cat <<-'END'

	## What else is tried

	The checks above and the tests that need more than one program, by what they are for. `make check TESTS=FILE` runs one.
	END
	awk '/^## / { print "\n### " substr($0, 4) "\n\n| | what | tried by |\n|---|---|---|" }
	/^[0-9]/ {
		split($0, part, / *\| */)
		n = split(part[3], proof, " ")
		printf "| %s | %s |", part[1], part[2]
		for (i = 1; i <= n; i++) {
			name = proof[i]
			sub(/:.*/, "", name)
			if (index(shown, " " name " ")) continue
			shown = shown " " name " "
			printf("%s `%s`", (i > 1 ? "," : ""), name)
		}
		shown = ""
		print " |"
	}' "$catalogue"
} >"$new" || exit 1
if [ -n "${UPDATE:-}" ]; then
	cp "$new" "$page"
else
	diff -u "$page" "$new" || { echo "docs/sandbox.md is not in step: make check TESTS=tests/sandbox/page.sh UPDATE=1"; exit 1; }
fi
