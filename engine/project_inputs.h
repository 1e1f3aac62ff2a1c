/*
 * A project file may be a stranger's: what it names as inputs lies in the
 * project, else who runs it says so on the command line.
 */
#ifndef WB_ENGINE_PROJECT_INPUTS_H
#define WB_ENGINE_PROJECT_INPUTS_H

#include "base/error.h"
#include "engine/spec.h"

/*
 * inputs: those of wb.yaml, looked up from cwd; named: those of the command line, which may lie anywhere and go before the
 * others of their names. ERR_DENIED for one that lies outside root once symbolic links are followed. One that is not
 * there is told by whoever needs it.
 */
int project_check_inputs(const struct pairs *inputs, const struct pairs *named, const char *root, const char *cwd,
			 struct error *err) WB_MUST_CHECK;

#endif
