/* How a run ended, and what that means as an exit status of `wb run` (DESIGN: command line). */
#ifndef WB_ENGINE_OUTCOME_H
#define WB_ENGINE_OUTCOME_H

enum {
	EXIT_POLICY_DENIED = 120,
	EXIT_LIMIT_REACHED = 121,
	EXIT_OUT_OF_TIME = 124,
	EXIT_SETUP_FAILED = 125,
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
};

/*
 * state and detail as recorded ("FAILED" "3", "LIMIT" "time", "KILLED" "user").
 * exit_code and signal are the command's own, -1 and 0 when it had none.
 */
int outcome_exit_status(const char *state, const char *detail, int exit_code, int signal);

#endif
