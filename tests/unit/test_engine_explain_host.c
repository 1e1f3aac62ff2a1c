/* engine/explain_host.c */
#include "config.h"

#include <string.h>

#include "engine/explain_host.h"
#include "tests/support/wb_test.h"

static bool find(const char *text, char out[NETRULE_HOST], uint16_t *port)
{
	*port = 0;
	return explain_host_find(text, strlen(text), out, port);
}

static void hosts__in_complaints_of_programs__are_read(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} cases[] = {
		{ "curl: (6) Could not resolve host: Example.org\n", "example.org", 0 },
		{ "fatal: unable to access 'https://h/x/': Could not resolve host: code.test", "code.test", 0 },
		{ "wget: unable to resolve host address \xe2\x80\x98www.test\xe2\x80\x99\n", "www.test", 0 },
		{ "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='hub.test', port=8443): Max retries", "hub.test", 8443 },
		{ "(\"<x>: Failed to resolve 'pkg.test' ([Errno -2] Name or service not known)\")", "pkg.test", 0 },
		{ "aiohttp.client_exceptions.X: Cannot connect to host api.test:443 ssl:default [y]", "api.test", 443 },
		{ "Error: getaddrinfo ENOTFOUND registry.test\n", "registry.test", 0 },
		{ "Could not resolve host: one.test\nCould not resolve host: two.test\n", "two.test", 0 },
	};
	char host[NETRULE_HOST];
	uint16_t port;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(find(cases[i].text, host, &port));
		assert_string_equal(host, cases[i].host);
		assert_int_equal(port, cases[i].port);
	}
}

static void what_is_no_host__is_passed_over(void **state)
{
	static const char *const texts[] = { "", "Could not resolve host: ", "Could not resolve host: \x1b[2J", "Could not resolve host: a@b",
					     "HTTPConnectionPool(host='127.0.0.1', port=80)", "HTTPConnectionPool(host='localhost', port=80)",
					     "all is well" };
	char host[NETRULE_HOST];
	uint16_t port;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_false(find(texts[i], host, &port));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(hosts__in_complaints_of_programs__are_read),
	cmocka_unit_test(what_is_no_host__is_passed_over),
};

WB_TEST_MAIN(tests)
