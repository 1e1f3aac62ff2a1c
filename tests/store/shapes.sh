#!/bin/sh
# Projects of every shape: what is frozen is what lies there, the user's own repository stays as it was.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/support/place.sh"
. "$SRC/tests/store/lib.sh"

# A repository with a commit, a change, and an untracked file.
repository() # DIR
{
	mkdir -p "$1/sub"
	git init -q "$1"
	echo tracked >"$1/tracked"
	echo deep >"$1/sub/deep"
	(cd "$1" && git add -A && git commit -qm first)
	echo changed >>"$1/tracked"
	echo new >"$1/untracked"
}

# Freezes $1, holds the tree against git's own, the .git folders against themselves, and restores it.
same_as_git() # DIR
{
	git_state "$1" >"$WORK/before"
	take "$1" || return
	git_state "$1" >"$WORK/after"
	cmp -s "$WORK/before" "$WORK/after" || { bad "the user's .git changed"; diff "$WORK/before" "$WORK/after" >&2; }
	want=$(git_tree "$1")
	[ "$tree" = "$want" ] || { bad "tree $tree, git says $want"; shadow ls-tree -r "$tree" >&2; }
	rm -rf "$WORK/restored"
	"$tool" "$store" checkout "$tree" "$WORK/restored" >/dev/null || bad "checkout"
	diff -r --no-dereference "$WORK/plain" "$WORK/restored" >&2 || bad "what was restored differs"
	"$tool" "$store" verify "$tree" >/dev/null || bad "verify"
	first=$tree
	take "$1"
	[ "$tree" = "$first" ] || bad "a second look gives another tree"
}

case_is "no repository"
mkdir -p p1/a/b; echo x >p1/a/b/c; : >p1/empty
same_as_git p1
grep -q '^git:' notes && bad "facts of a repository that is not there"

case_is "a repository, changed"
repository p2
same_as_git p2
notes 'git: [0-9a-f]* main - dirty untracked'
git -C p2 add -A; git -C p2 commit -qm second
take p2
notes 'git: [0-9a-f]* main -$'
git -C p2 checkout -q --detach
git -C p2 remote add origin https://user:hunter2@example.com/x.git?token=hunter2
take p2
notes 'git: [0-9a-f]* - https://example.com/x.git$'
grep -q hunter2 notes && bad "a password in the remote"

case_is "before the first commit"
git init -q p3; echo x >p3/x
same_as_git p3
notes 'it has no commit yet'

case_is "nested repositories, with and without commits"
repository p4
repository p4/inner
git init -q p4/unborn; echo y >p4/unborn/y
same_as_git p4
has inner/sub/deep; has inner/untracked; has unborn/y
notes "nested: inner: a repository of its own at $(git -C p4/inner rev-parse HEAD)"
notes 'nested: unborn'

case_is "a submodule, dirty"
repository sub-origin
repository p5
(cd p5 && git submodule --quiet add "$WORK/sub-origin" lib 2>/dev/null && git commit -qm sub)
echo dirty >>p5/lib/tracked
same_as_git p5
has lib/sub/deep

case_is "a linked worktree"
repository p6-main
git -C p6-main worktree add -q "$WORK/p6" -b side
echo more >p6/more
same_as_git p6
notes 'git: [0-9a-f]* side'

case_is "a split index"
repository p7
git -C p7 update-index --split-index
echo '*.keep' >p7/.gitignore; echo k >p7/a.keep; git -C p7 add -f a.keep
take p7
has a.keep

case_is "a sparse checkout"
repository p8
git -C p8 sparse-checkout set sub 2>/dev/null
same_as_git p8

case_is "a repository with SHA-256 ids"
if git init -q --object-format=sha256 p9 2>/dev/null; then
	echo '*.o' >p9/.gitignore; echo x >p9/x; echo o >p9/tracked.o
	git -C p9 add -f tracked.o x; git -C p9 commit -qm x
	take p9
	has tracked.o; has x
	notes 'ids are SHA-256'
fi

case_is "an index of version 4"
repository p10
git -C p10 update-index --index-version 4
for i in 1 2 3; do echo $i >p10/sub/long-name-$i.dat; done
echo '*.dat' >p10/.gitignore; git -C p10 add -f sub/long-name-2.dat
take p10
has sub/long-name-2.dat; lacks sub/long-name-1.dat

