/* Builtins on amounts, versions, identifiers and checksums. */
#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/str.h"
#include "policy/builtin.h"
#include "policy/num.h"

/* ---- amounts with units ---------------------------------------------------------------------------------- */

enum { EXPONENT_MAX = 400 };

/* An exact amount: whole times ten to the power of exp. */
struct amount {
	struct value whole;
	int exp;
};

/* Digits, a point, an exponent; as far as they go. The rest is the unit. */
static size_t amount_length(const char *s, size_t n)
{
	size_t i = 0;

	for (; i < n; i++) {
		bool exponent = s[i] == 'e' || s[i] == 'E';

		if (!exponent && !isdigit((unsigned char)s[i]) && s[i] != '.' && s[i] != '+' && s[i] != '-')
			break;
		if (!exponent)
			continue;
		if (i + 1 == n || (!isdigit((unsigned char)s[i + 1]) && s[i + 1] != '+' && s[i + 1] != '-'))
			break;
		i += s[i + 1] == '+' || s[i + 1] == '-';
	}
	return i;
}

static bool amount_parse(struct pool *p, const char *s, size_t n, struct amount *out)
{
	CLEANUP(buf_release) struct buf digits = BUF_INIT(8192);
	bool point = false, neg = n && s[0] == '-';
	size_t i = neg || (n && s[0] == '+');
	int given = 0, sign = 1, seen = 0;

	out->exp = 0;
	for (; i < n && (isdigit((unsigned char)s[i]) || (s[i] == '.' && !point)); i++) {
		point |= s[i] == '.';
		if (s[i] == '.')
			continue;
		seen++;
		out->exp -= point;
		/* Zeros in front are no part of a number here. */
		if (digits.len || s[i] != '0')
			buf_putc(&digits, s[i]);
	}
	if (i < n && (s[i] == 'e' || s[i] == 'E')) {
		i++;
		sign = i < n && s[i] == '-' ? -1 : 1;
		i += i < n && (s[i] == '-' || s[i] == '+');
		for (; i < n && isdigit((unsigned char)s[i]) && given <= EXPONENT_MAX; i++)
			given = given * 10 + (s[i] - '0');
	}
	out->exp += sign * given;
	if (i != n || !seen || digits.full || out->exp > EXPONENT_MAX || out->exp < -EXPONENT_MAX)
		return false;
	if (!digits.len)
		buf_putc(&digits, '0');
	if (!num_parse(p, digits.data, digits.len, &out->whole))
		return false;
	if (neg)
		out->whole = num_neg(p, out->whole);
	return true;
}

static struct value power_of_ten(struct pool *p, int n)
{
	struct value v = value_int(1);

	while (n-- > 0)
		v = num_mul(p, v, value_int(10));
	return v;
}

/* Whole where it is; else with ten digits behind the point, rounded. */
static struct value amount_value(struct pool *p, struct amount a, bool cut)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(16384), out = BUF_INIT(16384);
	struct value by, rest, v = VALUE_UNDEF;
	bool neg = num_sign(a.whole) < 0;

	if (a.exp >= 0)
		return num_mul(p, a.whole, power_of_ten(p, a.exp));
	by = power_of_ten(p, -a.exp);
	rest = num_rem(p, a.whole, by);
	if (num_is_zero(rest) || cut)
		return num_div(p, num_sub(p, a.whole, rest), by);
	/* |whole| * 10^10 / by + 1/2, cut. */
	v = num_mul(p, neg ? num_neg(p, a.whole) : a.whole, power_of_ten(p, 10));
	v = num_add(p, num_mul(p, v, value_int(2)), by);
	by = num_mul(p, by, value_int(2));
	v = num_div(p, num_sub(p, v, num_rem(p, v, by)), by);
	if (v.tag != V_NUMBER)
		return v;
	num_format(v, &text);
	if (neg)
		buf_putc(&out, '-');
	if (text.len > 10)
		buf_append(&out, text.data, text.len - 10);
	buf_puts(&out, text.len > 10 ? "." : "0.");
	for (size_t i = text.len; i < 10; i++)
		buf_putc(&out, '0');
	buf_append(&out, text.data + (text.len > 10 ? text.len - 10 : 0), text.len > 10 ? 10 : text.len);
	return num_parse(p, out.data, out.len, &v) ? v : VALUE_UNDEF;
}

