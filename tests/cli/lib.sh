# What several command-line cases need; sourced before each case.

# An empty project with its own store in ./p, entered.
project()
{
	mkdir -p "$WORK/p"
	cd "$WORK/p"
	wb init -q >/dev/null
}

# A project whose store holds the runs of tests/support/sample_store.c.
samples()
{
	project
	"$BUILD/tests/support/sample_store" .wb
}

# Shows a command line, what it prints on both streams, and its status where that is not 0.
try()
{
	printf '$ wb'
	printf ' %s' "$@"
	echo
	status=0
	wb "$@" 2>&1 || status=$?
	[ $status = 0 ] || echo "[$status]"
}
