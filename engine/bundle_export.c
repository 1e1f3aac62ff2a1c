/* Packing runs. */
#include "config.h"

#include "engine/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/part.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/bundle_code.h"
#include "engine/bundle_manifest.h"
#include "engine/decide.h"
#include "engine/inputs.h"
#include "store/archive_client.h"
#include "store/object.h"
#include "store/treewalk.h"
#include "tracker/tracker.h"

enum { PIECE = 256 * 1024 };

#define LOCK_WAIT_NS INT64_C(60000000000)

/* Where an entry's bytes come from when it is no object and no code. */
struct text {
	char *path;
	char *bytes;
	size_t n;
};

struct export {
	struct engine *engine;
	struct store *store;
	const struct bundle_export_options *o;
	struct bundle_manifest manifest;
	struct tree_reader reader;
	struct bundle_codes codes;
	struct text *texts;      /* edits.json of the runs */
	size_t n_texts, cap_texts;
	struct text *files;      /* inputs: path in the bundle, and (bytes) where the file lies */
	size_t n_files, cap_files;
	uint64_t done, all;
};

static void texts_free(struct text *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(t[i].path);
		free(t[i].bytes);
	}
	free(t);
}

static void export_release(struct export *x)
{
	bundle_manifest_release(&x->manifest);
	if (x->reader.db)
		tree_reader_close(&x->reader);
	bundle_codes_release(&x->codes);
	texts_free(x->texts, x->n_texts);
	texts_free(x->files, x->n_files);
}
DEFINE_CLEANUP_VALUE(export_release, struct export);

static void add_entry(struct export *x, char *take_path, uint64_t bytes, const struct digest *d)
{
	struct bundle_entry *e = bundle_manifest_add(&x->manifest);

	e->path = take_path;
	e->bytes = bytes;
	e->digest = *d;
}

static int add_object(struct export *x, const struct digest *d, const char *what, struct error *err)
{
	uint64_t bytes;
	int rc = object_find(x->store, d, &bytes, err);

	if (rc == 0) {
		error_set(err, ERR_NOT_FOUND, "%s: object %s is missing", what, digest_hex(d).text);
		return error_hint(err, "`wb verify` shows what else is");
	}
	if (rc > 0)
		add_entry(x, mem_printf("objects/%s", digest_hex(d).text), bytes, d);
	return rc < 0 ? -1 : 0;
}

static int add_object_hex(struct export *x, const char *hex, const char *what, struct error *err)
{
	struct digest d;

	if (!hex || !digest_parse(hex, &d))
		return error_set(err, ERR_CORRUPT, "%s has no digest", what);
	return add_object(x, &d, what, err);
}

/* ---- code ---- */

static int code_read(struct export *x, const struct blob_id *id, bool is_tree, struct buf *out, struct error *err)
{
	return is_tree ? tree_read(&x->reader, id, out, err) : tree_read_blob(&x->reader, id, out, err);
}

static int code_need(void *data, const struct blob_id *id, bool is_tree, struct error *err)
{
	struct export *x = data;
	CLEANUP(buf_release) struct buf bytes = BUF_INIT(LIMIT_JSON);
	char hex[2 * BLOB_ID_BYTES + 1];
	struct digest d;

	if (code_read(x, id, is_tree, &bytes, err) < 0)
		return -1;
	str_hex(id->b, BLOB_ID_BYTES, hex);
	d = digest_of(buf_text(&bytes), bytes.len);
	add_entry(x, mem_printf("code/%s/%s", is_tree ? "tree" : "blob", hex), bytes.len, &d);
	return bundle_codes_add(&x->codes, id, is_tree, &bytes, err);
}

static int code_large(void *data, const struct digest *d, struct error *err)
{
	return add_object(data, d, "a large file of the frozen code", err);
}

static int add_code(struct export *x, const char *tree, struct error *err)
{
	const struct bundle_code_walk walk = { .codes = &x->codes, .need = code_need, .large = code_large, .data = x };
	struct blob_id id;

	if (!*tree)
		return 0;
	if (!x->reader.db && tree_reader_open(x->store, &x->reader, err) < 0)
		return -1;
	return tree_parse_id(tree, &id, err) < 0 ? -1 : bundle_code_check(&walk, &id, err);
}

/* ---- the run's own files ---- */

