/*
 * Inputs. Digesting gigabytes for every run would be felt, so STORE/scan/inputs
 * keeps one JSON line a file: device, inode, size, mtime and ctime name a
 * version of it, and the digest and tags found for that version follow.
 */
#include "config.h"

#include "engine/inputs.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "policy/contract.h"
#include "store/object.h"
#include "store/store.h"
#include "store/tensor.h"

#define CACHE_FILE "scan/inputs"
#define CACHE_MAX (8 * LIMIT_MIB)

enum { DIR_FILES_MAX = 100000, DIR_DEPTH_MAX = 64 };

struct cache {
	struct buf text;  /* the file as read */
	struct buf added; /* lines to append */
};

void run_sources_release(struct run_sources *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->items[i].name);
		free(s->items[i].given);
		free(s->items[i].path);
		free(s->items[i].real);
		words_release(&s->items[i].tags);
	}
	free(s->items);
	*s = (struct run_sources){ 0 };
}

static void cache_key(const struct stat *st, char out[160])
{
	snprintf(out, 160, "\"%" PRIx64 ":%" PRIx64 ":%" PRIx64 ":%" PRIx64 ".%lx:%" PRIx64 ".%lx\"", (uint64_t)st->st_dev,
		 (uint64_t)st->st_ino, (uint64_t)st->st_size, (uint64_t)st->st_mtim.tv_sec, (unsigned long)st->st_mtim.tv_nsec,
		 (uint64_t)st->st_ctim.tv_sec, (unsigned long)st->st_ctim.tv_nsec);
}

/* Fills digest and tags from the cache. False when this version of the file is not known. */
static bool cache_find(const struct cache *c, const struct stat *st, struct digest *digest, struct words *tags)
{
	struct error ignored = { 0 };
	CLEANUP(jval_free) struct jval *v = NULL;
	const char *hex;
	char key[160], *at, *start, *end;

	cache_key(st, key);
	at = c->text.len ? memmem(c->text.data, c->text.len, key, strlen(key)) : NULL;
	if (!at)
		return false;
	start = memrchr(c->text.data, '\n', (size_t)(at - c->text.data));
	start = start ? start + 1 : c->text.data;
	end = memchr(at, '\n', c->text.len - (size_t)(at - c->text.data));
	if (!end || jval_parse(start, (size_t)(end - start), &v, &ignored) < 0)
		return false;
	hex = jval_get_text(v, "sha256");
	if (!hex || !digest_parse(hex, digest))
		return false;
	for (size_t i = 0; tags && i < jval_count(jval_get(v, "tags")); i++)
		words_add(tags, jval_text(jval_at(jval_get(v, "tags"), i)));
	return true;
}

static void cache_add(struct cache *c, const struct stat *st, int64_t now_ns, const struct digest *digest,
		      const struct words *tags)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	struct jval *array;
	char key[160];

	/* A file written within the clock's grain could change once more without its times telling. */
	if (now_ns - ((int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec) < 50000000)
		return;
	cache_key(st, key);
	key[strlen(key) - 1] = '\0';
	jval_set_text(v, "file", key + 1);
	jval_set_text(v, "sha256", digest_hex(digest).text);
	array = jval_set(v, "tags", jval_array());
	for (size_t i = 0; i < tags->n; i++)
		jval_push(array, jval_new_text(tags->items[i]));
	jval_format(v, JVAL_COMPACT, &c->added);
	buf_putc(&c->added, '\n');
}

/* Best effort on both sides: without the cache a run is slower, not different. */
static void cache_load(struct store *store, struct cache *c)
{
	struct error ignored = { 0 };

	c->text = (struct buf)BUF_INIT(CACHE_MAX);
	c->added = (struct buf)BUF_INIT(CACHE_MAX);
	if (fs_read_file(store_dirfd(store), CACHE_FILE, &c->text, &ignored) < 0)
		buf_clear(&c->text);
}

static void cache_save(struct store *store, struct cache *c)
{
	struct error ignored = { 0 };
	bool start_over = c->text.len + c->added.len > CACHE_MAX / 2;
	CLEANUP(close) int fd = -1;

	if (c->added.len == 0 || fs_mkdir_p(store_dirfd(store), "scan", 0700, &ignored) < 0)
		return;
	fd = sys_openat(store_dirfd(store), CACHE_FILE, O_WRONLY | O_CREAT | O_APPEND | (start_over ? O_TRUNC : 0), 0600);
	if (fd >= 0 && fs_write_all(fd, CACHE_FILE, c->added.data, c->added.len, &ignored) < 0)
		return;
}

static void cache_release(struct cache *c)
{
	buf_release(&c->text);
	buf_release(&c->added);
}
DEFINE_CLEANUP_VALUE(cache_release, struct cache);

