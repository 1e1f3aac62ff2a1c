/* engine/planner.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/planner.h"

#define RUN_DIR "/home/u/proj/.wb/runs/ID"

struct scene {
	struct run_spec spec;
	struct words command;
	struct run_sources sources;
	struct run_source source;
	struct interp interp;
	char *roots[2];
	struct planner_request request;
	struct sandbox_plan *plan;
	struct job_collect collect;
};

static int scene_setup(void **state)
{
	struct scene *s = mem_zalloc(sizeof *s);

	words_add(&s->command, "python3");
	words_add(&s->command, "train.py");
	pairs_set(&s->spec.params, "lr", "0.1");
	pairs_set(&s->spec.params, "opt.beta-1", "0.9");
	s->spec.cwd = mem_strdup("src");
	s->source = (struct run_source){ .name = (char *)"digits", .given = (char *)"d.h5", .path = (char *)"/home/u/proj/src/d.h5",
					 .real = (char *)"/home/u/proj/src/d.h5" };
	s->sources = (struct run_sources){ .items = &s->source, .n = 1 };
	s->roots[0] = (char *)"/usr/lib";
	s->roots[1] = (char *)"/home/u/proj/.venv";
	s->interp = (struct interp){ .kind = INTERP_VENV, .exec = (char *)"/home/u/proj/.venv/bin/python3",
				     .real = (char *)"/usr/bin/python3.11", .python = (char *)"/home/u/proj/.venv/bin/python3", .is_python = true,
				     .roots = s->roots, .root_count = 2 };
	s->request = (struct planner_request){
		.spec = &s->spec, .command = &s->command, .sources = &s->sources, .interp = &s->interp,
		.run_id = "0192f0a1b2c3d4e5f60718293a4b5c6d", .run_dir = RUN_DIR, .layout = "/home/u/proj/.wb/trees/T",
		.project_dir = "/home/u/proj", .home = "/home/u", .path = "/usr/bin:/bin", .python_dir = "/opt/wb/python",
		.wb_program = "/opt/wb/wb", .events_dir = "/tmp/e", .tier = 1,
	};
	*state = s;
	return 0;
}

static int scene_teardown(void **state)
{
	struct scene *s = *state;

	plan_free(s->plan);
	free(s->collect.tree_dir);
	free(s->collect.lower);
	free(s->collect.outputs_dir);
	free(s->collect.cwd);
	words_release(&s->collect.exclude);
	words_release(&s->command);
	run_spec_release(&s->spec);
	free(s);
	return 0;
}

static const struct plan_mount *mount_at(const struct sandbox_plan *p, const char *target)
{
	for (size_t i = 0; i < p->mount_count; i++)
		if (str_eq(p->mounts[i].target, target))
			return &p->mounts[i];
	return NULL;
}

static void planner_make__tier_1__shows_the_tree_at_its_own_path(void **state)
{
	struct scene *s = *state;
	struct error err = { 0 };
	const struct plan_mount *tree, *venv, *input;

	assert_ok(planner_make(&s->request, &s->plan, &s->collect, &err), &err);
	tree = mount_at(s->plan, "/home/u/proj");
	venv = mount_at(s->plan, "/home/u/proj/.venv");
	input = mount_at(s->plan, "/home/u/proj/src/d.h5");
	assert_int_equal(tree->kind, PLAN_OVERLAY);
	assert_string_equal(tree->source, "/home/u/proj/.wb/trees/T");
	assert_string_equal(tree->upper, RUN_DIR "/work" "/upper");
	assert_true(venv > tree && venv->kind == PLAN_RO_BIND);
	assert_true(input > tree && input->kind == PLAN_RO_BIND);
	assert_string_equal(mount_at(s->plan, "/run/wb/inputs/digits")->source, "/home/u/proj/src/d.h5");
	assert_string_equal(s->plan->cwd, "/home/u/proj/src");
	assert_string_equal(s->plan->argv[0], "/home/u/proj/.venv/bin/python3");
	/* What only holds a mount is no output. */
	assert_string_equal(s->collect.exclude.items[0], ".venv");
	assert_string_equal(s->collect.exclude.items[1], "src/d.h5");
}

