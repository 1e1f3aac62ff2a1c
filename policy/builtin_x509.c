/* Certificates (RFC 5280) as values, with the names and numbers that Go's crypto/x509 gives their parts. */
#include "config.h"

#include "policy/builtin_x509.h"

#include <string.h>

#include "policy/base64.h"

int64_t oid_number(struct value oid, const struct named_oid *table, size_t n, int64_t otherwise)
{
	for (size_t i = 0; i < n; i++)
		if (value_is_text(oid, table[i].oid))
			return table[i].number;
	return otherwise;
}

static struct value encoded(struct pool *p, struct bytes b)
{
	return base64_encode(p, b, BASE64_STD);
}

/* ---- names ----------------------------------------------------------------------------------------------- */

static const char *const name_lists[] = { "Country", "Organization", "OrganizationalUnit", "Locality", "Province", "StreetAddress",
					"PostalCode", NULL };

/* Two bytes a character. */
static bool wide_text(struct pool *p, struct bytes b, struct value *out)
{
	char *text = pool_alloc(p, b.n / 2 * 3 + 1);
	size_t n = 0;

	if (b.n % 2)
		return false;
	for (size_t i = 0; i < b.n; i += 2) {
		unsigned c = (unsigned)b.p[i] << 8 | b.p[i + 1];

		if (c >= 0xd800 && c < 0xe000)
			c = 0xfffd;
		if (c >= 0x800) {
			text[n++] = (char)(0xe0 | c >> 12);
			text[n++] = (char)(0x80 | (c >> 6 & 63));
			text[n++] = (char)(0x80 | (c & 63));
		} else if (c >= 0x80) {
			text[n++] = (char)(0xc0 | c >> 6);
			text[n++] = (char)(0x80 | (c & 63));
		} else {
			text[n++] = (char)c;
		}
	}
	*out = value_string(p, text, n);
	return true;
}

static bool attribute_value(struct pool *p, const struct der *d, struct value *out)
{
	enum { UTF8 = 0x0c, NUMERIC = 0x12, PRINTABLE = 0x13, TELETEX = 0x14, IA5 = 0x16, WIDE = 0x1e };
	struct error err = { 0 };
	struct value quoted;
	CLEANUP(buf_release) struct buf json = BUF_INIT(d->body.n * 6 + 16);

	if (d->tag == WIDE)
		return wide_text(p, d->body, out);
	if (d->tag != UTF8 && d->tag != NUMERIC && d->tag != PRINTABLE && d->tag != TELETEX && d->tag != IA5) {
		*out = VALUE_NULL;
		return true;
	}
	/* Only what is UTF-8 is a text here; the reader of JSON knows. */
	value_format_string((const char *)d->body.p, d->body.n, TEXT_JSON, &json);
	if (value_from_json(p, buf_text(&json), json.len, JSON_STRICT, &quoted, &err) < 0)
		return false;
	*out = quoted;
	return true;
}

/* Where attributes 2.5.4.x go: a place among name_lists. */
static int list_of_attribute(unsigned char arc)
{
	static const unsigned char arcs[] = { 6, 10, 11, 7, 8, 9, 17 };
	const unsigned char *at = memchr(arcs, arc, sizeof arcs);

	return at ? (int)(at - arcs) : -1;
}

struct name {
	struct vec lists[7], all;
	struct value common, serial;
};

static bool add_attribute(struct pool *p, struct bytes pair, struct name *out)
{
	struct fields f = { .pool = p };
	struct bytes oid;
	struct value v;
	struct der d;
	int list;

	if (!der_body(&pair, DER_OID, &oid) || !der_next(&pair, &d) || !attribute_value(p, &d, &v))
		return false;
	fields_put(&f, "Type", oid_value(p, oid));
	fields_put(&f, "Value", v);
	vec_push(p, &out->all, fields_object(&f));
	if (oid.n != 3 || oid.p[0] != 0x55 || oid.p[1] != 4 || v.tag != V_STRING)
		return true;
	list = list_of_attribute(oid.p[2]);
	if (list >= 0)
		vec_push(p, &out->lists[list], v);
	if (oid.p[2] == 3)
		out->common = v;
	if (oid.p[2] == 5)
		out->serial = v;
	return true;
}

bool x509_name(struct pool *p, struct bytes name, struct value *out)
{
	struct name n = { .common = value_borrow("", 0), .serial = value_borrow("", 0) };
	struct fields f = { .pool = p };
	struct bytes set, pair;

	while (name.n) {
		if (!der_body(&name, DER_SET, &set))
			return false;
		while (set.n)
			if (!der_body(&set, DER_SEQUENCE, &pair) || !add_attribute(p, pair, &n))
				return false;
	}
	for (size_t i = 0; name_lists[i]; i++)
		fields_put(&f, name_lists[i], vec_or_null(&n.lists[i]));
	fields_put(&f, "CommonName", n.common);
	fields_put(&f, "SerialNumber", n.serial);
	fields_put(&f, "Names", vec_or_null(&n.all));
	fields_put(&f, "ExtraNames", VALUE_NULL);
	*out = fields_object(&f);
	return true;
}

