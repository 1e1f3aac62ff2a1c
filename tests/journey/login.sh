#!/bin/sh
# Limits that the kernel holds for somebody who has only logged in: in a scope that the user's systemd made. It needs a systemd
# and a login session; one is had in a kernel of its own, with a real systemd as its first process, this machine's programs to
# read, and nothing of it to write.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
. "$SRC/tests/journey/uml.sh"
self=$SRC/tests/journey/login.sh
user=wbwalk

# --- as the first process of that kernel: a root of its own, and systemd in it ---

unit() # NAME: its text is on standard input
{
	cat >"etc/systemd/system/$1"
}

boot()
{
	mount -t tmpfs -o mode=755 tmpfs /mnt && cd /mnt || return
	mkdir -p usr etc proc sys dev run tmp var root home/$user old ".$SRC" ".$BUILD" ".$RESULTS" || return
	chmod 1777 tmp
	for link in bin sbin lib lib32 lib64 libx32; do
		[ ! -L /$link ] || ln -s "$(readlink /$link)" $link || return
	done
	for dir in /usr "$SRC" "$BUILD"; do
		mount --rbind "$dir" ".$dir" && mount -o remount,bind,ro ".$dir" || return
	done
	mount --bind "$RESULTS" ".$RESULTS" && mount -t devtmpfs devtmpfs dev || return
	# Whoever is not root out there does not read all of it; what is needed can be read.
	cp -a /etc/. etc/ || [ -d etc/pam.d ] || return
	echo "$user:x:64130:64130::/home/$user:/bin/sh" >>etc/passwd
	echo "$user:x:64130:" >>etc/group
	echo "$user:*:19000:0:99999:7:::" >>etc/shadow
	chown 64130:64130 home/$user
	# Nothing of this machine's own services, and no more of systemd's than a login needs.
	rm -rf etc/systemd/system etc/systemd/user etc/machine-id && mkdir -p etc/systemd/system etc/systemd/user || return
	: >etc/fstab
	for name in binfmt boot-system-token firstboot hwdb-update journal-flush journald machine-id-commit modules-load pstore \
		random-seed remount-fs sysctl sysusers tmpfiles-setup tmpfiles-setup-dev udev-trigger udevd update-done update-utmp; do
		ln -s /dev/null etc/systemd/system/systemd-$name.service
	done
	# Whether sessions end after a logout at once, and what has no session with them.
	mkdir -p etc/systemd/logind.conf.d
	printf '[Login]\nUserStopDelaySec=0\nKillUserProcesses=no\n' >etc/systemd/logind.conf.d/walk.conf
	unit walk.service <<-END
	[Unit]
	DefaultDependencies=no
	Wants=dbus.service systemd-logind.service
	After=dbus.service systemd-logind.service
	[Service]
	Type=oneshot
	Environment=WB_TEST_SRCDIR=$SRC WB_TEST_BUILDDIR=$BUILD RESULTS=$RESULTS WB_TEST_INSIDE=root
	ExecStart=/bin/sh $self
	StandardOutput=file:$RESULTS/log
	StandardError=inherit
	END
	printf '[Unit]\nRequires=walk.service\n' | unit walk.target
	pivot_root . old && exec /lib/systemd/systemd --unit=walk.target --log-target=null --show-status=0 </dev/null >/dev/null 2>&1
}

if [ $$ = 1 ]; then
	mount -t proc proc /proc
	boot >"$RESULTS/boot" 2>&1
	uml_power_off
fi

# --- root's part in there: lets the user in, twice ---

log_in() # PART
{
	su - $user -s /bin/sh -c "WB_TEST_SRCDIR=$SRC WB_TEST_BUILDDIR=$BUILD WB_TEST_INSIDE=$1 sh $self"
}

# Logged out everywhere: systemd keeps the user only for what is left in the sessions.
session_gone() { grep -q '^STATE=closing' "/run/systemd/users/$(id -u $user)"; }

lying() # what is left of runs in the user's hierarchy
{
	find /sys/fs/cgroup/user.slice -name 'wb-*'
}

gone() { [ -z "$(lying)" ]; }

