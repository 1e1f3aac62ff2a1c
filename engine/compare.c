/* Comparing runs. */
#include "config.h"

#include "engine/compare.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/object.h"
#include "store/snapshot.h"

enum { NAME_MAX_BYTES = 4096 };

static bool same_value(const struct jval *a, const struct jval *b)
{
	CLEANUP(buf_release) struct buf ta = BUF_INIT(LIMIT_JSON);
	CLEANUP(buf_release) struct buf tb = BUF_INIT(LIMIT_JSON);

	if (!a || !b)
		return !a && !b;
	jval_format(a, JVAL_CANONICAL, &ta);
	jval_format(b, JVAL_CANONICAL, &tb);
	return str_eq(buf_text(&ta), buf_text(&tb));
}

static void add_difference(struct jval *list, const char *key, const struct jval *a, const struct jval *b)
{
	struct jval *d = jval_push(list, jval_object());

	jval_set_text(d, "key", key);
	jval_set(d, "a", a ? jval_copy(a) : jval_new_null());
	jval_set(d, "b", b ? jval_copy(b) : jval_new_null());
}

static void compare_values(struct jval *list, const char *prefix, const struct jval *a, const struct jval *b);

static void compare_member(struct jval *list, const char *prefix, const char *key, const struct jval *a,
			   const struct jval *b)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(NAME_MAX_BYTES);

	buf_printf(&path, "%s%s%s", prefix, *prefix ? "." : "", key);
	if (jval_type(a) == JVAL_OBJECT && jval_type(b) == JVAL_OBJECT)
		compare_values(list, buf_text(&path), a, b);
	else if (!same_value(a, b))
		add_difference(list, buf_text(&path), a, b);
}

/* Objects, member by member, a's order first. Missing ones count as empty. */
static void compare_values(struct jval *list, const char *prefix, const struct jval *a, const struct jval *b)
{
	const char *key;
	const struct jval *value;

	for (void *it = jval_next(a, NULL, &key, &value); it; it = jval_next(a, it, &key, &value))
		compare_member(list, prefix, key, value, jval_get(b, key));
	for (void *it = jval_next(b, NULL, &key, &value); it; it = jval_next(b, it, &key, &value))
		if (!jval_get(a, key))
			compare_member(list, prefix, key, NULL, value);
}

static struct jval *params_of(const struct run *r)
{
	struct jval *v = jval_object();

	for (size_t i = 0; i < r->param_count; i++)
		jval_set_text(v, r->params[i].key, r->params[i].value);
	return v;
}

static struct jval *metrics_of(const struct run *r)
{
	struct jval *v = jval_object();

	for (size_t i = 0; i < r->metric_count; i++)
		if (!run_metric_is_system(&r->metrics[i]))
			jval_set_num(v, r->metrics[i].key, r->metrics[i].value);
	return v;
}

static struct jval *inputs_of(const struct run *r)
{
	struct jval *v = jval_object();

	for (size_t i = 0; i < r->input_count; i++) {
		struct jval *o = jval_set(v, r->inputs[i].name, jval_object());

		jval_set_text(o, "path", r->inputs[i].path);
		jval_set_text(o, "sha256", r->inputs[i].sha256);
		jval_set_text(o, "tags", r->inputs[i].tags);
	}
	return v;
}

static struct jval *outputs_of(const struct run *r)
{
	struct jval *v = jval_object();

	for (size_t i = 0; i < r->output_count; i++)
		jval_set_text(v, r->outputs[i].path, r->outputs[i].sha256);
	return v;
}

static struct jval *result_of(const struct run *r)
{
	struct jval *v = jval_object();

	jval_set_text(v, "state", run_state_name(r->state));
	jval_set_text(v, "detail", r->detail);
	if (r->exit_code >= 0)
		jval_set_int(v, "exit_code", r->exit_code);
	if (r->signal)
		jval_set_int(v, "signal", r->signal);
	return v;
}

static void copy_member(struct jval *to, const struct run *r, const char *key)
{
	const struct jval *value = jval_get(r->start, key);

	if (value)
		jval_set(to, key, jval_copy(value));
}

static struct jval *setup_of(const struct run *r)
{
	static const char *const keys[] = { "seed", "limits", "tier", "env" };
	const struct jval *empty = jval_get(jval_get(r->start, "snapshot"), "empty_dirs");
	struct jval *v = jval_object();

	jval_set_text(v, "experiment", r->experiment);
	/* A tree's id does not tell them. */
	if (jval_count(empty))
		jval_set(v, "empty_dirs", jval_copy(empty));
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		copy_member(v, r, keys[i]);
	return v;
}

static struct jval *command_of(const struct run *r)
{
	struct jval *v = jval_object();

	copy_member(v, r, "command");
	return v;
}

static struct jval *environment_of(const struct run *r)
{
	const struct jval *environment = jval_get(r->start, "environment");

	return environment ? jval_copy(environment) : jval_object();
}

struct jval *compare_records(const struct run *a, const struct run *b)
{
	static const struct {
		const char *name;
		struct jval *(*of)(const struct run *r);
	} parts[] = {
		{ "command", command_of },   { "setup", setup_of },		{ "params", params_of },
		{ "metrics", metrics_of },   { "inputs", inputs_of },		{ "environment", environment_of },
		{ "outputs", outputs_of },   { "result", result_of },
	};
	struct jval *v = jval_object();

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		CLEANUP(jval_free) struct jval *va = parts[i].of(a);
		CLEANUP(jval_free) struct jval *vb = parts[i].of(b);

