/*
 * The canonical form of a module: one blank between what is apart, tabs by nesting, at most one empty line, comments
 * where they were. Lines are broken where the author broke them, and no token changes, so the meaning does not.
 */
#ifndef WB_POLICY_FMT_H
#define WB_POLICY_FMT_H

#include "policy/policy.h"

/* Appends the formatted text. -1 with the findings where the module cannot be parsed; out is untouched then. */
int policy_fmt(const char *file, const char *text, size_t len, enum policy_dialect dialect, struct buf *out,
	       struct policy_diags *diags) WB_MUST_CHECK;

#endif
