/* wb note */
#include "config.h"

#include <pwd.h>
#include <sys/types.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "tracker/tracker.h"

/* Heap text: the login name, or the user's number where it has none. */
static char *author(void)
{
	const struct passwd *user = getpwuid(getuid());

	return user ? mem_strdup(user->pw_name) : mem_printf("%u", (unsigned)getuid());
}

static int add_note(struct app *app, const struct call *call, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_TAG_VALUE);
	CLEANUP(free) char *name = author();
	struct tracker *t;
	char id[33];

	for (size_t i = 1; i < call->count; i++)
		buf_printf(&text, "%s%s", i > 1 ? " " : "", call->operands[i]);
	if (buf_check(&text, "note", err) < 0)
		return -1;
	if (!text.len) {
		error_set(err, ERR_INVALID, "the note is empty");
		return error_hint(err, "without a text, 'wb note RUN' reads the notes");
	}
	if (pick_tracker(app, &t, err) < 0 || tracker_resolve(t, call->operands[0], id, err) < 0)
		return -1;
	return tracker_add_note(t, id, name, buf_text(&text), clock_now(app->clock) / 1000000, err);
}

static void print_json(struct app *app, const struct run *r)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	struct jval *notes;

	jval_set_int(v, "v", 1);
	jval_set_text(v, "run_id", r->id);
	notes = jval_set(v, "notes", jval_array());
	for (size_t i = 0; i < r->note_count; i++) {
		struct jval *note = jval_push(notes, jval_object());

		jval_set_text(note, "author", r->notes[i].author);
		jval_set_int(note, "time_ms", r->notes[i].time_ms);
		jval_set_text(note, "text", r->notes[i].text);
	}
	output_json(&app->out, v);
}

static int note_run(struct app *app, const struct call *call, struct error *err)
{
	CLEANUP(run_release) struct run r;

	run_init(&r);
	if (call->count > 1 && add_note(app, call, err) < 0)
		return -1;
	if (call->count > 1 && !app->globals.json)
		return STATUS_YES;
	if (pick_run(app, call->operands[0], &r, err) < 0)
		return -1;
	if (app->globals.json)
		print_json(app, &r);
	for (size_t i = 0; !app->globals.json && i < r.note_count; i++)
		runview_note(&app->out, &r.notes[i]);
	return STATUS_YES;
}

const struct command cmd_note = {
	.name = "note",
	.summary = "write a note on a run, or read its notes",
	.group = GROUP_KEEP,
	.operands = "RUN [TEXT]…",
	.examples = {
		{ "wb note @ 'diverges after step 300'", "write a note" },
		{ "wb note @", "read them" },
	},
	.run = note_run,
};
