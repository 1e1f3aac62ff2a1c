/* engine/gpulease.c and gpuclaim.c, with processes that hold, wait and die. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/gpuclaim.h"
#include "engine/gpulease.h"

enum { WAITERS = 5, DEADLINE_MS = 20000, CHILDREN_MAX = 16 };

struct scene {
	char *dir;
	pid_t children[CHILDREN_MAX];
	size_t n_children;
	int told[2];   /* children write here what they have to say */
};

static int scene_setup(void **state)
{
	struct scene *s = mem_zalloc(sizeof *s);

	s->dir = mem_printf("%s/leases-XXXXXX", wb_test_tmpdir());
	assert_non_null(mkdtemp(s->dir));
	assert_int_equal(pipe(s->told), 0);
	*state = s;
	return 0;
}

static int scene_teardown(void **state)
{
	struct scene *s = *state;

	for (size_t i = 0; i < s->n_children; i++) {
		kill(s->children[i], SIGKILL);
		waitpid(s->children[i], NULL, 0);
	}
	close(s->told[0]);
	close(s->told[1]);
	free(s->dir);
	free(s);
	return 0;
}

static struct gpu_list machine(int n)
{
	struct gpu_list all = { 0 };

	for (int i = 0; i < n; i++) {
		struct gpu g = { .vendor = GPU_NVIDIA, .key = 1001 + (uint64_t)i, .index = (unsigned)i, .instance = { -1, -1 } };

		gpu_list_add(&all, &g);
	}
	return all;
}

/* Ids that end differently. */
static const char *id_of(int i)
{
	static char id[33];

	snprintf(id, sizeof id, "0192f0a1b2c37d4e8f60718293a4b%03x", i);
	return id;
}

static int try_once(const char *dir, int i, int gpus, int64_t wanted, struct gpulease **out, struct error *err)
{
	CLEANUP(gpu_list_release) struct gpu_list all = machine(gpus);
	CLEANUP(gpu_list_release) struct gpu_list granted = { 0 };

	if (!*out && gpulease_open(dir, id_of(i), "Default", out, err) < 0)
		return -1;
	return gpulease_try(*out, &all, wanted, true, &granted, err);
}

/* In the child: takes wanted of gpus, says so, holds them until word comes. Never asserts. */
static void child_main(const struct scene *s, int i, int gpus, int64_t wanted, int word)
{
	struct gpulease *l = NULL;
	struct error err = { 0 };
	bool queued = false;
	char c = 0;
	int got;

	/* What the parent holds ends with the parent's descriptors: a copy would hold it on. */
	for (int fd = 3; fd < 256; fd++)
		if (fd != s->told[1] && fd != word)
			close(fd);
	while ((got = try_once(s->dir, i, gpus, wanted, &l, &err)) == 0) {
		c = (char)('a' + i);
		if (!queued && write(s->told[1], &c, 1) != 1)
			_exit(3);
		queued = true;
		poll(NULL, 0, 5);
	}
	c = (char)('A' + i);
	if (got < 0 || write(s->told[1], &c, 1) != 1)
		_exit(2);
	if (word >= 0 && read(word, &c, 1) < 0)
		_exit(3);
	gpulease_free(l);
	_exit(0);
}

static pid_t spawn(struct scene *s, int i, int gpus, int64_t wanted, int word)
{
	pid_t pid = fork();

	if (pid == 0)
		child_main(s, i, gpus, wanted, word);
	assert_true(pid > 0);
	s->children[s->n_children++] = pid;
	return pid;
}

/* The next thing that a child says. */
static char told(struct scene *s)
{
	struct pollfd p = { .fd = s->told[0], .events = POLLIN };
	char c = 0;

	assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
	assert_int_equal(read(s->told[0], &c, 1), 1);
	return c;
}

static void gpulease_try__taken__is_refused_and_free_again_after(void **state)
{
	struct scene *s = *state;
	struct gpulease *a = NULL, *b = NULL;
	struct gpulease_claims claims = { 0 };
	struct error err = { 0 };

	assert_int_equal(try_once(s->dir, 1, 1, 1, &a, &err), 1);
	assert_int_equal(try_once(s->dir, 2, 1, 1, &b, &err), 0);
	assert_ok(gpulease_list(s->dir, &claims, &err), &err);
	assert_int_equal(claims.n, 2);
	assert_string_equal(gpulease_holder(&claims, 1001)->run_id, id_of(1));
	assert_int_equal(claims.items[1].ticket, 1);
	gpulease_claims_release(&claims);
	gpulease_free(a);
	assert_int_equal(try_once(s->dir, 2, 1, 1, &b, &err), 1);
	gpulease_free(b);
	assert_ok(gpulease_list(s->dir, &claims, &err), &err);
	assert_int_equal(claims.n, 0);
}

static void gpulease_try__more_than_there_are__never(void **state)
{
	struct scene *s = *state;
	struct gpulease *a = NULL;
	struct error err = { 0 };

	assert_refused(try_once(s->dir, 1, 2, 3, &a, &err), &err, ERR_UNSUPPORTED, "3 GPUs were asked for, and this machine has 2");
	gpulease_free(a);
}

