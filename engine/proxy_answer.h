/*
 * The beginning of a server's answer to a plain request. The connection ends
 * with the answer, and not every server says so: the client is told, lest it
 * sends its next request into a connection that nobody reads any more. Pure.
 */
#ifndef WB_ENGINE_PROXY_ANSWER_H
#define WB_ENGINE_PROXY_ANSWER_H

#include <stddef.h>

enum { PROXY_ANSWER_MAX = 8192 }; /* bytes that are waited for */

enum proxy_answer {
	PROXY_ANSWER_SHORT,   /* more must come */
	PROXY_ANSWER_INTERIM, /* the first *out bytes are an answer of 1xx; another one follows */
	PROXY_ANSWER_FINAL,   /* behind the first *out bytes a header line may be put */
	PROXY_ANSWER_OTHER,   /* it is not HTTP/1: it goes on as it is */
};

/* Of the n bytes that have come so far. *out is set where the verdict speaks of it. */
enum proxy_answer proxy_answer_scan(const char *p, size_t n, size_t *out);

#endif
