/*
 * wb-archive: reads and writes archives for wb, confined. Started by
 * store/archive_client.c and store/tensor_client.c with the file on descriptor 3.
 *
 *     pack                      messages (store/archive_wire.h) on standard input become a tar under zstd
 *     unpack BYTES              the reverse, on standard output; what wb will parse is parsed here first
 *     list|tags|stat|values     as wb-tensor, for .npz files
 */
#include "config.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/bundle_check.h"
#include "store/archive.h"
#include "store/archive_wire.h"
#include "store/tensor_compute.h"
#include "store/tensor_confine.h"
#include "store/tensor_npz.h"

enum { MEMORY_FD = TENSOR_FD + 1, PACK_CPU_SECONDS = 6 * 3600, UNPACK_MIB_PER_S = 10 };

static int send_message(enum wire_kind kind, const void *p, size_t n, struct error *err)
{
	struct wire_head head = wire_head_make(kind, n);

	if (fs_write_all(STDOUT_FILENO, "the answer", head.bytes, sizeof head.bytes, err) < 0)
		return -1;
	return fs_write_all(STDOUT_FILENO, "the answer", p, n, err);
}

static struct jval *error_record(const struct error *err)
{
	struct jval *record = jval_object();

	jval_set_text(record, "code", error_code_name(err->code));
	jval_set_text(record, "text", err->text);
	return record;
}

static int send_error(const struct error *why)
{
	CLEANUP(jval_free) struct jval *record = error_record(why);
	CLEANUP(buf_release) struct buf text = BUF_INIT(WIRE_TEXT_MAX);
	struct error lost = { 0 };

	jval_format(record, JVAL_COMPACT, &text);
	return send_message(WIRE_ERROR, text.data, text.len, &lost);
}

/* ---- pack ---- */

