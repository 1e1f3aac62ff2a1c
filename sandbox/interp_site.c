/*
 * What of the packages in a site-packages folder lies elsewhere: the folders that
 * .pth files and editable installs name, and what installers link instead of
 * copying (setuptools' strict editable installs, uv's --link-mode symlink).
 * An environment's files may come from strangers, so no name of theirs shows a
 * folder that has no Python in it.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/interp_parts.h"

enum { PTH_FILE = 256 * 1024, ENTRIES_MAX = 4096, LINK_DEPTH = 4 };

static bool is_module_name(const char *name)
{
	return name[0] != '.' && (str_ends(name, ".py") || str_ends(name, ".so") || str_ends(name, ".pyi") ||
				  str_ends(name, ".egg-info") || str_ends(name, ".dist-info"));
}

/* A module, or a folder with a package or a module in it: what makes sense on Python's path. */
static bool holds_module(const char *dir_path, int depth)
{
	CLEANUP(closedir) DIR *dir = opendir(dir_path);
	const struct dirent *e;

	for (int i = 0; dir && i < ENTRIES_MAX && (e = readdir(dir)); i++) {
		CLEANUP(free) char *below = NULL;

		if (is_module_name(e->d_name))
			return true;
		if (depth > 0 || e->d_name[0] == '.' || (e->d_type != DT_DIR && e->d_type != DT_LNK && e->d_type != DT_UNKNOWN))
			continue;
		below = fs_join(dir_path, e->d_name);
		if (holds_module(below, depth + 1))
			return true;
	}
	return false;
}

bool interp_holds_python(const char *path)
{
	return fs_is_dir(AT_FDCWD, path) ? holds_module(path, 0) : is_module_name(fs_basename(path)) || str_ends(path, ".zip") ||
								  str_ends(path, ".egg");
}

/* The folder that an installer's link leads into, from the top of what was unpacked there: ~/.cache/uv/archive-v0/ID. */
static void add_target(struct interp *in, const struct interp_query *q, const char *link)
{
	CLEANUP(free) char *real = NULL;
	CLEANUP(free) char *dir = NULL;
	struct error ignored;

	if (fs_realpath(link, &real, &ignored) || !interp_is_module_place(q, real))
		return;
	dir = interp_dir_of(real);
	/* A folder of links is a package's own, and its neighbours are linked from the same place. */
	interp_add_root(in, q, fs_is_dir(AT_FDCWD, real) || !holds_module(dir, 1) ? real : dir);
}

static void add_links_below(struct interp *in, const struct interp_query *q, const char *dir_path, int depth)
{
	CLEANUP(closedir) DIR *dir = strstr(dir_path, "/__editable__.") ? opendir(dir_path) : NULL;
	const struct dirent *e;

	for (int i = 0; dir && i < ENTRIES_MAX && (e = readdir(dir)); i++) {
		CLEANUP(free) char *path = NULL;

		if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
			continue;
		path = fs_join(dir_path, e->d_name);
		if (e->d_type == DT_LNK)
			add_target(in, q, path);
		else if (e->d_type == DT_DIR && depth < LINK_DEPTH)
			add_links_below(in, q, path, depth + 1);
	}
}

void interp_add_modules(struct interp *in, const struct interp_query *q, const char *path)
{
	CLEANUP(free) char *real = NULL;
	struct error ignored;

	if (fs_realpath(path, &real, &ignored) || !interp_is_module_place(q, real))
		return;
	interp_add_root(in, q, real);
	add_links_below(in, q, real, 0);
	/* A path through links is asked for as it is written. */
	if (!str_eq(real, path) && !strstr(path, "/../"))
		interp_add_root(in, q, path);
}

static void add_path_line(struct interp *in, const struct interp_query *q, const char *site, const char *line, size_t n)
{
	CLEANUP(free) char *text = mem_strndup(line, n);
	CLEANUP(free) char *path = NULL;

	if (n == 0 || n >= LIMIT_PATH)
		return;
	path = fs_join(site, text);
	interp_add_modules(in, q, path);
}

/* setuptools' finder for editable installs: MAPPING = {'name': '/abs/path', ...}; every quoted absolute path counts. */
static void add_finder(struct interp *in, const struct interp_query *q, const char *site, const char *module, size_t n)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(PTH_FILE);
	CLEANUP(free) char *file = mem_printf("%s/%.*s.py", site, (int)n, module);
	const char *s;

	if (!interp_read_file(file, &text))
		return;
	s = strstr(buf_text(&text), "MAPPING");
	if (!s)
		return;
	for (const char *end = s + strcspn(s, "\n"); s < end; s++) {
		const char *close_quote;

		if ((*s != '\'' && *s != '"') || s[1] != '/')
			continue;
		close_quote = strchr(s + 1, *s);
		if (!close_quote || close_quote > end)
			return;
		add_path_line(in, q, site, s + 1, (size_t)(close_quote - s - 1));
		s = close_quote;
	}
}

void interp_add_pth(struct interp *in, const struct interp_query *q, const char *site, const char *name)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(PTH_FILE);
	CLEANUP(free) char *file = fs_join(site, name);
	const char *line;

	if (!interp_read_file(file, &text))
		return;
	for (line = buf_text(&text); *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t n = strcspn(line, "\r\n");

		if (strncmp(line, "import ", 7) == 0 || strncmp(line, "import\t", 7) == 0) {
			if (strncmp(line + 7, "__editable__", 12) == 0)
				add_finder(in, q, site, line + 7, strcspn(line + 7, " ;\t\r\n"));
			continue;
		}
		if (n && line[0] != '#')
			add_path_line(in, q, site, line, n);
	}
}

/* The place that a whole distribution is linked from: what its .dist-info's own files lead to. */
bool interp_add_distribution(struct interp *in, const struct interp_query *q, const char *site, int site_fd, const char *info)
{
	CLEANUP(free) char *name = fs_join(info, "METADATA");
	CLEANUP(free) char *metadata = NULL;
	CLEANUP(free) char *real = NULL;
	CLEANUP(free) char *dir = NULL;
	CLEANUP(free) char *top = NULL;
	char text[2];
	struct error ignored;

	/* Almost none is a link, and a site has hundreds. */
	if (readlinkat(site_fd, name, text, sizeof text) < 0)
		return false;
	metadata = fs_join(site, name);
	if (fs_realpath(metadata, &real, &ignored))
		return true;
	dir = interp_dir_of(real);
	top = interp_dir_of(dir);
	if (str_ends(dir, ".dist-info") && interp_is_module_place(q, top))
		interp_add_root(in, q, top);
	return true;
}

void interp_add_link(struct interp *in, const struct interp_query *q, const char *site, const char *name)
{
	CLEANUP(free) char *path = fs_join(site, name);

	add_target(in, q, path);
}
