/* engine/tls_hello.c: who is named, and what is no hello. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/tls_hello.h"
#include "tests/support/wb_test.h"

/* Bytes under construction. */
struct bytes {
	unsigned char p[70000];
	size_t n;
};

static void put(struct bytes *b, const void *p, size_t n)
{
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void put_number(struct bytes *b, size_t v, size_t bytes)
{
	while (bytes--)
		b->p[b->n++] = (unsigned char)(v >> 8 * bytes);
}

static void put_name(struct bytes *b, const char *name)
{
	size_t n = strlen(name);

	put_number(b, 0, 2);
	put_number(b, n + 5, 2);
	put_number(b, n + 3, 2);
	put_number(b, 0, 1);
	put_number(b, n, 2);
	put(b, name, n);
}

/* A ClientHello, in records of so many bytes, with these extensions; padding makes it long. */
static struct bytes *hello(const struct bytes *extensions, size_t record, size_t padding)
{
	static struct bytes message, out;

	message.n = out.n = 0;
	put_number(&message, 1, 1);
	put_number(&message, 2 + 32 + 1 + 4 + 2 + 2 + extensions->n + (padding ? padding + 4 : 0), 3);
	put_number(&message, 0x0303, 2);
	for (int i = 0; i < 32; i++)
		put_number(&message, (size_t)i, 1);
	put_number(&message, 0, 1);
	put_number(&message, 2, 2);
	put_number(&message, 0x1301, 2);
	put_number(&message, 1, 1);
	put_number(&message, 0, 1);
	put_number(&message, extensions->n + (padding ? padding + 4 : 0), 2);
	put(&message, extensions->p, extensions->n);
	if (padding) {
		put_number(&message, 21, 2);
		put_number(&message, padding, 2);
		memset(message.p + message.n, 0, padding);
		message.n += padding;
	}
	for (size_t at = 0; at < message.n; at += record) {
		size_t n = message.n - at < record ? message.n - at : record;

		put_number(&out, 22, 1);
		put_number(&out, 0x0301, 2);
		put_number(&out, n, 2);
		put(&out, message.p + at, n);
	}
	return &out;
}

static int parse(const struct bytes *b, size_t n, struct tls_hello *out)
{
	struct error err = { 0 };

	return tls_hello_parse((const char *)b->p, n, out, &err);
}

static void a_name__in_records_of_any_size__is_read_when_the_last_byte_is_there(void **state)
{
	static const size_t records[] = { 1, 3, 7, 50, 16384 };
	struct bytes extensions = { .n = 0 };
	struct tls_hello h;

	(void)state;
	put_name(&extensions, "WWW.Example.ORG.");
	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		const struct bytes *b = hello(&extensions, records[i], 0);

		for (size_t n = 0; n < b->n; n++)
			assert_int_equal(parse(b, n, &h), 0);
		assert_int_equal(parse(b, b->n, &h), 1);
		assert_true(h.is_tls);
		assert_string_equal(h.name, "www.example.org");
		assert_false(h.has_hidden);
	}
}

static void a_hello__without_a_name__names_nobody(void **state)
{
	struct bytes extensions = { .n = 0 };
	const struct bytes *b;
	struct tls_hello h;

	(void)state;
	b = hello(&extensions, 100, 0);
	assert_int_equal(parse(b, b->n, &h), 1);
	assert_true(h.is_tls);
	assert_string_equal(h.name, "");
	/* An encrypted one is told apart. */
	put_number(&extensions, 0xfe0d, 2);
	put_number(&extensions, 1, 2);
	put_number(&extensions, 1, 1);
	b = hello(&extensions, 100, 0);
	assert_int_equal(parse(b, b->n, &h), 1);
	assert_true(h.has_hidden);
	assert_string_equal(h.name, "");
}

static void what_is_no_tls__is_told_at_once(void **state)
{
	static const char *const texts[] = { "GET / HTTP/1.1\r\n", "SSH-2.0-x\r\n", "\x16GET", "\x80\x2e\x01\x03\x01" };
	struct error err = { 0 };
	struct tls_hello h;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(tls_hello_parse(texts[i], strlen(texts[i]), &h, &err), 1);
		assert_false(h.is_tls);
	}
	assert_int_equal(tls_hello_parse("", 0, &h, &err), 0);
}

/* A server that reads on behind them would find another hello. */
static void tls__that_begins_otherwise__is_refused(void **state)
{
	static const char alert[] = "\x15\x03\x01\x00\x02\x01\x00", change[] = "\x14\x03\x03\x00\x01\x01",
			  empty[] = "\x16\x03\x01\x00\x00", other[] = "\x16\x03\x01\x00\x04\x02\x00\x00\x00";
	struct bytes b = { .n = 0 };
	struct tls_hello h;

	(void)state;
	put(&b, alert, sizeof alert - 1);
	assert_int_equal(parse(&b, b.n, &h), -1);
	b.n = 0;
	put(&b, change, sizeof change - 1);
	assert_int_equal(parse(&b, b.n, &h), -1);
	b.n = 0;
	put(&b, empty, sizeof empty - 1);
	assert_int_equal(parse(&b, b.n, &h), -1);
	b.n = 0;
	put(&b, other, sizeof other - 1);
	assert_int_equal(parse(&b, b.n, &h), -1);
}

static void names__that_are_none_or_two__are_refused(void **state)
{
	static const char *const bad[] = { "", "a b", "\x1b[2J", "127.1", "good@evil" };
	struct bytes extensions = { .n = 0 };
	const struct bytes *b;
	struct tls_hello h;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		extensions.n = 0;
		put_name(&extensions, bad[i]);
		b = hello(&extensions, 1000, 0);
		assert_int_equal(parse(b, b->n, &h), -1);
	}
	extensions.n = 0;
	put_name(&extensions, "a.test");
	put_name(&extensions, "b.test");
	b = hello(&extensions, 1000, 0);
	assert_int_equal(parse(b, b->n, &h), -1);
}

static void a_hello__too_long_or_with_lengths_that_lie__is_refused(void **state)
{
	struct bytes extensions = { .n = 0 };
	struct bytes *b;
	struct tls_hello h;

	(void)state;
	put_name(&extensions, "a.test");
	b = hello(&extensions, 16000, 15000);
	assert_int_equal(parse(b, b->n, &h), 1);
	assert_string_equal(h.name, "a.test");
	b = hello(&extensions, 16000, 17000);
	assert_int_equal(parse(b, b->n, &h), -1);
	/* Each byte that is a length, made larger or smaller, is an error, another hello, or wants more: never another name. */
	b = hello(&extensions, 16000, 0);
	for (size_t i = 0; i < b->n; i++) {
		for (int by = 1; by < 256; by++) {
			int rc;

			b->p[i] = (unsigned char)(b->p[i] + by);
			rc = parse(b, b->n, &h);
			assert_true(rc <= 0 || !h.is_tls || !h.name[0] || strlen(h.name) <= 6);
			b->p[i] = (unsigned char)(b->p[i] - by);
		}
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_name__in_records_of_any_size__is_read_when_the_last_byte_is_there),
	cmocka_unit_test(a_hello__without_a_name__names_nobody),
	cmocka_unit_test(what_is_no_tls__is_told_at_once),
	cmocka_unit_test(tls__that_begins_otherwise__is_refused),
	cmocka_unit_test(names__that_are_none_or_two__are_refused),
	cmocka_unit_test(a_hello__too_long_or_with_lengths_that_lie__is_refused),
};

WB_TEST_MAIN(tests)
