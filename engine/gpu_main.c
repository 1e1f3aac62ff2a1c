/*
 * wb-gpu: what some GPUs are doing, a line each and round, for wb-supervisor.
 *
 *     wb-gpu SECONDS nvidia:MINOR[:GPU-INSTANCE:COMPUTE-INSTANCE] | amd:FOLDER ...
 *         ->  "0 97 85899345920": number, percent, bytes in use; '-': unknown
 *
 * Of an instance of a GPU that is split up (MIG) the driver tells the memory, not the percentage.
 *
 * A process of its own, so that the vendor's library (found when it runs, never linked) and the memory it takes are not
 * the supervisor's, and its crash is nobody's but its own. It ends with its standard input.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

/* The few names of NVML that are needed, as its documentation gives them (NVML API reference, device queries). */
typedef int nvml_init_fn(void);
typedef int nvml_count_fn(unsigned *count);
typedef int nvml_handle_fn(unsigned index, void **device);
typedef int nvml_minor_fn(void *device, unsigned *minor);
struct nvml_utilization {
	unsigned gpu, memory;
};
typedef int nvml_utilization_fn(void *device, struct nvml_utilization *out);
struct nvml_memory {
	unsigned long long total, free, used;
};
typedef int nvml_memory_fn(void *device, struct nvml_memory *out);
typedef int nvml_instance_fn(void *device, unsigned index, void **instance);
typedef int nvml_number_fn(void *instance, unsigned *number);

struct nvml {
	nvml_init_fn *init;
	nvml_count_fn *count;
	nvml_handle_fn *handle;
	nvml_minor_fn *minor;
	nvml_utilization_fn *utilization;
	nvml_memory_fn *memory;
	/* Of split GPUs; NULL: a library from before there were any. */
	nvml_number_fn *instances, *gpu_instance, *compute_instance;
	nvml_instance_fn *instance;
};

struct device {
	void *handle;        /* NVIDIA; NULL: none */
	const char *folder;  /* AMD */
};

/* ISO C has no cast from an object pointer to a function pointer; POSIX wants this one to work. */
static bool symbol(void *library, const char *name, void *out)
{
	void *at = dlsym(library, name);

	memcpy(out, &at, sizeof at);
	return at != NULL;
}

static bool nvml_open(struct nvml *n)
{
	static const char *const names[] = { "libnvidia-ml.so.1", "/usr/local/nvidia/lib64/libnvidia-ml.so.1",
					     "/usr/lib/wsl/lib/libnvidia-ml.so.1" };
	void *library = NULL;

	for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++)
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (library && !(symbol(library, "nvmlDeviceGetMaxMigDeviceCount", &n->instances) &&
			 symbol(library, "nvmlDeviceGetMigDeviceHandleByIndex", &n->instance) &&
			 symbol(library, "nvmlDeviceGetGpuInstanceId", &n->gpu_instance) &&
			 symbol(library, "nvmlDeviceGetComputeInstanceId", &n->compute_instance)))
		n->instances = NULL;
	return library && symbol(library, "nvmlInit_v2", &n->init) && symbol(library, "nvmlDeviceGetCount_v2", &n->count) &&
	       symbol(library, "nvmlDeviceGetHandleByIndex_v2", &n->handle) &&
	       symbol(library, "nvmlDeviceGetMinorNumber", &n->minor) &&
	       symbol(library, "nvmlDeviceGetUtilizationRates", &n->utilization) &&
	       symbol(library, "nvmlDeviceGetMemoryInfo", &n->memory) && n->init() == 0;
}

static void *nvml_find(const struct nvml *n, unsigned minor)
{
	unsigned count = 0;

	if (n->count(&count) != 0)
		return NULL;
	for (unsigned i = 0; i < count && i < 1024; i++) {
		void *device = NULL;
		unsigned got = 0;

		if (n->handle(i, &device) == 0 && n->minor(device, &got) == 0 && got == minor)
			return device;
	}
	return NULL;
}

/* The instance of that GPU with those two numbers; NULL: it has none such, or is not split. */
static void *nvml_instance(const struct nvml *n, void *gpu, unsigned gi, unsigned ci)
{
	unsigned count = 0;

	if (!gpu || !n->instances || n->instances(gpu, &count) != 0)
		return NULL;
	for (unsigned i = 0; i < count && i < 64; i++) {
		void *instance = NULL;
		unsigned got[2];

		if (n->instance(gpu, i, &instance) == 0 && n->gpu_instance(instance, &got[0]) == 0 &&
		    n->compute_instance(instance, &got[1]) == 0 && got[0] == gi && got[1] == ci)
			return instance;
	}
	return NULL;
}

