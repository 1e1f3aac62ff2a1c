/* YAML, and what wb.yaml and MLproject make of it: one clear line, or values that make a specification. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/mlproject.h"
#include "engine/project.h"
#include "engine/yamldoc.h"

static void check_refused(const struct error *err)
{
	fuzz_check(err->code != ERR_NONE && err->text[0] && !strchr(err->text, '\n'));
}

/* Places lie in the text, and maps hold no key twice. */
static void check_node(const struct ynode *n, size_t len)
{
	fuzz_check(n->line > 0 && n->col > 0 && n->start <= n->end && n->end <= len);
	for (size_t i = 0; i < n->n; i++) {
		fuzz_check((n->items[i].key != NULL) == (n->kind == YNODE_MAP));
		check_node(&n->items[i], len);
	}
}

static void check_project(const struct ydoc *doc)
{
	CLEANUP(project_free) struct project *p = NULL;
	struct error err = { 0 };

	if (project_read(doc, &p, &err) < 0) {
		check_refused(&err);
		return;
	}
	for (size_t i = 0; i == 0 || project_task(p, i - 1); i++) {
		CLEANUP(project_values_release) struct project_values values = { 0 };
		CLEANUP(run_spec_release) struct run_spec spec = { 0 };

		fuzz_check(project_merge(p, i ? project_task(p, i - 1) : NULL, NULL, &values, &err) == 0);
		fuzz_check(project_fill(&values, true, "/p", "/p/sub", &spec, &err) == 0);
	}
}

static void check_mlproject(const struct ydoc *doc)
{
	CLEANUP(mlproject_free) struct mlproject *p = NULL;
	struct error err = { 0 };

	if (mlproject_read(doc, "/nowhere", &p, &err) < 0) {
		check_refused(&err);
		return;
	}
	for (size_t i = 0; mlproject_entry(p, i); i++) {
		CLEANUP(run_spec_release) struct run_spec spec = { 0 };

		if (mlproject_fill(p, mlproject_entry(p, i), "/nowhere", &spec, &err) < 0)
			fuzz_check(err.code != ERR_NONE && err.text[0]);
		else
			fuzz_check(spec.argv.n == 3);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(ydoc_release) struct ydoc doc = { 0 };
	CLEANUP(free) char *text = mem_alloc(size + 1);
	struct error err = { 0 };

	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (ydoc_parse("f.yaml", text, size, &doc, &err) < 0) {
		check_refused(&err);
		return 0;
	}
	check_node(&doc.root, size);
	check_project(&doc);
	check_mlproject(&doc);
	return 0;
}
