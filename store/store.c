/* Finding, making, checking and opening the store's folder. */
#include "config.h"

#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/uuid.h"

struct store {
	char *path;
	int dirfd;
	mode_t dir_mode; /* of folders made inside: 0700, or 0770 in a team's store */
};

static const char *const folders[] = {
	"policy", "objects", "trees", "scan", "runs", "tmp",
	"code.git", "code.git/objects", "code.git/objects/info", "code.git/objects/pack",
	"code.git/refs", "code.git/refs/heads", "code.git/refs/tags", "code.git/info",
};

/* gc.* because nothing refers to the trees in git's own sense: a gc by hand must not prune them. */
static const struct {
	const char *name, *text;
} files[] = {
	{ ".gitignore", "*\n" },
	{ "lock", "" },
	{ "code.git/HEAD", "ref: refs/heads/main\n" },
	{ "code.git/config", "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
			     "[gc]\n\tauto = 0\n\tpruneExpire = never\n" },
	{ "code.git/info/attributes", "* -text -filter -ident -eol -working-tree-encoding\n" },
};

static char *absolute(const char *path)
{
	char *real = realpath(path, NULL);
	CLEANUP(free) char *cwd = NULL;

	if (real)
		return real;
	if (path[0] == '/')
		return mem_strdup(path);
	cwd = getcwd(NULL, 0);
	return cwd ? fs_join(cwd, path) : mem_strdup(path);
}

/* The nearest .wb folder in start or above it, heap text, or NULL. */
static char *find_upwards(const char *start)
{
	CLEANUP(free) char *dir = absolute(start);

	for (;;) {
		CLEANUP(free) char *candidate = fs_join(dir, ".wb");
		char *slash;

		if (fs_is_dir(AT_FDCWD, candidate))
			return take_ptr(&candidate);
		slash = strrchr(dir, '/');
		if (!slash || !dir[1])
			return NULL;
		slash[slash == dir] = '\0';
	}
}

int store_locate(const char *override, const char *start, char **out, struct error *err)
{
	const char *env = getenv("WB_STORE"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	char *found;

	if (override && *override) {
		*out = absolute(override);
		return STORE_BY_OVERRIDE;
	}
	found = find_upwards(start && *start ? start : ".");
	if (found) {
		*out = found;
		return STORE_BY_PROJECT;
	}
	if (env && *env) {
		*out = absolute(env);
		return STORE_BY_ENVIRONMENT;
	}
	if (data && data[0] == '/') {
		*out = fs_join(data, "wb");
		return STORE_BY_USER;
	}
	if (home && home[0] == '/') {
		*out = fs_join(home, ".local/share/wb");
		return STORE_BY_USER;
	}
	error_set(err, ERR_NOT_FOUND, "no store: there is no .wb folder here or above, and HOME is not set");
	return error_hint(err, "run `wb init` in the project, or name a store with --store or WB_STORE");
}

static bool in_group(gid_t gid)
{
	gid_t list[256];
	int n = getgroups(sizeof list / sizeof *list, list);

	for (int i = 0; i < n; i++)
		if (list[i] == gid)
			return true;
	return getegid() == gid;
}

/* Ours, or a team's (setgid, group-writable, and we are of the group); never open to all. */
static int check_owner(const char *path, const struct stat *st, struct error *err)
{
	bool team = (st->st_mode & S_ISGID) && (st->st_mode & S_IWGRP) && in_group(st->st_gid);

	if (st->st_mode & S_IWOTH) {
		error_set(err, ERR_DENIED, "%s: everybody may write to this store", path);
		return error_hint(err, "chmod o-w '%s', after looking that nobody changed it", path);
	}
	if (st->st_uid == geteuid() || team)
		return 0;
	error_set(err, ERR_DENIED, "%s: this store belongs to another user (uid %u)", path, (unsigned)st->st_uid);
	return error_hint(err, "name a store of your own with --store or WB_STORE, or run as its owner");
}

/* The number in the format file, or 0 where there is none. */
static int read_format(int dirfd, uint64_t *out, struct error *err)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(64);
	struct error ignored = { 0 };
	char *end;

	*out = 0;
	if (!fs_exists(dirfd, "format"))
		return 0;
	if (fs_read_file(dirfd, "format", &b, err) < 0)
		return error_wrap(err, "the store's format");
	end = memchr(buf_text(&b), '\n', b.len);
	if (end)
		*end = '\0';
	if (!str_starts(buf_text(&b), "wb store ") ||
	    str_parse_u64(buf_text(&b) + strlen("wb store "), out, &ignored) < 0 || *out == 0) {
		error_set(err, ERR_CORRUPT, "the store's format file does not say \"wb store NUMBER\"");
		return error_hint(err, "if the rest is whole, write \"wb store %d\" into it", STORE_FORMAT);
	}
	return 0;
}

bool store_exists(const char *path)
{
	CLEANUP(free) char *format = fs_join(path, "format");

	return fs_exists(AT_FDCWD, format);
}

