/* sandbox/gpu.c and gpu_show.c, on trees of files that look like a machine's. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/gpu.h"

struct scene {
	char *root;
	struct gpu_list found;
	struct sandbox_plan *plan;
};

static int scene_setup(void **state)
{
	struct scene *s = mem_zalloc(sizeof *s);

	s->root = mem_printf("%s/root-XXXXXX", wb_test_tmpdir());
	assert_non_null(mkdtemp(s->root));
	*state = s;
	return 0;
}

static int scene_teardown(void **state)
{
	struct scene *s = *state;

	gpu_list_release(&s->found);
	plan_free(s->plan);
	free(s->root);
	free(s);
	return 0;
}

static void put(const struct scene *s, const char *name, const char *text)
{
	wb_test_put(s->root, name, text);
}

static void put_information(const struct scene *s, const char *pci, const char *text)
{
	CLEANUP(free) char *name = mem_printf("proc/driver/nvidia/gpus/%s/information", pci);

	put(s, name, text);
}

/* GPU number i, as driver 550 shows it. */
static void put_nvidia(const struct scene *s, const char *pci, int i)
{
	CLEANUP(free) char *text = mem_printf("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 123\n"
					      "GPU UUID: \t GPU-0000000%d-aaaa-bbbb-cccc-0123456789ab\nVideo BIOS: \t 96.00\n"
					      "Bus Type: \t PCIe\nDevice Minor: \t %d\nGPU Excluded:\t No\n", i, i);
	CLEANUP(free) char *node = mem_printf("dev/nvidia%d", i);
	CLEANUP(free) char *numa = mem_printf("sys/devices/pci0000:00/%s/numa_node", pci);
	CLEANUP(free) char *links = mem_printf("%s/sys/bus/pci/devices", s->root);
	CLEANUP(free) char *link = mem_printf("%s/%s", links, pci);
	CLEANUP(free) char *leads = mem_printf("../../../devices/pci0000:00/%s", pci);
	struct error err = { 0 };

	put_information(s, pci, text);
	put(s, node, "");
	put(s, numa, "0\n");
	assert_ok(fs_mkdir_p(AT_FDCWD, links, 0700, &err), &err);
	assert_int_equal(symlink(leads, link), 0);
}

static void put_nvidia_rest(const struct scene *s)
{
	put(s, "dev/nvidiactl", "");
	put(s, "dev/nvidia-uvm", "");
	put(s, "dev/nvidia-uvm-tools", "");
	put(s, "proc/driver/nvidia/version", "NVRM version: 550\n");
	put(s, "proc/driver/nvidia/params", "DeviceFileUID: 0\nModifyDeviceFiles: 1\nDeviceFileGID: 0\n");
}

static void put_kfd(const struct scene *s, int node, const char *properties)
{
	CLEANUP(free) char *name = mem_printf("sys/devices/virtual/kfd/kfd/topology/nodes/%d/properties", node);
	CLEANUP(free) char *dir = mem_printf("%s/sys/class/kfd", s->root);
	CLEANUP(free) char *link = mem_printf("%s/kfd", dir);
	struct error err = { 0 };

	put(s, name, properties);
	assert_ok(fs_mkdir_p(AT_FDCWD, dir, 0700, &err), &err);
	if (!fs_exists(AT_FDCWD, link))
		assert_int_equal(symlink("../../devices/virtual/kfd/kfd", link), 0);
}

static void put_amd(const struct scene *s)
{
	put_kfd(s, 0, "cpu_cores_count 16\nsimd_count 0\nlocation_id 0\ndomain 0\ndrm_render_minor 0\n");
	put_kfd(s, 1, "cpu_cores_count 0\nsimd_count 416\nvendor_id 4098\nlocation_id 768\ndomain 0\n"
		      "drm_render_minor 128\nunique_id 7291634861925371213\n");
	put(s, "sys/devices/virtual/kfd/kfd/topology/nodes/1/name", "gfx90a\n");
	put(s, "dev/kfd", "");
	put(s, "dev/dri/renderD128", "");
}

static const struct plan_mount *mount_at(const struct sandbox_plan *p, const char *target)
{
	for (size_t i = 0; i < p->mount_count; i++)
		if (str_eq(p->mounts[i].target, target))
			return &p->mounts[i];
	return NULL;
}