/* The factor of a unit: powers of 1000 or, with an i, of 1024. */
static bool unit_factor(struct pool *p, const char *unit, size_t n, bool bytes, struct amount *a)
{
	static const char letters[] = "kmgtpe";
	char letter = n ? (char)tolower((unsigned char)unit[0]) : '\0';
	const char *at = letter ? strchr(letters, letter) : NULL;
	bool binary = n > 1 && tolower((unsigned char)unit[1]) == 'i';
	size_t used = at ? 1u + binary : 0;

	if (bytes && used && n == used + 1 && tolower((unsigned char)unit[used]) == 'b')
		used++;
	if (n == 0)
		return true;
	if (!at || used != n)
		return false;
	if (!bytes && n == 1 && unit[0] == 'm') {
		a->exp -= 3;
		return true;
	}
	for (long i = 0; i <= at - letters; i++)
		a->whole = num_mul(p, a->whole, value_int(binary ? 1024 : 1000));
	return true;
}

static struct value parse_units(struct eval *ev, struct value s, bool bytes)
{
	const char *name = bytes ? "units.parse_bytes" : "units.parse", *kind = bytes ? "byte " : "";
	struct amount a;
	struct value v;
	char *text = pool_alloc(eval_pool(ev), (size_t)s.len + 1);
	size_t end = 0, n;

	/* Quotes are let pass, wherever they are. */
	for (uint32_t i = 0; i < s.len; i++)
		if (s.s[i] != '"')
			text[end++] = s.s[i];
	if (memchr(text, ' ', end))
		return eval_fail(ev, BUILTIN_ERROR, "%s: spaces not allowed in resource strings", name);
	n = amount_length(text, end);
	if (n == 0)
		return eval_fail(ev, BUILTIN_ERROR, "%s: no %samount provided", name, kind);
	if (!eval_charge(ev, 1 + s.len) || !amount_parse(eval_pool(ev), text, n, &a))
		return eval_fail(ev, BUILTIN_ERROR, "%s: could not parse %samount to a number", name, kind);
	if (!unit_factor(eval_pool(ev), text + n, end - n, bytes, &a))
		return eval_fail(ev, BUILTIN_ERROR, "%s: %sunit %.*s not recognized", name, kind, (int)(end - n),
				 text + n);
	v = amount_value(eval_pool(ev), a, bytes);
	/* Numbers of 64 bits of mantissa, also where they are whole. */
	return bytes ? num_round(eval_pool(ev), v, ROUND_DOWN) : v;
}

static struct value fn_units_parse(struct eval *ev, const struct value *a)
{
	return parse_units(ev, a[0], false);
}

static struct value fn_units_parse_bytes(struct eval *ev, const struct value *a)
{
	return parse_units(ev, a[0], true);
}

/* ---- semantic versions ----------------------------------------------------------------------------------- */

/* "1.2.3-pre.1+build", a "v" before it or not */
struct version {
	int64_t part[3];
	const char *pre;
	size_t pre_len;
};

/* Words between points; strict: those of digits without a zero before them. */
static bool version_words(const char *s, size_t n, bool strict)
{
	const char *end = s + n;

	for (;;) {
		const char *start = s;
		bool digits = true;

		for (; s < end && *s != '.'; s++) {
			if (!isalnum((unsigned char)*s) && *s != '-')
				return false;
			digits &= isdigit((unsigned char)*s) != 0;
		}
		if (s == start || (strict && digits && s - start > 1 && *start == '0'))
			return false;
		if (s == end)
			return true;
		s++;
	}
}

