/* wb-git.so: the only user of libgit2. */
#include "config.h"

#include "store/snapshot_ops.h"

#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#if LIBGIT2_VER_MAJOR > 1 || LIBGIT2_VER_MINOR >= 8
#include <git2/sys/errors.h>
#endif
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/git_guard.h"
#include "store/git_head.h"
#include "store/git_write.h"

struct git_db {
	git_repository *repo;
	git_odb *odb;
	struct git_writer *writer;
	char *objects;
};

static const char *last_message(void)
{
	const git_error *e = git_error_last();

	return e && e->message ? e->message : "no reason given";
}

static int raise(struct error *err, int code, const char *what)
{
	enum error_code ours = code == GIT_ENOTFOUND ? ERR_NOT_FOUND : ERR_CORRUPT;

	return error_set(err, ours, "%s: %s", what, last_message());
}

static void db_close(struct git_db *db)
{
	if (!db)
		return;
	git_writer_close(db->writer);
	git_odb_free(db->odb);
	git_repository_free(db->repo);
	free(db->objects);
	free(db);
	git_libgit2_shutdown();
}
DEFINE_CLEANUP(db_close, struct git_db *);

/* Nothing that a person or another program configured may change what is stored. */
static void blank_configuration(void)
{
	static const git_config_level_t levels[] = { GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
						     GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL };

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
#if LIBGIT2_VER_MAJOR > 1 || LIBGIT2_VER_MINOR >= 5
	/* Whose the store is was checked when it was opened. */
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
#endif
}

/* Loose objects, read by our own hand: the library reads a cut-off one for ever, and waits at a FIFO. */
struct loose_backend {
	git_odb_backend parent;
	char *dir;
};

/* The largest object that anybody here asks for. */
#define LOOSE_MAX (256 * LIMIT_MIB)

static int loose_get(git_odb_backend *b, const git_oid *oid, struct git_loose *out)
{
	const struct loose_backend *loose = (const struct loose_backend *)b;
	struct error err = { 0 };
	struct blob_id id;
	int rc;

	memcpy(id.b, oid->id, sizeof id.b);
	rc = git_loose_read(loose->dir, &id, LOOSE_MAX, out, &err);
	if (rc < 0)
		git_error_set_str(GIT_ERROR_ODB, err.text);
	return rc > 0 ? 0 : rc < 0 ? GIT_ERROR : GIT_ENOTFOUND;
}

static int loose_read(void **out, size_t *out_n, git_object_t *out_type, git_odb_backend *b, const git_oid *oid)
{
	struct git_loose object;
	int rc = loose_get(b, oid, &object);

	if (rc < 0)
		return rc;
	/* The library frees it by its own allocator. */
	*out = git_odb_backend_data_alloc(b, object.n + 1);
	if (*out)
		memcpy(*out, object.p, object.n + 1);
	*out_n = object.n;
	*out_type = (git_object_t)object.type;
	free(object.p);
	return *out ? 0 : GIT_ERROR;
}

static int loose_read_header(size_t *out_n, git_object_t *out_type, git_odb_backend *b, const git_oid *oid)
{
	struct git_loose object;
	int rc = loose_get(b, oid, &object);

	if (rc < 0)
		return rc;
	*out_n = object.n;
	*out_type = (git_object_t)object.type;
	free(object.p);
	return 0;
}

static int loose_exists(git_odb_backend *b, const git_oid *oid)
{
	const struct loose_backend *loose = (const struct loose_backend *)b;
	char hex[2 * BLOB_ID_BYTES + 1];
	CLEANUP(free) char *path = NULL;

	str_hex(oid->id, BLOB_ID_BYTES, hex);
	path = mem_printf("%s/%.2s/%s", loose->dir, hex, hex + 2);
	return fs_exists(AT_FDCWD, path);
}

static void loose_free(git_odb_backend *b)
{
	struct loose_backend *loose = (struct loose_backend *)b;

	free(loose->dir);
	free(loose);
}

/* Packs are asked first, loose objects then. */
enum { LOOSE_PRIORITY = 1, PACK_PRIORITY = 2 };

static int add_folder(git_odb *odb, const char *objects_dir)
{
	struct loose_backend *loose = mem_zalloc(sizeof *loose);
	git_odb_backend *packs = NULL;
	int rc;

	git_odb_init_backend(&loose->parent, GIT_ODB_BACKEND_VERSION);
	loose->parent.read = loose_read;
	loose->parent.read_header = loose_read_header;
	loose->parent.exists = loose_exists;
	loose->parent.free = loose_free;
	loose->dir = mem_strdup(objects_dir);
	rc = git_odb_add_backend(odb, &loose->parent, LOOSE_PRIORITY);
	if (rc < 0) {
		loose_free(&loose->parent);
		return rc;
	}
	rc = git_odb_backend_pack(&packs, objects_dir);
	if (rc < 0)
		return rc;
	rc = git_odb_add_backend(odb, packs, PACK_PRIORITY);
	if (rc < 0)
		packs->free(packs);
	return rc;
}

