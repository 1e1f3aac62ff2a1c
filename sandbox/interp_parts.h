/* Private to interp*.c. */
#ifndef WB_SANDBOX_INTERP_PARTS_H
#define WB_SANDBOX_INTERP_PARTS_H

#include <stdbool.h>

#include "sandbox/interp.h"

/* Of the caller's environment; NULL where it is not set or empty. */
const char *interp_env(const struct interp_query *q, const char *name);
void interp_set_env(struct interp *in, const char *name, const char *value);

/* A regular file: a FIFO would hold up whoever reads it. */
bool interp_read_file(const char *path, struct buf *out);
/* python3.11, pypy3: by the last component of path. */
bool interp_is_python_name(const char *path);
/* A program that may be a Python: no link's text and no file that only has the name. */
bool interp_is_python_program(const char *real);
/* A module, or a folder with a package or a module in it. */
bool interp_holds_python(const char *path);
/* The same, and no folder of settings at the top of the home folder. */
bool interp_is_module_place(const struct interp_query *q, const char *real);
/* True when a link in the project leads path out of it, to real. */
bool interp_leads_out(const struct interp_query *q, const char *path, const char *real);
/* False when it does so, and not to a Python, an environment or modules. */
bool interp_may_lead(const struct interp_query *q, const char *path, const char *real);

bool interp_is_within(const char *path, const char *dir);
/* The folder that path lies in; heap text. */
char *interp_dir_of(const char *path);

/*
 * Lists path as a root unless it would show the whole home or more. A folder that is a link is listed with what it leads
 * to: both names are asked for inside.
 */
void interp_add_root(struct interp *in, const struct interp_query *q, const char *path);
/* Lists the libraries and the like of an installation's prefix, never a prefix that others share. */
void interp_add_prefix(struct interp *in, const struct interp_query *q, const char *prefix);
/* Fills in what belongs to the Python at in->python. */
void interp_python(struct interp *in, const struct interp_query *q);
/* Lists what a link in a site-packages folder leads to, when that is a package. */
void interp_add_link(struct interp *in, const struct interp_query *q, const char *site, const char *name);
/*
 * Lists the place in an installer's cache that a whole distribution is linked from; info is its .dist-info in site, which
 * is open as site_fd. True when it is linked.
 */
bool interp_add_distribution(struct interp *in, const struct interp_query *q, const char *site, int site_fd,
			     const char *info);
/* Lists a folder of Python's path when there are modules in it. */
void interp_add_modules(struct interp *in, const struct interp_query *q, const char *path);
void interp_add_pth(struct interp *in, const struct interp_query *q, const char *site, const char *name);

/* The first along PATH that has one of the names, shims followed: heap text, or NULL. *via_shim is set where one was met. */
char *interp_find(const struct interp_query *q, const char *const *names, size_t n, bool *via_shim);
/* The same for one name, or NULL where that is a program of the system's folders, which every run sees. */
char *interp_find_outside(const struct interp_query *q, const char *name);
/* A file, and one that may be executed. */
bool interp_is_program(const char *path);

/* A shim is a script in ROOT/shims beside ROOT/versions. *out_root is heap text. */
bool interp_is_pyenv_shim(const char *path, char **out_root);
/* Where the shim of that name would go: a heap path, or NULL when it would go on along PATH ("system"). */
char *interp_pyenv_target(const struct interp_query *q, const char *root, const char *name);
/* Tells the version that was chosen, and returns -1. */
int interp_pyenv_hint(const struct interp_query *q, struct error *err);

/* Lists a program that is no Python, with what it brings along. */
void interp_add_program(struct interp *in, const struct interp_query *q, const char *path);
/* Lists a Python and every hop of the links that lead to it. */
void interp_add_python(struct interp *in, const struct interp_query *q, const char *path);

/*
 * What the program may start further, by what the caller has switched on: for one that is no Python, the Python and the
 * environments at hand; for any, a Java and the packages that variables name.
 */
void interp_ambient(struct interp *in, const struct interp_query *q, bool *via_shim);

#endif
