/*
 * What wb itself will parse of a bundle, parsed first inside the cage of
 * wb-archive: whatever would break a parser breaks it there.
 */
#ifndef WB_ENGINE_BUNDLE_CHECK_H
#define WB_ENGINE_BUNDLE_CHECK_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct bundle_check {
	enum { BUNDLE_CHECK_NONE, BUNDLE_CHECK_JSON, BUNDLE_CHECK_SPOOL } kind;
	char run_id[33];
	struct buf held;       /* what was not judged yet */
	uint64_t left;
	bool has_header, has_start, has_end;
};

/* A file of the bundle begins. Release it afterwards, whatever happened. */
void bundle_check_begin(struct bundle_check *c, const char *path, uint64_t bytes);
int bundle_check_data(struct bundle_check *c, const void *p, size_t n, struct error *err) WB_MUST_CHECK;
int bundle_check_end(struct bundle_check *c, struct error *err) WB_MUST_CHECK;
void bundle_check_release(struct bundle_check *c);

#endif
