/* Cgroups: where they may be made and what is written into them, on a hierarchy of plain files; and on the kernel's own. */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/cgroup.h"
#include "tests/support/wb_test.h"

struct fixture {
	struct cgroup_host host;
};

static int set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);
	struct error err = { 0 };

	f->host = (struct cgroup_host){ .mount = fs_join(wb_test_tmpdir(), "cgroup"), .uid = geteuid(), .file_flags = O_CREAT };
	*state = f;
	return fs_remove_tree(AT_FDCWD, f->host.mount, &err) < 0 || mkdir(f->host.mount, 0755) ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	cgroup_host_release(&f->host);
	free(f);
	return 0;
}

/* The kernel's files of one folder. Returns its path, owned by the caller. */
static char *group(const struct fixture *f, const char *below, const char *controllers, const char *given, const char *procs)
{
	char *dir = fs_join(f->host.mount, below);

	if (*below)
		assert_int_equal(mkdir(dir, 0755), 0);
	wb_test_put(dir, "cgroup.controllers", controllers);
	wb_test_put(dir, "cgroup.subtree_control", given);
	wb_test_put(dir, "cgroup.procs", procs);
	wb_test_put(dir, "cgroup.events", "populated 1\n");
	return dir;
}

static void place__own_has_processes__the_slice_above_is_taken(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free) char *top = group(f, "", "cpu memory pids", "cpu memory pids", "");
	CLEANUP(free) char *slice = group(f, "app.slice", "cpu memory pids", "memory pids", "");
	CLEANUP(free) char *scope = group(f, "app.slice/shell.scope", "memory pids", "", "17\n");
	CLEANUP(free) char *place = NULL;
	struct error err = { 0 };
	unsigned has = 0;

	f->host.own = mem_strdup("/app.slice/shell.scope");
	assert_int_equal(cgroup_place_find(&f->host, CGROUP_MEMORY | CGROUP_PIDS, &place, &has, &err), 1);
	assert_string_equal(place, slice);
	assert_int_equal(has, CGROUP_MEMORY | CGROUP_PIDS);
}

static void place__own_is_empty__its_controllers_can_be_given(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free) char *top = group(f, "", "cpu memory pids", "", "1\n");
	CLEANUP(free) char *own = group(f, "own", "cpu memory pids", "", "");
	CLEANUP(free) char *place = NULL;
	struct error err = { 0 };
	unsigned has = 0;

	f->host.own = mem_strdup("/own");
	assert_int_equal(cgroup_place_find(&f->host, CGROUP_ALL, &place, &has, &err), 1);
	assert_string_equal(place, own);
	assert_int_equal(has, CGROUP_ALL);
}

static void place__folder_of_another_user__is_not_touched(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free) char *top = group(f, "", "cpu memory pids", "cpu memory pids", "");
	CLEANUP(free) char *place = NULL;
	struct error err = { 0 };
	unsigned has;

	f->host.own = mem_strdup("/");
	f->host.uid = geteuid() + 1;
	assert_int_equal(cgroup_place_find(&f->host, CGROUP_ALL, &place, &has, &err), 0);
	/* What root may write anyway is not root's to divide where systemd does that. */
	f->host.uid = 0;
	f->host.is_managed = true;
	assert_int_equal(cgroup_place_find(&f->host, CGROUP_ALL, &place, &has, &err), 0);
}

static void place__own_is_not_there__there_is_none(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free) char *place = NULL;
	struct error err = { 0 };
	unsigned has;

	f->host.own = mem_strdup("/gone/long/ago");
	assert_int_equal(cgroup_place_find(&f->host, CGROUP_ALL, &place, &has, &err), 0);
}

static void make__limits__are_written_and_told(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free) char *top = group(f, "", "cpu memory pids", "memory", "");
	const struct cgroup_limits limits = { .memory_bytes = 1 << 20, .pids = 65, .cpus = 1.5 };
	struct cgroup *c = NULL;
	struct cgroup_usage used;
	struct error err = { 0 };
	char leaf[64];

	f->host.own = mem_strdup("/");
	assert_int_equal(cgroup_make(&f->host, "0123456789abcdef", &limits, false, &c, &err), 1);
	assert_int_equal(cgroup_holds(c), CGROUP_ALL);
	/* Of what was written the kernel makes a list; a plain file has the last word, over the others. */
	assert_int_equal(strncmp(wb_test_slurp(top, "cgroup.subtree_control"), "+cpu", 4), 0);
	snprintf(leaf, sizeof leaf, "/proc/self/fd/%d", cgroup_dirfd(c));
	assert_string_equal(wb_test_slurp(leaf, "memory.max"), "1048576");
	assert_string_equal(wb_test_slurp(leaf, "memory.swap.max"), "0");
	assert_string_equal(wb_test_slurp(leaf, "memory.oom.group"), "1");
	assert_string_equal(wb_test_slurp(leaf, "pids.max"), "65");
	assert_string_equal(wb_test_slurp(leaf, "cpu.max"), "150000 100000");
	wb_test_put(leaf, "memory.peak", "4096\n");
	wb_test_put(leaf, "memory.events", "low 0\nhigh 0\nmax 12\noom 1\noom_kill 3\noom_group_kill 1\n");
	wb_test_put(leaf, "pids.peak", "66\n");
	wb_test_put(leaf, "pids.events", "max 7\n");
	cgroup_read(c, &used);
	assert_int_equal(used.memory_peak, 4096);
	assert_int_equal(used.oom_kills, 3);
	assert_int_equal(used.pids_peak, 66);
	assert_int_equal(used.pids_refused, 7);
	wb_test_put(leaf, "cgroup.kill", "");
	assert_true(cgroup_kill(c));
	assert_string_equal(wb_test_slurp(leaf, "cgroup.kill"), "1");
	/* Plain files keep a folder from going; the kernel's do not. */
	assert_int_equal(cgroup_remove(c, &err), -1);
	error_clear(&err);
}

