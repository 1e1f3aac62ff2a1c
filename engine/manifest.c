/* Writing a run's manifest. */
#include "config.h"

#include "engine/manifest.h"

#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"

static const char outputs_key[] = "outputs";

enum { FLUSH_AT = 64 * 1024 };

struct writer {
	int fd;
	struct hasher *hasher;
	struct buf text;   /* not yet written */
	uint64_t written;
};

static int writer_flush(struct writer *w, struct error *err)
{
	if (buf_check(&w->text, "the run's manifest", err) < 0)
		return -1;
	w->written += w->text.len;
	/* Its readers take no larger one. */
	if (w->written > LIMIT_JSON)
		return error_set(err, ERR_LIMIT, "the run's manifest is larger than %zu bytes", LIMIT_JSON);
	hasher_update(w->hasher, buf_text(&w->text), w->text.len);
	if (fs_write_all(w->fd, "manifest.json", buf_text(&w->text), w->text.len, err) < 0)
		return -1;
	buf_clear(&w->text);
	return 0;
}

static int put_outputs(struct writer *w, const struct collected *c, struct error *err)
{
	buf_putc(&w->text, '[');
	for (size_t i = 0; i < c->n_files; i++) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_text(v, "path", c->files[i].path);
		jval_set_int(v, "bytes", (int64_t)c->files[i].bytes);
		jval_set_text(v, "sha256", digest_hex(&c->files[i].digest).text);
		if (i)
			buf_putc(&w->text, ',');
		jval_format(v, JVAL_CANONICAL, &w->text);
		if (w->text.len >= FLUSH_AT && writer_flush(w, err) < 0)
			return -1;
	}
	buf_putc(&w->text, ']');
	return 0;
}

static void put_key(struct writer *w, const char *key)
{
	CLEANUP(jval_free) struct jval *v = jval_new_text(key);

	if (w->text.len || w->written)
		buf_putc(&w->text, ',');
	else
		buf_putc(&w->text, '{');
	jval_format(v, JVAL_CANONICAL, &w->text);
	buf_putc(&w->text, ':');
}

static int put_members(struct writer *w, const struct jval *m, const struct collected *c, struct error *err)
{
	CLEANUP(words_release) struct words keys = { 0 };
	const struct jval *value;
	const char *key;

	for (void *it = jval_next(m, NULL, &key, &value); it; it = jval_next(m, it, &key, &value))
		if (!str_eq(key, outputs_key))
			words_add(&keys, key);
	words_add(&keys, outputs_key);
	words_sort(&keys);
	for (size_t i = 0; i < keys.n; i++) {
		put_key(w, keys.items[i]);
		if (!str_eq(keys.items[i], outputs_key))
			jval_format(jval_get(m, keys.items[i]), JVAL_CANONICAL, &w->text);
		else if (put_outputs(w, c, err) < 0)
			return -1;
	}
	buf_puts(&w->text, "}\n");
	return writer_flush(w, err);
}

int manifest_write(int fd, const struct jval *m, const struct collected *c, struct digest *out, struct error *err)
{
	CLEANUP(hasher_free) struct hasher *hasher = hasher_new();
	struct writer w = { .fd = fd, .hasher = hasher, .text = BUF_INIT(LIMIT_JSON) };
	int rc = put_members(&w, m, c, err);

	buf_release(&w.text);
	if (rc < 0)
		return -1;
	*out = hasher_finish(hasher);
	return 0;
}
