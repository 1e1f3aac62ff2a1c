/* Verifying runs and the store. */
#include "config.h"

#include "engine/verify.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/decide.h"
#include "store/object.h"
#include "store/snapshot.h"
#include "store/store.h"
#include "tracker/tracker.h"

#define LOCK_WAIT_NS INT64_C(120000000000)

enum { PAGE = 500 };

struct verifying {
	struct engine *engine;
	const struct verify_options *o;
	struct verify_count *count;
	bool objects_done;     /* every object was re-hashed already: presence is enough */
	char last_tree[80];    /* neighbours in time mostly share their code */
	const char *run_id;
};

static void finding(struct verifying *v, const char *fmt, ...) WB_PRINTF(2, 3);

static void finding(struct verifying *v, const char *fmt, ...)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB * 16);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	v->count->findings++;
	v->o->fn(v->o->data, v->run_id, buf_text(&text));
}

static void check_object(struct verifying *v, const char *hex, const char *what)
{
	struct store *store = engine_store(v->engine);
	struct error err = { 0 };
	struct digest d;
	uint64_t bytes;
	int found;

	if (!hex || !digest_parse(hex, &d)) {
		finding(v, "%s: the manifest names no digest", what);
		return;
	}
	found = object_find(store, &d, &bytes, &err);
	if (found == 0)
		finding(v, "%s: object %s is missing", what, hex);
	else if (found < 0)
		finding(v, "%s: %s", what, err.text);
	if (found <= 0 || v->objects_done)
		return;
	if (object_verify(store, &d, &err) < 0)
		finding(v, "%s: %s", what, err.text);
	v->count->objects++;
	v->count->bytes += bytes;
}

/* A file of the run against {"bytes","sha256"}: its first bytes bytes have to hash so. */
static void check_prefix(struct verifying *v, int dirfd, const char *name, const struct jval *sealed)
{
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	struct error err = { 0 };
	CLEANUP(close) int fd = -1;
	int64_t left = jval_get_int(sealed, "bytes", -1), at = 0;
	struct digest d;

	if (left < 0)
		return;
	fd = fs_open(dirfd, name, &err);
	while (fd >= 0 && left > 0) {
		char piece[65536];
		ssize_t n = sys_pread(fd, piece, left < (int64_t)sizeof piece ? (size_t)left : sizeof piece, at);

		if (n <= 0)
			break;
		hasher_update(h, piece, (size_t)n);
		at += n;
		left -= n;
	}
	d = hasher_finish(h);
	if (fd < 0)
		finding(v, "%s: %s", name, err.text);
	else if (left > 0)
		finding(v, "%s is %" PRId64 " bytes shorter than when it was sealed", name, left);
	else if (!str_eq(digest_hex(&d).text, jval_get_text(sealed, "sha256")))
		finding(v, "%s was changed after it was sealed", name);
}

static void check_tree(struct verifying *v, const char *tree)
{
	struct error err = { 0 };

	if (!tree || str_eq(tree, v->last_tree))
		return;
	if (!tree_id_is_valid(tree)) {
		finding(v, "the manifest names no frozen code");
		return;
	}
	if (snapshot_verify(engine_store(v->engine), tree, &err) < 0)
		finding(v, "frozen code %.12s: %s", tree, err.text);
	snprintf(v->last_tree, sizeof v->last_tree, "%s", tree);
}

static void check_manifest(struct verifying *v, int dirfd, const char *expected)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	CLEANUP(jval_free) struct jval *m = NULL;
	struct error err = { 0 };
	const struct jval *start, *outputs;
	const char *hex;
	struct digest d;

	if (fs_read_file(dirfd, "manifest.json", &text, &err) < 0) {
		finding(v, "%s", err.text);
		return;
	}
	d = digest_of(text.data, text.len);
	if (!str_eq(digest_hex(&d).text, expected)) {
		finding(v, "manifest.json was changed after it was sealed");
		return;
	}
	if (jval_parse(buf_text(&text), text.len, &m, &err) < 0) {
		finding(v, "manifest.json: %s", err.text);
		return;
	}
	start = jval_get(m, "start");
	check_tree(v, jval_get_text(jval_get(start, "snapshot"), "tree"));
	if (jval_get(start, "environment"))
		check_object(v, jval_get_text(jval_get(start, "environment"), "sha256"), "the environment");
	for (size_t i = 0; (hex = decide_kept(start, i)); i++)
		check_object(v, hex, "a policy file");
	outputs = jval_get(m, "outputs");
	for (size_t i = 0; i < jval_count(outputs); i++)
		check_object(v, jval_get_text(jval_at(outputs, i), "sha256"), jval_get_text(jval_at(outputs, i), "path"));
	check_prefix(v, dirfd, "log", jval_get(m, "log"));
	check_prefix(v, dirfd, "spool", jval_get(m, "spool"));
}

