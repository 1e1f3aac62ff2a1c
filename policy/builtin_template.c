/*
 * strings.render_template: what Go's text/template does with values of the policy language: fields, variables, if, range,
 * with, pipelines and the functions below. Numbers of the data are texts in it, as they are in Go's decoder.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "policy/builtin.h"
#include "policy/fields.h"
#include "policy/num.h"
#include "policy/template_call.h"

enum { DEPTH_MAX = 64, VARIABLES_MAX = 64, OPERANDS_MAX = 16 };

struct variable {
	struct value name, v;
};

struct run {
	struct template_place in;
	struct value text;
	uint32_t at;       /* behind the last action or text */
	struct buf *out;
	bool silent;       /* what is passed over is read, and nothing more */
	struct variable vars[VARIABLES_MAX];
	uint32_t nvars;
	unsigned depth;
	bool trim; /* the last action ended with -}} */
};

/* One action: what stands between the braces. */
struct action {
	struct value text;
	uint32_t at;
};

static struct value refuse(struct run *r, const char *why)
{
	return template_refuse(&r->in, why);
}

/* ---- values ---------------------------------------------------------------------------------------------- */

/* Numbers as the texts that they were. */
static struct value with_texts(struct pool *p, struct value v)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 16);
	struct value *items;
	struct pair *pairs;

	if (v.tag == V_NUMBER) {
		num_format(v, &b);
		return value_string(p, buf_text(&b), b.len);
	}
	if ((v.tag == V_ARRAY || v.tag == V_SET) && v.len) {
		items = pool_alloc(p, v.len * sizeof *items);
		for (uint32_t i = 0; i < v.len; i++)
			items[i] = with_texts(p, v.items[i]);
		return value_array(items, v.len);
	}
	if (v.tag == V_OBJECT && v.len) {
		pairs = pool_alloc(p, v.len * sizeof *pairs);
		for (uint32_t i = 0; i < v.len; i++)
			pairs[i] = (struct pair){ v.pairs[i].key, with_texts(p, v.pairs[i].val) };
		return value_object_last(pairs, v.len);
	}
	return v;
}

/* ---- pipelines ------------------------------------------------------------------------------------------- */

static struct value read_pipeline(struct run *r, struct action *a, struct value dot, bool nested);

static char peek(const struct action *a)
{
	return a->at < a->text.len ? a->text.s[a->at] : '\0';
}

static void skip_blanks(struct action *a)
{
	while (isspace((unsigned char)peek(a)))
		a->at++;
}

static struct value read_word(struct action *a)
{
	uint32_t from = a->at;

	while (isalnum((unsigned char)peek(a)) || peek(a) == '_' || (unsigned char)peek(a) >= 0x80)
		a->at++;
	return value_borrow(a->text.s + from, a->at - from);
}

/* .a.b behind v. */
static struct value read_fields(struct run *r, struct action *a, struct value v)
{
	while (peek(a) == '.') {
		struct value name;

		a->at++;
		name = read_word(a);
		if (!name.len)
			return refuse(r, "unexpected <.>");
		if (r->silent)
			continue;
		if (v.tag == V_UNDEF || v.tag == V_NULL)
			v = v.tag == V_NULL ? refuse(r, "nil pointer evaluating interface {}") : v;
		else if (v.tag != V_OBJECT)
			return refuse(r, "can't evaluate field of this type");
		else
			v = value_get(v, name);
	}
	return v;
}

static struct variable *find_variable(struct run *r, struct value name)
{
	for (uint32_t i = r->nvars; i-- > 0;)
		if (value_eq(r->vars[i].name, name))
			return &r->vars[i];
	refuse(r, "undefined variable");
	return NULL;
}

static void declare(struct run *r, struct value name, struct value v)
{
	if (r->nvars == VARIABLES_MAX)
		refuse(r, "too many variables");
	else
		r->vars[r->nvars++] = (struct variable){ name, v };
}

/* "..." with JSON's escapes, or `...`. */
static struct value read_quoted(struct run *r, struct action *a)
{
	uint32_t from = a->at++;
	char quote = a->text.s[from];
	struct error err = { 0 };
	struct value v;

	while (peek(a) && peek(a) != quote)
		a->at += quote == '"' && peek(a) == '\\' ? 2 : 1;
	if (a->at >= a->text.len)
		return refuse(r, "unterminated quoted string");
	a->at++;
	if (quote == '`')
		return value_borrow(a->text.s + from + 1, a->at - from - 2);
	if (value_from_json(eval_pool(r->in.ev), a->text.s + from, a->at - from, JSON_STRICT, &v, &err) < 0)
		return refuse(r, "invalid quoted string");
	return v;
}

