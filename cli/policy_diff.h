/* Two texts as lines that came and went. */
#ifndef WB_CLI_POLICY_DIFF_H
#define WB_CLI_POLICY_DIFF_H

#include "cli/output.h"

/* The unified form, three lines around each change. file is untrusted. */
void policy_diff_print(struct output *out, const char *file, const char *before, const char *after);

#endif
