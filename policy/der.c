/* Reading DER and PEM. */
#include "config.h"

#include "policy/der.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "policy/base64.h"
#include "policy/bigint.h"

/* Longer numbers are in no key. */
enum { NUMBER_BYTES_MAX = 2048, ARCS_MAX = 32 };

/* The length behind a tag; at moves behind it. */
static bool read_length(struct bytes b, size_t *at, size_t *out)
{
	unsigned count;
	size_t n;

	if (*at >= b.n)
		return false;
	n = b.p[(*at)++];
	if (n >= 0x80) {
		count = n & 0x7f;
		/* Neither "until it ends" nor more than 4 GB nor a length written longer than it must be. */
		if (!count || count > 4 || count > b.n - *at || !b.p[*at])
			return false;
		for (n = 0; count; count--)
			n = n << 8 | b.p[(*at)++];
		if (n < 0x80)
			return false;
	}
	*out = n;
	return n <= b.n - *at;
}

bool der_next(struct bytes *rest, struct der *out)
{
	size_t at = 1, n;

	/* No tag above 30 is used in what is read here. */
	if (rest->n < 2 || (rest->p[0] & 0x1f) == 0x1f || !read_length(*rest, &at, &n))
		return false;
	*out = (struct der){ rest->p[0], { rest->p, at + n }, { rest->p + at, n } };
	*rest = (struct bytes){ rest->p + at + n, rest->n - at - n };
	return true;
}

bool der_take(struct bytes *rest, unsigned tag, struct der *out)
{
	return rest->n && rest->p[0] == tag && der_next(rest, out);
}

bool der_body(struct bytes *rest, unsigned tag, struct bytes *out)
{
	struct der d;

	if (!der_take(rest, tag, &d))
		return false;
	*out = d.body;
	return true;
}

bool der_bits(struct bytes *rest, struct bytes *out)
{
	struct bytes b;

	if (!der_body(rest, DER_BITS, &b) || !b.n || b.p[0] > 7)
		return false;
	*out = (struct bytes){ b.p + 1, b.n - 1 };
	return true;
}

static bool number_body(struct bytes *rest, struct bytes *out)
{
	return der_body(rest, DER_INT, out) && out->n && out->n <= NUMBER_BYTES_MAX;
}

bool der_int(struct bytes *rest, int64_t *out)
{
	struct bytes b;
	uint64_t u = 0;

	if (!number_body(rest, &b) || b.n > 8)
		return false;
	u = b.p[0] & 0x80 ? ~(uint64_t)0 : 0;
	for (size_t i = 0; i < b.n; i++)
		u = u << 8 | b.p[i];
	*out = (int64_t)u;
	return true;
}

struct value magnitude_value(struct pool *p, struct bytes b)
{
	struct big *big;
	int64_t i;

	while (b.n && !b.p[0])
		b = (struct bytes){ b.p + 1, b.n - 1 };
	big = big_new(p, (uint32_t)(b.n / 4 + 1));
	for (size_t k = 0; k < b.n; k++)
		big->limb[k / 4] |= (uint32_t)b.p[b.n - 1 - k] << (8 * (k % 4));
	while (big->n && !big->limb[big->n - 1])
		big->n--;
	if (big_to_i64(big, &i))
		return value_int(i);
	return (struct value){ .tag = V_NUMBER, .num = NUM_BIG, .big = big };
}

bool der_number(struct pool *p, struct bytes *rest, struct value *out)
{
	unsigned char *flipped;
	struct bytes b;

	if (!number_body(rest, &b))
		return false;
	if (!(b.p[0] & 0x80)) {
		*out = magnitude_value(p, b);
		return true;
	}
	/* -(~b + 1) */
	flipped = pool_alloc(p, b.n);
	for (size_t i = 0; i < b.n; i++)
		flipped[i] = (unsigned char)~b.p[i];
	*out = num_sub(p, num_neg(p, magnitude_value(p, (struct bytes){ flipped, b.n })), value_int(1));
	return true;
}

/* Arcs of b; 0 when it is no identifier. */
static size_t read_arcs(struct bytes b, int64_t arcs[ARCS_MAX + 1])
{
	size_t n = 0;
	uint64_t arc = 0;

	for (size_t i = 0; i < b.n; i++) {
		if (arc >> 24 || n == ARCS_MAX)
			return 0;
		arc = arc << 7 | (b.p[i] & 0x7f);
		if (b.p[i] & 0x80)
			continue;
		if (!n) {
			arcs[n++] = arc < 80 ? (int64_t)arc / 40 : 2;
			arc -= arc < 80 ? arc / 40 * 40 : 80;
		}
		arcs[n++] = (int64_t)arc;
		arc = 0;
	}
	return b.n && b.p[b.n - 1] & 0x80 ? 0 : n;
}