case_is "line ends and attributes"
mkdir p11; git init -q p11
printf '* text=auto\n*.txt eol=lf\n*.bin filter=lfs diff=lfs\n*.u working-tree-encoding=UTF-16\n' >p11/.gitattributes
printf 'a\r\nb\r\n' >p11/crlf.txt; printf 'a\0b' >p11/x.bin; echo '$Id$' >p11/id.c; echo u >p11/x.u
same_as_git p11
git -C p11 -c core.autocrlf=false -c filter.lfs.clean=cat add crlf.txt .gitattributes 2>/dev/null
git -C p11 commit -qm x
take p11
grep '^git:' notes | grep -qw dirty && bad "CRLF that git keeps as LF counts as a change"

case_is "links: loops, dangling, absolute, to folders"
mkdir -p p12/dir; cd p12; ln -s loop2 loop1; ln -s loop1 loop2; ln -s nowhere/at/all dangling; ln -s /etc/passwd absolute
ln -s dir link-to-dir; ln -s . dir/self; ln -s "$(printf 'odd\nname')" odd-target; cd ..
same_as_git p12

case_is "odd names"
mkdir p13; cd p13; echo 1 >"$(printf 'new\nline')"; echo 2 >"$(printf 'bad-\377\376-utf8')"; echo 3 >' lead and trail '
echo 4 >trailing.; echo 5 >'-dash'; echo 6 >'quo"te'; echo 7 >'back\slash'; echo 8 >"$(printf 'esc\033[31m')"; mkdir 'a b'; echo 9 >'a b/c'
echo a >a; echo b >a.b; mkdir a-b; echo c >a-b/c; mkdir a0; echo d >a0/d; mkdir A; echo e >A/e; cd ..
same_as_git p13

case_is "exec bits"
mkdir p14; echo x >p14/run; chmod 755 p14/run; echo y >p14/plain; echo z >p14/group; chmod 654 p14/group
same_as_git p14
[ -x restored/run ] && [ ! -x restored/plain ] || bad "exec bits"

case_is "what is no file"
mkdir -p p15/empty/deeper p15/kept; echo x >p15/kept/x; mkfifo p15/fifo
python=$(python_with socket) && (cd p15 && "$python" -c 'import socket; socket.socket(socket.AF_UNIX).bind("sock")')
[ "$(id -u)" = 0 ] && mknod p15/null c 1 3 2>/dev/null
take p15
[ "$(files)" = kept/x ] || bad "more than one file"
notes 'special: fifo: a FIFO'
notes 'empty_dir: empty/deeper'
[ ! -e p15/sock ] || notes 'special: sock: a socket'
[ ! -e p15/null ] || notes 'special: null: a character device'

case_is "ignored, tracked all the same"
repository p16
printf '*.log\n/data/\n' >p16/.gitignore
mkdir p16/data; echo 1 >p16/data/kept; echo 2 >p16/data/not; echo 3 >p16/x.log; echo 4 >p16/y.log
git -C p16 add -f data/kept x.log
take p16
has data/kept; has x.log; lacks data/not; lacks y.log
echo 'local' >>p16/.git/info/exclude; echo l >p16/local
mkdir -p "$HOME/.config/git"; echo '*.swp' >"$HOME/.config/git/ignore"; echo s >p16/a.swp
take p16
lacks local; lacks a.swp
git config --global core.excludesFile '~/my-excludes'; echo '*.bak' >"$HOME/my-excludes"; echo b >p16/a.bak
take p16
lacks a.bak; has a.swp
git config --global --unset core.excludesFile; rm "$HOME/.config/git/ignore"

case_is ".wbignore speaks last"
printf 'sub/\n!.env\n' >p16/.wbignore; echo SECRET=1 >p16/.env; echo k >p16/id_rsa; echo p >p16/id_rsa.pub; echo c >p16/cert.pem
take p16
lacks sub/deep; has .env; has id_rsa.pub; lacks id_rsa; lacks cert.pem
notes 'withheld: id_rsa'
notes 'withheld: cert.pem'
rm p16/.wbignore
take p16
has sub/deep; lacks .env
notes 'withheld: .env'

case_is "the same files, another history: the same tree"
mkdir p17a p17b; echo x >p17a/x; echo y >p17a/y.tmp; take p17a; echo '*.tmp' >p17a/.gitignore; take p17a; one=$tree
echo '*.tmp' >p17b/.gitignore; echo x >p17b/x; take p17b
[ "$one" = "$tree" ] || bad "trees differ"
lacks y.tmp

case_is "a project that is a folder of a repository"
repository p18
printf '*.o\n/proj/only-here\n/only-top\n' >p18/.gitignore; mkdir -p p18/proj/in
for f in a.o only-here only-top in/only-here in/c; do echo $f >p18/proj/$f; done
git -C p18 add -A; git -C p18 commit -qm proj
take p18/proj
[ "$(files | tr '\n' ' ')" = "in/c in/only-here only-top " ] || bad "$(files)"
notes 'git: [0-9a-f]* main -$'
echo more >>p18/proj/in/c; take p18/proj; notes 'git: [0-9a-f]* main - dirty$'
git -C p18 commit -qam more; rm p18/proj/in/c; take p18/proj; notes 'main - dirty$'

