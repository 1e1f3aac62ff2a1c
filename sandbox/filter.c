/* The table of seccomp programs, and those made at run time. */
#include "config.h"

#include "sandbox/filter.h"

#include <string.h>
#include <sys/syscall.h>

#include "base/digest.h"
#include "base/str.h"
#include "sandbox/bpf.h"
#include "sandbox/filter_compile.h"

/* Generated in the build folder by sandbox/filter_gen.c. */
#include "sandbox/filter_table.inc"

const struct filter_program *filter_at(unsigned i)
{
	return i < sizeof programs / sizeof *programs ? &programs[i] : NULL;
}

const struct filter_program *filter_find(const char *profile, int tier, bool notify, bool opens)
{
	int program_tier = tier == 3 ? 2 : tier;

	for (unsigned i = 0; filter_at(i); i++) {
		const struct filter_program *f = filter_at(i);

		if (str_eq(f->profile, profile) && f->tier == program_tier && f->notify == notify &&
		    f->opens == (notify && opens))
			return f;
	}
	return NULL;
}

enum filter_class filter_call_class(int tier, int nr)
{
	if (nr < 0 || (size_t)nr >= sizeof call_classes_1)
		return FILTER_DENY;
	return tier == 1 ? call_classes_1[nr] : call_classes_2[nr];
}

const char *filter_call_name(int nr)
{
	if (nr < 0 || (size_t)nr >= sizeof call_names / sizeof *call_names)
		return NULL;
	return call_names[nr];
}

int filter_call_number(const char *name)
{
	size_t lo = 0;
	size_t hi = sizeof call_order / sizeof *call_order;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(name, call_names[call_order[mid]]);

		if (c == 0)
			return call_order[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return PROFILE_UNKNOWN;
}

/* In a shipped profile an unknown name is another architecture's: the build has seen to that. */
static int shipped_number(const char *name)
{
	int nr = filter_call_number(name);

	return nr < 0 ? PROFILE_ELSEWHERE : nr;
}

const char *filter_profile_name(unsigned i)
{
	return i < sizeof texts / sizeof *texts ? texts[i].name : NULL;
}

const char *filter_profile_text(const char *name)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (str_eq(texts[i].name, name))
			return texts[i].text;
	}
	return NULL;
}

static const char *text_of(void *data, const char *name)
{
	(void)data;
	return filter_profile_text(name);
}

int filter_profile_load(const char *name, const char *text, struct profile *out, struct error *err)
{
	const struct profile_source shipped = { .number = shipped_number, .text = text_of };
	const struct profile_source own = { .number = filter_call_number, .text = text_of };

	if (text)
		return profile_parse_user(text, name, &own, out, err);
	text = filter_profile_text(name);
	if (text)
		return profile_parse(text, name, &shipped, out, err);
	error_set(err, ERR_NOT_FOUND, "there is no call profile '%s'", name);
	return error_hint(err, "'wb sandbox profiles' lists them; a file of yours is named with a '/', such as ./%s", name);
}

bool filter_is_traced(int nr)
{
	switch (nr) {
	case SYS_newfstatat:
	case SYS_statx:
	case SYS_faccessat:
	case SYS_faccessat2:
	case SYS_readlinkat:
#ifdef SYS_stat
	case SYS_stat:
	case SYS_lstat:
	case SYS_access:
	case SYS_readlink:
#endif
		return true;
	default:
		return false;
	}
}

/* What is allowed whatever its arguments becomes watched. */
static void trace_rules(struct profile *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct profile_rule *r = &p->rules[i];

		if (r->verdict == PROFILE_ALLOW && r->conds == 0 && filter_is_traced(r->call))
			r->verdict = PROFILE_WATCH;
	}
}

int filter_get(const struct filter_want *want, struct filter_program *out, struct error *err)
{
	const char *name = want->profile ? want->profile : "ml";
	const struct filter_program *found = filter_find(name, want->tier, want->notify, want->opens);
	struct filter_shape shape = { .tier = want->tier == 1 ? 1 : 2, .notify = want->notify,
				      .opens = want->notify && want->opens, .learn = want->notify && want->learn,
				      .arch = FILTER_ARCH };
	CLEANUP(profile_release) struct profile p = { .name = "" };
	unsigned len;

	if (!want->text && !shape.learn && !want->trace && found) {
		*out = *found;
		return 0;
	}
	if (filter_profile_load(name, want->text, &p, err))
		return -1;
	if (want->trace)
		trace_rules(&p);
	*out = (struct filter_program){ .tier = shape.tier, .notify = shape.notify, .opens = shape.opens };
	if (filter_compile(&p, &shape, &out->own, &len, err))
		return -1;
	out->code = out->own;
	out->len = (unsigned short)len;
	return 0;
}

int filter_profile_check(const char *name, const char *text, struct error *err)
{
	CLEANUP(profile_release) struct profile p = { .name = "" };

	if (!text && filter_profile_text(name))
		return 0;
	return filter_profile_load(name, text, &p, err);
}

void filter_program_release(struct filter_program *f)
{
	free(f->own);
	*f = (struct filter_program){ .profile = NULL };
}

unsigned filter_verdict(const struct filter_program *f, const struct seccomp_data *data)
{
	struct error err = { 0 };
	uint32_t verdict;

	/* The programs are ours and valid; one that is not lets nothing through. */
	if (bpf_run(f->code, f->len, data, &verdict, &err))
		return SECCOMP_RET_KILL_PROCESS;
	return verdict;
}

void filter_digest(const struct filter_program *f, char *out)
{
	struct digest d = digest_of(f->code, f->len * sizeof *f->code);
	struct digest_hex hex = digest_hex(&d);

	memcpy(out, hex.text, sizeof hex.text);
}
