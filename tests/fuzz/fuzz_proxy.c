/* Requests to the network broker: what is taken names one clean host, and reads the same when read again. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "engine/proxy_answer.h"
#include "engine/proxy_request.h"
#include "engine/tls_hello.h"
#include "engine/upstream.h"
#include "tests/fuzz/fuzz.h"

static void check_host(const struct proxy_request *r)
{
	char again[NETRULE_HOST];
	struct error err = { 0 };

	fuzz_check(r->port != 0);
	fuzz_check(netrule_host(r->host, strlen(r->host), again, &err) == 0 && strcmp(again, r->host) == 0);
}

/* What goes on to a server has one Host, no control bytes but line ends, and one empty line: the last. */
static void check_head(const struct proxy_request *r)
{
	const char *text = buf_text(&r->head), *end = strstr(text, "\r\n\r\n");

	fuzz_check(end && end + 4 == text + r->head.len);
	fuzz_check(strstr(text, "\r\nHost: ") != NULL);
	for (size_t i = 0; i < r->head.len; i++) {
		unsigned char c = (unsigned char)text[i];

		fuzz_check(c >= ' ' || c == '\t' || c == '\r' || c == '\n');
		fuzz_check(c != '\n' || text[i - 1] == '\r');
		fuzz_check(c != '\r' || text[i + 1] == '\n');
	}
}

static void try_http(const char *p, size_t n)
{
	struct proxy_request r;
	struct error err = { 0 };

	proxy_request_init(&r);
	if (proxy_http_parse(p, n, &r, &err) == 1) {
		struct proxy_body_reader body;

		fuzz_check(r.took <= n);
		check_host(&r);
		if (r.kind == PROXY_HTTP)
			check_head(&r);
		proxy_body_start(&body, r.body, r.body_bytes);
		if (!body.done)
			fuzz_check(proxy_body_feed(&body, p + r.took, n - r.took) <= (int64_t)(n - r.took));
	}
	proxy_request_release(&r);
}

static void try_socks(const char *p, size_t n)
{
	struct proxy_request r;
	struct error err = { 0 };
	size_t took = 0;
	bool open;

	proxy_request_init(&r);
	if (proxy_socks_greeting(p, n, &took, &open, &err) == 1 &&
	    proxy_socks_parse(p + took, n - took, &r, &err) == 1) {
		fuzz_check(took + r.took <= n);
		check_host(&r);
	}
	proxy_request_release(&r);
}

/* What was decided stays decided when more comes; a name is a clean host. */
static void try_hello(const char *p, size_t n)
{
	struct tls_hello hello, again;
	struct error err = { 0 };
	int rc = tls_hello_parse(p, n, &hello, &err);

	if (rc == 1 && hello.name[0]) {
		char same[NETRULE_HOST];

		fuzz_check(netrule_host(hello.name, strlen(hello.name), same, &err) == 0 && strcmp(same, hello.name) == 0);
	}
	for (size_t cut = 0; cut < n && cut < 64; cut++)
		if (tls_hello_parse(p, cut, &again, &err) == 1)
			fuzz_check(rc == 1 && again.is_tls == hello.is_tls && strcmp(again.name, hello.name) == 0);
}

static const char *fuzz_no_env(const char *name)
{
	(void)name;
	return NULL;
}

/* What servers answer, and the machine's own proxy. */
static void try_answers(const char *p, size_t n)
{
	size_t took = 0;
	int status = 0;
	enum proxy_answer kind = proxy_answer_scan(p, n, &took);

	if (kind == PROXY_ANSWER_INTERIM || kind == PROXY_ANSWER_FINAL)
		fuzz_check(took > 0 && took <= n && p[took - 1] == '\n');
	if (upstream_answer(p, n, &took, &status) == 1)
		fuzz_check(took <= n && status >= 0 && status < 1000 && memcmp(p + took - 4, "\r\n\r\n", 4) == 0);
}

/* Whatever stands in $https_proxy and $no_proxy. */
static void try_upstream(const char *text)
{
	struct upstream u = { .host = "proxy.test", .port = 1 };
	char words[UPSTREAM_WORDS];
	struct error err = { 0 };

	if (upstream_check_setting(text, &err) == 0 && upstream_find(text, fuzz_no_env, &u, &err) == 1)
		fuzz_check(u.port && strchr(u.host, '@') == NULL && upstream_request(&u, "a.test", 443, words) > 0);
	snprintf(u.direct, sizeof u.direct, "%s", text);
	(void)upstream_is_direct(&u, "www.example.org", 443);
	(void)upstream_is_direct(&u, "2001:db8::1", 443);
	fuzz_check(upstream_is_direct(&u, "10.0.0.1", 443));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netrule rule;
	struct error err = { 0 };
	char text[512];

	try_http((const char *)data, size);
	try_socks((const char *)data, size);
	try_hello((const char *)data, size);
	try_answers((const char *)data, size);
	if (size < sizeof text) {
		memcpy(text, data, size);
		text[size] = '\0';
		try_upstream(text);
		if (netrule_parse(text, &rule, &err) == 0)
			fuzz_check(rule.is_suffix || netrule_matches(&rule, rule.host, rule.port ? rule.port : 443));
	}
	return 0;
}
