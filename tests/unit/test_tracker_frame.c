/* Spool frames: what is encoded is read back, and nothing damaged passes. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "tests/support/wb_test.h"
#include "tracker/frame.h"

static void a_crc__of_the_standard_text__is_the_standard_value(void **state)
{
	(void)state;
	assert_int_equal(frame_crc(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(frame_crc(frame_crc(0, "1234", 4), "56789", 5), 0xcbf43926);
}

static struct spool_record decoded(const struct buf *b)
{
	struct spool_record rec = { .seq = 0 };
	size_t size;

	assert_int_equal(frame_check(b->data, b->len, &size), FRAME_WHOLE);
	assert_int_equal(size, b->len);
	frame_decode(b->data, &rec);
	return rec;
}

static void records__of_each_type__come_back_as_they_were(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 20);
	struct spool_record rec;

	(void)state;
	spool_encode_metric(&b, "lo\xc3\xb6ss\n", -0.0, INT64_MIN, INT64_MAX);
	rec = decoded(&b);
	assert_int_equal(rec.type, SPOOL_METRIC);
	assert_string_equal(rec.key, "lo\xc3\xb6ss\n");
	assert_true(rec.value == 0 && signbit(rec.value));
	assert_true(rec.step == INT64_MIN && rec.time_ms == INT64_MAX);
	buf_clear(&b);
	spool_encode_metric(&b, "", (double)NAN, 0, 0);
	assert_true(isnan(decoded(&b).value));
	buf_clear(&b);
	spool_encode_output(&b, "a/b", UINT64_MAX, "ff");
	rec = decoded(&b);
	assert_string_equal(rec.key, "a/b");
	assert_string_equal(rec.text, "ff");
	assert_true((uint64_t)rec.number == UINT64_MAX);
	buf_clear(&b);
	spool_encode_note(&b, "me", "a\xff", 7);
	rec = decoded(&b);
	assert_int_equal(rec.time_ms, 7);
	assert_int_equal(rec.text_len, 2);
	buf_clear(&b);
	spool_encode_start(&b, "{}", 2);
	rec = decoded(&b);
	assert_int_equal(rec.type, SPOOL_START);
	assert_string_equal(rec.text, "{}");
}

static void a_frame__with_any_bit_flipped__is_not_whole(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	size_t size;

	(void)state;
	spool_encode_metric(&b, "loss", 0.5, 3, 4);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.data[bit / 8] ^= (char)(1 << bit % 8);
		if (frame_check(b.data, b.len, &size) == FRAME_WHOLE)
			fail_msg("bit %zu", bit);
		b.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_int_equal(frame_check(b.data, b.len, &size), FRAME_WHOLE);
}

static void a_frame__cut_anywhere__is_short(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	size_t size;

	(void)state;
	spool_encode_param(&b, "key", "value", 1);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(frame_check(b.data, n, &size), FRAME_SHORT);
}

static void an_encode__of_what_does_not_fit__sets_full_and_adds_nothing(void **state)
{
	static char large[SPOOL_EVENT_MAX + 1];
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 20);
	struct frame_fields f = { .type = SPOOL_WARNING, .number_count = 1, .string_count = 1, .strings = { { "a\0b", 3 } } };

	(void)state;
	memset(large, 'x', sizeof large - 1);
	spool_encode_param(&b, "k", large, 0);
	assert_true(b.full);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
	frame_encode(&b, &f);
	assert_true(b.full);
	assert_int_equal(b.len, 0);
}

/* A frame with a true checksum over the given payload. */
static enum frame_verdict check_payload(const char *payload, size_t n)
{
	unsigned char frame[128];
	uint32_t crc;
	size_t size;

	memset(frame, 0, 8);
	frame[0] = (unsigned char)n;
	memcpy(frame + 8, payload, n);
	crc = frame_crc(frame_crc(0, frame, 4), payload, n);
	for (unsigned i = 0; i < 4; i++)
		frame[4 + i] = (unsigned char)(crc >> 8 * i);
	return frame_check(frame, 8 + n, &size);
}

static void a_payload__whose_fields_contradict_it__is_bad(void **state)
{
	(void)state;
	assert_int_equal(check_payload("\x08\x01\x01\0" "12345678" "\x02\0\0\0ab\0", 19), FRAME_WHOLE);
	assert_int_equal(check_payload("\x08\x01\x01\0" "12345678" "\x03\0\0\0ab\0", 19), FRAME_BAD); /* past the end */
	assert_int_equal(check_payload("\x08\x01\x01\0" "12345678" "\x01\0\0\0ab\0", 19), FRAME_BAD); /* rest */
	assert_int_equal(check_payload("\x08\x01\x01\0" "12345678" "\x02\0\0\0a\0\0", 19), FRAME_BAD); /* NUL inside */
	assert_int_equal(check_payload("\x08\x01\x01\0" "12345678" "\xff\xff\xff\xff" "ab\0", 19), FRAME_BAD);
	assert_int_equal(check_payload("\x08\x00\x01\0" "\x02\0\0\0ab\0", 11), FRAME_BAD); /* too few numbers */
	assert_int_equal(check_payload("\x00\x00\x00\0", 4), FRAME_BAD);
	assert_int_equal(check_payload("\x63\x00\x00\0", 4), FRAME_WHOLE); /* of a later version */
}

static void a_scan__of_foreign_bytes__takes_only_whole_accepted_records(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 20);
	struct error err = { 0 };
	size_t whole, one;
	uint64_t count;

	(void)state;
	spool_encode_metric(&b, "a", 1, 1, 1);
	one = b.len;
	spool_encode_tag(&b, "t", "v", 1);
	assert_ok(spool_scan(b.data, b.len, SPOOL_EVENTS, &whole, &count, &err), &err);
	assert_int_equal(whole, b.len);
	assert_int_equal(count, 2);
	assert_ok(spool_scan(b.data, b.len - 1, SPOOL_EVENTS, &whole, &count, &err), &err);
	assert_int_equal(whole, one);
	assert_refused(spool_scan(b.data + 1, b.len - 1, SPOOL_EVENTS, &whole, &count, &err), &err, ERR_CORRUPT, "malformed");
	spool_encode_end(&b, "{}", 2);
	assert_refused(spool_scan(b.data, b.len, SPOOL_EVENTS, &whole, &count, &err), &err, ERR_CORRUPT, "type 9");
	assert_ok(spool_scan(b.data, b.len, SPOOL_ANY, &whole, &count, &err), &err);
	assert_ok(spool_scan("", 0, SPOOL_EVENTS, &whole, &count, &err), &err);
	assert_int_equal(whole, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_crc__of_the_standard_text__is_the_standard_value),
	cmocka_unit_test(records__of_each_type__come_back_as_they_were),
	cmocka_unit_test(a_frame__with_any_bit_flipped__is_not_whole),
	cmocka_unit_test(a_frame__cut_anywhere__is_short),
	cmocka_unit_test(an_encode__of_what_does_not_fit__sets_full_and_adds_nothing),
	cmocka_unit_test(a_payload__whose_fields_contradict_it__is_bad),
	cmocka_unit_test(a_scan__of_foreign_bytes__takes_only_whole_accepted_records),
};

WB_TEST_MAIN(tests)
