/* Runs without a marker after a power cut. */
#include "config.h"

#include "tracker/boot.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "tracker/life.h"

static const char file_name[] = "boot";

/* "HOST BOOT-ID\n", heap text; NULL where the system does not tell. */
static char *our_line(size_t *out_n_host)
{
	CLEANUP(buf_release) struct buf id = BUF_INIT(128);
	struct error ignored = { 0 };
	char host[256] = "";

	if (gethostname(host, sizeof host - 1) != 0 ||
	    fs_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", &id, &ignored) < 0)
		return NULL;
	*out_n_host = strlen(host) + 1;
	return mem_printf("%s %.*s\n", host, (int)strcspn(buf_text(&id), "\n"), buf_text(&id));
}

static size_t line_length(const char *at)
{
	size_t n = strcspn(at, "\n");

	return n + (at[n] == '\n');
}

static bool has_line(const char *text, const char *line)
{
	for (; *text; text += line_length(text))
		if (str_starts(text, line))
			return true;
	return false;
}

/* The lines of other hosts, and ours. */
static int write_line(struct tracker *t, const char *text, const char *line, size_t n_host, struct error *err)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(LIMIT_CONFIG);

	for (; *text; text += line_length(text))
		if (strncmp(text, line, n_host) != 0)
			buf_append(&out, text, line_length(text));
	buf_puts(&out, line);
	return buf_check(&out, "the store's file boot", err) < 0 ? -1 :
	       fs_write_atomic(t->store, file_name, out.data, out.len, 0660, err);
}

struct search {
	struct tracker *t;
	struct db_stmt *find;
};

static int is_unknown(void *data, const char *run_id, struct error *err)
{
	struct search *s = data;
	int rc;

	db_bind_text(s->find, 1, run_id);
	rc = db_step(s->find, err);
	db_reset(s->find);
	return rc < 0 ? -1 : rc == 0;
}

static int settle_locked(struct tracker *t, const char *text, const char *line, size_t n_host, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *find = NULL;
	struct search s = { .t = t };
	int marked;

	if (db_prepare(t->db, "SELECT 1 FROM runs WHERE uuid = ?", &find, err) != 0)
		return -1;
	s.find = find;
	marked = life_mark(t->store, is_unknown, &s, err);
	if (marked < 0)
		return -1;
	if (marked > 0)
		log_info("%d runs were found without a marker", marked);
	return write_line(t, text, line, n_host, err);
}

void boot_settle(struct tracker *t)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);
	struct error err = { 0 };
	size_t n_host = 0;
	CLEANUP(free) char *line = our_line(&n_host);
	int rc;

	if (fs_exists(t->store, file_name) && fs_read_file(t->store, file_name, &text, &err) < 0)
		buf_clear(&text);
	if (!line || has_line(buf_text(&text), line))
		return;
	rc = tracker_lock(t, 0, &err);
	if (rc > 0) {
		rc = settle_locked(t, buf_text(&text), line, n_host, &err);
		tracker_unlock(t);
	}
	if (rc < 0)
		log_debug("after the machine's start: %s", err.text);
}
