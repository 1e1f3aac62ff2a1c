# The same policies under `opa eval` and `wb policy eval`: those of tests/policy/interop and WB_INTEROP ones made up
# from the number WB_INTEROP_FIRST on. Every difference in a value, in what is undefined or in an error's class is told,
# and fails; but where one alone came by a conflict of rules or an error of types, that is told and counted. Needs an
# opa program; nothing is fetched.
set -u
programs=$WB_TEST_BUILDDIR/tests/policy/programs
wb=$WB_TEST_BUILDDIR/wb
if ! command -v opa >/dev/null 2>&1; then
	echo "skip: no opa program is installed, so there is nothing to compare with"
	exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
compared=0 differ=0 refused=0

# Both answers about QUERY, as $work/opa.json and $work/wb.json.
ask() # FOLDER QUERY
{
	dialect=$(cat "$1/dialect")
	query=$2
	set -- -i "$1/input.json" -d "$1/data.json" "$1"/*.rego
	files=
	input=$2 data=$4
	shift 4
	for f; do files="$files -d $f"; done
	# Names without blanks: the folders are ours.
	opa eval "--$dialect-compatible" --format json -i "$input" -d "$data" $files "$query" >"$work/opa.json" 2>"$work/opa.err"
	"$wb" policy eval "--$dialect" --format json -i "$input" -d "$data" $files "$query" >"$work/wb.json" 2>"$work/wb.err"
}

compare() # FOLDER QUERY
{
	ask "$1" "$2"
	compared=$((compared + 1))
	"$programs" --same "$work/opa.json" "$work/wb.json" >"$work/said"
	case $? in
	0) return 0 ;;
	2) refused=$((refused + 1)) what="one alone refuses" ;;
	*) differ=$((differ + 1)) what=different ;;
	esac
	echo "$what: $1: $2"
	sed 's/^/  /' "$work/said"
}

# As a whole; where that ends in an error of evaluation, rule by rule.
compare_folder() # FOLDER
{
	ask "$1" data
	if grep -q '"code": *"eval_' "$work/opa.json" "$work/wb.json"; then
		while read -r query; do
			compare "$1" "$query"
		done <"$1/queries"
	else
		compare "$1" data
	fi
}

"$programs" --write "$work/made" "${WB_INTEROP_FIRST:-0}" "${WB_INTEROP:-40}" || exit 1
for folder in "$WB_TEST_SRCDIR"/tests/policy/interop/* "$work"/made/*; do
	compare_folder "$folder"
done
echo "$compared answers compared with $(opa version | sed -n 's/^Version: */opa /p'), $differ differ, in $refused one alone refuses"
[ "$compared" -gt 0 ] && [ "$differ" = 0 ]
