/* What the user's repository says, from its files. */
#include "config.h"

#include "store/gitrepo.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"

enum { MAX_SYMREFS = 5 };

bool gitrepo_read_small(const char *dir, const char *name, struct buf *out)
{
	CLEANUP(free) char *path = fs_join(dir, name);
	CLEANUP(close) int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct error ignored = { 0 };
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fs_read_fd(fd, name, out, &ignored) == 0;
}

/* The first line of a small file, heap text, or NULL. */
static char *read_line(const char *dir, const char *name)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_PATH);
	size_t n;

	if (!gitrepo_read_small(dir, name, &b))
		return NULL;
	n = strcspn(buf_text(&b), "\r\n");
	return mem_strndup(buf_text(&b), n);
}

static void say_why(struct gitrepo *r, char *take_text)
{
	if (r->why)
		free(take_text);
	else
		r->why = take_text;
}

/* Configuration. */

struct config_line {
	char section[64], name[64];
	char subsection[256];
	char value[LIMIT_PATH];
};

typedef void config_fn(void *user, const struct config_line *line);

/* "[section "sub"]": names are folded to lower case, the subsection is not. */
static void parse_section(const char *p, struct config_line *line)
{
	size_t n = 0, m = 0;

	for (p++; *p && *p != ']' && *p != '"' && !isspace((unsigned char)*p); p++)
		if (n < sizeof line->section - 1)
			line->section[n++] = (char)tolower((unsigned char)*p);
	line->section[n] = '\0';
	while (isspace((unsigned char)*p))
		p++;
	if (*p == '"')
		for (p++; *p && *p != '"'; p++) {
			if (*p == '\\' && p[1])
				p++;
			if (m < sizeof line->subsection - 1)
				line->subsection[m++] = *p;
		}
	line->subsection[m] = '\0';
}

static void parse_value(const char *p, char *out, size_t size)
{
	bool quoted = false;
	size_t n = 0, kept = 0;

	while (isspace((unsigned char)*p))
		p++;
	for (; *p && (quoted || (*p != '#' && *p != ';')); p++) {
		char c = *p;

		if (c == '"') {
			quoted = !quoted;
			kept = n;
			continue;
		}
		if (c == '\\' && p[1]) {
			c = *++p;
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		if (n < size - 1)
			out[n++] = c;
		if (quoted || !isspace((unsigned char)c))
			kept = n;
	}
	out[kept] = '\0';
}

static void parse_line(const char *p, struct config_line *line, config_fn *fn, void *user)
{
	size_t n = 0;

	while (isspace((unsigned char)*p))
		p++;
	if (*p == '[') {
		parse_section(p, line);
		return;
	}
	if (!isalpha((unsigned char)*p))
		return;
	for (; isalnum((unsigned char)*p) || *p == '-'; p++)
		if (n < sizeof line->name - 1)
			line->name[n++] = (char)tolower((unsigned char)*p);
	line->name[n] = '\0';
	while (isspace((unsigned char)*p))
		p++;
	parse_value(*p == '=' ? p + 1 : "true", line->value, sizeof line->value);
	fn(user, line);
}

static bool read_config(const char *dir, const char *name, config_fn *fn, void *user)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_CONFIG);
	CLEANUP(free) struct config_line *line = mem_zalloc(sizeof *line);
	char *at, *next;

	if (!gitrepo_read_small(dir, name, &b))
		return false;
	for (at = b.len ? b.data : NULL; at; at = next) {
		next = strchr(at, '\n');
		if (next)
			*next++ = '\0';
		parse_line(at, line, fn, user);
	}
	return true;
}

static void replace(char **slot, const char *text)
{
	free(*slot);
	*slot = mem_strdup(text);
}

char *gitrepo_strip_url(const char *url)
{
	const char *rest = strstr(url, "://"), *end, *at = NULL;
	bool web = strncasecmp(url, "http", 4) == 0;
	size_t scheme;

	if (!rest)
		return mem_strdup(url);
	rest += 3;
	scheme = (size_t)(rest - url);
	end = rest + strcspn(rest, "/?#");
	for (const char *p = rest; p < end; p++)
		if (*p == '@')
			at = p;
	if (at)
		rest = at + 1;
	return mem_printf("%.*s%.*s", (int)scheme, url, (int)(web ? strcspn(rest, "?#") : strlen(rest)), rest);
}

struct repo_config {
	struct gitrepo *repo;
	char *origin, *other;
	unsigned remotes;
	bool reftable;
};

static void take_config(void *user, const struct config_line *line)
{
	struct repo_config *c = user;

	if (str_eq(line->section, "remote") && str_eq(line->name, "url")) {
		char **slot = str_eq(line->subsection, "origin") ? &c->origin : &c->other;

		c->remotes++;
		if (!*slot)
			*slot = gitrepo_strip_url(line->value);
	} else if (str_eq(line->section, "core") && str_eq(line->name, "excludesfile")) {
		replace(&c->repo->excludes, line->value);
	} else if (str_eq(line->section, "extensions") && str_eq(line->name, "objectformat")) {
		c->repo->sha256 = strcasecmp(line->value, "sha256") == 0;
	} else if (str_eq(line->section, "extensions") && str_eq(line->name, "refstorage")) {
		c->reftable = strcasecmp(line->value, "reftable") == 0;
	}
}

