/*
 * What a run sees of the machine's GPUs.
 *
 * Nodes decide: a program can use those that it can open, whatever its
 * environment says. What NVIDIA's driver tells in /proc is of the whole machine;
 * an empty folder lies over it, and in that is put what belongs to the GPUs
 * granted. The libraries of the drivers lie in the system's folders.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/gpu.h"

#define DRIVERS "/proc/driver"
#define NVIDIA_PROC DRIVERS "/nvidia"
#define KFD "/sys/devices/virtual/kfd"

/* What every program of the vendor opens. driver 570 takes an nvidia-uvm-tools that it cannot open for an error. */
static const char *const nvidia_nodes[] = { "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools" };
static const char *const amd_nodes[] = { "/dev/kfd" };

struct showing {
	struct sandbox_plan *plan;
	const char *root;
};

static char *outside(const struct showing *s, const char *path)
{
	return mem_printf("%s%s", s->root, path);
}

static bool is_there(const struct showing *s, const char *path)
{
	CLEANUP(free) char *full = outside(s, path);

	return fs_exists(AT_FDCWD, full);
}

static void show_node(const struct showing *s, const char *node)
{
	CLEANUP(free) char *source = outside(s, node);

	if (fs_exists(AT_FDCWD, source))
		plan_add_device_at(s->plan, source, s->plan->tier == 1 ? node : source);
}

/* A file or folder at its own path, where there is one. */
static void show_path(const struct showing *s, const char *path)
{
	CLEANUP(free) char *full = outside(s, path);
	CLEANUP(free) char *real = NULL;
	struct error ignored = { 0 };

	if (fs_realpath(full, &real, &ignored) == 0)
		plan_add_ro(s->plan, real, s->plan->tier == 1 ? path : real);
}

/* A link of /sys and the folder of the device that it leads to, both at their places. */
static void show_link(const struct showing *s, const char *link)
{
	CLEANUP(free) char *full = outside(s, link);
	CLEANUP(free) char *real = NULL;
	CLEANUP(free) char *root = NULL;
	struct error ignored = { 0 };
	char text[LIMIT_PATH];
	const char *place;
	ssize_t n = readlink(full, text, sizeof text - 1);

	if (n <= 0 || fs_realpath(full, &real, &ignored) < 0 || fs_realpath(*s->root ? s->root : "/", &root, &ignored) < 0)
		return;
	text[n] = 0;
	place = str_eq(root, "/") ? real : str_starts(real, root) ? real + strlen(root) : "";
	if (!str_starts(place, "/sys/devices/"))
		return;
	if (s->plan->tier == 2) {
		plan_add_ro(s->plan, real, real);
		return;
	}
	if (!plan_find(s->plan, place))
		plan_add_ro(s->plan, real, place);
	if (!plan_find(s->plan, link))
		plan_add_symlink(s->plan, text, link);
}

/*
 * The library asks there whether it may mend its nodes, and tries when their owner does not look right, which nobody's
 * does in a user namespace: the answer is no.
 */
static void show_params(const struct showing *s)
{
	static const char key[] = "ModifyDeviceFiles: ";
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * LIMIT_KIB);
	CLEANUP(free) char *full = outside(s, NVIDIA_PROC "/params");
	struct error ignored = { 0 };
	char *at;

	if (fs_read_file(AT_FDCWD, full, &text, &ignored) < 0)
		return;
	at = text.data ? strstr(text.data, key) : NULL;
	if (at && at[sizeof key - 1])
		at[sizeof key - 1] = '0';
	plan_add_file(s->plan, buf_text(&text), NVIDIA_PROC "/params");
}

static void show_instance(const struct showing *s, const struct gpu *g)
{
	CLEANUP(free) char *gi = mem_printf(NVIDIA_PROC "/capabilities/gpu%d/mig/gi%d", g->minor, g->instance[0]);
	CLEANUP(free) char *access = mem_printf("%s/access", gi);
	CLEANUP(free) char *ci = mem_printf("%s/ci%d", gi, g->instance[1]);

	if (!plan_find(s->plan, access) || !str_eq(plan_find(s->plan, access)->target, access))
		show_path(s, access);
	show_path(s, ci);
}

