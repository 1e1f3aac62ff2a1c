/* Settings: reading, precedence, editing. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/mem.h"
#include "engine/settings.h"
#include "engine/spec.h"

/* A store's folder and a user's, fresh for each case. */
struct fixture {
	char *store;
	char *user;
	struct settings *s;
	struct run_spec spec;
	struct error err;
};

static int setup(void **state)
{
	static unsigned number;
	struct fixture *f = mem_zalloc(sizeof *f);

	if (!f)
		return -1;
	f->store = mem_printf("%s/store%u", wb_test_tmpdir(), number);
	f->user = mem_printf("%s/user%u", wb_test_tmpdir(), number++);
	wb_test_put(f->store, "keep", "");
	wb_test_put(f->user, "keep", "");
	setenv("XDG_CONFIG_HOME", f->user, 1);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	settings_free(f->s);
	run_spec_release(&f->spec);
	free(f->store);
	free(f->user);
	free(f);
	return 0;
}

static void settings_load__no_files__answers_what_is_built_in(void **state)
{
	struct fixture *f = *state;

	assert_ok(settings_load(f->store, &f->s, &f->err), &f->err);
	assert_string_equal(settings_get(f->s, "ui.color"), "auto");
	assert_string_equal(settings_origin(f->s, "ui.color"), "built in");
	assert_null(settings_get(f->s, "run.memory"));
	assert_null(settings_get(f->s, "run.memmory"));
}

static void settings_load__both_files__the_store_wins(void **state)
{
	struct fixture *f = *state;

	wb_test_put(f->user, "wb/config.yaml", "run:\n  memory: 1G\n  time: 1h\n");
	wb_test_put(f->store, "config.yaml", "# ours\nrun:\n  memory: \"2G\"\n");
	assert_ok(settings_load(f->store, &f->s, &f->err), &f->err);
	assert_string_equal(settings_get(f->s, "run.memory"), "2G");
	assert_contains(settings_origin(f->s, "run.memory"), f->store);
	assert_contains(settings_origin(f->s, "run.memory"), "config.yaml:3");
	assert_string_equal(settings_get(f->s, "run.time"), "1h");
	assert_contains(settings_origin(f->s, "run.time"), f->user);
}

static void settings_load__comments_or_nothing__is_fine(void **state)
{
	static const char *const texts[] = { "", "\n\n", "# only words\n", "---\n", "run:\n", "run: {}\n", "run: {memory: 1G}\n" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		wb_test_put(f->store, "config.yaml", texts[i]);
		assert_ok(settings_load(f->store, &f->s, &f->err), &f->err);
		settings_free(f->s);
		f->s = NULL;
	}
}

