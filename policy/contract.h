/*
 * The typed contract in front of every policy. Rego lets a missing field make a
 * deny rule vanish and sorts null below every number; so what reaches a rule is
 * checked first: required fields are there, nothing is null, numbers are not
 * negative, tags have one spelling.
 */
#ifndef WB_POLICY_CONTRACT_H
#define WB_POLICY_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* ERR_INVALID naming the field by its path ("resources.gpus", "data[0].tags[1]"). Fields it does not know are let through. */
int policy_check_input(const char *json, size_t len, struct error *err) WB_MUST_CHECK;
struct jval;
int policy_check_value(const struct jval *input, struct error *err) WB_MUST_CHECK;

/* True for a canonical tag: ^[A-Z][A-Z0-9_-]*$. Else *out_nearest is the tag it may stand for, or NULL. */
bool policy_tag_is_canonical(const char *tag, const char **out_nearest);

/*
 * The contract as a description, for findings about policies. A part is NULL
 * where nothing is promised about what is inside.
 */
struct contract_part;
const struct contract_part *contract_input(void);
/* False when no input has such a member; *out_nearest (may become NULL) is the one that was likely meant. */
bool contract_member(const struct contract_part *of, const char *name, const struct contract_part **out,
		     const char **out_nearest);
/* What a list holds; NULL for everything else. */
const struct contract_part *contract_element(const struct contract_part *of);

/* The same for people: every field in order, one below another right behind it. What is passed to fn lives for the call. */
struct contract_field {
	const char *path;  /* "input.data[_].tags" */
	const char *type;  /* "list of tags" */
	const char *about;
	bool of_run;       /* there only where the action is run.start */
	const char *action; /* there only where the action is this one; NULL: any */
};
typedef void contract_fn(void *data, const struct contract_field *f);
void contract_each(contract_fn *fn, void *data);

#endif
