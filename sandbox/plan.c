/* The plan: building, looking up, checking, and its text for people and goldens. */
#include "config.h"

#include "sandbox/plan.h"

#include <string.h>
#include <sys/un.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "sandbox/filter.h"

enum { PLAN_ITEMS_MAX = 100000, PLAN_MOUNTS_MAX = 2000 };

static const char *const kind_names[PLAN_KIND_COUNT] = {
	[PLAN_RO_BIND] = "ro",
	[PLAN_RW_BIND] = "rw",
	[PLAN_DEVICE] = "device",
	[PLAN_TMPFS] = "tmpfs",
	[PLAN_PROC] = "proc",
	[PLAN_DEV] = "dev",
	[PLAN_OVERLAY] = "overlay",
	[PLAN_SYMLINK] = "symlink",
	[PLAN_DIR] = "dir",
	[PLAN_FILE] = "file",
	[PLAN_BLANK] = "blank",
};

const char *plan_kind_name(enum plan_kind kind)
{
	return kind_names[kind];
}

struct sandbox_plan *plan_new(int tier)
{
	struct sandbox_plan *p = mem_zalloc(sizeof *p);

	p->tier = tier;
	p->argv = mem_calloc(1, sizeof *p->argv);
	p->env = mem_calloc(1, sizeof *p->env);
	p->report = true;
	p->report_opens = true;
	p->landlock = true;
	return p;
}

static void list_free(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

void plan_free(struct sandbox_plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->mount_count; i++) {
		struct plan_mount *m = &p->mounts[i];

		free(m->target);
		free(m->source);
		free(m->base);
		free(m->upper);
		free(m->work);
		free(m->text);
	}
	free(p->mounts);
	list_free(p->argv, p->argc);
	list_free(p->env, p->env_count);
	free(p->hostname);
	free(p->exec);
	free(p->cwd);
	free(p->profile);
	free(p->profile_text);
	free(p->events);
	free(p);
}

static void text_replace(char **slot, const char *value)
{
	char *copy = mem_strdup(value);

	free(*slot);
	*slot = copy;
}

void plan_set_exec(struct sandbox_plan *p, const char *exec)
{
	text_replace(&p->exec, exec);
}

void plan_set_cwd(struct sandbox_plan *p, const char *cwd)
{
	text_replace(&p->cwd, cwd);
}

void plan_set_profile(struct sandbox_plan *p, const char *name, const char *text)
{
	text_replace(&p->profile, name);
	text_replace(&p->profile_text, text);
}

void plan_set_hostname(struct sandbox_plan *p, const char *name)
{
	text_replace(&p->hostname, name);
}

void plan_set_events(struct sandbox_plan *p, const char *path)
{
	text_replace(&p->events, path);
}

/* Grows by one and keeps the NULL behind the last; takes text. */
static void list_push(char ***list, size_t *n, char *text)
{
	*list = mem_realloc(*list, (*n + 2) * sizeof **list);
	(*list)[(*n)++] = text;
	(*list)[*n] = NULL;
}

void plan_add_arg(struct sandbox_plan *p, const char *arg)
{
	list_push(&p->argv, &p->argc, mem_strdup(arg));
}

static char **env_find(const struct sandbox_plan *p, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < p->env_count; i++) {
		if (strncmp(p->env[i], name, len) == 0 && p->env[i][len] == '=')
			return &p->env[i];
	}
	return NULL;
}

void plan_set_env(struct sandbox_plan *p, const char *name, const char *value)
{
	char **slot = env_find(p, name);
	char *text = mem_printf("%s=%s", name, value);

	if (slot) {
		free(*slot);
		*slot = text;
	} else {
		list_push(&p->env, &p->env_count, text);
	}
}

void plan_unset_env(struct sandbox_plan *p, const char *name)
{
	char **slot = env_find(p, name);

	if (!slot)
		return;
	free(*slot);
	/* With the NULL behind the last. */
	memmove(slot, slot + 1, (size_t)(p->env + p->env_count - slot) * sizeof *slot);
	p->env_count--;
}

const char *plan_get_env(const struct sandbox_plan *p, const char *name)
{
	char **slot = env_find(p, name);

	return slot ? *slot + strlen(name) + 1 : NULL;
}

static struct plan_mount *mount_add(struct sandbox_plan *p, enum plan_kind kind, const char *source, const char *target)
{
	struct plan_mount *m;

