/* Evaluating a query and laying its answer out as OPA does. */
#include "config.h"

#include <string.h>

#include "policy/eval.h"

static void put_location(const struct source *src, uint32_t at, bool file, struct buf *out)
{
	unsigned row = 1, col = 1;

	for (uint32_t i = 0; i < at && i < src->len; i++) {
		col = src->text[i] == '\n' ? 1 : col + 1;
		row += src->text[i] == '\n';
	}
	buf_puts(out, "{");
	if (file) {
		buf_puts(out, "\"file\":");
		value_format_string(src->file, strlen(src->file), TEXT_JSON, out);
		buf_putc(out, ',');
	}
	buf_printf(out, "\"row\":%u,\"col\":%u}", row, col);
}

static void put_error(const struct eval *ev, struct buf *out)
{
	const struct eval_error *e = &ev->error;

	buf_puts(out, "{\"errors\":[{\"message\":");
	value_format_string(e->message, strlen(e->message), TEXT_JSON, out);
	buf_printf(out, ",\"code\":\"%s\",\"id\":\"%s\"", e->code, e->limit ? "P0502" : "P0501");
	if (e->src) {
		buf_puts(out, ",\"location\":");
		put_location(e->src, e->at, true, out);
	}
	buf_puts(out, "}]}");
}

/* A lone test answers false; among others, or tried for many values, it has to hold. */
static bool holds(struct eval *ev, struct frame *f, const struct query_code *q)
{
	if (q->nexprs == 1 && q->clause.code->last < 0)
		return true;
	for (uint32_t i = 0; i < q->nexprs; i++)
		if (q->exprs[i] && value_is_false(eval_value(ev, f, q->exprs[i])))
			return false;
	return true;
}

static void put_row(struct eval *ev, struct frame *f, const struct query_code *q, struct buf *out)
{
	bool any = false;

	buf_puts(out, out->len ? ",{\"expressions\":[" : "{\"expressions\":[");
	for (uint32_t i = 0; i < q->nexprs; i++) {
		struct value v = q->exprs[i] ? eval_value(ev, f, q->exprs[i]) : value_bool(true);
		struct value text = term_source_text(&q->module.src, q->spans[i]);

		buf_puts(out, i ? ",{\"value\":" : "{\"value\":");
		value_format(v, TEXT_JSON, out);
		buf_puts(out, ",\"text\":");
		value_format_string(text.s, text.len, TEXT_JSON, out);
		buf_puts(out, ",\"location\":");
		put_location(&q->module.src, q->spans[i].at, false, out);
		buf_putc(out, '}');
	}
	buf_puts(out, "]");
	for (uint32_t i = 0; i < q->nnames; i++) {
		struct value v = doc_force(ev, f->slots[q->slots[i]]);

		if (v.tag == V_UNDEF)
			continue;
		buf_puts(out, any ? "," : ",\"bindings\":{");
		value_format_string(q->names[i], strlen(q->names[i]), TEXT_JSON, out);
		buf_putc(out, ':');
		value_format(v, TEXT_JSON, out);
		any = true;
	}
	buf_puts(out, any ? "}}" : "}");
}

static int put_answers(struct eval *ev, struct query_code *q, struct buf *out)
{
	CLEANUP(buf_release) struct buf rows = BUF_INIT(out->max > 64 ? out->max - 64 : 0);
	struct frame f;
	bool again = false;

	if (eval_frame(ev, &f, &q->clause))
		for (; !rows.full && eval_next(ev, &f, q->clause.code, again); again = true)
			if (holds(ev, &f, q))
				put_row(ev, &f, q, &rows);
	if (rows.full)
		eval_halt(ev, "eval_limit_error", NULL, 0, "the answer is too large to be shown");
	if (ev->halt) {
		put_error(ev, out);
		return 1;
	}
	if (rows.len)
		buf_printf(out, "{\"result\":[%s]}", buf_text(&rows));
	else
		buf_puts(out, "{}");
	return 0;
}

static int read_input_term(struct eval *ev, const char *text, struct value *out, struct error *err)
{
	struct source src = { "input", text, strlen(text) };
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	struct query_code q;
	struct frame f;

	if (lower_query(ev->policy, ev->pool, &src, POLICY_V1, &q, &diags) < 0 || q.nexprs != 1)
		return error_set(err, ERR_INVALID, "the input term cannot be read");
	if (eval_frame(ev, &f, &q.clause) && eval_next(ev, &f, q.clause.code, false) && q.exprs[0])
		*out = eval_value(ev, &f, q.exprs[0]);
	return out->tag == V_UNDEF ? error_set(err, ERR_INVALID, "the input term has no value") : 0;
}

