/* wb.yaml: reading, merging, filling in. */
#include "config.h"

#include "engine/project.h"

#include <ctype.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/yamldoc.h"

/* The top, a task or a profile. */
struct layer {
	char *name;
	char *about;
	struct project_value *items;
	size_t n, cap;
};

struct layers {
	struct layer *items;
	size_t n, cap;
};

struct project {
	char *path;
	struct layer top;
	struct layers tasks, profiles;
};

/* Where in a file a key may stand. */
enum where { AT_TOP = 1, IN_TASK = 2, IN_PROFILE = 4, ANYWHERE = 7 };

struct reading {
	const struct ydoc *doc;
	struct project *project;
};

/* --- memory --- */

static void layer_release(struct layer *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct project_value *v = &l->items[i];

		free(v->name);
		free(v->key);
		free(v->text);
		words_release(&v->words);
	}
	free(l->items);
	free(l->name);
	free(l->about);
	*l = (struct layer){ 0 };
}
DEFINE_CLEANUP_VALUE(layer_release, struct layer);

static void layers_release(struct layers *l)
{
	for (size_t i = 0; i < l->n; i++)
		layer_release(&l->items[i]);
	free(l->items);
}

void project_free(struct project *p)
{
	if (!p)
		return;
	layer_release(&p->top);
	layers_release(&p->tasks);
	layers_release(&p->profiles);
	free(p->path);
	free(p);
}

void project_values_release(struct project_values *v)
{
	free(v->items);
	*v = (struct project_values){ 0 };
}

static struct project_value *layer_add(struct layer *l, enum project_kind kind, const char *section, const char *key,
				       const struct ynode *at)
{
	struct project_value *v;

	mem_reserve(&l->items, &l->cap, l->n + 1);
	v = &l->items[l->n++];
	*v = (struct project_value){ .kind = kind, .key = mem_strdup(key), .line = at->key ? at->key_line : at->line };
	v->name = key ? mem_printf("%s.%s", section, key) : mem_strdup(section);
	return v;
}

/* --- values --- */

static int need_text(const struct reading *r, const struct ynode *n, struct error *err)
{
	if (n->kind != YNODE_TEXT)
		return ydoc_refuse(r->doc, n, err, "'%.100s' takes a single value", n->key ? n->key : "this");
	if (ynode_is_null(n))
		return ydoc_refuse(r->doc, n, err, "'%.100s' has no value", n->key ? n->key : "this");
	return 0;
}

static int need_map(const struct reading *r, const struct ynode *n, struct error *err)
{
	if (n->kind == YNODE_MAP || ynode_is_null(n))
		return 0;
	ydoc_refuse(r->doc, n, err, "%s%.100s%s takes 'name: value' lines", n->key ? "'" : "", n->key ? n->key : "the file",
		    n->key ? "'" : "");
	return -1;
}

static const char *const limit_keys[] = { "gpus", "gpu_wait", "cpus", "memory", "time",
					  "disk", "pids", "files", "output", "grace", "net_bytes" };

static bool is_limit(const char *key)
{
	for (size_t i = 0; i < sizeof limit_keys / sizeof *limit_keys; i++)
		if (str_eq(limit_keys[i], key))
			return true;
	return false;
}

