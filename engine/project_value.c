/* The values of wb.yaml: what each may be, and what it sets. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/project.h"

enum { GPUS_MAX = 1024 };

static int not_between(const char *text, int low, int high, struct error *err)
{
	return error_set(err, ERR_INVALID, "%s is not between %d and %d", text, low, high);
}

static int check_amount(enum project_kind kind, const char *text, struct error *err)
{
	uint64_t bytes;
	int64_t number;
	double cpus;

	switch (kind) {
	case PROJECT_GPUS:
		if (str_parse_i64(text, &number, err) < 0)
			return -1;
		return number >= 0 && number <= GPUS_MAX ? 0 : not_between(text, 0, GPUS_MAX, err);
	case PROJECT_CPUS:
		if (str_parse_double(text, &cpus, err) < 0)
			return -1;
		return isfinite(cpus) && cpus > 0 ? 0 : error_set(err, ERR_INVALID, "%s is not more than 0", text);
	case PROJECT_PIDS:
		if (str_parse_i64(text, &number, err) < 0)
			return -1;
		return number >= 1 && number <= SPEC_PIDS_MAX ? 0 : not_between(text, 1, SPEC_PIDS_MAX, err);
	case PROJECT_FILES:
		if (str_parse_i64(text, &number, err) < 0)
			return -1;
		return number >= SPEC_FILES_MIN && number <= SPEC_FILES_MAX ?
			       0 : not_between(text, SPEC_FILES_MIN, SPEC_FILES_MAX, err);
	case PROJECT_TIME:
	case PROJECT_GRACE:
	case PROJECT_GPU_WAIT:
		if (str_parse_duration(text, &number, err) < 0)
			return -1;
		return number > 0 ? 0 : error_set(err, ERR_INVALID, "%s is not more than 0", text);
	default:
		if (str_parse_size(text, &bytes, err) < 0)
			return -1;
		return bytes ? 0 : error_set(err, ERR_INVALID, "%s is not more than 0", text);
	}
}

static int check_one_of(const char *text, const char *const *words, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(words[i], text))
			return 0;
	return error_set(err, ERR_INVALID, "'%.100s' is none of %s, %s%s%s", text, words[0], words[1], n > 2 ? ", " : "",
			 n > 2 ? words[2] : "");
}

int project_value_check(enum project_kind kind, const char *text, struct error *err)
{
	static const char *const truths[] = { "true", "false" };
	static const char *const workdirs[] = { "auto", "overlay", "copy" };
	uint64_t bytes;
	int64_t number;

	switch (kind) {
	case PROJECT_EXPERIMENT:
		if (!*text || strlen(text) > LIMIT_RUN_NAME)
			return error_set(err, ERR_INVALID, "an experiment's name has 1 to %zu bytes", LIMIT_RUN_NAME);
		return 0;
	case PROJECT_TIER_MIN:
		if (!str_eq(text, "1") && !str_eq(text, "2") && !str_eq(text, "3"))
			return error_set(err, ERR_INVALID, "a tier is 1, 2 or 3; 1 is the strongest");
		return 0;
	case PROJECT_DIODE:
		return check_one_of(text, truths, 2, err);
	case PROJECT_DIODE_OUT:
		return str_parse_size(text, &bytes, err);
	case PROJECT_SEED:
		if (str_parse_i64(text, &number, err) < 0)
			return -1;
		return number >= 0 ? 0 : error_set(err, ERR_INVALID, "a seed is not less than 0");
	case PROJECT_WORKDIR:
		return check_one_of(text, workdirs, 3, err);
	default:
		return check_amount(kind, text, err);
	}
}

static int fill_limit(const struct project_value *v, struct run_spec *spec, struct error *err)
{
	switch (v->kind) {
	case PROJECT_GPUS:
		return str_parse_i64(v->text, &spec->gpus, err);
	case PROJECT_GPU_WAIT:
		return str_parse_duration(v->text, &spec->gpu_wait_ns, err);
	case PROJECT_CPUS:
		return str_parse_double(v->text, &spec->cpus, err);
	case PROJECT_MEMORY:
		return str_parse_size(v->text, &spec->memory_bytes, err);
	case PROJECT_TIME:
		return str_parse_duration(v->text, &spec->wall_ns, err);
	case PROJECT_DISK:
		return str_parse_size(v->text, &spec->disk_bytes, err);
	case PROJECT_PIDS:
		return str_parse_i64(v->text, &spec->pids, err);
	case PROJECT_FILES:
		return str_parse_i64(v->text, &spec->files, err);
	case PROJECT_OUTPUT:
		return str_parse_size(v->text, &spec->output_bytes, err);
	case PROJECT_GRACE:
		return str_parse_duration(v->text, &spec->grace_ns, err);
	case PROJECT_NET_BYTES:
		return str_parse_size(v->text, &spec->net_bytes, err);
	default:
		return 0;
	}
}

int project_value_fill(const struct project_value *v, const char *dir, const char *cwd, struct run_spec *spec,
		      struct error *err)
{
	CLEANUP(free) char *path = NULL;

	switch (v->kind) {
	case PROJECT_EXPERIMENT:
		free(spec->experiment);
		spec->experiment = mem_strdup(v->text);
		return 0;
	case PROJECT_COMMAND:
		words_release(&spec->argv);
		for (size_t i = 0; i < v->words.n; i++)
			words_add(&spec->argv, v->words.items[i]);
		return 0;
	case PROJECT_TIER_MIN:
		spec->box.tier_min = v->text[0] - '0';
		return 0;
	case PROJECT_DIODE:
		spec->diode = str_eq(v->text, "true");
		return 0;
	case PROJECT_DIODE_OUT:
		return str_parse_size(v->text, &spec->diode_out, err);
	case PROJECT_SEED:
		spec->has_seed = true;
		return str_parse_i64(v->text, &spec->seed, err);
	case PROJECT_WORKDIR:
		spec->copy_workdir = str_eq(v->text, "copy");
		spec->box.need_overlay = str_eq(v->text, "overlay");
		return 0;
	case PROJECT_PARAM:
		pairs_set(&spec->params, v->key, v->text);
		return 0;
	case PROJECT_ENV:
		pairs_set(&spec->env, v->key, v->text);
		return 0;
	case PROJECT_TAG:
		pairs_set(&spec->tags, v->key, v->text);
		return 0;
	case PROJECT_INPUT:
		path = str_eq(dir, cwd) ? mem_strdup(v->text) : fs_join(dir, v->text);
		pairs_set(&spec->inputs, v->key, path);
		return 0;
	default:
		return fill_limit(v, spec, err);
	}
}
