/* Attacks on files: reading what is not shown, writing what is read-only, links and races. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/sandbox/attack.h"

enum { RACES = 3000 };

static int read_ssh(void) { return try_secret(fact_path("A_HOME", ".ssh/id_rsa")); }
static int read_store(void) { return try_secret(fact_path("A_STORE", "wb.db")); }
static int read_other_run(void) { return try_secret(fact_path("A_STORE", "runs/other/spool")); }
static int read_host_tmp(void) { return try_secret(fact("A_TMPFILE")); }
static int read_host_shm(void) { return try_secret(fact("A_SHMFILE")); }
static int write_store(void) { return try_open(fact_path("A_STORE", "wb.db"), O_RDWR); }
static int write_host_tmp(void) { return try_open(fact("A_TMPFILE"), O_RDWR); }
static int write_host_shm(void) { return try_open(fact("A_SHMFILE"), O_RDWR); }
static int write_input(void) { return try_open(fact("A_INPUT"), O_WRONLY); }
static int create_etc(void) { return try_open(fact("A_ETCFILE"), O_WRONLY | O_CREAT); }
static int create_usr(void) { return try_open(fact("A_USRFILE"), O_WRONLY | O_CREAT); }
static int create_home(void) { return try_open(fact_path("A_HOME", ".bashrc"), O_WRONLY | O_CREAT); }
static int create_beside_input(void) { return try_open(fact_path("A_INPUTS", "new"), O_WRONLY | O_CREAT); }
static int write_fifo(void) { return try_open(fact_path("A_INPUTS", "fifo"), O_WRONLY | O_NONBLOCK); }

static int read_shadow(void)
{
	char line[256];
	int fd = open("/etc/shadow", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : read(fd, line, sizeof line) > 0 ? THROUGH : REFUSED_QUIETLY;
}

static int list_home(void)
{
	DIR *d = opendir(fact("A_HOME"));
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		if (strcmp(e->d_name, ".ssh") == 0)
			return THROUGH;
	}
	return d ? REFUSED_QUIETLY : errno;
}

static int through_proc_root(void)
{
	static const char *const ways[] = { "/proc/1/root", "/proc/self/root", "/proc/self/root/..", "/proc/1/cwd",
					    "/proc/thread-self/root/../..", "/..", "/oldroot", "/newroot", "/mnt" };
	char path[512];

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		snprintf(path, sizeof path, "%s%s/.ssh/id_rsa", ways[i], fact("A_HOME"));
		if (try_secret(path) == THROUGH)
			return THROUGH;
	}
	return EACCES;
}

static int through_symlink(void)
{
	const char *link = fact_path("A_TREE", "link");

	unlink(link);
	if (symlink(fact_path("A_HOME", ".ssh/id_rsa"), link))
		return BROKEN;
	return try_secret(link);
}

static int through_hardlink(void)
{
	const char *link = fact_path("A_TREE", "hard");

	if (link[0] && linkat(AT_FDCWD, fact_path("A_HOME", ".ssh/id_rsa"), AT_FDCWD, link, 0))
		return errno;
	return try_secret(link);
}

static int hardlink_input(void)
{
	const char *copy = fact_path("A_TREE", "hard-input");

	if (link(fact("A_INPUT"), copy))
		return errno;
	return try_open(copy, O_RDWR);
}

static int rename_input(void)
{
	return outcome(rename(fact("A_INPUT"), fact_path("A_TREE", "moved")));
}

static int unlink_input(void)
{
	return outcome(unlink(fact("A_INPUT")));
}

static int truncate_input(void)
{
	return outcome(truncate(fact("A_INPUT"), 1));
}

static int map_input(void)
{
	int fd = open(fact("A_INPUT"), O_RDONLY | O_CLOEXEC);
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return fd < 0 ? BROKEN : at == MAP_FAILED ? errno : THROUGH;
}

/* The descriptor was opened for reading; its name in /proc can be opened again. */
static int reopen_input(void)
{
	char path[64];
	int fd = open(fact("A_INPUT"), O_RDONLY | O_CLOEXEC);

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return fd < 0 ? BROKEN : try_open(path, O_RDWR);
}

static int reopen_stdin(void)
{
	return try_open("/proc/self/fd/0", O_RDWR);
}

/* Inside its own private layer a run may do that; the host's file must stay. */
static int change_code(void)
{
	int fd = open(fact_path("A_TREE", "code.py"), O_RDWR | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || write(fd, "x", 1) != 1)
		return errno;
	return THROUGH;
}

static int change_lower(void)
{
	return try_open(fact_path("A_LOWER", "code.py"), O_RDWR);
}

static int by_handle(void)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .h = { .handle_bytes = MAX_HANDLE_SZ } };
	int mount_id;
	int fd;

	if (name_to_handle_at(AT_FDCWD, fact("A_TREE"), &u.h, &mount_id, 0) && errno != EPERM)
		seen("name_to_handle_at: %d", errno);
	fd = open_by_handle_at(AT_FDCWD, &u.h, O_RDONLY);
	return outcome(fd);
}

static int only_name_handle(void)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .h = { .handle_bytes = MAX_HANDLE_SZ } };
	int mount_id;

	return outcome(name_to_handle_at(AT_FDCWD, fact("A_TREE"), &u.h, &mount_id, 0));
}

static int watch_home(void)
{
	int fd = inotify_init1(IN_CLOEXEC);

	if (fd < 0)
		return BROKEN;
	return outcome(inotify_add_watch(fd, fact_path("A_HOME", ".ssh"), IN_ALL_EVENTS));
}

static int lease_input(void)
{
	int fd = open(fact("A_INPUT"), O_RDONLY | O_CLOEXEC);

	return fd < 0 ? BROKEN : outcome(fcntl(fd, F_SETLEASE, F_RDLCK));
}

