/* Deciding: each package's deny, violation, warn and allow, asked about one input. */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "policy/again.h"
#include "policy/ask.h"
#include "policy/contract.h"
#include "policy/num.h"
#include "policy/trace.h"

enum { REASONS_MAX = 200, TEXT_MAX = 4096, DETAIL_MAX = 16384, NOTES_MAX = 1000 };

struct deciding {
	const struct policy *policy;
	struct eval ev;
	struct value input;
	struct things things;
	struct policy_decision *out;
	const struct question *question;
	const struct thing *thing; /* NULL: the input as a whole */
	const struct clause *fix_in; /* the clause that refused, or that nearly allowed; NULL: none */
	uint32_t fix_at;
	struct buf *ways; /* of policy_look(); may be NULL */
	size_t reasons_cap, warnings_cap, fired_cap;
	struct vec notes;
	bool allowed;
};

static void reason_release(struct policy_reason *r)
{
	free(r->text);
	free(r->detail);
	free(r->fix);
	free(r->package);
	free(r->rule);
	free(r->file);
}

static void fired_release(struct policy_fired *f)
{
	free(f->package);
	free(f->rule);
	free(f->file);
}

void policy_decision_release(struct policy_decision *d)
{
	for (size_t i = 0; i < d->nreasons; i++)
		reason_release(&d->reasons[i]);
	for (size_t i = 0; i < d->nwarnings; i++)
		reason_release(&d->warnings[i]);
	for (size_t i = 0; i < d->nsources; i++)
		free(d->sources[i].file);
	for (size_t i = 0; i < d->nfired; i++)
		fired_release(&d->fired[i]);
	free(d->fired);
	free(d->chance);
	free(d->reasons);
	free(d->warnings);
	free(d->sources);
	*d = (struct policy_decision){ 0 };
}

static void move_reasons(struct policy_reason **into, size_t *n, struct policy_reason **from, size_t *more)
{
	size_t cap = *n;

	if (!*more)
		return;
	mem_reserve(into, &cap, *n + *more);
	memcpy(*into + *n, *from, *more * sizeof **from);
	*n += *more;
	*more = 0;
}

/* "[a]" and "[b]" are "[a,b]". */
static void join_chance(struct policy_decision *into, const struct policy_decision *from)
{
	char *joined;

	if (!from->chance)
		return;
	joined = into->chance ? mem_printf("%.*s,%s", (int)strlen(into->chance) - 1, into->chance, from->chance + 1) :
				mem_strdup(from->chance);
	free(into->chance);
	into->chance = joined;
}

void policy_decision_join(struct policy_decision *into, struct policy_decision *from)
{
	size_t cap = into->nsources, fired_cap = into->nfired;

	if (from->verdict > into->verdict)
		into->verdict = from->verdict;
	move_reasons(&into->reasons, &into->nreasons, &from->reasons, &from->nreasons);
	move_reasons(&into->warnings, &into->nwarnings, &from->warnings, &from->nwarnings);
	mem_reserve(&into->sources, &cap, into->nsources + from->nsources);
	for (size_t i = 0; i < from->nsources; i++)
		into->sources[into->nsources++] = from->sources[i];
	from->nsources = 0;
	mem_reserve(&into->fired, &fired_cap, into->nfired + from->nfired);
	for (size_t i = 0; i < from->nfired; i++)
		into->fired[into->nfired++] = from->fired[i];
	from->nfired = 0;
	join_chance(into, from);
	into->steps += from->steps;
	policy_decision_release(from);
}

/* ---- reasons --------------------------------------------------------------------------------------------- */

static char *package_name(const struct doc *package)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(TEXT_MAX);

	doc_format(package, &name);
	if (name.len > 5 && name.data[4] == '.')
		buf_consume(&name, 5);
	return buf_take(&name);
}

static bool told_already(const struct policy_reason *list, size_t n, const struct policy_reason *r)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].row == r->row && strcmp(list[i].text, r->text) == 0 && strcmp(list[i].file, r->file) == 0 &&
		    strcmp(list[i].package, r->package) == 0)
			return true;
	return false;
}

