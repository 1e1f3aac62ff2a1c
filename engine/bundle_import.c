/*
 * Taking bundles in. Until the last check has passed everything lies under
 * STORE/tmp: objects in an uncommitted batch, code in an uncommitted pack, runs
 * in a folder of their own, from which a small store is made to see whether the
 * records can be read at all. Then objects, code and runs are named, in that
 * order; a crash in between leaves objects that `wb gc` removes, and no run.
 */
#include "config.h"

#include "engine/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/bundle_code.h"
#include "engine/bundle_edits.h"
#include "engine/bundle_manifest.h"
#include "engine/decide.h"
#include "store/archive_client.h"
#include "store/object.h"
#include "store/snapshot_ops.h"
#include "store/treewalk.h"
#include "tracker/life.h"
#include "tracker/tracker.h"

enum { PIECE = 256 * 1024, RATIO_MAX = 200, SYNC_WAIT_MS = 30000 };

#define LOCK_WAIT_NS INT64_C(60000000000)
#define FREE_MIN ((uint64_t)64 * LIMIT_MIB)
#define UNPACKED_MIN ((uint64_t)1024 * LIMIT_MIB)

struct import {
	struct engine *engine;
	struct store *store;
	const struct bundle_import_options *o;
	int fd;                       /* the bundle */
	uint64_t archive_bytes;       /* without its trailer */
	struct archive_unpack *unpack;
	struct bundle_manifest manifest;
	char *stage;                  /* folder below the store */
	struct object_batch *batch;
	struct tree_reader code;      /* for writing */
	struct bundle_codes codes;
	struct jval **edits;          /* of each run; may hold NULL */
	struct tracker *rehearsal;
	uint64_t done, all;
	bool any_code;
};

static void import_release(struct import *m)
{
	struct error ignored = { 0 };

	cleanup_close(&m->fd);
	if (m->unpack)
		archive_unpack_close(m->unpack);
	object_batch_close(m->batch);
	if (m->code.db)
		tree_reader_close(&m->code);
	bundle_codes_release(&m->codes);
	tracker_close(m->rehearsal);
	for (size_t i = 0; m->edits && i < m->manifest.n_runs; i++)
		jval_free(m->edits[i]);
	free(m->edits);
	bundle_manifest_release(&m->manifest);
	/* What cannot be removed now goes with the next tidying. */
	if (m->stage && fs_remove_tree(store_dirfd(m->store), m->stage, &ignored) < 0)
		error_clear(&ignored);
	free(m->stage);
}
DEFINE_CLEANUP_VALUE(import_release, struct import);

static void moved(struct import *m, size_t n)
{
	m->done += n;
	if (m->o->progress)
		m->o->progress(m->o->data, m->done, m->all);
}

/* ---- the file as a whole ---- */

/* The trailer's digest over everything before it: a bit that flipped anywhere is found before anything is parsed. */
static int check_whole(struct import *m, const char *path, struct error *err)
{
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	CLEANUP(free) char *piece = mem_alloc(PIECE);
	unsigned char trailer[BUNDLE_TRAILER_BYTES];
	struct digest want, got;
	struct stat st;

	m->fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (m->fd < 0 || fstat(m->fd, &st) < 0)
		return error_sys(err, "%s", path);
	if (!S_ISREG(st.st_mode)) {
		error_set(err, ERR_INVALID, "%s is not a regular file", path);
		return error_hint(err, "name the file that 'wb export' wrote");
	}
	if ((uint64_t)st.st_size <= BUNDLE_TRAILER_BYTES ||
	    sys_pread(m->fd, trailer, sizeof trailer, st.st_size - BUNDLE_TRAILER_BYTES) != BUNDLE_TRAILER_BYTES ||
	    !bundle_trailer_parse(trailer, &want)) {
		error_set(err, ERR_CORRUPT, "%s: not a bundle of wb, or truncated", path);
		return error_hint(err, "'wb export' makes bundles; one that was cut short must be copied again");
	}
	m->archive_bytes = (uint64_t)st.st_size - BUNDLE_TRAILER_BYTES;
	for (uint64_t at = 0; at < m->archive_bytes;) {
		size_t left = m->archive_bytes - at < PIECE ? (size_t)(m->archive_bytes - at) : PIECE;
		ssize_t n = sys_pread(m->fd, piece, left, (off_t)at);

		if (n <= 0)
			return error_set(err, ERR_CORRUPT, "%s: truncated", path);
		hasher_update(h, piece, (size_t)n);
		at += (uint64_t)n;
	}
	got = hasher_finish(h);
	if (!digest_eq(&want, &got)) {
		error_set(err, ERR_CORRUPT, "%s is damaged: its bytes do not hash to what its end says", path);
		return error_hint(err, "fetch or copy it again");
	}
	return 0;
}

