/*
 * The small blob that stands in a tree for a file kept in the object store:
 *
 *     wb-object-v1
 *     sha256 HEX
 *     bytes NUMBER
 *
 * A project file that itself begins with the first line is kept as an object
 * too, whatever its size: so a blob that begins so is always a pointer.
 */
#ifndef WB_STORE_POINTER_H
#define WB_STORE_POINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"

/* Appended. */
void pointer_format(struct buf *out, const struct digest *d, uint64_t bytes);

bool pointer_is(const void *p, size_t n);

/* ERR_CORRUPT when it begins like a pointer but is none. */
int pointer_parse(const void *p, size_t n, struct digest *out, uint64_t *out_bytes, struct error *err) WB_MUST_CHECK;

#endif
