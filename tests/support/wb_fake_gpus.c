/* wb on a machine whose GPUs are files in a folder: $WB_FAKE_GPUS holds proc/, sys/ and dev/, and leases/ for the leases. */
#include "config.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/mem.h"
#include "cli/app.h"

int main(int argc, char **argv)
{
	const char *root = getenv("WB_FAKE_GPUS");
	CLEANUP(free) char *leases = root ? fs_join(root, "leases") : NULL;

	return root ? app_main_with_gpus(argc, argv, root, leases) : 99;
}
