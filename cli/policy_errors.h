/* What a policy answers instead of an answer, for people, scripts and workflows. */
#ifndef WB_CLI_POLICY_ERRORS_H
#define WB_CLI_POLICY_ERRORS_H

#include "base/jval.h"
#include "cli/output.h"

/* Each of the errors that an evaluation ended with, as lines; with a caret those about the query itself. */
void policy_errors_format(const struct jval *errors, const char *query, struct buf *out);

/* The same as annotations of a GitHub workflow. */
void policy_errors_annotate(struct output *out, const struct jval *errors);

/* The reasons and warnings of a decision (struct decided's record) as annotations. */
void policy_decision_annotate(struct output *out, const struct jval *record);

/* err as a list of one such error; the caller owns it. */
struct jval *policy_error_list(const struct error *err);

/* err in the shape of those errors: {"errors":[…]}, with "v" first where the shape is wb's own. */
void policy_error_json(struct output *out, bool versioned, const struct error *err);

/* err in the format's shape, "json" or "github". False for other formats: the caller tells it. */
bool policy_error_show(struct output *out, const char *format, bool versioned, const struct error *err);

#endif
