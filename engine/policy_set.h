/* Sets of ready-made policies, as they lie in wb's own data folder. */
#ifndef WB_ENGINE_POLICY_SET_H
#define WB_ENGINE_POLICY_SET_H

#include "base/cleanup.h"
#include "base/error.h"
#include "engine/policy_files.h"

/*
 * The files of set ("open", "team", "strict"), to be written into a policy folder: path is relative to it.
 * ERR_NOT_FOUND where there is no such set, or wb's data folder is not there.
 */
int policy_set_load(const char *set, struct policy_files *out, struct error *err) WB_MUST_CHECK;

#endif
