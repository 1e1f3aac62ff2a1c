/*
 * Which lines of a policy its tests have reached. A line counts when a
 * condition begins in it, which is reached when it is evaluated, or a rule's
 * head, when the rule gives a value. Tests themselves do not count.
 */
#ifndef WB_POLICY_COVER_H
#define WB_POLICY_COVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct policy;
struct policy_cover;
struct eval_watch;

struct policy_cover *policy_cover_new(const struct policy *p);
void policy_cover_free(struct policy_cover *c);
DEFINE_CLEANUP(policy_cover_free, struct policy_cover *);

/* To be told of an evaluation; for struct eval. */
struct eval_watch *policy_cover_watch(struct policy_cover *c);

struct policy_cover_file {
	const char *file;
	size_t lines, reached;
	unsigned *rows;   /* the lines that count, in order; owned */
	bool *row_reached;
};

size_t policy_cover_count(const struct policy_cover *c);
/* What is known by now of the i-th module; release it. A file of nothing but tests has no lines. */
void policy_cover_file(const struct policy_cover *c, size_t i, struct policy_cover_file *out);
void policy_cover_file_release(struct policy_cover_file *f);
DEFINE_CLEANUP_VALUE(policy_cover_file_release, struct policy_cover_file);

#endif
