/* store/gitrepo.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/gitrepo.h"

#define ONE "1111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222"

static int fresh(void **state)
{
	*state = (void *)(uintptr_t)wb_test_tmpdir();
	return 0;
}

static void gitrepo_find__a_branch_in_a_loose_ref__tells_its_commit(void **state)
{
	CLEANUP(gitrepo_release) struct gitrepo r = { 0 };
	CLEANUP(free) char *deep = fs_join(*state, "a/b");
	struct error err = { 0 };

	wb_test_put(*state, ".git/HEAD", "ref: refs/heads/topic/x\n");
	wb_test_put(*state, ".git/refs/heads/topic/x", ONE "\n");
	wb_test_put(*state, ".git/config", "[core]\n\tbare = false\n");
	assert_ok(fs_mkdir_p(AT_FDCWD, deep, 0755, &err), &err);
	assert_true(gitrepo_find(deep, false, &r));
	assert_string_equal(r.root, *state);
	assert_string_equal(r.commit, ONE);
	assert_string_equal(r.branch, "topic/x");
	assert_null(r.remote);
	assert_null(r.why);
	gitrepo_release(&r);
	assert_false(gitrepo_find(deep, true, &r));
}

static void gitrepo_find__a_packed_ref__is_found_too(void **state)
{
	CLEANUP(gitrepo_release) struct gitrepo r = { 0 };

	wb_test_put(*state, ".git/HEAD", "ref: refs/heads/main\n");
	wb_test_put(*state, ".git/packed-refs", "# pack-refs with: peeled fully-peeled sorted\n"
		    TWO " refs/heads/main-not\n" ONE " refs/heads/main\n^" TWO "\n");
	wb_test_put(*state, ".git/config", "");
	assert_true(gitrepo_find(*state, false, &r));
	assert_string_equal(r.commit, ONE);
}

static void gitrepo_find__a_linked_worktree__reads_both_folders(void **state)
{
	CLEANUP(gitrepo_release) struct gitrepo r = { 0 };
	CLEANUP(free) char *line = mem_printf("gitdir: %s/main/.git/worktrees/w\n", (char *)*state);
	CLEANUP(free) char *dir = fs_join(*state, "w");

	wb_test_put(*state, "main/.git/config", "[remote \"origin\"]\n\turl = git@example.com:me/x.git\n");
	wb_test_put(*state, "main/.git/refs/heads/side", TWO "\n");
	wb_test_put(*state, "main/.git/worktrees/w/HEAD", "ref: refs/heads/side\n");
	wb_test_put(*state, "main/.git/worktrees/w/commondir", "../..\n");
	wb_test_put(*state, "w/.git", line);
	assert_true(gitrepo_find(dir, false, &r));
	assert_string_equal(r.commit, TWO);
	assert_string_equal(r.remote, "git@example.com:me/x.git");
}

static void gitrepo_find__odd_heads__are_absent_with_a_reason(void **state)
{
	static const char *const heads[] = { "", "garbage\n", "ref: ../../../etc/passwd\n", "ref: refs/heads/../../x\n",
					     "1234\n" };

	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		CLEANUP(gitrepo_release) struct gitrepo r = { 0 };

		wb_test_put(*state, ".git/HEAD", heads[i]);
		wb_test_put(*state, ".git/config", "");
		assert_true(gitrepo_find(*state, false, &r));
		assert_null(r.commit);
		assert_non_null(r.why);
	}
}

static void gitrepo_find__a_head_that_refers_to_itself__ends(void **state)
{
	CLEANUP(gitrepo_release) struct gitrepo r = { 0 };

	wb_test_put(*state, ".git/HEAD", "ref: refs/heads/a\n");
	wb_test_put(*state, ".git/refs/heads/a", "ref: refs/heads/a\n");
	wb_test_put(*state, ".git/config", "");
	assert_true(gitrepo_find(*state, false, &r));
	assert_null(r.commit);
	assert_non_null(r.why);
}

static void gitrepo_find__a_fifo_as_config__does_not_wait(void **state)
{
	CLEANUP(gitrepo_release) struct gitrepo r = { 0 };
	CLEANUP(free) char *config = fs_join(*state, ".git/config");

	wb_test_put(*state, ".git/HEAD", ONE "\n");
	assert_int_equal(mkfifo(config, 0600), 0);
	assert_true(gitrepo_find(*state, false, &r));
	assert_string_equal(r.commit, ONE);
	assert_null(r.branch);
	assert_contains(r.why, "config");
}

static void gitrepo_find__configuration__is_read_as_git_does(void **state)
{
	CLEANUP(gitrepo_release) struct gitrepo r = { 0 };

	wb_test_put(*state, ".git/HEAD", ONE "\n");
	wb_test_put(*state, ".git/config",
		    "# comment\n; another\n[CORE]\n  excludesFile = \"/a b/c\\\\d\" ; trailing\n"
		    "[extensions]\n\tobjectFormat=sha256\n"
		    "[remote \"fork\"]\n\turl = https://me:pw@fork.example/x\n"
		    "[remote \"origin\"]\n\tfetch = x\n\tURL = https://token@host.example:8443/team/x.git?auth=1 # note\n");
	assert_true(gitrepo_find(*state, false, &r));
	assert_string_equal(r.excludes, "/a b/c\\d");
	assert_true(r.sha256);
	assert_string_equal(r.remote, "https://host.example:8443/team/x.git");
}

static void gitrepo_strip_url__each_form__keeps_no_secret(void **state)
{
	static const char *const urls[][2] = {
		{ "https://user:pw@h/x", "https://h/x" },
		{ "https://h/x@y", "https://h/x@y" },
		{ "https://a@b@h/x", "https://h/x" },
		{ "HTTPS://t@h/x#f", "HTTPS://h/x" },
		{ "ssh://git:pw@h:22/x", "ssh://h:22/x" },
		{ "git@h:me/x", "git@h:me/x" },
		{ "/srv/x.git", "/srv/x.git" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		CLEANUP(free) char *got = gitrepo_strip_url(urls[i][0]);

		assert_string_equal(got, urls[i][1]);
	}
}

static void gitrepo_global_excludes__each_place__in_its_order(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	CLEANUP(free) char *xdg = fs_join(*state, "xdg");

	setenv("HOME", *state, 1);
	unsetenv("XDG_CONFIG_HOME");
	wb_test_put(*state, ".config/git/ignore", "default\n");
	gitrepo_global_excludes(NULL, &b);
	assert_string_equal(buf_text(&b), "default\n");
	buf_clear(&b);
	wb_test_put(*state, "xdg/git/ignore", "xdg\n");
	setenv("XDG_CONFIG_HOME", xdg, 1);
	gitrepo_global_excludes(NULL, &b);
	assert_string_equal(buf_text(&b), "xdg\n");
	buf_clear(&b);
	wb_test_put(*state, ".gitconfig", "[core]\n\texcludesFile = ~/mine\n");
	wb_test_put(*state, "mine", "mine\n");
	gitrepo_global_excludes(NULL, &b);
	assert_string_equal(buf_text(&b), "mine\n");
	buf_clear(&b);
	wb_test_put(*state, ".gitconfig", "[core]\n\texcludesFile = /dev/zero\n");
	gitrepo_global_excludes(NULL, &b);
	assert_int_equal(b.len, 0);
}

#define CASE(f) cmocka_unit_test_setup(f, fresh)
static const struct CMUnitTest tests[] = {
	CASE(gitrepo_find__a_branch_in_a_loose_ref__tells_its_commit),
	CASE(gitrepo_find__a_packed_ref__is_found_too),
	CASE(gitrepo_find__a_linked_worktree__reads_both_folders),
	CASE(gitrepo_find__odd_heads__are_absent_with_a_reason),
	CASE(gitrepo_find__a_head_that_refers_to_itself__ends),
	CASE(gitrepo_find__a_fifo_as_config__does_not_wait),
	CASE(gitrepo_find__configuration__is_read_as_git_does),
	CASE(gitrepo_strip_url__each_form__keeps_no_secret),
	CASE(gitrepo_global_excludes__each_place__in_its_order),
};
WB_TEST_MAIN(tests)
