/*
 * The outside world that attacks aim at: a home with secrets, a store, inputs,
 * listeners, a victim process, IPC objects. world_check() looks whether
 * anything of it has changed.
 */
#ifndef WB_TESTS_SANDBOX_WORLD_H
#define WB_TESTS_SANDBOX_WORLD_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

enum { WORLD_FILES = 16, WORLD_SOCKETS = 6 };

struct world_file {
	char path[256];
	struct stat st;
};

struct world {
	char base[200];      /* everything lies below it but what is named *file */
	char program[256];   /* a copy of this program that everybody may run */
	char tmpfile[128];
	char shmfile[128];
	char etcfile[128];
	char usrfile[128];
	char queue[64];
	struct world_file files[WORLD_FILES];
	int file_count;
	int sockets[WORLD_SOCKETS]; /* tcp, udp, abstract, path, datagram, in the inputs */
	int fifo;            /* read by the host */
	int tcp_port, udp_port, free_port;
	char abstract[64];
	pid_t victim;
	int victim_in;       /* keeps it waiting */
	unsigned long victim_at;
	int key;
	int shm, sem, msg, mq;
	struct rlimit victim_files;
	cpu_set_t victim_cpus;
	int victim_nice, victim_policy, victim_io, own_nice;
	char host[80];
	unsigned mounts;
};

/* Never fails quietly: ends the program when the world cannot be made. */
void world_make(struct world *w);
void world_free(struct world *w);

/* The variables that tell an attack where things are; tree is its working folder. */
void world_facts(const struct world *w, const char *tree, void (*set)(void *data, const char *name, const char *value),
		 void *data);

/* Appends what has changed; true when nothing has. */
bool world_check(struct world *w, struct buf *changed);

/* Tries to reach the run's listener, while the attack runs. */
bool world_knock(const struct world *w);

unsigned count_fds(void);

#endif
