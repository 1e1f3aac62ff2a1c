/*
 * A store of many runs, for measuring lists: bench_runs make STORE RUNS, then
 * bench_runs time STORE, which prints what opening and some searches take.
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
#include "tracker/core.h"
#include "tracker/ingest.h"
#include "tracker/tracker.h"

enum { BATCH = 5000, POINTS = 10, ROUNDS = 9 };

static const char *const metric_names[] = { "loss", "accuracy", "val/loss", "val/accuracy", "epoch_time" };

/* START, points and END of run i as records, through the same door as spools, without a file for each. */
static int put_run(struct ingest *g, uint64_t i, struct error *err)
{
	struct ingest_place place;
	struct spool_record rec = { .key = "", .text = "" };
	struct clock clock = clock_fixed(1700000000000000000 + (int64_t)i * 1000000000);
	static const char end[] = "{\"state\":\"FINISHED\",\"exit_code\":0}";
	char start[768];
	struct uuid id;

	if (uuid_new(&clock, &id, err) != 0 || ingest_turn(g, id.text, &place, err) != 0)
		return -1;
	snprintf(start, sizeof start,
		 "{\"run_id\":\"%s\",\"experiment\":\"exp-%llu\",\"name\":\"run-%llu\",\"start_ns\":%lld,\"user\":\"bench\","
		 "\"host\":\"h\",\"params\":{\"lr\":\"0.%03llu\",\"batch\":\"%llu\",\"model\":\"m%llu\"},\"tags\":{\"team\":\"t%llu\"}}",
		 id.text, (unsigned long long)(i % 10), (unsigned long long)i, (long long)clock_now(&clock),
		 (unsigned long long)(i % 997), (unsigned long long)(16 << i % 6), (unsigned long long)(i % 7),
		 (unsigned long long)(i % 5));
	rec.type = SPOOL_START;
	rec.text = start;
	rec.text_len = strlen(start);
	if (ingest_record(g, &place, &rec, err) != 0)
		return -1;
	rec.type = SPOOL_METRIC;
	for (uint64_t k = 0; k < POINTS; k++) {
		rec.key = metric_names[k % 5];
		rec.key_len = strlen(rec.key);
		rec.step = (int64_t)(k / 5);
		rec.seq = rec.next = k + 1;
		rec.value = (double)((i * 7919 + k * 104729) % 100003) / 100003;
		if (ingest_record(g, &place, &rec, err) != 0)
			return -1;
	}
	rec = (struct spool_record){ .type = SPOOL_END, .next = POINTS + 1, .key = "", .text = end, .text_len = sizeof end - 1 };
	return ingest_record(g, &place, &rec, err) != 0 ? -1 : ingest_settle(g, &place, 0, err);
}

static int make(const char *store, uint64_t runs, struct error *err)
{
	CLEANUP(tracker_close) struct tracker *t = NULL;
	CLEANUP(ingest_free) struct ingest *g = NULL;

	if (fs_mkdir_p(AT_FDCWD, store, 0700, err) != 0 || tracker_open(store, &t, err) != 0 || ingest_new(t, &g, err) != 0)
		return -1;
	for (uint64_t i = 0; i < runs; i++) {
		if (i % BATCH == 0 && edit_begin(t, err) != 0)
			return -1;
		if (put_run(g, i, err) != 0)
			return -1;
		if ((i % BATCH == BATCH - 1 || i == runs - 1) && edit_end(t, true, err) != 0)
			return -1;
	}
	return 0;
}

static double median_ms(double *times)
{
	for (int i = 1; i < ROUNDS; i++) {
		for (int j = i; j > 0 && times[j] < times[j - 1]; j--) {
			double swap = times[j];

			times[j] = times[j - 1];
			times[j - 1] = swap;
		}
	}
	return times[ROUNDS / 2];
}

static int time_search(const char *store, const char *filter, const char *order, uint64_t offset, struct error *err)
{
	struct tracker_filter f = {
		.filter = filter, .orders = &order, .order_count = order != NULL, .limit = 50, .offset = offset,
	};
	double open_ms[ROUNDS], list_ms[ROUNDS];
	size_t found = 0;

	for (int i = 0; i < ROUNDS; i++) {
		CLEANUP(tracker_close) struct tracker *t = NULL;
		CLEANUP(run_list_release) struct run_list list = { .items = NULL };
		int64_t begun = clock_mono(&clock_system), opened;

		if (tracker_open(store, &t, err) != 0 || tracker_sync(t, 0, NULL, err) != 0)
			return -1;
		opened = clock_mono(&clock_system);
		if (tracker_list(t, &f, &list, NULL, err) != 0)
			return -1;
		open_ms[i] = (double)(opened - begun) / 1e6;
		list_ms[i] = (double)(clock_mono(&clock_system) - opened) / 1e6;
		found = list.count;
	}
	printf("open %6.2f ms, list %7.2f ms, %zu runs: %s%s%s\n", median_ms(open_ms), median_ms(list_ms), found,
	       filter ? filter : "all", order ? " by " : "", order ? order : "");
	return 0;
}

static int time_searches(const char *store, struct error *err)
{
	static const struct {
		const char *filter, *order;
		uint64_t offset;
	} searches[] = {
		{ NULL, NULL, 0 },
		{ NULL, NULL, 50000 },
		{ "metrics.loss < 0.01", NULL, 0 },
		{ "metrics.loss < 0.5", NULL, 0 },
		{ "metrics.loss < 0.5 AND params.model = 'm3'", "metrics.accuracy DESC", 0 },
		{ "metrics.loss < 0.1", "metrics.loss", 0 },
		{ NULL, "metrics.loss DESC", 0 },
		{ NULL, "params.lr", 0 },
		{ "params.lr = '0.100'", NULL, 0 },
		{ "params.lr < 0.1", NULL, 0 },
		{ "name = 'run-77777'", NULL, 0 },
		{ "name LIKE '%777%'", NULL, 0 },
		{ "status = 'FAILED'", NULL, 0 },
		{ "NOT (tags.team = 't1' OR tags.team = 't2')", "duration DESC", 0 },
	};

	for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
		if (time_search(store, searches[i].filter, searches[i].order, searches[i].offset, err) != 0)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	uint64_t runs = 100000;
	int rc;

	if (argc < 3 || (argc > 3 && str_parse_u64(argv[3], &runs, &err) != 0)) {
		fprintf(stderr, "usage: bench_runs make STORE [RUNS] | bench_runs time STORE\n");
		return 2;
	}
	rc = strcmp(argv[1], "make") == 0 ? make(argv[2], runs, &err) : time_searches(argv[2], &err);
	if (rc != 0)
		fprintf(stderr, "bench_runs: %s\n", err.text);
	return rc != 0;
}