/* A thread swaps a link between a file of the run and the secret while the run opens it. */
static atomic_bool racing;

static void *swap_links(void *unused)
{
	const char *race = fact_path("A_TREE", "race");
	char good[512];
	char bad[512];
	char next[512];

	(void)unused;
	snprintf(good, sizeof good, "%s/own", fact("A_TREE"));
	snprintf(bad, sizeof bad, "%s/.ssh/id_rsa", fact("A_HOME"));
	snprintf(next, sizeof next, "%s/race.next", fact("A_TREE"));
	for (unsigned i = 0; atomic_load(&racing); i++) {
		unlink(next);
		if (symlink(i & 1 ? good : bad, next) || rename(next, race))
			break;
	}
	return NULL;
}

static int race(int (*once)(const char *path))
{
	const char *path = fact_path("A_TREE", "race");
	pthread_t thread;
	int got = EACCES;
	int own = open(fact_path("A_TREE", "own"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (own < 0)
		return BROKEN;
	atomic_store(&racing, true);
	if (pthread_create(&thread, NULL, swap_links, NULL))
		return BROKEN;
	for (int i = 0; i < RACES && got != THROUGH; i++)
		got = once(path);
	atomic_store(&racing, false);
	pthread_join(thread, NULL);
	return got == THROUGH ? THROUGH : EACCES;
}

static int chmod_once(const char *path)
{
	(void)!chmod(path, 0777);
	return EACCES;
}

static int utimes_once(const char *path)
{
	const struct timespec t[2] = { { 1, 0 }, { 1, 0 } };

	utimensat(AT_FDCWD, path, t, 0);
	return EACCES;
}

static int race_read(void) { return race(try_secret); }
static int race_chmod(void) { return race(chmod_once); }
static int race_times(void) { return race(utimes_once); }

static int fill(const char *path)
{
	static char block[1 << 20];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return BROKEN;
	for (int i = 0; i < 512; i++) {
		if (write(fd, block, sizeof block) < 0)
			return errno;
	}
	return THROUGH;
}

static int fill_tmp(void) { return fill("/tmp/fill"); }
static int fill_shm(void) { return fill("/dev/shm/fill"); }

static int fill_names(void)
{
	char path[64];

	for (int i = 0; i < 20000; i++) {
		int fd;

		snprintf(path, sizeof path, "/tmp/name%d", i);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return errno;
		close(fd);
	}
	return THROUGH;
}

const struct attack attacks_files[] = {
	{ "read-ssh", "read ~/.ssh/id_rsa", read_ssh, 0 },
	{ "read-shadow", "read /etc/shadow", read_shadow, ROOT_BARE },
	{ "read-store", "read the store's database", read_store, 0 },
	{ "read-other-run", "read another run's spool", read_other_run, 0 },
	{ "read-host-tmp", "read a file in the host's /tmp", read_host_tmp, 0 },
	{ "read-host-shm", "read a file in the host's /dev/shm", read_host_shm, 0 },
	{ "list-home", "list the home folder", list_home, 0 },
	{ "write-store", "write the store's database", write_store, 0 },
	{ "write-host-tmp", "write a file in the host's /tmp", write_host_tmp, 0 },
	{ "write-host-shm", "write a file in the host's /dev/shm", write_host_shm, 0 },
	{ "write-input", "open an input for writing", write_input, 0 },
	{ "create-etc", "make a file in /etc", create_etc, ROOT_BARE },
	{ "create-usr", "make a file in /usr", create_usr, ROOT_BARE },
	{ "create-home", "make ~/.bashrc", create_home, CONTAINED },
	{ "create-beside-input", "make a file in an input folder", create_beside_input, 0 },
	{ "write-fifo", "write into a FIFO in an input folder", write_fifo, T2_ONLY },
	{ "through-proc-root", "leave by /proc/1/root and the like", through_proc_root, 0 },
	{ "through-symlink", "read a secret by a symbolic link", through_symlink, 0 },
	{ "through-hardlink", "link a secret into the tree", through_hardlink, 0 },
	{ "hardlink-input", "link an input into the tree and write it there", hardlink_input, 0 },
	{ "rename-input", "move an input away", rename_input, 0 },
	{ "unlink-input", "remove an input", unlink_input, 0 },
	{ "truncate-input", "truncate an input", truncate_input, 0 },
	{ "map-input", "map an input shared and writable", map_input, NOT_BARE },
	{ "reopen-input", "open an input again for writing by /proc/self/fd", reopen_input, 0 },
	{ "reopen-stdin", "open standard input's file for writing", reopen_stdin, 0 },
	{ "change-code", "change the project's code", change_code, CONTAINED | T1_ONLY },
	{ "change-lower", "change the frozen tree where it lies", change_lower, 0 },
	{ "handle-open", "open_by_handle_at", by_handle, EXACT | NOT_BARE },
	{ "handle-name", "name_to_handle_at", only_name_handle, EXACT },
	{ "watch-home", "watch ~/.ssh by inotify", watch_home, 0 },
	{ "lease-input", "take a lease on an input", lease_input, EXACT },
	{ "race-read", "swap a link while opening it", race_read, 0 },
	{ "race-chmod", "swap a link while changing its mode", race_chmod, CONTAINED },
	{ "race-times", "swap a link while changing its times", race_times, CONTAINED },
	{ "fill-tmp", "write 512 MiB to /tmp", fill_tmp, T1_ONLY | NOT_BARE },
	{ "fill-shm", "write 512 MiB to /dev/shm", fill_shm, T1_ONLY | NOT_BARE },
	{ "fill-names", "make 20 000 files in /tmp", fill_names, T1_ONLY | NOT_BARE },
	{ 0 },
};
