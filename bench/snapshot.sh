# Freezing 20 000 files: the first time, unchanged, and with ten changes, beside what git does for the same.
# Git keeps its objects without syncing them unless told to (core.fsync); a snapshot is durable when it returns.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
need git
files=${FILES:-20000}
tool=$BUILD/snapshot_tool
mkdir p
awk -v n="$files" 'BEGIN {
	for (i = 0; i < n; i++) {
		if (i % 100 == 0) { dir = "p/d" int(i / 1000) "/e" int(i / 100); system("mkdir -p " dir) }
		file = dir "/file" i ".py"
		for (line = 0; line < 40 + i % 80; line++) print "value_" i "_" line " = compute(" i * line % 977 ", scale=" line ")" >file
		close(file)
	}
}'
git init -q p
git -C p config user.email bench@example.com
git -C p config user.name bench
git -C p add -A
git -C p commit -qm one
echo "# $(find p -name '*.py' | wc -l) files, $(du -sm --exclude=.git p | cut -f1) MiB"

# Each of these makes everything anew. $1 of sh is the git options.
git_first='d=$(mktemp -d "$WORK/git.XXXXXX") && git init -q --bare "$d" &&
	git --git-dir="$d" --work-tree="$WORK/p" -c core.bare=false $1 add -A &&
	git --git-dir="$d" -c core.bare=false $1 write-tree'
durable='-c core.fsync=loose-object,index -c core.fsyncMethod=batch'

headline "snapshot, first of $files files (budget: git add + write-tree of equal durability)"
"$timeit" -n "${ROUNDS:-3}" "git, synced" sh -c "$git_first" sh "$durable" -- \
	"git, its default" sh -c "$git_first" sh "" -- \
	"wb" sh -c '"$0" "$(mktemp -u "$WORK/store.XXXXXX")" take "$WORK/p"' "$tool"
rm -rf git.* store.*

headline "snapshot, unchanged (budget: 1.2 of git status)"
"$tool" store take p >/dev/null
"$tool" store take p >/dev/null
"$timeit" -n 21 "git status" git -C p status --porcelain -- \
	"git add + write-tree" sh -c 'git -C p add -A && git -C p write-tree' -- \
	"wb" "$tool" store take p

headline "snapshot, ten files changed each time"
change='for i in 1 2 3 4 5 6 7 8 9 10; do echo "$i $$" >"$WORK/p/d$((i % 5))/changed$i"; done'
"$timeit" -n 11 "git add + write-tree, synced" sh -c "$change; git -C p $durable add -A && git -C p write-tree" -- \
	"wb" sh -c "$change; \"\$0\" store take p" "$tool"