static void planner_make__environment__carries_params_and_nothing_of_the_caller(void **state)
{
	struct scene *s = *state;
	struct error err = { 0 };

	setenv("AWS_SECRET_ACCESS_KEY", "hush", 1);
	assert_ok(planner_make(&s->request, &s->plan, &s->collect, &err), &err);
	assert_string_equal(plan_get_env(s->plan, "WB_PARAM_lr"), "0.1");
	assert_string_equal(plan_get_env(s->plan, "WB_PARAM_opt_beta_1"), "0.9");
	assert_string_equal(plan_get_env(s->plan, "WB_RUN_ID"), "0192f0a1b2c3d4e5f60718293a4b5c6d");
	assert_string_equal(plan_get_env(s->plan, "PATH"), "/home/u/proj/.venv/bin:/usr/bin:/bin:/run/wb/bin");
	assert_string_equal(plan_get_env(s->plan, "HOME"), "/home/u");
	assert_string_equal(plan_get_env(s->plan, "CUDA_VISIBLE_DEVICES"), "");
	assert_null(plan_get_env(s->plan, "AWS_SECRET_ACCESS_KEY"));
}

static void planner_make__environment__what_the_user_asked_for_wins(void **state)
{
	struct scene *s = *state;
	struct error err = { 0 };

	pairs_set(&s->spec.env, "HOME", "/elsewhere");
	pairs_set(&s->spec.env, "TMPDIR", "/elsewhere/tmp");
	pairs_set(&s->spec.env, "PYTHONPATH", "/libs");
	assert_ok(planner_make(&s->request, &s->plan, &s->collect, &err), &err);
	assert_string_equal(plan_get_env(s->plan, "HOME"), "/elsewhere");
	assert_string_equal(plan_get_env(s->plan, "TMPDIR"), "/elsewhere/tmp");
	assert_string_equal(plan_get_env(s->plan, "PYTHONPATH"), "/libs:/run/wb/python");
}

static void planner_make__tier_2__names_host_paths_only(void **state)
{
	struct scene *s = *state;
	struct error err = { 0 };

	s->request.tier = 2;
	s->interp.root_count = 1;
	assert_ok(planner_make(&s->request, &s->plan, &s->collect, &err), &err);
	assert_true(s->collect.copied);
	assert_string_equal(s->plan->cwd, RUN_DIR "/work" "/tree/src");
	assert_string_equal(s->plan->events, "/tmp/e/events");
	for (size_t i = 0; i < s->plan->mount_count; i++)
		assert_true(s->plan->mounts[i].kind != PLAN_OVERLAY && s->plan->mounts[i].kind != PLAN_TMPFS);
}

static void planner_make__tier_2__executes_the_project_s_program_from_the_frozen_code(void **state)
{
	struct scene *s = *state;
	struct error err = { 0 };

	s->request.tier = 2;
	s->interp.root_count = 1;
	s->interp.exec = (char *)"/home/u/proj/bin/train";
	s->interp.python = NULL;
	assert_int_equal(planner_make(&s->request, &s->plan, &s->collect, &err), 0);
	assert_string_equal(s->plan->exec, RUN_DIR "/work" "/tree/bin/train");
}

static void planner_make__tier_2__executes_an_interpreter_where_it_lies(void **state)
{
	struct scene *s = *state;
	struct error err = { 0 };

	s->request.tier = 2;
	s->roots[1] = (char *)"/usr/bin";
	s->interp.exec = (char *)"/usr/bin/python3";
	assert_int_equal(planner_make(&s->request, &s->plan, &s->collect, &err), 0);
	assert_string_equal(s->plan->exec, "/usr/bin/python3");
}

static void planner_below__only_whole_components__count(void **state)
{
	(void)state;
	assert_string_equal(planner_below("/scratch", "/scratch/a"), "a");
	assert_string_equal(planner_below("/scratch", "/scratch"), "");
	assert_null(planner_below("/scratch", "/scratch2/a"));
	assert_null(planner_below("/scratch", "/other"));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(planner_make__tier_1__shows_the_tree_at_its_own_path, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(planner_make__environment__what_the_user_asked_for_wins, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(planner_make__environment__carries_params_and_nothing_of_the_caller, scene_setup,
					scene_teardown),
	cmocka_unit_test_setup_teardown(planner_make__tier_2__names_host_paths_only, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(planner_make__tier_2__executes_the_project_s_program_from_the_frozen_code, scene_setup,
					scene_teardown),
	cmocka_unit_test_setup_teardown(planner_make__tier_2__executes_an_interpreter_where_it_lies, scene_setup,
					scene_teardown),
	cmocka_unit_test(planner_below__only_whole_components__count),
};

WB_TEST_MAIN(tests)
