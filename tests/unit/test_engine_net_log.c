/* engine/net_log.c: what is in the spool of a run's connections at each moment. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/net_log.h"
#include "tests/support/wb_test.h"

struct log_test {
	struct net_log *log;
	struct spool *spool;
	int dirfd;
};

static int setup(void **state)
{
	struct log_test *t = mem_zalloc(sizeof *t);
	struct error err = { 0 };

	t->dirfd = open(wb_test_tmpdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	t->log = net_log_new();
	*state = t;
	unlinkat(t->dirfd, "spool", 0);
	return t->dirfd < 0 ? -1 : spool_create(t->dirfd, &t->spool, &err);
}

static int teardown(void **state)
{
	struct log_test *t = *state;

	spool_free(t->spool);
	net_log_free(t->log);
	close(t->dirfd);
	free(t);
	return 0;
}

static struct broker_report report(enum broker_event event, uint32_t id, const char *host)
{
	struct broker_report r = { .event = event, .id = id, .port = 443 };

	snprintf(r.host, sizeof r.host, "%s", host);
	return r;
}

static void ask(struct log_test *t, uint32_t id, const char *host, bool is_named)
{
	struct broker_report r = report(BROKER_ASKED, id, host);
	struct error err = { 0 };

	assert_ok(net_log_asked(t->log, t->spool, &r, is_named, 5, &err), &err);
}

static void answer(struct log_test *t, uint32_t id, const char *host, enum dial_verdict verdict, const char *reason)
{
	struct broker_report r = report(BROKER_DIALLED, id, host);
	struct error err = { 0 };

	r.verdict = verdict;
	snprintf(r.reason, sizeof r.reason, "%s", reason);
	snprintf(r.address, sizeof r.address, "%s", "192.0.2.1");
	assert_ok(net_log_dialled(t->log, t->spool, &r, 5, &err), &err);
}

static void move(struct log_test *t, uint32_t id, uint64_t up, uint64_t down, bool is_end)
{
	struct broker_report r = report(is_end ? BROKER_CLOSED : BROKER_MOVED, id, "");
	struct error err = { 0 };

	r.up = up;
	r.down = down;
	assert_ok(net_log_moved(t->log, t->spool, &r, is_end, &err), &err);
}

/* The last record of a place, as another process would read it at this moment; the number of records. */
static int last_of(struct log_test *t, int64_t place, struct buf *out)
{
	CLEANUP(close) int fd = openat(t->dirfd, "spool", O_RDONLY | O_CLOEXEC);
	CLEANUP(spool_reader_close) struct spool_reader *reader = NULL;
	struct spool_record rec;
	struct error err = { 0 };
	int n = 0;

	assert_ok(spool_reader_open(fd, 0, &reader, &err), &err);
	while (spool_reader_next(reader, &rec, &err) > 0) {
		assert_int_equal(rec.type, SPOOL_NETWORK);
		n++;
		if (rec.number != place)
			continue;
		buf_clear(out);
		buf_append(out, rec.text, rec.text_len);
	}
	return n;
}

static void assert_told(struct log_test *t, int64_t place, const char *words)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB * 4);

	assert_true(last_of(t, place, &text) > 0);
	assert_contains(buf_text(&text), words);
}

static void a_connection__asked_for__is_written_before_anybody_dials(void **state)
{
	struct log_test *t = *state;

	ask(t, 1, "a.test", true);
	assert_told(t, 0, "\"host\":\"a.test\",\"port\":443,\"address\":null,\"decision\":\"pending\"");
	assert_told(t, 0, "\"open\":1");
	answer(t, 1, "a.test", DIAL_CONNECTED, "");
	assert_told(t, 0, "\"address\":\"192.0.2.1\",\"decision\":\"allow\",\"reason\":null,\"count\":1,\"bytes_up\":0");
	move(t, 1, 10, 20, false);
	assert_told(t, 0, "\"bytes_up\":10,\"bytes_down\":20");
	move(t, 1, 11, 21, true);
	assert_told(t, 0, "\"bytes_up\":11,\"bytes_down\":21");
}

static void amounts__that_shrink_or_come_late__change_nothing(void **state)
{
	struct log_test *t = *state;

	ask(t, 1, "a.test", true);
	move(t, 1, 5, 5, false);
	answer(t, 1, "a.test", DIAL_CONNECTED, "");
	move(t, 1, 50, 50, false);
	move(t, 1, 4, UINT64_MAX, true);
	assert_told(t, 0, "\"bytes_up\":50,\"bytes_down\":50");
	move(t, 1, 100, 100, true);
	move(t, 77, 100, 100, true);
	assert_told(t, 0, "\"bytes_up\":50,\"bytes_down\":50");
}

