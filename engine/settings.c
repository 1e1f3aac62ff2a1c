/* config.yaml, read and edited. */
#include "config.h"

#include "engine/settings.h"

#include <errno.h>
#include <ctype.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>

#include "base/fs.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/spec.h"
#include "engine/upstream.h"
#include "engine/yamldoc.h"

enum { KEYS_MAX = 32, NAME_MAX_BYTES = 200 };

const struct setting_key setting_keys[] = {
	{ "run.experiment", SETTING_TEXT, NULL, "Default", "experiment of runs that name none" },
	{ "run.memory", SETTING_SIZE, NULL, NULL, "memory limit of runs that give none" },
	{ "run.time", SETTING_DURATION, NULL, NULL, "time limit of runs that give none" },
	{ "run.disk", SETTING_SIZE, NULL, NULL, "limit on what a run may write" },
	{ "run.cpus", SETTING_NUMBER, NULL, NULL, "CPUs of runs that give none" },
	{ "run.pids", SETTING_COUNT, NULL, "16384", "limit on a run's processes and threads" },
	{ "run.files", SETTING_COUNT, NULL, "65536", "files that a process of a run may have open" },
	{ "run.output", SETTING_SIZE, NULL, "256M", "how much is kept of what a run prints" },
	{ "run.grace", SETTING_DURATION, NULL, NULL, "time a run gets to end in when asked (5s)" },
	{ "run.tier_min", SETTING_CHOICE, "1|2|3", "2", "the weakest sandbox that is accepted; 1 is the strongest" },
	{ "policy.steps", SETTING_COUNT, NULL, "5000000", "units of work that one decision may take" },
	{ "policy.time", SETTING_DURATION, NULL, "1s", "time that one decision may take" },
	{ "network.proxy", SETTING_PROXY, NULL, "auto", "this machine's own proxy, for --net: auto ($https_proxy), none, or a URL" },
	{ "ui.color", SETTING_CHOICE, "auto|always|never", "auto", "when to colour" },
	{ .name = NULL },
};

struct setting_value {
	char *text;
	char *origin;
};

struct settings {
	struct setting_value values[KEYS_MAX]; /* by index in setting_keys */
};

/* One "section.key: value" of a file. */
struct entry {
	char name[NAME_MAX_BYTES];
	const struct ynode *node; /* its value, a text */
};

struct document {
	const char *path;
	const char *text;
	size_t len;
	struct ydoc yaml;
	struct entry *entries;
	size_t n_entries, entries_cap;
};

static void document_release(struct document *d)
{
	ydoc_release(&d->yaml);
	free(d->entries);
}
DEFINE_CLEANUP_VALUE(document_release, struct document);

const struct setting_key *setting_find(const char *name)
{
	for (const struct setting_key *k = setting_keys; k->name; k++)
		if (str_eq(k->name, name))
			return k;
	return NULL;
}

int setting_unknown(const char *name, struct error *err)
{
	const char *names[KEYS_MAX];
	size_t n = 0;
	const char *nearest;

	for (const struct setting_key *k = setting_keys; k->name; k++)
		names[n++] = k->name;
	nearest = str_nearest(name, names, n);
	error_set(err, ERR_NOT_FOUND, "unknown setting '%s'", name);
	return nearest ? error_hint(err, "did you mean '%s'?", nearest) : error_hint(err, "'wb config' lists the settings");
}

static int check_value(const struct setting_key *k, const char *value, struct error *err)
{
	uint64_t bytes;
	int64_t ns, count;
	double number;
	int result = 0;

	switch (k->kind) {
	case SETTING_TEXT:
		if (!*value)
			return error_set(err, ERR_INVALID, "%s is empty", k->name);
		return 0;
	case SETTING_CHOICE:
		if (!str_is_choice(k->choices, value))
			return error_set(err, ERR_INVALID, "%s: '%s' is none of %s", k->name, value, k->choices);
		return 0;
	case SETTING_NUMBER:
		result = str_parse_double(value, &number, err);
		if (result == 0 && !(isfinite(number) && number > 0))
			return error_set(err, ERR_INVALID, "%s must be more than 0", k->name);
		break;
	case SETTING_COUNT:
		result = str_parse_i64(value, &count, err);
		if (result == 0 && count <= 0)
			return error_set(err, ERR_INVALID, "%s must be more than 0", k->name);
		break;
	case SETTING_SIZE:
		result = str_parse_size(value, &bytes, err);
		break;
	case SETTING_PROXY:
		return upstream_check_setting(value, err);
	case SETTING_DURATION:
		result = str_parse_duration(value, &ns, err);
		break;
	}
	return result < 0 ? error_wrap(err, "%s", k->name) : 0;
}

