/* Reading a set of ready-made policies. */
#include "config.h"

#include "engine/policy_set.h"

#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/host.h"

static int load_file(const char *folder, const char *name, const char *as, struct policy_files *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);
	CLEANUP(free) char *path = fs_join(folder, name);

	if (fs_read_file(AT_FDCWD, path, &text, err) < 0)
		return -1;
	policy_files_add(out, as, policy_file_kind_of(as), buf_text(&text), text.len);
	return 0;
}

/* NAME/NAME.rego and its tests. */
static int load_member(const char *folder, const char *name, struct policy_files *out, struct error *err)
{
	CLEANUP(free) char *rules = mem_printf("%s/%s.rego", name, name);
	CLEANUP(free) char *tests = mem_printf("%s/%s_test.rego", name, name);

	return load_file(folder, rules, rules, out, err) < 0 || load_file(folder, tests, tests, out, err) < 0 ? -1 : 0;
}

/* The names behind the set's own on its line; NULL where it has none. */
static char *members_of(const char *text, const char *set)
{
	size_t n = strlen(set);

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, set, n) == 0 && line[n] == ' ')
			return mem_strndup(line + n, strcspn(line + n, "\n"));
	return NULL;
}

int policy_set_load(const char *set, struct policy_files *out, struct error *err)
{
	CLEANUP(policy_files_release) struct policy_files found = { 0 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);
	CLEANUP(free) char *sets = NULL;
	CLEANUP(free) char *folder = NULL;
	CLEANUP(free) char *list = NULL;
	CLEANUP(free) char *members = NULL;
	CLEANUP(free) char *settings = mem_printf("%s.yaml", set);
	char *rest = NULL;

	if (host_find_part("policies", &folder, err) < 0 || host_find_part("policy-sets", &sets, err) < 0)
		return -1;
	list = fs_join(sets, "members");
	if (fs_read_file(AT_FDCWD, list, &text, err) < 0)
		return -1;
	members = members_of(buf_text(&text), set);
	if (!members)
		return error_set(err, ERR_NOT_FOUND, "there is no set of policies called '%s'", set);
	for (char *name = strtok_r(members, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		if (load_member(folder, name, &found, err) < 0)
			return -1;
	if (load_file(sets, settings, "data.yaml", &found, err) < 0)
		return -1;
	*out = found;
	found = (struct policy_files){ 0 };
	return 0;
}
