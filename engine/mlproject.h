/*
 * MLproject files, which name a project's entry points and their params. They
 * are understood as `mlflow run --env-manager=local` does: the command runs with
 * what this machine has, in the project's folder, by bash.
 */
#ifndef WB_ENGINE_MLPROJECT_H
#define WB_ENGINE_MLPROJECT_H

#include "base/cleanup.h"
#include "base/error.h"
#include "engine/spec.h"

struct mlproject;
struct ydoc;

#define MLPROJECT_FILE "MLproject"

/* Reads DIR/MLproject: 1, 0 where there is none, -1 with FILE:LINE:COLUMN. */
int mlproject_load(const char *dir, struct mlproject **out, struct error *err) WB_MUST_CHECK;
/* The same of a file already parsed, which lies in dir. */
int mlproject_read(const struct ydoc *doc, const char *dir, struct mlproject **out, struct error *err) WB_MUST_CHECK;
void mlproject_free(struct mlproject *p);
DEFINE_CLEANUP(mlproject_free, struct mlproject *);

/* Number i (from 0) of the entry points; NULL past the last. */
const char *mlproject_entry(const struct mlproject *p, size_t i);

/* Whether an entry point (NULL: "main") declares a param of that name. */
bool mlproject_has_param(const struct mlproject *p, const char *entry, const char *name);

/*
 * Sets the spec's command from an entry point (NULL: "main"; FILE.py and FILE.sh
 * of the project are entry points too). Its params' defaults join the spec's
 * params; those it does not declare follow the command as --KEY VALUE. A param of
 * type path, and of type uri where it is a file here, becomes an input of that
 * name. Params given are looked up from cwd, defaults from the project's folder.
 */
int mlproject_fill(const struct mlproject *p, const char *entry, const char *cwd, struct run_spec *spec,
		   struct error *err) WB_MUST_CHECK;

#endif
