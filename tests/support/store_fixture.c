/* Stores and projects for tests. */
#include "config.h"

#include "tests/support/store_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/gittree.h"
#include "tests/support/wb_test.h"

int store_fixture_setup(void **state)
{
	struct store_fixture *f = mem_zalloc(sizeof *f);
	struct error err = { 0 };

	snapshot_ops_use(&wb_git_ops);
	f->dir = mem_strdup(wb_test_tmpdir());
	f->project = fs_join(f->dir, "p");
	f->path = fs_join(f->dir, "store");
	*state = f;
	if (fs_mkdir_p(AT_FDCWD, f->project, 0755, &err) < 0 || store_init(f->path, &err) < 0 ||
	    store_open(f->path, &f->store, &err) < 0) {
		print_error("# %s\n", err.text);
		return -1;
	}
	return 0;
}

int store_fixture_teardown(void **state)
{
	struct store_fixture *f = *state;

	sys_fault_arm(SYS_FAULT_NONE, 0, 0);
	store_close(f->store);
	free(f->dir);
	free(f->project);
	free(f->path);
	free(f);
	return 0;
}

void project_put(const struct store_fixture *f, const char *name, const char *text)
{
	wb_test_put(f->project, name, text);
}

struct snapshot project_take(const struct store_fixture *f)
{
	struct snapshot s = { 0 };
	struct error err = { 0 };

	assert_ok(snapshot_take(f->store, f->project, &s, &err), &err);
	return s;
}

struct tree_id project_tree(const struct store_fixture *f)
{
	CLEANUP(snapshot_release) struct snapshot s = project_take(f);

	return s.tree;
}

const char *snapshot_note_of(const struct snapshot *s, const char *path, enum snapshot_why why)
{
	for (size_t i = 0; i < s->n_notes; i++)
		if (s->notes[i].why == why && str_eq(s->notes[i].path, path))
			return s->notes[i].detail ? s->notes[i].detail : "";
	return NULL;
}

struct blob_id odb_put(const struct store_fixture *f, enum git_type type, const void *p, size_t n)
{
	CLEANUP(free) char *path = fs_join(f->path, "code.git");
	struct git_db *db = NULL;
	struct blob_id id = { 0 };
	struct error err = { 0 };

	assert_ok(wb_git_ops.open(path, &db, &err), &err);
	assert_ok(wb_git_ops.add(db, type, p, n, &id, &err), &err);
	assert_ok(wb_git_ops.commit(db, &err), &err);
	wb_git_ops.close(db);
	return id;
}

struct tree_id odb_put_tree(const struct store_fixture *f, uint32_t mode, const char *name, const struct blob_id *id)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct blob_id tree;
	struct tree_id hex;

	gittree_append(&b, mode, name, strlen(name), id);
	tree = odb_put(f, GIT_TYPE_TREE, b.data, b.len);
	str_hex(tree.b, BLOB_ID_BYTES, hex.hex);
	return hex;
}
