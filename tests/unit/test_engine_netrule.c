/* engine/netrule.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "engine/netrule.h"

static void netrule_parse__what_can_be_written__is_normalised(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "example.org", "example.org" },
		{ "Example.ORG.:8443", "example.org:8443" },
		{ "*.Example.org", "*.example.org" },
		{ "*.example.org:443", "*.example.org:443" },
		{ "localhost:5000", "localhost:5000" },
		{ "10.0.0.5:8080", "10.0.0.5:8080" },
		{ "[::1]:5000", "[::1]:5000" },
		{ "[2001:DB8:0:0::1]", "[2001:db8::1]" },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ "my_host:1", "my_host:1" },
		{ "h:65535", "h:65535" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(1024);
		struct error err = { 0 };
		struct netrule r;

		if (netrule_parse(cases[i].text, &r, &err) < 0)
			fail_msg("%s: %s", cases[i].text, err.text);
		netrule_format(&r, &text);
		assert_string_equal(buf_text(&text), cases[i].want);
	}
}

static void netrule_parse__what_means_several_things__is_refused(void **state)
{
	static const char *const cases[] = {
		"", ":443", "example.org:", "example.org:0", "example.org:65536", "example.org:080", "example.org:44x",
		"example.org:443:443", "http://example.org", "https://example.org:443/x", "example.org/x", "good@bad.org",
		"a b.org", "a\tb.org", "a\nb.org", "b\xc3\xbc" "cher.example", "ex%61mple.org", "..", ".", "a..b", ".org", "-a.org",
		"a-.org", "127.1", "127.0.0.1.:80:1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "0x7f000001", "1.2.3.4.5", "10.0.0.256",
		"::1", "2001:db8::1", "[::1", "[::1]x", "[::1]:", "[127.0.0.1]", "[::ffff:127.0.0.1]:80", "[::127.0.0.1]",
		"[fe80::1%eth0]", "[]", "*", "*.", "*.org", "*.1.2.3.4", "a.*.org", "**.example.org", "*.*.example.org", "*example.org",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.org",
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = { 0 };
		struct netrule r;

		if (netrule_parse(cases[i], &r, &err) == 0)
			fail_msg("'%s' was taken", cases[i]);
		assert_int_not_equal(err.text[0], 0);
	}
}

static void netrule_host__overlong__is_refused(void **state)
{
	char text[400], out[NETRULE_HOST] = "untouched";
	struct error err = { 0 };

	(void)state;
	memset(text, 'a', sizeof text);
	for (size_t i = 50; i < sizeof text; i += 50)
		text[i] = '.';
	assert_int_equal(netrule_host(text, 254, out, &err), -1);
	assert_string_equal(out, "untouched");
	assert_int_equal(netrule_host(text, 253, out, &err), 0);
	assert_int_equal(strlen(out), 253);
	assert_int_equal(netrule_host("a\0b", 3, out, &err), -1);
}

static bool matches(const char *rule, const char *host, uint16_t port)
{
	struct error err = { 0 };
	struct netrule r;

	assert_int_equal(netrule_parse(rule, &r, &err), 0);
	return netrule_matches(&r, host, port);
}

static void netrule_matches__hosts_and_ports__are_compared_whole(void **state)
{
	(void)state;
	assert_true(matches("example.org", "example.org", 443));
	assert_true(matches("example.org", "example.org", 80));
	assert_false(matches("example.org", "example.org", 8080));
	assert_false(matches("example.org:443", "example.org", 80));
	assert_true(matches("example.org:8080", "example.org", 8080));
	assert_false(matches("example.org", "www.example.org", 443));
	assert_false(matches("example.org", "example.org.evil.net", 443));
	assert_false(matches("example.org", "badexample.org", 443));
	assert_true(matches("*.example.org", "www.example.org", 443));
	assert_true(matches("*.example.org", "a.b.example.org", 443));
	assert_false(matches("*.example.org", "example.org", 443));
	assert_false(matches("*.example.org", ".example.org", 443));
	assert_false(matches("*.example.org", "badexample.org", 443));
	assert_false(matches("*.example.org", "www.example.org.evil.net", 443));
	assert_true(matches("10.0.0.5:8080", "10.0.0.5", 8080));
	assert_true(matches("[::1]:1", "::1", 1));
}

static bool admits(const char *rule, const char *host, const char *address)
{
	struct error err = { 0 };
	struct netrule r;
	struct netaddr a;

	assert_int_equal(netrule_parse(rule, &r, &err), 0);
	assert_true(netaddr_parse(address, &a));
	return netrule_admits(&r, host, &a);
}

static void netrule_admits__private_addresses__only_when_named_themselves(void **state)
{
	(void)state;
	assert_true(admits("example.org", "example.org", "93.184.216.34"));
	assert_false(admits("example.org", "example.org", "127.0.0.1"));
	assert_false(admits("example.org", "example.org", "10.0.0.5"));
	assert_false(admits("example.org", "example.org", "169.254.169.254"));
	assert_false(admits("example.org", "example.org", "::ffff:93.184.216.34"));
	assert_false(admits("*.example.org", "localhost.example.org", "127.0.0.1"));
	assert_true(admits("10.0.0.5:80", "10.0.0.5", "10.0.0.5"));
	assert_false(admits("10.0.0.5:80", "10.0.0.5", "10.0.0.6"));
	assert_true(admits("169.254.169.254", "169.254.169.254", "169.254.169.254"));
	assert_true(admits("localhost:80", "localhost", "127.0.0.1"));
	assert_true(admits("localhost:80", "localhost", "::1"));
	assert_false(admits("localhost:80", "localhost", "10.0.0.1"));
	assert_true(admits("127.0.0.1:80", "127.0.0.1", "127.0.0.1"));
}

static void netrule_authority__of_requests__splits_host_and_port(void **state)
{
	char host[NETRULE_HOST];
	struct error err = { 0 };
	uint16_t port = 7;

	(void)state;
	assert_int_equal(netrule_authority("EXAMPLE.org.:443", 16, host, &port, &err), 0);
	assert_string_equal(host, "example.org");
	assert_int_equal(port, 443);
	assert_int_equal(netrule_authority("[::1]:80", 8, host, &port, &err), 0);
	assert_string_equal(host, "::1");
	assert_int_equal(netrule_authority("example.org", 11, host, &port, &err), 0);
	assert_int_equal(port, 0);
	assert_int_equal(netrule_authority("good@bad:80", 11, host, &port, &err), -1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(netrule_parse__what_can_be_written__is_normalised),
	cmocka_unit_test(netrule_parse__what_means_several_things__is_refused),
	cmocka_unit_test(netrule_host__overlong__is_refused),
	cmocka_unit_test(netrule_matches__hosts_and_ports__are_compared_whole),
	cmocka_unit_test(netrule_admits__private_addresses__only_when_named_themselves),
	cmocka_unit_test(netrule_authority__of_requests__splits_host_and_port),
};

WB_TEST_MAIN(tests)
