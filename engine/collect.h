/*
 * Collecting what a run wrote: by descriptor, into objects. The files are the
 * run's and hostile: links are not followed, special files and absurd sizes
 * cost a line each and nothing else.
 */
#ifndef WB_ENGINE_COLLECT_H
#define WB_ENGINE_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "engine/job.h"
#include "store/store.h"

struct collected_file {
	char *path;      /* below the working directory where it lies there; raw bytes */
	uint64_t bytes;
	struct digest digest;
	bool tensors;    /* it looks like a file of tensors */
};

struct collected_note {
	char *path;
	char *why;       /* "symbolic link", "not a regular file", "deleted", ... */
};

struct collected {
	struct collected_file *files;
	size_t n_files, cap_files;
	struct collected_note *notes;
	size_t n_notes, cap_notes;
	uint64_t notes_untold;

	/* Set by the caller, or NULL: called after every few files, with n_files. */
	void (*progress)(void *data, size_t files);
	void *progress_data;
};

void collected_release(struct collected *c);
DEFINE_CLEANUP_VALUE(collected_release, struct collected);

/* Takes in what lies in job's folders and makes it durable. Files of equal path: the one in $WB_OUTPUTS counts. */
int collect_outputs(struct store *store, const struct job_collect *job, struct collected *out, struct error *err) WB_MUST_CHECK;

#endif
