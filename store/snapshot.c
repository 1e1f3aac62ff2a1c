/* Taking a snapshot. */
#include "config.h"

#include "store/snapshot.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/capture.h"
#include "store/gitrepo.h"
#include "store/scan.h"

#define LOCK_WAIT_NS INT64_C(120000000000)

struct take {
	struct store *store;
	char *dir; /* the project, absolute */
	int root;
	char key[33];
	struct gitrepo git;
	bool has_git;
	struct scan scan;
	struct scan_memory memory; /* of last time; then of now */
	struct capture *capture;
	bool same_tree;
};

static void take_release(struct take *t)
{
	capture_close(t->capture);
	scan_release(&t->scan);
	scan_memory_release(&t->memory);
	gitrepo_release(&t->git);
	free(t->dir);
	if (t->root >= 0)
		close(t->root);
}
DEFINE_CLEANUP_VALUE(take_release, struct take);

bool tree_id_is_valid(const char *hex)
{
	return hex && strspn(hex, "0123456789abcdef") == SNAPSHOT_ID_HEX && hex[SNAPSHOT_ID_HEX] == '\0';
}

const char *snapshot_why_name(enum snapshot_why why)
{
	static const char *const names[SNAPSHOT_WHY_COUNT_] = {
		[SNAPSHOT_UNREADABLE] = "unreadable", [SNAPSHOT_SPECIAL] = "special",
		[SNAPSHOT_TOO_DEEP] = "too_deep", [SNAPSHOT_WITHHELD] = "withheld",
		[SNAPSHOT_TORN] = "torn", [SNAPSHOT_VANISHED] = "vanished",
		[SNAPSHOT_EMPTY_DIR] = "empty_dir", [SNAPSHOT_NESTED] = "nested",
	};

	return (unsigned)why < SNAPSHOT_WHY_COUNT_ ? names[why] : "unknown";
}

void snapshot_release(struct snapshot *s)
{
	for (size_t i = 0; i < s->n_notes; i++) {
		free(s->notes[i].path);
		free(s->notes[i].detail);
	}
	free(s->notes);
	free(s->git.commit);
	free(s->git.branch);
	free(s->git.remote);
	free(s->git.why);
	*s = (struct snapshot){ 0 };
}

static int open_project(struct take *t, const char *project_dir, struct error *err)
{
	struct digest d;
	struct digest_hex hex;

	if (fs_realpath(project_dir, &t->dir, err) < 0)
		return -1;
	t->root = fs_open_dir(AT_FDCWD, t->dir, err);
	if (t->root < 0)
		return -1;
	d = digest_of(t->dir, strlen(t->dir));
	hex = digest_hex(&d);
	memcpy(t->key, hex.text, sizeof t->key - 1);
	return 0;
}

/* Two snapshots of one project at a time would do the same work twice. */
static int lock_project(struct take *t, struct error *err)
{
	CLEANUP(free) char *name = mem_printf("scan/%s.lock", t->key);
	CLEANUP(close) int fd = sys_openat(store_dirfd(t->store), name, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);

	if (fd < 0)
		return error_sys(err, "%s/%s", store_path(t->store), name);
	if (store_flock(fd, STORE_EXCLUSIVE, LOCK_WAIT_NS, "the snapshot of this project", err) < 0)
		return -1;
	return take_fd(&fd);
}

static bool any_stat_changed(const struct scan *a, const struct scan *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->files[i].flags != b->files[i].flags || !scan_same_stat(&a->files[i], &b->files[i]))
			return true;
	return false;
}

/* Finds the tree of what was scanned, writing what is new. *dirty_memory: what is kept for next time changed. */
static int freeze(struct take *t, bool *changed_memory, struct error *err)
{
	size_t missing = scan_recall(&t->scan, &t->memory);

	if (missing && capture_files(t->capture, err) < 0)
		return -1;
	t->same_tree = t->memory.usable && scan_same_tree(&t->scan, &t->memory.files);
	if (t->same_tree) {
		*changed_memory = any_stat_changed(&t->scan, &t->memory.files);
		return 0;
	}
	*changed_memory = true;
	t->memory.commit[0] = '\0';
	return capture_commit(t->capture, &t->memory.tree, err);
}

/* What the user's repository says. */

static bool is_there(void *user, const char *path)
{
	const struct take *t = user;

	return fs_exists(t->root, path);
}

