/* Which inputs a project file may declare by itself. */
#include "config.h"

#include "engine/project_inputs.h"

#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/project.h"

static bool is_within(const char *path, const char *root)
{
	size_t n = strlen(root);

	return str_eq(root, "/") || (strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == '\0'));
}

int project_check_inputs(const struct pairs *inputs, const struct pairs *named, const char *root, const char *cwd,
			 struct error *err)
{
	CLEANUP(free) char *top = NULL;

	if (inputs->n && fs_realpath(root, &top, err) < 0)
		return -1;
	for (size_t i = 0; i < inputs->n; i++) {
		const struct pair *input = &inputs->items[i];
		CLEANUP(free) char *path = fs_join(cwd, input->value);
		CLEANUP(free) char *real = NULL;
		struct error absent = { 0 };

		if (pairs_find(named, input->key) || fs_realpath(path, &real, &absent) < 0 || is_within(real, top))
			continue;
		error_set(err, ERR_DENIED, "%s: input '%s' is %s, which is outside of the project", PROJECT_FILE, input->key, real);
		return error_hint(err, "where this run may read it: wb run -i %s=%s ...", input->key, real);
	}
	return 0;
}
