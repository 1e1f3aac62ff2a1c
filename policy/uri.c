/* Taking URIs apart. */
#include "config.h"

#include "base/str.h"
#include "policy/uri.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

/* Where a byte stands decides whether it may stand there as it is. */
enum part { IN_PATH, IN_HOST, IN_ZONE, IN_USER, IN_FRAGMENT };

static struct value slice(struct value s, size_t from, size_t to)
{
	return value_borrow(s.s + from, to - from);
}

/* Place of c, or the length. */
static size_t index_of(struct value s, char c)
{
	const char *at = s.len ? memchr(s.s, c, s.len) : NULL;

	return at ? (size_t)(at - s.s) : s.len;
}

static size_t last_index_of(struct value s, char c)
{
	const char *at = s.len ? memrchr(s.s, c, s.len) : NULL;

	return at ? (size_t)(at - s.s) : s.len;
}

static bool is_escaped(char c, enum part where)
{
	if (isalnum((unsigned char)c) || (c && strchr("-_.~", c)))
		return false;
	if (!c || (unsigned char)c >= 0x80)
		return true;
	switch (where) {
	case IN_HOST:
	case IN_ZONE:
		return !strchr("!$&'()*+,;=:[]<>\"", c);
	case IN_PATH:
		return !strchr("$&+,/:;=@", c);
	case IN_FRAGMENT:
		return !strchr("$&+,/:;=?@!()*", c);
	default:
		return !strchr("$&+,;=", c);
	}
}

/* A byte that was written as %XX; a host may hide nothing but what is not ASCII. */
static bool may_be_hidden(unsigned char byte, enum part where)
{
	if (where == IN_HOST)
		return byte >= 0x80 || byte == '%';
	return where != IN_ZONE || byte == '%' || byte == ' ' || !is_escaped((char)byte, IN_HOST);
}

static bool unescape(struct pool *p, struct value s, enum part where, struct value *out)
{
	bool is_host_part = where == IN_HOST || where == IN_ZONE;
	char *text = pool_alloc(p, s.len + 1);
	uint32_t n = 0;

	for (uint32_t i = 0; i < s.len; i++) {
		bool hidden = s.s[i] == '%';
		int high = hidden && i + 2 < s.len ? str_hex_value(s.s[i + 1]) : -1;
		int low = high < 0 ? -1 : str_hex_value(s.s[i + 2]);

		if (hidden && (low < 0 || !may_be_hidden((unsigned char)(high << 4 | low), where)))
			return false;
		if (!hidden && is_host_part && (unsigned char)s.s[i] < 0x80 && is_escaped(s.s[i], where))
			return false;
		text[n++] = hidden ? (char)(high << 4 | low) : s.s[i];
		i += hidden ? 2 : 0;
	}
	text[n] = '\0';
	*out = value_borrow(text, n);
	return true;
}

/* The raw form where it is not the one that would be written; "" otherwise. */
static struct value raw_form(struct value raw, struct value plain, enum part where)
{
	static const char hex[] = "0123456789ABCDEF";
	uint32_t at = 0;

	for (uint32_t i = 0; i < plain.len; i++) {
		unsigned char c = (unsigned char)plain.s[i];
		char want[3] = { '%', hex[c >> 4], hex[c & 15] };
		uint32_t n = is_escaped((char)c, where) ? 3 : 1;

		if (n == 1)
			want[0] = (char)c;
		if (raw.len - at < n || memcmp(raw.s + at, want, n) != 0)
			return raw;
		at += n;
	}
	return at == raw.len ? value_borrow("", 0) : raw;
}

/* "" or ":" and digits. */
static bool is_port(struct value s)
{
	if (s.len && s.s[0] != ':')
		return false;
	for (uint32_t i = 1; i < s.len; i++)
		if (!isdigit((unsigned char)s.s[i]))
			return false;
	return true;
}

/* Between brackets: an address of version 6, perhaps with a zone. */
static bool is_address6(struct value s)
{
	size_t zone = index_of(s, '%');
	unsigned char bytes[16];
	char text[64];

	if (zone >= sizeof text || zone + 1 == s.len || memchr(s.s, '\0', s.len))
		return false;
	memcpy(text, s.s, zone);
	text[zone] = '\0';
	return inet_pton(AF_INET6, text, bytes) == 1;
}

