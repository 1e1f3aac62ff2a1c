# Call filters: what there is, and what a command needs.
need_sandbox
project
wb sandbox profiles | sed 's/ [0-9a-f]\{16\} / DIGEST /; s/[0-9]* rules/N rules/'
wb sandbox profiles ml | grep -c '^optional'
try_run sandbox profiles none
cat >needs.py <<'PY'
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace(0, 0, 0, 0)
libc.syscall(1000)
r, w = os.pipe()
f = os.open("needs.py", 0)
for i in range(2):
    print("splice", libc.splice(f, None, w, None, 1, 0))
PY
# The diff alone; which run it was is different each time.
learn()
{
	wb sandbox learn "$@" 2>"$WORK/said" | sed 's/run [0-9a-f]\{12\}/run ID/'
	grep -A1 'NOT PROPOSED' "$WORK/said" || echo "nothing dangerous"
}
learn -o own.profile -- python3 needs.py
sed 's/run [0-9a-f]\{12\}/run ID/' own.profile
printf '# mine\nprofile mine\ninclude ml\nallow tee\n' >mine.profile
learn --sandbox-profile ./mine.profile -- python3 needs.py
learn -- true
learn -o plain.profile -- true
cat plain.profile
wb run -q --sandbox-profile ./plain.profile -- true && echo "and runs with it"
try_run sandbox learn -q -o own.profile -- python3 needs.py 2>&1 | grep -v '^[+@ -]'
wb sandbox learn -q --sandbox-profile ./own.profile -o ./own.profile -- true && echo "nothing to add"
wb run -q --sandbox-profile ./own.profile -- python3 needs.py
wb sandbox learn --json -q -- python3 needs.py 2>/dev/null | sed -E 's/[0-9a-f]{12,32}/ID/g'
wb sandbox show -- true | sed -n '1p;4p'
