/* Loose objects and packs that nobody needs, or needs only in part. */
#include "config.h"

#include "store/prune_objects.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/packlist.h"

struct sweep {
	struct tree_reader *reader;
	const struct code_set *keep;
	bool dry_run;
	struct prune_result *result;
	int objects;             /* code.git/objects */
	int packs;               /* its pack/ */
	struct code_set stored;  /* what is kept where it lies */
	struct code_set rescued; /* what is kept and lies only in packs that go */
	char **doomed;           /* names of those packs */
	size_t n_doomed, cap_doomed;
};

static void sweep_release(struct sweep *s)
{
	cleanup_close(&s->objects);
	cleanup_close(&s->packs);
	code_set_release(&s->stored);
	code_set_release(&s->rescued);
	for (size_t i = 0; i < s->n_doomed; i++)
		free(s->doomed[i]);
	free(s->doomed);
}
DEFINE_CLEANUP_VALUE(sweep_release, struct sweep);

typedef int name_fn(struct sweep *s, int dirfd, const char *name, struct error *err);

/* Calls fn for each name in a folder that does not begin with a dot; the folder may be missing. */
static int each_name(struct sweep *s, int dirfd, const char *folder, name_fn *fn, struct error *err)
{
	CLEANUP(closedir) DIR *dir = NULL;
	int fd = sys_openat(dirfd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	struct dirent *e;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : error_sys(err, "the folder %s of the frozen code", folder);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return error_sys(err, "the folder %s of the frozen code", folder);
	}
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && fn(s, fd, e->d_name, err) < 0)
			return -1;
	return 0;
}

/* Removes a file and counts its bytes. */
static int drop_file(struct sweep *s, int dirfd, const char *name, struct error *err)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_sys(err, "%s", name);
	s->result->bytes += (uint64_t)st.st_size;
	if (s->dry_run || sys_unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	return error_sys(err, "removing %s", name);
}

/* ---- loose objects ---- */

static bool loose_id(const char *fan, const char *name, struct blob_id *out)
{
	char hex[2 * BLOB_ID_BYTES + 1];

	if (strlen(fan) != 2 || strlen(name) != sizeof hex - 3)
		return false;
	snprintf(hex, sizeof hex, "%s%s", fan, name);
	return str_unhex(hex, out->b, BLOB_ID_BYTES);
}

/* Drops what is not kept, or only sees what is. */
static int each_loose(struct sweep *s, const char *fan, bool drop, struct error *err)
{
	CLEANUP(closedir) DIR *dir = NULL;
	int fd = sys_openat(s->objects, fan, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	struct dirent *e;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		int saved = errno;

		cleanup_close(&fd);
		errno = saved;
		return saved == ENOENT ? 0 : error_sys(err, "the folder %s of the frozen code", fan);
	}
	while ((e = readdir(dir))) {
		const struct code_id *kept;
		struct blob_id id;

		if (!loose_id(fan, e->d_name, &id))
			continue;
		kept = code_set_find(s->keep, &id);
		if (kept && !drop)
			code_set_add(&s->stored, &id, kept->type);
		if (kept || !drop)
			continue;
		s->result->objects++;
		if (drop_file(s, fd, e->d_name, err) < 0)
			return -1;
	}
	return 0;
}

