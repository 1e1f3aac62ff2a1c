/*
 * The folders of one Python: its prefix, the prefix it was derived from, its
 * site-packages, and the folders that .pth files and editable installs name
 * (site.py and CPython's Modules/getpath.py are the rules followed).
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
#include "sandbox/interp.h"

enum { PTH_FILE = 256 * 1024, PTH_FILES_MAX = 1000 };

static char *dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return !slash || slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
}

/* The value of KEY = VALUE in a pyvenv.cfg; heap text or NULL. */
static char *cfg_value(const char *file, const char *key)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);
	struct error ignored;
	size_t n = strlen(key);
	const char *line;

	if (fs_read_file(AT_FDCWD, file, &text, &ignored))
		return NULL;
	for (line = buf_text(&text); *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *s = line;

		if (strncmp(s, key, n))
			continue;
		s += n + strspn(s + n, " \t");
		if (*s != '=')
			continue;
		s += 1 + strspn(s + 1, " \t");
		return mem_strndup(s, strcspn(s, "\r\n"));
	}
	return NULL;
}

/* The virtual environment that holds program, or NULL: pyvenv.cfg lies beside it or one folder up. */
static char *venv_of(const char *program)
{
	CLEANUP(free) char *bin = dir_of(program);
	CLEANUP(free) char *up = dir_of(bin);
	CLEANUP(free) char *near = fs_join(bin, "pyvenv.cfg");
	CLEANUP(free) char *far = fs_join(up, "pyvenv.cfg");

	if (fs_exists(AT_FDCWD, far))
		return take_ptr(&up);
	if (fs_exists(AT_FDCWD, near))
		return take_ptr(&bin);
	return NULL;
}

/* "3.11" when PREFIX/lib/python3.11 has the landmark; the newest where there are several and name decides nothing. */
static char *version_of(const char *prefix, const char *real)
{
	CLEANUP(free) char *lib = fs_join(prefix, "lib");
	CLEANUP(closedir) DIR *dir = opendir(lib);
	const char *name = fs_basename(real);
	char *best = NULL;
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		CLEANUP(free) char *landmark = NULL;

		if (!str_starts(e->d_name, "python") || !strchr(e->d_name, '.'))
			continue;
		landmark = mem_printf("%s/%s/os.py", lib, e->d_name);
		if (!fs_exists(AT_FDCWD, landmark) && !str_eq(e->d_name, name))
			continue;
		if (best && !str_eq(e->d_name, name) && strverscmp(e->d_name + 6, best) <= 0)
			continue;
		free(best);
		best = mem_strdup(e->d_name + 6);
		if (str_eq(e->d_name, name))
			break;
	}
	return best;
}

static void add_path_line(struct interp *in, const struct interp_query *q, const char *site, const char *line, size_t n)
{
	CLEANUP(free) char *text = mem_strndup(line, n);
	CLEANUP(free) char *path = NULL;
	CLEANUP(free) char *real = NULL;
	struct error ignored;

	if (n == 0 || n >= LIMIT_PATH)
		return;
	path = fs_join(site, text);
	if (!fs_exists(AT_FDCWD, path) || fs_realpath(path, &real, &ignored))
		return;
	interp_add_root(in, q, real);
	/* A path through links is asked for as it is written. */
	if (text[0] == '/' && !str_eq(real, text) && !strstr(text, "/../"))
		interp_add_root(in, q, text);
}

/* setuptools' finder for editable installs: MAPPING = {'name': '/abs/path', ...}; every quoted absolute path counts. */
static void add_finder(struct interp *in, const struct interp_query *q, const char *site, const char *module, size_t n)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(PTH_FILE);
	CLEANUP(free) char *file = mem_printf("%s/%.*s.py", site, (int)n, module);
	struct error ignored;
	const char *s;

	if (fs_read_file(AT_FDCWD, file, &text, &ignored))
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

static void add_pth(struct interp *in, const struct interp_query *q, const char *site, const char *name)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(PTH_FILE);
	CLEANUP(free) char *file = fs_join(site, name);
	struct error ignored;
	const char *line;

	if (fs_read_file(AT_FDCWD, file, &text, &ignored))
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

static void add_site(struct interp *in, const struct interp_query *q, const char *site)
{
	CLEANUP(closedir) DIR *dir = opendir(site);
	const struct dirent *e;
	int files = 0;

	if (!dir)
		return;
	interp_add_root(in, q, site);
	while ((e = readdir(dir)) && files < PTH_FILES_MAX) {
		if (!str_ends(e->d_name, ".pth") && !str_ends(e->d_name, ".egg-link"))
			continue;
		files++;
		add_pth(in, q, site, e->d_name);
	}
}

