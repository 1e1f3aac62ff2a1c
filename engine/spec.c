/* Run specifications: building, checking, and their JSON form. */
#include "config.h"

#include "engine/spec.h"

#include <ctype.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/diode.h"
#include "engine/netrule.h"

void pairs_set(struct pairs *p, const char *key, const char *value)
{
	for (size_t i = 0; i < p->n; i++) {
		if (str_eq(p->items[i].key, key)) {
			char *copy = mem_strdup(value);

			free(p->items[i].value);
			p->items[i].value = copy;
			return;
		}
	}
	mem_reserve(&p->items, &p->cap, p->n + 1);
	p->items[p->n++] = (struct pair){ .key = mem_strdup(key), .value = mem_strdup(value) };
}

const char *pairs_find(const struct pairs *p, const char *key)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->items[i].key, key))
			return p->items[i].value;
	return NULL;
}

void pairs_release(struct pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->items[i].key);
		free(p->items[i].value);
	}
	free(p->items);
	*p = (struct pairs){ 0 };
}

int pairs_set_text(struct pairs *p, const char *text, const char *what, struct error *err)
{
	const char *eq = strchr(text, '=');
	CLEANUP(free) char *key = NULL;

	if (!eq || eq == text) {
		error_set(err, ERR_INVALID, "%s '%s' is not KEY=VALUE", what, text);
		return error_hint(err, "write %s name=value", what);
	}
	key = mem_strndup(text, (size_t)(eq - text));
	pairs_set(p, key, eq + 1);
	return 0;
}

void words_add(struct words *w, const char *word)
{
	mem_reserve(&w->items, &w->cap, w->n + 2);
	w->items[w->n++] = mem_strdup(word);
	w->items[w->n] = NULL;
}

void words_release(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->items[i]);
	free(w->items);
	*w = (struct words){ 0 };
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void words_sort(struct words *w)
{
	if (w->n)
		qsort(w->items, w->n, sizeof *w->items, compare_words);
}

void run_spec_release(struct run_spec *s)
{
	words_release(&s->argv);
	words_release(&s->nets);
	words_release(&s->secrets);
	pairs_release(&s->params);
	pairs_release(&s->tags);
	pairs_release(&s->env);
	pairs_release(&s->inputs);
	box_wish_release(&s->box);
	free(s->experiment);
	free(s->name);
	free(s->parent);
	free(s->tree);
	free(s->source_run);
	free(s->shell_of);
	free(s->net_proxy);
	free(s->project_dir);
	free(s->cwd);
	*s = (struct run_spec){ 0 };
}

static bool is_input_name(const char *s)
{
	if (!*s || *s == '.' || strlen(s) > LIMIT_EVENT_KEY)
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("_-.", *s))
			return false;
	return true;
}

/* A name for a bare path: its last component up to the first dot, with odd bytes as '_'. */
static char *name_from_path(const char *path)
{
	CLEANUP(free) char *copy = mem_strdup(path);
	size_t n = strlen(copy);
	char *name;

	while (n > 1 && copy[n - 1] == '/')
		copy[--n] = '\0';
	name = mem_strdup(fs_basename(copy));
	for (char *p = name + (*name == '.'); *p; p++) {
		if (*p == '.') {
			*p = '\0';
			break;
		}
		if (!isalnum((unsigned char)*p) && !strchr("_-", *p))
			*p = '_';
	}
	if (*name == '.')
		*name = '_';
	return name;
}

int run_spec_add_input(struct run_spec *s, const char *text, struct error *err)
{
	const char *eq = strchr(text, '=');
	CLEANUP(free) char *name = NULL;

	if (!*text || (eq && !eq[1]))
		return error_set(err, ERR_INVALID, "input '%s' names no file", text);
	/* "a=b" is NAME=PATH only when a can be a name: a path may hold '='. */
	name = eq ? mem_strndup(text, (size_t)(eq - text)) : NULL;
	if (!name || !is_input_name(name)) {
		free(name);
		name = name_from_path(text);
		eq = NULL;
	}
	if (pairs_find(&s->inputs, name)) {
		error_set(err, ERR_INVALID, "two inputs are called '%s'", name);
		return error_hint(err, "name one of them: -i other_name=PATH");
	}
	pairs_set(&s->inputs, name, eq ? eq + 1 : text);
	return 0;
}

