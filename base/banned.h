/*
 * Calls that do not compile here: each either has no bound, truncates in
 * silence, or depends on hidden state. Force-included by the build.
 */
#ifndef WB_BASE_BANNED_H
#define WB_BASE_BANNED_H

/* System headers first: they may use the names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok
#pragma GCC poison gmtime localtime asctime tmpnam mktemp tempnam

#endif
