/* tui_store STORE KIND: fills an existing, empty store with the runs of tui_fixture.h. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/fs.h"
#include "tests/support/tui_fixture.h"

int main(int argc, char **argv)
{
	struct error err = { 0 };
	CLEANUP(close) int store = argc == 3 ? fs_open_dir(AT_FDCWD, argv[1], &err) : -1;

	if (store >= 0 && tui_fixture_fill(store, argv[2]))
		return 0;
	fprintf(stderr, "usage: tui_store STORE one|many|rich|long|wide|hostile\n");
	return 2;
}