static int refuse_shape(const struct document *d, const struct ynode *at, const char *what, struct error *err)
{
	ydoc_refuse(&d->yaml, at, err, "%s", what);
	return error_hint(err, "a section has 'key: value' lines below it");
}

static int add_entry(struct document *d, const char *section, const struct ynode *node, struct error *err)
{
	struct entry e = { .node = node };

	if (node->kind != YNODE_TEXT)
		return refuse_shape(d, node, "a single value is expected", err);
	if ((size_t)snprintf(e.name, sizeof e.name, "%s%s%s", section, *section ? "." : "", node->key) >= sizeof e.name)
		return refuse_shape(d, node, "the key is too long", err);
	mem_reserve(&d->entries, &d->entries_cap, d->n_entries + 1);
	d->entries[d->n_entries++] = e;
	return 0;
}

static int document_parse(struct document *d, struct error *err)
{
	const struct ynode *root = &d->yaml.root;

	if (ydoc_parse(d->path, d->text, d->len, &d->yaml, err) < 0)
		return -1;
	if (ynode_is_null(root))
		return 0; /* nothing but comments */
	if (root->kind != YNODE_MAP)
		return refuse_shape(d, root, "sections are expected", err);
	for (size_t i = 0; i < root->n; i++) {
		const struct ynode *section = &root->items[i];

		if (section->kind != YNODE_MAP) {
			/* "run:" and nothing below is a section without keys. */
			if (!ynode_is_null(section) && add_entry(d, "", section, err) < 0)
				return -1;
			continue;
		}
		for (size_t k = 0; k < section->n; k++)
			if (add_entry(d, section->key, &section->items[k], err) < 0)
				return -1;
	}
	return 0;
}

static int take_entries(struct settings *s, const struct document *d, struct error *err)
{
	for (size_t i = 0; i < d->n_entries; i++) {
		const struct entry *e = &d->entries[i];
		const struct setting_key *k = setting_find(e->name);
		struct setting_value *v;

		if ((!k && setting_unknown(e->name, err) < 0) || check_value(k, e->node->text, err) < 0)
			return ydoc_locate(&d->yaml, e->node, err);
		v = &s->values[k - setting_keys];
		free(v->text);
		free(v->origin);
		*v = (struct setting_value){ mem_strdup(e->node->text), mem_printf("%s:%zu", d->path, e->node->key_line) };
	}
	return 0;
}

static int load_file(struct settings *s, const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);
	CLEANUP(document_release) struct document d = { .path = path };

	if (fs_read_file(AT_FDCWD, path, &text, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		error_clear(err);
		return 0;
	}
	d.text = buf_text(&text);
	d.len = text.len;
	if (document_parse(&d, err) < 0)
		return -1;
	return take_entries(s, &d, err);
}

/* Heap text, or NULL where there is no home. */
static char *user_file(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (xdg && *xdg == '/')
		return mem_printf("%s/wb/config.yaml", xdg);
	return home && *home == '/' ? mem_printf("%s/.config/wb/config.yaml", home) : NULL;
}

int settings_load(const char *store_path, struct settings **out, struct error *err)
{
	CLEANUP(settings_free) struct settings *s = mem_zalloc(sizeof *s);
	CLEANUP(free) char *user = user_file();
	CLEANUP(free) char *own = store_path ? fs_join(store_path, "config.yaml") : NULL;

	if (user && load_file(s, user, err) < 0) {
		/* HOME is often still another user's after su or sudo: that file is not for this one. */
		if (err->sys != EACCES)
			return -1;
		error_clear(err);
	}
	if (own && load_file(s, own, err) < 0)
		return -1;
	*out = take_ptr(&s);
	return 0;
}

void settings_free(struct settings *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < KEYS_MAX; i++) {
		free(s->values[i].text);
		free(s->values[i].origin);
	}
	free(s);
}

const char *settings_get(const struct settings *s, const char *name)
{
	const struct setting_key *k = setting_find(name);

	if (!k)
		return NULL;
	return s->values[k - setting_keys].text ? s->values[k - setting_keys].text : k->builtin;
}

const char *settings_origin(const struct settings *s, const char *name)
{
	const struct setting_key *k = setting_find(name);
	const char *origin = k ? s->values[k - setting_keys].origin : NULL;

	return origin ? origin : "built in";
}

static int apply_counts(const struct settings *s, struct run_spec *spec, struct error *err)
{
	const char *pids = settings_get(s, "run.pids"), *files = settings_get(s, "run.files");
	const char *output = settings_get(s, "run.output"), *grace = settings_get(s, "run.grace");

	if (!spec->pids && pids && str_parse_i64(pids, &spec->pids, err) < 0)
		return -1;
	if (!spec->files && files && str_parse_i64(files, &spec->files, err) < 0)
		return -1;
	if (!spec->output_bytes && output && str_parse_size(output, &spec->output_bytes, err) < 0)
		return -1;
	if (!spec->grace_ns && grace && str_parse_duration(grace, &spec->grace_ns, err) < 0)
		return -1;
	return 0;
}

