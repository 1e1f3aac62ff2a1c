/* Garbage collection. */
#include "config.h"

#include "engine/gc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/uuid.h"
#include "engine/decide.h"
#include "engine/kept.h"
#include "store/object.h"
#include "store/prune.h"
#include "store/snapshot.h"
#include "tracker/life.h"
#include "tracker/tracker.h"

enum { PAGE = 500, SYNC_WAIT_MS = 10000, LAYING_OUT_S = 60 };

#define LOCK_WAIT_NS INT64_C(10000000000)

struct trashed {
	char id[33];
	char *name;
};

struct gc {
	struct engine *engine;
	struct store *store;
	struct tracker *tracker;
	const struct gc_options *o;
	struct gc_result result;
	struct digest *marks;        /* what stays; sorted once complete */
	size_t n_marks, cap_marks;
	struct tree_id *trees;       /* frozen code that stays */
	size_t n_trees, cap_trees;
	struct trashed *trash;
	size_t n_trash, cap_trash;
	char (*known)[33];           /* ids of all runs in the database; sorted */
	size_t n_known, cap_known;
};

static void gc_release(struct gc *g)
{
	for (size_t i = 0; i < g->n_trash; i++)
		free(g->trash[i].name);
	free(g->marks);
	free(g->trees);
	free(g->trash);
	free(g->known);
}
DEFINE_CLEANUP_VALUE(gc_release, struct gc);

/* ---- what stays ---- */

static void mark(struct gc *g, const char *hex)
{
	struct digest d;

	if (!hex || !digest_parse(hex, &d))
		return;
	mem_reserve(&g->marks, &g->cap_marks, g->n_marks + 1);
	g->marks[g->n_marks++] = d;
}

static int mark_large(void *user, const struct snapshot_entry *entry, struct error *err)
{
	(void)err;
	if (entry->large)
		mark(user, entry->id);
	return 0;
}

/* Large files of the frozen code are objects. */
static int mark_tree(struct gc *g, const char *tree, struct error *err)
{
	if (!tree_id_is_valid(tree))
		return 0;
	for (size_t i = g->n_trees; i-- > 0;)
		if (str_eq(g->trees[i].hex, tree))
			return 0;
	mem_reserve(&g->trees, &g->cap_trees, g->n_trees + 1);
	snprintf(g->trees[g->n_trees++].hex, sizeof g->trees->hex, "%s", tree);
	return snapshot_list(g->store, tree, mark_large, g, err);
}

static int mark_run(struct gc *g, const char *id, struct error *err)
{
	CLEANUP(run_release) struct run r;
	const char *hex;

	run_init(&r);
	if (tracker_get(g->tracker, id, &r, err) < 0)
		return -1;
	mark(g, jval_get_text(jval_get(r.start, "environment"), "sha256"));
	for (size_t i = 0; (hex = decide_kept(r.start, i)); i++)
		mark(g, hex);
	for (size_t i = 0; i < r.output_count; i++)
		mark(g, r.outputs[i].sha256);
	for (size_t i = 0; i < r.input_count; i++)
		mark(g, r.inputs[i].sha256);
	if (mark_tree(g, r.tree, err) < 0)
		return error_wrap(err, "the frozen code of run %.8s", id);
	return 0;
}

/* The layer of a run that has ended, unless a shell stands on it. */
static int take_layer(struct gc *g, const struct run *r, int64_t now, struct error *err)
{
	static const char *const folders[] = { "kept", "work", "out" };
	CLEANUP(free) char *path = mem_printf("runs/%s", r->id);
	struct error why = { 0 };
	uint64_t bytes = 0;
	bool any = false;

	if (r->state == RUN_RUNNING || now - r->end_ns < g->o->older_than_ns || life_is_alive(store_dirfd(g->store), r->id))
		return 0;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		CLEANUP(free) char *folder = fs_join(path, folders[i]);

		if (!fs_is_dir(store_dirfd(g->store), folder))
			continue;
		any = true;
		bytes += fs_tree_bytes(store_dirfd(g->store), folder, false);
	}
	if (!any)
		return 0;
	if (!g->o->dry_run && kept_free(g->store, r->id, &why) < 0) {
		if (why.code == ERR_BUSY)
			return 0;
		*err = why;
		return -1;
	}
	g->result.layers++;
	g->result.layer_bytes += bytes;
	return 0;
}

