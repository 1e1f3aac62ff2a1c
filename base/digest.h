/* SHA-256 (FIPS 180-4), and SHA-1 where a format demands it, through OpenSSL. */
#ifndef WB_BASE_DIGEST_H
#define WB_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { DIGEST_BYTES = 32, DIGEST_HEX = 64 };

struct digest {
	unsigned char bytes[DIGEST_BYTES];
};

/* Hex text with its NUL, by value. */
struct digest_hex {
	char text[DIGEST_HEX + 1];
};

/* One running computation. */
struct hasher;
struct hasher *hasher_new(void);
void hasher_free(struct hasher *h);
DEFINE_CLEANUP(hasher_free, struct hasher *);
void hasher_update(struct hasher *h, const void *p, size_t n);
struct digest hasher_finish(struct hasher *h);

/* Of n bytes at p. */
struct digest digest_of(const void *p, size_t n);

/* Digest of a descriptor's bytes from its start to its end; *out_bytes (may be NULL) is how many there were. */
int digest_of_fd(int fd, const char *name, struct digest *out, uint64_t *out_bytes, struct error *err) WB_MUST_CHECK;

/* SHA-1 (FIPS 180-4), for formats that demand it: git's object ids and pack files. */
enum { SHA1_BYTES = 20 };
struct sha1;
struct sha1 *sha1_new(void);
void sha1_free(struct sha1 *h);
DEFINE_CLEANUP(sha1_free, struct sha1 *);
void sha1_update(struct sha1 *h, const void *p, size_t n);
void sha1_finish(struct sha1 *h, unsigned char out[SHA1_BYTES]);

/* Written in lower case, read in either: exactly 64 digits, else false and *out means nothing. */
struct digest_hex digest_hex(const struct digest *d);
bool digest_parse(const char *hex, struct digest *out);
bool digest_eq(const struct digest *a, const struct digest *b);

/* Checksums that policies may ask for by name; nothing of wb relies on the older ones. */
enum hash_kind { HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA512 };
enum { HASH_MAX = 64 };

/* Returns how many bytes of out are the hash. */
size_t hash_of(enum hash_kind kind, const void *p, size_t n, unsigned char out[HASH_MAX]);

/* HMAC (RFC 2104). */
size_t hash_hmac(enum hash_kind kind, const void *key, size_t nkey, const void *p, size_t n, unsigned char out[HASH_MAX]);

#endif