case_is "large files"
mkdir p19; git init -q p19
head -c 9000000 /dev/zero | tr '\0' x >p19/big; cp p19/big p19/big-too; printf 'wb-object-v1\nnot a pointer' >p19/looks-like-one
truncate -s 50M p19/sparse
take p19
"$tool" "$store" checkout "$tree" "$WORK/large" >/dev/null || bad checkout
diff -r --exclude=.git p19 large || bad "restored differently"
[ "$(du -k large/sparse | cut -f1)" -lt 1024 ] || bad "the hole was filled"
[ "$(find "$store/objects" -type f | wc -l)" = 3 ] || bad "$(find "$store/objects" -type f | wc -l) objects, not 3"
shadow cat-file blob "$tree:big" | head -1 | grep -qx wb-object-v1 || bad "no pointer"
"$tool" "$store" list "$tree" | grep -q '9000000 big$' || bad "list does not tell its size"
git -C p19 add -A; git -C p19 commit -qm big; take p19; notes 'main -$'
object=$(find "$store/objects" -type f -size 17579) ; chmod 600 "$object"; printf y | dd of="$object" bs=1 seek=100 conv=notrunc 2>/dev/null
"$tool" "$store" verify "$tree" 2>verify >/dev/null && bad "a damaged object passes"
grep -q 'big: object' verify || bad "the damaged file is not named: $(cat verify)"
"$tool" "$store" checkout "$tree" "$WORK/damaged" 2>/dev/null >/dev/null && bad "a damaged object is restored"
[ ! -e damaged ] || bad "half a checkout was left"

case_is "the store inside the project"
mkdir p20; echo x >p20/x
"$tool" "$WORK/p20/.wb" take p20 >took 2>notes; "$tool" "$WORK/p20/mystore" take p20 >took2 2>notes
[ "$(cut -d' ' -f2,3 took)" = "$(cut -d' ' -f2,3 took2)" ] || bad "a store is part of the code"
cut -d' ' -f3 took | grep -qx 1 || bad "more than one file: $(cat took)"

case_is "unreadable files and folders"
mkdir -p p21/closed p21/sub; echo x >p21/ok; echo s >p21/secret; echo y >p21/closed/in; echo z >p21/sub/.gitignore
chmod 000 p21/secret p21/closed
if [ "$(id -u)" = 0 ]; then
	chmod -R go+rX p21; chmod 000 p21/secret p21/closed
	chmod 755 "$WORK"
	if command -v setpriv >/dev/null; then
		mkdir -m 777 "$WORK/other"
		setpriv --reuid 65534 --regid 65534 --clear-groups "$tool" "$WORK/other/store" take p21 >took 2>notes || bad "$(cat notes)"
		cut -d' ' -f3 took | grep -qx 2 || bad "not two files: $(cat took)"
		notes 'unreadable: secret'
		notes 'unreadable: closed'
	fi
else
	take p21
	notes 'unreadable: secret'
	notes 'unreadable: closed'
fi
chmod 700 p21/secret p21/closed

case_is "a hostile configuration runs nothing and blocks nothing"
repository p22
cat >>p22/.git/config <<EOC
[core]
	fsmonitor = touch $WORK/ran
	hooksPath = $WORK/hooks
	excludesFile = /dev/zero
[filter "x"]
	clean = touch $WORK/ran
	required = true
[extensions]
	worktreeConfig = true
	partialClone = origin
EOC
echo '* filter=x' >p22/.gitattributes
rm p22/.git/info/exclude; mkfifo p22/.git/info/exclude
take p22
has untracked
[ ! -e ran ] || bad "a program of the configuration ran"

case_is "a folder nested 300 deep"
mkdir p23; (cd p23 && i=0; while [ $i -lt 300 ]; do mkdir d && cd d || exit; echo $i >f; i=$((i + 1)); done)
take p23
notes 'too_deep: '
[ "$(files | wc -l)" = 256 ] || bad "$(files | wc -l) files"

case_is "checkout into a folder with something in it"
mkdir full; echo mine >full/mine
"$tool" "$store" checkout "$tree" full 2>err >/dev/null && bad "it wrote there"
grep -q 'full is not empty' err || bad "$(cat err)"
[ "$(ls full)" = mine ] || bad "it changed the folder"

finish
