/* The status line of an answer (RFC 9112, 4). */
#include "config.h"

#include "engine/proxy_answer.h"

#include <string.h>

enum proxy_answer proxy_answer_scan(const char *p, size_t n, size_t *out)
{
	static const char start[] = "HTTP/1.";
	const size_t words = sizeof start - 1, code = sizeof start + 1; /* "HTTP/1.x 2" */
	const char *line = memchr(p, '\n', n < PROXY_ANSWER_MAX ? n : PROXY_ANSWER_MAX), *end;

	if (memcmp(p, start, n < words ? n : words) != 0)
		return PROXY_ANSWER_OTHER;
	if (!line)
		return n < PROXY_ANSWER_MAX ? PROXY_ANSWER_SHORT : PROXY_ANSWER_OTHER;
	if ((size_t)(line - p) < code + 1 || line[-1] != '\r')
		return PROXY_ANSWER_OTHER;
	if (p[code] != '1') {
		*out = (size_t)(line - p) + 1;
		return PROXY_ANSWER_FINAL;
	}
	end = memmem(p, n, "\r\n\r\n", 4);
	if (!end)
		return n < PROXY_ANSWER_MAX ? PROXY_ANSWER_SHORT : PROXY_ANSWER_OTHER;
	*out = (size_t)(end - p) + 4;
	return PROXY_ANSWER_INTERIM;
}
