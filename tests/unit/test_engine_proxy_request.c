/* engine/proxy_request.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/proxy_request.h"

#define REQUEST(...) __VA_ARGS__ "\r\n\r\n"

struct parsed {
	struct proxy_request r;
	struct error err;
	int rc;
};

static struct parsed *parse(const char *p, size_t n)
{
	static struct parsed last;

	proxy_request_release(&last.r);
	proxy_request_init(&last.r);
	last.err = (struct error){ 0 };
	last.rc = proxy_http_parse(p, n, &last.r, &last.err);
	return &last;
}

static void http_parse__connect__gives_host_and_port(void **state)
{
	static const char text[] = REQUEST("CONNECT Example.ORG.:443 HTTP/1.1\r\nHost: whatever") "early";
	struct parsed *p = parse(text, sizeof text - 1);

	(void)state;
	assert_int_equal(p->rc, 1);
	assert_int_equal(p->r.kind, PROXY_CONNECT);
	assert_string_equal(p->r.host, "example.org");
	assert_int_equal(p->r.port, 443);
	assert_int_equal(p->r.took, sizeof text - 1 - 5);
}

static void http_parse__absolute_form__goes_on_in_origin_form_for_this_hop(void **state)
{
	static const char text[] =
		REQUEST("GET HTTP://Example.org/a?b=c HTTP/1.1\r\nhost: example.ORG:80\r\nProxy-Authorization: x\r\n"
			"Connection: keep-alive, X-Secret\r\nX-Secret: 1\r\nAccept: */*\r\nUpgrade: h2c\r\nTE: trailers");
	struct parsed *p = parse(text, sizeof text - 1);

	(void)state;
	assert_int_equal(p->rc, 1);
	assert_int_equal(p->r.kind, PROXY_HTTP);
	assert_int_equal(p->r.port, 80);
	assert_string_equal(buf_text(&p->r.head),
			    "GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\nAccept: */*\r\n\r\n");
	assert_int_equal(p->r.body, PROXY_BODY_NONE);
}

static void http_parse__absolute_form_without_path__asks_for_the_root(void **state)
{
	static const char text[] = REQUEST("POST http://[::1]:8080?x HTTP/1.0\r\nContent-Length: 12");
	struct parsed *p = parse(text, sizeof text - 1);

	(void)state;
	assert_int_equal(p->rc, 1);
	assert_string_equal(buf_text(&p->r.head), "POST /?x HTTP/1.0\r\nHost: [::1]:8080\r\nConnection: close\r\n"
						  "Content-Length: 12\r\n\r\n");
	assert_int_equal(p->r.body, PROXY_BODY_LENGTH);
	assert_int_equal(p->r.body_bytes, 12);
}

static void http_parse__any_beginning__waits_for_the_rest(void **state)
{
	static const char text[] = REQUEST("GET http://example.org/ HTTP/1.1\r\nHost: example.org");

	(void)state;
	for (size_t n = 0; n < sizeof text - 1; n++)
		assert_int_equal(parse(text, n)->rc, 0);
	assert_int_equal(parse(text, sizeof text - 1)->rc, 1);
}