static const char *read_literal(struct pool *p, struct value host, struct value *out)
{
	size_t close = last_index_of(host, ']'), zone;
	struct value port, name, left, right = value_borrow("", 0);
	const char *mark;
	char *text;

	if (close == host.len)
		return "missing ']' in host";
	port = slice(host, close + 1, host.len);
	if (!is_port(port))
		return "invalid port after host";
	name = slice(host, 1, close);
	mark = memmem(name.s, name.len, "%25", 3);
	zone = mark ? (size_t)(mark - name.s) : name.len;
	if (!unescape(p, slice(name, 0, zone), IN_HOST, &left) || !unescape(p, slice(name, zone, name.len), IN_ZONE, &right))
		return "invalid URL escape in host";
	text = pool_alloc(p, host.len + 1);
	memcpy(text, left.s, left.len);
	memcpy(text + left.len, right.s, right.len);
	if (!is_address6(value_borrow(text, left.len + right.len)))
		return "invalid host";
	memmove(text + 1, text, left.len + right.len);
	text[0] = '[';
	text[1 + left.len + right.len] = ']';
	memcpy(text + 2 + left.len + right.len, port.s, port.len);
	*out = value_borrow(text, 2 + left.len + right.len + port.len);
	return NULL;
}

static const char *read_host(struct pool *p, struct uri *u, struct value host)
{
	size_t open = last_index_of(host, '['), colon = index_of(host, ':');
	bool strict = value_is_text(u->scheme, "http") || value_is_text(u->scheme, "https");

	if (open < host.len)
		return open ? "invalid IP-literal" : read_literal(p, host, &u->host);
	if (!strict)
		colon = last_index_of(host, ':');
	if (!is_port(slice(host, colon, host.len)))
		return "invalid port after host";
	return unescape(p, host, IN_HOST, &u->host) ? NULL : "invalid URL escape or character in host name";
}

static const char *read_user(struct pool *p, struct uri *u, struct value user)
{
	size_t colon = index_of(user, ':');

	for (uint32_t i = 0; i < user.len; i++)
		if (!isalnum((unsigned char)user.s[i]) && (!user.s[i] || !strchr("-._:~!$&'()*+,;=%@", user.s[i])))
			return "net/url: invalid userinfo";
	u->has_user = true;
	u->has_password = colon < user.len;
	if (!unescape(p, slice(user, 0, colon), IN_USER, &u->user) ||
	    (u->has_password && !unescape(p, slice(user, colon + 1, user.len), IN_USER, &u->password)))
		return "invalid URL escape";
	return NULL;
}

static void split_port(struct uri *u)
{
	size_t colon = last_index_of(u->host, ':');
	bool port = colon < u->host.len && is_port(slice(u->host, colon, u->host.len));

	u->hostname = port ? slice(u->host, 0, colon) : u->host;
	if (port)
		u->port = slice(u->host, colon + 1, u->host.len);
	if (u->hostname.len > 1 && u->hostname.s[0] == '[' && u->hostname.s[u->hostname.len - 1] == ']')
		u->hostname = slice(u->hostname, 1, u->hostname.len - 1);
}

static const char *read_authority(struct pool *p, struct uri *u, struct value s)
{
	size_t at = last_index_of(s, '@');
	const char *wrong = read_host(p, u, at < s.len ? slice(s, at + 1, s.len) : s);

	if (!wrong && at < s.len)
		wrong = read_user(p, u, slice(s, 0, at));
	if (!wrong)
		split_port(u);
	return wrong;
}

static bool in_scheme(char c, bool first)
{
	return isalpha((unsigned char)c) || (!first && (isdigit((unsigned char)c) || c == '+' || c == '-' || c == '.'));
}

