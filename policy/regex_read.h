/* Inside policy/: what the readers of regular expressions share (regex.c the grammar, regex_class.c sets and escapes). */
#ifndef WB_POLICY_REGEX_READ_H
#define WB_POLICY_REGEX_READ_H

#include "policy/regex.h"

enum regex_node_kind { N_EMPTY, N_STEP, N_SEQUENCE, N_CHOICE, N_REPEAT, N_GROUP };

struct regex_node {
	enum regex_node_kind kind;
	struct regex_step step;
	struct regex_node **items;
	size_t n, cap;
	int min, max; /* max -1: no end */
	bool lazy;
	uint32_t group; /* 0: takes no spots */
};

struct regex_reader {
	struct pool *pool;
	const char *s;
	size_t n, at;
	bool fold, lines, dot_all, ungreedy;
	bool quoting; /* between \Q and \E */
	unsigned depth;
	struct regex *re;
	char *why;
	size_t why_size;
	bool failed;
};

static inline bool regex_more(const struct regex_reader *r)
{
	return r->at < r->n;
}

/* The first failure's words, as Go says them, are kept. Always NULL. */
void *regex_fail(struct regex_reader *r, const char *fmt, ...) WB_PRINTF(2, 3);

/* Takes what if it is next. */
bool regex_eat(struct regex_reader *r, const char *what);
uint32_t regex_take_char(struct regex_reader *r);
struct regex_node *regex_step_node(struct regex_reader *r, enum regex_op op, uint32_t x);

struct regex_class *regex_class_new(struct regex_reader *r);

/* \x41, \x{1F600}, \101, \n, or a sign that stands for itself. Behind the backslash. */
uint32_t regex_take_escape(struct regex_reader *r);

/* \d, \W and the like; \pL, \p{Greek}, \P{Lu}, \p{^Lu}: at the backslash; false when it is another escape. */
bool regex_take_perl_class(struct regex_reader *r, struct regex_class *set);
bool regex_take_unicode_class(struct regex_reader *r, struct regex_class *set);

/* Behind the opening bracket. */
struct regex_node *regex_read_class(struct regex_reader *r);

#endif
