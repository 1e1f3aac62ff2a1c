/* What goes and what stays when garbage is collected. */
#include "config.h"

#include "engine/gc.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "store/object.h"
#include "store/store.h"
#include "tests/support/wb_test.h"
#include "tracker/life.h"
#include "tracker/spool.h"
#include "tracker/tracker.h"

struct place {
	char *dir;
	struct engine *engine;
	struct store *store;
	struct tracker *tracker;
	struct digest kept, shared, gone, orphan;
	struct uuid first, second;
};

static struct digest put(struct place *p, const char *text)
{
	struct error err = { 0 };
	struct digest d;

	assert_ok(object_put_bytes(p->store, text, strlen(text), &d, &err), &err);
	return d;
}

/* A finished run with two outputs. */
static struct uuid add_run(struct place *p, const struct digest *a, const struct digest *b)
{
	CLEANUP(life_release) struct life life = LIFE_INIT;
	CLEANUP(spool_free) struct spool *spool = NULL;
	CLEANUP(free) char *start = NULL;
	static const char end[] = "{\"state\":\"FINISHED\",\"end_ns\":2000}";
	struct error err = { 0 };
	struct uuid id;

	assert_ok(uuid_new(&clock_system, &id, &err), &err);
	assert_ok(life_begin(store_dirfd(p->store), id.text, &life, &err), &err);
	assert_ok(spool_create(life.dirfd, &spool, &err), &err);
	start = mem_printf("{\"run_id\":\"%s\",\"experiment\":\"Default\",\"name\":\"a-run-1\",\"start_ns\":1000}", id.text);
	spool_encode_start(spool_buffer(spool), start, strlen(start));
	spool_encode_output(spool_buffer(spool), "a", 1, digest_hex(a).text);
	spool_encode_output(spool_buffer(spool), "b", 1, digest_hex(b).text);
	assert_ok(spool_commit(spool, &err), &err);
	assert_ok(spool_finish(spool, end, strlen(end), &err), &err);
	return id;
}

static int make(void **state)
{
	struct place *p = mem_zalloc(sizeof *p);
	static unsigned made;
	struct engine_options options = { 0 };
	struct error err = { 0 };

	p->dir = mem_printf("%s/%u", wb_test_tmpdir(), made++);
	*state = p;
	assert_ok(fs_mkdir_p(AT_FDCWD, p->dir, 0700, &err), &err);
	assert_ok(engine_init(p->dir, NULL, &err), &err);
	options.dir = p->dir;
	assert_ok(engine_open(&options, &p->engine, &err), &err);
	p->store = engine_store(p->engine);
	p->kept = put(p, "kept");
	p->shared = put(p, "shared");
	p->gone = put(p, "gone");
	p->orphan = put(p, "orphan");
	p->first = add_run(p, &p->kept, &p->shared);
	p->second = add_run(p, &p->shared, &p->gone);
	assert_ok(engine_tracker(p->engine, &p->tracker, &err), &err);
	return 0;
}

static int destroy(void **state)
{
	struct place *p = *state;

	engine_close(p->engine);
	free(p->dir);
	free(p);
	return 0;
}

#define IN_PLACE(name) cmocka_unit_test_setup_teardown(name, make, destroy)

static bool has(struct place *p, const struct digest *d)
{
	struct error err = { 0 };

	return object_find(p->store, d, NULL, &err) == 1;
}

static struct gc_result collect(struct place *p, bool dry_run)
{
	const struct gc_options options = { .dry_run = dry_run };
	struct gc_result r = { 0 };
	struct error err = { 0 };

	assert_ok(gc_collect(p->engine, &options, &r, &err), &err);
	return r;
}

static void collect__nothing_deleted__takes_only_what_nobody_names(void **state)
{
	struct place *p = *state;
	struct gc_result r = collect(p, true);

	assert_int_equal(r.objects, 1);
	assert_int_equal(r.object_bytes, strlen("orphan"));
	assert_true(has(p, &p->orphan));
	r = collect(p, false);
	assert_int_equal(r.objects, 1);
	assert_int_equal(r.runs, 0);
	assert_false(has(p, &p->orphan));
	assert_true(has(p, &p->kept) && has(p, &p->shared) && has(p, &p->gone));
}

