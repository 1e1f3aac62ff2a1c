/* wb policy fmt */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/part.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/cmd_policy.h"
#include "cli/policy_diff.h"
#include "policy/fmt.h"

struct fmt_options {
	bool write, check, diff;
	struct dialect_options dialect;
};

static const struct option_spec fmt_specs[] = {
	OPTION_FLAG('w', "write", struct fmt_options, write, "put the result back into the files"),
	OPTION_FLAG(0, "check", struct fmt_options, check, "name the files that differ from it; exit status 1 when one does"),
	OPTION_FLAG('d', "diff", struct fmt_options, diff, "show what would change"),
	DIALECT_OPTIONS(struct fmt_options, dialect),
	OPTION_END,
};

struct formatting {
	struct app *app;
	const struct fmt_options *o;
	enum policy_dialect dialect;
	size_t files, changed, broken;
};

static int write_back(const struct policy_file *f, const struct buf *text, struct error *err)
{
	struct stat st;
	CLEANUP(free) char *real = NULL;

	/* Through a link: the file that it leads to is replaced, not the link. */
	if (fs_realpath(f->path, &real, err) < 0)
		return -1;
	if (stat(real, &st) < 0)
		return error_sys(err, "%s", f->path);
	return part_write(AT_FDCWD, real, text->data, text->len, st.st_mode & 07777, err);
}

static int show(struct formatting *w, const struct policy_file *f, const struct buf *text, bool changed, struct error *err)
{
	struct output *out = &w->app->out;

	if (w->app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		jval_set_text(v, "file", f->path);
		jval_set_bool(v, "changed", changed);
		output_json(out, v);
	} else if (w->o->check && changed) {
		output_untrusted(out, f->path);
		output_puts(out, "\n");
	}
	if (w->o->diff && changed && !w->app->globals.json)
		policy_diff_print(out, f->path, f->text, buf_text(text));
	if (w->o->write)
		return changed ? write_back(f, text, err) : 0;
	if (!w->o->check && !w->o->diff && !w->app->globals.json)
		output_write(out, buf_text(text), text->len);
	return 0;
}

static int format_one(struct formatting *w, const struct policy_file *f, struct error *err)
{
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(4 * LIMIT_CONFIG);
	bool changed;

	if (f->kind != POLICY_FILE_REGO)
		return 0;
	w->files++;
	if (!f->text) {
		*err = *f->why;
		return -1;
	}
	if (policy_fmt(f->path, f->text, f->len, w->dialect, &text, &diags) < 0) {
		policy_diags_print(&diags, &w->app->detail);
		w->broken++;
		return 0;
	}
	changed = text.len != f->len || memcmp(buf_text(&text), f->text, f->len) != 0;
	w->changed += changed;
	return show(w, f, &text, changed, err);
}

static int fmt_files(struct formatting *w, const struct call *call, struct error *err)
{
	static const char *const standard_input[] = { "-" };
	CLEANUP(policy_files_release) struct policy_files files = { 0 };

	for (size_t i = 0; w->o->write && i < (call->count ? call->count : 1); i++)
		if (!call->count || str_eq(call->operands[i], "-"))
			return error_set(err, ERR_INVALID, "--write needs a file, and this is standard input");
	if (cmd_policy_dialect(&w->o->dialect, &w->dialect, err) < 0 ||
	    policy_files_of_paths(call->count ? call->operands : standard_input, call->count ? call->count : 1, &files, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++)
		if (format_one(w, &files.items[i], err) < 0)
			return -1;
	if (w->broken)
		return error_set(err, ERR_INVALID, "%zu file%s cannot be parsed", w->broken, w->broken == 1 ? "" : "s");
	return 0;
}

static int fmt_run(struct app *app, const struct call *call, struct error *err)
{
	struct formatting w = { .app = app, .o = call->options };

	if (fmt_files(&w, call, err) < 0)
		return error_wrap(err, "policy fmt");
	return w.o->check && w.changed ? STATUS_NO : STATUS_YES;
}

const struct command policy_fmt_command = {
	.name = "fmt",
	.summary = "lay policy files out in their canonical form",
	.operands = "[FILE|DIR…]",
	.about = "Prints Rego with one blank between what is apart, tabs by nesting and at most one empty\n"
		 "line; comments and the breaks of lines stay, and so does what the rules say. Without\n"
		 "FILE: standard input.\n"
		 "\n"
		 "Exit status: 0 done, 1 with --check: a file differs, 2 it could not be done.",
	.examples = {
		{ "wb policy fmt -w .wb/policy", "all files of this project's policy" },
		{ "wb policy fmt --check -d team.rego", "in CI: what differs, and how" },
		{ "wb policy fmt <draft.rego", "as a filter" },
	},
	.options = fmt_specs,
	.options_size = sizeof(struct fmt_options),
	.run = fmt_run,
};
