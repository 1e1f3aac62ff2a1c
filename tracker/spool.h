/*
 * The spool: the primary record of one run, an append-only file runs/ID/spool.
 *
 * It begins with a 16-byte header ("wbspool" NUL, version, zeros). Then records:
 *
 *     u32 payload bytes | u32 CRC-32 of those four and the payload | payload
 *     payload: u8 type, u8 numbers, u8 strings, u8 0
 *              numbers: 8 bytes each (int64, or a double's bits)
 *              strings: u32 bytes, the bytes, NUL
 *
 * all little-endian. A record's sequence is its byte offset. A record is whole
 * or it is not there: a torn tail fails its checksum and is ignored by readers.
 *
 * One process at a time writes a spool: whoever holds the run's life (life.h).
 * "Written" (spool_flush) survives the death of any process, "synced"
 * (spool_sync) survives the death of the machine.
 */
#ifndef WB_TRACKER_SPOOL_H
#define WB_TRACKER_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum spool_type {
	SPOOL_START = 1, /* text: the run's START document (JSON; run.h) */
	SPOOL_METRIC,    /* key; value, step, time_ms */
	SPOOL_PARAM,     /* key, text; time_ms. The first value of a key stays (MLflow's rule) */
	SPOOL_TAG,       /* key, text; time_ms. The last value of a key stays */
	SPOOL_OUTPUT,    /* key: path, text: sha256; bytes. The last record of a path stays */
	SPOOL_DENIAL,    /* key: call, text: object; count. Counts of equal pairs add up */
	SPOOL_NOTE,      /* key: author, text; time_ms */
	SPOOL_WARNING,   /* text; time_ms */
	SPOOL_END,       /* text: the END document (JSON). Nothing counts after it */
	SPOOL_NETWORK,   /* number: a connection's place in their list, text: what is known of it (JSON). The last one counts */
	SPOOL_TYPE_COUNT_,
};

#define SPOOL_BIT(type) (1u << (type))
/* What a run may say of itself through its doors. */
#define SPOOL_EVENTS (SPOOL_BIT(SPOOL_METRIC) | SPOOL_BIT(SPOOL_PARAM) | SPOOL_BIT(SPOOL_TAG) | SPOOL_BIT(SPOOL_WARNING))
#define SPOOL_ANY (~0u)

enum {
	SPOOL_HEADER_BYTES = 16,
	SPOOL_FRAME_BYTES = 8,
	SPOOL_EVENT_MAX = 64 * 1024,          /* payload of one event */
	SPOOL_DOCUMENT_MAX = 48 * 1024 * 1024, /* payload of START and END */
};

/* A record as read. Strings are NUL-terminated and borrowed until the next read; unused ones are "". */
struct spool_record {
	enum spool_type type;
	uint64_t seq;      /* offset of its first byte */
	uint64_t next;     /* offset behind its last */
	const char *key;
	size_t key_len;
	const char *text;
	size_t text_len;
	double value;      /* SPOOL_METRIC */
	int64_t step;      /* SPOOL_METRIC */
	int64_t number;    /* bytes or count, as the type says */
	int64_t time_ms;
};

/*
 * Encoding, for processes that send records instead of writing them. Nothing
 * is validated here but size: an oversized record sets out->full as any append
 * past the ceiling does. Strings must not be NULL.
 */
void spool_encode_metric(struct buf *out, const char *key, double value, int64_t step, int64_t time_ms);
void spool_encode_param(struct buf *out, const char *key, const char *value, int64_t time_ms);
void spool_encode_tag(struct buf *out, const char *key, const char *value, int64_t time_ms);
void spool_encode_output(struct buf *out, const char *path, uint64_t bytes, const char *sha256);
void spool_encode_denial(struct buf *out, const char *call, const char *object, uint64_t count);
void spool_encode_note(struct buf *out, const char *author, const char *text, int64_t time_ms);
void spool_encode_warning(struct buf *out, const char *text, int64_t time_ms);
void spool_encode_network(struct buf *out, uint64_t place, const char *json, size_t n);
void spool_encode_start(struct buf *out, const char *json, size_t n);
void spool_encode_end(struct buf *out, const char *json, size_t n);