static int unknown_key(const struct reading *r, const struct ynode *at, const char *where, const char *const *known,
		       size_t n, struct error *err)
{
	const char *nearest = str_nearest(at->key, known, n);
	CLEANUP(buf_release) struct buf list = BUF_INIT(sizeof err->hint);

	ydoc_refuse(r->doc, at, err, "unknown key '%.100s'%s", at->key, where);
	if (is_limit(at->key))
		return error_hint(err, "it is one of the limits: {%s: …}", at->key);
	if (nearest)
		return error_hint(err, "did you mean '%s'?", nearest);
	for (size_t i = 0; i < n; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", known[i]);
	return error_hint(err, "one of: %s", buf_text(&list));
}

static int read_limits(const struct reading *r, const struct ynode *n, struct layer *l, struct error *err)
{
	static const enum project_kind kinds[] = { PROJECT_GPUS, PROJECT_GPU_WAIT, PROJECT_CPUS,   PROJECT_MEMORY, PROJECT_TIME,
						   PROJECT_DISK, PROJECT_PIDS,	   PROJECT_FILES, PROJECT_OUTPUT, PROJECT_GRACE,
						   PROJECT_NET_BYTES };

	if (need_map(r, n, err) < 0)
		return -1;
	for (size_t i = 0; i < n->n; i++) {
		const struct ynode *item = &n->items[i];
		size_t k = 0;

		while (k < sizeof limit_keys / sizeof limit_keys[0] && !str_eq(limit_keys[k], item->key))
			k++;
		if (k == sizeof limit_keys / sizeof limit_keys[0])
			return unknown_key(r, item, " in limits", limit_keys, k, err);
		if (need_text(r, item, err) < 0)
			return -1;
		if (project_value_check(kinds[k], item->text, err) < 0) {
			error_wrap(err, "%s", limit_keys[k]);
			return ydoc_locate(r->doc, item, err);
		}
		layer_add(l, kinds[k], "run", limit_keys[k], item)->text = mem_strdup(item->text);
	}
	return 0;
}

/* params, env and tags: "name: value" lines. */
static int read_pairs(const struct reading *r, const struct ynode *n, enum project_kind kind, struct layer *l,
		      struct error *err)
{
	if (need_map(r, n, err) < 0)
		return -1;
	for (size_t i = 0; i < n->n; i++) {
		const struct ynode *item = &n->items[i];

		if (need_text(r, item, err) < 0)
			return -1;
		if (!*item->key || strlen(item->key) > LIMIT_EVENT_KEY || (kind == PROJECT_ENV && strchr(item->key, '=')))
			return ydoc_refuse(r->doc, item, err, "'%.100s' cannot be a name in %s", item->key, n->key);
		layer_add(l, kind, n->key, item->key, item)->text = mem_strdup(item->text);
	}
	return 0;
}

static int add_input(const struct reading *r, const struct ynode *at, const char *text, struct run_spec *seen,
		     struct layer *l, struct error *err)
{
	const struct pair *added;

	if (run_spec_add_input(seen, text, err) < 0)
		return ydoc_locate(r->doc, at, err);
	added = &seen->inputs.items[seen->inputs.n - 1];
	if (at->key && !str_eq(added->key, at->key))
		return ydoc_refuse(r->doc, at, err, "'%.100s' cannot be the name of an input", at->key);
	layer_add(l, PROJECT_INPUT, "inputs", added->key, at)->text = mem_strdup(added->value);
	return 0;
}

/* "name: path" lines, or a list of what -i takes. */
static int read_inputs(const struct reading *r, const struct ynode *n, struct layer *l, struct error *err)
{
	CLEANUP(run_spec_release) struct run_spec seen = { 0 };

	if (n->kind != YNODE_LIST && need_map(r, n, err) < 0)
		return -1;
	for (size_t i = 0; i < n->n; i++) {
		const struct ynode *item = &n->items[i];
		CLEANUP(free) char *named = NULL;

		if (need_text(r, item, err) < 0)
			return -1;
		named = item->key ? mem_printf("%s=%s", item->key, item->text) : mem_strdup(item->text);
		if (add_input(r, item, named, &seen, l, err) < 0)
			return -1;
	}
	return 0;
}

/* --- commands --- */

/* One word of a command's text; *at moves behind it. Quotes as in a shell, and nothing is expanded. */
static int split_word(const char **at, struct buf *word, struct error *err)
{
	char quote = '\0';

	for (; **at && (quote || !isspace((unsigned char)**at)); (*at)++) {
		char c = **at;

		if (quote == '\'' ? c == quote : c == '"' && quote)
			quote = '\0';
		else if (!quote && (c == '\'' || c == '"'))
			quote = c;
		else if (c == '\\' && quote != '\'' && (*at)[1])
			buf_putc(word, *++*at);
		else if (quote != '\'' && (strchr("$`", c) || (!quote && strchr("|&;<>*?", c))))
			return error_set(err, ERR_INVALID, "'%c' would need a shell", c);
		else
			buf_putc(word, c);
	}
	return quote ? error_set(err, ERR_INVALID, "the quote %c is not closed", quote) : 0;
}

static int split_command(const char *text, struct words *out, struct error *err)
{
	while (isspace((unsigned char)*text))
		text++;
	while (*text) {
		CLEANUP(buf_release) struct buf word = BUF_INIT(LIMIT_CONFIG);

		if (split_word(&text, &word, err) < 0) {
			if (strstr(err->text, "shell"))
				error_hint(err, "quote it, or write the words as a list: [sh, -c, '…']");
			return -1;
		}
		words_add(out, buf_text(&word));
		while (isspace((unsigned char)*text))
			text++;
	}
	return 0;
}

static char *joined(const struct words *w)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_CONFIG);

	for (size_t i = 0; i < w->n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", w->items[i]);
	return mem_strdup(buf_text(&b));
}