/* ---- keys and signatures --------------------------------------------------------------------------------- */

int64_t x509_signature_kind(struct pool *p, struct bytes algorithm)
{
	static const struct named_oid kinds[] = {
		{ "1.2.840.113549.1.1.4", 2 }, { "1.2.840.113549.1.1.5", 3 }, { "1.3.14.3.2.29", 3 }, { "1.2.840.113549.1.1.11", 4 },
		{ "1.2.840.113549.1.1.12", 5 }, { "1.2.840.113549.1.1.13", 6 }, { "1.2.840.10040.4.3", 7 },
		{ "2.16.840.1.101.3.4.3.2", 8 }, { "1.2.840.10045.4.1", 9 }, { "1.2.840.10045.4.3.2", 10 },
		{ "1.2.840.10045.4.3.3", 11 }, { "1.2.840.10045.4.3.4", 12 }, { "1.3.101.112", 16 },
	};
	/* Of RSASSA-PSS, the hash says which. */
	static const struct named_oid pss[] = {
		{ "2.16.840.1.101.3.4.2.1", 13 }, { "2.16.840.1.101.3.4.2.2", 14 }, { "2.16.840.1.101.3.4.2.3", 15 },
	};
	struct bytes oid, params, hash, id;
	struct value name;

	if (!der_body(&algorithm, DER_OID, &oid))
		return 0;
	name = oid_text(p, oid);
	if (!value_is_text(name, "1.2.840.113549.1.1.10"))
		return OID_NUMBER(name, kinds, 0);
	if (!der_body(&algorithm, DER_SEQUENCE, &params) || !der_body(&params, DER_CONTEXT_CONSTRUCTED, &hash) ||
	    !der_body(&hash, DER_SEQUENCE, &id) || !der_body(&id, DER_OID, &oid))
		return 0;
	return OID_NUMBER(oid_text(p, oid), pss, 0);
}

static bool rsa_public(struct pool *p, struct bytes key, struct value *out)
{
	struct fields f = { .pool = p };
	struct value n, e;
	struct bytes body;

	if (!der_body(&key, DER_SEQUENCE, &body) || !der_number(p, &body, &n) || !der_number(p, &body, &e))
		return false;
	fields_put(&f, "N", n);
	fields_put(&f, "E", e);
	*out = fields_object(&f);
	return true;
}

static bool ec_public(struct pool *p, struct bytes point, struct value *out)
{
	struct fields f = { .pool = p };
	size_t size = point.n / 2;

	if (point.n < 3 || point.p[0] != 4 || point.n % 2 == 0)
		return false;
	fields_put(&f, "Curve", (struct value){ .tag = V_OBJECT });
	fields_put(&f, "X", magnitude_value(p, (struct bytes){ point.p + 1, size }));
	fields_put(&f, "Y", magnitude_value(p, (struct bytes){ point.p + 1 + size, size }));
	*out = fields_object(&f);
	return true;
}

bool public_key_value(struct pool *p, struct bytes spki, struct value *out, int64_t *out_kind)
{
	static const struct named_oid kinds[] = {
		{ "1.2.840.113549.1.1.1", 1 }, { "1.2.840.10040.4.1", 2 }, { "1.2.840.10045.2.1", 3 }, { "1.3.101.112", 4 },
	};
	struct bytes algorithm, oid, key;

	if (!der_body(&spki, DER_SEQUENCE, &algorithm) || !der_body(&algorithm, DER_OID, &oid) || !der_bits(&spki, &key))
		return false;
	*out_kind = OID_NUMBER(oid_text(p, oid), kinds, 0);
	*out = VALUE_NULL;
	switch (*out_kind) {
	case 1: return rsa_public(p, key, out);
	case 3: return ec_public(p, key, out);
	case 4: *out = encoded(p, key); return true;
	default: return true;
	}
}

/* ---- certificates ---------------------------------------------------------------------------------------- */