static int check_size(struct import *m, struct error *err)
{
	CLEANUP(buf_release) struct buf size = BUF_INIT(64);
	uint64_t max = m->o->max_bytes, room;
	struct statvfs fs;

	for (size_t i = 0; i < m->manifest.n; i++)
		if (__builtin_add_overflow(m->all, m->manifest.entries[i].bytes, &m->all))
			return error_set(err, ERR_CORRUPT, "its manifest names sizes that cannot be");
	if (!max)
		max = m->archive_bytes * RATIO_MAX > UNPACKED_MIN ? m->archive_bytes * RATIO_MAX : UNPACKED_MIN;
	str_format_size(&size, m->all);
	if (m->all > max) {
		error_set(err, ERR_LIMIT, "it unpacks to %s, far more than such a file should hold", buf_text(&size));
		return error_hint(err, "if you trust whoever made it: --max-size %llu", (unsigned long long)m->all);
	}
	if (fstatvfs(store_dirfd(m->store), &fs) < 0)
		return error_sys(err, "%s", store_path(m->store));
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (m->all > FREE_MIN && m->all > room - (room < FREE_MIN ? room : FREE_MIN)) {
		error_set(err, ERR_LIMIT, "it unpacks to %s, and the store's disk has not that much room", buf_text(&size));
		return error_hint(err, "make room where the store lies (%s)", store_path(m->store));
	}
	return 0;
}

static int read_manifest(struct import *m, struct error *err)
{
	CLEANUP(free) char *text = NULL;
	const char *path;
	uint64_t bytes;
	size_t have = 0;
	int rc = archive_unpack_next(m->unpack, &path, &bytes, err);

	if (rc < 0)
		return -1;
	if (rc == 0 || !str_eq(path, BUNDLE_MANIFEST))
		return error_set(err, ERR_CORRUPT, "an archive, but not a bundle of wb: it does not begin with %s", BUNDLE_MANIFEST);
	if (bytes > LIMIT_JSON)
		return error_set(err, ERR_LIMIT, "its manifest has more than %zu MiB", LIMIT_JSON / LIMIT_MIB);
	text = mem_alloc((size_t)bytes + 1);
	while (have < bytes) {
		ssize_t n = archive_unpack_read(m->unpack, text + have, (size_t)bytes - have, err);

		if (n <= 0)
			return n < 0 ? -1 : error_set(err, ERR_CORRUPT, "truncated");
		have += (size_t)n;
	}
	return bundle_manifest_parse(text, have, &m->manifest, err);
}

/* ---- what the store has already ---- */

static enum bundle_fate find_fate(struct import *m, const char *id)
{
	CLEANUP(free) char *name = mem_printf("runs/%s/spool", id);
	CLEANUP(free) char *folder = mem_printf("runs/%s", id);
	const struct bundle_entry *e = bundle_manifest_find(&m->manifest, name);
	struct error ignored = { 0 };
	CLEANUP(close) int fd = -1;
	struct digest d;

	if (!fs_exists(store_dirfd(m->store), folder))
		return BUNDLE_TAKEN;
	fd = fs_open(store_dirfd(m->store), name, &ignored);
	if (fd < 0 || digest_of_fd(fd, name, &d, NULL, &ignored) < 0 || !e || !digest_eq(&d, &e->digest))
		return BUNDLE_CONFLICT;
	return BUNDLE_SAME;
}

static struct bundle_run *run_of(const struct import *m, const char *id)
{
	for (size_t i = 0; i < m->manifest.n_runs; i++)
		if (str_eq(m->manifest.runs[i].id, id))
			return &m->manifest.runs[i];
	return NULL;
}

/* ---- the files, one by one ---- */

static ssize_t unpack_some(void *user, void *p, size_t n, struct error *err)
{
	struct import *m = user;
	ssize_t got = archive_unpack_read(m->unpack, p, n, err);

	if (got > 0)
		moved(m, (size_t)got);
	return got;
}