static int all_loose(struct sweep *s, bool drop, struct error *err)
{
	for (unsigned i = 0; i < 256; i++) {
		char fan[3];

		snprintf(fan, sizeof fan, "%02x", i);
		if (each_loose(s, fan, drop, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- packs ---- */

static char *without(const char *name, const char *ending)
{
	return mem_strndup(name, strlen(name) - strlen(ending));
}

static bool has_sibling(int dirfd, const char *stem, const char *ending)
{
	CLEANUP(free) char *name = mem_printf("%s%s", stem, ending);

	return fs_exists(dirfd, name);
}

/* Packs that hold nothing to drop stay; the others are listed. */
static int judge_pack(struct sweep *s, int dirfd, const char *name, struct error *err)
{
	CLEANUP(free) struct pack_entry *list = NULL;
	CLEANUP(free) char *stem = NULL;
	size_t n, kept = 0;

	if (!str_ends(name, ".idx"))
		return 0;
	stem = without(name, ".idx");
	if (!has_sibling(dirfd, stem, ".pack"))
		return 0;
	if (pack_list(dirfd, stem, &list, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		kept += code_set_find(s->keep, &list[i].id) != NULL;
	/* With such a file somebody asked git to leave the pack alone. */
	if (kept < n && !has_sibling(dirfd, stem, ".keep")) {
		mem_reserve(&s->doomed, &s->cap_doomed, s->n_doomed + 1);
		s->doomed[s->n_doomed++] = take_ptr(&stem);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		const struct code_id *found = code_set_find(s->keep, &list[i].id);

		if (found)
			code_set_add(&s->stored, &found->id, found->type);
	}
	return 0;
}

static int rescue_from(struct sweep *s, const char *stem, struct error *err)
{
	CLEANUP(free) struct pack_entry *list = NULL;
	size_t n;

	if (pack_list(s->packs, stem, &list, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct code_id *found = code_set_find(s->keep, &list[i].id);

		if (!found) {
			s->result->objects++;
			s->result->bytes += list[i].bytes;
		} else if (code_set_find(&s->stored, &found->id) || !code_set_add(&s->rescued, &found->id, found->type)) {
			/* It is somewhere else as well. */
			s->result->bytes += list[i].bytes;
		}
	}
	return 0;
}

/* The index first: without it nobody looks into the pack. */
static int remove_pack(struct sweep *s, const char *stem, struct error *err)
{
	static const char *const endings[] = { ".idx", ".pack", ".rev", ".bitmap", ".mtimes" };

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		CLEANUP(free) char *name = mem_printf("%s%s", stem, endings[i]);

		if (sys_unlinkat(s->packs, name, 0) < 0 && errno != ENOENT)
			return error_sys(err, "removing %s", name);
	}
	return 0;
}

static int replace_packs(struct sweep *s, struct error *err)
{
	struct git_db *db = s->reader->db;

	for (size_t i = 0; i < s->n_doomed; i++)
		if (rescue_from(s, s->doomed[i], err) < 0)
			return -1;
	if (s->dry_run || s->n_doomed == 0)
		return 0;
	if (s->rescued.n && s->reader->ops->copy(db, s->rescued.items, s->rescued.n, err) < 0)
		return error_wrap(err, "writing the code that stays anew");
	/* It spans all packs; git makes it anew. */
	if (sys_unlinkat(s->packs, "multi-pack-index", 0) < 0 && errno != ENOENT)
		return error_sys(err, "removing the index of all packs");
	for (size_t i = 0; i < s->n_doomed; i++)
		if (remove_pack(s, s->doomed[i], err) < 0)
			return -1;
	return 0;
}

/* ---- what killed processes left ---- */

static int drop_unfinished(struct sweep *s, int dirfd, const char *name, struct error *err)
{
	return str_starts(name, "tmp_obj_") ? drop_file(s, dirfd, name, err) : 0;
}

static int drop_half_pack(struct sweep *s, int dirfd, const char *name, struct error *err)
{
	bool is_pack = str_ends(name, ".pack"), is_index = str_ends(name, ".idx");
	CLEANUP(free) char *stem = is_pack || is_index ? without(name, is_pack ? ".pack" : ".idx") : NULL;

	if (stem && !has_sibling(dirfd, stem, is_pack ? ".idx" : ".pack"))
		return drop_file(s, dirfd, name, err);
	return drop_unfinished(s, dirfd, name, err);
}

int prune_objects(struct tree_reader *r, const struct code_set *keep, bool dry_run, struct prune_result *out,
		  struct error *err)
{
	CLEANUP(sweep_release) struct sweep s = {
		.reader = r, .keep = keep, .dry_run = dry_run, .result = out, .objects = -1, .packs = -1,
	};

	s.objects = fs_open_dir(store_dirfd(r->store), "code.git/objects", err);
	s.packs = s.objects < 0 ? -1 : fs_open_dir(s.objects, "pack", err);
	if (s.packs < 0)
		return -1;
	if (each_name(&s, s.objects, ".", drop_unfinished, err) < 0 || each_name(&s, s.packs, ".", drop_half_pack, err) < 0)
		return -1;
	if (all_loose(&s, false, err) < 0 || each_name(&s, s.packs, ".", judge_pack, err) < 0 || replace_packs(&s, err) < 0)
		return -1;
	return all_loose(&s, true, err);
}
