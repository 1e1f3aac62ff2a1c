/* Runs for the tests of the full screen, always the same. */
#include "config.h"

#include "tests/support/tui_fixture.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "engine/runlog.h"
#include "tracker/life.h"
#include "tracker/spool.h"

#define START_NS INT64_C(1700000000000000000)
#define MINUTE_NS INT64_C(60000000000)
#define SHA "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

enum { MANY = 250, POINTS = 400, LONG = 50000, RICH = 60, RICH_LINES = 3000 };

struct sample {
	char id[33];
	struct life life;
	struct spool *spool;
	int64_t start_ns;
};

static _Noreturn void die(const struct error *err)
{
	fprintf(stderr, "tui_fixture: %s\n", err->text);
	exit(1);
}

/* members: what START has beyond the fixed part, without braces. */
static void begin(int store, struct sample *s, unsigned number, const char *name, const char *members)
{
	CLEANUP(buf_release) struct buf start = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };

	*s = (struct sample){ .life = LIFE_INIT, .start_ns = START_NS + number * MINUTE_NS };
	snprintf(s->id, sizeof s->id, "%012x7000800000000000%04x", 0x18bcfe56u + number * 60000, number);
	if (life_begin(store, s->id, &s->life, &err) < 0 || spool_create(s->life.dirfd, &s->spool, &err) < 0)
		die(&err);
	buf_printf(&start, "{\"run_id\":\"%s\",\"name\":\"%s\",\"start_ns\":%" PRId64 ",\"user\":\"ana\",\"host\":\"box\"%s%s}", s->id, name,
		   s->start_ns, *members ? "," : "", members);
	spool_encode_start(spool_buffer(s->spool), start.data, start.len);
}

static void metric(struct sample *s, const char *key, double value, int step)
{
	struct error err = { 0 };

	spool_encode_metric(spool_buffer(s->spool), key, value, step, s->start_ns / 1000000 + step * 1000);
	if (spool_commit(s->spool, &err) < 0)
		die(&err);
}

static void print_log(struct sample *s, enum runlog_stream stream, const char *text)
{
	struct runlog_writer *w = NULL;
	struct error err = { 0 };

	if (runlog_create(s->life.dirfd, LIMIT_MIB, &w, &err) < 0 ||
	    runlog_append(w, stream, s->start_ns, text, strlen(text), &err) < 0)
		die(&err);
	runlog_close(w);
}

static void end(struct sample *s, const char *members, int64_t seconds)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };

	buf_printf(&text, "{%s,\"end_ns\":%" PRId64 "}", members, s->start_ns + seconds * 1000000000);
	if (spool_finish(s->spool, text.data, text.len, &err) < 0)
		die(&err);
	spool_free(s->spool);
	life_release(&s->life);
}

static void one(int store)
{
	struct sample s;

	begin(store, &s, 1, "brave-finch-1",
	      "\"experiment\":\"digits\",\"command\":[\"python3\",\"train.py\",\"--name\",\"it's\"],"
	      "\"params\":{\"lr\":\"0.1\",\"model\":\"mlp\"},\"tags\":{\"kind\":\"baseline\"},"
	      "\"inputs\":[{\"name\":\"digits\",\"path\":\"digits.h5\",\"sha256\":\"" SHA "\",\"bytes\":4096,\"tags\":[\"public\"]}],"
	      "\"snapshot\":{\"tree\":\"4b825dc642cb6eb9a060e54bf8d69288fbee4904\",\"files\":3,"
	      "\"skipped\":[{\"path\":\"key.pem\",\"why\":\"withheld\"}]},\"tier\":1,\"layers\":[\"user\",\"mount\"],"
	      "\"policy\":{\"decision\":\"allow\",\"reasons\":[],\"warnings\":[\"no seed was given\"]},\"project\":\"/p\"");
	for (int step = 0; step < POINTS; step++) {
		metric(&s, "loss", step == 250 ? 1.5 : exp(-step / 100.0), step);
		metric(&s, "acc", 1 - exp(-step / 80.0), step);
	}
	metric(&s, "system/cpu_percent", 50, 0);
	spool_encode_output(spool_buffer(s.spool), "out/weights.h5", 2048, SHA);
	spool_encode_denial(spool_buffer(s.spool), "connect", "127.0.0.1:8080", 3);
	spool_encode_note(spool_buffer(s.spool), "ana", "looks good", s.start_ns / 1000000);
	print_log(&s, RUNLOG_OUT, "epoch 1\nepoch 2\nprogress 10%\rprogress 100%\nno newline at the end");
	end(&s,
	    "\"state\":\"FINISHED\",\"exit_code\":0,\"tensors\":[{\"path\":\"out/weights.h5\",\"format\":\"hdf5\",\"tensors\":["
	    "{\"path\":\"/w1\",\"shape\":[64,32],\"dtype\":\"float32\",\"bytes\":8192},"
	    "{\"path\":\"/step\",\"shape\":[],\"dtype\":\"int64\",\"bytes\":8}],\"more\":3}]", 3);
}

static void many(int store)
{
	static const char *const endings[] = {
		"\"state\":\"FINISHED\",\"exit_code\":0", "\"state\":\"FAILED\",\"detail\":\"1\",\"exit_code\":1",
		"\"state\":\"LIMIT\",\"detail\":\"memory\",\"signal\":9", "\"state\":\"KILLED\",\"detail\":\"user\",\"signal\":15",
		"\"state\":\"DENIED\"",
	};
	char name[64], members[256];
	struct sample s;

	for (unsigned i = 1; i <= MANY; i++) {
		snprintf(name, sizeof name, "run-%u", i);
		snprintf(members, sizeof members, "\"experiment\":\"sweep\",\"params\":{\"lr\":\"0.%u\",\"depth\":\"%u\"}", 1 + i % 9, i % 4);
		begin(store, &s, i, name, members);
		metric(&s, "loss", 1.0 / (1 + i % 17), 0);
		end(&s, endings[i % 7 ? 0 : i / 7 % 5], 1 + i % 90);
	}
}

