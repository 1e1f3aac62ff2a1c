/* SQLite: the only user of sqlite3.h. */
#include "config.h"

#include "tracker/db.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "base/mem.h"

enum { PATIENCE_MS = 5000, CACHE_KIB = 32768, WAL_SAFE_VERSION = 3051003 };

struct db {
	sqlite3 *handle;
	char *path;
	const struct db_bits *sets;
	size_t set_count;
	bool has_fits;
};

struct db_stmt {
	sqlite3_stmt *handle;
	struct db *db;
	int bind_rc;
};

static enum error_code code_of(int rc, int sys)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_CORRUPT;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return ERR_DENIED;
	case SQLITE_CONSTRAINT:
		return ERR_CONFLICT;
	case SQLITE_CANTOPEN:
		return sys == EACCES ? ERR_DENIED : ERR_SYSTEM;
	case SQLITE_TOOBIG:
		return ERR_LIMIT;
	case SQLITE_INTERRUPT:
		return ERR_CANCELLED;
	case SQLITE_FULL:
	case SQLITE_IOERR:
		return ERR_SYSTEM;
	default:
		return ERR_INTERNAL;
	}
}

static int fail(const struct db *db, int rc, struct error *err)
{
	int sys = db->handle ? sqlite3_system_errno(db->handle) : 0;

	if ((rc & 0xff) == SQLITE_FULL || ((rc & 0xff) == SQLITE_IOERR && (sys == ENOSPC || sys == EDQUOT))) {
		error_set(err, ERR_SYSTEM, "database %s: no space left on the device", db->path);
		error_hint(err, "free some space and repeat: what runs recorded is kept in their spools until then");
		err->sys = ENOSPC;
		return -1;
	}
	error_set(err, code_of(rc, sys), "database %s: %s", db->path,
		  db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc));
	err->sys = sys;
	if (err->code == ERR_CORRUPT)
		error_hint(err, "move wb.db* aside: it is filled anew from runs/*/spool; only tags, notes and deletions made later are lost");
	return -1;
}

static int configure(struct db *db, unsigned flags, struct error *err)
{
	static const char pragmas[] =
		"PRAGMA mmap_size=0; PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
		"PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
		"PRAGMA recursive_triggers=ON; PRAGMA journal_size_limit=1048576;";
	char cache[64];

	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, PATIENCE_MS);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if ((flags & DB_EXCLUSIVE) && db_exec(db, "PRAGMA locking_mode=EXCLUSIVE", err) != 0)
		return -1;
	snprintf(cache, sizeof cache, "PRAGMA cache_size=-%d", CACHE_KIB);
	return db_exec(db, pragmas, err) != 0 || db_exec(db, cache, err) != 0 ? -1 : 0;
}

int db_open(const char *path, unsigned flags, struct db **out, struct error *err)
{
	CLEANUP(db_close) struct db *db = mem_zalloc(sizeof *db);
	int rc, how = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;

	db->path = mem_strdup(path);
	rc = sqlite3_open_v2(path, &db->handle, how | (flags & DB_CREATE ? SQLITE_OPEN_CREATE : 0), NULL);
	if (rc != SQLITE_OK)
		return fail(db, rc, err);
	if (configure(db, flags, err) != 0)
		return -1;
	*out = take_ptr(&db);
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	sqlite3_close_v2(db->handle);
	free(db->path);
	free(db);
}

int db_use_wal(struct db *db, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;

	if (db_prepare(db, "PRAGMA journal_mode=WAL", &s, err) != 0)
		return -1;
	if (db_step(s, err) < 0)
		return -1;
	if (strcmp(db_text(s, 0), "wal") != 0)
		return error_set(err, ERR_UNSUPPORTED, "database %s: the file system refuses a write-ahead log", db->path);
	return 0;
}

int db_exec(struct db *db, const char *sql, struct error *err)
{
	int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail(db, rc, err);
}

int db_number(struct db *db, const char *sql, int64_t *out, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	int rc;

	if (db_prepare(db, sql, &s, err) != 0)
		return -1;
	rc = db_step(s, err);
	if (rc < 0)
		return -1;
	*out = rc ? db_int(s, 0) : 0;
	return 0;
}

int db_prepare(struct db *db, const char *sql, struct db_stmt **out, struct error *err)
{
	sqlite3_stmt *handle;
	int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL);

	if (rc != SQLITE_OK)
		return fail(db, rc, err);
	*out = mem_zalloc(sizeof **out);
	(*out)->handle = handle;
	(*out)->db = db;
	return 0;
}

