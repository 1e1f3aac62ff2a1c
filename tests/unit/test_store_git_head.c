/* store/git_head.c: what counts as a change against HEAD, over made-up objects. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/git_head.h"
#include "store/gittree.h"
#include "store/pointer.h"
#include "tests/support/wb_test.h"

enum { OBJECTS_MAX = 32 };

/* Objects by a number, which is the first byte of their ids. */
struct objects {
	struct {
		enum git_type type;
		char data[512];
		size_t n;
	} items[OBJECTS_MAX];
	bool present; /* the answer to is_present */
};

static struct blob_id id_of(unsigned number)
{
	struct blob_id id = { { (unsigned char)number } };

	return id;
}

static int read_object(void *user, const struct blob_id *id, enum git_type type, struct buf *out, struct error *err)
{
	const struct objects *o = user;
	unsigned number = id->b[0];

	if (number >= OBJECTS_MAX || !o->items[number].type)
		return error_set(err, ERR_NOT_FOUND, "no object %u", number);
	if (o->items[number].type != type)
		return error_set(err, ERR_CORRUPT, "object %u is of another type", number);
	buf_append(out, o->items[number].data, o->items[number].n);
	return 0;
}

static void put(struct objects *o, unsigned number, enum git_type type, const void *p, size_t n)
{
	assert_true(n <= sizeof o->items[number].data);
	o->items[number].type = type;
	memcpy(o->items[number].data, p, n);
	o->items[number].n = n;
}

static void put_text(struct objects *o, unsigned number, const char *text)
{
	put(o, number, GIT_TYPE_BLOB, text, strlen(text));
}

struct entry {
	uint32_t mode;
	const char *name;
	unsigned number;
};

static void put_tree(struct objects *o, unsigned number, const struct entry *entries, size_t n)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);

	for (size_t i = 0; i < n; i++) {
		struct blob_id id = id_of(entries[i].number);

		gittree_append(&b, entries[i].mode, entries[i].name, strlen(entries[i].name), &id);
	}
	put(o, number, GIT_TYPE_TREE, buf_text(&b), b.len);
}

#define TREE(o, number, ...) \
	put_tree(o, number, (const struct entry[]){ __VA_ARGS__ }, \
		 sizeof((const struct entry[]){ __VA_ARGS__ }) / sizeof(struct entry))

static bool is_present(void *user, const char *path)
{
	(void)path;
	return ((struct objects *)user)->present;
}

/* Commit 1 has tree 2; the snapshot is tree 3. */
static int compare(struct objects *o, const char *prefix, struct head_answer *out, struct error *err)
{
	struct head_source source = { read_object, o };
	struct blob_id id = id_of(2), commit_id = id_of(1);
	char hex[41], commit[128], commit_hex[41];
	struct head_question q = { .commit = commit_hex, .prefix = prefix, .tree = id_of(3),
				   .is_present = is_present, .user = o };

	str_hex(id.b, BLOB_ID_BYTES, hex);
	str_hex(commit_id.b, BLOB_ID_BYTES, commit_hex);
	snprintf(commit, sizeof commit, "tree %s\nauthor x\n\nmessage\n", hex);
	if (!o->items[1].type)
		put(o, 1, GIT_TYPE_COMMIT, commit, strlen(commit));
	return head_compare(&source, &source, &q, out, err);
}

static void check(struct objects *o, const char *prefix, bool dirty, bool untracked)
{
	struct head_answer answer = { 0 };
	struct error err = { 0 };

	assert_ok(compare(o, prefix, &answer, &err), &err);
	assert_int_equal(answer.dirty, dirty);
	assert_int_equal(answer.untracked, untracked);
}

static void equal_trees__of_other_order__are_clean(void **state)
{
	struct objects o = { .present = false };

	(void)state;
	put_text(&o, 10, "x");
	TREE(&o, 4, { 0100644, "in", 10 });
	/* git's order puts a.b between the file a and the folder a. */
	TREE(&o, 2, { 0100644, "a.b", 10 }, { GIT_MODE_TREE, "a", 4 });
	TREE(&o, 3, { GIT_MODE_TREE, "a", 4 }, { 0100644, "a.b", 10 });
	check(&o, "", false, false);
}

static void files__changed_added_or_missing__are_told_apart(void **state)
{
	struct objects o = { .present = false };

	(void)state;
	put_text(&o, 10, "x");
	put_text(&o, 11, "y");
	TREE(&o, 2, { 0100644, "a", 10 });
	TREE(&o, 3, { 0100644, "a", 11 });
	check(&o, "", true, false);
	TREE(&o, 3, { 0100644, "a", 10 }, { 0100644, "b", 10 });
	check(&o, "", false, true);
	TREE(&o, 3, { 0100644, "b", 10 });
	check(&o, "", true, true);
	/* Left out of the snapshot, but there: its absence says nothing. */
	o.present = true;
	check(&o, "", false, true);
	TREE(&o, 3, { 0100755, "a", 10 });
	check(&o, "", true, false);
	TREE(&o, 3, { GIT_MODE_LINK, "a", 10 });
	check(&o, "", true, false);
	TREE(&o, 4, { 0100644, "in", 10 });
	TREE(&o, 3, { GIT_MODE_TREE, "a", 4 });
	check(&o, "", true, false);
}