/* Only what an interrupted store_init leaves may be there. */
static int check_empty(int dirfd, const char *path, struct error *err)
{
	CLEANUP(closedir) DIR *dir = NULL;
	int fd = fs_open_dir(dirfd, ".", err);
	struct dirent *e;

	if (fd < 0)
		return -1;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return error_sys(err, "reading folder %s", path);
	}
	while ((e = readdir(dir))) {
		bool known = e->d_name[0] == '.' || str_eq(e->d_name, "config.yaml") || str_eq(e->d_name, "keys");

		for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
			known |= str_eq(e->d_name, folders[i]);
		for (size_t i = 0; i < sizeof files / sizeof *files; i++)
			known |= str_eq(e->d_name, files[i].name);
		if (!known) {
			error_set(err, ERR_EXISTS, "%s holds other files ('%.100s'): not made a store", path, e->d_name);
			return error_hint(err, "name a new or an empty folder");
		}
	}
	return 0;
}

static int fill(int dirfd, mode_t dir_mode, struct error *err)
{
	CLEANUP(free) char *format = mem_printf("wb store %d\n", STORE_FORMAT);

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (sys_mkdirat(dirfd, folders[i], dir_mode) < 0 && errno != EEXIST)
			return error_sys(err, "making folder %s", folders[i]);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (!fs_exists(dirfd, files[i].name) &&
		    fs_write_atomic(dirfd, files[i].name, files[i].text, strlen(files[i].text), 0600, err) < 0)
			return -1;
	if (fs_sync_dir(dirfd, "code.git", err) < 0)
		return -1;
	/* Last: its presence says that all the rest is there. */
	return fs_write_atomic(dirfd, "format", format, strlen(format), 0600, err);
}

/*
 * A store that was not prepared for a team is its owner's alone. In a team's setgid folder it was given that folder's
 * group, which no run's map of ids has: an overlay cannot be made in folders of that group.
 */
static int make_private(int fd, const struct stat *st)
{
	if ((st->st_mode & S_ISGID) && (st->st_mode & S_IWGRP))
		return 0;
	if (st->st_gid != getegid() && fchown(fd, (uid_t)-1, getegid()) < 0)
		return -1;
	return (st->st_mode & 07777) != 0700 ? fchmod(fd, 0700) : 0;
}

int store_init(const char *path, struct error *err)
{
	CLEANUP(close) int fd = -1;
	struct stat st;
	const char *base = fs_basename(path);
	CLEANUP(free) char *parent = base == path ? mem_strdup(".") : mem_strndup(path, (size_t)(base - path));

	if (store_exists(path)) {
		error_set(err, ERR_EXISTS, "%s is a store already", path);
		return error_hint(err, "nothing to do; 'wb config store' shows which one is in use");
	}
	if (fs_mkdir_p(AT_FDCWD, parent, 0755, err) < 0)
		return error_wrap(err, "making a store at %s", path);
	if (fstatat(AT_FDCWD, parent, &st, 0) == 0 && !st.st_nlink)
		return error_set(err, ERR_NOT_FOUND, "the folder you are in was removed");
	if (sys_mkdirat(AT_FDCWD, path, 0700) < 0 && errno != EEXIST)
		return error_sys(err, "making a store at %s", path);
	fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return error_sys(err, "making a store at %s", path);
	if (fstat(fd, &st) < 0)
		return error_sys(err, "making a store at %s", path);
	if (check_owner(path, &st, err) < 0 || check_empty(fd, path, err) < 0)
		return -1;
	if (make_private(fd, &st) < 0)
		return error_sys(err, "making a store at %s", path);
	if (fill(fd, st.st_mode & S_IWGRP && st.st_mode & S_ISGID ? 0770 : 0700, err) < 0)
		return error_wrap(err, "making a store at %s", path);
	return fs_sync_dir(AT_FDCWD, parent, err);
}

int store_open(const char *path, struct store **out, struct error *err)
{
	CLEANUP(store_close) struct store *s = mem_zalloc(sizeof *s);
	struct stat st;
	uint64_t format;

	s->path = absolute(path);
	s->dirfd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	if (s->dirfd < 0 || fstat(s->dirfd, &st) < 0) {
		error_sys(err, "store %s", path);
		if (err->sys == EACCES)
			return error_hint(err, "it belongs to somebody else: ask them, or name a store with --store or WB_STORE");
		return error_hint(err, "run `wb init` in the project, or name a store with --store or WB_STORE");
	}
	if (check_owner(path, &st, err) < 0)
		return -1;
	s->dir_mode = st.st_mode & S_IWGRP && st.st_mode & S_ISGID ? 0770 : 0700;
	if (read_format(s->dirfd, &format, err) < 0)
		return error_wrap(err, "%s", path);
	if (format == 0) {
		error_set(err, ERR_NOT_FOUND, "%s is not a wb store (it has no format file)", path);
		return error_hint(err, "`wb init` makes one, and completes one that was interrupted");
	}
	if (format > STORE_FORMAT) {
		error_set(err, ERR_UNSUPPORTED, "store %s was made by a newer wb (format %" PRIu64 ", this one knows %d)",
			  path, format, STORE_FORMAT);
		return error_hint(err, "use that newer wb, or another store with --store or WB_STORE");
	}
	*out = take_ptr(&s);
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->dirfd >= 0)
		close(s->dirfd);
	free(s->path);
	free(s);
}

