/* Policies made up from a number: conditions, rules, modules, data. */
#include "config.h"

#include "tests/support/policy_gen_inside.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

const char *gen_variable(struct gen *g, char type)
{
	struct gen_var *v = &g->vars[g->nvars < GEN_VARS_MAX ? g->nvars++ : GEN_VARS_MAX - 1];

	*v = (struct gen_var){ .type = type, .group = g->group };
	snprintf(v->name, sizeof v->name, "v%u", g->named++);
	return v->name;
}

void gen_rule_name(struct gen *g, const struct gen_rule *r, struct buf *out)
{
	bool here = r->package == g->package;

	if (gen_chance(g, here ? 20 : 50))
		buf_printf(out, "data.g.p%u.", r->package);
	else if (!here)
		buf_printf(out, "imp%u.", r->package);
	buf_puts(out, r->name);
}

static char any_type(struct gen *g)
{
	return "NNNSSSBALTUOX"[gen_below(g, 13)];
}

/* ---- conditions ------------------------------------------------------------------------------------------ */

static void put_withs(struct gen *g, struct buf *out)
{
	static const char *const forms[] = {
		" with input.n as @N", " with input.s as @S", " with input.xs as @A", " with data.d.n as @N", " with input.o.a as @n",
		" with input as {\"n\": @N, \"s\": @S, \"xs\": @A}", " with data.d as {\"n\": @n, \"xs\": @A, \"o\": @O}", " with input.none as @S",
		" with count as @i", " with upper as lower", " with data.d.o.b as @n", " with input.items as [{\"id\": @S, \"n\": @N}]",
	};

	do {
		uint32_t pick = gen_below(g, sizeof forms / sizeof *forms + 2);

		if (pick < sizeof forms / sizeof *forms) {
			gen_form(g, forms[pick], out);
		} else {
			const struct gen_rule *r = g->nrules ? &g->rules[gen_below(g, g->nrules)] : NULL;

			if (!r)
				return;
			buf_printf(out, " with data.g.p%u.%s as ", r->package, r->name);
			gen_term(g, r->type, out);
		}
	} while (gen_chance(g, 15));
}

/* "v := ", or "v = " where conditions may stand in any order. */
static void put_binding(struct gen *g, struct buf *out)
{
	CLEANUP(buf_release) struct buf value = BUF_INIT(LIMIT_MIB);
	const char *op = g->free ? "=" : ":=";
	uint32_t before = g->nvars;
	char type = any_type(g);

	g->many = false;
	if (gen_chance(g, 20)) {
		CLEANUP(buf_release) struct buf second = BUF_INIT(LIMIT_MIB);

		gen_term(g, type, &value);
		gen_term(g, 'N', &second);
		buf_printf(out, "[%s, ", gen_variable(g, type));
		buf_printf(out, "%s] %s [%s, %s]", gen_variable(g, 'N'), op, buf_text(&value), buf_text(&second));
	} else {
		gen_term(g, type, &value);
		buf_printf(out, "%s %s %s", gen_variable(g, type), op, buf_text(&value));
	}
	for (uint32_t i = before; i < g->nvars; i++)
		g->vars[i].many = g->many;
}

static void put_iteration(struct gen *g, struct buf *out)
{
	CLEANUP(buf_release) struct buf from = BUF_INIT(LIMIT_MIB);
	static const char *const pairs[] = { "AN", "LS", "TN", "US", "ON" };
	const char *pair = pairs[gen_below(g, 5)];
	uint32_t before = g->nvars;

	if (g->free || !g->words)
		gen_term(g, pair[1] == 'S' ? 'W' : 'w', &from);
	else
		gen_term(g, pair[0], &from);
	if (g->free)
		buf_printf(out, "%s = %s[_]", gen_variable(g, pair[1]), buf_text(&from));
	else if (!g->words)
		buf_printf(out, "%s := %s[_]", gen_variable(g, pair[1]), buf_text(&from));
	else if (pair[0] == 'O') {
		buf_printf(out, "some %s, ", gen_variable(g, 'S'));
		buf_printf(out, "%s in %s", gen_variable(g, 'N'), buf_text(&from));
	} else if (pair[0] == 'A' && gen_chance(g, 30)) {
		buf_printf(out, "some %s, ", gen_variable(g, 'N'));
		buf_printf(out, "%s in %s", gen_variable(g, 'N'), buf_text(&from));
	} else {
		buf_printf(out, "some %s in %s", gen_variable(g, pair[1]), buf_text(&from));
	}
	for (uint32_t i = before; i < g->nvars; i++)
		g->vars[i].many = true;
}