/* Each could be read in two ways, or is an attempt to reach what was not named. */
static void http_parse__hostile_requests__are_refused(void **state)
{
	static const char *const cases[] = {
		REQUEST("GET / HTTP/1.1\r\nHost: example.org"),
		REQUEST("GET https://example.org/ HTTP/1.1"),
		REQUEST("GET ftp://example.org/ HTTP/1.1"),
		REQUEST("GET http:/example.org/ HTTP/1.1"),
		REQUEST("GET http:///path HTTP/1.1"),
		REQUEST("GET http://good@bad.org/ HTTP/1.1"),
		REQUEST("GET http://user:pass@example.org/ HTTP/1.1"),
		REQUEST("GET http://example.org\\@bad.org/ HTTP/1.1"),
		REQUEST("GET http://example.org/#f HTTP/1.1"),
		REQUEST("GET http://ex%61mple.org/ HTTP/1.1"),
		REQUEST("GET http://127.1/ HTTP/1.1"),
		REQUEST("GET http://0x7f000001/ HTTP/1.1"),
		REQUEST("GET http://2130706433/ HTTP/1.1"),
		REQUEST("GET http://0177.0.0.1/ HTTP/1.1"),
		REQUEST("GET http://[::ffff:127.0.0.1]/ HTTP/1.1"),
		REQUEST("GET http://[::1/ HTTP/1.1"),
		REQUEST("GET http://example.org:0/ HTTP/1.1"),
		REQUEST("GET http://example.org:65536/ HTTP/1.1"),
		REQUEST("GET http://example.org:/ HTTP/1.1"),
		REQUEST("GET http://example.org/ HTTP/1.1\r\nHost: other.org"),
		REQUEST("GET http://example.org/ HTTP/1.1\r\nHost: example.org:8080"),
		REQUEST("GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\nHost: example.org"),
		REQUEST("GET http://example.org/ HTTP/1.1\r\n Host: folded.org"),
		REQUEST("GET http://example.org/ HTTP/1.1\r\nHost : example.org"),
		REQUEST("GET http://example.org/ HTTP/1.1\r\n: nameless"),
		REQUEST("GET http://example.org/ HTTP/1.1\r\nno colon"),
		REQUEST("GET http://example.org/ HTTP/1.1\r\nX: a\nY: b"),
		REQUEST("GET http://example.org/ HTTP/1.1\r\nX: a\rY: b"),
		REQUEST("GET http://example.org/ HTTP/1.1\r\nX: \x01"),
		"GET http://example.org/ HTTP/1.1\nHost: example.org\n\n",
		"\r\n\r\nGET http://example.org/ HTTP/1.1\r\n\r\n",
		REQUEST("POST http://example.org/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1"),
		REQUEST("POST http://example.org/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked"),
		REQUEST("POST http://example.org/ HTTP/1.1\r\nContent-Length: +1"),
		REQUEST("POST http://example.org/ HTTP/1.1\r\nContent-Length: 1, 1"),
		REQUEST("POST http://example.org/ HTTP/1.1\r\nContent-Length:"),
		REQUEST("POST http://example.org/ HTTP/1.1\r\nContent-Length: 99999999999999999999"),
		REQUEST("POST http://example.org/ HTTP/1.1\r\nTransfer-Encoding: gzip, chunked"),
		REQUEST("POST http://example.org/ HTTP/1.1\r\nTransfer-Encoding: \x0b" "chunked"),
		REQUEST("POST http://example.org/ HTTP/1.0\r\nTransfer-Encoding: chunked"),
		REQUEST("GET  http://example.org/ HTTP/1.1"),
		REQUEST("GET http://example.org/ HTTP/1.1 "),
		REQUEST("GET http://example.org/a b HTTP/1.1"),
		REQUEST("GET http://example.org/ HTTP/2.0"),
		REQUEST("GET http://example.org/ http/1.1"),
		REQUEST("GET http://example.org/"),
		REQUEST("G\xe9T http://example.org/ HTTP/1.1"),
		REQUEST("CONNECT example.org HTTP/1.1"),
		REQUEST("CONNECT example.org: HTTP/1.1"),
		REQUEST("CONNECT example.org:443/ HTTP/1.1"),
		REQUEST("CONNECT http://example.org:443 HTTP/1.1"),
		REQUEST("CONNECT good@bad.org:443 HTTP/1.1"),
		REQUEST("CONNECT example.org:443:80 HTTP/1.1"),
		REQUEST("CONNECT ::1:443 HTTP/1.1"),
		REQUEST("CONNECT b\xc3\xbc" "cher.example:443 HTTP/1.1"),
		REQUEST("connect example.org:443 HTTP/1.1"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct parsed *p = parse(cases[i], strlen(cases[i]));

		if (p->rc != -1)
			fail_msg("taken: %s", cases[i]);
		assert_true(p->r.status == 400 || p->r.status == 431 || p->r.status == 501);
	}
}

static void http_parse__a_zero_byte_in_the_host__is_refused(void **state)
{
	static const char text[] = "CONNECT example.org\0.evil.net:443 HTTP/1.1\r\n\r\n";

	(void)state;
	assert_int_equal(parse(text, sizeof text - 1)->rc, -1);
}

static void http_parse__too_much__is_refused(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1024 * 1024);
	struct parsed *p;

	(void)state;
	buf_puts(&text, "GET http://example.org/ HTTP/1.1\r\n");
	for (int i = 0; i < 101; i++)
		buf_puts(&text, "A: b\r\n");
	buf_puts(&text, "\r\n");
	p = parse(text.data, text.len);
	assert_int_equal(p->rc, -1);
	assert_int_equal(p->r.status, 431);
	buf_clear(&text);
	buf_puts(&text, "GET http://example.org/");
	while (text.len < PROXY_HEAD_MAX)
		buf_putc(&text, 'a');
	p = parse(text.data, text.len);
	assert_int_equal(p->rc, -1);
	assert_int_equal(p->r.status, 431);
}

