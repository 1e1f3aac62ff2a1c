/* Builtins on private keys (RFC 8017, 5915, 5958): their numbers, as Go shows them and as JSON web keys. */
#include "config.h"

#include <string.h>

#include "policy/base64.h"
#include "policy/builtin_x509.h"

enum { KEYS_MAX = 32 };

/* ---- reading --------------------------------------------------------------------------------------------- */

/* RSAPrivateKey: version, then the numbers in the order of private_key.part. */
static bool read_rsa(struct bytes der, struct private_key *out)
{
	struct bytes body;
	int64_t version;

	if (!der_body(&der, DER_SEQUENCE, &body) || !der_int(&body, &version) || version != 0)
		return false;
	out->kind = 'R';
	for (int i = 0; i < 8; i++)
		if (!der_body(&body, DER_INT, &out->part[i]) || !out->part[i].n || out->part[i].p[0] & 0x80)
			return false;
	return true;
}

static const struct curve {
	const char *oid, *name;
	size_t size;
} curves[] = {
	{ "1.3.132.0.33", "P-224", 28 },
	{ "1.2.840.10045.3.1.7", "P-256", 32 },
	{ "1.3.132.0.34", "P-384", 48 },
	{ "1.3.132.0.35", "P-521", 66 },
};

static const struct curve *curve_of(struct pool *p, struct bytes oid)
{
	struct value name = oid_text(p, oid);

	for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
		if (value_is_text(name, curves[i].oid))
			return &curves[i];
	return NULL;
}

/* ECPrivateKey. known: the curve, where the key's surroundings say it. */
static bool read_ec(struct pool *p, struct bytes der, const struct curve *known, struct private_key *out)
{
	struct bytes body, key, params, oid, point, bits;
	unsigned char *xy;
	int64_t version;

	if (!der_body(&der, DER_SEQUENCE, &body) || !der_int(&body, &version) || version != 1 ||
	    !der_body(&body, DER_OCTETS, &key))
		return false;
	if (der_body(&body, DER_CONTEXT_CONSTRUCTED, &params) && der_body(&params, DER_OID, &oid) && !known)
		known = curve_of(p, oid);
	if (!known || key.n > known->size)
		return false;
	out->kind = 'E';
	out->curve = known->name;
	out->part[2] = key;
	if (der_body(&body, DER_CONTEXT_CONSTRUCTED | 1, &point) && der_bits(&point, &bits) && bits.n == 1 + 2 * known->size) {
		out->part[0] = (struct bytes){ bits.p + 1, known->size };
		out->part[1] = (struct bytes){ bits.p + 1 + known->size, known->size };
		return true;
	}
	xy = pool_alloc(p, 2 * known->size);
	out->part[0] = (struct bytes){ xy, known->size };
	out->part[1] = (struct bytes){ xy + known->size, known->size };
	return pubkey_ec_public(known->name, key, xy);
}

static bool read_ed25519(struct pool *p, struct bytes inner, struct private_key *out)
{
	unsigned char *x = pool_alloc(p, 32);

	out->kind = 'D';
	if (!der_body(&inner, DER_OCTETS, &out->part[1]) || out->part[1].n != 32 || !pubkey_ed25519_public(out->part[1], x))
		return false;
	out->part[0] = (struct bytes){ x, 32 };
	return true;
}

/* PrivateKeyInfo: any of the others, with its kind before it. */
static bool read_info(struct pool *p, struct bytes der, struct private_key *out)
{
	struct bytes body, algorithm, oid, inner, curve;
	struct value name;
	int64_t version;

	if (!der_body(&der, DER_SEQUENCE, &body) || !der_int(&body, &version) || !der_body(&body, DER_SEQUENCE, &algorithm) ||
	    !der_body(&algorithm, DER_OID, &oid) || !der_body(&body, DER_OCTETS, &inner))
		return false;
	name = oid_text(p, oid);
	if (value_is_text(name, "1.2.840.113549.1.1.1"))
		return read_rsa(inner, out);
	if (value_is_text(name, "1.2.840.10045.2.1"))
		return read_ec(p, inner, der_body(&algorithm, DER_OID, &curve) ? curve_of(p, curve) : NULL, out);
	return value_is_text(name, "1.3.101.112") && read_ed25519(p, inner, out);
}

bool private_key_read(struct pool *p, struct bytes der, struct private_key *out)
{
	return read_rsa(der, out) || read_info(p, der, out) || read_ec(p, der, NULL, out);
}

/* 1 read, 0 of another kind, -1 not what its name says. */
static int read_block(struct pool *p, struct value type, struct bytes der, struct private_key *out)
{
	bool ok;

	*out = (struct private_key){ 0 };
	if (value_is_text(type, "RSA PRIVATE KEY"))
		ok = read_rsa(der, out);
	else if (value_is_text(type, "PRIVATE KEY"))
		ok = read_info(p, der, out);
	else if (value_is_text(type, "EC PRIVATE KEY"))
		ok = read_ec(p, der, NULL, out);
	else
		return 0;
	return ok ? 1 : -1;
}

const char *private_keys_read(struct pool *p, struct value text, struct private_key *out, size_t max, size_t *out_n)
{
	struct bytes raw, der;
	struct value type;
	int read;

	*out_n = 0;
	if (base64_decode(p, text, BASE64_STD, &raw) < 0)
		text = value_borrow((const char *)raw.p, raw.n);
	while (pem_next(p, &text, &type, &der)) {
		if (*out_n == max)
			return "too many keys";
		read = read_block(p, type, der, &out[*out_n]);
		if (read < 0)
			return "x509: failed to parse private key";
		*out_n += (size_t)read;
	}
	return NULL;
}

