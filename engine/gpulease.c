/* Leases of GPUs between all runs of this machine. */
#include "config.h"

#include "engine/gpulease.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/gpuclaim.h"
#include "engine/host.h"

#define LOCK_FILE "wb-gpu.lock"

/* Byte 0 is held for moments, by whoever looks or takes. */
enum { BYTE_MUTEX = 0, MUTEX_WAIT_MS = 10000, MUTEX_POLL_MS = 5 };

/* The kernel gives a killed holder's GPU back before it has killed all of the run's processes. */
enum { SETTLE_MS = 100 };

struct gpulease {
	char *dir;
	int dirfd;
	int fd;
	char *claim_path;
	struct gpulease_claim claim;
	bool written;
	bool settle;     /* somebody died with GPUs in his hands */
	bool handed_on;
};

void gpulease_claims_release(struct gpulease_claims *c)
{
	for (size_t i = 0; i < c->n; i++)
		gpuclaim_release(&c->items[i]);
	free(c->items);
	*c = (struct gpulease_claims){ 0 };
}

/* --- the lock file --- */

/* Only the owner of a file can remove it there, and nobody owns the folder but root. */
static bool is_shared(const char *dir)
{
	struct stat st;

	return lstat(dir, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == 0 && (st.st_mode & S_ISVTX) && (st.st_mode & S_IWOTH);
}

int gpulease_find_dir(const char **out, struct error *err)
{
	static const char *const dirs[] = { "/run/lock", "/tmp" };

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		if (!is_shared(dirs[i]))
			continue;
		*out = dirs[i];
		return 0;
	}
	error_set(err, ERR_UNSUPPORTED, "neither /run/lock nor /tmp is a folder of root's with mode 1777: GPUs cannot be leased");
	return error_hint(err, "leases of all users meet there: chmod 1777 /tmp");
}

static int lock_byte(int fd, int type, uint64_t at)
{
	struct flock l = { .l_type = (short)type, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = 1 };

	return fcntl(fd, F_OFD_SETLK, &l);
}

/* Does another open file hold the byte? */
static bool is_held(int fd, uint64_t at)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = 1 };

	return fcntl(fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK;
}

static void mutex_give(int fd)
{
	if (lock_byte(fd, F_UNLCK, BYTE_MUTEX) < 0)
		errno = 0;
}

static int mutex_take(int fd, struct error *err)
{
	for (int waited = 0; lock_byte(fd, F_WRLCK, BYTE_MUTEX) < 0; waited += MUTEX_POLL_MS) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return error_sys(err, "locking %s", LOCK_FILE);
		if (waited >= MUTEX_WAIT_MS) {
			error_set(err, ERR_BUSY, "somebody has kept %s locked for %d seconds", LOCK_FILE, MUTEX_WAIT_MS / 1000);
			return error_hint(err, "`lslocks` names the process");
		}
		poll(NULL, 0, MUTEX_POLL_MS);
	}
	return 0;
}

/* Opens or makes it. 1, or 0 when there is none and create is false. */
static int open_lock(int dirfd, bool create, int *out, struct error *err)
{
	CLEANUP(close) int fd = -1;
	struct stat st;

	/* Without O_CREAT first: the kernel may refuse that for others' files in such folders (protected_regular). */
	for (int tries = 0; fd < 0 && tries < 10; tries++) {
		fd = sys_openat(dirfd, LOCK_FILE, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
		if (fd >= 0 || errno != ENOENT)
			break;
		if (!create)
			return 0;
		fd = sys_openat(dirfd, LOCK_FILE, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
		/* For everybody, whatever this user's umask. */
		if (fd >= 0 && fchmod(fd, 0666) < 0)
			return error_sys(err, "%s", LOCK_FILE);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, "opening %s", LOCK_FILE);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_UNSUPPORTED, "%s is no plain file", LOCK_FILE);
	*out = take_fd(&fd);
	return 1;
}

/* --- who is there --- */

static int compare_tickets(const void *a, const void *b)
{
	const struct gpulease_claim *x = a;
	const struct gpulease_claim *y = b;

	return x->ticket < y->ticket ? -1 : x->ticket > y->ticket;
}

/*
 * The claims of runs that live, without own_id's; *out_dead tells whether one that does not had GPUs. With own_id (not
 * for who only looks) what killed runs of this user left behind is removed. The caller has the mutex.
 */
static int load_living(int dirfd, int fd, const char *own_id, struct gpulease_claims *out, bool *out_dead, struct error *err)
{
	size_t kept = 0;

	if (gpuclaim_load_all(dirfd, out, err) < 0)
		return -1;
	for (size_t i = 0; i < out->n; i++) {
		struct gpulease_claim *c = &out->items[i];
		bool own = own_id && str_eq(c->run_id, own_id) && c->uid == geteuid();

		if (!own && is_held(fd, gpuclaim_byte(c->run_id))) {
			out->items[kept++] = *c;
			continue;
		}
		*out_dead = *out_dead || (!own && c->n_keys);
		if (own_id && !own && c->uid == geteuid())
			sys_unlinkat(dirfd, gpuclaim_name(c->uid, c->run_id).text, 0);
		gpuclaim_release(c);
	}
	out->n = kept;
	if (kept)
		qsort(out->items, kept, sizeof *out->items, compare_tickets);
	return 0;
}

int gpulease_list(const char *dir, struct gpulease_claims *out, struct error *err)
{
	CLEANUP(close) int dirfd = sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	CLEANUP(close) int fd = -1;
	bool dead = false;
	int there, rc;

	if (dirfd < 0)
		return error_sys(err, "%s", dir);
	there = open_lock(dirfd, false, &fd, err);
	if (there <= 0)
		return there < 0 ? error_wrap(err, "%s", dir) : 0;
	if (mutex_take(fd, err) < 0)
		return -1;
	rc = load_living(dirfd, fd, NULL, out, &dead, err);
	mutex_give(fd);
	return rc;
}

const struct gpulease_claim *gpulease_holder(const struct gpulease_claims *c, uint64_t key)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; c->items[i].ticket == 0 && k < c->items[i].n_keys; k++)
			if (c->items[i].keys[k] == key)
				return &c->items[i];
	return NULL;
}