static void put_every(struct gen *g, struct buf *out)
{
	CLEANUP(buf_release) struct buf from = BUF_INIT(LIMIT_MIB);
	uint32_t vars = g->nvars;
	bool numbers = gen_chance(g, 50);

	gen_term(g, numbers ? 'A' : 'L', &from);
	/* What is named has to be used. */
	if (gen_chance(g, 30)) {
		const char *key = gen_variable(g, 'N');

		buf_printf(out, "every %s, ", key);
		buf_printf(out, "%s in %s { %s >= 0; ", gen_variable(g, numbers ? 'N' : 'S'), buf_text(&from), key);
	} else {
		buf_printf(out, "every %s in %s { ", gen_variable(g, numbers ? 'N' : 'S'), buf_text(&from));
	}
	buf_printf(out, "is_%s(%s); ", numbers ? "number" : "string", g->vars[g->nvars - 1].name);
	gen_term(g, 'B', out);
	if (gen_chance(g, 40)) {
		buf_puts(out, "; ");
		gen_term(g, 'B', out);
	}
	buf_puts(out, " }");
	g->nvars = vars;
}

static void put_negation(struct gen *g, struct buf *out)
{
	buf_puts(out, "not ");
	gen_truth(g, out);
}

static void put_condition(struct gen *g, struct buf *to)
{
	CLEANUP(buf_release) struct buf condition = BUF_INIT(LIMIT_MIB), withs = BUF_INIT(LIMIT_MIB);
	struct buf *out = &condition;
	uint32_t pick = gen_below(g, 100);

	/* Made first: what the condition binds is not known there. */
	if (gen_chance(g, 12) && !(pick >= 45 && pick < 52))
		put_withs(g, &withs);
	if (pick < 25)
		put_binding(g, out);
	else if (pick < 45)
		put_iteration(g, out);
	else if (pick < 52 && g->words)
		put_every(g, out);
	else if (pick < 62)
		put_negation(g, out);
	else if (pick < 66)
		gen_form(g, "@N = @N", out);
	else if (pick < 70)
		gen_form(g, "data.d.o[_] > @n", out);
	else if (pick < 74)
		gen_form(g, "input.items[_].n == @N", out);
	else
		gen_term(g, 'B', out);
	/* A minus in front would go on with the line before. */
	buf_printf(to, "%s%s%s", buf_text(out)[0] == '-' ? "0 + " : "", buf_text(out), buf_text(&withs));
}

/* Conditions as groups of lines: those of one group do not lean on each other. */
static void put_conditions(struct gen *g, uint32_t n, struct buf *out)
{
	bool open = false;

	g->free = gen_chance(g, 30);
	while (n--) {
		CLEANUP(buf_release) struct buf one = BUF_INIT(LIMIT_MIB);
		uint32_t before = g->nvars;

		g->leans = false;
		put_condition(g, &one);
		if (open && g->leans && !g->free) {
			buf_puts(out, "\4\n");
			g->group++;
			/* What it made belongs to the new group. */
			for (uint32_t i = before; i < g->nvars; i++)
				g->vars[i].group = g->group;
			open = false;
		}
		buf_puts(out, open ? "\3" : "\2");
		buf_append(out, buf_text(&one), one.len);
		open = true;
	}
	if (open)
		buf_putc(out, '\4');
	g->group++;
}

/* ---- rules ----------------------------------------------------------------------------------------------- */

static void begin_body(struct gen *g)
{
	g->nvars = 0;
	g->group++;
	g->depth = 0;
}

/* HEAD with a body that was made before it; n conditions. */
static void put_body(struct gen *g, const struct buf *body, struct buf *out)
{
	buf_printf(out, g->version1 || g->words ? " if {\n%s\n}" : " {\n%s\n}", buf_text(body));
}

