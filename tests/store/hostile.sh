#!/bin/sh
# Projects and repositories that mean harm: nothing of theirs runs, nothing waits for ever, nothing outside is read.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/support/place.sh"
. "$SRC/tests/store/lib.sh"
command -v timeout >/dev/null || { echo "skipped: timeout(1) is not installed"; exit 77; }

# As take, but it must come to an end.
take_soon()
{
	timeout -s KILL 60 "$tool" "$store" take "$1" >"$WORK/took" 2>"$WORK/notes" || { bad "take failed or waits: $(cat "$WORK/notes")"; tree=; return 1; }
	tree=$(cut -d' ' -f2 "$WORK/took")
}

repository() # DIR
{
	mkdir -p "$1"
	git init -q "$1"
	echo tracked >"$1/tracked"
	(cd "$1" && git add -A && git commit -qm first)
}

case_is "programs in every place of a configuration that names one"
repository p1
mkdir hooks
for h in post-index-change pre-commit post-checkout fsmonitor-watchman reference-transaction; do
	printf '#!/bin/sh\ntouch %s/ran\n' "$WORK" >hooks/$h
	cp hooks/$h p1/.git/hooks/$h
done
chmod +x hooks/* p1/.git/hooks/*
cat >>p1/.git/config <<EOC
[core]
	fsmonitor = $WORK/hooks/fsmonitor-watchman
	hooksPath = $WORK/hooks
	sshCommand = touch $WORK/ran
	gitProxy = touch $WORK/ran
	pager = touch $WORK/ran
	editor = touch $WORK/ran
	askPass = touch $WORK/ran
	alternateRefsCommand = touch $WORK/ran
	worktree = /etc
[filter "x"]
	clean = touch $WORK/ran; cat
	smudge = touch $WORK/ran; cat
	process = touch $WORK/ran
	required = true
[diff "x"]
	command = touch $WORK/ran
	textconv = touch $WORK/ran
[merge "x"]
	driver = touch $WORK/ran
[credential]
	helper = !touch $WORK/ran
[uploadpack]
	packObjectsHook = touch $WORK/ran
[include]
	path = $WORK/included
[remote "origin"]
	url = ext::sh -c touch% $WORK/ran
	uploadpack = touch $WORK/ran
	promisor = true
EOC
printf '[core]\n\tfsmonitor = touch %s/ran\n' "$WORK" >included
printf '* filter=x diff=x merge=x\n' >p1/.gitattributes
cp p1/.gitattributes p1/.git/info/attributes
echo new >p1/new
git_state p1 >before
take_soon p1
git_state p1 >after
cmp -s before after || bad "the user's .git changed"
has new; has tracked; has .gitattributes; lacks passwd
[ "$(shadow cat-file blob "$tree:new")" = new ] || bad "a filter changed the bytes"
take_soon p1
"$tool" "$store" checkout "$tree" out >/dev/null 2>&1 || bad checkout
[ ! -e ran ] || bad "a program ran"

case_is "FIFOs wherever a file of git is looked for"
for place in HEAD index config packed-refs refs/heads/main info/exclude info/sparse-checkout objects/info/alternates \
	objects/info/commit-graph objects/pack/multi-pack-index commondir shallow config.worktree; do
	repository p2
	echo change >>p2/tracked
	mkdir -p "p2/.git/$(dirname "$place")"
	rm -f "p2/.git/$place"
	mkfifo "p2/.git/$place"
	take_soon p2 || bad "with $place"
	has tracked
	rm -rf p2
done
repository p3
head=$(git -C p3 rev-parse HEAD)
object=p3/.git/objects/$(echo "$head" | cut -c1-2)/$(echo "$head" | cut -c3-)
rm -f "$object"; mkfifo "$object"
take_soon p3
has tracked
mkfifo p3/.git/objects/pack/pack-0000000000000000000000000000000000000000.idx
: >p3/.git/objects/pack/pack-0000000000000000000000000000000000000000.pack
take_soon p3
has tracked
mkdir p4; mkfifo p4/.git p4/.gitignore p4/.wbignore; echo x >p4/x
take_soon p4
has x
notes 'special: .gitignore'

case_is "endless and huge files wherever a file of git is looked for"
for place in HEAD index config packed-refs info/exclude objects/info/alternates; do
	repository p5
	rm -f "p5/.git/$place"
	ln -s /dev/zero "p5/.git/$place"
	take_soon p5 || bad "with $place"
	has tracked
	rm -rf p5
done
repository p6
truncate -s 3G p6/.git/index p6/.git/config p6/.git/HEAD p6/.git/packed-refs
take_soon p6
has tracked

# Trees that git's own check calls odd lie in a store of their own.
main_store=$store; store=$WORK/odd-store

case_is "links out of the project"
mkdir secret; echo secret >secret/file
repository p7
ln -s "$WORK/secret" p7/dir; ln -s "$WORK/secret/file" p7/file
rm -rf p7/.git/info; ln -s "$WORK/secret" p7/.git/info
ln -s ../secret/file p7/.gitignore
take_soon p7
[ "$(shadow cat-file blob "$tree:dir")" = "$WORK/secret" ] || bad "a link to a folder was followed"
[ "$(shadow ls-tree "$tree" dir file .gitignore | cut -c1-6 | sort -u)" = 120000 ] || bad "links are no links"

store=$main_store

case_is "a .git file that points anywhere"
mkdir p8
for target in /etc ../secret "$WORK/p8" /dev/zero '' '../../../../../../../../..' nowhere; do
	printf 'gitdir: %s\n' "$target" >p8/.git
	echo x >p8/x
	take_soon p8 || bad "with $target"
	has x
done
rm p8/.git; ln -s /etc p8/.git
take_soon p8
has x

case_is "a project of another user"
if [ "$(id -u)" = 0 ]; then
	repository p9
	echo more >p9/more
	chown -R 65534:65534 p9
	take_soon p9
	has more
	notes 'git: [0-9a-f]* main - untracked'
fi

case_is "names that look like git's own"
mkdir p10; cd p10
for n in .GIT .Git git~1 .gitx x.git .git.bak '.git ' .gitmodules .gitattributes "$(printf '.g\342\200\214it')" '.git::$INDEX_ALLOCATION' con aux nul; do
	mkdir -p "sub/$n" && echo "$n" >"sub/$n/file"
done
cd ..
store=$WORK/odd-store
take_soon p10
"$tool" "$store" checkout "$tree" odd >/dev/null || bad checkout
diff -r p10 odd || bad "restored differently"
store=$main_store

case_is "paths as long as they can be"
mkdir p11; (cd p11 && i=0; n=$(printf 'd%.0s' 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0); n=$n$n$n$n$n$n$n$n
	while [ $i -lt 30 ]; do mkdir "$n" && cd "$n" || exit; echo $i >f; i=$((i + 1)); done) 2>/dev/null
echo x >"p11/$(printf 'n%.0s' $(seq 255))"
take_soon p11
notes 'too_deep: '
[ "$(files | wc -l)" -ge 17 ] || bad "only $(files | wc -l) files"
rm -rf p11

case_is "ignore files in folders, near before far"
mkdir -p p12/a/b/c p12/keep; cd p12
printf '*.dat\n/top\n!important.dat\nbuild/\n' >.gitignore
printf '!b.dat\n/c\n' >a/b/.gitignore
printf '*\n!.gitignore\n!this\n' >keep/.gitignore
for f in x.dat important.dat top a/top a/x.dat a/b/b.dat a/b/x.dat a/b/c/in keep/this keep/that; do echo "$f" >"$f"; done
mkdir -p build a/build; echo x >build/o; echo x >a/build/o
cd ..
take_soon p12
[ "$(files | tr '\n' ' ')" = ".gitignore a/b/.gitignore a/b/b.dat a/top important.dat keep/.gitignore keep/this " ] || bad "$(files)"
git init -q p12
(cd p12 && git -c core.excludesFile=/dev/null ls-files -co --exclude-standard) >want
files >got
cmp -s want got || { bad "git keeps other files"; diff want got >&2; }

case_is "a sparse index, and one cut off"
repository p13
for d in a b c; do mkdir p13/$d; echo $d >p13/$d/f; done
git -C p13 add -A; git -C p13 commit -qm more
git -C p13 sparse-checkout set --sparse-index a 2>/dev/null
echo '*.o' >p13/.gitignore; echo o >p13/a/x.o
take_soon p13
has a/f; lacks a/x.o
for n in 1 11 12 13 60 100 200; do
	head -c $n p13/.git/index >cut; cp cut p13/.git/index
	take_soon p13 || bad "an index of $n bytes"
	has a/f
	git -C p13 read-tree HEAD 2>/dev/null
done
finish
