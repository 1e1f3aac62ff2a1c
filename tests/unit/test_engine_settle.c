/* engine/settle.c: what a killed supervisor leaves of a diode run does not stay. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "engine/engine.h"
#include "engine/settle.h"
#include "tracker/life.h"
#include "tracker/spool.h"

/* A run that was killed together with its supervisor, and the file it had written. */
static struct uuid lose_run(struct store *s, const char *extra)
{
	CLEANUP(life_release) struct life life = LIFE_INIT;
	CLEANUP(spool_free) struct spool *spool = NULL;
	CLEANUP(free) char *start = NULL;
	CLEANUP(free) char *path = NULL;
	struct error err = { 0 };
	struct uuid id;

	assert_ok(uuid_new(&clock_system, &id, &err), &err);
	assert_ok(life_begin(store_dirfd(s), id.text, &life, &err), &err);
	assert_ok(spool_create(life.dirfd, &spool, &err), &err);
	start = mem_printf("{\"run_id\":\"%s\",\"experiment\":\"Default\",\"name\":\"a-run-1\",\"start_ns\":1000%s}", id.text, extra);
	spool_encode_start(spool_buffer(spool), start, strlen(start));
	assert_ok(spool_commit(spool, &err), &err);
	assert_ok(spool_flush(spool, &err), &err);
	path = store_run_path(s, id.text);
	wb_test_put(path, "work/upper/secret", "x");
	return id;
}

static bool has_layer(struct store *s, const struct uuid *id)
{
	CLEANUP(free) char *run = store_run_path(s, id->text);
	CLEANUP(free) char *layer = fs_join(run, "work/upper/secret");

	return fs_exists(AT_FDCWD, layer);
}

static void settle_lost__of_lost_runs__only_diodes_lose_their_layer(void **state)
{
	CLEANUP(free) char *dir = mem_printf("%s/settle", wb_test_tmpdir());
	struct engine_options options = { .dir = dir };
	struct tracker *t;
	struct engine *e;
	struct error err = { 0 };
	struct uuid plain, diode;

	(void)state;
	assert_ok(fs_mkdir_p(AT_FDCWD, dir, 0700, &err), &err);
	assert_ok(engine_init(dir, NULL, &err), &err);
	assert_ok(engine_open(&options, &e, &err), &err);
	plain = lose_run(engine_store(e), "");
	diode = lose_run(engine_store(e), ",\"diode\":{\"out_bytes\":0}");
	assert_true(has_layer(engine_store(e), &plain) && has_layer(engine_store(e), &diode));
	/* The first look at the records finds both lost. */
	assert_ok(engine_tracker(e, &t, &err), &err);
	assert_true(has_layer(engine_store(e), &plain));
	assert_false(has_layer(engine_store(e), &diode));
	/* Where nothing was lost just now nothing is looked through. */
	settle_lost(engine_store(e), t, &(struct tracker_synced){ 0 });
	assert_true(has_layer(engine_store(e), &plain));
	engine_close(e);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(settle_lost__of_lost_runs__only_diodes_lose_their_layer),
};

WB_TEST_MAIN(tests)