/* A value that is mostly the same for all solutions: others clash. */
static void put_single(struct gen *g, char type, struct buf *out)
{
	g->single = gen_chance(g, 94);
	gen_term(g, type, out);
	g->single = false;
}

/* " := VALUE", " if { BODY }", or both. Whether there is a body. */
static bool put_clause(struct gen *g, const char *head, char type, struct buf *out)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(LIMIT_MIB);
	uint32_t n = gen_below(g, 4);

	put_conditions(g, n, &body);
	buf_puts(out, head);
	if (type != 'B' || !n || gen_chance(g, 30)) {
		buf_puts(out, " := ");
		put_single(g, type, out);
	}
	if (n)
		put_body(g, &body, out);
	return n > 0;
}

static void put_else(struct gen *g, char type, struct buf *out)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(LIMIT_MIB);
	struct gen_var kept[GEN_VARS_MAX];
	uint32_t nkept = 0;

	/* Arguments alone are known there. */
	for (uint32_t i = 0; i < g->nvars; i++)
		if (g->vars[i].name[0] == 'a')
			kept[nkept++] = g->vars[i];
	memcpy(g->vars, kept, nkept * sizeof *kept);
	g->nvars = nkept;
	put_conditions(g, 1 + gen_below(g, 2), &body);
	buf_puts(out, " else := ");
	put_single(g, type, out);
	put_body(g, &body, out);
}

static void next_item(struct buf *out)
{
	buf_puts(out, out->len ? "\3" : "\2");
}

static void put_default(const char *head, char type, struct buf *out)
{
	next_item(out);
	buf_printf(out, "default %s := ", head);
	buf_puts(out, type == 'N' ? "0" : type == 'S' ? "\"none\"" : type == 'B' ? "false" : type == 'O' ? "{\"z\": 0}" : type == 'T' || type == 'U' ? "{x | x = input.none[_]}" :
		      type == 'X' ? "null" : "[x | x = input.none[_]]");
}

/* One value. Clauses behind the first give what differs only where the first says nothing: mostly. */
static void make_value(struct gen *g, struct gen_rule *r, struct buf *out)
{
	uint32_t clauses = gen_chance(g, 25) ? 2 : 1;

	r->type = any_type(g);
	if (gen_chance(g, 35))
		put_default(r->name, r->type, out);
	if (r->type == 'N' && gen_chance(g, 40)) {
		/* Clauses that compare one place of the input with constants, for the rule index. */
		for (uint32_t i = 0; i < 6; i++) {
			next_item(out);
			buf_printf(out, "%s := %u%s input.%s == %u%s", r->name, gen_chance(g, 80) ? 5 : i, g->words ? " if {" : " {", gen_chance(g, 80) ? "n" : "m",
				   i, gen_chance(g, 50) ? " }" : "; input.b }");
		}
		return;
	}
	while (clauses--) {
		begin_body(g);
		next_item(out);
		if (put_clause(g, r->name, r->type, out) && g->words && gen_chance(g, 30))
			put_else(g, r->type, out);
	}
}

static void make_set(struct gen *g, struct gen_rule *r, struct buf *out)
{
	r->type = gen_chance(g, 50) ? 'T' : 'U';
	for (uint32_t n = 1 + gen_below(g, 3); n; n--) {
		CLEANUP(buf_release) struct buf body = BUF_INIT(LIMIT_MIB);

		begin_body(g);
		put_conditions(g, 1 + gen_below(g, 3), &body);
		next_item(out);
		buf_printf(out, g->words ? "%s contains " : "%s[", r->name);
		gen_term(g, r->type == 'T' ? 'N' : 'S', out);
		buf_puts(out, g->words ? "" : "]");
		put_body(g, &body, out);
	}
}