void gpulease_describe(const struct gpulease_claims *c, const struct gpu_list *all, struct buf *out)
{
	size_t waiting = 0, told = 0;

	for (size_t i = 0; i < all->n && told < 4; i++) {
		const struct gpulease_claim *holder = gpulease_holder(c, all->items[i].key);

		if (!holder)
			continue;
		buf_printf(out, "%sGPU %u by run %.12s of %s since ", told++ ? ", " : "", all->items[i].index, holder->run_id,
			   holder->user);
		clock_format_local(out, holder->since_ms * 1000000);
	}
	for (size_t i = 0; i < c->n; i++)
		waiting += c->items[i].ticket != 0;
	if (waiting)
		buf_printf(out, "%s%zu run%s in the queue", told ? "; " : "", waiting, waiting == 1 ? "" : "s");
}

/* --- one run's --- */

int gpulease_open(const char *dir, const char *run_id, const char *experiment, struct gpulease **out, struct error *err)
{
	CLEANUP(gpulease_free) struct gpulease *l = mem_zalloc(sizeof *l);

	l->fd = -1;
	l->dir = mem_strdup(dir);
	l->dirfd = sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (l->dirfd < 0)
		return error_sys(err, "%s", dir);
	l->claim.uid = geteuid();
	snprintf(l->claim.run_id, sizeof l->claim.run_id, "%s", run_id);
	snprintf(l->claim.user, sizeof l->claim.user, "%s", host_user_name().text);
	snprintf(l->claim.experiment, sizeof l->claim.experiment, "%s", experiment);
	l->claim_path = fs_join(dir, gpuclaim_name(l->claim.uid, run_id).text);
	if (open_lock(l->dirfd, true, &l->fd, err) < 0)
		return error_wrap(err, "%s", dir);
	if (lock_byte(l->fd, F_WRLCK, gpuclaim_byte(run_id)) < 0)
		return error_sys(err, "locking %s", LOCK_FILE);
	*out = take_ptr(&l);
	return 0;
}

/* Those of one vendor that can be used: whole ones before parts of one. */
static void pick_vendor(const struct gpu_list *all, enum gpu_vendor vendor, struct gpu_list *out)
{
	for (int split = 0; split < 2; split++)
		for (size_t i = 0; i < all->n; i++) {
			const struct gpu *g = &all->items[i];

			if (g->vendor == vendor && (g->instance[0] >= 0) == split && !*g->trouble)
				gpu_list_add(out, g);
		}
}

static void give_back(struct gpulease *l, const struct gpu_list *taken)
{
	for (size_t i = 0; i < taken->n; i++)
		if (lock_byte(l->fd, F_UNLCK, taken->items[i].key) < 0)
			errno = 0;
}

/* The first wanted that are free, locked. */
static bool take_free(struct gpulease *l, const struct gpu_list *some, int64_t wanted, struct gpu_list *granted)
{
	for (size_t i = 0; i < some->n && (int64_t)granted->n < wanted; i++)
		if (lock_byte(l->fd, F_WRLCK, some->items[i].key) == 0)
			gpu_list_add(granted, &some->items[i]);
	if ((int64_t)granted->n == wanted)
		return true;
	give_back(l, granted);
	gpu_list_release(granted);
	return false;
}

