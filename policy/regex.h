/*
 * Regular expressions as Go's regexp reads them (RE2: no back references), in
 * time linear in text and expression: all ways are followed at once, and the
 * order of the ways decides (leftmost, then first).
 */
#ifndef WB_POLICY_REGEX_H
#define WB_POLICY_REGEX_H

#include "policy/value.h"

enum regex_op {
	RX_CHAR,
	RX_CLASS,
	RX_ANY,      /* but a line end */
	RX_ANYTHING,
	RX_SPLIT,    /* x before y */
	RX_JUMP,
	RX_SAVE,
	RX_ASSERT,
	RX_MATCH,
};

enum regex_assert { AT_TEXT_START, AT_TEXT_END, AT_LINE_START, AT_LINE_END, AT_WORD_EDGE, AT_NO_WORD_EDGE };

struct regex_range {
	uint32_t first, last;
};

struct regex_class {
	struct regex_range *ranges;
	size_t n, cap;
	bool negated, fold;
};

struct regex_step {
	enum regex_op op;
	bool fold;
	uint32_t x, y; /* targets; x: the character, slot or enum regex_assert */
	const struct regex_class *set;
};

struct regex {
	struct regex_step *steps;
	uint32_t n, cap;
	uint32_t groups; /* beside the whole */
	const char **names; /* by group, from 1; NULL without */
};

/* In the pool; NULL with Go's words in why. */
struct regex *regex_compile(struct pool *p, const char *s, size_t n, char *why, size_t size);

/*
 * The first match at or behind from: 1 found, 0 none, -1 when *fuel ran out.
 * spots holds 2 * (groups + 1) ends, -1 where a group took no part; NULL when
 * only the answer matters.
 */
int regex_find(const struct regex *re, const char *s, size_t n, size_t from, int32_t *spots, uint64_t *fuel);

/* Bytes of the character at s[at]; an invalid byte is one character (U+FFFD). */
size_t regex_char(const char *s, size_t n, size_t at, uint32_t *out);

#endif
