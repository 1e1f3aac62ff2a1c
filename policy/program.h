/*
 * The lowered form of a policy.
 *
 * All rules hang in one tree of documents (data.a.b.p). A rule body becomes a
 * flat list of steps over numbered slots; the order of literals was settled by
 * the safety pass, so at each step it is known which slots hold a value and no
 * trail is needed. A step either tests or binds, or it is a choice: one that
 * can be resumed for its next answer. Going back means resuming the nearest
 * choice before the step that failed, which is a number in the step.
 */
#ifndef WB_POLICY_PROGRAM_H
#define WB_POLICY_PROGRAM_H

#include "policy/ast.h"

struct builtin;
struct code;
struct clause;
struct index;
struct question;
struct type;

enum expr_op {
	E_CONST,
	E_SLOT,
	E_INPUT,
	E_DOC,     /* doc */
	E_GET,     /* items[0] [ items[1] ] */
	E_AT,      /* element number slot of array items[0] */
	E_ARRAY,
	E_SET,
	E_OBJECT,  /* keys and values alternate */
	E_BUILTIN, /* fn over items */
	E_CALL,    /* doc over items */
	E_ARRAY_COMP,
	E_SET_COMP,
	E_OBJECT_COMP,
	E_TEMPLATE,
};

/* Small, because there are thousands: what only one operation has lies in one place. */
struct expr {
	enum expr_op op;
	uint32_t slot, n;
	struct span span;
	union {
		struct value value; /* E_CONST */
		struct {            /* the others */
			struct expr **items;
			union {
				const struct builtin *fn;
				const struct doc *doc;
				struct code *code; /* comprehensions */
				/* E_GET of plain data: tried where the key itself finds nothing; may be NULL. */
				struct expr *other_key;
			};
		};
	};
};

/* NULL where e is no comprehension. */
static inline struct code *expr_code(const struct expr *e)
{
	return e->op >= E_ARRAY_COMP && e->op <= E_OBJECT_COMP ? e->code : NULL;
}

enum step_op {
	S_TEST,  /* a is defined and not false */
	S_BIND,  /* slot = a */
	S_EQUAL, /* a == b */
	S_SHAPE, /* a is an array (slot elements) or object (slot pairs): tag in slot2 */
	S_SCAN,  /* choice: each element of a; key to slot, element to slot2 (-1: not wanted) */
	S_NOT,   /* code has no solution */
	S_EVERY, /* for each element of a (key slot, element slot2) code has a solution */
	S_WITH,  /* choice: solutions of code under replacements */
};

struct override {
	bool input;
	const struct value *path; /* below input or data */
	uint32_t npath;
	const struct doc *doc;    /* what it hides: a document or a function; may be NULL */
	const struct builtin *fn; /* a builtin replaced */
	struct expr *value;
	const struct doc *by_doc;    /* a function in place of a function */
	const struct builtin *by_fn;
};

struct step {
	enum step_op op;
	int slot, slot2;
	int iter;  /* choices: the state kept between answers */
	int back;  /* the nearest choice before this step, -1: none */
	struct expr *a, *b;
	struct code *code;
	struct override *overrides; /* S_WITH */
	uint32_t n;                 /* of overrides */
	int *outs;                  /* S_WITH: slots that its solutions bind */
	uint32_t nouts;
	struct span span; /* the literal, for reasons */
};

struct code {
	struct step *steps;
	uint32_t n, cap;
	int last; /* the last choice, -1: at most one solution */
	/* What comprehensions collect. */
	struct expr *key, *val;
};

enum doc_kind { DOC_PLAIN, DOC_VALUE, DOC_FUNCTION, DOC_MEMBERS, DOC_ENTRIES };

/* A clause as it was written, its names resolved. */
struct head {
	struct term **args;
	struct term **path; /* the part that is not constant */
	uint32_t npath;
	struct term *key, *val;
	struct body body;
};

/* One solution of a body gives one path below the document, and there a value or a set member. */
struct clause {
	const struct rule *rule;
	const struct module *module;
	unsigned id;
	uint32_t nslots, niters, nargs;
	struct code *code;
	struct expr **path; /* DOC_ENTRIES: the part of the head that is not constant */
	uint32_t npath;
	struct expr *val;   /* value or member; NULL: true */
	bool member;
	struct clause *otherwise;
	const struct head *head;
};

struct doc {
	struct value name;
	struct doc *parent;
	struct doc **children; /* sorted by name */
	uint32_t nchildren, children_cap;
	unsigned id;
	enum doc_kind kind;
	bool exported;  /* a rule of the package above starts with this name */
	bool is_package;
	bool clashed;   /* its rules do not fit together, which was told */
	bool early;     /* all clauses give the same constant: the first success settles it */
	uint32_t nargs;
	struct clause **clauses;
	uint32_t nclauses, clauses_cap;
	const struct index *index; /* NULL: none */
	struct clause *fallback; /* the default rule */
	const struct rule **rules; /* heads, for messages; as many as clauses while lowering */
	uint32_t nrules, rules_cap;
	const struct rule *default_rule;
	bool typed; /* the types are known, or being found out */
	const struct type *type; /* of its value, or of what it gives when called */
	const struct type **arg_types;
	/* Documents its clauses ask; interior ones stand for all below. */
	const struct doc **asks;
	const struct rule **asked_in;
	uint32_t nasks, asks_cap;
	size_t asked_cap;
};

struct policy {
	struct pool pool;
	struct module **modules;
	size_t nmodules, modules_cap;
	struct value data;
	struct policy_host host;
	struct doc root;
	unsigned ndocs, nclauses;
	struct question *questions; /* what deciding asks (ask.h) */
	size_t nquestions, questions_cap;
	bool compiled;
	const char *origin; /* whose it is; may be NULL */
};

struct doc *doc_child(const struct doc *parent, struct value name);
struct doc *doc_make(struct policy *p, struct doc *parent, struct value name);
/* "data.a.b". */
void doc_format(const struct doc *d, struct buf *out);

/* Hangs every rule of all modules into the tree and reports clashes. */
void tree_build(struct policy *p, struct policy_diags *diags);
/* Reports rules that need themselves. After lowering. */
void tree_check_recursion(struct policy *p, struct policy_diags *diags);

/* Checks of whole modules (lint.c); the last gives warnings only. */
void check_imports(struct policy *p, const struct policy_check *check, struct policy_diags *diags);
void check_unused_imports(struct policy *p, const struct policy_check *check, struct policy_diags *diags);
void lint(struct policy *p, struct policy_diags *diags);
void lint_bodies(struct policy *p, struct policy_diags *diags);

/* Resolves, orders and lowers all rules. */
void lower_rules(struct policy *p, const struct policy_check *check, struct policy_diags *diags);

/* A query in the root package. names and slots are the variables to report. */
struct query_code {
	struct clause clause;
	struct module module;
	struct expr **exprs; /* per literal: its value, or NULL for declarations */
	struct span *spans;
	uint32_t nexprs;
	const char **names;
	int *slots;
	uint32_t nnames;
};

int lower_query(const struct policy *p, struct pool *pool, const struct source *src, enum policy_dialect dialect,
		struct query_code *out, struct policy_diags *diags) WB_MUST_CHECK;

#endif
