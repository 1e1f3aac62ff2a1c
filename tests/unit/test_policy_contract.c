/* policy/contract.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/jval.h"
#include "base/limits.h"
#include "policy/contract.h"

static const char complete[] =
	"{\"schema\":1,\"action\":\"run.start\","
	"\"time\":{\"ns\":1700000000000000000,\"rfc3339\":\"2023-11-14T22:13:20Z\",\"weekday\":\"Tuesday\",\"hour\":22},"
	"\"user\":{\"name\":\"ada\",\"uid\":1000,\"groups\":[\"ada\",\"lab\"]},\"host\":{\"name\":\"box\",\"gpus\":0},"
	"\"experiment\":\"Default\",\"run\":{\"name\":\"\",\"tags\":{\"why\":\"try\"}},\"command\":[\"python3\",\"train.py\"],"
	"\"params\":{\"lr\":\"0.1\"},"
	"\"resources\":{\"gpus\":4,\"cpus\":1.5,\"memory_bytes\":0,\"disk_bytes\":0,\"wall_seconds\":0},"
	"\"data\":[{\"name\":\"digits\",\"path\":\"digits.h5\",\"sha256\":\"00\",\"bytes\":12,\"tags\":[\"PII\",\"LICENCE-X\"],"
	"\"tag_sources\":{\"PII\":\"wb.tags\"},\"age_days\":0.25}],"
	"\"network\":[{\"host\":\"example.org\",\"port\":443}],\"secrets\":[],"
	"\"code\":{\"tree\":\"00\",\"commit\":\"\",\"branch\":\"\",\"dirty\":true,\"remote\":\"\"},"
	"\"sandbox\":{\"tier\":1,\"layers\":[\"seccomp\"]},"
	"\"approvals\":[{\"subject\":\"digits\",\"kind\":\"data\",\"by\":\"eve\",\"reason\":\"study 7\",\"at_ns\":1}],"
	"\"usage\":{\"user_gpus\":0,\"experiment_gpus\":0}}";

/* The complete input with the first occurrence of what replaced. Freed by the caller. */
static char *altered(const char *what, const char *with)
{
	struct buf b = BUF_INIT(LIMIT_MIB);
	const char *at = strstr(complete, what);

	assert_non_null(at);
	buf_append(&b, complete, (size_t)(at - complete));
	buf_puts(&b, with);
	buf_puts(&b, at + strlen(what));
	return buf_take(&b);
}

static int check(const char *text, struct error *err)
{
	return policy_check_input(text, strlen(text), err);
}

static void check_input__what_the_engine_builds__passes(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_ok(check(complete, &err), &err);
}

static void check_input__fields_it_does_not_know__pass(void **state)
{
	struct error err = { 0 };
	char *text = altered("\"secrets\":[]", "\"secrets\":[],\"team\":{\"cost\":-4,\"parts\":[1,\"a\",true]}");

	(void)state;
	assert_ok(check(text, &err), &err);
	free(text);
}

