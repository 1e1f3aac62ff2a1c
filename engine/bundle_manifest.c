/* The manifest of a bundle, and its trailer. */
#include "config.h"

#include "engine/bundle_manifest.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/uuid.h"

/* RFC 8878 3.1.2: a skippable frame is one of sixteen magic numbers, a length, and bytes. */
static const unsigned char trailer_head[] = "\x57\x2a\x4d\x18\x28\x00\x00\x00" "wbundle1";

static const char *const run_files[] = { "edits.json", "log", "log.index", "manifest.json", "spool" };

void bundle_trailer_format(const struct digest *d, unsigned char out[BUNDLE_TRAILER_BYTES])
{
	memcpy(out, trailer_head, 16);
	memcpy(out + 16, d->bytes, DIGEST_BYTES);
}

bool bundle_trailer_parse(const unsigned char bytes[BUNDLE_TRAILER_BYTES], struct digest *out)
{
	memcpy(out->bytes, bytes + 16, DIGEST_BYTES);
	return memcmp(bytes, trailer_head, 16) == 0;
}

static bool run_file_parse(const char *path, struct bundle_name *out)
{
	const char *id = path + strlen("runs/");

	if (strlen(id) < 34 || id[32] != '/')
		return false;
	snprintf(out->run_id, sizeof out->run_id, "%.32s", id);
	for (size_t i = 0; uuid_is_valid(out->run_id) && i < sizeof run_files / sizeof *run_files; i++) {
		if (str_eq(id + 33, run_files[i])) {
			out->kind = BUNDLE_RUN_FILE;
			out->file = run_files[i];
			return true;
		}
	}
	return false;
}

/* Lower-case hex only: one name, one spelling. */
static bool is_hex(const char *s, size_t n)
{
	return strspn(s, "0123456789abcdef") == n && s[n] == '\0';
}

bool bundle_name_parse(const char *path, struct bundle_name *out)
{
	if (str_starts(path, "runs/"))
		return run_file_parse(path, out);
	if (str_starts(path, "objects/") && is_hex(path + 8, DIGEST_HEX)) {
		out->kind = BUNDLE_OBJECT;
		return digest_parse(path + 8, &out->digest);
	}
	if (!str_starts(path, "code/blob/") && !str_starts(path, "code/tree/"))
		return false;
	out->kind = path[5] == 'b' ? BUNDLE_BLOB : BUNDLE_TREE;
	return is_hex(path + 10, 2 * (size_t)BLOB_ID_BYTES) && str_unhex(path + 10, out->id.b, BLOB_ID_BYTES);
}

static void run_release(struct bundle_run *r)
{
	free(r->name);
	free(r->experiment);
	free(r->status);
}

void bundle_imported_release(struct bundle_imported *b)
{
	for (size_t i = 0; i < b->n; i++)
		run_release(&b->runs[i]);
	free(b->runs);
	*b = (struct bundle_imported){ 0 };
}

void bundle_manifest_release(struct bundle_manifest *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->entries[i].path);
	for (size_t i = 0; i < m->n_runs; i++)
		run_release(&m->runs[i]);
	free(m->entries);
	free(m->runs);
	*m = (struct bundle_manifest){ 0 };
}

struct bundle_entry *bundle_manifest_add(struct bundle_manifest *m)
{
	mem_reserve(&m->entries, &m->cap, m->n + 1);
	m->entries[m->n] = (struct bundle_entry){ 0 };
	return &m->entries[m->n++];
}

struct bundle_run *bundle_manifest_add_run(struct bundle_manifest *m)
{
	mem_reserve(&m->runs, &m->cap_runs, m->n_runs + 1);
	m->runs[m->n_runs] = (struct bundle_run){ .id = "" };
	return &m->runs[m->n_runs++];
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct bundle_entry *)a)->path, ((const struct bundle_entry *)b)->path);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct bundle_run *)a)->id, ((const struct bundle_run *)b)->id);
}

