/*
 * What wb and wb-archive say to each other, the same in both directions:
 * messages of u8 kind, u32 payload bytes (little-endian), payload.
 *
 *     E  {"path","bytes"}   a file begins; so many bytes of D follow
 *     D  bytes of it
 *     Z                     all was said
 *     X  {"code","text"}    what is wrong; nothing follows
 */
#ifndef WB_STORE_ARCHIVE_WIRE_H
#define WB_STORE_ARCHIVE_WIRE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum wire_kind { WIRE_ENTRY = 'E', WIRE_DATA = 'D', WIRE_END = 'Z', WIRE_ERROR = 'X' };

enum { WIRE_HEAD = 5, WIRE_PIECE = 256 * 1024, WIRE_TEXT_MAX = 16 * 1024 };

struct wire_head {
	unsigned char bytes[WIRE_HEAD];
};

struct wire_head wire_head_make(enum wire_kind kind, size_t n);

/* ERR_CORRUPT unless it is a message of a length that its kind may have. */
int wire_head_parse(const unsigned char bytes[WIRE_HEAD], enum wire_kind *kind, size_t *n, struct error *err) WB_MUST_CHECK;

/* The payload of E: appended; and back. *path is heap text of at most ARCHIVE_PATH_MAX bytes. */
void wire_entry_format(struct buf *out, const char *path, uint64_t bytes);
int wire_entry_parse(const char *text, size_t n, char **path, uint64_t *bytes, struct error *err) WB_MUST_CHECK;

#endif
