/* What policies are given to know: time zones and YAML (policy_set_host()). */
#ifndef WB_ENGINE_POLICY_HOST_H
#define WB_ENGINE_POLICY_HOST_H

#include "policy/policy.h"

/* Where the rules of time zones are kept. */
#define POLICY_HOST_ZONES "/usr/share/zoneinfo"

extern const struct policy_host policy_host_system;

#endif
