/* The only user of libarchive. */
#include "config.h"

#include "store/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"

/* Pieces in which files are read and written. The level is part of what makes equal bytes. */
enum { PIECE = 128 * 1024 };
#define ZSTD_LEVEL "6"

struct archive_reader {
	struct archive *a;
	int fd;
	uint64_t bytes, at;
	char *piece;
	char path[ARCHIVE_PATH_MAX + 1];
};

/* What libarchive says is made of our words and pieces of the file: one line, bounded. */
static int raise(struct error *err, struct archive *a, const char *what)
{
	const char *why = archive_error_string(a);

	return error_set(err, ERR_CORRUPT, "%s: %.200s", what, why ? why : "no reason given");
}

static la_ssize_t on_read(struct archive *a, void *user, const void **out)
{
	struct archive_reader *r = user;
	size_t want = r->bytes - r->at < PIECE ? (size_t)(r->bytes - r->at) : PIECE;
	ssize_t n = want ? sys_pread(r->fd, r->piece, want, (off_t)r->at) : 0;

	if (n < 0) {
		archive_set_error(a, errno, "reading failed");
		return -1;
	}
	r->at += (uint64_t)n;
	*out = r->piece;
	return n;
}

static la_int64_t on_seek(struct archive *a, void *user, la_int64_t offset, int whence)
{
	struct archive_reader *r = user;
	int64_t base = whence == SEEK_CUR ? (int64_t)r->at : whence == SEEK_END ? (int64_t)r->bytes : 0;

	if (__builtin_add_overflow(base, offset, &base) || base < 0 || (uint64_t)base > r->bytes) {
		archive_set_error(a, EINVAL, "a place outside the file");
		return ARCHIVE_FATAL;
	}
	r->at = (uint64_t)base;
	return base;
}

void archive_reader_close(struct archive_reader *r)
{
	archive_read_free(r->a);
	free(r->piece);
	free(r);
}

int archive_reader_open(int fd, uint64_t bytes, enum archive_kind kind, struct archive_reader **out, struct error *err)
{
	CLEANUP(archive_reader_close) struct archive_reader *r = mem_zalloc(sizeof *r);
	int rc;

	r->a = archive_read_new();
	r->fd = fd;
	r->bytes = bytes;
	r->piece = mem_alloc(PIECE);
	if (!r->a)
		return error_set(err, ERR_INTERNAL, "the archive library does not start");
	if (kind == ARCHIVE_ZIP)
		rc = archive_read_support_format_zip_seekable(r->a);
	else if ((rc = archive_read_support_filter_zstd(r->a)) == ARCHIVE_OK)
		rc = archive_read_support_format_tar(r->a);
	/* What stands behind the end of the archive is read too, as a further one: so nothing hides there. */
	if (rc == ARCHIVE_OK && kind == ARCHIVE_TAR_ZSTD)
		rc = archive_read_set_format_option(r->a, "tar", "read_concatenated_archives", "1");
	/* A warning means that an outside program would be called for it. */
	if (rc != ARCHIVE_OK)
		return error_set(err, ERR_UNSUPPORTED, "the archive library lacks %s", kind == ARCHIVE_ZIP ? "zip" : "zstd");
	archive_read_set_read_callback(r->a, on_read);
	archive_read_set_seek_callback(r->a, on_seek);
	archive_read_set_callback_data(r->a, r);
	if (archive_read_open1(r->a) != ARCHIVE_OK)
		return raise(err, r->a, "not an archive, or damaged");
	*out = take_ptr(&r);
	return 0;
}

static int entry_check(struct archive_reader *r, struct archive_entry *entry, struct error *err)
{
	const char *path = archive_entry_pathname(entry);

	if (!path)
		path = archive_entry_pathname_utf8(entry);
	if (!path || strlen(path) > ARCHIVE_PATH_MAX)
		return error_set(err, ERR_CORRUPT, "a name in it cannot be read");
	snprintf(r->path, sizeof r->path, "%s", path);
	if (!fs_is_plain_path(r->path))
		return error_set(err, ERR_CORRUPT, "'%.200s': a name that leads elsewhere", r->path);
	if (archive_entry_hardlink(entry) || archive_entry_symlink(entry))
		return error_set(err, ERR_CORRUPT, "'%.200s': a link", r->path);
	if (archive_entry_filetype(entry) != AE_IFREG)
		return error_set(err, ERR_CORRUPT, "'%.200s': not a regular file", r->path);
	if (archive_entry_sparse_count(entry) > 0)
		return error_set(err, ERR_CORRUPT, "'%.200s': a file with a map of holes", r->path);
	if (!archive_entry_size_is_set(entry) || archive_entry_size(entry) < 0)
		return error_set(err, ERR_CORRUPT, "'%.200s': it does not say how long it is", r->path);
	if (archive_entry_is_encrypted(entry))
		return error_set(err, ERR_UNSUPPORTED, "'%.200s' is encrypted", r->path);
	return 0;
}

