/* What a run's network broker recorded, for people. */
#ifndef WB_CLI_NETVIEW_H
#define WB_CLI_NETVIEW_H

#include "cli/output.h"
#include "tracker/run.h"

/* The section "Network" of the run's page: whom it reached, with how many bytes, and whom not; nothing without --net. */
void netview_page(struct output *out, const struct run *r);

/* A line for each destination that one more --net would have let through, some of them. */
void netview_hints(struct output *out, const struct run *r);

#endif
