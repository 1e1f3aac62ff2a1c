/*
 * Builtins on HTTP requests: signing one as AWS wants it (Signature Version 4), and those that would need a network,
 * which check what they are given and answer what needs none.
 */
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/pubkey.h"
#include "policy/builtin.h"
#include "policy/fields.h"
#include "policy/num.h"
#include "policy/uri.h"

enum { TEXT_MAX = 1 << 20 };

static const char *const request_keys[] = {
	"method", "url", "body", "enable_redirect", "force_json_decode", "force_yaml_decode", "headers", "raw_body",
	"tls_use_system_certs", "tls_ca_cert", "tls_ca_cert_file", "tls_ca_cert_env_variable", "tls_client_cert",
	"tls_client_cert_file", "tls_client_cert_env_variable", "tls_client_key", "tls_client_key_file",
	"tls_client_key_env_variable", "tls_insecure_skip_verify", "tls_server_name", "timeout", "cache", "force_cache",
	"force_cache_duration_seconds", "raise_error", "caching_mode", "max_retry_attempts", "cache_ignored_headers", NULL,
};
static const char *const needed_keys[] = { "method", "url", NULL };
static const char *const config_keys[] = { "aws_access_key", "aws_region", "aws_secret_access_key", "aws_service", NULL };

/* False after telling what's names are, where there are any. */
static bool none_of(struct eval *ev, const char *name, int operand, const char *what, const struct vec *wrong)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);

	if (!wrong->n)
		return true;
	value_format(value_set(wrong->v, wrong->n), TEXT_REGO, &text);
	eval_fail(ev, TYPE_ERROR, "%s: operand %d %s: %s", name, operand, what, buf_text(&text));
	return false;
}

static bool is_among(struct value v, const char *const *names)
{
	for (; *names; names++)
		if (value_is_text(v, *names))
			return true;
	return false;
}

/* Those of names that object lacks, or (texts) that are no texts in it. */
static struct vec lacking(struct eval *ev, struct value object, const char *const *names, bool texts)
{
	struct vec out = { 0 };

	for (; *names; names++) {
		struct value v = value_get_text(object, *names);

		if (texts ? v.tag != V_UNDEF && v.tag != V_STRING : v.tag == V_UNDEF)
			vec_push(eval_pool(ev), &out, text_value(*names));
	}
	return out;
}

static bool check_request(struct eval *ev, const char *name, struct value request)
{
	struct vec unknown = { 0 }, missing;

	for (uint32_t i = 0; i < request.len; i++)
		if (!is_among(request.pairs[i].key, request_keys))
			vec_push(eval_pool(ev), &unknown, request.pairs[i].key);
	missing = lacking(ev, request, needed_keys, false);
	return none_of(ev, name, 1, "invalid request parameters(s)", &unknown) &&
	       none_of(ev, name, 1, "missing required request parameters(s)", &missing);
}

/* ---- what would need a network --------------------------------------------------------------------------- */

static struct value fn_http_send(struct eval *ev, const struct value *a)
{
	if (!check_request(ev, "http.send", a[0]))
		return VALUE_UNDEF;
	return eval_fail(ev, BUILTIN_ERROR, "http.send: not available to policies here");
}

/* An address is its own; "localhost" is this machine wherever it is asked for. No other name is looked up. */
static struct value fn_lookup(struct eval *ev, const struct value *a)
{
	unsigned char bytes[16];
	struct vec found = { 0 };

	if (strlen(a[0].s) == a[0].len && (inet_pton(AF_INET, a[0].s, bytes) == 1 || inet_pton(AF_INET6, a[0].s, bytes) == 1)) {
		vec_push(eval_pool(ev), &found, a[0]);
	} else if (value_is_text(a[0], "localhost")) {
		vec_push(eval_pool(ev), &found, text_value("127.0.0.1"));
		vec_push(eval_pool(ev), &found, text_value("::1"));
	} else {
		return eval_fail(ev, BUILTIN_ERROR, "net.lookup_ip_addr: not available to policies here");
	}
	return value_set(found.v, found.n);
}

/* ---- signing --------------------------------------------------------------------------------------------- */

static const char sign_name[] = "providers.aws.sign_req";

struct signing {
	struct value request, config;
	struct value host, path, query, method, headers;
	struct digest_hex content;
	char date[16], time[32];
	struct fields own; /* the headers that signing adds */
};

static struct value text_of(struct value object, const char *name)
{
	struct value v = value_get_text(object, name);

	return v.tag == V_STRING ? v : value_borrow("", 0);
}

static struct digest_hex hex_of_text(const char *s, size_t n)
{
	struct digest d = digest_of(s, n);

	return digest_hex(&d);
}