/* A plan that holds what gpu_show() builds upon, and shows the granted. */
static void make_plan(struct scene *s, int tier, const struct gpu_list *granted)
{
	struct error err = { 0 };

	s->plan = plan_new(tier);
	plan_add_proc(s->plan);
	plan_add_dev(s->plan, 0, 0);
	plan_set_env(s->plan, "CUDA_VISIBLE_DEVICES", "");
	gpu_hide(s->plan, s->root);
	gpu_show(s->plan, s->root, granted);
	plan_set_exec(s->plan, "/bin/true");
	plan_add_arg(s->plan, "true");
	plan_set_cwd(s->plan, "/");
	assert_ok(plan_check(s->plan, &err), &err);
}

static void gpu_find__no_driver__finds_none(void **state)
{
	struct scene *s = *state;

	gpu_find(s->root, &s->found);
	assert_int_equal(s->found.n, 0);
}

static void gpu_find__four_of_nvidia__in_the_order_of_their_addresses(void **state)
{
	struct scene *s = *state;

	/* Minors are handed out in another order than addresses. */
	put_nvidia(s, "0000:c1:00.0", 0);
	put_nvidia(s, "0000:0a:00.0", 3);
	put_nvidia(s, "0000:81:00.0", 1);
	put_nvidia(s, "0001:01:00.0", 2);
	gpu_find(s->root, &s->found);
	assert_int_equal(s->found.n, 4);
	assert_string_equal(s->found.items[0].pci, "0000:0a:00.0");
	assert_string_equal(s->found.items[3].pci, "0001:01:00.0");
	assert_string_equal(s->found.items[0].nodes[0], "/dev/nvidia3");
	assert_string_equal(s->found.items[0].name, "NVIDIA H100 80GB HBM3");
	assert_string_equal(s->found.items[0].uuid, "GPU-00000003-aaaa-bbbb-cccc-0123456789ab");
	assert_string_equal(s->found.items[0].trouble, "");
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(s->found.items[i].index, i);
		assert_true(s->found.items[i].key != 0 && s->found.items[i].key < UINT64_C(1) << 56);
		for (size_t k = 0; k < i; k++)
			assert_true(s->found.items[i].key != s->found.items[k].key);
	}
}

static void gpu_find__senseless_files__make_it_unusable_and_say_why(void **state)
{
	static const struct {
		const char *text, *trouble;
	} cases[] = {
		{ "", "does not say which node it has" },
		{ "Model:\nDevice Minor:\n", "does not say which node it has" },
		{ "Device Minor: -1\n", "does not say which node it has" },
		{ "Device Minor: 99999999999999999999\n", "does not say which node it has" },
		{ "Device Minor: 0x1\n", "does not say which node it has" },
		{ "Device Minor: 7\n", "there is no /dev/nvidia7" },
		{ "Device Minor: 7\nGPU Excluded: Yes\n", "told to leave it alone" },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		put_information(s, "0000:01:00.0", cases[i].text);
		gpu_find(s->root, &s->found);
		assert_int_equal(s->found.n, 1);
		assert_contains(s->found.items[0].trouble, cases[i].trouble);
		gpu_list_release(&s->found);
	}
}

static void gpu_find__hostile_texts__never_reach_a_terminal(void **state)
{
	struct scene *s = *state;
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);

	buf_puts(&text, "Model: \033[31mred\007 ");
	for (int i = 0; i < 5000; i++)
		buf_puts(&text, "\033]0;");
	buf_puts(&text, "\nGPU UUID: GPU-$(rm -rf /)\nDevice Minor: 0\n");
	put_information(s, "0000:01:00.0", buf_text(&text));
	put_information(s, "../../etc", "Device Minor: 1\n");
	put_information(s, "0000:01:00.00", "Device Minor: 1\n");
	put_information(s, "0000:01:00", "Device Minor: 1\n");
	put_information(s, "0000:01:3f.0", "Device Minor: 1\n");
	put(s, "dev/nvidia0", "");
	gpu_find(s->root, &s->found);
	assert_int_equal(s->found.n, 1);
	assert_contains(s->found.items[0].name, "\\x1b[31mred");
	assert_null(strchr(s->found.items[0].name, '\033'));
	assert_string_equal(s->found.items[0].uuid, "");
}

