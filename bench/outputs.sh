# What a run leaves, taken in durably and recorded, beside git taking in the same files, which syncs nothing.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
need git tar
mkdir -p "$WORK/files"
cd "$WORK"
i=0
while [ $i -lt 10000 ]; do
	[ $((i % 1000)) != 0 ] || mkdir -p files/$((i / 1000))
	printf '%-100d' $i >files/$((i / 1000))/$i
	i=$((i + 1))
done
tar cf files.tar files
mkdir g p
cat >git.sh <<'END'
cd g && rm -rf .git files && git init -q && tar xf ../files.tar && git add files
END
cat >wb.sh <<'END'
cd p && rm -rf .wb && wb init >/dev/null && wb -q run -i files.tar=../files.tar -- sh -c 'tar xf $WB_INPUTS/files.tar'
END
headline "outputs: 10 000 files of 100 bytes written and taken in (budget: 2 x git add)"
"$timeit" -n 3 "tar x, git add" sh git.sh -- "wb run tar x" sh wb.sh
