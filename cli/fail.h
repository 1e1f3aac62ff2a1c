/* How an error looks: one line "wb: what: why", then "hint: what to do". */
#ifndef WB_CLI_FAIL_H
#define WB_CLI_FAIL_H

#include "base/error.h"
#include "cli/output.h"

/* Gives an error that came without a hint the next step that its code and errno allow. path: "wb ls", the command in use; detail: as below. */
void fail_advise(struct error *err, const char *path, const char *detail);

/* detail is whole lines that are safe to show, between the two; "" for none. */
void fail_print(struct output *to, const struct error *err, const char *detail);

/* A line "wb: …" that is no error: something the user should notice. text is untrusted. */
void fail_warn(struct output *to, const char *text);

#endif
