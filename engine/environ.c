/* Capturing the environment by reading files; nothing is executed. */
#include "config.h"

#include "engine/environ.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/object.h"

/* The value of NAME= in /etc/os-release, unquoted. Appended. */
static void os_name(struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB * 64);
	struct error ignored = { 0 };
	const char *at, *end;

	if (fs_read_file(AT_FDCWD, "/etc/os-release", &text, &ignored) < 0)
		return;
	at = strstr(buf_text(&text), "PRETTY_NAME=");
	if (!at)
		return;
	at += strlen("PRETTY_NAME=");
	at += *at == '"';
	end = at + strcspn(at, "\"\n");
	buf_append(out, at, (size_t)(end - at));
}

/* The length of entry without the ending of a package's metadata; 0 when it is none. */
static size_t metadata_stem(const char *entry)
{
	static const char *const ends[] = { ".dist-info", ".egg-info" };

	for (size_t i = 0; i < 2; i++)
		if (str_ends(entry, ends[i]))
			return strlen(entry) - strlen(ends[i]);
	return 0;
}

/* "numpy-1.24.2.dist-info" -> numpy: 1.24.2 */
static void add_package(struct jval *packages, const char *entry)
{
	const char *dash = strchr(entry, '-');
	size_t stem = metadata_stem(entry), name_len = dash && (size_t)(dash - entry) < stem ? (size_t)(dash - entry) : stem;
	CLEANUP(free) char *name = mem_strndup(entry, name_len);
	CLEANUP(free) char *version = name_len < stem ? mem_strndup(entry + name_len + 1, stem - name_len - 1) : mem_strdup("");
	/* egg-info names end in the Python version: numpy-1.24.2-py3.11.egg-info */
	char *python = strstr(version, "-py");

	if (stem == 0)
		return;
	if (python)
		*python = '\0';
	if (!jval_get(packages, name))
		jval_set_text(packages, name, version);
}

static void add_packages_of(struct jval *packages, const char *dir_path)
{
	CLEANUP(closedir) DIR *dir = opendir(dir_path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		add_package(packages, entry->d_name);
}

static void add_site(struct jval *packages, const char *prefix, const char *version)
{
	static const char *const places[][2] = {
		{ "lib", "site-packages" }, { "lib64", "site-packages" }, { "lib", "dist-packages" }, { "local/lib", "dist-packages" },
	};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		CLEANUP(free) char *path = mem_printf("%s/%s/python%s/%s", prefix, places[i][0], version, places[i][1]);

		add_packages_of(packages, path);
	}
}

static struct jval *python_to_jval(const struct interp *in)
{
	struct jval *v = jval_object(), *packages;

	jval_set_text(v, "executable", in->python);
	jval_set_text(v, "version", in->version);
	jval_set_text(v, "prefix", in->prefix);
	jval_set_text(v, "base_prefix", in->base_prefix);
	packages = jval_set(v, "packages", jval_object());
	if (in->prefix && in->version)
		add_site(packages, in->prefix, in->version);
	if (str_eq(in->prefix, "/usr"))
		add_packages_of(packages, "/usr/lib/python3/dist-packages");
	return v;
}

static void add_gpu_driver(struct jval *v)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB * 4);
	struct error ignored = { 0 };

	if (fs_read_file(AT_FDCWD, "/proc/driver/nvidia/version", &text, &ignored) == 0)
		jval_set(v, "gpu_driver", jval_new_text_n(buf_text(&text), strcspn(buf_text(&text), "\n")));
}

static struct jval *document(const struct interp *in)
{
	CLEANUP(buf_release) struct buf os = BUF_INIT(LIMIT_KIB);
	struct jval *v = jval_object();
	struct utsname uts;

	os_name(&os);
	jval_set_text(v, "os", buf_text(&os));
	if (uname(&uts) == 0) {
		jval_set_text(v, "kernel", uts.release);
		jval_set_text(v, "machine", uts.machine);
	}
	jval_set_text(v, "program", in->real);
	jval_set_text(v, "program_kind", interp_kind_name(in->kind));
	if (in->python)
		jval_set(v, "python", python_to_jval(in));
	add_gpu_driver(v);
	return v;
}

/* Stores the document unless an equal one is there: most runs see the environment of the run before. */
static int keep(struct store *store, const struct buf *text, struct digest *out, struct error *err)
{
	int found;

	*out = digest_of(text->data, text->len);
	found = object_find(store, out, NULL, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	return object_put_bytes(store, text->data, text->len, out, err);
}

int environ_capture(struct store *store, const struct interp *in, struct jval **out_summary, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = document(in);
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	struct digest digest;
	struct jval *s;

	jval_format(v, JVAL_CANONICAL, &text);
	if (keep(store, &text, &digest, err) < 0)
		return error_wrap(err, "storing the environment");
	s = jval_object();
	jval_set_text(s, "sha256", digest_hex(&digest).text);
	jval_set_text(s, "os", jval_get_text(v, "os"));
	jval_set_text(s, "kernel", jval_get_text(v, "kernel"));
	if (in->python) {
		jval_set_text(s, "python", in->version);
		jval_set_text(s, "executable", in->python);
		jval_set_int(s, "packages", (int64_t)jval_count(jval_get(jval_get(v, "python"), "packages")));
	}
	*out_summary = s;
	return 0;
}

int environ_load(struct store *store, const char *sha256, struct jval **out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	CLEANUP(close) int fd = -1;
	struct digest digest;

	if (!digest_parse(sha256, &digest))
		return error_set(err, ERR_CORRUPT, "'%s' is not a digest", sha256);
	fd = object_open(store, &digest, NULL, err);
	if (fd < 0 || fs_read_fd(fd, "the environment", &text, err) < 0)
		return -1;
	return jval_parse(buf_text(&text), text.len, out, err);
}
