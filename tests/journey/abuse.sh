#!/bin/sh
# Attacks that need more than one program: mounts below an input, links as inputs and among outputs, a viewer that stands
# still, names that look like options, a store that others can write; and a team's folder, which only looks like one.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
python=$(python_with os) || skip "no python3"

# A writable file system mounted below an input folder is as read-only as the rest of it.
submount()
{
	mkdir -p "$WORK/s/data/below"
	echo kept >"$WORK/s/data/file"
	cd "$WORK/s" || exit 99
	cat >inside.sh <<-'END'
	mount -t tmpfs tmpfs data/below && echo old >data/below/file && wb init >/dev/null || exit 99
	wb run -i data --json -- sh -c 'echo new >data/below/file; echo new >"$WB_INPUTS/data/below/file"; cat data/below/file' >out 2>err
	echo "status $?" >>err
	cat data/below/file >after
	END
	unshare -rm --propagation private sh inside.sh 2>"$WORK/err" || { echo "# no mounts of its own here: $(head -1 "$WORK/err")"; return; }
	if grep -q 'status 125' err; then
		# Nested namespaces are closed here, or such a folder is refused.
		echo "# refused: $(head -1 err)"
		return
	fi
	same "the file below a mount" old "$(cat after)"
	grep -qi 'read-only\|denied' err || fail "writing below the input was not refused: $(cat err)"
}

# What a link leads to when the run starts is the input: recorded by its bytes, read-only, and the same all the time.
link_as_input()
{
	project
	echo first >one && echo second >two && ln -s one link
	expect 0 wb run -d --json -i data=link -- sh -c 'cat "$WB_INPUTS/data"; while [ ! -e "$WB_OUTPUTS/never" ]; do sleep 0.1; done'
	run=$(json run_id)
	logged() { wb logs "$run" | grep -q first; }
	wait_for 60 logged || fail "the input is not what the link led to"
	ln -sfn two link
	expect 0 wb show --json "$run"
	same "its digest" "$(sha256sum one | cut -d ' ' -f 1)" "$(json inputs.0.sha256)"
	expect 0 wb stop --kill "$run"
	expect 0 wb run --json -i data=link -- sh -c 'echo changed >"$WB_INPUTS/data" || echo refused'
	err_has refused
	same "its digest" "$(sha256sum two | cut -d ' ' -f 1)" "$(json inputs.0.sha256)"
	same "both files" "first second" "$(cat one) $(cat two)"
}

# Links, FIFOs, sockets and devices among the outputs cost a line each, and nothing of the host is collected by them.
outputs()
{
	echo "the private key" >"$HOME/key"
	expect 0 wb run --json -- "$python" -c "
import os, socket
open('plain', 'w').write('x')
os.link('plain', 'again')
os.symlink('$HOME/key', 'absolute')
os.symlink('../' * 20 + '$HOME/key'[1:], 'relative')
os.mkdir('folder'); os.symlink('$HOME', 'folder/home')
os.mkfifo('fifo')
s = socket.socket(socket.AF_UNIX); s.bind('socket')
for deed in lambda: os.link('$HOME/key', 'hard'), lambda: os.mknod('device', 0o20600, 0x103):
    try:
        deed(); print('DONE')
    except OSError:
        pass
"
	err_lacks DONE
	"$PYTHON" - "$WORK/out" <<-'END' || fail "the outputs are not what they should be"
	import json, sys
	run = json.load(open(sys.argv[1]))
	files = {a["path"]: a["sha256"] for a in run["artifacts"]}
	assert set(files) == {"plain", "again"} and len(set(files.values())) == 1, files
	left = {n["path"] for n in run["not_collected"]}
	assert {"absolute", "relative", "folder/home", "fifo", "socket"} <= left, left
	END
	! grep -rq "the private key" .wb/objects .wb/runs || fail "the store has the key"
}

# Nobody reads: the run goes on, ends, and is recorded, while its viewer stands still.
stopped_viewer()
{
	mkfifo "$WORK/gate"
	wb run -n still -- "$python" -c 'print("ready", flush=True); input(); print(("y" * 99 + "\n") * 100000)' \
		<"$WORK/gate" >"$WORK/seen" 2>&1 &
	viewer=$!
	exec 8>"$WORK/gate"
	wait_for 60 grep -q ready "$WORK/seen" || fail "the run did not start: $(cat "$WORK/seen")"
	kill -STOP $viewer || fail "the viewer is gone"
	echo go >&8
	ended() { wb show --json still >"$WORK/out" 2>/dev/null && [ "$(json status)" = FINISHED ]; }
	wait_for 60 ended || { kill -CONT $viewer; fail "a stopped viewer holds the run up: $(json status)"; }
	kill -CONT $viewer
	wait $viewer || fail "the viewer ended with $?"
	exec 8>&-
	same "lines in the end" 100000 "$(grep -c '^y*$' "$WORK/seen" | awk '{ print $1 - 1 }')"
}

# Names of programs are names: no option, no line of their own on the terminal.
odd_names()
{
	for name in -x --help --version "-rf /" "$(printf 'a\nb')" "$(printf '\033[2Jgone')" ''; do
		wb run -- "$name" >"$WORK/out" 2>"$WORK/err" </dev/null
		case $? in
		125 | 126 | 127 | 2) ;;
		*) fail "status $? from a program called '$name'" ;;
		esac
		! grep -q "$(printf '\033')" "$WORK/err" || fail "its name reaches the terminal: $(cat -v "$WORK/err")"
		grep -q '^wb: ' "$WORK/err" || fail "nothing is said of '$name'"
	done
	printf '#!/bin/sh\necho "ran $1"\n' >./-x && chmod +x ./-x
	expect 0 wb run -- ./-x -y
	out_has "ran -y"
}

# A store that everybody can write is nobody's to trust.
open_store()
{
	expect 0 wb init "$WORK/open"
	chmod 777 "$WORK/open/.wb"
	expect 125 wb -C "$WORK/open" run -- true
	err_has "everybody may write to this store"
	expect 2 wb -C "$WORK/open" ls
}

# In a folder of a team everything has a group that is not in the run's map of ids: writing and moving work all the same.
team_folder()
{
	mkdir -p "$WORK/team/p"
	for group in $(id -G) 64200; do
		[ "$group" = "$(id -g)" ] || chgrp -R "$group" "$WORK/team" 2>"$WORK/err" || continue
		[ "$(stat -c %g "$WORK/team")" = "$(id -g)" ] || break
	done
	[ "$(stat -c %g "$WORK/team")" != "$(id -g)" ] || { echo "# no second group here"; return; }
	chmod g+s "$WORK/team" "$WORK/team/p"
	cd "$WORK/team/p" || exit 99
	expect 0 wb init
	mkdir -p d/e && echo old >file && echo x >d/e/f
	expect 0 wb run -- sh -c 'echo new >>file && chmod 600 file && mv d moved && rm moved/e/f && cat file'
	same "the file" "old new" "$(paste -sd' ' "$WORK/out")"
	same "outside" "old x" "$(cat file d/e/f | paste -sd' ')"
}

submount
team_folder
link_as_input
outputs
stopped_viewer
odd_names
open_store
exit 0
