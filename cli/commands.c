/* The list of commands: one line each. */
#include "config.h"

#include "cli/commands.h"

const struct command *const commands[] = {
	&cmd_init,
	&cmd_run,
	&cmd_rerun,
	&cmd_stop,
	&cmd_attach,
	&cmd_shell,
	&cmd_logs,
	&cmd_explain,
	&cmd_ui,
	&cmd_ls,
	&cmd_show,
	&cmd_diff,
	&cmd_metrics,
	&cmd_plot,
	&cmd_artifacts,
	&cmd_tensor,
	&cmd_tag,
	&cmd_note,
	&cmd_rm,
	&cmd_gc,
	&cmd_checkout,
	&cmd_export,
	&cmd_import,
	&cmd_verify,
	&cmd_log,
	&cmd_policy,
	&cmd_doctor,
	&cmd_config,
	&cmd_completion,
	&cmd_version,
	&cmd_help,
	NULL,
};
