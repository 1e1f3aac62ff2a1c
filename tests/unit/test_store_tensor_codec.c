/* store/tensor_codec.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/mem.h"
#include "store/tensor_codec.h"

static struct jval *parse(const char *text)
{
	struct error err = { 0 };
	struct jval *v = NULL;

	assert_ok(jval_parse(text, strlen(text), &v, &err), &err);
	return v;
}

static const char record[] =
	"{\"path\":\"/x\",\"shape\":[2,3],\"dtype\":\"float32\",\"chunks\":[1,3],\"compression\":\"gzip\","
	"\"filters\":\"shuffle+gzip(4)\",\"bytes\":24,\"refused\":\"no\",\"attributes\":["
	"{\"name\":\"a\",\"dtype\":\"int64\",\"shape\":[2],\"value\":[1,2]},"
	"{\"name\":\"n\",\"dtype\":\"compound{}\",\"shape\":[],\"value\":null},"
	"{\"name\":\"e\",\"dtype\":\"float64\",\"shape\":null,\"value\":null}]}";

static void info__round_trip__is_the_same(void **state)
{
	CLEANUP(jval_free) struct jval *v = parse(record);
	CLEANUP(jval_free) struct jval *again = NULL;
	CLEANUP(tensor_info_release) struct tensor_info info = { 0 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
	struct error err = { 0 };

	(void)state;
	assert_ok(tensor_info_decode(v, &info, &err), &err);
	assert_int_equal(info.shape.rank, 2);
	assert_int_equal(info.chunks.dims[1], 3);
	assert_int_equal(info.attr_count, 3);
	assert_string_equal(info.attrs[0].text, "[1, 2]");
	assert_string_equal(info.attrs[1].text, "(not shown)");
	assert_string_equal(info.attrs[2].text, "(empty)");
	again = tensor_info_encode(&info);
	jval_format(again, JVAL_COMPACT, &text);
	assert_string_equal(buf_text(&text), record);
}

static void attr__long_text__is_cut_at_a_character(void **state)
{
	CLEANUP(buf_release) struct buf json = BUF_INIT(4096);
	CLEANUP(jval_free) struct jval *v = NULL;
	CLEANUP(tensor_info_release) struct tensor_info info = { 0 };
	struct error err = { 0 };

	(void)state;
	buf_puts(&json, "[{\"name\":\"a\",\"dtype\":\"string\",\"shape\":[],\"value\":\"x");
	for (int i = 0; i < 300; i++)
		buf_puts(&json, "\xc3\xa9");
	buf_puts(&json, "\"}]");
	v = parse(buf_text(&json));
	assert_ok(tensor_attrs_decode(v, &info.attrs, &info.attr_count, &err), &err);
	assert_int_equal(strlen(info.attrs[0].text), 159 + 3);
	assert_string_equal(info.attrs[0].text + 157, "\xc3\xa9...");
}

static void info__not_ours__is_refused(void **state)
{
	static const char *const bad[] = {
		"{}", "[]", "3",
		"{\"path\":\"/x\",\"dtype\":\"f\",\"compression\":\"\",\"filters\":\"\",\"bytes\":-1,\"shape\":[],"
		"\"chunks\":null,\"attributes\":[]}",
		"{\"path\":\"/x\",\"dtype\":\"f\",\"compression\":\"\",\"filters\":\"\",\"bytes\":1,\"shape\":[-1],"
		"\"chunks\":null,\"attributes\":[]}",
		"{\"path\":\"/x\",\"dtype\":\"f\",\"compression\":\"\",\"filters\":\"\",\"bytes\":1,\"shape\":{},"
		"\"chunks\":null,\"attributes\":[]}",
		"{\"path\":\"/x\",\"dtype\":\"f\",\"compression\":\"\",\"filters\":\"\",\"bytes\":1,\"shape\":[],"
		"\"chunks\":\"x\",\"attributes\":[]}",
		"{\"path\":\"/x\",\"dtype\":\"f\",\"compression\":\"\",\"filters\":\"\",\"bytes\":1,\"shape\":[],"
		"\"chunks\":null,\"attributes\":[{\"name\":1}]}",
		"{\"path\":\"/x\",\"dtype\":\"f\",\"compression\":\"\",\"filters\":\"\",\"bytes\":1,\"shape\":["
		"1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],\"chunks\":null,\"attributes\":[]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CLEANUP(jval_free) struct jval *v = parse(bad[i]);
		struct tensor_info info = { .bytes = 77 };
		struct error err = { 0 };

		assert_refused(tensor_info_decode(v, &info, &err), &err, ERR_CORRUPT, "worker's answer");
		assert_int_equal(info.bytes, 77);
	}
}

static void attr_add__many__keeps_them(void **state)
{
	CLEANUP(tensor_info_release) struct tensor_info info = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		tensor_attr_add(&info.attrs, &info.attr_count)->name = mem_printf("%d", i);
	assert_int_equal(info.attr_count, 100);
	assert_string_equal(info.attrs[64].name, "64");
	assert_string_equal(info.attrs[99].name, "99");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(info__round_trip__is_the_same),
	cmocka_unit_test(attr__long_text__is_cut_at_a_character),
	cmocka_unit_test(info__not_ours__is_refused),
	cmocka_unit_test(attr_add__many__keeps_them),
};

WB_TEST_MAIN(tests)