/* The stricter of what the run and the settings accept. */
static int apply_tier_min(const struct settings *s, struct run_spec *spec, struct error *err)
{
	const char *text = settings_get(s, "run.tier_min");
	bool is_set = !str_eq(settings_origin(s, "run.tier_min"), "built in");
	int tier_min = text[0] - '0';

	/* Out of the box, who asks for tier 3 in so many words gets as far as the policy, which refuses it. */
	if (spec->tier > tier_min && is_set) {
		error_set(err, ERR_DENIED, "--tier %d is weaker than run.tier_min (%d) of %s allows", spec->tier, tier_min,
			  settings_origin(s, "run.tier_min"));
		return error_hint(err, "leave --tier out, or 'wb config run.tier_min %d'", spec->tier);
	}
	if (spec->box.tier_min && spec->tier > spec->box.tier_min) {
		error_set(err, ERR_INVALID, "--tier %d is weaker than the tier_min of %d that this run was given", spec->tier,
			  spec->box.tier_min);
		return error_hint(err, "leave one of them out");
	}
	if (is_set && (!spec->box.tier_min || tier_min < spec->box.tier_min))
		spec->box.tier_min = tier_min;
	return 0;
}

int settings_apply(const struct settings *s, struct run_spec *spec, struct error *err)
{
	const char *memory = settings_get(s, "run.memory"), *wall = settings_get(s, "run.time");
	const char *disk = settings_get(s, "run.disk"), *cpus = settings_get(s, "run.cpus");

	if (apply_tier_min(s, spec, err) < 0)
		return -1;
	if (!spec->net_proxy)
		spec->net_proxy = mem_strdup(settings_get(s, "network.proxy"));
	if (!spec->experiment)
		spec->experiment = mem_strdup(settings_get(s, "run.experiment"));
	if (!spec->memory_bytes && memory && str_parse_size(memory, &spec->memory_bytes, err) < 0)
		return -1;
	if (!spec->wall_ns && wall && str_parse_duration(wall, &spec->wall_ns, err) < 0)
		return -1;
	if (!spec->disk_bytes && disk && str_parse_size(disk, &spec->disk_bytes, err) < 0)
		return -1;
	if (spec->cpus <= 0 && cpus && str_parse_double(cpus, &spec->cpus, err) < 0)
		return -1;
	return apply_counts(s, spec, err);
}

/* A value that YAML reads back as the same text. */
static void put_value(struct buf *b, const char *value)
{
	CLEANUP(jval_free) struct jval *quoted = jval_new_text(value);
	const char *c = value;

	while (isalnum((unsigned char)*c) || (*c && c != value && strchr("._/+-", *c)))
		c++;
	if (*value && !*c)
		buf_puts(b, value);
	else
		jval_format(quoted, JVAL_COMPACT, b);
}

/* The offset behind line number line (from 1). */
static size_t line_end(const struct document *d, size_t line)
{
	size_t i = 0;

	while (i < d->len && line)
		if (d->text[i++] == '\n')
			line--;
	return i;
}

static int put_new(const struct document *d, const char *section, const char *key, const char *value, struct buf *out,
		   struct error *err)
{
	const struct ynode *s = ynode_find(&d->yaml.root, section);
	size_t at = s ? line_end(d, s->key_line) : d->len;
	size_t indent = s && s->n ? s->items[0].key_col - 1 : 2;

	if (s && s->is_flow) {
		error_set(err, ERR_UNSUPPORTED, "%s:%zu: section '%s' is written in braces", d->path, s->key_line, section);
		return error_hint(err, "edit the file by hand");
	}
	buf_append(out, d->text, at);
	if (out->len && out->data[out->len - 1] != '\n')
		buf_putc(out, '\n');
	if (!s)
		buf_printf(out, "%s:\n", section);
	buf_printf(out, "%*s%s: ", (int)indent, "", key);
	put_value(out, value);
	buf_putc(out, '\n');
	buf_append(out, d->text + at, d->len - at);
	return 0;
}

/* The new text in out. */
static int edit(const struct document *d, const char *name, const char *value, struct buf *out, struct error *err)
{
	const char *dot = strchr(name, '.');
	CLEANUP(free) char *section = mem_strndup(name, (size_t)(dot - name));

	for (size_t i = 0; i < d->n_entries; i++) {
		const struct entry *e = &d->entries[i];

		if (!str_eq(e->name, name))
			continue;
		buf_append(out, d->text, e->node->start);
		put_value(out, value);
		buf_append(out, d->text + e->node->end, d->len - e->node->end);
		return buf_check(out, d->path, err);
	}
	if (put_new(d, section, dot + 1, value, out, err) < 0)
		return -1;
	return buf_check(out, d->path, err);
}

