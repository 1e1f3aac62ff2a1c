/* Hosts in the complaints of curl, git, wget, requests, aiohttp and node. */
#include "config.h"

#include "engine/explain_host.h"

#include <string.h>

#include "base/str.h"

static const char *const before_host[] = {
	"Could not resolve host: ",
	"unable to resolve host address \xe2\x80\x98",
	"unable to resolve host address '",
	"ConnectionPool(host='",
	"Failed to resolve '",
	"Cannot connect to host ",
	"getaddrinfo ENOTFOUND ",
	"getaddrinfo EAI_AGAIN ",
};

/* Where the text behind the last of them begins; NULL: there is none. */
static const char *find_last(const char *text, size_t n)
{
	const char *last = NULL;

	for (size_t i = 0; i < sizeof before_host / sizeof *before_host; i++) {
		const char *p = text;
		size_t words = strlen(before_host[i]);

		while ((p = memmem(p, n - (size_t)(p - text), before_host[i], words))) {
			p += words;
			if (!last || p > last)
				last = p;
		}
	}
	return last;
}

/* ":443" or "', port=443" */
static uint16_t read_port(const char *p, size_t n)
{
	static const char words[] = "', port=";
	const size_t length = sizeof words - 1;
	size_t skip = n && *p == ':' ? 1 : n >= length && memcmp(p, words, length) == 0 ? length : 0, digits = 0;
	struct error ignored = { 0 };
	uint16_t port = 0;

	while (skip && skip + digits < n && p[skip + digits] >= '0' && p[skip + digits] <= '9')
		digits++;
	return digits && netrule_port(p + skip, digits, &port, &ignored) == 0 ? port : 0;
}

bool explain_host_find(const char *text, size_t n, char out[NETRULE_HOST], uint16_t *out_port)
{
	const char *p = find_last(text, n);
	size_t left = p ? n - (size_t)(p - text) : 0, len = 0;
	struct error ignored = { 0 };

	while (len < left && (unsigned char)p[len] > ' ' && (unsigned char)p[len] < 0x7f && !strchr("':,;)\"", p[len]))
		len++;
	/* An address with colons has no quotes to tell where it ends; it is rare enough to be left out. */
	if (len == 0 || netrule_host(p, len, out, &ignored) < 0 || str_eq(out, "localhost") || str_starts(out, "127."))
		return false;
	*out_port = read_port(p + len, left - len);
	return true;
}