static int sort_out(struct gc *g, const struct run *r, int64_t now, struct error *err)
{
	mem_reserve(&g->known, &g->cap_known, g->n_known + 1);
	memcpy(g->known[g->n_known++], r->id, sizeof *g->known);
	if (r->deleted_ns && now - r->deleted_ns >= g->o->older_than_ns && r->state != RUN_RUNNING &&
	    !kept_is_held(g->store, r->id)) {
		mem_reserve(&g->trash, &g->cap_trash, g->n_trash + 1);
		g->trash[g->n_trash] = (struct trashed){ .name = mem_strdup(r->name) };
		memcpy(g->trash[g->n_trash++].id, r->id, sizeof r->id);
		return 0;
	}
	g->result.kept_runs += r->deleted_ns != 0;
	if (take_layer(g, r, now, err) < 0)
		return -1;
	return mark_run(g, r->id, err);
}

static int by_digest(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct digest));
}

static int by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int look_through(struct gc *g, struct error *err)
{
	int64_t now = clock_now(engine_clock(g->engine));
	bool more = true;

	for (uint64_t offset = 0; more; offset += PAGE) {
		CLEANUP(run_list_release) struct run_list list = { 0 };
		const struct tracker_filter filter = { .limit = PAGE, .offset = offset, .with_deleted = true, .bare = true };

		if (tracker_list(g->tracker, &filter, &list, NULL, err) < 0)
			return -1;
		for (size_t i = 0; i < list.count; i++)
			if (sort_out(g, &list.items[i], now, err) < 0)
				return -1;
		more = list.more;
	}
	if (g->n_marks)
		qsort(g->marks, g->n_marks, sizeof *g->marks, by_digest);
	if (g->n_known)
		qsort(g->known, g->n_known, sizeof *g->known, by_id);
	return 0;
}

/* A run whose record is not in the database may need any object. */
static int check_known(struct gc *g, struct error *err)
{
	CLEANUP(closedir) DIR *dir = NULL;
	int fd = fs_open_dir(store_dirfd(g->store), "runs", err);
	struct dirent *entry;

	if (fd < 0 && err->code == ERR_NOT_FOUND) {
		error_clear(err);
		return 0;
	}
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		cleanup_close(&fd);
		return error_sys(err, "reading the runs of the store");
	}
	while ((entry = readdir(dir))) {
		if (!uuid_is_valid(entry->d_name) || life_is_alive(store_dirfd(g->store), entry->d_name) ||
		    (g->n_known && bsearch(entry->d_name, g->known, g->n_known, sizeof *g->known, by_id)))
			continue;
		error_set(err, ERR_CONFLICT, "run %.8s has a folder and no record in the database: nothing is removed", entry->d_name);
		return error_hint(err, "`wb verify` tells more");
	}
	return 0;
}

/* ---- what goes ---- */

/* Out of sight first, then out of the database, then off the disk: a crash leaves something to tidy, never half a run. */
static int remove_run(struct gc *g, const char *id, struct error *err)
{
	CLEANUP(free) char *aside = store_temp_name("gone");

	if (tracker_purge(g->tracker, id, aside, err) < 0)
		return -1;
	return fs_remove_tree(store_dirfd(g->store), aside, err);
}

static int take_trash(struct gc *g, struct error *err)
{
	for (size_t i = 0; i < g->n_trash; i++) {
		CLEANUP(free) char *folder = mem_printf("runs/%s", g->trash[i].id);

		g->result.runs++;
		g->result.run_bytes += fs_tree_bytes(store_dirfd(g->store), folder, false);
		if (g->o->run)
			g->o->run(g->o->data, g->trash[i].id, g->trash[i].name);
		if (!g->o->dry_run && remove_run(g, g->trash[i].id, err) < 0)
			return -1;
	}
	return 0;
}