static void show_nvidia_proc(const struct showing *s, const struct gpu_list *granted)
{
	show_params(s);
	show_path(s, NVIDIA_PROC "/version");
	for (size_t i = 0; i < granted->n; i++) {
		const struct gpu *g = &granted->items[i];
		CLEANUP(free) char *facts = mem_printf(NVIDIA_PROC "/gpus/%s", g->pci);
		const struct plan_mount *m = plan_find(s->plan, facts);

		if (*g->pci && !(m && str_eq(m->target, facts)))
			show_path(s, facts);
		if (g->instance[0] >= 0)
			show_instance(s, g);
	}
}

/* "0,1,2": programs count the GPUs that they can open, from 0. */
static void set_visible(struct sandbox_plan *p, const struct gpu_list *granted)
{
	CLEANUP(buf_release) struct buf list = BUF_INIT(8 * LIMIT_KIB);
	bool amd = granted->items[0].vendor == GPU_AMD;

	for (size_t i = 0; i < granted->n; i++)
		buf_printf(&list, "%s%zu", i ? "," : "", i);
	/* An instance is found by its nodes; a number would mean the GPU that it is a part of. */
	if (granted->items[0].instance[0] >= 0)
		plan_unset_env(p, "CUDA_VISIBLE_DEVICES");
	else
		plan_set_env(p, "CUDA_VISIBLE_DEVICES", buf_text(&list));
	if (!amd) {
		plan_set_env(p, "CUDA_DEVICE_ORDER", "PCI_BUS_ID");
		return;
	}
	plan_set_env(p, "ROCR_VISIBLE_DEVICES", buf_text(&list));
	plan_set_env(p, "HIP_VISIBLE_DEVICES", buf_text(&list));
}

/* Where a machine keeps the driver's libraries outside of what the loader searches: containers of clusters, WSL. */
static void set_library_path(const struct showing *s)
{
	static const char *const dirs[] = { "/usr/local/nvidia/lib64", "/usr/lib/wsl/lib" };

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		CLEANUP(free) char *library = fs_join(dirs[i], "libcuda.so.1");

		if (!is_there(s, library) || plan_get_env(s->plan, "LD_LIBRARY_PATH"))
			continue;
		plan_set_env(s->plan, "LD_LIBRARY_PATH", dirs[i]);
	}
}

void gpu_hide(struct sandbox_plan *p, const char *root)
{
	const struct showing s = { p, root };

	if (p->tier == 1 && is_there(&s, NVIDIA_PROC))
		plan_add_blank(p, DRIVERS);
}

static void show_devices(const struct showing *s, const struct gpu_list *granted)
{
	for (size_t i = 0; i < granted->n; i++) {
		const struct gpu *g = &granted->items[i];
		CLEANUP(free) char *link = mem_printf("/sys/bus/pci/devices/%s", g->pci);

		for (size_t k = 0; k < g->node_count; k++) {
			CLEANUP(free) char *source = outside(s, g->nodes[k]);
			const char *target = s->plan->tier == 1 ? g->nodes[k] : source;
			const struct plan_mount *m = plan_find(s->plan, target);

			/* Instances of one GPU share its node. */
			if (!m || !str_eq(m->target, target))
				show_node(s, g->nodes[k]);
		}
		if (*g->pci)
			show_link(s, link);
		if (g->vendor == GPU_AMD) {
			CLEANUP(free) char *drm = mem_printf("/sys/class/drm/renderD%d", g->minor);

			show_link(s, drm);
		}
	}
}

void gpu_show(struct sandbox_plan *p, const char *root, const struct gpu_list *granted)
{
	const struct showing s = { p, root };
	bool amd;

	if (!granted->n)
		return;
	amd = granted->items[0].vendor == GPU_AMD;
	for (size_t i = 0; i < (amd ? 1u : sizeof nvidia_nodes / sizeof *nvidia_nodes); i++)
		show_node(&s, amd ? amd_nodes[i] : nvidia_nodes[i]);
	show_devices(&s, granted);
	if (amd)
		show_link(&s, "/sys/class/kfd/kfd");
	else if (p->tier == 1 && is_there(&s, NVIDIA_PROC))
		show_nvidia_proc(&s, granted);
	set_visible(p, granted);
	if (!amd)
		set_library_path(&s);
}