static bool version_parse(struct value v, struct version *out)
{
	const char *s = v.s, *end = v.s + v.len, *plus, *dash;

	if (v.tag != V_STRING)
		return false;
	if (v.len && *s == 'v')
		s++;
	plus = memchr(s, '+', (size_t)(end - s));
	if (plus && !version_words(plus + 1, (size_t)(end - plus - 1), false))
		return false;
	end = plus ? plus : end;
	dash = memchr(s, '-', (size_t)(end - s));
	out->pre = dash ? dash + 1 : end;
	out->pre_len = (size_t)(end - out->pre);
	if (dash && !version_words(out->pre, out->pre_len, true))
		return false;
	end = dash ? dash : end;
	for (int i = 0; i < 3; i++) {
		const char *start = s;

		out->part[i] = 0;
		for (; s < end && isdigit((unsigned char)*s) && s - start < 18; s++)
			out->part[i] = out->part[i] * 10 + (*s - '0');
		if (s == start || (s - start > 1 && *start == '0') || (i < 2 ? s == end || *s++ != '.' : s != end))
			return false;
	}
	return true;
}

static bool all_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return n > 0;
}

static int cmp_word(const char *a, size_t na, const char *b, size_t nb)
{
	bool da = all_digits(a, na), db = all_digits(b, nb);
	int c;

	if (da != db)
		return da ? -1 : 1;
	if (da) {
		while (na && *a == '0')
			a++, na--;
		while (nb && *b == '0')
			b++, nb--;
		if (na != nb)
			return na < nb ? -1 : 1;
	}
	c = memcmp(a, b, na < nb ? na : nb);
	return c ? c : (na > nb) - (na < nb);
}

static int cmp_pre(const struct version *x, const struct version *y)
{
	const char *a = x->pre, *b = y->pre, *ea = a + x->pre_len, *eb = b + y->pre_len;

	if (!x->pre_len || !y->pre_len)
		return (x->pre_len == 0) - (y->pre_len == 0);
	while (a < ea && b < eb) {
		const char *da = memchr(a, '.', (size_t)(ea - a)), *db = memchr(b, '.', (size_t)(eb - b));
		size_t na = (size_t)((da ? da : ea) - a), nb = (size_t)((db ? db : eb) - b);
		int c = cmp_word(a, na, b, nb);

		if (c)
			return c;
		a += na + 1;
		b += nb + 1;
	}
	return (a < ea) - (b < eb);
}

static struct value fn_semver_compare(struct eval *ev, const struct value *a)
{
	struct version v[2];
	int c = 0;

	for (int i = 0; i < 2; i++)
		if (!version_parse(a[i], &v[i]))
			return eval_fail(ev, BUILTIN_ERROR, "semver.compare: operand %d: string \"%.*s\" is not a valid SemVer", i + 1,
					 (int)a[i].len, a[i].s);
	for (int i = 0; i < 3 && !c; i++)
		c = (v[0].part[i] > v[1].part[i]) - (v[0].part[i] < v[1].part[i]);
	if (!c)
		c = cmp_pre(&v[0], &v[1]);
	return value_int((c > 0) - (c < 0));
}

static struct value fn_semver_is_valid(struct eval *ev, const struct value *a)
{
	struct version v;

	(void)ev;
	return value_bool(version_parse(a[0], &v));
}

/* ---- identifiers ----------------------------------------------------------------------------------------- */

/* Chance that can be repeated: the same key gives the same bytes all through one moment. */
static struct digest chance(struct eval *ev, const char *what, struct value key)
{
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	int64_t now = eval_now_ns(ev);

	hasher_update(h, what, strlen(what) + 1);
	hasher_update(h, &now, sizeof now);
	hasher_update(h, key.s, key.len);
	eval_charge(ev, 1 + key.len / 16);
	return hasher_finish(h);
}

static struct value fn_rand_intn(struct eval *ev, const struct value *a)
{
	struct digest d;
	uint64_t bits;
	int64_t n;

	if (!num_to_i64(a[1], &n))
		return eval_fail(ev, BUILTIN_ERROR, "rand.intn: operand 2 must be an integer");
	if (n == 0)
		return value_int(0);
	d = chance(ev, "rand.intn", a[0]);
	memcpy(&bits, d.bytes, sizeof bits);
	return eval_note(ev, "rand.intn", a, 2, value_int((int64_t)(bits % (n < 0 ? -(uint64_t)n : (uint64_t)n))));
}

