/* Finding GPUs in what the kernel shows of them. */
#include "config.h"

#include "sandbox/gpu.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

#define NVIDIA_PROC "/proc/driver/nvidia"
#define KFD_NODES "/sys/class/kfd/kfd/topology/nodes"

/* Of a file of the driver; the real ones have some hundred bytes. */
enum { FACTS_MAX = 64 * 1024, NODE_NUMBERS = 64 };

void gpu_list_release(struct gpu_list *l)
{
	free(l->items);
	*l = (struct gpu_list){ 0 };
}

void gpu_list_add(struct gpu_list *l, const struct gpu *g)
{
	if (l->n == GPU_MAX)
		return;
	mem_reserve(&l->items, &l->cap, l->n + 1);
	l->items[l->n++] = *g;
}

const char *gpu_vendor_name(enum gpu_vendor vendor)
{
	return vendor == GPU_AMD ? "AMD" : "NVIDIA";
}

void gpu_describe(const struct gpu *g, struct buf *out)
{
	buf_puts(out, *g->name ? g->name : gpu_vendor_name(g->vendor));
	if (g->instance[0] >= 0)
		buf_printf(out, ", instance %d/%d", g->instance[0], g->instance[1]);
	if (*g->uuid)
		buf_printf(out, " (%s)", g->uuid);
}

/* --- reading --- */

static char *rooted(const char *root, const char *path)
{
	return mem_printf("%s%s", root, path);
}

static bool read_facts(const char *root, const char *path, struct buf *out)
{
	CLEANUP(free) char *full = rooted(root, path);
	struct error ignored = { 0 };

	buf_clear(out);
	return fs_read_file(AT_FDCWD, full, out, &ignored) == 0;
}

/* The rest of the line that begins with key, without blanks around it: "Model: \t NVIDIA H100". False when there is none. */
static bool fact_find(const char *text, const char *key, const char **out, size_t *out_len)
{
	size_t n = strlen(key);

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > n && strncmp(text, key, n) == 0) {
			const char *s = text + n;
			const char *end = text + len;

			while (s < end && isspace((unsigned char)*s))
				s++;
			while (end > s && isspace((unsigned char)end[-1]))
				end--;
			*out = s;
			*out_len = (size_t)(end - s);
			return end > s;
		}
		text += len + (text[len] == '\n');
	}
	return false;
}

/* A whole number from 0 to max, or -1. */
static int64_t fact_number(const char *text, const char *key, int64_t max)
{
	const char *s = NULL;
	size_t len = 0;
	int64_t value = 0;

	if (!fact_find(text, key, &s, &len))
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)s[i]) || value > (max - (s[i] - '0')) / 10)
			return -1;
		value = value * 10 + (s[i] - '0');
	}
	return value;
}

static void set_name(struct gpu *g, const char *s, size_t len)
{
	CLEANUP(buf_release) struct buf safe = BUF_INIT(4 * sizeof g->name);

	/* What has to be escaped gets longer. */
	for (len = len < sizeof g->name ? len : sizeof g->name - 1;; len /= 2) {
		buf_clear(&safe);
		text_escape(&safe, s, len);
		if (!safe.full && safe.len < sizeof g->name)
			break;
	}
	snprintf(g->name, sizeof g->name, "%s", buf_text(&safe));
}

/* The driver writes question marks for a GPU that nobody has used since it was loaded. */
static void set_uuid(struct gpu *g, const char *s, size_t len)
{
	if (len >= sizeof g->uuid)
		return;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '-')
			return;
	snprintf(g->uuid, sizeof g->uuid, "%.*s", (int)len, s);
}