static void line_ends__that_git_would_turn__are_no_change(void **state)
{
	struct objects o = { .present = false };

	(void)state;
	TREE(&o, 2, { 0100644, "a", 10 });
	TREE(&o, 3, { 0100644, "a", 11 });
	put_text(&o, 10, "one\ntwo\n");
	put_text(&o, 11, "one\r\ntwo\r\n");
	check(&o, "", false, false);
	put_text(&o, 11, "one\rtwo\r\n");
	check(&o, "", true, false);
	put_text(&o, 11, "one\r\ntwo\r\nmore");
	check(&o, "", true, false);
	put_text(&o, 11, "one\r\n");
	check(&o, "", true, false);
}

static void large_files__behind_pointers__are_compared_by_digest(void **state)
{
	struct objects o = { .present = false };
	CLEANUP(buf_release) struct buf pointer = BUF_INIT(512);
	struct digest d = digest_of("large", 5);
	char lfs[256];

	(void)state;
	snprintf(lfs, sizeof lfs, "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 5\n", digest_hex(&d).text);
	pointer_format(&pointer, &d, 5);
	TREE(&o, 2, { 0100644, "a", 10 });
	TREE(&o, 3, { 0100644, "a", 11 });
	put(&o, 11, GIT_TYPE_BLOB, pointer.data, pointer.len);
	put_text(&o, 10, "large");
	check(&o, "", false, false);
	put_text(&o, 10, lfs);
	check(&o, "", false, false);
	put_text(&o, 10, "other");
	check(&o, "", true, false);
	put_text(&o, 11, "large");
	put_text(&o, 10, lfs);
	check(&o, "", false, false);
	put_text(&o, 11, "wb-object-v1\ndamaged");
	{
		struct head_answer answer;
		struct error err = { 0 };

		assert_refused(compare(&o, "", &answer, &err), &err, ERR_CORRUPT, "pointer");
	}
}

static void a_submodule__is_the_snapshots_own_matter(void **state)
{
	struct objects o = { .present = false };

	(void)state;
	put_text(&o, 10, "x");
	TREE(&o, 4, { 0100644, "in", 10 });
	TREE(&o, 2, { GIT_MODE_REPOSITORY, "lib", 9 }, { GIT_MODE_REPOSITORY, "missing", 9 });
	TREE(&o, 3, { GIT_MODE_TREE, "lib", 4 });
	check(&o, "", false, false);
}

static void a_project__below_the_top__is_compared_with_its_folder(void **state)
{
	struct objects o = { .present = false };

	(void)state;
	put_text(&o, 10, "x");
	TREE(&o, 5, { 0100644, "a", 10 });
	TREE(&o, 4, { GIT_MODE_TREE, "proj", 5 }, { 0100644, "project", 10 });
	TREE(&o, 2, { GIT_MODE_TREE, "sub", 4 }, { 0100644, "elsewhere", 10 });
	TREE(&o, 3, { 0100644, "a", 10 });
	check(&o, "sub/proj", false, false);
	check(&o, "sub/proj/", false, false);
	check(&o, "sub/pro", false, true);
	check(&o, "sub/project", false, true);
}

static void objects__missing_or_damaged__are_errors_not_answers(void **state)
{
	struct objects o = { .present = false };
	struct head_answer answer = { .dirty = true };
	struct error err = { 0 };

	(void)state;
	put(&o, 1, GIT_TYPE_COMMIT, "nonsense", 8);
	assert_refused(compare(&o, "", &answer, &err), &err, ERR_CORRUPT, "HEAD commit is damaged");
	o.items[1].type = 0;
	assert_refused(compare(&o, "", &answer, &err), &err, ERR_NOT_FOUND, "no object 2");
	put(&o, 2, GIT_TYPE_TREE, "100644 a", 8);
	TREE(&o, 3, { 0100644, "a", 10 });
	assert_refused(compare(&o, "", &answer, &err), &err, ERR_CORRUPT, "");
	assert_true(answer.dirty);
}

/* A tree that contains itself. */
static void folders__without_end__are_refused(void **state)
{
	struct objects o = { .present = false };
	struct head_answer answer;
	struct error err = { 0 };

	(void)state;
	TREE(&o, 2, { GIT_MODE_TREE, "d", 2 });
	TREE(&o, 3, { GIT_MODE_TREE, "d", 3 });
	assert_refused(compare(&o, "", &answer, &err), &err, ERR_LIMIT, "nested too deeply");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(equal_trees__of_other_order__are_clean),
	cmocka_unit_test(files__changed_added_or_missing__are_told_apart),
	cmocka_unit_test(line_ends__that_git_would_turn__are_no_change),
	cmocka_unit_test(large_files__behind_pointers__are_compared_by_digest),
	cmocka_unit_test(a_submodule__is_the_snapshots_own_matter),
	cmocka_unit_test(a_project__below_the_top__is_compared_with_its_folder),
	cmocka_unit_test(objects__missing_or_damaged__are_errors_not_answers),
	cmocka_unit_test(folders__without_end__are_refused),
};

WB_TEST_MAIN(tests)