static void socks_parse__names_and_addresses__give_host_and_port(void **state)
{
	struct proxy_request r = { 0 };
	struct error err = { 0 };
	size_t took;
	bool open;

	(void)state;
	assert_int_equal(proxy_socks_greeting("\5\2\0\2", 4, &took, &open, &err), 1);
	assert_int_equal(took, 4);
	assert_true(open);
	assert_int_equal(proxy_socks_greeting("\5\1\2", 3, &took, &open, &err), 1);
	assert_false(open);
	assert_int_equal(proxy_socks_greeting("\5\2\0", 3, &took, &open, &err), 0);
	assert_int_equal(proxy_socks_greeting("\5\0", 2, &took, &open, &err), -1);
	assert_int_equal(proxy_socks_parse("\5\1\0\3\13Example.org\1\273rest", 22, &r, &err), 1);
	assert_string_equal(r.host, "example.org");
	assert_int_equal(r.port, 443);
	assert_int_equal(r.took, 18);
	for (size_t n = 0; n < 18; n++)
		assert_int_equal(proxy_socks_parse("\5\1\0\3\13Example.org\1\273", n, &r, &err), 0);
	assert_int_equal(proxy_socks_parse("\5\1\0\1\12\0\0\5\0\120", 10, &r, &err), 1);
	assert_string_equal(r.host, "10.0.0.5");
	assert_int_equal(proxy_socks_parse("\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\120", 22, &r, &err), 1);
	assert_string_equal(r.host, "::1");
}

static void socks_parse__hostile_requests__are_refused(void **state)
{
	static const struct {
		const char *p;
		size_t n;
		int status;
	} cases[] = {
		{ "\5\2\0\1\12\0\0\5\0\120", 10, 7 },             /* listening */
		{ "\5\3\0\1\12\0\0\5\0\120", 10, 7 },             /* datagrams */
		{ "\5\1\0\2\12\0\0\5\0\120", 10, 8 },
		{ "\5\1\1\1\12\0\0\5\0\120", 10, 1 },
		{ "\4\1\0\1\12\0\0\5\0\120", 10, 1 },
		{ "\5\1\0\1\12\0\0\5\0\0", 10, 1 },               /* port 0 */
		{ "\5\1\0\3\0\0\120", 7, 2 },                     /* no name */
		{ "\5\1\0\3\3a\0b\0\120", 10, 2 },                /* a zero byte */
		{ "\5\1\0\3\5" "127.1\0\120", 12, 2 },
		{ "\5\1\0\3\6[::1]x\0\120", 13, 2 },
		{ "\5\1\0\4\0\0\0\0\0\0\0\0\0\0\377\377\177\0\0\1\0\120", 22, 2 }, /* a mapped address */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct proxy_request r = { 0 };
		struct error err = { 0 };

		assert_int_equal(proxy_socks_parse(cases[i].p, cases[i].n, &r, &err), -1);
		assert_int_equal(r.status, cases[i].status);
	}
}