static void collect__deleted_run__goes_with_what_it_alone_named(void **state)
{
	struct place *p = *state;
	struct error err = { 0 };
	struct gc_result r;
	char id[33];

	assert_ok(tracker_delete(p->tracker, p->second.text, 5000, &err), &err);
	r = collect(p, true);
	assert_int_equal(r.runs, 1);
	assert_true(r.run_bytes > 0);
	assert_ok(tracker_restore(p->tracker, p->second.text, &err), &err);
	assert_int_equal(collect(p, true).runs, 0);
	assert_ok(tracker_delete(p->tracker, p->second.text, 5000, &err), &err);
	r = collect(p, false);
	assert_int_equal(r.runs, 1);
	assert_int_equal(r.objects, 2);
	assert_true(has(p, &p->kept) && has(p, &p->shared));
	assert_false(has(p, &p->gone));
	assert_refused(tracker_resolve(p->tracker, p->second.text, id, &err), &err, ERR_NOT_FOUND, "");
	assert_ok(tracker_resolve(p->tracker, p->first.text, id, &err), &err);
	assert_false(fs_exists(store_dirfd(p->store), "runs/none"));
	assert_refused(store_run_dir(p->store, p->second.text, false, &err), &err, ERR_NOT_FOUND, "");
}

static void collect__deleted_a_moment_ago__is_kept_when_asked(void **state)
{
	struct place *p = *state;
	const struct gc_options options = { .older_than_ns = INT64_C(3600) * 1000000000 };
	struct error err = { 0 };
	struct gc_result r;

	assert_ok(tracker_delete(p->tracker, p->second.text, clock_now(&clock_system), &err), &err);
	assert_ok(gc_collect(p->engine, &options, &r, &err), &err);
	assert_int_equal(r.runs, 0);
	assert_int_equal(r.kept_runs, 1);
	assert_true(has(p, &p->gone));
}

static void collect__a_run_that_the_database_lacks__removes_nothing(void **state)
{
	struct place *p = *state;
	const struct gc_options options = { 0 };
	CLEANUP(close) int fd = -1;
	struct error err = { 0 };
	struct gc_result r;
	struct uuid id;

	assert_ok(uuid_new(&clock_system, &id, &err), &err);
	fd = store_run_dir(p->store, id.text, true, &err);
	assert_true(fd >= 0);
	assert_refused(gc_collect(p->engine, &options, &r, &err), &err, ERR_CONFLICT, "no record");
	assert_true(has(p, &p->orphan));
}

static void collect__leftovers_of_killed_processes__go(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *tmp = fs_join(store_path(p->store), "tmp");
	CLEANUP(close) int held = -1;
	struct error err = { 0 };
	struct gc_result r;

	wb_test_put(tmp, "object.1.2.3", "half");
	wb_test_put(tmp, "import.1.2.3/in/x", "half");
	wb_test_put(tmp, "gone.1.2.3/x", "half");
	wb_test_put(tmp, "gone.1.2.4/x", "being removed");
	wb_test_put(tmp, "tree.1.2.3/x", "somebody else's");
	held = fs_open_dir(store_dirfd(p->store), "tmp/gone.1.2.4", &err);
	assert_int_equal(flock(held, LOCK_EX), 0);
	r = collect(p, false);
	assert_int_equal(r.leftovers, 3);
	assert_int_equal(r.leftover_bytes, 12);
	assert_false(fs_exists(store_dirfd(p->store), "tmp/import.1.2.3"));
	assert_false(fs_exists(store_dirfd(p->store), "tmp/gone.1.2.3"));
	assert_true(fs_exists(store_dirfd(p->store), "tmp/gone.1.2.4"));
	assert_true(fs_exists(store_dirfd(p->store), "tmp/tree.1.2.3"));
}

static void collect__a_dry_run__needs_no_lock_of_its_own(void **state)
{
	struct place *p = *state;
	struct error err = { 0 };
	CLEANUP(close) int lock = store_lock(p->store, STORE_SHARED, 0, &err);

	/* A dry run only looks. */
	assert_true(lock >= 0);
	assert_int_equal(collect(p, true).objects, 1);
}

static const struct CMUnitTest tests[] = {
	IN_PLACE(collect__nothing_deleted__takes_only_what_nobody_names),
	IN_PLACE(collect__deleted_run__goes_with_what_it_alone_named),
	IN_PLACE(collect__deleted_a_moment_ago__is_kept_when_asked),
	IN_PLACE(collect__a_run_that_the_database_lacks__removes_nothing),
	IN_PLACE(collect__leftovers_of_killed_processes__go),
	IN_PLACE(collect__a_dry_run__needs_no_lock_of_its_own),
};
WB_TEST_MAIN(tests)
