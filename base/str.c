/* Words, numbers, sizes, durations. */
#include "config.h"

#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

bool str_eq(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

int str_parse_i64(const char *s, int64_t *out, struct error *err)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(s, &end, 10);
	if (end == s || *end || isspace((unsigned char)*s))
		return error_set(err, ERR_INVALID, "'%s' is not a whole number", s);
	if (errno)
		return error_set(err, ERR_INVALID, "'%s' is out of range", s);
	*out = v;
	return 0;
}

int str_parse_u64(const char *s, uint64_t *out, struct error *err)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(s, &end, 10);
	if (!isdigit((unsigned char)*s) || *end)
		return error_set(err, ERR_INVALID, "'%s' is not a whole number of at least 0", s);
	if (errno)
		return error_set(err, ERR_INVALID, "'%s' is out of range", s);
	*out = v;
	return 0;
}

int str_parse_double(const char *s, double *out, struct error *err)
{
	char *end;
	double v;

	/* wb never calls setlocale(LC_NUMERIC), so strtod reads a '.' everywhere. */
	errno = 0;
	v = strtod(s, &end);
	if (end == s || *end || isspace((unsigned char)*s) || strpbrk(s, "xXpP("))
		return error_set(err, ERR_INVALID, "'%s' is not a number", s);
	if (isinf(v) && errno == ERANGE)
		return error_set(err, ERR_INVALID, "'%s' is out of range", s);
	*out = v;
	return 0;
}

struct unit {
	const char *name;
	double factor;
};

static const struct unit size_units[] = {
	{ "", 1 }, { "b", 1 },
	{ "k", 1024 }, { "kb", 1024 }, { "kib", 1024 },
	{ "m", 1048576 }, { "mb", 1048576 }, { "mib", 1048576 },
	{ "g", 1073741824 }, { "gb", 1073741824 }, { "gib", 1073741824 },
	{ "t", 1099511627776 }, { "tb", 1099511627776 }, { "tib", 1099511627776 },
};

static const struct unit duration_units[] = {
	{ "", 1e9 }, { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 },
	{ "m", 60e9 }, { "min", 60e9 }, { "h", 3600e9 }, { "d", 86400e9 },
};

static const struct unit *unit_find(const struct unit *units, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(units[i].name) == len && strncasecmp(units[i].name, name, len) == 0)
			return &units[i];
	return NULL;
}

/* Reads NUMBER UNIT at *s and moves on; a plain decimal number only. */
static bool read_quantity(const char **s, const struct unit *units, size_t n, double *out)
{
	const char *p = *s, *word;
	const struct unit *unit;
	char *end;
	double v;

	if (!isdigit((unsigned char)*p) && *p != '.')
		return false;
	v = strtod(p, &end);
	if (end == p || strspn(p, "0123456789.") < (size_t)(end - p))
		return false;
	for (word = end; isalpha((unsigned char)*end);)
		end++;
	unit = unit_find(units, n, word, (size_t)(end - word));
	/* A bare number ends the text: "1.5.5" is not two of them. */
	if (!unit || (end == word && *end))
		return false;
	*out = v * unit->factor;
	*s = end;
	return true;
}

int str_parse_size(const char *s, uint64_t *out_bytes, struct error *err)
{
	const char *p = s;
	double v;

	if (!read_quantity(&p, size_units, sizeof size_units / sizeof *size_units, &v) || *p)
		return error_set(err, ERR_INVALID, "'%s' is not a size (say 512K, 256M, 1.5G)", s);
	if (v >= 9.2e18)
		return error_set(err, ERR_INVALID, "size '%s' is out of range", s);
	*out_bytes = (uint64_t)v;
	return 0;
}

int str_parse_duration(const char *s, int64_t *out_ns, struct error *err)
{
	const char *p = s;
	double total = 0, v;

	do {
		if (!read_quantity(&p, duration_units, sizeof duration_units / sizeof *duration_units, &v))
			return error_set(err, ERR_INVALID, "'%s' is not a duration (say 500ms, 90s, 1h30m, 2d)", s);
		total += v;
	} while (*p);
	if (total >= 9.2e18)
		return error_set(err, ERR_INVALID, "duration '%s' is out of range", s);
	*out_ns = (int64_t)total;
	return 0;
}

void str_quote_shell(struct buf *b, const char *word)
{
	bool plain = *word && !word[strcspn(word, " \"'\\$&|;<>(){}*?[]#~`!^\177")];

	for (const char *c = word; *c; c++)
		plain = plain && (unsigned char)*c >= ' ';
	if (plain) {
		buf_puts(b, word);
		return;
	}
	buf_putc(b, '\'');
	for (const char *c = word; *c; c++) {
		if (*c == '\'')
			buf_puts(b, "'\\'");
		buf_putc(b, *c);
	}
	buf_putc(b, '\'');
}

