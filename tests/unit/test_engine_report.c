/* Runs as JSON, and what differs between two of them. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "engine/compare.h"
#include "engine/report.h"
#include "tracker/tracker.h"

/* A run as the tracker hands it out, made of static parts: never released. */
struct fixture {
	struct run a, b;
	struct run_pair params_a[2], params_b[2];
	struct run_metric metrics_a[3], metrics_b[3];
	struct run_input input_a, input_b;
	struct run_output output;
	struct run_denial denial;
	struct run_note note;
	char *warnings[1];
	struct jval *start_a, *start_b, *end;
	struct jval *v;
	struct buf text;
};

#define T(s) ((char *)(uintptr_t)(s))

static struct jval *parse(const char *text)
{
	struct error err = { 0 };
	struct jval *v = NULL;

	assert_ok(jval_parse(text, strlen(text), &v, &err), &err);
	return v;
}

static void fill_run(struct fixture *f, struct run *r, struct run_pair *params, struct run_metric *metrics,
		     struct run_input *input)
{
	params[0] = (struct run_pair){ T("lr"), T("0.1") };
	params[1] = (struct run_pair){ T("seed"), T("7") };
	metrics[0] = (struct run_metric){ .key = T("acc"), .value = 0.5, .step = 2, .min = 0.1, .max = 0.5, .count = 3 };
	metrics[1] = (struct run_metric){ .key = T("bad"), .value = NAN, .min = NAN, .max = NAN, .count = 1 };
	metrics[2] = (struct run_metric){ .key = T("system/cpu"), .value = 99, .count = 1 };
	*input = (struct run_input){ T("digits"), T("digits.h5"), T("ab"), 10, T("PII,PHI") };
	*r = (struct run){
		.id = "0192f3a1b2c30000000000000000000a",
		.experiment = T("Default"), .experiment_id = T("0"), .name = T("first"), .user = T("ana"), .host = T("box"),
		.tree = T("1111111111111111111111111111111111111111"), .state = RUN_LIMIT, .detail = T("memory"),
		.start_ns = INT64_C(1700000000000000000), .end_ns = INT64_C(1700000001500000000),
		.duration_ns = INT64_C(1500000000), .exit_code = -1, .signal = 9,
		.params = params, .param_count = 2, .metrics = metrics, .metric_count = 3, .inputs = input, .input_count = 1,
		.outputs = &f->output, .output_count = 1, .denials = &f->denial, .denial_count = 1, .notes = &f->note,
		.note_count = 1, .warnings = f->warnings, .warning_count = 1, .end = f->end,
	};
}

static int setup(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);

	f->text = (struct buf)BUF_INIT(LIMIT_JSON);
	f->output = (struct run_output){ T("w.h5"), T("cd"), 5 };
	f->denial = (struct run_denial){ T("connect"), T("127.0.0.1:80"), 4 };
	f->note = (struct run_note){ T("ana"), T("hm"), 1700000002000 };
	f->warnings[0] = T("careful");
	f->start_a = parse("{\"run_id\":\"x\",\"start_ns\":1,\"command\":[\"python3\",\"t.py\"],\"tier\":1,"
			   "\"snapshot\":{\"tree\":\"1111\",\"files\":3,\"skipped\":[]},\"limits\":{\"gpus\":0},"
			   "\"policy\":{\"decision\":\"allow\",\"reasons\":[],\"warnings\":[]},\"project\":\"/p\","
			   "\"environment\":{\"os\":\"x\",\"python\":\"3.11\"}}");
	f->start_b = jval_copy(f->start_a);
	f->end = parse("{\"state\":\"LIMIT\",\"end_ns\":2,\"duration_ns\":3,\"usage\":{\"cpu_s\":1.5},\"reason\":\"too much\"}");
	fill_run(f, &f->a, f->params_a, f->metrics_a, &f->input_a);
	fill_run(f, &f->b, f->params_b, f->metrics_b, &f->input_b);
	f->a.start = f->start_a;
	f->b.start = f->start_b;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	jval_free(f->start_a);
	jval_free(f->start_b);
	jval_free(f->end);
	jval_free(f->v);
	buf_release(&f->text);
	free(f);
	return 0;
}

