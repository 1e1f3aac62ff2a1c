/* Regular files only: loose objects are read by store/git_write.c, which looks for itself. */
#include "config.h"

#include "store/git_guard.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "store/gitrepo.h"

/* libgit2 follows alternates of alternates five deep (odb.c, GIT_ALTERNATES_MAX_DEPTH). */
enum { ALTERNATES_DEPTH = 5, DIRS_MAX = 64 };

struct git_guard {
	char *dirs[DIRS_MAX];
	size_t n;
};

void git_guard_close(struct git_guard *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n; i++)
		free(g->dirs[i]);
	free(g);
}

/* A path that is not there is fine: the library says so at once. */
static int check_file(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return error_set(err, ERR_DENIED, "%s is not a regular file", path);
	return 0;
}

static int check_packs(const char *objects_dir, struct error *err)
{
	CLEANUP(free) char *pack = fs_join(objects_dir, "pack");
	CLEANUP(closedir) DIR *dir = opendir(pack);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		CLEANUP(free) char *path = fs_join(pack, e->d_name);

		if (check_file(path, err) < 0)
			return -1;
	}
	return 0;
}

static int add_dir(struct git_guard *g, const char *objects_dir, int depth, struct error *err);

static int add_alternates(struct git_guard *g, const char *objects_dir, int depth, struct error *err)
{
	CLEANUP(free) char *path = fs_join(objects_dir, "info/alternates");
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_CONFIG);
	char *line, *next;

	if (check_file(path, err) < 0)
		return -1;
	if (!gitrepo_read_small(objects_dir, "info/alternates", &b))
		return fs_exists(AT_FDCWD, path) ? error_set(err, ERR_DENIED, "%s cannot be read", path) : 0;
	buf_putc(&b, '\0');
	for (line = b.data; *line; line = next) {
		size_t n = strcspn(line, "\n");
		CLEANUP(free) char *dir = NULL;

		next = line + n + (line[n] == '\n');
		line[n] = '\0';
		if (!*line || *line == '#')
			continue;
		dir = fs_join(objects_dir, line);
		if (add_dir(g, dir, depth + 1, err) < 0)
			return -1;
	}
	return 0;
}

static int add_dir(struct git_guard *g, const char *objects_dir, int depth, struct error *err)
{
	if (depth > ALTERNATES_DEPTH)
		return 0;
	if (g->n == DIRS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d object folders", DIRS_MAX);
	g->dirs[g->n++] = mem_strdup(objects_dir);
	return check_packs(objects_dir, err) < 0 ? -1 : add_alternates(g, objects_dir, depth, err);
}

int git_guard_open(const char *objects_dir, struct git_guard **out, struct error *err)
{
	CLEANUP(git_guard_close) struct git_guard *g = mem_zalloc(sizeof *g);

	if (add_dir(g, objects_dir, 0, err) < 0)
		return -1;
	*out = take_ptr(&g);
	return 0;
}

const char *const *git_guard_dirs(const struct git_guard *g, size_t *out_n)
{
	*out_n = g->n;
	return (const char *const *)g->dirs;
}
