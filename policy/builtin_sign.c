/* Builtins that make JSON web tokens (RFC 7515). */
#include "config.h"

#include <string.h>

#include "base/digest.h"
#include "base/signkey.h"
#include "base/str.h"
#include "policy/base64.h"
#include "policy/builtin.h"

/* What a signature costs beside its data. */
enum { SIGN_STEPS = 5000 };

static const char *const algorithms[] = { "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
					  "ES256", "ES384", "ES512", "EdDSA" };

static struct bytes member(struct eval *ev, struct value jwk, const char *name)
{
	struct value text = value_get_text(jwk, name);
	struct bytes b = { (const unsigned char *)"", 0 };

	if (text.tag == V_STRING && base64_decode(eval_pool(ev), text, BASE64_URL_RAW, &b) >= 0)
		b.n = 0;
	return b;
}

static struct signkey *read_key(struct eval *ev, struct value jwk)
{
	struct value kty = value_get_text(jwk, "kty"), crv = value_get_text(jwk, "crv");

	if (value_is_text(kty, "RSA"))
		return signkey_from_rsa(member(ev, jwk, "n"), member(ev, jwk, "e"), member(ev, jwk, "d"));
	if (value_is_text(kty, "EC") && crv.tag == V_STRING)
		return signkey_from_ec(crv.s, member(ev, jwk, "x"), member(ev, jwk, "y"), member(ev, jwk, "d"));
	if (value_is_text(kty, "OKP") && value_is_text(crv, "Ed25519"))
		return signkey_from_ed25519(member(ev, jwk, "d"));
	return NULL;
}

/* 0 when the key does not fit. */
static size_t sign(struct eval *ev, struct value jwk, const char *alg, struct bytes data, unsigned char out[SIGNATURE_MAX])
{
	CLEANUP(signkey_free) struct signkey *k = NULL;

	if (str_starts(alg, "HS")) {
		struct bytes secret = member(ev, jwk, "k");

		return value_is_text(value_get_text(jwk, "kty"), "oct") && secret.n ? mac_of(alg, secret, data, out) : 0;
	}
	k = read_key(ev, jwk);
	return k ? signkey_sign(k, alg, data, out) : 0;
}

struct request {
	const char *name;
	struct value header, payload, jwk; /* JSON texts */
};

/* The first key of a set, or the key alone. */
static bool first_key(struct eval *ev, const struct request *r, struct value *out)
{
	struct error err = { 0 };
	struct value list;

	if (value_from_json(eval_pool(ev), r->jwk.s, r->jwk.len, JSON_LAST_KEY_WINS, out, &err) < 0 || out->tag != V_OBJECT) {
		eval_fail(ev, BUILTIN_ERROR, "%s: failed to parse a JWK key (set)", r->name);
		return false;
	}
	list = value_get_text(*out, "keys");
	if (list.tag == V_ARRAY && !list.len) {
		eval_fail(ev, BUILTIN_ERROR, "%s: no keys found in JWK set", r->name);
		return false;
	}
	if (list.tag == V_ARRAY)
		*out = list.items[0];
	if (value_get_text(*out, "kty").tag == V_STRING)
		return true;
	eval_fail(ev, BUILTIN_ERROR, "%s: failed to parse a JWK key (set)", r->name);
	return false;
}

/* The header's algorithm; NULL after telling. */
static const char *algorithm(struct eval *ev, const struct request *r, struct value header, const char *wrong)
{
	struct value alg = value_get_text(header, "alg");

	if (wrong || alg.tag != V_STRING) {
		eval_fail(ev, BUILTIN_ERROR, "%s: missing or invalid 'alg' header: %s", r->name,
			  wrong ? wrong : "jwsbb: header \"alg\" not found");
		return NULL;
	}
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
		if (value_is_text(alg, algorithms[i]))
			return algorithms[i];
	eval_fail(ev, BUILTIN_ERROR, "%s: unknown JWS algorithm: %.*s", r->name, (int)alg.len, alg.s);
	return NULL;
}

static struct bytes bytes_of(struct value s)
{
	return (struct bytes){ (const unsigned char *)s.s, s.len };
}

