/* wb policy test */
#include "config.h"

#include <fcntl.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/cmd_policy.h"
#include "cli/policy_errors.h"
#include "cli/policy_report.h"

struct test_options {
	struct arg_list data;
	const char *run;
	struct dialect_options dialect;
	bool coverage, junit;
	struct arg_number threshold;
	const char *format;
};

static const struct option_spec test_specs[] = {
	OPTION_STRING('r', "run", struct test_options, run, "RE", "only tests in whose PACKAGE.NAME the pattern is found"),
	OPTION_FLAG('c', "coverage", struct test_options, coverage, "show which lines the tests have reached"),
	OPTION_NUMBER(0, "threshold", struct test_options, threshold, "PERCENT", "fail when fewer lines were reached"),
	OPTION_FLAG(0, "junit", struct test_options, junit, "print JUnit XML"),
	OPTION_CHOICE('f', "format", struct test_options, format, "text|json|junit|github", "the same in a word; github: annotations"),
	POLICY_DATA_OPTION(struct test_options, data),
	DIALECT_OPTIONS(struct test_options, dialect),
	OPTION_END,
};

/* The project's own folder, where nothing was named: the site's rules are tested by the site. */
static int add_default(struct app *app, struct arg_list *paths, char **out_folder, struct error *err)
{
	CLEANUP(free) char *store = NULL;

	if (cmd_policy_store(app, &store, err) < 0)
		return -1;
	*out_folder = store ? fs_join(store, "policy") : NULL;
	if (!*out_folder || !fs_is_dir(AT_FDCWD, *out_folder)) {
		error_set(err, ERR_NOT_FOUND, "there is no .wb/policy here, and no file was named");
		return error_hint(err, "wb policy test FILE|DIR, or 'wb init' for a project with a policy");
	}
	arg_list_push(paths, *out_folder);
	return 0;
}

static int load(struct app *app, const struct test_options *o, const struct call *call, struct policies *out, struct error *err)
{
	CLEANUP(arg_list_release) struct arg_list paths = { 0 };
	CLEANUP(free) char *folder = NULL;
	struct policies_options options = { .joined = true };

	for (size_t i = 0; i < call->count; i++)
		arg_list_push(&paths, call->operands[i]);
	for (size_t i = 0; i < o->data.count; i++)
		arg_list_push(&paths, o->data.items[i]);
	if ((!paths.count && add_default(app, &paths, &folder, err) < 0) ||
	    cmd_policy_dialect(&o->dialect, &options.dialect, err) < 0)
		return -1;
	return cmd_policy_load(app, &paths, &options, out, err);
}

static void run_all(struct app *app, const struct policy *p, const struct policy_tests *tests, struct policy_cover *cover,
		    struct report *r)
{
	r->items = mem_calloc(tests->n + 1, sizeof *r->items);
	r->cover = cover;
	for (; r->n < tests->n; r->n++) {
		struct report_test *t = &r->items[r->n];
		int64_t start = clock_mono(app->clock);

		t->test = &tests->items[r->n];
		policy_test_run(p, t->test, clock_now(app->clock), cover, &t->outcome);
		t->ns = clock_mono(app->clock) - start;
		r->ns += t->ns;
		r->counts[t->outcome.result]++;
	}
}

static const char *format_of(const struct app *app, const struct test_options *o)
{
	if (o->junit)
		return "junit";
	return o->format ? o->format : app->globals.json ? "json" : "text";
}

/* The members of any answer, and what was found instead of tests. */
static int answer_broken(struct app *app, struct jval *take_findings)
{
	CLEANUP(report_release) struct report none = { 0 };
	CLEANUP(jval_free) struct jval *v = NULL;

	none.counts[POLICY_TEST_ERROR] = jval_count(take_findings);
	v = report_to_jval(&none);
	jval_set(v, "findings", take_findings);
	output_json(&app->out, v);
	return STATUS_ERROR;
}

