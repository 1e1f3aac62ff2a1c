/* URIs (RFC 3986), taken apart as Go's net/url does. */
#ifndef WB_POLICY_URI_H
#define WB_POLICY_URI_H

#include "policy/value.h"

/* Strings; "" for what is not there. */
struct uri {
	struct value scheme, opaque, host, hostname, port, path, raw_path, raw_query, fragment, raw_fragment;
	struct value user, password;
	bool has_user, has_password, force_query, omit_host;
};

/* NULL, or what is wrong. */
const char *uri_parse(struct pool *p, struct value text, struct uri *out);

/* The path as it would be sent. */
struct value uri_escaped_path(struct pool *p, const struct uri *u);

#endif
