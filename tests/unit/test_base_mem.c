/* base/mem.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

static void mem_reserve__overflowing_size__aborts_with_one_line(void **state)
{
	int out[2], status;
	char said[100] = "";
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		struct rlimit no_core = { 0 };
		int *array = NULL;
		size_t cap = 0;

		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		dup2(out[1], STDERR_FILENO);
		mem_reserve(&array, &cap, SIZE_MAX / 2);
		_exit(0);
	}
	close(out[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(read(out[0], said, sizeof said - 1) > 0);
	close(out[0]);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_string_equal(said, "wb: out of memory\n");
}

static void mem_reserve__grows_and_keeps(void **state)
{
	CLEANUP(free) int *array = NULL;
	size_t cap = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		mem_reserve(&array, &cap, (size_t)i + 1);
		array[i] = i;
	}
	assert_true(cap >= 1000 && cap < 3000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(array[i], i);
}

static void mem_alloc__zero_bytes__is_a_pointer(void **state)
{
	CLEANUP(free) void *a = mem_alloc(0), *b = mem_dup("", 0), *c = mem_calloc(0, 0);
	CLEANUP(free) char *s = mem_strndup("abcdef", 3), *p = mem_printf("%s-%d", "x", 7);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_non_null(c);
	assert_null(mem_strdup(NULL));
	assert_string_equal(s, "abc");
	assert_string_equal(p, "x-7");
}

static void arena_alloc__past_its_ceiling__is_null_and_stays_usable(void **state)
{
	struct arena *a = arena_new(1000);

	(void)state;
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, 1001));
	assert_non_null(arena_alloc(a, 900));
	assert_null(arena_alloc(a, 200));
	assert_non_null(arena_alloc(a, 16));
	assert_true(arena_used(a) <= 1000);
	arena_free(a);
}

static void arena_alloc__many_sizes__aligned_and_apart(void **state)
{
	struct arena *a = arena_new(64 << 20);
	unsigned char *last = NULL;
	size_t last_size = 0;

	(void)state;
	for (size_t size = 1; size < 20000; size += 37) {
		unsigned char *p = arena_alloc(a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		memset(p, (int)size & 0xff, size);
		for (size_t i = 0; i < last_size; i++)
			assert_int_equal(last[i], last_size & 0xff);
		last = p;
		last_size = size;
	}
	arena_free(a);
	arena_free(NULL);
}

static void arena_reset__after_much__all_of_it_is_there_again(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	arena_reset(a);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 60; i++)
			memset(arena_alloc(a, 16 << 10), round, 16 << 10);
		assert_int_equal(arena_used(a), 60 * (16 << 10));
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(mem_reserve__overflowing_size__aborts_with_one_line),
	cmocka_unit_test(mem_reserve__grows_and_keeps),
	cmocka_unit_test(mem_alloc__zero_bytes__is_a_pointer),
	cmocka_unit_test(arena_alloc__past_its_ceiling__is_null_and_stays_usable),
	cmocka_unit_test(arena_alloc__many_sizes__aligned_and_apart),
	cmocka_unit_test(arena_reset__after_much__all_of_it_is_there_again),
};

WB_TEST_MAIN(tests)
