/* Writing a spool: encoders, the buffered writer, what happens on a full disk. */
#include "config.h"

#include "tracker/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/sys.h"
#include "tracker/frame.h"

enum {
	FLUSH_AT = 256 * 1024,
	RESERVE_BYTES = 32 * 1024,
	BUFFER_MAX = SPOOL_DOCUMENT_MAX + 8 * 1024 * 1024,
};

static const char file_name[] = "spool";
/* Takes up the space that the END record may need. */
static const char reserve_name[] = "spool.reserve";

struct spool {
	int fd;
	int rundir;
	struct buf pending;
	size_t committed;   /* bytes of pending that are whole records */
	uint64_t written;
	uint64_t synced;
	bool tail_is_torn;  /* a failed write left bytes behind written that could not be cut off */
};

static struct frame_text text_of(const char *s)
{
	return (struct frame_text){ s, strlen(s) };
}

void spool_encode_metric(struct buf *out, const char *key, double value, int64_t step, int64_t time_ms)
{
	struct frame_fields f = { .type = SPOOL_METRIC, .number_count = 3, .string_count = 1 };

	memcpy(&f.numbers[0], &value, sizeof value);
	f.numbers[1] = step;
	f.numbers[2] = time_ms;
	f.strings[0] = text_of(key);
	frame_encode(out, &f);
}

static void encode_pair(struct buf *out, enum spool_type type, const char *key, const char *text, int64_t number)
{
	struct frame_fields f = { .type = type, .number_count = 1, .string_count = 2 };

	f.numbers[0] = number;
	f.strings[0] = text_of(key);
	f.strings[1] = text_of(text);
	frame_encode(out, &f);
}

void spool_encode_param(struct buf *out, const char *key, const char *value, int64_t time_ms)
{
	encode_pair(out, SPOOL_PARAM, key, value, time_ms);
}

void spool_encode_tag(struct buf *out, const char *key, const char *value, int64_t time_ms)
{
	encode_pair(out, SPOOL_TAG, key, value, time_ms);
}

void spool_encode_output(struct buf *out, const char *path, uint64_t bytes, const char *sha256)
{
	encode_pair(out, SPOOL_OUTPUT, path, sha256, (int64_t)bytes);
}

void spool_encode_denial(struct buf *out, const char *call, const char *object, uint64_t count)
{
	encode_pair(out, SPOOL_DENIAL, call, object, (int64_t)count);
}

void spool_encode_note(struct buf *out, const char *author, const char *text, int64_t time_ms)
{
	encode_pair(out, SPOOL_NOTE, author, text, time_ms);
}

void spool_encode_warning(struct buf *out, const char *text, int64_t time_ms)
{
	struct frame_fields f = { .type = SPOOL_WARNING, .number_count = 1, .string_count = 1 };

	f.numbers[0] = time_ms;
	f.strings[0] = text_of(text);
	frame_encode(out, &f);
}

void spool_encode_network(struct buf *out, uint64_t place, const char *json, size_t n)
{
	struct frame_fields f = { .type = SPOOL_NETWORK, .number_count = 1, .string_count = 1 };

	f.numbers[0] = (int64_t)place;
	f.strings[0] = (struct frame_text){ json, n };
	frame_encode(out, &f);
}

static void encode_document(struct buf *out, enum spool_type type, const char *json, size_t n)
{
	struct frame_fields f = { .type = type, .string_count = 1 };

	f.strings[0] = (struct frame_text){ json, n };
	frame_encode(out, &f);
}

void spool_encode_start(struct buf *out, const char *json, size_t n)
{
	encode_document(out, SPOOL_START, json, n);
}

void spool_encode_end(struct buf *out, const char *json, size_t n)
{
	encode_document(out, SPOOL_END, json, n);
}