/* In pieces of every size: how much of text belongs to the body, -1 for none that could be. */
static int64_t body_length(enum proxy_body body, uint64_t bytes, const char *text)
{
	int64_t whole = 0;

	for (size_t piece = 1; piece <= strlen(text); piece++) {
		struct proxy_body_reader b;
		int64_t took = 0;

		proxy_body_start(&b, body, bytes);
		for (size_t at = 0; at < strlen(text) && !b.done; at += piece) {
			size_t n = strlen(text) - at < piece ? strlen(text) - at : piece;
			int64_t some = proxy_body_feed(&b, text + at, n);

			if (some < 0) {
				took = -1;
				break;
			}
			took += some;
		}
		if (took >= 0 && !b.done)
			took = -2;
		if (piece > 1)
			assert_int_equal(took, whole);
		whole = took;
	}
	return whole;
}

static void body_feed__each_framing__ends_where_the_body_ends(void **state)
{
	(void)state;
	assert_int_equal(body_length(PROXY_BODY_NONE, 0, "GET http://other.org/"), 0);
	assert_int_equal(body_length(PROXY_BODY_LENGTH, 3, "abcGET http://other.org/"), 3);
	assert_int_equal(body_length(PROXY_BODY_LENGTH, 30, "abc"), -2);
	assert_int_equal(body_length(PROXY_BODY_CHUNKED, 0, "3\r\nabc\r\n0\r\n\r\nGET x"), 13);
	assert_int_equal(body_length(PROXY_BODY_CHUNKED, 0, "a;x=y\r\n0123456789\r\n00\r\nA: b\r\n\r\nGET x"), 31);
	assert_int_equal(body_length(PROXY_BODY_CHUNKED, 0, "3\nabc\n0\n\n"), -1);
	assert_int_equal(body_length(PROXY_BODY_CHUNKED, 0, "3\r\nabcd\r\n0\r\n\r\n"), -1);
	assert_int_equal(body_length(PROXY_BODY_CHUNKED, 0, "\r\n0\r\n\r\n"), -1);
	assert_int_equal(body_length(PROXY_BODY_CHUNKED, 0, "-3\r\nabc\r\n"), -1);
	assert_int_equal(body_length(PROXY_BODY_CHUNKED, 0, "0x3\r\nabc\r\n"), -1);
	assert_int_equal(body_length(PROXY_BODY_CHUNKED, 0, "3 \r\nabc\r\n"), -1);
	assert_int_equal(body_length(PROXY_BODY_CHUNKED, 0, "fffffffffffffffff\r\n"), -1);
	assert_int_equal(body_length(PROXY_BODY_CHUNKED, 0, "0\r\n\rX"), -1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(http_parse__connect__gives_host_and_port),
	cmocka_unit_test(http_parse__absolute_form__goes_on_in_origin_form_for_this_hop),
	cmocka_unit_test(http_parse__absolute_form_without_path__asks_for_the_root),
	cmocka_unit_test(http_parse__any_beginning__waits_for_the_rest),
	cmocka_unit_test(http_parse__hostile_requests__are_refused),
	cmocka_unit_test(http_parse__a_zero_byte_in_the_host__is_refused),
	cmocka_unit_test(http_parse__too_much__is_refused),
	cmocka_unit_test(socks_parse__names_and_addresses__give_host_and_port),
	cmocka_unit_test(socks_parse__hostile_requests__are_refused),
	cmocka_unit_test(body_feed__each_framing__ends_where_the_body_ends),
};

WB_TEST_MAIN(tests)
