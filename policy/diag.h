/* Inside policy/: raising findings about a source text. */
#ifndef WB_POLICY_DIAG_H
#define WB_POLICY_DIAG_H

#include <stdarg.h>
#include <stdint.h>

#include "policy/policy.h"

/* One module's (or query's) text. file and text are owned by whoever made it. */
struct source {
	const char *file;
	const char *text;
	size_t len;
};

struct diag_kind {
	enum policy_severity severity;
	const char *code;
	const char *id;
};

#define DIAG_ERROR_(code, id) ((struct diag_kind){ POLICY_SEV_ERROR, code, id })
#define DIAG_WARN_(id) ((struct diag_kind){ POLICY_SEV_WARNING, "rego_lint", id })

/* Ids are for ever: a number that went out of use is not given again. */
#define DIAG_SYNTAX DIAG_ERROR_("rego_parse_error", "P0101")
#define DIAG_STRING DIAG_ERROR_("rego_parse_error", "P0102")
#define DIAG_NUMBER DIAG_ERROR_("rego_parse_error", "P0103")
#define DIAG_TOO_LARGE DIAG_ERROR_("rego_parse_error", "P0104")
#define DIAG_NEEDS_IF DIAG_ERROR_("rego_parse_error", "P0105")
#define DIAG_NEEDS_CONTAINS DIAG_ERROR_("rego_parse_error", "P0106")
#define DIAG_BAD_HEAD DIAG_ERROR_("rego_parse_error", "P0107")
#define DIAG_BAD_DEFAULT DIAG_ERROR_("rego_parse_error", "P0108")
#define DIAG_BAD_IMPORT DIAG_ERROR_("rego_parse_error", "P0109")
#define DIAG_BAD_ELSE DIAG_ERROR_("rego_parse_error", "P0110")
#define DIAG_UNSAFE DIAG_ERROR_("rego_unsafe_var_error", "P0201")
#define DIAG_RECURSION DIAG_ERROR_("rego_recursion_error", "P0202")
#define DIAG_DECLARE DIAG_ERROR_("rego_compile_error", "P0203")
#define DIAG_SHADOW DIAG_ERROR_("rego_compile_error", "P0204")
#define DIAG_WITH DIAG_ERROR_("rego_compile_error", "P0205")
#define DIAG_UNUSED DIAG_ERROR_("rego_compile_error", "P0206")
#define DIAG_COMPILE DIAG_ERROR_("rego_compile_error", "P0207")
#define DIAG_CONFLICT DIAG_ERROR_("rego_type_error", "P0301")
#define DIAG_UNDEFINED_FUNC DIAG_ERROR_("rego_type_error", "P0302")
#define DIAG_ARITY DIAG_ERROR_("rego_type_error", "P0303")
#define DIAG_TYPE DIAG_ERROR_("rego_type_error", "P0304")
#define DIAG_DEPRECATED DIAG_ERROR_("rego_type_error", "P0305")
#define DIAG_REF DIAG_ERROR_("rego_type_error", "P0306")
#define DIAG_WITH_TARGET DIAG_ERROR_("rego_type_error", "P0307")
#define DIAG_FILE DIAG_ERROR_("load_error", "P0601")
#define DIAG_LINT_SET_OR_OBJECT DIAG_WARN_("P0401")
#define DIAG_LINT_MIX DIAG_WARN_("P0402")
#define DIAG_LINT_OPERATOR_NAME DIAG_WARN_("P0403")
#define DIAG_LINT_FAIL_OPEN DIAG_WARN_("P0404")
#define DIAG_LINT_UNKNOWN_INPUT DIAG_WARN_("P0405")
#define DIAG_LINT_NEVER_ASKED DIAG_WARN_("P0406")
#define DIAG_LINT_ORDER DIAG_WARN_("P0407")
#define DIAG_LINT_UNEQUAL DIAG_WARN_("P0408")
#define DIAG_LINT_LOOPS DIAG_WARN_("P0409")

/* src may be NULL for a finding without a place. Bytes at..end of src are what it is about. */
void diag_add(struct policy_diags *d, struct diag_kind kind, const struct source *src, uint32_t at, uint32_t end,
	      const char *fmt, ...) WB_PRINTF(6, 7);
void diag_vadd(struct policy_diags *d, struct diag_kind kind, const struct source *src, uint32_t at, uint32_t end,
	       const char *fmt, va_list ap) WB_PRINTF(6, 0);

/* Adds the next step to the finding added last. */
void diag_help(struct policy_diags *d, const char *fmt, ...) WB_PRINTF(2, 3);

/* Row of a byte, from 1. */
unsigned source_row(const struct source *src, uint32_t at);

/* Into source order. */
void diag_sort(struct policy_diags *d);

#endif
