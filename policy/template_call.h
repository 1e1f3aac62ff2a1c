/* Inside policy/: the functions of Go's text/template, for strings.render_template (builtin_template.c). */
#ifndef WB_POLICY_TEMPLATE_CALL_H
#define WB_POLICY_TEMPLATE_CALL_H

#include "policy/eval.h"

enum { TEMPLATE_TEXT_MAX = 16 << 20 }; /* bytes that a template may become */

/* Where a function is called. */
struct template_place {
	struct eval *ev;
	const char *wrong; /* the first thing that was; NULL: nothing */
};

/* Always UNDEF. */
struct value template_refuse(struct template_place *in, const char *why);

/* What if and with go by: nothing, zero and what is empty are false. */
bool template_is_true(struct value v);

/* As fmt.Print does; inside: of a list or map. Appended. */
void template_put_value(struct value v, bool inside, struct buf *out);

/* silent: only that there is such a function, and that it takes so many. */
struct value template_call(struct template_place *in, bool silent, struct value name, const struct value *args, uint32_t n);

#endif