static void gpulease_try__two_vendors__all_of_one(void **state)
{
	struct scene *s = *state;
	CLEANUP(gpu_list_release) struct gpu_list all = machine(1);
	CLEANUP(gpu_list_release) struct gpu_list granted = { 0 };
	struct gpu amd = { .vendor = GPU_AMD, .key = 5000, .instance = { -1, -1 } };
	struct gpu broken = { .vendor = GPU_NVIDIA, .key = 6000, .instance = { -1, -1 }, .trouble = "no node" };
	struct gpulease *l = NULL;
	struct error err = { 0 };

	gpu_list_add(&all, &broken);
	gpu_list_add(&all, &amd);
	amd.key++;
	gpu_list_add(&all, &amd);
	assert_ok(gpulease_open(s->dir, id_of(1), "Default", &l, &err), &err);
	assert_int_equal(gpulease_try(l, &all, 2, false, &granted, &err), 1);
	assert_int_equal(granted.items[0].vendor, GPU_AMD);
	assert_int_equal(granted.items[1].key, 5001);
	gpulease_free(l);
}

static void gpulease__holder_killed__its_gpu_is_free(void **state)
{
	struct scene *s = *state;
	int word[2];
	pid_t holder;
	struct gpulease *b = NULL;
	struct gpulease_claims claims = { 0 };
	struct error err = { 0 };

	assert_int_equal(pipe(word), 0);
	holder = spawn(s, 0, 1, 1, word[0]);
	assert_int_equal(told(s), 'A');
	assert_int_equal(try_once(s->dir, 1, 1, 1, &b, &err), 0);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	assert_int_equal(try_once(s->dir, 1, 1, 1, &b, &err), 1);
	/* And what it told of itself is swept. */
	assert_ok(gpulease_list(s->dir, &claims, &err), &err);
	assert_int_equal(claims.n, 1);
	gpulease_claims_release(&claims);
	assert_false(fs_exists(AT_FDCWD, gpuclaim_name(geteuid(), id_of(0)).text));
	gpulease_free(b);
	close(word[0]);
	close(word[1]);
}

static void gpulease__five_waiters__are_served_in_their_order(void **state)
{
	struct scene *s = *state;
	struct gpulease *first = NULL;
	struct error err = { 0 };
	char order[WAITERS + 1] = "";

	assert_int_equal(try_once(s->dir, 99, 1, 1, &first, &err), 1);
	for (int i = 0; i < WAITERS; i++) {
		spawn(s, i, 1, 1, -1);
		assert_int_equal(told(s), 'a' + i);
	}
	gpulease_free(first);
	for (int i = 0; i < WAITERS; i++)
		order[i] = told(s);
	assert_string_equal(order, "ABCDE");
}

static void gpulease__a_waiter_that_dies__is_skipped(void **state)
{
	struct scene *s = *state;
	struct gpulease *first = NULL;
	struct error err = { 0 };
	pid_t second;

	assert_int_equal(try_once(s->dir, 99, 2, 2, &first, &err), 1);
	spawn(s, 0, 2, 1, -1);
	assert_int_equal(told(s), 'a');
	second = spawn(s, 1, 2, 2, -1);
	assert_int_equal(told(s), 'b');
	spawn(s, 2, 2, 1, -1);
	assert_int_equal(told(s), 'c');
	kill(second, SIGKILL);
	waitpid(second, NULL, 0);
	gpulease_free(first);
	assert_int_equal(told(s), 'A');
	assert_int_equal(told(s), 'C');
}

static void gpulease__who_needs_less__does_not_pass(void **state)
{
	struct scene *s = *state;
	struct gpulease *first = NULL, *late = NULL;
	struct error err = { 0 };

	assert_int_equal(try_once(s->dir, 99, 2, 1, &first, &err), 1);
	spawn(s, 0, 2, 2, -1);
	assert_int_equal(told(s), 'a');
	/* One is free, and promised to the one that waits for both. */
	assert_int_equal(try_once(s->dir, 98, 2, 1, &late, &err), 0);
	gpulease_free(first);
	assert_int_equal(told(s), 'A');
	gpulease_free(late);
}

/* In the child: a hundred leases; a file that only one process can have shows any overlap. */
static void contend(const struct scene *s, int i)
{
	CLEANUP(free) char *mark = fs_join(s->dir, "only-one");

	for (int round = 0; round < 100; round++) {
		struct gpulease *l = NULL;
		struct error err = { 0 };
		int fd, got;

		while ((got = try_once(s->dir, i, 1, 1, &l, &err)) == 0)
			poll(NULL, 0, 1);
		fd = got < 0 ? -1 : open(mark, O_CREAT | O_EXCL | O_WRONLY, 0600);
		if (fd < 0 || close(fd) < 0 || unlink(mark) < 0)
			_exit(1);
		gpulease_free(l);
	}
	_exit(0);
}

static void gpulease__many_at_once__never_two(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 4; i++) {
		pid_t pid = fork();

		if (pid == 0)
			contend(s, i);
		assert_true(pid > 0);
		s->children[s->n_children++] = pid;
	}
	for (size_t i = 0; i < s->n_children; i++) {
		int status = -1;

		assert_true(waitpid(s->children[i], &status, 0) > 0);
		assert_int_equal(status, 0);
	}
	s->n_children = 0;
}

