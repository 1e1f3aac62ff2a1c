/* The last words of a run: whatever they are, an explanation is lines that can be printed. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/str.h"
#include "engine/explain.h"

static void check_line(const char *text)
{
	for (const char *c = text; c && *c; c++)
		fuzz_check((unsigned char)*c >= 0x20 && (unsigned char)*c != 0x7f);
	fuzz_check(!text || str_is_utf8(text, strlen(text)));
}

/* Every other path is there. */
static bool is_there(void *data, const char *path)
{
	(void)data;
	fuzz_check(path[0] == '/' && !strstr(path, "/../"));
	return strlen(path) % 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char project[] = "{\"project\":\"/p\",\"spec\":{\"cwd\":\"src\"}}";
	CLEANUP(explanation_release) struct explanation x = { 0 };
	struct error err = { 0 };
	CLEANUP(run_release) struct run run;
	struct jval *start = NULL;
	struct explain_ask ask = { .run = &run, .tail = (const char *)data, .tail_len = size, .outside = is_there };

	run_init(&run);
	fuzz_check(jval_parse(project, sizeof project - 1, &start, &err) == 0);
	run.state = RUN_FAILED;
	run.exit_code = 1;
	run.start = start;
	explain_run(&ask, &x);
	check_line(x.cause);
	fuzz_check(!x.is_sure);
	for (size_t i = 0; i < x.n; i++) {
		check_line(x.items[i].what);
		check_line(x.items[i].allow);
	}
	return 0;
}
