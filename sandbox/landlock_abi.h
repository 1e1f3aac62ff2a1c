/* What each version of Landlock can do, as data: for the rules, for the record and for `wb doctor`. */
#ifndef WB_SANDBOX_LANDLOCK_ABI_H
#define WB_SANDBOX_LANDLOCK_ABI_H

#include <stddef.h>
#include <stdint.h>

/* The newest that this build uses. */
enum { LANDLOCK_ABI_USED = 6 };

struct landlock_right {
	int abi;              /* since this version */
	const char *name;     /* "truncate" */
	const char *about;    /* "files outside cannot be emptied" */
	const char *instead;  /* what holds without it; NULL: nothing does, and tier 2 is refused */
};

/* In order of their versions; NULL behind the last. */
const struct landlock_right *landlock_right_at(unsigned i);

/* The versions of struct landlock_ruleset_attr are told apart by their size. */
struct landlock_rules {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
	size_t size;
};

/* What a ruleset handles on a kernel of that version; all 0 where there is none, or the tier uses none. */
struct landlock_rules landlock_rules_for(int abi, int tier);

#endif