/*
 * Checks encoded records that came from elsewhere: framing, checksum, shape,
 * types within allowed (SPOOL_BIT). *out_whole is how many bytes from the start
 * are whole records, *out_count how many; a record cut off at the end is fine
 * (its rest is still to come). ERR_CORRUPT when no continuation could be valid.
 */
int spool_scan(const void *p, size_t n, unsigned allowed, size_t *out_whole, uint64_t *out_count,
	       struct error *err) WB_MUST_CHECK;

/* Writer. Appends are buffered; a full buffer is flushed. */
struct spool;

/* Makes NAME "spool" in the run's folder; fails if there is one. Header written, nothing synced. */
int spool_create(int rundir, struct spool **out, struct error *err) WB_MUST_CHECK;

/*
 * Goes on writing through fd (O_APPEND, as spool_create made it), in another
 * process or after a crash: a torn tail is cut off. Takes fd on success.
 */
int spool_adopt(int rundir, int fd, struct spool **out, struct error *err) WB_MUST_CHECK;

/* Drops what is buffered and not flushed; closes. */
void spool_free(struct spool *s);
DEFINE_CLEANUP(spool_free, struct spool *);

/* Borrowed. */
int spool_fd(const struct spool *s);

/* Hands the descriptor over (the buffer must be flushed) and leaves s only to be freed. */
int spool_take_fd(struct spool *s);

/* The buffer to encode into: spool_encode_metric(spool_buffer(s), ...), then spool_commit(s). */
struct buf *spool_buffer(struct spool *s);

/* Accepts what was encoded since the last commit; flushes when the buffer is large. */
int spool_commit(struct spool *s, struct error *err) WB_MUST_CHECK;

/* Appends bytes that spool_scan called whole. */
int spool_append_raw(struct spool *s, const void *p, size_t n, struct error *err) WB_MUST_CHECK;

/*
 * Writes what is buffered. When the file takes only a part (a full disk), it is
 * cut back to the last whole record, the records not written stay buffered, and
 * the error (sys ENOSPC, EDQUOT, ...) is returned: call again, or spool_drop().
 */
int spool_flush(struct spool *s, struct error *err) WB_MUST_CHECK;
int spool_sync(struct spool *s, struct error *err) WB_MUST_CHECK; /* flush and fdatasync; nothing to do is free */
/* The same together with other descriptors (fewer than SYS_SYNC_MAX), for the price of one. */
int spool_sync_with(struct spool *s, const int *others, size_t n, struct error *err) WB_MUST_CHECK;

/* Gives up the buffered records; returns how many bytes. */
size_t spool_drop(struct spool *s);

/* Bytes written / bytes known to be synced. */
uint64_t spool_written(const struct spool *s);
uint64_t spool_synced(const struct spool *s);

/*
 * Writes what is buffered and the END record, and syncs. When the disk is full,
 * some KiB that spool_create put aside are released, and buffered records that
 * still do not fit give way: a run can always say how it ended.
 */
int spool_finish(struct spool *s, const char *end_json, size_t n, struct error *err) WB_MUST_CHECK;

/* Reader. May follow a spool that is being written. */
struct spool_reader;

/* fd is borrowed. offset is 0 or a record's seq or next. */
int spool_reader_open(int fd, uint64_t offset, struct spool_reader **out, struct error *err) WB_MUST_CHECK;
void spool_reader_close(struct spool_reader *r);
DEFINE_CLEANUP(spool_reader_close, struct spool_reader *);

/*
 * 1 and a record; 0 at the end (spool_reader_torn() then tells whether bytes of
 * an unfinished record follow); -1 ERR_CORRUPT when damaged bytes lie before
 * further whole records: spool_reader_skip() goes on behind the damage.
 */
int spool_reader_next(struct spool_reader *r, struct spool_record *out, struct error *err) WB_MUST_CHECK;
uint64_t spool_reader_offset(const struct spool_reader *r); /* behind the last record given */
uint64_t spool_reader_torn(const struct spool_reader *r);
/* After ERR_CORRUPT: moves to the next whole record. Returns the bytes skipped. */
uint64_t spool_reader_skip(struct spool_reader *r);

#endif
