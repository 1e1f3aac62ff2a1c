/*
 * manifest.json of a bundle, canonical JSON:
 *
 *     { "v":1, "format":"wb-bundle", "encryption":null, "signatures":[],
 *       "runs":[{"run_id","experiment","name","status"}...],
 *       "entries":[{"path","bytes","sha256"}...] }
 *
 * entries are in bytewise order of path. Paths are of these forms, and no other:
 *
 *     code/blob/HEX40  code/tree/HEX40     git objects of the frozen code
 *     objects/HEX64                        outputs, environments, large files of the code, inputs
 *     runs/ID/edits.json                   name, tags and notes as they stand now
 *     runs/ID/log  log.index  manifest.json  spool
 */
#ifndef WB_ENGINE_BUNDLE_MANIFEST_H
#define WB_ENGINE_BUNDLE_MANIFEST_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/jval.h"
#include "engine/bundle.h"
#include "store/scan.h"

enum { BUNDLE_VERSION = 1, BUNDLE_ENTRIES_MAX = 4000000, BUNDLE_RUNS_MAX = 100000 };

#define BUNDLE_MANIFEST "manifest.json"
#define BUNDLE_TRAILER_BYTES 48

enum bundle_kind { BUNDLE_BLOB, BUNDLE_TREE, BUNDLE_OBJECT, BUNDLE_RUN_FILE };

/* What a path says. */
struct bundle_name {
	enum bundle_kind kind;
	struct blob_id id;       /* BUNDLE_BLOB, BUNDLE_TREE */
	struct digest digest;    /* BUNDLE_OBJECT */
	char run_id[33];         /* BUNDLE_RUN_FILE */
	const char *file;        /* constant: "spool" ... */
};

/* False for a path of another form. */
bool bundle_name_parse(const char *path, struct bundle_name *out);

struct bundle_entry {
	char *path;
	uint64_t bytes;
	struct digest digest;
};

struct bundle_manifest {
	struct bundle_entry *entries;
	size_t n, cap;
	struct bundle_run *runs;
	size_t n_runs, cap_runs;
};

void bundle_manifest_release(struct bundle_manifest *m);
DEFINE_CLEANUP_VALUE(bundle_manifest_release, struct bundle_manifest);

/* A zeroed element; the caller fills it. */
struct bundle_entry *bundle_manifest_add(struct bundle_manifest *m);
struct bundle_run *bundle_manifest_add_run(struct bundle_manifest *m);

/* Sorts, and drops what is there twice. */
void bundle_manifest_sort(struct bundle_manifest *m);

/* The entry at path, or NULL. The manifest must be sorted. */
const struct bundle_entry *bundle_manifest_find(const struct bundle_manifest *m, const char *path);

/* As JSON, appended; entries in the order they have. */
void bundle_manifest_format(const struct bundle_manifest *m, struct buf *out);

/* ERR_CORRUPT unless it is exactly as described above; ERR_UNSUPPORTED for a later version or an encrypted bundle. */
int bundle_manifest_parse(const char *text, size_t n, struct bundle_manifest *out, struct error *err) WB_MUST_CHECK;

/* The frame behind the archive, for the digest of all bytes before it. */
void bundle_trailer_format(const struct digest *d, unsigned char out[BUNDLE_TRAILER_BYTES]);
bool bundle_trailer_parse(const unsigned char bytes[BUNDLE_TRAILER_BYTES], struct digest *out);

#endif