		compare_values(jval_set(v, parts[i].name, jval_array()), "", va, vb);
	}
	return v;
}

/* The environment manifest that a record names by digest; NULL where it was not kept or cannot be read. */
static struct jval *load_environment(struct store *s, const struct run *r)
{
	const char *hex = jval_get_text(jval_get(r->start, "environment"), "sha256");
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	CLEANUP(close) int fd = -1;
	struct error ignored = { 0 };
	struct digest d;
	struct jval *v = NULL;

	if (!hex || !digest_parse(hex, &d))
		return NULL;
	fd = object_open(s, &d, NULL, &ignored);
	if (fd < 0 || fs_read_fd(fd, "environment", &text, &ignored) < 0 ||
	    jval_parse(buf_text(&text), text.len, &v, &ignored) < 0)
		return NULL;
	return v;
}

/* The summaries in the records say that something differs; the manifests say what. */
static void refine_environment(struct store *s, const struct run *a, const struct run *b, struct jval *comparison)
{
	CLEANUP(jval_free) struct jval *va = NULL;
	CLEANUP(jval_free) struct jval *vb = NULL;
	struct jval *list;

	if (!jval_count(jval_get(comparison, "environment")))
		return;
	va = load_environment(s, a);
	vb = load_environment(s, b);
	if (!va || !vb)
		return;
	list = jval_array();
	compare_values(list, "", va, vb);
	if (jval_count(list))
		jval_set(comparison, "environment", list);
	else
		jval_free(list);
}

/* One character of a quoted name; *at is behind its backslash, and is moved on. */
static char unquote_char(const char **at, const char *end)
{
	static const char letters[] = "a\ab\bt\tn\nv\vf\fr\r";
	const char *s = *at;
	int value = 0, digits = 0;

	while (digits < 3 && s + digits < end && s[digits] >= '0' && s[digits] <= '7')
		value = value * 8 + s[digits++] - '0';
	if (digits) {
		*at += digits;
		return (char)value;
	}
	*at += 1;
	for (size_t i = 0; i + 1 < sizeof letters; i += 2)
		if (letters[i] == *s)
			return letters[i + 1];
	return *s;
}

/* A name as git writes it in lists: one with odd characters stands in double quotes, with C's escapes. */
static struct jval *unquote_name(const char *text, size_t n)
{
	const char *at = text + 1, *end = text + n - 1;
	CLEANUP(buf_release) struct buf b = BUF_INIT(NAME_MAX_BYTES);

	if (n < 2 || text[0] != '"' || *end != '"')
		return jval_new_text_n(text, n);
	while (at < end) {
		char c = *at++;

		buf_putc(&b, c == '\\' && at < end ? unquote_char(&at, end) : c);
	}
	return jval_new_text_n(buf_text(&b), b.len);
}

/* "M\tpath" lines as a list. */
static void add_files(struct jval *code, const char *names)
{
	struct jval *files = jval_set(code, "files", jval_array());

	while (*names) {
		size_t n = strcspn(names, "\n");
		const char *tab = memchr(names, '\t', n);

		if (tab) {
			struct jval *file = jval_push(files, jval_object());

			jval_set(file, "change", jval_new_text_n(names, (size_t)(tab - names)));
			jval_set(file, "path", unquote_name(tab + 1, n - (size_t)(tab + 1 - names)));
		}
		names += n + (names[n] == '\n');
	}
}

static int add_code(struct store *s, const struct run *a, const struct run *b, struct jval *v, struct error *err)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT(LIMIT_JSON);
	CLEANUP(buf_release) struct buf patch = BUF_INIT(LIMIT_JSON);
	bool both = tree_id_is_valid(a->tree) && tree_id_is_valid(b->tree);
	struct jval *code = jval_set(v, "code", jval_object());

	jval_set_text(code, "a", *a->tree ? a->tree : NULL);
	jval_set_text(code, "b", *b->tree ? b->tree : NULL);
	if (both && !str_eq(a->tree, b->tree) && snapshot_diff(s, a->tree, b->tree, &names, &patch, err) < 0)
		return -1;
	add_files(code, buf_text(&names));
	jval_set(code, "patch", jval_new_text_n(buf_text(&patch), patch.len));
	return 0;
}

static void set_side(struct jval *v, const char *key, const struct run *r)
{
	struct jval *side = jval_set(v, key, jval_object());

	jval_set_text(side, "run_id", r->id);
	jval_set_text(side, "name", r->name);
}

int compare_runs(struct engine *e, const struct run *a, const struct run *b, struct jval **out, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	CLEANUP(jval_free) struct jval *lists = compare_records(a, b);
	bool same = str_eq(a->tree, b->tree);
	const char *key;
	const struct jval *list;

	refine_environment(engine_store(e), a, b, lists);
	for (void *it = jval_next(lists, NULL, &key, &list); it; it = jval_next(lists, it, &key, &list))
		same = same && !jval_count(list);
	jval_set_int(v, "v", 1);
	set_side(v, "a", a);
	set_side(v, "b", b);
	jval_set_bool(v, "same", same);
	for (void *it = jval_next(lists, NULL, &key, &list); it; it = jval_next(lists, it, &key, &list))
		jval_set(v, key, jval_copy(list));
	if (add_code(engine_store(e), a, b, v, err) < 0)
		return error_wrap(err, "comparing the code");
	*out = take_ptr(&v);
	return 0;
}
