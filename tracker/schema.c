/*
 * The schema as data: step N brings version N-1 to N. A step that has been
 * released is never edited; changes are new steps.
 *
 * Names of params, tags and metrics are interned in keys. Points of metrics and
 * their summaries carry no foreign keys: they are checked by tracker_check()
 * instead of at each of a million inserts. A NaN is stored as NULL.
 */
#include "config.h"

#include "tracker/schema.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const steps[SCHEMA_VERSION] = {
	"CREATE TABLE experiments("
	" id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_ns INTEGER NOT NULL) STRICT;"
	"INSERT INTO experiments(id, name, created_ns) VALUES(0, 'Default', 0);"

	"CREATE TABLE runs("
	" id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE,"
	" experiment INTEGER NOT NULL REFERENCES experiments(id),"
	" name TEXT NOT NULL, user TEXT NOT NULL, host TEXT NOT NULL, tree TEXT NOT NULL,"
	" state INTEGER NOT NULL, detail TEXT NOT NULL,"
	" start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL DEFAULT 0,"
	" exit_code INTEGER NOT NULL DEFAULT -1, signal INTEGER NOT NULL DEFAULT 0,"
	" deleted_ns INTEGER NOT NULL DEFAULT 0,"
	" ingested_to INTEGER NOT NULL DEFAULT 0," /* bytes of the spool that are in the tables */
	" damaged INTEGER NOT NULL DEFAULT 0,"     /* bytes of the spool that could not be read */
	" sealed INTEGER NOT NULL DEFAULT 0) STRICT;" /* END is in */
	"CREATE INDEX runs_by_start ON runs(start_ns DESC, uuid);"
	"CREATE INDEX runs_by_name ON runs(name, start_ns);"
	"CREATE INDEX runs_by_experiment ON runs(experiment, start_ns DESC);"
	"CREATE INDEX runs_by_state ON runs(state, start_ns DESC, uuid);"
	"CREATE INDEX runs_by_tree ON runs(tree);"

	"CREATE TABLE documents("
	" run INTEGER PRIMARY KEY REFERENCES runs(id), start TEXT NOT NULL, end TEXT) STRICT;"

	"CREATE TABLE keys(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"

	"CREATE TABLE params("
	" run INTEGER NOT NULL REFERENCES runs(id), key INTEGER NOT NULL REFERENCES keys(id), value TEXT NOT NULL,"
	" PRIMARY KEY(run, key)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX params_by_value ON params(key, value);"

	"CREATE TABLE tags("
	" run INTEGER NOT NULL REFERENCES runs(id), key INTEGER NOT NULL REFERENCES keys(id), value TEXT NOT NULL,"
	" PRIMARY KEY(run, key)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX tags_by_value ON tags(key, value);"

	"CREATE TABLE metrics("
	" run INTEGER NOT NULL, key INTEGER NOT NULL, step INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" time_ms INTEGER NOT NULL, value REAL,"
	" PRIMARY KEY(run, key, step, seq)) STRICT, WITHOUT ROWID;"

	"CREATE TABLE latest("
	" run INTEGER NOT NULL, key INTEGER NOT NULL, step INTEGER NOT NULL, time_ms INTEGER NOT NULL, value REAL,"
	" min REAL, max REAL, count INTEGER NOT NULL,"
	" PRIMARY KEY(run, key)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX latest_by_value ON latest(key, value);"

	"CREATE TABLE inputs("
	" run INTEGER NOT NULL REFERENCES runs(id), n INTEGER NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL,"
	" sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, tags TEXT NOT NULL,"
	" PRIMARY KEY(run, n)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX inputs_by_digest ON inputs(sha256);"

	"CREATE TABLE outputs("
	" run INTEGER NOT NULL REFERENCES runs(id), path TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL,"
	" PRIMARY KEY(run, path)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX outputs_by_digest ON outputs(sha256);"

	"CREATE TABLE decisions("
	" run INTEGER PRIMARY KEY REFERENCES runs(id), decision TEXT NOT NULL, document TEXT NOT NULL) STRICT;"

	"CREATE TABLE denials("
	" run INTEGER NOT NULL REFERENCES runs(id), call TEXT NOT NULL, object TEXT NOT NULL, count INTEGER NOT NULL,"
	" PRIMARY KEY(run, call, object)) STRICT, WITHOUT ROWID;"

	/* seq is NULL for notes that people added later. */
	"CREATE TABLE notes("
	" id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs(id), seq INTEGER, time_ms INTEGER NOT NULL,"
	" author TEXT NOT NULL, text TEXT NOT NULL, UNIQUE(run, seq)) STRICT;"

	"CREATE TABLE warnings("
	" run INTEGER NOT NULL REFERENCES runs(id), seq INTEGER NOT NULL, text TEXT NOT NULL,"
	" PRIMARY KEY(run, seq)) STRICT, WITHOUT ROWID;",

	/* Connections as they were last written; a sealed run's END document has them too. */
	"CREATE TABLE network("
	" run INTEGER NOT NULL REFERENCES runs(id), n INTEGER NOT NULL, document TEXT NOT NULL,"
	" PRIMARY KEY(run, n)) STRICT, WITHOUT ROWID;",

	/* Which zeros of the points are -0: SQLite stores a whole number as an integer, which has no such sign. */
	"CREATE TABLE minus_zeros("
	" run INTEGER NOT NULL, key INTEGER NOT NULL, step INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" PRIMARY KEY(run, key, step, seq)) STRICT, WITHOUT ROWID;",
};