static struct value read_number(struct run *r, struct action *a)
{
	uint32_t from = a->at;
	struct value v;

	while (peek(a) && (isalnum((unsigned char)peek(a)) || strchr("+-.", peek(a))))
		a->at++;
	if (!num_parse(eval_pool(r->in.ev), a->text.s + from, a->at - from, &v))
		return refuse(r, "bad number syntax");
	return v;
}

/* out_fn: a function's name, to be called. */
static struct value read_operand(struct run *r, struct action *a, struct value dot, struct value *out_fn)
{
	struct value word, v;
	struct variable *var;
	char c = peek(a);

	*out_fn = VALUE_UNDEF;
	if (c == '"' || c == '`')
		return read_quoted(r, a);
	if (isdigit((unsigned char)c) || c == '-' || c == '+')
		return read_number(r, a);
	if (c == '(') {
		a->at++;
		v = read_pipeline(r, a, dot, true);
		return read_fields(r, a, v);
	}
	if (c == '.') {
		uint32_t from = a->at++;

		word = read_word(a);
		a->at = word.len ? from : from + 1;
		return word.len ? read_fields(r, a, dot) : dot;
	}
	if (c == '$') {
		a->at++;
		var = find_variable(r, read_word(a));
		return var ? read_fields(r, a, var->v) : VALUE_UNDEF;
	}
	word = read_word(a);
	if (value_is_text(word, "true") || value_is_text(word, "false"))
		return value_bool(word.len == 4);
	if (value_is_text(word, "nil"))
		return VALUE_NULL;
	if (!word.len)
		return refuse(r, "unexpected character in command");
	*out_fn = word;
	return VALUE_UNDEF;
}

static bool at_command_end(struct action *a, bool nested)
{
	skip_blanks(a);
	return !peek(a) || peek(a) == '|' || (nested && peek(a) == ')');
}

/* given: what the command before gave; its last argument. */
static struct value read_command(struct run *r, struct action *a, struct value dot, const struct value *given, bool nested)
{
	struct value args[OPERANDS_MAX + 1], fn, first, ignored;
	uint32_t n = 0;

	first = read_operand(r, a, dot, &fn);
	while (!r->in.wrong && !at_command_end(a, nested)) {
		if (n == OPERANDS_MAX)
			return refuse(r, "too many operands");
		args[n] = read_operand(r, a, dot, &ignored);
		if (ignored.tag != V_UNDEF)
			args[n] = template_call(&r->in, r->silent, ignored, NULL, 0);
		n++;
	}
	if (r->in.wrong)
		return VALUE_UNDEF;
	if (fn.tag == V_UNDEF)
		return n || given ? refuse(r, "can't give argument to non-function") : first;
	if (given)
		args[n++] = *given;
	return template_call(&r->in, r->silent, fn, args, n);
}

static struct value read_commands(struct run *r, struct action *a, struct value dot, bool nested)
{
	struct value v = VALUE_UNDEF;
	bool first = true;

	for (;;) {
		skip_blanks(a);
		v = read_command(r, a, dot, first ? NULL : &v, nested);
		first = false;
		if (r->in.wrong)
			return VALUE_UNDEF;
		if (peek(a) != '|')
			break;
		a->at++;
	}
	if (nested && peek(a) != ')')
		return refuse(r, "unclosed left paren");
	a->at += nested;
	return v;
}

static struct value read_pipeline(struct run *r, struct action *a, struct value dot, bool nested)
{
	struct value v;

	if (r->depth == DEPTH_MAX || !eval_charge(r->in.ev, 2))
		return refuse(r, "nested too deep");
	r->depth++;
	v = read_commands(r, a, dot, nested);
	r->depth--;
	return v;
}

/* ---- actions --------------------------------------------------------------------------------------------- */

/* "$x :=" or "$x =", or two names before range's. How many; 0 and the place unmoved without. */
static unsigned read_declaration(struct action *a, struct value names[2], bool *assigns)
{
	struct action try = *a;
	unsigned n = 0;

	for (;;) {
		skip_blanks(&try);
		if (peek(&try) != '$' || n == 2)
			return 0;
		try.at++;
		names[n++] = read_word(&try);
		skip_blanks(&try);
		if (peek(&try) != ',')
			break;
		try.at++;
	}
	*assigns = peek(&try) == '=';
	if (!*assigns && !(peek(&try) == ':' && try.at + 1 < try.text.len && try.text.s[try.at + 1] == '='))
		return 0;
	try.at += *assigns ? 1 : 2;
	*a = try;
	return n;
}