/* The whole file into b. */
static int take_bytes(struct import *m, const struct bundle_entry *e, struct buf *b, struct error *err)
{
	struct digest d;

	while (b->len < e->bytes) {
		char *room = buf_room(b, (size_t)(e->bytes - b->len));
		ssize_t n;

		if (!room)
			return error_set(err, ERR_LIMIT, "larger than %zu MiB", b->max / LIMIT_MIB);
		n = unpack_some(m, room, (size_t)(e->bytes - b->len), err);
		if (n <= 0)
			return n < 0 ? -1 : error_set(err, ERR_CORRUPT, "truncated");
		b->len += (size_t)n;
	}
	d = digest_of(buf_text(b), b->len);
	return digest_eq(&d, &e->digest) ? 0 : error_set(err, ERR_CORRUPT, "its bytes hash to %s", digest_hex(&d).text);
}

static int take_code(struct import *m, const struct bundle_entry *e, const struct bundle_name *name, struct error *err)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_JSON);
	bool is_tree = name->kind == BUNDLE_TREE;
	struct blob_id id;

	if (!m->code.db && tree_reader_open(m->store, &m->code, err) < 0)
		return -1;
	if (take_bytes(m, e, &b, err) < 0 ||
	    m->code.ops->add(m->code.db, is_tree ? GIT_TYPE_TREE : GIT_TYPE_BLOB, buf_text(&b), b.len, &id, err) < 0)
		return -1;
	if (memcmp(id.b, name->id.b, BLOB_ID_BYTES) != 0)
		return error_set(err, ERR_CORRUPT, "its bytes are not what its name says");
	m->any_code = true;
	return bundle_codes_add(&m->codes, &id, is_tree, &b, err);
}

static int take_edits(struct import *m, const struct bundle_entry *e, const char *run_id, struct error *err)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_JSON);
	struct bundle_run *run = run_of(m, run_id);

	if (take_bytes(m, e, &b, err) < 0)
		return -1;
	return bundle_edits_parse(buf_text(&b), b.len, &m->edits[run - m->manifest.runs], err);
}

static int copy_checked(struct import *m, const struct bundle_entry *e, int fd, struct error *err)
{
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	CLEANUP(free) char *piece = mem_alloc(PIECE);
	struct digest d;
	ssize_t n;

	while ((n = unpack_some(m, piece, PIECE, err)) > 0) {
		hasher_update(h, piece, (size_t)n);
		if (fs_write_all(fd, e->path, piece, (size_t)n, err) < 0)
			return -1;
	}
	if (n < 0)
		return -1;
	d = hasher_finish(h);
	if (!digest_eq(&d, &e->digest))
		return error_set(err, ERR_CORRUPT, "its bytes hash to %s", digest_hex(&d).text);
	return sys_fsync(fd) < 0 ? error_sys(err, "%s", e->path) : 0;
}

