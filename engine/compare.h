/* What differs between two runs, as data that any face can show. */
#ifndef WB_ENGINE_COMPARE_H
#define WB_ENGINE_COMPARE_H

#include "base/jval.h"
#include "engine/engine.h"
#include "tracker/run.h"

/*
 * From the records alone: {"command":[…],"setup":[…],"params":[…],"metrics":[…],"inputs":[…],"environment":[…],
 * "outputs":[…],"result":[…]}, each a list of {"key","a","b"} where a or b is null when that side has no such key.
 * Times, names, tags, notes and the measurements below "system/" are never differences. The caller owns it.
 */
struct jval *compare_records(const struct run *a, const struct run *b);

/*
 * The whole comparison: {"v":1,"a":{"run_id","name"},"b":…,"same":bool, the lists above,
 * "code":{"a","b","files":[{"change","path"}],"patch"}}. Packages are compared where both environments were kept.
 */
int compare_runs(struct engine *e, const struct run *a, const struct run *b, struct jval **out, struct error *err) WB_MUST_CHECK;

#endif
