/* base/digest.c: the vectors are those of FIPS 180-4's example papers (NIST, SHA-256). */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/digest.h"

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

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(digest_of__published_vectors),
	cmocka_unit_test(hasher__a_million_letters_in_odd_pieces__equals_the_vector),
	cmocka_unit_test(digest_of_fd__whole_file_whatever_the_offset),
	cmocka_unit_test(digest_of_fd__unreadable__names_the_file),
	cmocka_unit_test(digest_parse__not_64_hex_digits__is_false),
};

WB_TEST_MAIN(tests)