static void add_reason(struct deciding *d, bool warning, struct policy_reason r)
{
	struct policy_decision *o = d->out;
	struct policy_reason **list = warning ? &o->warnings : &o->reasons;
	size_t *n = warning ? &o->nwarnings : &o->nreasons;

	if (told_already(*list, *n, &r) || *n > REASONS_MAX) {
		reason_release(&r);
		return;
	}
	if (*n == REASONS_MAX) {
		free(r.text);
		r.text = mem_strdup("there are more; only the first 200 are kept");
	}
	mem_reserve(list, warning ? &d->warnings_cap : &d->reasons_cap, *n + 1);
	(*list)[(*n)++] = r;
}

/* Not where the author has said it. */
static char *fix_for(struct deciding *d, const char *text)
{
	CLEANUP(buf_release) struct buf fix = BUF_INIT(TEXT_MAX);
	const struct clause *c = d->fix_in;

	if (!c || strstr(text, " --") || !fix_find(&d->ev, c, d->fix_at, d->question->role != ROLE_ALLOW, &fix))
		return NULL;
	return buf_take(&fix);
}

static void reason_here(struct deciding *d, const struct source *src, uint32_t at, const char *text, const char *detail)
{
	const struct question *q = d->question;
	const char *origin = d->policy->origin;
	struct policy_reason r = {
		.text = origin ? mem_printf("%s: %s", origin, text) : mem_strdup(text),
		.detail = detail ? mem_strdup(detail) : NULL,
		.fix = fix_for(d, text),
		.package = package_name(q->package),
		.rule = mem_strndup(q->rule->name.s, q->rule->name.len),
		.file = mem_strdup(src ? src->file : ""),
		.row = src ? source_row(src, at) : 0,
	};

	add_reason(d, q->role == ROLE_WARN, r);
}

static bool fired_already(const struct policy_decision *o, const char *package, const struct clause *by, unsigned row)
{
	for (size_t i = 0; i < o->nfired; i++)
		if (o->fired[i].row == row && strcmp(o->fired[i].file, by->module->src.file) == 0 &&
		    strcmp(o->fired[i].package, package) == 0)
			return true;
	return false;
}

static void note_fired(struct deciding *d, const struct clause *by)
{
	const struct question *q = d->question;
	struct policy_decision *o = d->out;
	unsigned row = source_row(&by->module->src, by->rule->head.at);
	char *package = package_name(q->package);

	if (o->nfired > REASONS_MAX || fired_already(o, package, by, row)) {
		free(package);
		return;
	}
	mem_reserve(&o->fired, &d->fired_cap, o->nfired + 1);
	o->fired[o->nfired++] = (struct policy_fired){
		package, mem_strndup(q->rule->name.s, q->rule->name.len), mem_strdup(by->module->src.file), row,
	};
}

/* ---- deny, violation, warn ------------------------------------------------------------------------------- */

struct answer {
	struct deciding *d;
	const struct clause *by;
};

static void one_reason(const struct answer *a, struct value v)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);

	if (v.tag == V_STRING)
		buf_append(&text, v.s, v.len < TEXT_MAX ? v.len : TEXT_MAX - 1);
	else
		value_format(v, TEXT_JSON, &text);
	reason_here(a->d, &a->by->module->src, a->by->rule->head.at, buf_text(&text), NULL);
}

/* A rule that only says that it holds: its name and what it is about have to do. */
static void bare_reason(const struct answer *a, struct value label)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);
	const struct thing *thing = a->d->thing;

	buf_puts(&text, "rule '");
	if (label.tag == V_STRING)
		buf_append(&text, label.s, label.len < TEXT_MAX / 2 ? label.len : TEXT_MAX / 2);
	else
		value_format(label, TEXT_JSON, &text);
	buf_puts(&text, "' holds");
	if (thing)
		buf_printf(&text, " for %.*s", (int)thing->label.len, thing->label.s);
	reason_here(a->d, &a->by->module->src, a->by->rule->head.at, buf_text(&text), NULL);
}

