/* A run's spool: bytes as they are, and bytes with a checksum that fits, so that what lies behind it is reached too. */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tracker/frame.h"

static void check_text(const unsigned char *frame, size_t size, const char *text, size_t n)
{
	const char *begin = (const char *)frame;

	/* A field that the type has not is an empty constant. */
	if (n == 0)
		return;
	fuzz_check(text >= begin && (size_t)(text - begin) + n < size);
	fuzz_check(text[n] == '\0' && strlen(text) == n);
}

static void walk(const unsigned char *p, size_t n)
{
	while (n > 0) {
		struct spool_record r;
		size_t size = 0;

		if (frame_check(p, n, &size) != FRAME_WHOLE)
			return;
		fuzz_check(size > SPOOL_FRAME_BYTES && size <= n);
		frame_decode(p, &r);
		check_text(p, size, r.key, r.key_len);
		check_text(p, size, r.text, r.text_len);
		p += size;
		n -= size;
	}
}

static void put32(unsigned char *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(free) unsigned char *frame = mem_alloc(SPOOL_FRAME_BYTES + size);

	walk(data, size);
	put32(frame, (uint32_t)size);
	memcpy(frame + SPOOL_FRAME_BYTES, data, size);
	put32(frame + 4, frame_crc(frame_crc(0, frame, 4), frame + SPOOL_FRAME_BYTES, size));
	walk(frame, SPOOL_FRAME_BYTES + size);
	return 0;
}
