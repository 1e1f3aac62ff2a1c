/* Number types: names, bytes, texts. */
#include "config.h"

#include "store/tensor_number.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "tests/support/wb_test.h"

static void parse__names__with_and_without_byte_order(void **state)
{
	struct number_type t;

	(void)state;
	assert_true(number_type_parse("float32be", &t));
	assert_int_equal(t.kind, NUMBER_FLOAT);
	assert_int_equal(t.bytes, 4);
	assert_true(t.is_big);
	assert_true(number_type_parse("bfloat16", &t));
	assert_int_equal(t.kind, NUMBER_BFLOAT);
	assert_false(t.is_big);
	assert_false(number_type_parse("string", &t));
	assert_false(number_type_parse("be", &t));
	assert_false(number_type_parse("", &t));
	assert_false(number_type_parse("float8_e4m3", &t));
}

struct sample {
	const char *type;
	unsigned char bytes[16];
	double value;
	const char *text;
};

static const struct sample samples[] = {
	{ "bool", { 1 }, 1, "true" },
	{ "int8", { 0xff }, -1, "-1" },
	{ "uint8", { 0xff }, 255, "255" },
	{ "int16", { 0xfe, 0xff }, -2, "-2" },
	{ "int16be", { 0xff, 0xfe }, -2, "-2" },
	{ "uint32be", { 0, 0, 1, 0 }, 256, "256" },
	{ "int64", { 0, 0, 0, 0, 0, 0, 0, 0x80 }, -9223372036854775808.0, "-9223372036854775808" },
	{ "float16", { 0x00, 0x3c }, 1, "1" },
	{ "float16", { 0x01, 0x00 }, 5.9604644775390625e-08, "5.9604645e-08" },
	{ "float16", { 0xff, 0x7b }, 65504, "65504" },
	{ "bfloat16", { 0x80, 0x3f }, 1, "1" },
	{ "float32", { 0xcd, 0xcc, 0xcc, 0x3d }, 0.10000000149011612, "0.1" },
	{ "float32be", { 0x3d, 0xcc, 0xcc, 0xcd }, 0.10000000149011612, "0.1" },
	{ "float64", { 0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f }, 0.1, "0.1" },
	{ "complex64", { 0, 0, 0x40, 0x40, 0, 0, 0x80, 0xc0 }, 5, "3-4i" },
};

static void decode_and_format__samples__of_every_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct number_type t;
		double v;
		char text[64];

		assert_true(number_type_parse(samples[i].type, &t));
		number_decode(&t, samples[i].bytes, 1, &v);
		assert_true(v == samples[i].value);
		number_format(&t, samples[i].bytes, text);
		assert_string_equal(text, samples[i].text);
	}
}

static void decode__special_values__stay_special(void **state)
{
	const struct number_type half = { NUMBER_FLOAT, 2, false }, single = { NUMBER_FLOAT, 4, false };
	const unsigned char bytes[] = { 0x00, 0x7c, 0x00, 0xfc, 0x01, 0x7e };
	const unsigned char nan32[] = { 0, 0, 0xc0, 0x7f };
	double v[3];
	char text[64];

	(void)state;
	number_decode(&half, bytes, 3, v);
	assert_true(isinf(v[0]) && v[0] > 0);
	assert_true(isinf(v[1]) && v[1] < 0);
	assert_true(isnan(v[2]));
	number_format(&single, nan32, text);
	assert_string_equal(text, "NaN");
}

static void to_little__big_values__are_turned_round(void **state)
{
	const struct number_type wide = { NUMBER_COMPLEX, 8, true }, little = { NUMBER_INT, 2, false };
	unsigned char bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const unsigned char turned[] = { 4, 3, 2, 1, 8, 7, 6, 5 };

	(void)state;
	number_to_little(&little, bytes, 4);
	assert_int_equal(bytes[0], 1);
	number_to_little(&wide, bytes, 1);
	assert_memory_equal(bytes, turned, 8);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(parse__names__with_and_without_byte_order),
	cmocka_unit_test(decode_and_format__samples__of_every_type),
	cmocka_unit_test(decode__special_values__stay_special),
	cmocka_unit_test(to_little__big_values__are_turned_round),
};
WB_TEST_MAIN(tests)
