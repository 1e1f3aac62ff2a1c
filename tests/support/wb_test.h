/*
 * The unit-test frame: the only file that includes cmocka.
 *
 *     static void buf_append__past_the_ceiling__drops_and_tells(void **state) { ... }
 *     static const struct CMUnitTest tests[] = {
 *         cmocka_unit_test(buf_append__past_the_ceiling__drops_and_tells),
 *     };
 *     WB_TEST_MAIN(tests)
 *
 * A program runs all its cases and speaks TAP; "--list" names them, any other
 * argument is a pattern (with * and ?) of the cases to run. A failed assert
 * leaves the case by longjmp, so scope cleanups do not run then: what must be
 * undone even after a failure lives in *state and is undone in a teardown, or
 * below wb_test_tmpdir(). A forked child never asserts: it ends by _exit().
 */
#ifndef WB_TESTS_SUPPORT_WB_TEST_H
#define WB_TESTS_SUPPORT_WB_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#if !__has_include(<cmocka.h>)
#error "the unit tests need cmocka (Debian: apt-get install libcmocka-dev)"
#endif
#include <cmocka.h>

#include <stdbool.h>

#include "base/error.h"

#define WB_TEST_MAIN(tests) \
	int main(int argc, char **argv) \
	{ \
		int failed; \
		if (wb_test_start(argc, argv, tests, sizeof tests / sizeof *tests)) \
			return 0; \
		failed = cmocka_run_group_tests_name(argv[0], tests, NULL, NULL); \
		return wb_test_finish(failed); \
	}

/* The top of the source tree: for corpora, goldens and other files kept there. */
const char *wb_test_srcdir(void);

/* The top of the build tree: programs lie there. */
const char *wb_test_builddir(void);

/* A fresh folder (mode 0700), removed when the program ends, however its cases end. WB_TEST_KEEP=1 keeps it. */
const char *wb_test_tmpdir(void);

/* Makes DIR/NAME hold text, with missing folders on the way. */
void wb_test_put(const char *dir, const char *name, const char *text);

/* The contents of DIR/NAME, valid until the program ends; NULL where there is no such file. */
const char *wb_test_slurp(const char *dir, const char *name);

/* Leaves the case as skipped and says why. */
#define wb_test_skip(why) \
	do { \
		print_message("# skip: %s: %s\n", __func__, (why)); \
		skip(); \
	} while (0)

/* True in builds whose fault points work (--enable-faults). */
bool wb_test_has_faults(void);

/* expr returns >= 0; otherwise the case fails with err's text. */
#define assert_ok(expr, err) wb_test_assert_ok((expr), (err), #expr, __FILE__, __LINE__)

/* expr returns -1 and err holds code_ and a message that contains part. */
#define assert_refused(expr, err, code_, part) \
	wb_test_assert_refused((expr), (err), (code_), (part), #expr, __FILE__, __LINE__)

/* text contains part. */
#define assert_contains(text, part) wb_test_assert_contains((text), (part), __FILE__, __LINE__)

int wb_test_start(int argc, char **argv, const struct CMUnitTest *tests, size_t n);
int wb_test_finish(int failed);
void wb_test_assert_ok(long rc, const struct error *err, const char *expr, const char *file, int line);
void wb_test_assert_refused(long rc, const struct error *err, enum error_code code, const char *part, const char *expr,
			    const char *file, int line);
void wb_test_assert_contains(const char *text, const char *part, const char *file, int line);

#endif
