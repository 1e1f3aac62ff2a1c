/* Messages between wb and wb-archive. */
#include "config.h"

#include "store/archive_wire.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/wb_test.h"

static void head__made_and_parsed__is_the_same(void **state)
{
	struct wire_head head = wire_head_make(WIRE_DATA, 0x12345);
	enum wire_kind kind;
	struct error err = { 0 };
	size_t n;

	(void)state;
	assert_ok(wire_head_parse(head.bytes, &kind, &n, &err), &err);
	assert_int_equal(kind, WIRE_DATA);
	assert_int_equal(n, 0x12345);
}

static void head__unknown_or_too_long__is_refused(void **state)
{
	static const struct {
		unsigned char bytes[WIRE_HEAD];
		const char *part;
	} wrong[] = {
		{ { 'Q', 0, 0, 0, 0 }, "unknown" }, { { 0, 0, 0, 0, 0 }, "unknown" }, { { 'E', 1, 0x40, 0, 0 }, "too long" },
		{ { 'D', 0, 0, 0, 0xff }, "too long" }, { { 'Z', 1, 0, 0, 0 }, "too long" }, { { 'X', 0, 0, 1, 0 }, "too long" },
	};
	enum wire_kind kind;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct error err = { 0 };

		assert_refused(wire_head_parse(wrong[i].bytes, &kind, &n, &err), &err, ERR_CORRUPT, wrong[i].part);
	}
}

static void entry__formatted_and_parsed__is_the_same(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(WIRE_TEXT_MAX);
	CLEANUP(free) char *path = NULL;
	struct error err = { 0 };
	uint64_t bytes;

	(void)state;
	wire_entry_format(&b, "runs/x y", 1234567890123);
	assert_ok(wire_entry_parse(b.data, b.len, &path, &bytes, &err), &err);
	assert_string_equal(path, "runs/x y");
	assert_int_equal(bytes, 1234567890123);
}

static void entry__nonsense__is_refused(void **state)
{
	static const char *const wrong[] = { "{}", "[]", "{\"path\":\"\",\"bytes\":1}", "{\"path\":\"a\",\"bytes\":-1}",
					     "{\"path\":\"a\"}", "{\"path\":5,\"bytes\":1}" };

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct error err = { 0 };
		char *path = NULL;
		uint64_t bytes;

		assert_refused(wire_entry_parse(wrong[i], strlen(wrong[i]), &path, &bytes, &err), &err, ERR_CORRUPT, "message");
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(head__made_and_parsed__is_the_same),
	cmocka_unit_test(head__unknown_or_too_long__is_refused),
	cmocka_unit_test(entry__formatted_and_parsed__is_the_same),
	cmocka_unit_test(entry__nonsense__is_refused),
};
WB_TEST_MAIN(tests)
