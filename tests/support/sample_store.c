/*
 * sample_store STORE: writes a few runs into an existing store, always the same,
 * for command-line goldens that must not depend on a sandbox: finished ones,
 * a failure, a denial, a limit, a lost one, and one whose every text is hostile.
 */
#include "config.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "tracker/life.h"
#include "tracker/spool.h"

#define START_NS 1700000000000000000LL
#define MINUTE_NS 60000000000LL

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

struct sample {
	char id[33];
	struct life life;
	struct spool *spool;
	long long start_ns;
};

static _Noreturn void die(const struct error *err)
{
	fprintf(stderr, "sample_store: %s\n", err->text);
	exit(1);
}

static void commit(struct sample *s)
{
	struct error err = { 0 };

	if (spool_commit(s->spool, &err) < 0)
		die(&err);
}

/* members: what START has beyond the fixed part, without braces. Backslashes are JSON's. */
static void begin(int store, struct sample *s, unsigned number, const char *name, const char *members)
{
	CLEANUP(buf_release) struct buf start = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };

	*s = (struct sample){ .life = LIFE_INIT, .start_ns = START_NS + number * MINUTE_NS };
	snprintf(s->id, sizeof s->id, "%012x7000800000000000%04x", 0x18bcfe56u + number * 60000, number);
	if (life_begin(store, s->id, &s->life, &err) < 0 || spool_create(s->life.dirfd, &s->spool, &err) < 0)
		die(&err);
	buf_printf(&start, "{\"run_id\":\"%s\",\"name\":\"%s\",\"start_ns\":%lld,\"user\":\"ana\"%s%s}", s->id, name, s->start_ns,
		   *members ? "," : "", members);
	spool_encode_start(spool_buffer(s->spool), start.data, start.len);
	commit(s);
	if (spool_sync(s->spool, &err) < 0)
		die(&err);
}

static void metric(struct sample *s, const char *key, double value, int step)
{
	spool_encode_metric(spool_buffer(s->spool), key, value, step, s->start_ns / 1000000 + step * 1000);
	commit(s);
}

/* Without END and without its lock a run is lost. */
static void vanish(struct sample *s)
{
	struct error err = { 0 };

	if (spool_flush(s->spool, &err) < 0)
		die(&err);
	spool_free(s->spool);
	life_release(&s->life);
}

static void end(struct sample *s, const char *members, long long seconds)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };

	buf_printf(&text, "{%s,\"end_ns\":%lld}", members, s->start_ns + seconds * 1000000000);
	if (spool_finish(s->spool, text.data, text.len, &err) < 0)
		die(&err);
	spool_free(s->spool);
	life_release(&s->life);
}

static void finished(int store, unsigned number, const char *name, const char *lr, double loss, double acc)
{
	CLEANUP(buf_release) struct buf members = BUF_INIT(LIMIT_MIB);
	struct sample s;

	buf_printf(&members,
		   "\"experiment\":\"digits\",\"command\":[\"python3\",\"train.py\",\"--name\",\"it's\"],"
		   "\"params\":{\"lr\":\"%s\",\"model\":\"mlp\"},\"tags\":{\"kind\":\"baseline\"},"
		   "\"inputs\":[{\"name\":\"digits\",\"path\":\"digits.h5\",\"sha256\":\"" SHA_A "\",\"bytes\":4096,\"tags\":[\"public\"]}],"
		   "\"snapshot\":{\"tree\":\"4b825dc642cb6eb9a060e54bf8d69288fbee4904\",\"files\":3,"
		   "\"skipped\":[{\"path\":\"key.pem\",\"why\":\"withheld\"}]},"
		   "\"git\":{\"commit\":\"0123456789012345678901234567890123456789\",\"branch\":\"main\",\"dirty\":true,\"remote\":null},"
		   "\"environment\":{\"os\":\"Debian\",\"python\":\"3.11\"},\"tier\":1,\"layers\":[\"user\",\"mount\"],"
		   "\"host\":\"box\",\"policy\":{\"decision\":\"allow\",\"reasons\":[],\"warnings\":[]},\"limits\":{\"gpus\":0},\"project\":\"/p\"",
		   lr);
	begin(store, &s, number, name, buf_text(&members));
	for (int step = 0; step < 3; step++) {
		metric(&s, "loss", loss + 2 - step, step);
		metric(&s, "acc", acc - 0.25 * (2 - step), step);
		metric(&s, "system/cpu", 50 + step, step);
	}
	spool_encode_output(spool_buffer(s.spool), "out/weights.h5", 2048, SHA_B);
	commit(&s);
	end(&s, "\"state\":\"FINISHED\",\"exit_code\":0", 3);
}