int spool_scan(const void *p, size_t n, unsigned allowed, size_t *out_whole, uint64_t *out_count, struct error *err)
{
	const char *s = p;
	size_t at = 0, size;
	uint64_t count = 0;

	for (;; at += size, count++) {
		enum frame_verdict verdict = frame_check(s + at, n - at, &size);
		unsigned type = n - at > SPOOL_FRAME_BYTES ? (unsigned char)s[at + SPOOL_FRAME_BYTES] : 0;

		if (verdict == FRAME_BAD)
			return error_set(err, ERR_CORRUPT, "record %llu is malformed", (unsigned long long)count);
		if (type && (type >= SPOOL_TYPE_COUNT_ || !(allowed & SPOOL_BIT(type))))
			return error_set(err, ERR_CORRUPT, "record %llu has type %u, which is not accepted here",
					 (unsigned long long)count, type);
		if (verdict == FRAME_SHORT)
			break;
	}
	*out_whole = at;
	*out_count = count;
	return 0;
}

static struct spool *spool_new(int rundir, int fd, uint64_t written)
{
	struct spool *s = mem_zalloc(sizeof *s);

	s->fd = fd;
	s->rundir = rundir;
	s->pending.max = BUFFER_MAX;
	s->written = written;
	return s;
}

/* Best effort: a file system that cannot allocate ahead, or has no room now, costs only the reserve. */
static void set_reserve_aside(int rundir)
{
	CLEANUP(close) int fd = sys_openat(rundir, reserve_name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd >= 0 && fallocate(fd, 0, 0, RESERVE_BYTES) != 0)
		sys_unlinkat(rundir, reserve_name, 0);
}

int spool_create(int rundir, struct spool **out, struct error *err)
{
	CLEANUP(close) int own_rundir = -1;
	CLEANUP(close) int fd = -1;

	own_rundir = fcntl(rundir, F_DUPFD_CLOEXEC, 3);
	if (own_rundir < 0)
		return error_sys(err, "the folder of the run");
	fd = sys_openat(rundir, file_name, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_sys(err, "making the spool");
	if (fs_write_all(fd, file_name, frame_header, sizeof frame_header, err) != 0) {
		sys_unlinkat(rundir, file_name, 0);
		return error_wrap(err, "making the spool");
	}
	set_reserve_aside(rundir);
	*out = spool_new(take_fd(&own_rundir), take_fd(&fd), SPOOL_HEADER_BYTES);
	return 0;
}

/* Where the last whole record ends; *out_torn is what follows it. */
static int find_end(int fd, uint64_t *out_end, uint64_t *out_torn, struct error *err)
{
	CLEANUP(spool_reader_close) struct spool_reader *r = NULL;
	struct spool_record rec;
	int rc;

	if (spool_reader_open(fd, 0, &r, err) != 0)
		return -1;
	while ((rc = spool_reader_next(r, &rec, err)) != 0) {
		if (rc < 0 && (err->code != ERR_CORRUPT || spool_reader_skip(r) == 0))
			return -1;
		if (rc > 0 && rec.type == SPOOL_END)
			return error_set(err, ERR_CONFLICT, "the run's spool has ended already");
	}
	*out_end = spool_reader_offset(r);
	*out_torn = spool_reader_torn(r);
	return 0;
}

int spool_adopt(int rundir, int fd, struct spool **out, struct error *err)
{
	CLEANUP(close) int own_rundir = fcntl(rundir, F_DUPFD_CLOEXEC, 3);
	uint64_t end = 0, torn = 0;

	if (own_rundir < 0)
		return error_sys(err, "the folder of the run");
	if (find_end(fd, &end, &torn, err) != 0)
		return -1;
	if (torn && sys_ftruncate(fd, (off_t)end) != 0)
		return error_sys(err, "cutting the torn end off the spool");
	*out = spool_new(take_fd(&own_rundir), fd, end);
	return 0;
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	close(s->rundir);
	buf_release(&s->pending);
	free(s);
}

int spool_fd(const struct spool *s)
{
	return s->fd;
}

int spool_take_fd(struct spool *s)
{
	return take_fd(&s->fd);
}

struct buf *spool_buffer(struct spool *s)
{
	return &s->pending;
}

uint64_t spool_written(const struct spool *s)
{
	return s->written;
}

uint64_t spool_synced(const struct spool *s)
{
	return s->synced;
}

size_t spool_drop(struct spool *s)
{
	size_t dropped = s->pending.len;

	buf_clear(&s->pending);
	s->committed = 0;
	return dropped;
}

int spool_commit(struct spool *s, struct error *err)
{
	if (s->pending.full) {
		buf_truncate(&s->pending, s->committed);
		s->pending.full = false;
		return error_set(err, ERR_LIMIT, "the record is too large for the spool, or holds a NUL byte");
	}
	s->committed = s->pending.len;
	return s->committed >= FLUSH_AT ? spool_flush(s, err) : 0;
}

int spool_append_raw(struct spool *s, const void *p, size_t n, struct error *err)
{
	buf_append(&s->pending, p, n);
	return spool_commit(s, err);
}

/* How many of the first n committed bytes are whole records. */
static size_t whole_within(const struct spool *s, size_t n)
{
	size_t at = 0, size;

	while (at < n && frame_check(s->pending.data + at, n - at, &size) == FRAME_WHOLE)
		at += size;
	return at;
}

static int cut_tail(struct spool *s, struct error *err)
{
	if (sys_ftruncate(s->fd, (off_t)s->written) != 0)
		return error_sys(err, "cutting an unfinished record off the spool");
	s->tail_is_torn = false;
	return 0;
}

/* The first n committed bytes are in the file. */
static void forget_written(struct spool *s, size_t n)
{
	s->written += n;
	s->committed -= n;
	buf_consume(&s->pending, n);
}

int spool_flush(struct spool *s, struct error *err)
{
	struct error ignored = { 0 };
	size_t done = 0, whole;

	if (s->tail_is_torn && cut_tail(s, err) != 0)
		return -1;
	while (done < s->committed) {
		ssize_t n = sys_write(s->fd, s->pending.data + done, s->committed - done);

		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			break;
		}
		done += (size_t)n;
	}
	if (done == s->committed) {
		forget_written(s, done);
		return 0;
	}
	error_sys(err, "writing the spool");
	whole = whole_within(s, done);
	forget_written(s, whole);
	s->tail_is_torn = done > whole;
	if (s->tail_is_torn && cut_tail(s, &ignored) != 0)
		error_wrap(err, "%s", ignored.text);
	return -1;
}

