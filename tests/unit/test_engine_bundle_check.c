/* Records and documents checked piece by piece. */
#include "config.h"

#include "engine/bundle_check.h"

#include <string.h>

#include "base/limits.h"
#include "tests/support/wb_test.h"
#include "tracker/frame.h"
#include "tracker/spool.h"

#define ID "01a1fd635ce97adea3111b8d6bdc9c90"

static void put_header(struct buf *b)
{
	buf_append(b, frame_header, SPOOL_HEADER_BYTES);
}

static void put_start(struct buf *b, const char *json)
{
	spool_encode_start(b, json, strlen(json));
}

static void put_end(struct buf *b)
{
	spool_encode_end(b, "{\"state\":\"FINISHED\"}", strlen("{\"state\":\"FINISHED\"}"));
}

/* In pieces of `step` bytes. */
static int check(const char *path, const struct buf *b, size_t step, struct error *err)
{
	struct bundle_check c;
	int rc = 0;

	bundle_check_begin(&c, path, b->len);
	for (size_t at = 0; rc == 0 && at < b->len; at += step)
		rc = bundle_check_data(&c, b->data + at, b->len - at < step ? b->len - at : step, err);
	if (rc == 0)
		rc = bundle_check_end(&c, err);
	bundle_check_release(&c);
	return rc;
}

static void spool__sound__passes_however_it_is_cut(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };

	(void)state;
	put_header(&b);
	put_start(&b, "{\"run_id\":\"" ID "\"}");
	for (int i = 0; i < 100; i++)
		spool_encode_metric(&b, "loss", i, i, i);
	put_end(&b);
	for (size_t step = 1; step <= b.len; step = step * 3 + 1)
		assert_ok(check("runs/" ID "/spool", &b, step, &err), &err);
}

static void spool__anything_wrong__is_refused(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };

	(void)state;
	put_header(&b);
	assert_refused(check("runs/" ID "/spool", &b, 99, &err), &err, ERR_CORRUPT, "not ended");
	put_end(&b);
	assert_refused(check("runs/" ID "/spool", &b, 99, &err), &err, ERR_CORRUPT, "does not begin");
	buf_truncate(&b, SPOOL_HEADER_BYTES);
	put_start(&b, "{\"run_id\":\"other\"}");
	assert_refused(check("runs/" ID "/spool", &b, 99, &err), &err, ERR_CORRUPT, "another run");
	buf_truncate(&b, SPOOL_HEADER_BYTES);
	put_start(&b, "{\"run_id\":\"" ID "\"}");
	put_start(&b, "{\"run_id\":\"" ID "\"}");
	assert_refused(check("runs/" ID "/spool", &b, 99, &err), &err, ERR_CORRUPT, "two beginnings");
	b.data[20] ^= 1;
	assert_refused(check("runs/" ID "/spool", &b, 99, &err), &err, ERR_CORRUPT, "damaged");
	buf_clear(&b);
	buf_puts(&b, "something else entirely");
	assert_refused(check("runs/" ID "/spool", &b, 5, &err), &err, ERR_CORRUPT, "not a record");
}

static void json__broken__is_refused_and_other_files_pass(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };

	(void)state;
	buf_puts(&b, "{\"a\":");
	assert_refused(check("manifest.json", &b, 2, &err), &err, ERR_INVALID, "JSON");
	assert_ok(check("objects/abc", &b, 2, &err), &err);
	buf_puts(&b, "1}");
	assert_ok(check("runs/" ID "/edits.json", &b, 2, &err), &err);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(spool__sound__passes_however_it_is_cut),
	cmocka_unit_test(spool__anything_wrong__is_refused),
	cmocka_unit_test(json__broken__is_refused_and_other_files_pass),
};
WB_TEST_MAIN(tests)