/* "0000:01:00.0": domain, bus, device, function in hex. */
static bool parse_pci(const char *s, struct gpu *g)
{
	unsigned domain, bus, device, function;
	int used = 0;
	char again[sizeof g->pci];

	if (strlen(s) >= sizeof g->pci || sscanf(s, "%8x:%2x:%2x.%1x%n", &domain, &bus, &device, &function, &used) != 4 || s[used])
		return false;
	snprintf(again, sizeof again, "%0*x:%02x:%02x.%x", (int)strcspn(s, ":"), domain, bus, device, function);
	if (!str_eq(again, s) || device > 31 || function > 7)
		return false;
	snprintf(g->pci, sizeof g->pci, "%s", s);
	/* Forty bits of address below sixteen of instance; never 0. */
	g->key = ((uint64_t)(domain & 0xffffff) << 16 | bus << 8 | device << 3 | function) << 15;
	g->key |= 1;
	return true;
}

static void add_node(const char *root, struct gpu *g, const char *node)
{
	CLEANUP(free) char *full = rooted(root, node);

	if (g->node_count < GPU_NODES)
		snprintf(g->nodes[g->node_count++], sizeof g->nodes[0], "%s", node);
	if (*g->trouble)
		return;
	if (!fs_exists(AT_FDCWD, full))
		snprintf(g->trouble, sizeof g->trouble, "there is no %s", node);
	else if (access(full, R_OK | W_OK) != 0)
		snprintf(g->trouble, sizeof g->trouble, "you may not open %s", node);
}

/* Names in a folder that are wanted, sorted. Returns their number; each is heap text. */
typedef bool name_filter(const char *name);

static int compare_names(const void *a, const void *b)
{
	const char *x = *(char *const *)a;
	const char *y = *(char *const *)b;
	size_t n = strlen(x), k = strlen(y);

	/* Numbers without leading zeros, or hex digits of one width. */
	return n == k ? strcmp(x, y) : n < k ? -1 : 1;
}

static size_t list_names(const char *root, const char *path, name_filter *wanted, char ***out)
{
	CLEANUP(free) char *full = rooted(root, path);
	CLEANUP(closedir) DIR *dir = opendir(full);
	const struct dirent *e;
	char **names = NULL;
	size_t n = 0, cap = 0;

	while (dir && n < GPU_MAX && (e = readdir(dir))) {
		if (!wanted(e->d_name))
			continue;
		mem_reserve(&names, &cap, n + 1);
		names[n++] = mem_strdup(e->d_name);
	}
	if (n)
		qsort(names, n, sizeof *names, compare_names);
	*out = names;
	return n;
}

static void free_names(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

/* --- NVIDIA --- */

static bool is_address(const char *name)
{
	struct gpu g;

	return parse_pci(name, &g);
}

/* "gi3", "ci0": a number behind two letters, or -1. */
static int numbered(const char *name, const char *prefix)
{
	const char *s = name + strlen(prefix);
	int n = 0;

	if (!str_starts(name, prefix) || !*s || strlen(s) > 3)
		return -1;
	for (; *s; s++) {
		if (!isdigit((unsigned char)*s))
			return -1;
		n = n * 10 + (*s - '0');
	}
	return n;
}

static bool is_gpu_instance(const char *name)
{
	return numbered(name, "gi") >= 0;
}

static bool is_compute_instance(const char *name)
{
	return numbered(name, "ci") >= 0;
}

/* The node of a capability, named by its access file. */
static void add_capability(const char *root, struct gpu *g, const char *dir)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(FACTS_MAX);
	CLEANUP(free) char *path = mem_printf("%s/access", dir);
	char node[64];
	int64_t number = read_facts(root, path, &text) ? fact_number(buf_text(&text), "DeviceFileMinor:", INT32_MAX) : -1;

	if (number < 0) {
		snprintf(g->trouble, sizeof g->trouble, "the driver does not say which node instance %d/%d has", g->instance[0],
			 g->instance[1]);
		return;
	}
	snprintf(node, sizeof node, "/dev/nvidia-caps/nvidia-cap%d", (int)number);
	add_node(root, g, node);
}