/* The edit must read back as what was asked for: a file of unusual shape is better left alone. */
static int check_edit(const char *path, const struct buf *text, const char *name, const char *value, struct error *err)
{
	CLEANUP(document_release) struct document d = { .path = path, .text = buf_text(text), .len = text->len };

	if (document_parse(&d, err) < 0)
		return error_wrap(err, "editing it for %s", name);
	for (size_t i = 0; i < d.n_entries; i++)
		if (str_eq(d.entries[i].name, name) && str_eq(d.entries[i].node->text, value))
			return 0;
	error_set(err, ERR_UNSUPPORTED, "%s has a shape that cannot be edited safely", path);
	return error_hint(err, "edit the file by hand");
}

int settings_save(const char *store_path, const char *name, const char *value, struct error *err)
{
	CLEANUP(free) char *path = fs_join(store_path, "config.yaml");
	CLEANUP(buf_release) struct buf old = BUF_INIT(LIMIT_CONFIG);
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);
	CLEANUP(document_release) struct document d = { .path = path };
	const struct setting_key *k = setting_find(name);

	if ((!k && setting_unknown(name, err) < 0) || check_value(k, value, err) < 0)
		return -1;
	if (fs_read_file(AT_FDCWD, path, &old, err) < 0 && err->code != ERR_NOT_FOUND)
		return -1;
	error_clear(err);
	d.text = buf_text(&old);
	d.len = old.len;
	if (document_parse(&d, err) < 0 || edit(&d, name, value, &text, err) < 0 ||
	    check_edit(path, &text, name, value, err) < 0)
		return -1;
	return fs_write_atomic(AT_FDCWD, path, text.data, text.len, 0600, err);
}

/* Without the line of that entry; with the last of its section, without the section. */
static int edit_out(const struct document *d, const struct entry *e, struct buf *out, struct error *err)
{
	CLEANUP(free) char *section = mem_strndup(e->name, strcspn(e->name, "."));
	const struct ynode *s = ynode_find(&d->yaml.root, section);
	size_t from, to = line_end(d, e->node->key_line);

	if (!s || s->is_flow) {
		error_set(err, ERR_UNSUPPORTED, "%s:%zu: section '%s' is written in braces", d->path, e->node->key_line, section);
		return error_hint(err, "edit the file by hand");
	}
	from = line_end(d, (s->n == 1 ? s->key_line : e->node->key_line) - 1);
	buf_append(out, d->text, from);
	buf_append(out, d->text + to, d->len - to);
	return buf_check(out, d->path, err);
}

/* All others are still there, with the values that they had. */
static int check_edit_out(const struct document *before, const struct entry *gone, const struct buf *text, struct error *err)
{
	CLEANUP(document_release) struct document d = { .path = before->path, .text = buf_text(text), .len = text->len };
	size_t same = 0;

	if (document_parse(&d, err) < 0)
		return error_wrap(err, "taking %s out", gone->name);
	for (size_t i = 0, k = 0; i < before->n_entries; i++) {
		const struct entry *e = &before->entries[i];

		if (e == gone)
			continue;
		if (k < d.n_entries && str_eq(d.entries[k].name, e->name) && str_eq(d.entries[k].node->text, e->node->text))
			same++;
		k++;
	}
	if (same + 1 == before->n_entries && d.n_entries == same)
		return 0;
	error_set(err, ERR_UNSUPPORTED, "%s has a shape that cannot be edited safely", before->path);
	return error_hint(err, "edit the file by hand");
}

int settings_unset(const char *store_path, const char *name, struct error *err)
{
	CLEANUP(free) char *path = fs_join(store_path, "config.yaml");
	CLEANUP(buf_release) struct buf old = BUF_INIT(LIMIT_CONFIG);
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);
	CLEANUP(document_release) struct document d = { .path = path };
	const struct entry *e = NULL;

	if (!setting_find(name))
		return setting_unknown(name, err);
	if (fs_read_file(AT_FDCWD, path, &old, err) < 0 && err->code != ERR_NOT_FOUND)
		return -1;
	error_clear(err);
	d.text = buf_text(&old);
	d.len = old.len;
	if (document_parse(&d, err) < 0)
		return -1;
	for (size_t i = 0; i < d.n_entries && !e; i++)
		e = str_eq(d.entries[i].name, name) ? &d.entries[i] : NULL;
	if (!e)
		return 0;
	if (edit_out(&d, e, &text, err) < 0 || check_edit_out(&d, e, &text, err) < 0)
		return -1;
	return fs_write_atomic(AT_FDCWD, path, text.data ? text.data : "", text.len, 0600, err) < 0 ? -1 : 1;
}
