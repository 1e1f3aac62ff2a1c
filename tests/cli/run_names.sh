# Names with blanks, newlines, escape sequences and bytes that are no text are shown escaped, or refused.
need_sandbox
project
odd=$(printf 'a b\nc\033[31m')
bytes=$(printf 'a b\nc\033[31m\377')
echo 1 >"$bytes"
try_run run -q -n "$odd" -e "$odd" -t "k=$odd" -- sh -c 'for f in a*; do cp "$f" "$f.out"; done; wb log "${f%?}=1"' | tail -n +2
wb ls --json | sed -E -e 's/"duration_s":[0-9.e-]+/"duration_s":TIME/' -e 's/"start":"[^"]*"/"start":WHEN/'
wb ls -q | grep -c 'a b.nc.x1b' || true
try_run show @ | grep -v -e started -e took -e used -e sandbox -e '^by '
try_run artifacts ls @
wb artifacts get -q @ -o got
cmp "$bytes" "got/$bytes.out" && echo same
echo 2 >"$bytes"
try_run run -q -n second -- true
try_run diff @~1 @ | tail -n +12
for words in "-n $bytes" "-e $bytes" "-p k=$bytes" "-t k=$bytes" "-i $bytes" "--env k=$bytes"; do
	wb run "${words%% *}" "${words#* }" -- true || echo "[$?]"
done 2>&1
wb run -- echo "$bytes" 2>&1 || echo "[$?]"
mkdir "$bytes.d"
cd "$bytes.d"
wb init -q
try run -- true
