# Sourced by quickstart and .ci/run: running `make check`, as this user and as another, and summing
# what all the runs gave. Results are kept in $RESULTS, a folder: one file a run with lines
# "PASS|FAIL|SKIP name [# reason]".

# The user that the suite is run as a second time when it was started by root.
SUITE_USER=wbci
# What that user's environment has besides: NAME=VALUE words.
SUITE_USER_ENV=
# Variables of make, each a list of tests that is to be empty: NAME= words.
SUITE_LEFT_OUT=

# Sums one build tree's results into $RESULTS/LABEL. STATUS is make's.
suite_collect() # LABEL BUILD STATUS
{
	find "$2" -name '*.trs' -type f | LC_ALL=C sort | while IFS= read -r trs; do
		name=${trs#"$2/"}
		name=${name%.trs}
		# The TAP driver names each case in the log; a plain script has one result, in the .trs.
		if grep -qE '^(PASS|FAIL|SKIP|ERROR|XFAIL|XPASS): ' "${trs%.trs}.log"; then
			sed -nE 's/^(PASS|FAIL|SKIP|ERROR|XFAIL|XPASS): /\1 /p' "${trs%.trs}.log"
		elif grep -q '^:test-result: SKIP' "$trs"; then
			echo "SKIP $name # $(sed -n 's/^skip: *//p' "${trs%.trs}.log" | tail -1)"
		else
			sed -n "s|^:test-result: \\([A-Z]*\\).*|\\1 $name|p" "$trs"
		fi | sed -e 's/^ERROR/FAIL/' -e 's/^XPASS/FAIL/' -e 's/^XFAIL/PASS/'
	done >"$RESULTS/$1"
	if [ "$3" != 0 ] && ! grep -q '^FAIL' "$RESULTS/$1"; then
		echo "FAIL make check ended with status $3" >>"$RESULTS/$1"
	fi
	if [ "$3" = 0 ] && ! grep -q '^PASS' "$RESULTS/$1"; then
		echo "FAIL make check ran nothing" >>"$RESULTS/$1"
	fi
}

# One more result, of something that is not `make check`.
suite_note() # LABEL PASS|FAIL|SKIP WORDS
{
	echo "$2 $3" >>"$RESULTS/$1"
}

suite_results() # SKIP|FAIL
{
	for f in "$RESULTS"/*; do
		grep "^$1" "$f" | sed -e 's/# SKIP /# /' -e "s|^|[${f##*/}] |"
	done
}

# Prints what was skipped and why, what failed and how, and the closing line; true when nothing failed.
suite_summary()
{
	echo
	suite_results SKIP
	# Once more, where who sees only the end sees it.
	cat "$RESULTS/.shown" 2>/dev/null
	suite_results FAIL
	cat "$RESULTS"/* | awk '
		{ n[$1]++ }
		END { printf "%d passed, %d failed, %d skipped\n", n["PASS"], n["FAIL"], n["SKIP"]
			exit n["FAIL"] > 0 || n["PASS"] == 0 }'
}

suite_jobs()
{
	nproc 2>/dev/null || echo 2
}

# Tests wait for more than they compute.
suite_test_jobs()
{
	echo $(($(suite_jobs) + 1))
}

# make check in BUILD, as whoever we are. SUITE_TESTS, for this and the next: those tests alone.
suite_run() # LABEL BUILD
{
	echo "== $1: make check as $(id -un)"
	find "$2" -name '*.trs' -type f -exec rm -f {} +
	make -C "$2" -k -j"$(suite_test_jobs)" check ${SUITE_TESTS:+TESTS="$SUITE_TESTS"} $SUITE_LEFT_OUT >"$2/check-$1.log" 2>&1
	status=$?
	suite_collect "$1" "$2" $status
	[ $status = 0 ] || suite_show_failures "$2" "$2/check-$1.log"
	return 0
}

suite_show_failures() # BUILD LOG
{
	{ show_failures "$1" "$2"; } | tee -a "$RESULTS/.shown"
}

show_failures() # BUILD LOG
{
	grep -E '^(FAIL|ERROR):|\*\*\*|: error:' "$2" | head -40
	grep -lE '^(FAIL|ERROR):|^:test-result: (FAIL|ERROR)' $(find "$1" -name '*.trs') /dev/null | head -5 |
		while IFS= read -r trs; do
			echo "-- ${trs%.trs}.log"
			tail -40 "${trs%.trs}.log"
		done
}

# The same by another user: on a copy of source and build tree that belongs to that user, with the
# times kept so that nothing is built again. Needs root (AS: empty, or "sudo -n").
suite_run_as() # LABEL USER SOURCE BUILD [AS]
{
	label=$1 user=$2 source=$3 build=$4 as=${5:-}
	if [ "$user" = "$SUITE_USER" ] && ! id "$user" >/dev/null 2>&1; then
		$as useradd --create-home --shell /bin/sh "$user" || {
			suite_note "$label" SKIP "the suite as an ordinary user # no user $user can be made"
			return 0
		}
	fi
	copy=$(mktemp -d /tmp/wb-suite.XXXXXX) || return 1
	$as chmod 755 "$copy"
	case $build in
	"$source"/*) inner=$copy/tree/${build#"$source"/} ;;
	*) inner=$copy/build ;;
	esac
	mkdir "$copy/tree"
	(cd "$source" && tar -cf - --exclude=./.git --exclude=./build --exclude=./build-asan --exclude=./build-cov --exclude=./build-fuzz .) | tar -xpf - -C "$copy/tree"
	mkdir -p "$inner"
	(cd "$build" && tar -cf - .) | tar -xpf - -C "$inner"
	find "$inner" -name '*.trs' -type f -exec rm -f {} +
	home=$(getent passwd "$user" | cut -d: -f6)
	$as chown -R "$user": "$copy/tree" "$inner"
	echo "== $label: make check as $user"
	(cd / && $as setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups \
		env -i HOME="$home" USER="$user" LOGNAME="$user" LANG=C.UTF-8 $SUITE_USER_ENV PATH=/usr/local/bin:/usr/bin:/bin \
		make -C "$inner" -k -j"$(suite_test_jobs)" check ${SUITE_TESTS:+TESTS="$SUITE_TESTS"} $SUITE_LEFT_OUT abs_top_srcdir="$copy/tree" abs_top_builddir="$inner" \
		abs_srcdir="$copy/tree" abs_builddir="$inner") >"$build/check-$label.log" 2>&1
	status=$?
	suite_collect "$label" "$inner" $status
	[ $status = 0 ] || suite_show_failures "$inner" "$build/check-$label.log"
	$as rm -rf "$copy"
	return 0
}
