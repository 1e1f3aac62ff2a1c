/* Builtins on JSON web tokens (RFC 7515, 7519): taking them apart and verifying them. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/pubkey.h"
#include "base/str.h"
#include "policy/base64.h"
#include "policy/builtin.h"
#include "policy/num.h"

enum { NESTED_MAX = 8, KEYS_MAX = 32 };

struct token {
	struct value part[3]; /* header, payload, signature: as they came */
	struct value header, payload;
	struct bytes signature, signed_part;
};

/* ---- reading --------------------------------------------------------------------------------------------- */

/* base64url; padding is let pass. The place of the first wrong byte, or -1. */
static int64_t decode64url(struct eval *ev, struct value s, struct bytes *out)
{
	return base64_decode(eval_pool(ev), s, s.len && s.s[s.len - 1] == '=' ? BASE64_URL : BASE64_URL_RAW, out);
}

static bool split(struct eval *ev, const char *name, struct value text, struct token *out)
{
	uint32_t found = 1, from = 0;

	for (uint32_t i = 0; i < text.len; i++)
		found += text.s[i] == '.';
	if (found != 3) {
		eval_fail(ev, BUILTIN_ERROR, "%s: encoded JWT must have 3 sections, found %u", name, found);
		return false;
	}
	for (int k = 0; k < 3; k++) {
		const char *dot = k < 2 ? memchr(text.s + from, '.', text.len - from) : text.s + text.len;

		out->part[k] = value_borrow(text.s + from, (size_t)(dot - text.s) - from);
		from = (uint32_t)(dot - text.s) + 1;
	}
	out->signed_part = (struct bytes){ (const unsigned char *)text.s, text.len - out->part[2].len - 1 };
	return eval_charge(ev, 1 + text.len / 8);
}

static bool decode_part(struct eval *ev, const char *name, const char *what, struct value part, struct bytes *out)
{
	int64_t bad = decode64url(ev, part, out);

	if (bad < 0)
		return true;
	eval_fail(ev, BUILTIN_ERROR, "%s: JWT %s had invalid encoding: illegal base64 data at input byte %lld", name, what,
		  (long long)bad);
	return false;
}

static bool read_json(struct eval *ev, const char *name, const char *what, struct bytes text, struct value *out)
{
	struct error err = { 0 };

	if (value_from_json(eval_pool(ev), (const char *)text.p, text.n, JSON_LAST_KEY_WINS, out, &err) == 0 &&
	    out->tag == V_OBJECT)
		return true;
	eval_fail(ev, BUILTIN_ERROR, "%s: JWT %s is not a JSON object", name, what);
	return false;
}

static bool read_header(struct eval *ev, const char *name, struct token *t)
{
	struct bytes text;

	if (!decode_part(ev, name, "header", t->part[0], &text) || !read_json(ev, name, "header", text, &t->header))
		return false;
	if (value_get_text(t->header, "enc").tag == V_UNDEF)
		return true;
	eval_fail(ev, BUILTIN_ERROR, "%s: JWT is a JWE object, which is not supported", name);
	return false;
}

/* A token in a token: "cty" says so. */
static bool is_nested(const struct token *t)
{
	struct value cty = value_get_text(t->header, "cty");

	return cty.tag == V_STRING && cty.len == 3 && strncasecmp(cty.s, "JWT", 3) == 0;
}

static struct value fn_decode(struct eval *ev, const struct value *a)
{
	CLEANUP(buf_release) struct buf hex = BUF_INIT(1 << 20);
	struct value text = a[0], *items;
	struct bytes payload;
	struct token t;

	for (int depth = 0;; depth++) {
		if (!split(ev, "io.jwt.decode", text, &t) || !read_header(ev, "io.jwt.decode", &t) ||
		    !decode_part(ev, "io.jwt.decode", "payload", t.part[1], &payload))
			return VALUE_UNDEF;
		if (!is_nested(&t) || depth == NESTED_MAX)
			break;
		text = value_string(eval_pool(ev), (const char *)payload.p, payload.n);
	}
	if (!read_json(ev, "io.jwt.decode", "payload", payload, &t.payload) ||
	    !decode_part(ev, "io.jwt.decode", "signature", t.part[2], &t.signature))
		return VALUE_UNDEF;
	for (size_t i = 0; i < t.signature.n; i++)
		buf_printf(&hex, "%02x", t.signature.p[i]);
	items = pool_alloc(eval_pool(ev), 3 * sizeof *items);
	items[0] = t.header;
	items[1] = t.payload;
	items[2] = value_string(eval_pool(ev), buf_text(&hex), hex.len);
	return value_array(items, 3);
}

