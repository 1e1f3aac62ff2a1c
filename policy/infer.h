/* Inside the compiler: types of rules (infer.c). */
#ifndef WB_POLICY_INFER_H
#define WB_POLICY_INFER_H

#include "policy/compile.h"

/* Gives every document its type and tells what can never hold. After all else was found right. */
void infer_rules(struct policy *p, struct policy_diags *diags);

/* The same of a query that was lowered. False after telling. */
bool infer_query(struct compiler *c, const struct body *b);

#endif