static int take_of_vendors(struct gpulease *l, const struct gpu_list *all, int64_t wanted, struct gpu_list *granted,
			   struct error *err)
{
	int64_t most = 0;
	int rc = 0;

	for (enum gpu_vendor v = 0; v < GPU_VENDOR_COUNT && rc == 0; v++) {
		CLEANUP(gpu_list_release) struct gpu_list some = { 0 };

		pick_vendor(all, v, &some);
		if ((int64_t)some.n > most)
			most = (int64_t)some.n;
		rc = (int64_t)some.n >= wanted && take_free(l, &some, wanted, granted);
	}
	if (most >= wanted)
		return rc;
	error_set(err, ERR_UNSUPPORTED, "%lld GPU%s asked for, and this machine has %lld", (long long)wanted,
		  wanted == 1 ? " was" : "s were", (long long)most);
	return error_hint(err, "run it on a machine with GPUs, or without --gpus; `wb doctor` lists them");
}

/* Runs that came before this one are served before it, even where it would need less. */
static bool is_next(const struct gpulease *l, const struct gpulease_claims *others)
{
	for (size_t i = 0; i < others->n; i++) {
		uint64_t ticket = others->items[i].ticket;

		if (ticket && (!l->claim.ticket || ticket < l->claim.ticket))
			return false;
	}
	return true;
}

static int write_claim(struct gpulease *l, const struct gpu_list *granted, struct error *err)
{
	free(l->claim.keys);
	l->claim.keys = mem_calloc(granted->n + 1, sizeof *l->claim.keys);
	l->claim.n_keys = granted->n;
	for (size_t i = 0; i < granted->n; i++)
		l->claim.keys[i] = granted->items[i].key;
	l->claim.since_ms = clock_now(&clock_system) / 1000000;
	l->written = true;
	return gpuclaim_write(l->dirfd, &l->claim, err);
}

/* Behind the last that waits. */
static int enqueue(struct gpulease *l, const struct gpulease_claims *others, struct error *err)
{
	const struct gpu_list none = { 0 };
	uint64_t last = others->n ? others->items[others->n - 1].ticket : 0;

	if (last >= INT64_MAX)
		return error_set(err, ERR_CORRUPT, "the queue's numbers are used up: run %.12s has the last",
				 others->items[others->n - 1].run_id);
	l->claim.ticket = last + 1;
	return write_claim(l, &none, err);
}

static int try_locked(struct gpulease *l, const struct gpu_list *all, bool queue, struct gpu_list *granted, struct error *err)
{
	CLEANUP(gpulease_claims_release) struct gpulease_claims others = { 0 };
	int got;

	if (load_living(l->dirfd, l->fd, l->claim.run_id, &others, &l->settle, err) < 0)
		return -1;
	/* Asked even when it is not its turn: what can never be is said at once. */
	got = take_of_vendors(l, all, l->claim.wanted, granted, err);
	if (got > 0 && !is_next(l, &others)) {
		give_back(l, granted);
		gpu_list_release(granted);
		got = 0;
	}
	if (got > 0) {
		l->claim.ticket = 0;
		got = write_claim(l, granted, err) < 0 ? -1 : 1;
	} else if (got == 0 && queue && !l->claim.ticket && enqueue(l, &others, err) < 0) {
		got = -1;
	}
	return got;
}

int gpulease_try(struct gpulease *l, const struct gpu_list *all, int64_t wanted, bool queue, struct gpu_list *granted,
		 struct error *err)
{
	int rc;

	l->claim.wanted = wanted;
	if (mutex_take(l->fd, err) < 0)
		return -1;
	rc = try_locked(l, all, queue, granted, err);
	mutex_give(l->fd);
	if (rc > 0 && l->settle)
		poll(NULL, 0, SETTLE_MS);
	return rc;
}

int gpulease_fd(const struct gpulease *l)
{
	return l->fd;
}

const char *gpulease_claim_path(const struct gpulease *l)
{
	return l->claim_path;
}

void gpulease_hand_on(struct gpulease *l)
{
	l->handed_on = true;
}

void gpulease_free(struct gpulease *l)
{
	if (!l)
		return;
	if (l->written && !l->handed_on)
		sys_unlinkat(l->dirfd, gpuclaim_name(l->claim.uid, l->claim.run_id).text, 0);
	if (l->dirfd >= 0)
		close(l->dirfd);
	if (l->fd >= 0)
		close(l->fd);
	gpuclaim_release(&l->claim);
	free(l->claim_path);
	free(l->dir);
	free(l);
}
