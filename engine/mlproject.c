/* MLproject files: reading, and from an entry point to a command. */
#include "config.h"

#include "engine/mlproject.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/yamldoc.h"

struct param {
	char *name;
	char *type;
	char *fallback; /* NULL: has to be given */
};

struct entry {
	char *name;
	char *command;
	struct param *params;
	size_t n, cap;
};

struct mlproject {
	char *dir;
	char *path;
	struct entry *entries;
	size_t n, cap;
};

static void entry_release(struct entry *e)
{
	for (size_t i = 0; i < e->n; i++) {
		free(e->params[i].name);
		free(e->params[i].type);
		free(e->params[i].fallback);
	}
	free(e->params);
	free(e->name);
	free(e->command);
	*e = (struct entry){ 0 };
}
DEFINE_CLEANUP_VALUE(entry_release, struct entry);

void mlproject_free(struct mlproject *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++)
		entry_release(&p->entries[i]);
	free(p->entries);
	free(p->dir);
	free(p->path);
	free(p);
}

/* --- reading --- */

static int need_text(const struct ydoc *d, const struct ynode *n, struct error *err)
{
	if (n->kind == YNODE_TEXT && !ynode_is_null(n))
		return 0;
	return ydoc_refuse(d, n, err, "'%.100s' takes a text", n->key);
}

static int need_map(const struct ydoc *d, const struct ynode *n, struct error *err)
{
	if (n->kind == YNODE_MAP || ynode_is_null(n))
		return 0;
	return ydoc_refuse(d, n, err, "'%.100s' takes 'name: value' lines", n->key ? n->key : MLPROJECT_FILE);
}

/* "lr: float", or "lr: {type: float, default: 0.1}"; without a type it is a string. */
static int read_param(const struct ydoc *d, const struct ynode *n, struct entry *e, struct error *err)
{
	const struct ynode *type = n->kind == YNODE_MAP ? ynode_find(n, "type") : n;
	const struct ynode *fallback = n->kind == YNODE_MAP ? ynode_find(n, "default") : NULL;

	if (n->kind == YNODE_LIST)
		return ydoc_refuse(d, n, err, "param '%.100s' takes a type, or 'type:' and 'default:' lines", n->key);
	if ((type && need_text(d, type, err) < 0) ||
	    (fallback && !ynode_is_null(fallback) && need_text(d, fallback, err) < 0))
		return -1;
	mem_reserve(&e->params, &e->cap, e->n + 1);
	e->params[e->n++] = (struct param){
		.name = mem_strdup(n->key),
		.type = mem_strdup(type ? type->text : "string"),
		.fallback = fallback && !ynode_is_null(fallback) ? mem_strdup(fallback->text) : NULL,
	};
	return 0;
}

static int read_entry(const struct ydoc *d, const struct ynode *n, struct mlproject *p, struct error *err)
{
	CLEANUP(entry_release) struct entry e = { .name = mem_strdup(n->key) };
	const struct ynode *command, *params;

	if (need_map(d, n, err) < 0)
		return -1;
	command = ynode_find(n, "command");
	params = ynode_find(n, "parameters");
	if (!command)
		return ydoc_refuse(d, n, err, "entry point '%.100s' has no command", n->key);
	if (need_text(d, command, err) < 0 || (params && need_map(d, params, err) < 0))
		return -1;
	e.command = mem_strdup(command->text);
	for (size_t i = 0; params && i < params->n; i++)
		if (read_param(d, &params->items[i], &e, err) < 0)
			return -1;
	mem_reserve(&p->entries, &p->cap, p->n + 1);
	p->entries[p->n++] = e;
	e = (struct entry){ 0 };
	return 0;
}

static int read_file(const struct ydoc *d, struct mlproject *p, struct error *err)
{
	const struct ynode *docker, *entries;

	if (need_map(d, &d->root, err) < 0)
		return -1;
	docker = ynode_find(&d->root, "docker_env");
	if (docker) {
		ydoc_refuse(d, docker, err, "docker_env: a run here uses this machine's interpreter, not a container's");
		return error_hint(err, "install what it needs here, and leave docker_env out");
	}
	entries = ynode_find(&d->root, "entry_points");
	if (entries && need_map(d, entries, err) < 0)
		return -1;
	for (size_t i = 0; entries && i < entries->n; i++)
		if (read_entry(d, &entries->items[i], p, err) < 0)
			return -1;
	return 0;
}

