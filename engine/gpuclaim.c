/* Claims on GPUs: files of many users in one folder. */
#include "config.h"

#include "engine/gpuclaim.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/text.h"
#include "base/uuid.h"

/* Of one claim's text; of the files looked at, whatever they are called. */
enum { CLAIM_MAX = 64 * 1024, CLAIMS_MAX = 4096, ENTRIES_MAX = 100000 };

struct gpuclaim_name gpuclaim_name(unsigned uid, const char *run_id)
{
	struct gpuclaim_name n;

	snprintf(n.text, sizeof n.text, GPUCLAIM_PREFIX "%u.%.32s", uid, run_id);
	return n;
}

uint64_t gpuclaim_byte(const char *run_id)
{
	uint64_t value = 0;

	/* The end of an id is random; sixty bits of it, and one that no key has. */
	for (const char *s = run_id + 17; *s; s++)
		value = value << 4 | (uint64_t)(isdigit((unsigned char)*s) ? *s - '0' : *s - 'a' + 10);
	return (UINT64_C(1) << 61) | (value & ((UINT64_C(1) << 60) - 1));
}

void gpuclaim_release(struct gpulease_claim *c)
{
	free(c->keys);
	*c = (struct gpulease_claim){ 0 };
}

int gpuclaim_write(int dirfd, const struct gpulease_claim *c, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(CLAIM_MAX);
	CLEANUP(jval_free) struct jval *v = jval_object();
	struct gpuclaim_name name = gpuclaim_name(c->uid, c->run_id);
	struct jval *keys;
	CLEANUP(close) int fd = -1;

	jval_set_text(v, "user", c->user);
	jval_set_text(v, "experiment", c->experiment);
	jval_set_int(v, "wanted", c->wanted);
	jval_set_int(v, "since_ms", c->since_ms);
	jval_set_int(v, "ticket", (int64_t)c->ticket);
	keys = jval_set(v, "keys", jval_array());
	for (size_t i = 0; i < c->n_keys; i++)
		jval_push(keys, jval_new_int((int64_t)c->keys[i]));
	jval_format(v, JVAL_COMPACT, &text);
	if (buf_check(&text, "a claim on GPUs", err) < 0)
		return -1;
	/* A new file each time: its name is ours to give in a folder where only owners remove. */
	if (sys_unlinkat(dirfd, name.text, 0) < 0 && errno != ENOENT)
		return error_sys(err, "%s", name.text);
	fd = sys_openat(dirfd, name.text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
	if (fd < 0 || fchmod(fd, 0644) < 0)
		return error_sys(err, "making %s", name.text);
	return fs_write_all(fd, name.text, text.data, text.len, err);
}

/* A text of somebody else's, fit to be shown. */
static void take_text(const struct jval *v, const char *key, char *out, size_t size)
{
	CLEANUP(buf_release) struct buf safe = BUF_INIT(4 * LIMIT_KIB);
	const char *text = jval_get_text(v, key);

	text_fit(&safe, text ? text : "", size / 4, false);
	snprintf(out, size, "%s", safe.len < size ? buf_text(&safe) : "");
}

static int parse_claim(const char *text, size_t n, struct gpulease_claim *c)
{
	CLEANUP(jval_free) struct jval *v = NULL;
	struct error ignored = { 0 };
	const struct jval *keys;
	int64_t ticket;

	if (jval_parse(text, n, &v, &ignored) < 0 || jval_type(v) != JVAL_OBJECT)
		return -1;
	keys = jval_get(v, "keys");
	ticket = jval_get_int(v, "ticket", -1);
	c->wanted = jval_get_int(v, "wanted", -1);
	c->since_ms = jval_get_int(v, "since_ms", -1);
	if (ticket < 0 || c->wanted < 1 || c->wanted > GPU_MAX || c->since_ms < 0 || jval_count(keys) > GPU_MAX)
		return -1;
	c->ticket = (uint64_t)ticket;
	take_text(v, "user", c->user, sizeof c->user);
	take_text(v, "experiment", c->experiment, sizeof c->experiment);
	c->keys = mem_calloc(jval_count(keys) + 1, sizeof *c->keys);
	for (size_t i = 0; i < jval_count(keys); i++) {
		int64_t key = jval_int(jval_at(keys, i), 0);

		if (key > 0)
			c->keys[c->n_keys++] = (uint64_t)key;
	}
	return 0;
}

/* "wb-gpu.1000.0192f3…" */
static bool parse_name(const char *name, struct gpulease_claim *c)
{
	struct gpuclaim_name again;
	char *end;
	unsigned long uid;

	if (!str_starts(name, GPUCLAIM_PREFIX) || !isdigit((unsigned char)name[sizeof GPUCLAIM_PREFIX - 1]))
		return false;
	uid = strtoul(name + sizeof GPUCLAIM_PREFIX - 1, &end, 10);
	if (*end != '.' || uid > UINT32_MAX || !uuid_is_valid(end + 1))
		return false;
	c->uid = (unsigned)uid;
	snprintf(c->run_id, sizeof c->run_id, "%s", end + 1);
	again = gpuclaim_name(c->uid, c->run_id);
	return str_eq(again.text, name);
}

static int load_claim(int dirfd, const char *name, struct gpulease_claim *c)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(CLAIM_MAX);
	CLEANUP(close) int fd = -1;
	struct error ignored = { 0 };
	struct stat st;

	if (!parse_name(name, c))
		return -1;
	fd = sys_openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != c->uid || st.st_size > CLAIM_MAX ||
	    fs_read_fd(fd, name, &text, &ignored) < 0)
		return -1;
	return parse_claim(buf_text(&text), text.len, c);
}

int gpuclaim_load_all(int dirfd, struct gpulease_claims *out, struct error *err)
{
	CLEANUP(closedir) DIR *dir = NULL;
	CLEANUP(close) int copy = sys_openat(dirfd, ".", O_RDONLY | O_DIRECTORY, 0);
	const struct dirent *e;

	dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir)
		return error_sys(err, "the folder of the leases");
	take_fd(&copy);
	for (int i = 0; i < ENTRIES_MAX && out->n < CLAIMS_MAX && (e = readdir(dir)); i++) {
		struct gpulease_claim c = { 0 };

		if (load_claim(dirfd, e->d_name, &c) < 0) {
			gpuclaim_release(&c);
			continue;
		}
		mem_reserve(&out->items, &out->cap, out->n + 1);
		out->items[out->n++] = c;
	}
	return 0;
}
