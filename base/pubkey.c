/* Public keys, through OpenSSL's EVP interface. */
#include "config.h"

#include "base/pubkey.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/openssl.h"
#include "base/str.h"

struct pubkey {
	EVP_PKEY *key;
};

DEFINE_CLEANUP(BIO_free, BIO *);
DEFINE_CLEANUP(X509_free, X509 *);
DEFINE_CLEANUP(EVP_MD_CTX_free, EVP_MD_CTX *);
DEFINE_CLEANUP(EVP_PKEY_CTX_free, EVP_PKEY_CTX *);
DEFINE_CLEANUP(OSSL_PARAM_BLD_free, OSSL_PARAM_BLD *);
DEFINE_CLEANUP(OSSL_PARAM_free, OSSL_PARAM *);
DEFINE_CLEANUP(BN_free, BIGNUM *);
DEFINE_CLEANUP(ECDSA_SIG_free, ECDSA_SIG *);

static struct pubkey *wrap(EVP_PKEY *key)
{
	struct pubkey *k;

	if (!key)
		return NULL;
	k = mem_zalloc(sizeof *k);
	k->key = key;
	return k;
}

void pubkey_free(struct pubkey *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->key);
	free(k);
}

static struct pubkey *refuse(struct error *err, const char *why)
{
	error_set(err, ERR_INVALID, "%s", why);
	return NULL;
}

/* Whether only white space follows the block's last line. */
static bool ends_with_block(const char *pem, size_t n)
{
	const char *end = memmem(pem, n, "-----END ", 9), *rest = end ? memmem(end + 9, n - (size_t)(end + 9 - pem), "-----", 5) : NULL;

	for (rest = rest ? rest + 5 : NULL; rest && rest < pem + n; rest++)
		if (!isspace((unsigned char)*rest))
			return false;
	return rest != NULL;
}

struct pubkey *pubkey_from_pem(const char *pem, size_t n, struct error *err)
{
	bool certificate = n > 27 && memcmp(pem, "-----BEGIN CERTIFICATE-----", 27) == 0;
	bool plain = n > 26 && memcmp(pem, "-----BEGIN PUBLIC KEY-----", 26) == 0;
	CLEANUP(BIO_free) BIO *bio = NULL;
	CLEANUP(X509_free) X509 *cert = NULL;
	struct pubkey *k;

	if (memmem(pem, n, "-----END ", 9) && !ends_with_block(pem, n))
		return refuse(err, "extra data after a PEM certificate block");
	if (!certificate && !plain)
		return refuse(err, "failed to extract a Key from the PEM certificate");
	bio = BIO_new_mem_buf(pem, (int)n);
	if (plain) {
		k = wrap(PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL));
		return k ? k : refuse(err, "failed to parse a PEM key");
	}
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	k = cert ? wrap(X509_get_pubkey(cert)) : NULL;
	return k ? k : refuse(err, "failed to parse a PEM certificate");
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *build)
{
	CLEANUP(OSSL_PARAM_free) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	CLEANUP(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) <= 0 || EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		return NULL;
	return key;
}

struct pubkey *pubkey_from_rsa(struct bytes modulus, struct bytes exponent)
{
	CLEANUP(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	CLEANUP(BN_free) BIGNUM *n = BN_bin2bn(modulus.p, (int)modulus.n, NULL);
	CLEANUP(BN_free) BIGNUM *e = BN_bin2bn(exponent.p, (int)exponent.n, NULL);

	/* Smaller than any in use: no key, or one that protects nothing. */
	if (modulus.n < 64 || !exponent.n)
		return NULL;
	if (!OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) || !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e))
		return NULL;
	return wrap(from_params("RSA", build));
}

/* Bytes of one coordinate. */
static size_t curve_size(const char *curve)
{
	return str_eq(curve, "P-256") ? 32 : str_eq(curve, "P-384") ? 48 : str_eq(curve, "P-521") ? 66 : 0;
}

struct pubkey *pubkey_from_ec(const char *curve, struct bytes x, struct bytes y)
{
	CLEANUP(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	unsigned char point[1 + 2 * 66] = { 4 };
	size_t size = curve_size(curve);

	if (!size || x.n > size || y.n > size)
		return NULL;
	memcpy(point + 1 + size - x.n, x.p, x.n);
	memcpy(point + 1 + 2 * size - y.n, y.p, y.n);
	if (!OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size))
		return NULL;
	return wrap(from_params("EC", build));
}

struct pubkey *pubkey_from_ed25519(struct bytes x)
{
	return wrap(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x.p, x.n));
}

static const EVP_MD *hash_named(const char *digits)
{
	return str_eq(digits, "256") ? EVP_sha256() : str_eq(digits, "384") ? EVP_sha384() : str_eq(digits, "512") ? EVP_sha512() : NULL;
}

/* r and s, one behind the other, as OpenSSL takes them. Bytes in *out (owned by the caller), or 0. */
static int to_der(struct bytes signature, size_t size, unsigned char **out)
{
	CLEANUP(ECDSA_SIG_free) ECDSA_SIG *sig = ECDSA_SIG_new();

	if (signature.n != 2 * size ||
	    !ECDSA_SIG_set0(sig, BN_bin2bn(signature.p, (int)size, NULL), BN_bin2bn(signature.p + size, (int)size, NULL)))
		return 0;
	return i2d_ECDSA_SIG(sig, out);
}

static bool verify(EVP_PKEY *key, const EVP_MD *md, bool pss, struct bytes data, struct bytes signature)
{
	CLEANUP(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *padding;

	if (EVP_DigestVerifyInit(ctx, &padding, md, NULL, key) <= 0)
		return false;
	if (pss && (EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) <= 0 ||
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_AUTO) <= 0))
		return false;
	return EVP_DigestVerify(ctx, signature.p, signature.n, data.p, data.n) == 1;
}

bool pubkey_verify(const struct pubkey *k, const char *alg, struct bytes data, struct bytes signature)
{
	const EVP_MD *md = strlen(alg) == 5 ? hash_named(alg + 2) : NULL;
	unsigned char *der = NULL;
	size_t size;
	bool ok;
	int n;

	if (str_eq(alg, "EdDSA"))
		return EVP_PKEY_is_a(k->key, "ED25519") && verify(k->key, NULL, false, data, signature);
	if (!md)
		return false;
	if (str_starts(alg, "RS") || str_starts(alg, "PS"))
		return EVP_PKEY_is_a(k->key, "RSA") && verify(k->key, md, alg[0] == 'P', data, signature);
	if (!str_starts(alg, "ES") || !EVP_PKEY_is_a(k->key, "EC"))
		return false;
	size = str_eq(alg, "ES512") ? 66 : str_eq(alg, "ES384") ? 48 : 32;
	n = (EVP_PKEY_get_bits(k->key) + 7) / 8 == (int)size ? to_der(signature, size, &der) : 0;
	ok = n > 0 && verify(k->key, md, false, data, (struct bytes){ der, (size_t)n });
	OPENSSL_free(der);
	return ok;
}

size_t mac_of(const char *alg, struct bytes key, struct bytes data, unsigned char out[MAC_MAX])
{
	const EVP_MD *md = str_starts(alg, "HS") ? hash_named(alg + 2) : NULL;
	unsigned n = 0;

	if (!md || !HMAC(md, key.p, (int)key.n, data.p, data.n, out, &n))
		return 0;
	return n;
}
