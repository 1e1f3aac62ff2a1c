/* The supervisor's job as JSON. */
#include "config.h"

#include "engine/job.h"

#include "base/limits.h"
#include "base/mem.h"

void job_free(struct job *j)
{
	if (!j)
		return;
	free(j->run_id);
	free(j->store_path);
	free(j->scratch);
	plan_free(j->plan);
	jval_free(j->gpus);
	free(j->gpu_claim);
	free(j->gpu_helper);
	free(j->scope_helper);
	free(j->scope_socket);
	free(j->scope_missing);
	words_release(&j->gpu_sample);
	free(j->collect.tree_dir);
	free(j->collect.lower);
	free(j->collect.base);
	free(j->collect.base_out);
	free(j->collect.outputs_dir);
	free(j->collect.cwd);
	words_release(&j->collect.exclude);
	words_release(&j->nets);
	jval_free(j->manifest);
	free(j);
}

struct job_limits job_limits_of(const struct run_spec *s)
{
	return (struct job_limits){
		.wall_ns = s->wall_ns,
		.grace_ns = s->grace_ns ? s->grace_ns : SPEC_GRACE_NS,
		.time_grace_ns = s->grace_ns ? s->grace_ns : SPEC_TIME_GRACE_NS,
		.memory_bytes = s->memory_bytes,
		.disk_bytes = s->disk_bytes,
		.log_bytes = s->output_bytes ? s->output_bytes : LIMIT_LOG,
		.pids = s->pids ? s->pids : SPEC_PIDS,
		.files = s->files,
		/* Half a processor is one that is used half. */
		.cpu_share = s->cpus,
		.cpus = s->cpus > 0 ? (int)s->cpus + ((double)(int)s->cpus < s->cpus) : 0,
	};
}

bool job_asks_kernel(const struct job_limits *l)
{
	return l->memory_bytes || l->pids < SPEC_PIDS || l->cpu_share > 0;
}

static struct jval *limits_to_jval(const struct job_limits *l)
{
	struct jval *v = jval_object();

	jval_set_int(v, "wall_ns", l->wall_ns);
	jval_set_int(v, "grace_ns", l->grace_ns);
	jval_set_int(v, "time_grace_ns", l->time_grace_ns);
	jval_set_int(v, "memory_bytes", (int64_t)l->memory_bytes);
	jval_set_int(v, "disk_bytes", (int64_t)l->disk_bytes);
	jval_set_int(v, "log_bytes", (int64_t)l->log_bytes);
	jval_set_int(v, "pids", l->pids);
	jval_set_int(v, "files", l->files);
	jval_set_int(v, "cpus", l->cpus);
	jval_set_num(v, "cpu_share", l->cpu_share);
	return v;
}

static struct jval *collect_to_jval(const struct job_collect *c)
{
	struct jval *v = jval_object(), *exclude;

	jval_set_bool(v, "copied", c->copied);
	jval_set_text(v, "tree_dir", c->tree_dir);
	jval_set_text(v, "lower", c->lower);
	jval_set_text(v, "base", c->base);
	jval_set_text(v, "base_out", c->base_out);
	jval_set_text(v, "outputs_dir", c->outputs_dir);
	jval_set_text(v, "cwd", c->cwd);
	exclude = jval_set(v, "exclude", jval_array());
	for (size_t i = 0; i < c->exclude.n; i++)
		jval_push(exclude, jval_new_text(c->exclude.items[i]));
	return v;
}

struct jval *job_to_jval(const struct job *j)
{
	struct jval *v = jval_object();

	jval_set_text(v, "run_id", j->run_id);
	jval_set_text(v, "store_path", j->store_path);
	jval_set_text(v, "scratch", j->scratch);
	jval_set(v, "plan", plan_to_json(j->plan));
	if (j->gpus) {
		jval_set(v, "gpus", jval_copy(j->gpus));
		jval_set_text(v, "gpu_claim", j->gpu_claim);
		jval_set_int(v, "gpu_wait_ns", j->gpu_wait_ns);
		jval_set_text(v, "gpu_helper", j->gpu_helper);
		jval_set(v, "gpu_sample", words_to_jval(&j->gpu_sample));
	}
	jval_set_text(v, "scope_helper", j->scope_helper);
	jval_set_text(v, "scope_socket", j->scope_socket);
	jval_set_text(v, "scope_missing", j->scope_missing);
	jval_set(v, "limits", limits_to_jval(&j->limits));
	jval_set(v, "collect", collect_to_jval(&j->collect));
	jval_set(v, "nets", words_to_jval(&j->nets));
	jval_set_bool(v, "net_upstream", j->net_upstream);
	jval_set_int(v, "net_bytes", (int64_t)j->net_bytes);
	jval_set_int(v, "tty_rows", j->tty.rows);
	jval_set_int(v, "tty_cols", j->tty.cols);
	jval_set_bool(v, "keep", j->keep);
	jval_set_bool(v, "diode", j->diode);
	jval_set_int(v, "diode_out", (int64_t)j->diode_out);
	jval_set(v, "manifest", jval_copy(j->manifest));
	return v;
}