	mem_reserve(&p->mounts, &p->mount_cap, p->mount_count + 1);
	m = &p->mounts[p->mount_count++];
	*m = (struct plan_mount){ .kind = kind, .target = mem_strdup(target), .source = mem_strdup(source) };
	return m;
}

void plan_add_ro(struct sandbox_plan *p, const char *source, const char *target)
{
	mount_add(p, PLAN_RO_BIND, source, target);
}

void plan_add_rw(struct sandbox_plan *p, const char *source, const char *target)
{
	mount_add(p, PLAN_RW_BIND, source, target);
}

void plan_add_optional_ro(struct sandbox_plan *p, const char *source, const char *target)
{
	mount_add(p, PLAN_RO_BIND, source, target)->optional = true;
}

void plan_add_device(struct sandbox_plan *p, const char *node)
{
	mount_add(p, PLAN_DEVICE, node, node);
}

void plan_add_device_at(struct sandbox_plan *p, const char *source, const char *target)
{
	mount_add(p, PLAN_DEVICE, source, target);
}

void plan_add_tmpfs(struct sandbox_plan *p, const char *target, uint64_t size, uint64_t inodes)
{
	struct plan_mount *m = mount_add(p, PLAN_TMPFS, NULL, target);

	m->size = size;
	m->inodes = inodes;
}

void plan_add_proc(struct sandbox_plan *p)
{
	mount_add(p, PLAN_PROC, NULL, "/proc");
}

void plan_add_dev(struct sandbox_plan *p, uint64_t shm_size, uint64_t shm_inodes)
{
	struct plan_mount *m = mount_add(p, PLAN_DEV, NULL, "/dev");

	m->size = shm_size;
	m->inodes = shm_inodes;
}

void plan_add_overlay(struct sandbox_plan *p, const char *lower, const char *upper, const char *work, const char *target)
{
	struct plan_mount *m = mount_add(p, PLAN_OVERLAY, lower, target);

	m->upper = mem_strdup(upper);
	m->work = mem_strdup(work);
}

void plan_set_base(struct sandbox_plan *p, const char *base)
{
	text_replace(&p->mounts[p->mount_count - 1].base, base);
}

void plan_add_symlink(struct sandbox_plan *p, const char *text, const char *target)
{
	mount_add(p, PLAN_SYMLINK, text, target);
}

void plan_add_dir(struct sandbox_plan *p, const char *target)
{
	mount_add(p, PLAN_DIR, NULL, target);
}

void plan_add_file(struct sandbox_plan *p, const char *text, const char *target)
{
	mount_add(p, PLAN_FILE, NULL, target)->text = mem_strdup(text);
}

void plan_add_blank(struct sandbox_plan *p, const char *target)
{
	mount_add(p, PLAN_BLANK, NULL, target);
}

/* True when path is dir or lies below it. */
static bool path_is_within(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (len == 1)
		return true;
	return strncmp(path, dir, len) == 0 && (path[len] == 0 || path[len] == '/');
}

const struct plan_mount *plan_find(const struct sandbox_plan *p, const char *path)
{
	const struct plan_mount *best = NULL;

	for (size_t i = 0; i < p->mount_count; i++) {
		const struct plan_mount *m = &p->mounts[i];

		if (path_is_within(path, m->target) && (!best || strlen(m->target) >= strlen(best->target)))
			best = m;
	}
	return best;
}

bool plan_is_writable(const struct sandbox_plan *p, const char *path)
{
	const struct plan_mount *m = plan_find(p, path);

	if (!m)
		return false;
	switch (m->kind) {
	case PLAN_RW_BIND:
	case PLAN_TMPFS:
	case PLAN_OVERLAY:
	case PLAN_DEVICE:
	case PLAN_PROC: /* a process may write about itself */
		return true;
	case PLAN_DEV:
		return !str_eq(path, m->target);
	default:
		return false;
	}
}

/* A path that means the same to everybody: absolute, no empty, "." or ".." component, no trailing slash. */
static int path_check(const char *what, const char *path, struct error *err)
{
	const char *s = path;

	if (!path || *path != '/')
		return error_set(err, ERR_INVALID, "%s '%s' is not an absolute path", what, path ? path : "");
	if (strlen(path) >= LIMIT_PATH)
		return error_set(err, ERR_LIMIT, "%s is longer than %zu bytes", what, LIMIT_PATH);
	while (*s) {
		const char *part = ++s;
		size_t len = strcspn(part, "/");

		s += len;
		if (len == 0 && part == path + 1 && *part == 0)
			return 0; /* the root */
		if (len == 0 || (len == 1 && part[0] == '.') || (len == 2 && part[0] == '.' && part[1] == '.'))
			return error_set(err, ERR_INVALID, "%s '%s' is not in its simplest form", what, path);
	}
	return 0;
}

