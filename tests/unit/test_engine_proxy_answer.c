/* engine/proxy_answer.c */
#include "config.h"

#include <string.h>

#include "engine/proxy_answer.h"
#include "tests/support/wb_test.h"

static enum proxy_answer scan(const char *text, size_t *out)
{
	*out = 0;
	return proxy_answer_scan(text, strlen(text), out);
}

static void a_final_answer__has_room_for_a_line_behind_its_first(void **state)
{
	size_t at;

	(void)state;
	assert_int_equal(scan("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", &at), PROXY_ANSWER_FINAL);
	assert_int_equal(at, 17);
	assert_int_equal(scan("HTTP/1.0 404\r\n", &at), PROXY_ANSWER_FINAL);
	assert_int_equal(at, 14);
}

static void an_interim_answer__is_taken_whole(void **state)
{
	size_t at;

	(void)state;
	assert_int_equal(scan("HTTP/1.1 100 Continue\r\n", &at), PROXY_ANSWER_SHORT);
	assert_int_equal(scan("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", &at), PROXY_ANSWER_INTERIM);
	assert_int_equal(at, 25);
	assert_int_equal(scan("HTTP/1.1 103 Early\r\nLink: x\r\n\r\n", &at), PROXY_ANSWER_INTERIM);
	assert_int_equal(at, 31);
}

static void a_beginning__of_http__waits_for_more(void **state)
{
	static const char whole[] = "HTTP/1.1 200 OK\r\n";
	size_t at = 0;

	(void)state;
	for (size_t n = 0; n < sizeof whole - 1; n++)
		assert_int_equal(proxy_answer_scan(whole, n, &at), PROXY_ANSWER_SHORT);
}

static void what_is_not_http_1__goes_on_as_it_is(void **state)
{
	static const char *const texts[] = { "ICY 200 OK\r\n", "HTTP/2 200\r\n", "<html>", "HTTP/1.1\r\n", "HTTP/1.1 200 OK\n",
					     "\n" };
	char flood[PROXY_ANSWER_MAX + 10] = "HTTP/1.1 200 ";
	size_t at;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(scan(texts[i], &at), PROXY_ANSWER_OTHER);
	memset(flood + 13, 'x', sizeof flood - 14);
	assert_int_equal(scan(flood, &at), PROXY_ANSWER_OTHER);
	memcpy(flood, "HTTP/1.1 100 x\r\n", 16);
	assert_int_equal(scan(flood, &at), PROXY_ANSWER_OTHER);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_final_answer__has_room_for_a_line_behind_its_first),
	cmocka_unit_test(an_interim_answer__is_taken_whole),
	cmocka_unit_test(a_beginning__of_http__waits_for_more),
	cmocka_unit_test(what_is_not_http_1__goes_on_as_it_is),
};

WB_TEST_MAIN(tests)