static struct value fn_uuid(struct eval *ev, const struct value *a)
{
	struct digest d = chance(ev, "uuid.rfc4122", a[0]);
	char hex[33], text[37];

	d.bytes[6] = (unsigned char)((d.bytes[6] & 0x0f) | 0x40);
	d.bytes[8] = (unsigned char)((d.bytes[8] & 0x3f) | 0x80);
	str_hex(d.bytes, 16, hex);
	snprintf(text, sizeof text, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	return eval_note(ev, "uuid.rfc4122", a, 1, value_string(eval_pool(ev), text, 36));
}

/* The 16 bytes of "urn:uuid:...", "{...}", with or without dashes. */
static bool uuid_bytes(struct value v, unsigned char out[16])
{
	const char *s = v.s;
	size_t n = v.len, digits = 0;
	char hex[33];

	if (n == 45 && strncasecmp(s, "urn:uuid:", 9) == 0)
		s += 9, n -= 9;
	else if (n == 38 && s[0] == '{' && s[37] == '}')
		s++, n -= 2;
	if (n != 36 && n != 32)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool dash = n == 36 && (i == 8 || i == 13 || i == 18 || i == 23);

		if (dash != (s[i] == '-'))
			return false;
		if (!dash)
			hex[digits++] = s[i];
	}
	hex[digits] = '\0';
	return str_unhex(hex, out, 16);
}

static void put_member(struct eval *ev, struct value *object, const char *key, struct value v)
{
	*object = value_put(eval_pool(ev), *object, value_borrow(key, strlen(key)), v);
}

