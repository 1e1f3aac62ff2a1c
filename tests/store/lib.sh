# Sourced by the store's journeys, after tests/support/place.sh: taking snapshots with the built tool, asking git.

command -v git >/dev/null || { echo "skipped: git, which the snapshots are compared with, is not installed"; exit 77; }
tool=$BUILD/snapshot_tool
store=$WORK/store
failures=0

git config --global user.name Test
git config --global user.email test@example.com
git config --global init.defaultBranch main
git config --global protocol.file.allow always
git config --global advice.detachedHead false

case_is() # NAME
{
	name=$1
	echo "# $name"
}

bad() # TEXT
{
	echo "not ok: $name: $1" >&2
	failures=$((failures + 1))
}

# Freezes folder $1: $tree, and the notes in $WORK/notes.
take()
{
	"$tool" "$store" take "$1" >"$WORK/took" 2>"$WORK/notes" || { bad "take failed: $(cat "$WORK/notes")"; tree=; return 1; }
	tree=$(cut -d' ' -f2 "$WORK/took")
}

shadow() { git --git-dir="$store/code.git" "$@"; }

# The files of the tree, one a line, as git quotes them.
files() { shadow ls-tree -r --name-only "$tree"; }

has() { shadow cat-file -e "$tree:$1" 2>/dev/null || bad "lacks $1"; }
lacks() { if shadow cat-file -e "$tree:$1" 2>/dev/null; then bad "has $1"; fi; }
notes() { grep -q -- "$1" "$WORK/notes" || { bad "no note like '$1'"; cat "$WORK/notes" >&2; }; }

# What git itself makes of the same files: everything in folder $1 but .git folders and what the second snapshot left out.
git_tree()
{
	rm -rf "$WORK/plain" "$WORK/plain.git"
	mkdir "$WORK/plain"
	(cd "$1" && tar -cf - --exclude=.git --exclude=.wb .) | tar -xf - -C "$WORK/plain"
	git init -q --bare "$WORK/plain.git"
	echo '* -text -filter -ident -eol -working-tree-encoding' >"$WORK/plain.git/info/attributes"
	(cd "$WORK/plain" && export GIT_DIR=$WORK/plain.git GIT_WORK_TREE=. &&
		git -c core.bare=false -c core.excludesFile=/dev/null add -A && git -c core.bare=false write-tree)
}

# Every byte, name and time below the .git folders of $1.
git_state() { (cd "$1" && find . -path '*/.git/*' -o -name .git | LC_ALL=C sort | xargs -r -d '\n' stat -c '%n %F %s %y %i %a' &&
	find . -path '*/.git/*' -type f -print0 | LC_ALL=C sort -z | xargs -r -0 sha256sum); }

finish()
{
	shadow fsck --full --strict >"$WORK/fsck" 2>&1 || { name=fsck; bad "$(cat "$WORK/fsck")"; }
	if grep -v -e '^dangling' -e '^notice' "$WORK/fsck"; then name=fsck; bad "it has something to say"; fi
	[ $failures = 0 ] || { echo "$failures failures" >&2; exit 1; }
	exit 0
}
