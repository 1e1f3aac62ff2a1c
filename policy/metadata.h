/* Annotations: the YAML comments that begin with "# METADATA". */
#ifndef WB_POLICY_METADATA_H
#define WB_POLICY_METADATA_H

#include "policy/compile.h"

/* What rego.metadata.rule() and rego.metadata.chain() give in the rule that is being compiled; tells what cannot be read. */
struct value metadata_rule(struct compiler *c);
struct value metadata_chain(struct compiler *c);

#endif
