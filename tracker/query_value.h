/* Literals of the filter language as values of the field that they are compared with. */
#ifndef WB_TRACKER_QUERY_VALUE_H
#define WB_TRACKER_QUERY_VALUE_H

#include <stdbool.h>

#include "base/error.h"
#include "tracker/query_ast.h"

/* text stays borrowed by *out. is_quoted tells 'x' from x. ERR_INVALID says what the field takes. */
int value_parse(const struct query_field *field, enum compare_op op, const char *text, bool is_quoted, struct query_value *out,
		struct error *err) WB_MUST_CHECK;

/* "2026-03-04", "2026-03-04 05:06", "2026-03-04T05:06:07Z" (UTC unless +hh:mm follows): ns since 1970. */
bool value_parse_date(const char *text, int64_t *out_ns);

#endif