static int compare_with_head(struct take *t, struct head_answer *out, struct error *err)
{
	CLEANUP(free) char *objects = mem_printf("%s/objects", t->git.common_dir);
	const char *prefix = t->dir + strlen(t->git.root);
	struct head_question q = { .objects_dir = objects, .commit = t->git.commit,
				   .prefix = prefix + (*prefix == '/'), .tree = t->memory.tree,
				   .is_present = is_there, .user = t };
	const struct snapshot_ops *ops;
	struct git_db *db;

	if (capture_db(t->capture, &db, &ops, err) < 0)
		return -1;
	return ops->compare_head(db, &q, out, err);
}

/* Sets memory's dirty and untracked for HEAD as it is now. Returns false with *why when that cannot be told. */
static bool find_dirty(struct take *t, bool *changed_memory, char **why)
{
	struct head_answer answer = { 0 };
	struct error e = { 0 };

	if (!t->git.commit) {
		*why = t->git.why ? NULL : mem_strdup("it has no commit yet");
		return false;
	}
	if (t->git.sha256) {
		*why = mem_strdup("whether it is dirty cannot be told: its ids are SHA-256");
		return false;
	}
	if (str_eq(t->memory.commit, t->git.commit))
		return true;
	if (compare_with_head(t, &answer, &e) < 0) {
		*why = mem_printf("whether it is dirty cannot be told: %s", e.text);
		return false;
	}
	snprintf(t->memory.commit, sizeof t->memory.commit, "%s", t->git.commit);
	t->memory.dirty = answer.dirty;
	t->memory.untracked = answer.untracked;
	*changed_memory = true;
	return true;
}

static void fill_git(struct take *t, struct git_facts *out, bool *changed_memory)
{
	char *why = NULL;

	if (!t->has_git)
		return;
	out->present = true;
	out->dirty_known = find_dirty(t, changed_memory, &why);
	out->dirty = out->dirty_known && t->memory.dirty;
	out->untracked = out->dirty_known && t->memory.untracked;
	out->commit = take_ptr(&t->git.commit);
	out->branch = take_ptr(&t->git.branch);
	out->remote = take_ptr(&t->git.remote);
	out->why = t->git.why ? take_ptr(&t->git.why) : take_ptr(&why);
	free(why);
}

static void fill(struct take *t, struct snapshot *out)
{
	str_hex(t->memory.tree.b, BLOB_ID_BYTES, out->tree.hex);
	out->files = t->scan.n;
	for (size_t i = 0; i < t->scan.n; i++)
		out->bytes += t->scan.files[i].size;
	out->ignored = t->scan.ignored;
	out->unchanged = t->same_tree;
	out->notes = take_ptr(&t->scan.notes);
	out->n_notes = t->scan.n_notes;
	t->scan.n_notes = 0;
}

int snapshot_take(struct store *s, const char *project_dir, struct snapshot *out, struct error *err)
{
	CLEANUP(take_release) struct take t = { .store = s, .root = -1 };
	CLEANUP(close) int store_lock_fd = -1, project_lock_fd = -1;
	struct scan_options options = { .store_dirfd = store_dirfd(s) };
	struct snapshot result = { 0 };
	struct error ignored = { 0 };
	bool changed_memory = false;

	if (open_project(&t, project_dir, err) < 0)
		return error_wrap(err, "the project folder");
	store_lock_fd = store_lock(s, STORE_SHARED, LOCK_WAIT_NS, err);
	if (store_lock_fd < 0)
		return -1;
	project_lock_fd = lock_project(&t, err);
	if (project_lock_fd < 0)
		return -1;
	t.has_git = gitrepo_find(t.dir, false, &t.git);
	options.root = t.root;
	options.root_path = t.dir;
	options.git = t.has_git ? &t.git : NULL;
	if (scan_project(&options, &t.scan, err) < 0 || capture_open(s, t.root, &t.scan, &t.capture, err) < 0)
		return -1;
	scan_memory_load(s, t.key, &t.memory);
	if (freeze(&t, &changed_memory, err) < 0)
		return -1;
	if (!t.same_tree && store_tidy(s, &ignored) < 0)
		log_warn("snapshot: %s", ignored.text);
	fill_git(&t, &result.git, &changed_memory);
	/* Losing the memory costs time at the next snapshot, nothing else. */
	if (changed_memory && scan_memory_save(s, t.key, &t.scan, &t.memory, &ignored) < 0)
		log_warn("snapshot: %s", ignored.text);
	fill(&t, &result);
	*out = result;
	return 0;
}
