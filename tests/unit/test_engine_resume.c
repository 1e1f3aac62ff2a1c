/* engine/resume.c: what a shell into an earlier run takes over, and what it stands on. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/resume.h"
#include "store/object.h"

#define TREE "0123456789abcdef0123456789abcdef01234567"

struct place {
	char *dir;
	struct store *store;
	struct run run;
	struct jval *spec;
};

static int place_setup(void **state)
{
	struct place *p = mem_zalloc(sizeof *p);
	CLEANUP(free) char *store = NULL;
	CLEANUP(close) int run_fd = -1;
	struct error err = { 0 };

	p->dir = mem_printf("%s/resume", wb_test_tmpdir());
	store = fs_join(p->dir, "store");
	if (fs_remove_tree(AT_FDCWD, p->dir, &err) < 0 || store_init(store, &err) < 0 || store_open(store, &p->store, &err) < 0)
		return -1;
	run_init(&p->run);
	snprintf(p->run.id, sizeof p->run.id, "0192f3a1b2c34d5e8f60718293a4b5c6");
	free(p->run.tree);
	p->run.tree = mem_strdup(TREE);
	p->run.state = RUN_FAILED;
	p->run.start = jval_object();
	jval_set_text(p->run.start, "project", p->dir);
	p->spec = jval_set(p->run.start, "spec", jval_object());
	jval_push(jval_set(p->spec, "argv", jval_array()), jval_new_text("train"));
	run_fd = store_run_dir(p->store, p->run.id, true, &err);
	*state = p;
	return run_fd < 0 ? -1 : 0;
}

static int place_teardown(void **state)
{
	struct place *p = *state;

	run_release(&p->run);
	store_close(p->store);
	free(p->dir);
	free(p);
	return 0;
}

static void resume_spec__an_ordinary_run__is_taken_over_without_what_must_be_asked_anew(void **state)
{
	struct place *p = *state;
	CLEANUP(run_spec_release) struct run_spec s = { 0 };
	CLEANUP(words_release) struct words missing = { 0 };
	struct jval *inputs = jval_set(p->spec, "inputs", jval_object());
	struct error err = { 0 };

	wb_test_put(p->dir, "here.txt", "x");
	jval_set_text(inputs, "here", "here.txt");
	jval_set_text(inputs, "gone", "gone.txt");
	jval_set_text(jval_set(p->spec, "params", jval_object()), "lr", "0.1");
	jval_push(jval_set(p->spec, "nets", jval_array()), jval_new_text("example.org"));
	jval_set_int(p->spec, "gpus", 4);
	jval_set_int(p->spec, "wall_ns", 5);
	jval_set_int(p->spec, "memory_bytes", 7);
	jval_set_bool(p->spec, "keep", true);
	assert_ok(resume_spec(p->store, &p->run, &s, &missing, &err), &err);
	assert_int_equal(s.argv.n, 0);
	assert_int_equal(s.nets.n, 0);
	assert_int_equal(s.gpus, 0);
	assert_int_equal(s.wall_ns, 0);
	assert_int_equal(s.memory_bytes, 7);
	assert_false(s.keep);
	assert_string_equal(pairs_find(&s.params, "lr"), "0.1");
	assert_string_equal(pairs_find(&s.inputs, "here"), "here.txt");
	assert_null(pairs_find(&s.inputs, "gone"));
	assert_int_equal(missing.n, 1);
	assert_string_equal(missing.items[0], "gone");
	assert_string_equal(s.tree, TREE);
	assert_string_equal(s.shell_of, p->run.id);
	assert_string_equal(s.parent, p->run.id);
}

static void resume_spec__runs_that_must_stay_shut__are_refused(void **state)
{
	struct place *p = *state;
	CLEANUP(run_spec_release) struct run_spec s = { 0 };
	CLEANUP(words_release) struct words missing = { 0 };
	struct error err = { 0 };

	jval_set(p->run.start, "diode", jval_object());
	assert_refused(resume_spec(p->store, &p->run, &s, &missing, &err), &err, ERR_DENIED, "diode run");
	jval_set(p->run.start, "diode", jval_new_null());
	p->run.tree[0] = '\0';
	assert_refused(resume_spec(p->store, &p->run, &s, &missing, &err), &err, ERR_NOT_FOUND, "no frozen code");
}

static void add_artifact(struct place *p, const char *path, const char *text)
{
	struct digest d;
	struct error err = { 0 };

	assert_ok(object_put_bytes(p->store, text, strlen(text), &d, &err), &err);
	p->run.outputs = mem_realloc(p->run.outputs, (p->run.output_count + 1) * sizeof *p->run.outputs);
	p->run.outputs[p->run.output_count++] =
		(struct run_output){ .path = mem_strdup(path), .sha256 = mem_strdup(digest_hex(&d).text), .bytes = strlen(text) };
}

/* Opens below DIR/work. */
static int open_below(struct place *p, struct resumed *r, struct error *err)
{
	CLEANUP(free) char *work = fs_join(p->dir, "work");
	CLEANUP(close) int fd = -1;

	assert_ok(fs_mkdir_p(AT_FDCWD, work, 0700, err), err);
	fd = fs_open_dir(AT_FDCWD, work, err);
	return resumed_open(p->store, &p->run, fd, work, r, err);
}