static const char *format(struct fixture *f)
{
	buf_clear(&f->text);
	jval_format(f->v, JVAL_COMPACT, &f->text);
	return buf_text(&f->text);
}

static void report_run__promised_members__come_first_and_in_order(void **state)
{
	struct fixture *f = *state;

	const char *text;

	f->v = report_run(&f->a);
	text = format(f);
	assert_ptr_equal(strstr(text,
				"{\"v\":1,\"run_id\":\"0192f3a1b2c30000000000000000000a\",\"experiment\":\"Default\","
				"\"name\":\"first\",\"status\":\"LIMIT(memory)\",\"exit_code\":null,\"signal\":9,\"duration_s\":1.5,"
				"\"tier\":1,\"snapshot\":{\"tree\":\"1111\",\"files\":3,\"skipped\":[]},"
				"\"policy\":{\"decision\":\"allow\",\"reasons\":[],\"warnings\":[]},"
				"\"params\":{\"lr\":\"0.1\",\"seed\":\"7\"},"
				"\"metrics\":{\"acc\":0.5,\"bad\":\"NaN\"},"
				"\"artifacts\":[{\"path\":\"w.h5\",\"bytes\":5,\"sha256\":\"cd\"}],"
				"\"denials\":[{\"call\":\"connect\",\"object\":\"127.0.0.1:80\",\"count\":4}],"),
			 text);
}

static void report_run__everything_else__is_there_too(void **state)
{
	struct fixture *f = *state;

	f->v = report_run(&f->a);
	assert_string_equal(jval_get_text(f->v, "start"), "2023-11-14T22:13:20Z");
	assert_string_equal(jval_get_text(f->v, "end"), "2023-11-14T22:13:21Z");
	assert_string_equal(jval_get_text(f->v, "state"), "LIMIT");
	assert_string_equal(jval_get_text(f->v, "project"), "/p");
	assert_true(jval_get_num(jval_get(f->v, "system"), "cpu", 0) == 99);
	assert_string_equal(jval_get_text(f->v, "reason"), "too much");
	assert_string_equal(jval_text(jval_at(jval_get(f->v, "command"), 1)), "t.py");
	assert_string_equal(jval_text(jval_at(jval_get(jval_at(jval_get(f->v, "inputs"), 0), "tags"), 1)), "PHI");
	assert_string_equal(jval_text(jval_at(jval_get(f->v, "warnings"), 0)), "careful");
	assert_string_equal(jval_get_text(jval_at(jval_get(f->v, "notes"), 0), "text"), "hm");
	assert_null(jval_get(f->v, "start_ns"));
	assert_null(jval_get(f->v, "duration_ns"));
}

static void report_run__finished_run__has_a_code_and_no_signal(void **state)
{
	struct fixture *f = *state;

	f->a.state = RUN_FINISHED;
	f->a.detail = T("");
	f->a.exit_code = 0;
	f->a.signal = 0;
	f->v = report_run(&f->a);
	assert_string_equal(jval_get_text(f->v, "status"), "FINISHED");
	assert_int_equal(jval_type(jval_get(f->v, "signal")), JVAL_NULL);
	assert_int_equal(jval_get_int(f->v, "exit_code", -7), 0);
}

static void report_run__without_documents__still_has_the_shape(void **state)
{
	struct fixture *f = *state;

	f->a.start = f->a.end = NULL;
	f->a.duration_ns = -1;
	f->a.end_ns = 0;
	f->v = report_run(&f->a);
	assert_int_equal(jval_type(jval_get(f->v, "snapshot")), JVAL_OBJECT);
	assert_int_equal(jval_type(jval_get(f->v, "policy")), JVAL_OBJECT);
	assert_int_equal(jval_type(jval_get(f->v, "tier")), JVAL_NULL);
	assert_int_equal(jval_type(jval_get(f->v, "duration_s")), JVAL_NULL);
	assert_int_equal(jval_type(jval_get(f->v, "end")), JVAL_NULL);
}

