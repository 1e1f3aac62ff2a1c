/* The plan: its text, its check, its way through JSON. */
#include "config.h"

#include "sandbox/layout.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/wb_test.h"

static struct sandbox_plan *sample(void)
{
	struct sandbox_plan *p = plan_new(1);

	plan_add_ro(p, "/usr", "/usr");
	plan_add_symlink(p, "usr/bin", "/bin");
	plan_add_file(p, "root:x:0:0::/:/bin/sh\n", "/etc/passwd");
	plan_add_proc(p);
	plan_add_dev(p, 64 << 20, 1000);
	plan_add_tmpfs(p, "/tmp", 1 << 20, 50);
	plan_add_overlay(p, "/s/tree", "/s/up", "/s/work", "/home/u/proj");
	plan_add_ro(p, "/data/d \x1b[31m.h5", "/home/u/proj/d.h5");
	plan_add_optional_ro(p, "/etc/ssl", "/etc/ssl");
	plan_add_rw(p, "/s/out", "/run/wb/outputs");
	plan_add_device(p, "/dev/nvidia0");
	plan_add_dir(p, "/mnt");
	plan_set_exec(p, "/usr/bin/python3");
	plan_add_arg(p, "python3");
	plan_add_arg(p, "train.py");
	plan_set_env(p, "PATH", "/usr/bin");
	plan_set_env(p, "TOKEN", "secret-value");
	plan_set_env(p, "PATH", "/bin");
	plan_set_cwd(p, "/home/u/proj");
	plan_set_events(p, PLAN_EVENTS);
	p->rlimits.nofile = 4096;
	p->rlimits.cpu_s = 3600;
	return p;
}

static const char golden[] =
	"tier     1\n"
	"spaces   user mount pid net ipc uts cgroup\n"
	"host     wb\n"
	"layers   no-capabilities no-new-privs seccomp:ml landlock report report-opens\n"
	"rlimit   core=0 nofile=4096 cpu=3600\n"
	"ro       /usr\n"
	"symlink  /bin -> usr/bin\n"
	"file     /etc/passwd 22 bytes\n"
	"proc     /proc\n"
	"dev      /dev shm 64 MiB 1000 files\n"
	"tmpfs    /tmp 1.0 MiB 50 files\n"
	"overlay  /home/u/proj from /s/tree upper /s/up\n"
	"ro       /home/u/proj/d.h5 from /data/d \\x1b[31m.h5\n"
	"ro       /etc/ssl optional\n"
	"rw       /run/wb/outputs from /s/out\n"
	"device   /dev/nvidia0\n"
	"dir      /mnt\n"
	"events   /run/wb/events\n"
	"env      PATH\n"
	"env      TOKEN\n"
	"cwd      /home/u/proj\n"
	"exec     /usr/bin/python3\n"
	"arg      python3\n"
	"arg      train.py\n";

static char *format(const struct sandbox_plan *p)
{
	struct buf b = BUF_INIT(1 << 20);

	plan_format(p, &b);
	return buf_take(&b);
}

static void plan_format__a_full_plan__is_the_golden(void **state)
{
	CLEANUP(plan_free) struct sandbox_plan *p = sample();
	CLEANUP(free) char *text = format(p);

	(void)state;
	assert_string_equal(text, golden);
	assert_null(strstr(text, "secret-value"));
}

