/* What the files of `wb policy` share. */
#ifndef WB_CLI_CMD_POLICY_H
#define WB_CLI_CMD_POLICY_H

#include "cli/command.h"
#include "engine/policies.h"

struct app;
struct jval;

extern const struct command policy_bench_command;
extern const struct command policy_eval_command;
extern const struct command policy_explain_command;
extern const struct command policy_fields_command;

/* "auto", "v0", "v1"; NULL is "auto". */
enum policy_dialect cmd_policy_dialect(const char *word);

/* Heap path of the store that `wb run` would use, or NULL where there is none. */
int cmd_policy_store(struct app *app, char **out, struct error *err) WB_MUST_CHECK;

/* {"errors":[…],"warnings":[…]}, each only where there are some; owned by the caller. */
struct jval *cmd_policy_findings(const struct policy_diags *diags);

#endif
