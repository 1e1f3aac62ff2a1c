/* The unit-test frame: where things lie, temporary folders, asserts on struct error. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

/* What lives until wb_test_finish(). */
static struct {
	char **dirs;
	size_t dir_count, dir_cap;
	char **texts;
	size_t text_count, text_cap;
} kept;

int wb_test_start(int argc, char **argv, const struct CMUnitTest *tests, size_t n)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	if (argc > 1 && str_eq(argv[1], "--list")) {
		for (size_t i = 0; i < n; i++)
			puts(tests[i].name);
		return 1;
	}
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return 0;
}

int wb_test_finish(int failed)
{
	struct error err = { 0 };

	for (size_t i = 0; i < kept.dir_count; i++) {
		if (getenv("WB_TEST_KEEP"))
			printf("# kept %s\n", kept.dirs[i]);
		else if (fs_remove_tree(AT_FDCWD, kept.dirs[i], &err) < 0)
			printf("# %s\n", err.text);
		free(kept.dirs[i]);
	}
	for (size_t i = 0; i < kept.text_count; i++)
		free(kept.texts[i]);
	free(kept.dirs);
	free(kept.texts);
	return failed ? 1 : 0;
}

static const char *environment_or(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

const char *wb_test_srcdir(void)
{
	return environment_or("WB_TEST_SRCDIR", WB_TEST_SRCDIR);
}

const char *wb_test_builddir(void)
{
	return environment_or("WB_TEST_BUILDDIR", WB_TEST_BUILDDIR);
}

const char *wb_test_tmpdir(void)
{
	char *dir = mem_printf("%s/wb-test-XXXXXX", environment_or("TMPDIR", "/tmp"));

	if (!mkdtemp(dir)) {
		free(dir);
		fail_msg("no temporary folder can be made");
	}
	mem_reserve(&kept.dirs, &kept.dir_cap, kept.dir_count + 1);
	kept.dirs[kept.dir_count++] = dir;
	return dir;
}

void wb_test_put(const char *dir, const char *name, const char *text)
{
	CLEANUP(free) char *path = fs_join(dir, name);
	CLEANUP(free) char *parent = mem_strndup(path, (size_t)(fs_basename(path) - path));
	struct error err = { 0 };
	FILE *f;

	assert_ok(fs_mkdir_p(AT_FDCWD, parent, 0755, &err), &err);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		fail_msg("%s cannot be written", path);
}

const char *wb_test_slurp(const char *dir, const char *name)
{
	CLEANUP(free) char *path = fs_join(dir, name);
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * LIMIT_MIB);
	struct error err = { 0 };

	if (!fs_exists(AT_FDCWD, path))
		return NULL;
	assert_ok(fs_read_file(AT_FDCWD, path, &text, &err), &err);
	mem_reserve(&kept.texts, &kept.text_cap, kept.text_count + 1);
	kept.texts[kept.text_count] = buf_take(&text);
	return kept.texts[kept.text_count++];
}

bool wb_test_has_faults(void)
{
#ifdef WB_FAULTS
	return true;
#else
	return false;
#endif
}

void wb_test_assert_ok(long rc, const struct error *err, const char *expr, const char *file, int line)
{
	if (rc >= 0)
		return;
	print_error("# %s: %s (%s)\n", expr, err->text, error_code_name(err->code));
	_fail(file, line);
}

void wb_test_assert_refused(long rc, const struct error *err, enum error_code code, const char *part, const char *expr,
			    const char *file, int line)
{
	if (rc < 0 && err->code == code && strstr(err->text, part))
		return;
	print_error("# %s gave %ld, code %s, '%s'; expected -1, code %s, and '%s' in the text\n", expr, rc,
		    error_code_name(err->code), err->text, error_code_name(code), part);
	_fail(file, line);
}

void wb_test_assert_contains(const char *text, const char *part, const char *file, int line)
{
	if (text && strstr(text, part))
		return;
	print_error("# '%s' does not contain '%s'\n", text ? text : "(null)", part);
	_fail(file, line);
}