static void make__nothing_would_hold__makes_nothing(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free) char *top = group(f, "", "hugetlb", "", "");
	const struct cgroup_limits limits = { .memory_bytes = 1 << 20 };
	struct cgroup *c = NULL;
	struct error err = { 0 };

	f->host.own = mem_strdup("/");
	assert_int_equal(cgroup_make(&f->host, "0123456789abcdef", &limits, false, &c, &err), 0);
	assert_null(c);
}

static void make__leaf_of_a_dead_supervisor__is_swept(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free) char *top = group(f, "", "pids", "pids", "");
	const struct cgroup_limits limits = { .pids = 10 };
	CLEANUP(free) char *dead = NULL, *other = NULL, *alive = NULL;
	struct stat ns;
	struct cgroup *c = NULL;
	struct error err = { 0 };

	assert_int_equal(stat("/proc/self/ns/pid", &ns), 0);
	/* The number may be in use again, but not since that time; another namespace's numbers say nothing here. */
	dead = mem_printf("%s/wb-aa-%llx-%d-1", top, (unsigned long long)ns.st_ino, (int)getpid());
	other = mem_printf("%s/wb-bb-%llx-%d-1", top, (unsigned long long)ns.st_ino + 1, (int)getpid());
	alive = mem_printf("%s/wb-something-else", top);
	assert_int_equal(mkdir(dead, 0755), 0);
	assert_int_equal(mkdir(other, 0755), 0);
	assert_int_equal(mkdir(alive, 0755), 0);
	f->host.own = mem_strdup("/");
	assert_int_equal(cgroup_make(&f->host, "0123456789abcdef", &limits, false, &c, &err), 1);
	assert_false(fs_exists(AT_FDCWD, dead));
	assert_true(fs_exists(AT_FDCWD, other));
	assert_true(fs_exists(AT_FDCWD, alive));
	assert_int_equal(cgroup_remove(c, &err), -1);
	error_clear(&err);
}

/* The kernel's own hierarchy, where it lets us: what is in it dies at one word, and it goes. */
static void kernel__processes_in_it__are_killed_together(void **state)
{
	CLEANUP(cgroup_host_release) struct cgroup_host host = { 0 };
	const struct cgroup_limits limits = { 0 };
	struct cgroup *c = NULL;
	struct error err = { 0 };
	char path[64], number[16];
	int status, fd, gate[2];
	pid_t pid;

	(void)state;
	if (cgroup_host_find(&host, &err) != 1 || cgroup_make(&host, "0123456789abcdef", &limits, true, &c, &err) != 1) {
		wb_test_skip("no cgroup v2 here that is ours to divide");
	}
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		char word;

		/* What it forks before it was moved would stay outside. */
		close(gate[1]);
		if (read(gate[0], &word, 1) != 1 || fork() < 0)
			_exit(1);
		for (;;)
			pause();
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d/cgroup.procs", cgroup_dirfd(c));
	snprintf(number, sizeof number, "%d", (int)pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0 && write(fd, number, strlen(number)) > 0);
	close(fd);
	assert_int_equal(write(gate[1], "x", 1), 1);
	close(gate[0]);
	close(gate[1]);
	if (!cgroup_kill(c))
		kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_ok(cgroup_remove(c, &err), &err);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(place__own_has_processes__the_slice_above_is_taken, set_up, tear_down),
	cmocka_unit_test_setup_teardown(place__own_is_empty__its_controllers_can_be_given, set_up, tear_down),
	cmocka_unit_test_setup_teardown(place__folder_of_another_user__is_not_touched, set_up, tear_down),
	cmocka_unit_test_setup_teardown(place__own_is_not_there__there_is_none, set_up, tear_down),
	cmocka_unit_test_setup_teardown(make__limits__are_written_and_told, set_up, tear_down),
	cmocka_unit_test_setup_teardown(make__nothing_would_hold__makes_nothing, set_up, tear_down),
	cmocka_unit_test_setup_teardown(make__leaf_of_a_dead_supervisor__is_swept, set_up, tear_down),
	cmocka_unit_test(kernel__processes_in_it__are_killed_together),
};

WB_TEST_MAIN(tests)
