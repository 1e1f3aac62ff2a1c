/* From the recorded end of a run to an exit status. */
#include "config.h"

#include "engine/outcome.h"

#include <signal.h>

#include "base/str.h"

static int own_status(int exit_code, int signal)
{
	return signal > 0 ? 128 + signal : exit_code;
}

int outcome_exit_status(const char *state, const char *detail, int exit_code, int signal)
{
	if (str_eq(state, "FINISHED"))
		return 0;
	if (str_eq(state, "DENIED"))
		return EXIT_POLICY_DENIED;
	if (str_eq(state, "LIMIT"))
		return str_eq(detail, "time") ? EXIT_OUT_OF_TIME : EXIT_LIMIT_REACHED;
	if (str_eq(state, "FAILED") && exit_code < 0 && signal <= 0)
		return str_eq(detail, "not found") ? EXIT_NOT_FOUND :
		       str_eq(detail, "not executable") ? EXIT_NOT_EXECUTABLE : EXIT_SETUP_FAILED;
	if (str_eq(state, "KILLED") && own_status(exit_code, signal) <= 0)
		/* Asked to stop, and it then ended on its own with status 0. */
		return 128 + SIGTERM;
	if (str_eq(state, "LOST"))
		return EXIT_SETUP_FAILED;
	return own_status(exit_code, signal);
}