static int db_open(const char *path, struct git_db **out, struct error *err)
{
	CLEANUP(db_close) struct git_db *db = mem_zalloc(sizeof *db);
	int rc = git_libgit2_init();

	db->objects = mem_printf("%s/objects", path);
	if (git_guard_indexes(db->objects, err) < 0)
		return -1;
	if (rc >= 0) {
		blank_configuration();
		rc = git_repository_open_bare(&db->repo, path);
	}
	if (rc >= 0)
		rc = git_odb_new(&db->odb);
	if (rc >= 0)
		rc = add_folder(db->odb, db->objects);
	if (rc >= 0)
		rc = git_repository_set_odb(db->repo, db->odb);
	if (rc < 0)
		return raise(err, rc, path);
	*out = take_ptr(&db);
	return 0;
}

static bool odb_has(struct git_db *db, const git_oid *id)
{
#if LIBGIT2_VER_MAJOR > 1 || LIBGIT2_VER_MINOR >= 4
	return git_odb_exists_ext(db->odb, id, GIT_ODB_LOOKUP_NO_REFRESH);
#else
	return git_odb_exists(db->odb, id);
#endif
}

static int db_add(struct git_db *db, enum git_type type, const void *p, size_t n, struct blob_id *out,
		  struct error *err)
{
	struct blob_id id;
	git_oid oid;

	/* libgit2's SHA-1 notices collision attacks, and fails then. */
	if (git_odb_hash(&oid, p, n, (git_object_t)type) < 0)
		return error_set(err, ERR_CONFLICT, "%s", last_message());
	memcpy(id.b, oid.id, sizeof id.b);
	if (!(db->writer && git_writer_has(db->writer, &id)) && !odb_has(db, &oid)) {
		if (!db->writer && git_writer_open(db->objects, &db->writer, err) < 0)
			return -1;
		if (git_writer_add(db->writer, type, p, n, &id, err) < 0)
			return -1;
	}
	*out = id;
	return 0;
}

static int db_commit(struct git_db *db, struct error *err)
{
	int rc = db->writer ? git_writer_commit(db->writer, err) : 0;

	git_writer_close(take_ptr(&db->writer));
	if (rc == 0)
		git_odb_refresh(db->odb);
	return rc;
}

static int db_read(struct git_db *db, const struct blob_id *id, enum git_type type, struct buf *out,
		   struct error *err)
{
	git_odb_object *object = NULL;
	git_oid oid;
	char hex[2 * BLOB_ID_BYTES + 1];
	int rc;

	memcpy(oid.id, id->b, sizeof id->b);
	str_hex(id->b, BLOB_ID_BYTES, hex);
	rc = git_odb_read(&object, db->odb, &oid);
	if (rc < 0) {
		raise(err, rc, hex);
		return error_hint(err, "`wb verify --all` shows what else is damaged");
	}
	if (git_odb_object_type(object) != (git_object_t)type) {
		git_odb_object_free(object);
		return error_set(err, ERR_CORRUPT, "%s is not a %s", hex, git_object_type2string((git_object_t)type));
	}
	buf_append(out, git_odb_object_data(object), git_odb_object_size(object));
	git_odb_object_free(object);
	return buf_check(out, "a file of the snapshot", err);
}

static int db_copy(struct git_db *db, const struct code_id *ids, size_t n, struct error *err)
{
	if (!db->writer && git_writer_open(db->objects, &db->writer, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(LOOSE_MAX);

		if (db_read(db, &ids[i].id, ids[i].type, &b, err) < 0 ||
		    git_writer_add(db->writer, ids[i].type, buf_text(&b), b.len, &ids[i].id, err) < 0)
			return -1;
	}
	return db_commit(db, err);
}

/* Differences. */

/* As git prints paths: in quotes with octal escapes when there is an odd byte. */
static void append_path(struct buf *b, const char *path)
{
	bool odd = false;

	for (const unsigned char *p = (const unsigned char *)path; *p; p++)
		odd |= *p < 0x20 || *p >= 0x7f || *p == '"' || *p == '\\';
	if (!odd) {
		buf_puts(b, path);
		return;
	}
	buf_putc(b, '"');
	for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_printf(b, "\\%c", *p);
		else if (*p == '\n' || *p == '\t')
			buf_puts(b, *p == '\n' ? "\\n" : "\\t");
		else if (*p < 0x20 || *p >= 0x7f)
			buf_printf(b, "\\%03o", *p);
		else
			buf_putc(b, (char)*p);
	}
	buf_putc(b, '"');
}

