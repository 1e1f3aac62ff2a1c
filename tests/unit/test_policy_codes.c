/* policy/codes.c: what is written about a number is so. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <stdio.h>
#include <string.h>

#include "policy/policy.h"

/* The numbers of all findings about text, apart by spaces. */
static void found(const char *text, struct buf *out)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };

	if (policy_add_module(p, "m.rego", text, strlen(text), POLICY_AUTO, &diags) == 0)
		(void)!policy_compile(p, NULL, &diags);
	for (size_t i = 0; i < diags.n; i++)
		buf_printf(out, "%s ", diags.items[i].id);
}

static void code__its_wrong_example__is_found_and_its_right_one_is_not(void **state)
{
	const struct policy_code *c;
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; (c = policy_code_at(i)); i++) {
		CLEANUP(buf_release) struct buf wrong = BUF_INIT(4096);
		CLEANUP(buf_release) struct buf right = BUF_INIT(4096);

		assert_ptr_equal(policy_code_find(c->id), c);
		if (!c->wrong)
			continue;
		found(c->wrong, &wrong);
		if (!strstr(buf_text(&wrong), c->id))
			bad += printf("# %s is not found in\n%s(%s)\n", c->id, c->wrong, buf_text(&wrong)) > 0;
		found(c->right, &right);
		if (right.len)
			bad += printf("# %s: the right example has %s\n%s", c->id, buf_text(&right), c->right) > 0;
	}
	assert_int_equal(bad, 0);
	assert_null(policy_code_find("P9999"));
	assert_null(policy_code_find(NULL));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(code__its_wrong_example__is_found_and_its_right_one_is_not),
};
WB_TEST_MAIN(tests)
