/* The run's log and its index. */
#include "config.h"

#include "engine/runlog.h"

#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/sys.h"

/* Laid down as it is: wb runs on little-endian machines only, which the static assertion holds. */
struct index_record {
	uint64_t offset;
	uint32_t length;
	uint32_t stream;
	int64_t time_ns;
};

_Static_assert(sizeof(struct index_record) == 24, "the index record has no padding");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "log.index is little-endian");

struct runlog_writer {
	int log_fd, index_fd;
	uint64_t bytes, max, dropped;
	off_t index_bytes;
};

int runlog_create(int run_dirfd, uint64_t max_bytes, struct runlog_writer **out, struct error *err)
{
	CLEANUP(close) int log = sys_openat(run_dirfd, "log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CLEANUP(close) int index = sys_openat(run_dirfd, "log.index", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct runlog_writer *w;

	if (log < 0 || index < 0)
		return error_sys(err, "creating the run's log");
	w = mem_zalloc(sizeof *w);
	w->log_fd = take_fd(&log);
	w->index_fd = take_fd(&index);
	w->max = max_bytes;
	*out = w;
	return 0;
}

void runlog_close(struct runlog_writer *w)
{
	if (!w)
		return;
	close(w->log_fd);
	close(w->index_fd);
	free(w);
}

/* Back to the last whole record, so that the pair of files stays readable. */
static int undo_append(struct runlog_writer *w, struct error *err)
{
	if (ftruncate(w->log_fd, (off_t)w->bytes) < 0 || lseek(w->log_fd, (off_t)w->bytes, SEEK_SET) < 0 ||
	    ftruncate(w->index_fd, w->index_bytes) < 0 || lseek(w->index_fd, w->index_bytes, SEEK_SET) < 0)
		return error_wrap(err, "and undoing it failed");
	return -1;
}

int runlog_append(struct runlog_writer *w, enum runlog_stream stream, int64_t time_ns, const void *p, size_t n,
		  struct error *err)
{
	struct index_record record = { .offset = w->bytes, .stream = stream, .time_ns = time_ns };

	if (n > w->max - w->bytes) {
		w->dropped += n - (size_t)(w->max - w->bytes);
		n = (size_t)(w->max - w->bytes);
	}
	if (n == 0)
		return 0;
	record.length = (uint32_t)n;
	if (fs_write_all(w->log_fd, "the run's log", p, n, err) < 0 ||
	    fs_write_all(w->index_fd, "the run's log index", &record, sizeof record, err) < 0) {
		w->dropped += n;
		return undo_append(w, err);
	}
	w->bytes += n;
	w->index_bytes += (off_t)sizeof record;
	return 0;
}

void runlog_fds(const struct runlog_writer *w, int out[RUNLOG_FDS])
{
	out[0] = w->log_fd;
	out[1] = w->index_fd;
}

uint64_t runlog_bytes(const struct runlog_writer *w)
{
	return w->bytes;
}

uint64_t runlog_dropped(const struct runlog_writer *w)
{
	return w->dropped;
}

struct runlog_reader {
	int log_fd, index_fd;
	off_t index_at;
	char *data;
	size_t cap;
};

int runlog_open(int run_dirfd, struct runlog_reader **out, struct error *err)
{
	CLEANUP(close) int index = fs_open(run_dirfd, "log.index", err);
	CLEANUP(close) int log = index < 0 ? -1 : fs_open(run_dirfd, "log", err);
	struct runlog_reader *r;

	if (log < 0)
		return -1;
	r = mem_zalloc(sizeof *r);
	r->log_fd = take_fd(&log);
	r->index_fd = take_fd(&index);
	*out = r;
	return 0;
}

void runlog_reader_close(struct runlog_reader *r)
{
	if (!r)
		return;
	close(r->log_fd);
	close(r->index_fd);
	free(r->data);
	free(r);
}

int runlog_seek_end(struct runlog_reader *r, struct error *err)
{
	off_t end = lseek(r->index_fd, 0, SEEK_END);

	if (end < 0)
		return error_sys(err, "the run's log index");
	r->index_at = end - end % (off_t)sizeof(struct index_record);
	return 0;
}

/* Offset of record n of the index. */
static int read_offset(struct runlog_reader *r, off_t n, uint64_t *out, struct error *err)
{
	struct index_record record;
	ssize_t got = sys_pread(r->index_fd, &record, sizeof record, n * (off_t)sizeof record);

	if (got < 0)
		return error_sys(err, "reading the run's log index");
	if (got < (ssize_t)sizeof record)
		return error_set(err, ERR_CORRUPT, "the run's log index has shrunk");
	*out = record.offset;
	return 0;
}

int runlog_seek_tail(struct runlog_reader *r, uint64_t max_bytes, struct error *err)
{
	off_t low = 0, high, bytes = lseek(r->log_fd, 0, SEEK_END);
	uint64_t from, offset = 0;

	if (bytes < 0 || runlog_seek_end(r, err) < 0)
		return error_sys(err, "the run's log");
	from = (uint64_t)bytes > max_bytes ? (uint64_t)bytes - max_bytes : 0;
	high = r->index_at / (off_t)sizeof(struct index_record);
	/* The first record that begins at or behind from. */
	while (low < high) {
		off_t middle = low + (high - low) / 2;

		if (read_offset(r, middle, &offset, err) < 0)
			return -1;
		if (offset < from)
			low = middle + 1;
		else
			high = middle;
	}
	r->index_at = low * (off_t)sizeof(struct index_record);
	return low > 0;
}

int runlog_next(struct runlog_reader *r, struct runlog_piece *out, struct error *err)
{
	struct index_record record;
	ssize_t n = sys_pread(r->index_fd, &record, sizeof record, r->index_at);

	if (n < 0)
		return error_sys(err, "reading the run's log index");
	if (n < (ssize_t)sizeof record)
		return 0;
	if (record.length > 1u << 20)
		return error_set(err, ERR_CORRUPT, "the run's log index holds a stretch of %u bytes", record.length);
	mem_reserve(&r->data, &r->cap, record.length + 1);
	n = sys_pread(r->log_fd, r->data, record.length, (off_t)record.offset);
	if (n < 0)
		return error_sys(err, "reading the run's log");
	if ((size_t)n < record.length)
		return error_set(err, ERR_CORRUPT, "the run's log is shorter than its index says");
	r->index_at += (off_t)sizeof record;
	*out = (struct runlog_piece){
		.stream = record.stream == RUNLOG_ERR ? RUNLOG_ERR : RUNLOG_OUT,
		.time_ns = record.time_ns,
		.data = r->data,
		.n = record.length,
	};
	return 1;
}
