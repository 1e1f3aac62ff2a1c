/* base/signkey.c and chains: what is signed verifies, and numbers that make no key make none. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/signkey.h"

static struct bytes text(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

static void ec_key__signs__and_its_public_half_verifies(void **state)
{
	static const struct {
		const char *curve, *alg;
		size_t size;
	} cases[] = { { "P-256", "ES256", 32 }, { "P-384", "ES384", 48 }, { "P-521", "ES512", 66 } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bytes secret = text("a secret of some bytes"), none = { (const unsigned char *)"", 0 };
		CLEANUP(signkey_free) struct signkey *k = signkey_from_ec(cases[i].curve, none, none, secret);
		CLEANUP(pubkey_free) struct pubkey *public = NULL;
		unsigned char xy[2 * 66], out[SIGNATURE_MAX];

		assert_non_null(k);
		assert_int_equal(signkey_sign(k, cases[i].alg, text("words"), out), 2 * cases[i].size);
		assert_true(pubkey_ec_public(cases[i].curve, secret, xy));
		public = pubkey_from_ec(cases[i].curve, (struct bytes){ xy, cases[i].size },
					(struct bytes){ xy + cases[i].size, cases[i].size });
		assert_true(pubkey_verify(public, cases[i].alg, text("words"), (struct bytes){ out, 2 * cases[i].size }));
		assert_false(pubkey_verify(public, cases[i].alg, text("other"), (struct bytes){ out, 2 * cases[i].size }));
		assert_int_equal(signkey_sign(k, "RS256", text("words"), out), 0);
		assert_int_equal(signkey_sign(k, "EdDSA", text("words"), out), 0);
	}
}

/* RFC 8032, section 7.1, test 1. */
static void ed25519__of_the_standard__signs_as_it_says(void **state)
{
	static const unsigned char secret[32] = { 0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
						  0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
						  0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60 };
	static const unsigned char begin[] = { 0xe5, 0x56, 0x43, 0x00 }, public[] = { 0xd7, 0x5a, 0x98, 0x01 };
	CLEANUP(signkey_free) struct signkey *k = signkey_from_ed25519((struct bytes){ secret, sizeof secret });
	unsigned char out[SIGNATURE_MAX], x[32];

	(void)state;
	assert_int_equal(signkey_sign(k, "EdDSA", text(""), out), 64);
	assert_memory_equal(out, begin, sizeof begin);
	assert_true(pubkey_ed25519_public((struct bytes){ secret, sizeof secret }, x));
	assert_memory_equal(x, public, sizeof public);
}

static void numbers__that_make_no_key__make_none(void **state)
{
	static const unsigned char zeros[200] = { 0 };
	struct bytes none = { zeros, 0 }, some = { zeros, sizeof zeros };

	(void)state;
	assert_null(signkey_from_rsa(some, text("e"), some));
	assert_null(signkey_from_rsa(text("short"), text("e"), text("d")));
	assert_null(signkey_from_ec("P-256", none, none, none));
	assert_null(signkey_from_ec("P-256", none, none, (struct bytes){ zeros, 32 }));
	assert_null(signkey_from_ec("P-0", none, none, text("d")));
	assert_null(signkey_from_ec("P-256", text("x"), text("y"), text("d")));
	assert_null(signkey_from_ed25519(text("short")));
}

static void chain__of_bytes_that_are_no_certificates__is_none(void **state)
{
	struct bytes certs[3] = { text("0"), text("\x30\x80"), text("\x30\x03\x02\x01\x01") };
	size_t order[3];

	(void)state;
	for (size_t n = 0; n <= 3; n++) {
		struct pubkey_chain c = { .certs = certs, .n = n };

		assert_int_equal(pubkey_verify_chain(&c, order, 3), 0);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(ec_key__signs__and_its_public_half_verifies),
	cmocka_unit_test(ed25519__of_the_standard__signs_as_it_says),
	cmocka_unit_test(numbers__that_make_no_key__make_none),
	cmocka_unit_test(chain__of_bytes_that_are_no_certificates__is_none),
};
WB_TEST_MAIN(tests)
