/* The option parser: tables in, filled structs and operands out. */
#include "config.h"

#include "cli/args.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

struct parser {
	const struct args_target *targets;
	size_t n_targets;
	int argc;
	char *const *argv;
	int next; /* first word not looked at */
};

/* An option found, where its value goes, and how the user wrote it. */
struct match {
	const struct option_spec *spec;
	void *field;
	const char *written;
};

void arg_list_push(struct arg_list *list, const char *item)
{
	mem_reserve(&list->items, &list->cap, list->count + 1);
	list->items[list->count++] = item;
}

void arg_list_release(struct arg_list *list)
{
	free(list->items);
	*list = (struct arg_list){ 0 };
}

int arg_pairs_push(struct arg_pairs *pairs, const char *text, const char *what, struct error *err)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return error_set(err, ERR_INVALID, "%s '%s' is not KEY=VALUE", what, text);
	mem_reserve(&pairs->items, &pairs->cap, pairs->count + 1);
	pairs->items[pairs->count++] = (struct arg_pair){
		.key = mem_strndup(text, (size_t)(equals - text)),
		.value = equals + 1,
	};
	return 0;
}

void arg_pairs_release(struct arg_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++)
		free(pairs->items[i].key);
	free(pairs->items);
	*pairs = (struct arg_pairs){ 0 };
}

static bool find_option(const struct parser *p, const char *name, size_t n, char letter, struct match *out)
{
	for (size_t t = 0; t < p->n_targets; t++)
		for (const struct option_spec *s = p->targets[t].specs; s && s->name; s++)
			if (name ? strlen(s->name) == n && strncmp(s->name, name, n) == 0 : s->letter == letter) {
				out->spec = s;
				out->field = (char *)p->targets[t].values + s->offset;
				return true;
			}
	return false;
}

static int unknown_option(const struct parser *p, const char *name, size_t n, struct error *err)
{
	CLEANUP(arg_list_release) struct arg_list names = { 0 };
	CLEANUP(free) char *word = mem_strndup(name, n);
	const char *nearest;

	for (size_t t = 0; t < p->n_targets; t++)
		for (const struct option_spec *s = p->targets[t].specs; s && s->name; s++)
			if (s->help)
				arg_list_push(&names, s->name);
	nearest = str_nearest(word, names.items, names.count);
	error_set(err, ERR_INVALID, "unknown option '--%s'", word);
	if (nearest)
		error_hint(err, "did you mean '--%s'?", nearest);
	return -1;
}

static int set_int(const struct match *m, const char *value, struct error *err)
{
	struct arg_int *field = m->field;
	int64_t number;

	if (str_parse_i64(value, &number, err) < 0)
		return error_wrap(err, "option '%s'", m->written);
	if (number < m->spec->min || number > m->spec->max)
		return error_set(err, ERR_INVALID, "option '%s': %s is not between %lld and %lld", m->written, value,
				 (long long)m->spec->min, (long long)m->spec->max);
	*field = (struct arg_int){ .given = true, .value = number };
	return 0;
}

static int set_number(const struct match *m, const char *value, struct error *err)
{
	struct arg_number *field = m->field;
	double number;

	if (str_parse_double(value, &number, err) < 0)
		return error_wrap(err, "option '%s'", m->written);
	if (!isfinite(number) || number <= 0)
		return error_set(err, ERR_INVALID, "option '%s' must be a number more than 0", m->written);
	*field = (struct arg_number){ .given = true, .value = number };
	return 0;
}

static int set_size(const struct match *m, const char *value, struct error *err)
{
	struct arg_size *field = m->field;
	uint64_t bytes;

	if (str_parse_size(value, &bytes, err) < 0)
		return error_wrap(err, "option '%s'", m->written);
	if (!bytes)
		return error_set(err, ERR_INVALID, "option '%s' must be more than 0", m->written);
	*field = (struct arg_size){ .given = true, .bytes = bytes };
	return 0;
}

static int set_duration(const struct match *m, const char *value, struct error *err)
{
	struct arg_duration *field = m->field;
	int64_t ns;

	if (str_parse_duration(value, &ns, err) < 0)
		return error_wrap(err, "option '%s'", m->written);
	if (ns < m->spec->min)
		return error_set(err, ERR_INVALID, "option '%s' must be more than 0", m->written);
	*field = (struct arg_duration){ .given = true, .ns = ns };
	return 0;
}

