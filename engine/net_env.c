/* The broker's traces in a run's plan. */
#include "config.h"

#include "engine/net_env.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/netrule.h"

/* Where other systems than Debian and Fedora keep them. */
static const char *const certificates[] = { "/etc/ca-certificates", "/var/lib/ca-certificates" };

/* Reached directly: they are inside. */
static const char *const inside[] = { "localhost", "127.0.0.1", "::1" };

static void set_both_cases(struct sandbox_plan *plan, const char *name, const char *value)
{
	CLEANUP(free) char *lower = mem_strdup(name);

	for (char *p = lower; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	plan_set_env(plan, name, value);
	plan_set_env(plan, lower, value);
}

/* A loopback host that --net names is the host's: programs must ask the proxy for it. */
static bool is_named(const struct run_spec *spec, const char *host)
{
	for (size_t i = 0; i < spec->nets.n; i++) {
		struct error ignored = { 0 };
		struct netrule rule;

		if (netrule_parse(spec->nets.items[i], &rule, &ignored) == 0 && !rule.is_suffix && str_eq(rule.host, host))
			return true;
	}
	return false;
}

void net_env_plan(const struct run_spec *spec, struct sandbox_plan *plan)
{
	CLEANUP(buf_release) struct buf direct = BUF_INIT(256);
	char proxy[48];

	if (!spec->nets.n || plan->tier != 1)
		return;
	plan->proxy_port = PLAN_PROXY_PORT;
	snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", plan->proxy_port);
	set_both_cases(plan, "HTTP_PROXY", proxy);
	set_both_cases(plan, "HTTPS_PROXY", proxy);
	/* Not socks5h://, which the same port speaks too: some libraries stop at a scheme that they do not know. */
	set_both_cases(plan, "ALL_PROXY", proxy);
	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
		if (!is_named(spec, inside[i]))
			buf_printf(&direct, "%s%s", direct.len ? "," : "", inside[i]);
	set_both_cases(plan, "NO_PROXY", buf_text(&direct));
	for (size_t i = 0; i < sizeof certificates / sizeof *certificates; i++)
		plan_add_optional_ro(plan, certificates[i], certificates[i]);
}

void net_env_describe(const struct run_spec *spec, const struct upstream *upstream, struct buf *out)
{
	if (!spec->nets.n)
		return;
	buf_puts(out, "network ");
	for (size_t i = 0; i < spec->nets.n; i++)
		buf_printf(out, " %s", spec->nets.items[i]);
	if (spec->net_bytes) {
		buf_puts(out, ", together at most ");
		str_format_size(out, spec->net_bytes);
	}
	if (upstream->host[0]) {
		buf_puts(out, "\nupstream  through ");
		upstream_describe(upstream, out);
		buf_puts(out, ", which resolves the names");
	}
	buf_putc(out, '\n');
}
