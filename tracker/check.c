/* Verification: the database in itself, and each run against its spool read again. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/sys.h"
#include "tracker/core.h"
#include "tracker/life.h"
#include "tracker/spool.h"

struct check {
	struct tracker *t;
	finding_fn *fn;
	void *data;
	int findings;
};

/* The row at hand. */
struct subject {
	char id[33];
	int64_t row;
	uint64_t ingested_to;
	bool sealed;
	bool deleted;
};

static void WB_PRINTF(3, 4) report(struct check *c, const char *run_id, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	c->findings++;
	c->fn(c->data, run_id, what);
}

/* Each row of sql is a finding, but one that says "ok". */
static int report_rows(struct check *c, const char *sql, const char *prefix, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	int rc;

	if (db_prepare(c->t->db, sql, &s, err) != 0)
		return -1;
	while ((rc = db_step(s, err)) > 0) {
		if (strcmp(db_text(s, 0), "ok") != 0)
			report(c, "", "%s%s", prefix, db_text(s, 0));
	}
	return rc;
}

static int check_database(struct check *c, struct error *err)
{
	static const char orphans[] =
		"SELECT 'points of a run that does not exist: row ' || run FROM"
		" (SELECT DISTINCT run FROM latest UNION SELECT DISTINCT run FROM metrics)"
		" WHERE run NOT IN (SELECT id FROM runs)"
		" UNION ALL SELECT 'points under a name that does not exist: ' || key FROM"
		" (SELECT DISTINCT key FROM latest) WHERE key NOT IN (SELECT id FROM keys)";

	return report_rows(c, "PRAGMA integrity_check(20)", "database: ", err) != 0 ||
	       report_rows(c, "SELECT \"table\" FROM pragma_foreign_key_check", "database: broken reference in table ", err) != 0 ||
	       report_rows(c, orphans, "database: ", err) != 0 ? -1 : 0;
}

/* The next point of the run in the order of its spool must be this record. */
static int check_point(struct check *c, const struct subject *run, struct db_stmt *points, const struct spool_record *rec,
		       struct error *err)
{
	int rc = db_step(points, err);
	double value;

	if (rc < 0)
		return -1;
	if (rc == 0) {
		report(c, run->id, "the point at byte %" PRIu64 " of the spool is not in the database", rec->seq);
		return 0;
	}
	value = db_real(points, 4);
	if ((uint64_t)db_int(points, 0) == rec->seq && strcmp(db_text(points, 1), rec->key) == 0 &&
	    db_int(points, 2) == rec->step && db_int(points, 3) == rec->time_ms &&
	    (memcmp(&value, &rec->value, sizeof value) == 0 || (isnan(value) && isnan(rec->value)) ||
	     (value == 0 && rec->value == 0)))
		return 1;
	report(c, run->id, "the point at byte %" PRIu64 " of the spool differs from the database", rec->seq);
	return 0;
}

/* Reads the moved part of the spool beside the points in the database. Stops at the first point that differs. */
static int check_records(struct check *c, const struct subject *run, struct spool_reader *reader, struct db_stmt *points,
			 struct error *err)
{
	bool has_start = false, has_end = false, same = true;
	struct spool_record rec;
	int rc;

	while (!has_end && spool_reader_offset(reader) < run->ingested_to && (rc = spool_reader_next(reader, &rec, err)) != 0) {
		if (rc < 0) {
			if (err->code != ERR_CORRUPT)
				return -1;
			report(c, run->id, "%s", err->text);
			if (spool_reader_skip(reader) == 0)
				return -1;
			continue;
		}
		has_start = has_start || rec.type == SPOOL_START;
		has_end = rec.type == SPOOL_END;
		if (rec.type != SPOOL_METRIC || !same)
			continue;
		rc = check_point(c, run, points, &rec, err);
		if (rc < 0)
			return -1;
		same = rc > 0;
	}
	if (!has_start)
		report(c, run->id, "the spool has no START record");
	if (run->sealed && !has_end)
		report(c, run->id, "the run has ended, its spool has no END record");
	if (same) {
		rc = db_step(points, err);
		if (rc < 0)
			return -1;
		if (rc)
			report(c, run->id, "the database has points that the spool does not have, from byte %" PRId64 " on",
			       db_int(points, 0));
	}
	return 0;
}

