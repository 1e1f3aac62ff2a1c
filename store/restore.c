/*
 * A tree onto disk. Everything is made new (O_EXCL, mkdir) below a descriptor of
 * a folder that was made a moment before, so no name in the tree leads elsewhere.
 */
#include "config.h"

#include "store/restore.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/object.h"
#include "store/pointer.h"

static const struct timespec fixed_times[2] = { { .tv_sec = RESTORE_TIME_S }, { .tv_sec = RESTORE_TIME_S } };

/* One folder of the neighbour: its entries and where it lies. */
struct beside {
	struct buf tree;
	int fd;
};

static void beside_release(struct beside *b)
{
	buf_release(&b->tree);
	if (b->fd >= 0)
		close(b->fd);
}
DEFINE_CLEANUP_VALUE(beside_release, struct beside);

static int fail(struct error *err, const char *name)
{
	if (errno == EEXIST)
		return error_set(err, ERR_CORRUPT, "%s is in the tree twice", name);
	return error_sys(err, "%s", name);
}

static int fill_from_object(const struct restore *r, const struct buf *pointer, int fd, struct error *err)
{
	CLEANUP(close) int object = -1;
	struct digest want, got;
	uint64_t bytes;

	if (pointer_parse(pointer->data, pointer->len, &want, &bytes, err) < 0)
		return -1;
	object = object_open(r->reader->store, &want, NULL, err);
	if (object < 0 || object_clone(object, fd, 0, err) < 0 || digest_of_fd(fd, "the copy", &got, NULL, err) < 0)
		return -1;
	return digest_eq(&want, &got) ? 0 : error_set(err, ERR_CORRUPT, "object %s is damaged", digest_hex(&want).text);
}

static int write_file(const struct restore *r, const struct gittree_entry *e, const struct buf *content, int dirfd,
		      struct error *err)
{
	mode_t mode = e->mode & 0100 ? 0777 : 0666;
	CLEANUP(close) int fd = sys_openat(dirfd, e->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);

	if (fd < 0)
		return fail(err, e->name);
	if (pointer_is(buf_text(content), content->len)) {
		if (fill_from_object(r, content, fd, err) < 0)
			return error_wrap(err, "%s", e->name);
	} else if (fs_write_all(fd, e->name, buf_text(content), content->len, err) < 0) {
		return -1;
	}
	if (r->fixed && (fchmod(fd, mode & 0755) < 0 || futimens(fd, fixed_times) < 0))
		return error_sys(err, "%s", e->name);
	return 0;
}

static int write_link(const struct gittree_entry *e, const struct buf *content, int dirfd, struct error *err)
{
	const char *target = buf_text(content);

	if (content->len == 0 || strlen(target) != content->len || content->len >= LIMIT_PATH)
		return error_set(err, ERR_CORRUPT, "%s: not a link's target", e->name);
	return symlinkat(target, dirfd, e->name) < 0 ? fail(err, e->name) : 0;
}

