/* Certificates and keys as values; the files of builtins on them share this. */
#ifndef WB_POLICY_BUILTIN_X509_H
#define WB_POLICY_BUILTIN_X509_H

#include "policy/builtin.h"
#include "policy/der.h"
#include "policy/fields.h"

enum { CERTIFICATES_MAX = 64 };

struct certificates {
	struct bytes der[CERTIFICATES_MAX];
	size_t n;
};

/*
 * PEM blocks, or base64 of them, or base64 of DER. What is read is not yet known to be certificates.
 * NULL, or what is wrong.
 */
const char *certificates_read(struct pool *p, struct value text, struct certificates *out);

/* One certificate as Go's crypto/x509 shows it. with_uris: also its names that are URIs as texts. False when it is none. */
bool certificate_value(struct pool *p, struct bytes der, bool with_uris, struct value *out);

/* A SubjectPublicKeyInfo's key: numbers; out_kind as Go counts algorithms. */
bool public_key_value(struct pool *p, struct bytes spki, struct value *out, int64_t *out_kind);

/*
 * The private keys among text's PEM blocks (or base64 of them), each read to its numbers; other blocks are passed over. NULL, or
 * what is wrong.
 */
struct private_key {
	char kind; /* 'R' RSA, 'E' elliptic curve, 'D' Ed25519 */
	const char *curve;
	struct bytes part[8]; /* RSA: n e d p q dp dq qi; curve: x y d; Ed25519: x d */
};

const char *private_keys_read(struct pool *p, struct value text, struct private_key *out, size_t max, size_t *out_n);
/* One DER key of whatever form. */
bool private_key_read(struct pool *p, struct bytes der, struct private_key *out);
/* As Go shows the key. */
struct value private_key_value(struct pool *p, const struct private_key *k);

/* What Go counts where a certificate has an identifier: the number of oid ("1.2.840"), or otherwise. */
struct named_oid {
	const char *oid;
	int64_t number;
};
int64_t oid_number(struct value oid, const struct named_oid *table, size_t n, int64_t otherwise);
#define OID_NUMBER(oid, table, otherwise) oid_number(oid, table, sizeof(table) / sizeof *(table), otherwise)

/* Names and what hangs on them, shared with requests for certificates. False when they are not what they say. */
bool x509_name(struct pool *p, struct bytes name, struct value *out);
bool x509_extensions(struct pool *p, struct bytes list, struct fields *out);
int64_t x509_signature_kind(struct pool *p, struct bytes algorithm);

#endif
