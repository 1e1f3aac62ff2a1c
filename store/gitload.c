/* Finding wb-git.so: beside the program, else where it was installed. */
#include "config.h"

#include "store/snapshot_ops.h"

#include <dlfcn.h>
#include <fcntl.h>

#include "base/fs.h"
#include "base/mem.h"

static const struct snapshot_ops *loaded;

void snapshot_ops_use(const struct snapshot_ops *ops)
{
	loaded = ops;
}

int snapshot_ops_get(const struct snapshot_ops **out, struct error *err)
{
	CLEANUP(free) char *path = NULL;
	const struct snapshot_ops *ops;
	void *module;

	if (loaded) {
		*out = loaded;
		return 0;
	}
	path = fs_program_part("wb-git.so");
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!module) {
		error_set(err, ERR_UNSUPPORTED, "the module for code snapshots does not load: %s", dlerror());
		return error_hint(err, "install wb again, with libgit2 (Debian: apt-get install libgit2-1.5)");
	}
	ops = dlsym(module, "wb_git_ops");
	if (!ops || ops->version != SNAPSHOT_OPS_VERSION) {
		dlclose(module);
		error_set(err, ERR_UNSUPPORTED, "%s belongs to another version of wb", path);
		return error_hint(err, "install wb again, so that all its parts are of one version");
	}
	*out = loaded = ops;
	return 0;
}