static void make_object(struct gen *g, struct gen_rule *r, struct buf *out)
{
	static const char *const heads[][2] = { { "[", "]" }, { "[", "]" }, { "[", "].x" }, { ".y[", "]" } };
	uint32_t head = g->words ? gen_below(g, 4) : 0;
	static const char *const names[] = { "a", "b", "c" };

	r->type = head > 1 ? 'X' : 'O';
	for (uint32_t n = 1 + gen_below(g, 3); n; n--) {
		CLEANUP(buf_release) struct buf body = BUF_INIT(LIMIT_MIB);
		CLEANUP(buf_release) struct buf key = BUF_INIT(LIMIT_MIB);

		begin_body(g);
		put_conditions(g, 1 + gen_below(g, 3), &body);
		/* A key of its own for each clause, or one that hangs on what is gone through. */
		g->single = gen_chance(g, 60);
		if (g->single)
			buf_printf(&key, "\"%s\"", names[n - 1]);
		else
			gen_form(g, "sprintf(\"%v\", [[@X, @X, @X]])", &key);
		next_item(out);
		buf_printf(out, "%s%s%s%s := ", r->name, heads[head][0], buf_text(&key), heads[head][1]);
		gen_term(g, 'N', out);
		g->single = false;
		put_body(g, &body, out);
	}
}

/* Parts of one document under constant names. */
static void make_parts(struct gen *g, struct gen_rule *r, struct buf *out)
{
	static const char *const parts[] = { ".a", ".b.c", ".b.d", "[\"x y\"]" };
	uint32_t n = 1 + gen_below(g, 4);

	r->type = 'X';
	for (uint32_t i = 0; i < n; i++) {
		CLEANUP(buf_release) struct buf head = BUF_INIT(LIMIT_MIB);

		begin_body(g);
		next_item(out);
		buf_printf(&head, "%s%s", r->name, parts[i]);
		put_clause(g, buf_text(&head), any_type(g) == 'N' ? 'N' : 'X', out);
	}
	if (g->words && gen_chance(g, 50)) {
		begin_body(g);
		next_item(out);
		buf_printf(out, "%s.e[input.s] contains ", r->name);
		gen_term(g, 'N', out);
		buf_puts(out, " if { true }");
	}
}

static void make_function(struct gen *g, struct gen_rule *r, struct buf *out)
{
	static const struct { const char *args, *heads[3]; const char *types; } shapes[] = {
		{ "(@N)", { "(a1)", "(2)", "(a1)" }, "N" },
		{ "(@S)", { "(a1)", "(\"a\")", "(a1)" }, "S" },
		{ "(@N, @S)", { "(a1, a2)", "(3, a2)", "(a1, \"abc\")" }, "NS" },
		{ "([@N, @S])", { "([a1, a2])", "([1, a2])", "([a1, a2])" }, "NS" },
		{ "({\"k\": @N}, @A)", { "({\"k\": a1}, a2)", "({\"k\": 2}, a2)", "(a1, a2)" }, "NA" },
		{ "(@X)", { "(a1)", "(null)", "(_)" }, "X" },
	};
	uint32_t pick = gen_below(g, 6), clauses = gen_chance(g, 30) ? 2 : 1;
	const char *types = shapes[pick].types;

	r->type = any_type(g);
	r->args = shapes[pick].args;
	for (uint32_t k = 0; k < clauses; k++) {
		CLEANUP(buf_release) struct buf head = BUF_INIT(LIMIT_MIB);
		const char *shape = shapes[pick].heads[k && gen_chance(g, 80) ? 1 + gen_below(g, 2) : 0];

		begin_body(g);
		for (uint32_t i = 0; types[i]; i++) {
			char want[3] = { 'a', (char)('1' + i), 0 };

			if (strstr(shape, want)) {
				snprintf(g->vars[g->nvars].name, sizeof g->vars[0].name, "%s", want);
				g->vars[g->nvars].group = 0;
				/* An object whole is no number. */
				g->vars[g->nvars++].type = strstr(shape, "(a1, a2)") && pick == 4 && !i ? 'X' : types[i];
			}
		}
		next_item(out);
		buf_printf(&head, "%s%s", r->name, shape);
		if (put_clause(g, buf_text(&head), r->type, out) && g->words && gen_chance(g, 30))
			put_else(g, r->type, out);
	}
}

/* ---- modules --------------------------------------------------------------------------------------------- */