/* What tells the file's kind and version. */
struct marks {
	int64_t application, version, tables;
};

/* All of one state: another process may be making the database at this moment. */
static int read_marks(struct db *db, struct marks *out, struct error *err)
{
	int rc = db_exec(db, "BEGIN", err);

	if (rc == 0 && (db_number(db, "PRAGMA application_id", &out->application, err) != 0 ||
			db_number(db, "PRAGMA user_version", &out->version, err) != 0 ||
			db_number(db, "SELECT count(*) FROM sqlite_schema", &out->tables, err) != 0))
		rc = -1;
	db_rollback(db);
	return rc;
}

static int judge(const struct marks *m, struct error *err)
{
	if (m->application != SCHEMA_APPLICATION_ID) {
		if (m->application != 0 || m->version != 0 || m->tables != 0)
			return error_set(err, ERR_CORRUPT, "wb.db is a database of some other program");
		return 0;
	}
	if (m->version > SCHEMA_VERSION) {
		error_set(err, ERR_UNSUPPORTED, "the store's database has version %" PRId64 ", this wb knows up to %d", m->version,
			  SCHEMA_VERSION);
		return error_hint(err, "use the wb that made this store, or a newer one; nothing was changed");
	}
	return m->version == SCHEMA_VERSION;
}

int schema_is_current(struct db *db, struct error *err)
{
	struct marks marks;

	return read_marks(db, &marks, err) != 0 ? -1 : judge(&marks, err);
}

static int run_step(struct db *db, unsigned from, struct error *err)
{
	char mark[96];

	snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%u", SCHEMA_APPLICATION_ID, from + 1);
	if (db_begin(db, err) != 0)
		return -1;
	if (db_exec(db, steps[from], err) != 0 || db_exec(db, mark, err) != 0 || db_commit(db, err) != 0) {
		db_rollback(db);
		return error_wrap(err, "bringing the database to version %u", from + 1);
	}
	return 0;
}

int schema_migrate(struct db *db, struct error *err)
{
	struct marks marks;
	int current;

	if (read_marks(db, &marks, err) != 0)
		return -1;
	current = judge(&marks, err);
	if (current != 0)
		return current < 0 ? -1 : 0;
	for (int64_t v = marks.version; v < SCHEMA_VERSION; v++) {
		if (run_step(db, (unsigned)v, err) != 0)
			return -1;
	}
	return 0;
}
