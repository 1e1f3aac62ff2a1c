/*
 * snapshot_tool STORE take|layout|checkout|verify|list ARG [DEST]: one operation of the snapshot store, its time in
 * milliseconds first on standard output. take's ARG is a project folder, the others' a tree id.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/snapshot.h"

static int fail(const struct error *err)
{
	fprintf(stderr, "snapshot_tool: %s\n", err->text);
	return 2;
}

static void print_notes(const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_notes; i++) {
		CLEANUP(buf_release) struct buf line = BUF_INIT(65536);

		text_escape_str(&line, s->notes[i].path);
		fprintf(stderr, "%s: %s%s%s\n", snapshot_why_name(s->notes[i].why), buf_text(&line),
			s->notes[i].detail ? ": " : "", s->notes[i].detail ? s->notes[i].detail : "");
	}
}

static int take(struct store *store, const char *dir, struct error *err)
{
	CLEANUP(snapshot_release) struct snapshot s = { 0 };
	int64_t start = clock_mono(&clock_system), end;

	if (snapshot_take(store, dir, &s, err) < 0)
		return -1;
	end = clock_mono(&clock_system);
	print_notes(&s);
	if (s.git.present)
		fprintf(stderr, "git: %s %s %s%s%s%s\n", s.git.commit ? s.git.commit : "-",
			s.git.branch ? s.git.branch : "-", s.git.remote ? s.git.remote : "-",
			s.git.dirty ? " dirty" : "", s.git.untracked ? " untracked" : "",
			s.git.why ? s.git.why : "");
	printf("%.3f %s %" PRIu64 " files %" PRIu64 " bytes %" PRIu64 " ignored%s\n", (double)(end - start) / 1e6,
	       s.tree.hex, s.files, s.bytes, s.ignored, s.unchanged ? " unchanged" : "");
	return 0;
}

static int print_entry(void *user, const struct snapshot_entry *e, struct error *err)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(65536);

	(void)user;
	(void)err;
	text_escape_str(&line, e->path);
	printf("%06o %s %10" PRIu64 " %s\n", e->mode, e->id, e->bytes, buf_text(&line));
	return 0;
}

static int other(struct store *store, const char *what, const char *tree, const char *dest, struct error *err)
{
	int64_t start = clock_mono(&clock_system);
	CLEANUP(free) char *path = NULL;
	CLEANUP(close) int lease = -1;
	int rc;

	if (strcmp(what, "layout") == 0)
		rc = lease = snapshot_layout(store, tree, &path, err);
	else if (strcmp(what, "checkout") == 0 && dest)
		rc = snapshot_checkout(store, tree, dest, err);
	else if (strcmp(what, "verify") == 0)
		rc = snapshot_verify(store, tree, err);
	else if (strcmp(what, "list") == 0)
		rc = snapshot_list(store, tree, print_entry, NULL, err);
	else
		return error_set(err, ERR_INVALID, "usage: snapshot_tool STORE take|layout|checkout|verify|list ARG");
	printf("%.3f\n", (double)(clock_mono(&clock_system) - start) / 1e6);
	return rc < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	CLEANUP(store_close) struct store *store = NULL;
	struct error err = { 0 };
	int rc;

	if (argc < 4) {
		fprintf(stderr, "usage: snapshot_tool STORE take|layout|checkout|verify|list ARG [DEST]\n");
		return 2;
	}
	if (!store_exists(argv[1]) && store_init(argv[1], &err) < 0)
		return fail(&err);
	if (store_open(argv[1], &store, &err) < 0)
		return fail(&err);
	rc = strcmp(argv[2], "take") == 0 ? take(store, argv[3], &err) :
	     other(store, argv[2], argv[3], argc > 4 ? argv[4] : NULL, &err);
	return rc < 0 ? fail(&err) : 0;
}
