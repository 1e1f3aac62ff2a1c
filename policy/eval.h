/* Inside the evaluator. */
#ifndef WB_POLICY_EVAL_H
#define WB_POLICY_EVAL_H

#include "policy/builtin.h"
#include "policy/program.h"

/* State of one choice between its answers. */
struct iter {
	struct value coll;
	uint32_t at;
	struct value *rows; /* S_WITH */
	uint32_t nrows;
};

struct frame {
	struct value *slots;
	struct iter *iters;
	const struct clause *clause;
	uint32_t furthest; /* the furthest step that failed */
};

struct swap {
	const struct doc *doc;
	const struct builtin *fn;
	const struct doc *by_doc;
	const struct builtin *by_fn;
	struct value value;
};

enum cache_state { CACHE_NEW, CACHE_BUSY, CACHE_DONE };

struct cached {
	enum cache_state state;
	struct value value;
};

struct memo {
	const struct doc *doc;
	struct value args; /* an array */
	struct value result;
	struct memo *next;
};

enum { MEMO_BUCKETS = 64 };

/* What `with` replaces; each has caches of its own, so that nothing leaks out. */
struct context {
	struct value input, data;
	struct cached *cache; /* by document */
	struct memo **memo;
	const struct doc **hidden;
	uint32_t nhidden;
	struct swap *swaps;
	uint32_t nswaps;
};

struct eval_error {
	const char *code;
	char message[480];
	const struct source *src;
	uint32_t at;
	bool limit;
	bool unplaced; /* of a builtin, whose call has not said yet where it stands */
};

/* Told of all that is evaluated, for coverage and traces; embedded in what keeps it. */
struct eval_watch {
	void (*enter)(struct eval_watch *w, struct eval *ev, const struct frame *f);
	void (*step)(struct eval_watch *w, struct eval *ev, const struct frame *f, const struct step *s, bool ok);
	/* The value of the clause's head, UNDEF too. */
	void (*head)(struct eval_watch *w, struct eval *ev, const struct frame *f, struct value v);
};

struct eval {
	const struct policy *policy;
	struct pool *pool;
	struct policy_budget budget;
	uint64_t steps;
	unsigned depth, nesting;
	struct context ctx;
	bool strict;
	bool plain; /* without index, and without remembering what functions gave */
	bool halt; /* error holds why */
	int64_t now_ns;
	struct pool *lasting; /* where regexes live */
	struct known *regexes;
	struct known_zone *zones;
	struct eval_error error;
	/* Where evaluation is, for errors. */
	const struct frame *frame;
	const struct step *step;
	/* Called when a step of a clause's own body fails and none further on did; step says which. For explanations. */
	void (*on_miss)(struct eval *ev, struct frame *f);
	void *miss_arg;
	struct eval_watch *watch; /* NULL: nobody */
	struct vec *notes;        /* of eval_note(), as {"builtin", "args", "value"}; NULL: not kept */
	const struct policy_asked *asked; /* with what was noted before; NULL: nothing was */
	struct value given;       /* that, read when it is first wanted */
};

void eval_init(struct eval *ev, const struct policy *p, struct pool *pool, const struct policy_budget *budget);
void eval_context_reset(struct eval *ev);

/* False, with a limit error, when v written out would be too large. */
bool eval_bearable(struct eval *ev, struct value v);
/* Charges for comparing a and b to the end. */
bool eval_charge_compare(struct eval *ev, struct value a, struct value b);

/* May give V_NODE; value_of() does not. */
struct value eval_expr(struct eval *ev, struct frame *f, const struct expr *e);
struct value eval_value(struct eval *ev, struct frame *f, const struct expr *e);

/* The first or next solution. */
bool eval_next(struct eval *ev, struct frame *f, const struct code *code, bool again);
bool eval_frame(struct eval *ev, struct frame *f, const struct clause *c);

/* ev's context with the replacements of an S_WITH step made. False when one has no value. */
bool eval_replaced(struct eval *ev, struct frame *f, const struct step *s, struct context *out);

/* What stands under key in the document v, rules before data; UNDEF where nothing does. */
struct value doc_get(struct eval *ev, struct value v, struct value key);
struct value doc_force(struct eval *ev, struct value v);
struct value doc_open(struct eval *ev, const struct doc *d);
struct value doc_base(struct eval *ev, const struct doc *d);
bool doc_hidden(const struct eval *ev, const struct doc *d);
struct value doc_call(struct eval *ev, const struct doc *d, const struct value *args, uint32_t n);

/* Every answer of a rule with the clause that gave it: members, entries (label: their last key), values. */
typedef void answer_fn(void *arg, const struct clause *by, struct value label, struct value v);
void doc_answers(struct eval *ev, const struct doc *d, answer_fn *fn, void *arg);
/* One clause alone, its else branches not; UNDEF when it fails. */
struct value clause_alone(struct eval *ev, const struct clause *c);
struct value builtin_call(struct eval *ev, const struct builtin *fn, const struct value *args, uint32_t n);

/* Ends the evaluation. Returns UNDEF. */
struct value eval_halt(struct eval *ev, const char *code, const struct source *src, uint32_t at, const char *fmt, ...)
	WB_PRINTF(5, 6);

#endif
