/* Builtins on certificates: reading them, requests for them, pairs with their keys, and chains. */
#include "config.h"

#include <string.h>

#include "policy/base64.h"
#include "policy/builtin_x509.h"
#include "policy/num.h"

/* Far more work than their length tells. */
enum { KEY_STEPS = 2000 };

static bool is_pem(struct value text)
{
	return text.len >= 10 && memcmp(text.s, "-----BEGIN", 10) == 0;
}

/* The certificates of DER, one behind the other. */
static const char *split_der(struct bytes rest, struct certificates *out)
{
	struct der d;

	while (rest.n) {
		if (!der_take(&rest, DER_SEQUENCE, &d))
			return "x509: malformed certificate";
		if (out->n == CERTIFICATES_MAX)
			return "too many certificates";
		out->der[out->n++] = d.all;
	}
	return NULL;
}

static const char *split_pem(struct pool *p, struct value text, struct certificates *out)
{
	const char *wrong = NULL;
	struct value type;
	struct bytes der;

	while (!wrong && pem_next(p, &text, &type, &der))
		wrong = value_is_text(type, "CERTIFICATE") ? split_der(der, out) : "PEM block type is not CERTIFICATE";
	return wrong;
}

/* "illegal base64 data at input byte 3" */
static const char *no_base64(struct pool *p, int64_t place)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(128);

	buf_printf(&b, "illegal base64 data at input byte %lld", (long long)place);
	return value_string(p, buf_text(&b), b.len).s;
}

const char *certificates_read(struct pool *p, struct value text, struct certificates *out)
{
	struct bytes raw;
	int64_t bad;

	out->n = 0;
	if (is_pem(text))
		return split_pem(p, text, out);
	bad = base64_decode(p, text, BASE64_STD, &raw);
	if (bad >= 0)
		return no_base64(p, bad);
	text = value_borrow((const char *)raw.p, raw.n);
	return is_pem(text) ? split_pem(p, text, out) : split_der(raw, out);
}

static bool list_value(struct pool *p, const struct certificates *list, bool with_uris, struct value *out)
{
	struct vec all = { 0 };
	struct value v;

	for (size_t i = 0; i < list->n; i++) {
		if (!certificate_value(p, list->der[i], with_uris, &v))
			return false;
		vec_push(p, &all, v);
	}
	*out = value_array(all.v, all.n);
	return true;
}

static struct value fn_parse_certificates(struct eval *ev, const struct value *a)
{
	struct certificates list;
	const char *wrong;
	struct value v;

	if (!eval_charge(ev, 1 + a[0].len / 8))
		return VALUE_UNDEF;
	wrong = certificates_read(eval_pool(ev), a[0], &list);
	if (!wrong && !list_value(eval_pool(ev), &list, true, &v))
		wrong = "x509: malformed certificate";
	return wrong ? eval_fail(ev, BUILTIN_ERROR, "crypto.x509.parse_certificates: %s", wrong) : v;
}

/* ---- chains ---------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int usage; /* as Go counts them */
} usages[] = {
	{ "KeyUsageAny", 0 },
	{ "KeyUsageServerAuth", 1 },
	{ "KeyUsageClientAuth", 2 },
	{ "KeyUsageCodeSigning", 3 },
	{ "KeyUsageEmailProtection", 4 },
	{ "KeyUsageIPSECEndSystem", 5 },
	{ "KeyUsageIPSECTunnel", 6 },
	{ "KeyUsageIPSECUser", 7 },
	{ "KeyUsageTimeStamping", 8 },
	{ "KeyUsageOCSPSigning", 9 },
	{ "KeyUsageMicrosoftServerGatedCrypto", 10 },
	{ "KeyUsageNetscapeServerGatedCrypto", 11 },
	{ "KeyUsageMicrosoftCommercialCodeSigning", 12 },
	{ "KeyUsageMicrosoftKernelCodeSigning", 13 },
};

struct chain_options {
	struct value host;
	int64_t at_ns;
	unsigned usages; /* a bit each */
};

static bool add_usages(struct value list, struct chain_options *out)
{
	for (uint32_t i = 0; i < list.len; i++) {
		bool found = list.items[i].tag != V_STRING;

		for (size_t k = 0; k < sizeof usages / sizeof *usages && !found; k++)
			if (value_is_text(list.items[i], usages[k].name)) {
				out->usages |= 1u << usages[k].usage;
				found = true;
			}
		if (!found)
			return false;
	}
	return true;
}

