/* How runs look: pieces that several commands print. */
#ifndef WB_CLI_RUNVIEW_H
#define WB_CLI_RUNVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/jval.h"
#include "cli/output.h"
#include "tracker/run.h"

/* Hex characters of an id that tables show: the millisecond it was made in. */
enum { RUNVIEW_ID = 12 };

/* Bytes of a command that are shown: a screen of them is enough. */
enum { RUNVIEW_COMMAND = 4096 };

/* One look for each state, everywhere. */
enum output_style runview_style(enum run_state state);

/* Something that it printed was not kept: it is a diode run. */
bool runview_is_withheld(const struct run *r);

/* What is settled when a run starts. */
void runview_begin(struct output *out, const struct run *r);

/* The whole page of `wb show`. with_system: with the metrics that wb measured, here and below. */
void runview_page(struct output *out, const struct run *r, bool with_system, int64_t now_ns);

/* Tables of its metrics and of its outputs. */
void runview_metrics(struct output *out, const struct run *r, bool with_system);
void runview_outputs(struct output *out, const struct run *r);

/* When, by whom, what: a line. */
void runview_note(struct output *out, const struct run_note *note);

/* What was refused to it, under its own heading; nothing where nothing was. */
void runview_denials(struct output *out, const struct run *r);

/* Why the policy said no, one reason a line, and its warnings. */
void runview_policy(struct output *out, const struct run *r);

/* "run 0192f3a1b2c3 (gentle-otter) FINISHED in 3.2s". */
void runview_footer(struct output *out, const struct run *r);

#endif
