/* Chains of certificates, through OpenSSL's verifier. Trust is in the given root alone. */
#include "config.h"

#include <string.h>

#include "base/openssl.h"
#include "base/pubkey.h"

DEFINE_CLEANUP(X509_free, X509 *);
DEFINE_CLEANUP(X509_STORE_free, X509_STORE *);
DEFINE_CLEANUP(X509_STORE_CTX_free, X509_STORE_CTX *);

static void free_stack(STACK_OF(X509) *s)
{
	sk_X509_pop_free(s, X509_free);
}
DEFINE_CLEANUP(free_stack, STACK_OF(X509) *);

static X509 *read_certificate(struct bytes der)
{
	const unsigned char *at = der.p;

	return d2i_X509(NULL, &at, (long)der.n);
}

/* Where among the given the certificate stands; n when nowhere. */
static size_t place_of(const struct pubkey_chain *c, X509 *cert)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	size_t at = 0;

	while (at < c->n && (n < 0 || c->certs[at].n != (size_t)n || memcmp(c->certs[at].p, der, (size_t)n) != 0))
		at++;
	OPENSSL_free(der);
	return at;
}

static bool set_up(const struct pubkey_chain *c, X509_STORE_CTX *ctx)
{
	/* Level 1 refuses what is broken: SHA-1 signatures, RSA keys below 1024 bits. */
	enum { REFUSE_WEAK = 1 };
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

	X509_VERIFY_PARAM_set_time(param, (time_t)c->at_s);
	X509_VERIFY_PARAM_set_auth_level(param, REFUSE_WEAK);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	/* The given root need not have signed itself. */
	if (X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) != 1)
		return false;
	if (!c->host || !*c->host)
		return true;
	return X509_VERIFY_PARAM_set1_ip_asc(param, c->host) == 1 || X509_VERIFY_PARAM_set1_host(param, c->host, 0) == 1;
}

size_t pubkey_verify_chain(const struct pubkey_chain *c, size_t *order, size_t max)
{
	CLEANUP(X509_STORE_free) X509_STORE *store = X509_STORE_new();
	CLEANUP(X509_STORE_CTX_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	CLEANUP(free_stack) STACK_OF(X509) *between = sk_X509_new_null();
	CLEANUP(X509_free) X509 *root = c->n ? read_certificate(c->certs[0]) : NULL;
	CLEANUP(X509_free) X509 *leaf = c->n ? read_certificate(c->certs[c->n - 1]) : NULL;
	STACK_OF(X509) *chain;
	size_t n = 0;

	if (!root || !leaf || !X509_STORE_add_cert(store, root))
		return 0;
	for (size_t i = 1; i + 1 < c->n; i++) {
		X509 *one = read_certificate(c->certs[i]);

		if (!one || !sk_X509_push(between, one)) {
			X509_free(one);
			return 0;
		}
	}
	if (!X509_STORE_CTX_init(ctx, store, leaf, between) || !set_up(c, ctx) || X509_verify_cert(ctx) != 1)
		return 0;
	chain = X509_STORE_CTX_get0_chain(ctx);
	for (int i = 0; i < sk_X509_num(chain) && n < max; i++) {
		order[n] = place_of(c, sk_X509_value(chain, i));
		if (order[n++] == c->n)
			return 0;
	}
	return n;
}
