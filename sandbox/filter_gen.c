/*
 * Runs at build time: compiles the profiles named as arguments into the seccomp
 * programs of this machine's architecture, so that a run neither compiles nor
 * links anything. libseccomp is asked for the numbers of the calls only.
 */
#include "config.h"

#include <linux/filter.h>
#include <seccomp.h>
#include <stdbool.h>
#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/filter_compile.h"
#include "sandbox/profile.h"

enum { FILES_MAX = 8, VARIANTS = 6 };

struct file {
	const char *path;
	char *text;
	struct profile profile;
	unsigned lens[VARIANTS];
};

static const struct filter_shape variants[VARIANTS] = {
	{ .tier = 1 }, { .tier = 1, .notify = true }, { .tier = 1, .notify = true, .opens = true },
	{ .tier = 2 }, { .tier = 2, .notify = true }, { .tier = 2, .notify = true, .opens = true },
};

/* Calls that are younger than the libseccomp of the oldest system this builds on; the same number everywhere. */
static const struct {
	const char *name;
	int number;
} late_calls[] = {
	{ "cachestat", 451 },           { "fchmodat2", 452 },         { "map_shadow_stack", 453 },
	{ "futex_wake", 454 },          { "futex_wait", 455 },        { "futex_requeue", 456 },
	{ "statmount", 457 },           { "listmount", 458 },         { "lsm_get_self_attr", 459 },
	{ "lsm_set_self_attr", 460 },   { "lsm_list_modules", 461 },  { "mseal", 462 },
	{ "setxattrat", 463 },          { "getxattrat", 464 },        { "listxattrat", 465 },
	{ "removexattrat", 466 },       { "open_tree_attr", 467 },    { "file_getattr", 468 },
	{ "file_setattr", 469 },        { "listns", 470 },            { "set_mempolicy_home_node", 450 },
	{ "process_mrelease", 448 },    { "memfd_secret", 447 },      { "futex_waitv", 449 },
};

static void fail(const struct error *err)
{
	fprintf(stderr, "filter_gen: %s\n", err->text);
	exit(1);
}

static const char *number_name(int nr)
{
	for (size_t i = 0; i < sizeof late_calls / sizeof *late_calls; i++) {
		if (late_calls[i].number == nr)
			return late_calls[i].name;
	}
	return NULL;
}

static int name_number(const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr >= 0)
		return nr;
	for (size_t i = 0; i < sizeof late_calls / sizeof *late_calls; i++) {
		if (str_eq(late_calls[i].name, name))
			return late_calls[i].number;
	}
	return nr == __NR_SCMP_ERROR ? PROFILE_UNKNOWN : PROFILE_ELSEWHERE;
}

static const char *file_text(void *data, const char *name)
{
	const struct file *files = data;

	for (int i = 0; i < FILES_MAX && files[i].text; i++) {
		if (str_eq(files[i].profile.name, name))
			return files[i].text;
	}
	return NULL;
}

static void file_load(struct file *files, int i, const char *path)
{
	const struct profile_source source = { .number = name_number, .text = file_text, .data = files };
	struct buf text = BUF_INIT(PROFILE_TEXT_MAX);
	struct error err = { 0 };

	if (fs_read_file(AT_FDCWD, path, &text, &err) ||
	    profile_parse(buf_text(&text), path, &source, &files[i].profile, &err))
		fail(&err);
	files[i].path = path;
	files[i].text = buf_take(&text);
}

static void programs_print(struct file *f, int number)
{
	for (int v = 0; v < VARIANTS; v++) {
		struct filter_shape shape = variants[v];
		struct sock_filter *code;
		struct error err = { 0 };

		shape.arch = seccomp_arch_native();
		if (filter_compile(&f->profile, &shape, &code, &f->lens[v], &err))
			fail(&err);
		printf("static const struct sock_filter code_%d_%d[] = {\n", number, v);
		for (unsigned k = 0; k < f->lens[v]; k++)
			printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", code[k].code, code[k].jt, code[k].jf, code[k].k);
		printf("};\n");
		free(code);
	}
}

static void table_print(const struct file *files, int n)
{
	printf("static const struct filter_program programs[] = {\n");
	for (int i = 0; i < n; i++)
		for (int v = 0; v < VARIANTS; v++)
			printf("\t{ \"%s\", %d, %s, %s, %u, code_%d_%d, NULL },\n", files[i].profile.name, variants[v].tier,
			       variants[v].notify ? "true" : "false", variants[v].opens ? "true" : "false", files[i].lens[v],
			       i, v);
	printf("};\n");
}