static int add_run_file(struct export *x, int dirfd, const char *id, const char *name, struct error *err)
{
	CLEANUP(close) int fd = fs_open(dirfd, name, err);
	struct digest d;
	uint64_t bytes;

	if (fd < 0 && err->code == ERR_NOT_FOUND) {
		error_clear(err);
		return 0;
	}
	if (fd < 0 || digest_of_fd(fd, name, &d, &bytes, err) < 0)
		return -1;
	add_entry(x, mem_printf("runs/%s/%s", id, name), bytes, &d);
	return 0;
}

/* Name, tags and notes as they stand: people may have changed them since the record was sealed. */
static void add_edits(struct export *x, const struct run *r)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	struct buf text = BUF_INIT(LIMIT_JSON);
	struct jval *tags, *notes;
	struct digest d;

	jval_set_int(v, "v", 1);
	jval_set_text(v, "name", r->name);
	tags = jval_set(v, "tags", jval_object());
	for (size_t i = 0; i < r->tag_count; i++)
		jval_set_text(tags, r->tags[i].key, r->tags[i].value);
	notes = jval_set(v, "notes", jval_array());
	for (size_t i = 0; i < r->note_count; i++) {
		struct jval *n = jval_push(notes, jval_object());

		jval_set_text(n, "author", r->notes[i].author);
		jval_set_text(n, "text", r->notes[i].text);
		jval_set_int(n, "time_ms", r->notes[i].time_ms);
	}
	jval_format(v, JVAL_CANONICAL, &text);
	buf_putc(&text, '\n');
	d = digest_of(text.data, text.len);
	add_entry(x, mem_printf("runs/%s/edits.json", r->id), text.len, &d);
	mem_reserve(&x->texts, &x->cap_texts, x->n_texts + 1);
	x->texts[x->n_texts] = (struct text){ .path = mem_printf("runs/%s/edits.json", r->id), .n = text.len };
	x->texts[x->n_texts++].bytes = buf_take(&text);
}

/* ---- inputs ---- */

static void note_folder(struct export *x, const char *name)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_EVENT_LINE);

	buf_printf(&text, "input '%s' is a folder and is not packed", name);
	if (x->o->note)
		x->o->note(x->o->data, buf_text(&text));
}

static int add_input(struct export *x, const struct run *r, const struct run_input *in, struct error *err)
{
	CLEANUP(free) char *path = inputs_recorded_path(r->start, in->path);
	CLEANUP(close) int fd = -1;
	struct digest want, got;
	uint64_t bytes;

	if (!digest_parse(in->sha256, &want))
		return error_set(err, ERR_CORRUPT, "input '%s' has no digest", in->name);
	if (object_find(x->store, &want, NULL, err) > 0)
		return add_object(x, &want, in->name, err);
	if (fs_is_dir(AT_FDCWD, path)) {
		note_folder(x, in->name);
		return 0;
	}
	fd = fs_open(AT_FDCWD, path, err);
	if (fd < 0 || digest_of_fd(fd, path, &got, &bytes, err) < 0)
		return error_wrap(err, "input '%s'", in->name);
	if (!digest_eq(&want, &got)) {
		error_set(err, ERR_CONFLICT, "input '%s': %s has changed since the run read it", in->name, path);
		return error_hint(err, "bring it back, or export without --with-inputs");
	}
	add_entry(x, mem_printf("objects/%s", in->sha256), bytes, &want);
	mem_reserve(&x->files, &x->cap_files, x->n_files + 1);
	x->files[x->n_files++] = (struct text){ .path = mem_printf("objects/%s", in->sha256), .bytes = take_ptr(&path) };
	return 0;
}

/* ---- one run ---- */

static void add_to_list(struct export *x, const struct run *r)
{
	CLEANUP(buf_release) struct buf status = BUF_INIT(4096);
	struct bundle_run *b = bundle_manifest_add_run(&x->manifest);

	run_status_format(&status, r->state, r->detail);
	snprintf(b->id, sizeof b->id, "%s", r->id);
	b->name = mem_strdup(r->name);
	b->experiment = mem_strdup(r->experiment);
	b->status = mem_strdup(buf_text(&status));
}

static bool is_listed(const struct export *x, const char *id)
{
	for (size_t i = 0; i < x->manifest.n_runs; i++)
		if (str_eq(x->manifest.runs[i].id, id))
			return true;
	return false;
}

