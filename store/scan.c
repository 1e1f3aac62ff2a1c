/* Walking a project. */
#include "config.h"

#include "store/scan.h"

#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/ignore.h"

enum { MAX_DEPTH = 256, MAX_NOTES = 10000 };

/* What must not leave the user's hands by accident. "!name" in .wbignore brings one back. */
static const char secrets_text[] =
	".env\n.env.*\n!.env.example\n!.env.sample\n!.env.template\n!.env.dist\n.envrc\n"
	"*.pem\n*.p12\n*.pfx\n*.kdbx\n*.ppk\n"
	"id_rsa\nid_dsa\nid_ecdsa\nid_ecdsa_sk\nid_ed25519\nid_ed25519_sk\n"
	".vault-token\nkubeconfig\n*.kubeconfig\n.kube/config\n"
	".netrc\n.pgpass\n.my.cnf\n.git-credentials\n.pypirc\n.htpasswd\n"
	".aws/credentials\n.docker/config.json\napplication_default_credentials.json\n"
	"**/.kube/config\n**/.aws/credentials\n**/.docker/config.json\n"
	".ssh/\n.gnupg/\n";

/* Rules of one folder; from: where the paths that they speak of start in the full path. */
struct level {
	const struct level *up;
	struct ignore_rules *rules;
	const char *base; /* prepended to a path before asking: rules from above the project; "" otherwise */
	size_t from;
};

/* The repository that a folder belongs to; its index is read when first asked. */
struct owner {
	const struct gitrepo *git;
	const char *base; /* the project's path inside the repository with a slash, or "" */
	size_t from;
	bool loaded;
	struct tracked *tracked;
};

struct walk {
	const struct scan_options *o;
	struct scan *out;
	struct ignore_rules *secrets;
	struct stat store;
	char path[LIMIT_PATH];
};

/* One folder being walked. */
struct frame {
	int fd;
	size_t n_path; /* of walk.path, with its slash (0 for the project itself) */
	int depth;
	bool only_tracked; /* inside an ignored folder */
	const struct level *git_rules, *wb_rules;
	struct owner *owner;
};

struct name {
	char *text;
	unsigned char type; /* DT_ */
};

void scan_release(struct scan *s)
{
	for (size_t i = 0; i < s->n_notes; i++) {
		free(s->notes[i].path);
		free(s->notes[i].detail);
	}
	free(s->notes);
	free(s->files);
	buf_release(&s->paths);
	*s = (struct scan){ 0 };
}

const char *scan_path(const struct scan *s, const struct scan_file *f)
{
	return s->paths.data + f->path;
}

void scan_note(struct scan *s, const char *path, enum snapshot_why why, const char *detail)
{
	if (s->n_notes == MAX_NOTES)
		detail = "and more, which are not listed";
	if (s->n_notes > MAX_NOTES)
		return;
	mem_reserve(&s->notes, &s->cap_notes, s->n_notes + 1);
	s->notes[s->n_notes++] = (struct snapshot_note){ mem_strdup(path), why, mem_strdup(detail) };
}

