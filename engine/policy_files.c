/* Finding and reading policy files. */
#include "config.h"

#include "engine/policy_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/spec.h"

enum { FOLDERS_DEEP = 16, FILES_MAX = 10000 };

/* A user namespace shows owners that it does not know as this one. */
enum { UNKNOWN_OWNER = 65534 };

static void file_release(struct policy_file *f)
{
	free(f->path);
	free(f->below);
	free(f->text);
	free(f->why);
}

void policy_files_release(struct policy_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		file_release(&f->items[i]);
	free(f->items);
	*f = (struct policy_files){ 0 };
}

static struct policy_file *add(struct policy_files *f, const char *path, enum policy_file_kind kind)
{
	mem_reserve(&f->items, &f->cap, f->n + 1);
	f->items[f->n] = (struct policy_file){
		.path = mem_strdup(path), .below = mem_strdup(""), .layer = POLICY_LAYER_PROJECT, .kind = kind,
	};
	return &f->items[f->n++];
}

struct policy_file *policy_files_add(struct policy_files *f, const char *path, enum policy_file_kind kind, const char *text,
				     size_t len)
{
	struct policy_file *file = add(f, path, kind);

	file->text = mem_strndup(text, len);
	file->len = len;
	file->digest = digest_of(text, len);
	return file;
}

enum policy_file_kind policy_file_kind_of(const char *path)
{
	if (str_ends(path, ".json"))
		return POLICY_FILE_JSON;
	return str_ends(path, ".yaml") || str_ends(path, ".yml") ? POLICY_FILE_YAML : POLICY_FILE_REGO;
}

const char *policy_file_kind_name(enum policy_file_kind kind)
{
	static const char *const names[] = { "rego", "json", "yaml" };

	return names[kind];
}

const char *policy_layer_name(enum policy_layer layer)
{
	return layer == POLICY_LAYER_SITE ? "site" : "project";
}

/* ---- the site's folder ----------------------------------------------------------------------------------- */

static bool in_user_namespace(void)
{
	CLEANUP(buf_release) struct buf map = BUF_INIT(LIMIT_KIB * 64);
	struct error ignored = { 0 };
	unsigned inside, outside, n;

	return fs_read_file(AT_FDCWD, "/proc/self/uid_map", &map, &ignored) == 0 &&
	       (sscanf(buf_text(&map), "%u %u %u", &inside, &outside, &n) != 3 || inside || outside || n != UINT32_MAX);
}

