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
#include "sandbox/interp_parts.h"

enum { PTH_FILES_MAX = 1000, LINKS_MAX = 4096, INFOS_ASKED = 8 };

/* The value of KEY = VALUE in a pyvenv.cfg; heap text or NULL. */
static char *cfg_value(const char *file, const char *key)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);
	size_t n = strlen(key);
	const char *line;

	if (!interp_read_file(file, &text))
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
	CLEANUP(free) char *bin = interp_dir_of(program);
	CLEANUP(free) char *up = interp_dir_of(bin);
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
	const char *name = fs_basename(real);
	CLEANUP(free) char *own = mem_printf("%s/%s/os.py", lib, name);
	CLEANUP(closedir) DIR *dir = NULL;
	char *best = NULL;
	const struct dirent *e;

	/* The usual case, without a look at the hundreds of folders of /usr/lib. */
	if (str_starts(name, "python") && strchr(name, '.') && fs_exists(AT_FDCWD, own))
		return mem_strdup(name + 6);
	dir = opendir(lib);
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

/* Where uv keeps what it links from, unless its settings say otherwise. */
static bool has_link_cache(const struct interp_query *q)
{
	const char *given = interp_env(q, "UV_CACHE_DIR");
	const char *caches = interp_env(q, "XDG_CACHE_HOME");
	CLEANUP(free) char *own = q->home ? fs_join(q->home, ".cache") : NULL;
	CLEANUP(free) char *path = caches || own ? fs_join(caches ? caches : own, "uv") : NULL;

	return (given && fs_is_dir(AT_FDCWD, given)) || (path && fs_is_dir(AT_FDCWD, path));
}

static void add_distributions(struct interp *in, const struct interp_query *q, const char *site, DIR *dir)
{
	const struct dirent *e;

	rewinddir(dir);
	for (int i = 0; i < LINKS_MAX && (e = readdir(dir)); i++)
		if (str_ends(e->d_name, ".dist-info"))
			interp_add_distribution(in, q, site, dirfd(dir), e->d_name);
}

static void add_site(struct interp *in, const struct interp_query *q, const char *site)
{
	CLEANUP(closedir) DIR *dir = opendir(site);
	const struct dirent *e;
	int files = 0, links = 0, infos = 0;
	bool linked = false;

	if (!dir)
		return;
	interp_add_root(in, q, site);
	while ((e = readdir(dir))) {
		if (e->d_type == DT_LNK && links++ < LINKS_MAX)
			interp_add_link(in, q, site, e->d_name);
		else if (str_ends(e->d_name, ".dist-info") && infos++ < INFOS_ASKED)
			linked = interp_add_distribution(in, q, site, dirfd(dir), e->d_name) || linked;
		if ((str_ends(e->d_name, ".pth") || str_ends(e->d_name, ".egg-link")) && files++ < PTH_FILES_MAX)
			interp_add_pth(in, q, site, e->d_name);
	}
	/* A site has hundreds, and almost none is linked: all are asked only where the first ones or a cache speak for it. */
	if (infos > INFOS_ASKED && (linked || links || has_link_cache(q)))
		add_distributions(in, q, site, dir);
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

/* lib/python3.11/os.py, lib/pypy3.10/os.py, lib-python/3/os.py. */
static bool has_library(const char *prefix)
{
	CLEANUP(free) char *old = fs_join(prefix, "lib-python/3/os.py");
	CLEANUP(free) char *lib = fs_join(prefix, "lib");
	CLEANUP(closedir) DIR *dir = opendir(lib);
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		CLEANUP(free) char *landmark = mem_printf("%s/%s/os.py", lib, e->d_name);

		if ((str_starts(e->d_name, "python") || str_starts(e->d_name, "pypy")) && fs_exists(AT_FDCWD, landmark))
			return true;
	}
	return fs_exists(AT_FDCWD, old);
}

static enum interp_kind kind_of(const char *prefix)
{
	CLEANUP(free) char *conda = fs_join(prefix, "conda-meta");
	CLEANUP(free) char *versions = interp_dir_of(prefix);
	CLEANUP(free) char *root = interp_dir_of(versions);
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
	CLEANUP(free) char *base = NULL;
	CLEANUP(free) char *site = NULL;

	if (!in->version || (!q->home && !interp_env(q, "PYTHONUSERBASE")) || interp_env(q, "PYTHONNOUSERSITE"))
		return;
	base = interp_env(q, "PYTHONUSERBASE") ? mem_strdup(interp_env(q, "PYTHONUSERBASE")) : fs_join(q->home, ".local");
	site = mem_printf("%s/lib/python%s/site-packages", base, in->version);
	if (base[0] != '/' || !fs_is_dir(AT_FDCWD, site))
		return;
	add_site(in, q, site);
	/* Tier 2 has another $HOME. */
	interp_set_env(in, "PYTHONUSERBASE", base);
}

/*
 * A Python's own prefix is shown whole; one like ~/.local, which holds other things too, or that has no standard library
 * (whatever a link called python led to), in the parts a Python needs.
 */
static void add_base(struct interp *in, const struct interp_query *q, const char *prefix)
{
	if (fs_basename(prefix)[0] == '.' || !has_library(prefix))
		interp_add_prefix(in, q, prefix);
	else
		interp_add_root(in, q, prefix);
}

void interp_python(struct interp *in, const struct interp_query *q)
{
	CLEANUP(free) char *venv = venv_of(in->python);
	CLEANUP(free) char *real = NULL;
	CLEANUP(free) char *real_bin = NULL;
	CLEANUP(free) char *asked_bin = interp_dir_of(in->python);
	CLEANUP(free) char *asked = interp_dir_of(asked_bin);
	struct error ignored;

	if (fs_realpath(in->python, &real, &ignored))
		return;
	real_bin = interp_dir_of(real);
	free(in->base_prefix);
	free(in->prefix);
	free(in->version);
	in->base_prefix = interp_dir_of(real_bin);
	in->prefix = venv ? mem_strdup(venv) : mem_strdup(in->base_prefix);
	in->kind = venv ? INTERP_VENV : kind_of(in->base_prefix);
	in->version = version_of(in->base_prefix, real);
	/* /usr and / are the system layout's, and the whole of them is no interpreter's. */
	if (kind_of(in->base_prefix) != INTERP_SYSTEM &&
	    (interp_is_python_name(real) || !interp_leads_out(q, in->python, real) || has_library(in->base_prefix))) {
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
		CLEANUP(free) char *home_prefix = home ? interp_dir_of(home) : NULL;

		interp_add_root(in, q, venv);
		/* home= is where the environment looks for the standard library: as written, links and all. */
		if (home_prefix && kind_of(home_prefix) != INTERP_SYSTEM && has_library(home_prefix))
			add_base(in, q, home_prefix);
		add_sites(in, q, venv);
	} else {
		add_user_site(in, q);
	}
	add_sites(in, q, in->base_prefix);
}
