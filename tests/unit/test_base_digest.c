/* base/digest.c: the vectors are those of FIPS 180-4's example papers (NIST, SHA-256). */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/digest.h"
#include "base/str.h"

static void check_digest(const void *p, size_t n, const char *expected)
{
	struct digest d = digest_of(p, n);

	assert_string_equal(digest_hex(&d).text, expected);
}

static void digest_of__published_vectors(void **state)
{
	(void)state;
	check_digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
		     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void hasher__a_million_letters_in_odd_pieces__equals_the_vector(void **state)
{
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	char piece[997];
	struct digest d;

	(void)state;
	memset(piece, 'a', sizeof piece);
	for (size_t left = 1000000; left;) {
		size_t n = left < sizeof piece ? left : sizeof piece;

		hasher_update(h, piece, n);
		left -= n;
	}
	d = hasher_finish(h);
	assert_string_equal(digest_hex(&d).text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void digest_of_fd__whole_file_whatever_the_offset(void **state)
{
	FILE *f = tmpfile();
	struct error err = { 0 };
	struct digest d;
	uint64_t bytes = 0;

	(void)state;
	assert_non_null(f);
	assert_int_equal(fputs("abc", f) >= 0 && fflush(f) == 0, 1);
	assert_ok(digest_of_fd(fileno(f), "f", &d, &bytes, &err), &err);
	fclose(f);
	assert_int_equal(bytes, 3);
	assert_string_equal(digest_hex(&d).text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void digest_of_fd__unreadable__names_the_file(void **state)
{
	struct error err = { 0 };
	struct digest d;

	(void)state;
	assert_refused(digest_of_fd(-1, "model.h5", &d, NULL, &err), &err, ERR_SYSTEM, "reading model.h5");
}

static void digest_parse__not_64_hex_digits__is_false(void **state)
{
	struct digest a = digest_of("abc", 3), b;
	struct digest_hex hex = digest_hex(&a);

	(void)state;
	assert_true(digest_parse(hex.text, &b));
	assert_true(digest_eq(&a, &b));
	b.bytes[31] ^= 1;
	assert_false(digest_eq(&a, &b));
	hex.text[10] = 'g';
	assert_false(digest_parse(hex.text, &b));
	hex.text[10] = '\0';
	assert_false(digest_parse(hex.text, &b));
	assert_false(digest_parse("", &b));
}

/* RFC 1321 A.5, FIPS 180-4 examples, RFC 2202 and RFC 4231 test case 2, 6. */
static void hash_of__and_hmac__published_vectors(void **state)
{
	static const struct {
		enum hash_kind kind;
		const char *hash, *mac;
	} cases[] = {
		{ HASH_MD5, "900150983cd24fb0d6963f7d28e17f72", "750c783e6ab0b503eaa86e310a5db738" },
		{ HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
		{ HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ HASH_SHA512,
		  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
		  "2a9ac94fa54ca49f",
		  "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b"
		  "636e070a38bce737" },
	};
	unsigned char out[HASH_MAX];
	char hex[2 * HASH_MAX + 1], key[131];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		str_hex(out, hash_of(cases[i].kind, "abc", 3, out), hex);
		assert_string_equal(hex, cases[i].hash);
		str_hex(out, hash_hmac(cases[i].kind, "Jefe", 4, "what do ya want for nothing?", 28, out), hex);
		assert_string_equal(hex, cases[i].mac);
	}
	memset(key, 0xaa, sizeof key);
	str_hex(out, hash_hmac(HASH_SHA256, key, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54, out), hex);
	assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(hash_of__and_hmac__published_vectors),
	cmocka_unit_test(digest_of__published_vectors),
	cmocka_unit_test(hasher__a_million_letters_in_odd_pieces__equals_the_vector),
	cmocka_unit_test(digest_of_fd__whole_file_whatever_the_offset),
	cmocka_unit_test(digest_of_fd__unreadable__names_the_file),
	cmocka_unit_test(digest_parse__not_64_hex_digits__is_false),
};

WB_TEST_MAIN(tests)