static bool set_time(struct eval *ev, struct signing *s, struct value ns)
{
	struct tm tm;
	int64_t n;
	time_t at;

	/* A number that is written with a fraction or an exponent is no instant. */
	if (ns.num == NUM_DEC || !num_to_i64(ns, &n)) {
		eval_fail(ev, TYPE_ERROR, "%s: operand 3 could not convert time_ns value into a unix timestamp", sign_name);
		return false;
	}
	at = (time_t)(n / 1000000000 - (n % 1000000000 < 0));
	gmtime_r(&at, &tm);
	strftime(s->date, sizeof s->date, "%Y%m%d", &tm);
	strftime(s->time, sizeof s->time, "%Y%m%dT%H%M%SZ", &tm);
	return true;
}

static bool check_config(struct eval *ev, struct value config)
{
	struct vec missing = lacking(ev, config, config_keys, false), wrong = lacking(ev, config, config_keys, true);

	return none_of(ev, sign_name, 2, "missing required AWS config parameters(s)", &missing) &&
	       none_of(ev, sign_name, 2, "invalid values for required AWS config parameters(s)", &wrong);
}

static bool read_url(struct eval *ev, struct signing *s)
{
	struct value url = value_get_text(s->request, "url");
	const char *wrong;
	struct uri u;

	wrong = uri_parse(eval_pool(ev), url, &u);
	if (wrong) {
		eval_fail(ev, BUILTIN_ERROR, "%s: parse \"%.*s\": %s", sign_name, (int)url.len, url.s, wrong);
		return false;
	}
	s->host = value_string(eval_pool(ev), u.host.s, u.host.len);
	s->path = uri_escaped_path(eval_pool(ev), &u);
	s->query = u.raw_query;
	return true;
}

static void hash_body(struct eval *ev, struct signing *s)
{
	struct value raw = value_get_text(s->request, "raw_body"), body = value_get_text(s->request, "body");
	CLEANUP(buf_release) struct buf text = BUF_INIT(eval_pool(ev)->max);

	if (raw.tag == V_STRING)
		buf_append(&text, raw.s, raw.len);
	else if (raw.tag == V_UNDEF && body.tag != V_UNDEF)
		value_format(body, TEXT_JSON_HTML, &text);
	s->content = hex_of_text(buf_text(&text), text.len);
}

static bool read_request(struct eval *ev, struct signing *s)
{
	struct value plain = value_get_text(s->config, "disable_payload_signing");
	struct vec wrong;

	if (!check_request(ev, sign_name, s->request))
		return false;
	s->headers = value_get_text(s->request, "headers");
	if (s->headers.tag == V_UNDEF)
		s->headers = (struct value){ .tag = V_OBJECT };
	if (s->headers.tag != V_OBJECT) {
		eval_fail(ev, TYPE_ERROR, "%s: operand 0 must be object but got %s", sign_name, value_type_name(s->headers));
		return false;
	}
	wrong = lacking(ev, s->request, needed_keys, true);
	if (!none_of(ev, sign_name, 1, "invalid values for required request parameters(s)", &wrong) || !read_url(ev, s))
		return false;
	s->method = value_get_text(s->request, "method");
	hash_body(ev, s);
	if (plain.tag != V_UNDEF && plain.tag != V_BOOL) {
		eval_fail(ev, TYPE_ERROR, "%s: operand 2 invalid value for 'disable_payload_signing' in AWS config", sign_name);
		return false;
	}
	if (plain.tag == V_BOOL && plain.i)
		memcpy(s->content.text, "UNSIGNED-PAYLOAD", sizeof "UNSIGNED-PAYLOAD");
	return true;
}

static void own_headers(struct eval *ev, struct signing *s)
{
	struct value service = text_of(s->config, "aws_service"), session = text_of(s->config, "aws_session_token");

	s->own.pool = eval_pool(ev);
	fields_put(&s->own, "host", s->host);
	fields_put(&s->own, "x-amz-date", value_string(eval_pool(ev), s->time, strlen(s->time)));
	if (value_is_text(service, "s3") || value_is_text(service, "glacier"))
		fields_put(&s->own, "x-amz-content-sha256",
			   value_string(eval_pool(ev), s->content.text, strlen(s->content.text)));
	if (session.len)
		fields_put(&s->own, "x-amz-security-token", session);
}

static struct value lower(struct pool *p, struct value s)
{
	char *text = pool_alloc(p, s.len + 1);

	for (uint32_t i = 0; i < s.len; i++)
		text[i] = (char)tolower((unsigned char)s.s[i]);
	text[s.len] = '\0';
	return value_borrow(text, s.len);
}

/* Own ones and the request's, by lower-case name in order. */
static struct value signed_headers(struct eval *ev, const struct signing *s)
{
	static const char *const ignored[] = { "authorization", "user-agent", "x-amzn-trace-id", NULL };
	struct value v = value_object_last(s->own.pairs, s->own.n);

	for (uint32_t i = 0; i < s->headers.len; i++) {
		struct value key = s->headers.pairs[i].key, val = s->headers.pairs[i].val;

		key = key.tag == V_STRING ? lower(eval_pool(ev), key) : value_borrow("", 0);
		if (!is_among(key, ignored))
			v = value_put(eval_pool(ev), v, key, val.tag == V_STRING ? val : value_borrow("", 0));
	}
	return v;
}