static int read_tags(int fd, const char *name, struct words *out, struct error *err)
{
	CLEANUP(tensor_tags_release) struct tensor_tags tags = { 0 };

	if (!tensor_is_container(fd))
		return 0;
	if (tensor_tags(fd, name, NULL, &tags, err) < 0)
		return -1;
	for (size_t i = 0; i < tags.count; i++)
		words_add(out, tags.names[i]);
	return 0;
}

static int scan_file(struct engine *e, struct cache *c, int fd, const struct stat *st, const char *name, struct digest *digest,
		     struct words *tags, struct error *err)
{
	struct stat after;

	if (cache_find(c, st, digest, tags))
		return 0;
	if (digest_of_fd(fd, name, digest, NULL, err) < 0 || read_tags(fd, name, tags, err) < 0)
		return -1;
	if (fstat(fd, &after) < 0 || after.st_size != st->st_size || after.st_mtim.tv_sec != st->st_mtim.tv_sec ||
	    after.st_mtim.tv_nsec != st->st_mtim.tv_nsec) {
		error_set(err, ERR_BUSY, "%s changed while it was read", name);
		return error_hint(err, "wait until whoever writes it is done");
	}
	cache_add(c, st, clock_now(engine_clock(e)), digest, tags);
	return 0;
}

struct folder {
	struct engine *engine;
	struct cache *cache;
	struct hasher *hasher;
	struct run_source *source;
	size_t files;
};

static int scan_folder(struct folder *f, int dirfd, const char *path, int depth, struct error *err);

static int scan_entry(struct folder *f, int dirfd, const char *name, const char *path, int depth, struct error *err)
{
	struct stat st;
	struct digest digest;
	CLEANUP(words_release) struct words tags = { 0 };
	CLEANUP(close) int fd = sys_openat(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, "%s", path);
	if (S_ISDIR(st.st_mode))
		return scan_folder(f, fd, path, depth + 1, err);
	if (!S_ISREG(st.st_mode)) {
		/* A read-only mount stops nobody from talking to whoever listens behind a FIFO or a socket. */
		error_set(err, ERR_INVALID, "%s is neither a file nor a folder", path);
		return error_hint(err, "an input folder may hold files and folders only: move the rest elsewhere");
	}
	if (++f->files > DIR_FILES_MAX)
		return error_set(err, ERR_LIMIT, "%s holds more than %d files", f->source->given, DIR_FILES_MAX);
	if (scan_file(f->engine, f->cache, fd, &st, path, &digest, &tags, err) < 0)
		return -1;
	f->source->bytes += (uint64_t)st.st_size;
	hasher_update(f->hasher, path, strlen(path) + 1);
	hasher_update(f->hasher, digest.bytes, DIGEST_BYTES);
	for (size_t i = 0; i < tags.n; i++) {
		bool known = false;

		for (size_t k = 0; k < f->source->tags.n && !known; k++)
			known = str_eq(f->source->tags.items[k], tags.items[i]);
		if (!known)
			words_add(&f->source->tags, tags.items[i]);
	}
	return 0;
}

static int scan_folder(struct folder *f, int dirfd, const char *path, int depth, struct error *err)
{
	CLEANUP(words_release) struct words names = { 0 };
	CLEANUP(closedir) DIR *dir = NULL;
	struct dirent *entry;
	int fd = dup(dirfd);

	if (depth > DIR_DEPTH_MAX)
		return error_set(err, ERR_LIMIT, "%s: folders are nested too deeply (a link that leads back?)", path);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir)
		return error_sys(err, "%s", path);
	while ((entry = readdir(dir)) && names.n <= DIR_FILES_MAX)
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			words_add(&names, entry->d_name);
	words_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		CLEANUP(free) char *below = *path ? fs_join(path, names.items[i]) : mem_strdup(names.items[i]);

		if (scan_entry(f, dirfd, names.items[i], below, depth, err) < 0)
			return -1;
	}
	return 0;
}

static int scan_source(struct engine *e, struct cache *c, struct run_source *src, struct error *err)
{
	struct stat st;
	CLEANUP(close) int fd = sys_openat(AT_FDCWD, src->real, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, "%s", src->given);
	src->mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	if (S_ISREG(st.st_mode)) {
		src->bytes = (uint64_t)st.st_size;
		return scan_file(e, c, fd, &st, src->given, &src->digest, &src->tags, err);
	}
	if (S_ISDIR(st.st_mode)) {
		CLEANUP(hasher_free) struct hasher *h = hasher_new();
		struct folder f = { .engine = e, .cache = c, .hasher = h, .source = src };

		src->is_dir = true;
		if (scan_folder(&f, fd, "", 0, err) < 0)
			return -1;
		src->digest = hasher_finish(h);
		return 0;
	}
	return error_set(err, ERR_INVALID, "%s is neither a file nor a folder", src->given);
}

