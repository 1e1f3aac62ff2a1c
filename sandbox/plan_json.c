/* The plan on its way to the supervisor. Texts that are not UTF-8 travel as {"hex": "..."}, so that no byte changes. */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/plan.h"

static struct jval *text_to_json(const char *s)
{
	CLEANUP(free) char *hex = NULL;
	struct jval *o;
	size_t n;

	if (!s)
		return jval_new_null();
	n = strlen(s);
	if (str_is_utf8(s, n))
		return jval_new_text(s);
	hex = mem_alloc(2 * n + 1);
	str_hex(s, n, hex);
	o = jval_object();
	jval_set_text(o, "hex", hex);
	return o;
}

/* Heap text or NULL. A NUL byte inside would cut the text at exec: refused. */
static int text_from_json(const struct jval *v, const char *what, char **out, struct error *err)
{
	const char *hex = jval_get_text(v, "hex");
	CLEANUP(free) char *text = NULL;
	size_t n;

	if (jval_type(v) == JVAL_NONE || jval_type(v) == JVAL_NULL) {
		*out = NULL;
		return 0;
	}
	if (jval_type(v) == JVAL_STRING) {
		n = jval_text_len(v);
		text = mem_strndup(jval_text(v), n);
	} else if (hex) {
		n = strlen(hex) / 2;
		text = mem_zalloc(n + 1);
		if (!str_unhex(hex, text, n))
			return error_set(err, ERR_CORRUPT, "plan: %s is not hex", what);
	} else {
		return error_set(err, ERR_CORRUPT, "plan: %s is not a text", what);
	}
	if (strlen(text) != n)
		return error_set(err, ERR_CORRUPT, "plan: %s has a NUL byte", what);
	*out = take_ptr(&text);
	return 0;
}

static struct jval *mount_to_json(const struct plan_mount *m)
{
	struct jval *o = jval_object();

	jval_set_text(o, "kind", plan_kind_name(m->kind));
	jval_set(o, "target", text_to_json(m->target));
	if (m->source)
		jval_set(o, "source", text_to_json(m->source));
	if (m->base)
		jval_set(o, "base", text_to_json(m->base));
	if (m->upper)
		jval_set(o, "upper", text_to_json(m->upper));
	if (m->work)
		jval_set(o, "work", text_to_json(m->work));
	if (m->text)
		jval_set(o, "text", text_to_json(m->text));
	if (m->size)
		jval_set_int(o, "size", (int64_t)m->size);
	if (m->inodes)
		jval_set_int(o, "inodes", (int64_t)m->inodes);
	if (m->optional)
		jval_set_bool(o, "optional", true);
	return o;
}

static const struct {
	const char *name;
	size_t offset;
} rlimit_fields[] = {
	{ "nofile", offsetof(struct plan_rlimits, nofile) }, { "nproc", offsetof(struct plan_rlimits, nproc) },
	{ "fsize", offsetof(struct plan_rlimits, fsize) },   { "data", offsetof(struct plan_rlimits, data) },
	{ "cpu_s", offsetof(struct plan_rlimits, cpu_s) },   { "memlock", offsetof(struct plan_rlimits, memlock) },
	{ "stack", offsetof(struct plan_rlimits, stack) },
};

enum { RLIMIT_FIELDS = sizeof rlimit_fields / sizeof *rlimit_fields };

static uint64_t *rlimit_slot(struct plan_rlimits *r, size_t i)
{
	return (uint64_t *)(void *)((char *)r + rlimit_fields[i].offset);
}

static struct jval *list_to_json(char *const *list, size_t n)
{
	struct jval *a = jval_array();

	for (size_t i = 0; i < n; i++)
		jval_push(a, text_to_json(list[i]));
	return a;
}

struct jval *plan_to_json(const struct sandbox_plan *p)
{
	struct plan_rlimits limits = p->rlimits;
	struct jval *o = jval_object();
	struct jval *list;
	struct jval *r;

	jval_set_int(o, "v", 1);
	jval_set_int(o, "tier", p->tier);
	jval_set(o, "hostname", text_to_json(p->hostname));
	jval_set(o, "exec", text_to_json(p->exec));
	jval_set(o, "argv", list_to_json(p->argv, p->argc));
	jval_set(o, "env", list_to_json(p->env, p->env_count));
	jval_set(o, "cwd", text_to_json(p->cwd));
	list = jval_set(o, "mounts", jval_array());
	for (size_t i = 0; i < p->mount_count; i++)
		jval_push(list, mount_to_json(&p->mounts[i]));
	r = jval_set(o, "rlimits", jval_object());
	for (size_t i = 0; i < RLIMIT_FIELDS; i++)
		jval_set_int(r, rlimit_fields[i].name, (int64_t)*rlimit_slot(&limits, i));
	jval_set(o, "profile", text_to_json(p->profile));
	jval_set(o, "profile_text", text_to_json(p->profile_text));
	jval_set_bool(o, "learn", p->learn);
	jval_set_bool(o, "trace", p->trace);
	jval_set(o, "events", text_to_json(p->events));
	jval_set_int(o, "proxy_port", p->proxy_port);
	jval_set_bool(o, "report", p->report);
	jval_set_bool(o, "report_opens", p->report_opens);
	jval_set_bool(o, "landlock", p->landlock);
	jval_set_bool(o, "tty", p->tty);
	return o;
}