/* Every message in v: texts, objects with a "msg", collections of them; {text: true} is the text. */
static void take_answer(const struct answer *a, struct value label, struct value v, bool is_key)
{
	struct value msg = v.tag == V_OBJECT ? value_get_text(v, "msg") : VALUE_UNDEF;

	if (msg.tag == V_UNDEF && v.tag == V_OBJECT)
		msg = value_get_text(v, "message");
	if (value_is_false(v))
		return;
	if (msg.tag == V_STRING) {
		one_reason(a, msg);
	} else if (v.tag == V_BOOL) {
		if (is_key)
			one_reason(a, label);
		else
			bare_reason(a, label);
	} else if (v.tag == V_ARRAY || v.tag == V_SET) {
		for (uint32_t i = 0; i < v.len; i++)
			take_answer(a, label, v.items[i], false);
	} else if (v.tag == V_OBJECT) {
		for (uint32_t i = 0; i < v.len; i++)
			take_answer(a, v.pairs[i].key, v.pairs[i].val, true);
	} else {
		one_reason(a, v);
	}
}

static void on_answer(void *arg, const struct clause *by, struct value label, struct value v)
{
	struct deciding *d = arg;
	struct answer a = { d, by };
	bool is_key = !value_eq(label, d->question->rule->name);

	if (!value_is_false(v))
		note_fired(d, by);
	d->fix_in = by;
	d->fix_at = FIX_ANYWHERE;
	/* A set member is a reason whatever it is, unless it is false. */
	take_answer(&a, label, v, is_key);
	d->fix_in = NULL;
}

/* ---- allow ----------------------------------------------------------------------------------------------- */

static const char *thing_label(const struct thing *thing, struct buf *out)
{
	buf_append(out, thing->label.s, thing->label.len < 1024 ? thing->label.len : 1024);
	return buf_text(out);
}

static void not_allowed(struct deciding *d)
{
	CLEANUP(buf_release) struct buf label = BUF_INIT(TEXT_MAX);
	CLEANUP(buf_release) struct buf detail = BUF_INIT(DETAIL_MAX), text = BUF_INIT(TEXT_MAX);
	CLEANUP(miss_release) struct miss miss = { .why = BUF_INIT(TEXT_MAX) };
	const struct doc *rule = d->question->rule;
	struct eval_watch *watch = d->ev.watch;
	const struct rule *head = rule->default_rule ? rule->default_rule : rule->nrules ? rule->rules[0] : NULL;

	/* What is asked from here on is asked to explain. */
	d->ev.watch = NULL;
	miss_explain(&d->ev, rule, &detail, &miss);
	buf_puts(&text, "nothing allows ");
	if (d->thing)
		buf_printf(&text, "%.*s", (int)(d->thing->label.len < 1024 ? d->thing->label.len : 1024), d->thing->label.s);
	else
		buf_puts(&text, "this");
	if (d->thing && miss.at_once && rule->nclauses > 1)
		buf_printf(&text, ": none of the %u ways to be allowed is about it", rule->nclauses);
	else if (miss.why.len)
		buf_printf(&text, ": %s", buf_text(&miss.why));
	if (d->ways)
		ways_explain(&d->ev, rule, d->thing ? thing_label(d->thing, &label) : "this run", d->ways);
	d->fix_in = miss.clause;
	d->fix_at = miss.at;
	if (miss.clause)
		reason_here(d, miss.src, miss.at, buf_text(&text), detail.len ? buf_text(&detail) : NULL);
	else
		reason_here(d, head ? &head->module->src : NULL, head ? head->head.at : 0, buf_text(&text), NULL);
	d->fix_in = NULL;
	d->ev.watch = watch;
}

static void on_allow(void *arg, const struct clause *by, struct value label, struct value v)
{
	struct deciding *d = arg;

	(void)label;
	d->allowed = v.tag == V_BOOL && v.i;
	if (d->allowed)
		note_fired(d, by);
}

static void ask_allow(struct deciding *d)
{
	const struct doc *rule = d->question->rule;

	d->allowed = false;
	/* Of a rule that is one value, each clause that gives it is told; they agree, or the evaluation has ended. */
	if (rule->kind == DOC_VALUE && !rule->nchildren)
		doc_answers(&d->ev, rule, on_allow, d);
	if (!d->ev.halt && !d->allowed)
		not_allowed(d);
}

/* ---- asking ---------------------------------------------------------------------------------------------- */

static void ask_about(struct deciding *d, const struct thing *thing)
{
	struct value input = thing ? thing->input : d->input;

	/* A new input makes what is remembered worthless; the whole input comes first and is shared by all packages. */
	if (d->ev.ctx.input.tag != input.tag || d->ev.ctx.input.pairs != input.pairs) {
		d->ev.ctx.input = input;
		eval_context_reset(&d->ev);
	}
	d->thing = thing;
	if (d->question->role == ROLE_ALLOW)
		ask_allow(d);
	else
		doc_answers(&d->ev, d->question->rule, on_answer, d);
}