static void append_names(git_diff *diff, struct buf *names)
{
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
		const git_diff_delta *d = git_diff_get_delta(diff, i);

		buf_printf(names, "%c\t", git_diff_status_char(d->status));
		append_path(names, d->new_file.path ? d->new_file.path : d->old_file.path);
		buf_putc(names, '\n');
	}
}

static int append_line(const git_diff_delta *d, const git_diff_hunk *h, const git_diff_line *l, void *out)
{
	(void)d;
	(void)h;
	if (l->origin == GIT_DIFF_LINE_CONTEXT || l->origin == GIT_DIFF_LINE_ADDITION ||
	    l->origin == GIT_DIFF_LINE_DELETION)
		buf_putc(out, l->origin);
	buf_append(out, l->content, l->content_len);
	return 0;
}

static int lookup_tree(struct git_db *db, const struct blob_id *id, git_tree **out, struct error *err)
{
	git_oid oid;
	int rc;

	memcpy(oid.id, id->b, sizeof id->b);
	rc = git_tree_lookup(out, db->repo, &oid);
	return rc < 0 ? raise(err, rc, "the tree") : 0;
}

static int db_diff(struct git_db *db, const struct blob_id *a, const struct blob_id *b, struct buf *names,
		   struct buf *patch, struct error *err)
{
	git_diff_options options;
	git_tree *ta = NULL, *tb = NULL;
	git_diff *diff = NULL;
	int rc = lookup_tree(db, a, &ta, err), n = -1;

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.flags = GIT_DIFF_INCLUDE_TYPECHANGE;
	if (rc == 0)
		rc = lookup_tree(db, b, &tb, err);
	if (rc == 0 && git_diff_tree_to_tree(&diff, db->repo, ta, tb, &options) < 0)
		rc = raise(err, GIT_ERROR, "comparing trees");
	if (rc == 0 && patch && git_diff_print(diff, GIT_DIFF_FORMAT_PATCH, append_line, patch) < 0)
		rc = raise(err, GIT_ERROR, "comparing trees");
	if (rc == 0) {
		append_names(diff, names);
		n = (int)git_diff_num_deltas(diff);
	}
	git_diff_free(diff);
	git_tree_free(ta);
	git_tree_free(tb);
	if (rc == 0 && (buf_check(names, "the list of differences", err) < 0 ||
			(patch && buf_check(patch, "the difference", err) < 0)))
		return -1;
	return n;
}

/* The user's HEAD: only its object folder is opened, never the repository with its configuration. */

static int odb_read_theirs(void *user, const struct blob_id *id, enum git_type type, struct buf *out, struct error *err)
{
	struct git_db theirs = { .odb = user };
	git_object_t found;
	git_oid oid;
	size_t n;

	memcpy(oid.id, id->b, sizeof id->b);
	if (git_odb_read_header(&n, &found, theirs.odb, &oid) == 0 && n > out->max - out->len)
		return error_set(err, ERR_LIMIT, "an object of it has %zu bytes", n);
	return db_read(&theirs, id, type, out, err);
}

static int odb_read_ours(void *user, const struct blob_id *id, enum git_type type, struct buf *out, struct error *err)
{
	return db_read(user, id, type, out, err);
}

static int open_theirs(const char *objects_dir, git_odb **out, struct error *err)
{
	CLEANUP(git_guard_close) struct git_guard *guard = NULL;
	const char *const *dirs;
	git_odb *odb = NULL;
	size_t n;
	int rc;

	if (git_guard_open(objects_dir, &guard, err) < 0)
		return -1;
	dirs = git_guard_dirs(guard, &n);
	rc = git_odb_new(&odb);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = add_folder(odb, dirs[i]);
	if (rc < 0) {
		git_odb_free(odb);
		return raise(err, rc, objects_dir);
	}
	*out = odb;
	return 0;
}

static int db_compare_head(struct git_db *db, const struct head_question *q, struct head_answer *out,
			   struct error *err)
{
	struct head_source theirs = { .read = odb_read_theirs }, ours = { .read = odb_read_ours, .user = db };
	git_odb *odb = NULL;
	int rc;

	if (open_theirs(q->objects_dir, &odb, err) < 0)
		return -1;
	theirs.user = odb;
	rc = head_compare(&theirs, &ours, q, out, err);
	git_odb_free(odb);
	return rc;
}

const struct snapshot_ops wb_git_ops = {
	.version = SNAPSHOT_OPS_VERSION,
	.open = db_open,
	.close = db_close,
	.add = db_add,
	.commit = db_commit,
	.copy = db_copy,
	.read = db_read,
	.diff = db_diff,
	.compare_head = db_compare_head,
};
