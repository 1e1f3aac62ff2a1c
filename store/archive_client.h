/*
 * Bundles through the confined program wb-archive: files in order go in, or
 * come out. What comes out is a stranger's: paths and sizes are only as safe as
 * store/archive.h makes them, and contents are whatever they are.
 */
#ifndef WB_STORE_ARCHIVE_CLIENT_H
#define WB_STORE_ARCHIVE_CLIENT_H

#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

/* fd: an empty file to write to. */
struct archive_pack;
int archive_pack_open(int fd, struct archive_pack **out, struct error *err) WB_MUST_CHECK;
void archive_pack_close(struct archive_pack *p);
DEFINE_CLEANUP(archive_pack_close, struct archive_pack *);

/* One file after the other: exactly the bytes that its entry names. */
int archive_pack_entry(struct archive_pack *p, const char *path, uint64_t bytes, struct error *err) WB_MUST_CHECK;
int archive_pack_data(struct archive_pack *p, const void *data, size_t n, struct error *err) WB_MUST_CHECK;

/* Returns once all is written. */
int archive_pack_finish(struct archive_pack *p, struct error *err) WB_MUST_CHECK;

/* Reads the first `bytes` of fd. */
struct archive_unpack;
int archive_unpack_open(int fd, uint64_t bytes, struct archive_unpack **out, struct error *err) WB_MUST_CHECK;
void archive_unpack_close(struct archive_unpack *u);
DEFINE_CLEANUP(archive_unpack_close, struct archive_unpack *);

/* The next file: 1 with path (borrowed) and size, 0 at the end of an archive that was read completely, -1. What was
 * not read of the file before is passed over. */
int archive_unpack_next(struct archive_unpack *u, const char **path, uint64_t *bytes, struct error *err) WB_MUST_CHECK;

/* Up to n bytes of it; 0 once its declared size was given. */
ssize_t archive_unpack_read(struct archive_unpack *u, void *p, size_t n, struct error *err) WB_MUST_CHECK;

#endif
