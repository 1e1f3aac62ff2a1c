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

static char *module_path(void)
{
	CLEANUP(free) char *dir = NULL, *beside = NULL;
	struct error ignored = { 0 };

	if (fs_program_dir(&dir, &ignored) == 0)
		beside = fs_join(dir, "wb-git.so");
	if (beside && fs_exists(AT_FDCWD, beside))
		return take_ptr(&beside);
	return mem_strdup(WB_LIBEXECDIR "/wb-git.so");
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
	path = module_path();
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