static void plan_json__round_trip__changes_nothing(void **state)
{
	CLEANUP(plan_free) struct sandbox_plan *p = sample();
	CLEANUP(plan_free) struct sandbox_plan *q = NULL;
	CLEANUP(jval_free) struct jval *v = NULL;
	CLEANUP(jval_free) struct jval *again = NULL;
	CLEANUP(jval_free) struct jval *parsed = NULL;
	CLEANUP(buf_release) struct buf a = BUF_INIT(1 << 20);
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 20);
	CLEANUP(free) char *text = NULL;
	struct error err = { 0 };

	(void)state;
	plan_set_env(p, "ODD", "\xff\xfe not UTF-8 \n");
	plan_add_arg(p, "");
	p->report_opens = false;
	v = plan_to_json(p);
	jval_format(v, JVAL_COMPACT, &a);
	assert_ok(jval_parse(a.data, a.len, &parsed, &err), &err);
	assert_ok(plan_from_json(parsed, &q, &err), &err);
	again = plan_to_json(q);
	jval_format(again, JVAL_COMPACT, &b);
	assert_string_equal(buf_text(&a), buf_text(&b));
	assert_string_equal(plan_get_env(q, "ODD"), "\xff\xfe not UTF-8 \n");
	assert_string_equal(plan_get_env(q, "PATH"), "/bin");
	assert_null(plan_get_env(q, "PAT"));
	assert_int_equal(q->argc, 3);
	assert_null(q->argv[3]);
	assert_false(q->report_opens);
}

static void check_json(const char *json, const char *part)
{
	CLEANUP(jval_free) struct jval *v = NULL;
	struct sandbox_plan *p = NULL;
	struct error err = { 0 };

	assert_ok(jval_parse(json, strlen(json), &v, &err), &err);
	assert_int_equal(plan_from_json(v, &p, &err), -1);
	assert_contains(err.text, part);
}

static void plan_from_json__broken_documents__are_refused(void **state)
{
	(void)state;
	check_json("{}", "version");
	check_json("{\"v\":2}", "version 2");
	check_json("{\"v\":1,\"tier\":1}", "no command");
	check_json("{\"v\":1,\"tier\":1,\"argv\":[{\"hex\":\"610062\"}]}", "NUL");
	check_json("{\"v\":1,\"tier\":1,\"argv\":[null]}", "null");
	check_json("{\"v\":1,\"tier\":1,\"argv\":[7]}", "not a text");
	check_json("{\"v\":1,\"tier\":1,\"argv\":[{\"hex\":\"zz\"}]}", "hex");
	check_json("{\"v\":1,\"tier\":1,\"argv\":[\"a\"],\"mounts\":[{\"kind\":\"nfs\"}]}", "kind");
	check_json("{\"v\":1,\"tier\":1,\"argv\":[\"a\"],\"mounts\":[{\"kind\":\"tmpfs\",\"target\":\"/t\",\"size\":-1}]}",
		   "negative");
	check_json("{\"v\":1,\"tier\":9,\"argv\":[\"a\"],\"exec\":\"/a\",\"cwd\":\"/\"}", "tier 9");
}

typedef void change_fn(struct sandbox_plan *p);

static void check_refused(change_fn *change, const char *part)
{
	CLEANUP(plan_free) struct sandbox_plan *p = sample();
	struct error err = { 0 };

	assert_ok(plan_check(p, &err), &err);
	change(p);
	assert_int_equal(plan_check(p, &err), -1);
	assert_contains(err.text, part);
}

static void relative_exec(struct sandbox_plan *p) { plan_set_exec(p, "python3"); }
static void dotted_cwd(struct sandbox_plan *p) { plan_set_cwd(p, "/a/../b"); }
static void slash_cwd(struct sandbox_plan *p) { plan_set_cwd(p, "/a/"); }
static void hidden(struct sandbox_plan *p) { plan_add_tmpfs(p, "/home/u", 0, 0); }
static void twice(struct sandbox_plan *p) { plan_add_ro(p, "/x", "/tmp"); }
static void root_mount(struct sandbox_plan *p) { plan_add_ro(p, "/x", "/"); }
static void empty_link(struct sandbox_plan *p) { plan_add_symlink(p, "", "/l"); }
static void no_source(struct sandbox_plan *p) { plan_add_ro(p, "x", "/l"); }
static void bad_profile(struct sandbox_plan *p) { p->profile = mem_strdup("none"); }
static void tier_two(struct sandbox_plan *p) { p->tier = 2; }
static void nameless_env(struct sandbox_plan *p) { plan_set_env(p, "", "x"); }
static void long_events(struct sandbox_plan *p)
{
	plan_set_events(p, "/12345678901234567890123456789012345678901234567890123456789012345678901234567890"
			   "1234567890123456789012345678901234567890");
}