static int broken(struct app *app, const struct policies *p, const char *format, struct error *err)
{
	if (str_eq(format, "json")) {
		CLEANUP(jval_free) struct jval *findings = cmd_policy_findings(&p->diags);

		return answer_broken(app, jval_copy(jval_get(findings, "errors")));
	}
	if (str_eq(format, "github")) {
		cmd_policy_annotate_findings(&app->out, &p->diags);
		return STATUS_ERROR;
	}
	policy_diags_print(&p->diags, &app->detail);
	if (str_eq(format, "junit"))
		report_junit_broken(buf_text(&app->detail), &app->out);
	return error_set(err, ERR_INVALID, "the policy has %s", p->diags.errors == 1 ? "an error" : "errors");
}

static void show(struct app *app, const struct report *r, const char *format)
{
	if (str_eq(format, "json"))
		report_json(r, &app->out);
	else if (str_eq(format, "junit"))
		report_junit(r, &app->out);
	else if (str_eq(format, "github"))
		report_annotate(r, &app->out);
	else
		report_print(r, &app->out, app->globals.quiet);
}

/* A suite that found nothing to run has proved nothing. */
static int judge(struct app *app, const struct test_options *o, const struct report *r)
{
	if (r->counts[POLICY_TEST_FAIL] || r->counts[POLICY_TEST_ERROR])
		return STATUS_NO;
	if (!r->counts[POLICY_TEST_PASS]) {
		output_puts(&app->err, "wb: policy test: no test was run\n");
		output_puts(&app->err, o->run ? "hint: no test's PACKAGE.NAME holds the pattern\n" :
						"hint: a test is a rule whose name begins with test_\n");
		return STATUS_NO;
	}
	if (o->threshold.given && report_coverage(r) < o->threshold.value) {
		output_printf(&app->err, "wb: policy test: %.1f %% of the lines were reached, and --threshold asks for %g\n",
			      report_coverage(r), o->threshold.value);
		return STATUS_NO;
	}
	return STATUS_YES;
}

static int test_run(struct app *app, const struct call *call, struct error *err)
{
	const struct test_options *o = call->options;
	CLEANUP(policies_release) struct policies p = { 0 };
	CLEANUP(policy_tests_release) struct policy_tests tests = { 0 };
	CLEANUP(policy_cover_free) struct policy_cover *cover = NULL;
	CLEANUP(report_release) struct report r = { 0 };
	int status;

	status = load(app, o, call, &p, err);
	if (status < 0 && str_eq(format_of(app, o), "json"))
		return answer_broken(app, policy_error_list(err));
	if (status < 0)
		return policy_error_show(&app->out, format_of(app, o), true, err) ? STATUS_ERROR : error_wrap(err, "policy test");
	if (!p.nlayers) {
		status = broken(app, &p, format_of(app, o), err);
		return status < 0 ? error_wrap(err, "policy test") : status;
	}
	if (policy_tests_find(p.layers[0], o->run, &tests, err) < 0)
		return error_wrap(err, "policy test: --run");
	if (o->coverage || o->threshold.given)
		cover = policy_cover_new(p.layers[0]);
	run_all(app, p.layers[0], &tests, cover, &r);
	show(app, &r, format_of(app, o));
	return judge(app, o, &r);
}

const struct command policy_test_command = {
	.name = "test",
	.summary = "run the tests that lie beside policy files",
	.operands = "[FILE|DIR…]",
	.about = "A rule whose name begins with test_ is a test: it holds or it fails. Each rule is one\n"
		 "of its own, and each entry of test_NAME[case]. What begins with todo_test_ is counted\n"
		 "and not run. Without FILE: the project's .wb/policy.\n"
		 "\n"
		 "Exit status: 0 all hold, 1 one failed or none was run, 2 they could not be run.",
	.examples = {
		{ "wb policy test", "the tests of this project's policy" },
		{ "wb policy test team.rego team_test.rego", "files, before they are put to use" },
		{ "wb policy test -r gpus --coverage", "some, and what they leave out" },
		{ "wb policy test --junit >results.xml", "for a CI system" },
	},
	.options = test_specs,
	.options_size = sizeof(struct test_options),
	.run = test_run,
};
