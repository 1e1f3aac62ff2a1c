/*
 * The frames of a spool (layout: spool.h): laying one out, telling what lies at
 * an address, taking one apart. Pure: memory in, memory out.
 */
#ifndef WB_TRACKER_FRAME_H
#define WB_TRACKER_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "tracker/spool.h"

/* The 16 bytes that begin a spool. */
extern const unsigned char frame_header[SPOOL_HEADER_BYTES];

enum { FRAME_NUMBERS_MAX = 4, FRAME_STRINGS_MAX = 3 };

struct frame_text {
	const char *text;
	size_t n;
};

struct frame_fields {
	enum spool_type type;
	unsigned number_count;
	unsigned string_count;
	int64_t numbers[FRAME_NUMBERS_MAX];
	struct frame_text strings[FRAME_STRINGS_MAX];
};

/* Appends one record. Sets out->full when it is larger than its type may be, holds a NUL inside a string, or does not fit. */
void frame_encode(struct buf *out, const struct frame_fields *f);

enum frame_verdict {
	FRAME_WHOLE,
	FRAME_SHORT, /* the bytes that are there could be the beginning of a record */
	FRAME_BAD,
};

/* Judges the n bytes at p. *out_size is the record's size with its frame, set for FRAME_WHOLE, and for FRAME_SHORT when known
 * (else 0). */
enum frame_verdict frame_check(const void *p, size_t n, size_t *out_size);

/* Takes a whole frame apart. seq and next are the caller's. Strings point into p. Types of a later version have no fields. */
void frame_decode(const void *p, struct spool_record *out);

/* CRC-32 (IEEE 802.3), going on from crc, which is 0 at first. */
uint32_t frame_crc(uint32_t crc, const void *p, size_t n);

#endif