/* RFC 4122, 4.1: time and node of versions 1 and 2. */
static void put_origin(struct eval *ev, const unsigned char *b, int version, struct value *out)
{
	static const char *const domains[] = { "Person", "Group", "Org" };
	uint64_t low = (uint64_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
	uint64_t ticks = (uint64_t)(b[6] & 0x0f) << 56 | (uint64_t)b[7] << 48 | (uint64_t)b[4] << 40 | (uint64_t)b[5] << 32 | low;
	const char *mac = b[10] & 2 ? b[10] & 1 ? "local:multicast" : "local:unicast" :
			  b[10] & 1 ? "global:multicast" : "global:unicast";
	char node[18], domain[16];

	snprintf(node, sizeof node, "%02x-%02x-%02x-%02x-%02x-%02x", b[10], b[11], b[12], b[13], b[14], b[15]);
	put_member(ev, out, "nodeid", value_string(eval_pool(ev), node, 17));
	put_member(ev, out, "macvariables", value_borrow(mac, strlen(mac)));
	put_member(ev, out, "clocksequence", value_int((b[8] & 0x3f) << 8 | b[9]));
	/* Since 1582-10-15, in 100 ns. */
	put_member(ev, out, "time", num_mul(eval_pool(ev), value_int((int64_t)ticks - 0x01b21dd213814000), value_int(100)));
	if (version == 2) {
		put_member(ev, out, "id", value_int((int64_t)low));
		if (b[9] < 3)
			snprintf(domain, sizeof domain, "%s", domains[b[9]]);
		else
			snprintf(domain, sizeof domain, "Domain%d", b[9]);
		put_member(ev, out, "domain", value_string(eval_pool(ev), domain, strlen(domain)));
	}
}

static struct value fn_uuid_parse(struct eval *ev, const struct value *a)
{
	struct value out = { .tag = V_OBJECT };
	const char *variant;
	unsigned char b[16];
	int version;

	/* What is none is undefined, no error. */
	if (!uuid_bytes(a[0], b))
		return VALUE_UNDEF;
	version = b[6] >> 4;
	variant = (b[8] & 0xc0) == 0x80 ? "RFC4122" :
		  (b[8] & 0xe0) == 0xc0 ? "Microsoft" :
		  (b[8] & 0xe0) == 0xe0 ? "Future" : "Reserved";
	put_member(ev, &out, "version", value_int(version));
	put_member(ev, &out, "variant", value_borrow(variant, strlen(variant)));
	if (version == 1 || version == 2)
		put_origin(ev, b, version, &out);
	return out;
}

/* ---- checksums ------------------------------------------------------------------------------------------- */

static struct value hex_of(struct eval *ev, const unsigned char *bytes, size_t n)
{
	char hex[2 * HASH_MAX + 1];

	str_hex(bytes, n, hex);
	return value_string(eval_pool(ev), hex, 2 * n);
}

static struct value hash(struct eval *ev, enum hash_kind kind, struct value text)
{
	unsigned char out[HASH_MAX];

	return eval_charge(ev, 1 + text.len / 16) ? hex_of(ev, out, hash_of(kind, text.s, text.len, out)) : VALUE_UNDEF;
}

static struct value hmac(struct eval *ev, enum hash_kind kind, const struct value *a)
{
	unsigned char out[HASH_MAX];

	if (!eval_charge(ev, 1 + (a[0].len + a[1].len) / 16))
		return VALUE_UNDEF;
	return hex_of(ev, out, hash_hmac(kind, a[1].s, a[1].len, a[0].s, a[0].len, out));
}

#define HASH(name, kind) \
	static struct value fn_##name(struct eval *ev, const struct value *a) \
	{ \
		return hash(ev, (kind), a[0]); \
	} \
	static struct value fn_hmac_##name(struct eval *ev, const struct value *a) \
	{ \
		return hmac(ev, (kind), a); \
	}
HASH(md5, HASH_MD5)
HASH(sha1, HASH_SHA1)
HASH(sha256, HASH_SHA256)

static struct value fn_hmac_sha512(struct eval *ev, const struct value *a)
{
	return hmac(ev, HASH_SHA512, a);
}

/* Takes as long whatever differs. */
static struct value fn_hmac_equal(struct eval *ev, const struct value *a)
{
	unsigned char differs = 0;

	eval_charge(ev, 1 + a[0].len / 16);
	for (uint32_t i = 0; a[0].len == a[1].len && i < a[0].len; i++)
		differs |= (unsigned char)(a[0].s[i] ^ a[1].s[i]);
	return value_bool(a[0].len == a[1].len && !differs);
}

const struct builtin builtins_units[] = {
	{ "units.parse", 1, { TY_STR }, TY_NUM, fn_units_parse, 0 },
	{ "units.parse_bytes", 1, { TY_STR }, TY_NUM, fn_units_parse_bytes, 0 },
	{ "semver.compare", 2, { TY_STR, TY_STR }, TY_NUM, fn_semver_compare, 0 },
	{ "semver.is_valid", 1, { TY_ANY }, TY_BOOL, fn_semver_is_valid, 0 },
	{ "rand.intn", 2, { TY_STR, TY_NUM }, TY_NUM, fn_rand_intn, 0 },
	{ "uuid.rfc4122", 1, { TY_STR }, TY_STR, fn_uuid, 0 },
	{ "uuid.parse", 1, { TY_STR }, TY_OBJ, fn_uuid_parse, 0 },
	{ "crypto.md5", 1, { TY_STR }, TY_STR, fn_md5, 0 },
	{ "crypto.sha1", 1, { TY_STR }, TY_STR, fn_sha1, 0 },
	{ "crypto.sha256", 1, { TY_STR }, TY_STR, fn_sha256, 0 },
	{ "crypto.hmac.md5", 2, { TY_STR, TY_STR }, TY_STR, fn_hmac_md5, 0 },
	{ "crypto.hmac.sha1", 2, { TY_STR, TY_STR }, TY_STR, fn_hmac_sha1, 0 },
	{ "crypto.hmac.sha256", 2, { TY_STR, TY_STR }, TY_STR, fn_hmac_sha256, 0 },
	{ "crypto.hmac.sha512", 2, { TY_STR, TY_STR }, TY_STR, fn_hmac_sha512, 0 },
	{ "crypto.hmac.equal", 2, { TY_STR, TY_STR }, TY_BOOL, fn_hmac_equal, 0 },
	{ 0 },
};