static int64_t to_ns(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

void scan_set_stat(struct scan_file *f, const struct stat *st)
{
	f->size = (uint64_t)st->st_size;
	f->ino = st->st_ino;
	f->dev = st->st_dev;
	f->mtime_ns = to_ns(&st->st_mtim);
	f->ctime_ns = to_ns(&st->st_ctim);
	f->mode = S_ISLNK(st->st_mode) ? 0120000 : st->st_mode & 0100 ? 0100755 : 0100644;
}

bool scan_same_stat(const struct scan_file *a, const struct scan_file *b)
{
	return a->size == b->size && a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns && a->ino == b->ino &&
	       a->dev == b->dev && a->mode == b->mode;
}

/* Rules. */

static enum ignore_verdict ask_levels(const struct level *l, const char *path, bool is_dir)
{
	for (; l; l = l->up) {
		enum ignore_verdict v;

		if (*l->base) {
			CLEANUP(free) char *full = mem_printf("%s%s", l->base, path);

			v = ignore_match(l->rules, full, is_dir);
		} else {
			v = ignore_match(l->rules, path + l->from, is_dir);
		}
		if (v != IGNORE_NONE)
			return v;
	}
	return IGNORE_NONE;
}

static const struct tracked *tracked_of(struct owner *owner, struct scan *out)
{
	if (!owner || !owner->git)
		return NULL;
	if (!owner->loaded) {
		CLEANUP(free) char *why = NULL;

		owner->tracked = tracked_load(owner->git, &why);
		owner->loaded = true;
		if (why)
			scan_note(out, ".git", SNAPSHOT_UNREADABLE, why);
	}
	return owner->tracked;
}

static bool is_tracked(struct walk *w, const struct frame *f, bool is_dir)
{
	const struct tracked *t = tracked_of(f->owner, w->out);
	CLEANUP(free) char *full = NULL;

	if (!t)
		return false;
	full = mem_printf("%s%s", f->owner->base, w->path + f->owner->from);
	return is_dir ? tracked_has_below(t, full) : tracked_has(t, full);
}

enum choice { KEEP, KEEP_TRACKED_BELOW, IGNORED, WITHHELD };

/* What becomes of walk.path. The project's own .wbignore speaks last. */
static enum choice choose(struct walk *w, const struct frame *f, bool is_dir)
{
	enum ignore_verdict wb = ask_levels(f->wb_rules, w->path, is_dir);

	if (wb == IGNORE_OUT)
		return IGNORED;
	if (wb == IGNORE_NONE && ignore_match(w->secrets, w->path, is_dir) == IGNORE_OUT)
		return !f->only_tracked || is_tracked(w, f, is_dir) ? WITHHELD : IGNORED;
	if (wb == IGNORE_IN)
		return KEEP;
	if (f->only_tracked || ask_levels(f->git_rules, w->path, is_dir) == IGNORE_OUT) {
		if (!is_tracked(w, f, is_dir))
			return IGNORED;
		return is_dir ? KEEP_TRACKED_BELOW : KEEP;
	}
	return KEEP;
}

/* The rules in a regular file of folder fd, or NULL. */
static struct ignore_rules *load_rules(int fd, const char *name)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_CONFIG);
	CLEANUP(close) int file = sys_openat(fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct error ignored = { 0 };
	struct stat st;

	if (file < 0 || fstat(file, &st) < 0 || !S_ISREG(st.st_mode) || fs_read_fd(file, name, &b, &ignored) < 0)
		return NULL;
	return ignore_parse(buf_text(&b), b.len);
}

/* .git/info/exclude; git may be empty. */
static struct ignore_rules *load_exclude(const struct gitrepo *git)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_CONFIG);

	if (!git->common_dir || !gitrepo_read_small(git->common_dir, "info/exclude", &b))
		return NULL;
	return ignore_parse(buf_text(&b), b.len);
}

/* Walking. */

static int by_tree_order(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	size_t nx = strlen(x->text), ny = strlen(y->text);
	int c = memcmp(x->text, y->text, nx < ny ? nx : ny);
	unsigned char ex, ey;

	if (c || nx == ny)
		return c;
	/* git sorts a folder as if its name ended in a slash; so full paths come in bytewise order. */
	if (nx < ny) {
		ex = x->type == DT_DIR ? '/' : '\0';
		ey = (unsigned char)y->text[nx];
	} else {
		ex = (unsigned char)x->text[ny];
		ey = y->type == DT_DIR ? '/' : '\0';
	}
	return ex < ey ? -1 : ex > ey;
}

static unsigned char type_of(int fd, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type;
	if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return DT_REG; /* the later stat says what is wrong */
	return IFTODT(st.st_mode);
}

struct names {
	struct name *items;
	size_t n, cap;
	bool gitignore, wbignore, dot_git;
};

static void names_release(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->items[i].text);
	free(names->items);
}
DEFINE_CLEANUP_VALUE(names_release, struct names);

static int read_names(int fd, struct names *out)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	CLEANUP(closedir) DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *e;

	if (!dir) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	while (errno = 0, (e = readdir(dir))) {
		if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
			continue;
		if (str_eq(e->d_name, ".git")) {
			out->dot_git = true;
			continue;
		}
		out->gitignore |= str_eq(e->d_name, ".gitignore");
		out->wbignore |= str_eq(e->d_name, ".wbignore");
		mem_reserve(&out->items, &out->cap, out->n + 1);
		out->items[out->n++] = (struct name){ mem_strdup(e->d_name), type_of(fd, e) };
	}
	if (errno)
		return -1;
	if (out->n)
		qsort(out->items, out->n, sizeof *out->items, by_tree_order);
	return 0;
}

/* Its stat data follow when all are known. */
static int add_file(struct walk *w, struct error *err)
{
	struct scan *s = w->out;
	struct scan_file f = { .path = s->paths.len, .n_path = (uint32_t)strlen(w->path) };

	if (s->n >= SNAPSHOT_MAX_FILES) {
		error_set(err, ERR_LIMIT, "%s holds more than %zu files", w->o->root_path, SNAPSHOT_MAX_FILES);
		return error_hint(err, "name what is not code (data, environments) in .wbignore");
	}
	buf_append(&s->paths, w->path, f.n_path + 1);
	if (buf_check(&s->paths, "the list of the project's files", err) < 0)
		return -1;
	mem_reserve(&s->files, &s->cap, s->n + 1);
	s->files[s->n++] = f;
	return 0;
}