static void ask(struct deciding *d, const struct question *q)
{
	bool whole = !q->per_thing || q->role != ROLE_ALLOW;

	d->question = q;
	/* A builtin that fails makes its rule vanish: for a deny that would be a yes, so there it ends the decision. */
	d->ev.strict = q->role == ROLE_DENY;
	if (whole)
		ask_about(d, NULL);
	for (size_t i = 0; q->per_thing && i < d->things.n && !d->ev.halt; i++)
		ask_about(d, &d->things.items[i]);
}

static void fault(struct deciding *d)
{
	const struct eval_error *e = &d->ev.error;
	char *text = mem_printf("the policy failed: %s", e->message);
	struct question as_deny = *d->question;

	as_deny.role = ROLE_DENY;
	d->question = &as_deny;
	reason_here(d, e->src, e->at, text, NULL);
	free(text);
	d->out->verdict = POLICY_FAULT;
}

static void add_sources(const struct policy *p, struct policy_decision *out)
{
	out->sources = mem_calloc(p->nmodules + 1, sizeof *out->sources);
	for (size_t i = 0; i < p->nmodules; i++)
		out->sources[out->nsources++] =
			(struct policy_source){ mem_strdup(p->modules[i]->src.file), p->modules[i]->digest };
}

/* ---- what chance said ------------------------------------------------------------------------------------ */

struct value eval_note(struct eval *ev, const char *builtin, const struct value *args, uint32_t n, struct value v)
{
	struct pair *pairs;
	struct value *items, unused;

	if (!ev->notes || ev->halt || ev->notes->n >= NOTES_MAX)
		return v;
	for (size_t i = 0; !n && i < ev->notes->n; i++)
		if (value_is_text(value_get_text(ev->notes->v[i], "builtin"), builtin))
			return v;
	pairs = pool_alloc(ev->pool, 3 * sizeof *pairs);
	items = pool_alloc(ev->pool, (n + 1) * sizeof *items);
	if (n)
		memcpy(items, args, n * sizeof *items);
	pairs[0] = (struct pair){ value_borrow("builtin", 7), value_borrow(builtin, strlen(builtin)) };
	pairs[1] = (struct pair){ value_borrow("args", 4), value_array(items, n) };
	pairs[2] = (struct pair){ value_borrow("value", 5), v };
	vec_push(ev->pool, ev->notes, value_object(pairs, 3, &unused));
	return v;
}

static void too_many_notes(struct eval *ev)
{
	eval_halt(ev, "eval_limit_error", NULL, 0, "it hangs on more answers of chance than its record keeps");
	ev->error.limit = true;
}

static struct value noted_in(const struct value *notes, size_t n, const char *builtin, struct value args)
{
	for (size_t i = 0; i < n; i++)
		if (value_is_text(value_get_text(notes[i], "builtin"), builtin) &&
		    value_eq(value_get_text(notes[i], "args"), args))
			return value_get_text(notes[i], "value");
	return VALUE_UNDEF;
}

struct value eval_noted(struct eval *ev, const char *builtin, const struct value *args, uint32_t n)
{
	struct value wanted = { .tag = V_ARRAY, .len = n, .items = (struct value *)args }, found = VALUE_UNDEF;
	const struct policy_asked *a = ev->asked;
	struct error ignored = { 0 };

	if (a && a->given && ev->given.tag == V_UNDEF &&
	    (value_from_json(ev->pool, a->given, a->given_len, JSON_LAST_KEY_WINS, &ev->given, &ignored) < 0 ||
	     ev->given.tag != V_ARRAY))
		ev->given = value_array(NULL, 0);
	if (ev->given.tag == V_ARRAY)
		found = noted_in(ev->given.items, ev->given.len, builtin, wanted);
	if (found.tag == V_UNDEF && ev->notes && ev->notes->n >= NOTES_MAX)
		too_many_notes(ev);
	else if (found.tag == V_UNDEF && ev->notes)
		found = noted_in(ev->notes->v, ev->notes->n, builtin, wanted);
	return found;
}