static void check_run(struct verifying *v, const struct run *run)
{
	struct error err = { 0 };
	CLEANUP(close) int dirfd = store_run_dir(engine_store(v->engine), run->id, false, &err);
	const char *sealed = jval_get_text(run->end, "manifest_sha256");

	v->run_id = run->id;
	v->count->runs++;
	/* A deleted run without a folder is being removed for good. */
	if (dirfd < 0 && !(run->deleted_ns && err.code == ERR_NOT_FOUND))
		finding(v, "its folder: %s", err.text);
	else if (dirfd >= 0 && sealed)
		check_manifest(v, dirfd, sealed);
	if (v->o->progress)
		v->o->progress(v->o->data, v->count);
}

static void on_database_finding(void *data, const char *run_id, const char *what)
{
	struct verifying *v = data;

	v->run_id = run_id;
	finding(v, "%s", what);
}

/* What is being removed would be missed. */
static int hold_off_gc(struct engine *e, struct error *err)
{
	return store_lock(engine_store(e), STORE_SHARED, LOCK_WAIT_NS, err);
}

int verify_run(struct engine *e, const char *run_id, const struct verify_options *o, struct verify_count *count,
	       struct error *err)
{
	struct verifying v = { .engine = e, .o = o, .count = count, .run_id = run_id };
	CLEANUP(close) int lock = hold_off_gc(e, err);
	CLEANUP(run_release) struct run run;
	struct tracker *tracker;

	run_init(&run);
	if (lock < 0 || engine_tracker(e, &tracker, err) < 0 || tracker_get(tracker, run_id, &run, err) < 0)
		return -1;
	if (tracker_check(tracker, run_id, on_database_finding, &v, err) < 0)
		return -1;
	check_run(&v, &run);
	return 0;
}

static int each_object(void *user, const struct digest *d, uint64_t bytes, struct error *err)
{
	struct verifying *v = user;
	struct error why = { 0 };

	(void)err;
	v->run_id = "";
	if (object_verify(engine_store(v->engine), d, &why) < 0)
		finding(v, "%s", why.text);
	v->count->objects++;
	v->count->bytes += bytes;
	if (v->o->progress)
		v->o->progress(v->o->data, v->count);
	return 0;
}

static int check_page(struct verifying *v, struct tracker *tracker, uint64_t offset, bool *more, struct error *err)
{
	CLEANUP(run_list_release) struct run_list list = { 0 };
	struct tracker_filter filter = { .limit = PAGE, .offset = offset, .with_deleted = true, .bare = true };

	if (tracker_list(tracker, &filter, &list, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		CLEANUP(run_release) struct run run;

		run_init(&run);
		if (tracker_get(tracker, list.items[i].id, &run, err) == 0) {
			check_run(v, &run);
			continue;
		}
		/* Removed for good since it was listed. */
		if (err->code != ERR_NOT_FOUND)
			return -1;
		error_clear(err);
	}
	*more = list.more;
	return 0;
}

/* A database that cannot be read is a finding; what lies beside it is still looked at. */
static int told_if_corrupt(struct verifying *v, struct error *err)
{
	if (err->code != ERR_CORRUPT)
		return -1;
	v->run_id = "";
	finding(v, "%s", err->text);
	error_clear(err);
	return 0;
}

static int check_runs(struct verifying *v, struct tracker *tracker, struct error *err)
{
	bool more = true;

	for (uint64_t offset = 0; more; offset += PAGE)
		if (check_page(v, tracker, offset, &more, err) < 0)
			return -1;
	return 0;
}

int verify_all(struct engine *e, const struct verify_options *o, struct verify_count *count, struct error *err)
{
	struct verifying v = { .engine = e, .o = o, .count = count, .run_id = "" };
	CLEANUP(close) int lock = hold_off_gc(e, err);
	struct tracker *tracker = NULL;

	if (lock < 0)
		return -1;
	if ((engine_tracker(e, &tracker, err) < 0 || tracker_check(tracker, NULL, on_database_finding, &v, err) < 0) &&
	    told_if_corrupt(&v, err) < 0)
		return -1;
	if (object_each(engine_store(e), each_object, &v, err) < 0)
		return -1;
	v.objects_done = true;
	return tracker && check_runs(&v, tracker, err) < 0 ? told_if_corrupt(&v, err) : 0;
}