/* Below STAGE/in/ID; the names are ours (bundle_name_parse). */
static int take_run_file(struct import *m, const struct bundle_entry *e, const struct bundle_name *name, struct error *err)
{
	CLEANUP(free) char *folder = mem_printf("%s/in/%s", m->stage, name->run_id);
	CLEANUP(free) char *path = mem_printf("%s/%s", folder, name->file);
	mode_t mode = str_eq(name->file, "manifest.json") ? 0400 : 0600;
	CLEANUP(close) int fd = -1;

	if (str_eq(name->file, "edits.json"))
		return take_edits(m, e, name->run_id, err);
	if (fs_mkdir_p(store_dirfd(m->store), folder, store_dir_mode(m->store), err) < 0)
		return -1;
	fd = sys_openat(store_dirfd(m->store), path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
	return fd < 0 ? error_sys(err, "%s", name->file) : copy_checked(m, e, fd, err);
}

static int take_entry(struct import *m, const struct bundle_entry *e, struct error *err)
{
	struct bundle_name name;

	if (!bundle_name_parse(e->path, &name))
		return error_set(err, ERR_INTERNAL, "no place for it");
	switch (name.kind) {
	case BUNDLE_OBJECT:
		return object_batch_add_stream(m->batch, unpack_some, m, e->bytes, &e->digest, err);
	case BUNDLE_TREE:
	case BUNDLE_BLOB:
		return take_code(m, e, &name, err);
	case BUNDLE_RUN_FILE:
		break;
	}
	return take_run_file(m, e, &name, err);
}

/* Exactly what the manifest lists, in its order. */
static int take_all(struct import *m, struct error *err)
{
	const char *path;
	uint64_t bytes;
	int rc;

	for (size_t i = 0; i < m->manifest.n; i++) {
		const struct bundle_entry *e = &m->manifest.entries[i];

		rc = archive_unpack_next(m->unpack, &path, &bytes, err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			return error_set(err, ERR_CORRUPT, "truncated: '%s' is missing", e->path);
		if (!str_eq(path, e->path) || bytes != e->bytes)
			return error_set(err, ERR_CORRUPT, "'%.100s' stands where its manifest has '%s' of %llu bytes", path, e->path,
					 (unsigned long long)e->bytes);
		if (take_entry(m, e, err) < 0)
			return error_wrap(err, "'%s'", e->path);
	}
	rc = archive_unpack_next(m->unpack, &path, &bytes, err);
	return rc > 0 ? error_set(err, ERR_CORRUPT, "'%.100s' is not in its manifest", path) : rc;
}

/* ---- what it means ---- */

static int need_object(struct import *m, const char *hex, const char *what, struct error *err)
{
	CLEANUP(free) char *path = mem_printf("objects/%.64s", hex ? hex : "");

	if (!bundle_manifest_find(&m->manifest, path))
		return error_set(err, ERR_CORRUPT, "%.100s: its bytes are not in the bundle", what);
	return 0;
}

static int need_large(void *data, const struct digest *d, struct error *err)
{
	return need_object(data, digest_hex(d).text, "a large file of the frozen code", err);
}

/* The digest of one of the run's files as the bundle has it, or NULL. */
static const struct digest *file_digest(const struct import *m, const char *id, const char *name)
{
	CLEANUP(free) char *path = mem_printf("runs/%s/%s", id, name);
	const struct bundle_entry *e = bundle_manifest_find(&m->manifest, path);

	return e ? &e->digest : NULL;
}

static int check_run(struct import *m, const struct run *r, struct error *err)
{
	const struct bundle_code_walk walk = { .codes = &m->codes, .large = need_large, .data = m };
	const struct jval *environment = jval_get(r->start, "environment");
	const char *sealed = jval_get_text(r->end, "manifest_sha256");
	const struct digest *manifest = file_digest(m, r->id, "manifest.json");
	enum run_state state;
	const char *hex;
	struct blob_id tree;

	if (!run_state_parse(jval_get_text(r->end, "state") ? jval_get_text(r->end, "state") : "", &state))
		return error_set(err, ERR_CORRUPT, "its record ends in no known state");
	if (r->state == RUN_RUNNING || r->damaged_bytes)
		return error_set(err, ERR_CORRUPT, "its record is damaged or not complete");
	if (sealed && (!manifest || !str_eq(digest_hex(manifest).text, sealed)))
		return error_set(err, ERR_CORRUPT, "its manifest.json is missing or not the one it was sealed with");
	if (environment && need_object(m, jval_get_text(environment, "sha256"), "the environment", err) < 0)
		return -1;
	for (size_t i = 0; (hex = decide_kept(r->start, i)); i++)
		if (need_object(m, hex, "a policy file", err) < 0)
			return -1;
	for (size_t i = 0; i < r->output_count; i++)
		if (need_object(m, r->outputs[i].sha256, r->outputs[i].path, err) < 0)
			return -1;
	if (*r->tree && (tree_parse_id(r->tree, &tree, err) < 0 || bundle_code_check(&walk, &tree, err) < 0))
		return -1;
	return 0;
}

#define IMPORTED_MARK "imported"

/* Beside the record, where no bundle can put or leave out anything. */
static int mark_imported(struct import *m, const char *id, struct error *err)
{
	CLEANUP(free) char *path = mem_printf("%s/in/%s/" IMPORTED_MARK, m->stage, id);

	return fs_write_atomic(store_dirfd(m->store), path, "", 0, 0400, err);
}

bool bundle_is_imported(const struct store *s, const char *run_id)
{
	CLEANUP(free) char *path = mem_printf("runs/%.32s/" IMPORTED_MARK, run_id);

	return fs_exists(store_dirfd(s), path);
}

static int sync_all(struct tracker *t, struct error *err)
{
	struct tracker_synced synced = { 0 };

	if (tracker_sync(t, SYNC_WAIT_MS, &synced, err) < 0)
		return -1;
	if (!synced.full)
		return 0;
	error_set(err, ERR_SYSTEM, "there is no space left for the records of the runs");
	err->sys = ENOSPC;
	return -1;
}

/* The records moved into a database of their own: one that cannot be must never reach the store's. */
static int rehearse(struct import *m, struct error *err)
{
	CLEANUP(free) char *path = mem_printf("%s/%s", store_path(m->store), m->stage);
	CLEANUP(close) int stage = fs_open_dir(store_dirfd(m->store), m->stage, err);

	if (stage < 0)
		return -1;
	for (size_t i = 0; i < m->manifest.n_runs; i++) {
		CLEANUP(free) char *from = mem_printf("in/%s", m->manifest.runs[i].id);

		if (mark_imported(m, m->manifest.runs[i].id, err) < 0 || life_adopt(stage, m->manifest.runs[i].id, from, err) < 0)
			return -1;
	}
	if (tracker_open(path, &m->rehearsal, err) < 0 || sync_all(m->rehearsal, err) < 0)
		return -1;
	for (size_t i = 0; i < m->manifest.n_runs; i++) {
		CLEANUP(run_release) struct run r;

		run_init(&r);
		if (tracker_get(m->rehearsal, m->manifest.runs[i].id, &r, err) < 0 || check_run(m, &r, err) < 0)
			return error_wrap(err, "run %s", m->manifest.runs[i].id);
	}
	return 0;
}

/* ---- making it visible ---- */

static int publish(struct import *m, struct error *err)
{
	struct tracker *tracker;

	if (object_batch_commit(m->batch, err) < 0 || (m->any_code && m->code.ops->commit(m->code.db, err) < 0))
		return -1;
	if (engine_tracker(m->engine, &tracker, err) < 0)
		return -1;
	for (size_t i = 0; i < m->manifest.n_runs; i++) {
		const struct bundle_run *run = &m->manifest.runs[i];
		CLEANUP(free) char *from = mem_printf("%s/runs/%s", m->stage, run->id);

		if (run->fate == BUNDLE_TAKEN && life_adopt(store_dirfd(m->store), run->id, from, err) < 0)
			return -1;
	}
	if (sync_all(tracker, err) < 0)
		return -1;
	for (size_t i = 0; i < m->manifest.n_runs; i++) {
		const struct bundle_run *run = &m->manifest.runs[i];

		if (run->fate == BUNDLE_TAKEN && m->edits[i] && bundle_edits_apply(tracker, run->id, m->edits[i], err) < 0)
			return error_wrap(err, "the tags and notes of run %s", run->id);
	}
	return 0;
}

static int take_in(struct import *m, const char *path, bool *any_conflict, struct error *err)
{
	if (archive_unpack_open(m->fd, m->archive_bytes, &m->unpack, err) < 0 || read_manifest(m, err) < 0 ||
	    check_size(m, err) < 0)
		return error_wrap(err, "%s", path);
	m->edits = mem_calloc(m->manifest.n_runs, sizeof *m->edits);
	for (size_t i = 0; i < m->manifest.n_runs; i++) {
		m->manifest.runs[i].fate = find_fate(m, m->manifest.runs[i].id);
		*any_conflict |= m->manifest.runs[i].fate == BUNDLE_CONFLICT;
	}
	if (*any_conflict)
		return 0;
	m->stage = store_temp_name("import");
	if (sys_mkdirat(store_dirfd(m->store), m->stage, store_dir_mode(m->store)) < 0)
		return error_sys(err, "making a folder in the store");
	if (object_batch_open(m->store, &m->batch, err) < 0 || take_all(m, err) < 0 || rehearse(m, err) < 0)
		return error_wrap(err, "%s", path);
	return publish(m, err);
}

int bundle_import(struct engine *e, const struct bundle_import_options *o, const char *path, struct bundle_imported *out,
		  struct error *err)
{
	CLEANUP(import_release) struct import m = { .engine = e, .store = engine_store(e), .o = o, .fd = -1 };
	CLEANUP(close) int lock = store_lock(m.store, STORE_SHARED, LOCK_WAIT_NS, err);
	bool any_conflict = false;

	if (lock < 0 || check_whole(&m, path, err) < 0 || take_in(&m, path, &any_conflict, err) < 0)
		return -1;
	for (size_t i = 0; i < m.manifest.n_runs; i++)
		jval_free(m.edits[i]);
	free(take_ptr(&m.edits));
	*out = (struct bundle_imported){ .n = m.manifest.n_runs, .files = m.manifest.n, .bytes = m.all };
	out->runs = take_ptr(&m.manifest.runs);
	m.manifest.n_runs = 0;
	return any_conflict;
}
