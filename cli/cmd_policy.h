/* What the files of `wb policy` share. */
#ifndef WB_CLI_CMD_POLICY_H
#define WB_CLI_CMD_POLICY_H

#include "cli/command.h"
#include "cli/output.h"
#include "engine/policies.h"

struct app;
struct jval;

extern const struct command policy_bench_command;
extern const struct command policy_capabilities_command;
extern const struct command policy_eval_command;
extern const struct command policy_explain_command;
extern const struct command policy_fields_command;
extern const struct command policy_fmt_command;
extern const struct command policy_replay_command;
extern const struct command policy_test_command;

/* Which Rego files are in: options of several commands. */
struct dialect_options {
	const char *word;
	bool v0, v1;
};

#define DIALECT_OPTIONS(type, field) \
	OPTION_FLAG(0, "v0", type, field.v0, "the files are in Rego before version 1"), \
	OPTION_FLAG(0, "v1", type, field.v1, "the files are in Rego version 1"), \
	OPTION_CHOICE(0, "dialect", type, field.word, "auto|v0|v1", "the same in a word (auto: each file its own)")

/* ERR_INVALID where they contradict each other. */
int cmd_policy_dialect(const struct dialect_options *o, enum policy_dialect *out, struct error *err) WB_MUST_CHECK;

/* Files, folders and "-" of --data; without any what `wb run` would use. */
#define POLICY_DATA_OPTION(type, field) \
	OPTION_LIST('d', "data", type, field, "FILE", "Rego, data as JSON or YAML, or a folder of both; may be repeated")
int cmd_policy_load(struct app *app, const struct arg_list *data, const struct policies_options *options,
		    struct policies *out, struct error *err) WB_MUST_CHECK;

/* The bytes of a file, or of standard input for "-". */
int cmd_policy_read(const char *path, struct buf *out, struct error *err) WB_MUST_CHECK;

/* Findings as annotations of a GitHub workflow: "::error file=...,line=...::...". */
void cmd_policy_annotate_findings(struct output *out, const struct policy_diags *diags);
/* One of them; level is "error", "warning" or "notice". file may be NULL, row and col 0. */
struct annotation {
	const char *level, *file, *title, *message;
	int64_t row, col;
};
void cmd_policy_annotate(struct output *out, const struct annotation *a);

/* Heap path of the store that `wb run` would use, or NULL where there is none. */
int cmd_policy_store(struct app *app, char **out, struct error *err) WB_MUST_CHECK;

/* {"errors":[…],"warnings":[…]}, each only where there are some; owned by the caller. */
struct jval *cmd_policy_findings(const struct policy_diags *diags);

/* Copies of from's members. */
void cmd_policy_copy_members(struct jval *into, const struct jval *from);

#endif