/* "http:" and the like; the rest stays in s. */
static const char *read_scheme(struct pool *p, struct uri *u, struct value *s)
{
	char *lower;
	uint32_t n = 0;

	while (n < s->len && in_scheme(s->s[n], n == 0))
		n++;
	if (n == s->len || s->s[n] != ':')
		return NULL;
	if (!n)
		return "missing protocol scheme";
	lower = pool_alloc(p, n + 1);
	for (uint32_t i = 0; i < n; i++)
		lower[i] = (char)tolower((unsigned char)s->s[i]);
	u->scheme = value_borrow(lower, n);
	*s = slice(*s, n + 1, s->len);
	return NULL;
}

static void read_query(struct uri *u, struct value *s)
{
	size_t mark = index_of(*s, '?');

	u->force_query = s->len && mark + 1 == s->len;
	if (mark + 1 < s->len)
		u->raw_query = slice(*s, mark + 1, s->len);
	*s = slice(*s, 0, mark);
}

static bool starts(struct value s, const char *with)
{
	size_t n = strlen(with);

	return s.len >= n && memcmp(s.s, with, n) == 0;
}

static const char *read_rest(struct pool *p, struct uri *u, struct value s)
{
	const char *wrong = NULL;

	if (!starts(s, "/")) {
		if (u->scheme.len) {
			u->opaque = s;
			return NULL;
		}
		if (index_of(s, ':') < index_of(s, '/'))
			return "first path segment in URL cannot contain colon";
	}
	if (starts(s, "//") && (u->scheme.len || !starts(s, "///"))) {
		struct value authority = slice(s, 2, s.len);
		size_t end = index_of(authority, '/');

		wrong = read_authority(p, u, slice(authority, 0, end));
		s = slice(authority, end, authority.len);
	} else {
		u->omit_host = u->scheme.len && starts(s, "/");
	}
	if (wrong || !unescape(p, s, IN_PATH, &u->path))
		return wrong ? wrong : "invalid URL escape";
	u->raw_path = raw_form(s, u->path, IN_PATH);
	return NULL;
}

const char *uri_parse(struct pool *p, struct value text, struct uri *out)
{
	struct value none = value_borrow("", 0), s = slice(text, 0, index_of(text, '#')), fragment = none;
	const char *wrong;

	*out = (struct uri){ .scheme = none, .opaque = none, .host = none, .hostname = none, .port = none, .path = none,
			     .raw_path = none, .raw_query = none, .fragment = none, .raw_fragment = none, .user = none,
			     .password = none };
	if (s.len < text.len)
		fragment = slice(text, s.len + 1, text.len);
	for (uint32_t i = 0; i < s.len; i++)
		if ((unsigned char)s.s[i] < ' ' || s.s[i] == 0x7f)
			return "net/url: invalid control character in URL";
	if (value_is_text(s, "*")) {
		out->path = s;
	} else {
		wrong = read_scheme(p, out, &s);
		if (wrong)
			return wrong;
		read_query(out, &s);
		wrong = read_rest(p, out, s);
		if (wrong)
			return wrong;
	}
	if (!unescape(p, fragment, IN_FRAGMENT, &out->fragment))
		return "invalid URL escape";
	out->raw_fragment = raw_form(fragment, out->fragment, IN_FRAGMENT);
	return NULL;
}

struct value uri_escaped_path(struct pool *p, const struct uri *u)
{
	static const char hex[] = "0123456789ABCDEF";
	struct value raw = u->raw_path;
	bool fits = raw.len > 0;
	char *text;
	uint32_t n = 0;

	for (uint32_t i = 0; i < raw.len; i++)
		fits &= raw.s[i] && (strchr("!'()*[]%", raw.s[i]) || !is_escaped(raw.s[i], IN_PATH));
	if (fits || value_is_text(u->path, "*"))
		return fits ? raw : u->path;
	text = pool_alloc(p, (size_t)u->path.len * 3 + 1);
	for (uint32_t i = 0; i < u->path.len; i++) {
		unsigned char c = (unsigned char)u->path.s[i];

		if (!is_escaped((char)c, IN_PATH)) {
			text[n++] = (char)c;
			continue;
		}
		text[n++] = '%';
		text[n++] = hex[c >> 4];
		text[n++] = hex[c & 15];
	}
	text[n] = '\0';
	return value_borrow(text, n);
}