/* The neighbour's entry of that name when it is the same, and the file behind it was not changed since. */
static bool link_from(const struct restore *r, const struct beside *b, const struct gittree_entry *e, int dirfd)
{
	struct gittree_entry other;
	struct error ignored = { 0 };
	struct stat st;
	size_t at = 0;

	if (b->fd < 0 || e->mode == GIT_MODE_LINK || !r->fixed)
		return false;
	while (gittree_next(&b->tree, &at, &other, &ignored) > 0) {
		if (!str_eq(other.name, e->name))
			continue;
		return other.mode == e->mode && memcmp(&other.id, &e->id, sizeof e->id) == 0 &&
		       fstatat(b->fd, e->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		       st.st_mtim.tv_sec == RESTORE_TIME_S && st.st_mtim.tv_nsec == 0 &&
		       (st.st_mode & 07777) == (e->mode & 0100 ? 0755 : 0644) &&
		       sys_linkat(b->fd, e->name, dirfd, e->name, 0) == 0;
	}
	return false;
}

static int restore_blob(const struct restore *r, const struct beside *b, const struct gittree_entry *e, int dirfd,
			struct error *err)
{
	CLEANUP(buf_release) struct buf content = BUF_INIT(2 * SNAPSHOT_LARGE_BYTES);

	if (link_from(r, b, e, dirfd))
		return 0;
	if (tree_read_blob(r->reader, &e->id, &content, err) < 0)
		return error_wrap(err, "%s", e->name);
	return e->mode == GIT_MODE_LINK ? write_link(e, &content, dirfd, err) : write_file(r, e, &content, dirfd, err);
}

/* Opens the neighbour's folder of that name, if it has one. */
static void step_beside(const struct restore *r, const struct beside *b, const char *name, struct beside *out)
{
	struct gittree_entry e;
	struct error ignored = { 0 };
	size_t at = 0;

	if (b->fd < 0)
		return;
	while (gittree_next(&b->tree, &at, &e, &ignored) > 0)
		if (e.mode == GIT_MODE_TREE && str_eq(e.name, name)) {
			if (tree_read(r->reader, &e.id, &out->tree, &ignored) == 0)
				out->fd = sys_openat(b->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
			return;
		}
}

static int restore_folder(const struct restore *r, const struct beside *b, const struct blob_id *tree, int dirfd,
			  int depth, struct error *err);

static int restore_subfolder(const struct restore *r, const struct beside *b, const struct gittree_entry *e,
			     int dirfd, int depth, struct error *err)
{
	CLEANUP(beside_release) struct beside sub = { .tree = BUF_INIT(LIMIT_JSON), .fd = -1 };
	CLEANUP(close) int fd = -1;

	if (sys_mkdirat(dirfd, e->name, 0777) < 0)
		return fail(err, e->name);
	fd = sys_openat(dirfd, e->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0)
		return error_sys(err, "%s", e->name);
	step_beside(r, b, e->name, &sub);
	if (restore_folder(r, &sub, &e->id, fd, depth + 1, err) < 0)
		return -1;
	if (r->fixed && (fchmod(fd, 0755) < 0 || futimens(fd, fixed_times) < 0))
		return error_sys(err, "%s", e->name);
	return 0;
}

static int restore_folder(const struct restore *r, const struct beside *b, const struct blob_id *tree, int dirfd,
			  int depth, struct error *err)
{
	CLEANUP(buf_release) struct buf bytes = BUF_INIT(LIMIT_JSON);
	struct gittree_entry e;
	size_t at = 0;
	int rc;

	if (depth > TREE_MAX_DEPTH)
		return error_set(err, ERR_CORRUPT, "the tree's folders are nested too deeply");
	if (tree_read(r->reader, tree, &bytes, err) < 0)
		return -1;
	while ((rc = gittree_next(&bytes, &at, &e, err)) > 0) {
		if (e.mode == GIT_MODE_REPOSITORY)
			return error_set(err, ERR_CORRUPT, "the tree names another repository's commit at %s", e.name);
		if (e.mode == GIT_MODE_TREE)
			rc = restore_subfolder(r, b, &e, dirfd, depth, err);
		else
			rc = restore_blob(r, b, &e, dirfd, err);
		if (rc < 0)
			return -1;
	}
	return rc;
}

int restore_tree(const struct restore *r, const struct blob_id *tree, int dirfd, struct error *err)
{
	CLEANUP(beside_release) struct beside top = { .tree = BUF_INIT(LIMIT_JSON), .fd = -1 };
	struct error ignored = { 0 };

	if (r->neighbour_fd >= 0 && tree_read(r->reader, &r->neighbour, &top.tree, &ignored) == 0)
		top.fd = fcntl(r->neighbour_fd, F_DUPFD_CLOEXEC, 0);
	return restore_folder(r, &top, tree, dirfd, 0, err);
}
