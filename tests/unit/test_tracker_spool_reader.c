/* Reading spools: following a writer, torn ends, the way behind damage. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/wb_test.h"
#include "tracker/frame.h"

/* A file with the header and these bytes. */
static int file_of(const struct buf *b)
{
	char path[512];
	int fd;

	snprintf(path, sizeof path, "%s/spool-XXXXXX", wb_test_tmpdir());
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, frame_header, sizeof frame_header), sizeof frame_header);
	assert_int_equal(write(fd, b->data, b->len), b->len);
	return fd;
}

static void add_metrics(struct buf *b, int from, int to)
{
	for (int i = from; i < to; i++)
		spool_encode_metric(b, "m", i, i, i);
}

/* Reads to the end, over damage. Returns the records; *out_damaged is what was skipped. */
static size_t read_all(int fd, uint64_t *out_damaged, uint64_t *out_torn)
{
	CLEANUP(spool_reader_close) struct spool_reader *r = NULL;
	struct error err = { 0 };
	struct spool_record rec;
	size_t n = 0;
	int rc;

	*out_damaged = 0;
	assert_ok(spool_reader_open(fd, 0, &r, &err), &err);
	while ((rc = spool_reader_next(r, &rec, &err)) != 0) {
		if (rc < 0) {
			uint64_t skipped = spool_reader_skip(r);

			assert_int_equal(err.code, ERR_CORRUPT);
			assert_true(skipped > 0);
			*out_damaged += skipped;
			continue;
		}
		n++;
	}
	*out_torn = spool_reader_torn(r);
	return n;
}

static void a_file__that_is_no_spool__is_refused(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	CLEANUP(close) int fd = -1;
	struct spool_reader *r;
	struct error err = { 0 };

	(void)state;
	buf_puts(&b, "");
	spool_encode_warning(&b, "x", 0);
	fd = file_of(&b);
	assert_int_equal(pwrite(fd, "\x02", 1, 8), 1);
	assert_refused(spool_reader_open(fd, 0, &r, &err), &err, ERR_UNSUPPORTED, "version 2");
	assert_int_equal(pwrite(fd, "X", 1, 0), 1);
	assert_refused(spool_reader_open(fd, 0, &r, &err), &err, ERR_CORRUPT, "not a spool");
	assert_int_equal(ftruncate(fd, 7), 0);
	assert_refused(spool_reader_open(fd, 0, &r, &err), &err, ERR_CORRUPT, "no header");
}

static void a_reader__following_a_writer__gets_each_record_once(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 20);
	CLEANUP(spool_reader_close) struct spool_reader *r = NULL;
	CLEANUP(close) int fd = -1;
	struct error err = { 0 };
	struct spool_record rec;
	size_t given = 0;

	(void)state;
	fd = file_of(&(struct buf){ .data = (char[]){ "" } });
	add_metrics(&b, 0, 50);
	assert_ok(spool_reader_open(fd, 0, &r, &err), &err);
	for (size_t at = 0; at < b.len; at++) {
		assert_int_equal(write(fd, b.data + at, 1), 1);
		while (spool_reader_next(r, &rec, &err) > 0) {
			assert_int_equal(rec.step, given);
			given++;
		}
	}
	assert_int_equal(given, 50);
	assert_int_equal(spool_reader_torn(r), 0);
}

static void a_reader__begun_at_a_records_end__goes_on_there(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 20);
	CLEANUP(spool_reader_close) struct spool_reader *r = NULL;
	CLEANUP(spool_reader_close) struct spool_reader *again = NULL;
	CLEANUP(close) int fd = -1;
	struct error err = { 0 };
	struct spool_record rec;

	(void)state;
	add_metrics(&b, 0, 10);
	fd = file_of(&b);
	assert_ok(spool_reader_open(fd, 0, &r, &err), &err);
	for (int i = 0; i < 4; i++)
		assert_int_equal(spool_reader_next(r, &rec, &err), 1);
	assert_ok(spool_reader_open(fd, rec.next, &again, &err), &err);
	assert_int_equal(spool_reader_next(again, &rec, &err), 1);
	assert_int_equal(rec.step, 4);
}

static void a_record__spoiled_anywhere__costs_only_itself(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 20);
	uint64_t damaged, torn;
	size_t one;

	(void)state;
	add_metrics(&b, 0, 1);
	one = b.len;
	add_metrics(&b, 1, 20);
	for (size_t at = 5 * one; at < 6 * one; at++) {
		CLEANUP(close) int fd = -1;

		b.data[at] ^= 0x55;
		fd = file_of(&b);
		b.data[at] ^= 0x55;
		assert_int_equal(read_all(fd, &damaged, &torn), 19);
		assert_int_equal(damaged, one);
		assert_int_equal(torn, 0);
	}
}

static void zeros__behind_the_last_record__are_a_torn_tail(void **state)
{
	static const char zeros[5000];
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 20);
	CLEANUP(close) int fd = -1;
	uint64_t damaged, torn;

	(void)state;
	add_metrics(&b, 0, 3);
	buf_append(&b, zeros, sizeof zeros);
	fd = file_of(&b);
	assert_int_equal(read_all(fd, &damaged, &torn), 3);
	assert_int_equal(damaged, 0);
	assert_int_equal(torn, sizeof zeros);
}

static void a_length__that_lies_past_the_end__does_not_hide_what_follows(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 20);
	CLEANUP(close) int fd = -1;
	uint64_t damaged, torn;
	size_t one;

	(void)state;
	add_metrics(&b, 0, 1);
	one = b.len;
	add_metrics(&b, 1, 9);
	b.data[one + 1] = (char)0x80;
	fd = file_of(&b);
	assert_int_equal(read_all(fd, &damaged, &torn), 8);
	assert_int_equal(damaged, one);
}

static void records__larger_than_the_window__are_read(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(64 << 20);
	CLEANUP(buf_release) struct buf json = BUF_INIT(64 << 20);
	CLEANUP(close) int fd = -1;
	uint64_t damaged, torn;

	(void)state;
	for (int i = 0; i < 300000; i++)
		buf_puts(&json, "0123456789");
	add_metrics(&b, 0, 3);
	spool_encode_start(&b, json.data, json.len);
	add_metrics(&b, 0, 3);
	assert_false(b.full);
	fd = file_of(&b);
	assert_int_equal(read_all(fd, &damaged, &torn), 7);
	assert_int_equal(damaged + torn, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_file__that_is_no_spool__is_refused),
	cmocka_unit_test(a_reader__following_a_writer__gets_each_record_once),
	cmocka_unit_test(a_reader__begun_at_a_records_end__goes_on_there),
	cmocka_unit_test(a_record__spoiled_anywhere__costs_only_itself),
	cmocka_unit_test(zeros__behind_the_last_record__are_a_torn_tail),
	cmocka_unit_test(a_length__that_lies_past_the_end__does_not_hide_what_follows),
	cmocka_unit_test(records__larger_than_the_window__are_read),
};

WB_TEST_MAIN(tests)