int run_spec_add_net(struct run_spec *s, const char *text, struct error *err)
{
	CLEANUP(buf_release) struct buf normal = BUF_INIT(LIMIT_KIB);
	struct netrule rule;

	if (netrule_parse(text, &rule, err) < 0)
		return -1;
	if (s->nets.n == NETRULE_MAX)
		return error_set(err, ERR_LIMIT, "a run has at most %d destinations", NETRULE_MAX);
	netrule_format(&rule, &normal);
	words_add(&s->nets, buf_text(&normal));
	return 0;
}

/* A record is JSON: what is no text could only be written down, and handed on, as something else. */
static int check_text(const char *text, const char *what, struct error *err)
{
	if (!text || str_is_utf8(text, strlen(text)))
		return 0;
	error_set(err, ERR_INVALID, "%s '%s' is not UTF-8", what, text);
	return error_hint(err, "a record holds UTF-8 text only");
}

static int check_texts(const struct run_spec *s, struct error *err)
{
	struct netrule rule;

	for (size_t i = 0; i < s->argv.n; i++)
		if (check_text(s->argv.items[i], "the command's word", err) < 0)
			return -1;
	for (size_t i = 0; i < s->inputs.n; i++)
		if (check_text(s->inputs.items[i].value, "input", err) < 0)
			return -1;
	for (size_t i = 0; i < s->env.n; i++)
		if (check_text(s->env.items[i].key, "variable", err) < 0 ||
		    check_text(s->env.items[i].value, "the value of a variable", err) < 0)
			return -1;
	if (s->foreign_nets && s->nets.n) {
		error_set(err, ERR_DENIED, "the run to repeat was imported, and it asks for the network: %.200s%s", s->nets.items[0],
			  s->nets.n > 1 ? " and others" : "");
		return error_hint(err, "if that is meant: wb rerun --net %.200s …", s->nets.items[0]);
	}
	for (size_t i = 0; i < s->nets.n; i++)
		if (netrule_parse(s->nets.items[i], &rule, err) < 0)
			return -1;
	return check_text(s->experiment, "experiment", err) < 0 || check_text(s->name, "the run's name", err) < 0 ? -1 : 0;
}

