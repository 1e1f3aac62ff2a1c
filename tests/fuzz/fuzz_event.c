/* Lines of the event door: no bytes may crash it, and a refused line delivers nothing. */
#include "config.h"


#include "engine/event.h"
#include "tests/fuzz/fuzz.h"

static void count(void *data, const struct event *e)
{
	(void)e;
	++*(size_t *)data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	size_t delivered = 0;

	if (size > 65536)
		return 0;
	if (event_parse((const char *)data, size, 1, count, &delivered, &err) < 0)
		fuzz_check(delivered == 0);
	return 0;
}
