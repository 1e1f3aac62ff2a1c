/*
 * From a command's first word to the program that will really run, and to the
 * host folders that must be visible for it. Everything is found by reading files
 * (PATH, shebangs, pyvenv.cfg, conda-meta, .pth); nothing is executed. Folders
 * below the caller's own (a .venv) are listed too, single files there are not.
 * What a file of an environment names is followed only to where a Python or its
 * modules are: such files may come from strangers.
 */
#ifndef WB_SANDBOX_INTERP_H
#define WB_SANDBOX_INTERP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"

enum interp_kind {
	INTERP_NATIVE,   /* an ELF program of its own */
	INTERP_SCRIPT,   /* a script with an interpreter that is not Python */
	INTERP_SYSTEM,   /* Python below /usr */
	INTERP_VENV,     /* virtualenv, venv or uv: pyvenv.cfg */
	INTERP_CONDA,
	INTERP_PYENV,
	INTERP_PREFIX,   /* Python in some other prefix (uv-managed, /opt, built by hand) */
};

struct interp_env {
	char *name;
	char *value;
};

struct interp {
	enum interp_kind kind;
	char *exec;        /* what to execute, absolute: the shim resolved, a virtual environment's own link kept. It must be
	                      argv[0] too where it is a Python, which finds its prefix by that name */
	char *real;        /* the same with every link resolved */
	char *python;      /* the Python that runs: the command, behind its first line, or the one it would start; or NULL */
	bool is_python;    /* the command is that Python, or a script for it */
	char *prefix;      /* sys.prefix of it, or NULL */
	char *base_prefix; /* sys.base_prefix of it, or NULL */
	char *version;     /* "3.11", where the files tell; or NULL */
	char *bin_dir;     /* to be put first in PATH inside, so that names mean the same there (a shim was resolved); or NULL */
	char **roots;      /* folders and files of the host to show read-only at the same path; sorted, none inside another */
	size_t root_count;
	size_t root_cap;
	struct interp_env *env; /* for the run, so that it looks where the roots are: PYTHONUSERBASE, R_LIBS_USER, JAVA_HOME... */
	size_t env_count;
	size_t env_cap;
};

struct interp_query {
	const char *command;      /* argv[0]: a name for PATH or a path */
	const char *path;         /* the caller's PATH */
	const char *cwd;          /* absolute: relative commands, PATH entries and .python-version start here */
	const char *home;         /* $HOME; NULL allowed */
	const char *home_real;    /* filled in by interp_resolve() */
	const char *project;      /* the project's folder, where it may have environments of its own; NULL: cwd */
	const char *project_real; /* filled in by interp_resolve() */
	char *(*env)(const char *name); /* getenv: PYENV_ROOT, VIRTUAL_ENV, PYTHONPATH and their kind; NULL: none is set */
};

/* ERR_NOT_FOUND (exit 127) or ERR_DENIED (126: there, but not executable), with the hint. */
int interp_resolve(const struct interp_query *q, struct interp **out, struct error *err) WB_MUST_CHECK;
void interp_free(struct interp *in);
DEFINE_CLEANUP(interp_free, struct interp *);

const char *interp_kind_name(enum interp_kind kind);

#endif
