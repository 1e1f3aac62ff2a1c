/* The run's cgroup, in the supervisor's hands. */
#include "config.h"

#include <stdio.h>
#include <sys/param.h>

#include "base/log.h"
#include "engine/sup.h"

/* Above the limit, which the looks end it for: a fork bomb is held there until the next one. */
enum { PIDS_MARGIN = 64 };

static struct cgroup_limits wanted_of(const struct job_limits *l)
{
	return (struct cgroup_limits){
		.memory_bytes = l->memory_bytes,
		.pids = l->memory_bytes || l->pids < SPEC_PIDS ? (uint64_t)l->pids + PIDS_MARGIN : 0,
		.cpus = l->cpu_share,
	};
}

/* Why the looks hold the limits: it goes into the record. */
static void without(struct supervisor *s, const struct error *why)
{
	snprintf(s->no_cgroup, sizeof s->no_cgroup, "%s", why->text);
	log_debug("no cgroup: %s", why->text);
}

static bool scope_place(void *data, pid_t init)
{
	CLEANUP(cgroup_host_release) struct cgroup_host host = { 0 };
	struct supervisor *s = data;
	const struct scope_manager manager = { .helper = s->job->scope_helper, .socket = s->job->scope_socket };
	const struct cgroup_limits wanted = wanted_of(&s->job->limits);
	struct error err = { 0 };
	int rc = cgroup_host_find(&host, &err);

	if (rc > 0)
		rc = scope_make(&manager, &host, s->job->run_id, &wanted, init, &s->cgroup, &s->scope, &err);
	if (rc < 0 || !s->cgroup) {
		without(s, &err);
		return false;
	}
	if (!cgroup_holds(s->cgroup)) {
		error_set(&err, ERR_UNSUPPORTED, "systemd's scope has no controller for these limits");
		without(s, &err);
	}
	return true;
}

/* Where no place is ours already. False: nobody can be asked. */
static bool scope_plan(struct supervisor *s, const struct cgroup_host *host, const struct cgroup_limits *wanted,
		       struct sandbox_io *io)
{
	struct error err = { 0 };

	if (!cgroup_host_can(host, wanted))
		error_set(&err, ERR_UNSUPPORTED, "cgroup v2 has no controller for these limits here");
	else if (!s->job->scope_socket || !s->job->scope_helper)
		error_set(&err, ERR_UNSUPPORTED, "this session's cgroup is not yours to divide, and %s", s->job->scope_missing);
	if (err.code) {
		without(s, &err);
		return false;
	}
	io->place = scope_place;
	io->place_data = s;
	return true;
}

void sup_cgroup_start(struct supervisor *s, struct sandbox_io *io)
{
	CLEANUP(cgroup_host_release) struct cgroup_host host = { 0 };
	const struct cgroup_limits wanted = wanted_of(&s->job->limits);
	bool is_limited = job_asks_kernel(&s->job->limits);
	/* In tier 1 the kernel ends all of a run by itself; in tier 2 a cgroup can. */
	bool ends_all = s->job->plan->tier == 2;
	struct error err = { 0 };
	int rc;

	if (!is_limited && !ends_all)
		return;
	rc = cgroup_host_find(&host, &err);
	if (rc == 0)
		error_set(&err, ERR_UNSUPPORTED, "no cgroup v2 here");
	if (rc > 0 && is_limited)
		rc = cgroup_make(&host, s->job->run_id, &wanted, false, &s->cgroup, &err);
	if (host.mount && rc == 0 && is_limited && scope_plan(s, &host, &wanted, io))
		return;
	if (host.mount && rc >= 0 && !s->cgroup && ends_all)
		rc = cgroup_make(&host, s->job->run_id, &wanted, true, &s->cgroup, &err);
	if (err.text[0])
		without(s, &err);
	if (s->cgroup)
		io->cgroup_fd = cgroup_dirfd(s->cgroup);
}

void sup_cgroup_kill(struct supervisor *s)
{
	if (s->cgroup)
		(void)cgroup_kill(s->cgroup);
}

void sup_cgroup_look(struct supervisor *s)
{
	struct cgroup_usage now = { 0 };

	if (!s->cgroup || !s->child.in_cgroup)
		return;
	cgroup_read(s->cgroup, &now);
	/* One that is gone says nothing; none of these goes back. */
	s->cgroup_used.memory_peak = MAX(s->cgroup_used.memory_peak, now.memory_peak);
	s->cgroup_used.pids_peak = MAX(s->cgroup_used.pids_peak, now.pids_peak);
	s->cgroup_used.oom_kills = MAX(s->cgroup_used.oom_kills, now.oom_kills);
	s->cgroup_used.pids_refused = MAX(s->cgroup_used.pids_refused, now.pids_refused);
}

void sup_cgroup_end(struct supervisor *s)
{
	struct error err = { 0 };

	if (!s->cgroup)
		return;
	sup_cgroup_look(s);
	if (s->child.in_cgroup)
		s->cgroup_holds = cgroup_holds(s->cgroup);
	/* The next supervisor that passes here sweeps it up; systemd does so with its scopes. */
	if (cgroup_remove(s->cgroup, &err) < 0)
		log_debug("%s", err.text);
	s->cgroup = NULL;
	scope_release(&s->scope);
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

const char *sup_no_cgroup(const struct supervisor *s)
{
	return job_asks_kernel(&s->job->limits) && s->no_cgroup[0] ? s->no_cgroup : NULL;
}