int mlproject_read(const struct ydoc *doc, const char *dir, struct mlproject **out, struct error *err)
{
	CLEANUP(mlproject_free) struct mlproject *p = mem_zalloc(sizeof *p);

	p->dir = mem_strdup(dir);
	p->path = mem_strdup(doc->path);
	if (read_file(doc, p, err) < 0)
		return -1;
	*out = take_ptr(&p);
	return 0;
}

int mlproject_load(const char *dir, struct mlproject **out, struct error *err)
{
	CLEANUP(ydoc_release) struct ydoc d = { 0 };
	CLEANUP(free) char *path = fs_join(dir, MLPROJECT_FILE);

	if (ydoc_load(path, &d, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		error_clear(err);
		return 0;
	}
	return mlproject_read(&d, dir, out, err) < 0 ? -1 : 1;
}

const char *mlproject_entry(const struct mlproject *p, size_t i)
{
	return i < p->n ? p->entries[i].name : NULL;
}

/* --- an entry point as a command --- */

static const struct entry *entry_find(const struct mlproject *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->entries[i].name, name))
			return &p->entries[i];
	return NULL;
}

static int unknown_entry(const struct mlproject *p, const char *name, struct error *err)
{
	CLEANUP(free) const char **names = mem_calloc(p->n + 1, sizeof *names);
	const char *nearest;

	for (size_t i = 0; i < p->n; i++)
		names[i] = p->entries[i].name;
	nearest = str_nearest(name, names, p->n);
	error_set(err, ERR_NOT_FOUND, "%s has no entry point '%.100s'", p->path, name);
	if (nearest)
		return error_hint(err, "did you mean '%s'?", nearest);
	return p->n ? error_hint(err, "name another: --entry %s", names[0]) : error_hint(err, "it names none at all");
}

/* A file of the project as an entry point without declared params. */
static bool entry_of_file(const struct mlproject *p, const char *name, struct entry *out)
{
	const char *runner = str_ends(name, ".py") ? "python" : str_ends(name, ".sh") ? "bash" : NULL;
	CLEANUP(free) char *path = fs_join(p->dir, name);

	if (!runner || strchr(name, '\'') || !fs_exists(AT_FDCWD, path))
		return false;
	out->name = mem_strdup(name);
	out->command = mem_printf("%s '%s'", runner, name);
	return true;
}

/* One word for a shell. */
static void put_quoted(struct buf *b, const char *s)
{
	const char *p = s;

	while (*p && (isalnum((unsigned char)*p) || strchr("@%+=:,./-_", *p)))
		p++;
	if (*s && !*p) {
		buf_puts(b, s);
		return;
	}
	buf_putc(b, '\'');
	for (; *s; s++)
		if (*s == '\'')
			buf_puts(b, "'\"'\"'");
		else
			buf_putc(b, *s);
	buf_putc(b, '\'');
}

static const struct param *param_find(const struct entry *e, const char *name)
{
	for (size_t i = 0; i < e->n; i++)
		if (str_eq(e->params[i].name, name))
			return &e->params[i];
	return NULL;
}

bool mlproject_has_param(const struct mlproject *p, const char *entry, const char *name)
{
	const struct entry *e = entry_find(p, entry ? entry : "main");

	return e && param_find(e, name);
}

static bool is_remote(const char *value)
{
	return strstr(value, "://") && !str_starts(value, "file://");
}

/* A file becomes an input under the param's name, and the value its absolute path. */
static int settle_path(const struct param *m, const char *dir, struct run_spec *spec, struct error *err)
{
	const char *value = pairs_find(&spec->params, m->name);
	bool is_uri = str_eq(m->type, "uri");
	CLEANUP(free) char *path = NULL;

	if (is_remote(value)) {
		if (is_uri)
			return 0;
		error_set(err, ERR_UNSUPPORTED, "param '%s': a path is wanted, and '%.200s' lies elsewhere", m->name, value);
		return error_hint(err, "fetch it first, and give the file");
	}
	path = fs_join(dir, str_starts(value, "file://") ? value + strlen("file://") : value);
	if (!fs_exists(AT_FDCWD, path)) {
		if (is_uri)
			return 0;
		return error_set(err, ERR_NOT_FOUND, "param '%s': %.400s: no such file", m->name, path);
	}
	pairs_set(&spec->params, m->name, path);
	if (!pairs_find(&spec->inputs, m->name)) {
		CLEANUP(free) char *named = mem_printf("%s=%s", m->name, path);

		return run_spec_add_input(spec, named, err);
	}
	return 0;
}