static int take_object(void *user, const struct digest *d, uint64_t bytes, struct error *err)
{
	struct gc *g = user;

	if (g->n_marks && bsearch(d, g->marks, g->n_marks, sizeof *d, by_digest))
		return 0;
	g->result.objects++;
	g->result.object_bytes += bytes;
	return g->o->dry_run ? 0 : object_remove(g->store, d, err);
}

static int take_code(struct gc *g, const struct prune_options *o, struct error *err)
{
	struct prune_result pruned = { 0 };

	if (prune_code(g->store, o, &pruned, err) < 0)
		return -1;
	g->result.code = pruned.objects;
	g->result.code_bytes = pruned.bytes;
	return 0;
}

/* A tree's folder is held from a moment after it was made. */
static bool is_old(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && clock_now(&clock_system) / 1000000000 - st.st_ctim.tv_sec > LAYING_OUT_S;
}

/* Whoever makes objects or imports holds the lock that we hold alone; the others hold their folder. */
static bool is_abandoned(int dirfd, const char *name)
{
	CLEANUP(close) int fd = -1;

	if (str_starts(name, "object.") || str_starts(name, "import."))
		return true;
	if (!str_starts(name, "gone.") && !str_starts(name, "tree."))
		return false;
	fd = sys_openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && (name[0] == 'g' || is_old(fd));
}

/* What killed processes had not finished. */
static int take_leftovers(struct gc *g, struct error *err)
{
	CLEANUP(closedir) DIR *dir = NULL;
	int fd = fs_open_dir(store_dirfd(g->store), "tmp", err);
	struct dirent *entry;
	struct stat st;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		cleanup_close(&fd);
		return error_sys(err, "reading tmp/ in the store");
	}
	while ((entry = readdir(dir))) {
		if (!is_abandoned(fd, entry->d_name) || fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		g->result.leftovers++;
		g->result.leftover_bytes += S_ISDIR(st.st_mode) ? fs_tree_bytes(fd, entry->d_name, false) : (uint64_t)st.st_size;
		if (!g->o->dry_run && fs_remove_tree(fd, entry->d_name, err) < 0)
			return -1;
	}
	return 0;
}

int gc_collect(struct engine *e, const struct gc_options *o, struct gc_result *out, struct error *err)
{
	CLEANUP(gc_release) struct gc g = { .engine = e, .store = engine_store(e), .o = o };
	CLEANUP(close) int lock = store_lock(g.store, o->dry_run ? STORE_SHARED : STORE_EXCLUSIVE, LOCK_WAIT_NS, err);
	struct tracker_synced synced = { 0 };
	struct prune_options keep = { .dry_run = o->dry_run };

	if (lock < 0 || engine_tracker(e, &g.tracker, err) < 0)
		return -1;
	/* Again, now that nobody makes objects: what runs have named so far must be known. */
	if (tracker_sync(g.tracker, SYNC_WAIT_MS, &synced, err) < 0)
		return -1;
	if (synced.full) {
		error_set(err, ERR_SYSTEM, "there is no space to take in what runs recorded: nothing is removed");
		return error_hint(err, "make a little room on that disk by other means, then repeat");
	}
	if (synced.busy || synced.unreadable)
		return error_set(err, ERR_BUSY, "not all records could be read: nothing is removed");
	if (look_through(&g, err) < 0 || check_known(&g, err) < 0)
		return -1;
	prune_sort(g.trees, g.n_trees);
	keep.trees = g.trees;
	keep.n = g.n_trees;
	if (take_trash(&g, err) < 0 || prune_memories(g.store, &keep, err) < 0 ||
	    object_each(g.store, take_object, &g, err) < 0 || take_code(&g, &keep, err) < 0)
		return -1;
	if (take_leftovers(&g, err) < 0 || (!o->dry_run && store_tidy(g.store, err) < 0))
		return -1;
	*out = g.result;
	return 0;
}