struct policy_prepared {
	const struct policy *policy;
	struct pool kept;    /* the query, and the patterns it has met */
	struct pool read;    /* the input */
	struct pool scratch; /* one evaluation */
	struct policy_budget budget;
	struct query_code code;
	struct value input;
	struct known *regexes;
	struct known_zone *zones;
	bool strict, plain;
	int64_t now_ns;
};

void policy_prepared_free(struct policy_prepared *pp)
{
	if (!pp)
		return;
	pool_release(&pp->kept);
	pool_release(&pp->read);
	pool_release(&pp->scratch);
	free(pp);
}

int policy_prepared_input(struct policy_prepared *pp, const char *json, size_t len, struct error *err)
{
	pp->input = VALUE_UNDEF;
	pool_reset(&pp->read);
	if (json && value_from_json(&pp->read, json, len, JSON_STRICT, &pp->input, err) < 0)
		return error_wrap(err, "input");
	return 0;
}

static void start(struct policy_prepared *pp, struct eval *ev)
{
	pool_reset(&pp->scratch);
	eval_init(ev, pp->policy, &pp->scratch, &pp->budget);
	ev->lasting = &pp->kept;
	ev->regexes = pp->regexes;
	ev->zones = pp->zones;
	ev->strict = pp->strict;
	ev->plain = pp->plain;
	ev->now_ns = pp->now_ns;
	ev->ctx.input = pp->input;
}

static int prepare_input(struct policy_prepared *pp, const struct policy_query *q, struct error *err)
{
	struct eval ev;

	if (!q->input_term)
		return policy_prepared_input(pp, q->input, q->input_len, err);
	eval_init(&ev, pp->policy, &pp->read, &pp->budget);
	return read_input_term(&ev, q->input_term, &pp->input, err);
}

int policy_prepare(const struct policy *p, const struct policy_query *q, struct policy_prepared **out_prepared,
		   struct buf *out, struct error *err)
{
	CLEANUP(policy_prepared_free) struct policy_prepared *pp = NULL;
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	struct source src = { "query", NULL, strlen(q->text) };

	if (!p->compiled)
		return error_set(err, ERR_INTERNAL, "the policy is not compiled");
	pp = mem_zalloc(sizeof *pp);
	*pp = (struct policy_prepared){
		.policy = p,
		.budget = q->budget ? *q->budget : policy_budget_default,
		.strict = q->strict_builtin_errors,
		.plain = q->plain,
		.now_ns = q->now_ns,
	};
	pool_init(&pp->kept, pp->budget.memory);
	pool_init(&pp->read, pp->budget.memory);
	pool_init(&pp->scratch, pp->budget.memory);
	if (prepare_input(pp, q, err) < 0)
		return -1;
	src.text = value_string(&pp->kept, q->text, src.len).s;
	if (lower_query(p, &pp->kept, &src, q->dialect, &pp->code, &diags) < 0) {
		diag_sort(&diags);
		policy_diags_json(&diags, out);
		return 1;
	}
	*out_prepared = take_ptr(&pp);
	return 0;
}

/* All that writing the answers would work out. */
static int work_out(struct eval *ev, struct query_code *q)
{
	struct frame f;
	bool again = false;

	if (!eval_frame(ev, &f, &q->clause))
		return 1;
	for (; eval_next(ev, &f, q->clause.code, again); again = true)
		for (uint32_t i = 0; i < q->nexprs; i++)
			if (q->exprs[i])
				eval_value(ev, &f, q->exprs[i]);
	return ev->halt;
}

int policy_eval_prepared(struct policy_prepared *pp, struct buf *out)
{
	struct eval ev;
	int rc;

	start(pp, &ev);
	rc = out ? put_answers(&ev, &pp->code, out) : work_out(&ev, &pp->code);
	pp->regexes = ev.regexes;
	pp->zones = ev.zones;
	return rc;
}

int policy_eval(const struct policy *p, const struct policy_query *q, struct buf *out, struct error *err)
{
	CLEANUP(policy_prepared_free) struct policy_prepared *pp = NULL;
	int rc = policy_prepare(p, q, &pp, out, err);

	return rc ? rc : policy_eval_prepared(pp, out);
}
