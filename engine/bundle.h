/*
 * Bundles: runs with everything they need, as one file to carry elsewhere.
 *
 * A bundle is a tar under zstd. Its first file is manifest.json (bundle_manifest.h),
 * which lists every other file with size and SHA-256; they follow in bytewise
 * order. Behind the archive stands a zstd frame that decompressors skip, with
 * the SHA-256 of all bytes before it. The same runs give the same bytes.
 *
 * Taking one in: nothing of it is visible before all of it was read, by the
 * confined program wb-archive, and every file hashed to what the manifest says.
 */
#ifndef WB_ENGINE_BUNDLE_H
#define WB_ENGINE_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "engine/engine.h"

/* Bytes moved so far, of all (0: not known yet). */
typedef void bundle_progress_fn(void *data, uint64_t done, uint64_t all);

struct bundle_export_options {
	const char *const *run_ids;
	size_t n;
	bool with_inputs;              /* pack the input files too */
	void (*note)(void *data, const char *text); /* what was left out; one line; may be NULL */
	bundle_progress_fn *progress;  /* may be NULL */
	void *data;
};

struct bundle_exported {
	uint64_t runs, files;
	uint64_t bytes;                /* unpacked */
	uint64_t file_bytes;           /* of the bundle */
};

/* Makes the new file path. ERR_EXISTS rather than replacing. */
int bundle_export(struct engine *e, const struct bundle_export_options *o, const char *path, struct bundle_exported *out,
		  struct error *err) WB_MUST_CHECK;

enum bundle_fate {
	BUNDLE_TAKEN,
	BUNDLE_SAME,      /* the store has this very run already */
	BUNDLE_CONFLICT,  /* the store has another run of this id */
};

struct bundle_run {
	char id[33];
	char *name;       /* a stranger's text */
	char *experiment;
	char *status;
	enum bundle_fate fate;
};

struct bundle_imported {
	struct bundle_run *runs;
	size_t n;
	uint64_t files, bytes;
};

void bundle_imported_release(struct bundle_imported *b);
DEFINE_CLEANUP_VALUE(bundle_imported_release, struct bundle_imported);

struct bundle_import_options {
	uint64_t max_bytes;            /* unpacked; 0: 200 times the file, and never less than a GiB */
	bundle_progress_fn *progress;  /* may be NULL */
	void *data;
};

/*
 * Takes in the runs of the bundle at path that the store has not. Returns 0; 1 when some conflict, and then nothing
 * was taken in. *out tells each run's fate.
 */
int bundle_import(struct engine *e, const struct bundle_import_options *o, const char *path, struct bundle_imported *out,
		  struct error *err) WB_MUST_CHECK;

/* True for a run that was taken in: what its record says of this machine was said by a stranger. */
bool bundle_is_imported(const struct store *s, const char *run_id);

#endif