/* A line of source a line of text. */
static void texts_print(const struct file *files, int n)
{
	for (int i = 0; i < n; i++) {
		printf("static const char text_%d[] =\n\t\"", i);
		for (const char *s = files[i].text; *s; s++) {
			if (*s == '"' || *s == '\\')
				printf("\\%c", *s);
			else if (*s == '\n')
				printf("\\n\"\n\t\"");
			else
				putchar(*s);
		}
		printf("\";\n");
	}
	printf("static const struct profile_text {\n\tconst char *name, *text;\n} texts[] = {\n");
	for (int i = 0; i < n; i++)
		printf("\t{ \"%s\", text_%d },\n", files[i].profile.name, i);
	printf("};\n");
}

/*
 * What the supervisor does with a call. One that is only watched must never be
 * one that some arguments forbid: the supervisor lets it go on.
 */
static const char *call_class(const struct profile *p, int tier, int nr)
{
	bool seen[PROFILE_NOSYS + 1] = { false };
	struct error err = { 0 };

	for (size_t i = 0; i < p->count; i++) {
		if (p->rules[i].call == nr && (p->rules[i].tiers & tier))
			seen[p->rules[i].verdict] = true;
	}
	if (seen[PROFILE_WATCH] + seen[PROFILE_MEDIATE] + (seen[PROFILE_DENY] || seen[PROFILE_NO_FAMILY]) > 1) {
		error_set(&err, ERR_INVALID, "%s: call %d is both let go on and denied", p->name, nr);
		fail(&err);
	}
	return seen[PROFILE_WATCH] ? "FILTER_REPORT" : seen[PROFILE_MEDIATE] ? "FILTER_MEDIATE" : "FILTER_DENY";
}

/* One table for all profiles: what a call is to the supervisor does not depend on them. */
static void classes_print(const struct file *files, int n, int tier)
{
	printf("static const unsigned char call_classes_%d[] = {\n", tier);
	for (int nr = 0; nr < PROFILE_CALLS; nr++) {
		const char *class = call_class(&files[0].profile, tier, nr);

		for (int i = 1; i < n; i++) {
			struct error err = { 0 };

			if (str_eq(class, call_class(&files[i].profile, tier, nr)))
				continue;
			error_set(&err, ERR_INVALID, "%s: call %d is not what it is in %s", files[i].path, nr, files[0].path);
			fail(&err);
		}
		printf("\t[%d] = %s,\n", nr, class);
	}
	printf("};\n");
}

struct name {
	char *text; /* owned */
	int number;
};

static int name_order(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

/* For reports and for profiles that are read at run time: a run links no table of names. */
static void names_print(void)
{
	struct name *names = mem_calloc(PROFILE_CALLS, sizeof *names);
	size_t n = 0;

	printf("static const char *const call_names[] = {\n");
	for (int nr = 0; nr < PROFILE_CALLS; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), nr);

		name = name ? name : mem_strdup(number_name(nr));
		if (!name)
			continue;
		printf("\t[%d] = \"%s\",\n", nr, name);
		names[n++] = (struct name){ name, nr };
	}
	printf("};\nstatic const short call_order[] = {\n");
	qsort(names, n, sizeof *names, name_order);
	for (size_t i = 0; i < n; i++)
		printf("\t%d, /* %s */\n", names[i].number, names[i].text);
	for (size_t i = 0; i < n; i++)
		free(names[i].text);
	printf("};\n#define FILTER_ARCH 0x%xu\n", seccomp_arch_native());
	free(names);
}

int main(int argc, char **argv)
{
	struct file *files = mem_calloc(FILES_MAX, sizeof *files);
	int n = argc - 1;

	if (n < 1 || n >= FILES_MAX)
		return 2;
	printf("/* Made by sandbox/filter_gen.c. */\n");
	for (int i = 0; i < n; i++) {
		file_load(files, i, argv[i + 1]);
		programs_print(&files[i], i);
	}
	table_print(files, n);
	texts_print(files, n);
	names_print();
	classes_print(files, n, PROFILE_TIER1);
	classes_print(files, n, PROFILE_TIER2);
	return fflush(stdout) || ferror(stdout);
}