static int check_summaries(struct check *c, const struct subject *run, struct error *err)
{
	static const char sql[] =
		"SELECT (SELECT name FROM keys WHERE id = key), n, count, same FROM"
		" (SELECT l.key, l.count, (SELECT count(*) FROM metrics m WHERE m.run = l.run AND m.key = l.key) AS n,"
		"  (SELECT m.value IS l.value AND m.step = l.step FROM metrics m WHERE m.run = l.run AND m.key = l.key"
		"   ORDER BY m.step DESC, m.time_ms DESC, m.value DESC LIMIT 1) AS same"
		"  FROM latest l WHERE l.run = ?) WHERE n != count OR same IS NOT 1";
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	int rc;

	if (db_prepare(c->t->db, sql, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, run->row);
	while ((rc = db_step(s, err)) > 0)
		report(c, run->id, "the summary of metric '%.100s' does not fit its %" PRId64 " points", db_text(s, 0),
		       db_int(s, 1));
	return rc;
}

static int check_spool(struct check *c, const struct subject *run, int fd, struct error *err)
{
	CLEANUP(spool_reader_close) struct spool_reader *reader = NULL;
	CLEANUP(db_stmt_free) struct db_stmt *points = NULL;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_sys(err, "the spool of run %s", run->id);
	if ((uint64_t)st.st_size < run->ingested_to)
		report(c, run->id, "the spool has %lld bytes, %" PRIu64 " were read from it before", (long long)st.st_size,
		       run->ingested_to);
	if (spool_reader_open(fd, 0, &reader, err) != 0) {
		report(c, run->id, "%s", err->text);
		return 0;
	}
	if (db_prepare(c->t->db,
		       "SELECT m.seq, k.name, m.step, m.time_ms, m.value FROM metrics m JOIN keys k ON k.id = m.key"
		       " WHERE m.run = ? ORDER BY m.seq",
		       &points, err) != 0)
		return -1;
	db_bind_int(points, 1, run->row);
	return check_records(c, run, reader, points, err);
}

/* Its folder goes before its rows do. */
static bool is_being_removed(struct check *c, const struct subject *run)
{
	int saved = errno;
	char folder[64];
	bool gone;

	snprintf(folder, sizeof folder, "runs/%s", run->id);
	gone = run->deleted && !fs_exists(c->t->store, folder);
	errno = saved;
	return gone;
}

static int check_run(struct check *c, const struct subject *run, struct error *err)
{
	CLEANUP(close) int fd = -1;
	char path[64];

	snprintf(path, sizeof path, "runs/%s/spool", run->id);
	fd = sys_openat(c->t->store, path, O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0 && is_being_removed(c, run))
		return 0;
	if (fd < 0)
		report(c, run->id, "the spool cannot be opened: %s", strerror(errno));
	else if (check_spool(c, run, fd, err) != 0)
		return -1;
	return check_summaries(c, run, err);
}

static int check_runs(struct check *c, const char *run_id, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	int rc;

	if (db_prepare(c->t->db,
		       "SELECT uuid, id, ingested_to, sealed, deleted_ns FROM runs WHERE ?1 IS NULL OR uuid = ?1 ORDER BY id", &s,
		       err) != 0)
		return -1;
	if (run_id)
		db_bind_text(s, 1, run_id);
	while ((rc = db_step(s, err)) > 0) {
		struct subject run = { .row = db_int(s, 1), .ingested_to = (uint64_t)db_int(s, 2) };

		snprintf(run.id, sizeof run.id, "%s", db_text(s, 0));
		run.sealed = db_int(s, 3) != 0;
		run.deleted = db_int(s, 4) != 0;
		if (check_run(c, &run, err) != 0)
			return -1;
	}
	return rc;
}

static int check_known(void *data, const char *run_id, struct error *err)
{
	struct check *c = data;
	int64_t row;

	if (run_row(c->t, run_id, &row, err) == 0)
		return 0;
	if (err->code != ERR_NOT_FOUND)
		return -1;
	error_clear(err);
	report(c, run_id, "the database does not know it (remove the store's file 'boot', and the next command takes it in)");
	return 0;
}

int tracker_check(struct tracker *t, const char *run_id, finding_fn *fn, void *data, struct error *err)
{
	struct check c = { .t = t, .fn = fn, .data = data };
	int64_t row;
	int rc;

	if (run_id && run_row(t, run_id, &row, err) != 0)
		return -1;
	/* One state of the database for all questions, whoever writes meanwhile. */
	if (db_exec(t->db, "BEGIN", err) != 0)
		return -1;
	rc = !run_id && check_database(&c, err) != 0 ? -1 : check_runs(&c, run_id, err);
	db_rollback(t->db);
	/* Outside of it: a run that ends meanwhile is there by the time its marker is gone. */
	if (rc >= 0 && !run_id && life_each_done(t->store, check_known, &c, err) != 0)
		return -1;
	return rc < 0 ? -1 : c.findings;
}