static void check_input__each_fault__is_refused_with_the_field_and_the_next_step(void **state)
{
	static const struct {
		const char *what, *with, *message, *hint;
	} cases[] = {
		{ "\"gpus\":4", "\"gpus\":null", "resources.gpus must be a whole number, not null", "" },
		{ "\"gpus\":4", "\"gpus\":-1", "resources.gpus is negative: -1", "" },
		{ "\"gpus\":4", "\"gpus\":\"4\"", "resources.gpus must be a whole number, not a text", "" },
		{ "\"gpus\":4", "\"gpus\":4.5", "resources.gpus must be a whole number, not a number with a fraction", "" },
		{ "\"gpus\":4", "\"gpu\":4", "resources.gpus is missing", "'gpu' is there: did you mean 'gpus'?" },
		{ "\"cpus\":1.5", "\"cpus\":-1e-3", "resources.cpus is negative: -0.001", "" },
		{ "\"cpus\":1.5", "\"cpus\":[1]", "resources.cpus must be a number, not a list", "" },
		{ "\"PII\",\"LICENCE-X\"", "\"LICENCE-X\",\"pii\"", "data[0].tags[1]: 'pii' is not how a tag is written", "did you mean PII?" },
		{ "\"PII\",\"LICENCE-X\"", "\"données du client\"", "data[0].tags[0]: ", "capital letters" },
		{ "\"PII\",\"LICENCE-X\"", "[\"PII\"]", "data[0].tags[0] must be a text, not a list", "" },
		{ "[\"PII\",\"LICENCE-X\"]", "\"PII\"", "data[0].tags must be a list, not a text", "" },
		{ "\"tags\":[\"PII\",\"LICENCE-X\"],", "", "data[0].tags is missing", "" },
		{ "\"PII\":\"wb.tags\"", "\"PII\":1", "data[0].tag_sources.PII must be a text, not a whole number", "" },
		{ "\"lr\":\"0.1\"", "\"lr\":0.1", "params.lr must be a text", "" },
		{ "\"dirty\":true", "\"dirty\":0", "code.dirty must be true or false, not a whole number", "" },
		{ "\"command\":[\"python3\"", "\"command\":[null", "command[0] must be a text, not null", "" },
		{ "\"network\":[{\"host\":\"example.org\",\"port\":443}]", "\"network\":[\"example.org\"]",
		  "network[0] must be an object, not a text", "" },
		{ "\"secrets\":[]", "\"secrets\":[],\"team\":{\"cost\":[0,null]}", "team.cost[1] is null", "leave the field out" },
		{ "\"secrets\":[],", "", "secrets is missing", "" },
		{ "\"resources\":", "\"resource\":", "resources is missing", "did you mean 'resources'?" },
		{ "\"schema\":1", "\"schema\":2", "schema is 2", "" },
		{ "\"schema\":1", "\"schema\":\"1\"", "schema must be a whole number", "" },
		{ "\"action\":\"run.start\"", "\"action\":\"run.stat\"", "action: 'run.stat' is not known", "'run.start'" },
		{ "\"action\":\"run.start\"", "\"action\":\"fly\"", "action: 'fly' is not known", "one of run.start" },
		{ "\"action\":\"run.start\"", "\"action\":true", "action must be a text, not true or false", "" },
		{ "\"action\":\"run.start\",", "", "action is missing", "" },
		{ "\"uid\":1000", "\"uid\":1000,\"uid\":0", "not valid JSON", "" },
		{ "\"ada\"", "\"a\xff\"", "not valid JSON", "" },
		{ "\"gpus\":4", "\"gpus\":99999999999999999999", "not valid JSON", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = { 0 };
		char *text = altered(cases[i].what, cases[i].with);

		assert_refused(check(text, &err), &err, ERR_INVALID, cases[i].message);
		assert_contains(err.hint, cases[i].hint);
		free(text);
	}
}

static void check_input__no_object__is_refused(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_refused(check("[]", &err), &err, ERR_INVALID, "the input must be an object, not a list");
	assert_refused(check("null", &err), &err, ERR_INVALID, "the input must be an object, not null");
	assert_refused(check("", &err), &err, ERR_INVALID, "not valid JSON");
	assert_refused(check("{}", &err), &err, ERR_INVALID, "schema is missing");
}

static void check_input__another_action__needs_who_and_when_only(void **state)
{
	static const char text[] =
		"{\"schema\":1,\"action\":\"data.export\",\"time\":{\"ns\":1,\"rfc3339\":\"\",\"weekday\":\"Monday\",\"hour\":0},"
		"\"user\":{\"name\":\"ada\",\"uid\":1,\"groups\":[]}%s}";
	struct error err = { 0 };
	char full[512];

	(void)state;
	snprintf(full, sizeof full, text, "");
	assert_ok(check(full, &err), &err);
	snprintf(full, sizeof full, text, ",\"resources\":{\"gpus\":-1}");
	assert_refused(check(full, &err), &err, ERR_INVALID, "resources.cpus is missing");
}

static void tag_is_canonical__spellings__are_told_apart(void **state)
{
	static const struct {
		const char *tag, *nearest;
		bool canonical;
	} cases[] = {
		{ "PII", NULL, true },	  { "X", NULL, true },	   { "GDPR_ART-9", NULL, true }, { "pii", "PII", false },
		{ " PII", "PII", false }, { "p.i.i", "PII", false }, { "Secrets!", "SECRET", false }, { "", NULL, false },
		{ "9X", NULL, false },	  { "_X", NULL, false },   { "PII ", "PII", false },	 { "ключ", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *nearest = "unset";

		assert_int_equal(policy_tag_is_canonical(cases[i].tag, &nearest), cases[i].canonical);
		if (cases[i].nearest)
			assert_string_equal(nearest, cases[i].nearest);
		else
			assert_null(nearest);
	}
}

static void contract_member__names_at_each_place__are_known_or_near(void **state)
{
	const struct contract_part *part, *inner;
	const char *nearest;

	(void)state;
	assert_true(contract_member(contract_input(), "resources", &part, &nearest));
	assert_true(contract_member(part, "gpus", &inner, &nearest));
	assert_false(contract_member(inner, "x", &part, &nearest));
	assert_true(contract_member(contract_input(), "params", &part, &nearest));
	assert_true(contract_member(part, "anything", &inner, &nearest));
	assert_null(inner);
	assert_true(contract_member(contract_input(), "requested", &part, &nearest));
	assert_false(contract_member(contract_input(), "ressources", &part, &nearest));
	assert_string_equal(nearest, "resources");
	assert_false(contract_member(contract_input(), "frobnicate", &part, &nearest));
	assert_null(nearest);
	assert_true(contract_member(contract_input(), "data", &part, &nearest));
	assert_false(contract_member(contract_element(part), "tag", &inner, &nearest));
	assert_string_equal(nearest, "tags");
	assert_null(contract_element(contract_input()));
	assert_null(contract_element(NULL));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(check_input__what_the_engine_builds__passes),
	cmocka_unit_test(check_input__fields_it_does_not_know__pass),
	cmocka_unit_test(check_input__each_fault__is_refused_with_the_field_and_the_next_step),
	cmocka_unit_test(check_input__no_object__is_refused),
	cmocka_unit_test(check_input__another_action__needs_who_and_when_only),
	cmocka_unit_test(contract_member__names_at_each_place__are_known_or_near),
	cmocka_unit_test(tag_is_canonical__spellings__are_told_apart),
};

WB_TEST_MAIN(tests)