static void store(struct run *r, struct value name, bool assigns, struct value v)
{
	struct variable *var = assigns ? find_variable(r, name) : NULL;

	if (var)
		var->v = v;
	else if (!assigns)
		declare(r, name, v);
}

static void put_text(struct run *r, uint32_t from, uint32_t to)
{
	while (r->trim && from < to && isspace((unsigned char)r->text.s[from]))
		from++;
	if (!r->silent && from < to)
		buf_append(r->out, r->text.s + from, to - from);
}

/* The end of the action that begins at; quotes may hold braces. */
static uint32_t action_end(struct run *r, uint32_t at)
{
	char quote = '\0';

	for (; at + 1 < r->text.len; at++) {
		char c = r->text.s[at];

		if (quote == '"' && c == '\\')
			at++;
		else if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '`')
			quote = c;
		else if (c == '}' && r->text.s[at + 1] == '}')
			return at;
	}
	refuse(r, "unclosed action");
	return (uint32_t)r->text.len;
}

/* Writes the text before the next action and takes that. False at the end. */
static bool next_action(struct run *r, struct action *out)
{
	const char *open = memmem(r->text.s + r->at, r->text.len - r->at, "{{", 2);
	uint32_t from = open ? (uint32_t)(open - r->text.s) : (uint32_t)r->text.len, to = from, end;
	bool left = open && from + 3 < r->text.len && r->text.s[from + 2] == '-' && isspace((unsigned char)r->text.s[from + 3]);

	while (left && to > r->at && isspace((unsigned char)r->text.s[to - 1]))
		to--;
	put_text(r, r->at, to);
	r->trim = false;
	if (!open)
		return false;
	from += left ? 3 : 2;
	end = action_end(r, from);
	if (r->in.wrong)
		return false;
	r->at = end + 2;
	r->trim = end > from + 1 && r->text.s[end - 1] == '-' && isspace((unsigned char)r->text.s[end - 2]);
	*out = (struct action){ value_borrow(r->text.s + from, end - (r->trim ? 1 : 0) - from), 0 };
	while (out->text.len && isspace((unsigned char)out->text.s[out->text.len - 1]))
		out->text.len--;
	return true;
}

enum stop { STOP_TEXT_END, STOP_END, STOP_ELSE };

static enum stop run_list(struct run *r, struct value dot, struct action *out_else);

static bool takes_word(struct action *a, const char *word)
{
	struct action try = *a;

	skip_blanks(&try);
	if (!value_is_text(read_word(&try), word))
		return false;
	*a = try;
	return true;
}

/* A list that runs, or is only read. */
static enum stop run_branch(struct run *r, struct value dot, bool runs, struct action *out_else)
{
	bool silent = r->silent;
	uint32_t nvars = r->nvars;
	enum stop stop;

	r->silent |= !runs;
	stop = run_list(r, dot, out_else);
	r->silent = silent;
	r->nvars = nvars;
	if (stop == STOP_TEXT_END)
		refuse(r, "unexpected EOF");
	return stop;
}

static struct value read_whole(struct run *r, struct action *a, struct value dot)
{
	struct value v = read_pipeline(r, a, dot, false);

	skip_blanks(a);
	if (peek(a))
		refuse(r, "unexpected operand");
	return v;
}

/* if and with, and their else branches. */
static void run_if(struct run *r, struct action *a, struct value dot, bool with)
{
	bool done = false, chained = true, assigns;
	uint32_t nvars = r->nvars;

	while (chained && !r->in.wrong) {
		struct value names[2], v, inner;
		unsigned n = read_declaration(a, names, &assigns);
		bool holds;

		v = read_whole(r, a, dot);
		if (n)
			store(r, names[0], assigns, v);
		holds = !done && template_is_true(v);
		inner = with && holds ? v : dot;
		chained = run_branch(r, inner, holds, a) == STOP_ELSE;
		done |= holds;
		if (chained && !r->in.wrong && !takes_word(a, "if") && !(with && takes_word(a, "with"))) {
			if (run_branch(r, dot, !done, a) == STOP_ELSE)
				refuse(r, "expected end; found {{else}}");
			chained = false;
		}
	}
	r->nvars = nvars;
}

static uint32_t elements(struct value v)
{
	return v.tag == V_ARRAY || v.tag == V_SET || v.tag == V_OBJECT ? v.len : v.tag == V_NUMBER && v.i > 0 ? (uint32_t)v.i : 0;
}

static enum stop run_element(struct run *r, struct value v, uint32_t i, const struct value names[2], unsigned n, bool assigns,
			     struct action *out_else)
{
	struct value key = v.tag == V_OBJECT ? v.pairs[i].key : value_int(i),
		     element = v.tag == V_OBJECT ? v.pairs[i].val : v.tag == V_NUMBER ? key : v.items[i];
	uint32_t nvars = r->nvars;
	enum stop stop;

