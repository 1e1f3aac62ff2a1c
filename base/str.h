/*
 * Words, numbers, sizes, durations. All parsers take the whole string or fail
 * with ERR_INVALID naming the text and, where there is a unit, the accepted ones.
 */
#ifndef WB_BASE_STR_H
#define WB_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

bool str_eq(const char *a, const char *b);          /* NULL equals only NULL */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

int str_parse_i64(const char *s, int64_t *out, struct error *err) WB_MUST_CHECK;
int str_parse_u64(const char *s, uint64_t *out, struct error *err) WB_MUST_CHECK;

/* Accepts "NaN", "Infinity", "-Infinity" (any case, "inf" too). Locale-independent. */
int str_parse_double(const char *s, double *out, struct error *err) WB_MUST_CHECK;

/* "4096", "64K", "256M", "1.5G", "2GiB", "10MB": suffixes are powers of 1024. Bytes. */
int str_parse_size(const char *s, uint64_t *out_bytes, struct error *err) WB_MUST_CHECK;

/* "2s", "90", "1h30m", "500ms", "2d": a bare number is seconds. Nanoseconds. */
int str_parse_duration(const char *s, int64_t *out_ns, struct error *err) WB_MUST_CHECK;

/* A word as a shell reads it back: as it is where that is plain, else in single quotes. Appended; not escaped for a terminal. */
void str_quote_shell(struct buf *b, const char *word);

/* "1.5 GiB"; "2m 03s". Appended. */
void str_format_size(struct buf *b, uint64_t bytes);
void str_format_duration(struct buf *b, int64_t ns);

/* The shortest decimal text that reads back as the same double; "NaN", "Infinity", "-Infinity". */
void str_format_double(struct buf *b, double v);

/* The candidate nearest to word by edit distance, or NULL when none is near enough to suggest. */
const char *str_nearest(const char *word, const char *const *candidates, size_t n);

/* True when word is one of choices, which stand between bars: "auto|always|never". None of them is empty. */
bool str_is_choice(const char *choices, const char *word);

/* True for well-formed UTF-8 (no surrogates, no overlong forms). */
bool str_is_utf8(const char *s, size_t n);

/* Decodes one code point at s (n > 0 bytes there). Returns its length, or 0 for an invalid byte. */
size_t str_utf8_decode(const char *s, size_t n, uint32_t *out);

/* The reverse: writes the bytes of code point c to out, which has room for four. Returns their number. */
size_t str_utf8_encode(uint32_t c, char *out);

/* Lower-case hex of n bytes; out holds 2n+1. */
void str_hex(const void *bytes, size_t n, char *out);
/* The reverse; false unless hex is exactly 2n hex digits. */
bool str_unhex(const char *hex, void *out, size_t n);
/* 0 to 15 of a hex digit of either case; -1 of anything else. */
int str_hex_value(char c);

#endif