static void put_names(struct value headers, struct buf *out)
{
	for (uint32_t i = 0; i < headers.len; i++) {
		buf_puts(out, i ? ";" : "");
		buf_append(out, headers.pairs[i].key.s, headers.pairs[i].key.len);
	}
}

static struct digest_hex request_digest(const struct signing *s, struct value headers)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(16 * TEXT_MAX);

	buf_append(&b, s->method.s, s->method.len);
	buf_putc(&b, '\n');
	buf_append(&b, s->path.s, s->path.len);
	buf_putc(&b, '\n');
	buf_append(&b, s->query.s, s->query.len);
	buf_putc(&b, '\n');
	for (uint32_t i = 0; i < headers.len; i++) {
		buf_append(&b, headers.pairs[i].key.s, headers.pairs[i].key.len);
		buf_putc(&b, ':');
		buf_append(&b, headers.pairs[i].val.s, headers.pairs[i].val.len);
		buf_putc(&b, '\n');
	}
	buf_putc(&b, '\n');
	put_names(headers, &b);
	buf_printf(&b, "\n%s", s->content.text);
	return hex_of_text(buf_text(&b), b.len);
}

/* HMAC-SHA-256 over one word after the other, each keyed by what came before. */
static void chain_macs(const struct signing *s, const char *to_sign, unsigned char mac[MAC_MAX])
{
	struct value secret = text_of(s->config, "aws_secret_access_key"), region = text_of(s->config, "aws_region"),
		     service = text_of(s->config, "aws_service");
	const struct value words[] = { text_value(s->date), region, service, text_value("aws4_request"), text_value(to_sign) };
	CLEANUP(buf_release) struct buf key = BUF_INIT(16 * TEXT_MAX);

	buf_puts(&key, "AWS4");
	buf_append(&key, secret.s, secret.len);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct bytes text = { (const unsigned char *)words[i].s, words[i].len };
		size_t n = mac_of("HS256", (struct bytes){ (const unsigned char *)buf_text(&key), key.len }, text, mac);

		buf_clear(&key);
		buf_append(&key, mac, n);
	}
}

static struct value authorization(struct eval *ev, const struct signing *s)
{
	struct value headers = signed_headers(ev, s), region = text_of(s->config, "aws_region"),
		     service = text_of(s->config, "aws_service"), access = text_of(s->config, "aws_access_key");
	CLEANUP(buf_release) struct buf scope = BUF_INIT(TEXT_MAX);
	CLEANUP(buf_release) struct buf b = BUF_INIT(16 * TEXT_MAX);
	struct digest_hex digest = request_digest(s, headers);
	unsigned char mac[MAC_MAX];

	buf_printf(&scope, "%s/%.*s/%.*s/aws4_request", s->date, (int)region.len, region.s, (int)service.len, service.s);
	buf_printf(&b, "AWS4-HMAC-SHA256\n%s\n%s\n%s", s->time, buf_text(&scope), digest.text);
	chain_macs(s, buf_text(&b), mac);
	buf_clear(&b);
	buf_printf(&b, "AWS4-HMAC-SHA256 Credential=%.*s/%s,SignedHeaders=", (int)access.len, access.s, buf_text(&scope));
	put_names(headers, &b);
	buf_puts(&b, ",Signature=");
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		buf_printf(&b, "%02x", mac[i]);
	return value_string(eval_pool(ev), buf_text(&b), b.len);
}

static struct value fn_sign_req(struct eval *ev, const struct value *a)
{
	struct signing s = { .request = a[0], .config = a[1] };
	struct pool *p = eval_pool(ev);
	struct value headers;

	if (!eval_charge(ev, 100 + (value_weight(a[0]) + value_weight(a[1])) * 4))
		return VALUE_UNDEF;
	if (!check_config(ev, a[1]) || !set_time(ev, &s, a[2]) || !read_request(ev, &s))
		return VALUE_UNDEF;
	own_headers(ev, &s);
	headers = s.headers;
	for (uint32_t i = 0; i < s.headers.len; i++)
		if (s.headers.pairs[i].val.tag != V_STRING)
			headers = value_put(p, headers, s.headers.pairs[i].key, value_borrow("", 0));
	headers = value_put(p, headers, text_value("Authorization"), authorization(ev, &s));
	for (size_t i = 0; i < s.own.n; i++)
		headers = value_put(p, headers, s.own.pairs[i].key, s.own.pairs[i].val);
	return value_put(p, a[0], text_value("headers"), headers);
}

const struct builtin builtins_request[] = {
	{ "http.send", 1, { TY_OBJ }, TY_OBJ, fn_http_send, BUILTIN_IMPURE | BUILTIN_MOCKED },
	{ "net.lookup_ip_addr", 1, { TY_STR }, TY_SET, fn_lookup, 0 },
	{ "providers.aws.sign_req", 3, { TY_OBJ, TY_OBJ, TY_NUM }, TY_OBJ, fn_sign_req, 0 },
	{ 0 },
};
