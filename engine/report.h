/*
 * Runs as JSON: the documents that `--json` promises, the same from every face.
 * The caller owns each result.
 */
#ifndef WB_ENGINE_REPORT_H
#define WB_ENGINE_REPORT_H

#include "base/jval.h"
#include "tracker/run.h"

struct metric_point;

/*
 * {"v":1,"run_id","experiment","name","status","exit_code","signal","duration_s","tier","snapshot":{…},"policy":{…},
 *  "params":{…},"metrics":{…last…},"artifacts":[{"path","bytes","sha256"}],"denials":[{"call","object","count"}], …}
 * and then everything else that is known: what was measured of it ("system"), state and detail apart, times, command,
 * inputs, tags, notes, warnings, git, environment, limits, what the end document adds. exit_code and signal are null
 * where there is none.
 */
struct jval *report_run(const struct run *r);

/* {"v":1,"run_id","experiment","name","status","start","duration_s","params":{},"metrics":{},"tags":{}} */
struct jval *report_row(const struct run *r);

/* {"v":1,"key","step","time_ms","value"} */
struct jval *report_point(const char *key, const struct metric_point *p);

/* {"v":1,"key","value","step","time_ms","min","max","count"}: the last value and the range. */
struct jval *report_metric(const struct run_metric *m);

/* {"v":1,"run_id","status":"RUNNING"} */
struct jval *report_started(const char *run_id);

#endif
