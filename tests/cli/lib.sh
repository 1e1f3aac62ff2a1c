# What several command-line cases need; sourced before each case.

# An empty project with its own store in ./p, entered.
project()
{
	mkdir -p "$WORK/p"
	cd "$WORK/p"
	wb init -q >/dev/null
}