/* "4", or "4:7:0". */
static void *nvml_named(const struct nvml *n, const char *name)
{
	unsigned number[3];
	char beyond;

	switch (sscanf(name, "%u:%u:%u%c", &number[0], &number[1], &number[2], &beyond)) {
	case 1:
		return strchr(name, ':') ? NULL : nvml_find(n, number[0]);
	case 3:
		return nvml_instance(n, nvml_find(n, number[0]), number[1], number[2]);
	default:
		return NULL;
	}
}

/* A number alone in a file, or -1. */
static int64_t number_in(const char *folder, const char *name)
{
	CLEANUP(free) char *path = fs_join(folder, name);
	CLEANUP(buf_release) struct buf text = BUF_INIT(256);
	CLEANUP(free) char *word = NULL;
	struct error ignored = { 0 };
	int64_t value;

	if (fs_read_file(AT_FDCWD, path, &text, &ignored) < 0)
		return -1;
	word = mem_strndup(buf_text(&text), strcspn(buf_text(&text), "\n"));
	return str_parse_i64(word, &value, &ignored) < 0 || value < 0 ? -1 : value;
}

static void put_number(struct buf *out, int64_t value)
{
	if (value < 0)
		buf_puts(out, " -");
	else
		buf_printf(out, " %lld", (long long)value);
}

static void sample(const struct nvml *n, const struct device *d, struct buf *out)
{
	int64_t percent = -1, bytes = -1;
	struct nvml_utilization use = { 0 };
	struct nvml_memory memory = { 0 };

	if (d->handle && n->utilization(d->handle, &use) == 0)
		percent = use.gpu;
	if (d->handle && n->memory(d->handle, &memory) == 0)
		bytes = (int64_t)memory.used;
	if (d->folder) {
		percent = number_in(d->folder, "gpu_busy_percent");
		bytes = number_in(d->folder, "mem_info_vram_used");
	}
	put_number(out, percent);
	put_number(out, bytes);
}

/* One round. False when nobody reads any more. */
static bool tell(const struct nvml *n, const struct device *devices, size_t count)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(256 * 1024);
	struct error ignored = { 0 };

	for (size_t i = 0; i < count; i++) {
		buf_printf(&text, "%zu", i);
		sample(n, &devices[i], &text);
		buf_putc(&text, '\n');
	}
	return fs_write_all(STDOUT_FILENO, "the pipe", text.data, text.len, &ignored) == 0;
}

/* Waits; false when standard input has ended. */
static bool wait_for_next(int ms)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char ignored[64];
	int got;

	do
		got = poll(&in, 1, ms);
	while (got < 0 && errno == EINTR);
	return got == 0 || (got > 0 && read(STDIN_FILENO, ignored, sizeof ignored) > 0);
}

static void settle(void)
{
	const struct rlimit no_core = { 0, 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (setrlimit(RLIMIT_CORE, &no_core) < 0)
		errno = 0;
}

int main(int argc, char **argv)
{
	CLEANUP(free) struct device *devices = mem_calloc((size_t)argc, sizeof *devices);
	struct nvml nvml = { 0 };
	struct error err = { 0 };
	int64_t seconds = 0;
	int has_nvml = -1;

	settle();
	if (argc < 3 || str_parse_i64(argv[1], &seconds, &err) < 0 || seconds < 1 || seconds > 3600)
		return 2;
	for (int i = 2; i < argc; i++) {
		if (str_starts(argv[i], "amd:")) {
			devices[i - 2].folder = argv[i] + strlen("amd:");
		} else if (str_starts(argv[i], "nvidia:")) {
			has_nvml = has_nvml < 0 ? nvml_open(&nvml) : has_nvml;
			devices[i - 2].handle = has_nvml ? nvml_named(&nvml, argv[i] + strlen("nvidia:")) : NULL;
		}
	}
	/* Nothing to tell: the library is not there, or does not know them. */
	for (int i = 0; i < argc - 2; i++)
		if (devices[i].handle || devices[i].folder) {
			while (tell(&nvml, devices, (size_t)argc - 2) && wait_for_next((int)seconds * 1000))
				continue;
			return 0;
		}
	return 1;
}
