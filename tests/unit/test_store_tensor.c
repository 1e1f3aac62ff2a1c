/* store/tensor.c, with the real wb-tensor on the files of examples/digits and on small ones made here. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"
#include "store/tensor.h"

static struct tensor_options worker(void **state)
{
	return (struct tensor_options){ .worker_path = *state };
}

static int worker_find(void **state)
{
	*state = fs_join(wb_test_builddir(), "wb-tensor");
	return 0;
}

static int worker_forget(void **state)
{
	free(*state);
	return 0;
}

static int example_open(const char *name)
{
	CLEANUP(free) char *dir = fs_join(wb_test_srcdir(), "examples/digits");
	CLEANUP(free) char *path = fs_join(dir, name);
	struct error err = { 0 };
	int fd = fs_open(AT_FDCWD, path, &err);

	assert_ok(fd, &err);
	return fd;
}

static int bytes_open(const char *bytes, size_t n)
{
	int fd = memfd_create("f", MFD_CLOEXEC);

	assert_true(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	return fd;
}

static const struct tensor_info *find(const struct tensor_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++) {
		if (str_eq(list->tensors[i].path, path))
			return &list->tensors[i];
	}
	fail_msg("no tensor %s", path);
	return NULL;
}

static void list__digits__tells_all(void **state)
{
	struct tensor_options opt = worker(state);
	CLEANUP(close) int fd = example_open("digits.h5");
	CLEANUP(tensor_list_release) struct tensor_list list = { 0 };
	const struct tensor_info *images;
	struct error err = { 0 };

	assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
	assert_ok(tensor_list(fd, "digits.h5", &opt, &list, &err), &err);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 3);
	assert_string_equal(list.file, "digits.h5");
	assert_string_equal(list.format, "hdf5");
	assert_int_equal(list.count, 4);
	assert_int_equal(list.skipped_count, 0);
	images = find(&list, "/train/images");
	assert_string_equal(images->dtype, "uint8");
	assert_int_equal(images->shape.rank, 3);
	assert_int_equal(images->shape.dims[0], 1348);
	assert_int_equal(images->chunks.rank, 3);
	assert_string_equal(images->compression, "gzip");
	assert_string_equal(images->filters, "shuffle+gzip(9)+fletcher32");
	assert_true(images->bytes > 1000 && images->bytes < 1348 * 64);
	assert_null(images->refused);
	assert_int_equal(images->attr_count, 2);
	assert_string_equal(images->attrs[0].name, "axes");
	assert_string_equal(images->attrs[0].text, "image, row, column");
	assert_string_equal(images->attrs[1].text, "16");
}

static void list_to_jval__digits__has_the_promised_members(void **state)
{
	struct tensor_options opt = worker(state);
	CLEANUP(close) int fd = example_open("digits.h5");
	CLEANUP(tensor_list_release) struct tensor_list list = { 0 };
	CLEANUP(jval_free) struct jval *v = NULL;
	const struct jval *t;
	const char *key = NULL;
	const struct jval *first = NULL;
	struct error err = { 0 };

	assert_ok(tensor_list(fd, "digits.h5", &opt, &list, &err), &err);
	v = tensor_list_to_jval(&list);
	assert_non_null(jval_next(v, NULL, &key, &first));
	assert_string_equal(key, "v");
	assert_int_equal(jval_int(first, 0), 1);
	assert_string_equal(jval_get_text(v, "file"), "digits.h5");
	assert_string_equal(jval_get_text(jval_get(v, "attributes"), "license"), "CC BY 4.0");
	t = jval_at(jval_get(v, "tensors"), 0);
	assert_string_equal(jval_get_text(t, "path"), "/test/images");
	assert_int_equal(jval_int(jval_at(jval_get(t, "shape"), 0), 0), 449);
	assert_int_equal(jval_count(jval_get(t, "chunks")), 3);
	assert_string_equal(jval_get_text(t, "dtype"), "uint8");
	assert_int_equal(jval_get_int(jval_get(t, "attributes"), "maximum", 0), 16);
	assert_true(jval_get_int(t, "bytes", 0) > 0);
}

static void tags__patients__is_pii(void **state)
{
	struct tensor_options opt = worker(state);
	CLEANUP(close) int fd = example_open("patients.h5");
	CLEANUP(tensor_tags_release) struct tensor_tags tags = { 0 };
	struct error err = { 0 };

	assert_ok(tensor_tags(fd, "patients.h5", &opt, &tags, &err), &err);
	assert_int_equal(tags.count, 1);
	assert_string_equal(tags.names[0], "PII");
}

static void tags__digits__has_none(void **state)
{
	struct tensor_options opt = worker(state);
	CLEANUP(close) int fd = example_open("digits.h5");
	CLEANUP(tensor_tags_release) struct tensor_tags tags = { 0 };
	struct error err = { 0 };

	assert_ok(tensor_tags(fd, "digits.h5", &opt, &tags, &err), &err);
	assert_int_equal(tags.count, 0);
}

static void tags__commas_blanks_repeats__are_cleaned(void **state)
{
	static const char file[] = "\x33\0\0\0\0\0\0\0{\"__metadata__\":{\"wb.tags\":\" PII ,,PHI, PII, A B\"}}";
	struct tensor_options opt = worker(state);
	CLEANUP(close) int fd = bytes_open(file, 8 + 0x33);
	CLEANUP(tensor_tags_release) struct tensor_tags tags = { 0 };
	struct error err = { 0 };

	assert_int_equal(sizeof file - 1, 8 + 0x33);
	assert_ok(tensor_tags(fd, "m.safetensors", &opt, &tags, &err), &err);
	assert_int_equal(tags.count, 3);
	assert_string_equal(tags.names[0], "PII");
	assert_string_equal(tags.names[1], "PHI");
	assert_string_equal(tags.names[2], "A B");
}

static void list__truncated_hdf5__is_one_clear_line(void **state)
{
	struct tensor_options opt = worker(state);
	CLEANUP(close) int fd = example_open("digits.h5");
	CLEANUP(close) int part = memfd_create("part", MFD_CLOEXEC);
	char head[4000];
	struct tensor_list list = { .count = 7 };
	struct tensor_tags tags = { .count = 7 };
	struct error err = { 0 };

	assert_int_equal(read(fd, head, sizeof head), sizeof head);
	assert_int_equal(write(part, head, sizeof head), sizeof head);
	assert_refused(tensor_list(part, "part\n.h5", &opt, &list, &err), &err, ERR_CORRUPT,
		       "part\\n.h5: not an HDF5 file, or truncated: ");
	assert_null(strchr(err.text, '\n'));
	assert_refused(tensor_tags(part, "part.h5", &opt, &tags, &err), &err, ERR_CORRUPT, "part.h5: not an HDF5 file");
	assert_int_equal(list.count, 7);
	assert_int_equal(tags.count, 7);
}

static void is_container__looks_at_bytes_only(void **state)
{
	CLEANUP(close) int h5 = example_open("digits.h5");
	CLEANUP(close) int csv = example_open("digits.csv.gz");
	CLEANUP(close) int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_true(tensor_is_container(h5));
	assert_false(tensor_is_container(csv));
	assert_false(tensor_is_container(dir));
	assert_false(tensor_is_container(-1));
}

static void release__twice_and_empty__is_fine(void **state)
{
	struct tensor_list list = { 0 };
	struct tensor_tags tags = { 0 };

	(void)state;
	tensor_list_release(&list);
	tensor_list_release(&list);
	tensor_tags_release(&tags);
	tensor_tags_release(&tags);
}

#define WITH_WORKER(test) cmocka_unit_test_setup_teardown(test, worker_find, worker_forget)

static const struct CMUnitTest tests[] = {
	WITH_WORKER(list__digits__tells_all),
	WITH_WORKER(list_to_jval__digits__has_the_promised_members),
	WITH_WORKER(tags__patients__is_pii),
	WITH_WORKER(tags__digits__has_none),
	WITH_WORKER(tags__commas_blanks_repeats__are_cleaned),
	WITH_WORKER(list__truncated_hdf5__is_one_clear_line),
	cmocka_unit_test(is_container__looks_at_bytes_only),
	cmocka_unit_test(release__twice_and_empty__is_fine),
};

WB_TEST_MAIN(tests)