static int check_key(const char *key, const char *what, struct error *err)
{
	if (strlen(key) > LIMIT_EVENT_KEY)
		return error_set(err, ERR_INVALID, "%s name is longer than %zu bytes", what, LIMIT_EVENT_KEY);
	for (const char *p = key; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-. :/", *p))
			return error_set(err, ERR_INVALID, "%s '%s' may hold only letters, digits, and _ - . : / or blanks", what, key);
	return 0;
}

static int refuse_value(const char *what, const struct pair *p, struct error *err)
{
	error_set(err, ERR_INVALID, "%s '%s': its value '%.200s' is not UTF-8", what, p->key, p->value);
	return error_hint(err, "a record holds UTF-8 text only");
}

static int check_pairs(const struct pairs *p, const char *what, size_t max_value, struct error *err)
{
	for (size_t i = 0; i < p->n; i++) {
		if (check_key(p->items[i].key, what, err) < 0)
			return -1;
		if (strlen(p->items[i].value) > max_value)
			return error_set(err, ERR_INVALID, "%s '%s' is longer than %zu bytes", what, p->items[i].key, max_value);
		if (!str_is_utf8(p->items[i].value, strlen(p->items[i].value)))
			return refuse_value(what, &p->items[i], err);
	}
	return 0;
}

/* What tells a run where it is cannot say something else. */
static int check_env(const struct run_spec *s, struct error *err)
{
	static const char *const ours[] = { "WB_RUN_ID", "WB_EXPERIMENT", "WB_INPUTS", "WB_OUTPUTS", "WB_EVENTS", "WB_SEED" };

	for (size_t i = 0; i < s->env.n; i++) {
		const char *name = s->env.items[i].key;
		bool taken = str_starts(name, "WB_PARAM_");

		for (size_t k = 0; k < sizeof ours / sizeof *ours && !taken; k++)
			taken = str_eq(name, ours[k]);
		if (!taken)
			continue;
		error_set(err, ERR_INVALID, "the variable %s of a run is set by wb itself", name);
		return error_hint(err, "leave it out; -p NAME=VALUE sets WB_PARAM_NAME, --seed N sets WB_SEED");
	}
	return 0;
}

static int check_names(const struct run_spec *s, struct error *err)
{
	if (s->experiment && (!*s->experiment || strlen(s->experiment) > LIMIT_RUN_NAME)) {
		error_set(err, ERR_INVALID, "an experiment's name has 1 to %zu bytes", LIMIT_RUN_NAME);
		return error_hint(err, "leave --experiment out for the one called Default");
	}
	if (s->name && (!*s->name || strlen(s->name) > LIMIT_RUN_NAME)) {
		error_set(err, ERR_INVALID, "a run's name has 1 to %zu bytes", LIMIT_RUN_NAME);
		return error_hint(err, "leave --name out for one that is made up");
	}
	if (s->name && *s->name == '@') {
		error_set(err, ERR_INVALID, "a run's name does not begin with @");
		return error_hint(err, "@ is the newest run, whatever it is called");
	}
	return 0;
}

int run_spec_check(const struct run_spec *s, struct error *err)
{
	if (s->argv.n == 0) {
		error_set(err, ERR_INVALID, "no command to run");
		return error_hint(err, "put it after --, as in: wb run -- python3 train.py");
	}
	if (!*s->argv.items[0])
		return error_set(err, ERR_INVALID, "the command's name is empty");
	if (check_names(s, err) < 0 || check_env(s, err) < 0)
		return -1;
	if (s->gpus < 0)
		return error_set(err, ERR_INVALID, "--gpus %lld is negative", (long long)s->gpus);
	if (!(s->cpus >= 0 && s->cpus <= SPEC_CPUS_MAX))
		return error_set(err, ERR_INVALID, "--cpus %g is not between 0 and %d", s->cpus, SPEC_CPUS_MAX);
	if (s->pids < 0 || s->pids > SPEC_PIDS_MAX)
		return error_set(err, ERR_INVALID, "--pids %lld is not between 1 and %d", (long long)s->pids, SPEC_PIDS_MAX);
	if (s->files < 0 || (s->files && s->files < SPEC_FILES_MIN) || s->files > SPEC_FILES_MAX)
		return error_set(err, ERR_INVALID, "--files %lld is not between %d and %d", (long long)s->files, SPEC_FILES_MIN,
				 SPEC_FILES_MAX);
	if (diode_check(s, err) < 0 || check_texts(s, err) < 0 || check_pairs(&s->params, "param", LIMIT_PARAM_VALUE, err) < 0)
		return -1;
	return check_pairs(&s->tags, "tag", LIMIT_TAG_VALUE, err);
}

/* Appends word with each {param} replaced. */
static void replace_params(const struct pairs *params, const char *word, struct buf *out)
{
	while (*word) {
		const char *close = *word == '{' ? strchr(word, '}') : NULL;
		CLEANUP(free) char *key = close ? mem_strndup(word + 1, (size_t)(close - word - 1)) : NULL;
		const char *value = key ? pairs_find(params, key) : NULL;

		if (value) {
			buf_puts(out, value);
			word = close + 1;
		} else {
			buf_putc(out, *word++);
		}
	}
}

void run_spec_command(const struct run_spec *s, struct words *out)
{
	for (size_t i = 0; i < s->argv.n; i++) {
		CLEANUP(buf_release) struct buf word = BUF_INIT(LIMIT_PLAN);

		if (s->is_literal)
			buf_puts(&word, s->argv.items[i]);
		else
			replace_params(&s->params, s->argv.items[i], &word);
		words_add(out, buf_text(&word));
	}
}

struct jval *words_to_jval(const struct words *w)
{
	struct jval *array = jval_array();

	for (size_t i = 0; i < w->n; i++)
		jval_push(array, jval_new_text(w->items[i]));
	return array;
}

struct jval *pairs_to_jval(const struct pairs *p)
{
	struct jval *object = jval_object();

	for (size_t i = 0; i < p->n; i++)
		jval_set_text(object, p->items[i].key, p->items[i].value);
	return object;
}

void words_from_jval(const struct jval *array, struct words *out)
{
	for (size_t i = 0; i < jval_count(array); i++)
		if (jval_text(jval_at(array, i)))
			words_add(out, jval_text(jval_at(array, i)));
}

static void pairs_from_jval(const struct jval *object, struct pairs *out)
{
	const char *key;
	const struct jval *value;

	for (void *it = jval_next(object, NULL, &key, &value); it; it = jval_next(object, it, &key, &value))
		if (jval_text(value))
			pairs_set(out, key, jval_text(value));
}

struct jval *run_spec_to_jval(const struct run_spec *s)
{
	struct jval *v = jval_object();

	jval_set(v, "argv", words_to_jval(&s->argv));
	jval_set(v, "nets", words_to_jval(&s->nets));
	jval_set(v, "secrets", words_to_jval(&s->secrets));
	jval_set(v, "params", pairs_to_jval(&s->params));
	jval_set(v, "tags", pairs_to_jval(&s->tags));
	jval_set(v, "env", pairs_to_jval(&s->env));
	jval_set(v, "inputs", pairs_to_jval(&s->inputs));
	jval_set_text(v, "experiment", s->experiment);
	jval_set_text(v, "project_dir", s->project_dir);
	jval_set_text(v, "cwd", s->cwd);
	jval_set_int(v, "gpus", s->gpus);
	if (s->gpu_wait_ns)
		jval_set_int(v, "gpu_wait_ns", s->gpu_wait_ns);
	jval_set_num(v, "cpus", s->cpus);
	jval_set_int(v, "memory_bytes", (int64_t)s->memory_bytes);
	jval_set_int(v, "disk_bytes", (int64_t)s->disk_bytes);
	jval_set_int(v, "wall_ns", s->wall_ns);
	jval_set_int(v, "pids", s->pids);
	jval_set_int(v, "files", s->files);
	jval_set_int(v, "output_bytes", (int64_t)s->output_bytes);
	jval_set_int(v, "grace_ns", s->grace_ns);
	if (s->net_bytes)
		jval_set_int(v, "net_bytes", (int64_t)s->net_bytes);
	if (s->has_seed)
		jval_set_int(v, "seed", s->seed);
	jval_set_int(v, "tier", s->tier);
	jval_set_bool(v, "copy_workdir", s->copy_workdir);
	if (s->trace_files)
		jval_set_bool(v, "trace_files", true);
	box_wish_to_jval(&s->box, v);
	if (s->is_literal)
		jval_set_bool(v, "literal", true);
	if (s->tty)
		jval_set_bool(v, "tty", true);
	if (s->keep)
		jval_set_bool(v, "keep", true);
	if (s->diode) {
		jval_set_bool(v, "diode", true);
		jval_set_int(v, "diode_out", (int64_t)s->diode_out);
	}
	return v;
}

int run_spec_from_jval(const struct jval *v, struct run_spec *out, struct error *err)
{
	if (jval_type(v) != JVAL_OBJECT || jval_count(jval_get(v, "argv")) == 0)
		return error_set(err, ERR_CORRUPT, "the run's record holds no specification");
	*out = (struct run_spec){ 0 };
	if (box_wish_from_jval(v, &out->box, err) < 0)
		return -1;
	words_from_jval(jval_get(v, "argv"), &out->argv);
	words_from_jval(jval_get(v, "nets"), &out->nets);
	words_from_jval(jval_get(v, "secrets"), &out->secrets);
	pairs_from_jval(jval_get(v, "params"), &out->params);
	pairs_from_jval(jval_get(v, "tags"), &out->tags);
	pairs_from_jval(jval_get(v, "env"), &out->env);
	pairs_from_jval(jval_get(v, "inputs"), &out->inputs);
	out->experiment = mem_strdup(jval_get_text(v, "experiment"));
	out->project_dir = mem_strdup(jval_get_text(v, "project_dir"));
	out->cwd = mem_strdup(jval_get_text(v, "cwd"));
	out->gpus = jval_get_int(v, "gpus", 0);
	out->gpu_wait_ns = jval_get_int(v, "gpu_wait_ns", 0);
	out->cpus = jval_get_num(v, "cpus", 0);
	out->memory_bytes = (uint64_t)jval_get_int(v, "memory_bytes", 0);
	out->disk_bytes = (uint64_t)jval_get_int(v, "disk_bytes", 0);
	out->wall_ns = jval_get_int(v, "wall_ns", 0);
	out->pids = jval_get_int(v, "pids", 0);
	out->files = jval_get_int(v, "files", 0);
	out->output_bytes = (uint64_t)jval_get_int(v, "output_bytes", 0);
	out->grace_ns = jval_get_int(v, "grace_ns", 0);
	out->net_bytes = (uint64_t)jval_get_int(v, "net_bytes", 0);
	out->has_seed = jval_get(v, "seed") != NULL;
	out->seed = jval_get_int(v, "seed", 0);
	out->tier = (int)jval_get_int(v, "tier", 0);
	out->copy_workdir = jval_get_bool(v, "copy_workdir", false);
	out->trace_files = jval_get_bool(v, "trace_files", false);
	out->is_literal = jval_get_bool(v, "literal", false);
	out->keep = jval_get_bool(v, "keep", false);
	out->tty = jval_get_bool(v, "tty", false);
	out->diode = jval_get_bool(v, "diode", false);
	out->diode_out = (uint64_t)jval_get_int(v, "diode_out", 0);
	return 0;
}
