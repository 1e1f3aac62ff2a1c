/* Public keys and what was signed with them (RFC 7518's algorithms), through OpenSSL. */
#ifndef WB_BASE_PUBKEY_H
#define WB_BASE_PUBKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct pubkey;
void pubkey_free(struct pubkey *k);
DEFINE_CLEANUP(pubkey_free, struct pubkey *);

/* A certificate's or a plain public key's PEM block, with nothing behind it. NULL with err. */
struct pubkey *pubkey_from_pem(const char *pem, size_t n, struct error *err);

struct bytes {
	const unsigned char *p;
	size_t n;
};

/* From numbers, the highest byte first. NULL when they are no key. curve: "P-256", "P-384", "P-521". */
struct pubkey *pubkey_from_rsa(struct bytes modulus, struct bytes exponent);
struct pubkey *pubkey_from_ec(const char *curve, struct bytes x, struct bytes y);
struct pubkey *pubkey_from_ed25519(struct bytes x);

/* alg: "RS256", "PS384", "ES512", "EdDSA", ... False as well when the key is of another kind. */
bool pubkey_verify(const struct pubkey *k, const char *alg, struct bytes data, struct bytes signature);

/*
 * Whether the last of certs (DER) is vouched for by the first, over any between them, at a time and for a host (NULL: any); what
 * each may be used for is the caller's to check. Places in certs from the last to the first; how many, 0 when it is not so.
 */
struct pubkey_chain {
	const struct bytes *certs;
	size_t n;
	int64_t at_s;
	const char *host;
};
size_t pubkey_verify_chain(const struct pubkey_chain *c, size_t *order, size_t max);

/* What belongs to a private number: xy has room for both coordinates, x for 32 bytes. */
bool pubkey_ec_public(const char *curve, struct bytes d, unsigned char *xy);
bool pubkey_ed25519_public(struct bytes d, unsigned char *x);

/* alg: "HS256", "HS384", "HS512". Bytes of out, 0 for another algorithm. */
enum { MAC_MAX = 64 };
size_t mac_of(const char *alg, struct bytes key, struct bytes data, unsigned char out[MAC_MAX]);

#endif
