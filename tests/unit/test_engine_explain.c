/* engine/explain.c, on records made up here. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/explain.h"

struct scene {
	struct run run;
	struct run_denial denials[4];
	char *warnings[2];
	struct jval *start, *end;
	struct explanation x;
};

static struct jval *parse(const char *text)
{
	struct jval *v = NULL;
	struct error err = { 0 };

	assert_ok(jval_parse(text, strlen(text), &v, &err), &err);
	return v;
}

static int scene_setup(void **state)
{
	struct scene *s = mem_zalloc(sizeof *s);

	s->run.state = RUN_FAILED;
	s->run.detail = (char *)"1";
	s->run.exit_code = 1;
	*state = s;
	return 0;
}

static int scene_teardown(void **state)
{
	struct scene *s = *state;

	explanation_release(&s->x);
	jval_free(s->start);
	jval_free(s->end);
	free(s);
	return 0;
}

static bool data_is_outside(void *data, const char *path)
{
	(void)data;
	return str_eq(path, "/home/ada/data.csv") || str_eq(path, "/proj/src/big.bin");
}

static void explain(struct scene *s, const char *start, const char *end, const char *tail)
{
	const struct explain_ask ask = {
		.run = &s->run, .tail = tail, .tail_len = tail ? strlen(tail) : 0, .outside = data_is_outside,
	};

	explanation_release(&s->x);
	jval_free(s->start);
	jval_free(s->end);
	s->start = parse(start);
	s->end = parse(end);
	s->run.start = s->start;
	s->run.end = s->end;
	s->run.denials = s->denials;
	s->run.warnings = s->warnings;
	explain_run(&ask, &s->x);
}

static void deny(struct scene *s, const char *call, const char *object, uint64_t count)
{
	s->denials[s->run.denial_count++] = (struct run_denial){ (char *)call, (char *)object, count };
}

#define PROJECT "{\"project\":\"/proj\",\"spec\":{\"cwd\":\"src\"}}"

static void explain_run__denials__each_with_what_would_allow_it(void **state)
{
	static const struct {
		const char *call, *object, *what, *allow;
		enum explain_kind kind;
	} cases[] = {
		{ "openat", "/home/ada/x.csv", "/home/ada/x.csv", "-i /home/ada/x.csv", EXPLAIN_HIDDEN },
		{ "openat", "/a/$(id) 'b'.csv", "/a/$(id) 'b'.csv", "-i '/a/$(id) '\\''b'\\''.csv'", EXPLAIN_HIDDEN },
		{ "openat", "/a b/x", "/a b/x", "-i '/a b/x'", EXPLAIN_HIDDEN },
		{ "newfstatat", "/opt/y", "/opt/y", "-i /opt/y", EXPLAIN_HIDDEN },
		{ "openat", "/etc/x for writing", "/etc/x", NULL, EXPLAIN_WRITE },
		{ "unlink", "/home/ada/x for writing", "/home/ada/x", NULL, EXPLAIN_WRITE },
		{ "openat", "/dev/nvidia0", "/dev/nvidia0", "--gpus 1", EXPLAIN_GPU },
		{ "openat", "/root/.ssh/id_rsa", "/root/.ssh/id_rsa", NULL, EXPLAIN_HIDDEN },
		{ "connect", "93.184.216.34:443", "93.184.216.34:443", "--net 93.184.216.34:443", EXPLAIN_NETWORK },
		{ "connect", "127.0.0.1:80", "127.0.0.1:80", NULL, EXPLAIN_NETWORK },
		{ "connect", "unix /run/x.sock", "unix /run/x.sock", NULL, EXPLAIN_NETWORK },
		{ "ptrace", "", "ptrace", NULL, EXPLAIN_CALL },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		s->run.denial_count = 0;
		deny(s, cases[i].call, cases[i].object, 3);
		explain(s, "{}", "{}", NULL);
		assert_int_equal(s->x.n, 1);
		assert_int_equal(s->x.items[0].kind, cases[i].kind);
		assert_string_equal(s->x.items[0].what, cases[i].what);
		assert_int_equal(s->x.items[0].count, 3);
		if (cases[i].allow)
			assert_string_equal(s->x.items[0].allow, cases[i].allow);
		else
			assert_null(s->x.items[0].allow);
	}
}

static void explain_run__one_file_asked_for_in_two_ways__is_one_line(void **state)
{
	struct scene *s = *state;

	deny(s, "newfstatat", "/opt/y", 2);
	deny(s, "openat", "/opt/y", 3);
	explain(s, "{}", "{}", NULL);
	assert_int_equal(s->x.n, 1);
	assert_int_equal(s->x.items[0].count, 5);
}

static void explain_run__last_words__give_the_cause(void **state)
{
	static const struct {
		const char *tail, *cause;
	} cases[] = {
		{ "FileNotFoundError: [Errno 2] No such file or directory: '/home/ada/data.csv'\n",
		  "it did not find /home/ada/data.csv, which exists, but not inside the run" },
		{ "cat: big.bin: No such file or directory", "it did not find /proj/src/big.bin, which exists" },
		{ "cat: ../src/./big.bin: No such file or directory", "it did not find /proj/src/big.bin, which exists" },
		{ "python3: can't open file '/proj/src/nope.py': [Errno 2] No such file or directory",
		  "it looked for a file that is not there: /proj/src/nope.py" },
		{ "ModuleNotFoundError: No module named 'torch'\n", "its Python has no module 'torch'" },
		{ "x\nRuntimeError: No CUDA GPUs are available\nbye\n", "it wanted a GPU, and had none" },
		{ "torch.OutOfMemoryError: CUDA out of memory. Tried", "the GPU's memory was not enough" },
		{ "urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
		  "it wanted to reach the network" },
		{ "OSError: [Errno 24] Too many open files: 'a'", "--files" },
		{ "MemoryError\n", "more memory than it could get" },
		{ "\n\n", NULL },
		{ "all is well\n", NULL },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		explain(s, PROJECT, "{}", cases[i].tail);
		if (!cases[i].cause) {
			assert_null(s->x.cause);
			continue;
		}
		assert_non_null(s->x.cause);
		assert_contains(s->x.cause, cases[i].cause);
		assert_false(s->x.is_sure);
	}
}

static void explain_run__left_out_as_unreadable__no_input_is_advised(void **state)
{
	static const char start[] = "{\"project\":\"/proj/src\",\"snapshot\":{\"skipped\":[{\"path\":\"big.bin\",\"why\":\"unreadable\"}]}}";
	struct scene *s = *state;

	explain(s, start, "{}", "cat: /proj/src/big.bin: No such file or directory");
	assert_contains(s->x.cause, "did not find /proj/src/big.bin, which the frozen code lacks: you may not read it");
	assert_int_equal(s->x.n, 0);
	explain(s, start, "{}", "cat: /proj/src/big.bin/below: No such file or directory");
	assert_contains(s->x.cause, "you may not read it");
	explain(s, start, "{}", "cat: /proj/src/big.bin2: No such file or directory");
	assert_null(strstr(s->x.cause, "you may not read it"));
}

static void explain_run__hostile_last_words__stay_one_plain_line(void **state)
{
	struct scene *s = *state;

	explain(s, PROJECT, "{}", "No such file or directory: '\033[31m\007x'");
	assert_non_null(s->x.cause);
	assert_null(strchr(s->x.cause, '\033'));
	assert_contains(s->x.cause, "\\x1b");
	explain(s, PROJECT, "{}", "No such file or directory: '");
	assert_non_null(s->x.cause);
}

static void explain_run__limits__say_how_much_and_what_to_ask_for(void **state)
{
	static const char limits[] = "{\"limits\":{\"memory_bytes\":4294967296,\"wall_seconds\":60.0,\"disk_bytes\":1048576}}";
	struct scene *s = *state;

	s->run.state = RUN_LIMIT;
	s->run.detail = (char *)"memory";
	explain(s, limits, "{\"reason\":\"it used much\",\"limit_reached\":{\"name\":\"memory\",\"limit\":4294967296,\"reached\":4300000000}}",
		NULL);
	assert_true(s->x.is_sure);
	assert_contains(s->x.cause, "it went past its memory limit: it used much");
	assert_string_equal(s->x.items[0].allow, "--memory 8G");
	assert_string_equal(s->x.items[0].why, "this ended it");
	/* Near: by what it used, or by a warning of the time. */
	s->run.state = RUN_FINISHED;
	s->run.duration_ns = INT64_C(59000000000);
	s->warnings[0] = (char *)"near the disk limit: 950 KiB of 1.0 MiB";
	s->run.warning_count = 1;
	explain(s, limits, "{\"usage\":{\"peak_memory_bytes\":100}}", NULL);
	assert_int_equal(s->x.n, 2);
	assert_null(s->x.cause);
	assert_string_equal(s->x.items[0].what, "disk: 950 KiB of 1.0 MiB");
	assert_string_equal(s->x.items[0].allow, "--disk 2M");
	assert_string_equal(s->x.items[1].allow, "--time 120s");
	assert_string_equal(s->x.items[1].why, "near");
}