static void add_instance(const char *root, const struct gpu *whole, const char *gi_dir, int gi, int ci, struct gpu_list *out)
{
	CLEANUP(free) char *ci_dir = mem_printf("%s/ci%d", gi_dir, ci);
	struct gpu g = *whole;

	g.instance[0] = gi;
	g.instance[1] = ci;
	g.key += ((uint64_t)(unsigned)gi << 7 | (unsigned)ci << 1) + 2;
	g.uuid[0] = 0;
	add_capability(root, &g, gi_dir);
	add_capability(root, &g, ci_dir);
	gpu_list_add(out, &g);
}

/* Instances of a GPU that is split up; false when it is whole. */
static bool add_instances(const char *root, const struct gpu *whole, struct gpu_list *out)
{
	CLEANUP(free) char *mig = mem_printf(NVIDIA_PROC "/capabilities/gpu%d/mig", whole->minor);
	char **gis = NULL;
	size_t n = list_names(root, mig, is_gpu_instance, &gis);
	size_t before = out->n;

	for (size_t i = 0; i < n; i++) {
		CLEANUP(free) char *dir = mem_printf("%s/%s", mig, gis[i]);
		char **cis = NULL;
		size_t k = list_names(root, dir, is_compute_instance, &cis);

		for (size_t j = 0; j < k; j++)
			if (numbered(gis[i], "gi") < 64 && numbered(cis[j], "ci") < 64)
				add_instance(root, whole, dir, numbered(gis[i], "gi"), numbered(cis[j], "ci"), out);
		free_names(cis, k);
	}
	free_names(gis, n);
	return out->n > before;
}

static void find_one_nvidia(const char *root, const char *address, struct gpu_list *out)
{
	CLEANUP(free) char *path = mem_printf(NVIDIA_PROC "/gpus/%s/information", address);
	CLEANUP(buf_release) struct buf text = BUF_INIT(FACTS_MAX);
	struct gpu g = { .vendor = GPU_NVIDIA, .instance = { -1, -1 }, .minor = -1 };
	const char *s = NULL;
	size_t len = 0;
	char node[64];

	if (!parse_pci(address, &g))
		return;
	if (read_facts(root, path, &text)) {
		if (fact_find(buf_text(&text), "Model:", &s, &len))
			set_name(&g, s, len);
		if (fact_find(buf_text(&text), "GPU UUID:", &s, &len))
			set_uuid(&g, s, len);
		g.minor = (int)fact_number(buf_text(&text), "Device Minor:", 255);
		if (fact_find(buf_text(&text), "GPU Excluded:", &s, &len) && len == 3 && strncmp(s, "Yes", 3) == 0)
			snprintf(g.trouble, sizeof g.trouble, "the driver is told to leave it alone");
	}
	if (g.minor < 0) {
		snprintf(g.trouble, sizeof g.trouble, "%s does not say which node it has", path);
	} else {
		snprintf(node, sizeof node, "/dev/nvidia%d", g.minor);
		add_node(root, &g, node);
		if (add_instances(root, &g, out))
			return;
	}
	gpu_list_add(out, &g);
}

/* A container may have the nodes without the driver's folder in /proc. */
static void find_nvidia_nodes(const char *root, struct gpu_list *out)
{
	CLEANUP(free) char *control = rooted(root, "/dev/nvidiactl");

	if (!fs_exists(AT_FDCWD, control))
		return;
	for (int i = 0; i < NODE_NUMBERS; i++) {
		struct gpu g = { .vendor = GPU_NVIDIA, .instance = { -1, -1 }, .minor = i, .key = 2 + (uint64_t)i };
		char node[64];
		CLEANUP(free) char *full = NULL;

		snprintf(node, sizeof node, "/dev/nvidia%d", i);
		full = rooted(root, node);
		if (!fs_exists(AT_FDCWD, full))
			continue;
		add_node(root, &g, node);
		gpu_list_add(out, &g);
	}
}

