/* Upper and lower case without a locale: Latin, Greek, Cyrillic, Armenian and full-width letters. */
#ifndef WB_POLICY_UNICODE_H
#define WB_POLICY_UNICODE_H

#include <stdint.h>

#include "base/buf.h"

void unicode_lower(const char *s, size_t n, struct buf *out);
void unicode_upper(const char *s, size_t n, struct buf *out);
uint32_t unicode_to_lower(uint32_t c);
uint32_t unicode_to_upper(uint32_t c);
void unicode_put(struct buf *out, uint32_t c);

/*
 * Calls fn for all ranges of a general category ("Lu", or "L" for all that begin so) or a script ("Greek"); a character is in
 * one at most, the ranges of one name come in no order. False for an unknown name.
 */
typedef void unicode_range_fn(void *arg, uint32_t first, uint32_t last);
bool unicode_kind(const char *name, size_t n, unicode_range_fn *fn, void *arg);

#endif
