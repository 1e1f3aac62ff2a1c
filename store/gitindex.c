/*
 * The paths in a git index, versions 2 to 4, either id size, split indexes
 * included. Format: git's Documentation/gitformat-index.txt.
 */
#include "config.h"

#include "store/gitrepo.h"

#include <string.h>

#include "base/bigend.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

enum { HEADER = 12, STAT_BYTES = 40, EXTENDED = 0x4000, MAX_NAME = 65536 };

struct tracked {
	struct buf text; /* the paths, each with its NUL */
	size_t *at;      /* offsets into text; sorted once loaded */
	size_t n, cap;
};

static void add(struct tracked *t, const char *prefix, size_t n_prefix, const char *name, size_t n)
{
	size_t at = t->text.len;

	buf_append(&t->text, prefix, n_prefix);
	buf_append(&t->text, name, n);
	buf_append(&t->text, "", 1);
	if (t->text.full)
		return;
	mem_reserve(&t->at, &t->cap, t->n + 1);
	t->at[t->n++] = at;
}

/* Version 4: how many bytes of the previous name are dropped. git's offset encoding. Returns bytes used, 0 when cut off. */
static size_t read_varint(const unsigned char *p, size_t n, size_t *out)
{
	size_t value, used = 1;

	if (n == 0)
		return 0;
	value = p[0] & 127;
	while (p[used - 1] & 128) {
		if (used >= n || used > 5)
			return 0;
		value = ((value + 1) << 7) | (p[used++] & 127);
	}
	*out = value;
	return used;
}

/* One entry at p: its length, 0 when it contradicts itself. prev is the offset of the previous name in t, or -1. */
static size_t read_entry(struct tracked *t, const unsigned char *p, size_t n, size_t id_size, unsigned version,
			 size_t *prev)
{
	size_t at = STAT_BYTES + id_size + 2, used, drop = 0, keep = 0, start = t->text.len;
	const unsigned char *nul;

	if (n < at + 1)
		return 0;
	if (version >= 3 && (((unsigned)p[at - 2] << 8 | p[at - 1]) & EXTENDED))
		at += 2;
	if (n < at + 1)
		return 0;
	if (version == 4) {
		size_t n_prev = *prev == (size_t)-1 ? 0 : strlen(t->text.data + *prev);

		used = read_varint(p + at, n - at, &drop);
		if (!used || drop > n_prev)
			return 0;
		at += used;
		keep = n_prev - drop;
	}
	nul = memchr(p + at, '\0', n - at);
	if (!nul || nul - (p + at) > MAX_NAME)
		return 0;
	if (keep) {
		CLEANUP(free) char *prefix = mem_strndup(t->text.data + *prev, keep);

		add(t, prefix, keep, (const char *)p + at, (size_t)(nul - (p + at)));
	} else {
		add(t, "", 0, (const char *)p + at, (size_t)(nul - (p + at)));
	}
	*prev = start;
	at = (size_t)(nul - p);
	return version == 4 ? at + 1 : (at + 8) & ~(size_t)7;
}

/* Appends the entries of one index file; *link gets the name of the shared index that it builds on, or stays NULL. */
static bool read_index(struct tracked *t, const struct gitrepo *r, const char *name, char **link)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(256 * LIMIT_MIB);
	size_t id_size = r->sha256 ? 32 : 20, at = HEADER, prev = (size_t)-1;
	const unsigned char *p;
	unsigned version;

	if (!gitrepo_read_small(r->git_dir, name, &b) || b.len < HEADER + id_size || memcmp(b.data, "DIRC", 4) != 0)
		return false;
	p = (const unsigned char *)b.data;
	version = be32_load(p + 4);
	if (version < 2 || version > 4)
		return false;
	for (uint32_t left = be32_load(p + 8); left; left--) {
		size_t used = at < b.len ? read_entry(t, p + at, b.len - at, id_size, version, &prev) : 0;

		if (!used || t->text.full)
			return false;
		at += used;
	}
	while (at + 8 + id_size <= b.len) {
		size_t n = be32_load(p + at + 4);

		if (memcmp(p + at, "link", 4) == 0 && n >= id_size && at + 8 + n <= b.len && !*link) {
			char hex[65];

			str_hex(p + at + 8, id_size, hex);
			*link = mem_printf("sharedindex.%s", hex);
		}
		if (n > b.len - at - 8)
			break;
		at += 8 + n;
	}
	return true;
}

static int by_path(const void *a, const void *b, void *text)
{
	return strcmp((char *)text + *(const size_t *)a, (char *)text + *(const size_t *)b);
}

struct tracked *tracked_load(const struct gitrepo *r, char **why)
{
	CLEANUP(tracked_free) struct tracked *t = mem_zalloc(sizeof *t);
	CLEANUP(free) char *shared = NULL, *nested = NULL, *path = mem_printf("%s/index", r->git_dir);

	t->text = (struct buf)BUF_INIT(1024 * LIMIT_MIB);
	if (access(path, F_OK) < 0)
		return NULL;
	/* Entries that a split index took out of its base stay listed: too many names do no harm here. */
	if (!read_index(t, r, "index", &shared) || (shared && !read_index(t, r, shared, &nested))) {
		if (why && !*why)
			*why = mem_strdup("its index cannot be read, so files that it tracks although an ignore rule "
					  "names them are left out");
		return NULL;
	}
	if (t->n)
		qsort_r(t->at, t->n, sizeof *t->at, by_path, t->text.data);
	return take_ptr(&t);
}

void tracked_free(struct tracked *t)
{
	if (!t)
		return;
	buf_release(&t->text);
	free(t->at);
	free(t);
}

/* The first tracked path that is not before path. */
static const char *lower_bound(const struct tracked *t, const char *path)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(t->text.data + t->at[mid], path) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < t->n ? t->text.data + t->at[low] : NULL;
}

bool tracked_has(const struct tracked *t, const char *path)
{
	return t && str_eq(lower_bound(t, path), path);
}

bool tracked_has_below(const struct tracked *t, const char *dir)
{
	CLEANUP(free) char *prefix = mem_printf("%s/", dir);
	const char *found = t ? lower_bound(t, prefix) : NULL;

	return found && str_starts(found, prefix);
}
