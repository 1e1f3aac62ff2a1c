/*
 * The seam to the kernel for everything whose failure must not lose data:
 * writing, syncing, renaming, linking, allocating space.
 *
 * In ordinary builds each is the plain call (restarted on EINTR). Builds with
 * --enable-faults fail the n-th call of one kind when told to, by
 * sys_fault_arm() in unit tests or WB_FAULT=KIND:N:ERRNO in the environment
 * (for example WB_FAULT=fsync:3:28), or end the process there as kill -9 would
 * (ERRNO "kill"). "any" stands for every kind.
 */
#ifndef WB_BASE_SYS_H
#define WB_BASE_SYS_H

#include <stddef.h>
#include <sys/types.h>

enum sys_fault {
	SYS_FAULT_NONE,
	SYS_FAULT_OPEN,
	SYS_FAULT_WRITE,
	SYS_FAULT_FSYNC,
	SYS_FAULT_RENAME,
	SYS_FAULT_LINK,
	SYS_FAULT_UNLINK,
	SYS_FAULT_MKDIR,
	SYS_FAULT_ANY,
};

/* O_CLOEXEC is always added. */
int sys_openat(int dirfd, const char *path, int flags, mode_t mode);
ssize_t sys_write(int fd, const void *p, size_t n);
ssize_t sys_pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t sys_read(int fd, void *p, size_t n);
ssize_t sys_pread(int fd, void *p, size_t n, off_t at);
int sys_fsync(int fd);
int sys_fdatasync(int fd);
/*
 * All of n (at most SYS_SYNC_MAX) descriptors at the same time: a file system joins what comes together into one commit
 * and one flush of the disk, where one after the other costs one each. 0, or -1 with the errno of one that failed.
 */
enum { SYS_SYNC_MAX = 8 };
int sys_fdatasync_all(const int *fds, size_t n);
/* Everything on the file system that fd lies on; counts as fsync. */
int sys_syncfs(int fd);
int sys_renameat(int olddir, const char *oldpath, int newdir, const char *newpath);
/* renameat2(RENAME_NOREPLACE): EEXIST rather than replacing. */
int sys_renameat_new(int olddir, const char *oldpath, int newdir, const char *newpath);
int sys_linkat(int olddir, const char *oldpath, int newdir, const char *newpath, int flags);
int sys_unlinkat(int dirfd, const char *path, int flags);
int sys_mkdirat(int dirfd, const char *path, mode_t mode);
int sys_ftruncate(int fd, off_t len);

/* _exit(), after which a build for coverage still has its counters. Not for a confined process: it could not write them. */
_Noreturn void sys_exit_now(int status);

/* The nth call (from 1) of kind fails with sys, once; sys < 0 kills the process. No effect without --enable-faults. */
void sys_fault_arm(enum sys_fault kind, unsigned nth, int sys);
/* Calls of the armed kind seen so far. */
unsigned sys_fault_seen(void);

#endif
