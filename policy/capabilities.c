/* What policies can use. */
#include "config.h"

#include "policy/capabilities.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/builtin.h"

struct list {
	const struct builtin **v;
	size_t n, cap;
};

static void collect(void *data, const struct builtin *b)
{
	struct list *l = data;

	mem_reserve(&l->v, &l->cap, l->n + 1);
	l->v[l->n++] = b;
}

static int by_name(const void *pa, const void *pb)
{
	const struct builtin *const *a = pa, *const *b = pb;

	return strcmp((*a)->name, (*b)->name);
}

void capabilities_each(capability_fn *fn, void *data)
{
	/* Their answers come from the input, and are noted. */
	static const char *const noted[] = { "time.now_ns", "rand.intn", "uuid.rfc4122", "io.jwt.encode_sign",
						"io.jwt.encode_sign_raw" };
	struct list all = { 0 };

	builtin_each(collect, &all);
	qsort(all.v, all.n, sizeof *all.v, by_name);
	for (size_t i = 0; i < all.n; i++) {
		const struct builtin *b = all.v[i];
		struct capability c = {
			.name = b->name, .nargs = b->nargs, .result = b->result, .v0_only = b->flags & BUILTIN_DEPRECATED,
			.relation = b->flags & BUILTIN_RELATION,
			.unavailable = b->flags & BUILTIN_MOCKED || (!b->fn && !(b->flags & BUILTIN_METADATA)),
		};

		memcpy(c.args, b->args, sizeof c.args);
		for (size_t k = 0; k < sizeof noted / sizeof *noted; k++)
			c.nondeterministic = c.nondeterministic || strcmp(noted[k], b->name) == 0;
		fn(data, &c);
	}
	free(all.v);
}

struct capability_type capability_type(unsigned bits)
{
	static const char *const names[] = { "", "null", "boolean", "number", "string", "array", "object", "set" };
	struct capability_type t = { "" };
	size_t n = 0;

	if ((bits & TY_ANY) == TY_ANY || !bits)
		return (struct capability_type){ "any" };
	for (unsigned i = V_NULL; i <= V_SET; i++)
		if (bits & 1u << i)
			n += (size_t)snprintf(t.text + n, sizeof t.text - n, "%s%s", n ? "|" : "", names[i]);
	return t;
}
