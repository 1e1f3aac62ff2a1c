/*
 * Archives in and out, over libarchive (archive.c is its only user): tar under
 * zstd for bundles, zip for .npz files. Reading happens only inside the confined
 * program wb-archive; both directions go through descriptors by position.
 *
 * Of an archive only regular files are read: links, devices, folders, sparse
 * maps, names that are absolute or climb are refused as a whole.
 */
#ifndef WB_STORE_ARCHIVE_H
#define WB_STORE_ARCHIVE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

enum archive_kind { ARCHIVE_TAR_ZSTD, ARCHIVE_ZIP };

enum { ARCHIVE_PATH_MAX = 1024 };

struct archive_reader;

/* Reads the first `bytes` of fd, which is borrowed. */
int archive_reader_open(int fd, uint64_t bytes, enum archive_kind kind, struct archive_reader **out,
			struct error *err) WB_MUST_CHECK;
void archive_reader_close(struct archive_reader *r);
DEFINE_CLEANUP(archive_reader_close, struct archive_reader *);

/* The next file: 1 with its path (borrowed until the next call) and size, 0 at the end, -1. */
int archive_reader_next(struct archive_reader *r, const char **out_path, uint64_t *out_bytes,
			struct error *err) WB_MUST_CHECK;

/* Bytes of the current file; 0 at its end. */
ssize_t archive_reader_read(struct archive_reader *r, void *p, size_t n, struct error *err) WB_MUST_CHECK;

/* After the last file: ERR_CORRUPT when bytes follow the archive's end. */
int archive_reader_finish(struct archive_reader *r, struct error *err) WB_MUST_CHECK;

/* Writes tar under zstd to fd from its start. Equal files in equal order give equal bytes. */
struct archive_writer;
int archive_writer_open(int fd, struct archive_writer **out, struct error *err) WB_MUST_CHECK;
void archive_writer_close(struct archive_writer *w);
DEFINE_CLEANUP(archive_writer_close, struct archive_writer *);

/* One file after the other: exactly the bytes it began with (ERR_INTERNAL otherwise). Nothing is synced. */
int archive_writer_begin(struct archive_writer *w, const char *path, uint64_t bytes, struct error *err) WB_MUST_CHECK;
int archive_writer_data(struct archive_writer *w, const void *p, size_t n, struct error *err) WB_MUST_CHECK;
int archive_writer_finish(struct archive_writer *w, struct error *err) WB_MUST_CHECK;

#endif