static void add_sites(struct interp *in, const struct interp_query *q, const char *prefix)
{
	static const char *const forms[] = {
		"%s/lib/python%s/site-packages", "%s/lib/python%s/dist-packages", "%s/lib64/python%s/site-packages",
		"%s/local/lib/python%s/dist-packages",
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms && in->version; i++) {
		CLEANUP(buf_release) struct buf site = BUF_INIT(LIMIT_PATH);
		const char *form = forms[i];
		const char *first = strstr(form, "%s");
		const char *second = strstr(first + 2, "%s");

		buf_puts(&site, prefix);
		buf_append(&site, first + 2, (size_t)(second - first - 2));
		buf_puts(&site, in->version);
		buf_puts(&site, second + 2);
		add_site(in, q, buf_text(&site));
	}
}

static enum interp_kind kind_of(const char *prefix)
{
	CLEANUP(free) char *conda = fs_join(prefix, "conda-meta");
	CLEANUP(free) char *versions = dir_of(prefix);
	CLEANUP(free) char *root = dir_of(versions);
	CLEANUP(free) char *shims = fs_join(root, "shims");

	if (str_eq(prefix, "/usr") || str_eq(prefix, "/"))
		return INTERP_SYSTEM;
	if (fs_is_dir(AT_FDCWD, conda))
		return INTERP_CONDA;
	if (str_eq(fs_basename(versions), "versions") && fs_is_dir(AT_FDCWD, shims))
		return INTERP_PYENV;
	return INTERP_PREFIX;
}

/* A user's own packages belong to a Python that is no virtual environment, when it looks at them (PEP 370). */
static void add_user_site(struct interp *in, const struct interp_query *q)
{
	CLEANUP(free) char *site = NULL;

	if (!q->home || !in->version)
		return;
	site = mem_printf("%s/.local/lib/python%s/site-packages", q->home, in->version);
	add_site(in, q, site);
}

/* A Python's own prefix is shown whole; one like ~/.local, which holds other things too, in the parts a Python needs. */
static void add_base(struct interp *in, const struct interp_query *q, const char *prefix)
{
	if (fs_basename(prefix)[0] == '.')
		interp_add_prefix(in, q, prefix);
	else
		interp_add_root(in, q, prefix);
}

void interp_python(struct interp *in, const struct interp_query *q)
{
	CLEANUP(free) char *venv = venv_of(in->python);
	CLEANUP(free) char *real = NULL;
	CLEANUP(free) char *real_bin = NULL;
	CLEANUP(free) char *asked_bin = dir_of(in->python);
	CLEANUP(free) char *asked = dir_of(asked_bin);
	struct error ignored;

	if (fs_realpath(in->python, &real, &ignored))
		return;
	real_bin = dir_of(real);
	free(in->base_prefix);
	free(in->prefix);
	free(in->version);
	in->base_prefix = dir_of(real_bin);
	in->prefix = venv ? mem_strdup(venv) : mem_strdup(in->base_prefix);
	in->kind = venv ? INTERP_VENV : kind_of(in->base_prefix);
	in->version = version_of(in->base_prefix, real);
	/* /usr and / are the system layout's, and the whole of them is no interpreter's. */
	if (kind_of(in->base_prefix) != INTERP_SYSTEM) {
		add_base(in, q, in->base_prefix);
		/* The same place under the name it was asked by, when a folder on the way is a link. */
		if (!venv && !str_eq(asked, in->base_prefix) && kind_of(asked) != INTERP_SYSTEM && in->version) {
			CLEANUP(free) char *landmark = mem_printf("%s/lib/python%s", asked, in->version);

			if (fs_exists(AT_FDCWD, landmark))
				add_base(in, q, asked);
		}
	}
	if (venv) {
		CLEANUP(free) char *cfg = fs_join(venv, "pyvenv.cfg");
		CLEANUP(free) char *home = cfg_value(cfg, "home");
		CLEANUP(free) char *home_prefix = home ? dir_of(home) : NULL;

		interp_add_root(in, q, venv);
		/* home= is where the environment looks for the standard library: as written, links and all. */
		if (home_prefix && kind_of(home_prefix) != INTERP_SYSTEM)
			add_base(in, q, home_prefix);
		add_sites(in, q, venv);
	} else {
		add_user_site(in, q);
	}
	add_sites(in, q, in->base_prefix);
}