static char *chance_text(struct deciding *d)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);

	if (!d->notes.n)
		return NULL;
	/* As a set: in one order, and each answer once. */
	value_format(value_set(d->notes.v, d->notes.n), TEXT_JSON, &text);
	if (!text.full)
		return buf_take(&text);
	/* A decision that cannot be made again is none. */
	too_many_notes(&d->ev);
	return NULL;
}

/* ---- all questions --------------------------------------------------------------------------------------- */

/* Rules that nobody asks pass everything in silence; whoever wrote them should know. */
static void warn_unasked(struct deciding *d)
{
	const struct module *m = d->policy->modules[0];
	struct policy_reason r = {
		.text = mem_strdup("no package has a rule named allow, deny, violation or warn, so no rule was asked"),
		.package = mem_strdup(""),
		.rule = mem_strdup(""),
		.file = mem_strdup(m->src.file),
		.row = 1,
	};

	add_reason(d, true, r);
}

/* First all about the whole input, then thing by thing: so what is remembered lasts. */
static void ask_those(struct deciding *d, enum role role)
{
	const struct policy *p = d->policy;

	for (int per_thing = 0; per_thing < 2; per_thing++)
		for (size_t i = 0; i < p->nquestions && !d->ev.halt; i++)
			if (p->questions[i].per_thing == (per_thing == 1) && p->questions[i].role == role)
				ask(d, &p->questions[i]);
}

static void ask_all(struct deciding *d)
{
	const struct policy *p = d->policy;

	if (p->nmodules && !p->nquestions)
		warn_unasked(d);
	/* Denials first: what was remembered while failing quietly must not answer for them. */
	ask_those(d, ROLE_DENY);
	ask_those(d, ROLE_ALLOW);
	ask_those(d, ROLE_WARN);
	d->out->chance = chance_text(d);
	if (d->ev.halt)
		fault(d);
	else
		d->out->verdict = d->out->nreasons ? POLICY_DENY : POLICY_ALLOW;
}

static int64_t now_of(struct value input)
{
	int64_t ns = 0;

	return num_to_i64(value_get_text(value_get_text(input, "time"), "ns"), &ns) ? ns : 0;
}

/* looked: where what is looked for goes; NULL: nowhere. */
static int decide(const struct policy *p, const struct policy_asked *a, const struct deciding *looked,
		  struct policy_decision *out, struct error *err)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	struct policy_decision made = { 0 };
	struct deciding d = { .policy = p, .out = &made, .ways = looked ? looked->ways : NULL };

	if (!p->compiled)
		return error_set(err, ERR_INTERNAL, "the policy is not compiled");
	if ((a->parsed ? policy_check_value(a->parsed, err) : policy_check_input(a->input, a->len, err)) < 0)
		return -1;
	pool_init(&pool, a->budget ? a->budget->memory : policy_budget_default.memory);
	if (value_from_json(&pool, a->input, a->len, JSON_STRICT, &d.input, err) < 0)
		return error_wrap(err, "input");
	eval_init(&d.ev, p, &pool, a->budget);
	d.ev.asked = a;
	d.ev.watch = looked ? looked->ev.watch : NULL;
	d.ev.ctx.input = d.input;
	d.ev.now_ns = now_of(d.input);
	d.ev.notes = &d.notes;
	d.things = ask_things(&pool, d.input);
	made.input = digest_of(a->input, a->len);
	add_sources(p, &made);
	ask_all(&d);
	made.steps = d.ev.steps;
	*out = made;
	return 0;
}

int policy_decide(const struct policy *p, const char *input, size_t len, const struct policy_budget *budget,
		  struct policy_decision *out, struct error *err)
{
	return policy_decide_again(p, &(struct policy_asked){ .input = input, .len = len, .budget = budget }, out, err);
}

int policy_decide_again(const struct policy *p, const struct policy_asked *a, struct policy_decision *out, struct error *err)
{
	return decide(p, a, NULL, out, err);
}

int policy_look(const struct policy *p, const char *input, size_t len, struct buf *ways, struct buf *trace, struct error *err)
{
	CLEANUP(policy_decision_release) struct policy_decision made = { 0 };
	struct deciding looked = { .ways = ways };
	struct trace t;

	if (trace) {
		trace_init(&t, trace);
		looked.ev.watch = &t.watch;
	}
	return decide(p, &(struct policy_asked){ .input = input, .len = len }, &looked, &made, err);
}
