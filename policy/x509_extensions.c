/* The extensions of certificates (RFC 5280, section 4.2) as Go's crypto/x509 shows them. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "policy/base64.h"
#include "policy/builtin_x509.h"
#include "policy/uri.h"

static struct value encoded(struct pool *p, struct bytes b)
{
	return base64_encode(p, b, BASE64_STD);
}

/* ---- names in extensions --------------------------------------------------------------------------------- */

struct general_names {
	struct vec dns, email, ip, uri;
	bool ranges; /* addresses come with masks */
};

static bool address_text(struct pool *p, struct bytes b, struct value *out)
{
	char text[INET6_ADDRSTRLEN];

	if ((b.n != 4 && b.n != 16) || !inet_ntop(b.n == 4 ? AF_INET : AF_INET6, b.p, text, sizeof text))
		return false;
	*out = value_string(p, text, strlen(text));
	return true;
}

static bool add_address(struct pool *p, struct bytes b, struct general_names *out)
{
	struct fields f = { .pool = p };
	struct value v;

	if (!address_text(p, (struct bytes){ b.p, out->ranges ? b.n / 2 : b.n }, &v) || (out->ranges && b.n % 2))
		return false;
	if (out->ranges) {
		fields_put(&f, "IP", v);
		fields_put(&f, "Mask", encoded(p, (struct bytes){ b.p + b.n / 2, b.n / 2 }));
		v = fields_object(&f);
	}
	vec_push(p, &out->ip, v);
	return true;
}

static bool add_general_name(struct pool *p, const struct der *d, struct general_names *out)
{
	for (size_t i = 0; i < d->body.n && d->tag != (DER_CONTEXT | 7); i++)
		if (d->tag < DER_CONTEXT_CONSTRUCTED && d->body.p[i] >= 0x80)
			return false;
	if (d->tag == (DER_CONTEXT | 1))
		vec_push(p, &out->email, bytes_text(p, d->body));
	else if (d->tag == (DER_CONTEXT | 2))
		vec_push(p, &out->dns, bytes_text(p, d->body));
	else if (d->tag == (DER_CONTEXT | 6))
		vec_push(p, &out->uri, bytes_text(p, d->body));
	else if (d->tag == (DER_CONTEXT | 7))
		return add_address(p, d->body, out);
	return true;
}

static struct value text_or_empty(struct pool *p, struct value v)
{
	return value_string(p, v.s, v.len);
}

/* As Go shows a parsed URL. */
static bool uri_value(struct pool *p, struct value text, struct value *out)
{
	struct fields f = { .pool = p };
	struct uri u;

	if (uri_parse(p, text, &u))
		return false;
	fields_put(&f, "Scheme", text_or_empty(p, u.scheme));
	fields_put(&f, "Opaque", text_or_empty(p, u.opaque));
	fields_put(&f, "User", u.has_user ? (struct value){ .tag = V_OBJECT } : VALUE_NULL);
	fields_put(&f, "Host", text_or_empty(p, u.host));
	fields_put(&f, "Path", text_or_empty(p, u.path));
	fields_put(&f, "RawPath", text_or_empty(p, u.raw_path));
	fields_put(&f, "OmitHost", value_bool(u.omit_host));
	fields_put(&f, "ForceQuery", value_bool(u.force_query));
	fields_put(&f, "RawQuery", text_or_empty(p, u.raw_query));
	fields_put(&f, "Fragment", text_or_empty(p, u.fragment));
	fields_put(&f, "RawFragment", text_or_empty(p, u.raw_fragment));
	*out = fields_object(&f);
	return true;
}

static bool alternative_names(struct pool *p, struct bytes b, struct fields *out)
{
	struct general_names names = { 0 };
	struct vec uris = { 0 };
	struct value v;
	struct bytes list;
	struct der d;

	if (!der_body(&b, DER_SEQUENCE, &list))
		return false;
	while (list.n)
		if (!der_next(&list, &d) || !add_general_name(p, &d, &names))
			return false;
	for (size_t i = 0; i < names.uri.n; i++) {
		if (!uri_value(p, names.uri.v[i], &v))
			return false;
		vec_push(p, &uris, v);
	}
	fields_put(out, "DNSNames", vec_or_null(&names.dns));
	fields_put(out, "EmailAddresses", vec_or_null(&names.email));
	fields_put(out, "IPAddresses", vec_or_null(&names.ip));
	fields_put(out, "URIs", vec_or_null(&uris));
	fields_put(out, "URIStrings", vec_or_null(&names.uri));
	return true;
}