/* ---- keys ------------------------------------------------------------------------------------------------ */

struct keys {
	struct pubkey *key[KEYS_MAX];
	size_t n;
};

static void keys_release(struct keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		pubkey_free(k->key[i]);
}
DEFINE_CLEANUP_VALUE(keys_release, struct keys);

static struct bytes member_bytes(struct eval *ev, struct value jwk, const char *name)
{
	struct value text = value_get_text(jwk, name);
	struct bytes b = { NULL, 0 };

	if (text.tag != V_STRING || decode64url(ev, text, &b) >= 0)
		return (struct bytes){ (const unsigned char *)"", 0 };
	return b;
}

/* A key of RFC 7517. What is of a kind that signs nothing here is passed over. */
static void add_jwk(struct eval *ev, struct value jwk, struct keys *out)
{
	struct value kty = value_get_text(jwk, "kty"), crv = value_get_text(jwk, "crv");
	struct pubkey *k = NULL;

	if (out->n == KEYS_MAX)
		return;
	if (value_is_text(kty, "RSA"))
		k = pubkey_from_rsa(member_bytes(ev, jwk, "n"), member_bytes(ev, jwk, "e"));
	else if (value_is_text(kty, "EC") && crv.tag == V_STRING)
		k = pubkey_from_ec(crv.s, member_bytes(ev, jwk, "x"), member_bytes(ev, jwk, "y"));
	else if (value_is_text(kty, "OKP") && value_is_text(crv, "Ed25519"))
		k = pubkey_from_ed25519(member_bytes(ev, jwk, "x"));
	if (k)
		out->key[out->n++] = k;
}

static bool read_keys(struct eval *ev, const char *name, struct value text, struct keys *out)
{
	struct error err = { 0 };
	struct value v, list;

	/* Far more work than its length tells. */
	if (!eval_charge(ev, 5000))
		return false;
	if (memmem(text.s, text.len, "-----BEGIN", 10)) {
		out->key[0] = pubkey_from_pem(text.s, text.len, &err);
		out->n = out->key[0] != NULL;
	} else if (value_from_json(eval_pool(ev), text.s, text.len, JSON_LAST_KEY_WINS, &v, &err) == 0) {
		list = value_get_text(v, "keys");
		for (uint32_t i = 0; list.tag == V_ARRAY && i < list.len; i++)
			add_jwk(ev, list.items[i], out);
		if (list.tag == V_UNDEF)
			add_jwk(ev, v, out);
		if (!out->n)
			error_set(&err, ERR_INVALID, "failed to parse a JWK key (set)");
	}
	if (out->n)
		return true;
	eval_fail(ev, BUILTIN_ERROR, "%s: %s", name, err.text);
	return false;
}

static bool mac_matches(const char *alg, struct value secret, const struct token *t)
{
	unsigned char mac[MAC_MAX], differ = 0;
	size_t n = mac_of(alg, (struct bytes){ (const unsigned char *)secret.s, secret.len }, t->signed_part, mac);

	if (!n || n != t->signature.n)
		return false;
	for (size_t i = 0; i < n; i++)
		differ |= mac[i] ^ t->signature.p[i];
	return !differ;
}

static bool any_verifies(const struct keys *keys, const char *alg, const struct token *t)
{
	for (size_t i = 0; i < keys->n; i++)
		if (pubkey_verify(keys->key[i], alg, t->signed_part, t->signature))
			return true;
	return false;
}

/* ---- verifying ------------------------------------------------------------------------------------------- */

static struct value verify(struct eval *ev, const struct value *a, const char *name, const char *alg)
{
	CLEANUP(keys_release) struct keys keys = { 0 };
	struct token t;

	if (!split(ev, name, a[0], &t) || !read_header(ev, name, &t) || !decode_part(ev, name, "signature", t.part[2], &t.signature))
		return VALUE_UNDEF;
	if (str_starts(alg, "HS"))
		return value_bool(mac_matches(alg, a[1], &t));
	if (!read_keys(ev, name, a[1], &keys))
		return VALUE_UNDEF;
	return value_bool(any_verifies(&keys, alg, &t));
}