/* NULL, or what is wrong. */
static const char *read_options(struct value o, struct chain_options *out)
{
	int64_t n;

	for (uint32_t i = 0; i < o.len; i++) {
		struct value key = o.pairs[i].key, v = o.pairs[i].val;

		if (key.tag != V_STRING)
			continue;
		if (value_is_text(key, "DNSName")) {
			if (v.tag != V_STRING)
				return "'DNSName' should be a string";
			out->host = v;
		} else if (value_is_text(key, "CurrentTime")) {
			if (v.tag != V_NUMBER)
				return "'CurrentTime' should be a number";
			if (!num_to_i64(v, &out->at_ns))
				return "'CurrentTime' should be a valid int64 number";
		} else if (value_is_text(key, "MaxConstraintComparisons")) {
			if (v.tag != V_NUMBER || !num_to_i64(v, &n))
				return "'MaxConstraintComparisons' should be a number";
		} else if (value_is_text(key, "KeyUsages")) {
			if (v.tag != V_ARRAY && v.tag != V_SET)
				return "'KeyUsages' should be an Array or Set";
			if (!add_usages(v, out))
				return "invalid entries for 'KeyUsages' found";
		} else {
			return "invalid key option";
		}
	}
	return NULL;
}

/* Every certificate with uses at all allows one of those wanted. */
static bool uses_allowed(struct pool *p, const struct certificates *chain, unsigned wanted)
{
	for (size_t i = 0; i < chain->n; i++) {
		struct value v, list;
		unsigned allowed = 0;

		if (!certificate_value(p, chain->der[i], false, &v))
			return false;
		list = value_get_text(v, "ExtKeyUsage");
		if (list.tag != V_ARRAY && value_get_text(v, "UnknownExtKeyUsage").tag != V_ARRAY)
			continue;
		for (uint32_t k = 0; list.tag == V_ARRAY && k < list.len; k++)
			allowed |= 1u << list.items[k].i;
		wanted &= allowed & 1 ? ~0u : allowed;
		if (!wanted)
			return false;
	}
	return true;
}

static struct value answer(struct eval *ev, bool valid, struct value list)
{
	struct value *items = pool_alloc(eval_pool(ev), 2 * sizeof *items);

	items[0] = value_bool(valid);
	items[1] = list;
	return value_array(items, 2);
}

/* The first is the root, the last the one that is asked about. */
static bool verify(struct eval *ev, const struct certificates *given, const struct chain_options *o, struct certificates *out)
{
	struct pubkey_chain chain = { .certs = given->der, .n = given->n, .at_s = o->at_ns / 1000000000, .host = o->host.s };
	unsigned wanted = o->usages ? o->usages : 1u << 1;
	size_t order[CERTIFICATES_MAX];
	size_t n;

	if (given->n < 2 || !eval_charge(ev, KEY_STEPS * given->n))
		return false;
	n = pubkey_verify_chain(&chain, order, CERTIFICATES_MAX);
	out->n = 0;
	for (size_t i = 0; i < n; i++)
		out->der[out->n++] = given->der[order[i]];
	return n && (wanted & 1 || uses_allowed(eval_pool(ev), out, wanted));
}

static struct value verified(struct eval *ev, struct value text, struct value options, const char *name, bool with_uris)
{
	struct chain_options o = { .at_ns = eval_now_ns(ev), .host = VALUE_UNDEF };
	struct certificates given, chain;
	struct value list, none = { .tag = V_ARRAY };
	const char *wrong;

	if (!eval_charge(ev, 1 + text.len / 8))
		return VALUE_UNDEF;
	if (certificates_read(eval_pool(ev), text, &given) || !list_value(eval_pool(ev), &given, false, &list))
		return answer(ev, false, none);
	wrong = read_options(options, &o);
	if (wrong)
		return eval_fail(ev, BUILTIN_ERROR, "%s: %s", name, wrong);
	if (!verify(ev, &given, &o, &chain) || !list_value(eval_pool(ev), &chain, with_uris, &list))
		return answer(ev, false, none);
	return answer(ev, true, list);
}

static struct value fn_verify_certificates(struct eval *ev, const struct value *a)
{
	return verified(ev, a[0], (struct value){ .tag = V_OBJECT }, "crypto.x509.parse_and_verify_certificates", true);
}

static struct value fn_verify_with_options(struct eval *ev, const struct value *a)
{
	return verified(ev, a[0], a[1], "crypto.x509.parse_and_verify_certificates_with_options", false);
}

/* ---- requests -------------------------------------------------------------------------------------------- */

#define EXTENSION_REQUEST "1.2.840.113549.1.9.14"