static const char *special_name(mode_t mode)
{
	return S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : S_ISBLK(mode) ? "a block device" :
	       S_ISCHR(mode) ? "a character device" : "not a file";
}

static int walk_folder(struct walk *w, struct frame *f, struct error *err);

static int walk_special(struct walk *w, const struct frame *f, const char *name)
{
	struct stat st;

	if (fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		scan_note(w->out, w->path, errno == ENOENT ? SNAPSHOT_VANISHED : SNAPSHOT_UNREADABLE, strerror(errno));
	else
		scan_note(w->out, w->path, SNAPSHOT_SPECIAL, special_name(st.st_mode));
	return 0;
}

static int walk_subfolder(struct walk *w, const struct frame *f, const char *name, bool only_tracked,
			  struct error *err)
{
	struct frame sub = *f;
	CLEANUP(close) int fd = -1;
	struct stat st;
	size_t n = strlen(w->path);
	int rc;

	if (f->depth >= MAX_DEPTH) {
		scan_note(w->out, w->path, SNAPSHOT_TOO_DEEP, "folders nested more than 256 deep");
		return 0;
	}
	fd = sys_openat(f->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd < 0 || fstat(fd, &st) < 0) {
		scan_note(w->out, w->path, errno == ENOENT ? SNAPSHOT_VANISHED : SNAPSHOT_UNREADABLE, strerror(errno));
		return 0;
	}
	if (st.st_dev == w->store.st_dev && st.st_ino == w->store.st_ino)
		return 0;
	if (n + 2 > sizeof w->path) {
		scan_note(w->out, w->path, SNAPSHOT_TOO_DEEP, "its path is too long");
		return 0;
	}
	w->path[n] = '/';
	w->path[n + 1] = '\0';
	sub.fd = fd;
	sub.n_path = n + 1;
	sub.depth++;
	sub.only_tracked = only_tracked;
	rc = walk_folder(w, &sub, err);
	w->path[n] = '\0';
	return rc;
}

/* One name of a folder; *kept counts what no ignore rule left out. */
static int walk_name(struct walk *w, const struct frame *f, const struct name *name, size_t *kept, struct error *err)
{
	bool is_dir = name->type == DT_DIR;
	size_t n = strlen(name->text);
	enum choice choice;

	w->path[f->n_path] = '\0';
	if (f->n_path + n + 1 > sizeof w->path) {
		scan_note(w->out, w->path, SNAPSHOT_TOO_DEEP, "a path in it is too long");
		return 0;
	}
	memcpy(w->path + f->n_path, name->text, n + 1);
	if (is_dir && str_eq(name->text, ".wb"))
		return 0;
	choice = choose(w, f, is_dir);
	if (choice == IGNORED) {
		w->out->ignored += !f->only_tracked;
		return 0;
	}
	++*kept;
	if (choice == WITHHELD) {
		scan_note(w->out, w->path, SNAPSHOT_WITHHELD, "looks like a secret; !NAME in .wbignore keeps it");
		return 0;
	}
	if (is_dir)
		return walk_subfolder(w, f, name->text, choice == KEEP_TRACKED_BELOW, err);
	return name->type == DT_REG || name->type == DT_LNK ? add_file(w, err) : walk_special(w, f, name->text);
}

/* A repository inside the project: its files are taken like any others; its own excludes and index speak below it. */
static void enter_repository(struct walk *w, struct frame *f, struct gitrepo *git, struct owner *owner)
{
	CLEANUP(free) char *dir = NULL, *detail = NULL;
	char *slash = &w->path[f->n_path - 1];

	*slash = '\0';
	dir = fs_join(w->o->root_path, w->path);
	if (gitrepo_find(dir, true, git)) {
		*owner = (struct owner){ .git = git, .base = "", .from = f->n_path };
		f->owner = owner;
	}
	detail = mem_printf("a repository of its own%s%s", git->commit ? " at " : "", git->commit ? git->commit : "");
	scan_note(w->out, w->path, SNAPSHOT_NESTED, detail);
	*slash = '/';
}

static int walk_names(struct walk *w, struct frame *f, const struct names *names, struct error *err)
{
	struct level git = { .up = f->git_rules, .base = "", .from = f->n_path };
	struct level wb = { .up = f->wb_rules, .base = "", .from = f->n_path };
	CLEANUP(ignore_free) struct ignore_rules *git_rules = names->gitignore ? load_rules(f->fd, ".gitignore") : NULL;
	CLEANUP(ignore_free) struct ignore_rules *wb_rules = names->wbignore ? load_rules(f->fd, ".wbignore") : NULL;
	size_t kept = 0;

	git.rules = git_rules;
	wb.rules = wb_rules;
	f->git_rules = git_rules ? &git : f->git_rules;
	f->wb_rules = wb_rules ? &wb : f->wb_rules;
	for (size_t i = 0; i < names->n; i++)
		if (walk_name(w, f, &names->items[i], &kept, err) < 0)
			return -1;
	w->path[f->n_path] = '\0';
	if (kept == 0 && f->n_path && !f->only_tracked) {
		w->path[f->n_path - 1] = '\0';
		scan_note(w->out, w->path, SNAPSHOT_EMPTY_DIR, names->n ? "holds only ignored files" : NULL);
		w->path[f->n_path - 1] = '/';
	}
	return 0;
}

static int walk_folder(struct walk *w, struct frame *f, struct error *err)
{
	CLEANUP(names_release) struct names names = { 0 };
	CLEANUP(gitrepo_release) struct gitrepo git = { 0 };
	CLEANUP(ignore_free) struct ignore_rules *exclude = NULL;
	struct level level = { .up = f->git_rules, .base = "", .from = f->n_path };
	struct owner owner = { 0 };
	int rc;

	if (read_names(f->fd, &names) < 0) {
		if (f->n_path == 0)
			return error_sys(err, "reading folder %s", w->o->root_path);
		scan_note(w->out, w->path, SNAPSHOT_UNREADABLE, strerror(errno));
		return 0;
	}
	if (names.dot_git && f->n_path) {
		enter_repository(w, f, &git, &owner);
		level.rules = exclude = load_exclude(&git);
		f->git_rules = exclude ? &level : f->git_rules;
	}
	rc = walk_names(w, f, &names, err);
	tracked_free(owner.tracked);
	return rc;
}

/* The start: rules that hold for the whole project. */

struct outer {
	struct level levels[MAX_DEPTH + 2];
	size_t n;
	char *base; /* the project's path inside its repository, with a slash; "" at its top */
};

static void add_level(struct outer *o, struct ignore_rules *rules, const char *base)
{
	if (!rules)
		return;
	if (o->n == sizeof o->levels / sizeof *o->levels) {
		ignore_free(rules);
		return;
	}
	o->levels[o->n] = (struct level){ .up = o->n ? &o->levels[o->n - 1] : NULL, .rules = rules, .base = base };
	o->n++;
}

/* Global excludes, the repository's info/exclude, and the .gitignore files between its top and the project. */
static void collect_outer(const struct scan_options *o, struct outer *out)
{
	CLEANUP(buf_release) struct buf global = BUF_INIT(LIMIT_CONFIG);
	const char *below;

	out->base = mem_strdup("");
	gitrepo_global_excludes(o->git, &global);
	add_level(out, ignore_parse(buf_text(&global), global.len), "");
	if (!o->git)
		return;
	below = o->root_path + strlen(o->git->root);
	below += *below == '/';
	if (*below) {
		free(out->base);
		out->base = mem_printf("%s/", below);
	}
	add_level(out, load_exclude(o->git), out->base);
	for (const char *p = out->base; *p; p = strchr(p, '/') + 1) {
		CLEANUP(free) char *dir = mem_printf("%s/%.*s", o->git->root, (int)(p - out->base), out->base);
		CLEANUP(close) int fd = sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);

		if (fd >= 0)
			add_level(out, load_rules(fd, ".gitignore"), p);
	}
}