static bool subtrees(struct pool *p, struct bytes b, struct general_names *out)
{
	struct bytes one;
	struct der d;

	while (b.n)
		if (!der_body(&b, DER_SEQUENCE, &one) || !der_next(&one, &d) || !add_general_name(p, &d, out))
			return false;
	return true;
}

static bool name_constraints(struct pool *p, struct bytes b, struct fields *out)
{
	struct general_names permitted = { .ranges = true }, excluded = { .ranges = true };
	struct bytes both, list;

	if (!der_body(&b, DER_SEQUENCE, &both))
		return false;
	if ((der_body(&both, DER_CONTEXT_CONSTRUCTED, &list) && !subtrees(p, list, &permitted)) ||
	    (der_body(&both, DER_CONTEXT_CONSTRUCTED | 1, &list) && !subtrees(p, list, &excluded)))
		return false;
	fields_put(out, "PermittedDNSDomains", vec_or_null(&permitted.dns));
	fields_put(out, "PermittedEmailAddresses", vec_or_null(&permitted.email));
	fields_put(out, "PermittedIPRanges", vec_or_null(&permitted.ip));
	fields_put(out, "PermittedURIDomains", vec_or_null(&permitted.uri));
	fields_put(out, "ExcludedDNSDomains", vec_or_null(&excluded.dns));
	fields_put(out, "ExcludedEmailAddresses", vec_or_null(&excluded.email));
	fields_put(out, "ExcludedIPRanges", vec_or_null(&excluded.ip));
	fields_put(out, "ExcludedURIDomains", vec_or_null(&excluded.uri));
	return true;
}

/* ---- other extensions ------------------------------------------------------------------------------------ */

static bool key_usage(struct pool *p, struct bytes b, struct fields *out)
{
	struct bytes bits;
	int64_t usage = 0;

	(void)p;
	if (!der_bits(&b, &bits))
		return false;
	for (size_t i = 0; i < 9 && i / 8 < bits.n; i++)
		usage |= (int64_t)(bits.p[i / 8] >> (7 - i % 8) & 1) << i;
	fields_put(out, "KeyUsage", value_int(usage));
	return true;
}

static bool extended_key_usage(struct pool *p, struct bytes b, struct fields *out)
{
	static const struct named_oid known[] = {
		{ "2.5.29.37.0", 0 }, { "1.3.6.1.5.5.7.3.1", 1 }, { "1.3.6.1.5.5.7.3.2", 2 }, { "1.3.6.1.5.5.7.3.3", 3 },
		{ "1.3.6.1.5.5.7.3.4", 4 }, { "1.3.6.1.5.5.7.3.5", 5 }, { "1.3.6.1.5.5.7.3.6", 6 }, { "1.3.6.1.5.5.7.3.7", 7 },
		{ "1.3.6.1.5.5.7.3.8", 8 }, { "1.3.6.1.5.5.7.3.9", 9 }, { "1.3.6.1.4.1.311.10.3.3", 10 },
		{ "2.16.840.1.113730.4.1", 11 }, { "1.3.6.1.4.1.311.2.1.22", 12 }, { "1.3.6.1.4.1.311.61.1.1", 13 },
	};
	struct vec usages = { 0 }, others = { 0 };
	struct bytes list, oid;

	if (!der_body(&b, DER_SEQUENCE, &list))
		return false;
	while (list.n) {
		int64_t number;

		if (!der_body(&list, DER_OID, &oid))
			return false;
		number = OID_NUMBER(oid_text(p, oid), known, -1);
		vec_push(p, number < 0 ? &others : &usages, number < 0 ? oid_value(p, oid) : value_int(number));
	}
	fields_put(out, "ExtKeyUsage", vec_or_null(&usages));
	fields_put(out, "UnknownExtKeyUsage", vec_or_null(&others));
	return true;
}

