/* Private keys, through OpenSSL's EVP interface. */
#include "config.h"

#include "base/signkey.h"

#include <string.h>

#include "base/mem.h"
#include "base/openssl.h"
#include "base/str.h"

/* Shorter RSA keys protect nothing, longer ones cost seconds. */
enum { RSA_BYTES_MIN = 128, RSA_BYTES_MAX = SIGNATURE_MAX, COORDINATE_MAX = 66 };

struct signkey {
	EVP_PKEY *key;
};

DEFINE_CLEANUP(EVP_MD_CTX_free, EVP_MD_CTX *);
DEFINE_CLEANUP(EVP_PKEY_free, EVP_PKEY *);
DEFINE_CLEANUP(EVP_PKEY_CTX_free, EVP_PKEY_CTX *);
DEFINE_CLEANUP(OSSL_PARAM_BLD_free, OSSL_PARAM_BLD *);
DEFINE_CLEANUP(OSSL_PARAM_free, OSSL_PARAM *);
DEFINE_CLEANUP(BN_clear_free, BIGNUM *);
DEFINE_CLEANUP(EC_GROUP_free, EC_GROUP *);
DEFINE_CLEANUP(EC_POINT_free, EC_POINT *);
DEFINE_CLEANUP(ECDSA_SIG_free, ECDSA_SIG *);

static struct signkey *wrap(EVP_PKEY *key)
{
	struct signkey *k;

	if (!key)
		return NULL;
	k = mem_zalloc(sizeof *k);
	k->key = key;
	return k;
}

void signkey_free(struct signkey *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->key);
	free(k);
}

static BIGNUM *number(struct bytes b)
{
	return BN_bin2bn(b.p, (int)b.n, NULL);
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *build)
{
	CLEANUP(OSSL_PARAM_free) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	CLEANUP(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) <= 0 || EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) <= 0)
		return NULL;
	return key;
}

struct signkey *signkey_from_rsa(struct bytes modulus, struct bytes exponent, struct bytes secret)
{
	CLEANUP(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	CLEANUP(BN_clear_free) BIGNUM *n = NULL;
	CLEANUP(BN_clear_free) BIGNUM *e = NULL;
	CLEANUP(BN_clear_free) BIGNUM *d = NULL;

	if (modulus.n < RSA_BYTES_MIN || modulus.n > RSA_BYTES_MAX || !exponent.n || exponent.n > 8 || !secret.n ||
	    secret.n > modulus.n)
		return NULL;
	n = number(modulus);
	e = number(exponent);
	d = number(secret);
	/* An even modulus has no inverses to compute with. */
	if (!BN_is_odd(n) || !BN_is_odd(e) || BN_is_zero(d) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_D, d))
		return NULL;
	return wrap(from_params("RSA", build));
}

/* Bytes of a coordinate; 0 of an unknown curve. */
static size_t curve_size(const char *curve, int *nid)
{
	static const struct {
		const char *name;
		int nid;
		size_t size;
	} known[] = {
		{ "P-224", NID_secp224r1, 28 },
		{ "P-256", NID_X9_62_prime256v1, 32 },
		{ "P-384", NID_secp384r1, 48 },
		{ "P-521", NID_secp521r1, COORDINATE_MAX },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_eq(curve, known[i].name)) {
			*nid = known[i].nid;
			return known[i].size;
		}
	return 0;
}

bool pubkey_ec_public(const char *curve, struct bytes d, unsigned char *xy)
{
	unsigned char point[1 + 2 * COORDINATE_MAX];
	int nid = 0;
	size_t size = curve_size(curve, &nid);
	CLEANUP(EC_GROUP_free) EC_GROUP *group = size ? EC_GROUP_new_by_curve_name(nid) : NULL;
	CLEANUP(EC_POINT_free) EC_POINT *public = group ? EC_POINT_new(group) : NULL;
	CLEANUP(BN_clear_free) BIGNUM *secret = NULL;

	if (!public || !d.n || d.n > size)
		return false;
	secret = number(d);
	if (BN_is_zero(secret) || BN_cmp(secret, EC_GROUP_get0_order(group)) >= 0 ||
	    !EC_POINT_mul(group, public, secret, NULL, NULL, NULL) ||
	    EC_POINT_point2oct(group, public, POINT_CONVERSION_UNCOMPRESSED, point, sizeof point, NULL) != 1 + 2 * size)
		return false;
	memcpy(xy, point + 1, 2 * size);
	return true;
}

