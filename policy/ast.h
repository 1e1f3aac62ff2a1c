/* The syntax tree. Everything lives in the module's pool. */
#ifndef WB_POLICY_AST_H
#define WB_POLICY_AST_H

#include "policy/diag.h"
#include "policy/value.h"

struct span {
	uint32_t at, end; /* bytes of the source */
};

enum term_kind {
	T_CONST,
	T_VAR,
	T_REF,        /* items[0] the head, then the parts */
	T_ARRAY,
	T_SET,
	T_OBJECT,     /* keys and values alternate */
	T_CALL,       /* items[0] the operator (var or ref), then the arguments */
	T_ARRAY_COMP, /* items[0] is collected */
	T_SET_COMP,
	T_OBJECT_COMP, /* items[0] key, items[1] value */
	T_TEMPLATE,   /* parts, joined as text */
};

struct body;
struct builtin;

enum var_root { VAR_NONE = -1, VAR_DATA = -2, VAR_INPUT = -3 };

/* What a call names, once that is known. */
enum target { TARGET_UNKNOWN, TARGET_NOTHING, TARGET_DOC, TARGET_BUILTIN };

/* Small, because there are thousands: what only one kind has lies in one place. */
struct term {
	uint8_t kind;      /* enum term_kind */
	uint8_t target;    /* enum target; T_CALL */
	bool infix;        /* a call written as an operator */
	bool is_literal;   /* a call that is a whole literal: it may name its result as one argument more */
	uint32_t n;
	struct span span;
	int var;            /* T_VAR after resolving: the clause's variable, or one of enum var_root */
	union {
		struct value value; /* T_CONST */
		const char *name;   /* T_VAR */
		struct {            /* the others */
			struct term **items;
			union {
				struct body *body; /* comprehensions */
				const struct doc *doc; /* T_CALL, TARGET_DOC */
				const struct builtin *fn; /* TARGET_BUILTIN */
			};
		};
	};
	const struct type *type; /* as it was last seen; NULL: not known whole */
};

struct with {
	struct span span;
	struct term *target, *value;
};

enum literal_kind { L_EXPR, L_SOME, L_SOME_IN, L_EVERY, L_NOT_BODY };

struct literal {
	enum literal_kind kind;
	struct span span;
	bool negated;
	bool whole;          /* negated with everything inside (import future.keywords.not) */
	struct term *term;   /* L_EXPR */
	struct term *key, *val, *domain; /* L_SOME_IN, L_EVERY; key may be NULL */
	struct term **vars;  /* L_SOME */
	uint32_t nvars;
	struct body *body;   /* L_EVERY, L_NOT_BODY */
	struct with *withs;
	uint32_t nwiths;
	/* Operands of a negated literal that must be defined outside of it: name, operand, name, operand ... */
	struct term **late;
	uint32_t nlate;
};

struct scope;
struct type;

struct body {
	struct literal **lits;
	uint32_t n;
	struct span span;
	struct scope *scope; /* after resolving */
	uint32_t *order;     /* after lowering: the literals in the order they run */
};

enum rule_kind { RULE_VALUE, RULE_MEMBER };

struct module;

struct rule {
	struct module *module;
	struct span span, head;
	enum rule_kind kind;
	bool is_default, is_function, has_if, has_body, assigned;
	bool defines; /* assigned by := */
	bool shares_head; /* its terms stand in another rule too: an else, a second body */
	struct term *ref;   /* T_REF; items[0] is the rule's name */
	struct term **args;
	uint32_t nargs;
	struct term *key;   /* RULE_MEMBER */
	struct term *value; /* RULE_VALUE; NULL means true */
	struct body *body;  /* may be NULL */
	struct rule *otherwise; /* the else branch */
};

struct import {
	struct span span, path_span;
	struct term *path; /* T_REF of constants behind its head */
	const char *alias;
	bool used;
};

struct module {
	struct source src;
	enum policy_dialect dialect;
	bool imports_v1;
	struct value *package; /* constants: the path below data */
	uint32_t npackage;
	struct span package_span;
	const struct doc *doc; /* the package's, in the tree; NULL: not there yet */
	struct import *imports;
	uint32_t nimports;
	struct import *languages; /* rego.v1 and future.keywords: they change how the rest is read, and import nothing */
	uint32_t nlanguages;
	struct rule **rules;
	uint32_t nrules;
	struct digest digest;
	bool says_resource; /* a name or a string in it is "resource" */
};

/* NULL where t is no comprehension. */
static inline struct body *term_body(const struct term *t)
{
	return t->kind >= T_ARRAY_COMP && t->kind <= T_OBJECT_COMP ? t->body : NULL;
}

struct term *term_new(struct pool *p, enum term_kind kind, struct span span);
struct term *term_const(struct pool *p, struct value v, struct span span);
struct term *term_var(struct pool *p, const char *name, struct span span);

/* A copy that shares nothing that resolving writes to. */
struct term *term_clone(struct pool *p, const struct term *t);

/* True when t is a name, and this one. */
bool term_is_var(const struct term *t, const char *name);

/* The operator of a call as dotted text ("array.concat"), or NULL when it has other parts. In a pool. */
const char *term_path_text(struct pool *p, const struct term *t);

/* The term as the author wrote it. */
struct value term_source_text(const struct source *src, struct span span);

#endif
