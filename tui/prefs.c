/* Columns and order, kept. */
#include "config.h"

#include "tui/prefs.h"

#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

enum { COLUMNS_MAX = 64 };

static char *default_path(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && *config == '/')
		return mem_printf("%s/wb/ui.json", config);
	return home && *home == '/' ? mem_printf("%s/.config/wb/ui.json", home) : NULL;
}

static int read_document(const char *path, struct jval **out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);

	if (!path || !fs_exists(AT_FDCWD, path)) {
		*out = jval_object();
		return 0;
	}
	if (fs_read_file(AT_FDCWD, path, &text, err) < 0 || jval_parse(buf_text(&text), text.len, out, err) < 0)
		return error_wrap(err, "%s", path);
	return 0;
}

int prefs_load(struct prefs *p, const char *path, const char *store, struct error *err)
{
	CLEANUP(jval_free) struct jval *doc = NULL;
	const struct jval *mine, *columns;
	const char *order;

	*p = (struct prefs){ .path = path ? mem_strdup(path) : default_path(), .store = mem_strdup(store), .order = mem_strdup("") };
	if (read_document(p->path, &doc, err) < 0)
		return -1;
	mine = jval_get(jval_get(doc, "stores"), store);
	columns = jval_get(mine, "columns");
	for (size_t i = 0; i < jval_count(columns) && i < COLUMNS_MAX; i++)
		if (jval_text(jval_at(columns, i)))
			words_add(&p->columns, jval_text(jval_at(columns, i)));
	order = jval_get_text(mine, "order");
	if (order)
		prefs_set_order(p, order);
	p->changed = false;
	return 0;
}

void prefs_set_order(struct prefs *p, const char *order)
{
	if (str_eq(p->order, order))
		return;
	free(p->order);
	p->order = mem_strdup(order);
	p->changed = true;
}

/* A copy of the document with this store's part replaced. */
static struct jval *merge(const struct prefs *p, const struct jval *old)
{
	struct jval *doc = jval_object(), *stores, *mine;
	const struct jval *others = jval_get(old, "stores"), *value;
	const char *key;

	jval_set_int(doc, "v", 1);
	stores = jval_set(doc, "stores", jval_object());
	for (void *it = jval_next(others, NULL, &key, &value); it; it = jval_next(others, it, &key, &value))
		if (!str_eq(key, p->store))
			jval_set(stores, key, jval_copy(value));
	mine = jval_set(stores, p->store, jval_object());
	jval_set(mine, "columns", words_to_jval(&p->columns));
	jval_set_text(mine, "order", p->order);
	return doc;
}

int prefs_save(struct prefs *p, struct error *err)
{
	CLEANUP(jval_free) struct jval *old = NULL, *doc = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);
	CLEANUP(free) char *dir = NULL;

	if (!p->changed || !p->path)
		return 0;
	if (read_document(p->path, &old, err) < 0)
		return -1;
	dir = mem_strndup(p->path, (size_t)(fs_basename(p->path) - p->path));
	doc = merge(p, old);
	jval_format(doc, JVAL_PRETTY, &text);
	buf_putc(&text, '\n');
	if (fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0 ||
	    fs_write_atomic(AT_FDCWD, p->path, buf_text(&text), text.len, 0600, err) < 0)
		return -1;
	p->changed = false;
	return 0;
}

void prefs_release(struct prefs *p)
{
	free(p->path);
	free(p->store);
	free(p->order);
	words_release(&p->columns);
	*p = (struct prefs){ 0 };
}