static int settle_param(const struct mlproject *p, const struct entry *e, const struct param *m, const char *cwd,
			struct run_spec *spec, struct error *err)
{
	const char *value = pairs_find(&spec->params, m->name);
	const char *dir = value ? cwd : p->dir;
	double number;
	int64_t whole;

	if (!value && !m->fallback) {
		error_set(err, ERR_INVALID, "entry point '%s' needs a value for its param '%s'", e->name, m->name);
		return error_hint(err, "give it: -p %s=VALUE", m->name);
	}
	if (!value) {
		pairs_set(&spec->params, m->name, m->fallback);
		value = m->fallback;
	}
	if (str_eq(m->type, "path") || str_eq(m->type, "uri"))
		return settle_path(m, dir, spec, err);
	if ((str_eq(m->type, "float") && str_parse_double(value, &number, err) < 0) ||
	    (str_eq(m->type, "int") && str_parse_i64(value, &whole, err) < 0))
		return error_wrap(err, "param '%s' of entry point '%s'", m->name, e->name);
	return 0;
}

/* Appends the command with {name} replaced; "{{" and "}}" are braces. */
static int put_command(const struct entry *e, const struct run_spec *spec, struct buf *out, struct error *err)
{
	for (const char *c = e->command; *c;) {
		const char *close = *c == '{' ? strchr(c, '}') : NULL;
		CLEANUP(free) char *name = close ? mem_strndup(c + 1, (size_t)(close - c - 1)) : NULL;

		if ((c[0] == '{' && c[1] == '{') || (c[0] == '}' && c[1] == '}')) {
			buf_putc(out, *c);
			c += 2;
		} else if (*c != '{' && *c != '}') {
			buf_putc(out, *c++);
		} else if (name && param_find(e, name)) {
			put_quoted(out, pairs_find(&spec->params, name));
			c = close + 1;
		} else {
			error_set(err, ERR_INVALID, "the command of entry point '%s' has '%.40s', which is no param of it", e->name, c);
			return error_hint(err, "declare it in parameters, or write {{ and }} for braces");
		}
	}
	return 0;
}

/* A name that is an option cannot be mistaken for anything else by a shell. */
static int put_extra(const struct entry *e, const struct run_spec *spec, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < spec->params.n; i++) {
		const struct pair *given = &spec->params.items[i];

		if (param_find(e, given->key))
			continue;
		for (const char *k = given->key; *k; k++)
			if (!isalnum((unsigned char)*k) && !strchr("_-.", *k))
				return error_set(err, ERR_INVALID, "param '%.100s' cannot be an option of a command", given->key);
		buf_printf(out, " --%s ", given->key);
		put_quoted(out, given->value);
	}
	return 0;
}

static int fill(const struct mlproject *p, const struct entry *e, const char *cwd, struct run_spec *spec, struct error *err)
{
	CLEANUP(buf_release) struct buf command = BUF_INIT(LIMIT_CONFIG);

	for (size_t i = 0; i < e->n; i++)
		if (settle_param(p, e, &e->params[i], cwd, spec, err) < 0)
			return -1;
	if (put_command(e, spec, &command, err) < 0 || put_extra(e, spec, &command, err) < 0 ||
	    buf_check(&command, "the command", err) < 0)
		return -1;
	words_release(&spec->argv);
	words_add(&spec->argv, "bash");
	words_add(&spec->argv, "-c");
	words_add(&spec->argv, buf_text(&command));
	spec->is_literal = true;
	pairs_set(&spec->tags, "mlflow.project.entryPoint", e->name);
	return 0;
}

int mlproject_fill(const struct mlproject *p, const char *entry, const char *cwd, struct run_spec *spec,
		   struct error *err)
{
	CLEANUP(entry_release) struct entry of_file = { 0 };
	const char *name = entry ? entry : "main";
	const struct entry *found = entry_find(p, name);

	if (!found && entry_of_file(p, name, &of_file))
		found = &of_file;
	if (!found)
		return unknown_entry(p, name, err);
	return fill(p, found, cwd, spec, err);
}
