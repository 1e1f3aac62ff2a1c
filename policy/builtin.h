/* The builtin functions: one table, one function each. */
#ifndef WB_POLICY_BUILTIN_H
#define WB_POLICY_BUILTIN_H

#include "policy/value.h"

struct eval;

/* What an argument may be, for the checks before and at run time. */
enum type_bits {
	TY_NULL = 1 << V_NULL,
	TY_BOOL = 1 << V_BOOL,
	TY_NUM = 1 << V_NUMBER,
	TY_STR = 1 << V_STRING,
	TY_ARR = 1 << V_ARRAY,
	TY_OBJ = 1 << V_OBJECT,
	TY_SET = 1 << V_SET,
	TY_ANY = TY_NULL | TY_BOOL | TY_NUM | TY_STR | TY_ARR | TY_OBJ | TY_SET,
};

enum { BUILTIN_ARGS_MAX = 5 };

typedef struct value (*builtin_fn)(struct eval *ev, const struct value *args);

struct builtin {
	const char *name;
	int nargs;
	unsigned args[BUILTIN_ARGS_MAX];
	unsigned result;
	builtin_fn fn;
	unsigned flags;
};

enum builtin_flags {
	BUILTIN_DEPRECATED = 1, /* not in version 1 */
	BUILTIN_RELATION = 2,   /* gives an array of answers; each is one */
	BUILTIN_VARIADIC = 4,
	BUILTIN_LAX = 16,       /* takes anything where the checker could not tell */
	BUILTIN_METADATA = 64,  /* of the place that asks: known when it is compiled */
	BUILTIN_MOCKED = 32,    /* never answers here */
	BUILTIN_IMPURE = 8,     /* may answer differently each time: never remembered */
};

/* A text that a builtin makes: begun with the room that the evaluation has left, ended as its value, which releases b. */
struct buf builtin_text_begin(struct eval *ev);
struct value builtin_text_end(struct eval *ev, struct buf *b);

const struct builtin *builtin_find(const char *name);
const char *builtin_nearest(const char *name);
/* Every one, table by table. */
void builtin_each(void (*fn)(void *data, const struct builtin *b), void *data);

/* Tables by file, each ended by a NULL name. */
extern const struct builtin builtins_core[];
extern const struct builtin builtins_string[];
extern const struct builtin builtins_number[];
extern const struct builtin builtins_object[];
extern const struct builtin builtins_encode[];
extern const struct builtin builtins_regex[];
extern const struct builtin builtins_units[];
extern const struct builtin builtins_net[];
extern const struct builtin builtins_time[];
extern const struct builtin builtins_patch[];
extern const struct builtin builtins_yaml[];
extern const struct builtin builtins_jwt[];
extern const struct builtin builtins_sign[];
extern const struct builtin builtins_cert[];
extern const struct builtin builtins_pkey[];
extern const struct builtin builtins_uri[];
extern const struct builtin builtins_request[];
extern const struct builtin builtins_globs[];
extern const struct builtin builtins_schema[];
extern const struct builtin builtins_template[];
extern const struct builtin builtins_graphql[];
extern const struct builtin builtins_module[];

/* For builtins: where results live, raising, charging. */
struct pool *eval_pool(struct eval *ev);
/* Undefined, or the end of evaluation in strict mode. Returns UNDEF. */
struct value eval_fail(struct eval *ev, const char *code, const char *fmt, ...) WB_PRINTF(3, 4);
#define BUILTIN_ERROR "eval_builtin_error"
#define TYPE_ERROR "eval_type_error"
/* False when the budget is gone. */
bool eval_charge(struct eval *ev, uint64_t steps);
int64_t eval_now_ns(const struct eval *ev);
uint64_t eval_steps_left(const struct eval *ev);
/* The bytes of a named zone's file, through the host. False when there is none. */
bool eval_read_zone(struct eval *ev, const char *name, struct buf *out);
/* Zones that were read; builtin_time.c's own. */
struct known_zone;
struct known_zone **eval_zones(struct eval *ev);
/* YAML as JSON, through the host. */
bool eval_read_yaml(struct eval *ev, struct value text, struct buf *out, struct error *err);
/* Keeps what a builtin answered that depends on time or chance, where the evaluation is a decision. Returns v. */
struct value eval_note(struct eval *ev, const char *builtin, const struct value *args, uint32_t n, struct value v);
/* What a builtin answered to args in this decision, or in the one that is decided again; UNDEF: nothing yet. */
struct value eval_noted(struct eval *ev, const char *builtin, const struct value *args, uint32_t n);
/* Compiled patterns, and the pool that lasts as long as they do; builtin_regex.c's own. */
struct known;
struct pool *eval_lasting(struct eval *ev);
struct known **eval_regexes(struct eval *ev);

#endif
