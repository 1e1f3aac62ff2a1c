/* What a run with a network broker finds inside: where the proxy is, and whom to trust. */
#ifndef WB_ENGINE_NET_ENV_H
#define WB_ENGINE_NET_ENV_H

#include "engine/spec.h"
#include "engine/upstream.h"
#include "sandbox/plan.h"

/*
 * Asks for the listener and sets HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY in both cases, which is what curl, git,
 * pip, conda, requests, urllib, Go and the Hugging Face libraries read. Certificates that lie outside /etc/ssl and
 * /etc/pki are shown. Nothing without --net.
 */
void net_env_plan(const struct run_spec *spec, struct sandbox_plan *plan);

/* Whom the run may reach, as a line of `wb run --dry-run`; and through which proxy; nothing without --net. */
void net_env_describe(const struct run_spec *spec, const struct upstream *upstream, struct buf *out);

#endif
