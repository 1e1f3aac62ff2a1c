/* Base64: reading with the place of what is wrong, and writing. */
#include "config.h"

#include "policy/base64.h"

#include <string.h>

static const char std_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static uint32_t past_line_ends(struct value s, uint32_t at)
{
	while (at < s.len && (s.s[at] == '\n' || s.s[at] == '\r'))
		at++;
	return at;
}

/* Behind the first '=' of a group that had held letters. Where it is wrong, or -1. */
static int64_t check_padding(struct value s, uint32_t at, unsigned held, bool padded)
{
	if (!padded || held < 2)
		return at - 1;
	if (held == 2) {
		at = past_line_ends(s, at);
		if (at == s.len)
			return at;
		if (s.s[at++] != '=')
			return at - 1;
	}
	at = past_line_ends(s, at);
	return at < s.len ? (int64_t)at : -1;
}

int64_t base64_decode(struct pool *p, struct value s, enum base64_form form, struct bytes *out)
{
	const char *letters = form == BASE64_STD ? std_letters : url_letters;
	unsigned char *bytes = pool_alloc(p, s.len + 1);
	bool padded = form != BASE64_URL_RAW;
	uint32_t word = 0, at = 0;
	unsigned held = 0;
	int64_t bad = -1;
	size_t made = 0;

	while ((at = past_line_ends(s, at)) < s.len) {
		char c = s.s[at++];
		const char *letter = c ? strchr(letters, c) : NULL;

		if (c == '=') {
			bad = check_padding(s, at, held, padded);
			held = 0;
			break;
		}
		if (!letter)
			return at - 1;
		word = word << 6 | (uint32_t)(letter - letters);
		if (held)
			bytes[made++] = (unsigned char)(word >> (6 - 2 * held));
		held = (held + 1) % 4;
	}
	if (bad >= 0)
		return bad;
	if (held == 1 || (held && padded))
		return at - held;
	*out = (struct bytes){ bytes, made };
	return -1;
}

struct value base64_encode(struct pool *p, struct bytes b, enum base64_form form)
{
	const char *letters = form == BASE64_STD ? std_letters : url_letters;
	char *text = pool_alloc(p, (b.n + 2) / 3 * 4 + 1);
	bool padded = form != BASE64_URL_RAW;
	size_t n = 0;

	for (size_t i = 0; i < b.n; i += 3) {
		size_t left = b.n - i;
		uint32_t w = (uint32_t)b.p[i] << 16 | (left > 1 ? (uint32_t)b.p[i + 1] << 8 : 0) | (left > 2 ? b.p[i + 2] : 0);

		text[n++] = letters[w >> 18];
		text[n++] = letters[w >> 12 & 63];
		if (left > 1 || padded)
			text[n++] = left > 1 ? letters[w >> 6 & 63] : '=';
		if (left > 2 || padded)
			text[n++] = left > 2 ? letters[w & 63] : '=';
	}
	text[n] = '\0';
	return value_borrow(text, n);
}
