/* wb log: the event door of a run, for shell scripts. Needs no store, only $WB_EVENTS. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "engine/event.h"

enum { ANSWER_WAIT_MS = 30000 };

enum log_kind { LOG_METRIC, LOG_PARAM, LOG_TAG };

static int open_door(struct error *err)
{
	const char *path = getenv("WB_EVENTS");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	CLEANUP(close) int fd = -1;

	if (!path || !*path) {
		error_set(err, ERR_NOT_FOUND, "log: this is not inside a run ($WB_EVENTS is not set)");
		return error_hint(err, "'wb log' is for scripts that 'wb run' has started");
	}
	if (strlen(path) >= sizeof address.sun_path)
		return error_set(err, ERR_INVALID, "log: $WB_EVENTS is too long for a socket");
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return error_sys(err, "log: %s", path);
	return take_fd(&fd);
}

/* "metrics":{...} and step apart: a "step=3" word is no metric. */
static int metric_event(const struct arg_pairs *pairs, struct jval *out, struct error *err)
{
	struct jval *metrics = jval_set(out, "metrics", jval_object());

	for (size_t i = 0; i < pairs->count; i++) {
		const struct arg_pair *p = &pairs->items[i];
		int64_t integer;
		double number;

		if (str_eq(p->key, "step") || str_eq(p->key, "time_ms")) {
			if (str_parse_i64(p->value, &integer, err) < 0)
				return error_wrap(err, "log: %s", p->key);
			jval_set_int(out, p->key, integer);
		} else {
			if (str_parse_double(p->value, &number, err) < 0)
				return error_wrap(err, "log: metric '%s'", p->key);
			jval_set_num(metrics, p->key, number);
		}
	}
	if (!jval_count(metrics)) {
		error_set(err, ERR_INVALID, "log: no metric in the line");
		return error_hint(err, "for example: wb log loss=0.12 step=3");
	}
	return 0;
}

static void text_event(enum log_kind kind, const struct arg_pair *p, struct jval *out)
{
	jval_set_text(out, kind == LOG_PARAM ? "param" : "tag", p->key);
	jval_set_text(out, "value", p->value);
}

static void ignore_event(void *data, const struct event *event)
{
	(void)data;
	(void)event;
}

/* One line for the door, checked by the rules that the other side has: it would count a bad line and go on. */
static int add_line(struct buf *lines, const struct jval *event, struct error *err)
{
	size_t start = lines->len;

	jval_format(event, JVAL_COMPACT, lines);
	if (buf_check(lines, "log: the event", err) < 0)
		return -1;
	if (lines->len - start >= LIMIT_EVENT_LINE)
		return error_set(err, ERR_LIMIT, "log: the line is longer than %zu bytes", LIMIT_EVENT_LINE);
	if (event_parse(lines->data + start, lines->len - start, 0, ignore_event, NULL, err) < 0)
		return error_wrap(err, "log");
	buf_putc(lines, '\n');
	return 0;
}

static int build_lines(enum log_kind kind, const struct arg_pairs *pairs, struct buf *lines, struct error *err)
{
	if (kind == LOG_METRIC) {
		CLEANUP(jval_free) struct jval *event = jval_object();

		return metric_event(pairs, event, err) < 0 ? -1 : add_line(lines, event, err);
	}
	for (size_t i = 0; i < pairs->count; i++) {
		CLEANUP(jval_free) struct jval *event = jval_object();

		text_event(kind, &pairs->items[i], event);
		if (add_line(lines, event, err) < 0)
			return -1;
	}
	return 0;
}

static int send_all(int fd, const struct buf *lines, struct error *err)
{
	for (size_t done = 0; done < lines->len;) {
		ssize_t n = send(fd, lines->data + done, lines->len - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_sys(err, "log: sending");
		done += (size_t)n;
	}
	return 0;
}

/* "ok 1": everything before it is durable. */
static int await_ok(int fd, struct error *err)
{
	char answer[64];
	size_t have = 0;

	while (have < sizeof answer - 1) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, ANSWER_WAIT_MS) <= 0 && errno != EINTR)
			return error_set(err, ERR_TIMEOUT, "log: the run's supervisor does not answer");
		n = recv(fd, answer + have, sizeof answer - 1 - have, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
		answer[have] = '\0';
		if (strchr(answer, '\n'))
			return str_starts(answer, "ok ") ? 0 : error_set(err, ERR_CORRUPT, "log: the answer is '%s'", answer);
	}
	return error_set(err, ERR_SYSTEM, "log: the run's supervisor did not acknowledge it");
}

static enum log_kind leading_kind(const struct call *call, size_t *first)
{
	static const char *const words[] = { [LOG_METRIC] = "metric", [LOG_PARAM] = "param", [LOG_TAG] = "tag" };

	*first = 1;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eq(call->operands[0], words[i]))
			return (enum log_kind)i;
	*first = 0;
	return LOG_METRIC;
}

static int log_run(struct app *app, const struct call *call, struct error *err)
{
	CLEANUP(arg_pairs_release) struct arg_pairs pairs = { 0 };
	CLEANUP(buf_release) struct buf lines = BUF_INIT(4 * LIMIT_MIB);
	CLEANUP(close) int fd = -1;
	size_t first;
	enum log_kind kind = leading_kind(call, &first);

	(void)app;
	for (size_t i = first; i < call->count; i++)
		if (arg_pairs_push(&pairs, call->operands[i], "log:", err) < 0)
			return error_hint(err, "for example: wb log loss=0.12 step=3, or wb log param lr=0.1");
	if (!pairs.count)
		return error_set(err, ERR_INVALID, "log: no KEY=VALUE after '%s'", call->operands[0]);
	if (build_lines(kind, &pairs, &lines, err) < 0)
		return -1;
	fd = open_door(err);
	if (fd < 0)
		return -1;
	buf_puts(&lines, "{\"sync\":1}\n");
	if (send_all(fd, &lines, err) < 0)
		return -1;
	return await_ok(fd, err) < 0 ? -1 : STATUS_YES;
}

const struct command cmd_log = {
	.name = "log",
	.summary = "record metrics, params or tags from inside a run",
	.group = GROUP_OPERATE,
	.operands = "[metric|param|tag] KEY=VALUE…",
	.usage_hint = "; 'wb ls' lists runs, 'wb logs RUN' prints what one wrote",
	.about = "For shell scripts that 'wb run' started. Values are metrics unless 'param' or\n"
		 "'tag' comes first; 'step' is the step of the metrics beside it. A param keeps its\n"
		 "first value. What this has said yes to is durable.",
	.examples = {
		{ "wb log loss=0.12 acc=0.9 step=3", "two metrics of step 3" },
		{ "wb log param optimizer=adam", "a param" },
		{ "wb log tag phase=warmup", "a tag" },
	},
	.run = log_run,
};
