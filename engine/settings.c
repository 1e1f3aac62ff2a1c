/* config.yaml, read and edited through libyaml (this file is its only user). */
#include "config.h"

#include "engine/settings.h"

#include <errno.h>
#include <ctype.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>

#include <yaml.h>

#include "base/fs.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/spec.h"

enum { KEYS_MAX = 32, NAME_MAX_BYTES = 200 };

const struct setting_key setting_keys[] = {
	{ "run.experiment", SETTING_TEXT, NULL, "Default", "experiment of runs that name none" },
	{ "run.memory", SETTING_SIZE, NULL, NULL, "memory limit of runs that give none" },
	{ "run.time", SETTING_DURATION, NULL, NULL, "time limit of runs that give none" },
	{ "run.disk", SETTING_SIZE, NULL, NULL, "limit on what a run may write" },
	{ "run.cpus", SETTING_NUMBER, NULL, NULL, "CPUs of runs that give none" },
	{ "run.tier_min", SETTING_CHOICE, "1|2", "2", "the weakest sandbox that is accepted; 1 is the strongest" },
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

/* One "section.key: value" of a file. Offsets are bytes of the file's text. */
struct entry {
	char name[NAME_MAX_BYTES];
	char *value;
	size_t start, end;
	size_t line; /* from 1 */
};

/* A "section:" of a file, for inserting below it. */
struct section {
	char name[NAME_MAX_BYTES];
	size_t line;
	size_t indent;  /* of its first key; 0: it has none */
	bool is_flow;
};

struct document {
	const char *path;
	const char *text;
	size_t len;
	struct entry *entries;
	size_t n_entries, entries_cap;
	struct section *sections;
	size_t n_sections, sections_cap;
};

static void document_release(struct document *d)
{
	for (size_t i = 0; i < d->n_entries; i++)
		free(d->entries[i].value);
	free(d->entries);
	free(d->sections);
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

static bool has_choice(const char *choices, const char *value)
{
	size_t n = strlen(value);

	for (const char *c = choices; *c;) {
		size_t len = strcspn(c, "|");

		if (len == n && memcmp(c, value, n) == 0)
			return true;
		c += len + (c[len] == '|');
	}
	return false;
}

static int check_value(const struct setting_key *k, const char *value, struct error *err)
{
	uint64_t bytes;
	int64_t ns;
	double number;
	int result = 0;

	switch (k->kind) {
	case SETTING_TEXT:
		if (!*value)
			return error_set(err, ERR_INVALID, "%s is empty", k->name);
		return 0;
	case SETTING_CHOICE:
		if (!has_choice(k->choices, value))
			return error_set(err, ERR_INVALID, "%s: '%s' is none of %s", k->name, value, k->choices);
		return 0;
	case SETTING_NUMBER:
		result = str_parse_double(value, &number, err);
		if (result == 0 && !(isfinite(number) && number > 0))
			return error_set(err, ERR_INVALID, "%s must be more than 0", k->name);
		break;
	case SETTING_SIZE:
		result = str_parse_size(value, &bytes, err);
		break;
	case SETTING_DURATION:
		result = str_parse_duration(value, &ns, err);
		break;
	}
	return result < 0 ? error_wrap(err, "%s", k->name) : 0;
}

/* libyaml counts characters; the text is edited in bytes. */
static size_t byte_at(const char *text, size_t len, size_t chars)
{
	size_t i = 0;

	for (; i < len && chars; chars--)
		do
			i++;
		while (i < len && ((unsigned char)text[i] & 0xc0) == 0x80);
	return i;
}

struct reader {
	struct document *d;
	yaml_parser_t parser;
	yaml_event_t event;
	bool has_event;
};

static int next_event(struct reader *r, struct error *err)
{
	if (r->has_event)
		yaml_event_delete(&r->event);
	r->has_event = yaml_parser_parse(&r->parser, &r->event);
	if (r->has_event)
		return 0;
	return error_set(err, ERR_INVALID, "%s:%zu: %s", r->d->path, r->parser.problem_mark.line + 1,
			 r->parser.problem ? r->parser.problem : "not YAML");
}

static int bad_shape(const struct reader *r, const char *what, struct error *err)
{
	error_set(err, ERR_INVALID, "%s:%zu: %s", r->d->path, r->event.start_mark.line + 1, what);
	return error_hint(err, "a section has 'key: value' lines below it");
}

static int read_key(const struct reader *r, char out[NAME_MAX_BYTES], const char *section, struct error *err)
{
	const char *key = (const char *)r->event.data.scalar.value;

	if (r->event.type != YAML_SCALAR_EVENT)
		return bad_shape(r, "a key is expected", err);
	if (r->event.data.scalar.length != strlen(key) ||
	    (size_t)snprintf(out, NAME_MAX_BYTES, "%s%s%s", section, *section ? "." : "", key) >= NAME_MAX_BYTES)
		return bad_shape(r, "the key is too long", err);
	return 0;
}

static int read_value(const struct reader *r, const char *name, struct error *err)
{
	struct document *d = r->d;
	const char *value = (const char *)r->event.data.scalar.value;
	struct entry *e;

	if (r->event.type != YAML_SCALAR_EVENT)
		return bad_shape(r, "a single value is expected", err);
	if (r->event.data.scalar.length != strlen(value))
		return bad_shape(r, "the value holds a NUL byte", err);
	for (size_t i = 0; i < d->n_entries; i++)
		if (str_eq(d->entries[i].name, name))
			return error_set(err, ERR_INVALID, "%s:%zu: '%s' is there a second time (first in line %zu)", d->path,
					 r->event.start_mark.line + 1, name, d->entries[i].line);
	mem_reserve(&d->entries, &d->entries_cap, d->n_entries + 1);
	e = &d->entries[d->n_entries++];
	*e = (struct entry){
		.value = mem_strdup(value),
		.start = byte_at(d->text, d->len, r->event.start_mark.index),
		.end = byte_at(d->text, d->len, r->event.end_mark.index),
		.line = r->event.start_mark.line + 1,
	};
	memcpy(e->name, name, strlen(name) + 1);
	return 0;
}

static int read_section(struct reader *r, const char *name, size_t line, struct error *err)
{
	struct document *d = r->d;
	struct section s = { .line = line, .is_flow = r->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE };

	memcpy(s.name, name, strlen(name) + 1);
	for (;;) {
		char full[NAME_MAX_BYTES];

		if (next_event(r, err) < 0)
			return -1;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			break;
		if (!s.indent)
			s.indent = r->event.start_mark.column;
		if (read_key(r, full, name, err) < 0 || next_event(r, err) < 0 || read_value(r, full, err) < 0)
			return -1;
	}
	mem_reserve(&d->sections, &d->sections_cap, d->n_sections + 1);
	d->sections[d->n_sections++] = s;
	return 0;
}

/* A section without keys: "run:" and nothing below. */
static void note_empty_section(struct document *d, const char *name, size_t line)
{
	struct section s = { .line = line };

	memcpy(s.name, name, strlen(name) + 1);
	mem_reserve(&d->sections, &d->sections_cap, d->n_sections + 1);
	d->sections[d->n_sections++] = s;
}

static int read_top(struct reader *r, struct error *err)
{
	for (;;) {
		char name[NAME_MAX_BYTES];
		size_t line;

		if (next_event(r, err) < 0)
			return -1;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			return 0;
		line = r->event.start_mark.line + 1;
		if (read_key(r, name, "", err) < 0 || next_event(r, err) < 0)
			return -1;
		if (r->event.type == YAML_MAPPING_START_EVENT) {
			if (read_section(r, name, line, err) < 0)
				return -1;
		} else if (r->event.type == YAML_SCALAR_EVENT && !r->event.data.scalar.length) {
			note_empty_section(r->d, name, line);
		} else if (read_value(r, name, err) < 0) {
			return -1;
		}
	}
}

static int read_events(struct reader *r, struct error *err)
{
	do {
		if (next_event(r, err) < 0)
			return -1;
		if (r->event.type == YAML_STREAM_END_EVENT)
			return 0; /* nothing but comments */
	} while (r->event.type == YAML_STREAM_START_EVENT || r->event.type == YAML_DOCUMENT_START_EVENT);
	if (r->event.type == YAML_SCALAR_EVENT && !r->event.data.scalar.length)
		return 0;
	if (r->event.type != YAML_MAPPING_START_EVENT)
		return bad_shape(r, "sections are expected", err);
	if (read_top(r, err) < 0 || next_event(r, err) < 0 || next_event(r, err) < 0)
		return -1;
	if (r->event.type != YAML_STREAM_END_EVENT)
		return bad_shape(r, "a second document", err);
	return 0;
}

static int document_parse(struct document *d, struct error *err)
{
	struct reader r = { .d = d };
	int result;

	if (!yaml_parser_initialize(&r.parser))
		return error_set(err, ERR_INTERNAL, "the YAML parser did not start");
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)d->text, d->len);
	result = read_events(&r, err);
	if (r.has_event)
		yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	return result;
}