int archive_reader_next(struct archive_reader *r, const char **out_path, uint64_t *out_bytes, struct error *err)
{
	struct archive_entry *entry = NULL;
	int rc = archive_read_next_header(r->a, &entry);

	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK)
		return raise(err, r->a, "damaged");
	if (entry_check(r, entry, err) < 0)
		return -1;
	*out_path = r->path;
	*out_bytes = (uint64_t)archive_entry_size(entry);
	return 1;
}

ssize_t archive_reader_read(struct archive_reader *r, void *p, size_t n, struct error *err)
{
	la_ssize_t got = archive_read_data(r->a, p, n);

	return got < 0 ? raise(err, r->a, "damaged") : (ssize_t)got;
}

int archive_reader_finish(struct archive_reader *r, struct error *err)
{
	/* What a filter has not asked for lies behind the archive. */
	if (r->at != r->bytes)
		return error_set(err, ERR_CORRUPT, "%" PRIu64 " bytes follow the archive's end", r->bytes - r->at);
	return 0;
}

struct archive_writer {
	struct archive *a;
	int fd;
	uint64_t at;
	uint64_t left; /* of the current file */
	int sys;       /* errno of the first failed write */
};

static la_ssize_t on_write(struct archive *a, void *user, const void *p, size_t n)
{
	struct archive_writer *w = user;
	ssize_t done = sys_pwrite(w->fd, p, n, (off_t)w->at);

	if (done < 0) {
		w->sys = errno;
		archive_set_error(a, errno, "writing failed");
		return -1;
	}
	w->at += (uint64_t)done;
	return done;
}

static int raise_write(struct archive_writer *w, const char *what, struct error *err)
{
	errno = w->sys ? w->sys : EIO;
	return w->sys ? error_sys(err, "%s", what) :
			error_set(err, ERR_INTERNAL, "%s: %s", what, archive_error_string(w->a));
}

void archive_writer_close(struct archive_writer *w)
{
	/* Without finish() this writes an end to a file that is thrown away: the library leaks when told not to. */
	if (w->a)
		archive_write_free(w->a);
	free(w);
}

int archive_writer_open(int fd, struct archive_writer **out, struct error *err)
{
	CLEANUP(archive_writer_close) struct archive_writer *w = mem_zalloc(sizeof *w);

	w->fd = fd;
	w->a = archive_write_new();
	if (!w->a)
		return error_set(err, ERR_INTERNAL, "the archive library does not start");
	if (archive_write_set_format_pax_restricted(w->a) != ARCHIVE_OK ||
	    archive_write_add_filter_zstd(w->a) != ARCHIVE_OK ||
	    archive_write_set_options(w->a, "zstd:compression-level=" ZSTD_LEVEL) != ARCHIVE_OK)
		return error_set(err, ERR_UNSUPPORTED, "the archive library lacks tar or zstd");
	/* No padding behind the end. */
	archive_write_set_bytes_in_last_block(w->a, 1);
	if (archive_write_open(w->a, w, NULL, on_write, NULL) != ARCHIVE_OK)
		return raise_write(w, "beginning the archive", err);
	*out = take_ptr(&w);
	return 0;
}

int archive_writer_begin(struct archive_writer *w, const char *path, uint64_t bytes, struct error *err)
{
	struct archive_entry *entry;
	int rc;

	if (w->left)
		return error_set(err, ERR_INTERNAL, "the file before '%.200s' is not complete", path);
	w->left = bytes;
	entry = archive_entry_new();
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)bytes);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	rc = archive_write_header(w->a, entry);
	archive_entry_free(entry);
	return rc == ARCHIVE_OK ? 0 : raise_write(w, "writing the archive", err);
}

int archive_writer_data(struct archive_writer *w, const void *p, size_t n, struct error *err)
{
	const char *at = p;

	if (n > w->left)
		return error_set(err, ERR_INTERNAL, "a file is longer than it was said to be");
	w->left -= n;
	while (n) {
		la_ssize_t done = archive_write_data(w->a, at, n);

		if (done <= 0)
			return raise_write(w, "writing the archive", err);
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

int archive_writer_finish(struct archive_writer *w, struct error *err)
{
	if (w->left)
		return error_set(err, ERR_INTERNAL, "the last file is not complete");
	if (archive_write_close(w->a) != ARCHIVE_OK)
		return raise_write(w, "writing the archive", err);
	archive_write_free(w->a);
	w->a = NULL;
	return 0;
}