static int read_command(const struct reading *r, const struct ynode *n, struct layer *l, struct error *err)
{
	struct project_value *v = layer_add(l, PROJECT_COMMAND, "command", NULL, n);

	if (n->kind == YNODE_MAP || ynode_is_null(n))
		return ydoc_refuse(r->doc, n, err, "a command is a text, or a list of words");
	if (n->kind == YNODE_TEXT && split_command(n->text, &v->words, err) < 0)
		return ydoc_locate(r->doc, n, err);
	for (size_t i = 0; i < n->n; i++) {
		const struct ynode *word = &n->items[i];

		if (word->kind != YNODE_TEXT)
			return ydoc_refuse(r->doc, word, err, "a word of a command is a text");
		words_add(&v->words, word->text);
	}
	if (!v->words.n || !*v->words.items[0])
		return ydoc_refuse(r->doc, n, err, "the command is empty");
	v->text = joined(&v->words);
	return 0;
}

/* --- layers --- */

/*
 * Keys with a single value. A project may ask for a stronger sandbox than its user does, never for a weaker one (of
 * tier_min, settings_apply() sees to that): so there is no key for hosts to reach, secrets or the profile of calls.
 */
static int read_single(const struct reading *r, const struct ynode *n, struct layer *l, struct error *err)
{
	static const struct {
		const char *key;
		enum project_kind kind;
	} singles[] = {
		{ "experiment", PROJECT_EXPERIMENT }, { "tier_min", PROJECT_TIER_MIN },	  { "seed", PROJECT_SEED },
		{ "diode", PROJECT_DIODE },	      { "diode_out", PROJECT_DIODE_OUT }, { "workdir", PROJECT_WORKDIR },
	};

	if (need_text(r, n, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
		if (!str_eq(singles[i].key, n->key))
			continue;
		if (project_value_check(singles[i].kind, n->text, err) < 0) {
			error_wrap(err, "%s", n->key);
			return ydoc_locate(r->doc, n, err);
		}
		layer_add(l, singles[i].kind, "run", n->key, n)->text = mem_strdup(n->text);
	}
	return 0;
}

static int read_about(const struct reading *r, const struct ynode *n, struct layer *l, struct error *err)
{
	if (need_text(r, n, err) < 0)
		return -1;
	l->about = mem_strdup(n->text);
	return 0;
}

static int read_params(const struct reading *r, const struct ynode *n, struct layer *l, struct error *err)
{
	return read_pairs(r, n, PROJECT_PARAM, l, err);
}

static int read_env(const struct reading *r, const struct ynode *n, struct layer *l, struct error *err)
{
	return read_pairs(r, n, PROJECT_ENV, l, err);
}

static int read_tags(const struct reading *r, const struct ynode *n, struct layer *l, struct error *err)
{
	return read_pairs(r, n, PROJECT_TAG, l, err);
}

static int read_tasks(const struct reading *r, const struct ynode *n, struct layer *l, struct error *err);
static int read_profiles(const struct reading *r, const struct ynode *n, struct layer *l, struct error *err);

static const struct key {
	const char *name;
	unsigned where;
	int (*read)(const struct reading *r, const struct ynode *n, struct layer *l, struct error *err);
} keys[] = {
	{ "experiment", ANYWHERE, read_single },
	{ "command", ANYWHERE, read_command },
	{ "params", ANYWHERE, read_params },
	{ "inputs", ANYWHERE, read_inputs },
	{ "limits", ANYWHERE, read_limits },
	{ "tier_min", ANYWHERE, read_single },
	{ "diode", ANYWHERE, read_single },
	{ "diode_out", ANYWHERE, read_single },
	{ "seed", ANYWHERE, read_single },
	{ "workdir", ANYWHERE, read_single },
	{ "env", ANYWHERE, read_env },
	{ "tags", ANYWHERE, read_tags },
	{ "about", IN_TASK, read_about },
	{ "tasks", AT_TOP, read_tasks },
	{ "profiles", AT_TOP, read_profiles },
};

static int read_layer(const struct reading *r, const struct ynode *n, enum where where, struct layer *l, struct error *err)
{
	const char *known[sizeof keys / sizeof keys[0]];
	CLEANUP(free) char *place = n->key ? mem_printf(" in '%.100s'", n->key) : mem_strdup("");
	size_t n_known = 0;

	if (need_map(r, n, err) < 0)
		return -1;
	for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
		if (keys[k].where & where)
			known[n_known++] = keys[k].name;
	for (size_t i = 0; i < n->n; i++) {
		const struct key *found = NULL;

		for (size_t k = 0; k < sizeof keys / sizeof keys[0] && !found; k++)
			if ((keys[k].where & where) && str_eq(keys[k].name, n->items[i].key))
				found = &keys[k];
		if (!found)
			return unknown_key(r, &n->items[i], place, known, n_known, err);
		if (found->read(r, &n->items[i], l, err) < 0)
			return -1;
	}
	return 0;
}

static int check_name(const struct reading *r, const struct ynode *at, const char *what, struct error *err)
{
	bool fine = isalnum((unsigned char)at->key[0]) && strlen(at->key) <= LIMIT_RUN_NAME;

	for (const char *p = at->key; *p; p++)
		fine = fine && (isalnum((unsigned char)*p) || strchr("_-.:", *p));
	if (fine)
		return 0;
	ydoc_refuse(r->doc, at, err, "'%.100s' cannot be the name of a %s", at->key, what);
	return error_hint(err, "letters, digits and _ - . : are fine, a letter or digit first");
}

static void layers_push(struct layers *list, struct layer *l)
{
	mem_reserve(&list->items, &list->cap, list->n + 1);
	list->items[list->n++] = *l;
	*l = (struct layer){ 0 };
}

/* "train: python3 train.py" is short for "train: {command: …}". */
static int read_tasks(const struct reading *r, const struct ynode *n, struct layer *top, struct error *err)
{
	(void)top;
	if (need_map(r, n, err) < 0)
		return -1;
	for (size_t i = 0; i < n->n; i++) {
		const struct ynode *item = &n->items[i];
		CLEANUP(layer_release) struct layer l = { .name = mem_strdup(item->key) };

		if (check_name(r, item, "task", err) < 0)
			return -1;
		if ((item->kind == YNODE_MAP ? read_layer(r, item, IN_TASK, &l, err) : read_command(r, item, &l, err)) < 0)
			return -1;
		layers_push(&r->project->tasks, &l);
	}
	return 0;
}

static int read_profiles(const struct reading *r, const struct ynode *n, struct layer *top, struct error *err)
{
	(void)top;
	if (need_map(r, n, err) < 0)
		return -1;
	for (size_t i = 0; i < n->n; i++) {
		CLEANUP(layer_release) struct layer l = { .name = mem_strdup(n->items[i].key) };

		if (check_name(r, &n->items[i], "profile", err) < 0 || read_layer(r, &n->items[i], IN_PROFILE, &l, err) < 0)
			return -1;
		layers_push(&r->project->profiles, &l);
	}
	return 0;
}

int project_read(const struct ydoc *doc, struct project **out, struct error *err)
{
	CLEANUP(project_free) struct project *p = mem_zalloc(sizeof *p);
	const struct reading r = { .doc = doc, .project = p };

	p->path = mem_strdup(doc->path);
	if (read_layer(&r, &doc->root, AT_TOP, &p->top, err) < 0)
		return -1;
	*out = take_ptr(&p);
	return 0;
}

int project_load(const char *dir, struct project **out, struct error *err)
{
	CLEANUP(ydoc_release) struct ydoc doc = { 0 };
	CLEANUP(free) char *path = fs_join(dir, PROJECT_FILE);

	if (ydoc_load(path, &doc, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		error_clear(err);
		return 0;
	}
	return project_read(&doc, out, err) < 0 ? -1 : 1;
}

/* --- asking --- */

const char *project_path(const struct project *p)
{
	return p->path;
}

const char *project_task(const struct project *p, size_t i)
{
	return i < p->tasks.n ? p->tasks.items[i].name : NULL;
}

const char *project_task_about(const struct project *p, size_t i)
{
	return i < p->tasks.n && p->tasks.items[i].about ? p->tasks.items[i].about : "";
}

const char *project_profile(const struct project *p, size_t i)
{
	return i < p->profiles.n ? p->profiles.items[i].name : NULL;
}

static const struct layer *layer_find(const struct layers *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->items[i].name, name))
			return &list->items[i];
	return NULL;
}