void bundle_manifest_sort(struct bundle_manifest *m)
{
	size_t kept = 0;

	if (m->n)
		qsort(m->entries, m->n, sizeof *m->entries, by_path);
	if (m->n_runs)
		qsort(m->runs, m->n_runs, sizeof *m->runs, by_id);
	for (size_t i = 0; i < m->n; i++) {
		if (kept && str_eq(m->entries[kept - 1].path, m->entries[i].path))
			free(m->entries[i].path);
		else
			m->entries[kept++] = m->entries[i];
	}
	m->n = kept;
}

const struct bundle_entry *bundle_manifest_find(const struct bundle_manifest *m, const char *path)
{
	struct bundle_entry key = { .path = mem_strdup(path) };
	const struct bundle_entry *found = m->n ? bsearch(&key, m->entries, m->n, sizeof key, by_path) : NULL;

	free(key.path);
	return found;
}

void bundle_manifest_format(const struct bundle_manifest *m, struct buf *out)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	struct jval *runs, *entries;

	jval_set_int(v, "v", BUNDLE_VERSION);
	jval_set_text(v, "format", "wb-bundle");
	jval_set(v, "encryption", jval_new_null());
	jval_set(v, "signatures", jval_array());
	runs = jval_set(v, "runs", jval_array());
	for (size_t i = 0; i < m->n_runs; i++) {
		struct jval *r = jval_push(runs, jval_object());

		jval_set_text(r, "run_id", m->runs[i].id);
		jval_set_text(r, "experiment", m->runs[i].experiment);
		jval_set_text(r, "name", m->runs[i].name);
		jval_set_text(r, "status", m->runs[i].status);
	}
	entries = jval_set(v, "entries", jval_array());
	for (size_t i = 0; i < m->n; i++) {
		struct jval *e = jval_push(entries, jval_object());

		jval_set_text(e, "path", m->entries[i].path);
		jval_set_int(e, "bytes", (int64_t)m->entries[i].bytes);
		jval_set_text(e, "sha256", digest_hex(&m->entries[i].digest).text);
	}
	jval_format(v, JVAL_CANONICAL, out);
	buf_putc(out, '\n');
}

static int entry_parse(const struct jval *v, struct bundle_manifest *m, struct error *err)
{
	const char *path = jval_get_text(v, "path"), *sha256 = jval_get_text(v, "sha256");
	int64_t bytes = jval_get_int(v, "bytes", -1);
	struct bundle_name name;
	struct digest digest;
	struct bundle_entry *e;

	if (!path || !sha256 || bytes < 0 || !digest_parse(sha256, &digest))
		return error_set(err, ERR_CORRUPT, "its manifest has an entry without path, size or digest");
	if (!bundle_name_parse(path, &name))
		return error_set(err, ERR_CORRUPT, "its manifest names '%.100s', which has no place in a bundle", path);
	if (name.kind == BUNDLE_OBJECT && !digest_eq(&name.digest, &digest))
		return error_set(err, ERR_CORRUPT, "its manifest gives an object another digest than its name");
	if (m->n && strcmp(m->entries[m->n - 1].path, path) >= 0)
		return error_set(err, ERR_CORRUPT, "its manifest has '%.100s' twice or out of order", path);
	e = bundle_manifest_add(m);
	e->path = mem_strdup(path);
	e->bytes = (uint64_t)bytes;
	e->digest = digest;
	return 0;
}