static void gpu_find__split_gpu__its_instances(void **state)
{
	static const char mig[] = "proc/driver/nvidia/capabilities/gpu0/mig";
	struct scene *s = *state;
	const char *const dirs[] = { "gi1/access", "gi1/ci0/access", "gi2/access", "gi2/ci0/access", "gi2/ci1/access" };

	put_nvidia(s, "0000:01:00.0", 0);
	for (size_t i = 0; i < 5; i++) {
		CLEANUP(free) char *name = mem_printf("%s/%s", mig, dirs[i]);
		CLEANUP(free) char *text = mem_printf("DeviceFileMinor: %zu\nDeviceFileMode: 292\n", 10 + i);
		CLEANUP(free) char *node = mem_printf("dev/nvidia-caps/nvidia-cap%zu", 10 + i);

		put(s, name, text);
		put(s, node, "");
	}
	gpu_find(s->root, &s->found);
	assert_int_equal(s->found.n, 3);
	assert_int_equal(s->found.items[2].instance[0], 2);
	assert_int_equal(s->found.items[2].instance[1], 1);
	assert_int_equal(s->found.items[2].node_count, 3);
	assert_string_equal(s->found.items[2].nodes[0], "/dev/nvidia0");
	assert_string_equal(s->found.items[2].nodes[1], "/dev/nvidia-caps/nvidia-cap12");
	assert_string_equal(s->found.items[2].nodes[2], "/dev/nvidia-caps/nvidia-cap14");
	assert_true(s->found.items[0].key != s->found.items[1].key && s->found.items[1].key != s->found.items[2].key);
	/* Two of them in one run share the node of their GPU, and only that. */
	s->found.n = 2;
	put_nvidia_rest(s);
	make_plan(s, 1, &s->found);
	assert_non_null(mount_at(s->plan, "/dev/nvidia-caps/nvidia-cap11"));
	assert_null(mount_at(s->plan, "/dev/nvidia-caps/nvidia-cap14"));
	assert_non_null(mount_at(s->plan, "/proc/driver/nvidia/capabilities/gpu0/mig/gi2/ci0"));
	assert_null(mount_at(s->plan, "/proc/driver/nvidia/capabilities/gpu0/mig/gi2/ci1"));
	assert_null(plan_get_env(s->plan, "CUDA_VISIBLE_DEVICES"));
}

static void gpu_find__nodes_without_the_drivers_folder__are_gpus(void **state)
{
	struct scene *s = *state;

	put(s, "dev/nvidia0", "");
	put(s, "dev/nvidia5", "");
	put(s, "dev/nvidiactl", "");
	gpu_find(s->root, &s->found);
	assert_int_equal(s->found.n, 2);
	assert_string_equal(s->found.items[1].nodes[0], "/dev/nvidia5");
	assert_true(s->found.items[0].key != s->found.items[1].key);
}

static void gpu_find__amd__by_the_nodes_that_compute(void **state)
{
	struct scene *s = *state;

	put_amd(s);
	gpu_find(s->root, &s->found);
	assert_int_equal(s->found.n, 1);
	assert_int_equal(s->found.items[0].vendor, GPU_AMD);
	assert_string_equal(s->found.items[0].pci, "0000:03:00.0");
	assert_string_equal(s->found.items[0].name, "gfx90a");
	assert_string_equal(s->found.items[0].uuid, "GPU-6531174630ea8d4d");
	assert_string_equal(s->found.items[0].nodes[0], "/dev/dri/renderD128");
	assert_string_equal(s->found.items[0].trouble, "");
	make_plan(s, 1, &s->found);
	assert_int_equal(mount_at(s->plan, "/dev/kfd")->kind, PLAN_DEVICE);
	assert_int_equal(mount_at(s->plan, "/dev/dri/renderD128")->kind, PLAN_DEVICE);
	assert_int_equal(mount_at(s->plan, "/sys/class/kfd/kfd")->kind, PLAN_SYMLINK);
	assert_int_equal(mount_at(s->plan, "/sys/devices/virtual/kfd/kfd")->kind, PLAN_RO_BIND);
	assert_string_equal(plan_get_env(s->plan, "ROCR_VISIBLE_DEVICES"), "0");
	assert_string_equal(plan_get_env(s->plan, "HIP_VISIBLE_DEVICES"), "0");
}

static void gpu_find__amd_without_kfd_node__is_not_usable(void **state)
{
	struct scene *s = *state;
	CLEANUP(free) char *kfd = mem_printf("%s/dev/kfd", s->root);

	put_amd(s);
	unlink(kfd);
	gpu_find(s->root, &s->found);
	assert_contains(s->found.items[0].trouble, "there is no /dev/kfd");
}