static int input_read(void *p, size_t n, struct error *err)
{
	char *at = p;

	while (n) {
		ssize_t got = sys_read(STDIN_FILENO, at, n);

		if (got < 0)
			return error_sys(err, "reading what to pack");
		if (got == 0)
			return error_set(err, ERR_CANCELLED, "what to pack ended early");
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

static int pack_messages(struct archive_writer *w, struct error *err)
{
	CLEANUP(free) char *piece = mem_alloc(WIRE_PIECE);

	for (;;) {
		CLEANUP(free) char *path = NULL;
		unsigned char head[WIRE_HEAD];
		enum wire_kind kind;
		uint64_t bytes;
		size_t n;

		if (input_read(head, sizeof head, err) < 0 || wire_head_parse(head, &kind, &n, err) < 0 ||
		    input_read(piece, n, err) < 0)
			return -1;
		if (kind == WIRE_END)
			return archive_writer_finish(w, err);
		if (kind == WIRE_ENTRY) {
			if (wire_entry_parse(piece, n, &path, &bytes, err) < 0 || archive_writer_begin(w, path, bytes, err) < 0)
				return -1;
		} else if (archive_writer_data(w, piece, n, err) < 0) {
			return -1;
		}
	}
}

static int pack(struct error *err)
{
	const struct tensor_cage cage = {
		.what = "the archive writer", .cpu_seconds = PACK_CPU_SECONDS, .last_fd = TENSOR_FD,
		.write_bytes = INT64_MAX, .reads_input = true,
	};
	CLEANUP(archive_writer_close) struct archive_writer *w = NULL;

	if (tensor_confine_as(&cage, err) < 0 || archive_writer_open(TENSOR_FD, &w, err) < 0 || pack_messages(w, err) < 0)
		return -1;
	return send_message(WIRE_END, "", 0, err);
}

/* ---- unpack ---- */

static int unpack_file(struct archive_reader *r, const char *path, uint64_t bytes, char *piece, struct bundle_check *check,
		       struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(WIRE_TEXT_MAX);
	uint64_t done = 0;

	wire_entry_format(&text, path, bytes);
	if (send_message(WIRE_ENTRY, text.data, text.len, err) < 0)
		return -1;
	while (done < bytes) {
		ssize_t n = archive_reader_read(r, piece, bytes - done < WIRE_PIECE ? (size_t)(bytes - done) : WIRE_PIECE, err);

		if (n < 0)
			return -1;
		if (n == 0)
			return error_set(err, ERR_CORRUPT, "truncated");
		if (bundle_check_data(check, piece, (size_t)n, err) < 0 || send_message(WIRE_DATA, piece, (size_t)n, err) < 0)
			return -1;
		done += (uint64_t)n;
	}
	return bundle_check_end(check, err);
}

static int unpack_all(struct archive_reader *r, struct error *err)
{
	CLEANUP(free) char *piece = mem_alloc(WIRE_PIECE);
	const char *path;
	uint64_t bytes;
	int rc;

	while ((rc = archive_reader_next(r, &path, &bytes, err)) > 0) {
		struct bundle_check check;

		bundle_check_begin(&check, path, bytes);
		rc = unpack_file(r, path, bytes, piece, &check, err);
		bundle_check_release(&check);
		if (rc < 0)
			return error_wrap(err, "'%.200s'", path);
	}
	return rc < 0 ? -1 : archive_reader_finish(r, err);
}

static int unpack(uint64_t bytes, struct error *err)
{
	const struct tensor_cage cage = {
		.what = "the archive reader", .last_fd = TENSOR_FD,
		/* A small file may hold much: the one who listens stops this when it is too much. */
		.cpu_seconds = (unsigned)(600 + bytes / (UNPACK_MIB_PER_S * LIMIT_MIB)),
	};
	CLEANUP(archive_reader_close) struct archive_reader *r = NULL;

	if (tensor_confine_as(&cage, err) < 0 || archive_reader_open(TENSOR_FD, bytes, ARCHIVE_TAR_ZSTD, &r, err) < 0 ||
	    unpack_all(r, err) < 0)
		return -1;
	return send_message(WIRE_END, "", 0, err);
}

/* ---- .npz ---- */

static int npz_prepare(struct tensor_job *job, struct error *err)
{
	const struct tensor_cage cage = {
		.what = "the archive reader", .last_fd = MEMORY_FD, .write_bytes = TENSOR_NPZ_MAX,
		.cpu_seconds = (unsigned)jval_get_int(job->question, "cpu", 0),
	};
	struct stat st;
	int fd;

	if (fstat(job->fd, &st) < 0)
		return error_sys(err, "descriptor %d", job->fd);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_INVALID, "not a regular file");
	job->size = (uint64_t)st.st_size;
	fd = memfd_create("member", MFD_CLOEXEC);
	if (fd < 0 || (fd != MEMORY_FD && (dup2(fd, MEMORY_FD) < 0 || close(fd) < 0)))
		return error_sys(err, "making a file in memory");
	return tensor_confine_as(&cage, err);
}

static int npz_answer(struct tensor_job *job, struct error *err)
{
	struct tensor_npz z = { .job = job, .memory_fd = MEMORY_FD };

	if (npz_prepare(job, err) < 0)
		return -1;
	switch (job->ask) {
	case TENSOR_ASK_STAT:
		return tensor_compute_stat(job->sink, job->question, tensor_npz_find, &z, err);
	case TENSOR_ASK_VALUES:
		return tensor_compute_values(job->sink, job->question, tensor_npz_find, &z, err);
	default:
		return tensor_npz_read(&z, err);
	}
}

static int npz(struct tensor_job *job)
{
	struct tensor_sink sink = { .b = BUF_INIT(TENSOR_ANSWER_MAX) };
	struct error err = { 0 }, lost = { 0 };
	int rc;

	job->sink = &sink;
	rc = npz_answer(job, &err);
	if (rc == 0)
		rc = tensor_sink_put(&sink, "end", jval_new_bool(true), &err);
	if (rc < 0) {
		sink = (struct tensor_sink){ .b = BUF_INIT(LIMIT_EVENT_LINE) };
		rc = tensor_sink_put(&sink, "error", error_record(&err), &lost);
	}
	return rc == 0 ? tensor_sink_flush(&sink, &lost) : -1;
}

int main(int argc, char **argv)
{
	struct tensor_job job = { .fd = TENSOR_FD };
	CLEANUP(jval_free) struct jval *question = NULL;
	struct error err = { 0 };
	uint64_t bytes;
	int rc = -1;

	/* The JSON library wants randomness once; afterwards it could not open the device. */
	jval_free(jval_object());
	if (argc >= 2 && tensor_ask_parse(argv[1], &job.ask)) {
		if (argc > 2 && jval_parse(argv[2], strlen(argv[2]), &question, &err) < 0)
			return 2;
		job.question = question;
		_exit(npz(&job) == 0 ? 0 : 1);
	}
	if (argc == 2 && str_eq(argv[1], "pack"))
		rc = pack(&err);
	else if (argc == 3 && str_eq(argv[1], "unpack") && str_parse_u64(argv[2], &bytes, &err) == 0)
		rc = unpack(bytes, &err);
	else
		return 2;
	if (rc < 0)
		rc = send_error(&err);
	_exit(rc == 0 ? 0 : 1);
}
