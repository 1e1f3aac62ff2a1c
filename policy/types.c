/* What can be told about values before any rule runs: enough to refuse calls that can never succeed. */
#include "config.h"

#include "policy/builtin.h"
#include "policy/compile.h"

unsigned type_of(struct compiler *c, const struct term *t)
{
	const struct builtin *fn;
	const struct doc *d;

	switch (t->kind) {
	case T_CONST:
		return 1u << t->value.tag;
	case T_ARRAY:
	case T_ARRAY_COMP:
		return TY_ARR;
	case T_SET:
	case T_SET_COMP:
		return TY_SET;
	case T_OBJECT:
	case T_OBJECT_COMP:
		return TY_OBJ;
	case T_TEMPLATE:
		return TY_STR;
	case T_CALL:
		call_target(c, t, &d, &fn);
		return fn && !(fn->flags & BUILTIN_RELATION) ? fn->result : 0;
	default:
		return 0;
	}
}

static void name_types(unsigned types, struct buf *out)
{
	static const char *const names[] = { "", "null", "boolean", "number", "string", "array", "object", "set" };
	bool any = false;

	for (unsigned tag = V_NULL; tag <= V_SET; tag++)
		if (types & 1u << tag) {
			buf_printf(out, "%s%s", any ? " or " : "", names[tag]);
			any = true;
		}
}

void type_check_call(struct compiler *c, const struct term *call)
{
	const struct builtin *fn;
	const struct doc *d;

	call_target(c, call, &d, &fn);
	if (!fn)
		return;
	for (int i = 0; i < fn->nargs && i + 1 < (int)call->n; i++) {
		CLEANUP(buf_release) struct buf have = BUF_INIT(256);
		CLEANUP(buf_release) struct buf want = BUF_INIT(256);
		unsigned types = type_of(c, call->items[i + 1]);

		if (!types || (types & fn->args[i]))
			continue;
		name_types(types, &have);
		name_types(fn->args[i], &want);
		compile_error(c, DIAG_TYPE, call->span, "%s: argument %d is %s, but has to be %s", fn->name, i + 1,
			      buf_text(&have), buf_text(&want));
		return;
	}
}
