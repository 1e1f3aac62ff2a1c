/* START and END documents. */
#include "config.h"

#include "engine/record.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/diode.h"
#include "engine/folders.h"
#include "engine/host.h"
#include "engine/upstream.h"

static struct jval *sources_to_jval(const struct run_sources *sources)
{
	struct jval *array = jval_array();

	for (size_t i = 0; i < sources->n; i++) {
		const struct run_source *src = &sources->items[i];
		struct jval *v = jval_push(array, jval_object());

		jval_set_text(v, "name", src->name);
		jval_set_text(v, "path", src->given);
		jval_set_text(v, "sha256", digest_hex(&src->digest).text);
		jval_set_int(v, "bytes", (int64_t)src->bytes);
		jval_set(v, "tags", words_to_jval(&src->tags));
	}
	return array;
}

static struct jval *limits_to_jval(const struct run_spec *s)
{
	struct jval *v = jval_object();

	jval_set_int(v, "gpus", s->gpus);
	jval_set_num(v, "cpus", s->cpus);
	jval_set_int(v, "memory_bytes", (int64_t)s->memory_bytes);
	jval_set_int(v, "disk_bytes", (int64_t)s->disk_bytes);
	jval_set_num(v, "wall_seconds", (double)s->wall_ns / 1e9);
	jval_set_int(v, "pids", s->pids ? s->pids : SPEC_PIDS);
	jval_set_int(v, "files", s->files ? s->files : SPEC_FILES);
	jval_set_int(v, "output_bytes", (int64_t)(s->output_bytes ? s->output_bytes : LIMIT_LOG));
	jval_set_num(v, "grace_seconds", (double)(s->grace_ns ? s->grace_ns : SPEC_GRACE_NS) / 1e9);
	if (s->net_bytes)
		jval_set_int(v, "net_bytes", (int64_t)s->net_bytes);
	return v;
}

struct jval *record_start_document(struct engine *e, const struct record_start *s)
{
	struct jval *v = jval_object(), *diode;

	jval_set_int(v, "v", 1);
	jval_set_text(v, "run_id", s->id->text);
	jval_set_text(v, "experiment", s->spec->experiment ? s->spec->experiment : "Default");
	jval_set_text(v, "name", s->name);
	jval_set_int(v, "start_ns", clock_now(engine_clock(e)));
	jval_set_text(v, "host", host_name().text);
	jval_set_text(v, "user", host_user_name().text);
	jval_set(v, "command", words_to_jval(s->command));
	jval_set(v, "params", pairs_to_jval(&s->spec->params));
	jval_set(v, "tags", pairs_to_jval(&s->spec->tags));
	jval_set(v, "inputs", sources_to_jval(s->sources));
	jval_set(v, "snapshot", jval_copy(s->snapshot));
	if (s->git)
		jval_set(v, "git", jval_copy(s->git));
	if (s->environment)
		jval_set(v, "environment", jval_copy(s->environment));
	jval_set(v, "policy", jval_copy(s->policy));
	jval_set_int(v, "tier", s->tier);
	jval_set(v, "layers", box_layers(s->tier, s->landlock_abi));
	jval_set(v, "sandbox", box_to_jval(&s->spec->box, s->tier, s->landlock_abi));
	jval_set(v, "limits", limits_to_jval(s->spec));
	if (s->upstream && s->upstream->host[0]) {
		CLEANUP(buf_release) struct buf via = BUF_INIT(LIMIT_KIB);

		upstream_describe(s->upstream, &via);
		jval_set_text(v, "network_via", buf_text(&via));
	}
	if (s->spec->tty)
		jval_set_bool(v, "tty", true);
	diode = diode_to_jval(s->spec);
	if (diode)
		jval_set(v, "diode", diode);
	if (s->spec->has_seed)
		jval_set_int(v, "seed", s->spec->seed);
	if (s->spec->parent)
		jval_set_text(v, "parent", s->spec->parent);
	if (s->spec->shell_of)
		jval_set_text(v, "shell_of", s->spec->shell_of);
	else if (s->spec->source_run)
		jval_set_text(v, "rerun_of", s->spec->source_run);
	jval_set_text(v, "project", s->project);
	jval_set(v, "spec", run_spec_to_jval(s->spec));
	return v;
}

struct jval *record_snapshot(const struct snapshot *code)
{
	struct jval *v = jval_object(), *skipped, *folders;

	jval_set_text(v, "tree", code->tree.hex);
	jval_set_int(v, "files", (int64_t)code->files);
	jval_set_int(v, "bytes", (int64_t)code->bytes);
	skipped = jval_set(v, "skipped", jval_array());
	for (size_t i = 0; i < code->n_notes; i++) {
		const struct snapshot_note *n = &code->notes[i];
		struct jval *item;

		/* Nothing is missing because of these two: empty folders are kept below, nested repositories are walked. */
		if (n->why == SNAPSHOT_EMPTY_DIR || n->why == SNAPSHOT_NESTED)
			continue;
		item = jval_push(skipped, jval_object());
		jval_set_text(item, "path", n->path);
		jval_set_text(item, "why", snapshot_why_name(n->why));
	}
	folders = folders_of(code);
	if (folders)
		jval_set(v, "empty_dirs", folders);
	return v;
}

struct jval *record_git(const struct git_facts *git)
{
	struct jval *v;

	if (!git->present)
		return NULL;
	v = jval_object();
	jval_set_text(v, "commit", git->commit);
	jval_set_text(v, "branch", git->branch);
	jval_set(v, "dirty", git->dirty_known ? jval_new_bool(git->dirty || git->untracked) : jval_new_null());
	jval_set_text(v, "remote", git->remote);
	return v;
}

void record_git_read(const struct jval *git, struct git_facts *out)
{
	const struct jval *dirty = jval_get(git, "dirty");

	out->present = true;
	out->commit = mem_strdup(jval_get_text(git, "commit"));
	out->branch = mem_strdup(jval_get_text(git, "branch"));
	out->remote = mem_strdup(jval_get_text(git, "remote"));
	out->dirty_known = jval_type(dirty) == JVAL_BOOL;
	out->dirty = jval_bool(dirty, false);
}

struct jval *record_end_document(struct engine *e, const char *state, const char *detail, const struct error *why)
{
	struct jval *v = jval_object();

	jval_set_text(v, "state", state);
	jval_set_text(v, "detail", detail);
	jval_set(v, "exit_code", jval_new_null());
	jval_set(v, "signal", jval_new_null());
	jval_set_int(v, "end_ns", clock_now(engine_clock(e)));
	if (why && why->text[0])
		jval_set_text(v, "reason", why->text);
	if (why && why->hint[0])
		jval_set_text(v, "hint", why->hint);
	return v;
}
