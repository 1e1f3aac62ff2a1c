/* Questions to wb-tensor, and its answers. */
#include "config.h"

#include "store/tensor_client.h"

#include <sys/stat.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/tensor_format.h"
#include "store/worker.h"

#define TIMEOUT_NS ((int64_t)30 * 1000 * 1000 * 1000)

/* A little above what the worker may say (store/tensor_sink.h). */
#define ANSWER_MAX (33 * LIMIT_MIB)

enum { READ_STEP = 65536, HEAD_MAX = 65536, WORKERS_MAX = 64 };

static int start(int fd, const char *what, const char *question, const struct tensor_options *opt, struct worker *w,
		 struct error *err)
{
	struct worker_spec spec = {
		.who = "the tensor reader", .program = "wb-tensor", .path = opt ? opt->worker_path : NULL,
		.args = { what, question }, .file = fd,
		.timeout_ns = opt && opt->timeout_ns > 0 ? opt->timeout_ns : TIMEOUT_NS,
	};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_sys(err, "looking at it");
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_INVALID, "%s, not a file with tensors",
				 S_ISDIR(st.st_mode) ? "a folder" : "not a regular file");
	if (tensor_format_of(fd, (uint64_t)st.st_size) == TENSOR_FORMAT_NPZ) {
		spec.program = "wb-archive";
		spec.path = NULL;
	}
	return worker_start(&spec, w, err);
}

/* Hands the lines on. 1: the answer is complete; 0: it just stops. */
static int answer_parse(const struct buf *answer, tensor_record_fn *fn, void *data, struct error *err)
{
	const char *at = buf_text(answer);
	const char *end = at + answer->len;

	while (at < end) {
		CLEANUP(jval_free) struct jval *record = NULL;
		const char *eol = memchr(at, '\n', (size_t)(end - at));

		if (!eol)
			return 0;
		if (jval_parse(at, (size_t)(eol - at), &record, err) < 0)
			return error_wrap(err, "the tensor reader's answer");
		if (jval_get(record, "error"))
			return worker_error(jval_get(record, "error"), err);
		if (jval_get_bool(record, "end", false))
			return 1;
		if (fn(record, data, err) < 0)
			return -1;
		at = eol + 1;
	}
	return 0;
}

struct asked {
	struct worker worker;
	struct buf answer;
};

struct asking {
	struct asked *items;
	size_t n;
};

static void asking_release(struct asking *a)
{
	for (size_t i = 0; i < a->n; i++) {
		worker_release(&a->items[i].worker);
		buf_release(&a->items[i].answer);
	}
	free(a->items);
}
DEFINE_CLEANUP_VALUE(asking_release, struct asking);

/* A little more of one answer. Returns 0 at its end. */
static int answer_grow(struct asked *a, struct error *err)
{
	char *room = buf_room(&a->answer, READ_STEP);
	ssize_t n;

	if (!room)
		return error_set(err, ERR_LIMIT, "the tensor reader says more than %zu MiB about it",
				 a->answer.max / LIMIT_MIB);
	n = worker_read(&a->worker, room, READ_STEP, err);
	if (n > 0)
		a->answer.len += (size_t)n;
	return n < 0 ? -1 : n > 0;
}

/* Reads all answers to their ends, whichever speaks first. */
static int answers_read(struct asking *a, struct error *err)
{
	struct worker *open[WORKERS_MAX];
	size_t which[WORKERS_MAX];
	size_t left = a->n;

	for (size_t i = 0; i < a->n; i++) {
		open[i] = &a->items[i].worker;
		which[i] = i;
	}
	while (left) {
		size_t i;
		int rc;

		if (worker_poll(open, left, &i, err) < 0)
			return -1;
		rc = answer_grow(&a->items[which[i]], err);
		if (rc < 0)
			return -1;
		if (rc == 0) {
			left--;
			open[i] = open[left];
			which[i] = which[left];
		}
	}
	return 0;
}

static int ask_all(int fd, const char *what, char *const *questions, size_t n, const struct tensor_options *opt,
		   tensor_record_fn *fn, void *data, struct error *err)
{
	CLEANUP(asking_release) struct asking a = { .items = mem_calloc(n, sizeof *a.items) };

	if (n > WORKERS_MAX)
		return error_set(err, ERR_INTERNAL, "%zu questions at once", n);
	for (; a.n < n; a.n++) {
		struct asked *item = &a.items[a.n];

		item->worker = (struct worker)WORKER_INIT;
		item->answer = (struct buf)BUF_INIT(ANSWER_MAX);
		if (start(fd, what, questions ? questions[a.n] : NULL, opt, &item->worker, err) < 0) {
			a.n++;
			return -1;
		}
	}
	if (answers_read(&a, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int rc = answer_parse(&a.items[i].answer, fn, data, err);

		if (rc <= 0)
			return rc < 0 ? -1 : worker_explain(&a.items[i].worker, err);
	}
	return 0;
}

static int name_it(const char *display_name, struct error *err)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(LIMIT_EVENT_LINE);

	text_escape_str(&name, display_name);
	return error_wrap(err, "%s", buf_text(&name));
}