static void report_row__is_the_promised_line(void **state)
{
	struct fixture *f = *state;

	f->v = report_row(&f->a);
	assert_string_equal(format(f), "{\"v\":1,\"run_id\":\"0192f3a1b2c30000000000000000000a\",\"experiment\":\"Default\","
				       "\"name\":\"first\",\"status\":\"LIMIT(memory)\",\"start\":\"2023-11-14T22:13:20Z\","
				       "\"duration_s\":1.5,\"params\":{\"lr\":\"0.1\",\"seed\":\"7\"},"
				       "\"metrics\":{\"acc\":0.5,\"bad\":\"NaN\"},\"tags\":{}}");
}

static void report_point__non_finite__travels_as_text(void **state)
{
	struct fixture *f = *state;
	const struct metric_point p = { .value = -INFINITY, .step = 3, .time_ms = 5 };

	f->v = report_point("loss", &p);
	assert_string_equal(format(f), "{\"v\":1,\"key\":\"loss\",\"step\":3,\"time_ms\":5,\"value\":\"-Infinity\"}");
}

static void report_started__is_the_promised_line(void **state)
{
	struct fixture *f = *state;

	f->v = report_started("0192");
	assert_string_equal(format(f), "{\"v\":1,\"run_id\":\"0192\",\"status\":\"RUNNING\"}");
}

static void compare_records__only_times_names_and_measurements__is_equal(void **state)
{
	struct fixture *f = *state;

	f->b.name = T("second");
	f->b.start_ns += 5;
	f->b.duration_ns += 5;
	f->metrics_b[2].value = 1;
	f->b.note_count = 0;
	f->v = compare_records(&f->a, &f->b);
	assert_string_equal(format(f), "{\"command\":[],\"setup\":[],\"params\":[],\"metrics\":[],\"inputs\":[],"
				       "\"environment\":[],\"outputs\":[],\"result\":[]}");
}

static void compare_records__differences__name_key_and_both_sides(void **state)
{
	struct fixture *f = *state;

	f->params_b[0].value = T("0.2");
	f->params_b[1].key = T("batch");
	f->metrics_b[1].value = 1;
	f->input_b.sha256 = T("ff");
	f->b.output_count = 0;
	jval_free(f->start_b);
	f->start_b = parse("{\"command\":[\"python3\"],\"tier\":2,\"limits\":{\"gpus\":1},"
			   "\"environment\":{\"os\":\"x\",\"python\":\"3.12\"}}");
	f->b.start = f->start_b;
	f->v = compare_records(&f->a, &f->b);
	assert_string_equal(format(f),
			    "{\"command\":[{\"key\":\"command\",\"a\":[\"python3\",\"t.py\"],\"b\":[\"python3\"]}],"
			    "\"setup\":[{\"key\":\"limits.gpus\",\"a\":0,\"b\":1},{\"key\":\"tier\",\"a\":1,\"b\":2}],"
			    "\"params\":[{\"key\":\"lr\",\"a\":\"0.1\",\"b\":\"0.2\"},{\"key\":\"seed\",\"a\":\"7\",\"b\":null},"
			    "{\"key\":\"batch\",\"a\":null,\"b\":\"7\"}],"
			    "\"metrics\":[{\"key\":\"bad\",\"a\":\"NaN\",\"b\":1.0}],"
			    "\"inputs\":[{\"key\":\"digits.sha256\",\"a\":\"ab\",\"b\":\"ff\"}],"
			    "\"environment\":[{\"key\":\"python\",\"a\":\"3.11\",\"b\":\"3.12\"}],"
			    "\"outputs\":[{\"key\":\"w.h5\",\"a\":\"cd\",\"b\":null}],\"result\":[]}");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(report_run__promised_members__come_first_and_in_order),
	CASE(report_run__everything_else__is_there_too),
	CASE(report_run__finished_run__has_a_code_and_no_signal),
	CASE(report_run__without_documents__still_has_the_shape),
	CASE(report_row__is_the_promised_line),
	CASE(report_point__non_finite__travels_as_text),
	CASE(report_started__is_the_promised_line),
	CASE(compare_records__only_times_names_and_measurements__is_equal),
	CASE(compare_records__differences__name_key_and_both_sides),
};

WB_TEST_MAIN(tests)
