/*
 * Files by descriptor: every path is relative to a directory descriptor
 * (AT_FDCWD where the user named it), every descriptor is CLOEXEC.
 */
#ifndef WB_BASE_FS_H
#define WB_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

/* Opens for reading; refuses nothing but what open(2) refuses. Returns the descriptor. */
int fs_open(int dirfd, const char *path, struct error *err) WB_MUST_CHECK;

/* Opens a directory (O_PATH not set: it can be read and synced). */
int fs_open_dir(int dirfd, const char *path, struct error *err) WB_MUST_CHECK;

/*
 * Opens a path that somebody else controls below dirfd: no component may be a
 * symbolic link, leave dirfd, cross a mount or be a magic link (openat2, Linux
 * 5.6). flags as open(2); O_NONBLOCK and O_NOCTTY are added, so that a FIFO or
 * terminal never blocks. ERR_DENIED when the path tries to escape.
 */
int fs_open_beneath(int dirfd, const char *path, int flags, mode_t mode, struct error *err) WB_MUST_CHECK;

/* As fs_open_beneath, but mounts on the way are fine (a data folder bound into a project). */
int fs_open_within(int dirfd, const char *path, int flags, mode_t mode, struct error *err) WB_MUST_CHECK;

/* Reads the whole file, at most out->max bytes (ERR_LIMIT). */
int fs_read_file(int dirfd, const char *path, struct buf *out, struct error *err) WB_MUST_CHECK;
int fs_read_fd(int fd, const char *name, struct buf *out, struct error *err) WB_MUST_CHECK;

/* Writes all n bytes or fails. name is for the message. */
int fs_write_all(int fd, const char *name, const void *p, size_t n, struct error *err) WB_MUST_CHECK;

/*
 * Replaces (or makes) path so that after a crash at any point it holds either
 * the old or the new bytes: temporary file, fsync, rename, fsync of the folder.
 */
int fs_write_atomic(int dirfd, const char *path, const void *p, size_t n, mode_t mode, struct error *err) WB_MUST_CHECK;

/* Makes path and its missing parents. Existing directories are fine. */
int fs_mkdir_p(int dirfd, const char *path, mode_t mode, struct error *err) WB_MUST_CHECK;

/* Removes path and all below it; never follows a link, never leaves the mount. Missing is fine. */
int fs_remove_tree(int dirfd, const char *path, struct error *err) WB_MUST_CHECK;

/*
 * Bytes of the files below the folder path, none of it followed, 0 where it cannot be read. own: without those that have
 * another name somewhere. Folders nested deeper than 300 are left out.
 */
uint64_t fs_tree_bytes(int dirfd, const char *path, bool own);

/* fsync of a directory, making its entries durable. */
int fs_sync_dir(int dirfd, const char *path, struct error *err) WB_MUST_CHECK;

/* Copies in_fd to out_fd, both from their start, keeping holes. *out_bytes (may be NULL) is the logical size. */
int fs_copy(int in_fd, int out_fd, uint64_t max, uint64_t *out_bytes, struct error *err) WB_MUST_CHECK;

bool fs_exists(int dirfd, const char *path);
bool fs_is_dir(int dirfd, const char *path);

/* A path that leads downwards and nowhere else: not empty, not absolute, no component empty, "." or "..". */
bool fs_is_plain_path(const char *path);

/* Absolute, without links. Heap text. */
int fs_realpath(const char *path, char **out, struct error *err) WB_MUST_CHECK;

/* dir + "/" + name, heap text; an absolute name stays itself. */
char *fs_join(const char *dir, const char *name);

/* The folder of the running program, without a trailing slash. Heap text. */
int fs_program_dir(char **out, struct error *err) WB_MUST_CHECK;

/* Where that one of wb's own files is: beside the running program (a build tree), else where it is installed. Heap text. */
char *fs_program_part(const char *name);

/* The last component, borrowed from path. */
const char *fs_basename(const char *path);

#endif
