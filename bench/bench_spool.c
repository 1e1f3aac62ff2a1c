/*
 * Metric events: into a spool (encode, write, sync every 200 ms), from spools
 * into the database, and beside both what SQLite takes as raw keyed inserts
 * (write-ahead log, synchronous NORMAL, 1000 rows a commit). bench_spool DIR [EVENTS]
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"
#include "base/uuid.h"
#include "tracker/db.h"
#include "tracker/life.h"
#include "tracker/spool.h"
#include "tracker/tracker.h"

enum { KEYS = 20, BATCH = 1000, SYNC_EVERY_NS = 200000000 };

static const char *key_name(uint64_t i)
{
	static const char *const names[KEYS] = {
		"loss",  "accuracy", "lr",     "grad_norm", "val/loss", "val/accuracy", "f1",    "precision", "recall", "auc",
		"epoch", "time",     "memory", "gpu/util",  "gpu/mem",  "tokens",       "batch", "mse",       "mae",    "r2",
	};

	return names[i % KEYS];
}

static double since_s(int64_t begun)
{
	return (double)(clock_mono(&clock_system) - begun) / 1e9;
}

static int write_spool(int store, uint64_t events, double *out_s, struct error *err)
{
	CLEANUP(life_release) struct life life = LIFE_INIT;
	CLEANUP(spool_free) struct spool *s = NULL;
	static const char start[] = "{\"experiment\":\"bench\",\"name\":\"bench\",\"start_ns\":1}";
	static const char end[] = "{\"state\":\"FINISHED\",\"end_ns\":2}";
	struct uuid id;
	int64_t begun, synced;

	if (uuid_new(&clock_system, &id, err) != 0 || life_begin(store, id.text, &life, err) != 0 ||
	    spool_create(life.dirfd, &s, err) != 0)
		return -1;
	spool_encode_start(spool_buffer(s), start, sizeof start - 1);
	begun = synced = clock_mono(&clock_system);
	for (uint64_t i = 0; i < events; i++) {
		spool_encode_metric(spool_buffer(s), key_name(i), (double)i * 0.001, (int64_t)(i / KEYS), (int64_t)i);
		if (spool_commit(s, err) != 0)
			return -1;
		if (i % 1024 == 0 && clock_mono(&clock_system) - synced > SYNC_EVERY_NS) {
			if (spool_sync(s, err) != 0)
				return -1;
			synced = clock_mono(&clock_system);
		}
	}
	if (spool_sync(s, err) != 0)
		return -1;
	*out_s = since_s(begun);
	return spool_finish(s, end, sizeof end - 1, err);
}

static int move_spool(const char *store, double *out_s, struct error *err)
{
	CLEANUP(tracker_close) struct tracker *t = NULL;
	int64_t begun;

	if (tracker_open(store, &t, err) != 0)
		return -1;
	begun = clock_mono(&clock_system);
	if (tracker_sync(t, 1000, NULL, err) != 0)
		return -1;
	*out_s = since_s(begun);
	return 0;
}

/* The same points into the same shape of table, with nothing else. */
static int insert_raw(const char *path, uint64_t events, double *out_s, struct error *err)
{
	CLEANUP(db_close) struct db *db = NULL;
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	int64_t begun;

	if (db_open(path, DB_CREATE, &db, err) != 0 || db_use_wal(db, err) != 0 ||
	    db_exec(db, "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=1000;"
			"CREATE TABLE m(run INTEGER, key INTEGER, step INTEGER, time_ms INTEGER, value REAL,"
			" PRIMARY KEY(run, key, step)) WITHOUT ROWID", err) != 0 ||
	    db_prepare(db, "INSERT INTO m VALUES(1, ?, ?, ?, ?)", &s, err) != 0)
		return -1;
	begun = clock_mono(&clock_system);
	for (uint64_t i = 0; i < events; i++) {
		if (i % BATCH == 0 && db_begin(db, err) != 0)
			return -1;
		db_bind_int(s, 1, (int64_t)(i % KEYS));
		db_bind_int(s, 2, (int64_t)(i / KEYS));
		db_bind_int(s, 3, (int64_t)i);
		db_bind_real(s, 4, (double)i * 0.001);
		if (db_run(s, err) != 0 || ((i % BATCH == BATCH - 1 || i == events - 1) && db_commit(db, err) != 0))
			return -1;
	}
	*out_s = since_s(begun);
	return 0;
}

static int bench(const char *dir, uint64_t events, struct error *err)
{
	CLEANUP(free) char *store = fs_join(dir, "store");
	CLEANUP(free) char *raw = fs_join(dir, "raw.db");
	CLEANUP(close) int fd = -1;
	double spool_s, move_s, raw_s, n = (double)events;

	if (fs_mkdir_p(AT_FDCWD, store, 0700, err) != 0)
		return -1;
	fd = fs_open_dir(AT_FDCWD, store, err);
	if (fd < 0 || write_spool(fd, events, &spool_s, err) != 0 || move_spool(store, &move_s, err) != 0 ||
	    insert_raw(raw, events, &raw_s, err) != 0)
		return -1;
	printf("raw SQLite keyed inserts     %9.0f /s\n", n / raw_s);
	printf("moved into SQLite            %9.0f /s  x %.2f of raw (budget 0.33)\n", n / move_s, raw_s / move_s);
	printf("durable in the spool         %9.0f /s  x %.2f of raw (budget 500000 /s)\n", n / spool_s, raw_s / spool_s);
	return 0;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	uint64_t events = 1000000;

	if (argc < 2 || (argc > 2 && str_parse_u64(argv[2], &events, &err) != 0)) {
		fprintf(stderr, "usage: bench_spool DIR [EVENTS]\n");
		return 2;
	}
	if (bench(argv[1], events, &err) != 0) {
		fprintf(stderr, "bench_spool: %s\n", err.text);
		return 1;
	}
	return 0;
}
