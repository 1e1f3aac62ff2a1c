/* SHA-256 and SHA-1, and checksums by name, through OpenSSL. */
#include "config.h"

#include "base/digest.h"

#include <string.h>

#include "base/mem.h"
#include "base/openssl.h"
#include "base/str.h"
#include "base/sys.h"

/* The EVP interface loads providers and openssl.cnf (over 1 ms) before its first digest; this one does not. */
struct hasher {
	SHA256_CTX ctx;
};

struct hasher *hasher_new(void)
{
	struct hasher *h = mem_zalloc(sizeof *h);

	SHA256_Init(&h->ctx);
	return h;
}

void hasher_free(struct hasher *h)
{
	free(h);
}

void hasher_update(struct hasher *h, const void *p, size_t n)
{
	SHA256_Update(&h->ctx, p, n);
}

struct digest hasher_finish(struct hasher *h)
{
	struct digest d;

	SHA256_Final(d.bytes, &h->ctx);
	return d;
}

struct digest digest_of(const void *p, size_t n)
{
	SHA256_CTX ctx;
	struct digest d;

	/* In three steps: SHA256() at once goes through EVP in OpenSSL 3. */
	SHA256_Init(&ctx);
	SHA256_Update(&ctx, p, n);
	SHA256_Final(d.bytes, &ctx);
	return d;
}

int digest_of_fd(int fd, const char *name, struct digest *out, uint64_t *out_bytes, struct error *err)
{
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	uint64_t at = 0;

	for (;;) {
		char piece[65536];
		ssize_t n = sys_pread(fd, piece, sizeof piece, (off_t)at);

		if (n < 0)
			return error_sys(err, "reading %s", name);
		if (n == 0)
			break;
		hasher_update(h, piece, (size_t)n);
		at += (uint64_t)n;
	}
	*out = hasher_finish(h);
	if (out_bytes)
		*out_bytes = at;
	return 0;
}

struct sha1 {
	SHA_CTX ctx;
};

struct sha1 *sha1_new(void)
{
	struct sha1 *h = mem_zalloc(sizeof *h);

	SHA1_Init(&h->ctx);
	return h;
}

void sha1_free(struct sha1 *h)
{
	free(h);
}

void sha1_update(struct sha1 *h, const void *p, size_t n)
{
	SHA1_Update(&h->ctx, p, n);
}

void sha1_finish(struct sha1 *h, unsigned char out[SHA1_BYTES])
{
	SHA1_Final(out, &h->ctx);
}

struct digest_hex digest_hex(const struct digest *d)
{
	struct digest_hex hex;

	str_hex(d->bytes, DIGEST_BYTES, hex.text);
	return hex;
}

bool digest_parse(const char *hex, struct digest *out)
{
	return str_unhex(hex, out->bytes, DIGEST_BYTES);
}

bool digest_eq(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

/* A checksum over two parts, so that HMAC needs no copy of the text. */
static size_t hash_parts(enum hash_kind kind, const void *a, size_t na, const void *b, size_t nb, unsigned char out[HASH_MAX])
{
	MD5_CTX md5;
	SHA_CTX sha1;
	SHA256_CTX sha256;
	SHA512_CTX sha512;

	switch (kind) {
	case HASH_MD5:
		MD5_Init(&md5);
		MD5_Update(&md5, a, na);
		MD5_Update(&md5, b, nb);
		MD5_Final(out, &md5);
		return MD5_DIGEST_LENGTH;
	case HASH_SHA1:
		SHA1_Init(&sha1);
		SHA1_Update(&sha1, a, na);
		SHA1_Update(&sha1, b, nb);
		SHA1_Final(out, &sha1);
		return SHA_DIGEST_LENGTH;
	case HASH_SHA256:
		SHA256_Init(&sha256);
		SHA256_Update(&sha256, a, na);
		SHA256_Update(&sha256, b, nb);
		SHA256_Final(out, &sha256);
		return SHA256_DIGEST_LENGTH;
	default:
		SHA512_Init(&sha512);
		SHA512_Update(&sha512, a, na);
		SHA512_Update(&sha512, b, nb);
		SHA512_Final(out, &sha512);
		return SHA512_DIGEST_LENGTH;
	}
}

size_t hash_of(enum hash_kind kind, const void *p, size_t n, unsigned char out[HASH_MAX])
{
	return hash_parts(kind, p, n, "", 0, out);
}

size_t hash_hmac(enum hash_kind kind, const void *key, size_t nkey, const void *p, size_t n, unsigned char out[HASH_MAX])
{
	size_t block = kind == HASH_SHA512 ? 128 : 64, len;
	unsigned char inner[128], outer[128], short_key[HASH_MAX];

	if (nkey > block) {
		nkey = hash_of(kind, key, nkey, short_key);
		key = short_key;
	}
	for (size_t i = 0; i < block; i++) {
		unsigned char k = i < nkey ? ((const unsigned char *)key)[i] : 0;

		inner[i] = k ^ 0x36;
		outer[i] = k ^ 0x5c;
	}
	len = hash_parts(kind, inner, block, p, n, short_key);
	return hash_parts(kind, outer, block, short_key, len, out);
}
