/* The table of seccomp programs. */
#include "config.h"

#include "sandbox/filter.h"

#include <string.h>

#include "base/digest.h"
#include "base/str.h"

/* Generated in the build folder by sandbox/filter_gen.c. */
#include "sandbox/filter_table.inc"

const struct filter_program *filter_at(unsigned i)
{
	return i < sizeof programs / sizeof *programs ? &programs[i] : NULL;
}

const struct filter_program *filter_find(const char *profile, int tier, bool notify, bool opens)
{
	for (unsigned i = 0; filter_at(i); i++) {
		const struct filter_program *f = filter_at(i);

		if (str_eq(f->profile, profile) && f->tier == tier && f->notify == notify && f->opens == (notify && opens))
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

void filter_digest(const struct filter_program *f, char *out)
{
	struct digest d = digest_of(f->code, f->len * sizeof *f->code);
	struct digest_hex hex = digest_hex(&d);

	memcpy(out, hex.text, sizeof hex.text);
}