/* More of everything than a screen holds, and texts longer than it is wide. */
static void rich(int store)
{
	CLEANUP(buf_release) struct buf members = BUF_INIT(LIMIT_MIB);
	CLEANUP(buf_release) struct buf log = BUF_INIT(LIMIT_MIB);
	char name[64];
	struct sample s;

	buf_puts(&members, "\"experiment\":\"digits\",\"command\":[\"python3\",\"train.py\"");
	for (int i = 0; i < RICH; i++)
		buf_printf(&members, ",\"--option-%d=value\"", i);
	buf_puts(&members, "],\"params\":{");
	for (int i = 0; i < RICH; i++)
		buf_printf(&members, "%s\"layer.%02d.with.a.name.longer.than.its.column\":\"%d\"", i ? "," : "", i, i * i);
	buf_puts(&members, "}");
	begin(store, &s, 1, "rich-one", buf_text(&members));
	for (int i = 0; i < RICH; i++) {
		snprintf(name, sizeof name, "metric/%02d", i);
		for (int step = 0; step < 3; step++)
			metric(&s, name, i * step, step);
		snprintf(name, sizeof name, "out/epoch-%02d/weights.npy", i);
		spool_encode_output(spool_buffer(s.spool), name, (uint64_t)i << 20, SHA);
	}
	for (int i = 0; i < RICH_LINES; i++)
		buf_printf(&log, "line %d%s\n", i, i % 7 ? "" : ", a long one: 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789");
	print_log(&s, RUNLOG_OUT, buf_text(&log));
	end(&s, "\"state\":\"FINISHED\",\"exit_code\":0", 3);
}

/* The last point is far from all others: it is seen only when everything is. */
static void long_history(int store)
{
	struct sample s;

	begin(store, &s, 1, "long-one", "\"experiment\":\"digits\"");
	for (int step = 0; step < LONG; step++)
		metric(&s, "loss", step == LONG - 1 ? 950 : 100 + 10 * sin(step / 700.0), step);
	end(&s, "\"state\":\"FINISHED\",\"exit_code\":0", 3);
}

/* Characters that take two columns, marks that take none, and a column that holds more than it shows. */
static void wide(int store)
{
	struct sample s;

	begin(store, &s, 1, "漢字の実験と長い名前は切り詰められる", "\"experiment\":\"日本語\",\"params\":{\"モデル\":\"変換器\"},\"tags\":{\"e\":\"e\\u0301te\\u0301\"}");
	metric(&s, "損失", 0.25, 0);
	metric(&s, "損失", 0.125, 1);
	print_log(&s, RUNLOG_OUT, "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字\n"
				  "cafe\xcc\x81 na\xc3\xafve\n");
	end(&s, "\"state\":\"FINISHED\",\"exit_code\":0", 3);
	begin(store, &s, 2, "emoji-\xf0\x9f\xa6\x8a-fox", "\"experiment\":\"日本語\"");
	end(&s, "\"state\":\"FINISHED\",\"exit_code\":0", 3);
}

static void hostile(int store)
{
	struct sample s;

	begin(store, &s, 1, "two words\\nand \\u001b[31mred\\u202e",
	      "\"experiment\":\"\\u001b]0;title\\u0007\",\"command\":[\"a b\",\"\\u001b[2J\"],"
	      "\"params\":{\"l r\\t\":\"\\u009b1m\"},\"tags\":{\"\\u0007\":\"\\r\\n\"},\"snapshot\":{\"tree\":\"\",\"files\":0,"
	      "\"skipped\":[{\"path\":\"\\u001bx\",\"why\":\"special\"}]},\"policy\":{\"decision\":\"\\u001b[7m\",\"reasons\":[\"\\u0090q\"]}");
	metric(&s, "loss \033[1m", 1, 0);
	metric(&s, "loss \033[1m", NAN, 1);
	metric(&s, "loss \033[1m", -INFINITY, 2);
	metric(&s, "a`b", 1e308, 0);
	metric(&s, "a`b", -1e308, 1);
	spool_encode_output(spool_buffer(s.spool), "od\033[8md", 1, SHA);
	spool_encode_denial(spool_buffer(s.spool), "open\033", "/tmp/\xff\n", 2);
	spool_encode_note(spool_buffer(s.spool), "ev\033e", "line\nline", s.start_ns / 1000000);
	print_log(&s, RUNLOG_ERR, "\033[31mred\033[0m but \033[2J\033]0;title\007 and \x9b\x31m and \xff\xfe\n\tTab\bBack\n\xe2\x80\xaereversed\n");
	end(&s, "\"state\":\"KILLED\",\"detail\":\"\\u001b[5m\",\"signal\":15", 1);
}

bool tui_fixture_fill(int store, const char *kind)
{
	if (str_eq(kind, "one"))
		one(store);
	else if (str_eq(kind, "many"))
		many(store);
	else if (str_eq(kind, "rich"))
		rich(store);
	else if (str_eq(kind, "long"))
		long_history(store);
	else if (str_eq(kind, "wide"))
		wide(store);
	else if (str_eq(kind, "hostile"))
		hostile(store);
	else
		return false;
	return true;
}