struct value oid_value(struct pool *p, struct bytes body)
{
	int64_t arcs[ARCS_MAX + 1];
	size_t n = read_arcs(body, arcs);
	struct value *items = pool_alloc(p, (n + 1) * sizeof *items);

	for (size_t i = 0; i < n; i++)
		items[i] = value_int(arcs[i]);
	return value_array(items, n);
}

struct value oid_text(struct pool *p, struct bytes body)
{
	char text[ARCS_MAX * 12];
	int64_t arcs[ARCS_MAX + 1];
	size_t n = read_arcs(body, arcs);
	int len = 0;

	for (size_t i = 0; i < n; i++)
		len += snprintf(text + len, sizeof text - (size_t)len, "%s%lld", i ? "." : "", (long long)arcs[i]);
	return value_string(p, text, (size_t)len);
}

bool der_oid(struct pool *p, struct bytes *rest, struct value *out)
{
	struct bytes b;

	if (!der_body(rest, DER_OID, &b))
		return false;
	*out = oid_value(p, b);
	return out->len > 0;
}

bool der_time(struct pool *p, struct bytes *rest, struct value *out)
{
	char text[32], *to = text;
	struct der d;
	size_t years;

	if (!der_next(rest, &d) || (d.tag != DER_UTC_TIME && d.tag != DER_TIME))
		return false;
	years = d.tag == DER_TIME ? 4 : 2;
	if (d.body.n != years + 11 || d.body.p[d.body.n - 1] != 'Z')
		return false;
	for (size_t i = 0; i + 1 < d.body.n; i++)
		if (!isdigit(d.body.p[i]))
			return false;
	if (years == 2) {
		memcpy(to, d.body.p[0] >= '5' ? "19" : "20", 2);
		to += 2;
	}
	for (size_t i = 0; i + 1 < d.body.n; i++) {
		if (i >= years && (i - years) % 2 == 0)
			*to++ = "--T::"[(i - years) / 2];
		*to++ = (char)d.body.p[i];
	}
	*to++ = 'Z';
	*out = value_string(p, text, (size_t)(to - text));
	return true;
}

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

struct value bytes_text(struct pool *p, struct bytes b)
{
	return value_string(p, (const char *)b.p, b.n);
}

/* ---- PEM ------------------------------------------------------------------------------------------------- */

static const char *line_end(const char *at, const char *end)
{
	const char *nl = memchr(at, '\n', (size_t)(end - at));

	return nl ? nl : end;
}

/* Behind the lines "Name: value" that old keys begin with. */
static const char *skip_headers(const char *at, const char *end)
{
	while (at < end) {
		const char *nl = line_end(at, end);

		if (!memchr(at, ':', (size_t)(nl - at)))
			break;
		at = nl < end ? nl + 1 : end;
	}
	return at;
}

static const char *find(const char *at, const char *end, const char *what, size_t n)
{
	return at < end ? memmem(at, (size_t)(end - at), what, n) : NULL;
}

bool pem_next(struct pool *p, struct value *text, struct value *type, struct bytes *der)
{
	static const char begin[] = "-----BEGIN ", last[] = "-----END ", dashes[] = "-----";
	const char *end = text->s + text->len, *at = text->s;

	while ((at = find(at, end, begin, sizeof begin - 1))) {
		const char *name = at + sizeof begin - 1, *close = find(name, line_end(name, end), dashes, 5), *stop, *rest;
		bool starts_line = at == text->s || at[-1] == '\n';

		at = name;
		if (!starts_line || !close)
			continue;
		*type = value_borrow(name, (size_t)(close - name));
		stop = find(close + 5, end, last, sizeof last - 1);
		if (!stop)
			return false;
		rest = stop + sizeof last - 1;
		if ((size_t)(end - rest) < type->len + 5 || memcmp(rest, type->s, type->len) != 0 ||
		    memcmp(rest + type->len, dashes, 5) != 0)
			continue;
		close = line_end(close, stop);
		close = skip_headers(close < stop ? close + 1 : stop, stop);
		if (base64_decode(p, value_borrow(close, (size_t)(stop - close)), BASE64_STD, der) >= 0)
			continue;
		rest += type->len + 5;
		*text = value_borrow(rest, (size_t)(end - rest));
		return true;
	}
	return false;
}
