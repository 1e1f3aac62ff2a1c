#!/bin/sh
# Runs one test program for automake's TAP driver: ends it when it hangs, and words the two
# things that cmocka 1 says its own way: a skipped case ("not ok N # SKIP name", with the
# reason on the line before), and an exit status of 1 beside a "not ok" that was already told.
exec 4>&1
status=$({ {
	timeout --kill-after=10 "${WB_TEST_TIMEOUT:-600}" "$@" 2>&1
	echo $? >&3
} | awk '
	/^# skip: / { why = $0; sub(/^# skip: [^:]*: /, "", why); next }
	/^(not )?ok [0-9]+ # SKIP/ {
		sub(/^not /, "")
		name = $0
		sub(/.*# SKIP /, "", name)
		print $1 " " $2 " - " name " # SKIP " why
		why = ""
		fflush()
		next
	}
	{ print; fflush() }' >&4; } 3>&1)
[ "$status" -le 1 ] && exit 0
[ "$status" -ne 124 ] || echo "# ended after ${WB_TEST_TIMEOUT:-600} s"
exit "$status"
