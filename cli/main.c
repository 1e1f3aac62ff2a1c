/* The program wb. */
#include "config.h"

#include <stdlib.h>

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
	return app_main(argc, argv);
}