void str_format_size(struct buf *b, uint64_t bytes)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double v = (double)bytes;
	size_t i = 0;

	while (v >= 1024 && i + 1 < sizeof names / sizeof *names) {
		v /= 1024;
		i++;
	}
	if (i == 0)
		buf_printf(b, "%" PRIu64 " B", bytes);
	else
		buf_printf(b, "%.*f %s", v < 10 ? 1 : 0, v, names[i]);
}

void str_format_duration(struct buf *b, int64_t ns)
{
	int64_t s = ns / 1000000000;

	if (ns < 1000000000)
		buf_printf(b, "%" PRId64 "ms", ns / 1000000);
	else if (s < 60)
		buf_printf(b, "%.1fs", (double)ns / 1e9);
	else if (s < 3600)
		buf_printf(b, "%" PRId64 "m %02" PRId64 "s", s / 60, s % 60);
	else
		buf_printf(b, "%" PRId64 "h %02" PRId64 "m", s / 3600, s / 60 % 60);
}

void str_format_double(struct buf *b, double v)
{
	char text[40];

	if (isnan(v)) {
		buf_puts(b, "NaN");
		return;
	}
	if (isinf(v)) {
		buf_puts(b, v > 0 ? "Infinity" : "-Infinity");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	buf_puts(b, text);
	/* A double stays a double for whoever reads it back. */
	if (!strpbrk(text, ".e"))
		buf_puts(b, ".0");
}

/* Levenshtein distance with a transposition counted as one; words are short. */
static size_t edit_distance(const char *a, const char *b)
{
	enum { MAX = 40 };
	size_t n = strlen(a), m = strlen(b);
	size_t row[3][MAX + 1];

	if (n > MAX || m > MAX)
		return MAX;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *cur = row[i % 3], *prev = row[(i + 2) % 3], *prev2 = row[(i + 1) % 3];

		cur[0] = i;
		for (size_t j = 1; j <= m; j++) {
			bool differs = tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]);
			size_t best = prev[j - 1] + differs;

			if (prev[j] + 1 < best)
				best = prev[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && prev2[j - 2] + 1 < best)
				best = prev2[j - 2] + 1;
			cur[j] = best;
		}
	}
	return row[n % 3][m];
}

const char *str_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word), best = len <= 3 ? 1 : len <= 6 ? 2 : 3;
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t d = edit_distance(word, candidates[i]);

		if (d < best || (d == best && !found)) {
			best = d;
			found = candidates[i];
		}
	}
	return found;
}

size_t str_utf8_decode(const char *s, size_t n, uint32_t *out)
{
	const unsigned char *p = (const unsigned char *)s;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len;
	uint32_t c = p[0];

	if (c < 0x80) {
		*out = c;
		return 1;
	}
	len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || len > n)
		return 0;
	c &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*out = c;
	return len;
}

bool str_is_choice(const char *choices, const char *word)
{
	size_t n = strlen(word);

	for (const char *c = choices; n && *c;) {
		size_t len = strcspn(c, "|");

		if (len == n && memcmp(c, word, n) == 0)
			return true;
		c += len + (c[len] == '|');
	}
	return false;
}

bool str_is_utf8(const char *s, size_t n)
{
	uint32_t c;

	for (size_t i = 0, len; i < n; i += len) {
		uint64_t eight;

		/* Most text is ASCII: eight bytes of it at once. */
		if (n - i >= sizeof eight && (memcpy(&eight, s + i, sizeof eight), !(eight & 0x8080808080808080u))) {
			len = sizeof eight;
			continue;
		}
		len = str_utf8_decode(s + i, n - i, &c);
		if (len == 0)
			return false;
	}
	return true;
}

size_t str_utf8_encode(uint32_t c, char *out)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	out[0] = (char)(lead[n] | c);
	return n;
}

void str_hex(const void *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

int str_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool str_unhex(const char *hex, void *out, size_t n)
{
	unsigned char *p = out;

	if (strlen(hex) != 2 * n)
		return false;
	for (size_t i = 0; i < 2 * n; i++) {
		int v = str_hex_value(hex[i]);

		if (v < 0)
			return false;
		p[i / 2] = (unsigned char)(i % 2 ? p[i / 2] << 4 | v : v);
	}
	return true;
}