static void failed(int store, unsigned number)
{
	struct sample s;

	begin(store, &s, number, "late-heron-2", "\"experiment\":\"digits\",\"command\":[\"./t.sh\"],\"params\":{\"lr\":\"10\",\"model\":\"mlp\"}");
	metric(&s, "loss", 1.5, 0);
	metric(&s, "loss", NAN, 1);
	metric(&s, "loss", INFINITY, 2);
	spool_encode_warning(spool_buffer(s.spool), "2 event lines were not understood", s.start_ns / 1000000);
	spool_encode_denial(spool_buffer(s.spool), "connect", "127.0.0.1:8080", 3);
	spool_encode_denial(spool_buffer(s.spool), "openat", "/root/.ssh/id_rsa", 1);
	commit(&s);
	end(&s, "\"state\":\"FAILED\",\"detail\":\"3\",\"exit_code\":3", 65);
}

static void denied(int store, unsigned number)
{
	struct sample s;

	begin(store, &s, number, "calm-otter-3",
	      "\"experiment\":\"Default\",\"command\":[\"true\"],\"policy\":{\"decision\":\"deny\","
	      "\"reasons\":[{\"text\":\"input 'patients' is tagged PII\",\"rule\":\"deny\"}],\"warnings\":[\"no seed was given\"]}");
	end(&s, "\"state\":\"DENIED\"", 0);
}

static void limited(int store, unsigned number)
{
	struct sample s;

	begin(store, &s, number, "big-newt-4", "\"experiment\":\"Default\",\"command\":[\"hog\"]");
	end(&s, "\"state\":\"LIMIT\",\"detail\":\"memory\",\"signal\":9,\"reason\":\"256.0 MiB were allowed\"", 2);
}

static void hostile(int store, unsigned number)
{
	struct sample s;

	begin(store, &s, number, "two words\\nand \\u001b[31mred\\u202e",
	      "\"experiment\":\"\\u001b]0;title\\u0007\",\"command\":[\"a b\",\"\\u001b[2J\"],"
	      "\"params\":{\"l r\\t\":\"\\u009b1m\"},\"tags\":{\"\\u0007\":\"\\r\\n\"},\"snapshot\":{\"tree\":\"\",\"files\":0,"
	      "\"skipped\":[{\"path\":\"\\u001bx\",\"why\":\"special\"}]}");
	metric(&s, "loss \033[1m", 1, 0);
	spool_encode_output(spool_buffer(s.spool), "od\033[8md", 1, SHA_B);
	spool_encode_denial(spool_buffer(s.spool), "open\033", "/tmp/\xff\n", 2);
	spool_encode_note(spool_buffer(s.spool), "ev\033e", "line\nline", s.start_ns / 1000000);
	commit(&s);
	end(&s, "\"state\":\"KILLED\",\"detail\":\"\\u001b[5m\",\"signal\":15", 1);
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	CLEANUP(close) int store = argc == 2 ? fs_open_dir(AT_FDCWD, argv[1], &err) : -1;
	char lost_members[256], host[128] = "";
	struct sample lost;

	if (store < 0) {
		fprintf(stderr, "usage: sample_store STORE\n");
		return 2;
	}
	finished(store, 1, "brave-finch-1", "0.1", 0.25, 0.875);
	failed(store, 2);
	denied(store, 3);
	limited(store, 4);
	hostile(store, 5);
	/* Only runs of this very host are judged to be lost. */
	if (gethostname(host, sizeof host - 1) < 0)
		return 1;
	snprintf(lost_members, sizeof lost_members, "\"experiment\":\"digits\",\"host\":\"%s\",\"params\":{\"lr\":\"0.5\"}", host);
	begin(store, &lost, 6, "gone-gull-6", lost_members);
	metric(&lost, "loss", 0.5, 0);
	vanish(&lost);
	finished(store, 7, "wise-wren-7", "0.2", 0.125, 0.9375);
	return 0;
}
