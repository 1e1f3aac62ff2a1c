/* engine/manifest.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/manifest.h"

enum { MANY = 1000 };

/* Of enough files that it is written in several pieces. */
static void manifest_write__many_outputs__is_the_canonical_document(void **state)
{
	static struct collected_file files[MANY];
	struct collected c = { .files = files, .n_files = MANY };
	CLEANUP(buf_release) struct buf want = BUF_INIT(LIMIT_JSON), got = BUF_INIT(LIMIT_JSON);
	CLEANUP(jval_free) struct jval *m = jval_object(), *all = NULL;
	CLEANUP(free) char *path = mem_printf("%s/manifest.json", wb_test_tmpdir());
	struct digest digest, whole;
	struct jval *outputs;
	struct error err = { 0 };
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	(void)state;
	jval_set_text(m, "spool", "last \"of\" all");
	jval_set_int(m, "v", 1);
	jval_set_text(m, "log", "first");
	all = jval_copy(m);
	outputs = jval_set(all, "outputs", jval_array());
	for (size_t i = 0; i < MANY; i++) {
		struct jval *v = jval_push(outputs, jval_object());

		files[i].path = mem_printf("folder \"%zu\"/file", i);
		files[i].bytes = i;
		files[i].digest = digest_of(&i, sizeof i);
		jval_set_text(v, "path", files[i].path);
		jval_set_int(v, "bytes", (int64_t)i);
		jval_set_text(v, "sha256", digest_hex(&files[i].digest).text);
	}
	jval_format(all, JVAL_CANONICAL, &want);
	buf_putc(&want, '\n');
	assert_true(fd >= 0);
	assert_ok(manifest_write(fd, m, &c, &digest, &err), &err);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_ok(fs_read_fd(fd, path, &got, &err), &err);
	assert_string_equal(buf_text(&got), buf_text(&want));
	whole = digest_of(want.data, want.len);
	assert_true(digest_eq(&digest, &whole));
	close(fd);
	for (size_t i = 0; i < MANY; i++)
		free(files[i].path);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(manifest_write__many_outputs__is_the_canonical_document),
};

WB_TEST_MAIN(tests)