static void load_config(struct gitrepo *r)
{
	struct repo_config c = { .repo = r };

	if (!read_config(r->common_dir, "config", take_config, &c))
		say_why(r, mem_strdup("its config cannot be read"));
	if (c.origin)
		r->remote = take_ptr(&c.origin);
	else if (c.remotes == 1)
		r->remote = take_ptr(&c.other);
	free(c.origin);
	free(c.other);
	if (c.reftable)
		say_why(r, mem_strdup("its refs are kept in a reftable, which cannot be read here"));
}

/* HEAD and refs. */

static bool is_object_id(const char *s)
{
	size_t n = strspn(s, "0123456789abcdef");

	return s[n] == '\0' && (n == 40 || n == 64);
}

/* The id of ref in packed-refs, heap text, or NULL. */
static char *find_packed(const struct gitrepo *r, const char *ref)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_JSON);
	size_t n_ref = strlen(ref);

	if (!gitrepo_read_small(r->common_dir, "packed-refs", &b))
		return NULL;
	for (const char *at = buf_text(&b); *at;) {
		size_t n = strcspn(at, "\n"), n_id = strspn(at, "0123456789abcdef");

		if ((n_id == 40 || n_id == 64) && n == n_id + 1 + n_ref && at[n_id] == ' ' &&
		    memcmp(at + n_id + 1, ref, n_ref) == 0)
			return mem_strndup(at, n_id);
		at += n + (at[n] == '\n');
	}
	return NULL;
}

/* A ref name becomes a path: one that climbs out is not followed. */
static bool is_sane_ref(const char *ref)
{
	return str_starts(ref, "refs/") && !strstr(ref, "..") && !strstr(ref, "//");
}

static void load_head(struct gitrepo *r)
{
	CLEANUP(free) char *line = read_line(r->git_dir, "HEAD");

	for (int i = 0; line && i < MAX_SYMREFS && str_starts(line, "ref: "); i++) {
		CLEANUP(free) char *ref = mem_strdup(line + strlen("ref: "));
		char *id;

		if (!is_sane_ref(ref)) {
			say_why(r, mem_strdup("its HEAD names an invalid ref"));
			return;
		}
		if (i == 0 && str_starts(ref, "refs/heads/"))
			r->branch = mem_strdup(ref + strlen("refs/heads/"));
		id = read_line(r->common_dir, ref);
		if (!id)
			id = find_packed(r, ref);
		free(line);
		line = id;
		if (!line)
			return; /* a branch without a commit yet */
	}
	if (line && is_object_id(line))
		r->commit = take_ptr(&line);
	else
		say_why(r, mem_strdup("its HEAD cannot be read"));
}

/* Finding it. */

/* dir/.git: a folder, or a file "gitdir: PATH" of a linked worktree or submodule. */
static char *git_dir_of(const char *dir)
{
	CLEANUP(free) char *path = fs_join(dir, ".git");
	CLEANUP(free) char *line = NULL;

	if (fs_is_dir(AT_FDCWD, path)) {
		CLEANUP(free) char *head = fs_join(path, "HEAD");

		return fs_exists(AT_FDCWD, head) ? take_ptr(&path) : NULL;
	}
	line = read_line(dir, ".git");
	if (!line || !str_starts(line, "gitdir: "))
		return NULL;
	return fs_join(dir, line + strlen("gitdir: "));
}

static bool open_at(const char *dir, struct gitrepo *out)
{
	CLEANUP(free) char *git_dir = git_dir_of(dir), *common = NULL;

	if (!git_dir)
		return false;
	common = read_line(git_dir, "commondir");
	*out = (struct gitrepo){ .root = mem_strdup(dir) };
	out->common_dir = common ? fs_join(git_dir, common) : mem_strdup(git_dir);
	out->git_dir = take_ptr(&git_dir);
	load_config(out);
	load_head(out);
	return true;
}

bool gitrepo_find(const char *dir, bool inside, struct gitrepo *out)
{
	CLEANUP(free) char *at = mem_strdup(dir);

	for (;;) {
		char *slash;

		if (open_at(*at ? at : "/", out))
			return true;
		slash = strrchr(at, '/');
		if (inside || !slash || !at[1])
			return false;
		slash[slash == at] = '\0';
	}
}

void gitrepo_release(struct gitrepo *r)
{
	free(r->root);
	free(r->git_dir);
	free(r->common_dir);
	free(r->commit);
	free(r->branch);
	free(r->remote);
	free(r->excludes);
	free(r->why);
	*r = (struct gitrepo){ 0 };
}

/* Excludes. */

static void take_excludes(void *user, const struct config_line *line)
{
	if (str_eq(line->section, "core") && str_eq(line->name, "excludesfile"))
		replace(user, line->value);
}

void gitrepo_global_excludes(const struct gitrepo *r, struct buf *out)
{
	const char *home = getenv("HOME"), *xdg = getenv("XDG_CONFIG_HOME");
	CLEANUP(free) char *config = NULL, *file = NULL;

	if (xdg && xdg[0] == '/')
		config = mem_strdup(xdg);
	else if (home && home[0] == '/')
		config = fs_join(home, ".config");
	read_config("/etc", "gitconfig", take_excludes, &file);
	if (config)
		read_config(config, "git/config", take_excludes, &file);
	if (home && home[0] == '/')
		read_config(home, ".gitconfig", take_excludes, &file);
	if (r && r->excludes)
		replace(&file, r->excludes);
	if (!file) {
		if (config)
			gitrepo_read_small(config, "git/ignore", out);
	} else if (str_starts(file, "~/")) {
		if (home)
			gitrepo_read_small(home, file + 2, out);
	} else if (file[0] == '/') {
		gitrepo_read_small("/", file, out);
	}
}
