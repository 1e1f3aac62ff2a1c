/* What to ask for instead: the arithmetic of a comparison that refused. */
#include "config.h"

#include <string.h>

#include "base/str.h"
#include "policy/ask.h"
#include "policy/num.h"

/* A field that an option of `wb run` sets. */
struct asked {
	const char *path;   /* below input */
	const char *option;
	const char *what;   /* "6 GPUs asked" */
	enum unit { UNIT_COUNT, UNIT_BYTES, UNIT_SECONDS } unit;
};

static const struct asked fields[] = {
	{ "resources.gpus", "--gpus", "GPUs", UNIT_COUNT },
	{ "resources.cpus", "--cpus", "CPUs", UNIT_COUNT },
	{ "resources.memory_bytes", "--memory", "memory", UNIT_BYTES },
	{ "resources.disk_bytes", "--disk", "disk", UNIT_BYTES },
	{ "resources.wall_seconds", "--time", "time", UNIT_SECONDS },
};

static const struct asked requested_gpus = { "requested", "--gpus", "GPUs", UNIT_COUNT };

/* "a.b" of input.a.b; false for anything else. */
static bool path_of(const struct expr *e, struct buf *out)
{
	if (e->op == E_INPUT)
		return true;
	if (e->op != E_GET || e->items[1]->op != E_CONST || e->items[1]->value.tag != V_STRING || !path_of(e->items[0], out))
		return false;
	buf_printf(out, "%s%.*s", out->len ? "." : "", (int)e->items[1]->value.len, e->items[1]->value.s);
	return true;
}

static const struct asked *field_of(const struct eval *ev, const struct expr *e)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(1024);

	if (!path_of(e, &path))
		return NULL;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (str_eq(fields[i].path, buf_text(&path)))
			return &fields[i];
	return str_eq(buf_text(&path), requested_gpus.path) && value_is_text(value_get_text(ev->ctx.input, "resource"), "gpu") ?
		       &requested_gpus : NULL;
}

/* Whether e can be worked out without what the clause has bound. */
static bool is_free(const struct expr *e)
{
	if (e->op == E_SLOT || e->op == E_AT || expr_code(e))
		return false;
	for (uint32_t i = 0; i < e->n; i++)
		if (!is_free(e->items[i]))
			return false;
	return true;
}

/* Its value, if it is a whole number. What goes wrong here changes nothing. */
static bool whole_value(struct eval *ev, const struct clause *c, const struct expr *e, int64_t *out)
{
	struct eval saved = *ev;
	struct frame f = { .clause = c };
	struct value v;
	bool ok;

	if (!is_free(e))
		return false;
	v = eval_value(ev, &f, e);
	ok = !ev->halt && v.tag == V_NUMBER && num_to_i64(v, out);
	saved.regexes = ev->regexes;
	*ev = saved;
	return ok;
}

static void put_amount(struct buf *out, int64_t n, enum unit unit)
{
	static const char *const sizes[] = { "TiB", "GiB", "MiB", "KiB" };
	int64_t size = INT64_C(1) << 40;

	for (size_t i = 0; unit == UNIT_BYTES && i < sizeof sizes / sizeof *sizes; i++, size >>= 10)
		if (n >= size && n % size == 0) {
			buf_printf(out, "%lld%s", (long long)(n / size), sizes[i]);
			return;
		}
	if (unit == UNIT_SECONDS && n && n % 3600 == 0)
		buf_printf(out, "%lldh", (long long)(n / 3600));
	else if (unit == UNIT_SECONDS && n && n % 60 == 0)
		buf_printf(out, "%lldm", (long long)(n / 60));
	else
		buf_printf(out, "%lld%s", (long long)n, unit == UNIT_SECONDS ? "s" : "");
}

/* An order between the field and a number, that has to become true: `field op number`. */
enum order { ORDER_LE, ORDER_LT, ORDER_GE, ORDER_GT };

static bool order_of(const struct expr *e, bool refuses, bool mirrored, enum order *out)
{
	static const char *const names[] = { "lte", "lt", "gte", "gt" };
	static const enum order turned[] = { ORDER_GT, ORDER_GE, ORDER_LT, ORDER_LE };
	static const enum order mirror[] = { ORDER_GE, ORDER_GT, ORDER_LE, ORDER_LT };

	for (size_t i = 0; i < 4; i++)
		if (str_eq(e->fn->name, names[i])) {
			*out = (enum order)i;
			if (mirrored)
				*out = mirror[*out];
			if (refuses)
				*out = turned[*out];
			return true;
		}
	return false;
}

static bool put_fix(const struct asked *a, enum order order, int64_t asked, int64_t limit, struct buf *out)
{
	bool most = order == ORDER_LE || order == ORDER_LT;
	int64_t edge = order == ORDER_LT ? limit - 1 : order == ORDER_GT ? limit + 1 : limit;

	/* 0 is "no limit" of what is measured: neither more nor less than anything. */
	if (edge < 0 || (a->unit != UNIT_COUNT && (asked == 0 || edge == 0)) || (most ? asked <= edge : asked >= edge))
		return false;
	put_amount(out, asked, a->unit);
	buf_printf(out, " %s%.*s asked, ", a->unit == UNIT_COUNT ? "" : "of ",
		   (int)strlen(a->what) - (a->unit == UNIT_COUNT && asked == 1), a->what);
	put_amount(out, edge, a->unit);
	buf_printf(out, " %s: ask for %s ", most ? "allowed" : "needed", a->option);
	put_amount(out, edge, a->unit);
	buf_puts(out, !most ? " or more" : a->unit == UNIT_COUNT ? " or fewer" : " or less");
	return true;
}

bool fix_find(struct eval *ev, const struct clause *c, uint32_t at, bool refuses, struct buf *out)
{
	for (uint32_t i = 0; i < c->code->n; i++) {
		const struct step *s = &c->code->steps[i];
		const struct expr *e = s->a;
		int64_t asked, limit;
		enum order order;

		if (s->op != S_TEST || !e || e->op != E_BUILTIN || e->n != 2 || (at != FIX_ANYWHERE && s->span.at != at))
			continue;
		for (uint32_t k = 0; k < 2; k++) {
			const struct asked *a = field_of(ev, e->items[k]);

			if (a && order_of(e, refuses, k == 1, &order) && whole_value(ev, c, e->items[k], &asked) &&
			    whole_value(ev, c, e->items[1 - k], &limit) && put_fix(a, order, asked, limit, out))
				return true;
		}
	}
	return false;
}