static bool basic_constraints(struct pool *p, struct bytes b, struct fields *out)
{
	struct bytes body, ca = { NULL, 0 };
	int64_t longest = -1;

	(void)p;
	if (!der_body(&b, DER_SEQUENCE, &body))
		return false;
	if (der_body(&body, DER_BOOL, &ca) && ca.n != 1)
		return false;
	if (body.n && !der_int(&body, &longest))
		return false;
	fields_put(out, "BasicConstraintsValid", value_bool(true));
	fields_put(out, "IsCA", value_bool(ca.n && ca.p[0]));
	fields_put(out, "MaxPathLen", value_int(longest));
	fields_put(out, "MaxPathLenZero", value_bool(longest == 0));
	return true;
}

static bool subject_key(struct pool *p, struct bytes b, struct fields *out)
{
	struct bytes id;

	if (!der_body(&b, DER_OCTETS, &id))
		return false;
	fields_put(out, "SubjectKeyId", encoded(p, id));
	return true;
}

static bool authority_key(struct pool *p, struct bytes b, struct fields *out)
{
	struct bytes body, id;

	if (!der_body(&b, DER_SEQUENCE, &body))
		return false;
	if (der_body(&body, DER_CONTEXT, &id))
		fields_put(out, "AuthorityKeyId", encoded(p, id));
	return true;
}

static bool distribution_points(struct pool *p, struct bytes b, struct fields *out)
{
	struct bytes list, point, name, full;
	struct vec urls = { 0 };
	struct der d;

	if (!der_body(&b, DER_SEQUENCE, &list))
		return false;
	while (list.n) {
		if (!der_body(&list, DER_SEQUENCE, &point))
			return false;
		if (!der_body(&point, DER_CONTEXT_CONSTRUCTED, &name) || !der_body(&name, DER_CONTEXT_CONSTRUCTED, &full))
			continue;
		while (full.n && der_next(&full, &d))
			if (d.tag == (DER_CONTEXT | 6))
				vec_push(p, &urls, bytes_text(p, d.body));
	}
	fields_put(out, "CRLDistributionPoints", vec_or_null(&urls));
	return true;
}

static bool authority_access(struct pool *p, struct bytes b, struct fields *out)
{
	struct vec ocsp = { 0 }, issuers = { 0 };
	struct bytes list, one, oid;
	struct der d;

	if (!der_body(&b, DER_SEQUENCE, &list))
		return false;
	while (list.n) {
		struct value method;

		if (!der_body(&list, DER_SEQUENCE, &one) || !der_body(&one, DER_OID, &oid) || !der_next(&one, &d))
			return false;
		method = oid_text(p, oid);
		if (d.tag == (DER_CONTEXT | 6) && value_is_text(method, "1.3.6.1.5.5.7.48.1"))
			vec_push(p, &ocsp, bytes_text(p, d.body));
		if (d.tag == (DER_CONTEXT | 6) && value_is_text(method, "1.3.6.1.5.5.7.48.2"))
			vec_push(p, &issuers, bytes_text(p, d.body));
	}
	fields_put(out, "OCSPServer", vec_or_null(&ocsp));
	fields_put(out, "IssuingCertificateURL", vec_or_null(&issuers));
	return true;
}

static bool policies(struct pool *p, struct bytes b, struct fields *out)
{
	struct vec texts = { 0 }, ids = { 0 };
	struct bytes list, one, oid;

	if (!der_body(&b, DER_SEQUENCE, &list))
		return false;
	while (list.n) {
		if (!der_body(&list, DER_SEQUENCE, &one) || !der_body(&one, DER_OID, &oid))
			return false;
		vec_push(p, &texts, oid_text(p, oid));
		vec_push(p, &ids, oid_value(p, oid));
	}
	fields_put(out, "Policies", vec_or_null(&texts));
	fields_put(out, "PolicyIdentifiers", vec_or_null(&ids));
	return true;
}

static bool policy_mappings(struct pool *p, struct bytes b, struct fields *out)
{
	struct vec all = { 0 };
	struct bytes list, one, from, to;

	if (!der_body(&b, DER_SEQUENCE, &list))
		return false;
	while (list.n) {
		struct fields f = { .pool = p };

		if (!der_body(&list, DER_SEQUENCE, &one) || !der_body(&one, DER_OID, &from) || !der_body(&one, DER_OID, &to))
			return false;
		fields_put(&f, "IssuerDomainPolicy", oid_text(p, from));
		fields_put(&f, "SubjectDomainPolicy", oid_text(p, to));
		vec_push(p, &all, fields_object(&f));
	}
	fields_put(out, "PolicyMappings", vec_or_null(&all));
	return true;
}

