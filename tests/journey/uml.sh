# Sourced, behind lib.sh, by journeys that walk in a kernel of their own: User-mode Linux (Debian: user-mode-linux), which reads
# this machine's files and has whoever started it for its root. The journey is its first process too, and tells by
# $$ = 1 and $WB_TEST_INSIDE where it is. What comes back lies in $RESULTS: log, and status when the walk was ended.

need_uml() # [WHY]
{
	command -v linux.uml >/dev/null || skip "${1:+$1, and }User-mode Linux is not installed"
}

# Starts that kernel with the journey as its first process; prints its log and ends as it ended. Skips where none starts.
uml_walk() # SECONDS JOURNEY [WHY]
{
	RESULTS=$WORK/results
	mkdir "$RESULTS"
	cat >"$WORK/init" <<-END
	#!/bin/sh
	export WB_TEST_SRCDIR='$SRC' WB_TEST_BUILDDIR='$BUILD' RESULTS='$RESULTS' TMPDIR='$RESULTS' PATH='$PATH'
	exec sh '$2'
	END
	chmod +x "$WORK/init"
	timeout --kill-after=5 "$1" linux.uml root=/dev/root rootfstype=hostfs rootflags=/ rw mem=1G "init=$WORK/init" \
		uml_dir="$WORK/" con=null con0=null,fd:1 quiet >"$WORK/kernel" 2>&1 </dev/null
	if [ ! -s "$RESULTS/log" ] && [ ! -s "$RESULTS/status" ]; then
		cat "$RESULTS/boot" 2>/dev/null
		tail -5 "$WORK/kernel"
		skip "${3:-User-mode Linux does not start here}"
	fi
	cat "$RESULTS/log"
	[ -s "$RESULTS/status" ] || fail "the kernel of its own ended before the walk did"
	exit "$(cat "$RESULTS/status")"
}

# Inside: the end of that kernel.
uml_power_off()
{
	sync
	echo o >/proc/sysrq-trigger
	while :; do sleep 60; done
}
