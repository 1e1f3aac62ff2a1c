/*
 * Options and operands. A command describes its options in a const table whose
 * rows name a field of the command's own struct; parsing fills that struct, so
 * there are no globals and a test can parse as often as it likes.
 *
 *     struct ls_options { bool all; struct arg_int limit; };
 *     static const struct option_spec ls_specs[] = {
 *             OPTION_FLAG('a', "all", struct ls_options, all, "show every run"),
 *             OPTION_INT('n', "limit", struct ls_options, limit, "N", 1, 100000, "show at most N"),
 *             OPTION_END,
 *     };
 *
 * "--name=value", "--name value", "-nvalue", "-n value" and bundled flags
 * ("-dq") are understood; "--" ends the options. Texts borrow argv.
 */
#ifndef WB_CLI_ARGS_H
#define WB_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

/* What the fields of an options struct are made of; all zero means not given. */
struct arg_int {
	bool given;
	int64_t value;
};

struct arg_number {
	bool given;
	double value;
};

struct arg_size {
	bool given;
	uint64_t bytes;
};

struct arg_duration {
	bool given;
	int64_t ns;
};

struct arg_list {
	const char **items;
	size_t count;
	size_t cap;
	bool dashed; /* operands: "--" stood before them */
};

struct arg_pair {
	char *key;         /* owned */
	const char *value; /* borrowed */
};

struct arg_pairs {
	struct arg_pair *items;
	size_t count;
	size_t cap;
};

enum option_kind {
	OPTION_KIND_FLAG,     /* bool */
	OPTION_KIND_STRING,   /* const char *; the last one given counts */
	OPTION_KIND_CHOICE,   /* const char *; one of the words of operand, "auto|always|never" */
	OPTION_KIND_LIST,     /* struct arg_list; may be repeated */
	OPTION_KIND_PAIRS,    /* struct arg_pairs; KEY=VALUE, may be repeated */
	OPTION_KIND_INT,      /* struct arg_int, min to max */
	OPTION_KIND_NUMBER,   /* struct arg_number, finite and more than 0 */
	OPTION_KIND_SIZE,     /* struct arg_size, more than 0 */
	OPTION_KIND_DURATION, /* struct arg_duration, more than 0 or from it on */
};

struct option_spec {
	const char *name;    /* without dashes; NULL ends a table */
	char letter;         /* 0: no short form */
	enum option_kind kind;
	size_t offset;
	const char *operand; /* how the help names the value; NULL for flags */
	const char *help;    /* NULL: accepted, but not shown */
	int64_t min, max;    /* OPTION_KIND_INT; of OPTION_KIND_DURATION, min in nanoseconds */
};

/* The offset, and a compile error where the field has another type than the kind needs. */
#define OPTION_AT(type, field, ctype) (offsetof(type, field) + 0 * sizeof((ctype *)0 == &((type *)0)->field))

#define OPTION_FLAG(l, n, type, field, text) \
	{ .letter = (l), .name = (n), .kind = OPTION_KIND_FLAG, .offset = OPTION_AT(type, field, bool), .help = (text) }
#define OPTION_VALUE_(l, n, k, type, field, ctype, word, text) \
	{ .letter = (l), .name = (n), .kind = (k), .offset = OPTION_AT(type, field, ctype), .operand = (word), .help = (text) }
#define OPTION_STRING(l, n, type, field, word, text) \
	OPTION_VALUE_(l, n, OPTION_KIND_STRING, type, field, const char *, word, text)
#define OPTION_CHOICE(l, n, type, field, words, text) \
	OPTION_VALUE_(l, n, OPTION_KIND_CHOICE, type, field, const char *, words, text)
#define OPTION_LIST(l, n, type, field, word, text) \
	OPTION_VALUE_(l, n, OPTION_KIND_LIST, type, field, struct arg_list, word, text)
#define OPTION_PAIRS(l, n, type, field, word, text) \
	OPTION_VALUE_(l, n, OPTION_KIND_PAIRS, type, field, struct arg_pairs, word, text)
#define OPTION_NUMBER(l, n, type, field, word, text) \
	OPTION_VALUE_(l, n, OPTION_KIND_NUMBER, type, field, struct arg_number, word, text)
#define OPTION_SIZE(l, n, type, field, word, text) \
	OPTION_VALUE_(l, n, OPTION_KIND_SIZE, type, field, struct arg_size, word, text)
#define OPTION_DURATION_FROM_(l, n, type, field, word, low, text) \
	{ .letter = (l), .name = (n), .kind = OPTION_KIND_DURATION, .offset = OPTION_AT(type, field, struct arg_duration), \
	  .operand = (word), .help = (text), .min = (low) }
#define OPTION_DURATION(l, n, type, field, word, text) OPTION_DURATION_FROM_(l, n, type, field, word, 1, text)
#define OPTION_DURATION_OR_0(l, n, type, field, word, text) OPTION_DURATION_FROM_(l, n, type, field, word, 0, text)
#define OPTION_INT(l, n, type, field, word, low, high, text) \
	{ .letter = (l), .name = (n), .kind = OPTION_KIND_INT, .offset = OPTION_AT(type, field, struct arg_int), \
	  .operand = (word), .help = (text), .min = (low), .max = (high) }
#define OPTION_END { .name = NULL }

/* A table of options and the struct that it fills. */
struct args_target {
	const struct option_spec *specs; /* may be NULL: none */
	void *values;
};

/*
 * Parses argv[0..argc) against the targets, the first that knows a name wins.
 * What is no option goes to operands, in order. With stop_at_operand the first
 * operand (or what follows "--") and all after it are left untouched: they
 * belong to somebody else. ERR_INVALID with the nearest name as hint.
 */
int args_parse(const struct args_target *targets, size_t n_targets, bool stop_at_operand, int argc, char *const *argv,
	       struct arg_list *operands, struct error *err) WB_MUST_CHECK;

/* Frees what parsing allocated inside the struct. */
void args_release(const struct args_target *target);

void arg_list_push(struct arg_list *list, const char *item);
void arg_list_release(struct arg_list *list);
DEFINE_CLEANUP_VALUE(arg_list_release, struct arg_list);

/* Splits "KEY=VALUE" and appends it. what names the option or operand in the message. */
int arg_pairs_push(struct arg_pairs *pairs, const char *text, const char *what, struct error *err) WB_MUST_CHECK;
void arg_pairs_release(struct arg_pairs *pairs);
DEFINE_CLEANUP_VALUE(arg_pairs_release, struct arg_pairs);

#endif
