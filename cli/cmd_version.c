/* wb version */
#include "config.h"

#include "cli/app.h"
#include "cli/commands.h"

static int version_run(struct app *app, const struct call *call, struct error *err)
{
	(void)call;
	(void)err;
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		jval_set_text(v, "version", PACKAGE_VERSION);
		output_json(&app->out, v);
		return STATUS_YES;
	}
	output_puts(&app->out, "wb " PACKAGE_VERSION "\n");
	return STATUS_YES;
}

const struct command cmd_version = {
	.name = "version",
	.summary = "print the version",
	.group = GROUP_OPERATE,
	.examples = { { "wb version --json", "the version as data" } },
	.run = version_run,
};
