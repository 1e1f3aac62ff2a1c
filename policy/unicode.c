/* Case mapping by range, from the simple mappings of UnicodeData.txt. */
#include "config.h"

#include "policy/unicode.h"

#include "base/str.h"

/* Upper first..last maps to lower by adding delta; step 2: upper and lower alternate, upper on the parity of first. */
struct range {
	uint32_t first, last;
	int32_t delta;
	int step;
};

static const struct range ranges[] = {
	{ 0x41, 0x5a, 32, 1 }, { 0xc0, 0xd6, 32, 1 }, { 0xd8, 0xde, 32, 1 }, { 0x100, 0x12e, 1, 2 },
	{ 0x132, 0x136, 1, 2 }, { 0x139, 0x147, 1, 2 }, { 0x14a, 0x176, 1, 2 }, { 0x178, 0x178, -121, 1 },
	{ 0x179, 0x17d, 1, 2 }, { 0x1cd, 0x1db, 1, 2 }, { 0x1de, 0x1ee, 1, 2 }, { 0x1f8, 0x21e, 1, 2 },
	{ 0x222, 0x232, 1, 2 }, { 0x370, 0x372, 1, 2 }, { 0x386, 0x386, 38, 1 }, { 0x388, 0x38a, 37, 1 },
	{ 0x38c, 0x38c, 64, 1 }, { 0x38e, 0x38f, 63, 1 }, { 0x391, 0x3a1, 32, 1 }, { 0x3a3, 0x3ab, 32, 1 },
	{ 0x3d8, 0x3ee, 1, 2 }, { 0x400, 0x40f, 80, 1 }, { 0x410, 0x42f, 32, 1 }, { 0x460, 0x480, 1, 2 },
	{ 0x48a, 0x4be, 1, 2 }, { 0x4c1, 0x4cd, 1, 2 }, { 0x4d0, 0x52e, 1, 2 }, { 0x531, 0x556, 48, 1 },
	{ 0x1e00, 0x1e94, 1, 2 }, { 0x1ea0, 0x1efe, 1, 2 }, { 0xff21, 0xff3a, 32, 1 },
};

enum { RANGES = sizeof ranges / sizeof *ranges };

uint32_t unicode_to_lower(uint32_t c)
{
	for (int i = 0; i < RANGES; i++)
		if (c >= ranges[i].first && c <= ranges[i].last && (c - ranges[i].first) % (uint32_t)ranges[i].step == 0)
			return (uint32_t)((int32_t)c + ranges[i].delta);
	return c;
}

uint32_t unicode_to_upper(uint32_t c)
{
	if (c == 0xb5)
		return 0x39c; /* micro sign */
	if (c == 0x3c2)
		return 0x3a3; /* final sigma */
	for (int i = 0; i < RANGES; i++) {
		uint32_t up = (uint32_t)((int32_t)c - ranges[i].delta);

		if (up >= ranges[i].first && up <= ranges[i].last && (up - ranges[i].first) % (uint32_t)ranges[i].step == 0)
			return up;
	}
	return c;
}

void unicode_put(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_putc(out, (char)c);
	} else if (c < 0x800) {
		buf_putc(out, (char)(0xc0 | c >> 6));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_putc(out, (char)(0xe0 | c >> 12));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_putc(out, (char)(0xf0 | c >> 18));
		buf_putc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	}
}

static void map(const char *s, size_t n, struct buf *out, uint32_t (*to)(uint32_t))
{
	for (size_t i = 0; i < n;) {
		uint32_t c = (unsigned char)s[i];
		size_t len = str_utf8_decode(s + i, n - i, &c);

		unicode_put(out, to(c));
		i += len ? len : 1;
	}
}

void unicode_lower(const char *s, size_t n, struct buf *out)
{
	map(s, n, out, unicode_to_lower);
}

void unicode_upper(const char *s, size_t n, struct buf *out)
{
	map(s, n, out, unicode_to_upper);
}