if [ "${WB_TEST_INSIDE:-}" = root ]; then
	log_in limits && log_in detached && { wait_for 60 session_gone || { echo "FAILED: the session does not close"; false; }; } &&
		log_in later
	status=$?
	if [ $status = 0 ]; then
		wait_for 60 gone || { echo "FAILED: left: $(lying)"; status=1; }
		# Root's own: a scope of the machine's systemd.
		WB_TEST_INSIDE=limits sh "$self" || status=1
	fi
	echo $status >"$RESULTS/status"
	uml_power_off
fi

# --- the user's part: what a login session gets ---

HOUSE=/home/$user
SCOPES=/sys/fs/cgroup/user.slice/user-$(id -u).slice/user@$(id -u).service/app.slice

# limited STATUS OPTION... -- COMMAND: in a scope. A manager that a slow machine keeps from answering in time is asked again.
limited()
{
	want=$1
	shift
	for attempt in 1 2 3 4 5 6 7 8 9 10; do
		wb run --json "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
		status=$?
		case $(json limits_by.memory) in cgroup) break ;; esac
		echo "again ($attempt): $(json no_cgroup)"
	done
	same "status of $*" "$want" $status
	same "limits_by of $*" cgroup "$(json limits_by.memory)"
	out_lacks '"no_cgroup"'
}

case ${WB_TEST_INSIDE:-} in
limits)
	unset XDG_RUNTIME_DIR
	project
	grep -q 'session\|walk.service' /proc/self/cgroup || fail "not a session: $(cat /proc/self/cgroup)"
	limited 0 --memory 256M --pids 100 --cpus 0.5 -- sh -c 'cat /proc/self/cgroup'
	same "the others" "cgroup cgroup" "$(json limits_by.pids) $(json limits_by.cpus)"
	grep -q '^0::/$' "$WORK/err" || fail "the run sees where it lies: $(cat "$WORK/err")"
	limited 121 --memory 64M -- "$PYTHON" -c 'x = b"x" * (200 << 20)'
	same "status" "LIMIT(memory)" "$(json status)"
	# Without a limit nobody is asked.
	expect 0 wb run --json -- true
	out_lacks '"no_cgroup"'
	exit 0
	;;
detached)
	unset XDG_RUNTIME_DIR
	wait_for 60 sh -c 'wb doctor --quick | grep "systemd makes a scope for each run with limits: memory, pids, cpu"' ||
		fail "doctor: $(wb doctor --quick | grep cgroup)"
	mkdir "$HOUSE/p" && cd "$HOUSE/p" || exit 99
	expect 0 wb init
	for attempt in 1 2 3 4 5 6 7 8 9 10; do
		expect 0 wb run -d --memory 64M --json -- sleep 1000
		[ ! -d "$SCOPES/wb-$(json run_id).scope" ] || exit 0
		expect 0 wb stop --kill @
	done
	fail "no scope for a run in the background"
	;;
later)
	# Its session is over; it is not.
	unset XDG_RUNTIME_DIR
	cd "$HOUSE/p" || exit 99
	expect 0 wb show --json @
	same "status after the logout" RUNNING "$(json status)"
	scope=$SCOPES/wb-$(json run_id).scope
	[ -d "$scope" ] || fail "its scope is gone"
	# Nothing is left of it, even when its supervisor is killed: systemd removes what is empty.
	kill -9 "$(echo "$scope"/wb-*-*-*-* | sed 's/.*-\([0-9]*\)-[0-9]*$/\1/')"
	ended() { [ ! -d "$scope" ] && wb show --json @ >"$WORK/out" && [ "$(json status)" = LOST ]; }
	wait_for 60 ended || fail "the run is $(json status), $(ls -d "$scope")"
	exit 0
	;;
esac

# --- outside ---

need_uml
[ -x "$BUILD/wb-scope" ] || skip "built without libsystemd"
for program in /lib/systemd/systemd /usr/bin/dbus-daemon /usr/bin/loginctl; do
	[ -x $program ] || skip "no $program for the machine inside"
done
uml_walk 600 "$self" "User-mode Linux does not start a systemd here"
