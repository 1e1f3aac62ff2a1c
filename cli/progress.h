/* How far something long has come: one line on a terminal's standard error, from the first second on. */
#ifndef WB_CLI_PROGRESS_H
#define WB_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct app;

struct progress {
	struct app *app;
	const char *what;   /* "writing weights.h5"; untrusted */
	int64_t start_ns;
	int64_t shown_ns;   /* when the line was last drawn; 0: never */
	bool is_off;
};

/* what is borrowed. Off where nobody looks: --quiet, --json, no terminal. */
void progress_begin(struct progress *p, struct app *app, const char *what);

/* Bytes so far, of all (0: not known). Cheap: may be called as often as one likes. */
void progress_update(struct progress *p, uint64_t done, uint64_t all);

/* As a callback: data is the struct progress. */
void progress_bytes(void *data, uint64_t done, uint64_t all);

/* Takes the line away. */
void progress_end(struct progress *p);

#endif
