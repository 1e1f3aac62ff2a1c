/* Members of .npz files. */
#include "config.h"

#include "store/tensor_npz.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/archive.h"
#include "store/tensor_header.h"

/* Enough for any header (store/tensor_header.c). */
#define HEAD_BYTES (80 * LIMIT_KIB)

enum { MEMBERS_MAX = 20000, PIECE = 65536 };

/* "w.npy" goes by "w", as numpy.load has it. False for other members. Heap text. */
static bool member_name(const char *path, char **out)
{
	size_t n = strlen(path);

	if (n < 5 || !str_ends(path, ".npy"))
		return false;
	*out = mem_strndup(path, n - 4);
	return true;
}

/* Up to max bytes of the current member into the memory file. Returns how many. */
static int64_t unpack(struct tensor_npz *z, struct archive_reader *r, uint64_t max, struct error *err)
{
	CLEANUP(free) char *piece = mem_alloc(PIECE);
	uint64_t done = 0;

	while (done < max) {
		size_t want = max - done < PIECE ? (size_t)(max - done) : PIECE;
		ssize_t n = archive_reader_read(r, piece, want, err);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		if (sys_pwrite(z->memory_fd, piece, (size_t)n, (off_t)done) != n)
			return error_sys(err, "unpacking it");
		done += (uint64_t)n;
	}
	return (int64_t)done;
}

static int list_member(struct tensor_npz *z, struct archive_reader *r, const char *name, uint64_t bytes, struct error *err)
{
	struct tensor_job job = *z->job;
	struct error why = { 0 };
	int64_t n = unpack(z, r, bytes < HEAD_BYTES ? bytes : HEAD_BYTES, err);

	if (n < 0)
		return -1;
	job.fd = z->memory_fd;
	/* A member shorter than it says is found out by whoever reads its values; a cut header here. */
	job.size = (uint64_t)n < HEAD_BYTES ? (uint64_t)n : bytes;
	if (tensor_npy_member(&job, name, &why) == 0)
		return 0;
	if (job.ask == TENSOR_ASK_TAGS || why.code == ERR_LIMIT)
		return error_set(err, why.code, "'%s': %s", name, why.text);
	return tensor_sink_skip(z->job->sink, name, why.text, err);
}

int tensor_npz_read(struct tensor_npz *z, struct error *err)
{
	CLEANUP(archive_reader_close) struct archive_reader *r = NULL;
	const char *path;
	uint64_t bytes;
	size_t members = 0;
	int rc;

	if (archive_reader_open(z->job->fd, z->job->size, ARCHIVE_ZIP, &r, err) < 0)
		return -1;
	if (z->job->ask == TENSOR_ASK_LIST && tensor_sink_file(z->job->sink, "npz", NULL, 0, err) < 0)
		return -1;
	while ((rc = archive_reader_next(r, &path, &bytes, err)) > 0) {
		CLEANUP(free) char *name = NULL;

		if (++members > MEMBERS_MAX)
			return error_set(err, ERR_LIMIT, "it has more than %d members", MEMBERS_MAX);
		if (member_name(path, &name)) {
			if (list_member(z, r, name, bytes, err) < 0)
				return -1;
		} else if (z->job->ask == TENSOR_ASK_LIST) {
			if (tensor_sink_skip(z->job->sink, path, "not a .npy file", err) < 0)
				return -1;
		}
	}
	return rc;
}

/* Unpacks the member called name completely. */
static int find_member(struct tensor_npz *z, const char *name, struct error *err)
{
	CLEANUP(archive_reader_close) struct archive_reader *r = NULL;
	const char *path;
	uint64_t bytes;
	int64_t n;
	int rc;

	if (z->unpacked && str_eq(z->unpacked, name))
		return 0;
	free(take_ptr(&z->unpacked));
	if (archive_reader_open(z->job->fd, z->job->size, ARCHIVE_ZIP, &r, err) < 0)
		return -1;
	while ((rc = archive_reader_next(r, &path, &bytes, err)) > 0) {
		CLEANUP(free) char *member = NULL;

		if (!member_name(path, &member) || !str_eq(member, name))
			continue;
		if (bytes > TENSOR_NPZ_MAX)
			return error_set(err, ERR_LIMIT, "it has more than %llu MiB, too many to unpack here",
					 (unsigned long long)(TENSOR_NPZ_MAX / LIMIT_MIB));
		n = unpack(z, r, bytes, err);
		if (n < 0)
			return -1;
		if ((uint64_t)n != bytes)
			return error_set(err, ERR_CORRUPT, "truncated, or longer than it says");
		z->unpacked = take_ptr(&member);
		z->bytes = bytes;
		return 0;
	}
	return rc < 0 ? -1 : error_set(err, ERR_NOT_FOUND, "there is no such tensor");
}

int tensor_npz_find(void *data, const char *path, struct tensor_source *out, struct error *err)
{
	struct tensor_npz *z = data;
	struct tensor_job job = *z->job;

	if (find_member(z, path, err) < 0)
		return -1;
	job.fd = z->memory_fd;
	job.size = z->bytes;
	return tensor_npy_source(&job, out, err);
}
