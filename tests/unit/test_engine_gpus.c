/* engine/gpus.c: what is told of a run's GPUs. Getting them is test_engine_gpulease.c's and a journey's. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/gpus.h"

static struct gpu_list three(void)
{
	struct gpu_list l = { 0 };
	struct gpu g = { .vendor = GPU_NVIDIA, .name = "H100", .uuid = "GPU-1", .pci = "0000:01:00.0", .instance = { -1, -1 }, .minor = 4 };

	gpu_list_add(&l, &g);
	g.index = 1;
	g.minor = 5;
	g.uuid[0] = 0;
	gpu_list_add(&l, &g);
	g = (struct gpu){ .vendor = GPU_AMD, .pci = "0000:03:00.0", .instance = { -1, -1 } };
	gpu_list_add(&l, &g);
	return l;
}

static void gpus_to_jval__what_is_not_known__is_null(void **state)
{
	CLEANUP(gpu_list_release) struct gpu_list l = three();
	CLEANUP(jval_free) struct jval *v = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);

	(void)state;
	l.items[2].instance[0] = 3;
	l.items[2].instance[1] = 0;
	v = gpus_to_jval(&l);
	jval_format(v, JVAL_COMPACT, &text);
	assert_string_equal(buf_text(&text),
			    "[{\"index\":0,\"vendor\":\"NVIDIA\",\"name\":\"H100\",\"uuid\":\"GPU-1\",\"pci\":\"0000:01:00.0\"},"
			    "{\"index\":1,\"vendor\":\"NVIDIA\",\"name\":\"H100\",\"uuid\":null,\"pci\":\"0000:01:00.0\"},"
			    "{\"index\":0,\"vendor\":\"AMD\",\"name\":null,\"uuid\":null,\"pci\":\"0000:03:00.0\","
			    "\"gpu_instance\":3,\"compute_instance\":0}]");
}

static void gpus_summary__equal_ones__are_counted(void **state)
{
	CLEANUP(gpu_list_release) struct gpu_list l = three();
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);

	(void)state;
	gpus_summary(&l, &text);
	assert_string_equal(buf_text(&text), "H100 x2, AMD");
}

static void gpus_sample_words__each_by_what_its_driver_knows_it_by(void **state)
{
	CLEANUP(gpu_list_release) struct gpu_list l = three();
	CLEANUP(words_release) struct words words = { 0 };

	(void)state;
	l.items[1].instance[0] = 7;
	l.items[1].instance[1] = 0;
	l.items[1].minor = 3;
	gpus_sample_words(&l, "/root", &words);
	assert_int_equal(words.n, 3);
	assert_string_equal(words.items[0], "nvidia:4");
	assert_string_equal(words.items[1], "nvidia:3:7:0");
	assert_string_equal(words.items[2], "amd:/root/sys/bus/pci/devices/0000:03:00.0");
}

static void gpus_ask_stop__nobody_hears__is_taken_back(void **state)
{
	struct error err = { 0 };
	CLEANUP(close) int dirfd = fs_open_dir(AT_FDCWD, wb_test_tmpdir(), &err);

	(void)state;
	assert_true(dirfd >= 0);
	assert_false(gpus_unask_stop(dirfd));
	assert_ok(gpus_ask_stop(dirfd, &err), &err);
	assert_ok(gpus_ask_stop(dirfd, &err), &err);
	assert_true(gpus_unask_stop(dirfd));
	assert_null(gpus_waiting(dirfd));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(gpus_to_jval__what_is_not_known__is_null),
	cmocka_unit_test(gpus_summary__equal_ones__are_counted),
	cmocka_unit_test(gpus_sample_words__each_by_what_its_driver_knows_it_by),
	cmocka_unit_test(gpus_ask_stop__nobody_hears__is_taken_back),
};
WB_TEST_MAIN(tests)