static void gpu_show__one_of_two__only_its_own_files(void **state)
{
	struct scene *s = *state;
	struct gpu_list granted = { 0 };
	const struct plan_mount *node, *params, *device;

	put_nvidia(s, "0000:01:00.0", 0);
	put_nvidia(s, "0000:02:00.0", 1);
	put_nvidia_rest(s);
	gpu_find(s->root, &s->found);
	gpu_list_add(&granted, &s->found.items[1]);
	make_plan(s, 1, &granted);
	node = mount_at(s->plan, "/dev/nvidia1");
	assert_int_equal(node->kind, PLAN_DEVICE);
	assert_true(str_starts(node->source, s->root));
	assert_non_null(mount_at(s->plan, "/dev/nvidiactl"));
	assert_non_null(mount_at(s->plan, "/dev/nvidia-uvm-tools"));
	assert_null(mount_at(s->plan, "/dev/nvidia0"));
	assert_int_equal(mount_at(s->plan, "/proc/driver")->kind, PLAN_BLANK);
	assert_non_null(mount_at(s->plan, "/proc/driver/nvidia/gpus/0000:02:00.0"));
	assert_null(mount_at(s->plan, "/proc/driver/nvidia/gpus/0000:01:00.0"));
	params = mount_at(s->plan, "/proc/driver/nvidia/params");
	assert_string_equal(params->text, "DeviceFileUID: 0\nModifyDeviceFiles: 0\nDeviceFileGID: 0\n");
	device = mount_at(s->plan, "/sys/devices/pci0000:00/0000:02:00.0");
	assert_int_equal(device->kind, PLAN_RO_BIND);
	assert_string_equal(mount_at(s->plan, "/sys/bus/pci/devices/0000:02:00.0")->source,
			    "../../../devices/pci0000:00/0000:02:00.0");
	assert_null(mount_at(s->plan, "/sys/devices/pci0000:00/0000:01:00.0"));
	assert_string_equal(plan_get_env(s->plan, "CUDA_VISIBLE_DEVICES"), "0");
	assert_string_equal(plan_get_env(s->plan, "CUDA_DEVICE_ORDER"), "PCI_BUS_ID");
	assert_null(plan_get_env(s->plan, "LD_LIBRARY_PATH"));
	gpu_list_release(&granted);
}

static void gpu_show__libraries_at_an_odd_place__are_found(void **state)
{
	struct scene *s = *state;

	put_nvidia(s, "0000:01:00.0", 0);
	put(s, "usr/local/nvidia/lib64/libcuda.so.1", "");
	gpu_find(s->root, &s->found);
	make_plan(s, 1, &s->found);
	assert_string_equal(plan_get_env(s->plan, "LD_LIBRARY_PATH"), "/usr/local/nvidia/lib64");
}

static void gpu_show__none_granted__hides_the_driver_and_adds_nothing(void **state)
{
	struct scene *s = *state;
	const struct gpu_list none = { 0 };

	put_nvidia(s, "0000:01:00.0", 0);
	put_nvidia_rest(s);
	make_plan(s, 1, &none);
	assert_int_equal(s->plan->mount_count, 3);
	assert_int_equal(s->plan->mounts[2].kind, PLAN_BLANK);
	assert_string_equal(plan_get_env(s->plan, "CUDA_VISIBLE_DEVICES"), "");
}

static void gpu_show__tier_2__names_host_paths_only(void **state)
{
	struct scene *s = *state;

	put_nvidia(s, "0000:01:00.0", 0);
	put_nvidia_rest(s);
	gpu_find(s->root, &s->found);
	make_plan(s, 2, &s->found);
	for (size_t i = 0; i < s->plan->mount_count; i++)
		assert_true(s->plan->mounts[i].kind != PLAN_BLANK && s->plan->mounts[i].kind != PLAN_SYMLINK);
	assert_string_equal(plan_get_env(s->plan, "CUDA_VISIBLE_DEVICES"), "0");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(gpu_find__no_driver__finds_none, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(gpu_find__four_of_nvidia__in_the_order_of_their_addresses, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(gpu_find__senseless_files__make_it_unusable_and_say_why, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(gpu_find__hostile_texts__never_reach_a_terminal, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(gpu_find__split_gpu__its_instances, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(gpu_find__nodes_without_the_drivers_folder__are_gpus, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(gpu_find__amd__by_the_nodes_that_compute, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(gpu_find__amd_without_kfd_node__is_not_usable, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(gpu_show__one_of_two__only_its_own_files, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(gpu_show__libraries_at_an_odd_place__are_found, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(gpu_show__none_granted__hides_the_driver_and_adds_nothing, scene_setup, scene_teardown),
	cmocka_unit_test_setup_teardown(gpu_show__tier_2__names_host_paths_only, scene_setup, scene_teardown),
};
WB_TEST_MAIN(tests)