static int take_entries(struct settings *s, const struct document *d, struct error *err)
{
	for (size_t i = 0; i < d->n_entries; i++) {
		const struct entry *e = &d->entries[i];
		const struct setting_key *k = setting_find(e->name);
		struct setting_value *v;

		if ((!k && setting_unknown(e->name, err) < 0) || check_value(k, e->value, err) < 0) {
			err->code = ERR_INVALID;
			return error_wrap(err, "%s:%zu", d->path, e->line);
		}
		v = &s->values[k - setting_keys];
		free(v->text);
		free(v->origin);
		*v = (struct setting_value){ mem_strdup(e->value), mem_strdup(d->path) };
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

int settings_apply(const struct settings *s, struct run_spec *spec, struct error *err)
{
	const char *memory = settings_get(s, "run.memory"), *wall = settings_get(s, "run.time");
	const char *disk = settings_get(s, "run.disk"), *cpus = settings_get(s, "run.cpus");
	int tier_min = str_eq(settings_get(s, "run.tier_min"), "1") ? 1 : 2;

	if (spec->tier > tier_min) {
		error_set(err, ERR_DENIED, "--tier %d is weaker than run.tier_min (%d) of %s allows", spec->tier, tier_min,
			  settings_origin(s, "run.tier_min"));
		return error_hint(err, "leave --tier out, or 'wb config run.tier_min 2'");
	}
	if (!spec->tier && tier_min == 1)
		spec->tier = 1;
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
	return 0;
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
	const struct section *s = NULL;
	size_t at = d->len;

	for (size_t i = 0; i < d->n_sections; i++)
		if (str_eq(d->sections[i].name, section))
			s = &d->sections[i];
	if (s && s->is_flow) {
		error_set(err, ERR_UNSUPPORTED, "%s:%zu: section '%s' is written in braces", d->path, s->line, section);
		return error_hint(err, "edit the file by hand");
	}
	if (s)
		at = line_end(d, s->line);
	buf_append(out, d->text, at);
	if (out->len && out->data[out->len - 1] != '\n')
		buf_putc(out, '\n');
	if (!s)
		buf_printf(out, "%s:\n", section);
	buf_printf(out, "%*s%s: ", s && s->indent ? (int)s->indent : 2, "", key);
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
		buf_append(out, d->text, e->start);
		put_value(out, value);
		buf_append(out, d->text + e->end, d->len - e->end);
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
		if (str_eq(d.entries[i].name, name) && str_eq(d.entries[i].value, value))
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