static bool kind_has_source(enum plan_kind kind)
{
	return kind == PLAN_RO_BIND || kind == PLAN_RW_BIND || kind == PLAN_DEVICE || kind == PLAN_OVERLAY;
}

/* overlayfs reads its options as one text in which these have a meaning. */
static int overlay_path_check(const char *path, struct error *err)
{
	if (strpbrk(path, ",:\\\""))
		return error_set(err, ERR_INVALID, "'%s' has a character that overlayfs cannot take in a path", path);
	return 0;
}

static int overlay_check(const struct plan_mount *m, struct error *err)
{
	if (path_check("an overlay's upper folder", m->upper, err) || path_check("an overlay's work folder", m->work, err))
		return -1;
	if (m->base && (path_check("an overlay's middle folder", m->base, err) || overlay_path_check(m->base, err)))
		return -1;
	if (overlay_path_check(m->source, err) || overlay_path_check(m->upper, err) || overlay_path_check(m->work, err))
		return -1;
	return 0;
}

static int mount_check(const struct sandbox_plan *p, const struct plan_mount *m, struct error *err)
{
	if ((unsigned)m->kind >= PLAN_KIND_COUNT)
		return error_set(err, ERR_INVALID, "mount kind %d does not exist", (int)m->kind);
	if (path_check("mount target", m->target, err))
		return -1;
	if (str_eq(m->target, "/"))
		return error_set(err, ERR_INVALID, "a mount cannot replace the root");
	if (kind_has_source(m->kind) && path_check("mount source", m->source, err))
		return -1;
	if (m->kind == PLAN_SYMLINK && (!m->source || !*m->source))
		return error_set(err, ERR_INVALID, "symlink '%s' has no text", m->target);
	if (m->kind == PLAN_FILE && !m->text)
		return error_set(err, ERR_INVALID, "file '%s' has no text", m->target);
	if (m->kind == PLAN_OVERLAY && overlay_check(m, err))
		return -1;
	if (p->tier == 1)
		return 0;
	if (m->kind == PLAN_PROC || m->kind == PLAN_DEV)
		return 0;
	if (m->kind != PLAN_RO_BIND && m->kind != PLAN_RW_BIND && m->kind != PLAN_DEVICE)
		return error_set(err, ERR_INVALID, "%s at '%s' needs tier 1", kind_names[m->kind], m->target);
	if (!str_eq(m->source, m->target))
		return error_set(err, ERR_INVALID, "tier %d cannot show '%s' at '%s'", p->tier, m->source, m->target);
	return 0;
}

/* A later mount over an earlier one's parent would hide the earlier one in silence. */
static int mount_order_check(const struct sandbox_plan *p, struct error *err)
{
	for (size_t i = 0; i < p->mount_count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (path_is_within(p->mounts[k].target, p->mounts[i].target))
				return error_set(err, ERR_INVALID, "mount at '%s' would hide the one at '%s'",
						 p->mounts[i].target, p->mounts[k].target);
		}
	}
	return 0;
}

static int env_check(const struct sandbox_plan *p, struct error *err)
{
	for (size_t i = 0; i < p->env_count; i++) {
		const char *eq = strchr(p->env[i], '=');

		if (!eq || eq == p->env[i])
			return error_set(err, ERR_INVALID, "environment entry %zu has no name", i);
	}
	return 0;
}

int plan_check(const struct sandbox_plan *p, struct error *err)
{
	struct sockaddr_un un;

	if (p->tier < 1 || p->tier > 3)
		return error_set(err, ERR_INVALID, "tier %d does not exist", p->tier);
	if (p->argc == 0)
		return error_set(err, ERR_INVALID, "the plan has no command");
	if (p->argc > PLAN_ITEMS_MAX || p->env_count > PLAN_ITEMS_MAX || p->mount_count > PLAN_MOUNTS_MAX)
		return error_set(err, ERR_LIMIT, "the plan has too many arguments, variables or mounts");
	if (path_check("program", p->exec, err) || path_check("working folder", p->cwd, err))
		return -1;
	if (p->hostname && strlen(p->hostname) > 64)
		return error_set(err, ERR_LIMIT, "host name '%s' is longer than 64 bytes", p->hostname);
	if (filter_profile_check(p->profile ? p->profile : "ml", p->profile_text, err))
		return -1;
	if (p->events && path_check("events socket", p->events, err))
		return -1;
	if (p->events && p->tier != 1 && !p->report)
		return error_set(err, ERR_INVALID, "tier %d has an events socket only with reports: connects go through them", p->tier);
	if (p->proxy_port > UINT16_MAX || (p->proxy_port && p->tier != 1))
		return error_set(err, ERR_INVALID, "only tier 1 has a network broker, on a port up to 65535");
	if (p->events && strlen(p->events) >= sizeof un.sun_path)
		return error_set(err, ERR_LIMIT, "events socket '%s' is longer than %zu bytes", p->events,
				 sizeof un.sun_path - 1);
	for (size_t i = 0; i < p->mount_count; i++) {
		if (mount_check(p, &p->mounts[i], err))
			return -1;
	}
	/* In tier 2 rules only add up: order has no meaning there. */
	if (p->tier == 1 && mount_order_check(p, err))
		return -1;
	return env_check(p, err);
}

