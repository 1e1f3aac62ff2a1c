/* Runs as values: states, lookups, release. */
#include "config.h"

#include "tracker/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static const char *const state_names[RUN_STATE_COUNT_] = {
	[RUN_RUNNING] = "RUNNING", [RUN_FINISHED] = "FINISHED", [RUN_FAILED] = "FAILED", [RUN_KILLED] = "KILLED",
	[RUN_LIMIT] = "LIMIT",     [RUN_DENIED] = "DENIED",     [RUN_LOST] = "LOST",
};

const char *run_state_name(enum run_state state)
{
	return (unsigned)state < RUN_STATE_COUNT_ ? state_names[state] : "UNKNOWN";
}

bool run_state_parse(const char *name, enum run_state *out)
{
	for (unsigned i = 0; name && i < RUN_STATE_COUNT_; i++) {
		if (str_eq(name, state_names[i])) {
			*out = (enum run_state)i;
			return true;
		}
	}
	return false;
}

void run_status_format(struct buf *b, enum run_state state, const char *detail)
{
	buf_puts(b, run_state_name(state));
	if (detail && *detail)
		buf_printf(b, "(%s)", detail);
}

void run_command_format(struct buf *b, const struct jval *words, size_t max)
{
	for (size_t i = 0; i < jval_count(words); i++) {
		const char *w = jval_text(jval_at(words, i));

		if (i)
			buf_putc(b, ' ');
		if (b->len + (w ? strlen(w) : 0) > max) {
			buf_puts(b, "…");
			return;
		}
		str_quote_shell(b, w ? w : "");
	}
}

void run_init(struct run *r)
{
	*r = (struct run){ .state = RUN_RUNNING, .duration_ns = -1, .exit_code = -1 };
	r->experiment = mem_strdup("");
	r->experiment_id = mem_strdup("");
	r->name = mem_strdup("");
	r->user = mem_strdup("");
	r->host = mem_strdup("");
	r->tree = mem_strdup("");
	r->detail = mem_strdup("");
}

static void release_pairs(struct run_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(pairs[i].key);
		free(pairs[i].value);
	}
	free(pairs);
}

static void release_files(struct run *r)
{
	for (size_t i = 0; i < r->input_count; i++) {
		free(r->inputs[i].name);
		free(r->inputs[i].path);
		free(r->inputs[i].sha256);
		free(r->inputs[i].tags);
	}
	free(r->inputs);
	for (size_t i = 0; i < r->output_count; i++) {
		free(r->outputs[i].path);
		free(r->outputs[i].sha256);
	}
	free(r->outputs);
}

static void release_remarks(struct run *r)
{
	for (size_t i = 0; i < r->denial_count; i++) {
		free(r->denials[i].call);
		free(r->denials[i].object);
	}
	free(r->denials);
	for (size_t i = 0; i < r->note_count; i++) {
		free(r->notes[i].author);
		free(r->notes[i].text);
	}
	free(r->notes);
	for (size_t i = 0; i < r->warning_count; i++)
		free(r->warnings[i]);
	free(r->warnings);
}

void run_release(struct run *r)
{
	free(r->experiment);
	free(r->experiment_id);
	free(r->name);
	free(r->user);
	free(r->host);
	free(r->tree);
	free(r->detail);
	release_pairs(r->params, r->param_count);
	release_pairs(r->tags, r->tag_count);
	for (size_t i = 0; i < r->metric_count; i++)
		free(r->metrics[i].key);
	free(r->metrics);
	release_files(r);
	release_remarks(r);
	jval_free(r->start);
	jval_free(r->end);
	jval_free(r->network);
	*r = (struct run){ .exit_code = -1 };
}

static const char *pair_value(const struct run_pair *pairs, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(pairs[i].key, key))
			return pairs[i].value;
	}
	return NULL;
}

const char *run_param(const struct run *r, const char *key)
{
	return pair_value(r->params, r->param_count, key);
}

const char *run_tag(const struct run *r, const char *key)
{
	return pair_value(r->tags, r->tag_count, key);
}

const struct jval *run_network(const struct run *r)
{
	const struct jval *sealed = jval_get(r->end, "network");

	return sealed ? sealed : r->network;
}

const struct run_metric *run_metric(const struct run *r, const char *key)
{
	for (size_t i = 0; i < r->metric_count; i++) {
		if (str_eq(r->metrics[i].key, key))
			return &r->metrics[i];
	}
	return NULL;
}

bool run_metric_is_system(const struct run_metric *m)
{
	return str_starts(m->key, RUN_METRIC_SYSTEM);
}

void run_took_format(struct buf *b, const struct run *r, int64_t now_ns)
{
	int64_t ns = r->duration_ns;

	/* When a lost run ended nobody knows; one that was denied never began. */
	if (r->state == RUN_LOST || r->state == RUN_DENIED) {
		buf_putc(b, '-');
		return;
	}
	if (ns < 0)
		ns = r->state == RUN_RUNNING && now_ns > r->start_ns ? now_ns - r->start_ns : 0;
	str_format_duration(b, ns);
}