static void settings_load__bad_files__are_refused_by_place(void **state)
{
	static const struct {
		const char *text;
		const char *part;
		const char *hint;
	} cases[] = {
		{ "run:\n  memmory: 1G\n", "config.yaml:2:3: unknown setting 'run.memmory'", "did you mean 'run.memory'?" },
		{ "memory: 1G\n", "config.yaml:1:1: unknown setting 'memory'", "" },
		{ "run:\n  memory: much\n", "config.yaml:2:3: run.memory", "" },
		{ "run:\n  cpus: 0\n", "run.cpus must be more than 0", "" },
		{ "ui:\n  color: blue\n", "'blue' is none of auto|always|never", "" },
		{ "run:\n  memory: [1, 2]\n", "config.yaml:2:3: a single value is expected", "" },
		{ "- run\n", "config.yaml:1:1: sections are expected", "" },
		{ "run\n", "config.yaml:1:1: sections are expected", "" },
		{ "run:\n\tmemory: 1G\n", "config.yaml:2:", "" },
		{ "run: {\n", "config.yaml:", "" },
		{ "run:\n  memory: 1G\nrun:\n  memory: 2G\n", "'run' is there a second time (first in line 1)", "" },
		{ "run:\n  memory: 1G\n---\nrun:\n", "a second document", "" },
		{ "? [a]\n: b\n", "a key is expected", "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		wb_test_put(f->store, "config.yaml", cases[i].text);
		error_clear(&f->err);
		assert_refused(settings_load(f->store, &f->s, &f->err), &f->err, ERR_INVALID, cases[i].part);
		assert_null(f->s);
		if (*cases[i].hint)
			assert_string_equal(f->err.hint, cases[i].hint);
	}
}

static void settings_save__new_and_old_keys__keep_comments_and_order(void **state)
{
	struct fixture *f = *state;

	wb_test_put(f->store, "config.yaml", "# töp\nrun:\n    # häufig\n    memory: 1G # why\n    time: 1h\nui:\n  color: auto\n");
	assert_ok(settings_save(f->store, "run.memory", "4G", &f->err), &f->err);
	assert_ok(settings_save(f->store, "run.experiment", "my digits: ü", &f->err), &f->err);
	assert_ok(settings_save(f->store, "ui.color", "never", &f->err), &f->err);
	assert_string_equal(wb_test_slurp(f->store, "config.yaml"),
			    "# töp\nrun:\n    experiment: \"my digits: ü\"\n    # häufig\n    memory: 4G # why\n    time: 1h\n"
			    "ui:\n  color: never\n");
	assert_ok(settings_load(f->store, &f->s, &f->err), &f->err);
	assert_string_equal(settings_get(f->s, "run.experiment"), "my digits: ü");
}

static void settings_save__any_start__reads_back(void **state)
{
	static const char *const texts[] = { "", "# x", "run:", "run:\n", "ui:\n  color: auto", "run: # empty\nui:\n  color: auto\n" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		wb_test_put(f->store, "config.yaml", texts[i]);
		assert_ok(settings_save(f->store, "run.time", "90s", &f->err), &f->err);
		assert_ok(settings_load(f->store, &f->s, &f->err), &f->err);
		assert_string_equal(settings_get(f->s, "run.time"), "90s");
		settings_free(f->s);
		f->s = NULL;
	}
}

static void settings_unset__all_that_was_saved__leaves_the_rest(void **state)
{
	struct fixture *f = *state;

	wb_test_put(f->store, "config.yaml", "# mine\nrun:\n  # why\n  memory: 4G\n  time: 1h # long\nui:\n  color: never\n");
	assert_int_equal(settings_unset(f->store, "run.memory", &f->err), 1);
	assert_string_equal(wb_test_slurp(f->store, "config.yaml"), "# mine\nrun:\n  # why\n  time: 1h # long\nui:\n  color: never\n");
	assert_int_equal(settings_unset(f->store, "run.memory", &f->err), 0);
	assert_int_equal(settings_unset(f->store, "ui.color", &f->err), 1);
	assert_string_equal(wb_test_slurp(f->store, "config.yaml"), "# mine\nrun:\n  # why\n  time: 1h # long\n");
	assert_int_equal(settings_unset(f->store, "run.time", &f->err), 1);
	assert_string_equal(wb_test_slurp(f->store, "config.yaml"), "# mine\n");
	assert_ok(settings_save(f->store, "run.time", "2h", &f->err), &f->err);
	wb_test_put(f->store, "config.yaml", "run: {memory: 4G, time: 1h}\n");
	assert_refused(settings_unset(f->store, "run.time", &f->err), &f->err, ERR_UNSUPPORTED, "written in braces");
	wb_test_put(f->store, "config.yaml", "run:\n  experiment: >\n    folded\n    text\n  time: 1h\n");
	assert_refused(settings_unset(f->store, "run.experiment", &f->err), &f->err, ERR_INVALID, "taking run.experiment out");
	assert_refused(settings_unset(f->store, "run.speed", &f->err), &f->err, ERR_NOT_FOUND, "unknown setting 'run.speed'");
}

static void settings_save__bad_values_and_shapes__change_nothing(void **state)
{
	struct fixture *f = *state;
	const char *text = "run: {memory: 1G}\n";

	wb_test_put(f->store, "config.yaml", text);
	assert_refused(settings_save(f->store, "run.speed", "1", &f->err), &f->err, ERR_NOT_FOUND, "unknown setting 'run.speed'");
	assert_refused(settings_save(f->store, "run.memory", "x", &f->err), &f->err, ERR_INVALID, "run.memory");
	assert_refused(settings_save(f->store, "run.experiment", "", &f->err), &f->err, ERR_INVALID, "is empty");
	assert_refused(settings_save(f->store, "run.time", "1h", &f->err), &f->err, ERR_UNSUPPORTED, "written in braces");
	assert_string_equal(wb_test_slurp(f->store, "config.yaml"), text);
}

static void settings_apply__open_spec__is_filled(void **state)
{
	struct fixture *f = *state;

	wb_test_put(f->store, "config.yaml", "run:\n  experiment: e\n  memory: 1K\n  time: 2s\n  disk: 2K\n  cpus: 1.5\n  tier_min: 1\n");
	assert_ok(settings_load(f->store, &f->s, &f->err), &f->err);
	assert_ok(settings_apply(f->s, &f->spec, &f->err), &f->err);
	assert_string_equal(f->spec.experiment, "e");
	assert_int_equal(f->spec.memory_bytes, 1024);
	assert_int_equal(f->spec.wall_ns, 2000000000);
	assert_int_equal(f->spec.disk_bytes, 2048);
	assert_true(f->spec.cpus > 1.4 && f->spec.cpus < 1.6);
	assert_int_equal(f->spec.tier, 0);
	assert_int_equal(f->spec.box.tier_min, 1);
}

static void settings_apply__spec_that_says__is_kept(void **state)
{
	struct fixture *f = *state;

	wb_test_put(f->store, "config.yaml", "run:\n  experiment: e\n  memory: 1K\n");
	f->spec.experiment = mem_strdup("mine");
	f->spec.memory_bytes = 7;
	assert_ok(settings_load(f->store, &f->s, &f->err), &f->err);
	assert_ok(settings_apply(f->s, &f->spec, &f->err), &f->err);
	assert_string_equal(f->spec.experiment, "mine");
	assert_int_equal(f->spec.memory_bytes, 7);
	assert_int_equal(f->spec.tier, 0);
}

static void settings_apply__weaker_tier_than_allowed__is_refused(void **state)
{
	struct fixture *f = *state;

	wb_test_put(f->store, "config.yaml", "run:\n  tier_min: 1\n");
	f->spec.tier = 2;
	assert_ok(settings_load(f->store, &f->s, &f->err), &f->err);
	assert_refused(settings_apply(f->s, &f->spec, &f->err), &f->err, ERR_DENIED, "--tier 2 is weaker");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(settings_load__no_files__answers_what_is_built_in),
	CASE(settings_load__both_files__the_store_wins),
	CASE(settings_load__comments_or_nothing__is_fine),
	CASE(settings_load__bad_files__are_refused_by_place),
	CASE(settings_save__new_and_old_keys__keep_comments_and_order),
	CASE(settings_save__any_start__reads_back),
	CASE(settings_save__bad_values_and_shapes__change_nothing),
	CASE(settings_unset__all_that_was_saved__leaves_the_rest),
	CASE(settings_apply__open_spec__is_filled),
	CASE(settings_apply__spec_that_says__is_kept),
	CASE(settings_apply__weaker_tier_than_allowed__is_refused),
};

WB_TEST_MAIN(tests)