static int add_files(struct export *x, const struct run *r, struct error *err)
{
	static const char *const names[] = { "log", "log.index", "manifest.json", "spool" };
	CLEANUP(close) int dirfd = store_run_dir(x->store, r->id, false, err);

	if (dirfd < 0)
		return -1;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (add_run_file(x, dirfd, r->id, names[i], err) < 0)
			return -1;
	add_edits(x, r);
	return 0;
}

static int add_run(struct export *x, const char *id, struct error *err)
{
	CLEANUP(run_release) struct run r;
	const struct jval *environment;
	const char *hex;
	struct tracker *tracker;

	run_init(&r);
	if (engine_tracker(x->engine, &tracker, err) < 0 || tracker_get(tracker, id, &r, err) < 0)
		return -1;
	if (r.state == RUN_RUNNING) {
		error_set(err, ERR_BUSY, "run %.8s is still running", id);
		return error_hint(err, "export it when it has ended");
	}
	if (r.damaged_bytes) {
		error_set(err, ERR_CORRUPT, "the record of run %.8s is damaged", id);
		return error_hint(err, "`wb verify %.8s` tells more", id);
	}
	add_to_list(x, &r);
	environment = jval_get(r.start, "environment");
	if (environment && add_object_hex(x, jval_get_text(environment, "sha256"), "the environment", err) < 0)
		return -1;
	for (size_t i = 0; (hex = decide_kept(r.start, i)); i++)
		if (add_object_hex(x, hex, "a policy file", err) < 0)
			return -1;
	for (size_t i = 0; i < r.output_count; i++)
		if (add_object_hex(x, r.outputs[i].sha256, r.outputs[i].path, err) < 0)
			return -1;
	for (size_t i = 0; x->o->with_inputs && i < r.input_count; i++)
		if (add_input(x, &r, &r.inputs[i], err) < 0)
			return -1;
	if (add_code(x, r.tree, err) < 0 || add_files(x, &r, err) < 0)
		return error_wrap(err, "run %.8s", id);
	return 0;
}

/* ---- writing ---- */

static void moved(struct export *x, size_t n)
{
	x->done += n;
	if (x->o->progress)
		x->o->progress(x->o->data, x->done, x->all);
}

/* All of fd, which must still be what was hashed when the manifest was made. */
static int pack_fd(struct export *x, struct archive_pack *p, int fd, const struct bundle_entry *e, struct error *err)
{
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	CLEANUP(free) char *piece = mem_alloc(PIECE);
	uint64_t at = 0;
	struct digest d;

	while (at < e->bytes) {
		ssize_t n = sys_pread(fd, piece, e->bytes - at < PIECE ? (size_t)(e->bytes - at) : PIECE, (off_t)at);

		if (n < 0)
			return error_sys(err, "reading %s", e->path);
		if (n == 0)
			break;
		hasher_update(h, piece, (size_t)n);
		if (archive_pack_data(p, piece, (size_t)n, err) < 0)
			return -1;
		at += (uint64_t)n;
		moved(x, (size_t)n);
	}
	d = hasher_finish(h);
	if (at != e->bytes || !digest_eq(&d, &e->digest)) {
		error_set(err, ERR_CORRUPT, "%s is not what it should be", e->path);
		return error_hint(err, "`wb verify` shows what is damaged");
	}
	return 0;
}

static const struct text *text_find(const struct text *list, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].path, path))
			return &list[i];
	return NULL;
}

static int pack_code(struct export *x, struct archive_pack *p, const struct bundle_entry *e, const struct bundle_name *name,
		     struct error *err)
{
	CLEANUP(buf_release) struct buf bytes = BUF_INIT(LIMIT_JSON);

	if (code_read(x, &name->id, name->kind == BUNDLE_TREE, &bytes, err) < 0)
		return -1;
	if (bytes.len != e->bytes)
		return error_set(err, ERR_CORRUPT, "%s is not what it should be", e->path);
	moved(x, bytes.len);
	return archive_pack_data(p, buf_text(&bytes), bytes.len, err);
}

