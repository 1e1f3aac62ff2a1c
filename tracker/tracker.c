/* Opening a store's records, and the lock under which one process at a time writes them. */
#include "config.h"

#include "tracker/tracker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sys.h"
#include "tracker/core.h"
#include "tracker/life.h"
#include "tracker/medium.h"
#include "tracker/reserve.h"
#include "tracker/schema.h"

static const char db_name[] = "wb.db";
static const char wal_name[] = "wb.db-wal";
static const char lock_name[] = "db.lock";

enum {
	CHECKPOINT_AT_BYTES = 1024 * 1024, /* a longer log makes the next opening slow: it is read through then */
	/* In an SQLite file's header (file format, section 1.3): 2 at this byte means a write-ahead log. */
	SQLITE_HEADER_MODE_AT = 18,
	SQLITE_MODE_WAL = 2,
};

static int try_lock_until(int fd, int wait_ms)
{
	int64_t deadline = clock_mono(&clock_system) + (int64_t)wait_ms * 1000000;
	struct timespec pause = { .tv_nsec = 500000 };

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		if (clock_mono(&clock_system) >= deadline)
			return 0;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 16000000)
			pause.tv_nsec *= 2;
	}
	return 1;
}

int tracker_lock(struct tracker *t, int wait_ms, struct error *err)
{
	int got;

	if (t->is_locked)
		return 1;
	if (t->lock_fd < 0)
		t->lock_fd = sys_openat(t->store, lock_name, O_RDWR | O_CREAT | O_NOFOLLOW, 0660);
	if (t->lock_fd < 0) {
		error_sys(err, "opening %s of the store", lock_name);
		return err->sys == EACCES || err->sys == EROFS ? error_hint(err, "you may read this store, but not write it") : -1;
	}
	got = try_lock_until(t->lock_fd, wait_ms);
	if (got < 0)
		return error_sys(err, "locking the store's database");
	t->is_locked = got > 0;
	return got;
}

static void checkpoint_if_grown(struct tracker *t)
{
	struct error err = { 0 };
	struct stat st;

	if (t->db && !t->is_shared && fstatat(t->store, wal_name, &st, 0) == 0 && st.st_size > CHECKPOINT_AT_BYTES &&
	    db_checkpoint(t->db, &err) != 0)
		log_warn("%s", err.text);
}

void tracker_unlock(struct tracker *t)
{
	if (!t->is_locked)
		return;
	checkpoint_if_grown(t);
	if (t->is_alone)
		return;
	flock(t->lock_fd, LOCK_UN);
	t->is_locked = false;
}

static int lock_or_busy(struct tracker *t, struct error *err)
{
	int got = tracker_lock(t, EDIT_WAIT_MS, err);

	if (got < 0)
		return -1;
	if (got)
		return 0;
	error_set(err, ERR_BUSY, "another wb has been writing the store's database for %d s", EDIT_WAIT_MS / 1000);
	return error_hint(err, "repeat in a moment");
}

int edit_begin(struct tracker *t, struct error *err)
{
	if (lock_or_busy(t, err) != 0)
		return -1;
	if (db_begin(t->db, err) == 0)
		return 0;
	tracker_unlock(t);
	return -1;
}

int edit_end(struct tracker *t, bool ok, struct error *err)
{
	int rc = ok ? db_commit(t->db, err) : -1;

	if (rc != 0)
		db_rollback(t->db);
	tracker_unlock(t);
	return rc;
}

/* 1 when wb.db is there and keeps a write-ahead log. */
static bool file_uses_wal(int store)
{
	CLEANUP(close) int fd = sys_openat(store, db_name, O_RDONLY | O_NOFOLLOW, 0);
	unsigned char header[SQLITE_HEADER_MODE_AT + 1];

	return fd >= 0 && sys_pread(fd, header, sizeof header, 0) == (ssize_t)sizeof header &&
	       header[SQLITE_HEADER_MODE_AT] == SQLITE_MODE_WAL;
}