static int size_from_json(const struct jval *o, const char *key, uint64_t *out, struct error *err)
{
	int64_t n = jval_get_int(o, key, 0);

	if (n < 0)
		return error_set(err, ERR_CORRUPT, "plan: %s is negative", key);
	*out = (uint64_t)n;
	return 0;
}

static int mount_from_json(const struct jval *o, struct plan_mount *m, struct error *err)
{
	const char *kind = jval_get_text(o, "kind");
	size_t k = 0;

	while (k < PLAN_KIND_COUNT && !str_eq(kind, plan_kind_name(k)))
		k++;
	if (k == PLAN_KIND_COUNT)
		return error_set(err, ERR_CORRUPT, "plan: no mount kind '%s'", kind ? kind : "");
	m->kind = k;
	m->optional = jval_get_bool(o, "optional", false);
	if (text_from_json(jval_get(o, "target"), "target", &m->target, err) ||
	    text_from_json(jval_get(o, "source"), "source", &m->source, err) ||
	    text_from_json(jval_get(o, "base"), "base", &m->base, err) ||
	    text_from_json(jval_get(o, "upper"), "upper", &m->upper, err) ||
	    text_from_json(jval_get(o, "work"), "work", &m->work, err) ||
	    text_from_json(jval_get(o, "text"), "text", &m->text, err))
		return -1;
	return size_from_json(o, "size", &m->size, err) || size_from_json(o, "inodes", &m->inodes, err) ? -1 : 0;
}

/* Reads a list of texts, none of them null, into a NULL-terminated array that plan_free() can release at any moment. */
static int list_from_json(const struct jval *a, const char *what, char ***list, size_t *count, struct error *err)
{
	size_t n = jval_count(a);

	*list = mem_realloc(*list, (n + 1) * sizeof **list);
	(*list)[0] = NULL;
	for (size_t i = 0; i < n; i++) {
		char *text = NULL;

		if (text_from_json(jval_at(a, i), what, &text, err))
			return -1;
		if (!text)
			return error_set(err, ERR_CORRUPT, "plan: %s has a null", what);
		(*list)[i] = text;
		(*list)[i + 1] = NULL;
		*count = i + 1;
	}
	return 0;
}

static int mounts_from_json(const struct jval *a, struct sandbox_plan *p, struct error *err)
{
	for (size_t i = 0; i < jval_count(a); i++) {
		mem_reserve(&p->mounts, &p->mount_cap, p->mount_count + 1);
		p->mounts[p->mount_count] = (struct plan_mount){ .kind = PLAN_DIR };
		p->mount_count++;
		if (mount_from_json(jval_at(a, i), &p->mounts[i], err))
			return -1;
	}
	return 0;
}

int plan_from_json(const struct jval *v, struct sandbox_plan **out, struct error *err)
{
	CLEANUP(plan_free) struct sandbox_plan *p = plan_new((int)jval_get_int(v, "tier", 0));

	if (jval_get_int(v, "v", 0) != 1)
		return error_set(err, ERR_CORRUPT, "plan: version %lld is not known here",
				 (long long)jval_get_int(v, "v", 0));
	if (text_from_json(jval_get(v, "hostname"), "hostname", &p->hostname, err) ||
	    text_from_json(jval_get(v, "exec"), "exec", &p->exec, err) ||
	    text_from_json(jval_get(v, "cwd"), "cwd", &p->cwd, err) ||
	    text_from_json(jval_get(v, "profile"), "profile", &p->profile, err) ||
	    text_from_json(jval_get(v, "profile_text"), "profile_text", &p->profile_text, err) ||
	    text_from_json(jval_get(v, "events"), "events", &p->events, err))
		return -1;
	if (list_from_json(jval_get(v, "argv"), "argv", &p->argv, &p->argc, err) ||
	    list_from_json(jval_get(v, "env"), "env", &p->env, &p->env_count, err) ||
	    mounts_from_json(jval_get(v, "mounts"), p, err))
		return -1;
	for (size_t i = 0; i < RLIMIT_FIELDS; i++) {
		if (size_from_json(jval_get(v, "rlimits"), rlimit_fields[i].name, rlimit_slot(&p->rlimits, i), err))
			return -1;
	}
	p->learn = jval_get_bool(v, "learn", false);
	p->trace = jval_get_bool(v, "trace", false);
	p->proxy_port = (unsigned)jval_get_int(v, "proxy_port", 0);
	p->report = jval_get_bool(v, "report", true);
	p->report_opens = jval_get_bool(v, "report_opens", true);
	p->landlock = jval_get_bool(v, "landlock", true);
	p->tty = jval_get_bool(v, "tty", false);
	if (plan_check(p, err))
		return error_wrap(err, "plan");
	*out = take_ptr(&p);
	return 0;
}