static void gpulease__traps_in_the_folder__are_refused_or_passed_over(void **state)
{
	struct scene *s = *state;
	CLEANUP(free) char *lock = fs_join(s->dir, "wb-gpu.lock");
	CLEANUP(free) char *own = fs_join(s->dir, gpuclaim_name(geteuid(), id_of(7)).text);
	CLEANUP(free) char *fifo = fs_join(s->dir, gpuclaim_name(geteuid(), id_of(8)).text);
	CLEANUP(free) char *victim = fs_join(s->dir, "victim");
	struct gpuclaim_name foreign = gpuclaim_name(geteuid() + 1, id_of(9));
	struct gpulease_claims claims = { 0 };
	struct gpulease *l = NULL;
	struct error err = { 0 };

	wb_test_put(s->dir, "victim", "{\"wanted\":1,\"since_ms\":0,\"ticket\":1,\"keys\":[]}");
	assert_int_equal(symlink(victim, lock), 0);
	assert_true(gpulease_open(s->dir, id_of(1), "Default", &l, &err) < 0);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(mkfifo(lock, 0666), 0);
	assert_refused(gpulease_open(s->dir, id_of(1), "Default", &l, &err), &err, ERR_UNSUPPORTED, "no plain file");
	assert_int_equal(unlink(lock), 0);
	/* Claims that are links, pipes, nonsense, or in somebody else's name. */
	assert_int_equal(symlink(victim, own), 0);
	assert_int_equal(mkfifo(fifo, 0666), 0);
	wb_test_put(s->dir, foreign.text, "{\"wanted\":1,\"since_ms\":0,\"ticket\":1,\"keys\":[]}");
	wb_test_put(s->dir, "wb-gpu.0.short", "{}");
	wb_test_put(s->dir, "wb-gpu.00.0192f0a1b2c37d4e8f60718293a4b001", "{}");
	wb_test_put(s->dir, gpuclaim_name(geteuid(), id_of(10)).text, "{\"wanted\":-1,\"since_ms\":0,\"ticket\":1}");
	wb_test_put(s->dir, gpuclaim_name(geteuid(), id_of(11)).text, "[[[[");
	assert_int_equal(try_once(s->dir, 1, 1, 1, &l, &err), 1);
	assert_ok(gpulease_list(s->dir, &claims, &err), &err);
	assert_int_equal(claims.n, 1);
	gpulease_claims_release(&claims);
	assert_string_equal(wb_test_slurp(s->dir, "victim"), "{\"wanted\":1,\"since_ms\":0,\"ticket\":1,\"keys\":[]}");
	gpulease_free(l);
}

static void gpulease__a_strict_umask__does_not_shut_others_out(void **state)
{
	struct scene *s = *state;
	CLEANUP(free) char *lock = fs_join(s->dir, "wb-gpu.lock");
	mode_t before = umask(077);
	struct gpulease *l = NULL;
	struct error err = { 0 };
	struct stat st;

	assert_int_equal(try_once(s->dir, 1, 1, 1, &l, &err), 1);
	umask(before);
	assert_int_equal(stat(lock, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	assert_int_equal(stat(gpulease_claim_path(l), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	gpulease_free(l);
}

static void gpulease_describe__names_holders_and_the_queue(void **state)
{
	struct scene *s = *state;
	CLEANUP(gpu_list_release) struct gpu_list all = machine(1);
	CLEANUP(gpulease_claims_release) struct gpulease_claims claims = { 0 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(1024);
	struct gpulease *a = NULL, *b = NULL;
	struct error err = { 0 };

	assert_int_equal(try_once(s->dir, 1, 1, 1, &a, &err), 1);
	assert_int_equal(try_once(s->dir, 2, 1, 1, &b, &err), 0);
	assert_ok(gpulease_list(s->dir, &claims, &err), &err);
	gpulease_describe(&claims, &all, &text);
	assert_contains(buf_text(&text), "GPU 0 by run 0192f0a1b2c3 of ");
	assert_contains(buf_text(&text), "; 1 run in the queue");
	gpulease_free(a);
	gpulease_free(b);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

static const struct CMUnitTest tests[] = {
	CASE(gpulease_try__taken__is_refused_and_free_again_after),
	CASE(gpulease_try__more_than_there_are__never),
	CASE(gpulease_try__two_vendors__all_of_one),
	CASE(gpulease__holder_killed__its_gpu_is_free),
	CASE(gpulease__five_waiters__are_served_in_their_order),
	CASE(gpulease__a_waiter_that_dies__is_skipped),
	CASE(gpulease__who_needs_less__does_not_pass),
	CASE(gpulease__many_at_once__never_two),
	CASE(gpulease__traps_in_the_folder__are_refused_or_passed_over),
	CASE(gpulease__a_strict_umask__does_not_shut_others_out),
	CASE(gpulease_describe__names_holders_and_the_queue),
};
WB_TEST_MAIN(tests)