int spool_sync(struct spool *s, struct error *err)
{
	if (spool_flush(s, err) != 0)
		return -1;
	if (s->synced == s->written)
		return 0;
	if (sys_fdatasync(s->fd) != 0)
		return error_sys(err, "syncing the spool");
	s->synced = s->written;
	return 0;
}

int spool_sync_with(struct spool *s, const int *others, size_t n, struct error *err)
{
	int fds[SYS_SYNC_MAX];

	if (n >= SYS_SYNC_MAX)
		return error_set(err, ERR_INTERNAL, "%zu descriptors are too many to sync at once", n);
	if (spool_flush(s, err) != 0)
		return -1;
	fds[0] = s->fd;
	memcpy(fds + 1, others, n * sizeof *others);
	if (sys_fdatasync_all(fds, n + 1) != 0)
		return error_sys(err, "syncing the spool and what belongs to it");
	s->synced = s->written;
	return 0;
}

/* On a full disk: what was put aside makes room; then events that no one was told are stored give way to the END. */
static int finish_on_full_disk(struct spool *s, const struct buf *end, struct error *err)
{
	sys_unlinkat(s->rundir, reserve_name, 0);
	if (spool_flush(s, err) == 0)
		return 0;
	spool_drop(s);
	buf_append(&s->pending, end->data, end->len);
	s->committed = s->pending.len;
	return spool_flush(s, err);
}

int spool_finish(struct spool *s, const char *end_json, size_t n, struct error *err)
{
	CLEANUP(buf_release) struct buf end = BUF_INIT(BUFFER_MAX);

	spool_encode_end(&end, end_json, n);
	if (buf_check(&end, "the END document", err) != 0)
		return -1;
	buf_append(&s->pending, end.data, end.len);
	if (s->pending.full && spool_drop(s))
		buf_append(&s->pending, end.data, end.len);
	s->committed = s->pending.len;
	if (spool_flush(s, err) != 0 &&
	    ((err->sys != ENOSPC && err->sys != EDQUOT) || finish_on_full_disk(s, &end, err) != 0))
		return -1;
	sys_unlinkat(s->rundir, reserve_name, 0);
	return spool_sync(s, err);
}
