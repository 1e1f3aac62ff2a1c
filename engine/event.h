/*
 * One line of the $WB_EVENTS door, read into a value.
 *
 * A line is JSON
 *     {"metric":"loss","value":0.12,"step":3}     {"metrics":{"loss":0.1,"acc":0.9},"step":3}
 *     {"param":"lr","value":"0.1"}                {"tag":"kind","value":"baseline"}
 *     {"sync":7}
 * or words
 *     metric loss=0.12 acc=0.9 step=3             param lr=0.1
 *     tag kind=baseline note="two words"          sync 7
 * "time_ms" may stand beside "step" in both. A word's value may be a JSON string.
 * NaN, Infinity and -Infinity are values too, as text and bare, as Python's json.dumps() writes them.
 */
#ifndef WB_ENGINE_EVENT_H
#define WB_ENGINE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum event_kind { EVENT_METRIC, EVENT_PARAM, EVENT_TAG, EVENT_SYNC };

struct event {
	enum event_kind kind;
	const char *key;      /* borrowed for the call */
	const char *text;     /* params and tags */
	double value;         /* metrics */
	int64_t step;         /* metrics; 0 when not given */
	int64_t time_ms;      /* metrics; now_ms when not given */
	uint64_t token;       /* sync */
};

typedef void event_fn(void *data, const struct event *event);

/*
 * Reads one line (without its newline) and calls fn once per event in it.
 * ERR_INVALID says what is wrong with the line; fn was then not called at all.
 */
int event_parse(const char *line, size_t n, int64_t now_ms, event_fn *fn, void *data, struct error *err) WB_MUST_CHECK;

#endif