static int pack_entry(struct export *x, struct archive_pack *p, const struct bundle_entry *e, struct error *err)
{
	const struct text *text = text_find(x->texts, x->n_texts, e->path), *file = text_find(x->files, x->n_files, e->path);
	CLEANUP(close) int fd = -1;
	struct bundle_name name;

	if (!bundle_name_parse(e->path, &name))
		return error_set(err, ERR_INTERNAL, "'%s' has no place in a bundle", e->path);
	if (archive_pack_entry(p, e->path, e->bytes, err) < 0)
		return -1;
	if (text)
		return archive_pack_data(p, text->bytes, text->n, err);
	if (name.kind == BUNDLE_TREE || name.kind == BUNDLE_BLOB)
		return pack_code(x, p, e, &name, err);
	if (file)
		fd = fs_open(AT_FDCWD, file->bytes, err);
	else if (name.kind == BUNDLE_OBJECT)
		fd = object_open(x->store, &name.digest, NULL, err);
	else
		fd = fs_open(store_dirfd(x->store), e->path, err);
	return fd < 0 ? -1 : pack_fd(x, p, fd, e, err);
}

static int pack_all(struct export *x, int fd, struct error *err)
{
	CLEANUP(archive_pack_close) struct archive_pack *p = NULL;
	CLEANUP(buf_release) struct buf manifest = BUF_INIT(16 * LIMIT_JSON);

	bundle_manifest_format(&x->manifest, &manifest);
	if (buf_check(&manifest, "the bundle's manifest", err) < 0)
		return -1;
	if (manifest.len > LIMIT_JSON)
		return error_set(err, ERR_LIMIT, "the runs have too many files for one bundle: export fewer at a time");
	if (archive_pack_open(fd, &p, err) < 0 || archive_pack_entry(p, BUNDLE_MANIFEST, manifest.len, err) < 0 ||
	    archive_pack_data(p, manifest.data, manifest.len, err) < 0)
		return -1;
	for (size_t i = 0; i < x->manifest.n; i++)
		if (pack_entry(x, p, &x->manifest.entries[i], err) < 0)
			return -1;
	return archive_pack_finish(p, err);
}

/* The digest of all that was written, behind it. */
static int seal(int fd, const char *path, uint64_t *out_bytes, struct error *err)
{
	unsigned char trailer[BUNDLE_TRAILER_BYTES];
	struct digest d;
	uint64_t bytes;

	if (digest_of_fd(fd, path, &d, &bytes, err) < 0)
		return -1;
	bundle_trailer_format(&d, trailer);
	if (sys_pwrite(fd, trailer, sizeof trailer, (off_t)bytes) != (ssize_t)sizeof trailer || sys_fsync(fd) < 0)
		return error_sys(err, "%s", path);
	*out_bytes = bytes + sizeof trailer;
	return 0;
}

static int write_file(struct export *x, const char *path, uint64_t *out_bytes, struct error *err)
{
	const char *base = fs_basename(path);
	CLEANUP(free) char *dir = mem_strndup(path, (size_t)(base - path));
	CLEANUP(part_release) struct part part = PART_INIT;

	if (fs_exists(AT_FDCWD, path)) {
		error_set(err, ERR_EXISTS, "%s exists already", path);
		return error_hint(err, "remove it, or name another file");
	}
	if (part_open(AT_FDCWD, path, 0666, &part, err) < 0 || pack_all(x, part.fd, err) < 0 ||
	    seal(part.fd, path, out_bytes, err) < 0 || part_name(&part, err) < 0)
		return -1;
	return fs_sync_dir(AT_FDCWD, *dir ? dir : ".", err);
}

int bundle_export(struct engine *e, const struct bundle_export_options *o, const char *path, struct bundle_exported *out,
		  struct error *err)
{
	CLEANUP(export_release) struct export x = { .engine = e, .store = engine_store(e), .o = o };
	CLEANUP(close) int lock = store_lock(x.store, STORE_SHARED, LOCK_WAIT_NS, err);
	uint64_t file_bytes = 0;

	if (lock < 0)
		return -1;
	for (size_t i = 0; i < o->n; i++)
		if (!is_listed(&x, o->run_ids[i]) && add_run(&x, o->run_ids[i], err) < 0)
			return -1;
	bundle_manifest_sort(&x.manifest);
	for (size_t i = 0; i < x.manifest.n; i++)
		x.all += x.manifest.entries[i].bytes;
	if (write_file(&x, path, &file_bytes, err) < 0)
		return -1;
	*out = (struct bundle_exported){
		.runs = x.manifest.n_runs, .files = x.manifest.n, .bytes = x.all, .file_bytes = file_bytes,
	};
	return 0;
}