static void collect_from_jval(const struct jval *v, struct job_collect *c)
{
	const struct jval *exclude = jval_get(v, "exclude");

	c->copied = jval_get_bool(v, "copied", false);
	c->tree_dir = mem_strdup(jval_get_text(v, "tree_dir"));
	c->lower = mem_strdup(jval_get_text(v, "lower"));
	c->base = mem_strdup(jval_get_text(v, "base"));
	c->base_out = mem_strdup(jval_get_text(v, "base_out"));
	c->outputs_dir = mem_strdup(jval_get_text(v, "outputs_dir"));
	c->cwd = mem_strdup(jval_get_text(v, "cwd"));
	for (size_t i = 0; i < jval_count(exclude); i++)
		if (jval_text(jval_at(exclude, i)))
			words_add(&c->exclude, jval_text(jval_at(exclude, i)));
}

int job_from_jval(const struct jval *v, struct job **out, struct error *err)
{
	CLEANUP(job_free) struct job *j = mem_zalloc(sizeof *j);
	const struct jval *limits = jval_get(v, "limits");

	j->run_id = mem_strdup(jval_get_text(v, "run_id"));
	j->store_path = mem_strdup(jval_get_text(v, "store_path"));
	j->scratch = mem_strdup(jval_get_text(v, "scratch"));
	j->gpus = jval_get(v, "gpus") ? jval_copy(jval_get(v, "gpus")) : NULL;
	j->gpu_claim = mem_strdup(jval_get_text(v, "gpu_claim"));
	j->gpu_wait_ns = jval_get_int(v, "gpu_wait_ns", 0);
	j->gpu_helper = mem_strdup(jval_get_text(v, "gpu_helper"));
	j->scope_helper = mem_strdup(jval_get_text(v, "scope_helper"));
	j->scope_socket = mem_strdup(jval_get_text(v, "scope_socket"));
	j->scope_missing = mem_strdup(jval_get_text(v, "scope_missing"));
	for (size_t i = 0; i < jval_count(jval_get(v, "gpu_sample")); i++)
		if (jval_text(jval_at(jval_get(v, "gpu_sample"), i)))
			words_add(&j->gpu_sample, jval_text(jval_at(jval_get(v, "gpu_sample"), i)));
	if (plan_from_json(jval_get(v, "plan"), &j->plan, err) < 0)
		return error_wrap(err, "the job's plan");
	j->limits = (struct job_limits){
		.wall_ns = jval_get_int(limits, "wall_ns", 0),
		.grace_ns = jval_get_int(limits, "grace_ns", 0),
		.time_grace_ns = jval_get_int(limits, "time_grace_ns", 0),
		.memory_bytes = (uint64_t)jval_get_int(limits, "memory_bytes", 0),
		.disk_bytes = (uint64_t)jval_get_int(limits, "disk_bytes", 0),
		.log_bytes = (uint64_t)jval_get_int(limits, "log_bytes", 0),
		.pids = jval_get_int(limits, "pids", 0),
		.files = jval_get_int(limits, "files", 0),
		.cpus = (int)jval_get_int(limits, "cpus", 0),
		.cpu_share = jval_get_num(limits, "cpu_share", 0),
	};
	collect_from_jval(jval_get(v, "collect"), &j->collect);
	words_from_jval(jval_get(v, "nets"), &j->nets);
	j->net_upstream = jval_get_bool(v, "net_upstream", false);
	j->net_bytes = (uint64_t)jval_get_int(v, "net_bytes", 0);
	j->tty.rows = (int)jval_get_int(v, "tty_rows", 0);
	j->tty.cols = (int)jval_get_int(v, "tty_cols", 0);
	j->keep = jval_get_bool(v, "keep", false);
	j->diode = jval_get_bool(v, "diode", false);
	j->diode_out = (uint64_t)jval_get_int(v, "diode_out", 0);
	j->manifest = jval_type(jval_get(v, "manifest")) == JVAL_OBJECT ? jval_copy(jval_get(v, "manifest")) : jval_object();
	if (!j->run_id || !j->store_path || !j->collect.tree_dir || !j->collect.outputs_dir || !j->collect.cwd)
		return error_set(err, ERR_INVALID, "the job lacks a field");
	*out = take_ptr(&j);
	return 0;
}
