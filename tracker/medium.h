/* What kind of file system a store lies on, as far as the database must care. */
#ifndef WB_TRACKER_MEDIUM_H
#define WB_TRACKER_MEDIUM_H

#include <stdbool.h>

#include "base/error.h"

/* True for the f_type of a file system that other hosts may have open, or whose memory maps are not coherent. */
bool medium_type_is_shared(long f_type);

/* 1 shared, 0 local. */
int medium_is_shared(int fd, struct error *err) WB_MUST_CHECK;

#endif