static void refusals__alike__are_one_entry(void **state)
{
	struct log_test *t = *state;
	CLEANUP(jval_free) struct jval *end = jval_object();
	const struct jval *list;

	for (uint32_t id = 1; id <= 600; id++) {
		ask(t, id, "b.test", false);
		answer(t, id, "b.test", DIAL_NOT_NAMED, "not named by --net");
		ask(t, 1000 + id, "c.test", true);
		answer(t, 1000 + id, "c.test", DIAL_NOT_PUBLIC, "private");
	}
	net_log_record(t->log, end);
	list = jval_get(end, "network");
	assert_int_equal(jval_count(list), 2);
	assert_int_equal(jval_get_int(jval_at(list, 0), "count", 0), 600);
	assert_string_equal(jval_get_text(jval_at(list, 0), "hint"), "--net b.test:443");
	assert_string_equal(jval_get_text(jval_at(list, 1), "decision"), "deny");
	assert_int_equal(jval_get_int(jval_at(list, 1), "count", 0), 600);
	assert_null(jval_get(end, "network_more"));
}

static void connections__past_the_list__are_counted_with_those_alike(void **state)
{
	struct log_test *t = *state;
	CLEANUP(jval_free) struct jval *end = jval_object();
	const struct jval *list;
	int64_t count = 0, up = 0;

	for (uint32_t id = 1; id <= NET_ENTRIES + 10; id++) {
		ask(t, id, "a.test", true);
		answer(t, id, "a.test", DIAL_CONNECTED, "");
		move(t, id, 1, 0, true);
	}
	ask(t, 9999, "z.test", true);
	answer(t, 9999, "z.test", DIAL_CONNECTED, "");
	move(t, 9999, 5, 5, true);
	net_log_record(t->log, end);
	list = jval_get(end, "network");
	assert_int_equal(jval_count(list), NET_ENTRIES);
	for (size_t i = 0; i < jval_count(list); i++) {
		count += jval_get_int(jval_at(list, i), "count", 0);
		up += jval_get_int(jval_at(list, i), "bytes_up", 0);
		assert_null(jval_get(jval_at(list, i), "open"));
	}
	assert_int_equal(count, NET_ENTRIES + 10);
	assert_int_equal(jval_get_int(jval_at(list, 0), "count", 0), 1);
	assert_int_equal(jval_get_int(jval_at(list, NET_ENTRIES - 1), "count", 0), 11);
	assert_int_equal(up, NET_ENTRIES + 10);
	assert_int_equal(jval_get_int(end, "network_more", 0), 1);
}

static void a_broker__that_lies__is_an_error(void **state)
{
	struct log_test *t = *state;
	struct broker_report r = report(BROKER_ASKED, 1, "a.test");
	struct error err = { 0 };

	ask(t, 1, "a.test", true);
	assert_refused(net_log_asked(t->log, t->spool, &r, true, 5, &err), &err, ERR_INTERNAL, "cannot have");
	r = report(BROKER_DIALLED, 2, "a.test");
	r.verdict = DIAL_CONNECTED;
	assert_refused(net_log_dialled(t->log, t->spool, &r, 5, &err), &err, ERR_INTERNAL, "nobody asked");
	answer(t, 1, "a.test", DIAL_CONNECTED, "");
	r.id = 1;
	assert_refused(net_log_dialled(t->log, t->spool, &r, 5, &err), &err, ERR_INTERNAL, "nobody asked");
}

static void those_asked__without_an_answer__are_found(void **state)
{
	struct log_test *t = *state;
	struct broker_report r;

	assert_false(net_log_find_asked(t->log, &r));
	ask(t, 3, "a.test", false);
	assert_true(net_log_find_asked(t->log, &r));
	assert_int_equal(r.id, 3);
	assert_string_equal(r.host, "a.test");
	answer(t, 3, "a.test", DIAL_FAILED, "gone");
	assert_false(net_log_find_asked(t->log, &r));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(a_connection__asked_for__is_written_before_anybody_dials),
	CASE(amounts__that_shrink_or_come_late__change_nothing),
	CASE(refusals__alike__are_one_entry),
	CASE(connections__past_the_list__are_counted_with_those_alike),
	CASE(a_broker__that_lies__is_an_error),
	CASE(those_asked__without_an_answer__are_found),
};

WB_TEST_MAIN(tests)