static void make_rule(struct gen *g, struct buf *out)
{
	static void (*const kinds[])(struct gen *, struct gen_rule *, struct buf *) = {
		make_value, make_value, make_value, make_set, make_set, make_object, make_object, make_parts,
		make_function, make_function,
	};
	struct gen_rule *r = &g->rules[g->nrules];

	*r = (struct gen_rule){ .package = g->package, .args = "" };
	snprintf(r->name, sizeof r->name, "r%u", g->nrules);
	kinds[gen_below(g, sizeof kinds / sizeof *kinds)](g, r, out);
	if (!r->args[0])
		g->out->queries[g->out->nqueries++] = mem_printf("data.g.p%u.%s", r->package, r->name);
	g->nrules++;
}

static void put_header(struct gen *g, bool rego_v1, struct buf *out)
{
	buf_printf(out, "package g.p%u\n\n", g->package);
	if (rego_v1)
		buf_puts(out, "import rego.v1\n");
	else if (g->words && !g->version1)
		buf_puts(out, "import future.keywords\n");
	for (uint32_t i = 0; i < g->package; i++)
		buf_printf(out, "import data.g.p%u as imp%u\n", i, i);
	buf_putc(out, '\n');
}

/* A package in one module or two. */
static void make_package(struct gen *g, bool rego_v1)
{
	struct gen_program *p = g->out;
	uint32_t modules = gen_chance(g, 30) ? 2 : 1;

	while (modules--) {
		CLEANUP(buf_release) struct buf rules = BUF_INIT(LIMIT_MIB);
		struct buf *out = &p->modules[p->nmodules++];

		*out = (struct buf)BUF_INIT(LIMIT_MIB);
		for (uint32_t n = 2 + gen_below(g, 5); n && g->nrules < GEN_RULES_MAX; n--)
			make_rule(g, &rules);
		put_header(g, rego_v1, out);
		buf_append(out, buf_text(&rules), rules.len);
		buf_puts(out, "\4\n");
	}
}

/* What both input and data hold; a part of it now and then not. */
static void make_document(struct gen *g, struct buf *out)
{
	static const char *const parts[] = {
		"\"n\":@n", "\"s\":@j", "\"b\":true", "\"z\":null", "\"xs\":[@n,@n,@n]", "\"ss\":[@j,@j]",
		"\"o\":{\1\"a\":@n\3\"b\":@n\3\"c\":@n\4}",
		"\"items\":[{\1\"id\":@j\3\"n\":@n\4},{\1\"n\":@n\3\"id\":@j\4}]", "\"m\":@i",
	};

	buf_puts(out, "{\1\"w\":0");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (gen_chance(g, 8))
			continue;
		buf_putc(out, '\3');
		gen_form(g, parts[i], out);
	}
	buf_puts(out, "\4}");
}

void gen_program_make(struct gen_program *out, uint64_t seed)
{
	struct gen g = { .state = (seed + 1) * 0x9e3779b97f4a7c15ull, .out = out };
	bool rego_v1 = gen_chance(&g, 15);
	uint32_t packages = 1 + gen_below(&g, GEN_PACKAGES_MAX);

	*out = (struct gen_program){ .input = BUF_INIT(LIMIT_MIB), .data = BUF_INIT(LIMIT_MIB) };
	g.version1 = gen_chance(&g, 60);
	g.words = g.version1 || rego_v1 || gen_chance(&g, 50);
	g.templates = g.version1;
	out->dialect = g.version1 ? POLICY_V1 : POLICY_V0;
	for (; g.package < packages; g.package++)
		make_package(&g, rego_v1);
	make_document(&g, &out->input);
	buf_puts(&out->data, "{\"d\":");
	make_document(&g, &out->data);
	buf_puts(&out->data, "}");
}

void gen_program_release(struct gen_program *g)
{
	for (size_t i = 0; i < g->nmodules; i++)
		buf_release(&g->modules[i]);
	for (size_t i = 0; i < g->nqueries; i++)
		free(g->queries[i]);
	buf_release(&g->input);
	buf_release(&g->data);
	*g = (struct gen_program){ 0 };
}
