/*
 * The log of a run: what it printed, in the order it came, byte for byte.
 *
 * runs/ID/log holds the bytes; runs/ID/log.index says, in 24-byte records
 * (little-endian: offset u64, length u32, stream u32, time ns i64), which stream
 * each stretch came from and when. A reader follows the index; bytes behind its
 * end are a torn tail and are ignored.
 */
#ifndef WB_ENGINE_RUNLOG_H
#define WB_ENGINE_RUNLOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum runlog_stream { RUNLOG_OUT = 1, RUNLOG_ERR = 2 };

struct runlog_writer;

/* max_bytes: past it bytes are counted and dropped. */
int runlog_create(int run_dirfd, uint64_t max_bytes, struct runlog_writer **out, struct error *err) WB_MUST_CHECK;
void runlog_close(struct runlog_writer *w);
DEFINE_CLEANUP(runlog_close, struct runlog_writer *);
int runlog_append(struct runlog_writer *w, enum runlog_stream stream, int64_t time_ns, const void *p, size_t n,
		  struct error *err) WB_MUST_CHECK;
/* What has to be synced for the log to be durable; borrowed. */
enum { RUNLOG_FDS = 2 };
void runlog_fds(const struct runlog_writer *w, int out[RUNLOG_FDS]);
uint64_t runlog_bytes(const struct runlog_writer *w);
uint64_t runlog_dropped(const struct runlog_writer *w);

struct runlog_reader;
int runlog_open(int run_dirfd, struct runlog_reader **out, struct error *err) WB_MUST_CHECK;
void runlog_reader_close(struct runlog_reader *r);
DEFINE_CLEANUP(runlog_reader_close, struct runlog_reader *);

/* Moves behind everything written so far. */
int runlog_seek_end(struct runlog_reader *r, struct error *err) WB_MUST_CHECK;

/* Moves to the first stretch of the last max_bytes. Returns 1 when there is something before it, 0 when not. */
int runlog_seek_tail(struct runlog_reader *r, uint64_t max_bytes, struct error *err) WB_MUST_CHECK;

struct runlog_piece {
	enum runlog_stream stream;
	int64_t time_ns;
	const char *data; /* borrowed until the next call */
	size_t n;
};

/* The next stretch: 1 with *out filled, 0 nothing more so far, -1. */
int runlog_next(struct runlog_reader *r, struct runlog_piece *out, struct error *err) WB_MUST_CHECK;

#endif
