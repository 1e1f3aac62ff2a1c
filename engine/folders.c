/* Empty folders, recorded beside the frozen tree. */
#include "config.h"

#include "engine/folders.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"

struct jval *folders_of(const struct snapshot *code)
{
	struct jval *array = NULL;
	size_t n = 0;

	for (size_t i = 0; i < code->n_notes && n < FOLDERS_MAX; i++) {
		const char *path = code->notes[i].path;

		/* A name that JSON cannot hold would come back as another one. */
		if (code->notes[i].why != SNAPSHOT_EMPTY_DIR || !str_is_utf8(path, strlen(path)))
			continue;
		if (!array)
			array = jval_array();
		jval_push(array, jval_new_text(path));
		n++;
	}
	return array;
}

static bool is_plain(const char *name)
{
	return name[0] != '\0' && !str_eq(name, ".") && !str_eq(name, "..");
}

/* One component at a time: openat2 below would follow nothing, but it cannot make what is missing. */
static int make_one(int dirfd, const char *path, struct error *err)
{
	CLEANUP(free) char *copy = mem_strdup(path);
	CLEANUP(close) int at = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
	char *rest = copy, *name;

	while ((name = strsep(&rest, "/"))) {
		int next;

		if (!is_plain(name))
			return error_set(err, ERR_INVALID, "an empty folder's path is no plain relative path");
		if (sys_mkdirat(at, name, 0755) < 0 && errno != EEXIST)
			return error_sys(err, "making the empty folder %s", path);
		next = fs_open_beneath(at, name, O_PATH | O_DIRECTORY, 0, err);
		if (next < 0)
			return error_wrap(err, "making the empty folder %s", path);
		close(at);
		at = next;
	}
	return 0;
}

int folders_make(int dirfd, const struct jval *snapshot, struct error *err)
{
	const struct jval *array = snapshot ? jval_get(snapshot, "empty_dirs") : NULL;

	for (size_t i = 0; array && i < jval_count(array); i++) {
		const char *path = jval_text(jval_at(array, i));

		if (!path)
			return error_set(err, ERR_INVALID, "the record's list of empty folders holds something else");
		if (make_one(dirfd, path, err) < 0)
			return -1;
	}
	return 0;
}