bool pubkey_ed25519_public(struct bytes d, unsigned char *x)
{
	CLEANUP(EVP_PKEY_free) EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, d.p, d.n);
	size_t n = 32;

	return key && EVP_PKEY_get_raw_public_key(key, x, &n) == 1 && n == 32;
}

struct signkey *signkey_from_ec(const char *curve, struct bytes x, struct bytes y, struct bytes secret)
{
	CLEANUP(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	CLEANUP(BN_clear_free) BIGNUM *d = NULL;
	unsigned char point[1 + 2 * COORDINATE_MAX] = { 4 }, own[2 * COORDINATE_MAX];
	int nid = 0;
	size_t size = curve_size(curve, &nid);

	/* Also says whether secret is in the curve's range. */
	if (!size || x.n > size || y.n > size || !pubkey_ec_public(curve, secret, own))
		return NULL;
	memcpy(point + 1, own, 2 * size);
	if (x.n) {
		memset(point + 1, 0, 2 * size);
		memcpy(point + 1 + size - x.n, x.p, x.n);
		memcpy(point + 1 + 2 * size - y.n, y.p, y.n);
	}
	d = number(secret);
	if (!OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d))
		return NULL;
	return wrap(from_params("EC", build));
}

struct signkey *signkey_from_ed25519(struct bytes secret)
{
	return wrap(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret.p, secret.n));
}

static const EVP_MD *hash_named(const char *digits)
{
	return str_eq(digits, "256") ? EVP_sha256() : str_eq(digits, "384") ? EVP_sha384() : str_eq(digits, "512") ? EVP_sha512() : NULL;
}

static size_t sign(EVP_PKEY *key, const EVP_MD *md, bool pss, struct bytes data, unsigned char out[SIGNATURE_MAX])
{
	CLEANUP(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = SIGNATURE_MAX;
	EVP_PKEY_CTX *padding;

	if (EVP_PKEY_get_size(key) > SIGNATURE_MAX || EVP_DigestSignInit(ctx, &padding, md, NULL, key) <= 0)
		return 0;
	if (pss && (EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) <= 0 ||
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) <= 0))
		return 0;
	return EVP_DigestSign(ctx, out, &n, data.p, data.n) == 1 ? n : 0;
}

/* r and s, one behind the other. */
static size_t from_der(const unsigned char *der, size_t n, size_t size, unsigned char *out)
{
	CLEANUP(ECDSA_SIG_free) ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);

	if (!sig || BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int)size) < 0 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + size, (int)size) < 0)
		return 0;
	return 2 * size;
}

size_t signkey_sign(const struct signkey *k, const char *alg, struct bytes data, unsigned char out[SIGNATURE_MAX])
{
	const EVP_MD *md = strlen(alg) == 5 ? hash_named(alg + 2) : NULL;
	unsigned char der[SIGNATURE_MAX];
	size_t size, n;

	if (str_eq(alg, "EdDSA"))
		return EVP_PKEY_is_a(k->key, "ED25519") ? sign(k->key, NULL, false, data, out) : 0;
	if (!md)
		return 0;
	if (str_starts(alg, "RS") || str_starts(alg, "PS"))
		return EVP_PKEY_is_a(k->key, "RSA") ? sign(k->key, md, alg[0] == 'P', data, out) : 0;
	size = str_eq(alg, "ES512") ? 66 : str_eq(alg, "ES384") ? 48 : 32;
	if (!str_starts(alg, "ES") || !EVP_PKEY_is_a(k->key, "EC") || (EVP_PKEY_get_bits(k->key) + 7) / 8 != (int)size)
		return 0;
	n = sign(k->key, md, false, data, der);
	return n ? from_der(der, n, size, out) : 0;
}
