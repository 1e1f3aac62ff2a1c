/* From what people type for a run to its id. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "tracker/core.h"

enum { PREFIX_MIN = 4, CANDIDATES_SHOWN = 4, NEAR_NAMES_MAX = 500 };

/* The first column of the first row. 1 found, 0 absent. */
static int first_id(struct db_stmt *s, char out_id[33], struct error *err)
{
	int rc = db_step(s, err);

	if (rc > 0) {
		snprintf(out_id, 33, "%s", db_text(s, 0));
		db_reset(s);
	}
	return rc;
}

/* "@" and "@~N", in the order of lists, which an index has. */
static int resolve_recent(struct tracker *t, const char *ref, char out_id[33], struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	struct error bad = { 0 };
	uint64_t n = 0;
	int rc;

	if (ref[1] != '\0' && (ref[1] != '~' || str_parse_u64(ref + 2, &n, &bad) != 0 || n > INT64_MAX)) {
		error_set(err, ERR_INVALID, "'%.80s' names no run", ref);
		return error_hint(err, "@ is the newest run, @~1 the one before it");
	}
	if (db_prepare(t->db, "SELECT uuid FROM runs WHERE deleted_ns = 0 ORDER BY start_ns DESC, uuid LIMIT 1 OFFSET ?", &s,
		       err) != 0)
		return -1;
	db_bind_int(s, 1, (int64_t)n);
	rc = first_id(s, out_id, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (n == 0) {
		error_set(err, ERR_NOT_FOUND, "the store has no runs");
		return error_hint(err, "start one with 'wb run -- COMMAND', or name another store with --store");
	}
	error_set(err, ERR_NOT_FOUND, "the store has no %" PRIu64 " runs before the newest", n);
	return error_hint(err, "'wb ls' lists the runs");
}

/* Runs that are not deleted come first, then the newest. */
static int find_named(struct tracker *t, const char *name, char out_id[33], struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;

	if (db_prepare(t->db,
		       "SELECT uuid FROM runs WHERE name = ? ORDER BY deleted_ns != 0, start_ns DESC, uuid DESC LIMIT 1", &s,
		       err) != 0)
		return -1;
	db_bind_text(s, 1, name);
	return first_id(s, out_id, err);
}

/* Lower-case hex of ref in out, if it is 4 to 32 hex digits. */
static bool as_prefix(const char *ref, char out[33])
{
	size_t n = strlen(ref);

	if (n < PREFIX_MIN || n > 32 || strspn(ref, "0123456789abcdefABCDEF") != n)
		return false;
	for (size_t i = 0; i <= n; i++)
		out[i] = ref[i] >= 'A' && ref[i] <= 'F' ? (char)(ref[i] - 'A' + 'a') : ref[i];
	return true;
}

static int ambiguous(struct db_stmt *s, const char *ref, const char *first, struct error *err)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(sizeof err->hint);
	struct error ignored = { 0 };
	int shown = 0;

	buf_printf(&b, "it could be %s", first);
	do {
		buf_printf(&b, ", %s", db_text(s, 0));
	} while (++shown < CANDIDATES_SHOWN && db_step(s, &ignored) > 0);
	error_set(err, ERR_CONFLICT, "'%s' begins the ids of several runs", ref);
	return error_hint(err, "%s%s", buf_text(&b), shown == CANDIDATES_SHOWN ? " …" : "");
}

static int find_prefix(struct tracker *t, const char *prefix, char out_id[33], struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	char first[33] = "", end[34];
	int rc;

	/* "g" is behind all hex digits: a range that the index serves. */
	snprintf(end, sizeof end, "%sg", prefix);
	if (db_prepare(t->db, "SELECT uuid FROM runs WHERE uuid >= ? AND uuid < ? ORDER BY uuid", &s, err) != 0)
		return -1;
	db_bind_text(s, 1, prefix);
	db_bind_text(s, 2, end);
	rc = db_step(s, err);
	if (rc <= 0)
		return rc;
	snprintf(first, sizeof first, "%s", db_text(s, 0));
	rc = db_step(s, err);
	if (rc < 0)
		return -1;
	if (rc)
		return ambiguous(s, prefix, first, err);
	memcpy(out_id, first, sizeof first);
	return 1;
}

static int not_found(struct tracker *t, const char *ref, struct error *err)
{
	CLEANUP(buf_release) struct buf shown = BUF_INIT(1024);
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	char *names[NEAR_NAMES_MAX];
	const char *near;
	size_t n = 0;

	if (db_prepare(t->db, "SELECT name FROM runs WHERE deleted_ns = 0 ORDER BY start_ns DESC LIMIT 500", &s, err) != 0)
		return -1;
	while (n < NEAR_NAMES_MAX && db_step(s, err) > 0)
		names[n++] = column_copy(s, 0);
	text_fit(&shown, ref, 80, false);
	error_set(err, ERR_NOT_FOUND, "no run is called '%s'", buf_text(&shown));
	near = str_nearest(ref, (const char *const *)names, n);
	if (near && *near)
		error_hint(err, "did you mean '%.120s'?", near);
	else if (strlen(ref) < PREFIX_MIN)
		error_hint(err, "an id may be shortened to %d characters, not further; 'wb ls' lists the runs", PREFIX_MIN);
	else
		error_hint(err, "'wb ls' lists the runs; @ is the newest");
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	return -1;
}

int tracker_resolve(struct tracker *t, const char *ref, char out_id[33], struct error *err)
{
	char id[33] = "", prefix[33];
	int rc = 0;

	if (*ref == '@') {
		rc = resolve_recent(t, ref, id, err);
		if (rc == 0)
			memcpy(out_id, id, sizeof id);
		return rc;
	}
	/* As git has it, a name goes before an abbreviated id; a whole id is only an id. */
	if (strlen(ref) < 32)
		rc = find_named(t, ref, id, err);
	if (rc == 0 && as_prefix(ref, prefix))
		rc = find_prefix(t, prefix, id, err);
	if (rc == 0 && strlen(ref) >= 32)
		rc = find_named(t, ref, id, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return not_found(t, ref, err);
	memcpy(out_id, id, sizeof id);
	return 0;
}