/* One set of an attribute: lists of pairs. NULL items where it is of another form. */
static bool attribute_sets(struct pool *p, struct bytes set, struct vec *out)
{
	struct bytes list, pair, oid;
	struct der d;

	while (set.n) {
		struct vec pairs = { 0 };

		if (!der_body(&set, DER_SEQUENCE, &list))
			return false;
		while (list.n) {
			struct fields f = { .pool = p };

			if (!der_body(&list, DER_SEQUENCE, &pair) || !der_body(&pair, DER_OID, &oid) || !der_next(&pair, &d) ||
			    pair.n)
				return false;
			fields_put(&f, "Type", oid_value(p, oid));
			fields_put(&f, "Value", d.tag == DER_OCTETS ? base64_encode(p, d.body, BASE64_STD) :
				   d.tag == DER_BOOL			? value_bool(d.body.n && d.body.p[0]) :
									  bytes_text(p, d.body));
			vec_push(p, &pairs, fields_object(&f));
		}
		vec_push(p, out, vec_or_null(&pairs));
	}
	return true;
}

static bool put_attributes(struct pool *p, struct bytes rest, struct fields *f)
{
	struct vec all = { 0 };
	struct bytes one, oid, set, list;

	while (rest.n) {
		struct fields attribute = { .pool = p };
		struct vec sets = { 0 };

		if (!der_body(&rest, DER_SEQUENCE, &one) || !der_body(&one, DER_OID, &oid) || !der_body(&one, DER_SET, &set))
			return false;
		if (attribute_sets(p, set, &sets)) {
			fields_put(&attribute, "Type", oid_value(p, oid));
			fields_put(&attribute, "Value", vec_or_null(&sets));
			vec_push(p, &all, fields_object(&attribute));
		}
		if (value_is_text(oid_text(p, oid), EXTENSION_REQUEST) &&
		    (!der_body(&set, DER_SEQUENCE, &list) || !x509_extensions(p, list, f)))
			return false;
	}
	fields_put(f, "Attributes", vec_or_null(&all));
	return true;
}

static bool put_request(struct pool *p, struct bytes info, struct fields *f)
{
	struct bytes attributes = { NULL, 0 };
	struct der subject, spki;
	struct value name, key;
	int64_t version, kind;

	if (!der_int(&info, &version) || !der_take(&info, DER_SEQUENCE, &subject) || !x509_name(p, subject.body, &name) ||
	    !der_take(&info, DER_SEQUENCE, &spki) || !public_key_value(p, spki.body, &key, &kind))
		return false;
	der_body(&info, DER_CONTEXT_CONSTRUCTED, &attributes);
	fields_put(f, "Version", value_int(version));
	fields_put(f, "Subject", name);
	fields_put(f, "RawSubject", base64_encode(p, subject.all, BASE64_STD));
	fields_put(f, "PublicKey", key);
	fields_put(f, "PublicKeyAlgorithm", value_int(kind));
	fields_put(f, "RawSubjectPublicKeyInfo", base64_encode(p, spki.all, BASE64_STD));
	return put_attributes(p, attributes, f);
}

/* What a request shows of all that x509_extensions() reads. */
static struct value request_object(struct pool *p, struct fields *f)
{
	static const char *const shown[] = {
		"Attributes", "DNSNames", "EmailAddresses", "Extensions", "ExtraExtensions", "IPAddresses", "PublicKey",
		"PublicKeyAlgorithm", "Raw", "RawSubject", "RawSubjectPublicKeyInfo", "RawTBSCertificateRequest", "Signature",
		"SignatureAlgorithm", "Subject", "URIs", "Version",
	};
	struct fields out = { .pool = p };
	struct value all = fields_object(f);

	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		struct value v = value_get_text(all, shown[i]);

		fields_put(&out, shown[i], v.tag == V_UNDEF ? VALUE_NULL : v);
	}
	return fields_object(&out);
}

static bool request_value(struct pool *p, struct bytes der, struct value *out)
{
	struct fields f = { .pool = p };
	struct bytes rest = der, body, algorithm, signature;
	struct der info;

	if (!der_body(&rest, DER_SEQUENCE, &body) || rest.n || !der_take(&body, DER_SEQUENCE, &info) ||
	    !der_body(&body, DER_SEQUENCE, &algorithm) || !der_bits(&body, &signature) || !put_request(p, info.body, &f))
		return false;
	fields_put(&f, "Raw", base64_encode(p, der, BASE64_STD));
	fields_put(&f, "RawTBSCertificateRequest", base64_encode(p, info.all, BASE64_STD));
	fields_put(&f, "Signature", base64_encode(p, signature, BASE64_STD));
	fields_put(&f, "SignatureAlgorithm", value_int(x509_signature_kind(p, algorithm)));
	*out = request_object(p, &f);
	return true;
}

static struct value fn_parse_request(struct eval *ev, const struct value *a)
{
	static const char name[] = "crypto.x509.parse_certificate_request", begin[] = "-----BEGIN CERTIFICATE REQUEST-----";
	struct value text = a[0], type, v;
	struct bytes der;
	int64_t bad;

