/*
 * Diagnostics for developers: WB_LOG=debug (or info, warn) writes lines to
 * standard error, with the text of runs and files escaped. Silent otherwise;
 * what a user must see is an error or a command's output, never a log line.
 */
#ifndef WB_BASE_LOG_H
#define WB_BASE_LOG_H

#include "base/error.h"

enum log_level { LOG_LEVEL_OFF, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_write(enum log_level level, const char *fmt, ...) WB_PRINTF(2, 3);

#define log_warn(...) log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