/* A policy that asks for PII must not be passed by "pii". */
static int check_tags(const struct run_source *src, struct error *err)
{
	const char *nearest;

	for (size_t i = 0; i < src->tags.n; i++) {
		if (policy_tag_is_canonical(src->tags.items[i], &nearest))
			continue;
		error_set(err, ERR_INVALID, "%s is tagged '%s' (wb.tags), which is not how a tag is written", src->given,
			  src->tags.items[i]);
		if (nearest)
			return error_hint(err, "write %s into the file's wb.tags", nearest);
		return error_hint(err, "a tag has capital letters, digits, '-' and '_': PII, PHI, LICENCE-X");
	}
	return 0;
}

static int resolve_one(struct engine *e, struct cache *c, const struct pair *input, const char *dir, struct run_source *src,
		       struct error *err)
{
	src->name = mem_strdup(input->key);
	src->given = mem_strdup(input->value);
	src->path = fs_join(dir, input->value);
	if (fs_realpath(src->path, &src->real, err) < 0) {
		error_set(err, ERR_NOT_FOUND, "input '%s': %s: no such file", src->name, src->given);
		return error_hint(err, "the path is looked up from %s", dir);
	}
	if (scan_source(e, c, src, err) < 0 || check_tags(src, err) < 0)
		return error_wrap(err, "input '%s'", src->name);
	return 0;
}

/* The digest that the repeated run had for this input; NULL when there is no such run or input. */
static const char *recorded_digest(const struct jval *recorded, const char *name)
{
	for (size_t i = 0; i < jval_count(recorded); i++)
		if (str_eq(jval_get_text(jval_at(recorded, i), "name"), name))
			return jval_get_text(jval_at(recorded, i), "sha256");
	return NULL;
}

/* The object of that digest instead of the file. */
static int take_object(struct engine *e, struct cache *c, struct run_source *src, const struct digest *d, struct error *err)
{
	free(src->real);
	src->real = object_path(engine_store(e), d);
	words_release(&src->tags);
	src->is_dir = false;
	if (scan_source(e, c, src, err) < 0 || check_tags(src, err) < 0)
		return error_wrap(err, "input '%s', kept in the store", src->name);
	if (!digest_eq(&src->digest, d))
		return error_set(err, ERR_CORRUPT, "input '%s': object %s is damaged", src->name, digest_hex(d).text);
	return 0;
}

static int recall_one(struct engine *e, struct cache *c, const struct pair *input, const char *dir,
		      const struct inputs_before *before, struct run_source *src, struct error *err)
{
	const char *hex = recorded_digest(before->recorded, input->key);
	struct digest d;
	int rc = resolve_one(e, c, input, dir, src, err);
	int kept;

	if (!hex || !digest_parse(hex, &d))
		return rc == 0 && before->exact ? error_set(err, ERR_CORRUPT, "input '%s' has no digest", input->key) : rc;
	if (rc == 0 && digest_eq(&src->digest, &d))
		return 0;
	if (rc < 0 && err->code != ERR_NOT_FOUND && err->code != ERR_DENIED)
		return -1;
	kept = object_find(engine_store(e), &d, NULL, err);
	if (kept > 0)
		return take_object(e, c, src, &d, err);
	if (kept < 0 || (rc == 0 && !before->exact))
		return kept < 0 ? -1 : 0;
	if (rc == 0) {
		error_set(err, ERR_CONFLICT, "input '%s': %s is not what the imported run read", src->name, src->path);
		return error_hint(err, "import a bundle made with --with-inputs");
	}
	error_set(err, ERR_NOT_FOUND, "input '%s' (sha256 %.12s) is neither at %s nor kept in the store", src->name, hex, src->path);
	return error_hint(err, "put the file there, or import a bundle made with --with-inputs");
}

int inputs_recall(struct engine *e, const struct pairs *inputs, const char *dir, const struct inputs_before *before,
		  struct run_sources *out, struct error *err)
{
	CLEANUP(cache_release) struct cache cache = { 0 };

	if (inputs->n == 0)
		return 0;
	cache_load(engine_store(e), &cache);
	for (size_t i = 0; i < inputs->n; i++) {
		mem_reserve(&out->items, &out->cap, out->n + 1);
		out->items[out->n++] = (struct run_source){ 0 };
		if (recall_one(e, &cache, &inputs->items[i], dir, before, &out->items[out->n - 1], err) < 0)
			return -1;
	}
	cache_save(engine_store(e), &cache);
	return 0;
}

int inputs_resolve(struct engine *e, const struct pairs *inputs, const char *dir, struct run_sources *out, struct error *err)
{
	return inputs_recall(e, inputs, dir, &(struct inputs_before){ 0 }, out, err);
}

char *inputs_recorded_path(const struct jval *start, const char *given)
{
	const char *project = jval_get_text(start, "project"), *cwd = jval_get_text(jval_get(start, "spec"), "cwd");
	CLEANUP(free) char *dir = cwd && *cwd ? fs_join(project ? project : ".", cwd) : mem_strdup(project ? project : ".");

	return fs_join(dir, given);
}
