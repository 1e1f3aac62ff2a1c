/* Names of signals as people write them. */
#ifndef WB_ENGINE_SIGNAL_NAME_H
#define WB_ENGINE_SIGNAL_NAME_H

/* "SIGKILL"; "signal" for a number without a name. Static text. */
const char *signal_name(int number);

#endif