int tensor_client_ask_all(int fd, const char *display_name, const char *what, char *const *questions, size_t n,
			  const struct tensor_options *opt, tensor_record_fn *fn, void *data, struct error *err)
{
	return ask_all(fd, what, questions, n, opt, fn, data, err) == 0 ? 0 : name_it(display_name, err);
}

int tensor_client_ask(int fd, const char *display_name, const char *what, const struct tensor_options *opt,
		      tensor_record_fn *fn, void *data, struct error *err)
{
	return tensor_client_ask_all(fd, display_name, what, NULL, 1, opt, fn, data, err);
}

/* ---- values ---- */

struct tensor_stream {
	struct worker worker;
	char *name;
	struct buf ahead;  /* read and not yet asked for */
	uint64_t bytes;    /* of values */
	uint64_t left;
};

void tensor_stream_close(struct tensor_stream *s)
{
	worker_release(&s->worker);
	buf_release(&s->ahead);
	free(s->name);
	free(s);
}

uint64_t tensor_stream_bytes(const struct tensor_stream *s)
{
	return s->bytes;
}

/* One line into *out. */
static int stream_line(struct tensor_stream *s, struct jval **out, struct error *err)
{
	for (;;) {
		const char *eol = s->ahead.len ? memchr(s->ahead.data, '\n', s->ahead.len) : NULL;
		char *room;
		ssize_t n;
		int rc;

		if (eol) {
			rc = jval_parse(s->ahead.data, (size_t)(eol - s->ahead.data), out, err);
			buf_consume(&s->ahead, (size_t)(eol - s->ahead.data) + 1);
			return rc < 0 ? error_wrap(err, "the tensor reader's answer") : 0;
		}
		room = buf_room(&s->ahead, READ_STEP);
		if (!room)
			return error_set(err, ERR_CORRUPT, "the tensor reader's answer has a line without end");
		n = worker_read(&s->worker, room, READ_STEP, err);
		if (n < 0)
			return -1;
		if (n == 0)
			return worker_explain(&s->worker, err);
		s->ahead.len += (size_t)n;
	}
}

/* The line that must say what. */
static int stream_expect(struct tensor_stream *s, const char *what, struct jval **out, struct error *err)
{
	CLEANUP(jval_free) struct jval *record = NULL;

	if (stream_line(s, &record, err) < 0)
		return -1;
	if (jval_get(record, "error"))
		return worker_error(jval_get(record, "error"), err);
	if (!jval_get(record, what))
		return error_set(err, ERR_CORRUPT, "the tensor reader's answer has an unknown record");
	if (out)
		*out = take_ptr(&record);
	return 0;
}

int tensor_stream_open(int fd, const char *display_name, const char *question, const struct tensor_options *opt,
		       struct tensor_stream **out, struct error *err)
{
	CLEANUP(tensor_stream_close) struct tensor_stream *s = mem_zalloc(sizeof *s);
	CLEANUP(jval_free) struct jval *head = NULL;
	int64_t bytes;

	s->worker = (struct worker)WORKER_INIT;
	s->ahead = (struct buf)BUF_INIT(HEAD_MAX + READ_STEP);
	s->name = mem_strdup(display_name);
	if (start(fd, "values", question, opt, &s->worker, err) < 0 || stream_expect(s, "values", &head, err) < 0)
		return name_it(display_name, err);
	bytes = jval_get_int(jval_get(head, "values"), "bytes", -1);
	if (bytes < 0) {
		error_set(err, ERR_CORRUPT, "the tensor reader's answer has no size");
		return name_it(display_name, err);
	}
	s->bytes = s->left = (uint64_t)bytes;
	*out = take_ptr(&s);
	return 0;
}

static int stream_fill(struct tensor_stream *s, char *p, size_t n, struct error *err)
{
	size_t have = n < s->ahead.len ? n : s->ahead.len;

	if (n > s->left)
		return error_set(err, ERR_INTERNAL, "more values are asked for than there are");
	if (have) {
		memcpy(p, s->ahead.data, have);
		buf_consume(&s->ahead, have);
	}
	for (size_t done = have; done < n;) {
		ssize_t got;

		worker_extend(&s->worker);
		got = worker_read(&s->worker, p + done, n - done, err);
		if (got < 0)
			return -1;
		if (got == 0)
			return worker_explain(&s->worker, err);
		done += (size_t)got;
	}
	s->left -= n;
	return s->left || n == 0 ? 0 : stream_expect(s, "end", NULL, err);
}

int tensor_stream_read(struct tensor_stream *s, void *p, size_t n, struct error *err)
{
	return stream_fill(s, p, n, err) == 0 ? 0 : name_it(s->name, err);
}
