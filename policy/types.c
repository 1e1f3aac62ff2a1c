/* What can be told about values before any rule runs: enough to refuse calls that can never succeed. */
#include "config.h"

#include "policy/builtin.h"
#include "policy/compile.h"
#include "policy/num.h"

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
	case T_VAR:
		return t->var >= 0 ? c->vars[t->var].types : 0;
	default:
		return 0;
	}
}

/* What the one rule of a document always gives, when that is written out: its array or object. */
static const struct term *written_out(struct compiler *c, const struct term *ref, uint32_t *at)
{
	const struct doc *d = &c->policy->root;
	const struct rule *r;

	if (ref->items[0]->kind != T_VAR || ref->items[0]->var != VAR_DATA)
		return ref->items[0];
	for (; d && *at < ref->n && d->kind == DOC_PLAIN && ref->items[*at]->kind == T_CONST; ++*at)
		d = doc_child(d, ref->items[*at]->value);
	if (!d || d->kind != DOC_VALUE || d->nrules != 1 || d->default_rule)
		return NULL;
	r = d->rules[0];
	return r->value && !r->otherwise ? r->value : NULL;
}

/* Whether a part of a reference can never find anything in what t is. */
static bool never_there(struct compiler *c, const struct term *t, const struct term *part)
{
	unsigned types = type_of(c, t), key = type_of(c, part);
	int64_t i;

	if (!types)
		return false;
	if (!(types & (TY_ARR | TY_OBJ | TY_SET)))
		return true;
	if (types == TY_ARR && key && !(key & TY_NUM))
		return true;
	if (part->kind != T_CONST)
		return false;
	if (t->kind == T_ARRAY)
		return !num_to_i64(part->value, &i) || i < 0 || i >= (int64_t)t->n;
	for (uint32_t k = 0; t->kind == T_OBJECT && k < t->n; k += 2)
		if (t->items[k]->kind != T_CONST || value_eq(t->items[k]->value, part->value))
			return false;
	return t->kind == T_OBJECT;
}

void type_check_ref(struct compiler *c, const struct term *ref)
{
	uint32_t at = 1;
	const struct term *t = written_out(c, ref, &at);

	if (!t || at >= ref->n || !never_there(c, t, ref->items[at]))
		return;
	compile_error(c, DIAG_REF, ref->span, "there is never a value at '%.*s'", (int)(ref->span.end - ref->span.at),
		      c->module->src.text + ref->span.at);
}

bool type_check_match(struct compiler *c, const struct term *a, const struct term *b, struct span span)
{
	CLEANUP(buf_release) struct buf left = BUF_INIT(256), right = BUF_INIT(256);
	unsigned ta = type_of(c, a), tb = type_of(c, b);

	if (ta && tb && !(ta & tb)) {
		name_types(ta, &left);
		name_types(tb, &right);
		compile_error(c, DIAG_TYPE, span, "these can never be equal: %s and %s", buf_text(&left), buf_text(&right));
		return false;
	}
	for (uint32_t i = 0; a->kind == T_ARRAY && b->kind == T_ARRAY && a->n == b->n && i < a->n; i++)
		if (!type_check_match(c, a->items[i], b->items[i], span))
			return false;
	return true;
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
