/* store/scan.c and store/scanstat.c: what is listed, in which order, and what is noted instead. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/scan.h"
#include "tests/support/store_fixture.h"
#include "tests/support/wb_test.h"

static struct scan scan_of(const struct store_fixture *f)
{
	CLEANUP(close) int root = open(f->project, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct scan_options o = { .root = root, .root_path = f->project, .store_dirfd = store_dirfd(f->store) };
	struct scan s = { 0 };
	struct error err = { 0 };

	assert_ok(scan_project(&o, &s, &err), &err);
	return s;
}

/* The paths, each with a newline. */
static const char *paths_of(const struct scan *s, struct buf *b)
{
	buf_clear(b);
	for (size_t i = 0; i < s->n; i++)
		buf_printf(b, "%s\n", scan_path(s, &s->files[i]));
	return buf_text(b);
}

static void paths__of_files_and_folders__come_in_bytewise_order(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(scan_release) struct scan s = { 0 };
	CLEANUP(buf_release) struct buf b = BUF_INIT(65536);

	project_put(f, "a/x", "");
	project_put(f, "a.b", "");
	project_put(f, "a-b/y", "");
	project_put(f, "a0", "");
	project_put(f, "A", "");
	project_put(f, "\xff", "");
	s = scan_of(f);
	assert_string_equal(paths_of(&s, &b), "A\na-b/y\na.b\na/x\na0\n\xff\n");
	assert_int_equal(s.files[0].mode, 0100644);
}

static void many_files__on_several_processors__have_their_own_stat_data(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(scan_release) struct scan s = { 0 };

	for (int i = 0; i < 5000; i++) {
		char name[32], text[16];

		snprintf(name, sizeof name, "d%d/f%d", i / 100, i);
		snprintf(text, sizeof text, "%.*s", i % 13, "aaaaaaaaaaaaa");
		project_put(f, name, text);
	}
	s = scan_of(f);
	assert_int_equal(s.n, 5000);
	for (size_t i = 0; i < s.n; i++) {
		CLEANUP(free) char *path = fs_join(f->project, scan_path(&s, &s.files[i]));
		struct stat st;

		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(s.files[i].ino, st.st_ino);
		assert_int_equal(s.files[i].size, st.st_size);
	}
}

static void files__gone_or_changed_in_kind_since_they_were_listed__are_noted(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(close) int root = open(f->project, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(scan_release) struct scan s = { .paths = BUF_INIT(4096) };
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	static const char *const names[] = { "folder", "gone", "gone/below", "kept", "pipe" };
	struct error err = { 0 };
	size_t cap = 0;

	project_put(f, "kept", "x");
	assert_ok(fs_mkdir_p(root, "folder", 0755, &err), &err);
	assert_int_equal(mkfifoat(root, "pipe", 0600), 0);
	for (size_t i = 0; i < 5; i++) {
		mem_reserve(&s.files, &cap, s.n + 1);
		s.files[s.n++] = (struct scan_file){ .path = s.paths.len, .n_path = (uint32_t)strlen(names[i]) };
		buf_append(&s.paths, names[i], strlen(names[i]) + 1);
	}
	scan_stat_files(&s, root);
	assert_string_equal(paths_of(&s, &b), "kept\n");
	assert_int_equal(s.n_notes, 4);
	assert_int_equal(s.notes[0].why, SNAPSHOT_VANISHED);
	assert_contains(s.notes[0].detail, "folder");
	assert_int_equal(s.notes[1].why, SNAPSHOT_VANISHED);
	assert_int_equal(s.notes[3].why, SNAPSHOT_SPECIAL);
}

static void notes__without_number__end_with_one_that_says_so(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(scan_release) struct scan s = { 0 };

	(void)f;
	for (int i = 0; i < 20000; i++)
		scan_note(&s, "path", SNAPSHOT_UNREADABLE, "why");
	assert_int_equal(s.n_notes, 10001);
	assert_contains(s.notes[10000].detail, "and more");
}

static void secrets__unless_asked_for__are_withheld(void **state)
{
	static const char *const secrets[] = { ".env", ".env.local", "deploy.pem", "id_rsa", "sub/id_ed25519", ".netrc", ".aws/credentials",
					       "sub/.docker/config.json", ".ssh/config", "kubeconfig", ".git-credentials" };
	static const char *const others[] = { ".env.example", "id_rsa.pub", "pem.txt", "environment", "sub/credentials" };
	struct store_fixture *f = *state;
	CLEANUP(scan_release) struct scan s = { 0 };

	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		project_put(f, secrets[i], "s");
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		project_put(f, others[i], "o");
	s = scan_of(f);
	assert_int_equal(s.n, sizeof others / sizeof *others);
	assert_int_equal(s.n_notes, sizeof secrets / sizeof *secrets);
	scan_release(&s);
	project_put(f, ".wbignore", "!*.pem\n!.ssh/\n!.ssh/*\n");
	s = scan_of(f);
	assert_int_equal(s.n, sizeof others / sizeof *others + 3);
}

static void rules__in_odd_files__are_no_rules(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(close) int root = open(f->project, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(scan_release) struct scan s = { 0 };
	CLEANUP(buf_release) struct buf b = BUF_INIT(65536);
	struct error err = { 0 };

	wb_test_put(f->dir, "everything", "*\n");
	project_put(f, "kept", "x");
	assert_int_equal(symlinkat("../everything", root, ".gitignore"), 0);
	assert_ok(fs_mkdir_p(root, ".wbignore", 0755, &err), &err);
	project_put(f, "sub/kept", "x");
	assert_int_equal(mkfifoat(root, "sub/.gitignore", 0600), 0);
	s = scan_of(f);
	assert_string_equal(paths_of(&s, &b), ".gitignore\nkept\nsub/kept\n");
}

static void the_stores_own_folder__is_never_part_of_the_code(void **state)
{
	struct store_fixture *f = *state;
	struct scan_options o = { .root_path = f->dir, .store_dirfd = store_dirfd(f->store) };
	CLEANUP(close) int root = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(scan_release) struct scan s = { 0 };
	CLEANUP(buf_release) struct buf b = BUF_INIT(65536);
	struct error err = { 0 };

	project_put(f, "x", "");
	project_put(f, ".wb/format", "another store");
	o.root = root;
	assert_ok(scan_project(&o, &s, &err), &err);
	assert_string_equal(paths_of(&s, &b), "p/x\n");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(paths__of_files_and_folders__come_in_bytewise_order),
	CASE(many_files__on_several_processors__have_their_own_stat_data),
	CASE(files__gone_or_changed_in_kind_since_they_were_listed__are_noted),
	CASE(notes__without_number__end_with_one_that_says_so),
	CASE(secrets__unless_asked_for__are_withheld),
	CASE(rules__in_odd_files__are_no_rules),
	CASE(the_stores_own_folder__is_never_part_of_the_code),
};

WB_TEST_MAIN(tests)
