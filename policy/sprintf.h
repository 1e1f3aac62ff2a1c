/* The sprintf builtin: the verbs of Go's fmt that policies use, with its answers to misuse ("%!d(string=x)"). */
#ifndef WB_POLICY_SPRINTF_H
#define WB_POLICY_SPRINTF_H

#include "policy/value.h"

void policy_sprintf(struct pool *p, struct value format, struct value args, struct buf *out);

#endif