	if (!eval_charge(ev, 1 + text.len / 8))
		return VALUE_UNDEF;
	der = (struct bytes){ (const unsigned char *)text.s, text.len };
	if (text.len < sizeof begin - 1 || memcmp(text.s, begin, sizeof begin - 1) != 0) {
		bad = base64_decode(eval_pool(ev), text, BASE64_STD, &der);
		if (bad >= 0)
			return eval_fail(ev, BUILTIN_ERROR, "%s: %s", name, no_base64(eval_pool(ev), bad));
		text = value_borrow((const char *)der.p, der.n);
	}
	if (pem_next(eval_pool(ev), &text, &type, &der) && !value_is_text(type, "CERTIFICATE REQUEST"))
		return eval_fail(ev, BUILTIN_ERROR, "%s: invalid PEM-encoded certificate signing request", name);
	if (request_value(eval_pool(ev), der, &v))
		return v;
	return eval_fail(ev, BUILTIN_ERROR, "%s: asn1: structure error: no certificate request", name);
}

/* ---- pairs ----------------------------------------------------------------------------------------------- */

/* The DER of text, which is PEM (the first block that fits), or base64 of that, or base64 of DER. */
static const char *key_der(struct pool *p, struct value text, struct bytes *out)
{
	struct value type;
	int64_t bad;

	if (!is_pem(text)) {
		bad = base64_decode(p, text, BASE64_STD, out);
		if (bad >= 0)
			return no_base64(p, bad);
		text = value_borrow((const char *)out->p, out->n);
		if (!is_pem(text))
			return NULL;
	}
	while (pem_next(p, &text, &type, out))
		if (type.len >= 11 && memcmp(type.s + type.len - 11, "PRIVATE KEY", 11) == 0)
			return NULL;
	return "tls: failed to find any PEM data in key input";
}

static bool same_number(struct value a, struct value b, const char *name)
{
	return value_eq(value_get_text(a, name), value_get_text(b, name));
}

static bool key_fits(struct value leaf, struct value key)
{
	struct value public = value_get_text(leaf, "PublicKey");

	if (public.tag == V_OBJECT && key.tag == V_OBJECT)
		return same_number(public, key, "N") && same_number(public, key, "X") && same_number(public, key, "Y");
	return public.tag == V_STRING && key.tag == V_STRING;
}

static struct value fn_parse_keypair(struct eval *ev, const struct value *a)
{
	static const char name[] = "crypto.x509.parse_keypair";
	struct fields f = { .pool = eval_pool(ev) };
	struct vec raw = { 0 };
	struct certificates list;
	struct private_key key;
	struct value leaf, shown;
	struct bytes der;
	const char *wrong;

	if (!eval_charge(ev, 1 + (a[0].len + a[1].len) / 8))
		return VALUE_UNDEF;
	wrong = certificates_read(eval_pool(ev), a[0], &list);
	if (!wrong && !list.n)
		wrong = "tls: failed to find any PEM data in certificate input";
	if (!wrong)
		wrong = key_der(eval_pool(ev), a[1], &der);
	if (!wrong && !certificate_value(eval_pool(ev), list.der[0], false, &leaf))
		wrong = "x509: malformed certificate";
	if (!wrong && !private_key_read(eval_pool(ev), der, &key))
		wrong = "tls: failed to parse private key";
	if (wrong)
		return eval_fail(ev, BUILTIN_ERROR, "%s: %s", name, wrong);
	shown = private_key_value(eval_pool(ev), &key);
	if (!key_fits(leaf, shown))
		return eval_fail(ev, BUILTIN_ERROR, "%s: tls: private key does not match public key", name);
	for (size_t i = 0; i < list.n; i++)
		vec_push(eval_pool(ev), &raw, base64_encode(eval_pool(ev), list.der[i], BASE64_STD));
	fields_put(&f, "Certificate", vec_or_null(&raw));
	fields_put(&f, "Leaf", leaf);
	fields_put(&f, "OCSPStaple", VALUE_NULL);
	fields_put(&f, "PrivateKey", shown);
	fields_put(&f, "SignedCertificateTimestamps", VALUE_NULL);
	fields_put(&f, "SupportedSignatureAlgorithms", VALUE_NULL);
	return fields_object(&f);
}

const struct builtin builtins_cert[] = {
	{ "crypto.x509.parse_certificates", 1, { TY_STR }, TY_ARR, fn_parse_certificates, 0 },
	{ "crypto.x509.parse_and_verify_certificates", 1, { TY_STR }, TY_ARR, fn_verify_certificates, 0 },
	{ "crypto.x509.parse_and_verify_certificates_with_options", 2, { TY_STR, TY_OBJ }, TY_ARR, fn_verify_with_options, 0 },
	{ "crypto.x509.parse_certificate_request", 1, { TY_STR }, TY_OBJ, fn_parse_request, 0 },
	{ "crypto.x509.parse_keypair", 2, { TY_STR, TY_STR }, TY_OBJ, fn_parse_keypair, 0 },
	{ 0 },
};