/* What a certificate without extensions shows. */
static void put_defaults(struct fields *f)
{
	static const char *const none[] = {
		"AuthorityKeyId", "CRLDistributionPoints", "DNSNames", "EmailAddresses", "ExcludedDNSDomains",
		"ExcludedEmailAddresses", "ExcludedIPRanges", "ExcludedURIDomains", "ExtKeyUsage", "Extensions", "ExtraExtensions",
		"IPAddresses", "IssuingCertificateURL", "OCSPServer", "PermittedDNSDomains", "PermittedEmailAddresses",
		"PermittedIPRanges", "PermittedURIDomains", "Policies", "PolicyIdentifiers", "PolicyMappings", "SubjectKeyId",
		"URIs", "URIStrings", "UnhandledCriticalExtensions", "UnknownExtKeyUsage",
	};
	static const char *const no[] = {
		"BasicConstraintsValid", "InhibitAnyPolicyZero", "InhibitPolicyMappingZero", "IsCA", "MaxPathLenZero",
		"PermittedDNSDomainsCritical", "RequireExplicitPolicyZero",
	};
	static const char *const zero[] = { "InhibitAnyPolicy", "InhibitPolicyMapping", "KeyUsage", "MaxPathLen", "RequireExplicitPolicy" };

	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		fields_put(f, none[i], VALUE_NULL);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		fields_put(f, no[i], value_bool(false));
	for (size_t i = 0; i < sizeof zero / sizeof *zero; i++)
		fields_put(f, zero[i], value_int(0));
}

static bool put_key(struct pool *p, const struct der *spki, struct fields *f)
{
	struct value key;
	int64_t kind;

	if (!public_key_value(p, spki->body, &key, &kind))
		return false;
	fields_put(f, "RawSubjectPublicKeyInfo", encoded(p, spki->all));
	fields_put(f, "PublicKeyAlgorithm", value_int(kind));
	fields_put(f, "PublicKey", key);
	return true;
}

static bool put_times(struct pool *p, struct bytes times, struct fields *f)
{
	struct value from, to;

	if (!der_time(p, &times, &from) || !der_time(p, &times, &to))
		return false;
	fields_put(f, "NotBefore", from);
	fields_put(f, "NotAfter", to);
	return true;
}

static bool put_name(struct pool *p, struct bytes *tbs, const char *name, const char *raw, struct fields *f)
{
	struct value v;
	struct der d;

	if (!der_take(tbs, DER_SEQUENCE, &d) || !x509_name(p, d.body, &v))
		return false;
	fields_put(f, name, v);
	fields_put(f, raw, encoded(p, d.all));
	return true;
}

static bool put_rest(struct pool *p, struct bytes rest, struct fields *f)
{
	struct bytes list, body;
	struct der d;

	while (rest.n) {
		if (!der_next(&rest, &d))
			return false;
		body = d.body;
		if (d.tag != (DER_CONTEXT_CONSTRUCTED | 3))
			continue;
		if (!der_body(&body, DER_SEQUENCE, &list) || !x509_extensions(p, list, f))
			return false;
	}
	return true;
}

static bool put_body(struct pool *p, struct bytes tbs, struct fields *f)
{
	struct bytes version, algorithm, times;
	struct value serial;
	struct der spki;
	int64_t v = 0;

	if (der_body(&tbs, DER_CONTEXT_CONSTRUCTED, &version) && (!der_int(&version, &v) || v < 0 || v > 2))
		return false;
	if (!der_number(p, &tbs, &serial) || !der_body(&tbs, DER_SEQUENCE, &algorithm) ||
	    !put_name(p, &tbs, "Issuer", "RawIssuer", f) || !der_body(&tbs, DER_SEQUENCE, &times) || !put_times(p, times, f) ||
	    !put_name(p, &tbs, "Subject", "RawSubject", f) || !der_take(&tbs, DER_SEQUENCE, &spki) || !put_key(p, &spki, f))
		return false;
	fields_put(f, "Version", value_int(v + 1));
	fields_put(f, "SerialNumber", serial);
	fields_put(f, "SignatureAlgorithm", value_int(x509_signature_kind(p, algorithm)));
	return put_rest(p, tbs, f);
}

static struct value without(struct pool *p, struct value object, const char *name)
{
	struct pair *pairs = pool_alloc(p, object.len * sizeof *pairs);
	size_t n = 0;

	for (uint32_t i = 0; i < object.len; i++)
		if (!value_is_text(object.pairs[i].key, name))
			pairs[n++] = object.pairs[i];
	return value_object_last(pairs, n);
}

bool certificate_value(struct pool *p, struct bytes der, bool with_uris, struct value *out)
{
	struct fields f = { .pool = p };
	struct bytes rest = der, body, algorithm, signature;
	struct der tbs;

	put_defaults(&f);
	if (!der_body(&rest, DER_SEQUENCE, &body) || rest.n || !der_take(&body, DER_SEQUENCE, &tbs) ||
	    !der_body(&body, DER_SEQUENCE, &algorithm) || !der_bits(&body, &signature) || !put_body(p, tbs.body, &f))
		return false;
	fields_put(&f, "Raw", encoded(p, der));
	fields_put(&f, "RawTBSCertificate", encoded(p, tbs.all));
	fields_put(&f, "Signature", encoded(p, signature));
	*out = fields_object(&f);
	if (!with_uris)
		*out = without(p, *out, "URIStrings");
	return true;
}