/* Only root may have written it. The owner of what lies outside a user namespace is unknown inside. */
static int check_owner(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_sys(err, "%s", path);
	if ((st.st_uid == 0 || (st.st_uid == UNKNOWN_OWNER && in_user_namespace())) && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		error_set(err, ERR_DENIED, "%s can be written by others than root, so it is no site policy", path);
	else
		error_set(err, ERR_DENIED, "%s belongs to user %u and not to root, so it is no site policy", path, (unsigned)st.st_uid);
	return error_hint(err, "an administrator runs: chown -R root: /etc/wb && chmod -R go-w /etc/wb");
}

/* 0 where there is none. Whoever can write to the folder above can put another in its place. */
static int site_exists(struct error *err)
{
	CLEANUP(close) int above = sys_openat(AT_FDCWD, "/etc/wb", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	struct stat st;

	if (above < 0 && errno == ENOENT)
		return 0;
	if (above < 0 && stat(POLICIES_SITE_DIR, &st) < 0 && errno == ENOENT)
		return 0;
	if (above < 0)
		return error_sys(err, "/etc/wb");
	if (fstatat(above, "policy", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_sys(err, "%s", POLICIES_SITE_DIR);
	return check_owner(above, "/etc/wb", err) < 0 ? -1 : 1;
}

/* ---- reading --------------------------------------------------------------------------------------------- */

/* at: the folder that name is in; path as it is told. */
static int read_bytes(struct policy_file *f, int at, const char *name, const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(f->kind == POLICY_FILE_JSON ? LIMIT_JSON : LIMIT_CONFIG);
	CLEANUP(close) int fd = -1;

	if (str_eq(path, "-")) {
		if (fs_read_fd(STDIN_FILENO, "standard input", &text, err) < 0)
			return -1;
	} else {
		fd = sys_openat(at, name, O_RDONLY | O_NOCTTY, 0);
		if (fd < 0)
			return error_sys(err, "%s", path);
		if ((f->layer == POLICY_LAYER_SITE && check_owner(fd, path, err) < 0) ||
		    fs_read_fd(fd, path, &text, err) < 0)
			return -1;
	}
	f->len = text.len;
	f->digest = digest_of(text.data, text.len);
	f->text = text.len ? buf_take(&text) : mem_strdup("");
	return 0;
}

/* What is wrong with a file is a finding, so that the others are looked at too and a run is denied, not lost. */
static void read_file(struct policy_files *out, int at, const char *name, const char *path, const char *below,
		      enum policy_layer layer)
{
	struct policy_file *f = add(out, str_eq(path, "-") ? POLICY_FILE_STDIN : path, policy_file_kind_of(path));
	struct error why = { 0 };

	free(f->below);
	f->below = mem_strdup(below);
	f->layer = layer;
	if (read_bytes(f, at, name, path, &why) < 0)
		f->why = mem_dup(&why, sizeof why);
}

struct walk {
	struct policy_files *out;
	enum policy_layer layer;
	bool no_tests;
	unsigned depth;
};

static bool is_policy(const char *name)
{
	return name[0] != '.' && (str_ends(name, ".rego") || policy_file_kind_of(name) != POLICY_FILE_REGO);
}

static int read_dir(struct walk *w, int at, const char *name, const char *path, const char *below, struct error *err);

/* What stands in a folder under a name: a folder, a file, or neither. The folder itself mostly tells. */
enum entry_kind { ENTRY_FOLDER, ENTRY_FILE, ENTRY_OTHER };

/* A link to a folder is not followed: it may lead anywhere, and round. One to a file is as good as the file. */
static enum entry_kind entry_kind_of(const char *path, unsigned char type)
{
	struct stat st;

	if (type == DT_DIR || type == DT_REG)
		return type == DT_DIR ? ENTRY_FOLDER : ENTRY_FILE;
	if (type == DT_UNKNOWN && lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return ENTRY_FOLDER;
	/* One that leads nowhere is a file that cannot be read, and said to be. */
	return stat(path, &st) < 0 || S_ISREG(st.st_mode) ? ENTRY_FILE : ENTRY_OTHER;
}

static int read_folder(struct walk *w, int at, const char *name, const char *path, const char *below, struct error *err)
{
	int rc;

	if (w->depth >= FOLDERS_DEEP)
		return error_set(err, ERR_LIMIT, "%s: policy folders nest at most %d deep", path, FOLDERS_DEEP);
	w->depth++;
	rc = read_dir(w, at, name, path, below, err);
	w->depth--;
	return rc;
}

/* name: with its kind in front. */
static int read_entry(struct walk *w, int at, const char *path, const char *below, const char *name, struct error *err)
{
	CLEANUP(free) char *full = fs_join(path, name + 1);
	enum entry_kind kind = entry_kind_of(full, (unsigned char)(name[0] - '0'));
	struct error why = { 0 };

	if (kind == ENTRY_FOLDER) {
		CLEANUP(free) char *deeper = *below ? fs_join(below, name + 1) : mem_strdup(name + 1);

		return read_folder(w, at, name + 1, full, deeper, err);
	}
	if (!is_policy(name + 1) || (w->no_tests && str_ends(name, "_test.rego")))
		return 0;
	if (w->out->n >= FILES_MAX)
		return error_set(err, ERR_LIMIT, "%s: a policy has at most %d files", path, FILES_MAX);
	if (kind == ENTRY_FILE) {
		read_file(w->out, at, name + 1, full, below, w->layer);
		return 0;
	}
	/* A pipe of that name must not hold anybody up. */
	error_set(&why, ERR_INVALID, "%s: this is a pipe or a device, not a file", full);
	add(w->out, full, policy_file_kind_of(full))->why = mem_dup(&why, sizeof why);
	return 0;
}

static int by_name(const void *pa, const void *pb)
{
	const char *const *a = pa, *const *b = pb;

	return strcmp(*a + 1, *b + 1);
}

/* Each name with its type in front, a digit or what follows the digits. Read without a stream: a policy is many folders. */
static int list_dir(int fd, const char *path, struct words *names, struct error *err)
{
	_Alignas(struct dirent64) char entries[4096];
	ssize_t n;

	while ((n = getdents64(fd, entries, sizeof entries)) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const struct dirent64 *)(const void *)(entries + at);
			char typed[sizeof entry->d_name + 1];

			at += entry->d_reclen;
			if (entry->d_name[0] == '.')
				continue;
			typed[0] = (char)('0' + entry->d_type);
			memcpy(typed + 1, entry->d_name, strlen(entry->d_name) + 1);
			words_add(names, typed);
		}
	return n < 0 ? error_sys(err, "%s", path) : 0;
}

static int read_dir(struct walk *w, int at, const char *name, const char *path, const char *below, struct error *err)
{
	CLEANUP(words_release) struct words names = { 0 };
	CLEANUP(close) int fd = sys_openat(at, name, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return error_sys(err, "%s", path);
	if ((w->layer == POLICY_LAYER_SITE && check_owner(fd, path, err) < 0) || list_dir(fd, path, &names, err) < 0)
		return -1;
	if (names.n)
		qsort(names.items, names.n, sizeof *names.items, by_name);
	for (size_t i = 0; i < names.n; i++)
		if (read_entry(w, fd, path, below, names.items[i], err) < 0)
			return -1;
	return 0;
}

int policy_files_of_store(const char *store_path, bool with_tests, struct policy_files *out, struct error *err)
{
	CLEANUP(policy_files_release) struct policy_files found = { 0 };
	CLEANUP(free) char *dir = store_path ? fs_join(store_path, "policy") : NULL;
	struct walk site = { .out = &found, .layer = POLICY_LAYER_SITE, .no_tests = !with_tests };
	struct walk project = { .out = &found, .layer = POLICY_LAYER_PROJECT, .no_tests = !with_tests };
	struct stat st;
	int has_site = site_exists(err);

	if (has_site < 0 || (has_site && read_dir(&site, AT_FDCWD, POLICIES_SITE_DIR, POLICIES_SITE_DIR, "", err) < 0))
		return error_wrap(err, "the site's policy");
	/* A folder that is not there is fine; one that cannot be looked into is not. */
	if (dir && (stat(dir, &st) == 0 || errno != ENOENT) && read_dir(&project, AT_FDCWD, dir, dir, "", err) < 0)
		return error_wrap(err, "policy");
	*out = found;
	found = (struct policy_files){ 0 };
	return 0;
}

int policy_files_of_paths(const char *const *paths, size_t n, struct policy_files *out, struct error *err)
{
	CLEANUP(policy_files_release) struct policy_files found = { 0 };
	struct walk w = { .out = &found, .layer = POLICY_LAYER_PROJECT };

	for (size_t i = 0; i < n; i++) {
		bool is_stdin = str_eq(paths[i], "-");

		if (!is_stdin && !fs_exists(AT_FDCWD, paths[i])) {
			error_set(err, ERR_NOT_FOUND, "%s: no such file", paths[i]);
			return error_hint(err, "the path is looked up from where you stand");
		}
		if (is_stdin || !fs_is_dir(AT_FDCWD, paths[i]))
			read_file(&found, AT_FDCWD, paths[i], paths[i], "", w.layer);
		else if (read_dir(&w, AT_FDCWD, paths[i], paths[i], "", err) < 0)
			return -1;
	}
	*out = found;
	found = (struct policy_files){ 0 };
	return 0;
}
