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

	/* Inside a sandbox, where what `wb doctor` tries is tried, the variable is not there: then it is wb as it is. */
	return root ? app_main_with_gpus(argc, argv, root, leases) : app_main(argc, argv);
}