/* ---- showing --------------------------------------------------------------------------------------------- */

static struct value rsa_value(struct pool *p, const struct private_key *k)
{
	static const char *const own[] = { "N", "E", "D" };
	struct fields f = { .pool = p }, more = { .pool = p };
	struct vec primes = { 0 };

	for (int i = 0; i < 3; i++)
		fields_put(&f, own[i], magnitude_value(p, k->part[i]));
	vec_push(p, &primes, magnitude_value(p, k->part[3]));
	vec_push(p, &primes, magnitude_value(p, k->part[4]));
	fields_put(&f, "Primes", value_array(primes.v, primes.n));
	fields_put(&more, "Dp", magnitude_value(p, k->part[5]));
	fields_put(&more, "Dq", magnitude_value(p, k->part[6]));
	fields_put(&more, "Qinv", magnitude_value(p, k->part[7]));
	fields_put(&more, "CRTValues", (struct value){ .tag = V_ARRAY });
	fields_put(&f, "Precomputed", fields_object(&more));
	return fields_object(&f);
}

struct value private_key_value(struct pool *p, const struct private_key *k)
{
	static const char *const names[] = { "X", "Y", "D" };
	struct fields f = { .pool = p };
	unsigned char both[64];

	if (k->kind == 'R')
		return rsa_value(p, k);
	if (k->kind == 'D') {
		memcpy(both, k->part[1].p, 32);
		memcpy(both + 32, k->part[0].p, 32);
		return base64_encode(p, (struct bytes){ both, sizeof both }, BASE64_STD);
	}
	fields_put(&f, "Curve", (struct value){ .tag = V_OBJECT });
	for (int i = 0; i < 3; i++)
		fields_put(&f, names[i], magnitude_value(p, k->part[i]));
	return fields_object(&f);
}

static struct value jwk(struct pool *p, const struct private_key *k)
{
	static const char *const rsa[] = { "n", "e", "d", "p", "q", "dp", "dq", "qi" }, *const ec[] = { "x", "y", "d" },
				*const ed[] = { "x", "d" };
	const char *const *names = k->kind == 'R' ? rsa : k->kind == 'E' ? ec : ed;
	int n = k->kind == 'R' ? 8 : k->kind == 'E' ? 3 : 2;
	struct fields f = { .pool = p };

	fields_put(&f, "kty", text_value(k->kind == 'R' ? "RSA" : k->kind == 'E' ? "EC" : "OKP"));
	if (k->kind != 'R')
		fields_put(&f, "crv", text_value(k->kind == 'E' ? k->curve : "Ed25519"));
	for (int i = 0; i < n; i++) {
		struct bytes b = k->part[i];

		/* Of RSA, numbers; of curves, bytes as many as there are. */
		while (k->kind == 'R' && b.n > 1 && !b.p[0])
			b = (struct bytes){ b.p + 1, b.n - 1 };
		fields_put(&f, names[i], base64_encode(p, b, BASE64_URL_RAW));
	}
	return fields_object(&f);
}

static struct value fn_parse_private_keys(struct eval *ev, const struct value *a)
{
	struct private_key keys[KEYS_MAX];
	struct vec list = { 0 };
	const char *wrong;
	size_t n;

	if (!a[0].len)
		return VALUE_NULL;
	if (!eval_charge(ev, 1 + a[0].len / 8))
		return VALUE_UNDEF;
	wrong = private_keys_read(eval_pool(ev), a[0], keys, KEYS_MAX, &n);
	if (wrong)
		return eval_fail(ev, BUILTIN_ERROR, "crypto.parse_private_keys: %s", wrong);
	for (size_t i = 0; i < n; i++)
		vec_push(eval_pool(ev), &list, private_key_value(eval_pool(ev), &keys[i]));
	return value_array(list.v, list.n);
}

static struct value fn_parse_rsa(struct eval *ev, const struct value *a)
{
	static const char name[] = "crypto.x509.parse_rsa_private_key";
	struct private_key keys[KEYS_MAX];
	const char *wrong;
	struct bytes raw;
	size_t n;

	if (!a[0].len)
		return eval_fail(ev, BUILTIN_ERROR, "%s: input PEM data was empty", name);
	if (!eval_charge(ev, 1 + a[0].len / 8))
		return VALUE_UNDEF;
	if (a[0].len < 10 || memcmp(a[0].s, "-----BEGIN", 10) != 0) {
		int64_t bad = base64_decode(eval_pool(ev), a[0], BASE64_STD, &raw);

		if (bad >= 0)
			return eval_fail(ev, BUILTIN_ERROR, "%s: illegal base64 data at input byte %lld", name, (long long)bad);
	}
	wrong = private_keys_read(eval_pool(ev), a[0], keys, KEYS_MAX, &n);
	if (wrong)
		return eval_fail(ev, BUILTIN_ERROR, "%s: %s", name, wrong);
	return n ? jwk(eval_pool(ev), &keys[0]) : VALUE_NULL;
}

const struct builtin builtins_pkey[] = {
	{ "crypto.parse_private_keys", 1, { TY_STR }, TY_ANY, fn_parse_private_keys, 0 },
	{ "crypto.x509.parse_rsa_private_key", 1, { TY_STR }, TY_ANY, fn_parse_rsa, 0 },
	{ 0 },
};
