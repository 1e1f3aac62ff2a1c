/* The run's cgroup, in the supervisor's hands. */
#include "config.h"

#include "base/log.h"
#include "engine/sup.h"

/* Above the limit, which the looks end it for: a fork bomb is held there until the next one. */
enum { PIDS_MARGIN = 64 };

void sup_cgroup_start(struct supervisor *s)
{
	CLEANUP(cgroup_host_release) struct cgroup_host host = { 0 };
	const struct job_limits *l = &s->job->limits;
	const struct cgroup_limits wanted = {
		.memory_bytes = l->memory_bytes,
		.pids = l->memory_bytes || l->pids < SPEC_PIDS ? (uint64_t)l->pids + PIDS_MARGIN : 0,
		.cpus = l->cpu_share,
	};
	/* In tier 1 the kernel ends all of a run by itself; in tier 2 a cgroup can. */
	bool ends_all = s->job->plan->tier == 2;
	struct error err = { 0 };
	int rc;

	if (!wanted.memory_bytes && !wanted.pids && wanted.cpus <= 0 && !ends_all)
		return;
	rc = cgroup_host_find(&host, &err);
	if (rc > 0)
		rc = cgroup_make(&host, s->job->run_id, &wanted, ends_all, &s->cgroup, &err);
	if (rc < 0)
		log_debug("no cgroup: %s", err.text);
}

void sup_cgroup_kill(struct supervisor *s)
{
	if (s->cgroup)
		(void)cgroup_kill(s->cgroup);
}

void sup_cgroup_end(struct supervisor *s)
{
	struct error err = { 0 };

	if (!s->cgroup)
		return;
	if (s->child.in_cgroup) {
		s->cgroup_holds = cgroup_holds(s->cgroup);
		cgroup_read(s->cgroup, &s->cgroup_used);
	}
	/* The next supervisor that passes here sweeps it up. */
	if (cgroup_remove(s->cgroup, &err) < 0)
		log_debug("%s", err.text);
	s->cgroup = NULL;
}

struct jval *sup_held_to_jval(const struct supervisor *s)
{
	const struct job_limits *l = &s->job->limits;
	struct jval *v = jval_object();

	if (l->memory_bytes)
		jval_set_text(v, "memory", s->cgroup_holds & CGROUP_MEMORY ? "cgroup" : "looks");
	if (l->pids < SPEC_PIDS)
		jval_set_text(v, "pids", s->cgroup_holds & CGROUP_PIDS ? "cgroup" : "looks");
	if (l->cpus)
		jval_set_text(v, "cpus", s->cgroup_holds & CGROUP_CPU ? "cgroup" : "affinity");
	return v;
}
