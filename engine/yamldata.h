/* A YAML document as JSON: data of a policy. */
#ifndef WB_ENGINE_YAMLDATA_H
#define WB_ENGINE_YAMLDATA_H

#include "base/error.h"
#include "base/jval.h"

/*
 * Numbers, true, false and null are what JSON calls so, everything else is a text. Words that one reader of YAML takes
 * for a number or a truth and another for a text (yes, on, 010, 0x1f, .inf) are refused: a policy must not depend on
 * that. ERR_INVALID begins with FILE:LINE:COLUMN.
 */
int yamldata_parse(const char *path, const char *text, size_t len, struct jval **out, struct error *err) WB_MUST_CHECK;

#endif
