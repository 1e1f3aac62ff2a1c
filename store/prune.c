/* Frozen code that goes: what is remembered of it, its laid-out trees, its objects. */
#include "config.h"

#include "store/prune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/prune_objects.h"

static int by_hex(const void *a, const void *b)
{
	return strcmp(((const struct tree_id *)a)->hex, ((const struct tree_id *)b)->hex);
}

void prune_sort(struct tree_id *trees, size_t n)
{
	if (n)
		qsort(trees, n, sizeof *trees, by_hex);
}

static bool stays(const struct prune_options *o, const char *hex)
{
	struct tree_id key;

	snprintf(key.hex, sizeof key.hex, "%s", hex);
	return o->n && bsearch(&key, o->trees, o->n, sizeof key, by_hex);
}

static DIR *open_folder(struct store *s, const char *name, struct error *err)
{
	int fd = fs_open_dir(store_dirfd(s), name, err);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0) {
		error_sys(err, "reading %s/ in the store", name);
		close(fd);
	}
	return dir;
}

int prune_memories(struct store *s, const struct prune_options *o, struct error *err)
{
	CLEANUP(closedir) DIR *dir = open_folder(s, "scan", err);
	bool removed = false;
	struct dirent *e;

	if (!dir)
		return -1;
	while ((e = readdir(dir))) {
		char hex[SNAPSHOT_ID_HEX + 1];
		struct blob_id tree;

		if (e->d_name[0] == '.' || str_ends(e->d_name, ".lock"))
			continue;
		if (scan_memory_tree(s, e->d_name, &tree)) {
			str_hex(tree.b, BLOB_ID_BYTES, hex);
			if (stays(o, hex))
				continue;
		}
		if (o->dry_run)
			continue;
		if (sys_unlinkat(dirfd(dir), e->d_name, 0) < 0 && errno != ENOENT)
			return error_sys(err, "removing scan/%s in the store", e->d_name);
		removed = true;
	}
	return removed ? fs_sync_dir(store_dirfd(s), "scan", err) : 0;
}

/* ---- laid-out trees ---- */

/* A layout that a run stands on stays until the next time. */
static int drop_layout(struct store *s, int trees_fd, const char *name, const struct prune_options *o,
		       struct prune_result *out, struct error *err)
{
	CLEANUP(close) int fd = sys_openat(trees_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	CLEANUP(free) char *gone = store_temp_name("gone");

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return 0;
	/* A file that is linked from a neighbour too stays on the disk. */
	out->bytes += fs_tree_bytes(trees_fd, name, true);
	if (o->dry_run)
		return 0;
	if (sys_renameat(trees_fd, name, store_dirfd(s), gone) < 0)
		return error_sys(err, "removing the laid-out tree %.12s", name);
	return fs_remove_tree(store_dirfd(s), gone, err);
}

static int prune_layouts(struct store *s, const struct prune_options *o, struct prune_result *out, struct error *err)
{
	CLEANUP(closedir) DIR *dir = open_folder(s, "trees", err);
	struct dirent *e;

	if (!dir)
		return -1;
	while ((e = readdir(dir)))
		if (tree_id_is_valid(e->d_name) && !stays(o, e->d_name) &&
		    drop_layout(s, dirfd(dir), e->d_name, o, out, err) < 0)
			return -1;
	return 0;
}

int prune_code(struct store *s, const struct prune_options *o, struct prune_result *out, struct error *err)
{
	CLEANUP(tree_reader_close) struct tree_reader reader = { 0 };
	CLEANUP(code_set_release) struct code_set keep = { 0 };
	struct prune_result result = { 0 };

	reader.store = s;
	if (o->n && tree_reader_open(s, &reader, err) < 0)
		return -1;
	for (size_t i = 0; i < o->n; i++) {
		struct blob_id id;

		if (tree_parse_id(o->trees[i].hex, &id, err) < 0)
			return -1;
		if (code_set_add_tree(&keep, &reader, &id, err) < 0)
			return error_wrap(err, "code tree %.12s", o->trees[i].hex);
	}
	if (prune_layouts(s, o, &result, err) < 0 || prune_objects(&reader, &keep, o->dry_run, &result, err) < 0)
		return -1;
	*out = result;
	return 0;
}