bool project_has_task(const struct project *p, const char *name)
{
	return layer_find(&p->tasks, name) != NULL;
}

static int get_layer(const struct project *p, const struct layers *list, const char *what, const char *name,
		     const struct layer **out, struct error *err)
{
	CLEANUP(free) const char **names = NULL;
	const char *nearest;

	*out = layer_find(list, name);
	if (*out)
		return 0;
	names = mem_calloc(list->n + 1, sizeof *names);
	for (size_t i = 0; i < list->n; i++)
		names[i] = list->items[i].name;
	nearest = str_nearest(name, names, list->n);
	error_set(err, ERR_NOT_FOUND, "%s has no %s '%.100s'", p->path, what, name);
	if (nearest)
		return error_hint(err, "did you mean '%s'?", nearest);
	return list->n ? error_hint(err, "the first it has is '%s'", names[0]) : error_hint(err, "it has no %ss at all", what);
}

static void merge_layer(const struct layer *l, struct project_values *out)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct project_value *v = &l->items[i];
		size_t k = 0;

		while (k < out->n && !(out->items[k]->kind == v->kind && str_eq(out->items[k]->key, v->key)))
			k++;
		if (k == out->n) {
			mem_reserve(&out->items, &out->cap, out->n + 1);
			out->n++;
		}
		out->items[k] = v;
	}
}

int project_merge(const struct project *p, const char *task, const char *profile, struct project_values *out,
		  struct error *err)
{
	const struct layer *of_task = NULL, *of_profile = NULL;

	if ((task && get_layer(p, &p->tasks, "task", task, &of_task, err) < 0) ||
	    (profile && get_layer(p, &p->profiles, "profile", profile, &of_profile, err) < 0))
		return -1;
	merge_layer(&p->top, out);
	if (of_task)
		merge_layer(of_task, out);
	if (of_profile)
		merge_layer(of_profile, out);
	return 0;
}

int project_fill(const struct project_values *v, bool with_command, const char *dir, const char *cwd,
		 struct run_spec *spec, struct error *err)
{
	for (size_t i = 0; i < v->n; i++)
		if ((with_command || v->items[i]->kind != PROJECT_COMMAND) &&
		    project_value_fill(v->items[i], dir, cwd, spec, err) < 0)
			return -1;
	return 0;
}
