/* UUIDv7. */
#include "config.h"

#include "base/uuid.h"

#include <string.h>
#include <sys/random.h>

#include "base/str.h"

int uuid_new(const struct clock *clock, struct uuid *out, struct error *err)
{
	unsigned char b[16];
	int64_t now = clock_now(clock);
	uint64_t ms = (uint64_t)(now / 1000000);
	/* rand_a holds the fraction of the millisecond (RFC 9562 section 6.2, method 3), so ids sort within one too. */
	unsigned fraction = (unsigned)(now % 1000000 * 4096 / 1000000);

	if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
		return error_sys(err, "reading random bytes");
	for (int i = 0; i < 6; i++)
		b[i] = (unsigned char)(ms >> (40 - 8 * i));
	b[6] = (unsigned char)(0x70 | fraction >> 8);
	b[7] = (unsigned char)fraction;
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	str_hex(b, sizeof b, out->text);
	return 0;
}

bool uuid_is_valid(const char *text)
{
	return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}
