/* Stores and runs for tests. */
#include "config.h"

#include "tests/support/tracker_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "tests/support/wb_test.h"

int fixture_setup(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);

	snprintf(f->path, sizeof f->path, "%s/store-XXXXXX", wb_test_tmpdir());
	if (!mkdtemp(f->path))
		return -1;
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = f;
	return f->fd < 0 ? -1 : 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	tracker_close(f->t);
	close(f->fd);
	free(f);
	return 0;
}

void fixture_open(struct fixture *f)
{
	struct error err = { 0 };

	tracker_close(f->t);
	f->t = NULL;
	assert_ok(tracker_open(f->path, &f->t, &err), &err);
}

void test_run_begin(struct fixture *f, struct test_run *r, unsigned number, const char *name, const char *extra)
{
	CLEANUP(buf_release) struct buf start = BUF_INIT(1 << 20);
	struct error err = { 0 };

	*r = (struct test_run){ .life = LIFE_INIT };
	snprintf(r->id, sizeof r->id, "%08x%024x", number, number);
	assert_ok(life_begin(f->fd, r->id, &r->life, &err), &err);
	assert_ok(spool_create(r->life.dirfd, &r->spool, &err), &err);
	buf_printf(&start, "{\"run_id\":\"%s\",\"experiment\":\"exp%u\",\"name\":\"%s\",\"start_ns\":%llu%s}", r->id, number % 2,
		   name, 1700000000000000000ULL + number * 1000000000ULL, extra);
	spool_encode_start(spool_buffer(r->spool), start.data, start.len);
	assert_ok(spool_commit(r->spool, &err), &err);
	assert_ok(spool_sync(r->spool, &err), &err);
}

void test_run_metric(struct test_run *r, const char *key, double value, int64_t step)
{
	struct error err = { 0 };

	spool_encode_metric(spool_buffer(r->spool), key, value, step, 1000 + step);
	assert_ok(spool_commit(r->spool, &err), &err);
}

void test_run_vanish(struct test_run *r)
{
	spool_free(take_ptr(&r->spool));
	life_release(&r->life);
}

void test_run_end(struct test_run *r, const char *state, const char *detail)
{
	unsigned long long number = strtoull((char[]){ r->id[0], r->id[1], r->id[2], r->id[3], r->id[4], r->id[5], r->id[6],
						      r->id[7], 0 }, NULL, 16);
	struct error err = { 0 };
	char end[256];

	snprintf(end, sizeof end, "{\"state\":\"%s\",\"detail\":\"%s\",\"exit_code\":0,\"end_ns\":%llu}", state, detail,
		 1700000000000000000ULL + number * 1000000000ULL + (number + 1) * 60000000000ULL);
	assert_ok(spool_finish(r->spool, end, strlen(end), &err), &err);
	test_run_vanish(r);
}

const char *test_run_make(struct fixture *f, unsigned number, const char *name, const char *extra)
{
	static char id[33];
	struct test_run r;

	test_run_begin(f, &r, number, name, extra);
	memcpy(id, r.id, sizeof id);
	test_run_end(&r, "FINISHED", "");
	return id;
}

struct tracker_synced fixture_sync(struct fixture *f)
{
	struct tracker_synced synced = { 0 };
	struct error err = { 0 };

	assert_ok(tracker_sync(f->t, 10000, &synced, &err), &err);
	assert_false(synced.busy);
	return synced;
}

const char *fixture_find(struct fixture *f, const char *filter, const char *order)
{
	static char text[2048];
	CLEANUP(run_list_release) struct run_list list = { .items = NULL };
	struct tracker_filter wanted = { .filter = filter, .orders = &order, .order_count = order ? 1 : 0 };
	struct error err = { 0 };
	size_t n = 0;

	if (tracker_list(f->t, &wanted, &list, NULL, &err) != 0) {
		snprintf(text, sizeof text, "error: %s | %s", err.text, err.hint);
		return text;
	}
	text[0] = '\0';
	for (size_t i = 0; i < list.count && n < sizeof text - 16; i++) {
		unsigned number = 0;

		sscanf(list.items[i].id, "%8x", &number);
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%u", i ? " " : "", number);
	}
	return text;
}