static void plan_check__what_cannot_be_done__is_named(void **state)
{
	(void)state;
	check_refused(relative_exec, "absolute");
	check_refused(dotted_cwd, "simplest form");
	check_refused(slash_cwd, "simplest form");
	check_refused(hidden, "would hide the one at '/home/u/proj'");
	check_refused(twice, "would hide");
	check_refused(root_mount, "root");
	check_refused(empty_link, "no text");
	check_refused(no_source, "absolute");
	check_refused(bad_profile, "profile");
	check_refused(tier_two, "needs tier 1");
	check_refused(nameless_env, "no name");
	check_refused(long_events, "longer than");
}

static void plan_find__compares_components__not_characters(void **state)
{
	CLEANUP(plan_free) struct sandbox_plan *p = plan_new(1);

	(void)state;
	plan_add_rw(p, "/scratch", "/scratch");
	plan_add_ro(p, "/scratch/in", "/scratch/in");
	plan_add_dev(p, 0, 0);
	assert_true(plan_is_writable(p, "/scratch/x/y"));
	assert_true(plan_is_writable(p, "/scratch"));
	assert_false(plan_is_writable(p, "/scratch2"));
	assert_false(plan_is_writable(p, "/scratch/in/x"));
	assert_true(plan_is_writable(p, "/scratch/inner"));
	assert_true(plan_is_writable(p, "/dev/null"));
	assert_null(plan_find(p, "/scratch2/x"));
	assert_string_equal(plan_find(p, "/scratch/in/x")->target, "/scratch/in");
}

static void plan_check__tier_two__takes_only_what_needs_no_mount(void **state)
{
	CLEANUP(plan_free) struct sandbox_plan *p = plan_new(2);
	struct error err = { 0 };

	(void)state;
	plan_add_ro(p, "/usr", "/usr");
	plan_add_rw(p, "/s/work", "/s/work");
	plan_add_proc(p);
	plan_add_dev(p, 0, 0);
	plan_set_exec(p, "/usr/bin/true");
	plan_add_arg(p, "true");
	plan_set_cwd(p, "/s/work");
	assert_ok(plan_check(p, &err), &err);
	plan_set_events(p, "/s/events");
	assert_ok(plan_check(p, &err), &err);
	p->report = false;
	assert_refused(plan_check(p, &err), &err, ERR_INVALID, "events");
	p->report = true;
	plan_add_ro(p, "/a", "/b");
	assert_refused(plan_check(p, &err), &err, ERR_INVALID, "cannot show '/a' at '/b'");
}

static void layout_make_room__a_link_with_something_below__is_a_folder(void **state)
{
	CLEANUP(plan_free) struct sandbox_plan *p = sample();
	CLEANUP(plan_free) struct sandbox_plan *plain = sample();

	(void)state;
	plan_add_symlink(p, "/tmp", "/var/tmp");
	plan_add_rw(p, "/s/p", "/var/tmp/p");
	plan_add_rw(p, "/s/q", "/bin/q");
	layout_make_room(p);
	assert_int_equal(p->mounts[1].kind, PLAN_SYMLINK);
	assert_int_equal(p->mounts[p->mount_count - 3].kind, PLAN_DIR);
	plan_add_symlink(plain, "/tmp", "/var/tmp");
	plan_add_rw(plain, "/s/p", "/var/tmp-p");
	layout_make_room(plain);
	assert_int_equal(plain->mounts[plain->mount_count - 2].kind, PLAN_SYMLINK);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(plan_format__a_full_plan__is_the_golden),
	cmocka_unit_test(plan_json__round_trip__changes_nothing),
	cmocka_unit_test(plan_from_json__broken_documents__are_refused),
	cmocka_unit_test(plan_check__what_cannot_be_done__is_named),
	cmocka_unit_test(plan_find__compares_components__not_characters),
	cmocka_unit_test(plan_check__tier_two__takes_only_what_needs_no_mount),
	cmocka_unit_test(layout_make_room__a_link_with_something_below__is_a_folder),
};

WB_TEST_MAIN(tests)