static bool has_database(int store)
{
	struct stat st;

	return fstatat(store, db_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0;
}

/* Makes the database, or brings it up to date. Another process may have done so while this one waited for the lock. */
static int prepare_locked(struct tracker *t, struct error *err)
{
	CLEANUP(db_close) struct db *db = NULL;

	if (t->is_shared && file_uses_wal(t->store)) {
		/* A log cannot be shared here; alone it can, which is enough to fold it in. */
		if (db_open(t->db_path, DB_EXCLUSIVE, &db, err) != 0 || db_exec(db, "PRAGMA journal_mode=DELETE", err) != 0)
			return -1;
		db_close(take_ptr(&db));
	}
	/* The spools have all that a database can be filled with; it is made after all of them are marked. */
	if (!has_database(t->store) && life_mark_all(t->store, err) != 0)
		return -1;
	if (db_open(t->db_path, DB_CREATE, &db, err) != 0)
		return -1;
	if (!t->is_shared && db_use_wal(db, err) != 0)
		return -1;
	if (schema_migrate(db, err) != 0)
		return -1;
	reserve_keep(t);
	return 0;
}

static int prepare(struct tracker *t, struct error *err)
{
	int rc;

	if (lock_or_busy(t, err) != 0)
		return -1;
	rc = prepare_locked(t, err);
	tracker_unlock(t);
	if (rc != 0 && !fs_exists(t->store, db_name) && err->code != ERR_SYSTEM)
		error_hint(err, "making a store's database needs write permission in its folder");
	return rc;
}

static int open_current(struct tracker *t, unsigned flags, struct error *err)
{
	CLEANUP(db_close) struct db *db = NULL;
	int current;

	if (db_open(t->db_path, flags, &db, err) != 0)
		return -1;
	current = schema_is_current(db, err);
	if (current < 0)
		return -1;
	if (current)
		t->db = take_ptr(&db);
	return current;
}

/* Reading needs a few KiB of shared memory in the store's folder, unless this process is alone. */
static int open_on_full_disk(struct tracker *t, struct error *err)
{
	struct error again = { 0 };
	int rc;

	if (tracker_lock(t, 0, &again) <= 0)
		return -1;
	rc = open_current(t, DB_EXCLUSIVE, &again);
	if (rc <= 0) {
		tracker_unlock(t);
		return -1;
	}
	error_clear(err);
	t->is_alone = true;
	return rc;
}

static int open_database(struct tracker *t, struct error *err)
{
	int current = 0;

	if (fs_exists(t->store, db_name) && !(t->is_shared && file_uses_wal(t->store)))
		current = open_current(t, 0, err);
	if (current < 0 && err->sys == ENOSPC)
		current = open_on_full_disk(t, err);
	if (current < 0)
		return -1;
	if (current)
		return 0;
	if (prepare(t, err) != 0)
		return -1;
	current = open_current(t, 0, err);
	if (current == 0)
		return error_set(err, ERR_INTERNAL, "the store's database is empty right after it was made");
	return current < 0 ? -1 : 0;
}

int tracker_open(const char *store_path, struct tracker **out, struct error *err)
{
	CLEANUP(tracker_close) struct tracker *t = mem_zalloc(sizeof *t);
	CLEANUP(free) char *real = NULL;
	int shared;

	t->store = t->lock_fd = -1;
	if (fs_realpath(store_path, &real, err) != 0)
		return -1;
	t->store = fs_open_dir(AT_FDCWD, real, err);
	if (t->store < 0)
		return -1;
	t->db_path = fs_join(real, db_name);
	shared = medium_is_shared(t->store, err);
	if (shared < 0)
		return -1;
	t->is_shared = shared > 0;
	if (open_database(t, err) != 0)
		return -1;
	*out = take_ptr(&t);
	return 0;
}

void tracker_close(struct tracker *t)
{
	if (!t)
		return;
	db_stmt_free(t->key_find);
	db_stmt_free(t->key_add);
	db_close(t->db);
	cleanup_close(&t->lock_fd);
	cleanup_close(&t->store);
	free(t->db_path);
	free(t);
}

char *column_copy(struct db_stmt *s, int column)
{
	const char *text = db_text(s, column);

	return mem_strndup(text, db_text_len(s, column));
}

int run_row(struct tracker *t, const char *run_id, int64_t *out_row, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	int rc;

	if (db_prepare(t->db, "SELECT id FROM runs WHERE uuid = ?", &s, err) != 0)
		return -1;
	db_bind_text(s, 1, run_id);
	rc = db_step(s, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return error_set(err, ERR_NOT_FOUND, "no run has the id %.40s", run_id);
	*out_row = db_int(s, 0);
	return 0;
}

/* Finds a name in a table of (id, name), or adds it. */
static int intern(struct db *db, struct db_stmt *find, struct db_stmt *add, const char *name, size_t n, int64_t *out_id,
		  struct error *err)
{
	int rc;

	db_bind_text_n(find, 1, name, n);
	rc = db_step(find, err);
	if (rc < 0)
		return -1;
	if (rc) {
		*out_id = db_int(find, 0);
		db_reset(find);
		return 0;
	}
	db_bind_text_n(add, 1, name, n);
	if (db_run(add, err) != 0)
		return -1;
	*out_id = db_last_id(db);
	return 0;
}

int key_intern(struct tracker *t, const char *name, size_t n, int64_t *out_id, struct error *err)
{
	if (!t->key_find && db_prepare(t->db, "SELECT id FROM keys WHERE name = ?", &t->key_find, err) != 0)
		return -1;
	if (!t->key_add && db_prepare(t->db, "INSERT INTO keys(name) VALUES(?)", &t->key_add, err) != 0)
		return -1;
	return intern(t->db, t->key_find, t->key_add, name, n, out_id, err);
}

int experiment_intern(struct tracker *t, const char *name, int64_t *out_id, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *find = NULL;
	CLEANUP(db_stmt_free) struct db_stmt *add = NULL;

	if (db_prepare(t->db, "SELECT id FROM experiments WHERE name = ?", &find, err) != 0 ||
	    db_prepare(t->db,
		       "INSERT INTO experiments(name, created_ns)"
		       " VALUES(?, CAST(strftime('%s', 'now') AS INTEGER) * 1000000000)",
		       &add, err) != 0)
		return -1;
	return intern(t->db, find, add, name, strlen(name), out_id, err);
}
