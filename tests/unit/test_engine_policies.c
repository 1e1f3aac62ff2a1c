/* engine/policies.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/policies.h"

static const struct policies_options automatic = { .dialect = POLICY_AUTO };

/* A folder of its own for each case. */
static char *folder(const char *name)
{
	return fs_join(wb_test_tmpdir(), name);
}

static int load(const char *path, const struct policies_options *options, struct policies *out, struct error *err)
{
	return policies_of_paths(&path, 1, options, out, err);
}

static const struct policy_diag *only_diag(const struct policies *p)
{
	assert_int_equal(p->diags.n, 1);
	assert_int_equal(p->nlayers, 0);
	return &p->diags.items[0];
}

static void of_paths__a_folder__takes_rego_and_json_in_order_of_name(void **state)
{
	struct policies p = { 0 };
	struct error err = { 0 };
	char *dir = folder("both");

	(void)state;
	wb_test_put(dir, "b.rego", "package b\nimport rego.v1\ndeny contains \"no\" if data.limits.gpus > 4\n");
	wb_test_put(dir, "a.rego", "package a\nx { input.y }\n");
	wb_test_put(dir, "limits.json", "{\"limits\":{\"gpus\":8}}");
	wb_test_put(dir, "README.md", "not a policy");
	wb_test_put(dir, ".hidden.rego", "not a policy either");
	assert_ok(load(dir, &automatic, &p, &err), &err);
	assert_int_equal(p.nlayers, 1);
	assert_int_equal(p.files.n, 3);
	assert_true(str_ends(p.files.items[0].path, "/a.rego") && str_ends(p.files.items[2].path, "/limits.json"));
	assert_int_equal(policy_module_count(p.layers[0]), 2);
	assert_int_equal(policy_module_dialect(p.layers[0], 0), POLICY_V0);
	assert_int_equal(policy_module_dialect(p.layers[0], 1), POLICY_V1);
	policies_release(&p);
	free(dir);
}

static void of_paths__several_broken_files__are_all_found(void **state)
{
	struct policies p = { 0 };
	struct error err = { 0 };
	char *dir = folder("broken");

	(void)state;
	wb_test_put(dir, "a.rego", "package a\nimport rego.v1\nx if {\n");
	wb_test_put(dir, "b.json", "{\"x\":");
	wb_test_put(dir, "c.rego", "package c\nimport rego.v1\ny if )\n");
	wb_test_put(dir, "d.json", "[1]");
	assert_ok(load(dir, &automatic, &p, &err), &err);
	assert_int_equal(p.nlayers, 0);
	assert_true(p.diags.errors >= 4);
	assert_int_equal(p.files.n, 4);
	policies_release(&p);
	free(dir);
}

static void of_paths__data_that_clashes__is_a_finding_about_the_later_file(void **state)
{
	struct policies p = { 0 };
	struct error err = { 0 };
	char *dir = folder("clash");

	(void)state;
	wb_test_put(dir, "a.json", "{\"limits\":{\"gpus\":4}}");
	wb_test_put(dir, "b.json", "{\"limits\":{\"gpus\":5}}");
	assert_ok(load(dir, &automatic, &p, &err), &err);
	assert_true(str_ends(only_diag(&p)->file, "/b.json"));
	assert_string_equal(only_diag(&p)->message, "'limits.gpus' has another value already");
	assert_string_equal(only_diag(&p)->id, "P0601");
	policies_release(&p);
	free(dir);
}

static void of_paths__a_file_too_large__is_a_finding(void **state)
{
	struct policies p = { 0 };
	struct error err = { 0 };
	char *dir = folder("large");
	char *text = mem_alloc(LIMIT_CONFIG + 2);

	(void)state;
	memset(text, '#', LIMIT_CONFIG + 1);
	text[LIMIT_CONFIG + 1] = '\0';
	wb_test_put(dir, "a.rego", text);
	assert_ok(load(dir, &automatic, &p, &err), &err);
	assert_true(str_ends(only_diag(&p)->file, "/a.rego"));
	policies_release(&p);
	free(text);
	free(dir);
}

static void of_paths__no_such_file__is_an_error(void **state)
{
	struct policies p = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_refused(load("/nowhere/x.rego", &automatic, &p, &err), &err, ERR_NOT_FOUND, "/nowhere/x.rego");
}

static void of_paths__strict__turns_an_unused_local_into_an_error(void **state)
{
	static const struct policies_options strict = { .dialect = POLICY_AUTO, .strict = true };
	struct policies p = { 0 };
	struct error err = { 0 };
	char *dir = folder("strict");

	(void)state;
	wb_test_put(dir, "a.rego", "package a\nimport rego.v1\nx if { y := 1; input.z }\n");
	assert_ok(load(dir, &automatic, &p, &err), &err);
	assert_int_equal(p.nlayers, 1);
	policies_release(&p);
	assert_ok(load(dir, &strict, &p, &err), &err);
	assert_int_equal(p.nlayers, 0);
	policies_release(&p);
	free(dir);
}

static void of_store__without_a_policy_folder__is_the_sites_alone(void **state)
{
	struct policies p = { 0 };
	struct error err = { 0 };
	char *store = folder("empty-store");

	(void)state;
	if (fs_is_dir(AT_FDCWD, POLICIES_SITE_DIR))
		wb_test_skip("this machine has policies of its own");
	assert_ok(policies_of_store(store, NULL, &p, &err), &err);
	assert_int_equal(p.nlayers, 1);
	assert_int_equal(p.files.n, 0);
	policies_release(&p);
	assert_ok(policies_of_store(NULL, NULL, &p, &err), &err);
	assert_int_equal(p.files.n, 0);
	policies_release(&p);
	free(store);
}

static void of_store__a_folder_that_cannot_be_looked_into__is_an_error(void **state)
{
	struct policies p = { 0 };
	struct error err = { 0 };
	char *store = folder("file-store");

	(void)state;
	wb_test_put(store, "policy", "a file where a folder belongs");
	assert_refused(policies_of_store(store, NULL, &p, &err), &err, ERR_NOT_FOUND, "Not a directory");
	free(store);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(of_paths__a_folder__takes_rego_and_json_in_order_of_name),
	cmocka_unit_test(of_paths__several_broken_files__are_all_found),
	cmocka_unit_test(of_paths__data_that_clashes__is_a_finding_about_the_later_file),
	cmocka_unit_test(of_paths__a_file_too_large__is_a_finding),
	cmocka_unit_test(of_paths__no_such_file__is_an_error),
	cmocka_unit_test(of_paths__strict__turns_an_unused_local_into_an_error),
	cmocka_unit_test(of_store__without_a_policy_folder__is_the_sites_alone),
	cmocka_unit_test(of_store__a_folder_that_cannot_be_looked_into__is_an_error),
};

WB_TEST_MAIN(tests)