/* --- AMD --- */

static bool is_number(const char *name)
{
	return numbered(name, "") >= 0;
}

static void amd_name(const char *root, const char *node, struct gpu *g)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(FACTS_MAX);
	CLEANUP(free) char *product = mem_printf("/sys/bus/pci/devices/%s/product_name", g->pci);
	CLEANUP(free) char *chip = mem_printf(KFD_NODES "/%s/name", node);
	size_t len;

	for (int i = 0; i < 2 && !*g->name; i++) {
		if (!read_facts(root, i ? chip : product, &text))
			continue;
		len = strcspn(buf_text(&text), "\n");
		set_name(g, buf_text(&text), len);
	}
}

static void find_one_amd(const char *root, const char *node, struct gpu_list *out)
{
	CLEANUP(free) char *path = mem_printf(KFD_NODES "/%s/properties", node);
	CLEANUP(buf_release) struct buf text = BUF_INIT(FACTS_MAX);
	struct gpu g = { .vendor = GPU_AMD, .instance = { -1, -1 }, .minor = -1 };
	int64_t domain, location;
	uint64_t unique = 0;
	char address[24], render[64], digits[24];
	const char *s = NULL;
	size_t len = 0;
	struct error ignored = { 0 };

	/* Processors are nodes too; they have no SIMD units. */
	if (!read_facts(root, path, &text) || fact_number(buf_text(&text), "simd_count ", INT32_MAX) <= 0)
		return;
	domain = fact_number(buf_text(&text), "domain ", 0xffffff);
	location = fact_number(buf_text(&text), "location_id ", 0xffff);
	g.minor = (int)fact_number(buf_text(&text), "drm_render_minor ", 1023);
	if (location < 0 || g.minor < 0) {
		g.key = (uint64_t)1 << 55 | (uint64_t)numbered(node, "");
		snprintf(g.trouble, sizeof g.trouble, "%s does not say which node it has", path);
		gpu_list_add(out, &g);
		return;
	}
	snprintf(address, sizeof address, "%04x:%02x:%02x.%x", (unsigned)(domain < 0 ? 0 : domain), (unsigned)location >> 8,
		 (unsigned)location >> 3 & 31, (unsigned)location & 7);
	if (!parse_pci(address, &g))
		return;
	if (fact_find(buf_text(&text), "unique_id ", &s, &len) && len < sizeof digits) {
		snprintf(digits, sizeof digits, "%.*s", (int)len, s);
		if (str_parse_u64(digits, &unique, &ignored) == 0 && unique)
			snprintf(g.uuid, sizeof g.uuid, "GPU-%016llx", (unsigned long long)unique);
	}
	amd_name(root, node, &g);
	snprintf(render, sizeof render, "/dev/dri/renderD%d", g.minor);
	add_node(root, &g, render);
	add_node(root, &g, "/dev/kfd");
	/* All of AMD's share that one. */
	g.node_count = 1;
	gpu_list_add(out, &g);
}

/* --- all --- */

static void find_each(const char *root, const char *folder, name_filter *wanted,
		      void (*find)(const char *, const char *, struct gpu_list *), struct gpu_list *out)
{
	char **names = NULL;
	size_t n = list_names(root, folder, wanted, &names);

	for (size_t i = 0; i < n; i++)
		find(root, names[i], out);
	free_names(names, n);
}

void gpu_find(const char *root, struct gpu_list *out)
{
	size_t nvidia;

	find_each(root, NVIDIA_PROC "/gpus", is_address, find_one_nvidia, out);
	if (!out->n)
		find_nvidia_nodes(root, out);
	nvidia = out->n;
	find_each(root, KFD_NODES, is_number, find_one_amd, out);
	for (size_t i = 0; i < out->n; i++)
		out->items[i].index = (unsigned)(i < nvidia ? i : i - nvidia);
}
