/* What the templates of policies can call: and, or, not, comparisons, index, len, print and its kin. */
#include "config.h"

#include "policy/template_call.h"

#include "policy/builtin.h"
#include "policy/num.h"

struct value template_refuse(struct template_place *in, const char *why)
{
	if (!in->wrong)
		in->wrong = why;
	return VALUE_UNDEF;
}

bool template_is_true(struct value v)
{
	switch (v.tag) {
	case V_UNDEF:
	case V_NULL: return false;
	case V_BOOL: return v.i;
	case V_NUMBER: return !num_is_zero(v);
	default: return v.len > 0;
	}
}

void template_put_value(struct value v, bool inside, struct buf *out)
{
	if (v.tag == V_UNDEF || v.tag == V_NULL) {
		buf_puts(out, inside ? "<nil>" : "<undefined>");
	} else if (v.tag == V_STRING) {
		buf_append(out, v.s, v.len);
	} else if (v.tag == V_OBJECT) {
		buf_puts(out, "map[");
		for (uint32_t i = 0; i < v.len; i++) {
			buf_puts(out, i ? " " : "");
			template_put_value(v.pairs[i].key, true, out);
			buf_putc(out, ':');
			template_put_value(v.pairs[i].val, true, out);
		}
		buf_putc(out, ']');
	} else if (v.tag == V_ARRAY || v.tag == V_SET) {
		buf_putc(out, '[');
		for (uint32_t i = 0; i < v.len; i++) {
			buf_puts(out, i ? " " : "");
			template_put_value(v.items[i], true, out);
		}
		buf_putc(out, ']');
	} else {
		value_format(v, TEXT_JSON, out);
	}
}

static struct value printed(struct template_place *in, const struct value *v, uint32_t n, bool line)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEMPLATE_TEXT_MAX);

	for (uint32_t i = 0; i < n; i++) {
		/* Print puts blanks between what is not text, Println everywhere. */
		if (i && (line || (v[i].tag != V_STRING && v[i - 1].tag != V_STRING)))
			buf_putc(&b, ' ');
		template_put_value(v[i], true, &b);
	}
	if (line)
		buf_putc(&b, '\n');
	return value_string(eval_pool(in->ev), buf_text(&b), b.len);
}

static struct value fn_index(struct template_place *in, const struct value *a, uint32_t n)
{
	struct value v = a[0];

	for (uint32_t i = 1; i < n; i++) {
		bool list = v.tag == V_ARRAY;

		if ((!list && v.tag != V_OBJECT) || (list && a[i].tag != V_NUMBER) || (!list && a[i].tag != V_STRING))
			return template_refuse(in, "index: of the wrong type");
		v = value_get(v, a[i]);
		if (list && v.tag == V_UNDEF)
			return template_refuse(in, "index: out of range");
	}
	return v;
}

static struct value fn_len(struct template_place *in, const struct value *a, uint32_t n)
{
	(void)n;
	if (a[0].tag < V_STRING)
		return template_refuse(in, "len: of the wrong type");
	return value_int(a[0].len);
}

static struct value fn_and(struct template_place *in, const struct value *a, uint32_t n)
{
	(void)in;
	for (uint32_t i = 0; i + 1 < n; i++)
		if (!template_is_true(a[i]))
			return a[i];
	return a[n - 1];
}

static struct value fn_or(struct template_place *in, const struct value *a, uint32_t n)
{
	(void)in;
	for (uint32_t i = 0; i + 1 < n; i++)
		if (template_is_true(a[i]))
			return a[i];
	return a[n - 1];
}

static struct value fn_not(struct template_place *in, const struct value *a, uint32_t n)
{
	(void)in;
	(void)n;
	return value_bool(!template_is_true(a[0]));
}

static struct value fn_eq(struct template_place *in, const struct value *a, uint32_t n)
{
	bool equal = false;

	for (uint32_t i = 1; i < n; i++) {
		if (a[0].tag != a[i].tag && a[0].tag > V_NULL && a[i].tag > V_NULL)
			return template_refuse(in, "incompatible types for comparison");
		equal |= value_eq(a[0], a[i]);
	}
	return n > 1 ? value_bool(equal) : template_refuse(in, "missing argument for comparison");
}

static struct value fn_ne(struct template_place *in, const struct value *a, uint32_t n)
{
	struct value v = n == 2 ? fn_eq(in, a, n) : template_refuse(in, "wrong number of args");

	return v.tag == V_BOOL ? value_bool(!v.i) : v;
}

/* Less, equal or more; UNDEF where there is no order. */
static struct value order_of(struct template_place *in, const struct value *a)
{
	if (a[0].tag != a[1].tag || (a[0].tag != V_STRING && a[0].tag != V_NUMBER))
		return template_refuse(in, "incompatible types for comparison");
	return value_int(value_cmp(a[0], a[1]));
}

#define ORDER(name, op) \
	static struct value fn_##name(struct template_place *in, const struct value *a, uint32_t n) \
	{ \
		struct value v = n == 2 ? order_of(in, a) : template_refuse(in, "wrong number of args"); \
\
		return v.tag == V_NUMBER ? value_bool(v.i op 0) : v; \
	}
ORDER(lt, <)
ORDER(le, <=)
ORDER(gt, >)
ORDER(ge, >=)

static struct value fn_print(struct template_place *in, const struct value *a, uint32_t n)
{
	return printed(in, a, n, false);
}

static struct value fn_println(struct template_place *in, const struct value *a, uint32_t n)
{
	return printed(in, a, n, true);
}

static struct value fn_printf(struct template_place *in, const struct value *a, uint32_t n)
{
	struct value args[2] = { a[0], { .tag = V_ARRAY, .len = n - 1, .items = a + 1 } };

	if (a[0].tag != V_STRING)
		return template_refuse(in, "printf: wrong type for value; expected string");
	return builtin_find("sprintf")->fn(in->ev, args);
}

static const struct {
	const char *name;
	struct value (*fn)(struct template_place *in, const struct value *a, uint32_t n);
	uint32_t least;
} functions[] = {
	{ "and", fn_and, 1 },     { "eq", fn_eq, 2 }, { "ge", fn_ge, 2 }, { "gt", fn_gt, 2 },   { "index", fn_index, 1 },
	{ "le", fn_le, 2 },       { "len", fn_len, 1 }, { "lt", fn_lt, 2 }, { "ne", fn_ne, 2 }, { "not", fn_not, 1 },
	{ "or", fn_or, 1 },       { "print", fn_print, 0 }, { "printf", fn_printf, 1 }, { "println", fn_println, 0 },
};

struct value template_call(struct template_place *in, bool silent, struct value name, const struct value *args, uint32_t n)
{
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		if (!value_is_text(name, functions[i].name))
			continue;
		if (n < functions[i].least)
			return template_refuse(in, "wrong number of args");
		return silent ? VALUE_UNDEF : functions[i].fn(in, args, n);
	}
	return template_refuse(in, "function not defined");
}
