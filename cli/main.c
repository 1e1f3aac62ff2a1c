/* The program wb. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/app.h"

#if defined(__SANITIZE_ADDRESS__)
/* The search for leaks traces its own process, which nobody may do inside a run. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return getenv("WB_EVENTS") != NULL;
}
#endif

int main(int argc, char **argv)
{
	int status = app_main(argc, argv);

#if defined(WB_COVERAGE)
	/* Inside a run the counters' files are out of reach: no attempt, which would be reported as a denied call. */
	if (getenv("WB_EVENTS")) {
		fflush(NULL);
		_exit(status);
	}
#endif
	return status;
}
