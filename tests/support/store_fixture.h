/* A store and a project beside it in a temporary folder, for the tests of store/. The snapshot module is linked in. */
#ifndef WB_TESTS_SUPPORT_STORE_FIXTURE_H
#define WB_TESTS_SUPPORT_STORE_FIXTURE_H

#include "store/snapshot.h"
#include "store/snapshot_ops.h"
#include "store/store.h"

struct store_fixture {
	char *dir;     /* all of it */
	char *project; /* DIR/p */
	char *path;    /* DIR/store */
	struct store *store;
};

/* As setup and teardown of a case: *state is the fixture. No fault point stays armed. */
int store_fixture_setup(void **state);
int store_fixture_teardown(void **state);

/* Makes project/NAME. */
void project_put(const struct store_fixture *f, const char *name, const char *text);

/* A snapshot that must succeed; released by the caller. */
struct snapshot project_take(const struct store_fixture *f);

/* Only its tree. */
struct tree_id project_tree(const struct store_fixture *f);

/* The detail of the note on path ("" for none), NULL when there is no such note. */
const char *snapshot_note_of(const struct snapshot *s, const char *path, enum snapshot_why why);

/* Adds an object as it is, whatever is in it, durably. */
struct blob_id odb_put(const struct store_fixture *f, enum git_type type, const void *p, size_t n);

/* A tree with one entry. */
struct tree_id odb_put_tree(const struct store_fixture *f, uint32_t mode, const char *name, const struct blob_id *id);

#endif
