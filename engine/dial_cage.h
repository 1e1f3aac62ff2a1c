/* What the broker's dialer may still do: resolve names, connect, fork itself. No writing, executing or signalling. */
#ifndef WB_ENGINE_DIAL_CAGE_H
#define WB_ENGINE_DIAL_CAGE_H

#include "base/error.h"

/* For this process, and for good. On failure some of it may be in force already: the caller ends. */
int dial_cage(struct error *err) WB_MUST_CHECK;

#endif
