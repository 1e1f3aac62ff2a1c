/*
 * Fills a store with finished runs, the way runs themselves do: one spool each,
 * moved into the database in batches. fill_runs STORE COUNT
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/uuid.h"
#include "store/store.h"
#include "tracker/life.h"
#include "tracker/spool.h"
#include "tracker/tracker.h"

enum { BATCH = 2000 };

static void make_start(struct buf *out, const char *id, uint64_t i, int64_t start_ns)
{
	CLEANUP(jval_free) struct jval *doc = jval_object();
	struct jval *params, *tags;
	char text[64];

	jval_set_text(doc, "run_id", id);
	snprintf(text, sizeof text, "experiment-%" PRIu64, i % 20);
	jval_set_text(doc, "experiment", text);
	snprintf(text, sizeof text, "run-%" PRIu64, i);
	jval_set_text(doc, "name", text);
	jval_set_int(doc, "start_ns", start_ns);
	jval_set_text(doc, "host", "bench");
	jval_set_text(doc, "user", "bench");
	params = jval_set(doc, "params", jval_object());
	snprintf(text, sizeof text, "0.%" PRIu64, 1 + i % 97);
	jval_set_text(params, "lr", text);
	snprintf(text, sizeof text, "%" PRIu64, i % 50);
	jval_set_text(params, "epochs", text);
	tags = jval_set(doc, "tags", jval_object());
	jval_set_text(tags, "stage", i % 7 ? "trial" : "kept");
	jval_format(doc, JVAL_COMPACT, out);
}

static int write_run(struct store *store, uint64_t i, struct error *err)
{
	struct clock clock = clock_fixed(INT64_C(1760000000000000000) + (int64_t)i * 10000000000);
	CLEANUP(life_release) struct life life = LIFE_INIT;
	CLEANUP(spool_free) struct spool *spool = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB * 16);
	int64_t now_ms = clock_now(&clock) / 1000000;
	struct uuid id;

	if (uuid_new(&clock, &id, err) < 0 || life_begin(store_dirfd(store), id.text, &life, err) < 0 ||
	    spool_create(life.dirfd, &spool, err) < 0)
		return -1;
	make_start(&text, id.text, i, clock_now(&clock));
	spool_encode_start(spool_buffer(spool), text.data, text.len);
	for (int step = 0; step < 3; step++) {
		spool_encode_metric(spool_buffer(spool), "loss", 1.0 / (double)(1 + (i + (uint64_t)step) % 13), step,
				    now_ms + step);
		spool_encode_metric(spool_buffer(spool), "accuracy", (double)(i % 1000) / 1000, step, now_ms + step);
	}
	buf_clear(&text);
	buf_printf(&text, "{\"state\":\"%s\",\"exit_code\":%d,\"end_ns\":%" PRId64 "}", i % 11 ? "FINISHED" : "FAILED",
		   i % 11 ? 0 : 1, clock_now(&clock) + INT64_C(5000000000));
	return spool_commit(spool, err) < 0 ? -1 : spool_finish(spool, text.data, text.len, err);
}

static int fill(const char *path, uint64_t count, struct error *err)
{
	CLEANUP(store_close) struct store *store = NULL;
	CLEANUP(tracker_close) struct tracker *tracker = NULL;

	if (store_open(path, &store, err) < 0 || tracker_open(path, &tracker, err) < 0)
		return -1;
	for (uint64_t i = 0; i < count; i++) {
		if (write_run(store, i, err) < 0)
			return -1;
		if ((i + 1) % BATCH == 0 && tracker_sync(tracker, 10000, NULL, err) < 0)
			return -1;
	}
	return tracker_sync(tracker, 10000, NULL, err);
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	uint64_t count;

	if (argc != 3) {
		fprintf(stderr, "usage: fill_runs STORE COUNT\n");
		return 2;
	}
	if (str_parse_u64(argv[2], &count, &err) < 0 || fill(argv[1], count, &err) < 0) {
		fprintf(stderr, "fill_runs: %s\n", err.text);
		return 1;
	}
	return 0;
}
