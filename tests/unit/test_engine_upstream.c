/* engine/upstream.c: the machine's own proxy, as people write it down. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "engine/upstream.h"
#include "tests/support/wb_test.h"

static const char *lower, *upper, *all, *none;

static const char *env(const char *name)
{
	return str_eq(name, "https_proxy") ? lower : str_eq(name, "HTTPS_PROXY") ? upper : str_eq(name, "all_proxy") ? all :
	       str_eq(name, "no_proxy")	   ? none : NULL;
}

static int forget(void **state)
{
	(void)state;
	lower = upper = all = none = NULL;
	return 0;
}

static int find(const char *setting, struct upstream *u, struct error *err)
{
	*err = (struct error){ 0 };
	return upstream_find(setting, env, u, err);
}

static void the_environment__asked__is_looked_through_in_order(void **state)
{
	struct upstream u;
	struct error err;

	(void)state;
	assert_int_equal(find("auto", &u, &err), 0);
	all = "http://all.test:1";
	assert_int_equal(find("auto", &u, &err), 1);
	assert_string_equal(u.host, "all.test");
	assert_string_equal(u.origin, "$all_proxy");
	upper = "Upper.TEST.:3128/";
	assert_int_equal(find(NULL, &u, &err), 1);
	assert_string_equal(u.host, "upper.test");
	assert_int_equal(u.port, 3128);
	lower = "http://[2001:db8::1]:80";
	assert_int_equal(find("auto", &u, &err), 1);
	assert_string_equal(u.host, "2001:db8::1");
	assert_int_equal(find("none", &u, &err), 0);
	assert_string_equal(u.host, "");
	assert_int_equal(find("http://own.test:8080", &u, &err), 1);
	assert_string_equal(u.origin, "network.proxy");
}

static void credentials__in_the_url__are_sent_and_shown_nowhere(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1024);
	char words[UPSTREAM_WORDS];
	struct upstream u;
	struct error err;
	size_t n;

	(void)state;
	lower = "http://ann%40x:s%3Ae%20c@proxy.test:3128";
	assert_int_equal(find("auto", &u, &err), 1);
	upstream_describe(&u, &text);
	assert_string_equal(buf_text(&text), "proxy.test:3128 ($https_proxy)");
	n = upstream_request(&u, "a.test", 443, words);
	assert_int_equal(n, strlen(words));
	/* base64 of "ann@x:s:e c" */
	assert_string_equal(words, "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n"
				   "Proxy-Authorization: Basic YW5uQHg6czplIGM=\r\n\r\n");
	lower = "http://u:@proxy.test:1";
	assert_int_equal(find("auto", &u, &err), 1);
	assert_string_equal(u.auth, "dTo=");
	upstream_request(&u, "2001:db8::5", 80, words);
	assert_contains(words, "CONNECT [2001:db8::5]:80 HTTP/1.1\r\n");
}

static void urls__of_another_kind_or_broken__are_refused_without_their_text(void **state)
{
	static const char *const bad[] = {
		"socks5://secret@p.test:1", "https://u:secret@p.test:1", "http://u:secret@p.test", "http://u:secret@p.test:1/path",
		"http://u:secret%zz@p.test:1", "http://u:sec%0d%0aret@p.test:1", "http://secret@127.1:80", "http://u:secret@:80",
		"http://secret@p.test:0", "http://secret@p.test:1?x", "http://u:secret%4@p.test:1",
	};
	struct upstream u;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		lower = bad[i];
		assert_int_equal(find("auto", &u, &err), -1);
		assert_null(strstr(err.text, "sec"));
		assert_null(strstr(err.hint, "sec"));
		assert_contains(err.text, "$https_proxy");
		assert_string_equal(u.host, "");
	}
	assert_refused(upstream_check_setting("http://u:p@proxy.test:1", &err), &err, ERR_INVALID, "no user and password");
	assert_int_equal(upstream_check_setting("http://proxy.test:1", &err), 0);
}

static void hosts__of_no_proxy__are_direct(void **state)
{
	struct upstream u;
	struct error err;

	(void)state;
	lower = "http://proxy.test:3128";
	none = "intra.test, .corp.test,*.lab.test,port.test:81 192.0.2.7,198.51.100.0/24,2001:db8::/32,bad/33,8.0.0.0/";
	assert_int_equal(find("auto", &u, &err), 1);
	assert_true(upstream_is_direct(&u, "intra.test", 443));
	assert_true(upstream_is_direct(&u, "www.intra.test", 443));
	assert_true(upstream_is_direct(&u, "a.corp.test", 443));
	assert_true(upstream_is_direct(&u, "a.lab.test", 443));
	assert_true(upstream_is_direct(&u, "port.test", 81));
	assert_true(upstream_is_direct(&u, "192.0.2.7", 443));
	assert_true(upstream_is_direct(&u, "198.51.100.99", 443));
	assert_true(upstream_is_direct(&u, "2001:db8::9", 443));
	assert_true(upstream_is_direct(&u, "localhost", 80));
	/* Addresses that are not public are judged here, whoever asks. */
	assert_true(upstream_is_direct(&u, "10.1.2.3", 80));
	assert_true(upstream_is_direct(&u, "169.254.169.254", 80));
	assert_false(upstream_is_direct(&u, "notintra.test", 443));
	assert_false(upstream_is_direct(&u, "port.test", 443));
	assert_false(upstream_is_direct(&u, "8.8.8.8", 443));
	assert_false(upstream_is_direct(&u, "example.test", 443));
	none = "*";
	assert_int_equal(find("auto", &u, &err), 1);
	assert_true(upstream_is_direct(&u, "example.test", 443));
}

static void answers__cut_anywhere__want_more_or_are_none(void **state)
{
	static const char good[] = "HTTP/1.1 200 Connection established\r\nX: y\r\n\r\nSSH-2.0";
	static const char *const bad[] = { "HTTP/2 200\r\n\r\n", "SSH-2.0\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000\r\n\r\n",
					   "HTTP/1.1\r\n\r\n", "HTTP/1.\r\n\r\n" };
	size_t took = 0;
	int status = 0;

	(void)state;
	for (size_t n = 0; n < sizeof good - 1 - 7; n++)
		assert_int_equal(upstream_answer(good, n, &took, &status), 0);
	assert_int_equal(upstream_answer(good, sizeof good - 1, &took, &status), 1);
	assert_int_equal(took, sizeof good - 1 - 7);
	assert_int_equal(status, 200);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(upstream_answer(bad[i], strlen(bad[i]), &took, &status), -1);
}

#define CASE(name) cmocka_unit_test_setup(name, forget)

static const struct CMUnitTest tests[] = {
	CASE(the_environment__asked__is_looked_through_in_order),
	CASE(credentials__in_the_url__are_sent_and_shown_nowhere),
	CASE(urls__of_another_kind_or_broken__are_refused_without_their_text),
	CASE(hosts__of_no_proxy__are_direct),
	CASE(answers__cut_anywhere__want_more_or_are_none),
};

WB_TEST_MAIN(tests)
