#!/bin/sh
# A run carried to another account: packed, taken in to an empty store there, checked, repeated to the last digit.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
project
cat >train.py <<'PY'
import os
numbers = [float(x) for x in open(os.environ["WB_INPUTS"] + "/data")]
lr, w = float(os.environ["WB_PARAM_lr"]), 0.0
import wb
for step in range(20):
    w += lr * sum(x - w for x in numbers) / len(numbers)
    wb.log(loss=sum((x - w) ** 2 for x in numbers), step=step)
open("model.txt", "w").write(repr(w) + "\n")
print("w", w)
PY
printf '1.5\n2.25\n-0.75\n3.125\n' >data.txt
expect 0 wb run -p lr=0.3 -i data=data.txt --json -- "$PYTHON" train.py
id=$(json run_id) loss=$(json metrics.loss)
expect 0 wb tag @ stage=best
expect 0 wb note @ "worth keeping"
[ "$(wb show --json @ | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["artifacts"][0]["path"])')" = model.txt ] ||
	fail "the run left no model.txt"

expect 0 wb export --with-inputs @ "$WORK/one.tar.zst"
expect 0 wb export --with-inputs @ "$WORK/two.tar.zst"
cmp -s "$WORK/one.tar.zst" "$WORK/two.tar.zst" || fail "exporting twice gave different bytes"
expect 0 wb export @ "$WORK/lean.tar.zst"
expect 2 wb export @ "$WORK/lean.tar.zst"
err_has "exists already"
chmod 644 "$WORK"/*.tar.zst
chmod 755 "$WORK"

# The rest happens elsewhere, as somebody else where this user may become one, and the project is gone.
cat >"$WORK/there.sh" <<'THERE'
set -u
fail() { echo "there: $*" >&2; exit 1; }
mkdir "$HERE/store" "$HERE/store2" && cd "$HERE/store" || fail "no place"
wb init -q || fail "wb init"
wb import "$BUNDLES/one.tar.zst" >"$HERE/said" || fail "import"
grep -q imported "$HERE/said" || fail "nothing imported"
wb import "$BUNDLES/one.tar.zst" >"$HERE/said" || fail "importing it again"
grep -q "here already" "$HERE/said" || fail "a run that is here is not said to be"
wb verify -q || fail "verify"
wb verify -q "$ID" || fail "verify of the run"
wb show "$ID" >"$HERE/said" || fail "show"
grep -q "worth keeping" "$HERE/said" || fail "the note did not come along"
[ "$(wb ls --json "tags.stage = 'best'" | wc -l)" = 1 ] || fail "the tag did not come along"
wb checkout "$ID" "$HERE/code" >/dev/null || fail "checkout"
cmp -s "$HERE/code/train.py" "$BUNDLES/train.py" || fail "the code is another"
wb artifacts get "$ID" model.txt -o "$HERE/out" >/dev/null || fail "artifacts get"
wb logs "$ID" | grep -q '^w ' || fail "the log did not come along"
wb export -q --with-inputs "$ID" "$HERE/onward.tar.zst" || fail "exporting it again"
cmp -s "$HERE/onward.tar.zst" "$BUNDLES/one.tar.zst" || fail "carried on, the bundle has other bytes"
wb rerun "$ID" --json >"$HERE/again" 2>"$HERE/err" || { cat "$HERE/err" >&2; fail "rerun"; }
wb artifacts cat @ model.txt | cmp -s - "$HERE/out/model.txt" || fail "the rerun left another model"
# Without its inputs the run can be looked at, but not repeated.
cd "$HERE/store2" && wb init -q && wb import -q "$BUNDLES/lean.tar.zst" && wb verify -q || fail "the lean bundle"
wb rerun "$ID" >"$HERE/said" 2>"$HERE/err"
[ $? = 125 ] || fail "a rerun without inputs did not end with 125"
grep -q "neither at .* nor kept in the store" "$HERE/err" || fail "a rerun without inputs gave another reason"
# A file that happens to stand at a path which a stranger's record names is not handed to the stranger's code.
[ -z "${PLANT:-}" ] || {
	mkdir -p "${PLANT%/*}" && echo "private" >"$PLANT" || fail "planting a file"
	wb rerun "$ID" >"$HERE/said" 2>"$HERE/err"
	[ $? = 125 ] || fail "a rerun took another file than the run had read"
	grep -q "is not what the imported run read" "$HERE/err" || fail "another reason than the planted file"
	rm -r "${PLANT%/*}"
}
THERE
cp train.py "$WORK/train.py"
mv "$WORK/p" "$WORK/gone"
mkdir "$WORK/there"
as=
# Another account needs to reach the programs.
if [ "$(id -u)" = 0 ] && id nobody >/dev/null 2>&1 && setpriv --reuid nobody --regid nogroup --clear-groups test -x "$BUILD/wb"; then
	as="setpriv --reuid nobody --regid nogroup --clear-groups"
	chown nobody "$WORK/there"
fi
mkdir "$WORK/there/home" && { [ -z "$as" ] || chown nobody "$WORK/there/home"; }
cd "$WORK/there" || exit 99
chmod 777 "$WORK"
expect 0 $as env PLANT="$WORK/p/data.txt" HERE="$WORK/there" BUNDLES="$WORK" ID="$id" HOME="$WORK/there/home" XDG_DATA_HOME="$WORK/there/home/data" \
	XDG_CONFIG_HOME="$WORK/there/home/config" sh "$WORK/there.sh"
cp "$WORK/there/again" "$WORK/out"
same "loss of the rerun, to the last digit" "$loss" "$(json metrics.loss)"
same "status of the rerun" FINISHED "$(json status)"
chmod 755 "$WORK"
mv "$WORK/gone" "$WORK/p"

# Another run under the same id is never written over.
cd "$WORK/p" || exit 99
expect 0 wb import "$WORK/one.tar.zst"
out_has "here already"
cp -R .wb "$WORK/other.wb"
printf 'x' >>"$WORK/other.wb/runs/$id/spool"
expect 1 wb --store "$WORK/other.wb" import "$WORK/one.tar.zst"
out_has "is another"

# Out of the trash, or out of the store.
expect 0 wb rm "$id"
expect 0 wb gc --dry-run
out_has "would remove 1 run"
expect 0 wb rm --restore "$id"
expect 0 wb gc --json
same "runs removed while none is deleted" 0 "$(json runs)"
expect 0 wb rm "$id"
expect 0 wb gc --json
same "runs removed" 1 "$(json runs)"
[ "$(json bytes)" -gt 0 ] || fail "nothing came free"
expect 2 wb show "$id"
expect 0 wb verify
expect 0 wb import "$WORK/one.tar.zst"
out_has imported
expect 0 wb verify