static void put_depth(struct fields *out, const char *name, const char *zero, int64_t depth)
{
	fields_put(out, name, value_int(depth));
	fields_put(out, zero, value_bool(depth == 0));
}

static bool inhibit_any(struct pool *p, struct bytes b, struct fields *out)
{
	int64_t depth;

	(void)p;
	if (!der_int(&b, &depth))
		return false;
	put_depth(out, "InhibitAnyPolicy", "InhibitAnyPolicyZero", depth);
	return true;
}

static bool small_number(struct bytes b, int64_t *out)
{
	*out = b.n == 1 ? b.p[0] : -1;
	return b.n == 1 && b.p[0] < 0x80;
}

static bool policy_constraints(struct pool *p, struct bytes b, struct fields *out)
{
	struct bytes body, number;
	int64_t depth;

	(void)p;
	if (!der_body(&b, DER_SEQUENCE, &body))
		return false;
	if (der_body(&body, DER_CONTEXT, &number)) {
		if (!small_number(number, &depth))
			return false;
		put_depth(out, "RequireExplicitPolicy", "RequireExplicitPolicyZero", depth);
	}
	if (der_body(&body, DER_CONTEXT | 1, &number)) {
		if (!small_number(number, &depth))
			return false;
		put_depth(out, "InhibitPolicyMapping", "InhibitPolicyMappingZero", depth);
	}
	return true;
}

static const struct {
	const char *oid;
	bool (*read)(struct pool *p, struct bytes value, struct fields *out);
} extensions[] = {
	{ "2.5.29.15", key_usage },
	{ "2.5.29.19", basic_constraints },
	{ "2.5.29.17", alternative_names },
	{ "2.5.29.30", name_constraints },
	{ "2.5.29.31", distribution_points },
	{ "2.5.29.35", authority_key },
	{ "2.5.29.36", policy_constraints },
	{ "2.5.29.37", extended_key_usage },
	{ "2.5.29.14", subject_key },
	{ "2.5.29.32", policies },
	{ "2.5.29.33", policy_mappings },
	{ "2.5.29.54", inhibit_any },
	{ "1.3.6.1.5.5.7.1.1", authority_access },
};

/* 1 read, 0 of an unknown kind, -1 not as its kind says. */
static int read_extension(struct pool *p, struct value oid, struct bytes value, struct fields *out)
{
	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
		if (value_is_text(oid, extensions[i].oid))
			return extensions[i].read(p, value, out) ? 1 : -1;
	return 0;
}

bool x509_extensions(struct pool *p, struct bytes list, struct fields *out)
{
	struct vec all = { 0 }, unhandled = { 0 };

	while (list.n) {
		struct bytes one, oid, critical = { NULL, 0 }, value;
		struct fields f = { .pool = p };
		struct value id, name;
		bool is_critical;
		int known;

		if (!der_body(&list, DER_SEQUENCE, &one) || !der_body(&one, DER_OID, &oid))
			return false;
		der_body(&one, DER_BOOL, &critical);
		is_critical = critical.n && critical.p[0];
		if (!der_body(&one, DER_OCTETS, &value))
			return false;
		id = oid_value(p, oid);
		name = oid_text(p, oid);
		fields_put(&f, "Id", id);
		fields_put(&f, "Critical", value_bool(is_critical));
		fields_put(&f, "Value", encoded(p, value));
		vec_push(p, &all, fields_object(&f));
		known = read_extension(p, name, value, out);
		if (known < 0)
			return false;
		if (is_critical && !known)
			vec_push(p, &unhandled, id);
		if (value_is_text(name, "2.5.29.30"))
			fields_put(out, "PermittedDNSDomainsCritical", value_bool(is_critical));
	}
	fields_put(out, "Extensions", vec_or_null(&all));
	fields_put(out, "UnhandledCriticalExtensions", vec_or_null(&unhandled));
	return true;
}