static int run_parse(const struct jval *v, struct bundle_manifest *m, struct error *err)
{
	const char *id = jval_get_text(v, "run_id"), *name = jval_get_text(v, "name");
	const char *experiment = jval_get_text(v, "experiment"), *status = jval_get_text(v, "status");
	CLEANUP(free) char *spool = NULL;
	struct bundle_run *r;

	if (!id || !uuid_is_valid(id) || !name || !experiment || !status)
		return error_set(err, ERR_CORRUPT, "its manifest has a run without id, name, experiment or status");
	if (m->n_runs && strcmp(m->runs[m->n_runs - 1].id, id) >= 0)
		return error_set(err, ERR_CORRUPT, "its manifest has a run twice or out of order");
	spool = mem_printf("runs/%s/spool", id);
	if (!bundle_manifest_find(m, spool))
		return error_set(err, ERR_CORRUPT, "the record of run %s is not in it", id);
	r = bundle_manifest_add_run(m);
	snprintf(r->id, sizeof r->id, "%s", id);
	r->name = mem_strdup(name);
	r->experiment = mem_strdup(experiment);
	r->status = mem_strdup(status);
	return 0;
}

static bool has_run(const struct bundle_manifest *m, const char *id)
{
	struct bundle_run key = { .id = "" };

	snprintf(key.id, sizeof key.id, "%s", id);
	return m->n_runs && bsearch(&key, m->runs, m->n_runs, sizeof key, by_id);
}

/* Files of runs that the manifest does not list would be taken in by nobody. */
static int check_owners(const struct bundle_manifest *m, struct error *err)
{
	for (size_t i = 0; i < m->n; i++) {
		struct bundle_name name;

		if (bundle_name_parse(m->entries[i].path, &name) && name.kind == BUNDLE_RUN_FILE && !has_run(m, name.run_id))
			return error_set(err, ERR_CORRUPT, "'%s' belongs to no run of it", m->entries[i].path);
	}
	return 0;
}

static int document_check(const struct jval *v, struct error *err)
{
	int64_t version = jval_get_int(v, "v", -1);

	if (!str_eq(jval_get_text(v, "format"), "wb-bundle") || version < 1)
		return error_set(err, ERR_CORRUPT, "an archive, but not a bundle of wb");
	if (version > BUNDLE_VERSION) {
		error_set(err, ERR_UNSUPPORTED, "a bundle of version %lld, and this wb knows up to %d", (long long)version,
			  BUNDLE_VERSION);
		return error_hint(err, "import it with the wb that made it, or a newer one");
	}
	if (jval_type(jval_get(v, "encryption")) != JVAL_NULL)
		return error_set(err, ERR_UNSUPPORTED, "it is encrypted, and this wb has no keys");
	if (jval_type(jval_get(v, "signatures")) != JVAL_ARRAY || jval_type(jval_get(v, "entries")) != JVAL_ARRAY ||
	    jval_type(jval_get(v, "runs")) != JVAL_ARRAY)
		return error_set(err, ERR_CORRUPT, "its manifest is not complete");
	if (jval_count(jval_get(v, "entries")) > BUNDLE_ENTRIES_MAX || jval_count(jval_get(v, "runs")) > BUNDLE_RUNS_MAX)
		return error_set(err, ERR_LIMIT, "it has more files or runs than a bundle may have");
	return 0;
}

int bundle_manifest_parse(const char *text, size_t n, struct bundle_manifest *out, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = NULL;
	CLEANUP(bundle_manifest_release) struct bundle_manifest m = { 0 };
	const struct jval *entries, *runs;

	if (jval_parse(text, n, &v, err) < 0) {
		err->code = ERR_CORRUPT;
		return error_wrap(err, "its manifest");
	}
	if (document_check(v, err) < 0)
		return -1;
	entries = jval_get(v, "entries");
	runs = jval_get(v, "runs");
	for (size_t i = 0; i < jval_count(entries); i++)
		if (entry_parse(jval_at(entries, i), &m, err) < 0)
			return -1;
	for (size_t i = 0; i < jval_count(runs); i++)
		if (run_parse(jval_at(runs, i), &m, err) < 0)
			return -1;
	if (m.n_runs == 0)
		return error_set(err, ERR_CORRUPT, "there is no run in it");
	if (check_owners(&m, err) < 0)
		return -1;
	*out = m;
	m = (struct bundle_manifest){ 0 };
	return 0;
}
