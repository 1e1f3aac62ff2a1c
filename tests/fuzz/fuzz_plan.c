/* A plan on its way to the supervisor: what is taken says the same when it is written and read again. */
#include "config.h"

#include "base/jval.h"
#include "base/limits.h"
#include "base/str.h"
#include "sandbox/plan.h"
#include "tests/fuzz/fuzz.h"

static void format(const struct sandbox_plan *p, struct buf *out)
{
	CLEANUP(jval_free) struct jval *v = plan_to_json(p);

	jval_format(v, JVAL_COMPACT, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_release) struct buf first = BUF_INIT(LIMIT_PLAN), second = BUF_INIT(LIMIT_PLAN), shown = BUF_INIT(LIMIT_PLAN);
	CLEANUP(jval_free) struct jval *v = NULL, *w = NULL;
	CLEANUP(plan_free) struct sandbox_plan *p = NULL, *q = NULL;
	struct error err = { 0 };

	if (jval_parse((const char *)data, size, &v, &err) < 0 || plan_from_json(v, &p, &err) < 0)
		return 0;
	plan_format(p, &shown);
	format(p, &first);
	fuzz_check(jval_parse(buf_text(&first), first.len, &w, &err) == 0);
	fuzz_check(plan_from_json(w, &q, &err) == 0);
	format(q, &second);
	fuzz_check(str_eq(buf_text(&first), buf_text(&second)));
	return 0;
}