#define VERIFY(low, alg) \
	static struct value fn_verify_##low(struct eval *ev, const struct value *a) \
	{ \
		return verify(ev, a, "io.jwt.verify_" #low, alg); \
	}
VERIFY(rs256, "RS256")
VERIFY(rs384, "RS384")
VERIFY(rs512, "RS512")
VERIFY(ps256, "PS256")
VERIFY(ps384, "PS384")
VERIFY(ps512, "PS512")
VERIFY(es256, "ES256")
VERIFY(es384, "ES384")
VERIFY(es512, "ES512")
VERIFY(eddsa, "EdDSA")
VERIFY(hs256, "HS256")
VERIFY(hs384, "HS384")
VERIFY(hs512, "HS512")

/* ---- verifying and reading ------------------------------------------------------------------------------- */

struct wanted {
	struct value secret, alg, iss, aud, time;
	struct keys keys;
};

static void wanted_release(struct wanted *w)
{
	keys_release(&w->keys);
}
DEFINE_CLEANUP_VALUE(wanted_release, struct wanted);

static bool read_wanted(struct eval *ev, const char *name, struct value o, struct wanted *out)
{
	static const char *const known[] = { "cert", "secret", "alg", "iss", "aud", "time" };
	struct value cert = value_get_text(o, "cert");

	for (uint32_t i = 0; i < o.len; i++) {
		bool found = false;

		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			found |= value_is_text(o.pairs[i].key, known[k]);
		if (!found || (o.pairs[i].val.tag != V_STRING && !value_is_text(o.pairs[i].key, "time"))) {
			eval_fail(ev, BUILTIN_ERROR, "%s: unknown or wrong constraint", name);
			return false;
		}
	}
	out->secret = value_get_text(o, "secret");
	out->alg = value_get_text(o, "alg");
	out->iss = value_get_text(o, "iss");
	out->aud = value_get_text(o, "aud");
	out->time = value_get_text(o, "time");
	if ((cert.tag == V_UNDEF) == (out->secret.tag == V_UNDEF)) {
		eval_fail(ev, BUILTIN_ERROR, "%s: one of cert and secret is needed", name);
		return false;
	}
	if (out->time.tag == V_UNDEF)
		out->time = value_int(eval_now_ns(ev));
	if (out->time.tag != V_NUMBER) {
		eval_fail(ev, BUILTIN_ERROR, "%s: time has to be a number", name);
		return false;
	}
	return cert.tag == V_UNDEF || read_keys(ev, name, cert, &out->keys);
}

static bool signature_holds(const struct wanted *w, const struct token *t)
{
	struct value alg = value_get_text(t->header, "alg");

	/* No extension is understood, so none may be critical. */
	if (alg.tag != V_STRING || value_get_text(t->header, "crit").tag != V_UNDEF)
		return false;
	if (w->alg.tag == V_STRING && !value_eq(w->alg, alg))
		return false;
	return w->secret.tag == V_STRING ? mac_matches(alg.s, w->secret, t) : any_verifies(&w->keys, alg.s, t);
}

static bool audience_fits(const struct wanted *w, struct value aud)
{
	if (aud.tag == V_UNDEF || w->aud.tag == V_UNDEF)
		return aud.tag == w->aud.tag;
	if (aud.tag == V_STRING)
		return value_eq(aud, w->aud);
	for (uint32_t i = 0; aud.tag == V_ARRAY && i < aud.len; i++)
		if (value_eq(aud.items[i], w->aud))
			return true;
	return false;
}

/* Seconds in the payload against the time in nanoseconds: -1, 0, 1 for time before, at, behind; -2 for no number. */
static int compare_time(const struct wanted *w, struct value seconds)
{
	double now = (double)(num_to_float(w->time) / 1e9L), then;

	if (seconds.tag != V_NUMBER)
		return -2;
	then = (double)num_to_float(seconds);
	return (now > then) - (now < then);
}

static struct value refused(struct eval *ev)
{
	struct value *items = pool_alloc(eval_pool(ev), 3 * sizeof *items);

	items[0] = value_bool(false);
	items[1] = items[2] = (struct value){ .tag = V_OBJECT };
	return value_array(items, 3);
}

/* 1 they hold, 0 they do not, -1 after telling. */
static int claims_hold(struct eval *ev, const struct wanted *w, struct value payload)
{
	struct value iss = value_get_text(payload, "iss"), exp = value_get_text(payload, "exp"), nbf = value_get_text(payload, "nbf");
	int to_exp = exp.tag == V_UNDEF ? -1 : compare_time(w, exp), to_nbf = nbf.tag == V_UNDEF ? 0 : compare_time(w, nbf);

	if (to_exp == -2 || to_nbf == -2) {
		eval_fail(ev, BUILTIN_ERROR, "io.jwt.decode_verify: %s value must be a number", to_exp == -2 ? "exp" : "nbf");
		return -1;
	}
	if (w->iss.tag == V_STRING && !(iss.tag == V_STRING && value_eq(iss, w->iss)))
		return 0;
	return audience_fits(w, value_get_text(payload, "aud")) && to_exp < 0 && to_nbf >= 0;
}

static struct value fn_decode_verify(struct eval *ev, const struct value *a)
{
	static const char name[] = "io.jwt.decode_verify";
	CLEANUP(wanted_release) struct wanted w = { 0 };
	struct value text = a[0], *items;
	struct bytes payload;
	struct token t;
	int holds;

	if (!read_wanted(ev, name, a[1], &w))
		return VALUE_UNDEF;
	for (int depth = 0;; depth++) {
		if (!split(ev, name, text, &t) || !read_header(ev, name, &t) || !decode_part(ev, name, "signature", t.part[2], &t.signature) ||
		    !decode_part(ev, name, "payload", t.part[1], &payload))
			return VALUE_UNDEF;
		if (!signature_holds(&w, &t))
			return refused(ev);
		if (!is_nested(&t) || depth == NESTED_MAX)
			break;
		text = value_string(eval_pool(ev), (const char *)payload.p, payload.n);
	}
	if (!read_json(ev, name, "payload", payload, &t.payload))
		return VALUE_UNDEF;
	holds = claims_hold(ev, &w, t.payload);
	if (holds <= 0)
		return holds < 0 ? VALUE_UNDEF : refused(ev);
	items = pool_alloc(eval_pool(ev), 3 * sizeof *items);
	items[0] = value_bool(true);
	items[1] = t.header;
	items[2] = t.payload;
	return value_array(items, 3);
}

#define STR2 { TY_STR, TY_STR }

const struct builtin builtins_jwt[] = {
	{ "io.jwt.decode", 1, { TY_STR }, TY_ARR, fn_decode, 0 },
	{ "io.jwt.decode_verify", 2, { TY_STR, TY_OBJ }, TY_ARR, fn_decode_verify, 0 },
	{ "io.jwt.verify_rs256", 2, STR2, TY_BOOL, fn_verify_rs256, 0 },
	{ "io.jwt.verify_rs384", 2, STR2, TY_BOOL, fn_verify_rs384, 0 },
	{ "io.jwt.verify_rs512", 2, STR2, TY_BOOL, fn_verify_rs512, 0 },
	{ "io.jwt.verify_ps256", 2, STR2, TY_BOOL, fn_verify_ps256, 0 },
	{ "io.jwt.verify_ps384", 2, STR2, TY_BOOL, fn_verify_ps384, 0 },
	{ "io.jwt.verify_ps512", 2, STR2, TY_BOOL, fn_verify_ps512, 0 },
	{ "io.jwt.verify_es256", 2, STR2, TY_BOOL, fn_verify_es256, 0 },
	{ "io.jwt.verify_es384", 2, STR2, TY_BOOL, fn_verify_es384, 0 },
	{ "io.jwt.verify_es512", 2, STR2, TY_BOOL, fn_verify_es512, 0 },
	{ "io.jwt.verify_eddsa", 2, STR2, TY_BOOL, fn_verify_eddsa, 0 },
	{ "io.jwt.verify_hs256", 2, STR2, TY_BOOL, fn_verify_hs256, 0 },
	{ "io.jwt.verify_hs384", 2, STR2, TY_BOOL, fn_verify_hs384, 0 },
	{ "io.jwt.verify_hs512", 2, STR2, TY_BOOL, fn_verify_hs512, 0 },
	{ 0 },
};