static void outer_release(struct outer *o)
{
	for (size_t i = 0; i < o->n; i++)
		ignore_free(o->levels[i].rules);
	free(o->base);
}
DEFINE_CLEANUP_VALUE(outer_release, struct outer);

int scan_project(const struct scan_options *o, struct scan *out, struct error *err)
{
	CLEANUP(scan_release) struct scan scan = { .paths = BUF_INIT(1024 * LIMIT_MIB) };
	CLEANUP(outer_release) struct outer outer = { 0 };
	CLEANUP(ignore_free) struct ignore_rules *secrets = ignore_parse(secrets_text, sizeof secrets_text - 1);
	struct owner owner = { .git = o->git };
	struct walk w = { .o = o, .out = &scan, .secrets = secrets };
	struct frame top = { .fd = o->root, .owner = &owner };
	int rc;

	scan.start_ns = clock_now(&clock_system);
	if (o->store_dirfd >= 0 && fstat(o->store_dirfd, &w.store) < 0)
		return error_sys(err, "the store");
	collect_outer(o, &outer);
	owner.base = outer.base;
	top.git_rules = outer.n ? &outer.levels[outer.n - 1] : NULL;
	rc = walk_folder(&w, &top, err);
	tracked_free(owner.tracked);
	if (rc < 0)
		return -1;
	scan_stat_files(&scan, o->root);
	*out = scan;
	scan = (struct scan){ 0 };
	return 0;
}