static void explain_run__denied_by_policy__names_the_rule(void **state)
{
	struct scene *s = *state;

	s->run.state = RUN_DENIED;
	s->run.exit_code = -1;
	explain(s, "{\"policy\":{\"decision\":\"deny\",\"reasons\":[\"too many GPUs\"],\"detail\":{\"reasons\":[{\"text\":\"too many GPUs\","
		   "\"rule\":\"deny\",\"file\":\".wb/policy/a.rego\",\"row\":7}]}}}", "{}", NULL);
	assert_string_equal(s->x.cause, "the policy refused it: too many GPUs");
	assert_string_equal(s->x.items[0].allow, ".wb/policy/a.rego:7, rule deny");
}

static void explain_run__the_broker_refused__its_own_advice(void **state)
{
	struct scene *s = *state;

	explain(s, "{}", "{\"network\":[{\"host\":\"a.org\",\"port\":443,\"decision\":\"allow\"},{\"host\":\"b.org\",\"port\":22,"
			 "\"decision\":\"deny\",\"reason\":\"not named\",\"hint\":\"--net b.org:22\",\"count\":2}]}", NULL);
	assert_int_equal(s->x.n, 1);
	assert_string_equal(s->x.items[0].what, "b.org:22");
	assert_string_equal(s->x.items[0].allow, "--net b.org:22");
}

