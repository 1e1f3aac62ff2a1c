/* Talking to wb-archive. */
#include "config.h"

#include "store/archive_client.h"

#include <string.h>

#include "base/jval.h"
#include "base/mem.h"
#include "store/archive_wire.h"
#include "store/worker.h"

/* A program that moves nothing for so long is taken for stuck. */
#define TIMEOUT_NS ((int64_t)120 * 1000 * 1000 * 1000)

static int start(int fd, const char *what, const char *size, int has_input, struct worker *w, struct error *err)
{
	const struct worker_spec spec = {
		.who = "the archive reader", .program = "wb-archive", .args = { what, size }, .file = fd, .has_input = has_input,
		.timeout_ns = TIMEOUT_NS,
	};

	return worker_start(&spec, w, err);
}

static int read_all(struct worker *w, void *p, size_t n, struct error *err)
{
	char *at = p;

	while (n) {
		ssize_t got;

		worker_extend(w);
		got = worker_read(w, at, n, err);
		if (got < 0)
			return -1;
		if (got == 0)
			return worker_explain(w, err);
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

/* A message's head; its text for E and X (heap, NUL-terminated). X is raised. */
static int read_message(struct worker *w, enum wire_kind *kind, size_t *n, char **text, struct error *err)
{
	unsigned char head[WIRE_HEAD];

	if (read_all(w, head, sizeof head, err) < 0)
		return -1;
	if (wire_head_parse(head, kind, n, err) < 0)
		return error_wrap(err, "the archive reader's answer");
	if (*kind == WIRE_DATA || *kind == WIRE_END)
		return 0;
	free(*text);
	*text = mem_zalloc(*n + 1);
	if (read_all(w, *text, *n, err) < 0)
		return -1;
	if (*kind == WIRE_ERROR) {
		CLEANUP(jval_free) struct jval *v = NULL;

		if (jval_parse(*text, *n, &v, err) < 0)
			return error_wrap(err, "the archive reader's answer");
		return worker_error(v, err);
	}
	return 0;
}

struct archive_pack {
	struct worker worker;
};

int archive_pack_open(int fd, struct archive_pack **out, struct error *err)
{
	CLEANUP(archive_pack_close) struct archive_pack *p = mem_zalloc(sizeof *p);

	p->worker = (struct worker)WORKER_INIT;
	if (start(fd, "pack", NULL, 1, &p->worker, err) < 0)
		return -1;
	*out = take_ptr(&p);
	return 0;
}

void archive_pack_close(struct archive_pack *p)
{
	worker_release(&p->worker);
	free(p);
}

/* It says why it stopped listening: a full disk, most likely. */
static int ask_why(struct archive_pack *p, struct error *err)
{
	CLEANUP(free) char *text = NULL;
	enum wire_kind kind;
	size_t n;

	if (err->code != ERR_CANCELLED)
		return -1;
	if (read_message(&p->worker, &kind, &n, &text, err) < 0)
		return -1;
	return error_set(err, ERR_INTERNAL, "the archive writer stopped early");
}

static int send_message(struct archive_pack *p, enum wire_kind kind, const void *data, size_t n, struct error *err)
{
	struct wire_head head = wire_head_make(kind, n);

	worker_extend(&p->worker);
	if (worker_write(&p->worker, head.bytes, sizeof head.bytes, err) < 0 || worker_write(&p->worker, data, n, err) < 0)
		return ask_why(p, err);
	return 0;
}

int archive_pack_entry(struct archive_pack *p, const char *path, uint64_t bytes, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(WIRE_TEXT_MAX);

	wire_entry_format(&text, path, bytes);
	if (buf_check(&text, "a name in the bundle", err) < 0)
		return -1;
	return send_message(p, WIRE_ENTRY, text.data, text.len, err);
}

int archive_pack_data(struct archive_pack *p, const void *data, size_t n, struct error *err)
{
	for (const char *at = data; n;) {
		size_t m = n < WIRE_PIECE ? n : WIRE_PIECE;

		if (send_message(p, WIRE_DATA, at, m, err) < 0)
			return -1;
		at += m;
		n -= m;
	}
	return 0;
}

int archive_pack_finish(struct archive_pack *p, struct error *err)
{
	CLEANUP(free) char *text = NULL;
	enum wire_kind kind;
	size_t n;

	if (send_message(p, WIRE_END, "", 0, err) < 0 || read_message(&p->worker, &kind, &n, &text, err) < 0)
		return -1;
	return kind == WIRE_END ? 0 : error_set(err, ERR_INTERNAL, "the archive writer's answer is none");
}

struct archive_unpack {
	struct worker worker;
	char *text;
	char *path;
	uint64_t left;   /* of the current file */
	size_t piece;    /* of the current D message */
};

int archive_unpack_open(int fd, uint64_t bytes, struct archive_unpack **out, struct error *err)
{
	CLEANUP(archive_unpack_close) struct archive_unpack *u = mem_zalloc(sizeof *u);
	char size[32];

	snprintf(size, sizeof size, "%llu", (unsigned long long)bytes);
	u->worker = (struct worker)WORKER_INIT;
	if (start(fd, "unpack", size, 0, &u->worker, err) < 0)
		return -1;
	*out = take_ptr(&u);
	return 0;
}

void archive_unpack_close(struct archive_unpack *u)
{
	worker_release(&u->worker);
	free(u->text);
	free(u->path);
	free(u);
}

int archive_unpack_next(struct archive_unpack *u, const char **path, uint64_t *bytes, struct error *err)
{
	char skipped[4096];
	enum wire_kind kind;
	size_t n;
	ssize_t got;

	while ((got = archive_unpack_read(u, skipped, sizeof skipped, err)) > 0)
		;
	if (got < 0 || read_message(&u->worker, &kind, &n, &u->text, err) < 0)
		return -1;
	if (kind == WIRE_END)
		return 0;
	if (kind != WIRE_ENTRY)
		return error_set(err, ERR_CORRUPT, "the archive reader's answer is out of order");
	free(take_ptr(&u->path));
	if (wire_entry_parse(u->text, n, &u->path, &u->left, err) < 0)
		return error_wrap(err, "the archive reader's answer");
	*path = u->path;
	*bytes = u->left;
	return 1;
}

ssize_t archive_unpack_read(struct archive_unpack *u, void *p, size_t n, struct error *err)
{
	enum wire_kind kind;

	if (u->left == 0)
		return 0;
	while (u->piece == 0) {
		if (read_message(&u->worker, &kind, &u->piece, &u->text, err) < 0)
			return -1;
		if (kind != WIRE_DATA || u->piece > u->left)
			return error_set(err, ERR_CORRUPT, "the archive reader's answer is out of order");
	}
	n = n < u->piece ? n : u->piece;
	if (read_all(&u->worker, p, n, err) < 0)
		return -1;
	u->piece -= n;
	u->left -= n;
	return (ssize_t)n;
}