static struct value sign_token(struct eval *ev, const struct request *r, struct value jwk, const char *alg)
{
	CLEANUP(buf_release) struct buf token = BUF_INIT(((size_t)r->header.len + r->payload.len) * 2 + 4 * SIGNATURE_MAX);
	struct value header = base64_encode(eval_pool(ev), bytes_of(r->header), BASE64_URL_RAW),
		     payload = base64_encode(eval_pool(ev), bytes_of(r->payload), BASE64_URL_RAW), text;
	unsigned char signature[SIGNATURE_MAX];
	size_t n;

	buf_printf(&token, "%s.%s", header.s, payload.s);
	n = sign(ev, jwk, alg, (struct bytes){ (const unsigned char *)buf_text(&token), token.len }, signature);
	if (!n)
		return eval_fail(ev, BUILTIN_ERROR, "%s: the key is none to sign with by %s", r->name, alg);
	text = base64_encode(eval_pool(ev), (struct bytes){ signature, n }, BASE64_URL_RAW);
	buf_printf(&token, ".%s", text.s);
	return value_string(eval_pool(ev), buf_text(&token), token.len);
}

/* What was asked, as one text: the key stays out of what is kept. */
static struct value question_of(struct eval *ev, const struct request *r)
{
	const struct value parts[] = { r->header, r->payload, r->jwk };
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	struct digest_hex hex;
	struct digest d;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		d = digest_of(parts[i].s, parts[i].len);
		hasher_update(h, d.bytes, sizeof d.bytes);
	}
	d = hasher_finish(h);
	hex = digest_hex(&d);
	return value_string(eval_pool(ev), hex.text, strlen(hex.text));
}

/* The same question has the same answer all through a decision and when it is decided again. */
static struct value token_of(struct eval *ev, const struct request *r, struct value jwk, const char *alg)
{
	struct value question, known, token;

	/* Of the others it has anyway. */
	if (alg[0] != 'P' && !str_starts(alg, "ES"))
		return sign_token(ev, r, jwk, alg);
	question = question_of(ev, r);
	known = eval_noted(ev, r->name, &question, 1);
	token = known.tag == V_STRING ? known : sign_token(ev, r, jwk, alg);
	return token.tag == V_UNDEF ? token : eval_note(ev, r->name, &question, 1, token);
}

static struct value encode(struct eval *ev, const struct request *r)
{
	struct pool *p = eval_pool(ev);
	struct value header, payload, jwk, typ;
	struct error err = { 0 };
	const char *alg;
	bool unread;

	if (!eval_charge(ev, SIGN_STEPS + ((uint64_t)r->header.len + r->payload.len) / 8) || !first_key(ev, r, &jwk))
		return VALUE_UNDEF;
	unread = value_from_json(p, r->header.s, r->header.len, JSON_LAST_KEY_WINS, &header, &err) < 0;
	alg = algorithm(ev, r, unread ? VALUE_NULL : header, unread && r->header.s[0] == '{' ? "cannot parse JSON" : NULL);
	if (!alg)
		return VALUE_UNDEF;
	typ = value_get_text(header, "typ");
	if ((typ.tag != V_STRING || value_is_text(typ, "JWT")) &&
	    value_from_json(p, r->payload.s, r->payload.len, JSON_LAST_KEY_WINS, &payload, &err) < 0)
		return eval_fail(ev, BUILTIN_ERROR, "%s: type is JWT but payload is not JSON", r->name);
	return token_of(ev, r, jwk, alg);
}

static struct value json_text(struct eval *ev, struct value v)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(eval_pool(ev)->max);

	value_format(v, TEXT_JSON_HTML, &b);
	return value_string(eval_pool(ev), buf_text(&b), b.len);
}

static struct value fn_encode_sign(struct eval *ev, const struct value *a)
{
	struct request r = { "io.jwt.encode_sign", json_text(ev, a[0]), json_text(ev, a[1]), json_text(ev, a[2]) };

	return encode(ev, &r);
}

static struct value fn_encode_sign_raw(struct eval *ev, const struct value *a)
{
	struct request r = { "io.jwt.encode_sign_raw", a[0], a[1], a[2] };

	return encode(ev, &r);
}

const struct builtin builtins_sign[] = {
	{ "io.jwt.encode_sign", 3, { TY_OBJ, TY_OBJ, TY_OBJ }, TY_STR, fn_encode_sign, BUILTIN_IMPURE },
	{ "io.jwt.encode_sign_raw", 3, { TY_STR, TY_STR, TY_STR }, TY_STR, fn_encode_sign_raw, BUILTIN_IMPURE },
	{ 0 },
};