void db_stmt_free(struct db_stmt *s)
{
	if (!s)
		return;
	sqlite3_finalize(s->handle);
	free(s);
}

static void bound(struct db_stmt *s, int rc)
{
	if (rc != SQLITE_OK && s->bind_rc == SQLITE_OK)
		s->bind_rc = rc;
}

void db_bind_int(struct db_stmt *s, int at, int64_t v)
{
	bound(s, sqlite3_bind_int64(s->handle, at, v));
}

void db_bind_real(struct db_stmt *s, int at, double v)
{
	bound(s, sqlite3_bind_double(s->handle, at, v));
}

void db_bind_text(struct db_stmt *s, int at, const char *text)
{
	bound(s, sqlite3_bind_text(s->handle, at, text, -1, SQLITE_STATIC));
}

void db_bind_text_n(struct db_stmt *s, int at, const char *text, size_t n)
{
	bound(s, sqlite3_bind_text64(s->handle, at, text, n, SQLITE_STATIC, SQLITE_UTF8));
}

void db_bind_null(struct db_stmt *s, int at)
{
	bound(s, sqlite3_bind_null(s->handle, at));
}

int db_step(struct db_stmt *s, struct error *err)
{
	int rc = s->bind_rc;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(s->handle);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE) {
		sqlite3_reset(s->handle);
		return 0;
	}
	fail(s->db, rc, err);
	db_reset(s);
	return -1;
}

int db_run(struct db_stmt *s, struct error *err)
{
	int rc;

	while ((rc = db_step(s, err)) > 0)
		;
	return rc;
}

void db_reset(struct db_stmt *s)
{
	sqlite3_reset(s->handle);
	s->bind_rc = SQLITE_OK;
}

int64_t db_int(struct db_stmt *s, int column)
{
	return sqlite3_column_int64(s->handle, column);
}

double db_real(struct db_stmt *s, int column)
{
	return db_is_null(s, column) ? (double)NAN : sqlite3_column_double(s->handle, column);
}

double db_real_signed(struct db_stmt *s, int column, int is_minus)
{
	double v = db_real(s, column);

	return v == 0 && db_int(s, is_minus) ? -0.0 : v;
}

const char *db_text(struct db_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s->handle, column);

	return text ? text : "";
}

size_t db_text_len(struct db_stmt *s, int column)
{
	return (size_t)sqlite3_column_bytes(s->handle, column);
}

bool db_is_null(struct db_stmt *s, int column)
{
	return sqlite3_column_type(s->handle, column) == SQLITE_NULL;
}

int64_t db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

int64_t db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}

static void fits(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	const struct db *db = sqlite3_user_data(context);
	uint64_t set = (uint64_t)sqlite3_value_int64(argv[0]), n = (uint64_t)sqlite3_value_int64(argv[1]);
	bool is_in = argc == 2 && set < db->set_count && n < db->sets[set].count &&
		     (db->sets[set].words[n / 64] >> n % 64 & 1);

	sqlite3_result_int(context, is_in);
}

int db_use_bits(struct db *db, const struct db_bits *sets, size_t n, struct error *err)
{
	int rc = SQLITE_OK;

	if (n && !db->has_fits)
		rc = sqlite3_create_function_v2(db->handle, "fits", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY, db, fits, NULL, NULL,
						NULL);
	if (rc != SQLITE_OK)
		return fail(db, rc, err);
	db->has_fits = db->has_fits || n;
	db->sets = sets;
	db->set_count = n;
	return 0;
}

int db_begin(struct db *db, struct error *err)
{
	return db_exec(db, "BEGIN IMMEDIATE", err);
}

int db_commit(struct db *db, struct error *err)
{
	return db_exec(db, "COMMIT", err);
}

void db_rollback(struct db *db)
{
	if (!sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

int db_checkpoint(struct db *db, struct error *err)
{
	int rc;

	/* A reader in the way costs only that the log is emptied later: never wait for one. */
	sqlite3_busy_timeout(db->handle, 0);
	rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(db->handle, PATIENCE_MS);
	return rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED ? 0 : fail(db, rc, err);
}

const char *db_version(void)
{
	return sqlite3_libversion();
}

bool db_is_wal_safe(void)
{
	return sqlite3_libversion_number() >= WAL_SAFE_VERSION;
}