	if (n)
		store(r, names[0], assigns, n == 2 ? key : element);
	if (n == 2)
		store(r, names[1], assigns, element);
	stop = run_branch(r, element, true, out_else);
	r->nvars = nvars;
	return stop;
}

static void run_range(struct run *r, struct action *a, struct value dot)
{
	struct value names[2], v;
	bool assigns = false;
	unsigned n = read_declaration(a, names, &assigns);
	uint32_t count, body = r->at;
	bool trim = r->trim;
	enum stop stop = STOP_END;

	v = read_whole(r, a, dot);
	count = r->silent ? 0 : elements(v);
	if (!r->silent && v.tag != V_UNDEF && v.tag < V_ARRAY && v.tag != V_NUMBER)
		refuse(r, "range can't iterate over this");
	for (uint32_t i = 0; i < count && !r->in.wrong && eval_charge(r->in.ev, 2); i++) {
		r->at = body;
		r->trim = trim;
		stop = run_element(r, v, i, names, n, assigns, a);
	}
	if (!count && !r->in.wrong) {
		uint32_t nvars = r->nvars;

		for (unsigned i = 0; i < n && !assigns; i++)
			declare(r, names[i], VALUE_UNDEF);
		stop = run_branch(r, dot, false, a);
		r->nvars = nvars;
	}
	if (stop == STOP_ELSE && !r->in.wrong && run_branch(r, dot, !count, a) == STOP_ELSE)
		refuse(r, "expected end; found {{else}}");
}

static void run_plain(struct run *r, struct action *a, struct value dot)
{
	struct value names[2], v;
	bool assigns;
	unsigned n = read_declaration(a, names, &assigns);

	v = read_whole(r, a, dot);
	if (r->in.wrong)
		return;
	if (n)
		store(r, names[0], assigns, v);
	else if (!r->silent)
		template_put_value(v, false, r->out);
}

static void run_action(struct run *r, struct action *a, struct value dot)
{
	skip_blanks(a);
	if (a->text.len - a->at >= 4 && memcmp(a->text.s + a->at, "/*", 2) == 0 &&
	    memcmp(a->text.s + a->text.len - 2, "*/", 2) == 0)
		return;
	if (takes_word(a, "nil"))
		refuse(r, "nil is not a command");
	if (takes_word(a, "if"))
		run_if(r, a, dot, false);
	else if (takes_word(a, "with"))
		run_if(r, a, dot, true);
	else if (takes_word(a, "range"))
		run_range(r, a, dot);
	else
		run_plain(r, a, dot);
}

static enum stop run_list(struct run *r, struct value dot, struct action *out_else)
{
	struct action a;

	if (r->depth == DEPTH_MAX) {
		refuse(r, "nested too deep");
		return STOP_TEXT_END;
	}
	r->depth++;
	while (!r->in.wrong && eval_charge(r->in.ev, 2) && next_action(r, &a)) {
		enum stop stop = takes_word(&a, "end") ? STOP_END : takes_word(&a, "else") ? STOP_ELSE : STOP_TEXT_END;

		if (stop != STOP_TEXT_END) {
			*out_else = a;
			r->depth--;
			return stop;
		}
		run_action(r, &a, dot);
	}
	r->depth--;
	return STOP_TEXT_END;
}

static struct value fn_render(struct eval *ev, const struct value *a)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(TEMPLATE_TEXT_MAX);
	struct run *r = pool_alloc(eval_pool(ev), sizeof *r);
	struct action last;
	struct value dot;

	if (!eval_charge(ev, 1 + a[0].len / 8 + value_weight(a[1])))
		return VALUE_UNDEF;
	dot = with_texts(eval_pool(ev), a[1]);
	*r = (struct run){ .in = { .ev = ev }, .text = a[0], .out = &out };
	declare(r, value_borrow("", 0), dot);
	if (run_list(r, dot, &last) != STOP_TEXT_END)
		refuse(r, "unexpected {{end}} or {{else}}");
	if (out.full)
		refuse(r, "the text is too long");
	if (r->in.wrong)
		return eval_fail(ev, BUILTIN_ERROR, "strings.render_template: template: template: %s", r->in.wrong);
	if (!eval_charge(ev, out.len / 64))
		return VALUE_UNDEF;
	return value_string(eval_pool(ev), buf_text(&out), out.len);
}

const struct builtin builtins_template[] = {
	{ "strings.render_template", 2, { TY_STR, TY_OBJ }, TY_STR, fn_render, 0 },
	{ 0 },
};