const char *store_path(const struct store *s)
{
	return s->path;
}

int store_dirfd(const struct store *s)
{
	return s->dirfd;
}

mode_t store_dir_mode(const struct store *s)
{
	return s->dir_mode;
}

mode_t store_object_mode(const struct store *s)
{
	return 0400 | (s->dir_mode & 0040);
}

char *store_temp_name(const char *kind)
{
	static _Atomic unsigned count; /* one process may have several open in one tick */

	return mem_printf("tmp/%s.%d.%llx.%x", kind, getpid(), (unsigned long long)clock_now(&clock_system), count++);
}

/* What fs_write_atomic() had not named. */
static bool is_unnamed(const char *name)
{
	return name[0] == '.' && str_ends(name, ".tmp");
}

/* Removes what begins with prefix (NULL: nothing does), or never got its name, in one folder and is older than a day. */
static int tidy_folder(const struct store *s, const char *name, const char *prefix, struct error *err)
{
	const int64_t day_s = 24 * 60 * 60;
	CLEANUP(closedir) DIR *dir = NULL;
	int fd = fs_open_dir(s->dirfd, name, err);
	struct dirent *e;

	if (fd < 0)
		return -1;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return error_sys(err, "reading folder %s", name);
	}
	while ((e = readdir(dir))) {
		struct stat st;

		bool is_ours = prefix && e->d_name[0] != '.' && str_starts(e->d_name, prefix);

		if ((!is_ours && !is_unnamed(e->d_name)) ||
		    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    st.st_ctim.tv_sec > clock_now(&clock_system) / 1000000000 - day_s)
			continue;
		if (fs_remove_tree(fd, e->d_name, err) < 0)
			return -1;
	}
	return 0;
}

int store_tidy(const struct store *s, struct error *err)
{
	/* git's own name for unfinished objects; its gc removes them too. */
	if (tidy_folder(s, "tmp", "", err) < 0 || tidy_folder(s, "code.git/objects", "tmp_obj_", err) < 0 ||
	    tidy_folder(s, ".", NULL, err) < 0 || tidy_folder(s, "scan", NULL, err) < 0 || tidy_folder(s, "code.git", NULL, err) < 0)
		return -1;
	return tidy_folder(s, "code.git/objects/pack", "tmp_obj_", err);
}

char *store_run_path(const struct store *s, const char *id)
{
	return mem_printf("%s/runs/%s", s->path, id);
}

int store_run_dir(const struct store *s, const char *id, bool create, struct error *err)
{
	CLEANUP(free) char *name = NULL;
	int fd;

	if (!uuid_is_valid(id))
		return error_set(err, ERR_INVALID, "'%.64s' is not a run id", id);
	name = mem_printf("runs/%s", id);
	if (create) {
		if (sys_mkdirat(s->dirfd, name, s->dir_mode) == 0) {
			if (fs_sync_dir(s->dirfd, "runs", err) < 0)
				return -1;
		} else if (errno != EEXIST) {
			return error_sys(err, "making the folder of run %s", id);
		}
	}
	fd = sys_openat(s->dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	return fd >= 0 ? fd : error_sys(err, "the folder of run %s", id);
}

int store_flock(int fd, enum store_lock kind, int64_t wait_ns, const char *what, struct error *err)
{
	int op = (kind == STORE_EXCLUSIVE ? LOCK_EX : LOCK_SH) | LOCK_NB;
	int64_t deadline = clock_mono(&clock_system) + wait_ns, pause_ns = 200000;

	/* flock has no timeout of its own; polling keeps a stuck holder from hanging us without end. */
	while (flock(fd, op) < 0) {
		struct timespec pause = { .tv_nsec = pause_ns };

		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_sys(err, "locking %s", what);
		if (clock_mono(&clock_system) >= deadline) {
			error_set(err, ERR_BUSY, "%s is in use by another wb process", what);
			return error_hint(err, "try again when it has ended");
		}
		nanosleep(&pause, NULL);
		if (pause_ns < 20000000)
			pause_ns *= 2;
	}
	return 0;
}

int store_lock(const struct store *s, enum store_lock kind, int64_t wait_ns, struct error *err)
{
	CLEANUP(close) int fd = sys_openat(s->dirfd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);

	/* Who may only read can still hold off those who remove. */
	if (fd < 0 && kind == STORE_SHARED && (errno == EACCES || errno == EROFS))
		fd = sys_openat(s->dirfd, "lock", O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0)
		return error_sys(err, "the store's lock");
	if (store_flock(fd, kind, wait_ns, "the store", err) < 0)
		return -1;
	return take_fd(&fd);
}