static void line_text(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%-8s ", name);
	text_escape_str(out, value);
	buf_putc(out, '\n');
}

static void mount_format(const struct plan_mount *m, struct buf *out)
{
	buf_printf(out, "%-8s ", kind_names[m->kind]);
	text_escape_str(out, m->target);
	if (m->kind == PLAN_SYMLINK || (m->source && !str_eq(m->source, m->target))) {
		buf_puts(out, m->kind == PLAN_SYMLINK ? " -> " : " from ");
		text_escape_str(out, m->source);
	}
	if (m->kind == PLAN_OVERLAY && m->base) {
		buf_puts(out, " base ");
		text_escape_str(out, m->base);
	}
	if (m->kind == PLAN_OVERLAY) {
		buf_puts(out, " upper ");
		text_escape_str(out, m->upper);
	}
	if (m->kind == PLAN_FILE)
		buf_printf(out, " %zu bytes", strlen(m->text));
	if (m->kind == PLAN_TMPFS || m->kind == PLAN_DEV) {
		buf_puts(out, m->kind == PLAN_DEV ? " shm " : " ");
		str_format_size(out, m->size);
		buf_printf(out, " %llu files", (unsigned long long)m->inodes);
	}
	if (m->optional)
		buf_puts(out, " optional");
	buf_putc(out, '\n');
}

static void rlimits_format(const struct plan_rlimits *r, struct buf *out)
{
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{ "nofile", r->nofile }, { "nproc", r->nproc },     { "fsize", r->fsize }, { "data", r->data },
		{ "cpu", r->cpu_s },     { "memlock", r->memlock }, { "stack", r->stack },
	};

	buf_puts(out, "rlimit   core=0");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].value)
			buf_printf(out, " %s=%llu", rows[i].name, (unsigned long long)rows[i].value);
	}
	buf_putc(out, '\n');
}

void plan_format(const struct sandbox_plan *p, struct buf *out)
{
	buf_printf(out, "tier     %d\n", p->tier);
	if (p->tier == 1) {
		buf_puts(out, "spaces   user mount pid net ipc uts cgroup\n");
		line_text(out, "host", p->hostname ? p->hostname : "wb");
	}
	buf_printf(out, "layers   no-capabilities no-new-privs seccomp:%s%s%s%s\n", p->profile ? p->profile : "ml",
		   p->tier != 3 && (p->landlock || p->tier == 2) ? " landlock" : "", p->report ? " report" : "",
		   p->learn ? " learn" : p->report && p->trace ? " trace" : p->report && p->report_opens ? " report-opens" : "");
	rlimits_format(&p->rlimits, out);
	for (size_t i = 0; i < p->mount_count; i++)
		mount_format(&p->mounts[i], out);
	if (p->tty)
		buf_puts(out, "tty      a terminal of its own\n");
	if (p->events)
		line_text(out, "events", p->events);
	if (p->proxy_port)
		buf_printf(out, "proxy    127.0.0.1:%u\n", p->proxy_port);
	for (size_t i = 0; i < p->env_count; i++) {
		const char *eq = strchr(p->env[i], '=');
		size_t len = eq ? (size_t)(eq - p->env[i]) : strlen(p->env[i]);

		buf_puts(out, "env      ");
		text_escape(out, p->env[i], len);
		buf_putc(out, '\n');
	}
	line_text(out, "cwd", p->cwd ? p->cwd : "");
	line_text(out, "exec", p->exec ? p->exec : "");
	for (size_t i = 0; i < p->argc; i++)
		line_text(out, "arg", p->argv[i]);
}