static int set_value(const struct match *m, const char *value, struct error *err)
{
	CLEANUP(free) char *what = NULL;

	switch (m->spec->kind) {
	case OPTION_KIND_FLAG:
		*(bool *)m->field = true;
		return 0;
	case OPTION_KIND_CHOICE:
		if (!str_is_choice(m->spec->operand, value))
			return error_set(err, ERR_INVALID, "option '%s': '%s' is none of %s", m->written, value,
					 m->spec->operand);
		*(const char **)m->field = value;
		return 0;
	case OPTION_KIND_STRING:
		*(const char **)m->field = value;
		return 0;
	case OPTION_KIND_LIST:
		arg_list_push(m->field, value);
		return 0;
	case OPTION_KIND_PAIRS:
		what = mem_printf("option '%s':", m->written);
		return arg_pairs_push(m->field, value, what, err);
	case OPTION_KIND_INT:
		return set_int(m, value, err);
	case OPTION_KIND_NUMBER:
		return set_number(m, value, err);
	case OPTION_KIND_SIZE:
		return set_size(m, value, err);
	case OPTION_KIND_DURATION:
		return set_duration(m, value, err);
	}
	return error_set(err, ERR_INTERNAL, "option '%s' has no kind", m->written);
}

/* The value in the same word, or the next word. */
static int take_value(struct parser *p, const struct match *m, const char *attached, struct error *err)
{
	if (m->spec->kind == OPTION_KIND_FLAG)
		return set_value(m, NULL, err);
	if (attached)
		return set_value(m, attached, err);
	if (p->next >= p->argc)
		return error_set(err, ERR_INVALID, "option '%s' needs a value: %s", m->written, m->spec->operand);
	return set_value(m, p->argv[p->next++], err);
}

static int parse_long(struct parser *p, const char *word, struct error *err)
{
	const char *name = word + 2;
	size_t n = strcspn(name, "=");
	CLEANUP(free) char *written = mem_strndup(word, n + 2);
	struct match m = { .written = written };

	if (!find_option(p, name, n, 0, &m))
		return unknown_option(p, name, n, err);
	if (name[n] && m.spec->kind == OPTION_KIND_FLAG)
		return error_set(err, ERR_INVALID, "option '%s' takes no value", written);
	return take_value(p, &m, name[n] ? name + n + 1 : NULL, err);
}

static int parse_short(struct parser *p, const char *word, struct error *err)
{
	for (const char *c = word + 1; *c; c++) {
		const char written[] = { '-', *c, '\0' };
		struct match m = { .written = written };

		if (!find_option(p, NULL, 0, *c, &m)) {
			size_t n = strlen(word);

			error_set(err, ERR_INVALID, "unknown option '%s'", n > 2 ? word : written);
			/* "-memory 1G": one dash too few is the likeliest slip. */
			if (n > 2 && find_option(p, word + 1, strcspn(word + 1, "="), 0, &m))
				error_hint(err, "did you mean '--%s'?", m.spec->name);
			return -1;
		}
		if (m.spec->kind != OPTION_KIND_FLAG)
			return take_value(p, &m, c[1] ? c + 1 : NULL, err);
		if (set_value(&m, NULL, err) < 0)
			return -1;
	}
	return 0;
}

int args_parse(const struct args_target *targets, size_t n_targets, bool stop_at_operand, int argc, char *const *argv,
	       struct arg_list *operands, struct error *err)
{
	struct parser p = { .targets = targets, .n_targets = n_targets, .argc = argc, .argv = argv };

	while (p.next < argc) {
		const char *word = argv[p.next++];

		if (strcmp(word, "--") == 0) {
			operands->dashed = operands->count == 0;
			break;
		}
		/* A lone "-" is an operand: standard input by custom. */
		if (word[0] != '-' || !word[1]) {
			arg_list_push(operands, word);
			if (stop_at_operand)
				break;
			continue;
		}
		if ((word[1] == '-' ? parse_long(&p, word, err) : parse_short(&p, word, err)) < 0)
			return -1;
	}
	while (p.next < argc)
		arg_list_push(operands, argv[p.next++]);
	return 0;
}

void args_release(const struct args_target *target)
{
	for (const struct option_spec *s = target->specs; s && s->name; s++) {
		void *field = (char *)target->values + s->offset;

		if (s->kind == OPTION_KIND_LIST)
			arg_list_release(field);
		else if (s->kind == OPTION_KIND_PAIRS)
			arg_pairs_release(field);
	}
}