static void explain_run__never_started__the_reason_and_the_hint(void **state)
{
	struct scene *s = *state;
	CLEANUP(jval_free) struct jval *v = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);

	s->run.exit_code = -1;
	s->run.detail = (char *)"setup";
	explain(s, "{}", "{\"reason\":\"1 of 1 GPU is leased\",\"hint\":\"--gpu-wait 10m waits for it\"}", NULL);
	v = explanation_to_jval(&s->x);
	jval_format(v, JVAL_COMPACT, &text);
	assert_string_equal(buf_text(&text), "{\"cause\":\"it could not be started: 1 of 1 GPU is leased\",\"sure\":true,\"traced\":false,"
					     "\"findings\":[{\"kind\":\"setup\",\"what\":\"1 of 1 GPU is leased\",\"count\":null,"
					     "\"allow\":\"--gpu-wait 10m waits for it\",\"why\":null}]}");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

static const struct CMUnitTest tests[] = {
	CASE(explain_run__denials__each_with_what_would_allow_it),
	CASE(explain_run__one_file_asked_for_in_two_ways__is_one_line),
	CASE(explain_run__last_words__give_the_cause),
	CASE(explain_run__left_out_as_unreadable__no_input_is_advised),
	CASE(explain_run__hostile_last_words__stay_one_plain_line),
	CASE(explain_run__limits__say_how_much_and_what_to_ask_for),
	CASE(explain_run__denied_by_policy__names_the_rule),
	CASE(explain_run__the_broker_refused__its_own_advice),
	CASE(explain_run__never_started__the_reason_and_the_hint),
};
WB_TEST_MAIN(tests)
