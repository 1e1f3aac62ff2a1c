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

#endif
