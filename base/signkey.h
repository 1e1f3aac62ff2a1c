/* Private keys and signing with them (RFC 7518's algorithms), through OpenSSL. */
#ifndef WB_BASE_SIGNKEY_H
#define WB_BASE_SIGNKEY_H

#include "base/pubkey.h"

struct signkey;
void signkey_free(struct signkey *k);
DEFINE_CLEANUP(signkey_free, struct signkey *);

/* From numbers, the highest byte first. NULL when they are no key. */
struct signkey *signkey_from_rsa(struct bytes modulus, struct bytes exponent, struct bytes secret);
/* x and y may be empty: they follow from secret. */
struct signkey *signkey_from_ec(const char *curve, struct bytes x, struct bytes y, struct bytes secret);
struct signkey *signkey_from_ed25519(struct bytes secret);

/* Bytes of out; 0 when the key is of another kind than alg, or too short for it. */
enum { SIGNATURE_MAX = 1024 };
size_t signkey_sign(const struct signkey *k, const char *alg, struct bytes data, unsigned char out[SIGNATURE_MAX]);

#endif