static bool holds(const char *dir, const char *name, const char *text)
{
	CLEANUP(free) char *path = fs_join(dir, name);
	CLEANUP(buf_release) struct buf b = BUF_INIT(100);
	struct error ignored = { 0 };

	return fs_read_file(AT_FDCWD, path, &b, &ignored) == 0 && str_eq(buf_text(&b), text);
}

static void resumed_open__artifacts__lie_where_they_may_have_been_written(void **state)
{
	struct place *p = *state;
	CLEANUP(resumed_release) struct resumed r = RESUMED_INIT;
	CLEANUP(free) char *tree = mem_printf("trees/" TREE "/top.txt");
	struct error err = { 0 };

	/* The code has top.txt at its root alone; the run worked in sub/. */
	wb_test_put(store_path(p->store), tree, "old");
	jval_set_text(p->spec, "cwd", "sub");
	add_artifact(p, "model/weights", "w");
	add_artifact(p, "top.txt", "new");
	assert_ok(open_below(p, &r, &err), &err);
	assert_null(r.lower);
	assert_true(holds(r.layer, "sub/model/weights", "w"));
	assert_true(holds(r.layer, "top.txt", "new"));
	assert_true(holds(r.out, "model/weights", "w"));
}

static void resumed_open__no_artifacts_and_no_layer__is_the_code_alone(void **state)
{
	struct place *p = *state;
	CLEANUP(resumed_release) struct resumed r = RESUMED_INIT;
	struct error err = { 0 };

	assert_ok(open_below(p, &r, &err), &err);
	assert_null(r.layer);
	assert_null(r.lower);
	assert_null(r.out);
}

static void resumed_open__a_kept_layer__comes_before_artifacts(void **state)
{
	struct place *p = *state;
	CLEANUP(resumed_release) struct resumed r = RESUMED_INIT;
	CLEANUP(free) char *run = store_run_path(p->store, p->run.id);
	struct error err = { 0 };

	add_artifact(p, "a", "x");
	wb_test_put(run, "kept/tree/a", "kept");
	wb_test_put(run, "kept/out/o", "kept");
	assert_ok(open_below(p, &r, &err), &err);
	assert_null(r.layer);
	assert_true(holds(r.lower, "a", "kept"));
	assert_true(holds(r.out, "o", "kept"));
	assert_true(r.kept.lock_fd >= 0);
}

static void resumed_open__paths_that_lead_elsewhere__are_refused(void **state)
{
	static const char *const bad[] = { "../x", "/etc/x", "a/../../x", "a//b", ".", "" };
	struct place *p = *state;
	CLEANUP(resumed_release) struct resumed r = RESUMED_INIT;
	struct error err = { 0 };

	add_artifact(p, "fine", "x");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CLEANUP(free) char *work = fs_join(p->dir, "work");

		free(p->run.outputs[0].path);
		p->run.outputs[0].path = mem_strdup(bad[i]);
		assert_refused(open_below(p, &r, &err), &err, ERR_CORRUPT, "cannot be one");
		assert_ok(fs_remove_tree(AT_FDCWD, work, &err), &err);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(resume_spec__an_ordinary_run__is_taken_over_without_what_must_be_asked_anew, place_setup,
					place_teardown),
	cmocka_unit_test_setup_teardown(resume_spec__runs_that_must_stay_shut__are_refused, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(resumed_open__artifacts__lie_where_they_may_have_been_written, place_setup,
					place_teardown),
	cmocka_unit_test_setup_teardown(resumed_open__no_artifacts_and_no_layer__is_the_code_alone, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(resumed_open__a_kept_layer__comes_before_artifacts, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(resumed_open__paths_that_lead_elsewhere__are_refused, place_setup, place_teardown),
};

WB_TEST_MAIN(tests)
