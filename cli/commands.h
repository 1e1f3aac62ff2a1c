/* Every cmd_NAME.c defines one of these. */
#ifndef WB_CLI_COMMANDS_H
#define WB_CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command cmd_artifacts, cmd_attach, cmd_checkout, cmd_completion, cmd_config, cmd_diff,
	cmd_doctor, cmd_explain, cmd_export, cmd_gc, cmd_help, cmd_import, cmd_init, cmd_log, cmd_logs, cmd_ls, cmd_metrics,
	cmd_note, cmd_plot, cmd_policy, cmd_rerun, cmd_rm, cmd_run, cmd_sandbox,
	cmd_shell, cmd_show, cmd_stop, cmd_tag, cmd_tensor, cmd_ui, cmd_verify, cmd_version;

#endif
