/* base/pubkey.c: test vectors of the standards, and keys that are none. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/pubkey.h"

static struct bytes text(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

/* RFC 4231, test cases 1 and 2. */
static void mac__of_the_standards_vectors__is_theirs(void **state)
{
	static const unsigned char key[20] = { 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11 };
	static const unsigned char first[] = { 0xb0, 0x34, 0x4c, 0x61 }, second[] = { 0xaf, 0x45, 0xd2, 0xe3 };
	unsigned char out[MAC_MAX];

	(void)state;
	assert_int_equal(mac_of("HS256", (struct bytes){ key, sizeof key }, text("Hi There"), out), 32);
	assert_memory_equal(out, first, sizeof first);
	assert_int_equal(mac_of("HS384", text("Jefe"), text("what do ya want for nothing?"), out), 48);
	assert_memory_equal(out, second, sizeof second);
	assert_int_equal(mac_of("HS512", text("Jefe"), text("x"), out), 64);
	assert_int_equal(mac_of("HS1", text("Jefe"), text("x"), out), 0);
	assert_int_equal(mac_of("none", text("Jefe"), text("x"), out), 0);
}

static void pem__that_is_no_key__is_refused_with_why(void **state)
{
	static const char *const cases[][2] = {
		{ "", "failed to extract a Key" },
		{ "-----BEGIN CERT-----\nAAAA\n-----END CERT-----", "failed to extract a Key" },
		{ "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "failed to parse a PEM certificate" },
		{ "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "failed to parse a PEM key" },
		{ "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\nmore", "extra data" },
		{ "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY", "extra data" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = { 0 };

		assert_null(pubkey_from_pem(cases[i][0], strlen(cases[i][0]), &err));
		assert_contains(err.text, cases[i][1]);
	}
}

static void numbers__that_make_no_key__make_none(void **state)
{
	(void)state;
	assert_null(pubkey_from_ec("P-256", text("x"), text("y")));
	assert_null(pubkey_from_ec("P-1", text("x"), text("y")));
	assert_null(pubkey_from_ec("P-256", text("more than thirty-two bytes are too many for it"), text("y")));
	assert_null(pubkey_from_ed25519(text("short")));
}

static void verify__with_a_key_of_another_kind__is_no(void **state)
{
	CLEANUP(pubkey_free) struct pubkey *k = pubkey_from_ed25519(text("0123456789abcdef0123456789abcdef"));
	static const char *const algs[] = { "RS256", "PS512", "ES384", "EdDSA", "HS256", "none", "", "ES", "RS999" };

	(void)state;
	assert_non_null(k);
	for (size_t i = 0; i < sizeof algs / sizeof *algs; i++)
		assert_false(pubkey_verify(k, algs[i], text("data"), text("signature")));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(mac__of_the_standards_vectors__is_theirs),
	cmocka_unit_test(pem__that_is_no_key__is_refused_with_why),
	cmocka_unit_test(numbers__that_make_no_key__make_none),
	cmocka_unit_test(verify__with_a_key_of_another_kind__is_no),
};
WB_TEST_MAIN(tests)
