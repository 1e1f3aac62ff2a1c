/*
 * Descriptors that ride on a message over a unix socket (SCM_RIGHTS, unix(7)).
 *
 * As the kernel's own calls: a failure is -1 with errno, since each caller has its own meaning for it. Restarted on
 * EINTR. No memory is taken and nothing else called, so that a process in a cage can use them.
 */
#ifndef WB_BASE_FDPASS_H
#define WB_BASE_FDPASS_H

#include <stddef.h>
#include <sys/types.h>

enum { FDPASS_MAX = 16 };

/*
 * The n bytes at p in one message, with those of fds that are not negative, in their order; count is at most FDPASS_MAX.
 * flags: MSG_DONTWAIT or 0. The caller keeps its descriptors. The bytes sent; a peer that is gone is EPIPE, no signal.
 */
ssize_t fdpass_send(int sock, const void *p, size_t n, const int *fds, size_t count, int flags);

/*
 * One message of at most n bytes, without waiting. *out_fd is what came with it, which is the caller's to close, or -1;
 * of several only the first is taken, and the kernel closes the others. The bytes received; 0: the peer is gone.
 */
ssize_t fdpass_receive(int sock, void *p, size_t n, int *out_fd);

#endif
